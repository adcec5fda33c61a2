"""Where those whom a hunt looks for can be rung: devices, and numbers outside by a trunk."""

from __future__ import annotations

from typing import Protocol

from switchroom.calls.change import replace
from switchroom.calls.records import Cause
from switchroom.calls.values import Hunt, Last, Outside, Party, Prompt, Refuse, Ring, Step, Target
from switchroom.directory.model import Snapshot, UserId
from switchroom.directory.number_plan import is_emergency


class Reach(Protocol):
    """What finds targets."""

    def devices(self, user: UserId) -> tuple[Target, ...]:
        """Those of a user that are registered now."""

    def takes_calls(self, user: UserId) -> bool:
        """Whether a user may be rung now: he wants to be disturbed, and takes a second call or has none."""

    def outside(self, wanted: Outside, caller: Party) -> tuple[Target, ...] | Refuse:
        """The trunks by which a number is called, each with the next one as its `otherwise`; or why not.

        The call is `caller`'s; where the account is another user's, that one has forwarded it.
        """


def reached(hunt: Hunt, reach: Reach, caller: Party, by: UserId | None = None) -> Hunt | Last:
    """The hunt from the first step on that can ring anybody, with the targets of that one, or what ends it; a
    hunt without steps: nothing does. Who dialled what he may not call is told why.

    `by`: who dialled, if it was not the caller: he was transferred.
    """
    refused, by = None, by or caller.user_id
    found: Hunt | Last = hunt
    while isinstance(found, Hunt):
        if not found.steps:
            if found.when_unanswered is None:
                return refused or found
            found = found.when_unanswered
            continue
        (step, *later), rings = found.steps, []
        for ring in step.rings:
            targets = _targets(ring, reach, caller)
            if not isinstance(targets, Refuse):
                rings.append(replace(ring, targets=targets))
            elif ring.outside is not None and ring.outside.account == by:
                refused = refused or targets
        if any(ring.targets for ring in rings):
            return replace(found, steps=(Step(tuple(rings), step.seconds), *later))
        found = replace(found, steps=tuple(later))
    return found


def rung_now(rings: tuple[Ring, ...], reach: Reach, caller: Party) -> tuple[Ring, ...]:
    """Those of a later step who can be rung now, with their targets."""
    found = []
    for ring in rings:
        user = ring.party.user_id
        targets = _targets(ring, reach, caller) if user is None or reach.takes_calls(user) else ()
        if targets and not isinstance(targets, Refuse):
            found.append(replace(ring, targets=targets))
    return tuple(found)


def _targets(ring: Ring, reach: Reach, caller: Party) -> tuple[Target, ...] | Refuse:
    if ring.outside is not None:
        return reach.outside(ring.outside, caller)
    user = ring.party.user_id
    if user is None:
        return ring.targets
    devices = reach.devices(user)
    if user != caller.user_id:
        return devices
    # Who calls himself rings his other devices.
    return tuple(one for one in devices if one.device_id is None or one.device_id != caller.device_id)


def no_lines(snapshot: Snapshot, wanted: Outside) -> Refuse:
    """What is answered to a call outside where there are no trunks."""
    if is_emergency(wanted.number, snapshot.settings.country):
        return Refuse(404, Cause.UNKNOWN_NUMBER, (Prompt.EMERGENCY_IMPOSSIBLE,))
    return Refuse(404, Cause.UNKNOWN_NUMBER, (Prompt.OUTSIDE_IMPOSSIBLE,))
