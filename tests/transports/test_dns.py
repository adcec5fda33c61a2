"""Names to hops (RFC 3263), asked of a small name server on loopback."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from switchroom.sip.events import InviteRejected
from switchroom.sip.flow import Address, Hop, Transport
from switchroom.sip.uri import SipUri
from switchroom.transports.dns import MAX_HOPS, Resolver
from switchroom.transports.driver import Listener
from tests.harness.name_server import NameServer
from tests.harness.name_server import name_server as serving
from tests.harness.until import LONG
from tests.transports.rig import SESSION, datagrams, invite, rig

UDP, TCP, TLS = Transport.UDP, Transport.TCP, Transport.TLS

ZONE: dict[tuple[str, str], list[str]] = {
    ("full.test.", "NAPTR"): [
        '20 10 "s" "SIP+D2U" "" _sip._udp.full.test.',
        '10 20 "s" "SIP+D2T" "" _sip._tcp.full.test.',
        '10 10 "s" "SIPS+D2T" "" _sips._tcp.full.test.',
        '10 5 "s" "SIP+D2X" "" _sip._sctp.full.test.',
        '10 5 "u" "SIP+D2U" "!.*!sip:x!" .',
    ],
    ("_sips._tcp.full.test.", "SRV"): ["0 0 5061 one.full.test."],
    ("_sip._tcp.full.test.", "SRV"): ["0 0 5060 one.full.test."],
    ("_sip._udp.full.test.", "SRV"): ["20 0 5070 two.full.test.", "10 0 5060 one.full.test."],
    ("one.full.test.", "A"): ["192.0.2.1"],
    ("one.full.test.", "AAAA"): ["2001:db8::1"],
    ("two.full.test.", "A"): ["192.0.2.2"],
    ("srv.test.", "A"): ["192.0.2.9"],
    ("_sip._tcp.srv.test.", "SRV"): ["0 0 5080 one.full.test.", "0 0 0 ."],
    ("weights.test.", "A"): ["192.0.2.9"],
    ("_sip._udp.weights.test.", "SRV"): [
        "1 90 1 one.full.test.",
        "1 10 2 one.full.test.",
        "2 99 3 one.full.test.",
    ],
    ("plain.test.", "A"): ["192.0.2.3"],
    ("many.test.", "A"): [f"192.0.2.{i}" for i in range(100)],
    ("local.test.", "A"): ["127.0.0.1"],
}


@asynccontextmanager
async def name_server(**options: Any) -> AsyncIterator[tuple[NameServer, Resolver]]:
    async with serving(ZONE) as server:
        there = [("127.0.0.1", server.port)]
        yield server, Resolver(there, hosts_file=False, chance=random.Random(3), **options)


def hop(transport: Transport, host: str, port: int, name: str = "") -> Hop:
    return Hop(transport, Address(host, port), name)


@pytest.mark.parametrize(
    ("host", "port", "transport", "secure", "expected"),
    [
        (  # NAPTR by order and preference, unknown services and flags left out, then SRV, then A and AAAA
            "full.test",
            None,
            None,
            False,
            [
                hop(TLS, "192.0.2.1", 5061, "full.test"),
                hop(TLS, "2001:db8::1", 5061, "full.test"),
                hop(TCP, "192.0.2.1", 5060),
                hop(TCP, "2001:db8::1", 5060),
                hop(UDP, "192.0.2.1", 5060),
                hop(UDP, "2001:db8::1", 5060),
                hop(UDP, "192.0.2.2", 5070),
            ],
        ),
        (  # sips: only what is secure all the way
            "full.test",
            None,
            None,
            True,
            [hop(TLS, "192.0.2.1", 5061, "full.test"), hop(TLS, "2001:db8::1", 5061, "full.test")],
        ),
        (  # a transport: SRV at once
            "full.test",
            None,
            UDP,
            False,
            [hop(UDP, "192.0.2.1", 5060), hop(UDP, "2001:db8::1", 5060), hop(UDP, "192.0.2.2", 5070)],
        ),
        ("full.test", 5099, None, False, []),  # a port: the address itself, and full.test has none
        ("plain.test", 5099, None, False, [hop(UDP, "192.0.2.3", 5099)]),
        (
            "plain.test",
            5099,
            None,
            True,
            [hop(TLS, "192.0.2.3", 5099, "plain.test")],
        ),
        ("plain.test", None, None, False, [hop(UDP, "192.0.2.3", 5060)]),
        (
            "plain.test",
            None,
            TLS,
            False,
            [hop(TLS, "192.0.2.3", 5061, "plain.test")],
        ),
        # no NAPTR: the SRV of each transport; "." offers nothing
        ("srv.test", None, None, False, [hop(TCP, "192.0.2.1", 5080), hop(TCP, "2001:db8::1", 5080)]),
        ("nowhere.test", None, None, False, []),
        ("x" * 64 + ".test", None, None, False, []),
        ("a..b", None, None, False, []),
    ],
)
async def test_a_name_leads_to_hops(
    host: str, port: int | None, transport: Transport | None, secure: bool, expected: list[Hop]
) -> None:
    async with name_server() as (_, resolver):
        assert list(await resolver.resolve(host, port, transport, secure)) == expected


async def test_what_we_do_not_speak_is_not_asked_for() -> None:
    async with name_server(transports=(UDP,), ipv6=False) as (server, resolver):
        hops = await resolver.resolve("full.test", None, None, False)
        assert list(hops) == [hop(UDP, "192.0.2.1", 5060), hop(UDP, "192.0.2.2", 5070)]
        assert server.questions["AAAA"] == 0


async def test_equal_priorities_are_chosen_by_weight() -> None:
    async with name_server(ipv6=False) as (_, resolver):
        firsts: Counter[int] = Counter()
        for _ in range(300):
            hops = await resolver.resolve("weights.test", None, UDP, False)
            assert sorted(found.remote.port for found in hops) == [1, 2, 3]
            assert hops[2].remote.port == 3
            firsts[hops[0].remote.port] += 1
    assert 240 < firsts[1] < 295


async def test_answers_are_remembered_and_bounded() -> None:
    async with name_server(ipv6=False) as (server, resolver):
        assert len(await resolver.resolve("many.test", 5060, UDP, False)) == MAX_HOPS
        await resolver.resolve("many.test", 5060, UDP, False)
        assert server.questions["A"] == 1


async def test_a_silent_name_server_costs_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("switchroom.transports.dns.TIMEOUT", 0.3)
    async with name_server(ipv6=False) as (server, resolver):
        server.silent = True
        async with asyncio.timeout(LONG):
            assert await resolver.resolve("plain.test", 5060, UDP, False) == ()


async def test_names_of_the_machine_are_known() -> None:
    async with name_server() as (_, with_zone):
        del with_zone
        resolver = Resolver([("127.0.0.1", 1)], ipv6=False)
        resolver._dns.lifetime = 0.1
        assert await resolver.resolve("localhost", 5060, UDP, False) == (hop(UDP, "127.0.0.1", 5060),)


async def test_a_call_to_a_name_finds_its_way() -> None:
    async with name_server() as (_, resolver), rig(resolver) as it, datagrams() as peer:
        await it.driver.listen(Listener(UDP, "127.0.0.1", 0))
        uri = SipUri("sip", "x", None, "local.test", peer.address.port)
        it.driver.act(lambda endpoint, now: endpoint.invite(SESSION, invite(uri), now))
        await it.until(lambda: peer.got)
        assert peer.got[0].startswith(b"INVITE sip:x@local.test")


async def test_a_call_to_a_name_that_is_none_fails() -> None:
    async with name_server() as (_, resolver), rig(resolver) as it:
        await it.driver.listen(Listener(UDP, "127.0.0.1", 0))
        uri = SipUri("sip", "x", None, "nowhere.test")
        it.driver.act(lambda endpoint, now: endpoint.invite(SESSION, invite(uri), now))
        await it.until(lambda: it.of(InviteRejected))
        assert it.of(InviteRejected)[0].status == 503
