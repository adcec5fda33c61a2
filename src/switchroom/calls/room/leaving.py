"""Out of a room: goodbyes, lost lines, removals, limits, the end for all."""

from __future__ import annotations

from collections.abc import Iterable

from switchroom.calls.change import replace
from switchroom.calls.commands import Command, Commands, Say, StartTimer, TellCall
from switchroom.calls.events import RoomLeft
from switchroom.calls.records import Cause
from switchroom.calls.room import speech
from switchroom.calls.room.state import (
    ENDING,
    Absent,
    Block,
    Ending,
    Gathering,
    Kind,
    Meeting,
    Member,
    State,
    becoming,
    identity,
    led,
    mark,
    those_inside,
    without,
)
from switchroom.calls.values import Prompt, Words
from switchroom.media.types import Connect, LegId, OfRoom, ToNothing

RETURN_SECONDS = 60.0
"""Who was cut off has so long to come back as he was."""
BLOCK_SECONDS = 300.0
"""Who was removed can not come back before."""
REFUSED_SECONDS = 60.0
"""Who was turned away in the lobby can not ask again before."""
_ENDING_SECONDS = 15.0
WITHOUT_GOODBYE = frozenset(
    {Cause.SIGNALLING_LOST, Cause.MEDIA_TIMEOUT, Cause.MEDIA_FAILED, Cause.SHUTDOWN, Cause.INTERNAL_ERROR}
)
"""Ends that nobody wanted."""


def left(state: State, leg: LegId, cause: Cause | None, now: float) -> tuple[State, Commands]:
    """A member is gone. None in the room: whoever opened it closes it."""
    member = state.members.get(leg)
    if member is None:
        return state, ()
    state = _remembered(without(state, leg), member, cause, now)
    commands: list[Command] = [*speech.hush(leg), Connect(leg=leg, to=ToNothing())]
    if state.alone == leg:
        state = replace(state, alone=None)
    if not isinstance(state, Meeting) or not member.inside:
        return state, tuple(commands)
    inside = those_inside(state)
    if not inside:
        return state, tuple(commands)
    if _ends_with(state, member):
        ending, announcing = end(state, Prompt.CONFERENCE_ENDED)
        return ending, (*commands, *announcing)
    state, telling = _heard_by_rest(state, member, inside, now)
    return state, (*commands, *telling)


def _heard_by_rest(
    state: Meeting, member: Member, inside: list[Member], now: float
) -> tuple[State, Commands]:
    if len(inside) > 1:
        return speech.went(state, member, now)
    (last,) = inside
    if not last.ready:
        return state, ()
    words: tuple[Words, ...] = speech.name_of(state, member, Prompt.HAS_LEFT)
    if state.conference.tones:
        words = (Prompt.TONE_LEAVE, *words)
    return replace(state, alone=last.leg), speech.told(state, last, *words, Prompt.ALONE)


def _remembered(state: Kind, member: Member, cause: Cause | None, now: float) -> Kind:
    """Who left without a goodbye may come back as he was; who said goodbye is a stranger again."""
    key = identity(member.party)
    if key is None:
        return state
    absent = {name: one for name, one in state.absent.items() if name != key and one.until > now}
    if cause in WITHOUT_GOODBYE and not isinstance(state, Ending):
        absent[key] = Absent(replace(member, talking_since=None), now + RETURN_SECONDS)
    return replace(state, absent=absent)


def _ends_with(state: Meeting, member: Member) -> bool:
    """Whether the conference ends since its last administrator left for good."""
    return member.administrator and _leaderless(state)


def _leaderless(state: Meeting) -> bool:
    """Whether the conference has to end: no administrator is there, and none was cut off a moment ago."""
    return (
        state.conference.end_when_administrator_leaves
        and not led(those_inside(state))
        and not led(one.member for one in state.absent.values())
    )


def returned_or_not(state: State, now: float) -> tuple[State, Commands]:
    """The time of some of those who may come back is over."""
    gone = [one.member for one in state.absent.values() if one.until <= now]
    state = replace(state, absent={key: one for key, one in state.absent.items() if one.until > now})
    if isinstance(state, Meeting) and led(gone) and those_inside(state) and _leaderless(state):
        return end(state, Prompt.CONFERENCE_ENDED)
    return state, ()


def eject(state: State, leg: LegId, block: bool, now: float) -> tuple[State, Commands]:
    """Somebody is removed, and kept out for a while."""
    return _send_away(state, leg, Cause.REMOVED, Block(now + BLOCK_SECONDS, False) if block else None, now)


def refuse(state: State, leg: LegId, now: float) -> tuple[State, Commands]:
    """Somebody in the lobby is turned away."""
    member = state.members.get(leg)
    if member is None or not member.in_lobby:
        return state, ()
    return _send_away(state, leg, Cause.NOT_ADMITTED, Block(now + REFUSED_SECONDS, True), now)


def _send_away(
    state: State, leg: LegId, cause: Cause, block: Block | None, now: float
) -> tuple[State, Commands]:
    member = state.members.get(leg)
    if member is None:
        return state, ()
    if block is not None:
        kept = {key: one for key, one in state.blocked.items() if one.until > now}
        state = replace(state, blocked={**kept, mark(member.party): block})
    state, commands = left(state, leg, cause, now)
    return state, (*commands, TellCall(member.call, RoomLeft(leg, cause)))


def end(state: State, prompt: Prompt) -> tuple[State, Commands]:
    """The meeting is over for all: those inside hear it; who only waits is told by his own call."""
    inside = those_inside(state)
    if isinstance(state, Ending):
        return state, ()
    waiting = [member for member in state.members.values() if not member.inside]
    commands: list[Command] = []
    for member in waiting:
        commands += [*speech.hush(member.leg), TellCall(member.call, _over(member))]
    if not inside:
        return replace(state, members={}, absent={}), tuple(commands)
    if state.alone is not None:
        commands += speech.hush(state.alone)
    ending = replace(becoming(Ending, state), members={one.leg: one for one in inside}, absent={}, alone=None)
    saying = Say(
        speech.announcement(state.room), OfRoom(room=state.room), (prompt,), speech.language_of(state)
    )
    return ending, (*commands, saying, StartTimer(ENDING, _ENDING_SECONDS))


def _over(member: Member) -> RoomLeft:
    return RoomLeft(member.leg, Cause.CONFERENCE_ENDED)


def ended(state: Ending) -> tuple[State, Commands]:
    """It was announced: all are hung up on."""
    return replace(state, members={}), tuple(
        TellCall(member.call, _over(member)) for member in state.members.values()
    )


def worker_lost(state: State, now: float) -> State:
    """The media worker is gone, and with it every leg: all may come back."""
    for member in list(state.members.values()):
        state = _remembered(without(state, member.leg), member, Cause.MEDIA_FAILED, now)
    quiet = replace(state, alone=None, announcing=False, announcements=(), recorder=None)
    return becoming(Gathering, quiet) if isinstance(quiet, Ending) else quiet


def only_one(members: Iterable[Member]) -> Member | None:
    """The one who is there, if he is the only one, waiting or not."""
    found = list(members)
    return found[0] if len(found) == 1 else None
