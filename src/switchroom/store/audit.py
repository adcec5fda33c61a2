"""Who did what that acts at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

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
        wanted = select(audit.c.time, audit.c.who, audit.c.action, audit.c.subject, audit.c.detail)
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted.order_by(audit.c.id.desc()).limit(limit))).all()
        return [AuditEntry(*row) for row in rows]
