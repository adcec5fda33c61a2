"""A caller who leaves a message: greeted, asked to speak after the tone, recorded (B7, D3-04, D3-05).

The message is there from its first moment. Hanging up sends it, and so does everything but the wish to record
it again. `*` while the greeting is heard leads to the mailbox itself (`mailbox.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.calls import info, mailbox, refusal, visit
from switchroom.calls.answering import accepting, confirmed, end, negotiated, over_or_away, prepared
from switchroom.calls.boxes import (
    Box,
    BoxSeen,
    EndMessage,
    Greeting,
    LookAtBox,
    MessageId,
    NewMessage,
    RecordMessage,
)
from switchroom.calls.call import LONGEST, Closing, Facts
from switchroom.calls.callers import WITHHELD
from switchroom.calls.change import replace
from switchroom.calls.commands import Commands, KeepDialog, OpenRecord, Say, StartTimer, StopTimer
from switchroom.calls.events import CallEvent, TimerFired
from switchroom.calls.leg import Leg, NotAcceptable, open_command
from switchroom.calls.records import Cause
from switchroom.calls.ringing import refuse_media
from switchroom.calls.values import Name, Number, Prompt, SoundFile, TimerName, Words
from switchroom.directory.ids import MailboxId
from switchroom.media.types import (
    Connect,
    DtmfReceived,
    OfLeg,
    PlayEnded,
    PlayId,
    RecordEnded,
    RecordId,
    StopPlay,
    StopRecord,
    ToNothing,
)
from switchroom.sip.events import AnswerReceived, InfoReceived, OfferReceived, SessionConfirmed

LONGEST_MESSAGE = 180.0
"""Seconds; then it is reviewed as after `#`."""
SILENCE = 10.0
"""Seconds of silence after which a message is complete, too."""
SHORTEST = 1000
"""ms; what is shorter is no message."""
WAIT = TimerName("voicemail")
_KEY_SECONDS = 10.0
_ASKED = 2
"""How often one is asked what to do with the message; then it is sent."""


@dataclass(frozen=True, slots=True)
class Answering:
    """The port is awaited, then the ACK."""

    facts: Facts
    leg: Leg
    mailbox: MailboxId
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Greeted:
    """The greeting is heard, or before another try the tone. `box` is None for a moment, until the mailbox
    was looked at."""

    facts: Facts
    leg: Leg
    mailbox: MailboxId
    busy: bool
    box: Box | None = None
    number: int = 1


@dataclass(frozen=True, slots=True)
class Recording:
    """The caller speaks. `number` counts his tries."""

    facts: Facts
    leg: Leg
    box: Box
    number: int = 1


@dataclass(frozen=True, slots=True)
class Reviewing:
    """He pressed `#`, and is asked what to do with the message. `asked`: how often."""

    facts: Facts
    leg: Leg
    box: Box
    number: int
    file: str = ""
    """The message's sound, once it is complete."""
    asked: int = 1
    said: int = 1
    """Numbers what is played, so that an end is that of the last one."""


State = Answering | Greeted | Recording | Reviewing
Next = State | mailbox.State | visit.Leaving | refusal.State | Closing | None


def start(
    facts: Facts, leg: Leg, offer: bytes | None, wanted: MailboxId, now: float, *, busy: bool = False
) -> tuple[Next, Commands]:
    """Answer a caller who leaves a message. `busy`: the owner is in another call."""
    try:
        leg = prepared(leg, offer)
    except NotAcceptable as problem:
        return refuse_media(facts, leg, problem, now)
    return Answering(facts, leg, wanted, busy), (OpenRecord(facts.record()), open_command(leg))


def arrived(facts: Facts, leg: Leg, wanted: MailboxId, *, busy: bool = False) -> tuple[Next, Commands]:
    """A caller who is answered already is greeted. `busy`: who was called is in another call."""
    commands = (Connect(leg=leg.id, to=ToNothing()), LookAtBox(wanted))
    return Greeted(facts, leg, wanted, busy), commands


def handle(state: State, event: CallEvent, now: float) -> tuple[Next, Commands]:
    """One step of leaving a message."""
    if isinstance(event, TimerFired) and event.timer == LONGEST:
        following, commands = end(state.facts, state.leg, Cause.TIME_LIMIT, now)
        return following, (*_send(state), *commands)
    over = over_or_away(state, event, now)
    if over is not None:
        going_on = over[0] is not None and not isinstance(over[0], Closing)
        return over if going_on else (over[0], (*_send(state), *over[1]))
    match event:
        case OfferReceived() | AnswerReceived() if not isinstance(state, Answering):
            leg, commands = negotiated(state.leg, event)
            return replace(state, leg=leg), commands
        case SessionConfirmed() if not isinstance(state, Answering):
            return state, (KeepDialog(state.leg.id),)
    match state:
        case Answering():
            return _answering(state, event, now)
        case Greeted():
            return _greeted(state, event, now)
        case Recording():
            return _recording(state, event, now)
        case Reviewing():
            return _reviewing(state, event, now)


def _answering(state: Answering, event: CallEvent, now: float) -> tuple[Next, Commands]:
    if not isinstance(event, SessionConfirmed):
        return accepting(state, event, now)
    try:
        facts, leg, keeping = confirmed(state.facts, state.leg, event.sdp)
    except NotAcceptable:
        return end(state.facts, state.leg, Cause.INCOMPATIBLE_MEDIA, now)
    following, commands = arrived(facts, leg, state.mailbox, busy=state.busy)
    return following, (*keeping, *commands)


def typed(event: CallEvent) -> str | None:
    """The key that an event is of."""
    match event:
        case DtmfReceived(digit=digit):
            return digit
        case InfoReceived(content_type=content_type, body=body):
            return info.digit_of(content_type, body)
        case _:
            return None


# --- the greeting -----------------------------------------------------------------------------------------


def _greeted(state: Greeted, event: CallEvent, now: float) -> tuple[Next, Commands]:
    play = _play(state.leg, f"greeting-{state.number}")
    match event:
        case BoxSeen(None) if state.box is None:
            return visit.farewell(state.facts, state.leg, (Prompt.NOT_AVAILABLE,), Cause.UNREACHABLE)
        case BoxSeen(Box(full=True)) if state.box is None:
            words = (Prompt.VOICEMAIL_FULL, Prompt.GOODBYE)
            return visit.farewell(state.facts, state.leg, words, Cause.UNREACHABLE)
        case BoxSeen(Box() as box) if state.box is None:
            facts = replace(state.facts, language=box.mailbox.language or state.facts.language)
            said = (*greeting(box, state.busy, facts.synthesis), Prompt.TONE_JOIN)
            say = Say(play, OfLeg(leg=state.leg.id), said, facts.language)
            return replace(state, facts=facts, box=box), (say,)
        case PlayEnded(play=ended) if ended == play and state.box is not None:
            return _record(state.facts, state.leg, state.box, state.number, now)
    match typed(event):
        case "#" if state.box is not None:  # who knows the greeting goes on to the tone
            tone = _play(state.leg, f"greeting-{state.number + 1}")
            say = Say(tone, OfLeg(leg=state.leg.id), (Prompt.TONE_JOIN,), state.facts.language)
            return replace(state, number=state.number + 1), (StopPlay(play=play), say)
        case "*" if state.box is not None:
            following, commands = mailbox.arrived(state.facts, state.leg, state.mailbox)
            return following, (StopPlay(play=play), *commands)
    return state, ()


def greeting(box: Box, busy: bool, synthesis: bool) -> tuple[Words, ...]:
    """What callers of a mailbox hear: its own greeting, else the standard one with the name."""
    own = box.greetings.get(Greeting.BUSY) if busy else None
    own = own or box.greetings.get(Greeting.UNAVAILABLE)
    if own:
        return (SoundFile(own),)
    named = Prompt.IS_ON_THE_PHONE if busy else Prompt.IS_UNAVAILABLE
    if Greeting.NAME in box.greetings:
        who: tuple[Words, ...] = (SoundFile(box.greetings[Greeting.NAME]), named)
    elif synthesis and box.mailbox.name:
        who = (Name(box.mailbox.name, named),)
    elif box.extension.isascii() and box.extension.isdecimal():
        digits = tuple(Number(int(digit)) for digit in box.extension)
        who = (Prompt.EXTENSION, *digits, named)
    else:
        who = (Prompt.NOT_AVAILABLE,)
    return (*who, Prompt.LEAVE_A_MESSAGE)


# --- the message ------------------------------------------------------------------------------------------


def message_id(facts: Facts, number: int) -> MessageId:
    """The name of a caller's message; tells tries apart."""
    return MessageId(f"message-{facts.id}-{number}")


def _tape(state: Recording | Reviewing) -> RecordId:
    return RecordId(f"{state.leg.id}/message-{state.number}")


def _record(facts: Facts, leg: Leg, box: Box, number: int, now: float) -> tuple[Next, Commands]:
    state = Recording(facts, leg, box, number)
    caller = leg.party if leg.party.extension != WITHHELD else replace(leg.party, extension="")
    message = NewMessage(message_id(facts, number), box.mailbox.id, facts.id, caller, now)
    return state, (RecordMessage(leg.id, _tape(state), message, SILENCE), StartTimer(WAIT, LONGEST_MESSAGE))


def _recording(state: Recording, event: CallEvent, now: float) -> tuple[Next, Commands]:
    match event:
        case RecordEnded(record=record) if record == _tape(state):  # by silence, or the disk is full
            reviewing = Reviewing(state.facts, state.leg, state.box, state.number)
            following, commands = _reviewing(reviewing, event, now)
            asking = (StopTimer(WAIT), _ask(reviewing)) if isinstance(following, Reviewing) else ()
            return following, (*commands, *asking)
        case TimerFired(timer="voicemail"):
            return _review(state)
    if typed(event) == "#":
        return _review(state)
    return state, ()


def _review(state: Recording) -> tuple[Next, Commands]:
    """Ask what becomes of the message."""
    following = Reviewing(state.facts, state.leg, state.box, state.number)
    return following, (StopRecord(record=_tape(state)), StopTimer(WAIT), _ask(following))


def _ask(state: Reviewing, *before: Words) -> Say:
    words = (*before, Prompt.REVIEW_MESSAGE)
    return Say(_said(state), OfLeg(leg=state.leg.id), words, state.facts.language, interruptible=True)


def _reviewing(state: Reviewing, event: CallEvent, now: float) -> tuple[Next, Commands]:
    match event:
        case RecordEnded(record=record) if record == _tape(state):
            if event.reason == "disk" or event.error:
                words = (Prompt.MESSAGE_NOT_RECORDED, Prompt.GOODBYE)
                leaving, commands = visit.farewell(state.facts, state.leg, words, Cause.MEDIA_FAILED)
                return leaving, (*_send(state), StopTimer(WAIT), *commands)
            if event.duration < SHORTEST:
                return _again(state, Prompt.MESSAGE_TOO_SHORT)
            return replace(state, file=event.path), ()
        case PlayEnded(play=play) if play == _said(state):
            return state, (StartTimer(WAIT, _KEY_SECONDS),)
        case TimerFired(timer="voicemail"):
            if state.asked >= _ASKED:
                return _sent(state)
            asking = replace(state, asked=state.asked + 1, said=state.said + 1)
            return asking, (_ask(asking),)
    match typed(event):
        case "1":
            return _sent(state)
        case "2" if state.file:
            listening = replace(state, asked=1, said=state.said + 1)
            return listening, (StopTimer(WAIT), _ask(listening, SoundFile(state.file)))
        case "3":
            return _again(state)
    return state, ()


def _again(state: Reviewing, *why: Prompt) -> tuple[Next, Commands]:
    """Another try: what was said is taken back."""
    play = _play(state.leg, f"greeting-{state.number + 1}")
    words = (*why, Prompt.TONE_JOIN)
    following = Greeted(state.facts, state.leg, state.box.mailbox.id, False, state.box, state.number + 1)
    say = Say(play, OfLeg(leg=state.leg.id), words, state.facts.language)
    drop = EndMessage(message_id(state.facts, state.number), keep=False)
    return following, (StopTimer(WAIT), StopPlay(play=_said(state)), drop, say)


def _sent(state: Reviewing) -> tuple[Next, Commands]:
    words = (Prompt.MESSAGE_SENT, Prompt.GOODBYE)
    leaving, commands = visit.farewell(state.facts, state.leg, words, Cause.CALLEE_HUNG_UP)
    return leaving, (StopTimer(WAIT), *_send(state), *commands)


def _send(state: State) -> Commands:
    """What was said so far is the message."""
    match state:
        case Recording():
            return (StopRecord(record=_tape(state)), EndMessage(message_id(state.facts, state.number)))
        case Reviewing():
            return (EndMessage(message_id(state.facts, state.number)),)
        case _:
            return ()


def _said(state: Reviewing) -> PlayId:
    return _play(state.leg, f"review-{state.number}-{state.said}")


def _play(leg: Leg, what: str) -> PlayId:
    return PlayId(f"{leg.id}/voicemail-{what}")
