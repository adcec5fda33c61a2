"""A conference room: who is in it, who waits, what they hear. Its own reducer; calls hold a membership (G-01
to G-06)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from switchroom.calls.change import replace
from switchroom.calls.commands import (
    Command,
    Commands,
    PlayMusic,
    Say,
    StartTimer,
    TellCall,
)
from switchroom.calls.events import (
    EjectOrdered,
    ParticipantEntered,
    ParticipantHeld,
    ParticipantLeft,
    ParticipantPromoted,
    ParticipantReady,
    ParticipantReplaced,
    RoomEntered,
    RoomEvent,
    RoomLeft,
    RoomOpened,
    RoomRefused,
    TimerFired,
)
from switchroom.calls.records import Cause
from switchroom.calls.values import CallId, Party, Prompt, TimerName
from switchroom.directory.model import Conference
from switchroom.media.types import (
    CloseRoom,
    Connect,
    LegId,
    OfLeg,
    OfRoom,
    OpenRoom,
    PlayEnded,
    PlayId,
    RoomId,
    StopPlay,
    ToNothing,
    ToRoom,
)

ENDING = TimerName("ending")
_ENDING_SECONDS = 15.0
TONE_SECONDS = 0.3
"""Tones closer together than this are one."""


@dataclass(frozen=True, slots=True)
class Member:
    """A leg in the room or waiting for it. `ready`: its dialog is confirmed, so that it hears us."""

    call: CallId
    leg: LegId
    party: Party
    language: str
    joined_at: float
    administrator: bool = False
    held: bool = False
    ready: bool = False


Members = Mapping[LegId, Member]
NOBODY: Members = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Gathering:
    """The administrator is awaited (G-04): everybody hears music and nobody anybody."""

    room: RoomId
    conference: Conference
    members: Members = field(default_factory=lambda: NOBODY)


@dataclass(frozen=True, slots=True)
class Meeting:
    """The room is open. `alone` is the leg that is being told it is the only one; `tones` counts tones
    played."""

    room: RoomId
    conference: Conference
    members: Members = field(default_factory=lambda: NOBODY)
    alone: LegId | None = None
    tones: int = 0
    last_tone: float = -1.0


@dataclass(frozen=True, slots=True)
class Ending:
    """The administrator left and the conference ends with him: the announcement is played."""

    room: RoomId
    conference: Conference
    members: Members


State = Gathering | Meeting | Ending


def empty(conference: Conference) -> State:
    """A room that nobody is in yet; the worker does not know it."""
    room = RoomId(str(conference.id))
    return Gathering(room, conference) if conference.wait_for_administrator else Meeting(room, conference)


def handle(state: State, event: RoomEvent, now: float) -> tuple[State | None, Commands]:
    """One step of a room; None when the last one left."""
    match event:
        case ParticipantEntered():
            return _enter(replace(state, conference=event.conference), event, now)
        case ParticipantReady(leg):
            return _ready(state, leg, now)
        case ParticipantLeft(leg):
            return _left(state, leg, now)
        case ParticipantHeld(leg, held):
            return _held(state, leg, held)
        case ParticipantPromoted(leg):
            return _promoted(state, leg, now)
        case ParticipantReplaced():
            return _replaced(state, event)
        case EjectOrdered(leg):
            member = state.members.get(leg)
            if member is None:
                return state, ()
            following, commands = _left(state, leg, now)
            return following, (*commands, TellCall(member.call, RoomLeft(leg, Cause.REMOVED)))
        case PlayEnded(play=play) if isinstance(state, Ending) and play == _announcement(state.room):
            return _end(state)
        case TimerFired(timer="ending") if isinstance(state, Ending):
            return _end(state)
        case _:
            return state, ()


def _changed(members: Members, member: Member) -> Members:
    return MappingProxyType({**members, member.leg: member})


def _without(members: Members, leg: LegId) -> Members:
    return MappingProxyType({key: member for key, member in members.items() if key != leg})


def _announcement(room: RoomId) -> PlayId:
    return PlayId(f"{room}/announcement")


def _personal(leg: LegId) -> tuple[PlayId, PlayId]:
    """The players of what one leg alone is told: words, then music. They are queued, so they need two
    names."""
    return PlayId(f"{leg}/told"), PlayId(f"{leg}/told-music")


def tell(leg: LegId, language: str, *prompts: Prompt) -> Commands:
    """Say something to one leg, then music, until it is hushed."""
    words, music = _personal(leg)
    target = OfLeg(leg=leg)
    return Say(words, target, prompts, language), PlayMusic(music, target, after=True)


def _tell(member: Member, *prompts: Prompt) -> Commands:
    return tell(member.leg, member.language, *prompts)


def _hush(leg: LegId) -> Commands:
    words, music = _personal(leg)
    return StopPlay(play=music), StopPlay(play=words)


def _join(room: RoomId, member: Member) -> Command:
    return Connect(leg=member.leg, to=ToRoom(room=room, muted=member.held))


def _enter(state: State, event: ParticipantEntered, now: float) -> tuple[State | None, Commands]:
    limit = state.conference.max_participants
    if isinstance(state, Ending):
        return state, (TellCall(event.call, RoomRefused(event.leg, Cause.CONFERENCE_ENDED)),)
    if limit is not None and len(state.members) >= limit and not event.administrator:
        following = state if state.members else None
        return following, (TellCall(event.call, RoomRefused(event.leg, Cause.ROOM_FULL)),)
    member = Member(event.call, event.leg, event.party, event.language, now, event.administrator)
    entered = TellCall(event.call, RoomEntered(event.leg, waiting=False))
    match state:
        case Gathering() if not member.administrator:
            waiting = replace(state, members=_changed(state.members, member))
            return waiting, (TellCall(event.call, RoomEntered(event.leg, waiting=True)),)
        case Gathering():
            meeting, commands = _open(state)
            meeting = replace(meeting, members=_changed(meeting.members, member))
            return meeting, (*commands, _join(state.room, member), entered)
        case Meeting():
            opening: Commands = () if state.members else (OpenRoom(room=state.room),)
            hush = _hush(state.alone) if state.alone is not None else ()
            meeting = replace(state, members=_changed(state.members, member), alone=None)
            return meeting, (*opening, *hush, _join(state.room, member), entered)


def _open(state: Gathering) -> tuple[Meeting, Commands]:
    """The administrator is here: everybody enters."""
    commands: list[Command] = [OpenRoom(room=state.room)]
    for member in state.members.values():
        commands += _hush(member.leg)
        commands.append(_join(state.room, member))
        commands.append(TellCall(member.call, RoomOpened(member.leg)))
    return Meeting(state.room, state.conference, state.members), tuple(commands)


def _ready(state: State, leg: LegId, now: float) -> tuple[State, Commands]:
    member = state.members.get(leg)
    if member is None or member.ready:
        return state, ()
    member = replace(member, ready=True)
    state = replace(state, members=_changed(state.members, member))
    match state:
        case Gathering():
            return state, _tell(member, Prompt.WAIT_FOR_ADMINISTRATOR)
        case Meeting():
            if len(state.members) == 1:
                return replace(state, alone=leg), _tell(member, Prompt.ALONE)
            return _tone(state, Prompt.TONE_JOIN, now)
        case Ending():
            return state, ()


def _tone(state: Meeting, tone: Prompt, now: float) -> tuple[Meeting, Commands]:
    if not state.conference.tones or 0 <= now - state.last_tone < TONE_SECONDS:
        return state, ()
    state = replace(state, tones=state.tones + 1, last_tone=now)
    play = PlayId(f"{state.room}/tone{state.tones}")
    return state, (Say(play, OfRoom(room=state.room), (tone,), state.conference.language or "en"),)


def _left(state: State, leg: LegId, now: float) -> tuple[State | None, Commands]:
    member = state.members.get(leg)
    if member is None:
        return state, ()
    members = _without(state.members, leg)
    commands: list[Command] = [*_hush(leg), Connect(leg=leg, to=ToNothing())]
    if not members:
        closing: Commands = () if isinstance(state, Gathering) else (CloseRoom(room=state.room),)
        return None, (*commands, *closing)
    if not isinstance(state, Meeting):
        return replace(state, members=members), tuple(commands)
    meeting = replace(state, members=members)
    if member.administrator and state.conference.end_when_administrator_leaves and not _led(members.values()):
        return Ending(state.room, state.conference, members), (
            *commands,
            Say(
                _announcement(state.room),
                OfRoom(room=state.room),
                (Prompt.CONFERENCE_ENDED,),
                state.conference.language or member.language,
            ),
            StartTimer(ENDING, _ENDING_SECONDS),
        )
    if len(members) == 1:
        (last,) = members.values()
        if not last.ready:
            return meeting, tuple(commands)
        prompts = (Prompt.TONE_LEAVE, Prompt.ALONE) if state.conference.tones else (Prompt.ALONE,)
        return replace(meeting, alone=last.leg), (*commands, *_tell(last, *prompts))
    meeting, tone = _tone(meeting, Prompt.TONE_LEAVE, now)
    return meeting, (*commands, *tone)


def _led(members: Iterable[Member]) -> bool:
    return any(member.administrator for member in members)


def _held(state: State, leg: LegId, held: bool) -> tuple[State, Commands]:
    member = state.members.get(leg)
    if member is None or member.held == held:
        return state, ()
    member = replace(member, held=held)
    state = replace(state, members=_changed(state.members, member))
    return state, () if isinstance(state, Gathering) else (_join(state.room, member),)


def _promoted(state: State, leg: LegId, now: float) -> tuple[State, Commands]:
    member = state.members.get(leg)
    if member is None or member.administrator:
        return state, ()
    state = replace(state, members=_changed(state.members, replace(member, administrator=True)))
    if not isinstance(state, Gathering):
        return state, ()
    meeting, commands = _open(state)
    if len(meeting.members) == 1:
        (only,) = meeting.members.values()
        return replace(meeting, alone=only.leg), (*commands, *_tell(only, Prompt.ALONE))
    meeting, tone = _tone(meeting, Prompt.TONE_JOIN, now)
    return meeting, (*commands, *tone)


def _replaced(state: State, event: ParticipantReplaced) -> tuple[State, Commands]:
    """One device takes another one's place: who listens hears no tone and misses nothing."""
    member = state.members.get(event.old)
    if member is None:
        return state, ()
    member = replace(member, leg=event.leg, party=event.party, held=event.held)
    # In the old place, so that nobody's order changes.
    kept = (member if one.leg == event.old else one for one in state.members.values())
    state = replace(state, members=MappingProxyType({one.leg: one for one in kept}))
    music: Commands = (PlayMusic(_personal(member.leg)[1], OfLeg(leg=member.leg)),)
    match state:
        case Gathering():
            return state, (*_hush(event.old), *music)
        case Meeting(alone=alone) if alone == event.old:
            state = replace(state, alone=member.leg)
        case _:
            music = ()
    leaving = Connect(leg=event.old, to=ToNothing())
    return state, (*_hush(event.old), leaving, _join(state.room, member), *music)


def _end(state: Ending) -> tuple[None, Commands]:
    telling = (
        TellCall(member.call, RoomLeft(member.leg, Cause.CONFERENCE_ENDED))
        for member in state.members.values()
    )
    return None, (*telling, CloseRoom(room=state.room))
