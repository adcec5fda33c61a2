"""Acts on those inside: mute, hands, volume, noise, rights (F-11). Nobody opens another's microphone."""

from __future__ import annotations

from switchroom.calls.change import replace
from switchroom.calls.commands import Command, Commands
from switchroom.calls.room import door, speech
from switchroom.calls.room.state import SELF, Member, State, changed, join, talking
from switchroom.calls.room_events import (
    HandedOver,
    HandRaised,
    MuteAllOrdered,
    MuteOrdered,
    NoiseOrdered,
    UnmuteRequested,
    VolumeOrdered,
)
from switchroom.calls.values import Prompt
from switchroom.media.types import LegId

LOUDEST_DB = 12.0
QUIETEST_DB = -12.0


def mute(state: State, event: MuteOrdered, now: float) -> tuple[State, Commands]:
    """Mute somebody; or he opens his microphone, or is asked to."""
    member = state.members.get(event.leg)
    if member is None:
        return state, ()
    if event.muted:
        state, commands = _muted(state, member, event.by or SELF, event.firm, now)
        return state, (*commands, *_told_by(state, event.leg, event.by))
    if event.by:
        return request(state, UnmuteRequested(event.leg, event.by))
    if member.muted_by is None or member.firm:
        return state, ()
    member = replace(member, muted_by=None, unmute_requested_by=None)
    return changed(state, member), _again(state, member)


def _muted(state: State, member: Member, by: str, firm: bool, now: float) -> tuple[State, Commands]:
    if member.muted_by is not None and (by == SELF or (member.muted_by == by and member.firm == firm)):
        return state, ()
    member = talking(
        replace(member, muted_by=by, firm=firm and by != SELF, unmute_requested_by=None), False, now
    )
    return changed(state, member), _again(state, member)


def _again(state: State, member: Member) -> Commands:
    """Connect a member anew, as he is heard and hears now."""
    return (join(state, member),) if member.inside else ()


def _told_by(state: State, leg: LegId, by: str) -> Commands:
    """Somebody on a phone sees no sign that he was muted, so he hears it."""
    member = state.members[leg]
    if not by or member.browser or not member.inside:
        return ()
    return speech.say_to(state, member, Prompt.MUTED_FIRMLY if member.firm else Prompt.MUTED_BY_MODERATOR)


def mute_all(state: State, event: MuteAllOrdered, now: float) -> tuple[State, Commands]:
    """Mute everybody but one, and but the administrators."""
    commands: list[Command] = []
    for member in list(state.members.values()):
        if member.leg != event.except_leg and not member.administrator and member.inside:
            before = state
            state, again = _muted(state, member, event.by, event.firm, now)
            if state is not before:
                commands += [*again, *_told_by(state, member.leg, event.by)]
    return state, tuple(commands)


def request(state: State, event: UnmuteRequested) -> tuple[State, Commands]:
    """Ask somebody to speak; what kept him from opening his microphone no longer does."""
    member = state.members.get(event.leg)
    if member is None or member.muted_by is None:
        return state, ()
    member = replace(member, firm=False, unmute_requested_by=event.by)
    state = changed(state, member)
    if member.browser or not member.inside:
        return state, ()
    return state, speech.say_to(state, member, Prompt.ASKED_TO_SPEAK)


def hand(state: State, event: HandRaised, now: float) -> tuple[State, Commands]:
    """Somebody raises his hand, or lowers it; so does a moderator."""
    member = state.members.get(event.leg)
    if member is None or (member.hand_at is not None) == event.up or (event.up and event.by):
        return state, ()
    return changed(state, replace(member, hand_at=now if event.up else None)), ()


def volume(state: State, event: VolumeOrdered) -> tuple[State, Commands]:
    """How loud somebody hears and is heard."""
    member = state.members.get(event.leg)
    if member is None:
        return state, ()
    before = member
    if event.hears_db is not None:
        member = replace(member, hears_db=bounded(event.hears_db))
    if event.says_db is not None:
        member = replace(member, says_db=bounded(event.says_db))
    if member == before:
        return state, ()
    return changed(state, member), _again(state, member)


def bounded(decibels: float) -> float:
    """A volume as far as it can be."""
    return min(LOUDEST_DB, max(QUIETEST_DB, decibels))


def noise(state: State, event: NoiseOrdered) -> tuple[State, Commands]:
    """Suppress the noise around somebody, or around all."""
    if event.leg is not None:
        member = state.members.get(event.leg)
        if member is None:
            return state, ()
        member = replace(member, noise=event.on)
        return changed(state, member), _again(state, member)
    state = replace(state, noise=event.on)
    commands: list[Command] = []
    for member in list(state.members.values()):
        member = replace(member, noise=None)
        state = changed(state, member)
        commands += _again(state, member)
    return state, tuple(commands)


def hand_over(state: State, event: HandedOver, now: float) -> tuple[State, Commands]:
    """Somebody becomes an administrator of this meeting, or is none any more."""
    member = state.members.get(event.leg)
    if member is None or member.administrator == event.administrator:
        return state, ()
    if not event.administrator:
        configured = state.conference.administrator
        if configured is not None and member.party.user_id == configured:
            return state, ()  # he would be it again with his next call
        return changed(state, replace(member, administrator=False)), ()
    state, commands = door.promoted(state, event.leg, now)
    member = state.members[event.leg]
    if member.browser or not member.inside:
        return state, commands
    return state, (*commands, *speech.say_to(state, member, Prompt.NOW_ADMINISTRATOR))
