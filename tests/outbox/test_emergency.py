"""The mail that says that somebody calls for help."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest

from switchroom.directory.model import LANGUAGES
from switchroom.outbox.emergency import emergency_mail
from switchroom.store.mail import MailKind, MailServer

SERVER = MailServer("mail.example.com", sender="pbx@example.com")


@pytest.mark.parametrize("language", [*LANGUAGES, "xx"])
def test_an_emergency_is_told_in_the_systems_language(language: str) -> None:
    mail = emergency_mail(
        SERVER,
        "Office",
        "boss@example.com",
        language,
        "Anna\r\nBcc: x (201)",
        "112",
        "+3222903490",
        1e9,
        "Europe/Brussels",
    )
    assert (mail.recipient, mail.kind) == ("boss@example.com", MailKind.EMERGENCY)
    message = message_from_bytes(mail.content, policy=policy.default)
    assert "Anna Bcc: x (201)" in str(message["Subject"]) and "112" in str(message["Subject"])
    assert message["Bcc"] is None
    text = message.get_content()
    assert "03:46:40 CEST" in text and "112" in text and "+3222903490" in text
    english = ("called", "call back")
    assert all((word in text) is (language in ("en", "xx")) for word in english)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_emergency_call_that_showed_no_number_is_told_as_that(language: str) -> None:
    def told(shown: str | None) -> str:
        mail = emergency_mail(SERVER, "Office", "b@example.com", language, "Anna", "112", shown, 1e9, "UTC")
        text: str = message_from_bytes(mail.content, policy=policy.default).get_content()
        return text

    assert "None" not in told(None) and len(told(None).splitlines()) == 2
    assert told(None).splitlines()[1] != told("+3222903490").splitlines()[1]
