"""SIP messages: bytes in, bytes out, every header left alone until somebody asks for it.

Text is UTF-8; a byte that is not survives as a surrogate and is written back as it came. A message that is
printed unchanged gives the bytes it was read from, except that folded lines come out on one line and a
missing Content-Length is added. A line break can not get into what is printed.
"""

from __future__ import annotations

from switchroom.sip.errors import LocalProtocolError, RemoteProtocolError
from switchroom.sip.grammar import clamp_number, is_token, parse_number, split_values
from switchroom.sip.header_lines import MAX_LINE
from switchroom.sip.header_lines import Headers as Headers
from switchroom.sip.header_names import REASONS
from switchroom.sip.headers import (
    MAX_SECONDS,
    MAX_VIAS,
    STAR,
    CSeq,
    NameAddr,
    Star,
    Via,
    parse_tokens,
)
from switchroom.sip.uri import SipUri, Uri, parse_uri

MAX_MESSAGE = 65536
"""Longest message in bytes, start line, headers and body."""
MAX_LINES = 256
"""Most header lines of a message."""


def _single(headers: Headers, name: str) -> str:
    value = headers.get(name)
    if not value:
        raise RemoteProtocolError(400, f"Missing {name}")
    return value


def _read_vias(headers: Headers) -> tuple[Via, ...]:
    return Via.parse_many(headers.get_all("Via"))


def _read_top_via(headers: Headers) -> Via:
    value = _single(headers, "Via")
    return Via.parse(split_values(value, MAX_VIAS)[0])


def _read_from(headers: Headers) -> NameAddr:
    return NameAddr.parse(_single(headers, "From"))


def _read_to(headers: Headers) -> NameAddr:
    return NameAddr.parse(_single(headers, "To"))


def _read_max_forwards(headers: Headers) -> int:
    value = headers.get("Max-Forwards")
    return 70 if value is None else parse_number(value, "Max-Forwards", 255)


def _read_call_id(headers: Headers) -> str:
    value = _single(headers, "Call-ID")
    if " " in value or "\t" in value:
        raise RemoteProtocolError(400, "Malformed Call-ID")
    return value


def _read_cseq(headers: Headers) -> CSeq:
    return CSeq.parse(_single(headers, "CSeq"))


def _read_contacts(headers: Headers) -> tuple[NameAddr, ...] | Star:
    lines = headers.get_all("Contact")
    if lines == ["*"]:
        return STAR
    return NameAddr.parse_many(lines)


def _read_routes(headers: Headers) -> tuple[NameAddr, ...]:
    return NameAddr.parse_many(headers.get_all("Route"))


def _read_record_routes(headers: Headers) -> tuple[NameAddr, ...]:
    return NameAddr.parse_many(headers.get_all("Record-Route"))


def _read_paths(headers: Headers) -> tuple[NameAddr, ...]:
    return NameAddr.parse_many(headers.get_all("Path"))


def _option_tags(headers: Headers, name: str) -> tuple[str, ...]:
    return tuple([tag.lower() for tag in parse_tokens(headers.get_all(name))])


class _Message:
    """What requests and responses have in common: typed views of the headers, read on demand and remembered.

    Every view raises RemoteProtocolError(400) when its header is malformed, and the mandatory ones (Via,
    From, To, Call-ID, CSeq) when it is missing.
    """

    __slots__ = ("body", "headers")
    headers: Headers
    body: bytes

    @property
    def vias(self) -> tuple[Via, ...]:
        """All Via values, top first."""
        return self.headers.parsed("via", _read_vias)

    @property
    def top_via(self) -> Via:
        """The first Via value."""
        headers = self.headers
        return headers.parsed("via", _read_vias)[0] if headers.count("Via") == 1 else _read_top_via(headers)

    @property
    def from_(self) -> NameAddr:
        """The From value."""
        return self.headers.parsed("from", _read_from)

    @property
    def to(self) -> NameAddr:
        """The To value."""
        return self.headers.parsed("to", _read_to)

    @property
    def call_id(self) -> str:
        """The Call-ID, which compares with case."""
        return self.headers.parsed("call-id", _read_call_id)

    @property
    def cseq(self) -> CSeq:
        """The CSeq value."""
        return self.headers.parsed("cseq", _read_cseq)

    @property
    def max_forwards(self) -> int:
        """Max-Forwards, 0..255; 70 when absent (RFC 2543 peers leave it out)."""
        return self.headers.parsed("max-forwards", _read_max_forwards)

    @property
    def contacts(self) -> tuple[NameAddr, ...] | Star:
        """All Contact values, or STAR."""
        return self.headers.parsed("contact", _read_contacts)

    @property
    def routes(self) -> tuple[NameAddr, ...]:
        """All Route values."""
        return self.headers.parsed("route", _read_routes)

    @property
    def record_routes(self) -> tuple[NameAddr, ...]:
        """All Record-Route values."""
        return self.headers.parsed("record-route", _read_record_routes)

    @property
    def paths(self) -> tuple[NameAddr, ...]:
        """All Path values (RFC 3327)."""
        return self.headers.parsed("path", _read_paths)

    @property
    def require(self) -> tuple[str, ...]:
        """Option tags of Require in lower case."""
        return _option_tags(self.headers, "Require")

    @property
    def supported(self) -> tuple[str, ...]:
        """Option tags of Supported in lower case."""
        return _option_tags(self.headers, "Supported")

    @property
    def allow(self) -> tuple[str, ...]:
        """Methods of Allow, as written."""
        return parse_tokens(self.headers.get_all("Allow"))

    @property
    def content_type(self) -> str | None:
        """Type and subtype in lower case, without parameters; None when there is none."""
        value = self.headers.get("Content-Type")
        return None if value is None else value.partition(";")[0].strip(" \t").lower()

    @property
    def expires(self) -> int | None:
        """Expires in seconds, at most 2**32-1; None when absent or unreadable (alike, RFC 3261 §10.3)."""
        value = self.headers.get("Expires")
        if value is None:
            return None
        try:
            return clamp_number(value, "Expires", MAX_SECONDS)
        except RemoteProtocolError:
            return None

    def _print(self, start: str) -> bytes:
        headers = self.headers
        length = str(len(self.body))
        stated = headers.get("Content-Length")
        if stated is None:
            text = "\r\n".join([start, *headers.lines(), f"Content-Length: {length}", "", ""])
        else:
            if stated != length or (headers.has_repeats() and headers.count("Content-Length") > 1):
                headers.set("Content-Length", length)
            text = "\r\n".join([start, *headers.lines(), "", ""])
        try:
            return text.encode("utf-8", "surrogateescape") + self.body
        except UnicodeEncodeError as error:
            raise LocalProtocolError("text that has no UTF-8 form") from error


class Request(_Message):
    """A SIP request. `uri` is the Request-URI as it is written; `target` is the same taken apart."""

    __slots__ = ("method", "uri")

    def __init__(
        self, method: str, uri: str | Uri, headers: Headers | None = None, body: bytes = b""
    ) -> None:
        self.method = method
        self.uri = uri if isinstance(uri, str) else str(uri)
        self.headers = Headers() if headers is None else headers
        self.body = body

    @property
    def target(self) -> Uri:
        """The Request-URI. Raises RemoteProtocolError(400)."""
        return parse_uri(self.uri)

    def to_bytes(self) -> bytes:
        """The message for the wire, with its Content-Length set. Raises LocalProtocolError."""
        if not is_token(self.method) or any(c in self.uri for c in "\r\n "):
            raise LocalProtocolError("malformed request line")
        return self._print(f"{self.method} {self.uri} SIP/2.0")

    def response(
        self, status: int, reason: str | None = None, to_tag: str | None = None, *, record_route: bool = False
    ) -> Response:
        """A response to this request (RFC 3261 §8.2.6): Via, From, To, Call-ID and CSeq copied as they came.

        `to_tag` is added to To unless it has a tag. `record_route` copies Record-Route, for the responses
        that make a dialog.
        """
        source = self.headers
        lines = source.lines_of("Via")
        keys = ["via"] * len(lines)
        if record_route:
            routes = source.lines_of("Record-Route")
            lines += routes
            keys += ["record-route"] * len(routes)
        for key in ("from", "to", "call-id", "cseq"):
            line = source.first_line(key)
            if line is None:
                continue
            if key == "to" and to_tag is not None and not self._has_to_tag():
                if not is_token(to_tag):
                    raise LocalProtocolError("a tag is a token")
                line = f"{line};tag={to_tag}"
            lines.append(line)
            keys.append(key)
        return Response(status, reason, Headers.of_lines(lines, keys))

    def _has_to_tag(self) -> bool:
        try:
            return self.to.tag is not None
        except RemoteProtocolError:
            return ";tag" in (self.headers.get("To") or "").lower()

    def __repr__(self) -> str:
        return f"Request({self.method!r}, {self.uri!r}, {self.headers!r}, {self.body!r})"

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Request)
            and (self.method, self.uri, self.body) == (other.method, other.uri, other.body)
            and self.headers == other.headers
        )

    __hash__ = None  # type: ignore[assignment]


class Response(_Message):
    """A SIP response; `reason` None gives the usual phrase of `status`."""

    __slots__ = ("reason", "status")

    def __init__(
        self, status: int, reason: str | None = None, headers: Headers | None = None, body: bytes = b""
    ) -> None:
        self.status = status
        self.reason = REASONS.get(status, "Unknown") if reason is None else reason
        self.headers = Headers() if headers is None else headers
        self.body = body

    def to_bytes(self) -> bytes:
        """The message for the wire, with its Content-Length set. Raises LocalProtocolError."""
        if not 100 <= self.status <= 699 or "\r" in self.reason or "\n" in self.reason:
            raise LocalProtocolError("malformed status line")
        return self._print(f"SIP/2.0 {self.status} {self.reason}")

    def __repr__(self) -> str:
        return f"Response({self.status!r}, {self.reason!r}, {self.headers!r}, {self.body!r})"

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Response)
            and (self.status, self.reason, self.body) == (other.status, other.reason, other.body)
            and self.headers == other.headers
        )

    __hash__ = None  # type: ignore[assignment]


def parse_message(data: bytes) -> Request | Response:
    """Read one message from a datagram, a WebSocket frame, or what a `StreamFramer` cut.

    The body ends at Content-Length and what follows is ignored (RFC 3261 §18.3); without Content-Length it
    goes to the end. Raises RemoteProtocolError, with `message` where a request can be answered.
    """
    if len(data) > MAX_MESSAGE:
        raise RemoteProtocolError(513, "Message Too Large")
    if data[:1] in b"\r\n":
        data = data.lstrip(b"\r\n")
    end = data.find(b"\r\n\r\n")
    complete = end >= 0
    head = (data[:end] if complete else data).decode("utf-8", "surrogateescape")
    lines = head.split("\r\n")
    breaks = len(lines) - 1
    start = lines.pop(0)
    defect: str | None = None
    if not complete:
        defect = "No empty line after the headers"
        while lines and not lines[-1]:
            lines.pop()
    elif len(lines) > MAX_LINES:
        defect = "Too many header lines"
        del lines[MAX_LINES:]
    elif head.count("\r") != breaks or head.count("\n") != breaks:
        defect = "Bare CR or LF"
    if defect is not None:
        lines = [line for line in lines if "\r" not in line and "\n" not in line][:MAX_LINES]
    if len(head) > MAX_LINE and max(map(len, lines), default=0) > MAX_LINE:
        defect = "Header line too long"
        lines = [line for line in lines if len(line) <= MAX_LINE]
    headers, sound = Headers.from_wire(lines)
    message = _start(start, headers)
    if defect is not None or not sound:
        raise RemoteProtocolError(400, defect or "Malformed header line", _answerable(message))
    message.body = _body(data, end + 4, headers, message)
    return message


def _start(line: str, headers: Headers) -> Request | Response:
    """A message without body from its start line. Raises RemoteProtocolError."""
    if len(line) > MAX_LINE:
        raise RemoteProtocolError(414, "Request-URI Too Long")
    if line[:4].upper() == "SIP/":
        version, _, rest = line.partition(" ")
        code, space, reason = rest.partition(" ")
        if version.upper() != "SIP/2.0" or len(code) != 3 or not (code.isascii() and code.isdigit()):
            raise RemoteProtocolError(400, "Malformed status line")
        if not space or not 100 <= int(code) <= 699 or "\r" in reason or "\n" in reason:
            raise RemoteProtocolError(400, "Malformed status line")
        return Response(int(code), reason, headers)
    parts = line.split(" ")
    if len(parts) == 3 and parts[2] == "SIP/2.0" and is_token(parts[0]) and parts[1]:
        if "\r" in parts[1] or "\n" in parts[1]:
            raise RemoteProtocolError(400, "Malformed request line")
        return Request(parts[0], parts[1], headers)
    words = line.split()
    if len(words) < 2 or not is_token(words[0]) or words[-1][:4].upper() != "SIP/":
        raise RemoteProtocolError(400, "Malformed request line")
    request = Request(words[0], words[1], headers)
    if words[-1].upper() != "SIP/2.0":
        raise RemoteProtocolError(505, "Version Not Supported", request)
    if len(parts) == 3:
        return request
    raise RemoteProtocolError(400, "Malformed request line", request)


def _body(data: bytes, start: int, headers: Headers, message: Request | Response) -> bytes:
    value = headers.get("Content-Length")
    if value is None:
        return data[start:]
    if headers.has_repeats() and len(set(headers.get_all("Content-Length"))) > 1:
        raise RemoteProtocolError(400, "Several Content-Length", _answerable(message))
    if not (value.isascii() and value.isdigit()):
        raise RemoteProtocolError(400, "Malformed Content-Length", _answerable(message))
    if len(value) > 10 or int(value) > len(data) - start:
        raise RemoteProtocolError(400, "Content-Length beyond the message", _answerable(message))
    return data[start : start + int(value)]


def _answerable(message: Request | Response) -> Request | None:
    """The request when a response can find its way back: RFC 4475 §3.3.1 wants one even without From."""
    return message if isinstance(message, Request) and "Via" in message.headers else None


_ONCE = ("From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Type")


def validate(request: Request) -> None:
    """Check what every received request must satisfy, whatever it asks (RFC 3261 §8.1.1 and §16.3 step 1).

    Raises RemoteProtocolError with `message` set to the request where an answer can be built.
    """
    try:
        _validate(request)
    except RemoteProtocolError as error:
        if error.message is None:
            error.message = _answerable(request)
        raise


def _validate(request: Request) -> None:
    headers = request.headers
    if headers.has_repeats():
        for name in _ONCE:
            if headers.count(name) > 1:
                raise RemoteProtocolError(400, f"Several {name}")
    if not request.vias:
        raise RemoteProtocolError(400, "Missing Via")
    _ = request.from_, request.to, request.call_id, request.max_forwards
    if request.cseq.method != request.method:
        raise RemoteProtocolError(400, "CSeq method does not match")
    target = request.target
    if isinstance(target, SipUri) and target.headers:
        raise RemoteProtocolError(400, "Headers in the Request-URI")
    if request.contacts is STAR and request.method != "REGISTER":
        raise RemoteProtocolError(400, "Contact * outside REGISTER")
    _ = request.routes, request.record_routes
