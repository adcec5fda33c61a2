"""The echo test: a caller is told what to do and then hears itself, to try microphone and network."""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.calls.bridge import REASONS
from switchroom.calls.call import AWAY, LONGEST, REPLACED, Closing, Facts, cause_of_end, close
from switchroom.calls.change import replace
from switchroom.calls.commands import (
    AcceptLeg,
    AnswerOffer,
    Command,
    Commands,
    HangUpLeg,
    KeepDialog,
    OpenRecord,
    RefuseOffer,
    RejectLeg,
    Say,
    StartTimer,
    StopTimer,
)
from switchroom.calls.events import (
    CallEvent,
    HangUpOrdered,
    LegAway,
    LegBack,
    LegReplaced,
    PortBound,
    PortRefused,
    TimerFired,
    WorkerLost,
)
from switchroom.calls.leg import (
    Leg,
    NotAcceptable,
    answered,
    bound,
    completed,
    offering,
    open_command,
    set_command,
)
from switchroom.calls.records import Cause
from switchroom.calls.ringing import refuse_media
from switchroom.calls.values import Prompt
from switchroom.media.types import CloseLeg, Connect, LegFailed, MediaLost, OfLeg, PlayEnded, PlayId, ToLeg
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
    opening: tuple[Command, ...] = (OpenRecord(facts.record()),)
    if offer is not None:
        try:
            leg = answered(leg, offer)
        except NotAcceptable as problem:
            state, commands = refuse_media(facts, leg, problem, now)
            return state, opening + commands
    return Answering(facts, leg), (*opening, open_command(leg))


def handle(state: State, event: CallEvent, now: float) -> tuple[Next, Commands]:
    """One step of an echo test."""
    match event:
        case SessionCancelled():
            return close(state.facts, (state.leg,), Cause.CANCELLED, now, 487)
        case SessionEnded(cause=end):
            return close(state.facts, (state.leg,), cause_of_end(end, by_caller=True), now)
        case HangUpOrdered(cause):
            return _end(state, cause, now)
        case TimerFired(timer="longest"):
            return _end(state, Cause.TIME_LIMIT, now)
        case TimerFired(timer="away"):
            return _end(state, Cause.SIGNALLING_LOST, now)
        case MediaLost() if not state.leg.held:
            return _end(state, Cause.MEDIA_TIMEOUT, now)
        case WorkerLost() | LegFailed() | PortRefused():
            return _end(state, Cause.MEDIA_FAILED, now)
        case LegAway(_, seconds):
            return state, (StartTimer(AWAY, seconds),)
        case LegBack():
            return state, (StopTimer(AWAY),)
        case _:
            return _answering(state, event, now) if isinstance(state, Answering) else _echo(state, event)


def _answering(state: Answering, event: CallEvent, now: float) -> tuple[Next, Commands]:
    match event:
        case PortBound(_, port, rtcp_port):
            leg = bound(state.leg, port, rtcp_port)
            if leg.media is None:
                leg = offering(leg)
            facts = state.facts.answered(now, leg)
            longest = StartTimer(LONGEST, facts.max_seconds)
            return Answering(facts, leg), (AcceptLeg(leg.id, leg.sdp), longest)
        case SessionConfirmed(sdp=sdp):
            return _confirmed(state, sdp, now)
        case OfferReceived():
            return state, (RefuseOffer(state.leg.id, 488),)
        case _:
            return state, ()


def _confirmed(state: Answering, sdp: bytes | None, now: float) -> tuple[Next, Commands]:
    leg, facts = state.leg, state.facts
    commands: list[Command] = []
    if leg.media is None:
        try:
            leg = replace(completed(leg, sdp or b""), offer=None)
        except NotAcceptable:
            return _end(state, Cause.INCOMPATIBLE_MEDIA, now)
        facts = replace(facts, codec=leg.codec or "")
        commands.append(set_command(leg))
    say = Say(_play(leg), OfLeg(leg=leg.id), (Prompt.ECHO_TEST,), facts.language, interruptible=True)
    return Echoing(facts, leg), (*commands, KeepDialog(leg.id), say)


def _echo(state: Echoing, event: CallEvent) -> tuple[Next, Commands]:
    leg = state.leg
    match event:
        case PlayEnded(play=play) if play == _play(leg):
            return state, (_connect(leg),)
        case OfferReceived(sdp=None):
            leg = offering(leg, (leg.codec,) if leg.codec else ())
            return replace(state, leg=leg), (AnswerOffer(leg.id, leg.sdp),)
        case OfferReceived(sdp=bytes() as sdp):
            try:
                leg = answered(leg, sdp, leg.codec)
            except NotAcceptable as problem:
                return state, (RefuseOffer(leg.id, problem.status),)
            answer = AnswerOffer(leg.id, leg.sdp)
            return replace(state, leg=leg), (answer, set_command(leg), StopTimer(AWAY), KeepDialog(leg.id))
        case AnswerReceived(sdp=sdp):
            try:
                leg = completed(leg, sdp)
            except NotAcceptable:
                return replace(state, leg=replace(leg, offer=None)), ()
            return replace(state, leg=replace(leg, offer=None)), (set_command(leg), KeepDialog(leg.id))
        case SessionConfirmed():
            return state, (KeepDialog(leg.id),)
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


def _end(state: State, cause: Cause, now: float) -> tuple[Next, Commands]:
    """Hang up, or refuse where not answered yet."""
    if state.leg.port:
        following, commands = close(state.facts, (state.leg,), cause, now)
        return following, (HangUpLeg(state.leg.id, REASONS.get(cause, ())), *commands)
    following, commands = close(state.facts, (state.leg,), cause, now, 503)
    return following, (RejectLeg(state.leg.id, 503), *commands)
