"""A caller of the conference server: answered, asked for the conference ID, then a visitor of that conference
(S3-01, D1-01; G-01).

The receptionist asks, as it does for codes; once it is known which conference is meant, `visit.py` goes on.
"""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.calls import info, receptionist, visit
from switchroom.calls.answering import accepting, confirmed, end, negotiated, over_or_away, prepared
from switchroom.calls.call import AWAY, LONGEST, REPLACED, Facts
from switchroom.calls.change import replace
from switchroom.calls.commands import (
    AcceptLeg,
    Commands,
    HangUpLeg,
    KeepDialog,
    OpenRecord,
    StopTimer,
)
from switchroom.calls.events import (
    CallEvent,
    IdChecked,
    LegReplaced,
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
    SessionConfirmed,
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
    if isinstance(event, TimerFired) and event.timer == LONGEST:
        prompts = (Prompt.TIME_LIMIT, Prompt.GOODBYE)
        return visit.farewell(state.facts, state.leg, prompts, Cause.TIME_LIMIT)
    over = over_or_away(state, event, now)
    if over is not None:
        return over
    if isinstance(state, AtServer):
        return _asking(state, event)
    if isinstance(event, SessionConfirmed):
        return _confirmed(state, event.sdp, now)
    return accepting(state, event, now)


def _confirmed(state: Answering, sdp: bytes | None, now: float) -> tuple[Next, Commands]:
    try:
        facts, leg, keeping = confirmed(state.facts, state.leg, sdp)
    except NotAcceptable:
        return end(state.facts, state.leg, Cause.INCOMPATIBLE_MEDIA, now)
    following, asking = arrived(facts, leg)
    return following, (*keeping, *asking)


def arrived(facts: Facts, leg: Leg) -> tuple[AtServer, Commands]:
    """A caller whose dialog is confirmed is at the desk."""
    desk, asking = receptionist.start(_desk(facts, leg))
    return AtServer(facts, leg, desk), asking


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
