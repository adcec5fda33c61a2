"""SIP over WebSocket (RFC 7118): one message a frame, over whatever server accepted the connection."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import MutableMapping
from typing import Any, Protocol

from switchroom.sip.flow import Flow
from switchroom.sip.framing import Keepalive
from switchroom.transports.guard import Limits
from switchroom.transports.links import Receiver

log = logging.getLogger("switchroom.transports.websocket")

SUBPROTOCOL = "sip"
GOING_AWAY = 1001
TRY_AGAIN_LATER = 1013


class WebSocketLike(Protocol):
    """The part of a Starlette WebSocket that is used, accepted already with subprotocol `sip`."""

    async def receive(self) -> MutableMapping[str, Any]:
        """The next ASGI event: websocket.receive or websocket.disconnect."""

    async def send_text(self, data: str) -> None:
        """Send a text frame."""

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary frame."""

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        """Send a close frame."""


class WebSocketConnection:
    """One WebSocket that carries SIP. `run` reads until it is closed."""

    def __init__(self, ws: WebSocketLike, flow: Flow, receiver: Receiver, limits: Limits) -> None:
        self.flow = flow
        self.opened = self.heard = time.monotonic()
        self.begun: float | None = self.opened
        self._ws = ws
        self._receiver = receiver
        self._limits = limits
        self._outgoing: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._waiting = 0
        self._closing = False

    async def run(self) -> None:
        """Serve the connection to its end. Raises nothing but cancellation."""
        writer = asyncio.create_task(self._write())
        try:
            while True:
                event = await self._ws.receive()
                if event.get("type") != "websocket.receive":
                    return
                self._take(event)
        except Exception as error:  # whatever the server's WebSocket raises when the peer vanishes
            log.debug("WebSocket of %s: %s", self.flow.remote, error)
        finally:
            self._closing = True
            writer.cancel()
            self._receiver.closed(self)

    def _take(self, event: MutableMapping[str, Any]) -> None:
        data = event.get("bytes")
        if data is None:
            data = str(event.get("text") or "").encode("utf-8", "surrogatepass")
        now = self.heard = time.monotonic()
        if not data.strip(b"\r\n"):
            if len(data) >= 4:
                self.send(Keepalive.PONG.value)
            return
        self.begun = None
        self._receiver.received(bytes(data), self.flow, now)

    async def _write(self) -> None:
        try:
            while (data := await self._outgoing.get()) is not None:
                self._waiting -= len(data)
                try:
                    text = data.decode("utf-8")
                except UnicodeDecodeError:
                    await self._ws.send_bytes(data)
                else:
                    await self._ws.send_text(text)
            await self._ws.close(GOING_AWAY)
        except Exception as error:
            log.debug("WebSocket of %s: %s", self.flow.remote, error)
            self._closing = True

    def send(self, data: bytes) -> bool:
        """Hand over one message; False when the connection is closing or its peer takes nothing."""
        if self._closing:
            return False
        if self._waiting + len(data) > self._limits.write_buffer:
            log.info("%s does not read, connection cut", self.flow.remote)
            self.close()
            return False
        self._waiting += len(data)
        self._outgoing.put_nowait(data)
        return True

    def close(self) -> None:
        """End the connection."""
        if not self._closing:
            self._closing = True
            self._outgoing.put_nowait(None)
