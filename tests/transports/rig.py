"""A driver with a real endpoint on loopback, and messages to throw at it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from switchroom.sip.config import EndpointConfig
from switchroom.sip.endpoint import Endpoint
from switchroom.sip.events import Event, OutgoingInvite, SessionId
from switchroom.sip.flow import Address, Destination, Flow, Transport
from switchroom.sip.headers import NameAddr
from switchroom.sip.uri import SipUri
from switchroom.transports.dns import Resolver
from switchroom.transports.driver import SipDriver
from switchroom.transports.guard import Limits
from tests.harness.until import until

Event_ = Event


class Rig:
    """The driver under test, and what it told."""

    def __init__(self, resolver: Resolver | None = None, **options: Any) -> None:
        config = EndpointConfig("rig", lambda _transport, _host: Address("127.0.0.1", 5060), t1=0.05)
        self.endpoint = Endpoint(config, random.Random(1))
        self.events: list[Event] = []
        self.flows_closed: list[Flow] = []
        self.react: Callable[[Event], None] = lambda _: None
        self.driver = SipDriver(
            self.endpoint, self._on_event, resolver, on_flow_closed=self.flows_closed.append, **options
        )

    def _on_event(self, event: Event) -> None:
        self.events.append(event)
        self.react(event)

    def of(self, kind: type[Event_]) -> list[Any]:
        """Events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until `condition` holds."""
        await until(condition)


@asynccontextmanager
async def rig(resolver: Resolver | None = None, **options: Any) -> AsyncIterator[Rig]:
    """A rig that is closed afterwards."""
    made = Rig(resolver, **options)
    try:
        yield made
    finally:
        await made.driver.close()


def limits(**changes: Any) -> Limits:
    """Limits for tests, where a busy machine may be late."""
    return Limits(**{"first_message": 60.0, "connect": 60.0, **changes})


def options(number: int = 1, transport: str = "UDP", agent: str = "test", body: bytes = b"") -> bytes:
    """An OPTIONS request that the endpoint answers by itself."""
    return (
        f"OPTIONS sip:127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/{transport} 127.0.0.1:9;branch=z9hG4bK{number};rport\r\n"
        f"From: <sip:a@127.0.0.1>;tag={number}\r\nTo: <sip:127.0.0.1>\r\nCall-ID: {number}@test\r\n"
        f"CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nUser-Agent: {agent}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def invite(uri: SipUri, destination: Destination | None = None) -> OutgoingInvite:
    """An outgoing INVITE."""
    me = NameAddr("", SipUri("sip", "me", None, "127.0.0.1"))
    return OutgoingInvite(
        uri=str(uri), from_=me, to=NameAddr("", uri), sdp=b"v=0\r\n", destination=destination
    )


SESSION = SessionId("session")


def secure(transport: Transport) -> bool:
    """Whether a transport is TLS."""
    return transport is Transport.TLS


class Datagrams(asyncio.DatagramProtocol):
    """A UDP peer that keeps what it gets."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.wire: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.wire = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.got.append(data)

    def send(self, data: bytes) -> None:
        """Send to the connected address, or not."""
        assert self.wire is not None
        self.wire.sendto(data)

    @property
    def address(self) -> Address:
        """Where it is bound."""
        assert self.wire is not None
        name = self.wire.get_extra_info("sockname")
        return Address(name[0], name[1])


@asynccontextmanager
async def datagrams(remote: Address | None = None) -> AsyncIterator[Datagrams]:
    """A UDP peer, connected to `remote`."""
    loop = asyncio.get_running_loop()
    there = None if remote is None else (remote.host, remote.port)
    local = ("::1" if remote and ":" in remote.host else "127.0.0.1", 0)
    wire, peer = await loop.create_datagram_endpoint(Datagrams, local_addr=local, remote_addr=there)
    try:
        yield peer
    finally:
        wire.close()
