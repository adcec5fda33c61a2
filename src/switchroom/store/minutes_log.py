"""Call control's `Minutes` port: what is noted of conferences goes into the queue, nothing waits.

Not in the package's door: whoever imports this loads call control.
"""

from __future__ import annotations

import asyncio
import logging
from typing import assert_never

from switchroom.calls.minutes import (
    Attendance,
    ConferenceFact,
    Entrance,
    InvitationRecord,
    MeetingId,
    MeetingRecord,
    RecordingRecord,
)
from switchroom.calls.values import CallId, Party
from switchroom.directory.model import ConferenceId, UserId
from switchroom.happenings import Happenings, RecordingReady
from switchroom.store.errors import StoreUnavailable
from switchroom.store.minutes import AttendanceRow, InvitationRow, MeetingRow
from switchroom.store.recordings import RecordingRow
from switchroom.store.store import Store

log = logging.getLogger(__name__)

LOST_WITH_WORKER = "media_failed"
"""How a recording ended whose writer died: its true length is in the file."""
Row = MeetingRow | AttendanceRow | InvitationRow | RecordingRow


class MinutesLog:
    """Writes what rooms hand over. A full queue costs the minutes, never the meeting."""

    def __init__(self, store: Store, happenings: Happenings | None = None) -> None:
        self._store = store
        self._happenings = happenings or Happenings()
        self._measuring: set[asyncio.Task[None]] = set()

    def keep(self, fact: ConferenceFact) -> None:
        """Write a record, or write it anew."""
        row = row_of(fact)
        try:
            if isinstance(row, RecordingRow):
                self._store.recordings.put(row)
            else:
                self._store.minutes.put(row)
        except StoreUnavailable as error:
            log.error("conference=%s: minutes are lost: %s", fact.conference_id, error)

    def recorded(self, fact: RecordingRecord) -> None:
        """A recording's last record: told, once its length is known."""
        self.keep(fact)
        row = recording_row(fact)
        if row.reason == LOST_WITH_WORKER:
            task = asyncio.create_task(self._measure(row))
            self._measuring.add(task)
            task.add_done_callback(self._measuring.discard)
        else:
            self._happenings.tell(ready(row))

    def file(self, path: str) -> str:
        """Where a recording is written."""
        return str(self._store.recordings.file(path))

    async def _measure(self, row: RecordingRow) -> None:
        try:
            await self._store.settled()
            self._happenings.tell(ready(await self._store.recordings.measure(row, row.reason)))
        except Exception:
            log.exception("a recording that was cut off could not be measured")


def row_of(fact: ConferenceFact) -> Row:
    """The record as a row."""
    match fact:
        case MeetingRecord():
            return MeetingRow(fact.id, fact.conference_id, fact.name, fact.started_at, fact.ended_at)
        case Attendance():
            return _attendance(fact)
        case InvitationRecord():
            return InvitationRow(
                id=fact.id,
                conference_id=fact.conference_id,
                meeting=fact.meeting,
                number=fact.number,
                name=fact.name,
                invited_by=fact.by,
                state=fact.state.value,
                at=fact.at,
                reason=fact.reason,
                ended_at=fact.ended_at,
                call=fact.call,
            )
        case RecordingRecord():
            return recording_row(fact)
        case _:
            assert_never(fact)


def recording_row(fact: RecordingRecord) -> RecordingRow:
    """A recording's record as a row."""
    return RecordingRow(
        id=fact.id,
        conference_id=fact.conference_id,
        meeting=fact.meeting,
        path=fact.path,
        started_at=fact.started_at,
        started_by=fact.by,
        attendance=fact.attendance,
        participant=fact.participant,
        ended_at=fact.ended_at,
        seconds=fact.seconds,
        reason=fact.reason,
    )


def ready(row: RecordingRow) -> RecordingReady:
    """What is told of a recording that can be heard."""
    return RecordingReady(row.id, row.conference_id, row.meeting, row.seconds)


def _attendance(fact: Attendance) -> AttendanceRow:
    party = fact.party
    return AttendanceRow(
        id=fact.id,
        meeting=fact.meeting,
        conference_id=fact.conference_id,
        call=fact.call,
        extension=party.extension,
        name=party.name,
        user_id=party.user_id,
        guest=party.guest,
        entrance=fact.entrance.value,
        joined_at=fact.joined_at,
        entered_at=fact.entered_at,
        left_at=fact.left_at,
        talk_seconds=fact.talk_seconds,
        administrator=fact.administrator,
        muted_by=fact.muted_by,
        reason=fact.reason,
    )


def attendance_of(row: AttendanceRow) -> Attendance:
    """A stored row as call control knows it: for those who may come back with their rights."""
    return Attendance(
        id=row.id,
        meeting=MeetingId(row.meeting),
        conference_id=ConferenceId(row.conference_id),
        call=CallId(row.call),
        party=Party(row.extension, row.name, UserId(row.user_id) if row.user_id else None, guest=row.guest),
        entrance=Entrance(row.entrance),
        joined_at=row.joined_at,
        entered_at=row.entered_at,
        left_at=row.left_at,
        talk_seconds=row.talk_seconds,
        administrator=row.administrator,
        muted_by=row.muted_by,
        reason=row.reason,
    )
