"""Moving running calls: what a phone (REFER) or the widget asks for, looked at and done within one turn."""

from __future__ import annotations

from collections.abc import Callable

from switchroom.calls import onward, parking, pickup, ringing, transfer
from switchroom.calls.branches import find
from switchroom.calls.call import Facts, Moved
from switchroom.calls.change import replace
from switchroom.calls.commands import CallBack, Commands, OpenRecord
from switchroom.calls.engine import Engine
from switchroom.calls.events import HangUpOrdered, Redirected
from switchroom.calls.intake import goes_out
from switchroom.calls.leg import Leg
from switchroom.calls.live import CallState
from switchroom.calls.outcomes import TransferRefusal
from switchroom.calls.reach import Reach, reached, rung_now
from switchroom.calls.records import Cause
from switchroom.calls.routing import HuntPlan, Known, Park, Plan, Tell, dialled, route, sent_on
from switchroom.calls.transfer import Ends, ends
from switchroom.calls.values import (
    EnterConference,
    Forwarded,
    Hunt,
    Last,
    Number,
    Prompt,
    Refuse,
    Words,
)
from switchroom.directory import number_plan
from switchroom.directory.model import Conference, User, UserId
from switchroom.media.types import Connect, LegId, ToNothing
from switchroom.sip.bodies import SIPFRAG, sipfrag
from switchroom.sip.errors import RemoteProtocolError
from switchroom.sip.events import DialogNames, InviteRejected, ReferReceived, SubscriptionId
from switchroom.sip.headers import Replaces
from switchroom.sip.message import Response
from switchroom.sip.parties import diversions
from switchroom.sip.uri import SipUri

FORBIDDEN = 403
DECLINED = 603
"""Answers a REFER that can not be followed; 404 or 481 would end the call that it came in (RFC 5057)."""
_GONE = Refuse(480, Cause.UNREACHABLE, (Prompt.NOT_AVAILABLE,))


class Moving:
    """Transfers.

    `known` is what calls are routed by now, `reach` finds the devices; `ours` says whether a host of a URI is
    this system's.
    """

    def __init__(
        self,
        engine: Engine,
        reach: Reach,
        known: Callable[[float], Known],
        ours: Callable[[str], bool],
    ) -> None:
        self._engine = engine
        self._ports = engine.ports
        self._reach = reach
        self._known = known
        self._ours = ours
        engine.comes_back = self._come_back
        engine.calls_back = self._call_back

    # --- what people ask --------------------------------------------------------------------------------

    def transfer(self, user: UserId, name: str, number: str) -> TransferRefusal | None:
        """Lead the other end of a person's call to a number, on his rights; None: it is on its way.

        The call by its id, or by the Call-ID of his dialog.
        """
        state = self._engine.named(user).get(name)
        return TransferRefusal.NO_CALL if state is None else self._lead(user, state, number, None)

    def complete(self, user: UserId, first: str, second: str) -> TransferRefusal | None:
        """Join the other ends of two calls of a person, who is out of it then: an attended transfer.

        Where the second one still rings, the first is led to who is rung there.
        """
        named = self._engine.named(user)
        one, other = named.get(first), named.get(second)
        if one is None or other is None:
            return TransferRefusal.NO_CALL
        return self._complete(user, one, other, None)

    def refer(self, event: ReferReceived) -> None:
        """A phone wants its call moved. What it may not have is refused, and the call goes on as it was."""
        signalling, engine = self._ports.signalling, self._engine
        leg, call = engine.leg(event.session), engine.owner(event.session)
        user = leg.party.user_id if leg is not None else None
        state = engine.state_of(call) if call is not None else None
        if user is None or state is None:
            signalling.refuse_refer(event.subscription, FORBIDDEN)
        elif event.replaces is not None:
            self._refer_attended(event.subscription, user, state, event.replaces)
        else:
            uri = event.refer_to.uri
            number = dialled(uri) if not isinstance(uri, SipUri) or self._ours(uri.host) else ""
            refused = self._lead(user, state, number, event.subscription)
            if refused is not None:
                forbidden = refused in (TransferRefusal.NOT_ALLOWED, TransferRefusal.EMERGENCY)
                signalling.refuse_refer(event.subscription, FORBIDDEN if forbidden else DECLINED)

    def redirected(self, event: InviteRejected) -> Redirected | InviteRejected:
        """A phone that was rung sends its calls on: its own forwarding, on the rights of its user (D2-08).

        What can not be followed stays a refusal.
        """
        call, leg = self._engine.owner(event.session), LegId(event.session)
        state = self._engine.state_of(call) if call is not None else None
        branch = find(state.branches, leg) if isinstance(state, ringing.Ringing) else None
        known = self._known(self._engine.clock.now())
        user_id = branch.leg.party.user_id if branch is not None else None
        user = known.snapshot.users.get(user_id) if user_id is not None else None
        if event.response is None or state is None or user is None:
            return event
        number, why = self._sent_on(event.response)
        found = sent_on(known, user, number, why)
        if not isinstance(found, tuple):
            return Redirected(leg, last=found)
        rings = rung_now(found, self._reach, state.facts.caller)
        return Redirected(leg, rings) if rings else event

    def _sent_on(self, response: Response) -> tuple[str, Forwarded]:
        """The number that a phone's 3xx names, and why; empty: none of this system's."""
        try:
            contacts, diverted = response.contacts, diversions(response)
        except RemoteProtocolError:
            return "", Forwarded.ALWAYS
        if not isinstance(contacts, tuple) or not contacts:
            return "", Forwarded.ALWAYS
        uri = contacts[0].uri
        number = dialled(uri) if not isinstance(uri, SipUri) or self._ours(uri.host) else ""
        why = diverted[0].reason if diverted else ""
        return number, Forwarded(why) if why in set(Forwarded) else Forwarded.ALWAYS

    # --- blind ------------------------------------------------------------------------------------------

    def _lead(
        self,
        user: UserId,
        state: CallState,
        number: str,
        refer: SubscriptionId | None,
        *,
        rung: bool = False,
    ) -> TransferRefusal | None:
        """`rung`: who is called rings already, for who transfers."""
        found = ends(state, user)
        if isinstance(found, TransferRefusal):
            return found
        known = self._known(self._engine.clock.now())
        if rung:
            known = replace(known, busy=lambda user: False)
        if transfer.to_himself(known.snapshot, number, found.far):
            return TransferRefusal.SAME_PERSON
        country = known.snapshot.settings.country
        if isinstance(number_plan.read(number, country), number_plan.DialledEmergency):
            return TransferRefusal.EMERGENCY
        wanted = number if number in known.snapshot.orbits else None
        plan = Park() if wanted else self._targets(route(known, number, user), found.far, user)
        if isinstance(plan, Refuse):
            return transfer.refused(plan)
        orbit = None
        if isinstance(plan, Park):
            orbit = self._free_orbit(wanted)
            if orbit is None:
                return TransferRefusal.ORBITS_TAKEN
        elif not isinstance(plan, HuntPlan | Last):
            return TransferRefusal.NOT_A_PLACE
        if refer is not None and not self._ports.signalling.accept_refer(refer):
            return TransferRefusal.NO_CALL
        if orbit is not None:
            self._park(found, orbit, Moved(user, refer), _where(orbit))
            return None
        assert isinstance(plan, HuntPlan | Last)
        # Who leads a call to his own phones has it back where none of them takes it: once.
        own = isinstance(plan, HuntPlan) and plan.callee.user_id == user
        self._begin(found.facts, found.far, number, plan, known, Moved(user, refer, back=own))
        return None

    def _targets(self, plan: Plan, leg: Leg, by: UserId) -> Plan:
        """The plan with what can be rung; a refusal where that is all there is to it."""
        if not isinstance(plan, HuntPlan):
            return plan
        found = reached(plan.hunt, self._reach, leg.party, by)
        return replace(plan, hunt=found) if isinstance(found, Hunt) else found

    def _begin(
        self,
        former: Facts,
        leg: Leg,
        number: str,
        plan: HuntPlan | Last,
        known: Known,
        moved: Moved,
        *,
        vouched: bool = False,
    ) -> None:
        """A call for a leg that was answered before, and is led on. `vouched`: no conference asks it for a
        code."""
        call, now = self._engine.new_call(), known.now
        language = known.snapshot.settings.language
        seed, out = self._engine.seed(), goes_out(plan)
        facts = transfer.follows(former, leg, number, call, seed, language, now, moved, outside=out)
        facts = replace(facts, expected=vouched)
        state: CallState | None
        commands: Commands
        if isinstance(plan, HuntPlan):
            facts = replace(facts, callee=plan.callee)
            state, commands = onward.followed(*ringing.start(facts, leg, None, plan.hunt, now), now)
        else:
            state, more = onward.led(facts, leg, plan, now)
            commands = (OpenRecord(facts.record()), *more)
        alone = Connect(leg=leg.id, to=ToNothing())
        self._engine.join(facts, state, (alone, *commands), (leg,))

    def _come_back(self, facts: Facts, leg: Leg) -> None:
        """Nobody took a caller who was transferred: he calls who transferred him."""
        assert facts.moved is not None
        known = self._known(self._engine.clock.now())
        user = known.snapshot.users.get(facts.moved.by)
        plan: Plan = _GONE
        if user is not None:
            plan = self._targets(route(known, user.extension, user.id), leg, user.id)
        if not isinstance(plan, HuntPlan | Last):
            plan = _GONE
        number = user.extension if user is not None else facts.dialled
        self._begin(facts, leg, number, plan, known, Moved(facts.moved.by, back=True))

    def _call_back(self, wanted: CallBack) -> None:
        """Who listened to a message calls who left it; where that can not be, he is told why."""
        known = self._known(self._engine.clock.now())
        plan: Plan = _GONE
        country = known.snapshot.settings.country
        if not isinstance(number_plan.read(wanted.number, country), number_plan.DialledEmergency):
            plan = self._targets(route(known, wanted.number, wanted.account), wanted.leg, wanted.account)
        if not isinstance(plan, HuntPlan | Last):
            plan = _GONE
        moved = Moved(wanted.account, back=True)
        self._begin(wanted.facts, wanted.leg, wanted.number, plan, known, moved)

    # --- parked calls, and those that ring at others ----------------------------------------------------

    def taken(self, user: UserId, number: str) -> Leg | None:
        """The leg that a number leads to: of a parked call, or of one that rings at a colleague.

        None: the number means something else, or there is nothing to take.
        """
        snapshot = self._ports.directory.current()
        if number in snapshot.orbits:
            return self._parked().get(number)
        code = number_plan.code_of(number)
        if code is None or code.feature is not number_plan.Feature.PICK_UP:
            return None
        wanted = pickup.partners(snapshot, user)
        if code.rest:
            other = snapshot.by_extension.get(code.rest)
            wanted &= {other.id} if isinstance(other, User) else frozenset()
        states = {state.facts.id: state for one in wanted for state in self._engine.states_of(one)}
        return pickup.ringing_at(states.values(), wanted)

    def park_other(self, user: UserId, number: str) -> Tell | None:
        """Who dials the code for it has his other call parked, and is told where. None: another number."""
        code = number_plan.code_of(number)
        if code is None or code.feature is not number_plan.Feature.PARK:
            return None
        found = [one for state in self._engine.states_of(user) if isinstance(one := ends(state, user), Ends)]
        orbit = self._free_orbit()
        if not found or orbit is None:
            return Tell((Prompt.NOTHING_TO_PARK if not found else Prompt.ORBITS_TAKEN,))
        latest = max(found, key=lambda one: one.facts.answered_at or 0.0)
        self._park(latest, orbit, Moved(user), said=())
        return Tell(_where(orbit))

    def _parked(self) -> dict[str, Leg]:
        """Who waits in which orbit."""
        states = (state for state in self._engine.states() if isinstance(state, parking.Parked))
        return {state.facts.dialled: state.leg for state in states}

    def _free_orbit(self, wanted: str | None = None) -> str | None:
        """The wanted orbit, or any."""
        taken = self._parked()
        if wanted is not None:
            return None if wanted in taken else wanted
        return parking.free_orbit(self._ports.directory.current(), taken)

    def _park(self, found: Ends, orbit: str, moved: Moved, said: tuple[Words, ...]) -> None:
        """The far end waits in an orbit; who is left over is told something."""
        now = self._engine.clock.now()
        call, seed = self._engine.new_call(), self._engine.seed()
        settings = self._ports.directory.current().settings
        facts = transfer.follows(found.facts, found.far, orbit, call, seed, settings.language, now, moved)
        state, commands = parking.start(facts, found.far, float(settings.parked_seconds))
        alone = Connect(leg=found.far.id, to=ToNothing())
        self._engine.join(facts, state, (alone, *commands), (found.far,), said)

    # --- attended ---------------------------------------------------------------------------------------

    def _refer_attended(
        self, subscription: SubscriptionId, user: UserId, state: CallState, wanted: Replaces
    ) -> None:
        signalling, engine = self._ports.signalling, self._engine
        found = signalling.find_dialog(DialogNames(wanted.call_id, wanted.to_tag, wanted.from_tag))
        owner = engine.owner(found.session) if found is not None else None
        leg = engine.leg(found.session) if found is not None else None
        other = engine.state_of(owner) if owner is not None else None
        if other is None or leg is None:
            signalling.refuse_refer(subscription, DECLINED)
        elif leg.party.user_id != user:
            signalling.refuse_refer(subscription, FORBIDDEN)
        elif self._complete(user, state, other, subscription) is not None:
            signalling.refuse_refer(subscription, DECLINED)

    def _complete(
        self, user: UserId, one: CallState, other: CallState, refer: SubscriptionId | None
    ) -> TransferRefusal | None:
        if one.facts.id == other.facts.id:
            return TransferRefusal.SAME_CALL
        first = ends(one, user)
        if isinstance(first, TransferRefusal):
            return first
        if transfer.waits(other, user):
            # The phone that is rung stops for a moment and rings for who is led there.
            refused = self._lead(user, one, other.facts.dialled, refer, rung=True)
            if refused is None:
                self._engine.deliver(other.facts.id, HangUpOrdered(Cause.TRANSFERRED))
            return refused
        room = transfer.inside(other, user)
        if room is not None:
            return self._bring(user, first, room, refer)
        second = ends(other, user)
        if isinstance(second, TransferRefusal):
            return second
        signalling = self._ports.signalling
        if refer is not None and not signalling.accept_refer(refer):
            return TransferRefusal.NO_CALL
        self._join(first, second)
        if refer is not None:
            signalling.notify(refer, sipfrag(200), SIPFRAG, state="terminated", reason="noresource")
        return None

    def _bring(
        self, user: UserId, found: Ends, room: Conference, refer: SubscriptionId | None
    ) -> TransferRefusal | None:
        """Who is in a conference brings somebody along, who needs no code then."""
        known = self._known(self._engine.clock.now())
        applied = known.snapshot.conferences.get(room.id)
        if applied is None:
            return TransferRefusal.NUMBER_UNKNOWN
        if refer is not None and not self._ports.signalling.accept_refer(refer):
            return TransferRefusal.NO_CALL
        number = applied.extension or applied.dial_in_id or ""
        moved = Moved(user, refer)
        self._begin(found.facts, found.far, number, EnterConference(applied), known, moved, vouched=True)
        return None

    def _join(self, first: Ends, second: Ends) -> None:
        now = self._engine.clock.now()
        call, seed = self._engine.new_call(), self._engine.seed()
        language = self._ports.directory.current().settings.language
        number = transfer.dialled_of(second)
        out = second.far.party.user_id is None
        facts = transfer.follows(first.facts, first.far, number, call, seed, language, now, outside=out)
        state, commands = transfer.joined(facts, first, second, now)
        self._engine.join(state.facts, state, commands, (first.far, second.far))


def _where(orbit: str) -> tuple[Words, ...]:
    return (Prompt.PARKED_AT, *(Number(int(digit)) for digit in orbit))
