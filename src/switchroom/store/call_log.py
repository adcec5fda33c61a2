"""Call control's `Records` port: call records and dialogs go into the queue.

Only the first row of a record is waited for: no call is answered that a crash would leave without one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import msgspec

from switchroom.happenings import CallAnswered, CallEnded, CallFacts, CallStarted, Happenings
from switchroom.store.errors import StoreUnavailable
from switchroom.store.records import CallRow
from switchroom.store.rows import StoredDialog, encode
from switchroom.store.store import Store

if TYPE_CHECKING:  # only its shape is needed here
    from switchroom.calls.records import CallRecord

log = logging.getLogger(__name__)

MOST_WAITED = 2.0
"""Seconds the answer of a call waits for its record to be durable, which takes milliseconds: a sick database
costs the record, never the call."""
REFUSED = "refused"
_DIRECTIONS = {"incoming": "in", "outgoing": "out"}


class SavedDialog(Protocol):
    """A dialog's durable record, as the SIP endpoint exports it: a dataclass of plain values."""

    @property
    def session(self) -> str:
        """Its id."""


class CallLog:
    """Writes what call control hands over, and tells it. A full queue costs the record, never the call."""

    def __init__(
        self, store: Store, clock: Callable[[], float] = time.time, happenings: Happenings | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._happenings = happenings or Happenings()
        self._opening: dict[str, list[Callable[[], None]]] = {}
        """What waits for the first row of each call to be durable."""
        self._settling: asyncio.Task[None] | None = None

    def open(self, record: CallRecord) -> None:
        """A call began. What is told of it is durable with its record."""
        row = row_of(record)
        if self._happenings.heard:
            self._happenings.tell(CallStarted(call_facts(row)))
        try:
            self._store.records.open(row)
        except StoreUnavailable as error:
            log.error("call=%s has no record: %s", record.id, error)
            return
        self._opening[record.id] = []
        if self._settling is None:
            self._settling = asyncio.get_running_loop().create_task(self._settle())

    async def _settle(self) -> None:
        """Wait for the first rows of calls, of all that began meanwhile together."""
        while self._opening:
            calls = tuple(self._opening)
            try:
                async with asyncio.timeout(MOST_WAITED):
                    await self._store.settled()
            except (StoreUnavailable, TimeoutError):
                log.error("%d calls go on before their records are durable", len(calls))
            for call in calls:
                for act in self._opening.pop(call):
                    act()
        self._settling = None

    def when_open(self, call: str, act: Callable[[], None]) -> None:
        """Run `act` as soon as the call's record is durable: now, or soon."""
        waiting = self._opening.get(call)
        if waiting is None:
            act()
        else:
            waiting.append(act)

    def answered(self, record: CallRecord) -> None:
        """A call was answered: told, and written when it ends. A refusal that is spoken is no answer."""
        if self._happenings.heard and record.kind.value != REFUSED:
            self._happenings.tell(CallAnswered(call_facts(row_of(record))))

    def finish(self, record: CallRecord) -> None:
        """A call is over: durable within `write_behind.UNHURRIED` and a commit, sooner when others wait."""
        row = row_of(record)
        if self._happenings.heard:
            self._happenings.tell(CallEnded(call_facts(row)))
        try:
            self._store.records.put(row)
        except StoreUnavailable as error:
            log.error("call=%s has no record: %s", record.id, error)

    def save_dialog(self, call: str, dialog: SavedDialog) -> None:
        """A dialog reached a stable point."""
        document = encode({"call": call, "dialog": dialog})
        try:
            self._store.dialogs.put(StoredDialog(dialog.session, self._clock(), document))
        except StoreUnavailable as error:
            log.error("call=%s leg=%s is not saved: %s", call, dialog.session, error)

    def forget_dialog(self, session: str) -> None:
        """A saved dialog is over."""
        self._store.dialogs.delete(session)


def row_of(record: CallRecord) -> CallRow:
    """The record as a row."""
    caller, callee = record.caller, record.callee
    return CallRow(
        id=record.id,
        journey=record.journey,
        kind=record.kind.value,
        direction=record.direction,
        started_at=record.started_at,
        answered_at=record.answered_at,
        ended_at=record.ended_at,
        dialled=record.dialled,
        caller_extension=caller.extension,
        caller_user=caller.user_id,
        caller_display=caller.name or None,
        callee_extension=callee.extension if callee else None,
        callee_user=callee.user_id if callee else None,
        callee_display=callee.name or None if callee else None,
        conference_id=record.conference_id,
        end_cause=record.end_cause.value if record.end_cause else None,
        sip_status=record.sip_status,
        codec=record.codec or None,
        quality=msgspec.json.encode(record.quality).decode() if record.quality else None,
    )


def call_facts(row: CallRow) -> CallFacts:
    """A record as it is told to others."""
    return CallFacts(
        id=row.id,
        journey=row.journey,
        kind=row.kind,
        direction=_DIRECTIONS.get(row.direction, row.direction),
        started_at=row.started_at,
        caller_number=row.caller_extension or "",
        caller_name=row.caller_display or "",
        caller_user=row.caller_user,
        dialled=row.dialled,
        callee_number=row.callee_extension,
        callee_name=row.callee_display or "",
        callee_user=row.callee_user,
        conference_id=row.conference_id,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        cause=row.end_cause,
    )
