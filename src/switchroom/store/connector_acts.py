"""What is to be written into other systems, kept until it is there: once, and in the order it was done."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from switchroom.crm.connector import (
    Act,
    CancelActivity,
    ChangeActivity,
    ForgetCall,
    LogCall,
    MarkDone,
    ScheduleCall,
)
from switchroom.directory import UserId
from switchroom.store.commit import storable
from switchroom.store.crm_tables import connector_acts
from switchroom.store.database import Database
from switchroom.store.errors import NotFound

KEPT_SECONDS: Final = 30 * 86400.0
"""How long it is known that something was written, so that the same is not written again."""
MOST_WAITING: Final = 1000
"""Of one person in one system."""

_KINDS: Final[dict[str, type[Act]]] = {
    kind.__name__: kind
    for kind in (MarkDone, ChangeActivity, CancelActivity, ScheduleCall, LogCall, ForgetCall)
}


@dataclass(frozen=True, slots=True)
class StoredAct:
    """One act, and what became of it. Times are seconds since the epoch."""

    id: str
    connector_id: str
    user_id: UserId
    act: Act
    created_at: float
    attempts: int
    next_at: float | None
    """When it is tried (again); None: it is over."""
    done_at: float | None
    uncertain: bool
    """A try of before may have written it."""
    problem: str
    """Why the last try failed, in a sentence."""


def act_id(connector_id: str, who: UserId, key: str) -> str:
    """The row of an act: of the same person, in the same system, with the same idempotency key."""
    return hashlib.sha256(f"{connector_id}\n{who}\n{key}".encode()).hexdigest()


class ConnectorActs:
    """The queue. `changed` is set when something is to be tried."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._last = 0.0
        self.changed = asyncio.Event()

    async def add(self, connector_id: str, who: UserId, act: Act, key: str) -> StoredAct:
        """Keep an act: durable when this returns. One with a key that was there before is that one."""
        self._last = now = max(self._clock(), self._last + 1e-6)
        document = {"kind": type(act).__name__, **asdict(act)}
        row: dict[str, Any] = {
            "id": act_id(connector_id, who, key),
            "connector_id": connector_id,
            "user_id": who,
            "act": json.dumps(document, ensure_ascii=False, default=date.isoformat),
            "created_at": now,
            "attempts": 0,
            "next_at": self._clock(),
            "done_at": None,
            "uncertain": False,
            "problem": "",
        }
        row = storable(connector_acts, row)
        try:
            async with self._database.writing() as connection:
                await connection.execute(insert(connector_acts), row)
        except IntegrityError:
            found = await self._read(connector_acts.c.id == row["id"])
            if not found:  # there is no such connector
                raise NotFound("connector") from None
            return found[0]
        self.changed.set()
        return _stored(row)

    async def get(self, found_id: str) -> StoredAct | None:
        """One act."""
        found = await self._read(connector_acts.c.id == found_id)
        return found[0] if found else None

    async def head(self, connector_id: str, who: UserId) -> StoredAct | None:
        """What is to be written next for somebody."""
        found = await self._read(*_of(connector_id, who), connector_acts.c.next_at.is_not(None), limit=1)
        return found[0] if found else None

    async def waiting(self, connector_id: str, who: UserId) -> list[StoredAct]:
        """What is still to be written for somebody, in order."""
        return await self._read(*_of(connector_id, who), connector_acts.c.next_at.is_not(None))

    async def open(self, connector_id: str, who: UserId) -> list[StoredAct]:
        """What waits, and what was refused for good, in order."""
        return await self._read(*_of(connector_id, who), connector_acts.c.done_at.is_(None))

    async def heads(self) -> list[StoredAct]:
        """What each person's next act is in each system."""
        columns = connector_acts.c
        waits = columns.next_at.is_not(None)
        first = (
            select(columns.connector_id, columns.user_id, func.min(columns.created_at).label("first"))
            .where(waits)
            .group_by(columns.connector_id, columns.user_id)
            .subquery()
        )
        joined = and_(
            columns.connector_id == first.c.connector_id,
            columns.user_id == first.c.user_id,
            columns.created_at == first.c.first,
        )
        query = select(connector_acts).join(first, joined).where(waits).order_by(columns.created_at)
        async with self._database.reading() as connection:
            return [_stored(row._mapping) for row in await connection.execute(query)]

    # --- what becomes of one ------------------------------------------------------------------------------

    async def begin(self, found_id: str, again_at: float) -> None:
        """It is tried now: it may be written from here on. If we are stopped, it is tried at `again_at`."""
        tries = connector_acts.c.attempts + 1
        await self._set(found_id, attempts=tries, uncertain=True, next_at=again_at)

    async def done(self, found_id: str) -> None:
        """It is written."""
        now = self._clock()
        await self._set(found_id, next_at=None, done_at=now, uncertain=False, problem="")

    async def failed(self, found_id: str, problem: str, next_at: float | None, uncertain: bool) -> None:
        """A try failed; the next one is at `next_at`, None: there is none."""
        await self._set(found_id, problem=problem[:500], next_at=next_at, uncertain=uncertain)

    async def retry(self, found_id: str, connector_id: str, who: UserId) -> None:
        """Try one that waits or was refused, now. Raises `NotFound`."""
        mine = (connector_acts.c.id == found_id, *_of(connector_id, who), connector_acts.c.done_at.is_(None))
        change = update(connector_acts).where(*mine).values(next_at=self._clock())
        async with self._database.writing() as connection:
            if not (await connection.execute(change)).rowcount:
                raise NotFound("act to be tried again")
        self.changed.set()

    async def drop(self, found_id: str, connector_id: str | None = None, who: UserId | None = None) -> None:
        """Forget one that is not written. Raises `NotFound`."""
        mine = [connector_acts.c.id == found_id, connector_acts.c.done_at.is_(None)]
        if connector_id is not None and who is not None:
            mine += _of(connector_id, who)
        async with self._database.writing() as connection:
            if not (await connection.execute(delete(connector_acts).where(*mine))).rowcount:
                raise NotFound("act that waits")
        self.changed.set()

    async def hasten(self, connector_id: str, who: UserId | None = None) -> None:
        """It may work now: what waits is tried at once, except for what may still be under way there."""
        columns = connector_acts.c
        which = [
            columns.connector_id == connector_id,
            columns.next_at.is_not(None),
            columns.uncertain.is_(False),
        ]
        if who is not None:
            which.append(columns.user_id == who)
        async with self._database.writing() as connection:
            await connection.execute(update(connector_acts).where(*which).values(next_at=self._clock()))
        self.changed.set()

    async def sweep(self) -> None:
        """Forget what was over long ago."""
        old = self._clock() - KEPT_SECONDS
        over = and_(connector_acts.c.next_at.is_(None), connector_acts.c.created_at < old)
        async with self._database.writing() as connection:
            await connection.execute(delete(connector_acts).where(over))

    async def _set(self, found_id: str, **values: Any) -> None:
        async with self._database.writing() as connection:
            change = update(connector_acts).where(connector_acts.c.id == found_id)
            await connection.execute(change.values(**storable(connector_acts, values)))

    async def _read(self, *conditions: ColumnElement[bool], limit: int = MOST_WAITING) -> list[StoredAct]:
        query = select(connector_acts).where(*conditions).order_by(connector_acts.c.created_at)
        async with self._database.reading() as connection:
            rows = await connection.execute(query.limit(limit))
            return [_stored(row._mapping) for row in rows]


def _of(connector_id: str, who: UserId) -> list[ColumnElement[bool]]:
    return [connector_acts.c.connector_id == connector_id, connector_acts.c.user_id == who]


def _stored(row: Any) -> StoredAct:
    values = {name: row[name] for name in StoredAct.__dataclass_fields__}
    document = msgspec.json.decode(row["act"])
    values["act"] = msgspec.convert(document, type=_KINDS[document.pop("kind")])
    return StoredAct(**values)
