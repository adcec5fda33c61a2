"""Recordings of conferences: rows in the database, sound files in a folder that only we may read."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select, update

from switchroom.store import sound_files
from switchroom.store.database import Database
from switchroom.store.minutes import CUT_OFF
from switchroom.store.offload import Offload
from switchroom.store.paging import earlier, newest_first, page
from switchroom.store.tables import meetings, recordings
from switchroom.store.write_behind import WriteBehind

log = logging.getLogger(__name__)

_CHUNK = 100
_BY_TIME = (recordings.c.started_at, recordings.c.id)


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """A recording as stored; the fields are those of `calls.minutes.RecordingRecord`."""

    id: str
    conference_id: str
    meeting: str
    path: str
    """Inside the folder; never shown."""
    started_at: float
    started_by: str
    attendance: str | None = None
    participant: str = ""
    ended_at: float | None = None
    seconds: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NamedRecording:
    """A recording, and what its conference was called then."""

    row: RecordingRow
    conference: str


@dataclass(frozen=True, slots=True)
class RecordingFilter:
    """Which recordings: all conditions hold."""

    since: float | None = None
    until: float | None = None
    conferences: frozenset[str] | None = None
    """Of these conferences only."""
    meeting: str | None = None
    whole: bool | None = None
    """True: of the whole room; False: of single participants."""


class Recordings:
    """Writes are queued (`WriteBehind`), reads see what is durable; the loop never waits for the disk."""

    def __init__(self, database: Database, queue: WriteBehind, offload: Offload, folder: Path) -> None:
        self._database = database
        self._queue = queue
        self._offload = offload
        self.folder = folder

    def prepare(self) -> None:
        """Make the folder, readable by us alone. Raises OSError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def file(self, path: str) -> Path:
        """Where a recording lies. Raises ValueError for a path that leads out of the folder."""
        if not path or Path(path).name != path or path.startswith("."):
            raise ValueError(f"{path!r} is no file of the folder of recordings")
        return (self.folder / path).absolute()

    def put(self, row: RecordingRow) -> None:
        """Write a row, or write it anew. Returns at once.

        Raises `StoreUnavailable` when too much waits already.
        """
        self._queue.put(recordings, {name: getattr(row, name) for name in row.__dataclass_fields__})

    async def get(self, recording_id: str) -> NamedRecording | None:
        """One recording."""
        rows = await self._read(recordings.c.id == recording_id)
        return rows[0] if rows else None

    async def of_meeting(self, meeting_id: str) -> list[RecordingRow]:
        """A meeting's recordings in the order in which they began, the whole room's first."""
        found = [named.row for named in await self._read(recordings.c.meeting == meeting_id)]
        return sorted(found, key=lambda row: (row.attendance is not None, row.started_at, row.id))

    async def page(
        self, wanted: RecordingFilter, limit: int = 50, after: str | None = None
    ) -> tuple[list[NamedRecording], str | None]:
        """Recordings, newest first, and where the next page begins (None at the end).

        Raises ValueError for an `after` that no page gave.
        """
        further = earlier(*_BY_TIME, after)
        rows = await self._read(*_conditions(wanted), *further, limit=limit + 1)
        return page(rows, limit, lambda named: (named.row.started_at, named.row.id))

    async def _read(self, *conditions: ColumnElement[bool], limit: int | None = None) -> list[NamedRecording]:
        wanted = (
            select(recordings, meetings.c.name)
            .outerjoin(meetings, meetings.c.id == recordings.c.meeting)
            .where(*conditions)
            .order_by(*newest_first(*_BY_TIME))
            .limit(limit)
        )
        async with self._database.reading() as connection:
            found = (await connection.execute(wanted)).all()
        return [NamedRecording(RecordingRow(*row[:-1]), row[-1] or "") for row in found]

    async def peaks(self, row: RecordingRow) -> list[int]:
        """How loud it is, from begin to end: at most 1000 values of 0 to 100. Raises OSError, ValueError."""
        return await self._offload.run(sound_files.peaks, str(self.file(row.path)))

    async def close_interrupted(self, before: float) -> list[RecordingRow]:
        """At boot: recordings that began before it and never ended were cut off. What they are now.

        Nobody may write to them any more (the former worker has ended). Their length is that of the file.
        """
        open_then = and_(recordings.c.ended_at.is_(None), recordings.c.started_at < before)
        rows = await self._read(open_then)
        return [await self.measure(named.row, CUT_OFF) for named in rows]

    async def measure(self, row: RecordingRow, reason: str) -> RecordingRow:
        """Close a recording whose writer is gone, by what is in its file."""
        seconds = await asyncio.to_thread(self._mended, row.path)
        values = {"ended_at": row.started_at + seconds, "seconds": seconds, "reason": reason}
        async with self._database.writing() as connection:
            await connection.execute(update(recordings).where(recordings.c.id == row.id).values(**values))
        return replace(row, ended_at=row.started_at + seconds, seconds=seconds, reason=reason)

    def _mended(self, path: str) -> float:
        try:
            return sound_files.mend(self.file(path))
        except (OSError, ValueError) as error:
            log.warning("a recording that was cut off can not be used: %s", type(error).__name__)
            return 0.0

    async def delete(self, row: RecordingRow) -> None:
        """Delete a recording: its file, then its row. Raises OSError when the file stays."""
        await asyncio.to_thread(self._remove, row.path)
        async with self._database.writing() as connection:
            await connection.execute(delete(recordings).where(recordings.c.id == row.id))

    def _remove(self, path: str) -> None:
        file = self.file(path)
        sound_files.peaks_file(file).unlink(missing_ok=True)
        file.unlink(missing_ok=True)

    async def delete_before(self, time: float) -> int:
        """Retention: delete recordings that began before and have ended. How many they were."""
        total = 0
        past = and_(recordings.c.started_at < time, recordings.c.ended_at.is_not(None))
        while True:
            rows = await self._read(past, limit=_CHUNK)
            gone = 0
            for named in rows:
                try:
                    await self.delete(named.row)
                    gone += 1
                except (OSError, ValueError) as error:
                    log.error("a recording could not be deleted: %s", type(error).__name__)
            total += gone
            if len(rows) < _CHUNK or not gone:
                return total


def _conditions(wanted: RecordingFilter) -> list[Any]:
    columns = recordings.c
    conditions: list[Any] = []
    if wanted.since is not None:
        conditions.append(columns.started_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(columns.started_at < wanted.until)
    if wanted.conferences is not None:
        conditions.append(columns.conference_id.in_(wanted.conferences))
    if wanted.meeting is not None:
        conditions.append(columns.meeting == wanted.meeting)
    if wanted.whole is not None:
        conditions.append(columns.attendance.is_(None) if wanted.whole else columns.attendance.is_not(None))
    return conditions
