"""What people wrote of their calls, and on which record each call stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select

from switchroom.store.commit import storable
from switchroom.store.crm_tables import call_notes
from switchroom.store.database import Database


@dataclass(frozen=True, slots=True)
class CallNoteRow:
    """What one person's side of a call is about. Times are seconds since the epoch."""

    call_id: str
    user_id: str
    """Empty: nobody of us answered it."""
    source: str = ""
    """Empty: nobody chose a record yet."""
    app: str = ""
    record_id: str = ""
    """Empty, with a source: it stands on none."""
    activity_id: str = ""
    """What it was called for: `<source>/<id>`."""
    note: str = ""
    outcome: str = ""
    changed_at: float = 0.0

    @property
    def decided(self) -> bool:
        """Whether it is known on which record it stands, or that on none."""
        return bool(self.source)


_FIELDS = tuple(CallNoteRow.__dataclass_fields__)


class CallNotes:
    """Reads and writes at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, call_id: str, user_id: str) -> CallNoteRow | None:
        """What is known of a person's side of a call."""
        wanted = select(call_notes).where(*_is(call_id, user_id))
        async with self._database.reading() as connection:
            row = (await connection.execute(wanted)).first()
        return None if row is None else CallNoteRow(**{name: getattr(row, name) for name in _FIELDS})

    async def put(self, row: CallNoteRow) -> None:
        """Write it, in the place of what was there."""
        values: dict[str, Any] = storable(call_notes, {name: getattr(row, name) for name in _FIELDS})
        async with self._database.writing() as connection:
            await connection.execute(delete(call_notes).where(*_is(row.call_id, row.user_id)))
            await connection.execute(insert(call_notes).values(**values))

    async def delete_before(self, time: float) -> int:
        """Retention: forget what was changed last before."""
        async with self._database.writing() as connection:
            old = delete(call_notes).where(call_notes.c.changed_at < time)
            return int((await connection.execute(old)).rowcount)


def _is(call_id: str, user_id: str) -> tuple[Any, Any]:
    return call_notes.c.call_id == call_id, call_notes.c.user_id == user_id
