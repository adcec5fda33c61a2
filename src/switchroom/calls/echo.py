"""The echo test: a caller is told what to do and then hears itself, to try microphone and network."""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.calls.answering import accepted, confirmed, end, negotiated, prepared, why_over
from switchroom.calls.call import AWAY, REPLACED, Closing, Facts, cause_of_end, close
from switchroom.calls.change import replace
from switchroom.calls.commands import (
    AcceptLeg,
    Commands,
    HangUpLeg,
    KeepDialog,
    OpenRecord,
    RefuseOffer,
    Say,
    StartTimer,
    StopTimer,
)
from switchroom.calls.events import CallEvent, LegAway, LegBack, LegReplaced, PortBound, TimerFired
from switchroom.calls.leg import Leg, NotAcceptable, open_command
from switchroom.calls.records import Cause
from switchroom.calls.ringing import refuse_media
from switchroom.calls.values import Prompt
from switchroom.media.types import CloseLeg, Connect, OfLeg, PlayEnded, PlayId, ToLeg
from switchroom.sip.events import (
    AnswerReceived,
    OfferReceived,
    SessionCancelled,
    SessionConfirmed,
    SessionEnded,
)


@dataclass(frozen=True, slots=True)
class Answering:
    """The port is awaited, then the ACK."""

    facts: Facts
    leg: Leg


@dataclass(frozen=True, slots=True)
class Echoing:
    """The caller is told what to do, then hears itself."""

    facts: Facts
    leg: Leg


State = Answering | Echoing
Next = State | Closing | None


def start(facts: Facts, leg: Leg, offer: bytes | None, now: float) -> tuple[Next, Commands]:
    """Answer a caller of the echo test. `leg` has neither ports nor media yet."""
    try:
        leg = prepared(leg, offer)
    except NotAcceptable as problem:
        return refuse_media(facts, leg, problem, now)
    return Answering(facts, leg), (OpenRecord(facts.record()), open_command(leg))


def handle(state: State, event: CallEvent, now: float) -> tuple[Next, Commands]:
    """One step of an echo test."""
    match event:
        case SessionCancelled():
            return close(state.facts, (state.leg,), Cause.CANCELLED, now, 487)
        case SessionEnded(cause=ended):
            return close(state.facts, (state.leg,), cause_of_end(ended, by_caller=True), now)
        case TimerFired(timer="longest"):
            return end(state.facts, state.leg, Cause.TIME_LIMIT, now)
        case LegAway(_, seconds):
            return state, (StartTimer(AWAY, seconds),)
        case LegBack():
            return state, (StopTimer(AWAY),)
    if cause := why_over(event, state.leg):
        return end(state.facts, state.leg, cause, now)
    return _answering(state, event, now) if isinstance(state, Answering) else _echo(state, event)


def _answering(state: Answering, event: CallEvent, now: float) -> tuple[Next, Commands]:
    match event:
        case PortBound():
            facts, leg, accepting = accepted(state.facts, state.leg, event, now)
            return Answering(facts, leg), accepting
        case SessionConfirmed(sdp=sdp):
            return _confirmed(state, sdp, now)
        case OfferReceived():
            return state, (RefuseOffer(state.leg.id, 488),)
        case _:
            return state, ()


def _confirmed(state: Answering, sdp: bytes | None, now: float) -> tuple[Next, Commands]:
    try:
        facts, leg, keeping = confirmed(state.facts, state.leg, sdp)
    except NotAcceptable:
        return end(state.facts, state.leg, Cause.INCOMPATIBLE_MEDIA, now)
    say = Say(_play(leg), OfLeg(leg=leg.id), (Prompt.ECHO_TEST,), facts.language, interruptible=True)
    return Echoing(facts, leg), (*keeping, say)


def _echo(state: Echoing, event: CallEvent) -> tuple[Next, Commands]:
    match event:
        case PlayEnded(play=play) if play == _play(state.leg):
            return state, (_connect(state.leg),)
        case OfferReceived() | AnswerReceived():
            leg, commands = negotiated(state.leg, event)
            return replace(state, leg=leg), commands
        case SessionConfirmed():
            return state, (KeepDialog(state.leg.id),)
        case LegReplaced(old, new):
            following = Echoing(state.facts.called_by(new), new)
            ending = (HangUpLeg(old, REPLACED), CloseLeg(leg=old), StopTimer(AWAY))
            return following, (AcceptLeg(new.id, new.sdp), _connect(new), *ending)
        case _:
            return state, ()


def _play(leg: Leg) -> PlayId:
    return PlayId(f"{leg.id}/echo")


def _connect(leg: Leg) -> Connect:
    return Connect(leg=leg.id, to=ToLeg(leg=leg.id))
