"""What the transports and the driver know of each other."""

from __future__ import annotations

from typing import Protocol

from switchroom.sip.flow import Flow


class Receiver(Protocol):
    """The driver, as a transport sees it. None of these raises."""

    def received(self, data: bytes, flow: Flow, now: float) -> None:
        """One message."""

    def dropped(self, flow: Flow, reason: str, now: float) -> None:
        """Something was thrown away."""

    def opened(self, connection: Connection) -> None:
        """A connection is ready."""

    def closed(self, connection: Connection) -> None:
        """A connection is gone."""

    def behind(self, is_behind: bool) -> None:
        """Messages wait longer in the socket than they should, or do so no more."""


class Connection(Protocol):
    """A TCP, TLS or WebSocket connection."""

    flow: Flow
    opened: float
    heard: float
    """When anything came last."""
    begun: float | None
    """Since when a message is incomplete, or the first one is waited for."""

    def send(self, data: bytes) -> bool:
        """Hand over one message; False when the connection can take none any more."""

    def close(self) -> None:
        """End it; `Receiver.closed` follows."""
