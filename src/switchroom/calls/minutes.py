"""What is kept of a conference: meetings, who was there, who was invited, what was recorded. Plain values.

A record is written whenever it changes, whole and under the same id: the last one counts. Times are seconds
since the epoch.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType, Protocol

from switchroom.calls.values import CallId, Party
from switchroom.directory.model import ConferenceId

MeetingId = NewType("MeetingId", str)
InvitationId = NewType("InvitationId", str)


class Entrance(StrEnum):
    """How somebody came into a conference."""

    EXTENSION = "extension"
    SERVER = "server"
    """By the conference server: ID, then code."""
    INVITATION = "invitation"
    LINK = "link"
    """A guest, without an account."""


class InvitationState(StrEnum):
    """How far an invitation is; the last four are final."""

    RINGING = "ringing"
    ANSWERED = "answered"
    """Somebody picked up, and hears what this is."""
    JOINED = "joined"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class MeetingRecord:
    """One gathering in a conference: from the first who came in to the last who left."""

    id: MeetingId
    conference_id: ConferenceId
    name: str
    """Of the conference, then."""
    started_at: float
    ended_at: float | None = None


@dataclass(frozen=True, slots=True)
class Attendance:
    """Somebody's presence in a meeting, the waiting included."""

    id: str
    """The leg's id; the same when another device of the person took its place."""
    meeting: MeetingId
    conference_id: ConferenceId
    call: CallId
    party: Party
    entrance: Entrance
    joined_at: float
    entered_at: float | None = None
    """In the room itself, after waiting; None: never."""
    left_at: float | None = None
    talk_seconds: float = 0.0
    administrator: bool = False
    muted_by: str | None = None
    """What a return within 60 s goes on with, as `administrator` and `entered_at`."""
    reason: str = ""
    """Why it ended: a `Cause`, empty while it lasts."""


@dataclass(frozen=True, slots=True)
class InvitationRecord:
    """Somebody was called into a conference."""

    id: InvitationId
    conference_id: ConferenceId
    meeting: MeetingId | None
    """None: nobody was in the room (yet)."""
    number: str
    name: str
    by: str
    """Name of who invited."""
    state: InvitationState
    at: float
    reason: str = ""
    """Why it was refused or failed: a `Cause`."""
    ended_at: float | None = None
    call: CallId | None = None
    vouched: bool = True
    """Who runs the conference invited: neither its lobby nor its lock keeps the invited out. Not stored."""


@dataclass(frozen=True, slots=True)
class RecordingRecord:
    """A sound file of a meeting: the mix, or what one participant said."""

    id: str
    conference_id: ConferenceId
    meeting: MeetingId
    path: str
    """Inside the folder of recordings."""
    started_at: float
    by: str
    """Name of who started it; empty: the conference is always recorded."""
    attendance: str | None = None
    """Whose voice; None: the mix."""
    participant: str = ""
    ended_at: float | None = None
    seconds: float = 0.0
    reason: str = ""
    """How it ended: "stopped", "disk", "crash" ..."""


ConferenceFact = MeetingRecord | Attendance | InvitationRecord | RecordingRecord


class Minutes(Protocol):
    """Where they are kept. Writing is queued and never waits."""

    def keep(self, fact: ConferenceFact) -> None:
        """Write a record, or write it anew."""

    def recorded(self, fact: RecordingRecord) -> None:
        """Write the last record of a recording: its file is complete, or its writer died."""

    def file(self, path: str) -> str:
        """Where a recording of this path is written: for the media worker."""


class NoMinutes:
    """Implements `Minutes` and keeps nothing: where nobody reads them."""

    def keep(self, fact: ConferenceFact) -> None:
        """Forget it."""

    def recorded(self, fact: RecordingRecord) -> None:
        """Forget it."""

    def file(self, path: str) -> str:
        """Where it would be, were there a folder."""
        return path
