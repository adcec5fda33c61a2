"""A caller who changes his own settings by a code (D2-07): they are kept, he hears what they are, and that is
all."""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.calls.answering import accepting, confirmed, end, negotiated, over_or_away, prepared
from switchroom.calls.call import Closing, Facts
from switchroom.calls.change import replace
from switchroom.calls.commands import Commands, OpenRecord, Say, SetPersonal, StartTimer
from switchroom.calls.events import CallEvent, PersonalSet, TimerFired
from switchroom.calls.leg import Leg, NotAcceptable, open_command
from switchroom.calls.records import Cause
from switchroom.calls.ringing import refuse_media
from switchroom.calls.routing import Change, Tell
from switchroom.calls.values import Number, Prompt, TimerName, Words
from switchroom.media.types import OfLeg, PlayEnded, PlayId
from switchroom.sip.events import AnswerReceived, OfferReceived, SessionConfirmed

SPEECH = TimerName("speech")
_LONGEST_SPEECH = 30.0


@dataclass(frozen=True, slots=True)
class Answering:
    """The port is awaited, then the ACK."""

    facts: Facts
    leg: Leg
    change: Change | Tell


@dataclass(frozen=True, slots=True)
class Saving:
    """The settings are being written."""

    facts: Facts
    leg: Leg
    change: Change


@dataclass(frozen=True, slots=True)
class Speaking:
    """The caller is told."""

    facts: Facts
    leg: Leg


State = Answering | Saving | Speaking
Next = State | Closing | None


def start(
    facts: Facts, leg: Leg, offer: bytes | None, change: Change | Tell, now: float
) -> tuple[Next, Commands]:
    """Answer a caller. `leg` has neither ports nor media yet."""
    try:
        leg = prepared(leg, offer)
    except NotAcceptable as problem:
        return refuse_media(facts, leg, problem, now)
    return Answering(facts, leg, change), (OpenRecord(facts.record()), open_command(leg))


def handle(state: State, event: CallEvent, now: float) -> tuple[Next, Commands]:
    """One step."""
    over = over_or_away(state, event, now)
    if over is not None:
        return over
    match state, event:
        case _, TimerFired(timer="longest" | "speech"):
            return end(state.facts, state.leg, Cause.TIME_LIMIT, now)
        case Answering(), SessionConfirmed(sdp=sdp):
            try:
                facts, leg, keeping = confirmed(state.facts, state.leg, sdp)
            except NotAcceptable:
                return end(state.facts, state.leg, Cause.INCOMPATIBLE_MEDIA, now)
            if isinstance(state.change, Tell):
                speaking, words = _say(facts, leg, state.change.words)
                return speaking, (*keeping, *words)
            saving = SetPersonal(state.change.user, state.change.settings)
            return Saving(facts, leg, state.change), (*keeping, saving)
        case Answering(), _:
            return accepting(state, event, now)
        case Saving(), PersonalSet(kept):
            return _tell(state, kept)
        case Speaking(), PlayEnded(play=play) if play == _play(state.leg):
            return end(state.facts, state.leg, Cause.CALLEE_HUNG_UP, now)
        case _, (OfferReceived() | AnswerReceived()):
            leg, commands = negotiated(state.leg, event)
            return replace(state, leg=leg), commands
        case _:
            return state, ()


def _tell(state: Saving, kept: bool) -> tuple[Speaking, Commands]:
    words: tuple[Words, ...] = (Prompt.NOT_SAVED,)
    if kept:
        words = (state.change.said, *(Number(int(digit)) for digit in state.change.digits))
    return _say(state.facts, state.leg, words)


def _say(facts: Facts, leg: Leg, words: tuple[Words, ...]) -> tuple[Speaking, Commands]:
    return Speaking(facts, leg), (
        Say(_play(leg), OfLeg(leg=leg.id), words, facts.language),
        StartTimer(SPEECH, _LONGEST_SPEECH),
    )


def _play(leg: Leg) -> PlayId:
    return PlayId(f"{leg.id}/setting")
