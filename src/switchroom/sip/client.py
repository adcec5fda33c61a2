"""The client side: a request on its way, over as many hops as it takes, each try a transaction of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from switchroom.sip.compose import Draft, via_line
from switchroom.sip.flow import Flow, Hop, Transport
from switchroom.sip.message import Response
from switchroom.sip.transaction import (
    INVITE_CLIENT,
    NON_INVITE_CLIENT,
    Action,
    Input,
    State,
    Transaction,
)

if TYPE_CHECKING:
    from switchroom.sip.core import Core

MAX_DATAGRAM = 1300
"""Requests above this many bytes should not go by UDP (RFC 3261 §18.1.1)."""

OnResult = Callable[["Sent", int, Response | None, float], None]
"""Called as (request, status, response, now) for every response; without a response the request failed
here: 408 nothing came, 503 no way there."""


class Sent:
    """A request under way. Failing over to the next hop (RFC 3263 §4.3) happens inside, unseen, and so does
    answering a challenge (RFC 3261 §22.2)."""

    __slots__ = (
        "_hops",
        "_may_grow",
        "abandoned",
        "answered",
        "core",
        "draft",
        "on_result",
        "over",
        "to",
        "transaction",
        "via",
    )

    def __init__(self, core: Core, draft: Draft, on_result: OnResult, *, may_grow: bool) -> None:
        self.core = core
        self.draft = draft
        self.on_result = on_result
        self.transaction: ClientTransaction | None = None
        self.to: Flow | Hop | None = None
        self.via = ""
        self.abandoned = False
        self.over = False
        self.answered: dict[str, int] = {}
        self._hops: deque[Flow | Hop] = deque()
        self._may_grow = may_grow

    @property
    def waiting(self) -> bool:
        """Whether a final response may still come."""
        if self.transaction is None:
            return not self.over
        return self.transaction.state in (State.CALLING, State.TRYING, State.PROCEEDING)

    @property
    def proceeding(self) -> bool:
        """Whether a provisional response came, so that CANCEL may be sent (RFC 3261 §9.1)."""
        return self.transaction is not None and self.transaction.state is State.PROCEEDING

    def go(self, hops: tuple[Flow | Hop, ...], now: float) -> None:
        """Try these places in order."""
        if self.draft.opens and self.draft.signer is not None:
            for hop in hops:
                self.draft.signer.trust(hop.remote.host)
        self._hops.extend(hops)
        self.next_hop(503, None, now)

    def next_hop(self, status: int, response: Response | None, now: float) -> None:
        """Try the next place; with none left, `status` and `response` are the result."""
        if self._hops and not self.abandoned:
            self._start(self._hops.popleft(), now)
        else:
            self.abandoned = self.over = True
            self.on_result(self, status, response, now)

    def challenged(self, response: Response, now: float) -> bool:
        """Send the request again with what a 401 or 407 asks for; False when it is not to be answered."""
        draft, to = self.draft, self.to
        if draft.signer is None or to is None or self.abandoned:
            return False
        if not draft.signer.accept(response, draft, to.remote.host, self.answered):
            return False
        self.draft = draft.again()
        self._start(to, now)
        return True

    def detach(self, transaction: ClientTransaction) -> None:
        """A transaction is over; if it was the last one, let go of everything, so that no cycle is left."""
        if self.transaction is transaction:
            self.transaction = None
            self.over = True
            self.on_result = _ignore
            self.draft.number = None

    def cancel(self, extra: str, now: float) -> None:
        """Send CANCEL the way the INVITE went (RFC 3261 §9.1); give up 64*T1 later."""
        transaction = self.transaction
        assert transaction is not None and self.to is not None
        draft = self.draft.companion("CANCEL", self.draft.to, extra)
        cancel = Sent(self.core, draft, _ignore, may_grow=False)
        cancel._launch(self.to, self.via, transaction.branch, draft.to_bytes(self.via, ""), now)
        self.core.timers.start(now + 64 * self.core.config.t1, self.give_up)

    def give_up(self, now: float) -> None:
        """Wait no longer for the final response to an INVITE: the result is 408."""
        transaction = self.transaction
        if transaction is not None and transaction.allows(Input.GIVE_UP):
            transaction.feed(Input.GIVE_UP, now)

    def _start(self, to: Flow | Hop, now: float) -> None:
        core = self.core
        address = core.config.address_for(to.transport, to.remote.host)
        branch = "z9hG4bK" + core.new_id()
        via = via_line(to.transport, address, branch)
        contact = ""
        if self.draft.contact:
            secure = self.draft.uri.startswith("sips:")
            contact = core.contact_line(to.transport, address, secure, self.draft.contact_user)
        signature = self.draft.signature(to.remote.host)
        data = self.draft.to_bytes(via, contact, signature)
        if len(data) > MAX_DATAGRAM and to.transport is Transport.UDP:
            if self.draft.optional:
                data = self.draft.to_bytes(via, contact, signature, short=True)
            if len(data) > MAX_DATAGRAM and self._may_grow and isinstance(to, Hop):
                self._may_grow = False
                self._hops.appendleft(to)
                self._start(Hop(Transport.TCP, to.remote), now)
                return
        self._launch(to, via, branch, data, now)

    def _launch(self, to: Flow | Hop, via: str, branch: str, data: bytes, now: float) -> None:
        self.to, self.via = to, via
        self.transaction = ClientTransaction(self, to, branch, data)
        self.core.add_client(self.transaction)
        self.transaction.feed(Input.START, now)
        if self.draft.patience is not None and self.draft.method == "INVITE":
            self.core.timers.start(now + self.draft.patience, self.transaction.silent)


def _ignore(_: Sent, __: int, ___: Response | None, ____: float) -> None:
    """The result of a CANCEL, which nobody waits for."""


class ClientTransaction(Transaction):
    """One try of a request at one place."""

    __slots__ = ("answered", "branch", "data", "draft", "sent", "serial", "to", "via")

    def __init__(self, sent: Sent, to: Flow | Hop, branch: str, data: bytes) -> None:
        table = INVITE_CLIENT if sent.draft.method == "INVITE" else NON_INVITE_CLIENT
        super().__init__(sent.core, table, to.transport.reliable)
        self.sent = sent
        self.draft = sent.draft
        self.via = sent.via
        self.to = to
        self.branch = branch
        self.data = data
        self.serial = sent.core.next_serial()
        self.answered = False

    def feed(self, happened: Input, now: float, argument: object = None) -> None:
        """See Transaction."""
        super().feed(happened, now, argument)
        if self.state is State.TERMINATED:
            self.sent.detach(self)

    def silent(self, now: float) -> None:
        """It was waited long enough for any answer at all."""
        if not self.answered and self.allows(Input.TIMER_B):
            self.feed(Input.TIMER_B, now)

    def perform(self, action: Action, argument: object, now: float) -> None:
        """Do one thing of a row."""
        sent = self.sent
        match action:
            case Action.SEND | Action.RESEND:
                sent.core.transmit(self.data, self.to, self.serial)
            case Action.DELIVER:
                assert isinstance(argument, Response)
                self.answered = True
                if argument.status == 503:
                    sent.next_hop(503, argument, now)
                elif argument.status in (401, 407) and sent.challenged(argument, now):
                    pass
                else:
                    sent.on_result(sent, argument.status, argument, now)
            case Action.SEND_ACK:
                assert isinstance(argument, Response)
                draft = self.draft.companion("ACK", argument.headers.get("To") or self.draft.to)
                sent.core.transmit(draft.to_bytes(self.via, ""), self.to, self.serial)
            case Action.REPORT_TIMEOUT:
                if self.answered:
                    sent.abandoned = True
                sent.next_hop(408, None, now)
            case Action.REPORT_TRANSPORT:
                sent.next_hop(503, None, now)
            case _:
                raise AssertionError(action)
