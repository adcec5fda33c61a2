"""What was spent on calls outside, by the hour, and the countries that may be called."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from switchroom.store.commit import storable
from switchroom.store.database import Database
from switchroom.store.tables import allowed_countries, audit, usage
from switchroom.store.write_behind import WriteBehind


@dataclass(frozen=True, slots=True)
class UsedHour:
    """What a subject (`users/<id>`, `trunks/<id>`) spent in one hour, counted since the epoch."""

    subject: str
    hour: int
    calls: int
    seconds: float


class UsageBook:
    """Rows are put behind; a country is allowed durably."""

    def __init__(
        self, database: Database, queue: WriteBehind, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._queue = queue
        self._clock = clock

    async def hours(self, since: int) -> list[UsedHour]:
        """What was spent in the hours from `since` on."""
        columns = (usage.c.subject, usage.c.hour, usage.c.calls, usage.c.seconds)
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(*columns).where(usage.c.hour >= since))).all()
        return [UsedHour(*row) for row in rows]

    def put(self, hours: Iterable[UsedHour]) -> None:
        """Write what is spent by now. Returns at once; raises `StoreUnavailable` when too much waits."""
        for one in hours:
            row = {
                "id": f"{one.subject}/{one.hour}",
                "subject": one.subject,
                "hour": one.hour,
                "calls": one.calls,
                "seconds": one.seconds,
            }
            self._queue.put(usage, row)

    async def forget_before(self, hour: int) -> None:
        """Nobody asks for hours before this one any more."""
        async with self._database.writing() as connection:
            await connection.execute(delete(usage).where(usage.c.hour < hour))

    async def countries(self) -> list[str]:
        """The countries that were allowed."""
        async with self._database.reading() as connection:
            return list((await connection.execute(select(allowed_countries.c.id))).scalars())

    async def allow_country(self, country: str, who: str) -> None:
        """Somebody lets a country be called: durable and audited when this returns."""
        now = self._clock()
        note = {
            "time": now,
            "who": who,
            "action": "country allowed",
            "subject": f"countries/{country}",
            "detail": "",
        }
        row = {"id": country, "allowed_by": who, "allowed_at": now}
        async with self._database.writing() as connection:
            await connection.execute(delete(allowed_countries).where(allowed_countries.c.id == country))
            await connection.execute(insert(allowed_countries), storable(allowed_countries, row))
            await connection.execute(insert(audit), storable(audit, note))
