"""URIs as they stand in SIP messages: sip and sips taken apart (RFC 3261 §19.1), all others kept whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from switchroom.sip.errors import LocalProtocolError, RemoteProtocolError
from switchroom.sip.grammar import HOST, Param

_sip = re.compile(
    r"(?i:(sips?)):"
    r'(?:([^@:\s<>"\x00-\x20\x7f]*+)(?::([^@:\s<>"\x00-\x20\x7f]*+))?+@)?'
    rf"({HOST})(?::([0-9]{{1,5}}+))?+"
    r'((?:;[^;?\s<>"\x00-\x20\x7f]*+)*+)'
    r'(?:\?([^\s<>"\x00-\x20\x7f]++))?+'
)
_other = re.compile(r'([A-Za-z][A-Za-z0-9+.\-]*+):([^\s<>"\x00-\x20\x7f]++)')
_escape = re.compile(r"%([0-9A-Fa-f]{2})")
_printable = re.compile(r'[^\s<>"\x00-\x20\x7f]++')
_not_user = re.compile(r"[^A-Za-z0-9\-_.!~*'()&=+$,;?/]")

_CACHED_LENGTH = 160


def unescape(text: str) -> str:
    """Replace each %XX by the byte it stands for, read as UTF-8 (stray bytes survive as surrogates)."""
    if "%" not in text:
        return text
    raw = re.sub(
        rb"%([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), text.encode("utf-8", "surrogateescape")
    )
    return raw.decode("utf-8", "surrogateescape")


def escape_user(text: str) -> str:
    """`text` as the user part of a SIP URI: what the grammar does not allow becomes %XX."""
    return _not_user.sub(
        lambda m: "".join(f"%{byte:02X}" for byte in m[0].encode("utf-8", "surrogateescape")), text
    )


@dataclass(frozen=True, slots=True)
class SipUri:
    """A sip or sips URI. All parts are as written, escapes included, so that printing changes nothing.

    `user` None means no "@"; `host` is a name, an IPv4 address or an IPv6 address without brackets; `port`
    None means the default. `==` compares the spelling; `uri_equal` compares the meaning.
    """

    scheme: str
    user: str | None
    password: str | None
    host: str
    port: int | None = None
    params: tuple[Param, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def username(self) -> str:
        """The user part with its escapes resolved; "" when there is none."""
        return unescape(self.user) if self.user else ""

    @property
    def secure(self) -> bool:
        """True for sips."""
        return self.scheme == "sips"

    def param(self, name: str) -> str | None:
        """The value of parameter `name` (lower case), "" for a flag such as lr, None when absent."""
        for key, value in self.params:
            if key == name or unescape(key).lower() == name:
                return "" if value is None else unescape(value)
        return None

    def without_headers(self) -> SipUri:
        """The URI as a Request-URI or a remote target may carry it (RFC 3261 §19.1.1)."""
        if not self.headers:
            return self
        return SipUri(self.scheme, self.user, self.password, self.host, self.port, self.params)

    def __str__(self) -> str:
        text = f"{self.scheme}:"
        if self.user is not None:
            text += f"{self.user}@" if self.password is None else f"{self.user}:{self.password}@"
        text += f"[{self.host}]" if ":" in self.host else self.host
        if self.port is not None:
            text += f":{self.port}"
        for name, value in self.params:
            text += f";{name}" if value is None else f";{name}={value}"
        if self.headers:
            text += "?" + "&".join([f"{name}={value}" for name, value in self.headers])
        if _printable.fullmatch(text) is None:
            raise LocalProtocolError("a URI part has characters that must be escaped")
        return text


@dataclass(frozen=True, slots=True)
class OtherUri:
    """A URI of any other scheme (tel, urn, mailto, ...): the scheme in lower case, the rest as written."""

    scheme: str
    rest: str

    def __str__(self) -> str:
        text = f"{self.scheme}:{self.rest}"
        if _printable.fullmatch(text) is None:
            raise LocalProtocolError("a URI part has characters that must be escaped")
        return text


Uri = SipUri | OtherUri


def parse_uri(text: str) -> Uri:
    """Read one URI, without angle brackets or spaces. Raises RemoteProtocolError(400)."""
    return _parse_cached(text) if len(text) <= _CACHED_LENGTH else _parse(text)


def _parse(text: str) -> Uri:
    match = _sip.fullmatch(text)
    if match is None:
        other = _other.fullmatch(text)
        if other is None or other[1].lower() in ("sip", "sips"):
            raise RemoteProtocolError(400, "Malformed URI")
        return OtherUri(other[1].lower(), other[2])
    scheme, user, password, host, port, params, headers = match.groups()
    if host[0] == "[":
        host = host[1:-1]
    number = None if port is None else int(port)
    if number is not None and not 0 < number < 65536:
        raise RemoteProtocolError(400, "Malformed URI: port out of range")
    return SipUri(
        scheme.lower(),
        user,
        password,
        host,
        number,
        _split_params(params) if params else (),
        _split_headers(headers) if headers else (),
    )


_parse_cached = lru_cache(maxsize=4096)(_parse)


def _split_params(text: str) -> tuple[Param, ...]:
    found: list[Param] = []
    for part in text[1:].split(";"):
        name, equals, value = part.partition("=")
        if not name:
            raise RemoteProtocolError(400, "Malformed URI parameter")
        found.append((name, value if equals else None))
    return tuple(found)


def _split_headers(text: str) -> tuple[tuple[str, str], ...]:
    found = []
    for part in text.split("&"):
        name, equals, value = part.partition("=")
        if not name or not equals:
            raise RemoteProtocolError(400, "Malformed URI header")
        found.append((name, value))
    return tuple(found)


_MUST_MATCH = ("user", "ttl", "method", "maddr", "transport")


def uri_equal(a: Uri, b: Uri) -> bool:
    """Whether two URIs mean the same (RFC 3261 §19.1.4): 5060 written out differs from no port."""
    if not isinstance(a, SipUri) or not isinstance(b, SipUri):
        return a == b
    if a is b:
        return True
    if (
        a.scheme != b.scheme
        or a.port != b.port
        or a.host.lower() != b.host.lower()
        or not _same_escaped(a.user, b.user)
        or not _same_escaped(a.password, b.password)
    ):
        return False
    ours = {_plain(name).lower(): _plain(value or "").lower() for name, value in a.params}
    theirs = {_plain(name).lower(): _plain(value or "").lower() for name, value in b.params}
    for name in ours.keys() | theirs.keys():
        if name in ours and name in theirs:
            if ours[name] != theirs[name]:
                return False
        elif name in _MUST_MATCH:
            return False
    return _header_set(a) == _header_set(b)


def _header_set(uri: SipUri) -> list[tuple[str, str]]:
    return sorted((_plain(name).lower(), _plain(value)) for name, value in uri.headers)


def _same_escaped(a: str | None, b: str | None) -> bool:
    if a == b:
        return True
    return a is not None and b is not None and _plain(a) == _plain(b)


_RESERVED = frozenset(";/?:@&=+$,%")


def _plain(text: str) -> str:
    """`text` with escapes resolved, except those of reserved characters: there they mean something else."""
    if "%" not in text:
        return text

    def resolve(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        if character in _RESERVED or not 0x20 < ord(character) < 0x7F:
            return match[0].upper()
        return character

    return _escape.sub(resolve, text)
