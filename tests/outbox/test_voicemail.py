"""Mail about messages: once, in the mailbox's language, with the sound; heard or deleted after it (B7-02,
D3-04)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from switchroom.directory import Mailbox, MailboxId, UserId
from switchroom.directory.model import User
from switchroom.directory.outside import AfterMail
from switchroom.outbox import DeliveryFailed, Post
from switchroom.outbox.voicemail import VoicemailMail
from switchroom.store import Store
from switchroom.store.mail import MailServer, Security
from switchroom.store.voicemails import MailStage, Voicemail
from tests.store.test_recordings import tone

SERVER = MailServer("mail.example.com", 587, Security.STARTTLS, sender="pbx@example.com")
MORNING = 1_763_965_800.0
"""24 November 2025, 06:30 UTC."""


@dataclass
class House:
    """A store with mailboxes, and the post, whose mail arrives here."""

    store: Store
    arrived: list[EmailMessage] = field(default_factory=list)
    refuses: bool = False

    async def deliver(self, server: MailServer, recipient: str, content: bytes) -> None:
        if self.refuses:
            raise DeliveryFailed("mail-no-answer", "port", "Nobody answers.")
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        assert recipient in str(message["To"])
        self.arrived.append(message)

    async def configure(self, *entries: User | Mailbox) -> None:
        configuration = self.store.configuration
        for entry in entries:
            await configuration.save(entry, "test")
        await configuration.apply(configuration.applied.revision, "test")

    def leave(self, mailbox: str = "202", number: int = 1, **values: str) -> None:
        """Somebody leaves a message."""
        message = Voicemail(f"m{number}", mailbox, "call", "+3221234", "Bob", None, f"m{number}.wav", MORNING)
        tone(self.store.voicemails.folder / message.path, 5.0)
        self.store.voicemails.begin(replace(message, **values))  # type: ignore[arg-type]
        self.store.voicemails.finish(message.id, 65.0)

    async def round(self, mail: VoicemailMail | None = None) -> None:
        """The post goes round, twice: what is to be done after a mail is seen at the next one."""
        post = Post(
            self.store.mail,
            lambda *problem: None,
            deliver=self.deliver,
            write=(mail or VoicemailMail(self.store)).look,
        )
        await post.round()
        await post.round()


@pytest.fixture
async def house(database: str, tmp_path: Path) -> AsyncIterator[House]:
    store = await Store.open(database, tmp_path / "key")
    store.voicemails.prepare()
    await store.mail.set_server(SERVER)
    found = House(store)
    anne = User(UserId("202"), "202", "Anne", email="anne@example.org", language="fr", voicemail=True)
    sales = Mailbox(MailboxId("sales"), "Sales", "600", email="sales@example.org", attach=False)
    await found.configure(anne, sales)
    yield found
    await store.close()


async def test_b7_02_a_message_is_mailed_once_with_its_sound_in_the_boxs_language(house: House) -> None:
    mail = VoicemailMail(house.store)
    house.leave()
    assert house.store.mail.changed.is_set()
    await house.round(mail)
    await house.round(mail)
    (one,) = house.arrived
    assert one["Subject"] == "Message vocal de Bob (+3221234) (1:05)"
    assert one["To"] == "Anne <anne@example.org>"
    body = one.get_body()
    assert body is not None
    assert "boîte vocale Anne, lundi 24 novembre 2025 à 06:30" in body.get_content()
    (sound,) = one.iter_attachments()
    assert sound.get_content_type() == "audio/wav"
    assert sound.get_content() == house.store.voicemails.file("m1.wav").read_bytes()
    assert house.store.voicemails.counts("202").new == 1


async def test_without_the_sound_where_that_is_set(house: House) -> None:
    house.leave("sales", caller_number="", caller_name="")
    await house.round()
    (one,) = house.arrived
    assert one["Subject"] == "Voicemail from a withheld number (1:05)"
    assert list(one.iter_attachments()) == []


@pytest.mark.parametrize(("after", "left"), [(AfterMail.HEARD, (0, 1)), (AfterMail.DELETE, (0, 0))])
async def test_d3_04_heard_or_deleted_when_the_mail_is_taken_and_not_before(
    house: House, after: AfterMail, left: tuple[int, int]
) -> None:
    box = Mailbox(MailboxId("202"), "Anne", user=UserId("202"), after_mail=after)
    await house.configure(box)
    house.leave()
    house.refuses = True
    await house.round()
    counts = house.store.voicemails.counts("202")
    assert (counts.new, counts.old) == (1, 0)
    house.refuses = False
    await house.store.mail.set_server(SERVER)  # what waits is tried at once
    await house.round()
    counts = house.store.voicemails.counts("202")
    assert (counts.new, counts.old, len(house.arrived)) == (*left, 1)


async def test_who_died_before_he_noted_the_mail_does_not_write_it_again(house: House) -> None:
    house.leave()
    await VoicemailMail(house.store).look()
    house.store.voicemails.mailed("m1", MailStage.DUE)  # as a restart finds it
    await house.round()
    assert len(house.arrived) == 1
    assert house.store.voicemails.with_mail(MailStage.DUE) == []


@pytest.mark.parametrize("missing", ["address", "server"])
async def test_without_an_address_or_a_server_no_mail_is_due_later_either(house: House, missing: str) -> None:
    if missing == "address":
        await house.configure(User(UserId("202"), "202", "Anne", voicemail=True))
    else:
        await house.store.mail.set_server(MailServer())
    house.leave()
    await house.round()
    assert house.arrived == []
    assert house.store.voicemails.with_mail(MailStage.DUE) == []


async def test_a_caller_who_calls_himself_a_header_is_text(house: House) -> None:
    name = "Bob\r\nBcc: all@example.org\u2028\U0001f600" + "x" * 300
    house.leave(caller_name=name)
    await house.round()
    (one,) = house.arrived
    assert "Bcc" not in one
    assert len(str(one["Subject"])) <= 200


async def test_a_message_whose_file_is_gone_keeps_back_no_other(house: House) -> None:
    house.leave(number=1)
    house.leave("sales", number=2)
    house.store.voicemails.file("m1.wav").unlink()
    await house.round()
    assert [one["To"] for one in house.arrived] == ["Sales <sales@example.org>"]
