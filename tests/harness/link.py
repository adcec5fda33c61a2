"""How the virtual phone reaches its server: UDP, TCP, TLS, WS or WSS, one message at a time."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import Any, Protocol

from switchroom.sip.flow import Transport
from switchroom.sip.framing import Keepalive, StreamFramer

Place = tuple[str, int]
Receive = Callable[[bytes], None]


class Link(Protocol):
    """A way to the server."""

    local: Place
    transport: Transport

    def send(self, data: bytes) -> None:
        """One whole message."""
        ...

    async def close(self) -> None:
        """Close it."""
        ...


def own_host(server: Place) -> str:
    """The loopback address of the server's family."""
    return "::1" if ":" in server[0] else "127.0.0.1"


class _Udp(asyncio.DatagramProtocol):
    transport = Transport.UDP

    def __init__(self, server: Place, receive: Receive) -> None:
        self._server, self._receive = server, receive
        self._socket: asyncio.DatagramTransport | None = None
        self.local: Place = ("127.0.0.1", 0)

    async def open(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._socket, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=(host or own_host(self._server), port)
        )
        self.local = self._socket.get_extra_info("sockname")[:2]

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if data.strip(b"\r\n\0"):
            self._receive(data)

    def error_received(self, exc: Exception) -> None:
        """The server's port is closed just now: the transaction will time out."""

    def send(self, data: bytes) -> None:
        if self._socket is not None:
            self._socket.sendto(data, self._server)

    async def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            await asyncio.sleep(0)


class _Stream:
    def __init__(
        self,
        transport: Transport,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        receive: Receive,
    ) -> None:
        self.transport = transport
        self._reader, self._writer, self._receive = reader, writer, receive
        self.local: Place = writer.get_extra_info("sockname")[:2]
        self._task = asyncio.get_running_loop().create_task(self._read())

    async def _read(self) -> None:
        framer = StreamFramer()
        with contextlib.suppress(OSError):
            while data := await self._reader.read(65536):
                for item in framer.feed(data):
                    if item is Keepalive.PING:
                        self._writer.write(Keepalive.PONG.value)
                    elif isinstance(item, bytes):
                        self._receive(item)

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def close(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._writer.close()
        with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
            async with asyncio.timeout(1):
                await self._writer.wait_closed()


class _WebSocket:
    def __init__(self, transport: Transport, connection: Any, receive: Receive) -> None:
        self.transport, self._connection, self._receive = transport, connection, receive
        self.local: Place = connection.local_address[:2]
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._read()), loop.create_task(self._write())]

    async def _read(self) -> None:
        async for frame in self._connection:
            data = frame if isinstance(frame, bytes) else frame.encode()
            if data.strip():
                self._receive(data)

    async def _write(self) -> None:
        while True:
            # JsSIP and SIP.js send text frames (RFC 7118 §5 allows both).
            await self._connection.send((await self._queue.get()).decode())

    def send(self, data: bytes) -> None:
        self._queue.put_nowait(data)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self._connection.close()


def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class _Listening:
    """Waits for connections (TCP, TLS) and answers by the newest one: what a provider's side is like."""

    def __init__(self, transport: Transport, receive: Receive) -> None:
        self.transport, self._receive = transport, receive
        self._streams: list[_Stream] = []
        self._server: asyncio.Server | None = None
        self.local: Place = ("127.0.0.1", 0)

    async def open(self, context: ssl.SSLContext | None) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=context)
        self.local = self._server.sockets[0].getsockname()[:2]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._streams.append(_Stream(self.transport, reader, writer, self._receive))

    def send(self, data: bytes) -> None:
        self._streams[-1].send(data)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for stream in self._streams:
            await stream.close()


async def listen(transport: Transport, context: ssl.SSLContext | None, receive: Receive) -> Link:
    """Wait for the system to connect, by TCP or TLS (with the context of a server)."""
    link = _Listening(transport, receive)
    await link.open(context)
    return link


async def connect(
    transport: Transport, server: Place, receive: Receive, *, host: str = "", port: int = 0
) -> Link:
    """Open a link to `server`; every message it brings goes to `receive`. WS and WSS use the path /sip.

    `host` and `port` are our own, by UDP.
    """
    if transport is Transport.UDP:
        link = _Udp(server, receive)
        await link.open(host, port)
        return link
    if transport in (Transport.TCP, Transport.TLS):
        context = _trusting() if transport is Transport.TLS else None
        reader, writer = await asyncio.open_connection(server[0], server[1], ssl=context)
        return _Stream(transport, reader, writer, receive)
    from websockets.asyncio.client import connect as open_websocket
    from websockets.typing import Subprotocol

    secure = transport is Transport.WSS
    url = f"{'wss' if secure else 'ws'}://{server[0]}:{server[1]}/sip"
    options: dict[str, Any] = {"ssl": _trusting()} if secure else {}
    connection = await open_websocket(url, subprotocols=[Subprotocol("sip")], **options)
    return _WebSocket(transport, connection, receive)
