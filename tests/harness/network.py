"""A network in a box: SIP endpoints joined by lossy links, and a clock that jumps to whatever comes next.

Everything follows from the seed. UDP packets may be lost, doubled and delayed (so they overtake each other);
reliable transports deliver in order, or tell that the connection is gone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any, TypeVar

from switchroom.sip.config import EndpointConfig
from switchroom.sip.endpoint import Endpoint
from switchroom.sip.events import Event, LookupNeeded
from switchroom.sip.flow import Address, BindingRef, Flow, Hop, Transport

T = TypeVar("T")


@dataclass
class Link:
    """What happens to each UDP packet: probabilities 0..1, delays in seconds."""

    loss: float = 0.0
    duplicate: float = 0.0
    delay: tuple[float, float] = (0.005, 0.005)


@dataclass
class Sent:
    """A message as it left a node; `lost` when nobody will get it."""

    at: float
    sender: str
    receiver: str
    data: bytes
    lost: bool

    @property
    def first_line(self) -> str:
        """The request or status line."""
        return self.data.split(b"\r\n", 1)[0].decode()

    @property
    def method(self) -> str:
        """The method of a request, or the CSeq method of a response."""
        for line in self.data.split(b"\r\n"):
            if line.startswith(b"CSeq:"):
                return line.split()[-1].decode()
        return ""


class Node:
    """An endpoint with an address. `react` is called with every event, `events` keeps them all."""

    def __init__(
        self, network: Network, name: str, address: Address, transport: Transport, options: dict[str, Any]
    ) -> None:
        self.network = network
        self.name = name
        self.address = address
        self.transport = transport
        self.bindings: dict[BindingRef, Flow | Hop] = {}
        self.events: list[Event] = []
        self.react: Callable[[Event], None] = lambda _: None
        self.reachable = True
        config = EndpointConfig(
            user_agent=name,
            contact_user=name,
            address_for=lambda _transport, _host: address,
            flow_of=self.bindings.get,
            **options,
        )
        self.endpoint = Endpoint(config, random.Random(f"{network.seed}/{name}"))

    @property
    def now(self) -> float:
        """The simulated time in seconds."""
        return self.network.now

    def hop_to(self, other: Node) -> Hop:
        """Where `other` is, on the transport it listens on."""
        return Hop(other.transport, other.address)

    def of_kind(self, kind: type[T]) -> list[T]:
        """All events of one class, in order."""
        return [event for event in self.events if isinstance(event, kind)]


@dataclass
class Network:
    """The nodes and what flies between them. `drop` loses chosen messages, `mangle` changes them."""

    seed: int = 0
    link: Link = field(default_factory=Link)
    now: float = 1000.0
    names: dict[str, tuple[Hop, ...]] = field(default_factory=dict)
    drop: Callable[[Sent], bool] = field(default=lambda _: False)
    mangle: Callable[[bytes], bytes] = field(default=lambda data: data)

    def __post_init__(self) -> None:
        self.random = random.Random(f"network/{self.seed}")
        self.nodes: list[Node] = []
        self.log: list[Sent] = []
        self._flying: list[tuple[float, int, Node, Flow, bytes]] = []
        self._serial = 0
        self._connections: dict[frozenset[Address], int] = {}
        self._last_arrival: dict[tuple[Address, Address], float] = {}

    def node(self, name: str, transport: Transport = Transport.UDP, **options: Any) -> Node:
        """Add an endpoint; `options` are further settings of its EndpointConfig."""
        made = Node(self, name, Address(f"192.0.2.{len(self.nodes) + 1}", 5060), transport, options)
        self.nodes.append(made)
        return made

    def flow(self, here: Node, there: Node, transport: Transport) -> Flow:
        """The flow between two nodes as `here` sees it."""
        connection = 0
        if transport.reliable:
            pair = frozenset((here.address, there.address))
            connection = self._connections.setdefault(pair, len(self._connections) + 1)
        return Flow(transport, here.address, there.address, connection)

    def cut(self, one: Node, other: Node) -> None:
        """Close the connection between two nodes; the next message opens a new one."""
        for here, there in ((one, other), (other, one)):
            here.endpoint.flow_closed(self.flow(here, there, here.transport), self.now)
        pair = frozenset((one.address, other.address))
        self._connections[pair] = len(self._connections) + 1000

    def drain(self) -> None:
        """Send what the endpoints want to send and hand out their events, until all are quiet."""
        busy = True
        while busy:
            busy = False
            for node in self.nodes:
                while (transmit := node.endpoint.poll_transmit()) is not None:
                    busy = True
                    self._send(node, transmit.to, transmit.data, transmit.key)
                while (event := node.endpoint.poll_event()) is not None:
                    busy = True
                    node.events.append(event)
                    if isinstance(event, LookupNeeded):
                        hops = self.names.get(event.host, ())
                        node.endpoint.resolved(event.lookup, hops, self.now)
                    node.react(event)

    def step(self, until: float) -> bool:
        """Jump to the next packet or timer; False when there is none up to `until`."""
        self.drain()
        moments = [when for node in self.nodes if (when := node.endpoint.next_timeout()) is not None]
        if self._flying:
            moments.append(self._flying[0][0])
        if not moments or min(moments) > until:
            return False
        self.now = max(self.now, min(moments))
        if self._flying and self._flying[0][0] <= self.now:
            _, _, node, flow, data = heappop(self._flying)
            if node.reachable:
                node.endpoint.receive(data, flow, self.now)
        else:
            for node in self.nodes:
                node.endpoint.handle_timeout(self.now)
        self.drain()
        return True

    def run(self, seconds: float = 0.1) -> None:
        """Let simulated time pass."""
        until = self.now + seconds
        while self.step(until):
            pass
        self.now = until

    def run_until_quiet(self, limit: float = 100_000.0) -> None:
        """Run until nothing flies and no timer is left."""
        until = self.now + limit
        while self.step(until):
            pass
        assert self.quiet, "timers left"

    @property
    def quiet(self) -> bool:
        """Nothing flies, nothing waits."""
        return not self._flying and all(node.endpoint.next_timeout() is None for node in self.nodes)

    def lines(self, sender: Node | None = None) -> list[str]:
        """The first lines of all messages sent (by `sender`), in order."""
        return [one.first_line for one in self.log if sender is None or one.sender == sender.name]

    def _send(self, sender: Node, to: Flow | Hop, data: bytes, key: int) -> None:
        there = next((node for node in self.nodes if node.address == to.remote), None)
        name = there.name if there is not None else "nowhere"
        reliable = to.transport.reliable
        sent = Sent(self.now, sender.name, name, data, False)
        self.log.append(sent)
        if there is None or (reliable and not there.reachable):
            sent.lost = True
            if reliable:
                sender.endpoint.transmit_failed(key, self.now)
            return
        if reliable and isinstance(to, Flow) and to != self.flow(sender, there, to.transport):
            sent.lost = True
            sender.endpoint.transmit_failed(key, self.now)
            return
        if self.drop(sent) or (not reliable and self.random.random() < self.link.loss):
            sent.lost = True
            return
        copies = 1 if reliable or self.random.random() >= self.link.duplicate else 2
        for _ in range(copies):
            self._fly(sender, there, to.transport, data)

    def _fly(self, sender: Node, there: Node, transport: Transport, data: bytes) -> None:
        arrival = self.now + self.random.uniform(*self.link.delay)
        if transport.reliable:
            way = (sender.address, there.address)
            arrival = max(arrival, self._last_arrival.get(way, 0.0))
            self._last_arrival[way] = arrival
        self._serial += 1
        flow = self.flow(there, sender, transport)
        heappush(self._flying, (arrival, self._serial, there, flow, self.mangle(data)))


def statuses(lines: Iterable[str]) -> list[int]:
    """The status codes among first lines."""
    return [int(line.split()[1]) for line in lines if line.startswith("SIP/2.0 ")]
