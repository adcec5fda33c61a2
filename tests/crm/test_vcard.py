"""crm/vcard.py: what phones, mail programs and other systems write is read; what is written is read again."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from switchroom.crm import Card, Contact, ContactId, ContactNumber
from switchroom.crm.entries import Entry, Remark, UnreadableFile
from switchroom.crm.reading import FileKind, ReadCard, read_file
from switchroom.crm.vcard import read_vcards, write_vcards

APPLE = """BEGIN:VCARD\r
VERSION:3.0\r
N:Rossi;Anna Maria;;Dr.;\r
FN:Anna Maria Rossi\r
ORG:ACME\\, Inc.;Sales;\r
EMAIL;type=INTERNET;type=WORK:anna@example.com\r
EMAIL;type=INTERNET:anna@home.example\r
TEL;type=CELL;type=VOICE;type=pref:+32 475 12 34 57\r
item1.TEL:02 290 34 90\r
item1.X-ABLabel:_$!<Reception>!$_\r
NOTE:first\\nsecond\\; third and a long line that is folded here\r
  and goes on\r
TITLE:Director\r
PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD\r
 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r
END:VCARD\r
"""
OLD = (
    b"BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=F6rg\n"
    b"TEL;WORK;VOICE:+49 30 123456\nTEL;CELL:0475123457\n"
    b"NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:caf=C3=A9 =\nau lait\nEND:VCARD\n"
)
FOUR = (
    'BEGIN:VCARD\nVERSION:4.0\nFN:Zoë\nTEL;VALUE=uri;TYPE="cell,voice":tel:+32-475-12-34-57;ext=7\n'
    "EMAIL:mailto:zoe@example.com\nEND:VCARD\n"
)


def entries(data: bytes | str) -> list[Entry]:
    found = list(read_vcards(data.encode() if isinstance(data, str) else data))
    assert all(isinstance(entry, Entry) for entry in found), found
    return [entry for entry in found if isinstance(entry, Entry)]


def test_a_vcard_of_apple() -> None:
    (entry,) = entries(APPLE)
    assert (entry.line, entry.name, entry.company) == (1, "Anna Maria Rossi", "ACME, Inc., Sales")
    assert entry.emails == ["anna@example.com", "anna@home.example"]
    assert [(n.label, n.text) for n in entry.numbers] == [
        ("mobile", "+32 475 12 34 57"),
        ("reception", "02 290 34 90"),
    ]
    assert "first\nsecond; third and a long line that is folded here and goes on" in entry.notes
    assert "Title: Director" in entry.notes


def test_a_vcard_of_an_old_phone() -> None:
    (entry,) = entries(OLD)
    assert entry.name == "Jörg Müller"
    assert [(n.label, n.text) for n in entry.numbers] == [("work", "+49 30 123456"), ("mobile", "0475123457")]
    assert entry.notes == ["café au lait"]


def test_a_vcard_of_version_4() -> None:
    (card,) = read_file(FOUR.encode(), FileKind.VCARD, "BE")
    assert isinstance(card, ReadCard)
    assert card.card.numbers == (ContactNumber("mobile", "+32475123457", "7"),)
    assert (card.card.name, card.card.email) == ("Zoë", "zoe@example.com")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings_of_files(encoding: str) -> None:
    text = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Zoë Café\r\nTEL:+32475123457\r\nEND:VCARD\r\n"
    (entry,) = entries(text.encode(encoding))
    assert entry.name == "Zoë Café"


def test_broken_cards_are_told_with_their_line_and_cost_no_other() -> None:
    text = "nonsense\nBEGIN:VCARD\nFN:Lost\nBEGIN:VCARD\nFN:Kept\nEND:VCARD\nBEGIN:VCARD\nFN:Cut"
    found = list(read_vcards(text.encode()))
    assert [(type(item), item.line) for item in found] == [
        (Remark, 1),
        (Remark, 2),
        (Entry, 4),
        (Remark, 7),
    ]


def test_a_card_within_a_card_is_not_one_of_its_own() -> None:
    text = "BEGIN:VCARD\nFN:Boss\nAGENT:\nBEGIN:VCARD\nFN:Agent\nEND:VCARD\nTEL:+32475123457\nEND:VCARD\n"
    (entry,) = entries(text)
    assert (entry.name, len(entry.numbers)) == ("Boss", 1)


@pytest.mark.parametrize("data", [b"hello", b"", b"\x00\x01\x02", b"BEGIN:VCALENDAR\nEND:VCALENDAR"])
def test_what_is_no_vcard_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableFile):
        list(read_file(data, FileKind.VCARD, "BE"))


@given(data=st.one_of(st.binary(max_size=300), st.text(alphabet='BEGIN:VCARD\nTEL;=\\ +3,"', max_size=300)))
def test_hostile_vcards_do_no_harm(data: bytes | str) -> None:
    raw = data if isinstance(data, bytes) else data.encode()
    try:
        for found in read_file(b"BEGIN:VCARD\n" + raw + b"\nEND:VCARD\n", FileKind.VCARD, "BE"):
            assert found.line >= 1
    except UnreadableFile:
        pass


def test_hostile_lengths_are_bounded() -> None:
    many = "BEGIN:VCARD\nFN:x\n" + "TEL:+32475123457\n" * 5000 + "END:VCARD\n"
    long = "BEGIN:VCARD\nFN:" + "x" * 1_000_000 + "\n" + " y\n" * 100_000 + "END:VCARD\n"
    nested = "BEGIN:VCARD\nAGENT:\n" * 5000
    slow = "BEGIN:VCARD\nFN;CHARSET=punycode:" + "a" * 200_000 + "\nEND:VCARD\n"
    for text in (many, long, nested, slow):
        for found in read_file(text.encode(), FileKind.VCARD, "BE"):
            if isinstance(found, ReadCard):
                assert len(found.card.name) <= 200
                assert len(found.card.numbers) <= 20


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"]), max_size=60)
CARDS = st.builds(
    Card,
    name=TEXT.map(lambda text: " ".join(text.split())).filter(bool),
    company=TEXT.map(lambda text: " ".join(text.split())),
    email=st.sampled_from(["", "anna@example.com"]),
    note=st.lists(TEXT.map(str.strip).filter(bool), max_size=3).map("\n".join),
    numbers=st.lists(
        st.builds(
            ContactNumber,
            st.sampled_from(["mobile", "work", "home", "fax", "phone"]),
            st.sampled_from(["+32475123457", "+390669821", "+16502530000", "+33142685300"]),
            st.sampled_from(["", "12"]),
        ),
        max_size=3,
        unique_by=lambda number: (number.e164, number.then),
    ).map(tuple),
)


@pytest.mark.parametrize("version", ["3.0", "4.0"])
@settings(max_examples=60)
@given(card=CARDS)
def test_what_is_written_is_read_again(version: str, card: Card) -> None:
    text = write_vcards([Contact(ContactId("contact-1"), card, 0.0, 0.0)], version)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    (found,) = read_file(text.encode(), FileKind.VCARD, "BE")
    assert isinstance(found, ReadCard)
    assert found.remarks == ()
    assert found.card == card


def test_values_can_not_break_out_of_their_line() -> None:
    card = Card("A\\;B,C", "x;y", "", "1\nEND:VCARD\nBEGIN:VCARD", ())
    text = write_vcards([Contact(ContactId("c"), card, 0.0, 0.0)])
    assert len(re.findall(r"^(BEGIN|END):VCARD", text, re.MULTILINE)) == 2
    (found,) = read_file(text.encode(), FileKind.VCARD, "BE")
    assert isinstance(found, ReadCard)
    assert found.card == card
