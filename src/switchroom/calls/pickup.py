"""Picking up a call that rings at somebody else: who may, and which call (D2-07, B5). Pure."""

from __future__ import annotations

from collections.abc import Iterable

from switchroom.calls import ringing
from switchroom.calls.leg import Leg
from switchroom.calls.live import CallState
from switchroom.directory.model import Snapshot, UserId


def may_pick_up(snapshot: Snapshot, picker: UserId, rung: UserId) -> bool:
    """Whether one may take calls that ring at the other: both are in a group with that right."""
    return picker == rung or any(
        group.pickup and rung in group.members for group in snapshot.groups_of.get(picker, ())
    )


def partners(snapshot: Snapshot, picker: UserId) -> frozenset[UserId]:
    """Those whose calls a person may pick up."""
    groups = [group for group in snapshot.groups_of.get(picker, ()) if group.pickup]
    return frozenset(member for group in groups for member in group.members) - {picker}


def ringing_at(states: Iterable[CallState], users: frozenset[UserId]) -> Leg | None:
    """The leg of one of these users that rings longest, of the calls given."""
    found = [
        (state.facts.began, branch.leg)
        for state in states
        if isinstance(state, ringing.Ringing)
        for branch in state.branches
        if branch.leg.party.user_id in users
    ]
    return min(found, key=lambda one: one[0])[1] if found else None
