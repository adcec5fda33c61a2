"""Mail that waits: sent once, tried again with growing pauses, given up after a day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from switchroom.outbox import DeliveryFailed, Post
from switchroom.outbox.post import PAUSES
from switchroom.store import Store, StoreUnavailable
from switchroom.store.mail import MailKind, MailServer, MailState, NewMail, Security
from tests.outbox.mailbox import mail_server

SERVER = MailServer("mail.example.com", 587, Security.STARTTLS, sender="pbx@example.com")


@dataclass
class Carrier:
    """What the mail server would say."""

    taken: list[str] = field(default_factory=list)
    tried: list[tuple[float, str]] = field(default_factory=list)
    failures: dict[str, Exception] = field(default_factory=dict)
    down: DeliveryFailed | None = None
    now: float = 1_000_000.0

    def clock(self) -> float:
        return self.now

    async def __call__(self, server: MailServer, recipient: str, content: bytes) -> None:
        self.tried.append((self.now, recipient))
        if self.down is not None:
            raise self.down
        if recipient in self.failures:
            raise self.failures[recipient]
        self.taken.append(recipient)


@dataclass
class House:
    """A store, a carrier, and the post between them."""

    store: Store
    carrier: Carrier
    post: Post
    problems: list[tuple[object, ...]]

    async def queue(self, *recipients: str, reference: str | None = None) -> None:
        mails = [
            NewMail(one, f"To {one}", MailKind.INVITATION, b"secret link", reference) for one in recipients
        ]
        async with self.store.database.writing() as connection:
            await self.store.mail.add(connection, mails)

    async def states(self) -> dict[str, MailState]:
        found, _ = await self.store.mail.page()
        return {mail.recipient: mail.state for mail in found}

    async def until_quiet(self, seconds: float) -> None:
        """Rounds as the running post would have them, on the carrier's clock."""
        end = self.carrier.now + seconds
        while self.carrier.now < end:
            self.carrier.now += await self.post.round()


@pytest.fixture
async def house(database: str, tmp_path: Path) -> AsyncIterator[House]:
    carrier = Carrier()
    store = await Store.open(database, tmp_path / "key", clock=carrier.clock)
    problems: list[tuple[object, ...]] = []
    post = Post(store.mail, lambda *problem: problems.append(problem), deliver=carrier, clock=carrier.clock)
    await store.mail.set_server(SERVER)
    yield House(store, carrier, post, problems)
    await store.close()


async def test_mail_is_sent_once_and_forgotten(house: House) -> None:
    await house.queue("a@example.com", "b@example.com")
    for _ in range(3):
        await house.post.round()
    assert sorted(house.carrier.taken) == ["a@example.com", "b@example.com"]
    async with house.store.database.reading() as connection:
        rows = (await connection.exec_driver_sql("SELECT content, state FROM mails")).all()
    assert [tuple(row) for row in rows] == [(None, "sent")] * 2


async def test_waiting_mail_is_encrypted(house: House) -> None:
    await house.queue("a@example.com")
    async with house.store.database.reading() as connection:
        rows = (await connection.exec_driver_sql("SELECT * FROM mails")).all()
    assert "secret link" not in repr(rows)


async def test_a_failing_server_is_tried_with_growing_pauses_for_a_day(house: House) -> None:
    house.carrier.down = DeliveryFailed("mail-no-answer", "port", "Nobody answers.")
    await house.queue("a@example.com")
    await house.until_quiet(26 * 3600)
    times = [at for at, _ in house.carrier.tried]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert pauses[: len(PAUSES)] == pytest.approx(list(PAUSES), rel=0.05, abs=61)
    assert 24 * 3600 <= times[-1] - times[0] <= 25.1 * 3600
    assert await house.states() == {"a@example.com": MailState.FAILED}
    told = {"cause": "mail-no-answer", "text": "Nobody answers."}
    assert ("mail-failed", "mail.example.com", "", told) in house.problems


async def test_who_can_not_get_mail_keeps_nobody_else_from_it(house: House) -> None:
    house.carrier.failures["a@example.com"] = DeliveryFailed("x", "to", "Unknown.", final=True)
    house.carrier.failures["b@example.com"] = DeliveryFailed("x", "to", "Later.")
    await house.queue("a@example.com", "b@example.com", "c@example.com")
    await house.post.round()
    assert await house.states() == {
        "a@example.com": MailState.FAILED,
        "b@example.com": MailState.WAITING,
        "c@example.com": MailState.SENT,
    }
    house.carrier.failures.clear()
    house.carrier.now += PAUSES[0]
    await house.post.round()
    assert house.carrier.taken == ["c@example.com", "b@example.com"]


async def test_a_message_that_breaks_us_keeps_nobody_else_from_his(house: House) -> None:
    house.carrier.failures["a@example.com"] = RuntimeError("broken")
    await house.queue("a@example.com", "b@example.com")
    for _ in range(3):
        await house.post.round()
    assert house.carrier.taken == ["b@example.com"]
    assert len(house.carrier.tried) == 2
    assert (await house.states())["a@example.com"] is MailState.WAITING


async def test_other_settings_are_tried_at_once(house: House) -> None:
    house.carrier.down = DeliveryFailed("mail-login-refused", "username", "Wrong password.")
    await house.queue("a@example.com")
    await house.post.round()
    house.carrier.down = None
    await house.post.round()
    assert house.carrier.taken == []
    await house.store.mail.set_server(SERVER)
    await house.post.round()
    assert house.carrier.taken == ["a@example.com"]


async def test_a_database_that_fails_after_the_mail_was_taken_makes_no_second_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unavailable(mail_id: str) -> None:
        raise StoreUnavailable("gone")

    await house.queue("a@example.com")
    with monkeypatch.context() as patch:
        patch.setattr(house.store.mail, "sent", unavailable)
        for _ in range(3):
            with pytest.raises(StoreUnavailable):
                await house.post.round()
    await house.post.round()
    assert house.carrier.taken == ["a@example.com"]
    assert await house.states() == {"a@example.com": MailState.SENT}


async def test_without_a_server_nothing_is_tried(house: House) -> None:
    await house.store.mail.set_server(MailServer())
    await house.queue("a@example.com")
    await house.post.round()
    assert house.carrier.tried == []


async def test_what_waits_survives_a_restart_and_reaches_a_real_server(house: House, tmp_path: Path) -> None:
    await house.queue("a@example.com", reference="appointment-1")
    again = await Store.open(str(tmp_path / "switchroom.db"), tmp_path / "key", clock=house.carrier.clock)
    async with mail_server() as box:
        await again.mail.set_server(
            MailServer("127.0.0.1", box.port, Security.NONE, sender="pbx@example.com")
        )
        await Post(again.mail, lambda *problem: None, clock=house.carrier.clock).round()
    await again.close()
    assert [(sender, to) for sender, to, _ in box.taken] == [("pbx@example.com", ["a@example.com"])]
    assert await house.states() == {"a@example.com": MailState.SENT}
