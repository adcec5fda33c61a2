"""Moving running calls: what a phone (REFER) or the widget asks for, looked at and done within one turn."""

from __future__ import annotations

from collections.abc import Callable

from switchroom.calls import transfer
from switchroom.calls.engine import Engine
from switchroom.calls.live import CallState
from switchroom.calls.outcomes import TransferRefusal
from switchroom.calls.transfer import Ends, ends
from switchroom.calls.values import CallId
from switchroom.directory.model import UserId
from switchroom.sip.bodies import SIPFRAG, sipfrag
from switchroom.sip.events import DialogNames, ReferReceived, SubscriptionId
from switchroom.sip.headers import Replaces

FORBIDDEN = 403
DECLINED = 603
"""Answers a REFER that can not be followed; 404 or 481 would end the call that it came in (RFC 5057)."""


class Moving:
    """Transfers. `new_call` names a call that begins now, `randbytes` gives its seed."""

    def __init__(
        self, engine: Engine, new_call: Callable[[float], CallId], randbytes: Callable[[int], bytes]
    ) -> None:
        self._engine = engine
        self._ports = engine.ports
        self._new_call = new_call
        self._randbytes = randbytes
        self.begun = 0
        """Calls that were made of others so far."""

    # --- what people ask --------------------------------------------------------------------------------

    def complete(self, user: UserId, first: str, second: str) -> TransferRefusal | None:
        """Join the other ends of two calls of a person, who is out of it then: an attended transfer.

        Each call by its id, or by the Call-ID of his dialog. None: it is done.
        """
        named = self._engine.named(user)
        one, other = named.get(first), named.get(second)
        if one is None or other is None:
            return TransferRefusal.NO_CALL
        return self._complete(user, one, other)

    def refer(self, event: ReferReceived) -> None:
        """A phone wants its call moved. What it may not have is refused, and the call goes on as it was."""
        leg = self._engine.leg(event.session)
        user = leg.party.user_id if leg is not None else None
        call = self._engine.owner(event.session)
        state = self._engine.state_of(call) if call is not None else None
        if user is None or state is None:
            self._ports.signalling.refuse_refer(event.subscription, FORBIDDEN)
            return
        if event.replaces is not None:
            self._refer_attended(event.subscription, user, state, event.replaces)
            return
        self._ports.signalling.refuse_refer(event.subscription, DECLINED)

    # --- attended ---------------------------------------------------------------------------------------

    def _refer_attended(
        self, subscription: SubscriptionId, user: UserId, state: CallState, wanted: Replaces
    ) -> None:
        signalling = self._ports.signalling
        found = signalling.find_dialog(DialogNames(wanted.call_id, wanted.to_tag, wanted.from_tag))
        owner = self._engine.owner(found.session) if found is not None else None
        leg = self._engine.leg(found.session) if found is not None else None
        other = self._engine.state_of(owner) if owner is not None else None
        if other is None or leg is None:
            signalling.refuse_refer(subscription, DECLINED)
        elif leg.party.user_id != user:
            signalling.refuse_refer(subscription, FORBIDDEN)
        elif isinstance(self._plan_join(user, state, other), TransferRefusal):
            signalling.refuse_refer(subscription, DECLINED)
        elif signalling.accept_refer(subscription):
            self._complete(user, state, other)
            signalling.notify(subscription, sipfrag(200), SIPFRAG, state="terminated", reason="noresource")

    def _plan_join(
        self, user: UserId, one: CallState, other: CallState
    ) -> tuple[Ends, Ends] | TransferRefusal:
        if one.facts.id == other.facts.id:
            return TransferRefusal.SAME_CALL
        first, second = ends(one, user), ends(other, user)
        if isinstance(first, TransferRefusal):
            return first
        return second if isinstance(second, TransferRefusal) else (first, second)

    def _complete(self, user: UserId, one: CallState, other: CallState) -> TransferRefusal | None:
        planned = self._plan_join(user, one, other)
        if isinstance(planned, TransferRefusal):
            return planned
        first, second = planned
        now = self._engine.clock.now()
        call = self._new_call(now)
        language = self._ports.directory.current().settings.language
        dialled = transfer.dialled_of(second)
        facts = transfer.follows(first.facts, first.far, dialled, call, self._randbytes(32), language, now)
        state, commands = transfer.joined(facts, first, second, now)
        legs = (first.far, second.far)
        users = tuple(dict.fromkeys(leg.party.user_id for leg in legs if leg.party.user_id is not None))
        self.begun += 1
        self._engine.join(call, users, state, commands, tuple(leg.id for leg in legs))
        return None
