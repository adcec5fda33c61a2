"""A desk with systems that answer as a test wants them to, and a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from switchroom.connectors.desk import ActivityDesk
from switchroom.connectors.kept import KeptWork
from switchroom.crm.connector import (
    Act,
    Connector,
    ConnectorFault,
    DueCall,
    FaultKind,
    FoundContact,
    FoundRecord,
    LogCall,
    Match,
)
from switchroom.directory import Snapshot, UserId
from switchroom.happenings import ActivityDone, CallAnswered, CallEnded, CallFacts, CallStarted, Happenings
from switchroom.store import StoreUnavailable
from switchroom.store.call_notes import CallNoteRow
from switchroom.store.demonstration import demonstration_snapshot

TODAY = date(2026, 11, 22)
ANNA, BRUNO, CLAIRE = UserId("user-201"), UserId("user-202"), UserId("user-203")
ADA = FoundContact(
    "own", "contact-1", "Ada Lovelace", "Engines", "ada@example.com", url="/contacts/contact-1"
)
LEAD = FoundRecord("own", "crm", "record-1", "Engine for Ada", "New", "/records/crm/record-1")
TICKET = FoundRecord(
    "own", "helpdesk", "record-2", "Engine stands still", "New", "/records/helpdesk/record-2"
)
DOWN = ConnectorFault(FaultKind.UNREACHABLE, "It is down.")
NUMBER = "+3222903490"


def due_call(number: str, source: str = "own", record: FoundRecord | None = LEAD) -> DueCall:
    """A call of today."""
    return DueCall(source, number, TODAY, "", f"Call {number}", "", ADA, record)


@dataclass
class FakeSystem:
    """Implements `OwnRecords`."""

    id: str = "own"
    name: str = "Switchroom"
    calls: list[DueCall] = field(default_factory=list)
    late: int = 0
    """How many calls are overdue."""
    numbers: dict[str, Match] = field(default_factory=dict)
    fault: ConnectorFault | None = None
    gate: asyncio.Event | None = None
    """It answers when this is set."""
    asked: list[str] = field(default_factory=list)
    done: list[tuple[UserId, Act, str]] = field(default_factory=list)

    async def _answer(self, what: str) -> None:
        self.asked.append(what)
        if self.gate is not None:
            await self.gate.wait()
        if self.fault is not None:
            raise self.fault

    async def due_calls(self, who: UserId, today: date) -> Sequence[DueCall]:
        await self._answer("due_calls")
        return list(self.calls)

    async def overdue(self, who: UserId, today: date) -> int:
        return self.late

    async def match(self, who: UserId, e164: str) -> Match:
        await self._answer(e164)
        return self.numbers.get(e164, Match())

    async def search(self, who: UserId, text: str, limit: int) -> Sequence[FoundContact]:
        return ()

    async def act(self, who: UserId, act: Act, key: str) -> None:
        await self._answer("act")
        self.done.append((who, act, key))

    async def activity(self, activity: str) -> DueCall | None:
        return next((call for call in self.calls if call.id == activity), None)

    async def record(self, app: str, record: str) -> FoundRecord | None:
        return next((one for one in (LEAD, TICKET) if (one.app, one.id) == (app, record)), None)

    def logged(self) -> list[LogCall]:
        """What was written into chatters."""
        return [act for _, act, _ in self.done if isinstance(act, LogCall)]


@dataclass
class FakeOthers:
    """Implements `Others`: one system."""

    system: FakeSystem
    later: bool = False
    away: bool = False

    def connectors(self) -> Sequence[Connector]:
        return (self.system,)

    async def act(self, source: str, who: UserId, act: Act, key: str) -> bool:
        assert source == self.system.id
        await self.system.act(who, act, key)
        return not self.later

    async def kept(self, source: str, who: UserId) -> Sequence[Act]:
        if self.away:
            raise StoreUnavailable("The database is away.")
        return [act for _, act, _ in self.system.done] if self.later else ()


@dataclass
class FakeNotes:
    """Implements `Notes`: fails so many times."""

    rows: dict[tuple[str, str], CallNoteRow] = field(default_factory=dict)
    failing: int = 0

    async def get(self, call_id: str, user_id: str) -> CallNoteRow | None:
        if self.failing:
            self.failing -= 1
            raise StoreUnavailable("The database is away.")
        return self.rows.get((call_id, user_id))

    async def put(self, row: CallNoteRow) -> None:
        self.rows[row.call_id, row.user_id] = row


class Bench:
    """A desk on a bench."""

    def __init__(self, *, odoo: bool = False, notes: FakeNotes | None = None) -> None:
        self.now = 1_795_300_000.0
        self.snapshot: Snapshot = demonstration_snapshot(country="BE")
        self.own = FakeSystem()
        self.odoo = FakeSystem("odoo", "Odoo")
        self.others = FakeOthers(self.odoo) if odoo else None
        self.notes = notes or FakeNotes()
        self.happenings = Happenings()
        self.told: list[tuple[str, set[str] | None]] = []
        self.named: dict[str, dict[str, str]] = {}
        self.desk = ActivityDesk(
            lambda: self.snapshot, self.own, self.notes, self.happenings, lambda: self.now, self.others
        )
        self.desk.tell = self._tell
        self.desk.known.named = self._named
        self.pauses: list[int] = []
        self.activities_done: list[ActivityDone] = []
        calls = self.desk._calls
        calls.waiting = KeptWork(calls._attend, self._pause)
        self.happenings.listen(
            lambda one: self.activities_done.append(one) if isinstance(one, ActivityDone) else None
        )

    def crash(self, call: CallFacts) -> tuple[Bench, CallFacts]:
        """In the middle of a call: the same database and nothing else, a contact with one open record, and
        the call as the next start closes it."""
        after = Bench(notes=self.notes)
        after.own.numbers[NUMBER] = Match(ADA, [LEAD])
        return after, replace(call, ended_at=after.now, cause="crash")

    def _tell(self, what: str, users: Iterable[str] | None) -> None:
        self.told.append((what, None if users is None else set(users)))

    def _named(self, user: UserId) -> Mapping[str, str]:
        return self.named.get(user, {})

    def _pause(self, tries: int) -> float:
        self.pauses.append(tries)
        return 0.0

    def call(
        self, caller: UserId | None, dialled: str, *, callee: UserId | None = None, shown: str = ""
    ) -> CallFacts:
        """A call begins."""
        inside = caller is not None and (callee is not None or dialled in self.snapshot.by_extension)
        facts = CallFacts(
            id=f"call-{len(self.told)}-{self.now}",
            journey="j",
            kind="call",
            direction="in" if caller is None else "internal" if inside else "out",
            started_at=self.now,
            caller_number=shown or (str(caller)[-3:] if caller else NUMBER),
            caller_name="",
            caller_user=caller,
            dialled=dialled,
            callee_number=None,
            callee_name="",
            callee_user=callee,
        )
        self.happenings.tell(CallStarted(facts))
        return facts

    async def end(self, facts: CallFacts, *, talked: float | None = 42.0, cause: str = "") -> CallFacts:
        """It is answered, and over so many seconds later; None: nobody answers. What is to be written is."""
        self.now += 3.0
        if talked is not None:
            facts = replace(facts, answered_at=self.now)
            self.happenings.tell(CallAnswered(facts))
            self.now += talked
        cause = cause or ("caller_hung_up" if talked is not None else "cancelled")
        facts = replace(facts, ended_at=self.now, cause=cause)
        self.happenings.tell(CallEnded(facts))
        await self.desk._calls.waiting.settled()
        return facts
