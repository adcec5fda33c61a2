"""What a call or a room wants done: commands in the imperative, carried out by the runner in order.

The worker's commands of `media.types` are used as they are; those of one turn travel in one batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from switchroom.calls.boxes import BoxCommand
from switchroom.calls.events import (
    ParticipantAway,
    ParticipantEntered,
    ParticipantHeld,
    ParticipantLeft,
    ParticipantPromoted,
    ParticipantReady,
    ParticipantReplaced,
    RoomEntered,
    RoomLeft,
    RoomOpened,
    RoomRefused,
)
from switchroom.calls.leg import Leg
from switchroom.calls.minutes import ConferenceFact
from switchroom.calls.records import CallRecord
from switchroom.calls.room_events import InvitationChanged, KeyPressed
from switchroom.calls.values import CallId, Party, Problem, Ring, Strand, Target, TimerName, Words
from switchroom.directory.model import ConferenceId, UserId
from switchroom.directory.personal import Personal
from switchroom.media.types import (
    CloseLeg,
    CloseRoom,
    Connect,
    LegId,
    OfLeg,
    OfRoom,
    OpenLeg,
    OpenRoom,
    PlayId,
    Record,
    RoomId,
    SendDtmf,
    SetMedia,
    StopPlay,
    StopRecord,
)
from switchroom.sip.headers import Reason

if TYPE_CHECKING:
    from switchroom.calls.call import Facts


@dataclass(frozen=True, slots=True)
class SendProvisional:
    """Tell the caller how far it is: 180, or 183 with early media."""

    leg: LegId
    status: int
    sdp: bytes | None = None


@dataclass(frozen=True, slots=True)
class AcceptLeg:
    """Answer the caller; `sdp` is the answer, or our offer to an INVITE without one."""

    leg: LegId
    sdp: bytes


@dataclass(frozen=True, slots=True)
class RejectLeg:
    """Refuse the caller for good."""

    leg: LegId
    status: int
    reason: str | None = None
    warning: str | None = None
    retry_after: int | None = None
    """Seconds."""


@dataclass(frozen=True, slots=True)
class HangUpLeg:
    """End a leg, whatever its state: CANCEL, BYE or a refusal."""

    leg: LegId
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class InviteLeg:
    """Ring a device."""

    leg: LegId
    target: Target
    caller: Party
    callee: Party
    sdp: bytes
    max_forwards: int = 70
    referrer: UserId | None = None
    """Who transferred the caller to there."""


@dataclass(frozen=True, slots=True)
class Identify:
    """Tell a phone whom it is connected to now (P-Asserted-Identity, RFC 3325)."""

    leg: LegId
    party: Party


@dataclass(frozen=True, slots=True)
class TellReferrer:
    """Tell the phone that asked for a transfer how it goes: the status of the call that it wanted."""

    refer: str
    status: int


@dataclass(frozen=True, slots=True)
class AnswerOffer:
    """Answer a re-INVITE or UPDATE (or give our offer to a re-INVITE without one)."""

    leg: LegId
    sdp: bytes


@dataclass(frozen=True, slots=True)
class RefuseOffer:
    """Refuse a re-INVITE or UPDATE; the call goes on as before."""

    leg: LegId
    status: int


@dataclass(frozen=True, slots=True)
class Say:
    """Play prompts one after the other."""

    play: PlayId
    target: OfLeg | OfRoom
    prompts: tuple[Words, ...]
    language: str
    interruptible: bool = False


@dataclass(frozen=True, slots=True)
class PlayMusic:
    """Play the hold music until stopped; `after` what is being played to the leg now."""

    play: PlayId
    target: OfLeg | OfRoom
    after: bool = False
    own: str | None = None
    """That of a conference; None: the system's."""


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Have `TimerFired(timer)` after so many seconds; a timer of that name is moved."""

    timer: TimerName
    seconds: float


@dataclass(frozen=True, slots=True)
class StopTimer:
    """Forget a timer."""

    timer: TimerName


@dataclass(frozen=True, slots=True)
class OpenRecord:
    """Write that the call began."""

    record: CallRecord


@dataclass(frozen=True, slots=True)
class FinishRecord:
    """Write how the call ended; it is over with this."""

    record: CallRecord


@dataclass(frozen=True, slots=True)
class KeepDialog:
    """The leg is at a stable point: its dialog may be saved."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class Keep:
    """Write a record of a conference, or write it anew."""

    fact: ConferenceFact


@dataclass(frozen=True, slots=True)
class TellRoom:
    """Pass an event to the room of a conference."""

    conference: ConferenceId
    event: (
        ParticipantEntered | ParticipantReady | ParticipantLeft | ParticipantHeld | ParticipantAway
        | ParticipantPromoted | ParticipantReplaced | InvitationChanged | KeyPressed
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TellCall:
    """Pass an event to a call."""

    call: CallId
    event: RoomEntered | RoomOpened | RoomRefused | RoomLeft


@dataclass(frozen=True, slots=True)
class JoinTalk:
    """The call is part of a merged talk, as `strand` says now."""

    room: RoomId
    strand: Strand


@dataclass(frozen=True, slots=True)
class LeaveTalk:
    """The call is no longer part of a merged talk."""

    call: CallId


@dataclass(frozen=True, slots=True)
class CheckCode:
    """Look at a typed access code, and count it if it is wrong. `leg`: of who keyed it in the room."""

    conference: ConferenceId
    caller: Party
    code: str
    leg: LegId | None = None


@dataclass(frozen=True, slots=True)
class CheckId:
    """Look for the conference of a typed conference ID, and count it if there is none."""

    caller: Party
    digits: str


@dataclass(frozen=True, slots=True)
class RecordName:
    """Record what a leg says now: a name."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class Absorb:
    """Give a leg to the call that has `old`, whose place it takes, within this turn; this call is over."""

    old: LegId
    leg: Leg


@dataclass(frozen=True, slots=True)
class CallBack:
    """Who listened to a message calls who left it; `facts` are those of his call. It goes on in another one.

    `account`: on whose rights.
    """

    facts: Facts
    leg: Leg
    number: str
    account: UserId


@dataclass(frozen=True, slots=True)
class FindPlan:
    """Who wanted to call a number has answered his own phone: where does the number lead now, on his rights?

    The answer is `PlanFound`.
    """

    leg: Leg
    number: str
    account: UserId


@dataclass(frozen=True, slots=True)
class ComeBack:
    """Nobody took a caller who was transferred: he calls who transferred him, and this call is over."""

    facts: Facts
    leg: Leg


@dataclass(frozen=True, slots=True)
class FindTargets:
    """Find where those of the next step can be rung now; `TargetsFound` tells."""

    rings: tuple[Ring, ...]
    caller: Party


@dataclass(frozen=True, slots=True)
class Occupy:
    """These users are in the call now, or being rung: they, and no others, are busy by it."""

    users: tuple[UserId, ...]


@dataclass(frozen=True, slots=True)
class SetPersonal:
    """Keep a user's own settings; `PersonalSet` tells when they are, or can not be."""

    user: UserId
    settings: Personal


@dataclass(frozen=True, slots=True)
class ReportProblem:
    """Tell the administrator."""

    problem: Problem


MediaCommand = (
    OpenLeg | SetMedia | CloseLeg | Connect | StopPlay | SendDtmf | OpenRoom | CloseRoom | Record | StopRecord
)  # fmt: skip
SignallingCommand = (
    SendProvisional | AcceptLeg | RejectLeg | HangUpLeg | InviteLeg | Identify | TellReferrer | AnswerOffer
    | RefuseOffer
)  # fmt: skip
Command = (
    MediaCommand | SignallingCommand | Say | PlayMusic | StartTimer | StopTimer | OpenRecord | FinishRecord
    | KeepDialog | Keep | TellRoom | TellCall | JoinTalk | LeaveTalk | CheckCode | CheckId | RecordName
    | Absorb | CallBack | ComeBack | FindPlan | FindTargets | Occupy | SetPersonal | ReportProblem
    | BoxCommand
)  # fmt: skip
Commands = tuple[Command, ...]
