"""TCP and TLS connections, accepted and made, and the listeners that accept them."""

from __future__ import annotations

import asyncio
import errno
import itertools
import logging
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from switchroom.sip.flow import Address, Flow, Hop, Transport
from switchroom.sip.framing import Keepalive, StreamFramer
from switchroom.transports.guard import Limits, Seat, Seats
from switchroom.transports.links import Receiver

log = logging.getLogger("switchroom.transports.tcp")

BACKLOG = 1024
HANDSHAKE = 10.0
"""Seconds a TLS handshake may take."""
PAUSE = 0.5
"""Seconds without accepting when the system has no more descriptors."""
FULL_LOG = 60.0
"""Seconds for which further connections turned away are not logged."""
ACCEPTS_PER_TURN = 32

numbers = itertools.count(1)
"""Connection numbers, never used twice in one process (`Flow.connection`)."""


class StreamConnection(asyncio.Protocol):
    """One TCP or TLS connection that carries SIP."""

    def __init__(
        self, transport: Transport, receiver: Receiver, limits: Limits, seat: Seat | None = None
    ) -> None:
        self._kind = transport
        self._seat = seat
        self._receiver = receiver
        self._limits = limits
        self._framer = StreamFramer()
        self._wire: asyncio.Transport | None = None
        self.flow = Flow(transport, Address("", 0), Address("", 0))
        self.opened = self.heard = time.monotonic()
        self.begun: float | None = self.opened if seat else None
        self._greeted = seat is None  # a connection of our own making owes no first message

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop, after the handshake for TLS."""
        self._wire = cast(asyncio.Transport, transport)
        local, remote = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
        if local is None or remote is None:  # gone already
            self._wire.abort()
            return
        self.flow = Flow(
            self._kind, Address(local[0], local[1]), Address(remote[0], remote[1]), next(numbers)
        )
        self._receiver.opened(self)

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        now = self.heard = time.monotonic()
        for item in self._framer.feed(data):
            if self._wire is None or self._wire.is_closing():
                return
            if item is Keepalive.PING:
                self._wire.write(Keepalive.PONG.value)
            elif isinstance(item, bytes):
                self._greeted = True
                self.begun = None
                self._receiver.received(item, self.flow, now)
        if self._framer.error is not None:
            self._receiver.dropped(self.flow, f"stream: {self._framer.error}", now)
            self.close()
        elif self._framer.pending > 2:
            self.begun = self.begun or now
        elif self._greeted:
            self.begun = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the loop."""
        self._wire = None
        if self._seat is not None:
            self._seat.release()
        if self.flow.connection:
            self._receiver.closed(self)

    def send(self, data: bytes) -> bool:
        """Hand over one message; False when the connection is closing or its peer takes nothing."""
        wire = self._wire
        if wire is None or wire.is_closing():
            return False
        if wire.get_write_buffer_size() + len(data) > self._limits.write_buffer:
            log.info("%s does not read, connection cut", self.flow.remote)
            wire.abort()
            return False
        wire.write(data)
        return True

    def close(self) -> None:
        """End the connection; what has been written still goes out if the peer takes it within a second."""
        wire = self._wire
        if wire is None or wire.is_closing():
            return
        wire.close()
        asyncio.get_running_loop().call_later(1.0, wire.abort)


class StreamListener:
    """Accepts connections on one address, while there are seats: asked before a TLS handshake costs anything.

    Raises OSError when the address can not be bound.
    """

    def __init__(
        self,
        host: str,
        port: int,
        tls: ssl.SSLContext | None,
        seats: Seats,
        make: Callable[[Transport, Seat], StreamConnection],
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            self._socket.bind((host, port))
            self._socket.listen(BACKLOG)
            self._socket.setblocking(False)
        except OSError:
            self._socket.close()
            raise
        self.local = Address(host, self._socket.getsockname()[1])
        self._transport = Transport.TCP if tls is None else Transport.TLS
        self._tls = tls
        self._seats = seats
        self._make = make
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.TimerHandle | None = None
        self._silent_until = 0.0
        self._resume()

    def _resume(self) -> None:
        self._pause = None
        self._loop.add_reader(self._socket.fileno(), self._accept)

    def _accept(self) -> None:
        for _ in range(ACCEPTS_PER_TURN):
            try:
                accepted, source = self._socket.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    log.error("no more connections can be accepted: %s", error)
                    self._loop.remove_reader(self._socket.fileno())
                    self._pause = self._loop.call_later(PAUSE, self._resume)
                else:
                    log.warning("accept on %s: %s", self.local, error)
                return
            host = str(source[0])
            seat = self._seats.take(host)
            if seat is None:
                if self._loop.time() >= self._silent_until:
                    log.info("%s has too many connections", host)
                    self._silent_until = self._loop.time() + FULL_LOG
                accepted.close()
                continue
            task = self._loop.create_task(self._open(accepted, host, seat))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _open(self, accepted: socket.socket, host: str, seat: Seat) -> None:
        try:
            accepted.setblocking(False)
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.connect_accepted_socket(
                lambda: self._make(self._transport, seat),
                accepted,
                ssl=self._tls,
                ssl_handshake_timeout=HANDSHAKE if self._tls else None,
            )
        except BaseException as error:
            seat.release()
            accepted.close()
            if not isinstance(error, OSError | TimeoutError | EOFError):
                raise
            log.debug("connection from %s failed: %s", host, error)

    async def close(self) -> None:
        """Accept nothing any more."""
        if self._pause is not None:
            self._pause.cancel()
        with suppress(OSError, ValueError):
            self._loop.remove_reader(self._socket.fileno())
        self._socket.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def connect(
    hop: Hop, make: Callable[[], StreamConnection], tls: ssl.SSLContext | None, limits: Limits
) -> StreamConnection:
    """Make a connection to a hop. Raises OSError, ssl.SSLError or TimeoutError."""
    loop = asyncio.get_running_loop()
    secure = hop.transport is Transport.TLS
    async with asyncio.timeout(limits.connect):
        _, connection = await loop.create_connection(
            make,
            hop.remote.host,
            hop.remote.port,
            ssl=tls if secure else None,
            server_hostname=(hop.server_name or hop.remote.host) if secure else None,
        )
    return connection
