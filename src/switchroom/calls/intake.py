"""The first step of a call: who calls, where it leads, and the machine that takes it from there. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from switchroom.calls import dial_in, echo, refusal, ringing, takeover, visit
from switchroom.calls.admission import Admitted
from switchroom.calls.call import Facts
from switchroom.calls.commands import Commands
from switchroom.calls.leg import Leg
from switchroom.calls.live import CallState
from switchroom.calls.records import CallKind
from switchroom.calls.routing import (
    EchoTest,
    EnterConference,
    EnterServer,
    Plan,
    Refuse,
    RingUser,
    language_of,
    route,
)
from switchroom.calls.values import CallId, JourneyId, Party, Place, Target
from switchroom.directory.model import ConferenceId, Snapshot, User, UserId
from switchroom.media.types import LegId


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


def party_of(admitted: Admitted) -> Party:
    """The caller, as the configuration knows it; what the phone says of itself is not believed."""
    user = admitted.user
    return Party(user.extension, user.name, user.id, admitted.credential.device_id, user.language)


def begin(
    arrival: Arrival,
    admitted: Admitted,
    snapshot: Snapshot,
    targets: Callable[[User], tuple[Target, ...]],
    busy: Callable[[UserId], bool],
    now: float,
) -> tuple[CallState | None, Commands]:
    """Route the call and start its machine."""
    caller = party_of(admitted)
    found = snapshot.by_extension.get(arrival.number)
    plan = route(snapshot, arrival.number, busy=isinstance(found, User) and busy(found.id))
    facts = _facts(arrival, caller, snapshot, plan, now)
    leg = Leg(arrival.leg, caller, arrival.place, facts.secret(arrival.leg), browser=arrival.browser)
    match plan:
        case RingUser(user, ring_seconds):
            # A user who dials the own extension rings the other devices.
            others = tuple(t for t in targets(user) if t.device_id is None or t.device_id != caller.device_id)
            return ringing.start(facts, leg, arrival.offer, others, ring_seconds, now)
        case EnterConference(conference):
            return visit.start(facts, leg, arrival.offer, conference, now)
        case EnterServer():
            return dial_in.start(facts, leg, arrival.offer, now)
        case EchoTest():
            return echo.start(facts, leg, arrival.offer, now)
        case Refuse(status, cause, prompts):
            return refusal.start(facts, leg, arrival.offer, status, prompts, cause, now, open_record=True)


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


def _facts(arrival: Arrival, caller: Party, snapshot: Snapshot, plan: Plan, now: float) -> Facts:
    conference = plan.conference if isinstance(plan, EnterConference) else None
    server = plan.server if isinstance(plan, EnterServer) else None
    callee = None
    if isinstance(plan, RingUser):
        callee = Party(plan.user.extension, plan.user.name, plan.user.id, None, plan.user.language)
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
        conference=conference.id if conference else None,
        expected=conference is not None and arrival.expected(conference.id, caller),
        synthesis=arrival.synthesis,
    )
