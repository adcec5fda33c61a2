"""The server side: a request that came, kept until it is answered and its retransmissions are over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from switchroom.sip.compose import SDP, ResponseHead, header_lines, reply_flow
from switchroom.sip.events import TransactionId
from switchroom.sip.flow import Destination, Flow, Hop
from switchroom.sip.message import Request
from switchroom.sip.transaction import (
    INVITE_SERVER,
    NON_INVITE_SERVER,
    Action,
    Input,
    State,
    Transaction,
)

if TYPE_CHECKING:
    from switchroom.sip.core import Core

ServerKey = tuple[str, ...]
"""What makes two requests the same one (RFC 3261 §17.2.3)."""


def server_key(request: Request) -> ServerKey:
    """The key of `request`; ACK has that of its INVITE. Raises RemoteProtocolError."""
    via = request.top_via
    method = "INVITE" if request.method == "ACK" else request.method
    branch = via.branch
    if branch is not None and branch[:7].lower() == "z9hg4bk" and len(branch) > 7:
        return (branch, f"{via.host}:{via.port}", method)
    # An RFC 2543 peer. To is left out: the ACK has a tag there that the INVITE had not.
    return (
        request.call_id, str(request.cseq.number), request.from_.tag or "", str(via), request.uri, method,
    )  # fmt: skip


_NOTHING_MORE = ResponseHead("")
"""Takes the place of the head once the final response is made: what waits for stragglers is to be small."""


class ServerUser(Protocol):
    """Whoever answers an INVITE."""

    def on_cancel(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """The caller took the INVITE back; nothing final has been sent yet."""

    def on_ack(self, request: Request, now: float) -> None:
        """An ACK to a 2xx."""

    def reply_destination(self) -> Destination | None:
        """Where the peer may be found when the connection of its request is gone."""


class ServerTransaction(Transaction):
    """A request being answered. `user` is set for requests of a session."""

    __slots__ = (
        "flow",
        "head",
        "key",
        "last",
        "merge_key",
        "method",
        "reply_to",
        "request",
        "serial",
        "to_tag",
        "user",
    )

    def __init__(self, core: Core, key: ServerKey, request: Request, flow: Flow, to_tag: str) -> None:
        table = INVITE_SERVER if request.method == "INVITE" else NON_INVITE_SERVER
        super().__init__(core, table, flow.transport.reliable)
        self.key = key
        self.merge_key: tuple[str, str, int, str] | None = None
        self.method = request.method
        self.request: Request | None = request
        self.flow = flow
        self.reply_to: Flow | Hop = reply_flow(request, flow)
        self.serial = core.next_serial()
        self.head = ResponseHead.of(request, flow, to_tag)
        self.to_tag = to_tag
        self.last = b""
        self.user: ServerUser | None = None

    @property
    def id(self) -> TransactionId:
        """How the owner of the endpoint names it."""
        return TransactionId(str(self.serial))

    @property
    def open(self) -> bool:
        """Whether a final response is still to be sent."""
        return self.state in (State.TRYING, State.PROCEEDING)

    def respond(
        self,
        status: int,
        now: float,
        *,
        reason: str | None = None,
        extra: str = "",
        body: bytes = b"",
        content_type: str = SDP,
    ) -> bytes:
        """Send a response and return its bytes; `extra` are whole header lines.

        Raises LocalProtocolError when a final response has been sent already.
        """
        core = self._core
        if status >= 200:
            extra = core.server_header + extra
        data = self.head.to_bytes(status, reason, extra, body, content_type)
        if status < 200:
            self.feed(Input.SEND_PROVISIONAL, now, data)
            return data
        self.request = None
        self.head = _NOTHING_MORE
        if status < 300:
            self.feed(Input.SEND_SUCCESS, now, data)
        elif status in (401, 407) and not self.last:
            self.feed(Input.SEND_CHALLENGE, now, data)
        else:
            self.feed(Input.SEND_FAILURE, now, data)
        return data

    def refuse(self, status: int, now: float, *headers: tuple[str, str], reason: str | None = None) -> None:
        """Send a response without a body."""
        self.respond(status, now, reason=reason, extra=header_lines(headers) if headers else "")

    def resend(self, data: bytes) -> None:
        """Send a 2xx to an INVITE once more, for the user of the transaction."""
        self._core.transmit(data, self.reply_to, self.serial)

    @property
    def _core(self) -> Core:
        core: Core = self.host  # type: ignore[assignment]
        return core

    def perform(self, action: Action, argument: object, now: float) -> None:
        """Do one thing of a row."""
        match action:
            case Action.SEND:
                assert isinstance(argument, bytes)
                self.last = argument
                self._core.transmit(argument, self.reply_to, self.serial)
            case Action.RESEND if self.last:
                self._core.transmit(self.last, self.reply_to, self.serial)
            case Action.RESEND | Action.SEND_100:
                self.last = self.head.to_bytes(100, None, "")
                self._core.transmit(self.last, self.reply_to, self.serial)
            case Action.DELIVER:
                assert isinstance(argument, Request)
                if self.user is not None:
                    self.user.on_ack(argument, now)
            case Action.REPORT_TIMEOUT:
                pass  # No ACK to a refusal: there is nothing left to end.
            case _:
                raise AssertionError(action)

    def connection_lost(self) -> None:
        """The last response could not be sent: try where the peer is now (RFC 3261 §18.2.2)."""
        if not self.last:
            return
        found: Flow | Hop | None = None
        where = self.user.reply_destination() if self.user is not None else None
        if where is not None:
            found = self._core.find(where)
        if found is not None and found != self.reply_to:
            self.reply_to = found
            self._core.transmit(self.last, found, self.serial)
