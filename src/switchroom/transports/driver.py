"""The one driver of the SIP endpoint: sockets, names and the timer on one side, events on the other.

After every input it sends what the endpoint has to send and delivers what happened. Whatever a peer sends,
and whatever goes wrong while it is handled, costs that message only: it is logged and counted, and the loop
lives.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from switchroom.sip.config import Transmit
from switchroom.sip.endpoint import Endpoint
from switchroom.sip.events import Event, LookupNeeded, MessageDropped
from switchroom.sip.flow import Address, Flow, Hop, Transport
from switchroom.transports.counters import Counters
from switchroom.transports.dns import Resolver
from switchroom.transports.guard import Guard, Limits, Seat, Seats
from switchroom.transports.links import Connection
from switchroom.transports.outgoing import OutgoingConnections
from switchroom.transports.tcp import StreamConnection, StreamListener, numbers
from switchroom.transports.udp import UdpSocket
from switchroom.transports.websocket import TRY_AGAIN_LATER, WebSocketConnection, WebSocketLike

log = logging.getLogger("switchroom.transports.driver")

T = TypeVar("T")

SWEEP = 2.0
"""Seconds between two looks for connections that are silent for too long."""
TELL_AGAIN = 60.0
"""Seconds before a drop for the same reason and source is told again."""
MAX_TOLD = 1024
SHORTEST_WAIT = 0.001
KEEP_ALIVE = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Listener:
    """Where to listen: UDP, TCP, or TLS with a context; an address, no name; port 0 takes any free one."""

    transport: Transport
    host: str
    port: int
    tls: ssl.SSLContext | None = None


def ignore_flow(_: Flow) -> None:
    """The `on_flow_closed` of a driver whose owner does not care."""


def admits(data: bytes) -> bool:
    """Whether a message of ours says that its receiver proved himself: a 2xx to REGISTER or INVITE."""
    if not data.startswith(b"SIP/2.0 2"):
        return False
    start = data.find(b"\r\nCSeq:")
    return data[start : data.find(b"\r\n", start + 2)].endswith((b" REGISTER", b" INVITE"))


class SipDriver:
    """Drives one endpoint. Make it in a running loop.

    `on_event` is called with each event except LookupNeeded, which the driver answers by `resolver` (without
    one, names lead nowhere). `on_flow_closed` is called after a connection is gone. `tls` is the context for
    connections we make. Both callbacks may call `act`; what they raise is logged and counted.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        on_event: Callable[[Event], None],
        resolver: Resolver | None = None,
        *,
        on_flow_closed: Callable[[Flow], None] = ignore_flow,
        tls: ssl.SSLContext | None = None,
        limits: Limits | None = None,
        trusted_prefixes: tuple[str, ...] = ("127.", "::1"),
    ) -> None:
        self.limits = limits or Limits()
        self.counters = Counters()
        self.guard = Guard(self.limits, trusted_prefixes)
        self.seats = Seats(self.limits)
        self._endpoint = endpoint
        self._on_event = on_event
        self._on_flow_closed = on_flow_closed
        self._resolver = resolver
        self._loop = asyncio.get_running_loop()
        self._udp: dict[Address, UdpSocket] = {}
        self._listeners: list[StreamListener] = []
        self._connections: dict[int, Connection] = {}
        self._outgoing = OutgoingConnections(self, self.limits, tls, self._hop_failed)
        self._tasks: set[asyncio.Task[None]] = set()
        self._told: dict[tuple[str, str], float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._busy = False
        self._scheduled = False
        self._closed = False
        self._sweeper = self._loop.call_later(SWEEP, self._sweep)

    # For the owner

    def fault(self, host: str) -> str:
        """Why no connection could be made to an address the last time (`tls.fault_of`); empty: one could."""
        return self._outgoing.faults.get(host, "")

    async def listen(self, listener: Listener) -> Address:
        """Open a listener; returns its address with the port it got. Raises OSError."""
        if listener.transport is Transport.UDP:
            udp = UdpSocket(listener.host, listener.port, self, self.limits)
            self._udp[udp.local] = udp
            return udp.local
        if (listener.transport is Transport.TLS) != (listener.tls is not None):
            raise ValueError("TLS needs a context, and nothing else takes one")
        if listener.transport not in (Transport.TCP, Transport.TLS):
            raise ValueError("WebSockets come by serve_websocket")
        stream = StreamListener(listener.host, listener.port, listener.tls, self.seats, self._make)
        self._listeners.append(stream)
        return stream.local

    async def serve_websocket(self, ws: WebSocketLike, local: Address, remote: Address, secure: bool) -> None:
        """Serve a WebSocket that was accepted with subprotocol `sip`, to its end."""
        seat = None if self._closed else self.seats.take(remote.host)
        if seat is None:
            with suppress(Exception):
                await ws.close(TRY_AGAIN_LATER)
            return
        kind = Transport.WSS if secure else Transport.WS
        connection = WebSocketConnection(ws, Flow(kind, local, remote, next(numbers)), self, self.limits)
        self.opened(connection)
        try:
            await connection.run()
        finally:
            seat.release()

    def act(self, do: Callable[[Endpoint, float], T]) -> T:
        """Use verbs of the endpoint: `do(endpoint, now)`.

        What comes of it is sent and delivered as soon as the caller gives the loop back, so that no event
        arrives while the caller is still at work.
        """
        try:
            return do(self._endpoint, time.monotonic())
        finally:
            if not self._busy and not self._scheduled:
                self._scheduled = True
                self._loop.call_soon(self._drain_scheduled)

    def _drain_scheduled(self) -> None:
        self._scheduled = False
        self._drain()

    def keep_open(self, flow: Flow) -> None:
        """Send an empty line, so that an address translator keeps a UDP flow open (RFC 5626 §4.4.1)."""
        udp = self._udp_for(flow)
        if udp is not None:
            udp.send(KEEP_ALIVE, flow.remote)

    def trust(self, host: str) -> None:
        """Take the brakes off a source; one whose REGISTER or INVITE got a 2xx needs no asking."""
        self.guard.trust(host, time.monotonic())

    @property
    def connections(self) -> int:
        """Connections open now."""
        return len(self._connections)

    async def close(self) -> None:
        """Send what is to be sent and close everything; nothing is called back afterwards."""
        self._drain()
        self._closed = True
        self._sweeper.cancel()
        if self._timer is not None:
            self._timer.cancel()
        for listener in self._listeners:
            await listener.close()
        for task in list(self._tasks):
            task.cancel()
        await self._outgoing.close()
        for connection in list(self._connections.values()):
            connection.close()
        for udp in self._udp.values():
            udp.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # For the transports (links.Receiver)

    def received(self, data: bytes, flow: Flow, now: float) -> None:
        """One message: refused at the door, or given to the endpoint."""
        if self._closed:
            return
        refusal = self.guard.refusal(data, flow.remote.host, now)
        if refusal is not None:
            self.dropped(flow, refusal, now)
            return
        self.counters.received[flow.transport.value] += 1
        try:
            self._endpoint.receive(data, flow, now)
        except Exception:
            self._caught(f"a message from {flow.remote}")
        self._drain()

    def dropped(self, flow: Flow, reason: str, now: float) -> None:
        """Count it, and tell the owner now and then."""
        self.counters.dropped[reason.partition(":")[0]] += 1
        if reason == "keep-alive" or self._closed:
            return
        key = (flow.remote.host, reason)
        last = self._told.get(key)
        if last is not None and now - last < TELL_AGAIN:
            return
        self._told.pop(key, None)
        self._told[key] = now
        if len(self._told) > MAX_TOLD:
            del self._told[next(iter(self._told))]
        self._deliver(MessageDropped(flow, reason))

    def opened(self, connection: Connection) -> None:
        """A connection is ready."""
        self._connections[connection.flow.connection] = connection
        self.counters.connections[connection.flow.transport.value] += 1
        if self._closed:
            connection.close()

    def closed(self, connection: Connection) -> None:
        """A connection is gone."""
        self._connections.pop(connection.flow.connection, None)
        self._outgoing.forget(connection)
        if self._closed:
            return
        try:
            self._endpoint.flow_closed(connection.flow, time.monotonic())
            self._on_flow_closed(connection.flow)
        except Exception:
            self._caught("a closed connection")
        self._drain()

    def behind(self, is_behind: bool) -> None:
        """Shed new calls while messages wait too long in a socket."""
        self._endpoint.overloaded = is_behind
        log.warning("overloaded: new calls get 503" if is_behind else "no longer overloaded")

    # What comes out of the endpoint

    def _drain(self) -> None:
        """Send everything and deliver everything; what callbacks cause meanwhile included."""
        if self._busy or self._closed:
            return
        self._busy = True
        endpoint = self._endpoint
        try:
            while not self._closed:
                transmit = endpoint.poll_transmit()
                if transmit is not None:
                    self._send(transmit)
                    continue
                event = endpoint.poll_event()
                if event is None:
                    break
                if isinstance(event, MessageDropped):
                    self.counters.dropped["by the endpoint"] += 1
                self._deliver(event)
            self._set_timer()
        except Exception:
            self._caught("sending")
        finally:
            self._busy = False

    def _deliver(self, event: Event) -> None:
        if isinstance(event, LookupNeeded):
            task = self._loop.create_task(self._look_up(event))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        try:
            self._on_event(event)
        except Exception:
            self._caught(f"an event ({type(event).__name__})")

    def _send(self, transmit: Transmit) -> None:
        to = transmit.to
        if to.transport is Transport.UDP:
            udp = self._udp_for(to)
            sent = udp is not None and udp.send(transmit.data, to.remote)
        elif isinstance(to, Hop):
            sent = self._outgoing.send(to, transmit)
        else:
            connection = self._connections.get(to.connection)
            sent = connection is not None and connection.send(transmit.data)
        if sent:
            self.counters.sent[to.transport.value] += 1
            if admits(transmit.data):
                self.trust(to.remote.host)
        else:
            self._failed(transmit, time.monotonic())

    def _udp_for(self, to: Flow | Hop) -> UdpSocket | None:
        if isinstance(to, Flow):
            udp = self._udp.get(to.local)
            if udp is not None:
                return udp
        is_v6 = ":" in to.remote.host
        return next((udp for local, udp in self._udp.items() if (":" in local.host) == is_v6), None)

    def _hop_failed(self, transmits: list[Transmit]) -> None:
        now = time.monotonic()
        for transmit in transmits:
            self._failed(transmit, now)
        self._drain()

    def _failed(self, transmit: Transmit, now: float) -> None:
        self.counters.send_failures[transmit.to.transport.value] += 1
        if transmit.key:
            try:
                self._endpoint.transmit_failed(transmit.key, now)
            except Exception:
                self._caught("a message that could not be sent")

    async def _look_up(self, wanted: LookupNeeded) -> None:
        hops: tuple[Hop, ...] = ()
        try:
            if self._resolver is not None:
                hops = await self._resolver.resolve(wanted.host, wanted.port, wanted.transport, wanted.secure)
        except Exception:
            self._caught(f"resolving {wanted.host}")
        usable = tuple(hop for hop in hops if self._can_reach(hop))
        self.act(lambda endpoint, now: endpoint.resolved(wanted.lookup, usable, now))

    def _can_reach(self, hop: Hop) -> bool:
        if hop.transport is Transport.UDP:
            return self._udp_for(hop) is not None
        return hop.transport in (Transport.TCP, Transport.TLS)

    # Time

    def _set_timer(self) -> None:
        """Have `_on_timer` called when the endpoint wants it, or earlier: an early timer is kept."""
        wanted = self._endpoint.next_timeout()
        if wanted is None or self._closed or (self._timer is not None and self._timer_at <= wanted):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = wanted
        self._timer = self._loop.call_later(max(SHORTEST_WAIT, wanted - time.monotonic()), self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        try:
            self._endpoint.handle_timeout(time.monotonic())
        except Exception:
            self._caught("a timer")
        self._drain()

    def _sweep(self) -> None:
        self._sweeper = self._loop.call_later(SWEEP, self._sweep)
        now = time.monotonic()
        for connection in list(self._connections.values()):
            begun = connection.begun
            if begun is not None and now - begun > self.limits.first_message:
                self.dropped(connection.flow, "no whole message in time", now)
                connection.close()
            elif now - connection.heard > self.limits.idle:
                self.dropped(connection.flow, "idle connection", now)
                connection.close()

    # Small things

    def _make(self, transport: Transport, seat: Seat) -> StreamConnection:
        return StreamConnection(transport, self, self.limits, seat)

    def _caught(self, doing: str) -> None:
        self.counters.errors += 1
        log.exception("error while handling %s", doing)
