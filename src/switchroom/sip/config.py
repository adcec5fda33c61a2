"""What the SIP endpoint is told once, and what it hands to the transports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from switchroom.sip.flow import Address, BindingRef, Flow, Hop, Transport


class Ids(Protocol):
    """The source of tags, branches and waits; `random.SystemRandom` in service, a seeded one in tests."""

    def getrandbits(self, k: int, /) -> int:
        """A number of `k` bits."""

    def uniform(self, a: float, b: float, /) -> float:
        """A number from `a` to `b`."""


def no_binding(_: BindingRef) -> Flow | Hop | None:
    """The `flow_of` of an endpoint without a registrar."""
    return None


def any_host(_: str) -> bool:
    """The `is_local` of an endpoint that answers for every name."""
    return True


SUPPORTED = ("100rel", "timer", "path", "outbound", "replaces")
ALLOWED = (
    "INVITE",
    "ACK",
    "CANCEL",
    "BYE",
    "PRACK",
    "UPDATE",
    "OPTIONS",
    "INFO",
    "REFER",
    "NOTIFY",
    "MESSAGE",
    "SUBSCRIBE",
    "PUBLISH",
    "REGISTER",
)


@dataclass(frozen=True, slots=True)
class EndpointConfig:
    """Settings of an endpoint. Times are seconds; `t1`, `t2`, `t4` are those of RFC 3261 §17.1.1.1.

    `address_for(transport, remote host)` is the address written into Via and Contact for that peer.
    `flow_of` finds a registered device's present flow. `is_local` says whether a host name in a
    Request-URI is ours (addresses always are, as far as OPTIONS goes).
    """

    user_agent: str
    address_for: Callable[[Transport, str], Address]
    contact_user: str = "switchroom"
    flow_of: Callable[[BindingRef], Flow | Hop | None] = no_binding
    is_local: Callable[[str], bool] = any_host
    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0
    session_expires: int = 1800
    min_se: int = 90
    max_transactions: int = 100_000
    """Server transactions at once, answered ones (32 s each) included; beyond it new requests get 503."""
    max_ring: float = 180.0
    """After so long without a final response our INVITE is cancelled, whatever the owner does (timer C)."""
    options_rate: float = 50.0
    """Answers to OPTIONS outside dialogs, a second and source address, after a burst of `options_burst`."""
    options_burst: float = 200.0
    supported: tuple[str, ...] = SUPPORTED
    allowed: tuple[str, ...] = ALLOWED


@dataclass(frozen=True, slots=True)
class Transmit:
    """A message to send. When it can not be, the driver says `Endpoint.transmit_failed(key, now)`."""

    data: bytes
    to: Flow | Hop
    key: int
