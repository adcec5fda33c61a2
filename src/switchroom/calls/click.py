"""Who asked to be connected with a number has answered his own phone: the number is called (F-05). Pure.

It is one call with one record from the beginning. He hears music meanwhile, as who is transferred does.
"""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.calls import answering, onward, ringing
from switchroom.calls.bridge import Confirming, Talking
from switchroom.calls.call import Closing, Facts, Moved
from switchroom.calls.change import replace
from switchroom.calls.commands import Commands, FindPlan, OpenRecord
from switchroom.calls.events import CallEvent, PlanFound
from switchroom.calls.leg import Leg
from switchroom.calls.values import Hunt
from switchroom.directory.model import UserId


@dataclass(frozen=True, slots=True)
class Called:
    """He is there; where his number leads is being looked up."""

    facts: Facts
    leg: Leg


Next = Called | ringing.Preparing | ringing.Ringing | Confirming | Talking | onward.State | Closing | None


def answered(facts: Facts, leg: Leg) -> tuple[Called, Commands]:
    """He answered: that is not the answer of whom he calls."""
    user = UserId(facts.caller.user_id or "")
    moved = Moved(user, back=True, first=True)
    facts = replace(facts, leg=leg.id, caller=leg.party, codec=leg.codec or "", moved=moved)
    return Called(facts, leg), (FindPlan(leg, facts.dialled, user),)


def handle(state: Called, event: CallEvent, now: float) -> tuple[Next, Commands]:
    """One step."""
    if not isinstance(event, PlanFound):
        return answering.over_or_away(state, event, now) or (state, ())
    facts = replace(state.facts, seed=event.seed, callee=event.callee or state.facts.callee)
    following: Next
    if isinstance(event.hunt, Hunt):
        began, commands = ringing.start(facts, state.leg, None, event.hunt, now)
        following, commands = onward.followed(began, commands, now)
    else:
        following, commands = onward.led(facts, state.leg, event.hunt, now)
    return following, tuple(command for command in commands if not isinstance(command, OpenRecord))
