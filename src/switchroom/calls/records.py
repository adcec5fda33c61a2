"""The call record: one for every call, refused ones too."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from switchroom.calls.values import CallId, JourneyId, Party
from switchroom.directory.model import ConferenceId
from switchroom.media.types import LegStats


class CallKind(Enum):
    """What the call was."""

    CALL = "call"
    CONFERENCE = "conference"
    ECHO = "echo"
    """The echo test."""
    REFUSED = "refused"


class Cause(Enum):
    """How a call ended; stable names, stored and shown."""

    CALLER_HUNG_UP = "caller_hung_up"
    CALLEE_HUNG_UP = "callee_hung_up"
    CANCELLED = "cancelled"
    """The caller gave up before the answer."""
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    """No device of the callee is registered, or none could be reached."""
    UNKNOWN_NUMBER = "unknown_number"
    NOT_ALLOWED = "not_allowed"
    INCOMPATIBLE_MEDIA = "incompatible_media"
    WRONG_CODE = "wrong_code"
    CODES_REFUSED = "codes_refused"
    """Too many wrong codes before: the conference takes none for a while."""
    NO_CODE = "no_code"
    """The caller entered nothing."""
    NOT_CONFIRMED = "not_confirmed"
    """An invited person (or machine) answered and pressed no key."""
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    """An invited person came in by a call of his own while being rung."""
    ROOM_FULL = "room_full"
    ROOM_LOCKED = "room_locked"
    BLOCKED = "blocked"
    """He was removed from this conference a short while ago."""
    NOT_ADMITTED = "not_admitted"
    """A moderator turned him away in the lobby."""
    ALONE = "alone"
    """Nobody else was in the conference for too long."""
    CONFERENCE_ENDED = "conference_ended"
    REMOVED = "removed"
    HUNG_UP_BY_OPERATOR = "hung_up_by_operator"
    TRANSFERRED = "transferred"
    """One of the two goes on in another call of the same journey."""
    TIME_LIMIT = "time_limit"
    MEDIA_TIMEOUT = "media_timeout"
    MEDIA_FAILED = "media_failed"
    """The media worker stopped or gave the leg up."""
    SIGNALLING_LOST = "signalling_lost"
    """No ACK, an expired session timer, a dialog the phone no longer knows, a dead transport."""
    SHUTDOWN = "shutdown"
    INTERNAL_ERROR = "internal_error"
    CRASH = "crash"
    """Written at the next start, for calls that a crash cut off."""


@dataclass(frozen=True, slots=True)
class LegQuality:
    """What one leg's media was like, as seen from us."""

    leg: str
    party: str
    """Extension, or what identified the party."""
    codec: str
    packets_received: int
    packets_sent: int
    loss: float
    """Fraction 0 to 1 of the packets sent to us that did not come, or came too late."""
    remote_loss: float
    """Fraction 0 to 1 of ours, as the peer reports."""
    jitter: float
    """ms."""
    round_trip: float
    """ms, 0 when unknown."""
    mos: float
    """1 to 4.5, 0 without media."""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call, from its INVITE to its end. Times are seconds since the epoch."""

    id: CallId
    journey: JourneyId
    kind: CallKind
    started_at: float
    caller: Party
    dialled: str
    direction: str = "internal"
    callee: Party | None = None
    conference_id: ConferenceId | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    end_cause: Cause | None = None
    sip_status: int | None = None
    """Final status the caller got: 200 once answered."""
    codec: str = ""
    """Of the caller's leg."""
    quality: tuple[LegQuality, ...] = ()


def quality_of(party: Party, stats: LegStats) -> LegQuality:
    """What a closed leg's counters say."""
    expected = stats.packets_received + stats.packets_lost
    missing = stats.packets_lost + stats.packets_late
    return LegQuality(
        leg=stats.leg,
        party=party.extension,
        codec=stats.codec,
        packets_received=stats.packets_received,
        packets_sent=stats.packets_sent,
        loss=min(1.0, missing / expected) if expected else 0.0,
        remote_loss=stats.remote_loss,
        jitter=stats.jitter,
        round_trip=stats.round_trip,
        mos=stats.mos,
    )
