"""Invitations as mail: in every language, with what was typed as text, and headers that stay headers."""

from __future__ import annotations

import re
import string
from dataclasses import fields, replace
from email import message_from_bytes, policy
from typing import Any

import pytest

from switchroom.directory import ConferenceId
from switchroom.directory.model import LANGUAGES
from switchroom.outbox import Dial, Invitation, compose, trial_mail
from switchroom.outbox.words import WORDS
from switchroom.store.appointments import Appointment, Attendee
from switchroom.store.mail import MailKind, MailServer

SERVER = MailServer("mail.example.com", sender="pbx@example.com")
OF_DATES = (MailKind.INVITATION, MailKind.UPDATE, MailKind.CANCELLATION)
LINK = "https://pbx.example.com/join/" + "x" * 43


def invitation(kind: MailKind = MailKind.INVITATION, language: str = "en", **changed: Any) -> Invitation:
    attendee = Attendee("zoe@example.org", changed.pop("name", "Zoë"), language, "link-1")
    appointment = Appointment(
        id="appointment-1",
        conference_id=ConferenceId("c"),
        title="Plans",
        starts_at=1_932_298_200.0,
        local_start="2031-03-26T14:30",
        time_zone="Europe/Paris",
        minutes=45,
        note="",
        sequence=0,
        made_by="admin",
        organizer_name="Anna",
        organizer_email="anna@example.com",
        created_at=1e9,
        changed_at=1e9,
        cancelled_at=None,
        attendees=(attendee,),
    )
    dial = changed.pop("dial", Dial("8002", "8000", "4711", "123456", ("+32 2 555 12 34",)))
    system = changed.pop("system", "House")
    return Invitation(
        kind, replace(appointment, **changed), attendee, "Board", system,
        "" if kind is MailKind.CANCELLATION else LINK, dial,
    )  # fmt: skip


def with_field(field: str, typed: str) -> Invitation:
    changed: dict[str, Any] = {field: typed}
    return invitation(**changed)


def read(wanted: Invitation) -> Any:
    return message_from_bytes(compose(wanted, SERVER).content, policy=policy.default)


def body(message: Any, kind: str) -> str:
    return str(next(part for part in message.walk() if part.get_content_type() == kind).get_content())


def test_every_language_has_every_word_with_the_same_places_to_fill() -> None:
    assert set(WORDS) == set(LANGUAGES)
    for field in fields(WORDS["en"]):
        texts = {language: getattr(words, field.name) for language, words in WORDS.items()}
        if isinstance(texts["en"], tuple):
            assert len({len(text) for text in texts.values()}) == 1
            assert all(len(set(text)) == len(text) for text in texts.values()), field.name
            continue
        places = {
            language: {name for _, name, _, _ in string.Formatter().parse(text) if name}
            for language, text in texts.items()
        }
        assert len({frozenset(found) for found in places.values()}) == 1, (field.name, places)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", OF_DATES)
def test_all_that_a_receiver_needs_stands_in_text_and_html(kind: MailKind, language: str) -> None:
    message = read(invitation(kind, language, note="Bring\nfigures"))
    words = WORDS[language]
    for text in (body(message, "text/plain"), body(message, "text/html")):
        assert "Board" in text and "Europe/Paris, UTC+1" in text and "45" in text and "figures" in text
        told = (LINK, "8002", "8000", "4711", "123456", "+32 2 555 12 34")
        assert [one in text for one in told] == [kind is not MailKind.CANCELLATION] * len(told)
        assert "{" not in re.sub(r"<[^>]*>", "", text)
    assert words.days[2] in message["Subject"] and words.months[2] in message["Subject"]
    assert message["Content-Language"] == language


def test_what_somebody_typed_is_text_in_html() -> None:
    wanted = invitation(title='<img src=x onerror="y">', note="<script>", organizer_name="<b>", system="<i>")
    html = body(read(wanted), "text/html")
    assert not re.search(r"<(img|script|b|i)[ >]", html)
    assert html.count("<a ") == 1


@pytest.mark.parametrize("field", ["title", "name", "system", "organizer_name"])
@pytest.mark.parametrize("typed", ["x\r\nBcc: evil@example.net", "x\nBcc: evil@example.net", "x\x00y"])
def test_a_header_is_refused_that_would_be_two(field: str, typed: str) -> None:
    with pytest.raises(ValueError, match="header"):
        compose(with_field(field, typed), SERVER)


@pytest.mark.parametrize("field", ["title", "name", "system", "organizer_name"])
@pytest.mark.parametrize(
    "typed", ["x\x85Bcc: y@example.net", "x\u2028Bcc: y@example.net", 'a "b" <c@d.example>, e']
)
def test_odd_characters_make_no_other_header_or_receiver(field: str, typed: str) -> None:
    message = read(with_field(field, typed))
    assert message["Bcc"] is None
    for name in ("From", "To", "Reply-To"):
        assert len(message[name].addresses) == 1 and not message[name].defects
    assert [str(one.addr_spec) for one in message["To"].addresses] == ["zoe@example.org"]


def test_the_message_is_plain_enough_for_every_server() -> None:
    mail = compose(invitation(title="Übersicht 王小明 " * 8, note="é" * 2000), SERVER)
    assert mail.content.isascii() and b"\r\n" in mail.content
    assert all(len(line) <= 998 for line in mail.content.split(b"\r\n"))
    assert b"\n" not in mail.content.replace(b"\r\n", b"")
    message: Any = message_from_bytes(mail.content, policy=policy.default)
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar",
        "application/ics",
    ]  # fmt: skip
    calendar = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    assert calendar["Content-Type"].params["method"] == "REQUEST"
    assert calendar["Content-Type"].params["charset"] == "utf-8"


def test_answers_go_to_who_invites_and_the_address_of_the_mail_is_ours() -> None:
    message = read(invitation())
    assert message["From"].addresses[0].addr_spec == "pbx@example.com"
    assert message["Reply-To"].addresses[0].addr_spec == "anna@example.com"
    entry = body(message, "text/calendar").replace("\r\n ", "")
    assert 'SENT-BY="mailto:pbx@example.com"' in entry and "mailto:anna@example.com" in entry
    assert "Reply-To" not in read(invitation(organizer_email="pbx@example.com"))


def test_each_state_has_a_message_id_of_its_own_and_a_second_try_has_the_same() -> None:
    first, again = compose(invitation(), SERVER), compose(invitation(), SERVER)
    ids = [message_from_bytes(one.content)["Message-ID"] for one in (first, again)]
    later = message_from_bytes(compose(invitation(MailKind.UPDATE, sequence=1), SERVER).content)["Message-ID"]
    assert ids[0] == ids[1] != later


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_test_message_says_whose_it_is(language: str) -> None:
    message = message_from_bytes(
        trial_mail(SERVER, "House", "me@example.org", language, 1e9), policy=policy.default
    )
    assert "House" in message["Subject"] and message["To"] == "me@example.org"
