"""UDP on loopback."""

from __future__ import annotations

import asyncio
import time

import pytest

from switchroom.sip.events import Event, IncomingInvite, IncomingRequest, InviteRejected, MessageDropped
from switchroom.sip.flow import Address, Hop, Transport
from switchroom.sip.uri import SipUri
from switchroom.transports.driver import Listener, admits
from tests.transports.rig import SESSION, datagrams, invite, limits, options, rig


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_request_is_answered_where_it_came_from(host: str) -> None:
    async with rig() as it:
        address = await it.driver.listen(Listener(Transport.UDP, host, 0))
        assert address.port != 0
        async with datagrams(address) as peer:
            peer.send(options(7))
            await it.until(lambda: peer.got)
            assert peer.got[0].startswith(b"SIP/2.0 200 OK\r\n")
            assert f"rport={peer.address.port}".encode() in peer.got[0]
        assert it.driver.counters.received == {"UDP": 1}
        assert it.driver.counters.sent == {"UDP": 1}


async def test_a_taken_port_is_told() -> None:
    async with rig() as it:
        address = await it.driver.listen(Listener(Transport.UDP, "127.0.0.1", 0))
        with pytest.raises(OSError, match="in use"):
            await it.driver.listen(Listener(Transport.UDP, "127.0.0.1", address.port))


async def test_an_invite_is_sent_again_until_its_time_is_over() -> None:
    async with rig() as it, datagrams() as peer:
        await it.driver.listen(Listener(Transport.UDP, "127.0.0.1", 0))
        uri = SipUri("sip", "x", None, "127.0.0.1")
        hop = Hop(Transport.UDP, peer.address)
        it.driver.act(lambda endpoint, now: endpoint.invite(SESSION, invite(uri, hop), now))
        await it.until(lambda: it.of(InviteRejected))
        assert [event.status for event in it.of(InviteRejected)] == [408]
        assert len({data for data in peer.got if data.startswith(b"INVITE")}) == 1
        # RFC 3261 §17.1.1.2: at 0, 1, 3, 7, 15, 31 and 63 times T1; a busy machine is late for the last ones.
        assert 3 <= len(peer.got) <= 7


async def test_a_hop_without_a_socket_of_its_family_fails_at_once() -> None:
    async with rig() as it:
        await it.driver.listen(Listener(Transport.UDP, "127.0.0.1", 0))
        hop = Hop(Transport.UDP, Address("::1", 9))
        uri = SipUri("sip", "x", None, "::1")
        it.driver.act(lambda endpoint, now: endpoint.invite(SESSION, invite(uri, hop), now))
        await it.until(lambda: it.of(InviteRejected))
        assert it.of(InviteRejected)[0].status == 503, "408 would be the end of its patience"
        assert it.driver.counters.send_failures == {"UDP": 1}


async def test_bad_bytes_are_dropped_told_once_and_forgotten() -> None:
    async with rig() as it:
        address = await it.driver.listen(Listener(Transport.UDP, "127.0.0.1", 0))
        async with datagrams(address) as peer:
            for _ in range(20):
                peer.send(b"\x00\x01" * 30)
                peer.send(b"\r\n\r\n")
            peer.send(options(1))
            await it.until(lambda: peer.got)
            assert it.driver.counters.dropped["not SIP"] == 20
            assert it.driver.counters.dropped["keep-alive"] == 20
            assert [event.reason for event in it.of(MessageDropped)] == ["not SIP"]
            assert it.driver.counters.received == {"UDP": 1}


async def test_a_flood_is_dropped_before_it_is_parsed() -> None:
    async with rig(limits=limits(rate=0.001, burst=50.0), trusted_prefixes=()) as it:
        address = await it.driver.listen(Listener(Transport.UDP, "127.0.0.1", 0))
        async with datagrams(address) as peer:
            for i in range(300):
                peer.send(options(i))
                if i % 50 == 49:
                    await asyncio.sleep(0.01)
            await it.until(lambda: it.driver.counters.dropped["too many messages"] >= 240)
            assert it.driver.counters.received["UDP"] <= 60
            it.driver.trust("127.0.0.1")
            before = len(peer.got)
            peer.send(options(1000))
            await it.until(lambda: len(peer.got) > before)


async def test_a_source_whose_register_was_accepted_is_no_flood() -> None:
    async with rig(limits=limits(rate=0.001, burst=2.0), trusted_prefixes=()) as it:
        address = await it.driver.listen(Listener(Transport.UDP, "127.0.0.1", 0))
        status = 401

        def answer(event: Event) -> None:
            if isinstance(event, IncomingRequest):
                it.driver.act(lambda endpoint, now: endpoint.respond(event.transaction, status, now))

        it.react = answer
        async with datagrams(address) as peer:
            peer.send(options(1).replace(b"OPTIONS", b"REGISTER"))
            await it.until(lambda: peer.got)
            status = 200
            peer.send(options(2).replace(b"OPTIONS", b"REGISTER"))
            await it.until(lambda: len(peer.got) == 2)
            for number in range(3, 23):
                peer.send(options(number))
            await it.until(lambda: len(peer.got) == 22)
        assert it.driver.counters.dropped["too many messages"] == 0


def test_an_answer_to_options_proves_nothing() -> None:
    assert not admits(b"SIP/2.0 200 OK\r\nCSeq: 1 OPTIONS\r\n\r\n")
    assert not admits(b"SIP/2.0 401 Unauthorized\r\nCSeq: 1 REGISTER\r\n\r\n")
    assert not admits(b"INVITE sip:a SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n")
    assert not admits(b"SIP/2.0 200 OK\r\n\r\n")
    assert admits(b"SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n")


async def test_a_scanner_hears_nothing_and_brings_no_call() -> None:
    async with rig(trusted_prefixes=()) as it:
        address = await it.driver.listen(Listener(Transport.UDP, "127.0.0.1", 0))
        async with datagrams(address) as peer:
            scan = options(1, agent="friendly-scanner").replace(b"OPTIONS", b"INVITE")
            peer.send(scan)
            peer.send(options(2))
            await it.until(lambda: it.driver.counters.dropped["banned"])
            assert peer.got == []
            assert it.of(IncomingInvite) == []
            assert [event.reason for event in it.of(MessageDropped)] == ["scanner", "banned"]


async def test_when_the_socket_can_not_be_emptied_new_calls_are_shed() -> None:
    async with rig(limits=limits(behind=0.05, turn_messages=4)) as it:
        address = await it.driver.listen(Listener(Transport.UDP, "127.0.0.1", 0))
        seen: list[bool] = []

        def slow(_: object) -> None:
            time.sleep(0.004)
            seen.append(it.endpoint.overloaded)

        it.react = slow
        async with datagrams(address) as peer:
            for i in range(60):
                peer.send(options(i).replace(b"OPTIONS", b"MESSAGE"))
            await it.until(lambda: len(seen) == 60)
            assert seen[0] is False
            assert any(seen)
            await it.until(lambda: not it.endpoint.overloaded)
