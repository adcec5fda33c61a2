"""Where a SIP message came from or goes to: plain values, no sockets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NewType


class Transport(Enum):
    """A SIP transport; the value is the token that stands in Via (RFC 3261 §20.42, RFC 7118 §5)."""

    UDP = "UDP"
    TCP = "TCP"
    TLS = "TLS"
    WS = "WS"
    WSS = "WSS"

    @property
    def reliable(self) -> bool:
        """True when the transport itself delivers, so that no timer retransmits."""
        return self is not Transport.UDP

    @property
    def secure(self) -> bool:
        """True for TLS and WSS."""
        return self in (Transport.TLS, Transport.WSS)


@dataclass(frozen=True, slots=True)
class Address:
    """An IP address (no brackets, no name) and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Flow:
    """A way to a peer (RFC 5626 §2): for UDP a local socket and a remote address, else one connection.

    `connection` is 0 for UDP and a number that is never used twice for a connection, so that a message
    meant for a closed connection can not leave by a younger one between the same addresses.
    """

    transport: Transport
    local: Address
    remote: Address
    connection: int = 0


@dataclass(frozen=True, slots=True)
class Hop:
    """A place a request may be sent to (a row of an RFC 3263 answer); the driver finds or opens the flow."""

    transport: Transport
    remote: Address
    server_name: str = ""
    """Host name for TLS verification; empty when the target was an address."""


BindingRef = NewType("BindingRef", str)
"""A registered device. A dialog stores this and never the connection: `EndpointConfig.flow_of` is asked at
each send, so that a phone that came back on a new connection is found there."""

Destination = Flow | Hop | BindingRef
"""Where to send; where a destination is optional, None means: as the route set or the URI says (RFC 3263)."""
