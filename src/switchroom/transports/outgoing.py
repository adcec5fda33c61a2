"""Connections we make: one for each hop, used again as long as it lives; messages wait while it is made."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable

from switchroom.sip.config import Transmit
from switchroom.sip.flow import Hop, Transport
from switchroom.transports.guard import Limits
from switchroom.transports.links import Connection, Receiver
from switchroom.transports.tcp import StreamConnection, connect
from switchroom.transports.tls import fault_of

MOST_FAULTS = 256
"""Addresses of which it is remembered why there is no connection."""

log = logging.getLogger("switchroom.transports.outgoing")


class OutgoingConnections:
    """By hop: a connection, or a task that makes it with the messages that wait for it.

    `failed` is called with messages that were taken and could not be sent after all.
    """

    def __init__(
        self,
        receiver: Receiver,
        limits: Limits,
        tls: ssl.SSLContext | None,
        failed: Callable[[list[Transmit]], None],
    ) -> None:
        self._receiver = receiver
        self._limits = limits
        self._tls = tls
        self._failed = failed
        self._ready: dict[Hop, StreamConnection] = {}
        self.faults: dict[str, str] = {}
        """By address: why no connection could be made to it the last time, as a code of `tls.fault_of`."""
        self._making: dict[Hop, tuple[asyncio.Task[None], list[Transmit]]] = {}

    def send(self, hop: Hop, transmit: Transmit) -> bool:
        """Send by the connection to `hop`, or make it first; False when that is impossible from the start."""
        connection = self._ready.get(hop)
        if connection is not None:
            if connection.send(transmit.data):
                return True
            del self._ready[hop]
        if hop in self._making:
            waiting = self._making[hop][1]
            if len(waiting) >= self._limits.waiting:
                return False
            waiting.append(transmit)
            return True
        if hop.transport not in (Transport.TCP, Transport.TLS):
            return False
        if hop.transport is Transport.TLS and self._tls is None:
            return False
        waiting = [transmit]
        task = asyncio.get_running_loop().create_task(self._connect(hop, waiting))
        self._making[hop] = (task, waiting)
        return True

    def forget(self, connection: Connection) -> None:
        """A connection is gone."""
        for hop, ready in list(self._ready.items()):
            if ready is connection:
                del self._ready[hop]

    async def close(self) -> None:
        """Stop making connections; those that are ready are closed by their owner."""
        tasks = [task for task, _ in self._making.values()]
        self._making.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connect(self, hop: Hop, waiting: list[Transmit]) -> None:
        connection: StreamConnection | None = None
        try:
            connection = await connect(
                hop,
                lambda: StreamConnection(hop.transport, self._receiver, self._limits),
                self._tls,
                self._limits,
            )
        except (OSError, TimeoutError, EOFError, ValueError) as error:
            self._note(hop, fault_of(error))
            log.info("no connection to %s by %s: %s", hop.remote, hop.transport.value, error)
        self._making.pop(hop, None)
        if connection is None:
            self._failed(waiting)
            return
        self.faults.pop(hop.remote.host, None)
        self._ready[hop] = connection
        lost = [transmit for transmit in waiting if not connection.send(transmit.data)]
        if lost:
            self._failed(lost)

    def _note(self, hop: Hop, fault: str) -> None:
        self.faults.pop(hop.remote.host, None)
        self.faults[hop.remote.host] = fault
        while len(self.faults) > MOST_FAULTS:
            del self.faults[next(iter(self.faults))]
