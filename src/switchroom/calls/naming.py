"""At the door: who comes is asked to say his name, which the others hear then. A part of a visit."""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.calls.commands import Commands, RecordName, Say, StartTimer, StopTimer
from switchroom.calls.events import TimerFired
from switchroom.calls.values import Prompt, SoundFile, TimerName
from switchroom.media.types import (
    LegId,
    OfLeg,
    PlayEnded,
    PlayId,
    RecordEnded,
    RecordId,
    StopPlay,
    StopRecord,
)

NAME = TimerName("name")
LONGEST_SECONDS = 4.0
"""A name takes no longer; `#` ends it sooner."""
_FILE_SECONDS = 2.0
_SHORTEST = 300
"""ms of sound that may be a name."""


@dataclass(frozen=True, slots=True)
class Asking:
    """The caller is being asked."""


@dataclass(frozen=True, slots=True)
class Recording:
    """He says it."""


@dataclass(frozen=True, slots=True)
class Closing:
    """The file is awaited."""


@dataclass(frozen=True, slots=True)
class Named:
    """It is done: the sound, or None when nothing was said."""

    name: SoundFile | None


State = Asking | Recording | Closing
Outcome = State | Named


def _play(leg: LegId) -> PlayId:
    return PlayId(f"{leg}/ask-name")


def record_id(leg: LegId) -> RecordId:
    """The recorder of a caller's name."""
    return RecordId(f"{leg}/name")


def start(leg: LegId, language: str) -> tuple[State, Commands]:
    """Ask for the name."""
    words = (Prompt.SAY_NAME, Prompt.TONE_JOIN)
    return Asking(), (StopPlay(play=_play(leg)), Say(_play(leg), OfLeg(leg=leg), words, language))


def again(state: State, old: LegId, leg: LegId, language: str) -> tuple[State, Commands]:
    """The caller comes by another phone: he is asked once more."""
    following, asking = start(leg, language)
    return following, (StopTimer(NAME), StopRecord(record=record_id(old)), *asking)


def digit(state: State, leg: LegId, typed: str) -> tuple[Outcome, Commands]:
    """`#` ends the name, or goes without one."""
    match state:
        case Asking() if typed == "#":
            return Named(None), (StopPlay(play=_play(leg)),)
        case Recording() if typed == "#":
            return _stop(leg)
        case _:
            return state, ()


def _stop(leg: LegId) -> tuple[State, Commands]:
    return Closing(), (StopRecord(record=record_id(leg)), StartTimer(NAME, _FILE_SECONDS))


def handle(state: State, leg: LegId, event: PlayEnded | TimerFired | RecordEnded) -> tuple[Outcome, Commands]:
    """The question is over, the time is, or the file is there."""
    match state, event:
        case Asking(), PlayEnded(play=play) if play == _play(leg):
            return Recording(), (RecordName(leg), StartTimer(NAME, LONGEST_SECONDS))
        case Recording(), TimerFired(timer="name"):
            return _stop(leg)
        case Closing(), TimerFired(timer="name"):
            return Named(None), ()
        case ((Recording() | Closing()), RecordEnded(record=record)) if record == record_id(leg):
            said = SoundFile(event.path) if not event.error and event.duration >= _SHORTEST else None
            return Named(said), (StopTimer(NAME),)
        case _:
            return state, ()
