"""The transaction layer: who is waiting for which message, what goes out, and every timer."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from switchroom.sip.authentication import Authenticator, KnownNonces
from switchroom.sip.client import ClientTransaction, OnResult, Sent
from switchroom.sip.compose import Draft, contact_uri, via_line
from switchroom.sip.config import EndpointConfig, Ids, Transmit
from switchroom.sip.digest import ClientCredentials
from switchroom.sip.events import (
    Event,
    LookupId,
    LookupNeeded,
    RegistrationId,
    SessionId,
    SubscriptionId,
    TransactionId,
)
from switchroom.sip.flow import Address, Destination, Flow, Hop, Transport
from switchroom.sip.locate import Question, locate, may_change_transport
from switchroom.sip.message import Request, Response
from switchroom.sip.server import ServerKey, ServerTransaction
from switchroom.sip.timers import Timers
from switchroom.sip.transaction import Input, Timing, Transaction
from switchroom.sip.uri import Uri, escape_user

if TYPE_CHECKING:
    from switchroom.sip.dialog import DialogKey
    from switchroom.sip.registration import Registration
    from switchroom.sip.session import Session
    from switchroom.sip.subscription import Subscription

Place = tuple[Transport, Address]
MAX_ENDED = 2000
"""Dialogs that are over and still known by name."""


class Core:
    """What all parts of the endpoint share. It knows transactions; sessions it only keeps."""

    def __init__(self, config: EndpointConfig, ids: Ids) -> None:
        self.config = config
        self.ids = ids
        self.timing = Timing(config.t1, config.t2, config.t4)
        self.timers = Timers()
        self.transmits: deque[Transmit] = deque()
        self.events: deque[Event] = deque()
        self.server_header = f"Server: {config.user_agent}\r\n"
        self.agent_header = f"User-Agent: {config.user_agent}\r\n"
        self.allow_line = f"Allow: {', '.join(config.allowed)}\r\n"
        self.supported_line = f"Supported: {', '.join(config.supported)}\r\n"
        self.servers: dict[ServerKey, ServerTransaction] = {}
        self.merged: dict[tuple[str, str, int, str], ServerTransaction] = {}
        self.clients: dict[tuple[str, str], ClientTransaction] = {}
        self.serials: dict[int, Transaction] = {}
        self.places: dict[Place, set[ClientTransaction]] = {}
        self.lookups: dict[LookupId, Sent | tuple[Draft, str]] = {}
        self.sessions: dict[SessionId, Session] = {}
        self.dialogs: dict[DialogKey, Session] = {}
        self.ended: dict[DialogKey, SessionId] = {}
        self.nonces = KnownNonces()
        self.registrations: dict[RegistrationId, Registration] = {}
        self.subscriptions: dict[SubscriptionId, Subscription] = {}
        self.subscribed: dict[DialogKey, list[Subscription]] = {}
        self._serial = 0

    def next_serial(self) -> int:
        """A number never given before; 0 is never given."""
        self._serial += 1
        return self._serial

    def new_id(self) -> str:
        """An unpredictable token of 20 hexadecimal digits."""
        return f"{self.ids.getrandbits(80):020x}"

    def contact_line(
        self, transport: Transport, address: Address, secure: bool, user: str | None = None
    ) -> str:
        """Our Contact as a peer on `transport` reaches it; `user` takes the place of the usual user part."""
        name = self.config.contact_user if user is None else escape_user(user)
        return f"Contact: <{contact_uri(name, transport, address, secure)}>\r\n"

    def signer(self, credentials: ClientCredentials | None) -> Authenticator | None:
        """What answers challenges with `credentials`; without any, nothing does."""
        return None if credentials is None else Authenticator(credentials, self.nonces, self.ids)

    def transmit(self, data: bytes, to: Flow | Hop, key: int) -> None:
        """Queue a message for the wire."""
        self.transmits.append(Transmit(data, to, key))

    def remember_end(self, key: DialogKey, session: SessionId) -> None:
        """A confirmed dialog is over: who wants to replace it is told so (RFC 3891 §3)."""
        self.ended[key] = session
        if len(self.ended) > MAX_ENDED:
            del self.ended[next(iter(self.ended))]

    # Sending requests

    def find(self, destination: Destination) -> Flow | Hop | None:
        """The place a destination means now."""
        return self.config.flow_of(destination) if isinstance(destination, str) else destination

    def send(
        self,
        draft: Draft,
        destination: Destination | None,
        next_hop: Uri | None,
        on_result: OnResult,
        now: float,
    ) -> Sent:
        """Send a request to `destination`, or without one to where `next_hop` leads.

        `on_result` is never called before this returns.
        """
        if destination is not None:
            sent = Sent(self, draft, on_result, may_grow=False)
            found = self.find(destination)
            if found is None:
                self.timers.start(now, partial(sent.next_hop, 503, None))
            else:
                sent.go((found,), now)
            return sent
        sent = Sent(self, draft, on_result, may_grow=next_hop is not None and may_change_transport(next_hop))
        hops = () if next_hop is None else locate(next_hop)
        if isinstance(hops, Question):
            lookup = self._ask(hops, sent)
            self.timers.start(now + 64 * self.config.t1, partial(self.resolved, lookup, ()))
        elif hops:
            sent.go(hops, now)
        else:
            self.timers.start(now, partial(sent.next_hop, 503, None))
        return sent

    def send_ack(
        self, draft: Draft, destination: Destination | None, next_hop: Uri | None, branch: str
    ) -> None:
        """Send the ACK to a 2xx, which has no transaction (RFC 3261 §13.2.2.4)."""
        if destination is not None:
            found = self.find(destination)
            if found is not None:
                self._transmit_ack(draft, branch, found)
            return
        hops = () if next_hop is None else locate(next_hop)
        if isinstance(hops, Question):
            self._ask(hops, (draft, branch))
        elif hops:
            self._transmit_ack(draft, branch, hops[0])

    def _transmit_ack(self, draft: Draft, branch: str, to: Flow | Hop) -> None:
        address = self.config.address_for(to.transport, to.remote.host)
        signature = draft.signature(to.remote.host)
        self.transmit(draft.to_bytes(via_line(to.transport, address, branch), "", signature), to, 0)

    def _ask(self, question: Question, waiting: Sent | tuple[Draft, str]) -> LookupId:
        lookup = LookupId(self.new_id())
        self.lookups[lookup] = waiting
        self.events.append(
            LookupNeeded(lookup, question.host, question.port, question.transport, question.secure)
        )
        return lookup

    def resolved(self, lookup: LookupId, hops: tuple[Hop, ...], now: float) -> None:
        """Go on with what waited for `lookup`; unknown lookups are ignored."""
        waiting = self.lookups.pop(lookup, None)
        if isinstance(waiting, Sent):
            waiting.go(hops, now)
        elif waiting is not None and hops:
            self._transmit_ack(waiting[0], waiting[1], hops[0])

    # Keeping transactions

    def add_client(self, transaction: ClientTransaction) -> None:
        """Remember a client transaction that starts."""
        self.clients[transaction.branch, transaction.sent.draft.method] = transaction
        self.serials[transaction.serial] = transaction
        if transaction.reliable:
            place = (transaction.to.transport, transaction.to.remote)
            self.places.setdefault(place, set()).add(transaction)

    def add_server(
        self, key: ServerKey, request: Request, flow: Flow, to_tag: str, now: float
    ) -> ServerTransaction:
        """Make the server transaction of a new request."""
        transaction = ServerTransaction(self, key, request, flow, to_tag)
        self.servers[key] = transaction
        self.serials[transaction.serial] = transaction
        transaction.feed(Input.START, now)
        return transaction

    def server(self, name: TransactionId) -> ServerTransaction | None:
        """The server transaction the owner calls `name`, None when it is over."""
        found = self.serials.get(int(name))
        return found if isinstance(found, ServerTransaction) else None

    def forget(self, transaction: Transaction) -> None:
        """A transaction is over."""
        if isinstance(transaction, ServerTransaction):
            self.servers.pop(transaction.key, None)
            self.serials.pop(transaction.serial, None)
            if transaction.merge_key is not None:
                self.merged.pop(transaction.merge_key, None)
            transaction.user = None
        elif isinstance(transaction, ClientTransaction):
            self.clients.pop((transaction.branch, transaction.sent.draft.method), None)
            self.serials.pop(transaction.serial, None)
            if transaction.reliable:
                place = (transaction.to.transport, transaction.to.remote)
                there = self.places.get(place)
                if there is not None:
                    there.discard(transaction)
                    if not there:
                        del self.places[place]

    # What the network says

    def on_response(self, response: Response, now: float) -> bool:
        """Give a response to its transaction; False when there is none (RFC 3261 §17.1.3)."""
        key = (response.top_via.branch or "", response.cseq.method)
        transaction = self.clients.get(key)
        if transaction is None:
            return False
        if response.status < 200:
            happened = Input.PROVISIONAL
        elif response.status < 300:
            happened = Input.SUCCESS
        else:
            happened = Input.FAILURE
        transaction.feed(happened, now, response)
        return True

    def transmit_failed(self, key: int, now: float) -> None:
        """The message sent with `key` did not get out."""
        transaction = self.serials.get(key)
        if transaction is None:
            return
        if isinstance(transaction, ServerTransaction):
            transaction.connection_lost()
        transaction.feed(Input.TRANSPORT_ERROR, now)

    def flow_closed(self, flow: Flow, now: float) -> None:
        """A connection is gone, and with it the requests that wait for an answer on it."""
        for registration in list(self.registrations.values()):
            registration.flow_closed(flow, now)
        for transaction in list(self.places.get((flow.transport, flow.remote), ())):
            if transaction.allows(Input.TRANSPORT_ERROR):
                transaction.feed(Input.TRANSPORT_ERROR, now)
