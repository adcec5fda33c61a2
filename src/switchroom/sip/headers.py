"""Header values as frozen dataclasses: `parse` reads one, `str()` prints what parses to an equal one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

from switchroom.sip.errors import LocalProtocolError, RemoteProtocolError
from switchroom.sip.grammar import (
    HOST,
    QUOTED,
    TOKEN,
    Param,
    clamp_number,
    find_param,
    is_token,
    parse_number,
    parse_params,
    print_params,
    quote,
    split_values,
    unquote,
)
from switchroom.sip.uri import Uri, parse_uri

MAX_VIAS = 70
MAX_CSEQ = 2**31 - 1
MAX_SECONDS = 2**32 - 1
"""Delta-seconds above this are read as this (RFC 3261 §20.19)."""

_CACHED_LENGTH = 200
"""Longest address whose reading is remembered: From and To come again with every message of a dialog."""

_via = re.compile(
    rf"[ \t]*+SIP[ \t]*+/[ \t]*+2\.0[ \t]*+/[ \t]*+({TOKEN})[ \t]++"
    rf"({HOST})[ \t]*+(?::[ \t]*+([0-9]{{1,5}}+))?+[ \t]*+",
    re.IGNORECASE,
)
_name_addr = re.compile(
    rf'[ \t]*+(?:({QUOTED})[ \t]*+|([^"<>,;\\\x00-\x08\x0a-\x1f\x7f]*+))<([^<>]*+)>[ \t]*+', re.DOTALL
)
_auth_param = re.compile(rf"[ \t]*+({TOKEN})[ \t]*+=[ \t]*+({QUOTED}|[^ \t,\"]++)[ \t]*+(?:,|$)", re.DOTALL)


class Star(Enum):
    """The Contact value "*" of a REGISTER that removes all bindings."""

    STAR = "*"


STAR = Star.STAR


@dataclass(frozen=True, slots=True)
class Via:
    """One Via value (RFC 3261 §20.42). `transport` is in upper case, `port` None means the default."""

    transport: str
    host: str
    port: int | None = None
    params: tuple[Param, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Via:
        """Read one value. Raises RemoteProtocolError(400)."""
        match = _via.match(text)
        if match is None:
            raise RemoteProtocolError(400, "Malformed Via")
        transport, host, port = match.groups()
        return cls(
            transport.upper(),
            host[1:-1] if host[0] == "[" else host,
            None if port is None else parse_number(port, "Via port", 65535),
            parse_params(text, match.end()),
        )

    @classmethod
    def parse_many(cls, lines: Iterable[str]) -> tuple[Via, ...]:
        """Read all values of all lines, top first. Raises RemoteProtocolError(400), or 513 for too many."""
        found: list[Via] = []
        for line in lines:
            if "," in line:
                found.extend([cls.parse(part) for part in split_values(line, MAX_VIAS)])
            else:
                found.append(cls.parse(line))
            if len(found) > MAX_VIAS:
                raise RemoteProtocolError(513, "Too many Via values")
        return tuple(found)

    @property
    def branch(self) -> str | None:
        """The branch, None for an RFC 2543 peer."""
        return find_param(self.params, "branch")

    @property
    def received(self) -> str | None:
        """The address the request came from, as a server on the way saw it."""
        value = find_param(self.params, "received")
        return value[1:-1] if value and value[0] == "[" else value

    @property
    def wants_rport(self) -> bool:
        """Whether the response shall go to the port the request came from (RFC 3581 §4)."""
        return find_param(self.params, "rport") is not None

    @property
    def rport(self) -> int | None:
        """The port filled in by the server; None when absent or empty."""
        value = find_param(self.params, "rport")
        return parse_number(value, "rport", 65535) if value else None

    @property
    def maddr(self) -> str | None:
        """The multicast or forced address for the response."""
        return find_param(self.params, "maddr")

    def with_source(self, host: str, port: int) -> Via:
        """The value with `received` and, where asked for, `rport` set to the source of the request."""
        params: list[Param] = []
        for name, value in self.params:
            key = name.lower()
            if key == "received":
                continue
            params.append((name, str(port)) if key == "rport" else (name, value))
        if self.host != host or self.wants_rport:
            params.append(("received", host))
        return replace(self, params=tuple(params))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port is None else f":{self.port}"
        return f"SIP/2.0/{self.transport} {host}{port}{print_params(self.params)}"


@dataclass(frozen=True, slots=True)
class NameAddr:
    """A URI with a display name and header parameters: From, To, Contact, Route, Refer-To, Path, ...

    `display_name` is the plain text, without quotes and escapes; parameters are as written.
    """

    display_name: str
    uri: Uri
    params: tuple[Param, ...] = ()

    @classmethod
    def parse(cls, text: str) -> NameAddr:
        """Read one name-addr or addr-spec with its parameters. Raises RemoteProtocolError(400)."""
        return _parse_name_addr(text) if len(text) <= _CACHED_LENGTH else cls._parse(text)

    @classmethod
    def _parse(cls, text: str) -> NameAddr:
        match = _name_addr.match(text)
        if match is not None:
            quoted, plain, uri = match.groups()
            display = unquote(quoted) if quoted is not None else plain.strip(" \t")
            return cls(display, parse_uri(uri), parse_params(text, match.end()))
        end = text.find(";")
        if end < 0:
            end = len(text)
        spec = text[:end].strip(" \t")
        if "?" in spec or "," in spec:
            raise RemoteProtocolError(400, "A URI with ? or , must stand in angle brackets")
        return cls("", parse_uri(spec), parse_params(text, end))

    @classmethod
    def parse_many(cls, lines: Iterable[str], limit: int = 64) -> tuple[NameAddr, ...]:
        """Read all values of all header lines in order. Raises RemoteProtocolError(400)."""
        found: list[NameAddr] = []
        for line in lines:
            if "," in line:
                found.extend([cls.parse(part) for part in split_values(line, limit)])
            else:
                found.append(cls.parse(line))
            if len(found) > limit:
                raise RemoteProtocolError(400, "Too many addresses in a header")
        return tuple(found)

    def param(self, name: str) -> str | None:
        """The value of header parameter `name` (lower case), "" for a flag, None when absent."""
        return find_param(self.params, name)

    @property
    def tag(self) -> str | None:
        """The dialog tag of From or To."""
        return find_param(self.params, "tag")

    @property
    def expires(self) -> int | None:
        """Seconds a Contact asks for, None when it says nothing readable (RFC 3261 §10.2.1.1)."""
        value = find_param(self.params, "expires")
        if value is None:
            return None
        try:
            return clamp_number(value, "expires", MAX_SECONDS)
        except RemoteProtocolError:
            return None

    @property
    def q(self) -> float:
        """Preference of a Contact, 0..1, 1 when it does not say. Raises RemoteProtocolError(400)."""
        value = find_param(self.params, "q")
        if value is None:
            return 1.0
        if re.fullmatch(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?|\.[0-9]{1,3}", value) is None:
            raise RemoteProtocolError(400, "Malformed q value")
        return float(value)

    def with_param(self, name: str, value: str | None) -> NameAddr:
        """The same with parameter `name` set (`value` as it is to be written, None for a flag)."""
        kept = tuple(param for param in self.params if param[0].lower() != name.lower())
        return NameAddr(self.display_name, self.uri, (*kept, (name, value)))

    def with_tag(self, tag: str) -> NameAddr:
        """The same with the dialog tag `tag`."""
        return self.with_param("tag", tag)

    def __str__(self) -> str:
        if not self.display_name:
            return f"<{self.uri}>{print_params(self.params)}"
        return f"{quote(self.display_name)} <{self.uri}>{print_params(self.params)}"


_parse_name_addr = lru_cache(maxsize=4096)(NameAddr._parse)


@dataclass(frozen=True, slots=True)
class CSeq:
    """The CSeq value: a number of 0..2**31-1 and a method (RFC 3261 §8.1.1.5)."""

    number: int
    method: str

    @classmethod
    def parse(cls, text: str) -> CSeq:
        """Raises RemoteProtocolError(400)."""
        return _parse_cseq(text) if len(text) <= 40 else cls._parse(text)

    @classmethod
    def _parse(cls, text: str) -> CSeq:
        parts = text.split()
        if len(parts) != 2 or not is_token(parts[1]):
            raise RemoteProtocolError(400, "Malformed CSeq")
        return cls(parse_number(parts[0], "CSeq", MAX_CSEQ), parts[1])

    def __str__(self) -> str:
        return f"{self.number} {self.method}"


_parse_cseq = lru_cache(maxsize=512)(CSeq._parse)


@dataclass(frozen=True, slots=True)
class RAck:
    """Which reliable provisional response a PRACK acknowledges (RFC 3262 §7.2)."""

    rseq: int
    cseq: int
    method: str

    @classmethod
    def parse(cls, text: str) -> RAck:
        """Raises RemoteProtocolError(400)."""
        parts = text.split()
        if len(parts) != 3 or not is_token(parts[2]):
            raise RemoteProtocolError(400, "Malformed RAck")
        return cls(
            parse_number(parts[0], "RAck", 2**32 - 1), parse_number(parts[1], "RAck", MAX_CSEQ), parts[2]
        )

    def __str__(self) -> str:
        return f"{self.rseq} {self.cseq} {self.method}"


@dataclass(frozen=True, slots=True)
class SessionExpires:
    """Session-Expires (RFC 4028 §4): seconds, and who refreshes ("uac", "uas" or None)."""

    seconds: int
    refresher: str | None = None

    @classmethod
    def parse(cls, text: str) -> SessionExpires:
        """Raises RemoteProtocolError(400)."""
        end = text.find(";")
        end = len(text) if end < 0 else end
        seconds = clamp_number(text[:end], "Session-Expires", MAX_SECONDS)
        refresher = find_param(parse_params(text, end), "refresher")
        refresher = refresher.lower() if refresher else None
        return cls(seconds, refresher if refresher in ("uac", "uas") else None)

    def __str__(self) -> str:
        return str(self.seconds) if self.refresher is None else f"{self.seconds};refresher={self.refresher}"


@dataclass(frozen=True, slots=True)
class Reason:
    """A Reason header field (RFC 3326), such as SIP;cause=200;text="Call completed elsewhere".

    `cause` is 0 when the sender gave none.
    """

    protocol: str
    cause: int
    text: str = ""

    @classmethod
    def parse(cls, text: str) -> Reason:
        """Raises RemoteProtocolError(400)."""
        end = text.find(";")
        end = len(text) if end < 0 else end
        protocol = text[:end].strip(" \t")
        if not is_token(protocol):
            raise RemoteProtocolError(400, "Malformed Reason")
        params = parse_params(text, end)
        cause = find_param(params, "cause")
        return cls(
            protocol, clamp_number(cause, "cause", 999) if cause else 0, find_param(params, "text") or ""
        )

    @classmethod
    def parse_many(cls, lines: Iterable[str]) -> tuple[Reason, ...]:
        """All values of all lines; a value that can not be read is left out: it only informs."""
        found = []
        for line in lines:
            try:
                found.extend([cls.parse(part) for part in split_values(line)])
            except RemoteProtocolError:
                continue
        return tuple(found)

    def __str__(self) -> str:
        text = f";text={quote(self.text)}" if self.text else ""
        return f"{self.protocol};cause={self.cause}{text}"


@dataclass(frozen=True, slots=True)
class Replaces:
    """Replaces (RFC 3891 §6.1): the dialog an INVITE takes over, tags as its receiver sees them."""

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False

    @classmethod
    def parse(cls, text: str) -> Replaces:
        """Raises RemoteProtocolError(400)."""
        end = text.find(";")
        params = parse_params(text, end) if end > 0 else ()
        to_tag, from_tag = find_param(params, "to-tag"), find_param(params, "from-tag")
        if not to_tag or not from_tag:
            raise RemoteProtocolError(400, "Malformed Replaces")
        early = find_param(params, "early-only") is not None
        return cls(text[:end].strip(" \t"), to_tag, from_tag, early)

    def __str__(self) -> str:
        early = ";early-only" if self.early_only else ""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{early}"


@dataclass(frozen=True, slots=True)
class _Auth:
    scheme: str
    params: tuple[tuple[str, str], ...]

    @classmethod
    def _read(cls, text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
        scheme, _, rest = text.strip(" \t").partition(" ")
        if not is_token(scheme):
            raise RemoteProtocolError(400, "Malformed authentication header")
        params: list[tuple[str, str]] = []
        rest = rest.strip(" \t")
        position = 0
        while position < len(rest):
            match = _auth_param.match(rest, position)
            if match is None or len(params) >= 32:
                if scheme.lower() == "digest":
                    raise RemoteProtocolError(400, "Malformed authentication header")
                params.clear()
                break
            params.append((match[1].lower(), unquote(match[2])))
            position = match.end()
        if scheme.lower() == "digest" and len({name for name, _ in params}) != len(params):
            raise RemoteProtocolError(400, "Repeated authentication parameter")
        return scheme, tuple(params)

    def param(self, name: str) -> str | None:
        """The value of parameter `name` (lower case) without quotes, None when absent."""
        for key, value in self.params:
            if key == name:
                return value
        return None

    @property
    def is_digest(self) -> bool:
        """True for the Digest scheme, the only one that is understood."""
        return self.scheme.lower() == "digest"

    def _print(self, bare: frozenset[str]) -> str:
        parts = []
        for name, value in self.params:
            if name in bare:
                if not is_token(value):
                    raise LocalProtocolError(f"authentication parameter {name} is not a token")
                parts.append(f"{name}={value}")
            else:
                parts.append(f"{name}={quote(value)}")
        return f"{self.scheme} {', '.join(parts)}"


@dataclass(frozen=True, slots=True)
class Challenge(_Auth):
    """WWW-Authenticate or Proxy-Authenticate (RFC 3261 §20.44, RFC 7616 §3.3); values without quotes."""

    @classmethod
    def parse(cls, text: str) -> Challenge:
        """Raises RemoteProtocolError(400). Parameters of a scheme other than Digest may be left out."""
        return cls(*cls._read(text))

    def __str__(self) -> str:
        return self._print(frozenset(("algorithm", "stale")))


@dataclass(frozen=True, slots=True)
class Credentials(_Auth):
    """Authorization or Proxy-Authorization (RFC 3261 §20.7, RFC 7616 §3.4); values without quotes."""

    @classmethod
    def parse(cls, text: str) -> Credentials:
        """Raises RemoteProtocolError(400). Parameters of a scheme other than Digest may be left out."""
        return cls(*cls._read(text))

    def __str__(self) -> str:
        return self._print(frozenset(("algorithm", "qop", "nc")))


def parse_tokens(lines: Iterable[str], limit: int = 128) -> tuple[str, ...]:
    """The tokens of comma lists such as Supported, Require, Allow; empty parts are skipped.

    Raises RemoteProtocolError(400) for anything that is not a token.
    """
    found: list[str] = []
    for line in lines:
        for part in line.split(",", limit):
            text = part.strip(" \t")
            if not text:
                continue
            if not is_token(text):
                raise RemoteProtocolError(400, "Malformed token list")
            found.append(text)
        if len(found) > limit:
            raise RemoteProtocolError(400, "Too many values in a header")
    return tuple(found)
