"""A caller's visit to a conference: answered, asked for the code where there is one, in the room, out again.

The room itself is `conference.py`, with its own reducer; a visit holds a membership.
"""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.calls import conference as conference_room
from switchroom.calls import info, naming, receptionist, refusal, welcome
from switchroom.calls.answering import accepted, confirmed, hang_up, negotiated, prepared, why_over
from switchroom.calls.call import AWAY, REPLACED, Closing, Facts, cause_of_end, close, named
from switchroom.calls.change import replace
from switchroom.calls.commands import (
    AcceptLeg,
    CheckCode,
    Command,
    Commands,
    HangUpLeg,
    KeepDialog,
    OpenRecord,
    RefuseOffer,
    Say,
    StartTimer,
    StopTimer,
    TellRoom,
)
from switchroom.calls.events import (
    CallEvent,
    CodeChecked,
    LegAway,
    LegBack,
    LegReplaced,
    ParticipantAway,
    ParticipantEntered,
    ParticipantHeld,
    ParticipantLeft,
    ParticipantPromoted,
    ParticipantReady,
    ParticipantReplaced,
    PortBound,
    RoomEntered,
    RoomLeft,
    RoomOpened,
    RoomRefused,
    TimerFired,
    Verdict,
)
from switchroom.calls.leg import (
    Leg,
    NotAcceptable,
    open_command,
)
from switchroom.calls.minutes import Entrance
from switchroom.calls.receptionist import Admitted, Desk, TurnedAway
from switchroom.calls.records import Cause
from switchroom.calls.ringing import refuse_media
from switchroom.calls.room_events import KeyPressed
from switchroom.calls.values import Prompt, SoundFile, TimerName, Words
from switchroom.directory.model import Conference, NameAnnouncement
from switchroom.media.types import (
    CloseLeg,
    Connect,
    DtmfReceived,
    LegId,
    OfLeg,
    PlayEnded,
    PlayId,
    RecordEnded,
    StopRecord,
    ToNothing,
)
from switchroom.sip.events import (
    AnswerReceived,
    InfoReceived,
    OfferReceived,
    SessionCancelled,
    SessionConfirmed,
    SessionEnded,
)

FAREWELL = TimerName("farewell")
_LONGEST_FAREWELL = 20.0
_REFUSALS = {
    Cause.ROOM_FULL: (486, Prompt.ROOM_FULL),
    Cause.CONFERENCE_ENDED: (480, Prompt.CONFERENCE_ENDED),
    Cause.ROOM_LOCKED: (480, Prompt.ROOM_LOCKED),
    Cause.BLOCKED: (403, Prompt.BLOCKED),
}
_FAREWELLS = {
    Cause.REMOVED: Prompt.REMOVED,
    Cause.NOT_ADMITTED: Prompt.NOT_ADMITTED,
    Cause.ALONE: Prompt.ALONE_ENDED,
}
"""What is said to who is no longer in the room; the end of a conference was announced in it."""


@dataclass(frozen=True, slots=True)
class Answering:
    """The port is awaited, then the ACK. `placed` once the room has taken the leg, with "waiting" as its
    value."""

    facts: Facts
    leg: Leg
    conference: Conference
    placed: RoomEntered | None = None


@dataclass(frozen=True, slots=True)
class AtDesk:
    """The receptionist asks for the code."""

    facts: Facts
    leg: Leg
    conference: Conference
    desk: receptionist.State


@dataclass(frozen=True, slots=True)
class Welcoming:
    """Somebody who was called is told what he is invited to (`invite.py`)."""

    facts: Facts
    leg: Leg
    conference: Conference
    welcome: welcome.State


@dataclass(frozen=True, slots=True)
class Naming:
    """The caller is asked for his name. `administrator`: proved by the code."""

    facts: Facts
    leg: Leg
    conference: Conference
    naming: naming.State
    administrator: bool = False


@dataclass(frozen=True, slots=True)
class Entering:
    """The code was right; the room is about to decide."""

    facts: Facts
    leg: Leg
    conference: Conference


@dataclass(frozen=True, slots=True)
class Waiting:
    """The administrator is awaited, or in the lobby. What is typed may be the administrator's code."""

    facts: Facts
    leg: Leg
    conference: Conference
    typed: str = ""
    lobby: bool = False


@dataclass(frozen=True, slots=True)
class Inside:
    """In the room."""

    facts: Facts
    leg: Leg
    conference: Conference


@dataclass(frozen=True, slots=True)
class Leaving:
    """Last words are played, then we hang up."""

    facts: Facts
    leg: Leg
    cause: Cause


State = Answering | AtDesk | Welcoming | Naming | Entering | Waiting | Inside | Leaving
Next = State | refusal.State | Closing | None


def start(
    facts: Facts, leg: Leg, offer: bytes | None, conference: Conference, now: float
) -> tuple[Next, Commands]:
    """Answer a caller of a conference. `leg` has neither ports nor media yet."""
    try:
        leg = prepared(leg, offer)
    except NotAcceptable as problem:
        return refuse_media(facts, leg, problem, now)
    stopped = offer is None or _asks(facts, conference) or _asks_name(facts, conference)
    entering: Commands = () if stopped else (_enter(facts, leg, conference),)
    return Answering(facts, leg, conference), (OpenRecord(facts.record()), open_command(leg), *entering)


def _asks(facts: Facts, conference: Conference) -> bool:
    """Whether the receptionist asks for a code: not who came by a link that stands for it (S1-15), who was
    there a moment ago, or whose own device it is that runs the conference."""
    visitor = facts.visitor
    known = facts.expected or (visitor.user_id is not None and visitor.user_id == conference.administrator)
    return bool(conference.access_code) and not (known or (facts.guest is not None and facts.guest.skip_code))


def _asks_name(facts: Facts, conference: Conference) -> bool:
    """Whether who comes has to say his name: not who was called, or comes back."""
    said = conference.names is NameAnnouncement.RECORDED or (
        conference.names is NameAnnouncement.SPOKEN and not facts.synthesis
    )
    return said and facts.invitation is None and not facts.expected


def _enter(
    facts: Facts, leg: Leg, conference: Conference, proved: bool = False, name: SoundFile | None = None
) -> TellRoom:
    guest = facts.guest
    entered = ParticipantEntered(
        facts.id,
        leg.id,
        facts.visitor,
        conference,
        facts.language,
        proved or (guest is not None and guest.administrator),
        entrance=_entrance(facts),
        invited=facts.invitation is not None and facts.invitation.vouched,
        lobby=guest is not None and guest.lobby,
        browser=leg.browser,
        name=name,
    )
    return TellRoom(conference.id, entered)


def _entrance(facts: Facts) -> Entrance:
    if facts.invitation is not None:
        return Entrance.INVITATION
    if facts.guest is not None:
        return Entrance.LINK
    return Entrance.SERVER if facts.by_server else Entrance.EXTENSION


def _at_the_door(
    facts: Facts, leg: Leg, conference: Conference, proved: bool = False
) -> tuple[State, Commands]:
    """The code was right, or there is none: what is left to ask, then the room."""
    if not _asks_name(facts, conference):
        return Entering(facts, leg, conference), (_enter(facts, leg, conference, proved),)
    asking, commands = naming.start(leg.id, facts.language)
    return Naming(facts, leg, conference, asking, proved), commands


def arrived(facts: Facts, leg: Leg, conference: Conference) -> tuple[State, Commands]:
    """A caller whose dialog is confirmed has said which conference he wants: the code, or what is left."""
    if _asks(facts, conference):
        desk, asking = receptionist.start(Desk(leg.id, conference.id, facts.visitor, facts.language))
        return AtDesk(facts, leg, conference, desk), asking
    return _at_the_door(facts, leg, conference)


def _named(state: Naming, outcome: naming.Outcome, commands: Commands) -> tuple[Next, Commands]:
    if not isinstance(outcome, naming.Named):
        return replace(state, naming=outcome), commands
    facts, leg, conference = state.facts, state.leg, state.conference
    entering = _enter(facts, leg, conference, state.administrator, outcome.name)
    return Entering(facts, leg, conference), (*commands, entering)


def handle(state: State, event: CallEvent, now: float) -> tuple[Next, Commands]:
    """One step of a visit."""
    match event:
        case SessionCancelled():
            return _gone(state, Cause.CANCELLED, 487, now)
        case SessionEnded(cause=end):
            return _gone(state, cause_of_end(end, by_caller=state.facts.invitation is None), None, now)
        case TimerFired(timer="longest"):
            return _say_goodbye(state, (Prompt.TIME_LIMIT, Prompt.GOODBYE), Cause.TIME_LIMIT)
        case LegAway(_, seconds):
            return state, (StartTimer(AWAY, seconds), *_away(state, True))
        case LegBack():
            return state, (StopTimer(AWAY), *_away(state, False))
        case LegReplaced(_, leg) if isinstance(state, AtDesk | Welcoming | Naming | Waiting | Inside):
            return _replaced(state, leg)
        case OfferReceived() | AnswerReceived():
            return _negotiated(state, event)
        case InfoReceived(content_type=content_type, body=body):
            typed = info.digit_of(content_type, body)
            return _digit(state, typed) if typed else (state, ())
        case DtmfReceived(digit=typed):
            return _digit(state, typed)
        case RoomEntered() | RoomOpened() | RoomRefused() | RoomLeft():
            return _room(state, event, now)
    if cause := why_over(event, state.leg):
        return _end(state, cause, now)
    return _step(state, event, now)


def _step(state: State, event: CallEvent, now: float) -> tuple[Next, Commands]:
    match state, event:
        case Answering(), PortBound():
            facts, leg, accepting = accepted(state.facts, state.leg, event, now)
            return replace(state, facts=facts, leg=leg), accepting
        case Answering(), SessionConfirmed(sdp=sdp):
            return _confirmed(state, sdp, now)
        case ((AtDesk() | Welcoming() | Naming() | Waiting() | Inside()), SessionConfirmed(session=leg)):
            return state, (KeepDialog(LegId(leg)),)
        case AtDesk(), (PlayEnded() | TimerFired() | CodeChecked()):
            outcome, commands = receptionist.handle(state.desk, _desk(state), event)
            return _after_desk(state, outcome, commands)
        case Welcoming(), (PlayEnded() | TimerFired()):
            return _welcomed(state, *welcome.handle(state.welcome, state.leg.id, event))
        case Naming(), (PlayEnded() | TimerFired() | RecordEnded()):
            return _named(state, *naming.handle(state.naming, state.leg.id, event))
        case Waiting(), TimerFired(timer="code"):
            return _check_typed(state)
        case Waiting(), CodeChecked(Verdict.ADMINISTRATOR):
            return state, (TellRoom(state.conference.id, ParticipantPromoted(state.leg.id)),)
        case Waiting(), CodeChecked((Verdict.WRONG | Verdict.REFUSED) as verdict):
            wrong = Prompt.WRONG_CODE if verdict is Verdict.WRONG else Prompt.CODES_REFUSED
            told = (wrong, Prompt.LOBBY if state.lobby else Prompt.WAIT_FOR_ADMINISTRATOR)
            return state, conference_room.tell(state.conference, state.leg.id, state.facts.language, *told)
        case Leaving(cause=cause), (PlayEnded() | TimerFired(timer="farewell")):
            if isinstance(event, PlayEnded) and event.play != _farewell(state.leg.id):
                return state, ()
            return _end(state, cause, now)
        case _:
            return state, ()


def _confirmed(state: Answering, sdp: bytes | None, now: float) -> tuple[Next, Commands]:
    try:
        facts, leg, keeping = confirmed(state.facts, state.leg, sdp)
    except NotAcceptable:
        return _end(state, Cause.INCOMPATIBLE_MEDIA, now)
    if state.placed is not None:
        return _placed(replace(state, facts=facts, leg=leg), state.placed, [*keeping])
    following, asking = arrived(facts, leg, state.conference)
    return following, (*keeping, *asking)


def _placed(
    state: Answering | Entering, entered: RoomEntered, before: list[Command]
) -> tuple[Next, Commands]:
    before.append(TellRoom(state.conference.id, ParticipantReady(state.leg.id)))
    if state.leg.held:
        before.append(TellRoom(state.conference.id, ParticipantHeld(state.leg.id, True)))
    if entered.waiting:
        return Waiting(state.facts, state.leg, state.conference, lobby=entered.lobby), tuple(before)
    return Inside(state.facts, state.leg, state.conference), tuple(before)


def _room(
    state: State, event: RoomEntered | RoomOpened | RoomRefused | RoomLeft, now: float
) -> tuple[Next, Commands]:
    match state, event:
        case Answering(), RoomEntered():
            return replace(state, placed=event), ()
        case Entering(), RoomEntered():
            return _placed(state, event, [])
        case Answering(placed=RoomEntered() as entered), RoomOpened():
            return replace(state, placed=replace(entered, waiting=False)), ()
        case Waiting(), RoomEntered(waiting=True, lobby=lobby):
            return replace(state, lobby=lobby), ()
        case Waiting(), RoomOpened():
            return Inside(state.facts, state.leg, state.conference), (StopTimer(receptionist.CODE),)
        case Answering(leg=Leg(port=0)), RoomRefused(cause=cause):
            status, prompt = _REFUSALS[cause]
            return refusal.Preparing(state.facts, state.leg, status, (prompt,), cause), ()
        case ((Answering() | Entering()), RoomRefused(cause=cause)):
            return _say_goodbye(state, (_REFUSALS[cause][1], Prompt.GOODBYE), cause)
        case Waiting(), RoomLeft(cause=Cause.CONFERENCE_ENDED as cause):
            return _say_goodbye(state, (Prompt.CONFERENCE_ENDED, Prompt.GOODBYE), cause, left=True)
        case _, RoomLeft(cause=cause) if cause in _FAREWELLS and state.leg.port:
            return _say_goodbye(state, (_FAREWELLS[cause], Prompt.GOODBYE), cause, left=True)
        case _, RoomLeft(cause=cause):
            return _end(state, cause, now, left=True)
        case _:
            return state, ()


def _desk(state: AtDesk) -> Desk:
    return Desk(state.leg.id, state.conference.id, state.facts.visitor, state.facts.language)


def _after_desk(state: AtDesk, outcome: receptionist.Outcome, commands: Commands) -> tuple[Next, Commands]:
    match outcome:
        case Admitted(administrator):
            at_door, entering = _at_the_door(state.facts, state.leg, state.conference, administrator)
            return at_door, (*commands, *entering)
        case TurnedAway(prompts, cause):
            following, more = _say_goodbye(state, prompts, cause)
            return following, (*commands, *more)
        case receptionist.Found():
            return state, commands
        case _:
            return replace(state, desk=outcome), commands


def invited(facts: Facts, leg: Leg, conference: Conference) -> tuple[Welcoming, Commands]:
    """Somebody who was called has answered: say what this is."""
    words, saying = welcome.start(leg.id, facts.language, confirm=conference.confirm_invitees)
    return Welcoming(facts, leg, conference, words), saying


def _welcomed(state: Welcoming, outcome: welcome.Outcome, commands: Commands) -> tuple[Next, Commands]:
    match outcome:
        case welcome.Come():
            entering = Entering(state.facts, state.leg, state.conference)
            return entering, (*commands, _enter(state.facts, state.leg, state.conference))
        case TurnedAway(prompts, cause):
            following, more = _say_goodbye(state, prompts, cause)
            return following, (*commands, *more)
        case _:
            return replace(state, welcome=outcome), commands


def _digit(state: State, typed: str) -> tuple[Next, Commands]:
    match state:
        case AtDesk():
            outcome, commands = receptionist.digit(state.desk, _desk(state), typed)
            return _after_desk(state, outcome, commands)
        case Welcoming(facts=facts, leg=leg):
            return _welcomed(state, *welcome.digit(state.welcome, leg.id, facts.language, typed))
        case Naming(leg=leg):
            return _named(state, *naming.digit(state.naming, leg.id, typed))
        case Inside():
            return state, (TellRoom(state.conference.id, KeyPressed(state.leg.id, typed)),)
        case Waiting() if state.conference.administrator_code:
            if typed == "#":
                return _check_typed(state)
            if not typed.isdecimal():
                return replace(state, typed=""), (StopTimer(receptionist.CODE),)
            typed = (state.typed + typed)[: receptionist.MAX_DIGITS]
            return replace(state, typed=typed), (StartTimer(receptionist.CODE, receptionist.PAUSE_SECONDS),)
        case _:
            return state, ()


def _check_typed(state: Waiting) -> tuple[Next, Commands]:
    if not state.typed:
        return state, ()
    check = CheckCode(state.conference.id, state.facts.visitor, state.typed)
    return replace(state, typed=""), (StopTimer(receptionist.CODE), check)


def _negotiated(state: State, event: OfferReceived | AnswerReceived) -> tuple[Next, Commands]:
    """Hold, resume, another codec. A held participant is not heard, and so is its music (G-04)."""
    was = state.leg
    offered = isinstance(event, OfferReceived)
    if offered and isinstance(state, Answering) and (was.media is None or not was.port):
        return state, (RefuseOffer(was.id, 488),)
    leg, commands = negotiated(was, event)
    here = _away(state, False) if offered and leg.browser and leg is not was else ()
    state = replace(state, leg=leg)
    if leg.held == was.held or not isinstance(state, Waiting | Inside):
        return state, (*commands, *here)
    return state, (*commands, *here, TellRoom(state.conference.id, ParticipantHeld(leg.id, leg.held)))


def _away(state: State, away: bool) -> Commands:
    """The room is told that a page is gone, or back."""
    if isinstance(state, Waiting | Inside):
        return (TellRoom(state.conference.id, ParticipantAway(state.leg.id, away)),)
    return ()


def _replaced(state: AtDesk | Welcoming | Naming | Waiting | Inside, leg: Leg) -> tuple[Next, Commands]:
    """Another device of the same person goes on with the visit: same place, same rights, same tries."""
    old = state.leg.id
    state = replace(state, leg=leg, facts=state.facts.called_by(leg))
    commands: list[Command] = [AcceptLeg(leg.id, leg.sdp)]
    if isinstance(state, AtDesk):
        desk, asking = receptionist.again(state.desk, _desk(state))
        state = replace(state, desk=desk)
        commands += asking
    elif isinstance(state, Welcoming):
        words, saying = welcome.again(state.welcome, leg.id, state.facts.language)
        state = replace(state, welcome=words)
        commands += saying
    elif isinstance(state, Naming):
        asked, asking = naming.again(state.naming, old, leg.id, state.facts.language)
        state = replace(state, naming=asked)
        commands += asking
    else:
        replaced = ParticipantReplaced(old, leg.id, leg.party, leg.held, leg.browser)
        commands.append(TellRoom(state.conference.id, replaced))
    return state, (*commands, HangUpLeg(old, REPLACED), CloseLeg(leg=old), StopTimer(AWAY))


def _farewell(leg: LegId) -> PlayId:
    return PlayId(f"{leg}/farewell")


def _say_goodbye(
    state: State, prompts: tuple[Prompt, ...], cause: Cause, *, left: bool = False
) -> tuple[Next, Commands]:
    """Leave the room, hear why, and be hung up on."""
    if isinstance(state, Leaving):
        return state, ()
    leg = state.leg
    commands: list[Command] = [] if left else _leave(state, cause)
    if isinstance(state, Naming):
        commands += [StopRecord(record=naming.record_id(leg.id)), StopTimer(naming.NAME)]
    leaving, words = farewell(state.facts, leg, prompts, cause)
    return leaving, (*commands, *words)


def farewell(facts: Facts, leg: Leg, prompts: tuple[Words, ...], cause: Cause) -> tuple[Leaving, Commands]:
    """Say why, and hang up then."""
    return Leaving(facts, leg, cause), (
        Connect(leg=leg.id, to=ToNothing()),
        Say(_farewell(leg.id), OfLeg(leg=leg.id), prompts, facts.language),
        StartTimer(FAREWELL, _LONGEST_FAREWELL),
        StopTimer(receptionist.CODE),
    )


def _leave(state: State, cause: Cause) -> list[Command]:
    """Tell the room, where it knows the leg (or may: telling twice does no harm)."""
    if isinstance(state, AtDesk | Welcoming | Naming | Leaving) or (
        isinstance(state, Answering) and state.placed is None
    ):
        return []
    return [TellRoom(state.conference.id, ParticipantLeft(state.leg.id, cause))]


def _end(state: State, cause: Cause, now: float, *, left: bool = False) -> tuple[Next, Commands]:
    """Hang up, or refuse where not answered yet."""
    following, commands = _gone(state, cause, None if state.leg.port else 503, now, left=left)
    return following, (*hang_up(state.leg, cause, named(cause)), *commands)


def _gone(
    state: State, cause: Cause, status: int | None, now: float, *, left: bool = False
) -> tuple[Next, Commands]:
    """The caller's session is over."""
    if isinstance(state, Leaving):
        cause = state.cause
    following, commands = close(state.facts, (state.leg,), cause, now, status)
    return following, ((() if left else tuple(_leave(state, cause))) + commands)
