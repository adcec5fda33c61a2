"""Minutes of conferences: meetings, who attended, who was invited; written behind, read by people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, distinct, func, or_, select, update

from switchroom.store.database import Database
from switchroom.store.paging import earlier, newest_first, page
from switchroom.store.tables import attendances, conference_invitations, meetings, recordings
from switchroom.store.write_behind import WriteBehind

CUT_OFF = "crash"
"""Why what was going on when the system died ended."""
RETURN_SECONDS = 60.0
"""Who was cut off has so long to come back with the rights he had."""
WITHOUT_GOODBYE = ("shutdown", "signalling_lost", "media_timeout", "media_failed")
"""Ends of an attendance that were not the person's will (`calls.records.Cause`)."""
_CHUNK = 200
_OPEN_INVITATIONS = ("ringing", "answered")


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """A meeting as stored. Times are seconds since the epoch; not ended: going on."""

    id: str
    conference_id: str
    name: str
    started_at: float
    ended_at: float | None = None


@dataclass(frozen=True, slots=True)
class AttendanceRow:
    """Somebody in a meeting, as stored; the fields are those of `calls.minutes.Attendance` and its party."""

    id: str
    meeting: str
    conference_id: str
    call: str
    extension: str
    name: str
    user_id: str | None
    guest: str | None
    entrance: str
    joined_at: float
    entered_at: float | None = None
    left_at: float | None = None
    talk_seconds: float = 0.0
    administrator: bool = False
    muted_by: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An invitation as stored; the fields are those of `calls.minutes.InvitationRecord`."""

    id: str
    conference_id: str
    meeting: str | None
    number: str
    name: str
    invited_by: str
    state: str
    at: float
    reason: str = ""
    ended_at: float | None = None
    call: str | None = None


@dataclass(frozen=True, slots=True)
class MeetingFilter:
    """Which meetings: all conditions hold."""

    since: float | None = None
    until: float | None = None
    conferences: frozenset[str] | None = None
    """Of these conferences only."""
    text: str | None = None
    """Anywhere in the name of the conference or of somebody who attended, in either case."""


@dataclass(frozen=True, slots=True)
class MeetingSummary:
    """A meeting as a line of a list."""

    meeting: MeetingRow
    people: int
    """Who were in the room itself; who came twice counts once."""
    talk_seconds: float
    recordings: int
    """Of the whole room, without those of single participants."""


class Minutes:
    """Writes are queued (`WriteBehind`), reads see what is durable."""

    def __init__(self, database: Database, queue: WriteBehind) -> None:
        self._database = database
        self._queue = queue

    def put(self, row: MeetingRow | AttendanceRow | InvitationRow) -> None:
        """Write a row, or write it anew. Returns at once; durable some milliseconds later.

        Raises `StoreUnavailable` when too much waits already.
        """
        match row:
            case MeetingRow():
                self._queue.put(meetings, _values(row))
            case AttendanceRow():
                self._queue.put(attendances, _values(row))
            case InvitationRow():
                self._queue.put(conference_invitations, _values(row))

    async def close_interrupted(self, at: float) -> int:
        """At boot: what never ended was cut off at this time. How many meetings and attendances it was.

        A recording's true length is read from its file: see `Recordings.close_interrupted`.
        """
        total = 0
        async with self._database.writing() as connection:
            for table, begun, end in (
                (meetings, meetings.c.started_at, meetings.c.ended_at),
                (attendances, attendances.c.joined_at, attendances.c.left_at),
                (conference_invitations, conference_invitations.c.at, conference_invitations.c.ended_at),
            ):
                values: dict[str, Any] = {end.name: _not_before(begun, at)}
                if table is not meetings:
                    values["reason"] = CUT_OFF
                wanted = update(table).where(end.is_(None))
                if table is conference_invitations:
                    wanted = wanted.where(table.c.state.in_(_OPEN_INVITATIONS))
                    values["state"] = "failed"
                found = await connection.execute(wanted.values(**values))
                total += int(found.rowcount)
        return total

    async def open_attendances(self, now: float) -> list[AttendanceRow]:
        """Those who were cut off in the last 60 s: by a crash, a shutdown, a lost line. The latest first.

        For after `close_interrupted`: they keep their rights when they come back in time.
        """
        reasons = (CUT_OFF, *WITHOUT_GOODBYE)
        recent = and_(attendances.c.left_at > now - RETURN_SECONDS, attendances.c.reason.in_(reasons))
        wanted = select(attendances).where(recent).order_by(attendances.c.left_at.desc(), attendances.c.id)
        async with self._database.reading() as connection:
            return [AttendanceRow(*row) for row in await connection.execute(wanted)]

    async def page(
        self, wanted: MeetingFilter, limit: int = 50, after: str | None = None
    ) -> tuple[list[MeetingSummary], str | None]:
        """Meetings, newest first, and where the next page begins (None at the end).

        Raises ValueError for an `after` that no page gave.
        """
        by = (meetings.c.started_at, meetings.c.id)
        query = select(meetings).where(*_conditions(wanted), *earlier(*by, after))
        async with self._database.reading() as connection:
            found = await connection.execute(query.order_by(*newest_first(*by)).limit(limit + 1))
            read = [MeetingRow(*row) for row in found]
            rows, following = page(read, limit, lambda row: (row.started_at, row.id))
            ids = [row.id for row in rows]
            people = {row[0]: row for row in await connection.execute(_people(ids))} if ids else {}
            taped = {row[0]: row for row in await connection.execute(_taped(ids))} if ids else {}
        summaries = [
            MeetingSummary(
                row,
                people=people[row.id][1] if row.id in people else 0,
                talk_seconds=people[row.id][2] if row.id in people else 0.0,
                recordings=taped[row.id][1] if row.id in taped else 0,
            )
            for row in rows
        ]
        return summaries, following

    async def get(self, meeting_id: str) -> MeetingRow | None:
        """One meeting."""
        async with self._database.reading() as connection:
            found = await connection.execute(select(meetings).where(meetings.c.id == meeting_id))
            row = found.first()
        return None if row is None else MeetingRow(*row)

    async def attendances(self, meeting_id: str) -> list[AttendanceRow]:
        """Who was in a meeting, in the order in which they came."""
        by_arrival = (attendances.c.joined_at, attendances.c.id)
        wanted = select(attendances).where(attendances.c.meeting == meeting_id).order_by(*by_arrival)
        async with self._database.reading() as connection:
            return [AttendanceRow(*row) for row in await connection.execute(wanted)]

    async def invitations(self, meeting: MeetingRow) -> list[InvitationRow]:
        """Who was called into a meeting, in that order."""
        columns = conference_invitations.c
        wanted = (
            select(conference_invitations)
            .where(columns.meeting == meeting.id)
            .order_by(columns.at, columns.id)
        )
        async with self._database.reading() as connection:
            return [InvitationRow(*row) for row in await connection.execute(wanted)]

    async def delete_before(self, time: float) -> int:
        """Retention: forget meetings that started before, with all that was noted of them.

        Those whose recordings are still there stay with them. Returns how many went.
        """
        total = 0
        while True:
            kept = select(recordings.c.id).where(recordings.c.meeting == meetings.c.id).exists()
            old = select(meetings.c.id).where(meetings.c.started_at < time, ~kept).limit(_CHUNK)
            async with self._database.writing() as connection:
                ids = list((await connection.execute(old)).scalars())
                for table in (attendances, conference_invitations):
                    await connection.execute(delete(table).where(table.c.meeting.in_(ids)))
                await connection.execute(delete(meetings).where(meetings.c.id.in_(ids)))
            total += len(ids)
            if len(ids) < _CHUNK:
                break
        never_met = and_(conference_invitations.c.meeting.is_(None), conference_invitations.c.at < time)
        async with self._database.writing() as connection:
            await connection.execute(delete(conference_invitations).where(never_met))
        return total


def _values(row: MeetingRow | AttendanceRow | InvitationRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


def _not_before(begun: ColumnElement[float], at: float) -> ColumnElement[float]:
    """The time, or when it began if that is later: nothing ends before it began."""
    return case((begun > at, begun), else_=at)


def _conditions(wanted: MeetingFilter) -> list[ColumnElement[bool]]:
    columns = meetings.c
    conditions: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        conditions.append(columns.started_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(columns.started_at < wanted.until)
    if wanted.conferences is not None:
        conditions.append(columns.conference_id.in_(wanted.conferences))
    if wanted.text:
        named = (attendances.c.name, attendances.c.extension)
        matches = or_(*(column.icontains(wanted.text, autoescape=True) for column in named))
        attended = select(attendances.c.id).where(attendances.c.meeting == columns.id, matches).exists()
        conditions.append(or_(columns.name.icontains(wanted.text, autoescape=True), attended))
    return conditions


def _people(ids: Sequence[str]) -> Any:
    who = func.coalesce(attendances.c.user_id, attendances.c.guest, attendances.c.extension)
    return (
        select(attendances.c.meeting, func.count(distinct(who)), func.sum(attendances.c.talk_seconds))
        .where(attendances.c.meeting.in_(ids), attendances.c.entered_at.is_not(None))
        .group_by(attendances.c.meeting)
    )


def _taped(ids: Sequence[str]) -> Any:
    return (
        select(recordings.c.meeting, func.count())
        .where(recordings.c.meeting.in_(ids), recordings.c.attendance.is_(None))
        .group_by(recordings.c.meeting)
    )
