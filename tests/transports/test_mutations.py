"""10,000 broken messages through the driver: nothing raises, memory and latency are as they were."""

from __future__ import annotations

import asyncio
import gc
import time
import tracemalloc
from collections.abc import Callable

import pytest
import uvloop
from fuzz.mutator import Mutator

from switchroom.sip.events import Event, IncomingInvite, IncomingRequest, OfferReceived
from switchroom.sip.flow import Address, Flow, Transport
from switchroom.transports.driver import Listener
from tests.harness.until import LONG
from tests.transports.rig import Rig, datagrams, options, rig

COUNT = 10_000
FLOW = Flow(Transport.UDP, Address("127.0.0.1", 5060), Address("127.0.0.1", 9))


@pytest.fixture
def event_loop_policy() -> asyncio.AbstractEventLoopPolicy:
    """Once is enough: on the loop of the service."""
    policy: asyncio.AbstractEventLoopPolicy = uvloop.EventLoopPolicy()
    return policy


def answering(it: Rig) -> Callable[[Event], None]:
    """An owner that answers everything at once: every other call is accepted and then ended."""

    def react(event: Event) -> None:
        it.events.clear()
        act = it.driver.act
        match event:
            case IncomingInvite() if len(event.session) % 2:
                act(lambda endpoint, now: endpoint.reject(event.session, 404, now))
            case IncomingInvite():
                act(lambda endpoint, now: endpoint.accept(event.session, b"v=0\r\n", now))
            case IncomingRequest():
                act(lambda endpoint, now: endpoint.respond(event.transaction, 200, now))
            case OfferReceived():
                act(lambda endpoint, now: endpoint.refuse_offer(event.session, 488, now))

    return react


async def latencies(it: Rig, address: Address, first: int, count: int = 40) -> list[float]:
    """Seconds of computing until each of `count` MESSAGE requests was answered, sorted."""
    found = []
    async with datagrams(address) as peer:
        for number in range(first, first + count):
            before = len(peer.got)
            started = time.thread_time()
            peer.send(options(number).replace(b"OPTIONS", b"MESSAGE"))
            async with asyncio.timeout(LONG):
                while len(peer.got) == before:  # noqa: ASYNC110
                    await asyncio.sleep(0)
            found.append(time.thread_time() - started)
    return sorted(found)


def settle(it: Rig) -> None:
    """Let all transactions and sessions run out, as if the time had passed."""
    end = time.monotonic() + 4000
    while (due := it.endpoint.next_timeout()) is not None and due < end:
        it.endpoint.handle_timeout(due)
        it.driver._drain()


@pytest.mark.parametrize("seed", [1])
async def test_a_malformed_message_never_raises_and_leaves_memory_and_latency(seed: int) -> None:
    async with rig() as it:
        address = await it.driver.listen(Listener(Transport.UDP, "127.0.0.1", 0))
        it.react = answering(it)
        mutator = Mutator(seed)
        for _ in range(COUNT // 5):  # caches fill once
            it.driver.received(mutator.message(), FLOW, time.monotonic())
        settle(it)
        before = await latencies(it, address, 10_000)
        gc.collect()
        tracemalloc.start()
        start = tracemalloc.get_traced_memory()[0]
        slowest = 0.0
        for number in range(COUNT):
            data = mutator.message()
            started = time.thread_time()
            it.driver.received(data, FLOW, time.monotonic())
            slowest = max(slowest, time.thread_time() - started)
            if number % 100 == 0:
                await asyncio.sleep(0)
        settle(it)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - start
        tracemalloc.stop()
        after = await latencies(it, address, 20_000)
        settle(it)
        print(f"grown {grown} bytes, slowest {slowest * 1000:.1f} ms, median answer {before[20]} {after[20]}")
        assert it.driver.counters.errors == 0
        assert (it.endpoint.transactions, it.endpoint.sessions) == (0, 0)
        assert grown < 1_000_000
        assert slowest < 0.1
        assert after[20] < max(2 * before[20], 0.005)


async def test_mutations_on_the_wire_never_raise() -> None:
    async with rig() as it:
        udp = await it.driver.listen(Listener(Transport.UDP, "127.0.0.1", 0))
        tcp = await it.driver.listen(Listener(Transport.TCP, "127.0.0.1", 0))
        it.react = answering(it)
        mutator = Mutator(2)
        async with datagrams(udp) as peer:
            for number in range(1000):
                peer.send(mutator.message()[:60_000])
                if number % 10 == 0:
                    _, writer = await asyncio.open_connection(tcp.host, tcp.port)
                    writer.write(mutator.message())
                    writer.close()
            peer.got.clear()
            peer.send(options(5000))
            await it.until(lambda: any(b"5000@test" in data for data in peer.got))
        await it.until(lambda: it.driver.connections == 0)
        assert it.driver.counters.errors == 0
        assert it.driver.counters.received["TCP"] > 20
