"""What hears who picks up an invitation: what it is, and, where the conference wants that, to press 1 (G-05).

A part of a visit, as the receptionist is: the visit passes events in and acts on the outcome. An answering
machine presses no key, so that it does not join (S1-11).
"""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.calls.commands import Command, Commands, Say, StartTimer, StopTimer
from switchroom.calls.events import TimerFired
from switchroom.calls.receptionist import TurnedAway
from switchroom.calls.records import Cause
from switchroom.calls.values import Prompt, TimerName
from switchroom.media.types import LegId, OfLeg, PlayEnded, PlayId, StopPlay

CONFIRM = TimerName("confirm")
KEY_SECONDS = 10.0
"""From the end of the words on: silence this long, and the call ends."""
TIMES = 3
"""How often another key than 1 has the words said again."""


@dataclass(frozen=True, slots=True)
class Announcing:
    """The invitation is being spoken."""


@dataclass(frozen=True, slots=True)
class Asking:
    """It asks for the key 1. `left`: how often it may still be said again."""

    left: int = TIMES - 1


@dataclass(frozen=True, slots=True)
class Come:
    """The announcement was heard, and the key pressed where one was asked for."""


State = Announcing | Asking
Outcome = State | Come | TurnedAway


def start(leg: LegId, language: str, *, confirm: bool) -> tuple[State, Commands]:
    """Begin to speak. `confirm`: ask for the key."""
    state: State = Asking() if confirm else Announcing()
    return state, (_say(state, leg, language),)


def again(state: State, leg: LegId, language: str) -> tuple[State, Commands]:
    """The invited goes on at another phone: the words once more."""
    return state, (StopTimer(CONFIRM), _say(state, leg, language))


def _play(leg: LegId) -> PlayId:
    return PlayId(f"{leg}/welcome")


def _say(state: State, leg: LegId, language: str) -> Command:
    prompts = (Prompt.INVITED, Prompt.PRESS_ONE) if isinstance(state, Asking) else (Prompt.INVITED,)
    return Say(_play(leg), OfLeg(leg=leg), prompts, language, interruptible=True)


def digit(state: State, leg: LegId, language: str, typed: str) -> tuple[Outcome, Commands]:
    """A key: 1 is yes. Without a question, any key cuts the words short, which the worker does."""
    match state:
        case Announcing():
            return state, ()
        case Asking() if typed == "1":
            return Come(), (StopTimer(CONFIRM), StopPlay(play=_play(leg)))
        case Asking(left=0):
            return state, ()
        case Asking(left):
            state = Asking(left - 1)
            return state, (StopTimer(CONFIRM), _say(state, leg, language))


def handle(state: State, leg: LegId, event: PlayEnded | TimerFired) -> tuple[Outcome, Commands]:
    """The words are over, or time has passed."""
    match state, event:
        case Announcing(), PlayEnded(play=play) if play == _play(leg):
            return Come(), ()
        case Asking(), PlayEnded(play=play, reason=reason) if play == _play(leg) and reason != "replaced":
            return state, (StartTimer(CONFIRM, KEY_SECONDS),)
        case Asking(), TimerFired(timer="confirm"):
            return TurnedAway((Prompt.NO_KEY, Prompt.GOODBYE), Cause.NOT_CONFIRMED), ()
        case _:
            return state, ()
