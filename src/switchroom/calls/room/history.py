"""What was done in a meeting so far, for who looks later: by comparing a room before and after a step."""

from __future__ import annotations

from typing import Final

from switchroom.calls.change import replace
from switchroom.calls.events import RoomEvent
from switchroom.calls.room.state import SELF, Happening, Kind, Member, State, What
from switchroom.calls.room_events import KeyPressed, LockOrdered, RecordOrdered

MOST: Final = 100
"""So many are kept, the latest."""


def told(before: State, after: Kind, event: RoomEvent, now: float) -> Kind:
    """The room with what a step did in it."""
    found: list[Happening] = []
    if before.members is not after.members:
        for member in after.members.values():
            was = before.members.get(member.leg)
            if was is not None and was is not member:
                found += _of_member(was, member, now)
    if before.locked != after.locked:
        found.append(Happening(now, What.LOCKED if after.locked else What.UNLOCKED, by=_who(before, event)))
    if (before.recorder is None) != (after.recorder is None):
        what = What.RECORDED if after.recorder is None else What.RECORDING
        found.append(Happening(now, what, by=_who(before, event)))
    return replace(after, happened=(*after.happened, *found)[-MOST:]) if found else after


def _of_member(was: Member, member: Member, now: float) -> list[Happening]:
    name, found = _name(member), list[Happening]()
    if (was.muted_by is None) != (member.muted_by is None):
        what = What.UNMUTED if member.muted_by is None else What.MUTED
        by = "" if member.muted_by in (None, SELF) else member.muted_by
        found.append(Happening(now, what, name, by or ""))
    if (was.hand_at is None) != (member.hand_at is None):
        found.append(Happening(now, What.HAND_DOWN if member.hand_at is None else What.HAND, name))
    if was.administrator != member.administrator:
        what = What.ADMINISTRATOR if member.administrator else What.PARTICIPANT
        found.append(Happening(now, what, name))
    return found


def _name(member: Member) -> str:
    return member.party.name or member.party.extension


def _who(state: State, event: RoomEvent) -> str:
    """Who did it; empty: the conference itself."""
    match event:
        case LockOrdered(by=by) | RecordOrdered(by=by):
            return by
        case KeyPressed(leg) if leg in state.members:
            return _name(state.members[leg])
        case _:
            return ""
