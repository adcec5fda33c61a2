"""What stands of each finished call on a record: one entry a call and record (C2-10).

A call is about the record of the activity it was made for, else about the one open record of the contact,
else about none until the person chooses one. What it was made for (as soon as it begins), and what he wrote
and chose, is kept by call and person; the record is made to say the same, again and again until it does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol
from weakref import WeakValueDictionary

from sqlalchemy.exc import SQLAlchemyError

from switchroom.connectors.intents import Intent
from switchroom.connectors.kept import KeptWork, Later
from switchroom.connectors.matching import Matched, Matching
from switchroom.connectors.sides import CALL, Side, call_note, dialled, ended, sides
from switchroom.crm.connector import (
    OWN,
    Act,
    Connector,
    ConnectorFault,
    DueCall,
    FaultKind,
    ForgetCall,
    FoundRecord,
    LogCall,
)
from switchroom.directory import Snapshot, UserId
from switchroom.happenings import CallFacts
from switchroom.store import StoreUnavailable
from switchroom.store.call_notes import CallNoteRow

log = logging.getLogger(__name__)

MOST_TRIES = 8
"""So often a system that is down is waited for before a call is logged without it: about twenty minutes."""

CarryOut = Callable[[str, UserId, Act, str], Awaitable[bool]]
"""Source, in whose name, what, its key. False: it will be done later."""


class OwnRecords(Connector, Protocol):
    """What is built in."""

    async def activity(self, activity: str) -> DueCall | None:
        """Any planned activity."""

    async def record(self, app: str, record: str) -> FoundRecord | None:
        """Any record."""


class Notes(Protocol):
    """`store.call_notes`."""

    async def get(self, call_id: str, user_id: str) -> CallNoteRow | None:
        """What is known of a person's side of a call."""

    async def put(self, row: CallNoteRow) -> None:
        """Write it."""


@dataclass(frozen=True, slots=True)
class AboutCall:
    """One person's side of a call, for his screen."""

    side: Side
    matched: Matched
    row: CallNoteRow
    """With `activity_id` as `<source>/<id>`."""
    record: FoundRecord | None
    """On which the call stands, or will when it ends."""
    ended: str
    """running, answered, missed, refused or failed."""
    seconds: float | None
    """Of talking, so far."""


class NotedCalls:
    """`tell_records` is called when something of ours was written."""

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        own: OwnRecords,
        notes: Notes,
        matching: Matching,
        carry_out: CarryOut,
        clock: Callable[[], float],
        tell_records: Callable[[], None],
    ) -> None:
        self._snapshot = snapshot
        self._own = own
        self._notes = notes
        self._matching = matching
        self._carry_out = carry_out
        self._clock = clock
        self._tell_records = tell_records
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """By call: what was decided and what stands on the record change together."""
        self._noted: set[str] = set()
        """Of the running calls those of which something is written already."""
        self.waiting: KeptWork[tuple[CallFacts, Intent | None]] = KeptWork(self._attend)

    def began(self, call: CallFacts, intent: Intent) -> None:
        """A call began that is made for an activity: that is known even if we die before its end."""
        if call.kind == CALL:
            self._noted.add(call.id)
            self.waiting.put((call, intent))

    def ended(self, call: CallFacts, intent: Intent | None, *, noted: bool = False) -> None:
        """A call is over: it is written soon. `noted`: something may have been written before the start."""
        if call.kind != CALL:
            self._noted.discard(call.id)
            return
        if noted:
            self._noted.add(call.id)
        self.waiting.put((call, intent))

    def _lock(self, call: CallFacts) -> asyncio.Lock:
        return self._locks.setdefault(call.id, asyncio.Lock())

    async def about(self, who: UserId, call: CallFacts, intent: Intent | None) -> AboutCall:
        """What is known of this person's side of a call, before and after its end."""
        side = self._side(who, call)
        row = await self._notes.get(call.id, who)
        matched = await self._matching.match(who, side.number)
        row = row or CallNoteRow(call.id, who, activity_id=name_of(intent))
        record = intent.record if intent is not None else None
        if row.decided:
            record = await self._record_of(row, matched, record)
        seconds = (
            (call.ended_at or self._clock()) - call.answered_at if call.answered_at is not None else None
        )
        return AboutCall(
            side,
            matched,
            row,
            record if row.decided else record or matched.only_record,
            ended(call),
            seconds,
        )

    async def _record_of(
        self, row: CallNoteRow, matched: Matched, known: FoundRecord | None
    ) -> FoundRecord | None:
        if not row.record_id:
            return None
        wanted = (row.source, row.app, row.record_id)
        if row.source == OWN:
            return await self._own.record(row.app, row.record_id)
        found = (one for one in (*matched.records, *([known] if known else [])))
        return next(
            (one for one in found if (one.source, one.app, one.id) == wanted),
            FoundRecord(row.source, row.app, row.record_id, title=""),
        )

    async def write(
        self,
        who: UserId,
        call: CallFacts,
        intent: Intent | None,
        record: tuple[str, str, str] | None,
        note: str,
        outcome: str,
    ) -> bool:
        """A person's words about a call, and the record (source, app, id) that it stands on; None: on none.

        What stands on another record goes. False: the other system is written later.
        Raises `ConnectorFault` for a record that does not take it.
        """
        side = self._side(who, call)
        if record is not None and record[0] == OWN and await self._own.record(*record[1:]) is None:
            raise ConnectorFault(FaultKind.GONE, "This record does not exist any more.")
        source, app, record_id = record or (OWN, "", "")
        async with self._lock(call):
            before = await self._notes.get(call.id, who)
            known = before.activity_id if before is not None else name_of(intent)
            row = CallNoteRow(
                call.id, who, source, app, record_id, known, note, outcome, changed_at=self._clock()
            )
            done = True
            if call.ended_at is not None:
                done = await self._write(call, side, row)
                if before is not None and before.record_id and _place(before) != _place(row):
                    await self._forget(who, before, row.changed_at)
            else:
                self._noted.add(call.id)
            await self._notes.put(row)
            return done

    async def _forget(self, who: UserId, before: CallNoteRow, at: float) -> None:
        """What stands on another record goes, as far as that can be done."""
        act = ForgetCall(before.app, before.record_id, before.call_id)
        try:
            await self._carry_out(before.source, who, act, _key("forget", before, at))
        except ConnectorFault as fault:
            log.warning("call=%s still stands on %s: %s", before.call_id, before.record_id, fault.text)

    async def _attend(self, work: tuple[CallFacts, Intent | None], tries: int) -> None:
        call, intent = work
        if call.ended_at is not None:
            await self._log(call, intent, tries)
        elif intent is not None:
            await self._keep(call, intent)

    async def _keep(self, call: CallFacts, intent: Intent) -> None:
        """What a running call is made for."""
        try:
            async with self._lock(call):
                if await self._notes.get(call.id, intent.user) is None:
                    await self._notes.put(self._made_for(call, intent.user, intent, intent.record))
        except (StoreUnavailable, SQLAlchemyError, OSError) as error:
            raise _later(call, error) from error

    def _made_for(
        self, call: CallFacts, who: UserId, intent: Intent | None, record: FoundRecord | None
    ) -> CallNoteRow:
        row = CallNoteRow(call.id, who, activity_id=name_of(intent), changed_at=self._clock())
        if record is None:
            return row
        return replace(row, source=record.source, app=record.app, record_id=record.id)

    async def _log(self, call: CallFacts, intent: Intent | None, tries: int) -> None:
        """A finished call comes onto the records that it belongs to; again and again, once."""
        failed: Exception | None = None
        for side in sides(call, self._snapshot()):
            try:
                async with self._lock(call):
                    await self._log_side(call, side, intent, tries)
            except (StoreUnavailable, SQLAlchemyError, OSError) as error:
                failed = error
            except ConnectorFault as fault:
                if fault.passing:
                    failed = fault
                else:
                    log.warning("call=%s does not stand on its record: %s", call.id, fault.text)
        if failed is None:
            self._noted.discard(call.id)
        else:
            raise _later(call, failed) from failed

    async def _log_side(self, call: CallFacts, side: Side, intent: Intent | None, tries: int) -> None:
        who = side.user or UserId("")
        # Most calls are with strangers, and nobody wrote anything of them: no more is asked of those.
        row = await self._notes.get(call.id, who) if call.id in self._noted else None
        if row is None or not row.decided:
            if intent is not None and intent.user != side.user:
                intent = None
            record = intent.record if intent is not None else None
            if record is None:
                matched = await self._matching.match(side.user, side.number)
                if matched.failed and tries < MOST_TRIES:
                    raise matched.failed[0]
                record = matched.only_record
            if record is None and intent is None:
                return
            row = await self._notes.get(call.id, who)
        if row is None or not row.decided:
            made_for = row.activity_id if row is not None else name_of(intent)
            row = replace(self._made_for(call, who, intent, record), activity_id=made_for)
            await self._notes.put(row)
        await self._write(call, side, row)

    async def _write(self, call: CallFacts, side: Side, row: CallNoteRow) -> bool:
        """What stands on the record is as the row says."""
        if not row.record_id:
            return True
        contact = (await self._matching.match(None, side.number)).contact
        name = (contact.name or contact.company) if contact is not None else ""
        act = LogCall(row.app, row.record_id, call_note(call, side, name, row.note, row.outcome))
        key = _key("call", row, row.changed_at)
        done = await self._carry_out(row.source, side.user or UserId(""), act, key)
        if row.source == OWN:
            self._tell_records()
        return done

    def _side(self, who: UserId, call: CallFacts) -> Side:
        """This person's side. One who is rung, and did not answer yet, is on the called side."""
        found = sides(call, self._snapshot())
        return next((side for side in found if side.user == who), None) or Side(
            who, False, dialled(call.caller_number, self._snapshot()), call.caller_name
        )


def name_of(intent: Intent | None) -> str:
    """As it is kept with a call."""
    return f"{intent.source}/{intent.activity}" if intent is not None else ""


def _later(call: CallFacts, error: Exception) -> Later:
    return Later(f"call {call.id}: {str(error).splitlines()[0][:200]}")


def _key(what: str, row: CallNoteRow, at: float) -> str:
    """Of an act that writes what was decided at a moment: done once, however often it is tried."""
    return f"{what}/{row.call_id}/{row.record_id}/{at:.3f}"


def _place(row: CallNoteRow) -> tuple[str, str, str]:
    return row.source, row.app, row.record_id
