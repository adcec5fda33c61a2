"""SIP over WebSocket with a stand-in for the web server's side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from switchroom.sip.events import IncomingRequest
from switchroom.sip.flow import Address, Transport
from tests.harness.until import LONG
from tests.transports.rig import Rig, limits, options, rig

LOCAL, REMOTE = Address("127.0.0.1", 8080), Address("192.0.2.9", 50_000)


class FakeWebSocket:
    """What a Starlette WebSocket does, as seen from the application."""

    def __init__(self) -> None:
        self.incoming: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        self.sent: list[str | bytes] = []
        self.closed: int | None = None
        self.stuck = False

    async def receive(self) -> MutableMapping[str, Any]:
        return await self.incoming.get()

    async def send_text(self, data: str) -> None:
        if self.stuck:
            await asyncio.sleep(3600)
        self.sent.append(data)

    async def send_bytes(self, data: bytes) -> None:
        self.sent.append(data)

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        self.closed = code
        self.incoming.put_nowait({"type": "websocket.disconnect", "code": code})

    def text(self, data: bytes) -> None:
        """A text frame arrives."""
        self.incoming.put_nowait({"type": "websocket.receive", "text": data.decode()})

    def bytes(self, data: bytes) -> None:
        """A binary frame arrives."""
        self.incoming.put_nowait({"type": "websocket.receive", "bytes": data, "text": None})


@asynccontextmanager
async def websocket(it: Rig, secure: bool = False) -> AsyncIterator[FakeWebSocket]:
    ws = FakeWebSocket()
    serving = asyncio.create_task(it.driver.serve_websocket(ws, LOCAL, REMOTE, secure))
    try:
        yield ws
    finally:
        ws.incoming.put_nowait({"type": "websocket.disconnect"})
        async with asyncio.timeout(LONG):
            await serving


@pytest.mark.parametrize(("secure", "name"), [(False, "WS"), (True, "WSS")])
async def test_a_frame_is_a_message(secure: bool, name: str) -> None:
    async with rig() as it:
        async with websocket(it, secure) as ws:
            ws.text(options(1, name))
            ws.bytes(options(2, name))
            await it.until(lambda: len(ws.sent) == 2)
            assert all(isinstance(answer, str) and answer.startswith("SIP/2.0 200 OK") for answer in ws.sent)
            assert it.driver.counters.received == {name: 2}
            assert it.driver.connections == 1
        assert it.flows_closed[0].transport is Transport(name)
        assert it.flows_closed[0].remote == REMOTE
        assert (it.driver.connections, it.driver.seats.total) == (0, 0)


async def test_an_answer_that_is_no_utf8_goes_in_a_binary_frame() -> None:
    async with rig() as it, websocket(it) as ws:
        ws.bytes(options(1, "WS").replace(b"a@127.0.0.1>", b"a@127.0.0.1>;x=\xff"))
        await it.until(lambda: ws.sent)
        assert isinstance(ws.sent[0], bytes)
        assert b";x=\xff" in ws.sent[0]


async def test_keep_alives_are_answered() -> None:
    async with rig() as it, websocket(it) as ws:
        ws.text(b"\r\n\r\n")
        ws.text(b"")
        ws.text(options(1, "WS"))
        await it.until(lambda: len(ws.sent) == 2)
        assert ws.sent[0] == "\r\n"


async def test_rubbish_costs_nothing() -> None:
    async with rig() as it, websocket(it) as ws:
        for rubbish in (b"rubbish that is long enough to be looked at", b"x" * 70_000, b"\x00" * 50):
            ws.bytes(rubbish)
        ws.text("\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode())
        ws.text(options(1, "WS"))
        await it.until(lambda: ws.sent)
        assert it.driver.counters.errors == 0


async def test_a_silent_websocket_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("switchroom.transports.driver.SWEEP", 0.05)
    async with rig(limits=limits(first_message=0.1)) as it, websocket(it) as ws:
        await it.until(lambda: ws.closed == 1001)


async def test_a_peer_that_does_not_read_is_cut() -> None:
    async with rig(limits=limits(write_buffer=5000)) as it, websocket(it) as ws:
        ws.stuck = True
        for number in range(50):
            ws.text(options(number, "WS"))
        await it.until(lambda: it.driver.counters.send_failures["WS"])
        assert it.driver.counters.errors == 0


async def test_too_many_from_one_host_are_turned_away() -> None:
    async with rig(limits=limits(connections_per_host=1)) as it, websocket(it):
        await it.until(lambda: it.driver.connections == 1)
        late = FakeWebSocket()
        await it.driver.serve_websocket(late, LOCAL, REMOTE, False)
        assert late.closed == 1013


async def test_an_answer_to_a_websocket_that_went_away_is_lost_quietly() -> None:
    async with rig() as it:
        async with websocket(it) as ws:
            ws.text(options(1, "WS").replace(b"OPTIONS", b"MESSAGE"))
            await it.until(lambda: it.of(IncomingRequest))
        transaction = it.of(IncomingRequest)[0].transaction
        it.driver.act(lambda endpoint, now: endpoint.respond(transaction, 200, now))
        await it.until(lambda: it.driver.counters.send_failures["WS"])
        assert it.driver.counters.errors == 0


async def test_closing_the_driver_closes_websockets() -> None:
    ws = FakeWebSocket()
    async with rig() as it:
        serving = asyncio.create_task(it.driver.serve_websocket(ws, LOCAL, REMOTE, False))
        await it.until(lambda: it.driver.connections)
    async with asyncio.timeout(LONG):
        await serving
    assert ws.closed == 1001
