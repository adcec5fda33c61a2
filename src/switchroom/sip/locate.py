"""Where a request goes: from a URI to hops, or to a question for the resolver (RFC 3263 §4)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from switchroom.sip.flow import Address, Hop, Transport
from switchroom.sip.uri import SipUri, Uri

_IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")

_TRANSPORTS = {
    "udp": Transport.UDP,
    "tcp": Transport.TCP,
    "tls": Transport.TLS,
    "ws": Transport.WS,
    "wss": Transport.WSS,
}


@dataclass(frozen=True, slots=True)
class Question:
    """What the resolver has to find out."""

    host: str
    port: int | None
    transport: Transport | None
    secure: bool


def is_address(host: str) -> bool:
    """Whether `host` is an IPv4 or IPv6 address rather than a name."""
    return ":" in host or _IPV4.fullmatch(host) is not None


def locate(uri: Uri) -> tuple[Hop, ...] | Question:
    """The hops of a URI whose host is an address, the question to ask otherwise; () when it leads nowhere.

    maddr is not followed (it is deprecated for URIs by use). A host below .invalid is reachable by its own
    connection only (RFC 7118 §5).
    """
    if not isinstance(uri, SipUri):
        return ()
    named = uri.param("transport")
    transport = _TRANSPORTS.get(named.lower()) if named is not None else None
    if named is not None and transport is None:
        return ()
    if uri.secure:
        transport = {None: Transport.TLS, Transport.TCP: Transport.TLS, Transport.WS: Transport.WSS}.get(
            transport, transport
        )
        if transport is Transport.UDP:
            return ()
    if uri.host.lower().endswith(".invalid"):
        return ()
    if not is_address(uri.host):
        return Question(uri.host, uri.port, transport, uri.secure)
    kind = transport or Transport.UDP
    return (Hop(kind, Address(uri.host, uri.port or (5061 if kind.secure else 5060))),)


def may_change_transport(uri: Uri) -> bool:
    """Whether a request too big for a datagram may go to `uri` by TCP instead (RFC 3261 §18.1.1)."""
    return isinstance(uri, SipUri) and uri.param("transport") is None and not uri.secure
