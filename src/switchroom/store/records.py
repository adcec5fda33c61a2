"""Call records: one row a call segment, opened when it starts, completed when it ends, queried by people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, delete, or_, select, update

from switchroom.store.database import Database
from switchroom.store.paging import earlier, newest_first, page
from switchroom.store.tables import call_records
from switchroom.store.write_behind import WriteBehind

INTERRUPTED = "crash"
"""End cause of a call that was running when the system died."""
_CHUNK = 500
_MISSED = ("cancelled", "no_answer", "busy", "unreachable", "conference_ended")
_REFUSED = ("declined", "unknown_number", "not_allowed")
_ELSEWHERE = ("answered_elsewhere",)
"""Of invitations: the invited came in by a call of his own."""
_REFUSED_AT_THE_DOOR = (
    "wrong_code", "codes_refused", "no_code", "not_confirmed", "room_full", "room_locked", "blocked",
    "not_admitted",
)  # fmt: skip
"""Of conferences: who called, or was called, did not get in."""


class CallState(StrEnum):
    """What became of a call, in one word."""

    RUNNING = "running"
    ANSWERED = "answered"
    MISSED = "missed"
    """Nobody answered, whoever the reason was."""
    REFUSED = "refused"
    FAILED = "failed"
    """Something went wrong: media, signalling, a crash."""


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call record as stored. Times are seconds since the epoch; what is not known (yet) is None."""

    id: str
    journey: str
    kind: str
    """call, conference or refused."""
    direction: str
    """internal, incoming or outgoing."""
    started_at: float
    answered_at: float | None = None
    ended_at: float | None = None
    dialled: str = ""
    """What the caller keyed."""
    caller_extension: str | None = None
    caller_user: str | None = None
    caller_display: str | None = None
    callee_extension: str | None = None
    callee_user: str | None = None
    callee_display: str | None = None
    conference_id: str | None = None
    end_cause: str | None = None
    sip_status: int | None = None
    codec: str | None = None
    quality: str | None = None
    """JSON: by leg, loss (share), jitter (ms), mos (1 to 4.5)."""


def call_state(row: CallRow) -> CallState:
    """The state of a record; the same rule as `RecordFilter.state`."""
    return state_of(row.kind, row.answered_at, row.ended_at, row.end_cause)


def state_of(kind: str, answered_at: float | None, ended_at: float | None, cause: str | None) -> CallState:
    """The state of a call."""
    if ended_at is None:
        return CallState.RUNNING
    if kind == "refused" or cause in _REFUSED_AT_THE_DOOR:
        return CallState.REFUSED
    if answered_at is not None or cause in _ELSEWHERE:
        return CallState.ANSWERED
    if cause in _REFUSED:
        return CallState.REFUSED
    return CallState.MISSED if cause in _MISSED else CallState.FAILED


def call_seconds(row: CallRow) -> float | None:
    """How long it was talked, in seconds; None while it goes on, 0 when nobody answered."""
    if row.ended_at is None:
        return None
    return 0.0 if row.answered_at is None else max(0.0, round(row.ended_at - row.answered_at, 3))


_FIELDS = tuple(CallRow.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records: all conditions hold."""

    since: float | None = None
    until: float | None = None
    extension: str | None = None
    """Of either side."""
    user_id: str | None = None
    conference_id: str | None = None
    kind: str | None = None
    end_cause: str | None = None
    answered: bool | None = None
    direction: str | None = None
    state: CallState | None = None
    text: str | None = None
    """Anywhere in a name, an extension or what was dialled, in either case."""


class CallRecords:
    """Writes are queued (`WriteBehind`), reads see what is durable."""

    def __init__(self, database: Database, queue: WriteBehind) -> None:
        self._database = database
        self._queue = queue

    def open(self, row: CallRow) -> None:
        """A call starts. Returns at once; the row is durable some milliseconds later."""
        self._queue.put(call_records, _values(row), new=True)

    async def finish(self, row: CallRow) -> None:
        """A call ended: its complete row. Returns when it is durable; `StoreUnavailable` means later."""
        self.put(row)
        await self._queue.settled()

    def put(self, row: CallRow) -> None:
        """The present state of a call's row, whole. Returns at once."""
        self._queue.put(call_records, _values(row))

    async def close_interrupted(self, now: float) -> list[CallRow]:
        """At boot: calls that never ended were cut by a crash. Their records as they are now."""
        is_open = call_records.c.ended_at.is_(None)
        async with self._database.writing() as connection:
            cut = [CallRow(*row) for row in await connection.execute(select(call_records).where(is_open))]
            ended = update(call_records).where(is_open).values(ended_at=now, end_cause=INTERRUPTED)
            await connection.execute(ended)
        return [replace(row, ended_at=now, end_cause=INTERRUPTED) for row in cut]

    async def delete_before(self, time: float) -> int:
        """Retention: forget calls that started before; a few hundred at a time, so that nobody waits long."""
        total = 0
        while True:
            old = select(call_records.c.id).where(call_records.c.started_at < time).limit(_CHUNK)
            async with self._database.writing() as connection:
                wanted = delete(call_records).where(call_records.c.id.in_(old))
                count = int((await connection.execute(wanted)).rowcount)
            total += count
            if count < _CHUNK:
                return total

    async def get(self, record_id: str) -> CallRow | None:
        """One record."""
        async with self._database.reading() as connection:
            row = (
                await connection.execute(select(call_records).where(call_records.c.id == record_id))
            ).first()
        return None if row is None else CallRow(*row)

    async def page(
        self, wanted: RecordFilter, limit: int = 50, after: str | None = None
    ) -> tuple[list[CallRow], str | None]:
        """Records, newest first, and where the next page begins (None at the end).

        Raises ValueError for an `after` that no page gave.
        """
        return await read_page(self._database, wanted, limit, after)


async def read_page(
    database: Database, wanted: RecordFilter, limit: int, after: str | None
) -> tuple[list[CallRow], str | None]:
    """One page of records and where the next begins. Raises ValueError for an `after` that no page gave."""
    by = (call_records.c.started_at, call_records.c.id)
    query = select(call_records).where(*_conditions(wanted), *earlier(*by, after))
    async with database.reading() as connection:
        found = await connection.execute(query.order_by(*newest_first(*by)).limit(limit + 1))
        rows = [CallRow(*row) for row in found]
    return page(rows, limit, lambda row: (row.started_at, row.id))


def _values(row: CallRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _FIELDS}


def _conditions(wanted: RecordFilter) -> list[ColumnElement[bool]]:
    columns = call_records.c
    conditions: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        conditions.append(columns.started_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(columns.started_at < wanted.until)
    if wanted.extension is not None:
        conditions.append(
            or_(columns.caller_extension == wanted.extension, columns.callee_extension == wanted.extension)
        )
    if wanted.user_id is not None:
        conditions.append(or_(columns.caller_user == wanted.user_id, columns.callee_user == wanted.user_id))
    if wanted.conference_id is not None:
        conditions.append(columns.conference_id == wanted.conference_id)
    if wanted.kind is not None:
        conditions.append(columns.kind == wanted.kind)
    if wanted.end_cause is not None:
        conditions.append(columns.end_cause == wanted.end_cause)
    if wanted.answered is not None:
        answered = columns.answered_at
        conditions.append(answered.is_not(None) if wanted.answered else answered.is_(None))
    if wanted.direction is not None:
        conditions.append(columns.direction == wanted.direction)
    if wanted.state is not None:
        conditions.append(_state == wanted.state.value)
    if wanted.text:
        named = (columns.caller_display, columns.callee_display, columns.dialled)
        everywhere = (*named, columns.caller_extension, columns.callee_extension)
        conditions.append(or_(*(column.icontains(wanted.text, autoescape=True) for column in everywhere)))
    return conditions


_state = case(
    (call_records.c.ended_at.is_(None), CallState.RUNNING.value),
    (call_records.c.kind == "refused", CallState.REFUSED.value),
    (call_records.c.end_cause.in_(_REFUSED_AT_THE_DOOR), CallState.REFUSED.value),
    (call_records.c.answered_at.is_not(None), CallState.ANSWERED.value),
    (call_records.c.end_cause.in_(_ELSEWHERE), CallState.ANSWERED.value),
    (call_records.c.end_cause.in_(_REFUSED), CallState.REFUSED.value),
    (call_records.c.end_cause.in_(_MISSED), CallState.MISSED.value),
    else_=CallState.FAILED.value,
)
