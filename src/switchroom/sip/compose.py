"""The text of the messages we send, written straight down: building headers only to print them is slow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

from switchroom.sip.errors import LocalProtocolError, RemoteProtocolError
from switchroom.sip.flow import Address, Flow, Transport
from switchroom.sip.grammar import split_values
from switchroom.sip.header_names import REASONS
from switchroom.sip.message import Request, Response

SDP = "application/sdp"


def header_lines(headers: Iterable[tuple[str, str]]) -> str:
    """`headers` as lines. Raises LocalProtocolError for a line break inside."""
    text = ""
    for name, value in headers:
        if "\r" in value or "\n" in value or "\n" in name or "\r" in name:
            raise LocalProtocolError(f"line break in header {name!r}")
        text += f"{name}: {value}\r\n"
    return text


class Signer(Protocol):
    """What answers challenges to a request (sip/authentication.py)."""

    def trust(self, host: str) -> None:
        """The owner's own request may go to `host`."""

    def sign(self, draft: Draft, host: str) -> str:
        """The authorization lines for `draft` on its way to `host`."""

    def accept(self, response: Response, draft: Draft, host: str, answered: dict[str, int]) -> bool:
        """Take the challenge of `response`; whether the request is to be sent again."""


@dataclass(slots=True)
class Draft:
    """A request without Via, Contact and authorization, which depend on the way it takes.

    `routes` and `extra` are whole lines; `optional` lines are left out when the message would not fit
    into a datagram. `contact` says whether a Contact of ours is to be added, `contact_user` its user part
    when that is not the usual one. `opens`: it goes where the owner wants, not where a peer's Contact leads.
    `number` gives the CSeq for sending it once more. `patience`: seconds after which a place that does not
    answer at all is given up; None: as long as the transaction lasts.
    """

    method: str
    uri: str
    from_: str
    to: str
    call_id: str
    cseq: int
    routes: str = ""
    extra: str = ""
    optional: str = ""
    body: bytes = b""
    content_type: str = SDP
    contact: bool = False
    max_forwards: int = 70
    contact_user: str | None = None
    opens: bool = False
    signer: Signer | None = None
    number: Callable[[], int] | None = None
    patience: float | None = None

    def to_bytes(self, via: str, contact: str, signature: str = "", *, short: bool = False) -> bytes:
        """The message, with the lines given; `short` leaves the optional ones out."""
        body = self.body
        kind = f"Content-Type: {self.content_type}\r\n" if body else ""
        return (
            f"{self.method} {self.uri} SIP/2.0\r\n{via}Max-Forwards: {self.max_forwards}\r\n{self.routes}"
            f"From: {self.from_}\r\nTo: {self.to}\r\nCall-ID: {self.call_id}\r\n"
            f"CSeq: {self.cseq} {self.method}\r\n{contact if self.contact else ''}{signature}{self.extra}"
            f"{'' if short else self.optional}{kind}Content-Length: {len(body)}\r\n\r\n"
        ).encode("utf-8", "surrogateescape") + body

    def companion(self, method: str, to: str, extra: str = "") -> Draft:
        """The CANCEL (RFC 3261 §9.1) or the ACK to a failure (§17.1.1.3) that belongs to this INVITE."""
        return Draft(
            method, self.uri, self.from_, to, self.call_id, self.cseq, self.routes, extra,
            max_forwards=self.max_forwards,
        )  # fmt: skip

    def signature(self, host: str) -> str:
        """The authorization lines when it goes to `host`."""
        return "" if self.signer is None else self.signer.sign(self, host)

    def again(self) -> Draft:
        """The same as a new request (RFC 3261 §8.1.3.5)."""
        return replace(self, cseq=self.cseq + 1 if self.number is None else self.number())


@dataclass(slots=True)
class ResponseHead:
    """What every response to one request repeats (RFC 3261 §8.2.6.2)."""

    text: str
    record_route: str = field(default="")

    @classmethod
    def of(cls, request: Request, flow: Flow, to_tag: str) -> ResponseHead:
        """Copy Via (with received and rport, RFC 3581 §4), From, To with `to_tag`, Call-ID and CSeq."""
        headers = request.headers
        vias = headers.get_all("Via")
        text = ""
        if vias:
            text = f"Via: {_with_source(request, vias[0], flow)}\r\n"
            for value in vias[1:]:
                text += f"Via: {value}\r\n"
        to = headers.get("To") or ""
        if to_tag and not _tag_of(request):
            to = f"{to};tag={to_tag}"
        text += (
            f"From: {headers.get('From') or ''}\r\nTo: {to}\r\nCall-ID: {headers.get('Call-ID') or ''}\r\n"
            f"CSeq: {headers.get('CSeq') or ''}\r\n"
        )
        routes = ""
        if "Record-Route" in headers:
            for value in headers.get_all("Record-Route"):
                routes += f"Record-Route: {value}\r\n"
        return cls(text, routes)

    def to_bytes(
        self, status: int, reason: str | None, extra: str, body: bytes = b"", content_type: str = SDP
    ) -> bytes:
        """A response; `extra` are whole lines. Raises LocalProtocolError for a malformed status line."""
        phrase = REASONS.get(status, "Unknown") if reason is None else reason
        if not 100 <= status <= 699 or "\r" in phrase or "\n" in phrase:
            raise LocalProtocolError("malformed status line")
        kind = f"Content-Type: {content_type}\r\n" if body else ""
        return (
            f"SIP/2.0 {status} {phrase}\r\n{self.text}{extra}{kind}Content-Length: {len(body)}\r\n\r\n"
        ).encode("utf-8", "surrogateescape") + body


def _with_source(request: Request, line: str, flow: Flow) -> str:
    """The first Via line with the source in its first value; as it came when it can not be read."""
    try:
        via = request.top_via
        source = flow.remote
        plain = line.count(";rport") == 1 and "," not in line and "received" not in line.lower()
        if plain and (line.endswith(";rport") or ";rport;" in line):
            return line.replace(";rport", f";rport={source.port};received={source.host}")
        parts = split_values(line)
        parts[0] = str(via.with_source(source.host, source.port))
    except RemoteProtocolError:
        return line
    return ", ".join(parts)


def _tag_of(request: Request) -> str | None:
    try:
        return request.to.tag
    except RemoteProtocolError:
        return "malformed"


def via_line(transport: Transport, address: Address, branch: str) -> str:
    """Our Via; rport is asked for wherever it means something (RFC 3581)."""
    rport = ";rport" if transport is Transport.UDP else ""
    return f"Via: SIP/2.0/{transport.value} {address};branch={branch}{rport}\r\n"


def contact_uri(user: str, transport: Transport, address: Address, secure: bool) -> str:
    """The URI under which a peer on `transport` reaches us; `secure` when the call is to a sips URI."""
    if secure:
        kind = ";transport=ws" if transport is Transport.WSS else ""
        return f"sips:{user}@{address}{kind}"
    kind = "" if transport is Transport.UDP else f";transport={_URI_TRANSPORT[transport]}"
    return f"sip:{user}@{address}{kind}"


_URI_TRANSPORT = {
    Transport.UDP: "udp",
    Transport.TCP: "tcp",
    Transport.TLS: "tls",
    Transport.WS: "ws",
    Transport.WSS: "ws",
}


def reply_flow(request: Request, flow: Flow) -> Flow:
    """Where responses to `request`, which came by `flow`, go (RFC 3261 §18.2.2, RFC 3581 §4).

    maddr is not followed: it would let anyone point our answers at a third party.
    """
    if flow.transport is not Transport.UDP:
        return flow
    try:
        via = request.top_via
    except RemoteProtocolError:
        return flow
    if via.wants_rport:
        return flow
    port = via.port or 5060
    if port == flow.remote.port:
        return flow
    return Flow(flow.transport, flow.local, Address(flow.remote.host, port))
