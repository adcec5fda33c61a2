"""The echo test: a caller is told what to do and then hears itself, to try microphone and network."""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.calls.answering import accepting, confirmed, end, negotiated, over_or_away, prepared
from switchroom.calls.call import AWAY, LONGEST, REPLACED, Closing, Facts
from switchroom.calls.change import replace
from switchroom.calls.commands import (
    AcceptLeg,
    Commands,
    HangUpLeg,
    KeepDialog,
    OpenRecord,
    Say,
    StopTimer,
)
from switchroom.calls.events import CallEvent, LegReplaced, TimerFired
from switchroom.calls.leg import Leg, NotAcceptable, open_command
from switchroom.calls.records import Cause
from switchroom.calls.ringing import refuse_media
from switchroom.calls.values import Prompt
from switchroom.media.types import CloseLeg, Connect, OfLeg, PlayEnded, PlayId, ToLeg
from switchroom.sip.events import (
    AnswerReceived,
    OfferReceived,
    SessionConfirmed,
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
    if isinstance(event, TimerFired) and event.timer == LONGEST:
        return end(state.facts, state.leg, Cause.TIME_LIMIT, now)
    over = over_or_away(state, event, now)
    if over is not None:
        return over
    if isinstance(state, Echoing):
        return _echo(state, event)
    if isinstance(event, SessionConfirmed):
        return _confirmed(state, event.sdp, now)
    return accepting(state, event, now)


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
