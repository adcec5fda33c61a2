"""TCP on loopback, accepted and made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from switchroom.sip.events import IncomingRequest, InviteRejected, MessageDropped
from switchroom.sip.flow import Address, Hop, Transport
from switchroom.sip.uri import SipUri
from switchroom.transports.driver import Listener
from tests.harness.until import LONG
from tests.transports.rig import SESSION, Rig, invite, limits, options, rig

LISTENER = Listener(Transport.TCP, "127.0.0.1", 0)
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connected(address: Address) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection(address.host, address.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def read(reader: asyncio.StreamReader) -> bytes:
    """A message without body, b"" at the end of the stream."""
    try:
        async with asyncio.timeout(LONG):
            return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionResetError):
        return b""


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_messages_come_out_however_they_are_cut(host: str) -> None:
    async with rig() as it:
        address = await it.driver.listen(Listener(Transport.TCP, host, 0))
        async with connected(address) as (reader, writer):
            for byte in options(1, "TCP"):
                writer.write(bytes([byte]))
                await writer.drain()
            assert (await read(reader)).startswith(b"SIP/2.0 200 OK")
            writer.write(options(2, "TCP") + options(3, "TCP", body=b"a\r\n\r\nb") + options(4, "TCP")[:50])
            for number in (2, 3):
                assert f"{number}@test".encode() in await read(reader)
            writer.write(options(4, "TCP")[50:])
            assert b"4@test" in await read(reader)
        await it.until(lambda: it.flows_closed)
        assert it.driver.connections == 0
        assert it.driver.seats.total == 0


async def test_a_ping_gets_a_pong() -> None:
    async with rig() as it, connected(await it.driver.listen(LISTENER)) as (reader, writer):
        writer.write(b"\r\n\r\n")
        async with asyncio.timeout(LONG):
            assert await reader.readexactly(2) == b"\r\n"


async def test_after_bad_framing_the_connection_is_closed_and_the_rest_answered() -> None:
    async with rig() as it:
        address = await it.driver.listen(LISTENER)
        async with connected(address) as (reader, writer):
            writer.write(
                options(1, "TCP") + b"MESSAGE sip:a SIP/2.0\r\nContent-Length: x\r\n\r\n" + options(2, "TCP")
            )
            assert b"1@test" in await read(reader)
            assert await read(reader) == b""
        assert it.driver.counters.dropped["stream"] == 1
        async with connected(address) as (reader, writer):
            writer.write(options(3, "TCP"))
            assert b"3@test" in await read(reader)


@pytest.mark.parametrize("start", [b"", b"\r\n\r\n", b"OPTIONS sip:a SIP/2.0\r\n"])
async def test_a_connection_that_brings_no_message_in_time_is_closed(
    start: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("switchroom.transports.driver.SWEEP", 0.05)
    async with rig(limits=limits(first_message=0.2)) as it:
        async with connected(await it.driver.listen(LISTENER)) as (reader, writer):
            writer.write(start)
            async with asyncio.timeout(LONG):
                assert (await reader.read()).strip() == b""
        assert it.driver.counters.dropped["no whole message in time"] == 1


async def test_a_message_begun_later_must_end_in_time_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("switchroom.transports.driver.SWEEP", 0.05)
    async with (
        rig(limits=limits()) as it,
        connected(await it.driver.listen(LISTENER)) as (reader, writer),
    ):
        writer.write(options(1, "TCP"))
        assert b"1@test" in await read(reader)
        it.driver.limits = limits(first_message=0.1)
        await asyncio.sleep(0.3)
        writer.write(options(2, "TCP"))
        assert b"2@test" in await read(reader)
        writer.write(options(3, "TCP")[:-1])
        assert await read(reader) == b""


async def test_an_idle_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("switchroom.transports.driver.SWEEP", 0.05)
    async with rig(limits=limits()) as it:
        async with connected(await it.driver.listen(LISTENER)) as (reader, writer):
            writer.write(options(1, "TCP"))
            assert b"1@test" in await read(reader)
            it.driver.limits = limits(idle=0.1)
            assert await read(reader) == b""
        assert it.driver.counters.dropped["idle connection"] == 1


async def test_one_host_can_not_take_all_connections() -> None:
    async with rig(limits=limits(connections_per_host=3)) as it:
        address = await it.driver.listen(LISTENER)
        streams = [await asyncio.open_connection(address.host, address.port) for _ in range(5)]
        for _, writer in streams:
            writer.write(options(1, "TCP"))
        answers = [await read(reader) for reader, _ in streams]
        assert [bool(answer) for answer in answers] == [True, True, True, False, False]
        streams[0][1].close()
        await it.until(lambda: it.driver.connections == 2)
        async with connected(address) as (reader, writer):
            writer.write(options(2, "TCP"))
            assert await read(reader)
        for _, writer in streams:
            writer.close()


async def test_a_flood_of_connections_does_not_flood_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with rig(limits=limits(connections_per_host=1)) as it:
        address = await it.driver.listen(LISTENER)
        streams = [await asyncio.open_connection(address.host, address.port) for _ in range(4)]
        for reader, _ in streams[1:]:
            assert await read(reader) == b""
        for _, writer in streams:
            writer.close()
    assert sum("too many connections" in text for text in caplog.messages) == 1


async def test_idle_connections_do_not_keep_others_out() -> None:
    """The attack of AST-2016-005: many connections that say nothing."""
    async with rig(limits=limits()) as it:
        address = await it.driver.listen(LISTENER)
        streams = [await asyncio.open_connection(address.host, address.port) for _ in range(200)]
        async with connected(address) as (reader, writer):
            writer.write(options(1, "TCP"))
            assert b"1@test" in await read(reader)
        for _, writer in streams:
            writer.close()


async def test_a_peer_that_does_not_read_is_cut() -> None:
    async with rig(limits=limits(write_buffer=20_000)) as it:
        async with connected(await it.driver.listen(LISTENER)) as (_, writer):
            writer.write(options(1, "TCP").replace(b"OPTIONS", b"UNKNOWN") * 30_000)
            await it.until(lambda: it.flows_closed)
        assert it.driver.counters.send_failures["TCP"] >= 1


class Peer:
    """A TCP server that answers nothing and counts connections."""

    def __init__(self) -> None:
        self.connections = 0
        self.got = bytearray()
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        while data := await reader.read(4096):
            self.got += data
        writer.close()


@asynccontextmanager
async def peer() -> AsyncIterator[tuple[Peer, Address]]:
    it = Peer()
    server = await asyncio.start_server(it.serve, "127.0.0.1", 0)
    try:
        yield it, Address("127.0.0.1", server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for writer in it.writers:
            writer.close()


def send(it: Rig, hop: Hop, number: int) -> None:
    uri = SipUri("sip", "x", None, "127.0.0.1", hop.remote.port, (("transport", "tcp"),))
    me = invite(uri)

    it.driver.act(
        lambda endpoint, now: endpoint.send_request(
            f"r{number}",  # type: ignore[arg-type]
            "MESSAGE",
            str(uri),
            from_=me.from_,
            to=me.to,
            now=now,
            destination=hop,
        )
    )


async def test_one_connection_is_made_and_used_again() -> None:
    async with rig() as it, peer() as (there, address):
        hop = Hop(Transport.TCP, address)
        for number in range(5):
            send(it, hop, number)
        await it.until(lambda: there.got.count(b"MESSAGE sip:") == 5)
        send(it, hop, 6)
        await it.until(lambda: there.got.count(b"MESSAGE sip:") == 6)
        assert there.connections == 1
        there.writers[0].close()
        await it.until(lambda: it.flows_closed)
        assert it.flows_closed[0].remote == address
        send(it, hop, 7)
        await it.until(lambda: there.connections == 2)
        await it.until(lambda: there.got.count(b"MESSAGE sip:") == 7)


async def test_requests_by_our_own_connection_can_come_back() -> None:
    async with rig() as it, peer() as (there, address):
        send(it, Hop(Transport.TCP, address), 1)
        await it.until(lambda: there.writers)
        there.writers[0].write(options(9, "TCP").replace(b"OPTIONS", b"MESSAGE"))
        await it.until(lambda: it.of(IncomingRequest))
        assert it.of(IncomingRequest)[0].flow.remote == address


async def test_a_refused_connection_fails_the_call_at_once() -> None:
    async with rig() as it:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        uri = SipUri("sip", "x", None, "127.0.0.1", port)
        hop = Hop(Transport.TCP, Address("127.0.0.1", port))
        it.driver.act(lambda endpoint, now: endpoint.invite(SESSION, invite(uri, hop), now))
        await it.until(lambda: it.of(InviteRejected))
        assert it.of(InviteRejected)[0].status == 503, "408 would be the end of its patience"


async def test_a_hop_by_websocket_is_never_made() -> None:
    async with rig() as it:
        uri = SipUri("sip", "x", None, "127.0.0.1")
        hop = Hop(Transport.WS, Address("127.0.0.1", 80))
        it.driver.act(lambda endpoint, now: endpoint.invite(SESSION, invite(uri, hop), now))
        await it.until(lambda: it.of(InviteRejected))
        assert it.of(InviteRejected)[0].status == 503


async def test_a_flow_that_is_closed_can_not_be_used() -> None:
    async with rig() as it:
        async with connected(await it.driver.listen(LISTENER)) as (_, writer):
            writer.write(options(1, "TCP").replace(b"OPTIONS", b"MESSAGE"))
            await it.until(lambda: it.of(IncomingRequest))
            transaction = it.of(IncomingRequest)[0].transaction
        await it.until(lambda: it.flows_closed)
        it.driver.act(lambda endpoint, now: endpoint.respond(transaction, 200, now))
        await it.until(lambda: it.driver.counters.send_failures["TCP"])
        assert it.driver.counters.errors == 0


async def test_a_flood_by_tcp_is_dropped_too() -> None:
    async with rig(limits=limits(rate=0.001, burst=10.0), trusted_prefixes=()) as it:
        async with connected(await it.driver.listen(LISTENER)) as (_, writer):
            writer.write(b"".join(options(i, "TCP") for i in range(100)))
            await it.until(lambda: it.driver.counters.dropped["too many messages"] >= 85)
        assert [event.reason for event in it.of(MessageDropped)] == ["too many messages"]
