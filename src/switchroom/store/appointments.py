"""Appointments: planned dates of conferences, and who is invited to them. The room itself is open at any time
(S3-05)."""

from __future__ import annotations

import builtins
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from switchroom.directory import ConferenceId
from switchroom.store.commit import storable
from switchroom.store.database import Database
from switchroom.store.errors import NotFound, StaleBase
from switchroom.store.guests import Guests, NewLink
from switchroom.store.mail import MailStore, NewMail
from switchroom.store.secrets import generate_id
from switchroom.store.tables import appointment_attendees, appointments

LINK_AFTER: Final = 24 * 3600.0
"""How long an invitation's link is good after the planned end: meetings take longer, or begin later."""
KEPT_SECONDS: Final = 400 * 86400.0


@dataclass(frozen=True, slots=True)
class Invitee:
    """Somebody to invite."""

    email: str
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody who is invited, by a guest link of his own."""

    email: str
    name: str
    language: str
    link_id: str


@dataclass(frozen=True, slots=True)
class Appointment:
    """A planned date. Times are seconds since the epoch."""

    id: str
    conference_id: ConferenceId
    title: str
    starts_at: float
    local_start: str
    """What was typed: ISO 8601 without an offset, in `time_zone`."""
    time_zone: str
    minutes: int
    note: str
    sequence: int
    """Grows with every change that attendees are told (RFC 5545 §3.8.7.4)."""
    made_by: str
    organizer_name: str
    organizer_email: str
    created_at: float
    changed_at: float
    cancelled_at: float | None
    attendees: tuple[Attendee, ...] = ()

    @property
    def ends_at(self) -> float:
        """When it is planned to end."""
        return self.starts_at + self.minutes * 60.0

    @property
    def uid(self) -> str:
        """What calendars know it by."""
        return f"{self.id}-{int(self.created_at)}@switchroom"


_COLUMNS = tuple(appointments.c[name] for name in Appointment.__dataclass_fields__ if name != "attendees")


def invited(wanted: Collection[Invitee], before: Collection[Attendee] = ()) -> tuple[Attendee, ...]:
    """The attendees: who was one before keeps his link."""
    links = {attendee.email.lower(): attendee.link_id for attendee in before}
    return tuple(
        Attendee(who.email, who.name, who.language, links.get(who.email.lower()) or generate_id("link"))
        for who in wanted
    )


class Appointments:
    """The appointments' tables. An appointment, its links and its mails are written together."""

    def __init__(
        self,
        database: Database,
        guests: Guests,
        mail: MailStore,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._guests = guests
        self._mail = mail
        self._clock = clock

    async def get(self, conference_id: str, appointment_id: str) -> Appointment:
        """One appointment of a conference. Raises `NotFound`."""
        which = (appointments.c.id == appointment_id) & (appointments.c.conference_id == conference_id)
        async with self._database.reading() as connection:
            found = await _read(connection, which)
        if not found:
            raise NotFound("appointment")
        return found[0]

    async def list(self, conference_id: str) -> builtins.list[Appointment]:
        """The appointments of a conference, the next one last; past and cancelled ones too."""
        async with self._database.reading() as connection:
            return await _read(connection, appointments.c.conference_id == conference_id)

    async def coming(self) -> set[ConferenceId]:
        """The conferences that have dates to come."""
        ends_at = appointments.c.starts_at + appointments.c.minutes * 60.0
        due = and_(appointments.c.cancelled_at.is_(None), ends_at > self._clock())
        wanted = select(appointments.c.conference_id).where(due).distinct()
        async with self._database.reading() as connection:
            return {ConferenceId(found) for found in (await connection.execute(wanted)).scalars()}

    async def add(self, wanted: Appointment, mails: Sequence[NewMail]) -> None:
        """A new appointment, and the invitations to it."""
        async with self._database.writing() as connection:
            row = _row(wanted)
            await connection.execute(insert(appointments), storable(appointments, row))
            await self._attendees(connection, wanted, ())
            await self._mail.add(connection, mails)
        self._mail.wake()

    async def change(self, before: Appointment, after: Appointment, mails: Sequence[NewMail]) -> None:
        """Another date, other people, or cancelled. Raises `StaleBase` when somebody was faster."""
        async with self._database.writing() as connection:
            same = (appointments.c.id == before.id) & (appointments.c.changed_at == before.changed_at)
            same &= appointments.c.cancelled_at.is_(None)
            done = await connection.execute(update(appointments).where(same).values(**_row(after)))
            if done.rowcount != 1:
                raise StaleBase(before.sequence)
            which = appointment_attendees.c.appointment_id == before.id
            await connection.execute(delete(appointment_attendees).where(which))
            await self._attendees(connection, after, before.attendees)
            await self._mail.add(connection, mails)
        self._mail.wake()

    async def _attendees(
        self, connection: AsyncConnection, wanted: Appointment, before: Collection[Attendee]
    ) -> None:
        """Write the attendees down; their links are made, moved, or revoked."""
        known = {attendee.link_id for attendee in before}
        kept = {attendee.link_id for attendee in wanted.attendees}
        expires_at = wanted.ends_at + LINK_AFTER
        for position, attendee in enumerate(wanted.attendees):
            row = {
                "appointment_id": wanted.id,
                "position": position,
                **{name: getattr(attendee, name) for name in Attendee.__dataclass_fields__},
            }
            await connection.execute(insert(appointment_attendees), storable(appointment_attendees, row))
            if attendee.link_id not in known:
                link = NewLink(
                    conference_id=wanted.conference_id,
                    label=wanted.title,
                    expires_at=expires_at,
                    made_by=wanted.made_by,
                    language=attendee.language,
                    name=attendee.name,
                )
                await self._guests.add_invitation(connection, attendee.link_id, link)
        await self._guests.keep_invitations(connection, known & kept, expires_at, wanted.title)
        gone = known if wanted.cancelled_at is not None else known - kept
        await self._guests.revoke_invitations(connection, gone)

    async def sweep(self) -> None:
        """Forget what was planned long ago."""
        old = appointments.c.starts_at < self._clock() - KEPT_SECONDS
        async with self._database.writing() as connection:
            await connection.execute(delete(appointments).where(old))


async def _read(connection: AsyncConnection, which: ColumnElement[bool]) -> list[Appointment]:
    query = select(*_COLUMNS).where(which).order_by(appointments.c.starts_at.desc(), appointments.c.id)
    found = [Appointment(*row) for row in await connection.execute(query)]
    columns = tuple(appointment_attendees.c[name] for name in Attendee.__dataclass_fields__)
    owner = appointment_attendees.c.appointment_id
    ids = select(appointments.c.id).where(which)
    rows = await connection.execute(
        select(owner, *columns).where(owner.in_(ids)).order_by(owner, appointment_attendees.c.position)
    )
    people: dict[str, list[Attendee]] = {}
    for row in rows:
        people.setdefault(row[0], []).append(Attendee(*row[1:]))
    return [replace(one, attendees=tuple(people.get(one.id, ()))) for one in found]


def _row(appointment: Appointment) -> dict[str, Any]:
    return {column.name: getattr(appointment, column.name) for column in _COLUMNS}
