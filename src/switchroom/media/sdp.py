"""Session descriptions (RFC 8866) as frozen values: parse, look into, print.

Lenient where phones are sloppy (bare line feeds, no `s=` or `t=`, lines out of order), strict where a
description could not be understood in one way only. Lines we know nothing of are kept and printed again.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final, cast

from switchroom.media.types import Direction

MAX_BYTES: Final = 64 * 1024
MAX_LINES: Final = 2_000
MAX_MEDIA: Final = 32
MAX_FORMATS: Final = 128

_BEFORE_CONNECTION: Final = "iuep"
_DIRECTIONS: Final = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})


class SdpError(ValueError):
    """A description that can not be understood; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is kept as it came: one letter and what follows the equals sign."""

    letter: str
    value: str

    def __str__(self) -> str:
        return f"{self.letter}={self.value}\r\n"


@dataclass(frozen=True, slots=True)
class Origin:
    """The `o=` line (§5.2). Numbers stay text: they may be longer than any integer."""

    username: str
    session_id: str
    version: str
    address_type: str
    address: str

    def __str__(self) -> str:
        return f"o={self.username} {self.session_id} {self.version} IN {self.address_type} {self.address}\r\n"


@dataclass(frozen=True, slots=True)
class Connection:
    """A `c=` line (§5.7); `address` as written: an IP address, a name, or multicast with its TTL."""

    address_type: str
    address: str

    def __str__(self) -> str:
        return f"c=IN {self.address_type} {self.address}\r\n"

    @property
    def ip(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
        """The address, or None for a name."""
        address = self.address
        return parse_ip(address.split("/", 1)[0] if "/" in address else address)


@dataclass(frozen=True, slots=True)
class Attribute:
    """An `a=` line; `value` is None for a flag such as `a=sendonly`."""

    name: str
    value: str | None = None

    def __str__(self) -> str:
        return f"a={self.name}\r\n" if self.value is None else f"a={self.name}:{self.value}\r\n"


@dataclass(frozen=True, slots=True)
class RtpMap:
    """An encoding (§6.6): name as written, RTP clock in Hz, channels."""

    name: str
    clock_rate: int
    channels: int = 1


STATIC_PAYLOADS: Final = {
    "0": RtpMap("PCMU", 8000),
    "3": RtpMap("GSM", 8000),
    "4": RtpMap("G723", 8000),
    "8": RtpMap("PCMA", 8000),
    "9": RtpMap("G722", 8000),
    "13": RtpMap("CN", 8000),
    "15": RtpMap("G728", 8000),
    "18": RtpMap("G729", 8000),
}
"""Audio payload types that need no rtpmap (RFC 3551 §6), as far as phones offer them."""


@dataclass(frozen=True)
class Media:
    """An `m=` line and the lines under it (§5.14)."""

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    attributes: tuple[Attribute, ...] = ()
    connection: Connection | None = None
    port_count: int = 1
    other: tuple[Line, ...] = ()

    def __str__(self) -> str:
        count = f"/{self.port_count}" if self.port_count != 1 else ""
        return "".join(
            (
                f"m={self.kind} {self.port}{count} {self.protocol} {' '.join(self.formats)}\r\n",
                *(str(line) for line in self.other if line.letter in _BEFORE_CONNECTION),
                str(self.connection) if self.connection else "",
                *(str(line) for line in self.other if line.letter not in _BEFORE_CONNECTION),
                *map(str, self.attributes),
            )
        )

    @property
    def profile(self) -> str:
        """The protocol in capitals, to compare."""
        return self.protocol.upper()

    def attribute(self, name: str) -> str | None:
        """Return the value of the first attribute of that name ("" for a flag), or None."""
        values = self._by_name.get(name)
        return values[0] if values else None

    def attributes_named(self, name: str) -> Sequence[str]:
        """Return the values of all attributes of that name, in order."""
        return self._by_name.get(name, ())

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for attribute in self.attributes:
            found.setdefault(attribute.name, []).append(attribute.value or "")
        return found

    @property
    def direction(self) -> Direction | None:
        """The direction on media level, if one stands there."""
        return _direction(self.attributes)

    def encodings(self) -> dict[str, RtpMap]:
        """Map the formats of the line, in order, to their encodings; unknown ones are left out."""
        return self._encodings

    @cached_property
    def _encodings(self) -> dict[str, RtpMap]:
        mapped = dict(STATIC_PAYLOADS)
        for value in self.attributes_named("rtpmap"):
            payload, _, encoding = value.partition(" ")
            if (parsed := _rtpmap(encoding.strip())) is not None:
                mapped[payload] = parsed
        return {f: mapped[f] for f in self.formats if f in mapped and f.isdecimal() and int(f) < 128}

    def format_parameters(self, payload: str) -> dict[str, str]:
        """Return the fmtp parameters of a format, names in lower case (§6.15)."""
        found: dict[str, str] = {}
        for value in self.attributes_named("fmtp"):
            head, _, rest = value.partition(" ")
            if head == payload:
                for parameter in rest.split(";"):
                    name, _, text = parameter.partition("=")
                    if name.strip():
                        found.setdefault(name.strip().lower(), text.strip())
        return found

    def milliseconds(self, name: str) -> int | None:
        """Return `ptime` or `maxptime` in ms, or None where it is missing or no number."""
        text = (self.attribute(name) or "").strip().split(".", 1)[0]
        return int(text) if text.isdecimal() and len(text) < 6 else None


@dataclass(frozen=True, slots=True)
class SessionDescription:
    """A whole description."""

    origin: Origin
    media: tuple[Media, ...] = ()
    connection: Connection | None = None
    attributes: tuple[Attribute, ...] = ()
    name: str = "-"
    timing: str = "0 0"
    other: tuple[Line, ...] = field(default=())

    def __str__(self) -> str:
        return "".join(
            (
                "v=0\r\n",
                str(self.origin),
                f"s={self.name}\r\n",
                *(str(line) for line in self.other if line.letter in _BEFORE_CONNECTION),
                str(self.connection) if self.connection else "",
                *(str(line) for line in self.other if line.letter == "b"),
                f"t={self.timing}\r\n",
                *(str(line) for line in self.other if line.letter not in _BEFORE_CONNECTION + "b"),
                *map(str, self.attributes),
                *map(str, self.media),
            )
        )

    def to_bytes(self) -> bytes:
        """Print, with CRLF line ends."""
        return str(self).encode("utf-8", "surrogateescape")

    def connection_of(self, media: Media) -> Connection | None:
        """Return the `c=` that counts for a media line: its own, else the session's."""
        return media.connection or self.connection

    def direction_of(self, media: Media) -> Direction:
        """Return the direction of a media line: its own, else the session's, else sendrecv (§6.7)."""
        return media.direction or _direction(self.attributes) or "sendrecv"


def parse_ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address written there (no zone), or None."""
    return _known_ip(text) if len(text) <= 45 and "%" not in text else None


@lru_cache(1024)
def _known_ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def parse(data: bytes) -> SessionDescription:
    """Parse a description of at most `MAX_BYTES`. Raises SdpError."""
    lines = _split(data)
    if lines[0] != Line("v", "0"):
        raise SdpError("a session description begins with v=0")
    starts = [number for number, line in enumerate(lines) if line.letter == "m"]
    if len(starts) > MAX_MEDIA:
        raise SdpError("too many media lines")
    head = lines[1 : starts[0] if starts else len(lines)]
    ends = [*starts[1:], len(lines)]
    media = tuple(_media(lines[start:end]) for start, end in zip(starts, ends, strict=False))
    single: dict[str, str] = {}
    other: list[Line] = []
    for line in head:
        if line.letter in "osct" and line.letter not in single:
            single[line.letter] = line.value
        elif line.letter != "a":
            other.append(line)
    if "o" not in single:
        raise SdpError("a session description has an o= line")
    return SessionDescription(
        origin=_origin(single["o"]),
        media=media,
        connection=_connection(single["c"]) if "c" in single else None,
        attributes=_attributes(head),
        name=single.get("s", "-"),
        timing=single.get("t", "0 0"),
        other=tuple(sorted(other, key=_place)),
    )


def _split(data: bytes) -> list[Line]:
    if len(data) > MAX_BYTES:
        raise SdpError("the session description is too long")
    if b"\0" in data:
        raise SdpError("a session description has no NUL")
    text = data.decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")
    raw = [line for line in text.split("\n") if line.strip(" \t")]
    if not raw:
        raise SdpError("the session description is empty")
    if len(raw) > MAX_LINES:
        raise SdpError("the session description has too many lines")
    lines = []
    for text_line in raw:
        if len(text_line) < 2 or text_line[1] != "=" or not ("a" <= text_line[0] <= "z"):
            raise SdpError("a line of a session description is a letter, an equals sign and a value")
        lines.append(Line(text_line[0], text_line[2:].strip(" \t")))
    return lines


def _place(line: Line) -> int:
    """Where a kept line is printed: before c=, with b=, or after t=."""
    return 0 if line.letter in _BEFORE_CONNECTION else 1 if line.letter == "b" else 2


def _origin(value: str) -> Origin:
    parts = value.split()
    if len(parts) != 6 or parts[3].upper() != "IN":
        raise SdpError("the o= line has six fields")
    return Origin(parts[0], parts[1], parts[2], parts[4].upper(), parts[5])


def _connection(value: str) -> Connection:
    parts = value.split()
    if len(parts) != 3 or parts[0].upper() != "IN" or parts[1].upper() not in ("IP4", "IP6"):
        raise SdpError("a c= line is IN, IP4 or IP6, and an address")
    return Connection(parts[1].upper(), parts[2])


def _attributes(lines: list[Line]) -> tuple[Attribute, ...]:
    found = []
    for line in lines:
        if line.letter == "a":
            name, colon, value = line.value.partition(":")
            found.append(Attribute(name, value if colon else None))
    return tuple(found)


def _media(lines: list[Line]) -> Media:
    parts = lines[0].value.split()
    if len(parts) < 4:
        raise SdpError("an m= line has a kind, a port, a protocol and formats")
    kind, ports, protocol, *formats = parts
    port, slash, count = ports.partition("/")
    if not (_number(port, 65535) and (not slash or _number(count, 65535))):
        raise SdpError("the port of an m= line is a number up to 65535")
    if len(formats) > MAX_FORMATS:
        raise SdpError("too many formats in an m= line")
    connections = [line for line in lines if line.letter == "c"]
    other = [line for line in lines[1:] if line.letter not in "ac"] + connections[1:]
    return Media(
        kind=kind.lower(),
        port=int(port),
        protocol=protocol,
        formats=tuple(dict.fromkeys(formats)),
        attributes=_attributes(lines[1:]),
        connection=_connection(connections[0].value) if connections else None,
        port_count=int(count) if slash else 1,
        other=tuple(sorted(other, key=lambda line: line.letter not in _BEFORE_CONNECTION)),
    )


def _number(text: str, highest: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10 and int(text) <= highest


def _rtpmap(encoding: str) -> RtpMap | None:
    return _known_rtpmap(encoding) if len(encoding) <= 40 else None


@lru_cache(256)
def _known_rtpmap(encoding: str) -> RtpMap | None:
    name, *rest = encoding.split("/")
    if not name or not rest or not _number(rest[0], 1_000_000):
        return None
    channels = int(rest[1]) if len(rest) > 1 and _number(rest[1], 255) else 1
    return RtpMap(name, int(rest[0]), channels)


def _direction(attributes: tuple[Attribute, ...]) -> Direction | None:
    for attribute in attributes:
        if attribute.name in _DIRECTIONS and not attribute.value:
            return cast(Direction, attribute.name)
    return None
