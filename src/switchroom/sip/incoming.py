"""How a session begins that somebody else opens: from the INVITE to our final response (RFC 3261 §13.3)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from switchroom.sip.body import sdp_of
from switchroom.sip.compose import header_lines
from switchroom.sip.core import Core
from switchroom.sip.dialog import as_called
from switchroom.sip.errors import LocalProtocolError
from switchroom.sip.events import AnswerReceived, SessionCancelled, SessionId
from switchroom.sip.headers import RAck, Reason
from switchroom.sip.message import Request
from switchroom.sip.offer_answer import OfferState, OfferStep
from switchroom.sip.server import ServerTransaction
from switchroom.sip.session import Phase, Session
from switchroom.sip.session_timer import Agreement, response_lines
from switchroom.sip.timers import Timer

REPEAT_PROVISIONAL = 60.0
"""Seconds after which a provisional response is sent again, so that no proxy gives up (§13.3.1.1)."""


@dataclass(slots=True)
class Provisional:
    """A provisional response that waits to be sent, or (reliable, RFC 3262) for its PRACK."""

    status: int
    sdp: bytes
    extra: str
    rseq: int = 0
    data: bytes = b""
    interval: float = 0.0
    resend: Timer | None = None
    deadline: Timer | None = None


@dataclass(slots=True)
class Acceptance:
    """What `accept` was called with, kept until the last reliable provisional response has its PRACK."""

    sdp: bytes
    extra: str


class IncomingSession(Session):
    """An INVITE of a peer, and the session it becomes. Raises RemoteProtocolError(400) without a Contact."""

    __slots__ = (
        "accepting",
        "invite_cseq",
        "invite_sdp",
        "offered",
        "reliable",
        "repeat",
        "rseq",
        "transaction",
        "unpracked",
        "waiting",
    )

    def __init__(
        self,
        core: Core,
        session: SessionId,
        transaction: ServerTransaction,
        request: Request,
        agreement: Agreement | None,
    ) -> None:
        super().__init__(core, session, as_called(request, transaction.to_tag, transaction.flow))
        self.transaction = transaction
        self.invite_cseq = request.cseq.number
        self.offered = agreement
        self.reliable = "Require" in request.headers and "100rel" in request.require
        self.rseq = core.ids.getrandbits(24) + 1
        self.waiting: deque[Provisional] = deque()
        self.unpracked: Provisional | None = None
        self.accepting: Acceptance | None = None
        self.repeat: Timer | None = None
        sdp = sdp_of(request)
        if sdp is not None:
            self.offers.take(OfferStep.RECEIVED_OFFER)
            self.remote_sdp = sdp
        self.invite_sdp = sdp
        transaction.user = self

    # The owner's verbs

    def provisional(self, status: int, sdp: bytes, headers: str, now: float) -> None:
        """Send 101..199, reliably when the caller requires it; nothing happens once a final one is out."""
        if not 100 < status < 200:
            raise LocalProtocolError("a provisional response is 101 to 199")
        if self.phase is not Phase.EARLY or self.accepting is not None:
            return
        if self.reliable:
            self.waiting.append(Provisional(status, sdp, headers))
            self._send_reliable(now)
            return
        self._send_provisional(status, sdp, headers, now)
        self._repeat_later(now)

    def _send_provisional(self, status: int, sdp: bytes, extra: str, now: float) -> bytes:
        transaction = self.transaction
        extra = transaction.head.record_route + self.contact_line(transaction.flow) + extra
        return transaction.respond(status, now, extra=self.core.allow_line + extra, body=sdp)

    def _repeat_later(self, now: float) -> None:
        self.core.timers.stop(self.repeat)
        self.repeat = self.core.timers.start(now + REPEAT_PROVISIONAL, self._repeat)

    def _repeat(self, now: float) -> None:
        if self.phase is Phase.EARLY:
            self.transaction.resend(self.transaction.last)
            self._repeat_later(now)

    def accept(self, sdp: bytes, headers: str, now: float) -> None:
        """Send 200, with the answer or (late offer) our offer; later, when a PRACK is due first."""
        if self.phase is not Phase.EARLY or self.accepting is not None:
            return
        self.accepting = Acceptance(sdp, headers)
        self.waiting.clear()
        self._go_on(now)

    def _accept(self, sdp: bytes, headers: str, now: float) -> None:
        core, transaction = self.core, self.transaction
        offered: bytes | None = None
        match self.offers.state:
            case OfferState.FIRST_REMOTE:
                self.offers.take(OfferStep.SENT_ANSWER)
                self.local_sdp = sdp
            case OfferState.NEW:
                self.offers.take(OfferStep.SENT_OFFER)
                offered = sdp
            case _:
                sdp = b""  # The answer went out in a reliable provisional response (RFC 3262 §5).
        self._stop_early_timers()
        extra = (
            transaction.head.record_route
            + self.contact_line(transaction.flow)
            + core.allow_line
            + core.supported_line
            + response_lines(self.offered)
            + headers
        )
        self.phase = Phase.ESTABLISHED
        data = transaction.respond(200, now, extra=extra, body=sdp)
        self.keep_time(self.offered, now)
        self.resend_until_ack(transaction, data, self.invite_cseq, offered, now, initial=True)

    def reject(self, status: int, now: float, reason: str | None = None, headers: str = "") -> None:
        """Refuse the INVITE for good; nothing happens once a final response is out."""
        if status < 300:
            raise LocalProtocolError("a refusal is 300 to 699")
        if self.phase is Phase.EARLY:
            self.close(now)
            self.transaction.respond(status, now, reason=reason, extra=headers)

    def hang_up(self, reasons: tuple[Reason, ...], now: float) -> None:
        """Decline, or end what was accepted."""
        if self.phase is Phase.EARLY:
            lines = header_lines([("Reason", str(reason)) for reason in reasons])
            self.reject(603, now, headers=lines)
        else:
            super().hang_up(reasons, now)

    # Reliable provisional responses (RFC 3262 §3)

    def _send_reliable(self, now: float) -> None:
        if self.unpracked is not None or not self.waiting:
            return
        core = self.core
        one = self.unpracked = self.waiting.popleft()
        if one.sdp:
            match self.offers.state:
                case OfferState.FIRST_REMOTE:
                    self.offers.take(OfferStep.SENT_ANSWER)
                    self.local_sdp = one.sdp
                case OfferState.NEW:
                    self.offers.take(OfferStep.SENT_OFFER)
                case _:
                    one.sdp = b""
        one.rseq, self.rseq = self.rseq, self.rseq + 1
        extra = f"Require: 100rel\r\nRSeq: {one.rseq}\r\n{one.extra}"
        one.data = self._send_provisional(one.status, one.sdp, extra, now)
        one.interval = core.config.t1
        one.resend = core.timers.start(now + one.interval, self._resend_reliable)
        one.deadline = core.timers.start(now + 64 * core.config.t1, self._prack_missing)

    def _resend_reliable(self, now: float) -> None:
        one = self.unpracked
        if one is not None:
            self.transaction.resend(one.data)
            one.interval *= 2
            one.resend = self.core.timers.start(now + one.interval, self._resend_reliable)

    def _prack_missing(self, now: float) -> None:
        self.reject(504, now, reason="No PRACK")
        self.core.events.append(SessionCancelled(self.id, (Reason("SIP", 504, "No PRACK"),)))

    def _on_prack(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        one = self.unpracked
        rack = RAck.parse(request.headers.get("RAck") or "")
        if one is None or rack != RAck(one.rseq, self.invite_cseq, "INVITE"):
            transaction.refuse(481, now)
            return
        self._forget_reliable()
        sdp = sdp_of(request)
        if sdp is not None and self.offers.state is OfferState.FIRST_LOCAL:
            self.offers.take(OfferStep.RECEIVED_ANSWER)
            self.local_sdp, self.remote_sdp = one.sdp, sdp
            transaction.respond(200, now)
            self.core.events.append(AnswerReceived(self.id, sdp))
        elif sdp is not None:
            self._on_offer(transaction, request, now)
        else:
            transaction.respond(200, now)
        self._go_on(now)

    def _forget_reliable(self) -> None:
        one, self.unpracked = self.unpracked, None
        if one is not None:
            self.core.timers.stop(one.resend)
            self.core.timers.stop(one.deadline)

    def _go_on(self, now: float) -> None:
        """Send what waited for a PRACK, or for the answer to an offer of the caller's."""
        if self.phase is not Phase.EARLY or self.unpracked is not None:
            return
        accepting = self.accepting
        if accepting is None:
            self._send_reliable(now)
        elif self.asked is None:
            self._accept(accepting.sdp, accepting.extra, now)

    def push(self, now: float) -> None:
        """See Session; an acceptance may have waited for this too."""
        if self.phase is Phase.EARLY and self.accepting is not None and self.unpracked is None:
            self._go_on(now)
        super().push(now)

    # What the caller does meanwhile

    def _on_invite(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        if self.phase is Phase.EARLY:
            wait = int(self.core.ids.uniform(1, 10))
            transaction.refuse(500, now, ("Retry-After", str(wait)), reason="INVITE Still Open")
            return
        super()._on_invite(transaction, request, now)

    def _on_bye(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        if self.phase is Phase.EARLY:
            transaction.respond(200, now)
            self._cancelled(request, now)
        else:
            super()._on_bye(transaction, request, now)

    def on_cancel(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """The caller gave up (the 200 to CANCEL is out already), or took a re-INVITE back."""
        if transaction is self.transaction:
            self._cancelled(request, now)
        else:
            super().on_cancel(transaction, request, now)

    def _cancelled(self, request: Request, now: float) -> None:
        reasons = Reason.parse_many(request.headers.get_all("Reason"))
        self.reject(487, now)
        self.core.events.append(SessionCancelled(self.id, reasons))

    def _stop_early_timers(self) -> None:
        self._forget_reliable()
        self.waiting.clear()
        self.core.timers.stop(self.repeat)
        self.repeat = None

    def close(self, now: float, *, keep_dialog: bool = False) -> None:
        """See Session."""
        self._stop_early_timers()
        super().close(now, keep_dialog=keep_dialog)
