"""crm/spreadsheet.py: CSV of many origins in; nothing a spreadsheet would compute out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchroom.crm import Card, Contact, ContactId, ContactNumber
from switchroom.crm.entries import Remark, UnreadableFile
from switchroom.crm.reading import FileKind, ReadCard, read_file
from switchroom.crm.spreadsheet import headings, plan_columns, write_csv
from switchroom.store.export import safe_cell

ANNA = Card("Anna Rossi", "ACME", "anna@example.com", "", (ContactNumber("mobile", "+32475123457"),))


def cards(text: str | bytes, country: str = "BE") -> list[Card]:
    data = text if isinstance(text, bytes) else text.encode()
    found = list(read_file(data, FileKind.CSV, country))
    assert all(isinstance(item, ReadCard) for item in found), found
    return [item.card for item in found if isinstance(item, ReadCard)]


@pytest.mark.parametrize(
    "text",
    [
        "Name,Company,E-mail,Mobile\nAnna Rossi,ACME,anna@example.com,0475 12 34 57\n",
        "First Name;Last Name;Company;E-mail Address;Mobile Phone\n"
        "Anna;Rossi;ACME;anna@example.com;0475123457",
        "Prénom\tNom\tSociété\tCourriel\tPortable\nAnna\tRossi\tACME\tanna@example.com\t+32 475 12 34 57\n",
        "Nome;Cognome;Azienda;E-mail;Cellulare\r\nAnna;Rossi;ACME;anna@example.com;0032475123457\r\n",
        'sep=;\nNOM;SOCIETE;GSM;"Adresse e-mail"\n"Anna Rossi";ACME;"0475/12.34.57";anna@example.com\n',
        "Name,Organization 1 - Name,E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value\n"
        "Anna Rossi,ACME,anna@example.com,Mobile,'+32475123457\n",
        "\n\nName,Company,Mobile,Email\n\nAnna Rossi,ACME,0475123457,anna@example.com\n,,,\n",
    ],
)
def test_headings_in_three_languages_and_several_delimiters(text: str) -> None:
    assert cards(text) == [ANNA]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings(encoding: str) -> None:
    (card,) = cards("Prénom;Nom;Téléphone\nÉlodie;Müller;+32475123457\n".encode(encoding))
    assert (card.name, card.numbers[0].label) == ("Élodie Müller", "phone")


def test_a_file_without_headings_is_understood_by_its_numbers() -> None:
    assert cards("Anna Rossi;ACME;0475 12 34 57\nBruno;;02 290 34 90\n") == [
        Card("Anna Rossi", "ACME", "", "", (ContactNumber("phone", "+32475123457"),)),
        Card("Bruno", "", "", "", (ContactNumber("phone", "+3222903490"),)),
    ]


def test_several_numbers_in_a_cell_and_columns_nobody_knows_are_kept() -> None:
    (card,) = cards("Name,Phone,Customer number\nAnna,0475 12 34 57 ::: 02 290 34 90,4711\n")
    assert [number.e164 for number in card.numbers] == ["+32475123457", "+3222903490"]
    assert card.note == "Customer number: 4711"


def test_what_is_not_understood_is_told_with_its_line_and_kept_as_a_note() -> None:
    text = 'Name,Phone,E-mail\nAnna,"12,\n34",a@b@c\n,,\n" ",,\nBruno,+32475123457,\n,x,\n'
    first, second, third = read_file(text.encode(), FileKind.CSV, "BE")
    assert isinstance(first, ReadCard)
    assert isinstance(second, ReadCard)
    assert (first.line, second.line) == (2, 6)
    assert [(remark.error_id, dict(remark.values).get("number")) for remark in first.remarks] == [
        ("number-unread", "12,\n34"),
        ("email-unread", None),
    ]
    assert first.remarks[1].reason.startswith("The e-mail address a@b@c was not understood.")
    assert first.card.note == "Number: 12,\n34\nE-mail: a@b@c"
    assert third == Remark(7, "nobody-there", "There is no name, company, number or e-mail address.")


@pytest.mark.parametrize("text", ["", " \n\n", "Colour,Size\nred,1\n", "\x00\x00", "just words\n"])
def test_files_without_names_or_numbers_are_refused(text: str) -> None:
    with pytest.raises(UnreadableFile):
        list(read_file(text.encode(), FileKind.CSV, "BE"))


def test_a_vcard_called_csv_is_read_as_what_it_is() -> None:
    assert cards("BEGIN:VCARD\nFN:Anna\nEND:VCARD\n")[0].name == "Anna"


def test_hostile_cells_are_bounded() -> None:
    found = list(read_file(b"Name,Phone\n" + b"x" * 300_000 + b",1\nAnna,+32475123457\n", FileKind.CSV, "BE"))
    assert [type(item) for item in found] == [Remark, ReadCard]
    wide = b"Name,Phone\n" + b"," * 5000 + b"x\n"
    assert isinstance(next(iter(read_file(wide, FileKind.CSV, "BE"))), Remark)


@given(data=st.one_of(st.binary(max_size=200), st.text(alphabet='Name,Phone;\t"\n+32=', max_size=200)))
def test_whatever_is_sent_is_read_or_refused(data: bytes | str) -> None:
    raw = data if isinstance(data, bytes) else data.encode()
    try:
        list(read_file(b"Name,Phone\n" + raw, FileKind.CSV, "BE"))
        list(read_file(raw, FileKind.CSV, "BE"))
    except UnreadableFile:
        pass


def test_an_export_can_be_imported_and_computes_nothing() -> None:
    numbers = tuple(ContactNumber("work", f"+3222903{n:03}", "7" if n == 1 else "") for n in range(490, 496))
    hostile = Card("=cmd|' /C calc'!A0", "@SUM(1)", "anna@example.com", "a\n-1+1", numbers)
    text = write_csv([Contact(ContactId("c"), hostile, 0.0, 0.0)], safe_cell)
    assert "\n=" not in text
    assert ",@" not in text
    lines = ",".join(headings()) + "\r\n" + text
    (card,) = cards("\ufeff" + lines)
    assert card.name == hostile.name
    assert card.company == hostile.company
    assert [number.e164 for number in card.numbers] == [number.e164 for number in numbers]


def test_columns_that_only_sound_like_numbers() -> None:
    plan = plan_columns(["Name", "VAT number", "Phone", "Type", "Fax (work)", "Home phone"])
    assert plan.numbers == {2: "phone", 4: "fax", 5: "home"}
    assert plan.others == {1: "VAT number"}
    assert plan.labels == {4: 3} or plan.labels == {2: 3}
