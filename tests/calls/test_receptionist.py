"""The receptionist's table: each state with each kind of event."""

from __future__ import annotations

import pytest

from switchroom.calls.commands import CheckCode, Say, StartTimer, StopTimer
from switchroom.calls.events import CodeChecked, TimerFired, Verdict
from switchroom.calls.receptionist import (
    CODE,
    Admitted,
    Asking,
    Checking,
    Collecting,
    Desk,
    Outcome,
    TurnedAway,
    digit,
    handle,
    start,
)
from switchroom.calls.records import Cause
from switchroom.calls.values import Party, Prompt
from switchroom.directory.model import ConferenceId
from switchroom.media.types import LegId, PlayEnded, StopPlay

DESK = Desk(LegId("l"), ConferenceId("c"), Party("202"), "fr")
PLAYED = PlayEnded(play=DESK.play, reason="finished")
PAUSE = TimerFired(CODE)


def test_it_begins_with_an_interruptible_prompt_in_the_callers_language() -> None:
    state, (said,) = start(DESK)
    assert state == Asking(3, 3)
    assert isinstance(said, Say)
    assert (said.prompts, said.language, said.interruptible) == ((Prompt.ENTER_CODE,), "fr", True)


@pytest.mark.parametrize(
    ("state", "key", "following", "kinds"),
    [
        (Asking(3, 3), "4", Collecting(3, 3, "4"), [StopPlay, StartTimer]),
        (Asking(3, 3), "#", Asking(3, 3), []),
        (Asking(3, 3), "*", Collecting(3, 3, ""), [StopPlay, StartTimer]),
        (Asking(3, 3), "A", Asking(3, 3), []),
        (Collecting(3, 3, "43"), "2", Collecting(3, 3, "432"), [StartTimer]),
        (Collecting(3, 3, "43"), "#", Checking(3, 3), [StopTimer, CheckCode]),
        (Collecting(3, 3, ""), "#", Collecting(3, 3, ""), []),
        (Collecting(3, 3, "43"), "*", Collecting(3, 3, ""), [StartTimer]),
        (Collecting(3, 3, "1" * 16), "2", Collecting(3, 3, "1" * 16), []),
        (Checking(3, 3), "1", Checking(3, 3), []),
    ],
)
def test_keys(state: Asking | Collecting | Checking, key: str, following: Outcome, kinds: list[type]) -> None:
    found, commands = digit(state, DESK, key)
    assert found == following and [type(command) for command in commands] == kinds


@pytest.mark.parametrize(
    ("state", "event", "following"),
    [
        (Asking(3, 3), PLAYED, Asking(3, 3)),
        (Asking(3, 3), PAUSE, Asking(3, 2)),
        (Asking(3, 1), PAUSE, TurnedAway((Prompt.NOTHING_ENTERED, Prompt.GOODBYE), Cause.NO_CODE)),
        (Asking(3, 3), CodeChecked(Verdict.WRONG), Asking(3, 3)),
        (Collecting(3, 3, "43"), PAUSE, Checking(3, 3)),
        (Collecting(3, 3, ""), PAUSE, Asking(3, 2)),
        (Collecting(3, 3, "43"), PLAYED, Collecting(3, 3, "43")),
        (Checking(3, 3), PAUSE, Checking(3, 3)),
        (Checking(3, 3), CodeChecked(Verdict.PARTICIPANT), Admitted(False)),
        (Checking(3, 3), CodeChecked(Verdict.ADMINISTRATOR), Admitted(True)),
        (Checking(3, 3), CodeChecked(Verdict.WRONG), Asking(2, 3)),
        (
            Checking(1, 3),
            CodeChecked(Verdict.WRONG),
            TurnedAway((Prompt.WRONG_CODE, Prompt.TOO_MANY_TRIES, Prompt.GOODBYE), Cause.WRONG_CODE),
        ),
        (
            Checking(3, 3),
            CodeChecked(Verdict.REFUSED),
            TurnedAway((Prompt.CODES_REFUSED, Prompt.GOODBYE), Cause.CODES_REFUSED),
        ),
    ],
)
def test_events(
    state: Asking | Collecting | Checking,
    event: PlayEnded | TimerFired | CodeChecked,
    following: Outcome,
) -> None:
    assert handle(state, DESK, event)[0] == following


def test_the_end_of_somebody_elses_player_is_nothing() -> None:
    other = PlayEnded(play=DESK.play.__class__("l/told"), reason="finished")
    assert handle(Asking(3, 3), DESK, other) == (Asking(3, 3), ())
