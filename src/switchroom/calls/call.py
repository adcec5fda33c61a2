"""What all calls have in common: the facts they began with, and how they end."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from switchroom.calls.change import replace
from switchroom.calls.commands import Command, Commands, FinishRecord, StartTimer
from switchroom.calls.events import CallEvent, LegClosed, TimerFired, WorkerLost
from switchroom.calls.leg import Leg
from switchroom.calls.minutes import InvitationRecord
from switchroom.calls.records import CallKind, CallRecord, Cause, LegQuality, quality_of
from switchroom.calls.values import CallId, GuestPass, JourneyId, Party, TimerName
from switchroom.directory.model import ConferenceId, UserId
from switchroom.media.types import CloseLeg, LegId
from switchroom.sip.events import EndCause
from switchroom.sip.headers import Reason

CLOSING = TimerName("closing")
LONGEST = TimerName("longest")
"""The maximum duration of a call, from the answer on."""
AWAY = TimerName("away")
"""How long a browser may be away before its call ends."""
REPLACED = (Reason("SIP", 200, "Call taken over"),)
"""What the BYE to a leg says whose place another one took (RFC 3891)."""
_CLOSING_SECONDS = 10.0


def named(cause: Cause) -> Reason:
    """What a BYE of a conference says for our own pages: the cause's stable name."""
    return Reason("Switchroom", 0, cause.value)


@dataclass(frozen=True, slots=True)
class Moved:
    """The caller was answered in an earlier call of his journey, and is led on: he hears music meanwhile.

    `by`: on whose rights, and to whom he comes back where nobody takes him.
    """

    by: UserId
    refer: str | None = None
    """The subscription of the phone that is told how it goes."""
    back: bool = False
    """He comes back already."""
    first: bool = False
    """Nobody was called before: he asked for the call, and was rung himself to begin with."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a call from its beginning, and what its record says so far."""

    id: CallId
    journey: JourneyId
    kind: CallKind
    began: float
    caller: Party
    dialled: str
    leg: LegId
    """The caller's; of an invitation, that of who answered."""
    seed: bytes = field(repr=False)
    """32 random bytes; the call's leg ids and secrets are made of it, so that replaying repeats them."""
    language: str = "en"
    max_seconds: float = 4 * 3600.0
    max_forwards: int = 70
    """As the caller's INVITE came with it (RFC 3261 §8.1.1.6)."""
    callee: Party | None = None
    direction: str = "internal"
    """Or incoming, outgoing."""
    conference: ConferenceId | None = None
    answered_at: float | None = None
    codec: str = ""
    guest: GuestPass | None = None
    """The caller came by a link: what he may do."""
    invitation: InvitationRecord | None = None
    """We called: the callee is who is to be brought into the conference."""
    expected: bool = False
    """The conference that was dialled knows the caller: he was in it a moment ago, or is being called in."""
    synthesis: bool = True
    """Names can be spoken."""
    moved: Moved | None = None
    by_server: bool = False
    """The conference was asked for at the conference server's desk, by its ID."""

    @property
    def visitor(self) -> Party:
        """Of a call to or from a conference: who is at the other end."""
        return self.caller if self.invitation is None or self.callee is None else self.callee

    def record(self) -> CallRecord:
        """The record as far as it goes."""
        return CallRecord(
            id=self.id,
            journey=self.journey,
            kind=self.kind,
            started_at=self.began,
            caller=self.caller,
            dialled=self.dialled,
            direction=self.direction,
            callee=self.callee,
            conference_id=self.conference,
            answered_at=self.answered_at,
            codec=self.codec,
        )

    def secret(self, leg: str) -> bytes:
        """32 secret bytes for one leg."""
        return hashlib.shake_256(self.seed + leg.encode()).digest(32)

    def branch_id(self, number: int) -> LegId:
        """The id of the call's outgoing leg with that number."""
        return LegId(f"{self.id}-{number}-{hashlib.shake_256(self.seed + b'id%d' % number).hexdigest(4)}")

    def answered(self, now: float, leg: Leg) -> Facts:
        """The call was answered; `leg` is the caller's, or the invited one's."""
        return replace(self, answered_at=now, codec=leg.codec or "")

    def called_by(self, leg: Leg) -> Facts:
        """Another leg took the caller's place (or the invited one's)."""
        if self.invitation is not None:
            return replace(self, leg=leg.id, callee=leg.party, codec=leg.codec or "")
        return replace(self, leg=leg.id, caller=leg.party, codec=leg.codec or "")


@dataclass(frozen=True, slots=True)
class Closing:
    """The call is over; only the worker's counters are awaited for the record."""

    facts: Facts
    record: CallRecord
    parties: tuple[tuple[LegId, Party], ...]
    """The legs that are being closed."""


def close(
    facts: Facts, legs: Iterable[Leg], cause: Cause, now: float, status: int | None = None
) -> tuple[Closing | None, Commands]:
    """End a call: close its legs and finish its record. `status`: what the caller got, by default 200 once
    answered.

    A refused call is recorded as refused when nothing was ever answered for a reason of ours.
    """
    record = replace(
        facts.record(),
        ended_at=now,
        end_cause=cause,
        sip_status=status if status is not None else 200 if facts.answered_at is not None else None,
    )
    parties = tuple((leg.id, leg.party) for leg in legs)
    if not parties:
        return None, (FinishRecord(record),)
    closing: list[Command] = [CloseLeg(leg=leg) for leg, _ in parties]
    closing.append(StartTimer(CLOSING, _CLOSING_SECONDS))
    return Closing(facts, record, parties), tuple(closing)


def handle(state: Closing, event: CallEvent, now: float) -> tuple[Closing | None, Commands]:
    """Gather the counters; when all came, or the worker does not tell, the record is finished."""
    match event:
        case LegClosed(leg, stats):
            quality: tuple[LegQuality, ...] = state.record.quality
            for waiting, party in state.parties:
                if waiting == leg and stats is not None and (stats.packets_received or stats.packets_sent):
                    quality = (*quality, quality_of(party, stats))
            parties = tuple(pair for pair in state.parties if pair[0] != leg)
            record = replace(state.record, quality=quality)
            if not parties:
                return None, (FinishRecord(record),)
            return replace(state, record=record, parties=parties), ()
        case WorkerLost() | TimerFired(timer="closing"):
            return None, (FinishRecord(state.record),)
        case _:
            return state, ()


def cause_of_end(end: EndCause, by_caller: bool) -> Cause:
    """How a session that ended by itself ends its call."""
    if end in (EndCause.REMOTE_BYE, EndCause.LOCAL_BYE):
        return Cause.CALLER_HUNG_UP if by_caller else Cause.CALLEE_HUNG_UP
    return Cause.SIGNALLING_LOST
