"""Calls meet records: the calls of today from all systems, who calls which, and what stands of each call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy.exc import SQLAlchemyError

from switchroom.connectors.intents import INTENT_SECONDS, Intent, Intents
from switchroom.connectors.known_calls import KnownCalls
from switchroom.connectors.lists import Lists, SourceList
from switchroom.connectors.matching import Matched, Matching
from switchroom.connectors.noted_calls import AboutCall, NotedCalls, Notes, OwnRecords
from switchroom.connectors.others import NoOthers, Others
from switchroom.connectors.sides import dialled
from switchroom.connectors.waiting import without_waiting
from switchroom.crm.connector import (
    OWN,
    Act,
    ChangeActivity,
    Connector,
    ConnectorFault,
    DueCall,
    FaultKind,
    FoundRecord,
    MarkDone,
)
from switchroom.directory import Snapshot, UserId
from switchroom.happenings import (
    ActivityDone,
    CallAnswered,
    CallEnded,
    CallFacts,
    CallStarted,
    Happening,
    Happenings,
)
from switchroom.store import StoreUnavailable, generate_id

TELL_SECONDS = 1.0
Tell = Callable[[str, Iterable[str] | None], None]


class ActivityDesk:
    """One for a system. `tell` tells pages what changed."""

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        own: OwnRecords,
        notes: Notes,
        happenings: Happenings,
        clock: Callable[[], float],
        others: Others | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._own = own
        self._happenings = happenings
        self._clock = clock
        self.others: Others = others or NoOthers()
        self.tell: Tell = lambda what, users: None
        self.known = KnownCalls()
        self._intents = Intents()
        self._lists = Lists(clock, lambda who: self.tell("activities", {who}))
        self._matching = Matching(snapshot, self.connectors)
        self._calls = NotedCalls(
            snapshot, own, notes, self._matching, self._carry_out, clock, self._entry_written
        )
        self._telling = False
        self._stop = happenings.listen(self.happened)

    async def close(self) -> None:
        """Write what waits, and end."""
        self._stop()
        self._lists.close()
        await self._calls.waiting.close()

    def connectors(self) -> Sequence[Connector]:
        """All systems, ours first."""
        return (self._own, *self.others.connectors())

    # --- what happens -----------------------------------------------------------------------------------

    def happened(self, happening: Happening) -> None:
        """A listener of `Happenings`: returns at once."""
        if not isinstance(happening, CallStarted | CallAnswered | CallEnded):
            return
        call = self.known.take(happening)
        match happening:
            case CallStarted() if self._intents.expects(user := UserId(call.caller_user or "")):
                number = dialled(call.dialled, self._snapshot())
                intent = self._intents.began(call.id, user, number, self._clock())
                if intent is not None:
                    self._calls.began(call, intent)
                self._told_of(intent)
            case CallEnded():
                intent = self._intents.ended(call.id)
                self._told_of(intent)
                self._calls.ended(call, intent)
            case _:
                pass

    def note_again(self, call: CallFacts) -> None:
        """A call that ended before the start: what stands there already is written once more, as it is."""
        self._calls.ended(call, None, noted=True)

    # --- the calls of today -----------------------------------------------------------------------------

    async def due(self, who: UserId, today: date, *, fresh: bool = False) -> list[SourceList]:
        """The calls of this person from every system (S2-09, S2-11, S2-12)."""
        found = await self._lists.due(self.connectors(), who, today, fresh=fresh)
        return [one if one.source == OWN else await self._with_kept(one, who) for one in found]

    async def _with_kept(self, one: SourceList, who: UserId) -> SourceList:
        try:
            kept = await self.others.kept(one.source, who)
        except (StoreUnavailable, SQLAlchemyError, OSError):  # the list of ours says so
            return one
        return replace(one, calls=without_waiting(one.calls, kept), waiting=len(kept))

    def written(self, who: UserId) -> None:
        """What was kept of this person's was written into another system, or refused: its list is old."""
        for connector in self.others.connectors():
            self._lists.outdate(connector.id, {who})
        self.tell("activities", {who})

    def called_by(self, who: UserId) -> Mapping[tuple[str, str], Intent]:
        """Which activities somebody else is about to call, or does, by source and id."""
        return self._intents.others(who, self._clock())

    async def about_to_call(
        self, who: UserId, source: str, activity: str, number: str, *, even_if: bool = False
    ) -> Intent | None:
        """This person is about to call a number (as it is dialled) for an activity.

        The intent of somebody else who is about to call it, or does; then nothing is noted, unless
        `even_if`. Raises `ConnectorFault` for an activity that is gone.
        """
        found = await self.activity(who, source, activity)
        if found is None and source == OWN:
            raise ConnectorFault(FaultKind.GONE, "This call is no longer planned.")
        other = self.called_by(who).get((source, activity))
        if other is not None and not even_if:
            return other
        record, user = (found.record if found is not None else None), self._snapshot().users.get(who)
        name = user.name if user is not None else who
        intent = Intent(who, name, source, activity, number, self._clock(), record)
        self._intents.register(intent)
        self._told_of(intent)
        asyncio.get_running_loop().call_later(INTENT_SECONDS, self._told_of, intent)
        return None

    def _told_of(self, intent: Intent | None) -> None:
        """The lists in which the activity stands show who calls it, or no longer."""
        if intent is not None:
            holders = self._lists.holders(intent.source, intent.activity)
            if holders:
                self.tell("activities", holders)

    async def activity(self, who: UserId, source: str, activity: str) -> DueCall | None:
        """A planned activity; of another system, one of this person's last list."""
        if source == OWN:
            return await self._own.activity(activity)
        return self._lists.known(source, who, activity)

    async def act(self, who: UserId, source: str, act: Act) -> bool:
        """Do something to an activity in somebody's name; False: it will be done later.

        Raises `ConnectorFault` for what will never work.
        """
        before = await self.activity(who, source, act.activity) if isinstance(act, MarkDone) else None
        done = await self._carry_out(source, who, act, generate_id("act"))
        concerned = {who}
        if name := getattr(act, "activity", ""):
            concerned |= self._lists.holders(source, name)
        if isinstance(act, ChangeActivity) and act.assigned_to is not None:
            concerned.add(act.assigned_to)
        self._lists.outdate(source, concerned)
        self.tell("activities", concerned)
        if source == OWN:
            self.tell("records", None)
        if isinstance(act, MarkDone):
            self._tell_done(who, source, act, before)
        return done

    def _tell_done(self, who: UserId, source: str, act: MarkDone, before: DueCall | None) -> None:
        record = before.record if before is not None else None
        self._happenings.tell(
            ActivityDone(
                source=source,
                activity_id=act.activity,
                type="call",
                summary=before.summary if before is not None else "",
                by=who,
                feedback=act.feedback,
                outcome=act.outcome,
                at=self._clock(),
                app=record.app if record is not None else None,
                record_id=record.id if record is not None else None,
            )
        )

    async def _carry_out(self, source: str, who: UserId, act: Act, key: str) -> bool:
        if source != OWN:
            return await self.others.act(source, who, act, key)
        await self._own.act(who, act, key)
        return True

    def _entry_written(self) -> None:
        """A call stands on a record: pages are told, once a second however many calls end."""
        if not self._telling:
            self._telling = True
            asyncio.get_running_loop().call_later(TELL_SECONDS, self._tell_records)

    def _tell_records(self) -> None:
        self._telling = False
        self.tell("records", None)

    # --- calls and records ------------------------------------------------------------------------------

    async def record(self, app: str, record: str) -> FoundRecord | None:
        """A record of ours."""
        return await self._own.record(app, record)

    async def match(self, who: UserId | None, number: str) -> Matched:
        """Who has a number in any form, and what is open with them (C2-08, F-03)."""
        return await self._matching.match(who, number)

    async def about(self, who: UserId, call: CallFacts) -> AboutCall:
        """What is known of this person's side of a call, before and after its end."""
        return await self._calls.about(who, self.known.for_people(call), self._intents.of_call(call.id))

    async def write_note(
        self, who: UserId, call: CallFacts, record: tuple[str, str, str] | None, note: str, outcome: str
    ) -> bool:
        """A person's words about a call, and the record (source, app, id) that it stands on; None: on none.

        False: it is written later. Raises `ConnectorFault` for a record that does not take it.
        """
        intent = self._intents.of_call(call.id)
        return await self._calls.write(who, self.known.for_people(call), intent, record, note, outcome)
