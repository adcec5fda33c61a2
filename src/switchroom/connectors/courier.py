"""Writes into other systems what people did, in their order, once: at once, or as soon as it can be done.

An act is in the store before the first try. A try whose answer is lost may have been done: the next one asks
first (each connector's part), and does not come before the other side must have given up on the first.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from switchroom.crm.connector import Act, Connector, ConnectorFault, FaultKind, MarkDone
from switchroom.directory import UserId
from switchroom.store import StoreError
from switchroom.store.connector_acts import ConnectorActs, StoredAct, act_id
from switchroom.store.errors import NotFound

log = logging.getLogger(__name__)

PAUSES: Final = (5.0, 15.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds before the next try while a system does not answer; the last one again and again."""
UNCERTAIN_PAUSE: Final = 130.0
"""Seconds before a try is repeated whose answer was lost: Odoo gives up on a request after 120."""
KEY_PAUSE: Final = 3600.0
"""Seconds between tries without a good key; a new one is tried at once."""
GIVE_UP: Final = 30 * 86400.0
PATIENCE: Final = 4.0
"""Seconds that a person waits for an act; then it goes on behind."""
_LOOK: Final = 60.0
_SWEEP: Final = 3600.0
_AT_ONCE: Final = 4
"""People whose acts are written at the same time."""
_KEYS: Final = (FaultKind.KEY_MISSING, FaultKind.KEY_REFUSED)

Lane = tuple[str, UserId]
"""A connector's id, and a person: acts of one lane are written one after the other."""


class Courier:
    """`connector`: the one of an id that is switched on now, or None. `clock`: seconds since the epoch."""

    def __init__(
        self,
        acts: ConnectorActs,
        connector: Callable[[str], Connector | None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._acts = acts
        self._connector = connector
        self._clock = clock
        self._locks: dict[Lane, asyncio.Lock] = {}
        self._failures: dict[str, int] = {}
        self._rests_until: dict[str, float] = {}
        self._told: list[Callable[[UserId], None]] = []
        self._behind: set[asyncio.Task[None]] = set()
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._attended: set[str] = set()
        """Acts that a person waits for now."""
        self._refusals: dict[str, ConnectorFault] = {}
        """Why those of them were refused."""
        self._swept = 0.0

    def when_written(self, hear: Callable[[UserId], None]) -> None:
        """Have `hear` called whenever something of a person's was written, or refused for good."""
        self._told.append(hear)

    def tell(self, who: UserId) -> None:
        """Something of a person's became something else."""
        for hear in self._told:
            hear(who)

    async def give(self, connector_id: str, who: UserId, act: Act, key: str) -> bool:
        """Write it now: True; False: it is kept and goes on behind. Durable when this returns.

        Raises `ConnectorFault` for what will not work however long one waits: that is not kept.
        """
        wanted = act_id(connector_id, who, key)
        self._attended.add(wanted)
        try:
            return await self._give(wanted, connector_id, who, act, key)
        finally:
            self._attended.discard(wanted)
            self._refusals.pop(wanted, None)

    async def _give(self, wanted: str, connector_id: str, who: UserId, act: Act, key: str) -> bool:
        try:
            kept: StoredAct | None = await self._acts.add(connector_id, who, act, key)
        except NotFound:
            text = "That system is not connected any more."
            raise ConnectorFault(FaultKind.GONE, text) from None
        if kept is not None and kept.next_at is not None:
            trying = asyncio.create_task(self._lane((connector_id, who)), name="connector-act")
            self._behind.add(trying)
            trying.add_done_callback(self._finished)
            await asyncio.wait({trying}, timeout=PATIENCE)
            kept = await self._acts.get(wanted)
        if kept is None or kept.done_at is not None:
            return True
        if kept.next_at is not None:
            return False
        await self._acts.drop(wanted)
        raise self._refusals.get(wanted) or ConnectorFault(FaultKind.REFUSED, kept.problem)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._behind.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.warning("an act for another system will be tried again: %s", error)

    # --- behind -------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._acts.changed.clear()
            try:
                pause = await self.round()
            except (StoreError, SQLAlchemyError, OSError) as error:
                log.warning("acts for other systems can not be looked for: %s", error)
                pause = _LOOK
            except Exception:
                log.exception("writing into other systems failed")
                pause = _LOOK
            try:
                async with asyncio.timeout(pause):
                    await self._acts.changed.wait()
            except TimeoutError:
                continue

    async def round(self) -> float:
        """Try what is due; the seconds until something will be."""
        now = self._clock()
        if now - self._swept >= _SWEEP:
            self._swept = now
            await self._acts.sweep()
        heads = await self._acts.heads()
        awake = [
            head
            for head in heads
            if self._due(head) and not self._resting(head.connector_id) and self._connector(head.connector_id)
        ]

        async def work(lane: Lane) -> None:
            async with self._places:
                await self._lane(lane)

        await asyncio.gather(*(work((head.connector_id, head.user_id)) for head in awake))
        return await self._until_next()

    async def _until_next(self) -> float:
        now, moments = self._clock(), [self._clock() + _LOOK]
        for head in await self._acts.heads():
            if head.next_at is not None and self._connector(head.connector_id):
                moments.append(max(head.next_at, self._rests_until.get(head.connector_id, 0.0)))
        return max(1.0, min(moments) - now)

    async def _lane(self, lane: Lane) -> None:
        """One person's acts, until one of them can not be written now."""
        async with self._lock(lane):
            while not self._resting(lane[0]):
                head = await self._acts.head(*lane)
                if head is None or not self._due(head):
                    return
                fault = await self._try(head)
                if fault is not None and self._passes(head, fault):
                    await self._put_off(head, fault)
                    return
                if fault is not None:
                    await self._refuse(head, fault)
                self.tell(head.user_id)

    def _passes(self, stored: StoredAct, fault: ConnectorFault) -> bool:
        """Whether to try again: a bad key is told to a person who waits, and else waits for a good one."""
        if self._clock() - stored.created_at >= GIVE_UP:
            return False
        return fault.passing or (fault.kind in _KEYS and stored.id not in self._attended)

    async def _refuse(self, stored: StoredAct, fault: ConnectorFault) -> None:
        log.warning("an act was refused by %s: %s", stored.connector_id, fault)
        if stored.id in self._attended:
            self._refusals[stored.id] = fault
        await self._acts.failed(stored.id, fault.text, None, False)

    async def _try(self, stored: StoredAct) -> ConnectorFault | None:
        """One try; None: it is written."""
        connector = self._connector(stored.connector_id)
        if connector is None:
            return ConnectorFault(FaultKind.UNREACHABLE, "This system is switched off here.")
        await self._acts.begin(stored.id, self._clock() + UNCERTAIN_PAUSE)
        try:
            await connector.act(stored.user_id, stored.act, stored.id)
        except ConnectorFault as fault:
            if not (stored.uncertain and fault.kind is FaultKind.GONE and isinstance(stored.act, MarkDone)):
                return fault
            # An earlier try ended it, and its answer was lost.
        except Exception:
            log.exception("an act for %s failed", stored.connector_id)
            return ConnectorFault(FaultKind.REFUSED, "A mistake of ours. The log says more.")
        await self._acts.done(stored.id)
        if self._failures.pop(stored.connector_id, 0):
            self._rests_until.pop(stored.connector_id, None)
            await self._acts.hasten(stored.connector_id)
        return None

    async def _put_off(self, stored: StoredAct, fault: ConnectorFault) -> None:
        """Try it later; a system that does not answer is left alone for everybody meanwhile."""
        now = self._clock()
        uncertain = stored.uncertain or fault.uncertain
        if fault.passing:
            failures = self._failures[stored.connector_id] = self._failures.get(stored.connector_id, 0) + 1
            pause = PAUSES[min(failures, len(PAUSES)) - 1]
            self._rests_until[stored.connector_id] = now + pause
            if fault.uncertain:
                pause = max(pause, UNCERTAIN_PAUSE)
        else:
            pause = KEY_PAUSE
        await self._acts.failed(stored.id, fault.text, now + pause, uncertain)
        self._acts.changed.set()

    def settings_changed(self, connector_id: str) -> None:
        """The system may be somewhere else now: it is not left alone any longer."""
        self._failures.pop(connector_id, None)
        self._rests_until.pop(connector_id, None)

    def _due(self, stored: StoredAct) -> bool:
        return stored.next_at is not None and stored.next_at <= self._clock()

    def _resting(self, connector_id: str) -> bool:
        return self._rests_until.get(connector_id, 0.0) > self._clock()

    def _lock(self, lane: Lane) -> asyncio.Lock:
        return self._locks.setdefault(lane, asyncio.Lock())
