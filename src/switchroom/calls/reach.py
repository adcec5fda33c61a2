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

    def outside(self, wanted: Outside, caller: Party) -> tuple[Target, ...] | Refuse:
        """The trunks by which a number is called, each with the next one as its `otherwise`; or why not.

        The call is `caller`'s; where the account is another user's, that one has forwarded it.
        """


def reached(hunt: Hunt, reach: Reach, caller: Party, by: UserId | None = None) -> Hunt | Last:
    """The hunt with the targets of all its rings; who dialled what he may not call is told why.

    `by`: who dialled, if it was not the caller: he was transferred.
    """
    steps, refused, by = [], None, by or caller.user_id
    for step in hunt.steps:
        rings = []
        for ring in step.rings:
            found = _targets(ring, reach, caller)
            if not isinstance(found, Refuse):
                rings.append(replace(ring, targets=found))
            elif ring.outside is not None and ring.outside.account == by:
                refused = refused or found
        steps.append(Step(tuple(rings), step.seconds))
    if refused is not None and hunt.when_unanswered is None and not any(step.rings for step in steps):
        return refused
    busy, unanswered = (
        reached(end, reach, caller, by) if isinstance(end, Hunt) else end
        for end in (hunt.when_busy, hunt.when_unanswered)
    )
    return Hunt(tuple(steps), busy, unanswered)


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
        return Refuse(403, Cause.NOT_ALLOWED, (Prompt.EMERGENCY_IMPOSSIBLE,))
    return Refuse(404, Cause.UNKNOWN_NUMBER, (Prompt.OUTSIDE_IMPOSSIBLE,))
