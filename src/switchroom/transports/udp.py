"""A UDP socket for SIP: read until it is empty, or until others must have their turn."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from contextlib import suppress

from switchroom.sip.flow import Address, Flow, Transport
from switchroom.transports.guard import Limits
from switchroom.transports.links import Receiver

log = logging.getLogger("switchroom.transports.udp")

BUFFER = 4 << 20
MAX_FLOWS = 20_000
_FORCE = {socket.SO_RCVBUF: 33, socket.SO_SNDBUF: 32}  # SO_RCVBUFFORCE, SO_SNDBUFFORCE of Linux


class UdpSocket:
    """One bound socket. Raises OSError when the address can not be bound."""

    def __init__(self, host: str, port: int, receiver: Receiver, limits: Limits) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            if family == socket.AF_INET6:
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                try:
                    self._socket.setsockopt(socket.SOL_SOCKET, _FORCE[option], BUFFER)
                except OSError:
                    self._socket.setsockopt(socket.SOL_SOCKET, option, BUFFER)
            self._socket.bind((host, port))
            self._socket.setblocking(False)
        except OSError:
            self._socket.close()
            raise
        self.local = Address(host, self._socket.getsockname()[1])
        self.family = family
        self._receiver = receiver
        self._limits = limits
        self._flows: dict[object, Flow] = {}
        self._full_since: float | None = None
        self._behind = False
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._read)

    def _read(self) -> None:
        """Take datagrams until there are none, or the turn is over."""
        receive, flows, receiver = self._socket.recvfrom, self._flows, self._receiver
        now = time.monotonic()
        end = now + self._limits.turn_seconds
        for _ in range(self._limits.turn_messages):
            try:
                data, source = receive(65536)
            except (BlockingIOError, InterruptedError):
                self._caught_up()
                return
            except OSError as error:  # an ICMP error of an earlier send
                log.debug("UDP receive on %s: %s", self.local, error)
                continue
            flow = flows.get(source) or self._new_flow(source)
            receiver.received(data, flow, now)
            now = time.monotonic()
            if now > end:
                break
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except OSError:
            self._caught_up()
        else:
            self._not_empty(now)

    def _new_flow(self, source: tuple[str, int] | tuple[str, int, int, int]) -> Flow:
        host = source[0]
        if len(source) == 4 and source[3]:
            host = f"{host}%{source[3]}"
        flow = Flow(Transport.UDP, self.local, Address(host, source[1]))
        if len(self._flows) >= MAX_FLOWS:
            self._flows.clear()
        self._flows[source] = flow
        return flow

    def _not_empty(self, now: float) -> None:
        if self._full_since is None:
            self._full_since = now
        elif not self._behind and now - self._full_since > self._limits.behind:
            self._behind = True
            self._receiver.behind(True)

    def _caught_up(self) -> None:
        self._full_since = None
        if self._behind:
            self._behind = False
            self._receiver.behind(False)

    def send(self, data: bytes, remote: Address) -> bool:
        """Send one datagram; False when it leads nowhere. A full buffer is a lost packet."""
        try:
            self._socket.sendto(data, (remote.host, remote.port))
        except (BlockingIOError, InterruptedError):
            return True
        except (OSError, OverflowError, UnicodeError, ValueError) as error:
            log.debug("UDP send to %s: %s", remote, error)
            return False
        return True

    def close(self) -> None:
        """Stop reading and close."""
        with suppress(OSError, ValueError):
            self._loop.remove_reader(self._socket.fileno())
        self._socket.close()
