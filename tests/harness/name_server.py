"""A small name server on loopback: what stands in its zone, and nothing else."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Zone = Mapping[tuple[str, str], Sequence[str]]
"""Values by name (with the dot at its end) and type."""


class NameServer(asyncio.DatagramProtocol):
    """Answers from a zone; `silent` makes it answer nothing."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.silent = False
        self.questions: Counter[str] = Counter()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.wire.get_extra_info("sockname")[1])

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.wire = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        kind = dns.rdatatype.to_text(question.rdtype)
        self.questions[kind] += 1
        if self.silent:
            return
        answer = dns.message.make_response(query)
        rows = self.zone.get((question.name.to_text(), kind))
        if rows:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *rows))
        elif not any(name == question.name.to_text() for name, _ in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        answer.flags |= dns.flags.RA
        self.wire.sendto(answer.to_wire(), addr)


@asynccontextmanager
async def name_server(zone: Zone) -> AsyncIterator[NameServer]:
    """It answers on a port of 127.0.0.1."""
    wire, server = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: NameServer(zone), local_addr=("127.0.0.1", 0)
    )
    try:
        yield server
    finally:
        wire.close()
