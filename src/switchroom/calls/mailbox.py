"""The owner of a mailbox by phone: who he is, his messages, his greetings and his PIN (D3-05, D2-07).

From his own phone he keys his PIN, unless he wished otherwise; from any other, the extension first. A mailbox
without a PIN is opened from its owner's own phone only, and asks for one there. Who left a message is called
back from phones of the system only.
"""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.calls import info, refusal, visit
from switchroom.calls.answering import accepting, confirmed, end, negotiated, over_or_away, prepared
from switchroom.calls.boxes import (
    Box,
    BoxSeen,
    CheckPin,
    Greeting,
    GreetingKept,
    KeepGreeting,
    LookAtBox,
    Message,
    PinChecked,
    PinTaken,
    RecordGreeting,
    SetPin,
    TouchMessage,
)
from switchroom.calls.call import LONGEST, Closing, Facts, close
from switchroom.calls.change import replace
from switchroom.calls.commands import (
    CallBack,
    Command,
    Commands,
    KeepDialog,
    OpenRecord,
    Say,
    StartTimer,
    StopTimer,
)
from switchroom.calls.events import CallEvent, TimerFired
from switchroom.calls.leg import Leg, NotAcceptable, open_command
from switchroom.calls.records import Cause
from switchroom.calls.ringing import refuse_media
from switchroom.calls.spoken_time import said_at
from switchroom.calls.values import Name, Number, Party, Prompt, SoundFile, TimerName, Words
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

WAIT = TimerName("mailbox")
PAUSE_SECONDS = 5.0
"""A pause this long after the last digit ends the entry, as `#` does (G-03)."""
KEY_SECONDS = 10.0
TRIES = 3
SILENCES = 3
MOST_DIGITS = 16
LONGEST_GREETING = 60.0
LONGEST_NAME = 5.0
_SHORTEST = 300
"""ms of sound that may be a greeting."""


@dataclass(frozen=True, slots=True)
class Answering:
    """The port is awaited, then the ACK."""

    facts: Facts
    leg: Leg
    mailbox: MailboxId | None


@dataclass(frozen=True, slots=True)
class AtDoor:
    """Extension and PIN are asked for."""

    facts: Facts
    leg: Leg
    box: Box | None = None
    asked: Prompt | None = None
    """What was asked for; None: something is being looked at."""
    entry: str = ""
    tries: int = TRIES
    silences: int = SILENCES
    said: int = 0


@dataclass(frozen=True, slots=True)
class Choosing:
    """One key of the menu."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """The messages that were chosen are heard, one after the other."""

    messages: tuple[Message, ...]
    at: int = 0


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the menu of greetings and PIN."""


@dataclass(frozen=True, slots=True)
class NewPin:
    """A PIN is keyed, twice. `forced`: there is none yet."""

    entry: str = ""
    first: str | None = None
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Greet:
    """A greeting is asked for, spoken, and looked at."""

    kind: Greeting
    recording: bool = False
    file: str = ""


Place = Choosing | Hearing | Setting | NewPin | Greet


@dataclass(frozen=True, slots=True)
class Inside:
    """He is who he says he is."""

    facts: Facts
    leg: Leg
    box: Box
    at: Place
    silences: int = SILENCES
    said: int = 0


State = Answering | AtDoor | Inside
Next = State | visit.Leaving | refusal.State | Closing | None


def start(
    facts: Facts, leg: Leg, offer: bytes | None, wanted: MailboxId | None, now: float
) -> tuple[Next, Commands]:
    """Answer a caller of `*98`. `wanted`: his own mailbox; None: he has none."""
    try:
        leg = prepared(leg, offer)
    except NotAcceptable as problem:
        return refuse_media(facts, leg, problem, now)
    return Answering(facts, leg, wanted), (OpenRecord(facts.record()), open_command(leg))


def arrived(facts: Facts, leg: Leg, wanted: MailboxId | None) -> tuple[Next, Commands]:
    """A caller who is answered already wants to open a mailbox; None: he is asked for its extension."""
    quiet = Connect(leg=leg.id, to=ToNothing())
    if wanted is None:
        state, asking = _ask_door(AtDoor(facts, leg), Prompt.ENTER_MAILBOX)
        return state, (quiet, *asking)
    return AtDoor(facts, leg), (quiet, LookAtBox(wanted))


def handle(state: State, event: CallEvent, now: float) -> tuple[Next, Commands]:
    """One step at a mailbox."""
    if isinstance(event, TimerFired) and event.timer == LONGEST:
        return end(state.facts, state.leg, Cause.TIME_LIMIT, now)
    over = over_or_away(state, event, now)
    if over is not None:
        following, commands = over
        return following, (*_forgotten(state, following), *commands)
    if isinstance(state, Answering):
        return _answering(state, event, now)
    match event:
        case OfferReceived() | AnswerReceived():
            leg, commands = negotiated(state.leg, event)
            return replace(state, leg=leg), commands
        case SessionConfirmed():
            return state, (KeepDialog(state.leg.id),)
    return _at_door(state, event, now) if isinstance(state, AtDoor) else _inside(state, event, now)


def _forgotten(state: State, following: Next) -> Commands:
    """A greeting that was not kept when the call ends."""
    if isinstance(state, Inside) and isinstance(state.at, Greet) and isinstance(following, Closing | None):
        if state.at.recording:
            return (StopRecord(record=_tape(state)),)
        if state.at.file:
            return (KeepGreeting(state.box.mailbox.id, None, state.at.file),)
    return ()


def _answering(state: Answering, event: CallEvent, now: float) -> tuple[Next, Commands]:
    if not isinstance(event, SessionConfirmed):
        return accepting(state, event, now)
    try:
        facts, leg, keeping = confirmed(state.facts, state.leg, event.sdp)
    except NotAcceptable:
        return end(state.facts, state.leg, Cause.INCOMPATIBLE_MEDIA, now)
    following, commands = arrived(facts, leg, state.mailbox)
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


def _play(state: AtDoor | Inside) -> PlayId:
    return PlayId(f"{state.leg.id}/mailbox-{state.said}")


def _say(state: AtDoor | Inside, words: tuple[Words, ...], *, interruptible: bool = True) -> Command:
    target = OfLeg(leg=state.leg.id)
    return Say(_play(state), target, words, state.facts.language, interruptible=interruptible)


# --- at the door ------------------------------------------------------------------------------------------


def _owner(state: AtDoor, box: Box | None) -> bool:
    """Whether the mailbox is the caller's own."""
    user = state.leg.party.user_id
    return box is not None and user is not None and box.mailbox.user == user


def _ask_door(state: AtDoor, asked: Prompt, *before: Prompt) -> tuple[AtDoor, Commands]:
    asking = replace(state, asked=asked, entry="", said=state.said + 1)
    return asking, (StopTimer(WAIT), _say(asking, (*before, asked)))


def _at_door(state: AtDoor, event: CallEvent, now: float) -> tuple[Next, Commands]:
    match event:
        case BoxSeen(box) if state.asked is None:
            return _seen(state, box)
        case PinChecked(right=True) if state.asked is None and state.box is not None:
            return _enter(state.facts, state.leg, state.box, state.said)
        case PinChecked(refused=True) if state.asked is None:
            words = (Prompt.PINS_REFUSED, Prompt.GOODBYE)
            return visit.farewell(state.facts, state.leg, words, Cause.CODES_REFUSED)
        case PinChecked() if state.asked is None:
            if state.tries <= 1:
                words = (Prompt.WRONG_PIN, Prompt.GOODBYE)
                return visit.farewell(state.facts, state.leg, words, Cause.WRONG_CODE)
            again = replace(state, tries=state.tries - 1)
            return _ask_door(again, Prompt.ENTER_PIN, Prompt.WRONG_PIN)
        case PlayEnded(play=play) if play == _play(state) and not state.entry:
            return state, (StartTimer(WAIT, KEY_SECONDS),)
        case TimerFired(timer="mailbox") if state.entry and state.asked is not None:
            return _entered(state)
        case TimerFired(timer="mailbox") if state.asked is not None:
            if state.silences <= 1:
                words = (Prompt.NOTHING_ENTERED, Prompt.GOODBYE)
                return visit.farewell(state.facts, state.leg, words, Cause.NO_CODE)
            return _ask_door(replace(state, silences=state.silences - 1), state.asked)
    key = typed(event)
    return (state, ()) if key is None or state.asked is None else _door_key(state, key)


def _seen(state: AtDoor, box: Box | None) -> tuple[Next, Commands]:
    """The mailbox is known; one there is not asks for a PIN that no one has."""
    state = replace(state, box=box)
    if box is not None and _owner(state, box) and not (box.has_pin and box.asks_pin):
        return _enter(state.facts, state.leg, box, state.said)
    if box is not None and box.mailbox.language and not _owner(state, box):
        state = replace(state, facts=replace(state.facts, language=box.mailbox.language))
    return _ask_door(state, Prompt.ENTER_PIN)


def _door_key(state: AtDoor, key: str) -> tuple[Next, Commands]:
    hush: Commands = () if state.entry else (StopPlay(play=_play(state)),)
    if key == "#":
        return _entered(state) if state.entry else (state, ())
    if key == "*":  # another mailbox
        following, asking = _ask_door(state, Prompt.ENTER_MAILBOX)
        return following, (*hush, *asking)
    if not key.isdecimal() or len(state.entry) >= MOST_DIGITS:
        return state, ()
    return replace(state, entry=state.entry + key), (*hush, StartTimer(WAIT, PAUSE_SECONDS))


def _entered(state: AtDoor) -> tuple[Next, Commands]:
    entry, waiting = state.entry, replace(state, entry="", asked=None)
    if state.asked is Prompt.ENTER_MAILBOX:
        return waiting, (StopTimer(WAIT), LookAtBox(None, entry))
    mailbox = state.box.mailbox.id if state.box is not None else None
    check = CheckPin(mailbox, state.leg.party, entry, owner=_owner(state, state.box))
    return waiting, (StopTimer(WAIT), check)


# --- inside -----------------------------------------------------------------------------------------------


def _enter(facts: Facts, leg: Leg, box: Box, said: int) -> tuple[Next, Commands]:
    state = Inside(facts, leg, box, Choosing(), said=said)
    if not box.has_pin:
        return _go(state, NewPin(forced=True), Prompt.MAILBOX_WELCOME)
    return _go(state, Choosing(), *_counted(box))


def _counted(box: Box) -> tuple[Words, ...]:
    new, old = len(box.of_age(heard=False)), len(box.of_age(heard=True))
    some_new: tuple[Words, ...] = (Number(new), Prompt.NEW_MESSAGES)
    some_old: tuple[Words, ...] = (Number(old), Prompt.OLD_MESSAGES)
    news = {0: (Prompt.NO_NEW_MESSAGE,), 1: (Prompt.ONE_NEW_MESSAGE,)}.get(new, some_new)
    olds = {0: (), 1: (Prompt.ONE_OLD_MESSAGE,)}.get(old, some_old)
    return (*news, *olds)


def _go(state: Inside, place: Place, *before: Words, silences: int = SILENCES) -> tuple[Inside, Commands]:
    """Be at a place, and say what can be done there."""
    going = replace(state, at=place, said=state.said + 1, silences=silences)
    words: tuple[Words, ...]
    match place:
        case Choosing():
            words = (Prompt.MAILBOX_MENU,)
        case Hearing(messages, at):
            words = (*_about(going, messages[at]), SoundFile(messages[at].file), Prompt.MESSAGE_MENU)
        case Setting():
            words = (Prompt.SETTINGS_MENU,)
        case NewPin(first=first):
            words = (Prompt.NEW_PIN if first is None else Prompt.NEW_PIN_AGAIN,)
        case Greet(kind, file=file) if file:
            words = (SoundFile(file), Prompt.REVIEW_GREETING)
        case Greet(kind):
            asked = Prompt.SAY_NAME if kind is Greeting.NAME else Prompt.SAY_GREETING
            words = (asked, Prompt.TONE_JOIN)
    to_the_tone = isinstance(place, Greet) and not place.file
    return going, (StopTimer(WAIT), _say(going, (*before, *words), interruptible=not to_the_tone))


def _about(state: Inside, message: Message) -> tuple[Words, ...]:
    """From whom and when."""
    caller: Party = message.caller
    if caller.name and state.facts.synthesis:
        who: tuple[Words, ...] = (Name(caller.name),)
    else:
        who = tuple(Number(int(digit)) for digit in caller.extension if digit in "0123456789")
    when = said_at(message.began, state.box.zone, state.facts.language)
    return (Prompt.MESSAGE_FROM, *(who or (Prompt.NUMBER_WITHHELD,)), Name(when))


def _inside(state: Inside, event: CallEvent, now: float) -> tuple[Next, Commands]:
    match event:
        case BoxSeen(box):  # what is there now; it was looked at anew for the menu
            return (state, ()) if box is None else (replace(state, box=box), ())
        case PlayEnded(play=play) if play == _play(state):
            return _played(state)
        case TimerFired(timer="mailbox"):
            return _silent(state)
        case PinTaken(taken) if isinstance(state.at, NewPin):
            if not taken:
                return _go(state, NewPin(forced=state.at.forced), Prompt.PIN_WEAK)
            if state.at.forced:
                return _go(state, Greet(Greeting.UNAVAILABLE), Prompt.PIN_SET)
            return _go(state, Setting(), Prompt.PIN_SET)
        case GreetingKept(kept) if isinstance(state.at, Greet):
            word = Prompt.GREETING_KEPT if kept else Prompt.MESSAGE_NOT_RECORDED
            return _go(state, Choosing(), word)
        case RecordEnded(record=record) if isinstance(state.at, Greet) and record == _tape(state):
            return _spoken(state, state.at, event)
    key = typed(event)
    return (state, ()) if key is None else _key(state, key, now)


def _played(state: Inside) -> tuple[Next, Commands]:
    """What was said is over: a key is awaited, or the greeting."""
    match state.at:
        case Greet(file=""):
            longest = LONGEST_NAME if state.at.kind is Greeting.NAME else LONGEST_GREETING
            recording = replace(state, at=replace(state.at, recording=True))
            writing = RecordGreeting(state.leg.id, _tape(state), state.box.mailbox.id)
            return recording, (writing, StartTimer(WAIT, longest))
        case Hearing(messages, at):
            return state, (TouchMessage(messages[at].id), StartTimer(WAIT, KEY_SECONDS))
        case NewPin(entry) if entry:
            return state, ()
        case _:
            return state, (StartTimer(WAIT, KEY_SECONDS),)


def _silent(state: Inside) -> tuple[Next, Commands]:
    """No key came in time."""
    match state.at:
        case Greet(recording=True):
            return state, (StopRecord(record=_tape(state)),)
        case NewPin(entry) if entry:
            return _pin_entered(state, state.at)
    if state.silences <= 1:
        leaving, commands = visit.farewell(state.facts, state.leg, (Prompt.GOODBYE,), Cause.NO_CODE)
        return leaving, (*_forgotten(state, None), *commands)
    place = Choosing() if isinstance(state.at, Hearing) else state.at
    return _go(state, place, silences=state.silences - 1)


def _key(state: Inside, key: str, now: float) -> tuple[Next, Commands]:
    match state.at:
        case Choosing():
            return _choose(state, key)
        case Hearing():
            return _hear(state, state.at, key, now)
        case Setting():
            return _set(state, key)
        case NewPin():
            return _pin_key(state, state.at, key)
        case Greet():
            return _greet_key(state, state.at, key)


def _choose(state: Inside, key: str) -> tuple[Next, Commands]:
    match key:
        case "1" | "2":
            found = state.box.of_age(heard=key == "2")
            if not found:
                return _go(state, Choosing(), Prompt.NO_MORE_MESSAGES)
            return _go(state, Hearing(found))
        case "5":
            return _go(state, Setting())
        case "#":
            return visit.farewell(state.facts, state.leg, (Prompt.GOODBYE,), Cause.CALLER_HUNG_UP)
        case _:
            return state, ()


def _hear(state: Inside, place: Hearing, key: str, now: float) -> tuple[Next, Commands]:
    message = place.messages[place.at]
    match key:
        case "7":
            return _next(state, place, TouchMessage(message.id, delete=True), Prompt.MESSAGE_DELETED)
        case "8":
            return _next(state, place, TouchMessage(message.id, archive=True), Prompt.MESSAGE_ARCHIVED)
        case "9":
            return _next(state, place, TouchMessage(message.id), Prompt.MESSAGE_KEPT)
        case "#":
            return _next(state, place, TouchMessage(message.id))
        case "*":
            return _go(state, replace(place, at=max(0, place.at - 1)))
        case "1":
            return _go(state, place)
        case "5":
            return _go(state, Setting())
        case "0":
            return _call_back(state, message, now)
        case _:
            return state, ()


def _call_back(state: Inside, message: Message, now: float) -> tuple[Next, Commands]:
    """Call who left a message, on the rights of the mailbox's owner; from a phone of the system only.

    A caller from outside who knows a PIN could have left the message himself, from a number of his choice.
    """
    caller, number = state.leg.party.user_id, message.caller.extension
    account = state.box.mailbox.user or caller
    if not number:
        return _go(state, Choosing(), Prompt.NUMBER_WITHHELD)
    if caller is None or account is None:
        return _go(state, Choosing(), Prompt.NOT_ALLOWED)
    following, commands = close(state.facts, (), Cause.TRANSFERRED, now)
    going = CallBack(state.facts, state.leg, number, account)
    return following, (StopPlay(play=_play(state)), TouchMessage(message.id), going, *commands)


def _next(state: Inside, place: Hearing, done: TouchMessage, *before: Prompt) -> tuple[Next, Commands]:
    """On to the next message; one that is gone can not be gone back to."""
    rest = place.messages
    at = place.at + 1
    if done.gone:
        rest = rest[: place.at] + rest[place.at + 1 :]
        at = place.at
    if at >= len(rest):
        following, commands = _menu(state, *before, Prompt.NO_MORE_MESSAGES)
    else:
        following, commands = _go(state, Hearing(rest, at), *before)
    return following, (done, *commands)


def _menu(state: Inside, *before: Words) -> tuple[Next, Commands]:
    """Back to the menu, with the mailbox as it is then."""
    following, commands = _go(state, Choosing(), *before)
    return following, (*commands, LookAtBox(state.box.mailbox.id))


def _set(state: Inside, key: str) -> tuple[Next, Commands]:
    match key:
        case "1":
            return _go(state, Greet(Greeting.UNAVAILABLE))
        case "2":
            return _go(state, Greet(Greeting.NAME))
        case "3":
            return _go(state, NewPin())
        case "4":
            return _go(state, Greet(Greeting.BUSY))
        case "*":
            return _menu(state)
        case _:
            return state, ()


# --- another PIN ------------------------------------------------------------------------------------------


def _pin_key(state: Inside, place: NewPin, key: str) -> tuple[Next, Commands]:
    if key == "#":
        return _pin_entered(state, place) if place.entry else (state, ())
    if key == "*" and not place.entry:
        return (state, ()) if place.forced else _go(state, Setting())
    if key == "*":
        return replace(state, at=replace(place, entry="")), (StartTimer(WAIT, KEY_SECONDS),)
    if not key.isdecimal() or len(place.entry) >= MOST_DIGITS:
        return state, ()
    hush: Commands = () if place.entry else (StopPlay(play=_play(state)),)
    typing = replace(state, at=replace(place, entry=place.entry + key))
    return typing, (*hush, StartTimer(WAIT, PAUSE_SECONDS))


def _pin_entered(state: Inside, place: NewPin) -> tuple[Next, Commands]:
    if place.first is None:
        return _go(state, NewPin(first=place.entry, forced=place.forced))
    if place.first != place.entry:
        return _go(state, NewPin(forced=place.forced), Prompt.PIN_DIFFERS)
    waiting = replace(state, at=replace(place, entry=""))
    by = state.leg.party.name or state.leg.party.extension
    return waiting, (StopTimer(WAIT), SetPin(state.box.mailbox.id, place.entry, by))


# --- another greeting -------------------------------------------------------------------------------------


def _tape(state: Inside) -> RecordId:
    return RecordId(f"{state.leg.id}/greeting-{state.said}")


def _greet_key(state: Inside, place: Greet, key: str) -> tuple[Next, Commands]:
    mailbox = state.box.mailbox.id
    if place.recording:
        return (state, (StopTimer(WAIT), StopRecord(record=_tape(state)))) if key == "#" else (state, ())
    forget: Commands = (KeepGreeting(mailbox, None, place.file),) if place.file else ()
    match key:
        case "1" if place.file:
            return state, (StopTimer(WAIT), KeepGreeting(mailbox, place.kind, place.file))
        case "2" if place.file:
            return _go(state, place)
        case "3" if place.file:
            following, commands = _go(state, Greet(place.kind))
            return following, (*forget, *commands)
        case "*" | "#":  # without one
            following, commands = _go(state, Choosing())
            return following, (*forget, *commands)
        case _:
            return state, ()


def _spoken(state: Inside, place: Greet, event: RecordEnded) -> tuple[Next, Commands]:
    """The greeting's sound is there."""
    if event.error or event.reason == "disk":
        following, commands = _go(state, Choosing(), Prompt.MESSAGE_NOT_RECORDED)
        return following, (KeepGreeting(state.box.mailbox.id, None, event.path), *commands)
    if event.duration < _SHORTEST:
        following, commands = _go(state, Greet(place.kind), Prompt.MESSAGE_TOO_SHORT)
        return following, (KeepGreeting(state.box.mailbox.id, None, event.path), *commands)
    return _go(state, Greet(place.kind, file=event.path))
