"""How a session begins that we open: our INVITE, its forks, and CANCEL (RFC 3261 §13.2, §9.1)."""

from __future__ import annotations

from dataclasses import dataclass, field

from switchroom.sip.body import sdp_of
from switchroom.sip.client import Sent
from switchroom.sip.compose import Draft, header_lines
from switchroom.sip.core import Core
from switchroom.sip.dialog import Dialog, as_caller
from switchroom.sip.errors import LocalProtocolError, RemoteProtocolError
from switchroom.sip.events import (
    InviteAccepted,
    InviteProgress,
    InviteRejected,
    OutgoingInvite,
    SessionId,
)
from switchroom.sip.grammar import clamp_number, parse_number
from switchroom.sip.header_names import REASONS
from switchroom.sip.headers import Reason
from switchroom.sip.locate import locate
from switchroom.sip.message import Request, Response
from switchroom.sip.offer_answer import OfferAnswer, OfferState, OfferStep
from switchroom.sip.server import ServerTransaction
from switchroom.sip.session import Phase, Session
from switchroom.sip.session_timer import agreed, least, request_lines
from switchroom.sip.timers import Timer
from switchroom.sip.uri import parse_uri

MAX_FORKS = 32
"""Early dialogs of one INVITE that are kept apart; further ones are only reported."""


@dataclass(slots=True)
class Fork:
    """One early dialog of our INVITE. `rseq` is the last reliable response acknowledged (RFC 3262 §4)."""

    dialog: Dialog
    offers: OfferAnswer
    rseq: int | None = None
    answer: bytes | None = None


@dataclass(slots=True)
class Loser:
    """A 2xx we did not want: its ACK, for when it comes again."""

    dialog: Dialog
    ack: Draft
    branch: str = field(default="")


class OutgoingSession(Session):
    """An INVITE of ours, and the session it becomes."""

    __slots__ = (
        "base",
        "cancelled",
        "farewell_status",
        "forks",
        "guard",
        "interval",
        "invite",
        "local_tag",
        "losers",
        "sent",
        "winner",
    )

    def __init__(self, core: Core, session: SessionId, invite: OutgoingInvite, now: float) -> None:
        self.invite = invite
        self.local_tag = core.new_id()
        call_id = core.new_id() + core.new_id()
        routes = tuple([str(route) for route in invite.route])
        dialog = Dialog(
            call_id=call_id,
            local=str(invite.from_.with_tag(self.local_tag)),
            remote=str(invite.to),
            local_tag=self.local_tag,
            remote_tag="",
            local_cseq=core.ids.getrandbits(16),
            remote_cseq=None,
            route_set=routes,
            target=invite.uri,
            destination=invite.destination,
            contact_user=invite.contact_user,
            signer=core.signer(invite.credentials),
        )
        super().__init__(core, session, dialog)
        self.base = dialog
        self.forks: dict[str, Fork] = {}
        self.losers: dict[str, Loser] = {}
        self.winner: str | None = None
        self.farewell_status: int | None = None
        self.cancelled = False
        self.interval = core.config.session_expires
        self.offers.take(OfferStep.SENT_OFFER)
        self.local_sdp = invite.sdp
        self.guard: Timer | None = core.timers.start(now + core.config.max_ring, self._ring_too_long)
        self.sent = self._send(now)

    def _send(self, now: float) -> Sent:
        core = self.core
        extra = (
            core.supported_line
            + request_lines(self.interval, self.min_se, core.config.min_se, None)
            + header_lines(self.invite.headers)
        )
        draft = self.dialog.draft("INVITE", body=self.invite.sdp, extra=extra)
        draft.contact = True
        draft.optional = core.allow_line + core.agent_header
        draft.max_forwards = self.invite.max_forwards
        draft.opens, draft.number = True, self._begin_anew
        draft.patience = self.invite.patience
        return core.send(draft, self.dialog.way, self.dialog.next_hop, self._on_response, now)

    def _begin_anew(self) -> int:
        """The CSeq for sending the INVITE once more; early dialogs of the last one are over."""
        self._drop_forks()
        self.dialog = self.base
        return self.base.number()

    # Responses

    def _on_response(self, sent: Sent, status: int, response: Response | None, now: float) -> None:
        if response is None or status >= 300:
            if sent is self.sent:
                self._on_failure(status, response, now)
        elif status >= 200:
            self._on_success(sent, response, now)
        elif sent is self.sent and self.phase is Phase.EARLY:
            if self.farewell_status is not None:
                self._cancel(now)
            elif status > 100:
                self._on_progress(response, now)

    def _on_progress(self, response: Response, now: float) -> None:
        try:
            fork = self._fork(response)
            if fork is not None and not self._acknowledge_reliable(fork, response, now):
                return
            sdp = sdp_of(response)
        except RemoteProtocolError:
            return
        self.core.events.append(InviteProgress(self.id, response.status, sdp, response))
        self.push(now)

    def _fork(self, response: Response) -> Fork | None:
        """The early dialog of `response`, made when it is new; None without a To tag."""
        tag = response.to.tag
        if not tag:
            return None
        fork = self.forks.get(tag)
        if fork is not None:
            fork.dialog.answered(response)
            return fork
        if len(self.forks) >= MAX_FORKS:
            return None
        dialog = as_caller(self.sent.draft, self.local_tag, response, self.invite.destination)
        if not dialog.route_set:
            dialog.route_set = tuple([str(route) for route in self.invite.route])
        dialog.symmetric, dialog.flow = self._symmetric(dialog)
        offers = OfferAnswer(OfferState.FIRST_LOCAL)
        fork = self.forks[tag] = Fork(dialog, offers)
        if len(self.forks) == 1:
            self.dialog, self.offers = dialog, offers
        self.core.dialogs[dialog.key] = self
        return fork

    def _symmetric(self, dialog: Dialog) -> tuple[bool, None]:
        """A target that leads nowhere (tel, .invalid) is reached where the INVITE went."""
        if dialog.destination is None and dialog.next_hop is not None:
            try:
                reachable = bool(locate(dialog.next_hop))
            except RemoteProtocolError:
                reachable = False
            if not reachable:
                dialog.destination = self.sent.to
        return False, None

    def _acknowledge_reliable(self, fork: Fork, response: Response, now: float) -> bool:
        """Send PRACK for a reliable response; False when it is old or out of order (RFC 3262 §4)."""
        text = response.headers.get("RSeq")
        if text is None or "100rel" not in response.require:
            return True
        rseq = parse_number(text, "RSeq", 2**32 - 1)
        if fork.rseq is not None and rseq != fork.rseq + 1:
            return False
        fork.rseq = rseq
        sdp = sdp_of(response)
        if sdp is not None and fork.offers.state is OfferState.FIRST_LOCAL:
            fork.offers.take(OfferStep.RECEIVED_ANSWER)
            fork.answer = sdp
            if fork.dialog is self.dialog:
                self.remote_sdp = sdp
        cseq = response.cseq.number
        draft = fork.dialog.draft("PRACK", extra=f"RAck: {rseq} {cseq} INVITE\r\n")
        self.core.send(draft, fork.dialog.way, fork.dialog.next_hop, _ignore, now)
        return True

    def _on_success(self, sent: Sent, response: Response, now: float) -> None:
        try:
            tag = response.to.tag or ""
            if self.winner is None and self.farewell_status is None and sent is self.sent:
                self._establish(tag, response, now)
            elif tag == self.winner:
                self.acknowledge(sent.draft.cseq)
            else:
                self._dismiss(tag, sent, response, now)
        except RemoteProtocolError:
            return

    def _establish(self, tag: str, response: Response, now: float) -> None:
        """The first 2xx: this fork is the session, the other early dialogs are over."""
        sdp = sdp_of(response)
        fork = self._fork(response)
        if fork is None:  # No To tag (RFC 2543), or too many forks.
            dialog = as_caller(self.sent.draft, self.local_tag, response, self.invite.destination)
            fork = Fork(dialog, OfferAnswer(OfferState.FIRST_LOCAL))
            self.core.dialogs[dialog.key] = self
        self.winner = tag
        for other in self.forks.values():
            if other is not fork:
                self.core.dialogs.pop(other.dialog.key, None)
        if fork.dialog.route_set != self._route_set(response):
            fork.dialog.route_set = self._route_set(response)  # §13.2.2.4: computed anew from the 2xx
        if self.dialog is not fork.dialog and self.exchange is not None:
            self.exchange = None
        self.dialog, self.offers = fork.dialog, fork.offers
        self.forks.clear()
        self.phase = Phase.ESTABLISHED
        self.core.timers.stop(self.guard)
        self.guard = None
        if self.offers.state is OfferState.FIRST_LOCAL:
            # A 2xx without description breaks RFC 3261; what an unreliable 183 said may stand in for it.
            self.offers.take(OfferStep.RECEIVED_ANSWER)
            self.remote_sdp = sdp or b""
        self.acknowledge(self.sent.draft.cseq)
        self.keep_time(agreed(response), now)
        self.core.events.append(InviteAccepted(self.id, sdp, response))
        self.push(now)

    def _route_set(self, response: Response) -> tuple[str, ...]:
        routes = tuple([str(route) for route in reversed(response.record_routes)])
        return routes or tuple([str(route) for route in self.invite.route])

    def _dismiss(self, tag: str, sent: Sent, response: Response, now: float) -> None:
        """A 2xx that came too late: ACK and BYE (§13.2.2.4, and CANCEL that crossed it)."""
        known = self.losers.get(tag)
        if known is None and len(self.losers) < MAX_FORKS:
            dialog = as_caller(sent.draft, self.local_tag, response, self.invite.destination)
            if not dialog.route_set:
                dialog.route_set = tuple([str(route) for route in self.invite.route])
            self._symmetric(dialog)
            ack = dialog.draft("ACK", cseq=sent.draft.cseq)
            known = self.losers[tag] = Loser(dialog, ack, "z9hG4bK" + self.core.new_id())
            self.core.send_ack(known.ack, dialog.way, dialog.next_hop, known.branch)
            reason = self._reason_lines()
            if self.winner is not None:
                reason = 'Reason: SIP;cause=200;text="Call completed elsewhere"\r\n'
            bye = dialog.draft("BYE", extra=reason + self.core.agent_header)
            self.core.send(bye, dialog.way, dialog.next_hop, _ignore, now)
            if self.winner is None:
                self._over(self.farewell_status or 487, None, now)
        elif known is not None:
            way = known.dialog.way
            self.core.send_ack(known.ack, way, known.dialog.next_hop, known.branch)

    def _on_failure(self, status: int, response: Response | None, now: float) -> None:
        if self.phase is not Phase.EARLY:
            return
        if status == 422 and response is not None and self.farewell_status is None:
            wanted = min(least(response), 86400)
            if wanted > self.min_se:
                self.min_se, self.interval = wanted, max(self.interval, wanted)
                self._drop_forks()
                self.dialog = self.base
                self.sent = self._send(now)
                return
        if status in (401, 407) and self.farewell_status is not None:
            status, response = self.farewell_status, None  # Taken back before its challenge was answered.
        self._over(status, response, now)

    def _over(self, status: int, response: Response | None, now: float) -> None:
        if self.phase is not Phase.EARLY:
            return
        self.close(now)
        retry_after: int | None = None
        reason = REASONS.get(status, "")
        if response is not None:
            reason = response.reason
            text = response.headers.get("Retry-After")
            if text is not None:
                try:
                    retry_after = clamp_number(text.partition(";")[0].partition("(")[0], "Retry-After", 2**31)
                except RemoteProtocolError:
                    retry_after = None
        self.core.events.append(InviteRejected(self.id, status, reason, retry_after, response))

    # Taking it back

    def hang_up(self, reasons: tuple[Reason, ...], now: float) -> None:
        """CANCEL (once a provisional response is there, §9.1), or BYE."""
        if self.phase is Phase.EARLY:
            self._take_back(487, reasons, now)
        else:
            super().hang_up(reasons, now)

    def _ring_too_long(self, now: float) -> None:
        self.guard = None
        self._take_back(408, (), now)

    def _take_back(self, status: int, reasons: tuple[Reason, ...], now: float) -> None:
        if self.farewell_status is not None:
            return
        self.farewell_status = status
        self.farewell = reasons
        self.sent.abandoned = True
        if self.sent.proceeding:
            self._cancel(now)
        elif self.sent.transaction is None:
            self._over(status, None, now)

    def _cancel(self, now: float) -> None:
        if not self.cancelled:
            self.cancelled = True
            self.sent.cancel(self._reason_lines(), now)

    def _reason_lines(self) -> str:
        return header_lines([("Reason", str(reason)) for reason in self.farewell])

    # Requests of the callee before it answers

    def on_request(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """See Session; a fork that does not lead yet can only wait."""
        if self.phase is Phase.EARLY and request.from_.tag != self.dialog.remote_tag:
            transaction.refuse(481 if request.method == "BYE" else 488, now)
            return
        super().on_request(transaction, request, now)

    def _on_invite(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        if self.phase is Phase.EARLY:
            transaction.refuse(491, now)
        else:
            super()._on_invite(transaction, request, now)

    def _on_bye(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        if self.phase is Phase.EARLY:
            transaction.refuse(481, now)
        else:
            super()._on_bye(transaction, request, now)

    def _drop_forks(self) -> None:
        for fork in self.forks.values():
            self.core.dialogs.pop(fork.dialog.key, None)
        self.forks.clear()
        self.offers = OfferAnswer(OfferState.FIRST_LOCAL)

    def close(self, now: float, *, keep_dialog: bool = False) -> None:
        """See Session."""
        self.core.timers.stop(self.guard)
        self.guard = None
        self._drop_forks()
        super().close(now, keep_dialog=keep_dialog)


def check_invite(invite: OutgoingInvite) -> None:
    """Raises LocalProtocolError for an INVITE that can not be sent."""
    try:
        parse_uri(invite.uri)
    except RemoteProtocolError as error:
        raise LocalProtocolError(f"malformed request URI {invite.uri!r}") from error
    if not invite.sdp:
        raise LocalProtocolError("an INVITE needs an offer")


def _ignore(_: Sent, __: int, ___: Response | None, ____: float) -> None:
    """The result of a request nobody waits for."""
