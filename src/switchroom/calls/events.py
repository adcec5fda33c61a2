"""What happens to a call or a room: events in the past tense, frozen values.

A call also takes, as they are, the session events of `sip.events` (InviteProgress ... SessionEnded; `session`
is the leg) and the worker's `DtmfReceived`, `PlayEnded`, `MediaLost`, `LegFailed` of `media.types`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from switchroom.calls.boxes import BoxEvent
from switchroom.calls.leg import Leg
from switchroom.calls.minutes import Entrance
from switchroom.calls.records import Cause
from switchroom.calls.room_events import EjectOrdered, RoomAct
from switchroom.calls.values import CallId, Hunt, JourneyId, Last, Party, Ring, SoundFile, TimerName, Words
from switchroom.directory.model import Conference, UserId
from switchroom.media.types import (
    DtmfReceived,
    LegFailed,
    LegId,
    LegStats,
    MediaLost,
    PlayEnded,
    RecordEnded,
    RoomId,
    TalkingChanged,
)
from switchroom.sip.events import (
    AnswerReceived,
    InfoReceived,
    InviteAccepted,
    InviteProgress,
    InviteRejected,
    OfferReceived,
    OfferRefused,
    SessionCancelled,
    SessionConfirmed,
    SessionEnded,
)


@dataclass(frozen=True, slots=True)
class PortBound:
    """The worker opened a leg and listens there."""

    leg: LegId
    port: int
    rtcp_port: int


@dataclass(frozen=True, slots=True)
class PortRefused:
    """The worker could not open a leg."""

    leg: LegId
    error: str


@dataclass(frozen=True, slots=True)
class LegClosed:
    """The worker closed a leg; None when it could not tell what had passed through it."""

    leg: LegId
    stats: LegStats | None


@dataclass(frozen=True, slots=True)
class LegAway:
    """A browser's page is gone, or nothing comes from it: it has so many seconds to come back."""

    leg: LegId
    seconds: float


@dataclass(frozen=True, slots=True)
class LegBack:
    """A browser that was away is heard again."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class LegReplaced:
    """Another device of the same user takes over (RFC 3891): `leg` has its ports and its answer, not sent
    yet."""

    old: LegId
    leg: Leg


@dataclass(frozen=True, slots=True)
class LegTaken:
    """The leg goes on in another call of the same journey (a transfer); this one is over for it."""

    leg: LegId
    journey: JourneyId
    said: tuple[Words, ...] = ()
    """What the other one is told before he is hung up."""


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer of this call or room ran out."""

    timer: TimerName


@dataclass(frozen=True, slots=True)
class Redirected:
    """A phone that was rung sends its calls on (3xx): to these, who can be rung, or to what always
    answers."""

    session: LegId
    rings: tuple[Ring, ...] = ()
    last: Last | None = None


@dataclass(frozen=True, slots=True)
class TargetsFound:
    """The answer to `FindTargets`: those who can be rung; perhaps nobody."""

    rings: tuple[Ring, ...]


@dataclass(frozen=True, slots=True)
class PlanFound:
    """The answer to `FindPlan`: whom to look for, or what there is instead. `seed`: 32 random bytes."""

    hunt: Hunt | Last
    callee: Party | None
    seed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PersonalSet:
    """The answer to `SetPersonal`: the settings are kept and in force, or could not be kept."""

    kept: bool


class Verdict(Enum):
    """What a typed access code is worth."""

    PARTICIPANT = "participant"
    ADMINISTRATOR = "administrator"
    WRONG = "wrong"
    REFUSED = "refused"
    """Too many wrong codes from this caller or for this room: none is looked at for a while."""


@dataclass(frozen=True, slots=True)
class CodeChecked:
    """The answer to `CheckCode`."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class IdChecked:
    """The answer to `CheckId`: the conference (of the configuration as applied now), where there is one.

    `language`: what the caller is spoken to in there; `expected`: it asks him for no code.
    """

    verdict: Verdict
    conference: Conference | None = None
    language: str = "en"
    expected: bool = False


@dataclass(frozen=True, slots=True)
class RoomEntered:
    """The call's leg is in the room, or (`waiting`) in its waiting place: the lobby, or for the
    administrator."""

    leg: LegId
    waiting: bool
    lobby: bool = False


@dataclass(frozen=True, slots=True)
class RoomOpened:
    """The administrator came, or a moderator let him in: whoever waited is in the room now."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class RoomRefused:
    """The room does not take this leg."""

    leg: LegId
    cause: Cause


@dataclass(frozen=True, slots=True)
class RoomLeft:
    """The leg is no longer in the room, without having asked for it."""

    leg: LegId
    cause: Cause


@dataclass(frozen=True, slots=True)
class CallMerged:
    """The call becomes part of a merged talk of one of its two people."""

    room: RoomId
    owner: UserId
    journey: JourneyId


@dataclass(frozen=True, slots=True)
class CallParted:
    """The call goes its own way again; the talk has forgotten it."""


@dataclass(frozen=True, slots=True)
class HangUpOrdered:
    """Somebody who may (console, shutdown, a failed turn) ends the call."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class WorkerLost:
    """The media worker is gone, and with it every leg."""


SessionEvent = (
    InviteProgress | InviteAccepted | InviteRejected | SessionCancelled | SessionConfirmed | OfferReceived
    | AnswerReceived | OfferRefused | InfoReceived | SessionEnded
)  # fmt: skip

CallEvent = (
    SessionEvent | PortBound | PortRefused | LegClosed | LegAway | LegBack | LegReplaced | LegTaken
    | TimerFired | CodeChecked | IdChecked | RoomEntered | RoomOpened | RoomRefused | RoomLeft | CallMerged
    | CallParted | HangUpOrdered | WorkerLost | DtmfReceived | PlayEnded | MediaLost | LegFailed
    | RecordEnded | PersonalSet | PlanFound | TargetsFound | Redirected | BoxEvent
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ParticipantEntered:
    """A call brings a leg. `conference` is the room's configuration as applied now."""

    call: CallId
    leg: LegId
    party: Party
    conference: Conference
    language: str
    administrator: bool
    """Proved by the code."""
    entrance: Entrance = Entrance.EXTENSION
    invited: bool = False
    """He was called in: neither lobby nor lock keeps him out."""
    lobby: bool = False
    """He waits in the lobby, whatever the conference says."""
    browser: bool = False
    name: SoundFile | None = None
    """His name, as he said it at the door."""


@dataclass(frozen=True, slots=True)
class ParticipantReady:
    """The leg's dialog is confirmed: what is played to it can be heard."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class ParticipantLeft:
    """The leg is gone. `cause`: why, where it is known."""

    leg: LegId
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class ParticipantHeld:
    """The phone put the conference on hold, or came back."""

    leg: LegId
    held: bool


@dataclass(frozen=True, slots=True)
class ParticipantAway:
    """A browser's page is gone for the moment, or back."""

    leg: LegId
    away: bool


@dataclass(frozen=True, slots=True)
class ParticipantReplaced:
    """Another leg of the same user takes the place of one; the others notice nothing."""

    old: LegId
    leg: LegId
    party: Party
    held: bool
    browser: bool = False


@dataclass(frozen=True, slots=True)
class ParticipantPromoted:
    """The leg proved to be the administrator's, by the code."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class KeyedCodeChecked:
    """The code that somebody in the room keyed, to run the conference, was looked at."""

    leg: LegId
    verdict: Verdict


RoomEvent = (
    ParticipantEntered | ParticipantReady | ParticipantLeft | ParticipantHeld | ParticipantAway
    | ParticipantPromoted | ParticipantReplaced | KeyedCodeChecked | RoomAct | TimerFired | PlayEnded
    | TalkingChanged | RecordEnded | WorkerLost
)  # fmt: skip

__all__ = [
    "CallEvent",
    "CallMerged",
    "CallParted",
    "CodeChecked",
    "EjectOrdered",
    "HangUpOrdered",
    "IdChecked",
    "KeyedCodeChecked",
    "LegAway",
    "LegBack",
    "LegClosed",
    "LegReplaced",
    "LegTaken",
    "ParticipantAway",
    "ParticipantEntered",
    "ParticipantHeld",
    "ParticipantLeft",
    "ParticipantPromoted",
    "ParticipantReady",
    "PlanFound",
    "PortBound",
    "PortRefused",
    "RoomEntered",
    "RoomEvent",
    "RoomId",
    "RoomLeft",
    "RoomOpened",
    "RoomRefused",
    "SessionEvent",
    "TimerFired",
    "Verdict",
    "WorkerLost",
]
