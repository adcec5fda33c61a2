"""The SIP endpoint, without any I/O: bytes and the time go in, bytes and events come out.

After every call drain `poll_transmit` and `poll_event`, and call `handle_timeout` when `next_timeout` is due.
Everything a peer can do wrong is answered or dropped in here; what raises is a bug of the caller's
(LocalProtocolError). A verb on a session that is over does nothing: the peer may have ended it meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import partial

from switchroom.sip.client import Sent
from switchroom.sip.compose import Draft, ResponseHead, header_lines, reply_flow
from switchroom.sip.config import EndpointConfig, Ids, Transmit
from switchroom.sip.core import Core
from switchroom.sip.digest import ClientCredentials
from switchroom.sip.errors import LocalProtocolError, RemoteProtocolError
from switchroom.sip.events import (
    DialogNames,
    DialogPhase,
    DialogRecord,
    Event,
    FoundDialog,
    IncomingInvite,
    IncomingRequest,
    LookupId,
    MessageDropped,
    OutgoingInvite,
    OutgoingRegistration,
    RegistrationId,
    RequestAnswered,
    RequestId,
    SessionId,
    SubscriptionId,
    TransactionId,
)
from switchroom.sip.flow import Destination, Flow, Hop
from switchroom.sip.headers import NameAddr, Reason
from switchroom.sip.incoming import IncomingSession
from switchroom.sip.locate import is_address
from switchroom.sip.message import Request, Response, parse_message, validate
from switchroom.sip.options import Buckets
from switchroom.sip.outgoing import OutgoingSession, check_invite
from switchroom.sip.parties import EventType
from switchroom.sip.registration import Registration, check_registration
from switchroom.sip.screening import screen
from switchroom.sip.server import ServerKey, ServerTransaction, server_key
from switchroom.sip.session import RECORD_SCHEMA, Phase, Session, restore
from switchroom.sip.session_timer import TooBrief, agree
from switchroom.sip.subscription import News, accept, accept_refer
from switchroom.sip.transaction import Input
from switchroom.sip.uri import SipUri, parse_uri

Headers = Iterable[tuple[str, str]]


class Endpoint:
    """A user agent, server and client, for any number of sessions.

    `draining` and `overloaded` are set by the owner: new calls then get 503 with Retry-After.
    """

    def __init__(self, config: EndpointConfig, ids: Ids) -> None:
        self._core = Core(config, ids)
        self._options = Buckets(config.options_rate, config.options_burst)
        self._secret = ids.getrandbits(128).to_bytes(16, "big")
        self.draining = False
        self.overloaded = False

    # The five verbs

    def receive(self, data: bytes, flow: Flow, now: float) -> None:
        """Take one message that came by `flow`. Never raises for anything a peer sent."""
        self._core.timers.clock = now
        try:
            message = parse_message(data)
        except RemoteProtocolError as error:
            self._refuse(error, error.message, flow)
            return
        try:
            if isinstance(message, Request):
                self._on_request(message, flow, now)
            elif not self._core.on_response(message, now):
                self._drop(flow, "response to nothing")
        except RemoteProtocolError as error:
            self._refuse(error, message if isinstance(message, Request) else None, flow)

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is to be called, None when nothing is waiting."""
        return self._core.timers.next()

    def handle_timeout(self, now: float) -> None:
        """Do what is due at `now`."""
        self._core.timers.run(now)

    def poll_transmit(self) -> Transmit | None:
        """The next message to send."""
        return self._core.transmits.popleft() if self._core.transmits else None

    def poll_event(self) -> Event | None:
        """The next thing that happened."""
        return self._core.events.popleft() if self._core.events else None

    # What transports and the resolver report

    def transmit_failed(self, key: int, now: float) -> None:
        """The message of a Transmit with this key could not be sent."""
        self._core.transmit_failed(key, now)

    def flow_closed(self, flow: Flow, now: float) -> None:
        """A connection is gone."""
        self._core.flow_closed(flow, now)

    def resolved(self, lookup: LookupId, hops: Iterable[Hop], now: float) -> None:
        """The answer to LookupNeeded, in the order to try; nothing when the name leads nowhere."""
        self._core.resolved(lookup, tuple(hops), now)

    # Requests outside sessions

    def respond(
        self,
        transaction: TransactionId,
        status: int,
        now: float,
        *,
        reason: str | None = None,
        headers: Headers = (),
        body: bytes = b"",
        content_type: str = "text/plain",
    ) -> None:
        """Answer an IncomingRequest or DialogRequest; nothing happens when it has its final answer."""
        found = self._core.server(transaction)
        if found is not None and found.open:
            found.respond(
                status, now, reason=reason, extra=header_lines(headers), body=body, content_type=content_type
            )

    def send_request(
        self,
        request: RequestId,
        method: str,
        uri: str,
        *,
        from_: NameAddr,
        to: NameAddr,
        now: float,
        destination: Destination | None = None,
        headers: Headers = (),
        body: bytes = b"",
        content_type: str = "text/plain",
        credentials: ClientCredentials | None = None,
        contact_user: str | None = None,
    ) -> None:
        """Send a request outside any session (no INVITE, ACK, CANCEL); its result is a RequestAnswered.

        `credentials` answer a challenge to it, `contact_user` is the user part of its Contact.
        """
        if method in ("INVITE", "ACK", "CANCEL"):
            raise LocalProtocolError(f"{method} is no request of its own")
        core = self._core
        draft = Draft(
            method,
            uri,
            str(from_.with_tag(core.new_id())),
            str(to),
            core.new_id() + core.new_id(),
            core.ids.getrandbits(16),
            extra=header_lines(headers) + core.agent_header,
            body=body,
            content_type=content_type,
            contact=True,
            contact_user=contact_user,
            opens=True,
            signer=core.signer(credentials),
        )
        core.send(draft, destination, parse_uri(uri), partial(self._answered, request), now)

    def _answered(
        self, request: RequestId, sent: Sent, status: int, response: Response | None, now: float
    ) -> None:
        if status >= 200:
            self._core.events.append(RequestAnswered(request, status, response))

    # Registrations with providers

    def register(self, registration: RegistrationId, wanted: OutgoingRegistration, now: float) -> None:
        """Register at once and keep it so; RegistrationChanged tells how it goes.

        For one that exists: with these settings from now on. Raises LocalProtocolError for malformed ones.
        """
        check_registration(wanted)
        found = self._core.registrations.get(registration)
        if found is None:
            found = Registration(self._core, registration, wanted, now)
            self._core.registrations[registration] = found
        found.begin(wanted, now)

    def unregister(self, registration: RegistrationId, now: float) -> None:
        """Remove a registration; its last event is ENDED."""
        found = self._core.registrations.get(registration)
        if found is not None:
            found.end(now)

    # Sessions

    def invite(self, session: SessionId, invite: OutgoingInvite, now: float) -> None:
        """Call somebody. Raises LocalProtocolError for a name in use or an INVITE that can not be sent."""
        check_invite(invite)
        if session in self._core.sessions:
            raise LocalProtocolError(f"session {session} exists")
        self._core.sessions[session] = OutgoingSession(self._core, session, invite, now)

    def provisional(
        self,
        session: SessionId,
        status: int,
        now: float,
        *,
        sdp: bytes | None = None,
        headers: Headers = (),
    ) -> None:
        """Send 101..199 to an IncomingInvite, reliably (RFC 3262) when the caller requires it."""
        found = self._incoming(session)
        if found is not None:
            found.provisional(status, sdp or b"", header_lines(headers), now)

    def accept(self, session: SessionId, sdp: bytes, now: float, *, headers: Headers = ()) -> None:
        """Send 200 to an IncomingInvite, again and again until the ACK (SessionConfirmed)."""
        found = self._incoming(session)
        if found is not None:
            found.accept(sdp, header_lines(headers), now)

    def reject(
        self,
        session: SessionId,
        status: int,
        now: float,
        *,
        reason: str | None = None,
        headers: Headers = (),
    ) -> None:
        """Refuse an IncomingInvite with 300..699; no event follows."""
        found = self._incoming(session)
        if found is not None:
            found.reject(status, now, reason, header_lines(headers))

    def hang_up(self, session: SessionId, now: float, *, reasons: tuple[Reason, ...] = ()) -> None:
        """End a session whatever its state: BYE, CANCEL or 603.

        SessionEnded follows for an accepted session, InviteRejected for an outgoing one that was not yet,
        nothing for an incoming one that was not.
        """
        found = self._core.sessions.get(session)
        if found is not None:
            found.hang_up(reasons, now)

    def offer(self, session: SessionId, sdp: bytes, now: float, *, headers: Headers = ()) -> None:
        """Offer a new description by re-INVITE, or UPDATE while early, as soon as none is open.

        `headers` stand in it, such as P-Asserted-Identity.
        """
        found = self._core.sessions.get(session)
        if found is not None:
            found.offer(sdp, now, header_lines(headers))

    def identify(self, session: SessionId, headers: Headers, now: float) -> None:
        """Tell the peer who is connected now (RFC 3325, RFC 5876 §3.2), by UPDATE without description.

        One who does not know UPDATE gets a re-INVITE with the description as it is. It waits while an offer
        is open, or nothing is agreed yet; newer headers replace those that wait. Nobody hears of its result.
        """
        found = self._core.sessions.get(session)
        if found is not None:
            found.offer(None, now, header_lines(headers))

    def answer(self, session: SessionId, sdp: bytes, now: float) -> None:
        """Answer OfferReceived."""
        found = self._core.sessions.get(session)
        if found is not None:
            found.answer(sdp, now)

    def refuse_offer(self, session: SessionId, status: int, now: float, *, headers: Headers = ()) -> None:
        """Refuse OfferReceived, as with 488; the session goes on as before."""
        found = self._core.sessions.get(session)
        if found is not None:
            found.refuse_offer(status, now, header_lines(headers))

    def info(self, session: SessionId, content_type: str, body: bytes, now: float) -> None:
        """Send INFO in an established session; nobody hears of its result."""
        found = self._core.sessions.get(session)
        if found is not None:
            found.info(content_type, body, now)

    def send_in_session(
        self,
        session: SessionId,
        request: RequestId,
        method: str,
        now: float,
        *,
        headers: Headers = (),
        body: bytes = b"",
        content_type: str = "text/plain",
    ) -> None:
        """Send another request inside a session (NOTIFY, REFER, MESSAGE); RequestAnswered follows."""
        if method in ("INVITE", "ACK", "CANCEL", "BYE", "UPDATE", "PRACK"):
            raise LocalProtocolError(f"{method} has a verb of its own")
        found = self._core.sessions.get(session)
        if found is None:
            self._core.events.append(RequestAnswered(request, 481, None))
        else:
            found.send_request(request, method, header_lines(headers), body, content_type, now)

    # Subscriptions to us

    def accept_subscription(
        self,
        transaction: TransactionId,
        expires: int,
        now: float,
        *,
        destination: Destination | None = None,
    ) -> SubscriptionId | None:
        """Take a SUBSCRIBE (an IncomingRequest) for as long as it asks, at most `expires` seconds.

        `notify` has to follow at once, also for one that only fetches the state. Refreshes and the end are
        handled here (Unsubscribed). `destination` is the subscriber's binding. None when the request was
        malformed, which has been answered, or is over.
        """
        found = self._core.server(transaction)
        if found is None or not found.open:
            return None
        try:
            return accept(self._core, found, expires, destination, now)
        except RemoteProtocolError as error:
            found.refuse(error.status, now, *error.headers, reason=error.reason)
            return None

    def accept_refer(self, subscription: SubscriptionId, now: float) -> bool:
        """Answer ReferReceived with 202 and a first NOTIFY of 100; False when it is over."""
        found = self._core.server(TransactionId(subscription))
        if found is None or not found.open or found.method != "REFER" or not isinstance(found.user, Session):
            return False
        session = found.user
        accept_refer(self._core, found, session.dialog, lambda: session.way, now)
        return True

    def refuse_refer(self, subscription: SubscriptionId, status: int, now: float) -> None:
        """Refuse ReferReceived, as with 603; the session goes on."""
        self.respond(TransactionId(subscription), status, now)

    def notify(
        self,
        subscription: SubscriptionId,
        body: bytes,
        content_type: str,
        now: float,
        *,
        state: str = "active",
        reason: str | None = None,
    ) -> None:
        """Tell a subscriber; "terminated" ends it, with a reason (noresource, rejected, ...), eventless.

        News that have not gone out yet are replaced by these.
        """
        found = self._core.subscriptions.get(subscription)
        if found is not None:
            found.notify(News(body, content_type, state, reason), now)

    def bind(self, session: SessionId, destination: Destination) -> None:
        """Say where the peer of an incoming session is to be found from now on: its binding."""
        found = self._core.sessions.get(session)
        if found is not None:
            found.dialog.destination = destination

    def find_dialog(self, names: DialogNames) -> FoundDialog | None:
        """The dialog of these names: one that is, or one that ended not long ago (RFC 3891 §3)."""
        key = (names.call_id, names.local_tag, names.remote_tag)
        session = self._core.dialogs.get(key)
        if session is None or session.phase in (Phase.ENDING, Phase.ENDED):
            ended = self._core.ended.get(key) if session is None else session.id
            return None if ended is None else FoundDialog(ended, DialogPhase.ENDED)
        if session.phase is Phase.ESTABLISHED:
            return FoundDialog(session.id, DialogPhase.CONFIRMED)
        calling = isinstance(session, IncomingSession)
        return FoundDialog(session.id, DialogPhase.CALLING if calling else DialogPhase.RINGING)

    def dialog_names(self, session: SessionId) -> DialogNames | None:
        """The names of a session's dialog; None without one."""
        found = self._core.sessions.get(session)
        if found is None or not found.dialog.remote_tag:
            return None
        return DialogNames(*found.dialog.key)

    def export(self, session: SessionId, now: float) -> DialogRecord | None:
        """The durable record of an established session, None for any other."""
        found = self._core.sessions.get(session)
        return None if found is None else found.export(now)

    def restore(self, record: DialogRecord, now: float) -> None:
        """Go on with a session exported earlier. Raises LocalProtocolError for a record we can not read."""
        if record.schema != RECORD_SCHEMA:
            raise LocalProtocolError(f"dialog record of schema {record.schema}")
        session = restore(self._core, record, now)
        self._core.sessions[session.id] = session
        self._core.dialogs[session.dialog.key] = session

    @property
    def transactions(self) -> int:
        """Server and client transactions alive, finished ones that wait for stragglers included."""
        return len(self._core.servers) + len(self._core.clients)

    @property
    def sessions(self) -> int:
        """Sessions alive."""
        return len(self._core.sessions)

    def _incoming(self, session: SessionId) -> IncomingSession | None:
        found = self._core.sessions.get(session)
        if found is not None and not isinstance(found, IncomingSession):
            raise LocalProtocolError(f"session {session} is no incoming one")
        return found

    # Received requests

    def _on_request(self, request: Request, flow: Flow, now: float) -> None:
        key = server_key(request)
        known = self._core.servers.get(key)
        if known is not None:
            happened = Input.ACK if request.method == "ACK" else Input.REQUEST
            if request.method != "ACK" or known.method == "INVITE":
                known.feed(happened, now, request)
            return
        if request.method == "ACK":
            self._on_stray_ack(request, flow, now)
            return
        if request.method == "CANCEL":
            validate(request)
            self._on_cancel(key, request, flow, now)
            return
        self._check_capacity(request)
        validate(request)
        screen(request, self._core.config)
        if request.to.tag:
            self._on_dialog_request(key, request, flow, now)
        elif request.method == "OPTIONS":
            self._on_options(request, flow, now)
        else:
            self._on_new_request(key, request, flow, now)

    def _check_capacity(self, request: Request) -> None:
        full = len(self._core.servers) >= self._core.config.max_transactions
        busy = (self.draining or self.overloaded) and request.method == "INVITE" and not request.to.tag
        if full or busy:
            wait = self._core.ids.uniform(30, 60) if self.draining else self._core.ids.uniform(2, 10)
            headers = (("Retry-After", str(int(wait))),)
            raise RemoteProtocolError(503, "Service Unavailable", request, headers)

    def _on_stray_ack(self, request: Request, flow: Flow, now: float) -> None:
        """An ACK that belongs to no transaction: to a 2xx, or to something that is over."""
        key = (request.call_id, request.to.tag or "", request.from_.tag or "")
        session = self._core.dialogs.get(key)
        if session is not None:
            session.on_ack(request, now)

    def _on_cancel(self, key: ServerKey, request: Request, flow: Flow, now: float) -> None:
        """RFC 3261 §9.2; answered in any case, and it changes nothing once a final response is out."""
        invite = self._core.servers.get((*key[:-1], "INVITE"))
        if invite is None:
            raise RemoteProtocolError(481, "Call/Transaction Does Not Exist", request)
        transaction = self._core.add_server(key, request, flow, invite.to_tag, now)
        transaction.respond(200, now)
        if invite.open and invite.user is not None:
            invite.user.on_cancel(invite, request, now)

    def _on_dialog_request(self, key: ServerKey, request: Request, flow: Flow, now: float) -> None:
        names = (request.call_id, request.to.tag or "", request.from_.tag or "")
        if request.method == "SUBSCRIBE" and names in self._core.subscribed:
            event = EventType.of(request)
            for subscription in self._core.subscribed[names]:
                if subscription.asks_for(event):
                    subscription.on_subscribe(
                        self._core.add_server(key, request, flow, "", now), request, now
                    )
                    return
        session = self._core.dialogs.get(names)
        if session is None:
            raise RemoteProtocolError(481, "Call/Transaction Does Not Exist", request)
        transaction = self._core.add_server(key, request, flow, "", now)
        self._hand_over(session, transaction, request, now)

    def _hand_over(
        self, session: Session, transaction: ServerTransaction, request: Request, now: float
    ) -> None:
        try:
            session.on_request(transaction, request, now)
        except RemoteProtocolError as error:
            if transaction.open:
                transaction.refuse(error.status, now, *error.headers, reason=error.reason)

    def _on_new_request(self, key: ServerKey, request: Request, flow: Flow, now: float) -> None:
        core = self._core
        method = request.method
        if method in ("BYE", "PRACK", "UPDATE"):
            raise RemoteProtocolError(481, "Call/Transaction Does Not Exist", request)
        merge_key = (request.call_id, request.from_.tag or "", request.cseq.number, method)
        if merge_key in core.merged:
            raise RemoteProtocolError(482, "Loop Detected", request)
        transaction = core.add_server(key, request, flow, core.new_id(), now)
        transaction.merge_key = merge_key
        core.merged[merge_key] = transaction
        if method != "INVITE":
            core.events.append(IncomingRequest(transaction.id, request, flow))
            return
        try:
            self._open_session(transaction, request, flow, now)
        except RemoteProtocolError as error:
            transaction.refuse(error.status, now, *error.headers, reason=error.reason)

    def _open_session(self, transaction: ServerTransaction, request: Request, flow: Flow, now: float) -> None:
        core = self._core
        agreement = agree(request, core.config.session_expires, core.config.min_se)
        if isinstance(agreement, TooBrief):
            headers = (("Min-SE", str(agreement.min_se)),)
            raise RemoteProtocolError(422, "Session Interval Too Small", request, headers)
        name = SessionId(core.new_id())
        session = IncomingSession(core, name, transaction, request, agreement)
        core.sessions[name] = session
        core.dialogs[session.dialog.key] = session
        core.events.append(IncomingInvite(name, request, flow, session.invite_sdp))

    def _on_options(self, request: Request, flow: Flow, now: float) -> None:
        if not self._options.take(flow.remote.host, now):
            self._drop(flow, "OPTIONS too often")
            return
        target = request.target
        if isinstance(target, SipUri) and not is_address(target.host):
            if not self._core.config.is_local(target.host):
                self._drop(flow, "OPTIONS for a host that is not ours")
                return
        elif not isinstance(target, SipUri):
            raise RemoteProtocolError(404, "Not Found", request)
        core = self._core
        extra = (
            core.server_header + core.allow_line + core.supported_line + "Accept: application/sdp\r\n"
            "Accept-Encoding: identity\r\nAccept-Language: en\r\n"
        )
        self._reply(request, flow, 200, None, extra)

    # Answers without a transaction

    def _reply(self, request: Request, flow: Flow, status: int, reason: str | None, extra: str) -> None:
        head = ResponseHead.of(request, flow, self._stateless_tag(request))
        self._core.transmit(head.to_bytes(status, reason, extra), reply_flow(request, flow), 0)

    def _stateless_tag(self, request: Request) -> str:
        """A To tag that comes out the same for each retransmission (RFC 3261 §8.2.7)."""
        headers = request.headers
        text = f"{headers.get('Call-ID')}\n{headers.get('From')}\n{headers.get('CSeq')}"
        named = hashlib.blake2s(text.encode("utf-8", "surrogateescape"), key=self._secret, digest_size=8)
        return named.hexdigest()

    def _refuse(self, error: RemoteProtocolError, request: Request | None, flow: Flow) -> None:
        """Answer what can be answered, and drop the rest."""
        if request is not None and request.method != "ACK" and "Via" in request.headers:
            extra = self._core.server_header + header_lines(error.headers)
            self._reply(request, flow, error.status, error.reason, extra)
        else:
            self._drop(flow, str(error))

    def _drop(self, flow: Flow, reason: str) -> None:
        self._core.events.append(MessageDropped(flow, reason))
