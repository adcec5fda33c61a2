"""All invitations that run, and those that ended a moment ago: who is called into which conference. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from switchroom.calls.change import replace
from switchroom.calls.invite import FINAL
from switchroom.calls.minutes import InvitationId, InvitationRecord, MeetingId, MeetingRecord
from switchroom.directory.model import ConferenceId, UserId

MOST_RINGING = 20
"""Open invitations of one conference."""
_MOST_KEPT = 50
_KEPT_SECONDS = 600.0
"""How long the outcome of an invitation is told where nobody is in the room."""


class InviteRefusal(StrEnum):
    """Why nobody is called; stable names."""

    CONFERENCE_UNKNOWN = "conference-unknown"
    """Not in the applied configuration."""
    NUMBER_UNKNOWN = "number-unknown"
    EXTERNAL = "no-trunk"
    """A number outside, and there is no way there."""
    EMERGENCY = "emergency-number"
    NOT_A_PERSON = "not-a-person"
    """A conference, the conference server, a feature code."""
    ALREADY_INSIDE = "already-inside"
    ALREADY_INVITED = "already-invited"
    TOO_MANY = "too-many-invitations"
    ROOM_FULL = "conference-full"
    ROOM_LOCKED = "conference-locked"
    BUSY = "system-busy"
    """The system is stopping, has no media worker, or has as many calls as it takes."""


@dataclass(slots=True)
class _Entry:
    record: InvitationRecord
    user: UserId | None
    within: bool
    """A meeting was being held when it was made."""


class Invitations:
    """The invitations, by conference, in the order in which they were made."""

    def __init__(self) -> None:
        self._found: dict[ConferenceId, dict[InvitationId, _Entry]] = {}
        self._meetings: dict[ConferenceId, MeetingId] = {}

    def add(self, record: InvitationRecord, user: UserId | None, *, within: bool) -> None:
        """A new one. `user`: who is called; `within`: a meeting is being held."""
        kept = self._found.setdefault(record.conference_id, {})
        kept[record.id] = _Entry(record, user, within)
        over = [key for key, entry in kept.items() if entry.record.state in FINAL][:-_MOST_KEPT]
        for key in over:
            del kept[key]

    def meeting(self, record: MeetingRecord) -> None:
        """A meeting began, or is over."""
        if record.ended_at is None:
            self._meetings[record.conference_id] = record.id
        elif self._meetings.get(record.conference_id) == record.id:
            del self._meetings[record.conference_id]

    def changed(self, record: InvitationRecord) -> InvitationRecord:
        """One got further; the record with the meeting it belongs to, if one is held by now."""
        entry = self._found.get(record.conference_id, {}).get(record.id)
        before = entry.record.meeting if entry is not None else None
        record = replace(record, meeting=before or self._meetings.get(record.conference_id))
        if entry is not None:
            entry.record = record
        return record

    def of(self, conference: ConferenceId, now: float) -> list[InvitationRecord]:
        """Those of a conference: open ones, and what has become of the others."""
        found = [entry.record for entry in self._found.get(conference, {}).values()]
        return [one for one in found if one.ended_at is None or now - one.ended_at < _KEPT_SECONDS]

    def open(self, conference: ConferenceId, user: UserId | None = None) -> list[InvitationRecord]:
        """Those that ring or were just answered; of one person only, if one is named."""
        return [
            entry.record
            for entry in self._found.get(conference, {}).values()
            if entry.record.state not in FINAL and (user is None or entry.user == user)
        ]

    def conferences(self) -> list[ConferenceId]:
        """Those with open invitations."""
        return [conference for conference in self._found if self.open(conference)]

    def over(self, conference: ConferenceId, *, ended: bool) -> list[InvitationRecord]:
        """Nobody is in the conference any more: which invitations are void.

        All if it was `ended`; else those that were made during the meeting. Outcomes are forgotten.
        """
        kept = self._found.get(conference, {})
        void = [e.record for e in kept.values() if e.record.state not in FINAL and (ended or e.within)]
        remaining = {key: entry for key, entry in kept.items() if entry.record.state not in FINAL}
        if remaining:
            self._found[conference] = remaining
        else:
            self._found.pop(conference, None)
        return void
