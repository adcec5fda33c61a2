"""A conference is deleted, and the deletion applied: its dates to come are cancelled, and mail says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from icalendar import Calendar

from switchroom.directory.model import Conference, ConferenceId
from switchroom.outbox import Cancellations, Post
from switchroom.store import Store
from switchroom.store.appointments import Appointment, Invitee, invited
from switchroom.store.audit import AuditFilter
from switchroom.store.mail import MailServer, Security

SERVER = MailServer("mail.example.com", 587, Security.STARTTLS, sender="pbx@example.com")
BOARD, OTHER = ConferenceId("board"), ConferenceId("other")
NOW = 1_900_000_000.0
DAY = 86400.0
PEOPLE = (Invitee("anna@example.org", "Anna", "en"), Invitee("luc@example.org", "Luc", "fr"))


@dataclass
class House:
    """A store with two applied conferences, and the post, whose mail arrives here."""

    store: Store
    arrived: list[tuple[str, EmailMessage]] = field(default_factory=list)

    async def deliver(self, server: MailServer, recipient: str, content: bytes) -> None:
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.arrived.append((recipient, message))

    async def apply(self) -> None:
        configuration = self.store.configuration
        assert await configuration.apply(configuration.applied.revision, "test") is not None

    async def plan(self, conference: ConferenceId, title: str, at: float) -> Appointment:
        """A date, the invitations to it sent long ago."""
        wanted = Appointment(
            id=f"date-{title}",
            conference_id=conference,
            title=title,
            starts_at=at,
            local_start="2030-03-17T18:46",
            time_zone="Europe/Paris",
            minutes=60,
            note="",
            sequence=0,
            made_by="Anna",
            organizer_name="",
            organizer_email="",
            created_at=NOW - DAY,
            changed_at=NOW - DAY,
            cancelled_at=None,
            attendees=invited(PEOPLE),
        )
        await self.store.appointments.add(wanted, ())
        return wanted

    async def round(self) -> list[tuple[str, str, str]]:
        """What the post brings now: to whom, the method, the title."""
        before = len(self.arrived)
        look = Cancellations(self.store, lambda: NOW).look
        await Post(
            self.store.mail, lambda *_: None, deliver=self.deliver, write=look, clock=lambda: NOW
        ).round()
        return [(to, *_told(message)) for to, message in self.arrived[before:]]


def _entry(message: EmailMessage) -> Calendar:
    text = next(one for one in message.walk() if one.get_content_type() == "text/calendar").get_content()
    return Calendar.from_ical(text)


def _told(message: EmailMessage) -> tuple[str, str]:
    calendar = _entry(message)
    return str(calendar["METHOD"]), str(calendar.walk("VEVENT")[0]["SUMMARY"])


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    store = await Store.open(str(tmp_path / "switchroom.db"), tmp_path / "key", clock=lambda: NOW)
    found = House(store)
    await store.configuration.save(Conference(BOARD, "Board", "8002"), "test")
    await store.configuration.save(Conference(OTHER, "Other", "8003"), "test")
    await found.apply()
    await store.mail.set_server(SERVER)
    yield found
    await store.close()


async def test_s3_05_dates_of_a_deleted_conference_are_cancelled_when_that_is_applied(house: House) -> None:
    await house.plan(BOARD, "Budget", NOW + DAY)
    await house.plan(BOARD, "Running now", NOW - 60)
    await house.plan(BOARD, "Over", NOW - DAY)
    await house.plan(OTHER, "Elsewhere", NOW + DAY)
    await house.store.configuration.remove("conferences", BOARD, "test")
    assert await house.round() == [], "not applied yet: it may be discarded"
    await house.apply()
    told = await house.round()
    assert sorted(told) == [
        (to, "CANCEL", title)
        for to in ("anna@example.org", "luc@example.org")
        for title in ("Budget", "Running now")
    ]
    (_, message), *_ = house.arrived
    (event,) = _entry(message).walk("VEVENT")
    assert (str(event["STATUS"]), str(event["SEQUENCE"])) == ("CANCELLED", "1")
    text = message.get_body(("plain",))
    assert text is not None and "(Board)" in text.get_content() and "/join/" not in text.get_content()
    dates = {one.title: one.cancelled_at for one in await house.store.appointments.list(BOARD)}
    assert dates == {"Budget": NOW, "Running now": NOW, "Over": None}
    assert [one.cancelled_at for one in await house.store.appointments.list(OTHER)] == [None]
    assert await house.round() == [], "told once"
    entries, _ = await house.store.audit.page(AuditFilter(action="appointment cancelled"))
    assert [one.who for one in entries] == ["Switchroom"] * 2


async def test_s3_05_links_of_the_cancelled_dates_are_over_also_if_the_conference_comes_back(
    house: House,
) -> None:
    date = await house.plan(BOARD, "Budget", NOW + DAY)
    links = {one.id for one in await house.store.guests.list(BOARD) if one.revoked_at is None}
    assert links == {one.link_id for one in date.attendees}
    number = house.store.configuration.applied.revision
    await house.store.configuration.remove("conferences", BOARD, "test")
    await house.apply()
    await house.round()
    assert await house.store.configuration.roll_back(number, "test") is not None
    assert [one for one in await house.store.guests.list(BOARD) if one.revoked_at is None] == []
    assert await house.round() == []


async def test_s3_05_without_a_mail_server_they_are_told_once_there_is_one(house: House) -> None:
    await house.plan(BOARD, "Budget", NOW + DAY)
    await house.store.mail.set_server(MailServer())
    await house.store.configuration.remove("conferences", BOARD, "test")
    await house.apply()
    await house.store.configuration.save(Conference(ConferenceId("third"), "Third", "8004"), "test")
    await house.apply()
    assert await house.round() == []
    await house.store.mail.set_server(SERVER)
    assert len(await house.round()) == 2
    text = house.arrived[0][1].get_body(("plain",))
    assert text is not None and "Budget" in text.get_content() and "()" not in text.get_content()


async def test_what_can_not_be_written_keeps_back_no_other_mail(house: House) -> None:
    async def broken() -> None:
        raise RuntimeError("a mistake of ours")

    await house.plan(OTHER, "Elsewhere", NOW + DAY)
    await house.store.configuration.remove("conferences", OTHER, "test")
    await house.apply()
    await Cancellations(house.store, lambda: NOW).look()
    post = Post(house.store.mail, lambda *_: None, deliver=house.deliver, write=broken, clock=lambda: NOW)
    await post.round()
    assert len(house.arrived) == 2
