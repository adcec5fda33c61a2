"""A parked call: it waits in an orbit with music, for whoever dials the orbit's number (`*85`, D2-07). Pure.

After some time it comes back to who parked it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from switchroom.calls import bridge
from switchroom.calls.answering import negotiated, over_or_away
from switchroom.calls.bridge import Talking, music_of
from switchroom.calls.call import AWAY, LONGEST, REPLACED, Closing, Facts, close
from switchroom.calls.change import replace
from switchroom.calls.commands import (
    AcceptLeg,
    ComeBack,
    Commands,
    HangUpLeg,
    KeepDialog,
    Occupy,
    OpenRecord,
    PlayMusic,
    StartTimer,
    StopTimer,
    TellReferrer,
)
from switchroom.calls.events import CallEvent, LegAway, LegBack, LegReplaced, TimerFired
from switchroom.calls.leg import Leg
from switchroom.calls.records import Cause
from switchroom.calls.values import TimerName
from switchroom.directory.model import Snapshot, UserId
from switchroom.media.types import CloseLeg, Connect, OfLeg, StopPlay, ToLeg
from switchroom.sip.events import AnswerReceived, OfferReceived, SessionConfirmed, SessionEnded

PARKED = TimerName("parked")


@dataclass(frozen=True, slots=True)
class Parked:
    """Somebody waits in an orbit: `facts.dialled`. `away`: his page is gone for some seconds."""

    facts: Facts
    leg: Leg
    away: bool = False


Next = Parked | Talking | Closing | None


def free_orbit(snapshot: Snapshot, taken: Collection[str]) -> str | None:
    """An orbit for one more call; None: there is none."""
    return next((orbit for orbit in snapshot.orbits if orbit not in taken), None)


def watched(orbit: str) -> UserId:
    """What stands for an orbit among those who are in calls: its lamp is lit while a call is parked there."""
    return UserId(f"orbit/{orbit}")


def is_orbit(user: UserId) -> bool:
    """Whether an orbit is meant, and no person."""
    return user.startswith("orbit/")


def start(facts: Facts, leg: Leg, seconds: float) -> tuple[Parked, Commands]:
    """Park a leg that was answered before, for so long; `facts.moved` says who did."""
    moved = facts.moved
    told = (TellReferrer(moved.refer, 200),) if moved is not None and moved.refer is not None else ()
    own = (leg.party.user_id,) if leg.party.user_id is not None else ()
    return Parked(facts, leg), (
        OpenRecord(facts.record()),
        PlayMusic(music_of(leg.id), OfLeg(leg=leg.id)),
        StartTimer(PARKED, seconds),
        Occupy((*own, watched(facts.dialled))),
        KeepDialog(leg.id),
        *told,
    )


def handle(state: Parked, event: CallEvent, now: float) -> tuple[Next, Commands]:
    """One step of a parked call."""
    facts, leg = state.facts, state.leg
    match event:
        case SessionEnded():
            return close(facts, (leg,), Cause.CANCELLED, now)
        case LegAway(_, seconds):
            return replace(state, away=True), (StartTimer(AWAY, seconds),)
        case LegBack():
            return replace(state, away=False), (StopTimer(AWAY),)
        case TimerFired(timer="parked"):
            following, commands = close(facts, (), Cause.NO_ANSWER, now)
            return following, (StopPlay(play=music_of(leg.id)), ComeBack(facts, leg), *commands)
        case LegReplaced(_, new) if new.party.user_id is not None and new.party.user_id == leg.party.user_id:
            state = Parked(facts.called_by(new), new)
            music = PlayMusic(music_of(new.id), OfLeg(leg=new.id))
            ending = (HangUpLeg(leg.id, REPLACED), CloseLeg(leg=leg.id), StopTimer(AWAY))
            return state, (AcceptLeg(new.id, new.sdp), music, *ending)
        case LegReplaced(_, new):
            return _taken(state, new, now)
        case OfferReceived() | AnswerReceived():
            leg, commands = negotiated(leg, event)
            return Parked(facts, leg, state.away and isinstance(event, AnswerReceived)), commands
        case SessionConfirmed():
            return state, (KeepDialog(leg.id),)
    over = over_or_away(state, event, now)
    return (state, ()) if over is None else over


def _taken(state: Parked, taker: Leg, now: float) -> tuple[Talking, Commands]:
    """Somebody dialled the orbit: the two talk."""
    leg = state.leg
    facts = replace(state.facts.answered(now, leg), callee=taker.party, moved=None)
    away = frozenset({leg.id}) if state.away else frozenset()
    talking, music = bridge.settle(Talking(facts, leg, taker, away=away))
    users = (leg.party.user_id, taker.party.user_id)
    return talking, (
        StopTimer(PARKED),
        AcceptLeg(taker.id, taker.sdp),
        StopPlay(play=music_of(leg.id)),
        Connect(leg=leg.id, to=ToLeg(leg=taker.id)),
        *music,
        StartTimer(LONGEST, facts.max_seconds),
        Occupy(tuple(user for user in users if user is not None)),
        *bridge.identified(leg, taker.party),
        *bridge.identified(taker, leg.party),
        KeepDialog(leg.id),
    )
