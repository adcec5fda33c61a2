"""A caller of the conference server: answered, asked for the conference ID, then a visitor of that conference
(S3-01, D1-01; G-01).

The receptionist asks, as it does for codes; once it is known which conference is meant, `visit.py` goes on.
"""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.calls import info, receptionist, visit
from switchroom.calls.answering import accepted, confirmed, end, negotiated, prepared, why_over
from switchroom.calls.call import AWAY, REPLACED, Facts, cause_of_end, close
from switchroom.calls.change import replace
from switchroom.calls.commands import (
    AcceptLeg,
    Commands,
    HangUpLeg,
    KeepDialog,
    OpenRecord,
    RefuseOffer,
    StartTimer,
    StopTimer,
)
from switchroom.calls.events import (
    CallEvent,
    IdChecked,
    LegAway,
    LegBack,
    LegReplaced,
    PortBound,
    TimerFired,
)
from switchroom.calls.leg import Leg, NotAcceptable, open_command
from switchroom.calls.receptionist import Desk, Found, TurnedAway
from switchroom.calls.records import Cause
from switchroom.calls.ringing import refuse_media
from switchroom.calls.values import Prompt
from switchroom.media.types import CloseLeg, DtmfReceived, PlayEnded
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
    try:
        leg = prepared(leg, offer)
    except NotAcceptable as problem:
        return refuse_media(facts, leg, problem, now)
    return Answering(facts, leg), (OpenRecord(facts.record()), open_command(leg))


def handle(state: State, event: CallEvent, now: float) -> tuple[Next, Commands]:
    """One step at the server's desk."""
    match event:
        case SessionCancelled():
            return close(state.facts, (state.leg,), Cause.CANCELLED, now, 487)
        case SessionEnded(cause=ended):
            return close(state.facts, (state.leg,), cause_of_end(ended, by_caller=True), now)
        case TimerFired(timer="longest"):
            prompts = (Prompt.TIME_LIMIT, Prompt.GOODBYE)
            return visit.farewell(state.facts, state.leg, prompts, Cause.TIME_LIMIT)
        case LegAway(_, seconds):
            return state, (StartTimer(AWAY, seconds),)
        case LegBack():
            return state, (StopTimer(AWAY),)
    if cause := why_over(event, state.leg):
        return end(state.facts, state.leg, cause, now)
    return _answering(state, event, now) if isinstance(state, Answering) else _asking(state, event)


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
    desk, asking = receptionist.start(_desk(facts, leg))
    return AtServer(facts, leg, desk), (*keeping, *asking)


def _asking(state: AtServer, event: CallEvent) -> tuple[Next, Commands]:
    match event:
        case DtmfReceived(digit=typed):
            return _digit(state, typed)
        case InfoReceived(content_type=content_type, body=body):
            typed_in_info = info.digit_of(content_type, body)
            return _digit(state, typed_in_info) if typed_in_info else (state, ())
        case PlayEnded() | TimerFired() | IdChecked():
            desk = _desk(state.facts, state.leg)
            return _after_desk(state, *receptionist.handle(state.desk, desk, event))
        case OfferReceived() | AnswerReceived():
            leg, commands = negotiated(state.leg, event)
            return replace(state, leg=leg), commands
        case SessionConfirmed():
            return state, (KeepDialog(state.leg.id),)
        case LegReplaced(old, new):
            facts = state.facts.called_by(new)
            asked, asking = receptionist.again(state.desk, _desk(facts, new))
            ending = (HangUpLeg(old, REPLACED), CloseLeg(leg=old), StopTimer(AWAY))
            return AtServer(facts, new, asked), (AcceptLeg(new.id, new.sdp), *asking, *ending)
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
