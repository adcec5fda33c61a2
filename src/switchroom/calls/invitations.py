"""Who is called into which conference: whether that can be, and the invitations there are. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.calls.call import Facts
from switchroom.calls.change import replace
from switchroom.calls.invite import FINAL
from switchroom.calls.minutes import (
    InvitationId,
    InvitationRecord,
    InvitationState,
    MeetingId,
    MeetingRecord,
)
from switchroom.calls.outcomes import Inviter, InviteRefusal
from switchroom.calls.records import CallKind
from switchroom.calls.routing import Known, language_of, party_of
from switchroom.calls.values import CallId, JourneyId, Outside, Party, Refuse
from switchroom.directory.model import Conference, ConferenceId, Snapshot, User, UserId
from switchroom.directory.number_plan import DialledEmergency, DialledNumber, code_of, read
from switchroom.directory.outside import DestinationKind, IncomingNumber
from switchroom.media.types import LegId

_SHOWN = {"en": "{} (invited by {})", "fr": "{} (invitation\N{NO-BREAK SPACE}: {})", "it": "{} (invito: {})"}
MOST_RINGING = 20
"""Open invitations of one conference."""
_OUTSIDE_SECONDS = 60.0
_MOST_KEPT = 50
_KEPT_SECONDS = 600.0
"""How long the outcome of an invitation is told where nobody is in the room."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Somebody who can be called into a conference. `busy`: he takes no call now."""

    conference: Conference
    callee: Party
    ring_seconds: float
    busy: bool = False
    outside: Outside | None = None
    """He is called by a trunk."""


def plan(known: Known, wanted: ConferenceId, number: str, by: UserId | None) -> Wanted | InviteRefusal:
    """Whom `number` means. An invitation goes where a call of who invites would go, and to people only.

    `by`: on whose account it goes outside; None: the administrator's own.
    """
    snapshot = known.snapshot
    conference = snapshot.conferences.get(wanted)
    if conference is None:
        return InviteRefusal.CONFERENCE_UNKNOWN
    found = snapshot.by_extension.get(number)
    typed = read(number, snapshot.settings.country, found is not None)
    if isinstance(typed, DialledEmergency):
        return InviteRefusal.EMERGENCY
    if found is None and isinstance(typed, DialledNumber):
        own = snapshot.by_number.get(typed.e164)
        if own is None:
            outside = Outside(typed.e164, by)
            return Wanted(conference, Party(typed.e164), _OUTSIDE_SECONDS, outside=outside)
        found = _reached(snapshot, own)
    if isinstance(found, User):
        seconds = found.ring_seconds or snapshot.settings.ring_seconds
        busy = known.personal(found.id).do_not_disturb or (not found.call_waiting and known.busy(found.id))
        return Wanted(conference, party_of(found), float(seconds), busy)
    unknown = found is None and code_of(number) is None and not isinstance(typed, DialledNumber)
    return InviteRefusal.NUMBER_UNKNOWN if unknown else InviteRefusal.NOT_A_PERSON


def _reached(snapshot: Snapshot, number: IncomingNumber) -> User | None:
    """The user whose direct line a number of ours is."""
    to = number.destination
    return snapshot.users.get(UserId(to.target)) if to.kind is DestinationKind.EXTENSION else None


def refusal_of(refused: Refuse) -> InviteRefusal:
    """Why somebody outside is not called, for who invites."""
    if refused.status == 404:
        return InviteRefusal.EXTERNAL
    return InviteRefusal.NOT_ALLOWED if refused.status == 403 else InviteRefusal.BUSY


def shown(snapshot: Snapshot, wanted: Wanted, by: Inviter) -> Party:
    """Who the phone of the invited says is calling: the conference, where calling back leads, and by whom."""
    conference = wanted.conference
    server = snapshot.conference_server
    extension = conference.extension or (server.extension if server is not None else "conference")
    language = wanted.callee.language or snapshot.settings.language
    words = _SHOWN.get(language, _SHOWN["en"])
    return Party(extension, words.format(conference.name, by.name) if by.name else conference.name)


def inviting(snapshot: Snapshot, wanted: Wanted, by: Inviter) -> Party:
    """Who invites, as the caller of the record."""
    user = snapshot.users.get(by.user) if by.user is not None else None
    if user is not None:
        return party_of(user)
    return Party(shown(snapshot, wanted, by).extension, by.name or wanted.conference.name)


def invitation(
    snapshot: Snapshot, wanted: Wanted, by: Inviter, number: str, call: CallId, seed: bytes, now: float
) -> Facts:
    """The facts of a call to the invited; `seed`: 32 random bytes."""
    callee = wanted.callee
    return Facts(
        id=call,
        journey=JourneyId(call),
        kind=CallKind.CONFERENCE,
        began=now,
        caller=inviting(snapshot, wanted, by),
        dialled=number,
        leg=LegId(""),
        seed=seed,
        language=language_of(snapshot, callee, wanted.conference),
        max_seconds=float(snapshot.settings.max_call_seconds),
        callee=callee,
        conference=wanted.conference.id,
        invitation=InvitationRecord(
            InvitationId(call),
            wanted.conference.id,
            None,
            number if wanted.outside is None else wanted.outside.number,
            callee.name or callee.extension,
            by.name,
            InvitationState.RINGING,
            now,
            call=call,
            vouched=by.moderator,
        ),
    )


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

    def get(self, conference: ConferenceId, wanted: InvitationId) -> InvitationRecord | None:
        """One of them, as it is now."""
        entry = self._found.get(conference, {}).get(wanted)
        return entry.record if entry is not None else None

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
