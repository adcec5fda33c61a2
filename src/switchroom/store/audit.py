"""Who did what that acts at once."""

from __future__ import annotations

import builtins
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, insert, or_, select

from switchroom.store.commit import storable
from switchroom.store.database import Database
from switchroom.store.tables import audit


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act."""

    time: float
    who: str
    action: str
    subject: str
    detail: str
    id: int = 0
    """Grows with time."""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which acts: all conditions hold. Times are seconds since the epoch."""

    since: float | None = None
    until: float | None = None
    who: str | None = None
    action: str | None = None
    text: str | None = None
    """Anywhere in who, action, subject or detail, in either case."""


class Audit:
    """The log of acts, newest first."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def note(self, who: str, action: str, subject: str, detail: str = "") -> None:
        """Write an act down. Never a secret in it."""
        row = {"time": self._clock(), "who": who, "action": action, "subject": subject, "detail": detail}
        async with self._database.writing() as connection:
            await connection.execute(insert(audit), storable(audit, row))

    async def delete_before(self, time: float) -> int:
        """Retention: forget acts before; how many they were."""
        async with self._database.writing() as connection:
            return int((await connection.execute(delete(audit).where(audit.c.time < time))).rowcount)

    async def list(self, limit: int = 100) -> list[AuditEntry]:
        """The latest acts."""
        return (await self.page(AuditFilter(), limit))[0]

    async def page(
        self, wanted: AuditFilter, limit: int = 100, after: int | None = None
    ) -> tuple[builtins.list[AuditEntry], int | None]:
        """Acts, newest first, and the `after` of the next page (None at the end)."""
        columns = (audit.c.time, audit.c.who, audit.c.action, audit.c.subject, audit.c.detail, audit.c.id)
        conditions = _conditions(wanted)
        if after is not None:
            conditions.append(audit.c.id < after)
        query = select(*columns).where(*conditions).order_by(audit.c.id.desc()).limit(limit + 1)
        async with self._database.reading() as connection:
            found = [AuditEntry(*row) for row in (await connection.execute(query)).all()]
        return found[:limit], found[limit - 1].id if len(found) > limit else None


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        conditions.append(audit.c.time >= wanted.since)
    if wanted.until is not None:
        conditions.append(audit.c.time < wanted.until)
    if wanted.who is not None:
        conditions.append(audit.c.who == wanted.who)
    if wanted.action is not None:
        conditions.append(audit.c.action == wanted.action)
    if wanted.text:
        columns = (audit.c.who, audit.c.action, audit.c.subject, audit.c.detail)
        conditions.append(or_(*(column.icontains(wanted.text, autoescape=True) for column in columns)))
    return conditions
