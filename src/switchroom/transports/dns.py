"""From a host name to hops (RFC 3263 §4): NAPTR, SRV, A and AAAA, then the system's own hosts file."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Iterable, Sequence

import dns.asyncresolver
import dns.exception
import dns.resolver
from dns.nameserver import Do53Nameserver
from dns.rdtypes.IN.NAPTR import NAPTR
from dns.rdtypes.IN.SRV import SRV

from switchroom.sip.flow import Address, Hop, Transport

TIMEOUT = 4.0
"""Seconds for one question, all its servers and retries included."""
MAX_HOPS = 16
MAX_QUESTIONS = 64
"""Questions in flight at once; more wait."""

_SERVICES = {"SIP+D2U": Transport.UDP, "SIP+D2T": Transport.TCP, "SIPS+D2T": Transport.TLS}
_PREFIX = {
    Transport.UDP: "_sip._udp",
    Transport.TCP: "_sip._tcp",
    Transport.TLS: "_sips._tcp",
    Transport.WS: "_sip._tcp",
    Transport.WSS: "_sips._tcp",
}


def default_port(transport: Transport) -> int:
    """5061 for TLS and WSS, else 5060 (RFC 3261 §19.1.2)."""
    return 5061 if transport.secure else 5060


class Resolver:
    """Asks DNS. `nameservers` (address, port) replace those of the system, `chance` chooses among SRV
    weights."""

    def __init__(
        self,
        nameservers: Sequence[tuple[str, int]] = (),
        *,
        transports: Iterable[Transport] = (Transport.UDP, Transport.TCP, Transport.TLS),
        ipv6: bool = True,
        hosts_file: bool = True,
        chance: random.Random | None = None,
    ) -> None:
        self._dns = dns.asyncresolver.Resolver(configure=not nameservers)
        if nameservers:
            self._dns.nameservers = [Do53Nameserver(address, port) for address, port in nameservers]
        self._dns.lifetime = TIMEOUT
        self._dns.timeout = TIMEOUT / 2
        self._dns.cache = dns.resolver.LRUCache(1000)
        self._transports = tuple(transports)
        self._ipv6 = ipv6
        self._hosts_file = hosts_file
        self._chance = chance or random.SystemRandom()
        self._slots = asyncio.Semaphore(MAX_QUESTIONS)

    async def resolve(
        self, host: str, port: int | None, transport: Transport | None, secure: bool
    ) -> tuple[Hop, ...]:
        """The hops to try, in order; () when the name leads nowhere. Raises nothing but cancellation."""
        async with self._slots:
            hops: list[Hop] = []
            for kind, name, number in await self._targets(host, port, transport, secure):
                for address in await self._addresses(name):
                    hops.append(Hop(kind, Address(address, number), host if kind.secure else ""))
                if len(hops) >= MAX_HOPS:
                    break
            return tuple(hops[:MAX_HOPS])

    async def _targets(
        self, host: str, port: int | None, transport: Transport | None, secure: bool
    ) -> list[tuple[Transport, str, int]]:
        """Transport, name and port of each server, best first."""
        fallback = transport or (Transport.TLS if secure else Transport.UDP)
        if port is not None:
            return [(fallback, host, port)]
        if transport is not None:
            services = [(transport, f"{_PREFIX[transport]}.{host}")]
        else:
            services = await self._naptr(host, secure)
            if not services:
                kinds = [kind for kind in self._transports if kind.secure or not secure]
                services = [(kind, f"{_PREFIX[kind]}.{host}") for kind in kinds]
        found: list[tuple[Transport, str, int]] = []
        for kind, name in services:
            found += [(kind, target, number) for target, number in await self._srv(name)]
        return found or [(fallback, host, default_port(fallback))]

    async def _naptr(self, host: str, secure: bool) -> list[tuple[Transport, str]]:
        rows = [row for row in await self._ask(host, "NAPTR") if isinstance(row, NAPTR)]
        found = []
        for row in sorted(rows, key=lambda row: (row.order, row.preference)):
            kind = _SERVICES.get(row.service.decode("ascii", "replace").upper())
            if kind is None or kind not in self._transports or (secure and not kind.secure):
                continue
            if row.flags.lower() == b"s":
                found.append((kind, row.replacement.to_text()))
        return found

    async def _srv(self, name: str) -> list[tuple[str, int]]:
        """Targets by priority, and among equals by chance as their weights say (RFC 2782)."""
        rows = [row for row in await self._ask(name, "SRV") if isinstance(row, SRV)]
        found: list[tuple[str, int]] = []
        for priority in sorted({row.priority for row in rows}):
            equals = sorted((row for row in rows if row.priority == priority), key=lambda row: row.weight)
            while equals:
                mark = self._chance.uniform(0, sum(row.weight for row in equals))
                for row in equals:
                    mark -= row.weight
                    if mark <= 0:
                        break
                equals.remove(row)
                if row.target.to_text() != ".":
                    found.append((row.target.to_text(), row.port))
        return found

    async def _addresses(self, name: str) -> list[str]:
        kinds = ("A", "AAAA") if self._ipv6 else ("A",)
        answers = await asyncio.gather(*(self._ask(name, kind) for kind in kinds))
        found = [row.to_text() for rows in answers for row in rows]
        if found or not self._hosts_file:
            return found
        family = socket.AF_UNSPEC if self._ipv6 else socket.AF_INET
        try:
            async with asyncio.timeout(TIMEOUT):
                rows = await asyncio.get_running_loop().getaddrinfo(
                    name.rstrip("."), None, family=family, type=socket.SOCK_DGRAM
                )
        except (OSError, UnicodeError, TimeoutError):
            return []
        return list(dict.fromkeys(str(row[4][0]) for row in rows))

    async def _ask(self, name: str, kind: str) -> list[dns.rdata.Rdata]:
        try:
            answer = await self._dns.resolve(name, kind, raise_on_no_answer=False, search=False)
        except (dns.exception.DNSException, OSError, UnicodeError, ValueError):
            return []
        return list(answer.rrset or ())
