"""Keys pressed in a room: `*` and one more; `**`, the administrator's code and `#`. What it did is said only
to whoever pressed it (F-12)."""

from __future__ import annotations

from switchroom.calls.change import replace
from switchroom.calls.commands import CheckCode, Commands
from switchroom.calls.events import Verdict
from switchroom.calls.receptionist import MAX_DIGITS
from switchroom.calls.room import door, leaving, moderation, speech
from switchroom.calls.room.state import Ending, Member, State, Typed, changed, led, those_inside
from switchroom.calls.room_events import HandRaised, MuteAllOrdered, MuteOrdered, VolumeOrdered
from switchroom.calls.values import Prompt, Words
from switchroom.media.types import LegId

STAR_SECONDS = 5.0
"""The second key comes within this, and each of a code."""
STEP_DB = 3.0
_VOLUMES = {"4": (-STEP_DB, 0.0), "6": (STEP_DB, 0.0), "7": (0.0, -STEP_DB), "9": (0.0, STEP_DB)}


def pressed(state: State, leg: LegId, digit: str, now: float) -> tuple[State, Commands]:
    """A member pressed a key."""
    member = state.members.get(leg)
    if member is None or not member.inside or isinstance(state, Ending):
        return state, ()
    if digit == "*":
        coding = _awaited(member.star_at, now) and state.conference.administrator_code
        star_at, typed = (None, Typed("", now)) if coding else (now, None)
        return changed(state, replace(member, star_at=star_at, typed=typed)), ()
    if member.typed is not None:
        return _typed(state, member, member.typed, digit, now)
    if not _awaited(member.star_at, now):
        return state, ()
    member = replace(member, star_at=None)
    state, commands, words = _ordered(changed(state, member), member, digit, now)
    still_there = state.members.get(leg)
    if still_there is None or not words:
        return state, commands
    return state, (*commands, *speech.say_to(state, still_there, *words))


def _awaited(since: float | None, now: float) -> bool:
    """Whether the key that is pressed now belongs to the one before."""
    return since is not None and now - since <= STAR_SECONDS


def _typed(state: State, member: Member, typed: Typed, digit: str, now: float) -> tuple[State, Commands]:
    """The next key of the administrator's code: `#` ends it, a pause makes it be forgotten."""
    if not _awaited(typed.at, now):
        return changed(state, replace(member, typed=None)), ()
    if digit == "#":
        check = CheckCode(state.conference.id, member.party, typed.digits, member.leg)
        return changed(state, replace(member, typed=None)), (check,) if typed.digits else ()
    digits = (typed.digits + digit)[:MAX_DIGITS]
    return changed(state, replace(member, typed=Typed(digits, now))), ()


def code_checked(state: State, leg: LegId, verdict: Verdict, now: float) -> tuple[State, Commands]:
    """The code was looked at: with the administrator's, one runs the conference (G-04)."""
    member = state.members.get(leg)
    if member is None or not member.inside or isinstance(state, Ending):
        return state, ()
    match verdict:
        case Verdict.ADMINISTRATOR:
            state, commands = door.promoted(state, leg, now)
            return state, (*commands, *speech.say_to(state, member, Prompt.NOW_ADMINISTRATOR))
        case Verdict.REFUSED:
            return state, speech.say_to(state, member, Prompt.CODES_REFUSED)
        case Verdict.WRONG | Verdict.PARTICIPANT:
            return state, speech.say_to(state, member, Prompt.WRONG_CODE)


def _ordered(
    state: State, member: Member, digit: str, now: float
) -> tuple[State, Commands, tuple[Words, ...]]:
    match digit:
        case "1":
            return _mute(state, member, now)
        case "2":
            if not _may_lock(state, member):
                return state, (), (Prompt.ADMINISTRATORS_ONLY,)
            locked = not state.locked
            return replace(state, locked=locked), (), (Prompt.LOCKED if locked else Prompt.UNLOCKED,)
        case "3":
            up = member.hand_at is None
            state, commands = moderation.hand(state, HandRaised(member.leg, up), now)
            return state, commands, (Prompt.HAND_UP if up else Prompt.HAND_DOWN,)
        case "4" | "6" | "7" | "9":
            return _volume(state, member, *_VOLUMES[digit])
        case "0":
            return state, (), (Prompt.KEYS, *_more_keys(state, member))
        case "#":
            return state, (), speech.roll_call(state)
        case "5" | "8" if not member.administrator:
            return state, (), (Prompt.ADMINISTRATORS_ONLY,)
        case "5":
            order = MuteAllOrdered(member.party.name or member.party.extension, member.leg)
            state, commands = moderation.mute_all(state, order, now)
            return state, commands, (Prompt.ALL_MUTED,)
        case "8":
            return _remove_last(state, member, now)
        case _:
            return state, (), (Prompt.KEY_UNKNOWN,)


def _more_keys(state: State, member: Member) -> tuple[Words, ...]:
    if member.administrator:
        return (Prompt.KEYS_OF_ADMINISTRATOR,)
    return (Prompt.KEYS_FOR_CODE,) if state.conference.administrator_code else ()


def _may_lock(state: State, member: Member) -> bool:
    """The administrator locks; where a conference has none, everybody in it does."""
    room = state.conference
    kept = room.administrator is not None or room.administrator_code is not None
    return member.administrator or not (kept or led(those_inside(state)))


def _mute(state: State, member: Member, now: float) -> tuple[State, Commands, tuple[Words, ...]]:
    if member.firm:
        return state, (), (Prompt.MUTED_FIRMLY,)
    muted = member.muted_by is None
    state, commands = moderation.mute(state, MuteOrdered(member.leg, muted), now)
    return state, commands, (Prompt.MUTED if muted else Prompt.UNMUTED,)


def _volume(
    state: State, member: Member, hears: float, says: float
) -> tuple[State, Commands, tuple[Words, ...]]:
    order = VolumeOrdered(member.leg, member.hears_db + hears, member.says_db + says)
    following, commands = moderation.volume(state, order)
    if not commands:
        return following, (), (Prompt.VOLUME_LIMIT,)
    return following, commands, (Prompt.LOUDER if hears + says > 0 else Prompt.QUIETER,)


def _remove_last(state: State, member: Member, now: float) -> tuple[State, Commands, tuple[Words, ...]]:
    """Whoever came in last, but no administrator."""
    others = [one for one in those_inside(state) if not one.administrator and one.leg != member.leg]
    if not others:
        return state, (), (Prompt.NOBODY_TO_REMOVE,)
    last = max(others, key=lambda one: one.entered_at or 0.0)
    state, commands = leaving.eject(state, last.leg, True, now)
    return state, commands, (Prompt.LAST_REMOVED,)
