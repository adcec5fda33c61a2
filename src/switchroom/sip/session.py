"""A session: an INVITE usage of a dialog, from either side, and what happens inside it once it is answered.

`IncomingSession` and `OutgoingSession` add how it begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import partial

from switchroom.sip.body import sdp_of
from switchroom.sip.client import OnResult, Sent
from switchroom.sip.compose import SDP, Draft, header_lines
from switchroom.sip.core import Core
from switchroom.sip.dialog import Dialog
from switchroom.sip.errors import RemoteProtocolError
from switchroom.sip.events import (
    AnswerReceived,
    DialogRecord,
    DialogRequest,
    EndCause,
    InfoReceived,
    OfferReceived,
    OfferRefused,
    RequestAnswered,
    RequestId,
    SessionConfirmed,
    SessionEnded,
    SessionId,
)
from switchroom.sip.flow import Destination, Flow, Hop
from switchroom.sip.headers import Reason
from switchroom.sip.message import Request, Response
from switchroom.sip.offer_answer import OVERLAP, OfferAnswer, OfferState, OfferStep
from switchroom.sip.server import ServerTransaction
from switchroom.sip.session_timer import (
    Agreement,
    TooBrief,
    agree,
    agreed,
    least,
    request_lines,
    response_lines,
)
from switchroom.sip.subscription import referred
from switchroom.sip.timers import Timer

RECORD_SCHEMA = 1
MAX_TRIES = 6
"""How often an offer that met 491, 422 or 500 is made before the owner is told that it was refused."""


class Phase(Enum):
    """How far a session is. ENDING: our BYE waits for the ACK to our 2xx (RFC 3261 §15)."""

    EARLY = "early"
    ESTABLISHED = "established"
    ENDING = "ending"
    ENDED = "ended"


class Purpose(Enum):
    """Why we send a re-INVITE or UPDATE."""

    OFFER = "offer"
    REFRESH = "refresh"
    NEWS = "news"  # headers only, such as who is connected now


@dataclass(slots=True)
class Unacked:
    """A 2xx to INVITE that is sent again until its ACK comes (RFC 3261 §13.3.1.4)."""

    transaction: ServerTransaction
    data: bytes
    cseq: int
    offered: bytes | None
    """Our offer, when it is in this 2xx."""
    initial: bool
    interval: float
    resend: Timer | None = None
    deadline: Timer | None = None


@dataclass(slots=True)
class Asked:
    """A re-INVITE, UPDATE or PRACK with an offer, or a re-INVITE that asks for one."""

    transaction: ServerTransaction
    offer: bytes | None
    agreement: Agreement | None


@dataclass(slots=True)
class Exchange:
    """Our re-INVITE or UPDATE under way."""

    purpose: Purpose
    method: str
    sdp: bytes
    headers: str = ""
    sent: Sent | None = None
    timed: bool = False
    """Whether it negotiates the session timer."""
    guard: Timer | None = None
    """Gives a re-INVITE up that is never answered for good after a provisional response."""


class Session:
    """What both kinds of sessions share. The owner's verbs come through `Endpoint`."""

    __slots__ = (
        "acks",
        "agreement",
        "asked",
        "core",
        "dialog",
        "exchange",
        "expiry_timer",
        "farewell",
        "hold",
        "id",
        "local_sdp",
        "min_se",
        "news",
        "offers",
        "open_requests",
        "phase",
        "queued",
        "refresh_timer",
        "remote_sdp",
        "tries",
        "unacked",
    )

    def __init__(self, core: Core, session: SessionId, dialog: Dialog) -> None:
        self.core = core
        self.id = session
        self.dialog = dialog
        self.phase = Phase.EARLY
        self.offers = OfferAnswer()
        self.local_sdp = b""
        self.remote_sdp = b""
        self.unacked: Unacked | None = None
        self.asked: Asked | None = None
        self.exchange: Exchange | None = None
        self.queued: bytes | None = None
        self.news = ""
        self.tries = 0
        self.farewell: tuple[Reason, ...] = ()
        self.hold: Timer | None = None
        self.acks: dict[int, tuple[Draft, str]] = {}
        self.open_requests: dict[int, ServerTransaction] = {}
        self.agreement: Agreement | None = None
        self.min_se = core.config.min_se
        self.refresh_timer: Timer | None = None
        self.expiry_timer: Timer | None = None

    # Requests of the peer inside the dialog

    def on_request(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """Handle a request that belongs to this session (RFC 3261 §12.2.2). Raises RemoteProtocolError."""
        dialog = self.dialog
        number = request.cseq.number
        if dialog.remote_cseq is not None and number <= dialog.remote_cseq:
            transaction.refuse(500, now, reason="CSeq Out Of Order")
            return
        dialog.remote_cseq = number
        method = request.method
        if self.phase in (Phase.ENDING, Phase.ENDED) and method != "BYE":
            transaction.refuse(481, now)
            return
        dialog.heard(request, transaction.flow)
        match method:
            case "INVITE":
                self._on_invite(transaction, request, now)
            case "UPDATE":
                self._on_update(transaction, request, now)
            case "BYE":
                self._on_bye(transaction, request, now)
            case "INFO":
                self._on_info(transaction, request, now)
            case "PRACK":
                self._on_prack(transaction, request, now)
            case "OPTIONS":
                transaction.respond(200, now, extra=self.core.allow_line + self.core.supported_line)
            case "REFER":
                if self.phase is not Phase.ESTABLISHED:
                    raise RemoteProtocolError(403, "Not Answered Yet", request)
                referred(self.core, self.id, transaction, request)
                transaction.user = self
                self._keep_open(transaction)
            case _:
                self.core.events.append(DialogRequest(self.id, transaction.id, request))
                self._keep_open(transaction)

    def _keep_open(self, transaction: ServerTransaction) -> None:
        """The owner's to answer; the end of the session answers for him."""
        open_ones = {key: one for key, one in self.open_requests.items() if one.open}
        self.open_requests = {**open_ones, transaction.serial: transaction}

    def _on_invite(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        transaction.user = self
        if self.exchange is not None and self.exchange.method == "INVITE":
            transaction.refuse(491, now)
            return
        if self.unacked is not None and self.offers.idle:
            self._acknowledged(None, now)  # They have our 2xx, or they would not go on.
        self._on_offer(transaction, request, now)

    def _on_update(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        if sdp_of(request) is not None:
            self._on_offer(transaction, request, now)
            return
        agreement = agree(request, self.core.config.session_expires, self.core.config.min_se)
        if isinstance(agreement, TooBrief):
            transaction.refuse(422, now, ("Min-SE", str(agreement.min_se)))
            return
        self._answer_with(transaction, agreement, b"", now)

    def _on_offer(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """An offer, or the wish for one, in a re-INVITE, UPDATE or PRACK."""
        agreement = None
        if request.method != "PRACK":
            proposed = agree(request, self.core.config.session_expires, self.core.config.min_se)
            if isinstance(proposed, TooBrief):
                transaction.refuse(422, now, ("Min-SE", str(proposed.min_se)))
                return
            agreement = proposed
        sdp = sdp_of(request)
        refused = self.offers.take(OfferStep.ASKED if sdp is None else OfferStep.RECEIVED_OFFER)
        if refused == OVERLAP:
            wait = int(self.core.ids.uniform(1, 10))
            transaction.refuse(500, now, ("Retry-After", str(wait)), reason="Overlapping Offers")
            return
        if refused:
            transaction.refuse(refused, now)
            return
        self.asked = Asked(transaction, sdp, agreement)
        if sdp is not None and sdp == self.remote_sdp and self.local_sdp:
            self.answer(self.local_sdp, now)  # A refresh: nothing has changed.
            return
        self.core.events.append(OfferReceived(self.id, sdp))

    def _on_bye(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        transaction.respond(200, now)
        told = self.phase is not Phase.ESTABLISHED
        self.close(now)
        if not told:
            reasons = Reason.parse_many(request.headers.get_all("Reason"))
            self.core.events.append(SessionEnded(self.id, EndCause.REMOTE_BYE, reasons))

    def _on_info(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        transaction.respond(200, now)
        if request.body or request.content_type:
            self.core.events.append(InfoReceived(self.id, request.content_type or "", request.body))

    def _on_prack(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        transaction.refuse(481, now)

    def on_cancel(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """A re-INVITE was taken back: the session stays as it was."""
        if self.asked is not None and self.asked.transaction is transaction:
            self.asked = None
            self.offers.take(OfferStep.REFUSED)
        transaction.refuse(487, now)
        self.push(now)

    def on_ack(self, request: Request, now: float) -> None:
        """An ACK to a 2xx of ours."""
        waiting = self.unacked
        if waiting is None or request.cseq.number != waiting.cseq:
            return
        try:
            sdp = sdp_of(request)
        except RemoteProtocolError:
            sdp = None
        self._acknowledged(sdp, now)

    def _acknowledged(self, sdp: bytes | None, now: float) -> None:
        waiting = self._stop_resending()
        if waiting is None:
            return
        if self.phase is Phase.ENDING:
            self._send_bye(self.farewell, now)
            return
        if waiting.offered is not None and self.phase is not Phase.ENDED:
            if sdp is not None:
                self.offers.take(OfferStep.RECEIVED_ANSWER)
                self.local_sdp, self.remote_sdp = waiting.offered, sdp
                if not waiting.initial:
                    self.core.events.append(AnswerReceived(self.id, sdp))
            else:
                self.offers.take(OfferStep.REFUSED)
                if not waiting.initial:
                    self.core.events.append(OfferRefused(self.id, 488))
        if waiting.initial:
            answer = sdp if waiting.offered is not None else None
            self.core.events.append(SessionConfirmed(self.id, answer))
        self.push(now)

    # Answers to their offers

    def answer(self, sdp: bytes, now: float) -> None:
        """Answer the open offer, or make the offer asked for; nothing happens when it was taken back."""
        asked, self.asked = self.asked, None
        if asked is None or not asked.transaction.open:
            return
        if asked.offer is None:
            self.offers.take(OfferStep.SENT_OFFER)
        else:
            self.offers.take(OfferStep.SENT_ANSWER)
            self.local_sdp, self.remote_sdp = sdp, asked.offer
        self._answer_with(asked.transaction, asked.agreement, sdp, now, offered=asked.offer is None)
        self.push(now)

    def refuse_offer(self, status: int, now: float, headers: str = "") -> None:
        """Refuse the open offer with `status`; the session goes on as before."""
        asked, self.asked = self.asked, None
        if asked is None or not asked.transaction.open:
            return
        self.offers.take(OfferStep.REFUSED)
        asked.transaction.respond(status, now, extra=headers)
        self.push(now)

    def _answer_with(
        self,
        transaction: ServerTransaction,
        agreement: Agreement | None,
        sdp: bytes,
        now: float,
        *,
        offered: bool = False,
    ) -> None:
        """Send 200 to a re-INVITE, UPDATE or PRACK."""
        core = self.core
        if transaction.method == "PRACK":
            transaction.respond(200, now, body=sdp)
            return
        extra = self.contact_line(transaction.flow) + core.allow_line + core.supported_line
        data = transaction.respond(200, now, extra=extra + response_lines(agreement), body=sdp)
        if self.phase is Phase.ESTABLISHED:
            self.keep_time(agreement, now)
        if transaction.method == "INVITE":
            cseq = self.dialog.remote_cseq or 0
            self.resend_until_ack(transaction, data, cseq, sdp if offered else None, now, initial=False)

    def contact_line(self, flow: Flow) -> str:
        """Our Contact as the peer behind `flow` reaches it."""
        address = self.core.config.address_for(flow.transport, flow.remote.host)
        return self.core.contact_line(flow.transport, address, self.dialog.secure, self.dialog.contact_user)

    # Our 2xx until its ACK

    def resend_until_ack(
        self,
        transaction: ServerTransaction,
        data: bytes,
        cseq: int,
        offered: bytes | None,
        now: float,
        *,
        initial: bool,
    ) -> None:
        """Repeat a 2xx to INVITE that has just been sent."""
        self._stop_resending()
        timers, t1 = self.core.timers, self.core.config.t1
        waiting = Unacked(transaction, data, cseq, offered, initial, t1)
        waiting.resend = timers.start(now + t1, self._resend)
        waiting.deadline = timers.start(now + 64 * t1, self._ack_missing)
        self.unacked = waiting

    def _resend(self, now: float) -> None:
        waiting = self.unacked
        if waiting is not None:
            waiting.transaction.resend(waiting.data)
            waiting.interval = min(2 * waiting.interval, self.core.config.t2)
            waiting.resend = self.core.timers.start(now + waiting.interval, self._resend)

    def _stop_resending(self) -> Unacked | None:
        waiting, self.unacked = self.unacked, None
        if waiting is not None:
            self.core.timers.stop(waiting.resend)
            self.core.timers.stop(waiting.deadline)
            waiting.transaction.last = b""
        return waiting

    def _ack_missing(self, now: float) -> None:
        self._stop_resending()
        if self.phase is Phase.ENDING:
            self._send_bye(self.farewell, now)
        else:
            self.end(EndCause.ACK_MISSING, now)

    # Our offers and refreshes

    def offer(self, sdp: bytes | None, now: float, headers: str = "") -> None:
        """Offer `sdp`, or (None) tell `headers` alone, as soon as nothing else is open.

        A newer offer replaces one that still waits, and newer headers the older ones.
        """
        self.queued = sdp or self.queued
        self.news = headers or self.news
        self.tries = 0
        self.push(now)

    def push(self, now: float) -> None:
        """Make the offer that waits, or tell the headers that wait, if it may be done now."""
        if not (self.queued or self.news) or self.hold is not None or self.exchange is not None:
            return
        if not self.offers.idle or self.unacked is not None:
            return
        sdp, can_update = self.queued, self.dialog.can_update
        if self.phase is Phase.ESTABLISHED:
            method = "UPDATE" if sdp is None and can_update else "INVITE"
        elif self.phase is Phase.EARLY and can_update:
            method = "UPDATE"
        else:
            return
        headers, self.news, self.queued = self.news, "", None
        if sdp is not None:
            self._start(Exchange(Purpose.OFFER, method, sdp, headers), now)
        else:
            # A re-INVITE without description would ask for an offer: it says again what is agreed.
            same = self.local_sdp if method == "INVITE" else b""
            self._start(Exchange(Purpose.NEWS, method, same, headers), now)

    def _start(self, exchange: Exchange, now: float) -> None:
        core = self.core
        self.exchange = exchange
        self.tries += 1
        agreement = self.agreement
        interval = max(agreement.interval if agreement else core.config.session_expires, self.min_se)
        refresher = agreement.we_refresh if agreement else None
        extra = core.supported_line + request_lines(interval, self.min_se, core.config.min_se, refresher)
        exchange.timed = self.phase is Phase.ESTABLISHED
        if not exchange.timed:
            extra = core.supported_line
        draft = self.dialog.draft(exchange.method, body=exchange.sdp, extra=extra + exchange.headers)
        draft.contact = True
        draft.optional = core.allow_line + core.agent_header
        if exchange.sdp:
            self.offers.take(OfferStep.SENT_OFFER)
        report = partial(self._on_exchange, exchange)
        exchange.sent = core.send(draft, self.way, self.dialog.next_hop, report, now)
        exchange.guard = core.timers.start(now + core.config.max_ring, exchange.sent.give_up)

    def _on_exchange(
        self, exchange: Exchange, sent: Sent, status: int, response: Response | None, now: float
    ) -> None:
        if status < 200:
            return
        self.core.timers.stop(exchange.guard)
        exchange.sent = exchange.guard = None
        if response is not None and status < 300:
            if exchange.method == "INVITE":
                self.acknowledge(sent.draft.cseq)
            if self.exchange is exchange:
                self.exchange = None
                self._exchange_accepted(exchange, response, now)
            return
        if self.exchange is exchange:
            self.exchange = None
            if exchange.sdp:
                self.offers.take(OfferStep.REFUSED)
            self._exchange_refused(exchange, status, response, now)

    def _exchange_accepted(self, exchange: Exchange, response: Response, now: float) -> None:
        self.tries = 0
        self.dialog.answered(response)
        if exchange.timed:
            self.keep_time(agreed(response), now)
        if exchange.sdp:
            try:
                sdp = sdp_of(response)
            except RemoteProtocolError:
                sdp = None
            if sdp is None:
                self.offers.take(OfferStep.REFUSED)
                if exchange.purpose is Purpose.OFFER:
                    self.core.events.append(OfferRefused(self.id, 488))
            else:
                self.offers.take(OfferStep.RECEIVED_ANSWER)
                if exchange.purpose is Purpose.OFFER or sdp != self.remote_sdp:
                    self.core.events.append(AnswerReceived(self.id, sdp))
                self.local_sdp, self.remote_sdp = exchange.sdp, sdp
        self.push(now)

    def _exchange_refused(
        self, exchange: Exchange, status: int, response: Response | None, now: float
    ) -> None:
        """What a failed re-INVITE or UPDATE leads to (RFC 3261 §14.1, RFC 4028 §7.3, RFC 5057)."""
        if exchange.purpose is not Purpose.OFFER and response is None and self._comes_back():
            if exchange.purpose is Purpose.REFRESH:
                self._refresh_after(self.core.ids.uniform(5, 10), now)
            self.push(now)
            return
        if status in (408, 481) and self.phase is Phase.ESTABLISHED:
            self.end(EndCause.DIALOG_GONE, now)
            return
        if response is None and isinstance(self.dialog.way, Flow) and self.dialog.way.connection:
            self.end(EndCause.TRANSPORT, now)
            return
        wait = self._wait_before_retry(exchange, status, response)
        if wait is None or self.tries >= MAX_TRIES:
            self.tries = 0
            if exchange.purpose is Purpose.OFFER:
                self.core.events.append(OfferRefused(self.id, status))
            elif exchange.purpose is Purpose.REFRESH:
                self._refresh_after(self.core.ids.uniform(5, 10), now)
        elif exchange.purpose is Purpose.REFRESH:
            self._refresh_after(wait, now)
        else:
            if self.queued is None and exchange.purpose is Purpose.OFFER:
                self.queued = exchange.sdp
            self.news = self.news or exchange.headers
            self.hold = self.core.timers.start(now + wait, self._release)
            return
        self.push(now)

    def _comes_back(self) -> bool:
        """Whether the peer reaches us by connections of its own: a page whose network changed.

        A refresh that went into the old connection says nothing of it; the session's expiry does.
        """
        way = self.dialog.way
        return isinstance(way, str) and not isinstance(self.core.config.flow_of(way), Hop)

    def _wait_before_retry(self, exchange: Exchange, status: int, response: Response | None) -> float | None:
        """Seconds until the same request may be sent again, None when it makes no sense."""
        if status == 491:
            return self.core.ids.uniform(2.1, 4.0)
        if response is None:
            return None
        if status == 422:
            self.min_se = max(self.min_se, min(least(response), 86400))
            if self.agreement is not None and self.agreement.interval < self.min_se:
                self.agreement = Agreement(self.min_se, self.agreement.we_refresh)
            return 0.0
        if status in (405, 501) and exchange.method == "UPDATE":
            self.dialog.allow = self.dialog.allow.replace("UPDATE", "")
            return 0.0
        if status == 500:
            text = (response.headers.get("Retry-After") or "").partition(";")[0].strip()
            if text.isascii() and text.isdigit() and len(text) < 3:
                return float(text) if int(text) <= 10 else None
        return None

    def _release(self, now: float) -> None:
        self.hold = None
        self.push(now)

    def acknowledge(self, cseq: int) -> None:
        """Send the ACK to the 2xx of our INVITE numbered `cseq`, again for each retransmission."""
        known = self.acks.get(cseq)
        if known is None:
            self.acks.clear()
            draft = self.dialog.draft("ACK", cseq=cseq)
            known = self.acks[cseq] = (draft, "z9hG4bK" + self.core.new_id())
        self.core.send_ack(known[0], self.way, self.dialog.next_hop, known[1])

    # Session timer

    def keep_time(self, agreement: Agreement | None, now: float) -> None:
        """A session timer was agreed anew, or (None) there is none any more."""
        timers = self.core.timers
        timers.stop(self.refresh_timer)
        timers.stop(self.expiry_timer)
        self.refresh_timer = self.expiry_timer = None
        self.agreement = agreement
        if agreement is None or self.phase is Phase.ENDED:
            return
        if agreement.we_refresh:
            self.refresh_timer = timers.start(now + agreement.refresh_after, self._refresh)
        self.expiry_timer = timers.start(now + agreement.end_after, self._expired)

    def _refresh_after(self, wait: float, now: float) -> None:
        self.core.timers.stop(self.refresh_timer)
        self.refresh_timer = self.core.timers.start(now + wait, self._refresh)

    def _refresh(self, now: float) -> None:
        self.refresh_timer = None
        busy = self.exchange is not None or self.asked is not None or self.hold is not None
        if busy or self.unacked is not None or not self.offers.idle:
            self._refresh_after(2.0, now)
        elif self.dialog.can_update:
            self._start(Exchange(Purpose.REFRESH, "UPDATE", b""), now)
        else:
            self._start(Exchange(Purpose.REFRESH, "INVITE", self.local_sdp), now)

    def _expired(self, now: float) -> None:
        self.end(EndCause.SESSION_EXPIRED, now)

    # Other requests of ours, and the end

    def request(self, draft: Draft, on_result: OnResult, now: float) -> None:
        """Send any request inside the dialog."""
        self.core.send(draft, self.way, self.dialog.next_hop, on_result, now)

    def info(self, content_type: str, body: bytes, now: float) -> None:
        """Send an INFO; 481 or 408 to it does not end the session."""
        if self.phase is Phase.ESTABLISHED:
            draft = self.dialog.draft("INFO", body=body, extra=self.core.agent_header)
            draft.content_type = content_type
            self.request(draft, _ignore, now)

    def send_request(
        self, request: RequestId, method: str, extra: str, body: bytes, content_type: str, now: float
    ) -> None:
        """Send a request of the owner's (NOTIFY, REFER, MESSAGE ...); its result is a RequestAnswered."""
        if self.phase is Phase.ENDED:
            self.core.events.append(RequestAnswered(request, 481, None))
            return
        draft = self.dialog.draft(method, body=body, extra=extra + self.core.agent_header)
        draft.content_type = content_type or SDP
        draft.contact = True
        self.request(draft, partial(_answered, self.core, request), now)

    def hang_up(self, reasons: tuple[Reason, ...], now: float) -> None:
        """End the session as its state wants."""
        if self.phase is Phase.ESTABLISHED:
            self.end(EndCause.LOCAL_BYE, now, reasons)

    def end(self, cause: EndCause, now: float, reasons: tuple[Reason, ...] = ()) -> None:
        """Send BYE (once the ACK is in, RFC 3261 §15) and tell the owner."""
        if self.phase is not Phase.ESTABLISHED:
            return
        self.core.events.append(SessionEnded(self.id, cause, reasons))
        if self.unacked is not None and self.unacked.initial and cause is not EndCause.ACK_MISSING:
            self.phase = Phase.ENDING
            self.farewell = reasons
            return
        self._send_bye(reasons, now)

    def _send_bye(self, reasons: tuple[Reason, ...], now: float) -> None:
        lines = header_lines([("Reason", str(reason)) for reason in reasons])
        draft = self.dialog.draft("BYE", extra=lines + self.core.agent_header)
        self.close(now, keep_dialog=True)
        self.request(draft, self._on_bye_result, now)

    def _on_bye_result(self, sent: Sent, status: int, response: Response | None, now: float) -> None:
        if status >= 200:
            self.core.dialogs.pop(self.dialog.key, None)

    def close(self, now: float, *, keep_dialog: bool = False) -> None:
        """Stop everything; open requests of the peer get 487. `keep_dialog` still answers a crossing BYE."""
        if self.phase in (Phase.ESTABLISHED, Phase.ENDING):
            self.core.remember_end(self.dialog.key, self.id)
        self.phase = Phase.ENDED
        timers = self.core.timers
        self._stop_resending()
        timers.stop(self.hold)
        timers.stop(self.refresh_timer)
        timers.stop(self.expiry_timer)
        self.hold = self.refresh_timer = self.expiry_timer = None
        asked, self.asked = self.asked, None
        exchange, self.exchange = self.exchange, None
        self.queued, self.news = None, ""
        if exchange is not None and exchange.sent is not None:
            timers.stop(exchange.guard)
            if exchange.sent.waiting:
                exchange.guard = timers.start(now + 64 * self.core.config.t1, exchange.sent.give_up)
        if asked is not None and asked.transaction.open:
            asked.transaction.refuse(487, now)
        for transaction in self.open_requests.values():
            if transaction.open:
                transaction.refuse(487, now)
        self.open_requests.clear()
        self.core.sessions.pop(self.id, None)
        if not keep_dialog:
            self.core.dialogs.pop(self.dialog.key, None)

    # What the endpoint asks

    @property
    def way(self) -> Destination | None:
        """Where the peer is: its binding or what the dialog says.

        While the binding has no connection (the browser comes back and has not registered again), it is the
        connection that the peer was last heard on.
        """
        way, flow = self.dialog.way, self.dialog.flow
        if flow is not None and flow.connection and isinstance(way, str) and self.core.find(way) is None:
            return flow
        return way

    def reply_destination(self) -> Destination | None:
        """Where the peer is when the connection of its request is gone."""
        return self.dialog.destination

    def export(self, now: float) -> DialogRecord | None:
        """The durable record of an established session, None for any other."""
        if self.phase is not Phase.ESTABLISHED:
            return None
        dialog, agreement = self.dialog, self.agreement
        expires, refresh = self.expiry_timer, self.refresh_timer
        return DialogRecord(
            schema=RECORD_SCHEMA,
            session=self.id,
            call_id=dialog.call_id,
            local=dialog.local,
            remote=dialog.remote,
            local_tag=dialog.local_tag,
            remote_tag=dialog.remote_tag,
            local_cseq=dialog.local_cseq,
            remote_cseq=dialog.remote_cseq,
            route_set=dialog.route_set,
            target=dialog.target,
            destination=dialog.destination,
            flow=dialog.flow if dialog.symmetric else None,
            allow=dialog.allow,
            local_sdp=self.local_sdp,
            remote_sdp=self.remote_sdp,
            interval=None if agreement is None else agreement.interval,
            refresher=agreement is not None and agreement.we_refresh,
            expires_in=None if expires is None else expires.when - now,
            refresh_in=None if refresh is None else refresh.when - now,
            secure=dialog.secure,
            contact_user=dialog.contact_user,
        )


def restore(core: Core, record: DialogRecord, now: float) -> Session:
    """An established session as it was when `record` was exported."""
    dialog = Dialog(
        record.call_id,
        record.local,
        record.remote,
        record.local_tag,
        record.remote_tag,
        record.local_cseq,
        record.remote_cseq,
        record.route_set,
        record.target,
        record.destination,
        record.flow,
        record.flow is not None,
        record.allow,
        record.secure,
        record.contact_user,
    )
    session = Session(core, SessionId(record.session), dialog)
    session.phase = Phase.ESTABLISHED
    session.offers = OfferAnswer(OfferState.AGREED)
    session.local_sdp, session.remote_sdp = record.local_sdp, record.remote_sdp
    if record.interval is not None:
        session.agreement = Agreement(record.interval, record.refresher)
    if record.expires_in is not None:
        session.expiry_timer = core.timers.start(now + record.expires_in, session._expired)
    if record.refresh_in is not None:
        session.refresh_timer = core.timers.start(now + record.refresh_in, session._refresh)
    return session


def _ignore(_: Sent, __: int, ___: Response | None, ____: float) -> None:
    """The result of a request nobody waits for."""


def _answered(
    core: Core, request: RequestId, sent: Sent, status: int, response: Response | None, now: float
) -> None:
    if status >= 200:
        core.events.append(RequestAnswered(request, status, response))
