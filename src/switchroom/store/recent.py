"""The calls of one person, newest first: his list in the phone."""

from __future__ import annotations

from sqlalchemy import Column, select

from switchroom.store.database import Database
from switchroom.store.paging import earlier, newest_first, page
from switchroom.store.records import CallRow
from switchroom.store.tables import call_records


async def recent_calls(
    database: Database, user_id: str, limit: int, after: str | None = None
) -> tuple[list[CallRow], str | None]:
    """Calls that ended, made or received by a user, and where the next page begins (None at the end).

    Either side is read by its own index, so that a busy system's records cost a quiet user nothing.
    Raises ValueError for an `after` that no page gave.
    """
    columns = call_records.c
    by = (columns.started_at, columns.id)
    rows: dict[str, CallRow] = {}
    async with database.reading() as connection:
        side: Column[str | None]
        for side in (columns.caller_user, columns.callee_user):
            wanted = select(call_records).where(side == user_id, columns.ended_at.is_not(None))
            wanted = wanted.where(*earlier(*by, after)).order_by(*newest_first(*by)).limit(limit + 1)
            found = await connection.execute(wanted)
            rows |= {row.id: CallRow(*row) for row in found}
    ordered = sorted(rows.values(), key=lambda row: (row.started_at, row.id), reverse=True)
    return page(ordered, limit, lambda row: (row.started_at, row.id))
