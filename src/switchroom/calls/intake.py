"""The first step of a call: who calls, where it leads, and the machine that takes it from there. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from switchroom.calls import echo, mailbox, onward, ringing, setting, takeover
from switchroom.calls.admission import Admitted
from switchroom.calls.call import Facts
from switchroom.calls.commands import Commands, ReportProblem
from switchroom.calls.leg import Leg
from switchroom.calls.live import CallState
from switchroom.calls.problem_words import worded
from switchroom.calls.reach import Reach, reached
from switchroom.calls.records import CallKind
from switchroom.calls.routing import (
    LOOP,
    MOST_FORWARDED,
    Change,
    EchoTest,
    EnterConference,
    EnterServer,
    HuntPlan,
    Known,
    OpenMailbox,
    Park,
    Plan,
    Tell,
    language_of,
    route,
)
from switchroom.calls.values import CallId, Hunt, JourneyId, Party, Place, Problem, Prompt, Step
from switchroom.directory.model import ConferenceId, Snapshot
from switchroom.media.types import CodecName, LegId


@dataclass(frozen=True, slots=True)
class Arrival:
    """An admitted INVITE. `seed`: 32 random bytes."""

    call: CallId
    leg: LegId
    number: str
    offer: bytes | None = field(repr=False)
    place: Place
    seed: bytes = field(repr=False)
    max_forwards: int = 70
    browser: bool = False
    """It comes from a browser, for an INVITE without an offer that would tell."""
    expected: Callable[[ConferenceId, Party], bool] = lambda conference, party: False
    """Whether a conference lets somebody in without its code (`Engine.expected`)."""
    synthesis: bool = True
    """Names can be spoken."""
    codecs: tuple[CodecName, ...] = ()
    """Of the trunk by which it came; empty: all that we have."""
    incoming: bool = False
    """It came by a trunk."""


def party_of(admitted: Admitted) -> Party:
    """The caller, as the configuration knows it; what the phone says of itself is not believed."""
    user = admitted.user
    return Party(user.extension, user.name, user.id, admitted.credential.device_id, user.language)


def begin(
    arrival: Arrival, admitted: Admitted, known: Known, reach: Reach, told: Tell | None = None
) -> tuple[CallState | None, Commands]:
    """Route the call of a user and start its machine. `told`: what he dialled is done already.

    Who dials his own extension opens his mailbox (D3-05); without one, his other devices ring.
    """
    user = admitted.user
    box = known.snapshot.mailbox(user.id) if arrival.number == user.extension else None
    own = OpenMailbox(box.id) if box is not None else None
    plan = told or own or route(known, arrival.number, user.id)
    return carry_out(arrival, party_of(admitted), plan, known, reach)


def carry_out(
    arrival: Arrival, caller: Party, plan: Plan, known: Known, reach: Reach
) -> tuple[CallState | None, Commands]:
    """Start the machine of a plan for somebody who calls."""
    facts = _facts(arrival, caller, known.snapshot, plan, known.now)
    secret = facts.secret(arrival.leg)
    leg = Leg(arrival.leg, caller, arrival.place, secret, browser=arrival.browser, codecs=arrival.codecs)
    match plan:
        case HuntPlan(hunt=hunt):
            found = reached(hunt, reach, caller)
            if isinstance(found, Hunt):
                began, commands = ringing.start(facts, leg, arrival.offer, found, known.now)
                return onward.followed(began, commands, known.now)
            return onward.start(facts, leg, arrival.offer, found, known.now)
        case EchoTest():
            return echo.start(facts, leg, arrival.offer, known.now)
        case OpenMailbox(wanted):
            return mailbox.start(facts, leg, arrival.offer, wanted, known.now)
        case Park():
            return setting.start(facts, leg, arrival.offer, Tell((Prompt.NOTHING_TO_PARK,)), known.now)
        case Change() | Tell():
            return setting.start(facts, leg, arrival.offer, plan, known.now)
        case _:
            state, commands = onward.start(facts, leg, arrival.offer, plan, known.now)
            return state, (ReportProblem(_circle(arrival.number)), *commands) if plan is LOOP else commands


def _circle(number: str) -> Problem:
    return worded("forwarding-loop", number, values={"number": number, "most": MOST_FORWARDED})


def take_over(
    arrival: Arrival, admitted: Admitted, snapshot: Snapshot, old: Leg, now: float
) -> tuple[CallState | None, Commands]:
    """Begin to take the place of a leg of the same user; what was dialled does not matter."""
    caller = party_of(admitted)
    facts = Facts(
        id=arrival.call,
        journey=JourneyId(arrival.call),
        kind=CallKind.CALL,
        began=now,
        caller=caller,
        dialled=arrival.number,
        leg=arrival.leg,
        seed=arrival.seed,
        language=language_of(snapshot, caller),
    )
    leg = Leg(arrival.leg, caller, arrival.place, facts.secret(arrival.leg), browser=arrival.browser)
    return takeover.start(facts, leg, arrival.offer, old.id, old.codec)


_KINDS: dict[type, CallKind] = {
    EnterConference: CallKind.CONFERENCE,
    EnterServer: CallKind.CONFERENCE,
    EchoTest: CallKind.ECHO,
}


def goes_out(plan: Plan) -> bool:
    """Whether a number outside was dialled."""
    return isinstance(plan, HuntPlan) and plan.hunt.steps[:1] != () and _is_outside(plan.hunt.steps[0])


def _is_outside(step: Step) -> bool:
    return any(ring.outside is not None for ring in step.rings)


def _facts(arrival: Arrival, caller: Party, snapshot: Snapshot, plan: Plan, now: float) -> Facts:
    conference = plan.conference if isinstance(plan, EnterConference) else None
    server = plan.server if isinstance(plan, EnterServer) else None
    callee = plan.callee if isinstance(plan, HuntPlan) else None
    return Facts(
        id=arrival.call,
        journey=JourneyId(arrival.call),
        kind=_KINDS.get(type(plan), CallKind.CALL),
        began=now,
        caller=caller,
        dialled=arrival.number,
        leg=arrival.leg,
        seed=arrival.seed,
        language=language_of(snapshot, caller, conference, server),
        max_seconds=float(snapshot.settings.max_call_seconds),
        max_forwards=arrival.max_forwards,
        callee=callee,
        direction="incoming" if arrival.incoming else "outgoing" if goes_out(plan) else "internal",
        conference=conference.id if conference else None,
        expected=conference is not None and arrival.expected(conference.id, caller),
        synthesis=arrival.synthesis,
    )
