"""The calls of today of each person, from all systems at once: none that is slow or down holds the others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from switchroom.crm.connector import OWN, Connector, ConnectorFault, DueCall, FaultKind
from switchroom.directory import UserId

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds a page waits for a system; its answer is kept when it comes."""
LONGEST = 12.0
"""After these a system does not answer."""
FRESH_SECONDS = 20.0
"""So long what another system said is not asked for again."""
AGAIN_SECONDS = 5.0
"""The same, after a failure."""
FRESH_LEAST = 1.0
"""The same, where somebody asks for the newest."""


@dataclass(frozen=True, slots=True)
class SourceList:
    """What is known of one system's calls of today."""

    source: str
    name: str
    calls: Sequence[DueCall] = ()
    overdue: int = 0
    as_of: float | None = None
    """When it said so, in seconds since the epoch; None: it never did."""
    problem: ConnectorFault | None = None
    """Why it is not what it says now."""
    waiting: int = 0
    """So much of this person's is still to be written there; the calls are as they will be then."""


@dataclass(slots=True)
class _Shelf:
    """The last list of one person in one system."""

    day: date
    calls: Sequence[DueCall] = ()
    overdue: int = 0
    as_of: float | None = None
    problem: ConnectorFault | None = None
    asked_at: float = 0.0
    old: bool = False
    """Something was done that changes it."""
    asking: asyncio.Task[None] | None = None


class Lists:
    """Asks, waits a little, remembers. `came` is told whose list came after nobody waited for it any more."""

    def __init__(
        self, clock: Callable[[], float], came: Callable[[UserId], None], patience: float = PATIENCE
    ) -> None:
        self._clock = clock
        self._came = came
        self._patience = patience
        self._shelves: dict[tuple[str, UserId], _Shelf] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def due(
        self, connectors: Iterable[Connector], who: UserId, today: date, *, fresh: bool = False
    ) -> list[SourceList]:
        """The lists of all systems, in their order, after `PATIENCE` at most."""
        return await asyncio.gather(*(self._one(each, who, today, fresh) for each in connectors))

    def holders(self, source: str, activity: str) -> set[UserId]:
        """In whose last list an activity stands."""
        return {
            who
            for (place, who), shelf in self._shelves.items()
            if place == source and any(call.id == activity for call in shelf.calls)
        }

    def known(self, source: str, who: UserId, activity: str) -> DueCall | None:
        """A call of somebody's last list."""
        shelf = self._shelves.get((source, who))
        return next((call for call in shelf.calls if call.id == activity), None) if shelf else None

    def outdate(self, source: str, users: Iterable[UserId]) -> None:
        """Something was done that changes these people's lists: what is on its way is old already."""
        for who in users:
            shelf = self._shelves.get((source, who))
            if shelf is not None:
                shelf.old, shelf.asking = True, None

    async def _one(self, connector: Connector, who: UserId, today: date, fresh: bool) -> SourceList:
        key = (connector.id, who)
        shelf = self._shelves.get(key)
        if shelf is None or shelf.day != today:
            shelf = self._shelves[key] = _Shelf(today)
        if self._is_due(connector, shelf, fresh):
            shelf.asked_at, shelf.old = self._clock(), False
            shelf.asking = asyncio.create_task(self._ask(connector, who, shelf))
            self._tasks.add(shelf.asking)
            shelf.asking.add_done_callback(self._tasks.discard)
        loop = asyncio.get_running_loop()
        end = loop.time() + self._patience
        while shelf.asking is not None and (rest := end - loop.time()) > 0:
            await asyncio.wait({shelf.asking}, timeout=rest)
        problem = shelf.problem
        if shelf.asking is not None:
            problem = ConnectorFault(FaultKind.UNREACHABLE, f"{connector.name} takes long to answer.")
        return SourceList(connector.id, connector.name, shelf.calls, shelf.overdue, shelf.as_of, problem)

    def close(self) -> None:
        """Wait for nobody any more."""
        for task in self._tasks:
            task.cancel()

    def _is_due(self, connector: Connector, shelf: _Shelf, fresh: bool) -> bool:
        """Whether a system is asked again. Ours always: what was changed a moment ago is in its answer."""
        if connector.id == OWN or shelf.old:
            return True
        if shelf.asking is not None:
            return False
        pause = FRESH_LEAST if fresh else AGAIN_SECONDS if shelf.problem else FRESH_SECONDS
        return self._clock() - shelf.asked_at >= pause

    async def _ask(self, connector: Connector, who: UserId, shelf: _Shelf) -> None:
        task, problem = asyncio.current_task(), None
        calls, overdue = shelf.calls, shelf.overdue
        try:
            async with asyncio.timeout(LONGEST):
                calls = await connector.due_calls(who, shelf.day)
                overdue = await connector.overdue(who, shelf.day)
        except ConnectorFault as fault:
            problem = fault
        except Exception as error:
            if not isinstance(error, TimeoutError):
                log.exception("the calls of %s were not read", connector.name)
            problem = ConnectorFault(FaultKind.UNREACHABLE, f"{connector.name} does not answer.")
        if shelf.asking is not task:
            return
        late = self._clock() - shelf.asked_at >= self._patience
        shelf.asking, shelf.problem = None, problem
        if problem is None:
            shelf.calls, shelf.overdue, shelf.as_of = calls, overdue, self._clock()
            if late:
                self._came(who)
