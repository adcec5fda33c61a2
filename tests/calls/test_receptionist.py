"""The receptionist's table: each state with each kind of event."""

from __future__ import annotations

import pytest

from switchroom.calls.commands import CheckCode, CheckId, Say, StartTimer, StopTimer
from switchroom.calls.events import CodeChecked, IdChecked, TimerFired, Verdict
from switchroom.calls.receptionist import (
    CODE,
    Admitted,
    Asking,
    Checking,
    Collecting,
    Desk,
    Found,
    Outcome,
    TurnedAway,
    digit,
    handle,
    start,
)
from switchroom.calls.records import Cause
from switchroom.calls.values import Party, Prompt
from switchroom.directory.model import Conference, ConferenceId
from switchroom.media.types import LegId, PlayEnded, StopPlay

DESK = Desk(LegId("l"), ConferenceId("c"), Party("202"), "fr")
PLAYED = PlayEnded(play=DESK.play, reason="finished")
PAUSE = TimerFired(CODE)
SERVER = Desk(LegId("l"), None, Party("202"), "fr")
ROOM = Conference(ConferenceId("c"), "Room", dial_in_id="31415")


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


def test_d1_01_the_server_asks_for_the_conference_id() -> None:
    state, (said,) = start(SERVER)
    assert isinstance(said, Say) and said.prompts == (Prompt.ENTER_CONFERENCE_ID,)
    for key in "31415":
        state, _ = digit(state, SERVER, key)  # type: ignore[assignment]
    asked, (_, check) = digit(state, SERVER, "#")
    assert asked == Checking(3, 3) and check == CheckId(Party("202"), "31415")


@pytest.mark.parametrize(
    ("state", "event", "following"),
    [
        (Checking(3, 3), IdChecked(Verdict.PARTICIPANT, ROOM, "it", True), Found(ROOM, "it", True)),
        (Checking(3, 3), IdChecked(Verdict.WRONG), Asking(2, 3)),
        (
            Checking(1, 3),
            IdChecked(Verdict.WRONG),
            TurnedAway((Prompt.UNKNOWN_CONFERENCE_ID, Prompt.TOO_MANY_IDS, Prompt.GOODBYE), Cause.WRONG_CODE),
        ),
        (
            Checking(3, 3),
            IdChecked(Verdict.REFUSED),
            TurnedAway((Prompt.IDS_REFUSED, Prompt.GOODBYE), Cause.CODES_REFUSED),
        ),
        (Asking(3, 1), PAUSE, TurnedAway((Prompt.NO_ID_ENTERED, Prompt.GOODBYE), Cause.NO_CODE)),
        (Asking(3, 3), IdChecked(Verdict.WRONG), Asking(3, 3)),
    ],
)
def test_what_comes_of_a_conference_id(
    state: Asking | Checking, event: TimerFired | IdChecked, following: Outcome
) -> None:
    assert handle(state, SERVER, event)[0] == following


def test_f_09_a_wrong_id_is_told_and_asked_for_again() -> None:
    _, (said,) = handle(Checking(3, 3), SERVER, IdChecked(Verdict.WRONG))
    assert isinstance(said, Say)
    assert said.prompts == (Prompt.UNKNOWN_CONFERENCE_ID, Prompt.ENTER_CONFERENCE_ID)
