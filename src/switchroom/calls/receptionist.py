"""The receptionist: asks for the access code, collects digits, gives three tries (S1-05, G-03, F-09).

At the conference server it asks for the conference ID first, in the same way (D1-01). A part of a call:
it has its own states and steps, the call passes events in and acts on the outcome.
"""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.calls.commands import CheckCode, CheckId, Command, Commands, Say, StartTimer, StopTimer
from switchroom.calls.events import CodeChecked, IdChecked, TimerFired, Verdict
from switchroom.calls.records import Cause
from switchroom.calls.values import Party, Prompt, TimerName
from switchroom.directory.model import Conference, ConferenceId
from switchroom.media.types import LegId, OfLeg, PlayEnded, PlayId, StopPlay

CODE = TimerName("code")
PAUSE_SECONDS = 5.0
"""A pause this long after the last digit ends the entry, as `#` does (G-03)."""
FIRST_DIGIT_SECONDS = 10.0
"""Silence this long after the prompt and the caller is asked again."""
TRIES = 3
SILENCES = 3
MAX_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Script:
    """What the receptionist says."""

    ask: Prompt
    wrong: Prompt
    too_many: Prompt
    refused: Prompt
    nothing: Prompt


FOR_CODES = Script(
    Prompt.ENTER_CODE,
    Prompt.WRONG_CODE,
    Prompt.TOO_MANY_TRIES,
    Prompt.CODES_REFUSED,
    Prompt.NOTHING_ENTERED,
)
FOR_IDS = Script(
    Prompt.ENTER_CONFERENCE_ID,
    Prompt.UNKNOWN_CONFERENCE_ID,
    Prompt.TOO_MANY_IDS,
    Prompt.IDS_REFUSED,
    Prompt.NO_ID_ENTERED,
)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where and for whom the receptionist works."""

    leg: LegId
    conference: ConferenceId | None
    """None: at the conference server, which asks for the conference ID."""
    caller: Party
    language: str

    @property
    def script(self) -> Script:
        """What is said here."""
        return FOR_IDS if self.conference is None else FOR_CODES

    @property
    def play(self) -> PlayId:
        """The receptionist's player."""
        return PlayId(f"{self.leg}/desk")


@dataclass(frozen=True, slots=True)
class Asking:
    """The prompt is played, or its end was and nothing has been typed yet."""

    tries: int = TRIES
    silences: int = SILENCES


@dataclass(frozen=True, slots=True)
class Collecting:
    """Digits come."""

    tries: int
    silences: int
    digits: str


@dataclass(frozen=True, slots=True)
class Checking:
    """The code is being looked at."""

    tries: int
    silences: int


@dataclass(frozen=True, slots=True)
class Admitted:
    """The code was right."""

    administrator: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The conference ID was right. `expected`: the conference asks him for no code."""

    conference: Conference
    language: str
    expected: bool


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """No further try: say why, and goodbye."""

    prompts: tuple[Prompt, ...]
    cause: Cause


State = Asking | Collecting | Checking
Outcome = State | Admitted | Found | TurnedAway


def start(desk: Desk) -> tuple[State, Commands]:
    """Ask for the code, or for the conference ID."""
    return Asking(), (_ask(desk, desk.script.ask),)


def again(state: State, desk: Desk) -> tuple[State, Commands]:
    """The caller comes by another phone: ask once more, with as many tries left."""
    match state:
        case Checking():
            return state, ()
        case Asking(tries, silences) | Collecting(tries, silences):
            return Asking(tries, silences), (StopTimer(CODE), _ask(desk, desk.script.ask))


def _ask(desk: Desk, *prompts: Prompt) -> Command:
    return Say(desk.play, OfLeg(leg=desk.leg), prompts, desk.language, interruptible=True)


def _hush(desk: Desk) -> Commands:
    return (StopPlay(play=desk.play),)


def digit(state: State, desk: Desk, typed: str) -> tuple[Outcome, Commands]:
    """A key was pressed: `#` ends the entry, `*` begins it anew."""
    match state:
        case Checking():
            return state, ()
        case Asking(tries, silences):
            digits, stop = "", _hush(desk)
        case Collecting(tries, silences, digits):
            stop = ()
    if typed == "#":
        if not digits:
            return state, ()
        return Checking(tries, silences), (StopTimer(CODE), _check(desk, digits))
    if typed == "*":
        return Collecting(tries, silences, ""), (*stop, StartTimer(CODE, FIRST_DIGIT_SECONDS))
    if not typed.isdecimal() or len(digits) >= MAX_DIGITS:
        return state, ()
    return Collecting(tries, silences, digits + typed), (*stop, StartTimer(CODE, PAUSE_SECONDS))


def _check(desk: Desk, digits: str) -> Command:
    if desk.conference is None:
        return CheckId(desk.caller, digits)
    return CheckCode(desk.conference, desk.caller, digits)


def handle(
    state: State, desk: Desk, event: PlayEnded | TimerFired | CodeChecked | IdChecked
) -> tuple[Outcome, Commands]:
    """The prompt is over, time has passed, or the code or ID was looked at."""
    match state, event:
        case Asking(), PlayEnded(play=play) if play == desk.play:
            return state, (StartTimer(CODE, FIRST_DIGIT_SECONDS),)
        case Collecting(tries, silences, digits), TimerFired(timer="code") if digits:
            return Checking(tries, silences), (_check(desk, digits),)
        case ((Asking(tries, silences) | Collecting(tries, silences)), TimerFired(timer="code")):
            if silences <= 1:
                return TurnedAway((desk.script.nothing, Prompt.GOODBYE), Cause.NO_CODE), ()
            return Asking(tries, silences - 1), (_ask(desk, desk.script.ask),)
        case Checking(tries, silences), CodeChecked(verdict):
            return _checked(desk, tries, silences, verdict)
        case Checking(), IdChecked(_, Conference() as conference, language, expected):
            return Found(conference, language, expected), ()
        case Checking(tries, silences), IdChecked(verdict):
            return _checked(desk, tries, silences, verdict)
        case _:
            return state, ()


def _checked(desk: Desk, tries: int, silences: int, verdict: Verdict) -> tuple[Outcome, Commands]:
    match verdict:
        case Verdict.PARTICIPANT | Verdict.ADMINISTRATOR:
            return Admitted(verdict is Verdict.ADMINISTRATOR), ()
        case Verdict.REFUSED:
            return TurnedAway((desk.script.refused, Prompt.GOODBYE), Cause.CODES_REFUSED), ()
        case Verdict.WRONG if tries <= 1:
            words = (desk.script.wrong, desk.script.too_many, Prompt.GOODBYE)
            return TurnedAway(words, Cause.WRONG_CODE), ()
        case Verdict.WRONG:
            return Asking(tries - 1, silences), (_ask(desk, desk.script.wrong, desk.script.ask),)
