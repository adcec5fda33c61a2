"""A caller of the conference server: answered, asked for the conference ID, then a visitor of that conference
(S3-01, D1-01; G-01).

The receptionist asks, as it does for codes; once it is known which conference is meant, `visit.py` goes on.
"""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.calls import info, receptionist, visit
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
    StartTimer,
    StopTimer,
)
from switchroom.calls.events import (
    CallEvent,
    HangUpOrdered,
    IdChecked,
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
from switchroom.calls.receptionist import Desk, Found, TurnedAway
from switchroom.calls.records import Cause
from switchroom.calls.ringing import refuse_media
from switchroom.calls.values import Prompt
from switchroom.media.types import CloseLeg, DtmfReceived, LegFailed, MediaLost, PlayEnded
from switchroom.sip.events import (
    AnswerReceived,
    InfoReceived,
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
class AtServer:
    """The receptionist asks which conference is meant."""

    facts: Facts
    leg: Leg
    desk: receptionist.State


State = Answering | AtServer
Next = State | visit.Next


def start(facts: Facts, leg: Leg, offer: bytes | None, now: float) -> tuple[Next, Commands]:
    """Answer a caller of the conference server. `leg` has neither ports nor media yet."""
    opening: tuple[Command, ...] = (OpenRecord(facts.record()),)
    if offer is not None:
        try:
            leg = answered(leg, offer)
        except NotAcceptable as problem:
            state, commands = refuse_media(facts, leg, problem, now)
            return state, opening + commands
    return Answering(facts, leg), (*opening, open_command(leg))


def handle(state: State, event: CallEvent, now: float) -> tuple[Next, Commands]:
    """One step at the server's desk."""
    match event:
        case SessionCancelled():
            return close(state.facts, (state.leg,), Cause.CANCELLED, now, 487)
        case SessionEnded(cause=end):
            return close(state.facts, (state.leg,), cause_of_end(end, by_caller=True), now)
        case HangUpOrdered(cause):
            return _end(state, cause, now)
        case TimerFired(timer="longest"):
            prompts = (Prompt.TIME_LIMIT, Prompt.GOODBYE)
            return visit.farewell(state.facts, state.leg, prompts, Cause.TIME_LIMIT)
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
            return _answering(state, event, now) if isinstance(state, Answering) else _asking(state, event)


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
    """The ACK is here: what we say can be heard."""
    leg, facts = state.leg, state.facts
    commands: list[Command] = []
    if leg.media is None:
        try:
            leg = replace(completed(leg, sdp or b""), offer=None)
        except NotAcceptable:
            return _end(state, Cause.INCOMPATIBLE_MEDIA, now)
        facts = replace(facts, codec=leg.codec or "")
        commands.append(set_command(leg))
    desk, asking = receptionist.start(_desk(facts, leg))
    return AtServer(facts, leg, desk), (*commands, KeepDialog(leg.id), *asking)


def _asking(state: AtServer, event: CallEvent) -> tuple[Next, Commands]:
    leg = state.leg
    match event:
        case DtmfReceived(digit=typed):
            return _digit(state, typed)
        case InfoReceived(content_type=content_type, body=body):
            typed_in_info = info.digit_of(content_type, body)
            return _digit(state, typed_in_info) if typed_in_info else (state, ())
        case PlayEnded() | TimerFired() | IdChecked():
            return _after_desk(state, *receptionist.handle(state.desk, _desk(state.facts, leg), event))
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
            facts = state.facts.called_by(new)
            desk, asking = receptionist.again(state.desk, _desk(facts, new))
            ending = (HangUpLeg(old, REPLACED), CloseLeg(leg=old), StopTimer(AWAY))
            return AtServer(facts, new, desk), (AcceptLeg(new.id, new.sdp), *asking, *ending)
        case _:
            return state, ()


def _desk(facts: Facts, leg: Leg) -> Desk:
    return Desk(leg.id, None, facts.visitor, facts.language)


def _digit(state: AtServer, typed: str) -> tuple[Next, Commands]:
    return _after_desk(state, *receptionist.digit(state.desk, _desk(state.facts, state.leg), typed))


def _after_desk(state: AtServer, outcome: receptionist.Outcome, commands: Commands) -> tuple[Next, Commands]:
    match outcome:
        case Found(conference, language, expected):
            facts = replace(
                state.facts,
                conference=conference.id,
                language=language,
                expected=expected,
                by_server=True,
            )
            following, more = visit.arrived(facts, state.leg, conference)
            return following, (*commands, *more)
        case TurnedAway(prompts, cause):
            leaving, more = visit.farewell(state.facts, state.leg, prompts, cause)
            return leaving, (*commands, *more)
        case receptionist.Asking() | receptionist.Collecting() | receptionist.Checking():
            return replace(state, desk=outcome), commands
        case receptionist.Admitted():
            return state, commands


def _end(state: State, cause: Cause, now: float) -> tuple[Closing | None, Commands]:
    """Hang up, or refuse where not answered yet."""
    if state.leg.port:
        following, commands = close(state.facts, (state.leg,), cause, now)
        return following, (HangUpLeg(state.leg.id, REASONS.get(cause, ())), *commands)
    following, commands = close(state.facts, (state.leg,), cause, now, 503)
    return following, (RejectLeg(state.leg.id, 503), *commands)
