"""What goes on with a caller whom nobody has answered: a conference, its server, a mailbox, a refusal. Pure.

The caller comes straight from routing, or from a hunt that found nobody (`ringing.HandedOn`). Then his leg
has its ports already, and perhaps an answer that early media has fixed: the machine gets them at once.
"""

from __future__ import annotations

from typing import TypeVar

from switchroom.calls import dial_in, refusal, ringing, visit, voicemail
from switchroom.calls.bridge import Dismissed, music_of
from switchroom.calls.call import LONGEST, Closing, Facts, close
from switchroom.calls.change import replace
from switchroom.calls.commands import ComeBack, Command, Commands, OpenRecord, StartTimer, TellReferrer
from switchroom.calls.events import PortBound
from switchroom.calls.leg import Leg
from switchroom.calls.records import CallKind, Cause
from switchroom.calls.values import EnterConference, EnterServer, Last, Prompt, Refuse, ToMailbox
from switchroom.media.types import CloseLeg, OpenLeg, SetMedia, StopPlay

State = voicemail.Next | visit.State | dial_in.State | refusal.State | Closing
S = TypeVar("S")


def start(
    facts: Facts, leg: Leg, offer: bytes | None, last: Last, now: float
) -> tuple[State | None, Commands]:
    """Begin with a caller. `leg` may have ports, and an answer."""
    kind = facts.kind if leg.port else CallKind.REFUSED
    match last:
        case EnterConference(conference):
            facts = replace(facts, kind=CallKind.CONFERENCE, conference=conference.id)
            return visit.start(facts, leg, offer, conference, now)
        case EnterServer():
            return dial_in.start(replace(facts, kind=CallKind.CONFERENCE), leg, offer, now)
        case ToMailbox(wanted, busy):
            return voicemail.start(facts, leg, offer, wanted, now, busy=busy)
        case Refuse(status, cause, prompts):
            return refusal.start(facts, leg, offer, status, prompts, cause, now, open_record=True, kind=kind)


def followed(
    state: S | ringing.HandedOn, commands: Commands, now: float
) -> tuple[S | State | None, Commands]:
    """After a step of a hunt: where it has ended, what follows goes on with the caller."""
    if not isinstance(state, ringing.HandedOn):
        return state, commands
    facts, leg = state.facts, state.caller
    if facts.moved is not None:
        following, more = led(facts, leg, state.last, now)
        return following, (*commands, *more)
    following, more = start(facts, leg, state.offer, state.last, now)
    if not leg.port:
        return following, (*commands, *more)
    # The record is open and so is the leg: what would open them is left out, and the port told instead.
    commands = (*commands, *_opened(more))
    entered: State | None
    match following:
        case visit.Answering():
            entered, entering = visit.handle(following, _port(leg), now)
        case dial_in.Answering():
            entered, entering = dial_in.handle(following, _port(leg), now)
        case voicemail.Answering():
            entered, entering = voicemail.handle(following, _port(leg), now)
        case refusal.Preparing():
            entered, entering = refusal.handle(following, _port(leg), now)
        case _:
            return following, (*commands, CloseLeg(leg=leg.id))
    return entered, (*commands, *entering)


def led(facts: Facts, leg: Leg, last: Last, now: float) -> tuple[State | None, Commands]:
    """Who was answered before and is moved on comes to where nobody has to be found. His record is open."""
    assert facts.moved is not None
    moved, quiet = facts.moved, StopPlay(play=music_of(leg.id))
    entered = replace(facts.answered(now, leg), moved=None)
    arriving = (quiet, StartTimer(LONGEST, facts.max_seconds), *_told(moved.refer, 200))
    match last:
        case EnterConference(conference):
            entered = replace(entered, kind=CallKind.CONFERENCE, conference=conference.id)
            state, commands = visit.arrived(entered, leg, conference)
            return state, (*arriving, *commands)
        case EnterServer():
            desk, commands = dial_in.arrived(replace(entered, kind=CallKind.CONFERENCE), leg)
            return desk, (*arriving, *commands)
        case ToMailbox(wanted, busy):
            greeted, commands = voicemail.arrived(entered, leg, wanted, busy=busy)
            return greeted, (*arriving, *commands)
    told = _told(moved.refer, last.status)
    if moved.back:
        words = (*(last.prompts or (Prompt.NOT_AVAILABLE,)), Prompt.GOODBYE)
        leaving, commands = visit.farewell(facts, leg, words, last.cause)
        return leaving, (quiet, *told, *commands)
    following, commands = close(facts, (), last.cause, now, last.status)
    return following, (quiet, *told, ComeBack(facts, leg), *commands)


def dismissed(state: S | Dismissed, commands: Commands) -> tuple[S | visit.Leaving, Commands]:
    """After a step of a talk: who is no longer needed in it is told so."""
    if not isinstance(state, Dismissed):
        return state, commands
    leaving, words = visit.farewell(state.facts, state.leg, state.said, Cause.TRANSFERRED)
    return leaving, (*commands, *words)


def _told(refer: str | None, status: int) -> Commands:
    return (TellReferrer(refer, status),) if refer is not None else ()


def _opened(commands: Commands) -> Commands:
    found: list[Command] = []
    for command in commands:
        match command:
            case OpenRecord():
                pass
            case OpenLeg(leg=leg, media=media):
                found += [SetMedia(leg=leg, media=media)] if media is not None else []
            case _:
                found.append(command)
    return tuple(found)


def _port(leg: Leg) -> PortBound:
    return PortBound(leg.id, leg.port, leg.rtcp_port)
