"""The driver: what goes wrong costs one message, never the loop."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from switchroom.sip.events import Event, IncomingRequest, InviteRejected, MessageDropped, SessionId
from switchroom.sip.flow import Address, Flow, Hop, Transport
from switchroom.sip.uri import SipUri
from switchroom.transports.driver import Listener
from switchroom.transports.signalling import DriverSignalling
from tests.transports.rig import SESSION, datagrams, invite, options, rig

LISTENER = Listener(Transport.UDP, "127.0.0.1", 0)


def message(number: int) -> bytes:
    return options(number).replace(b"OPTIONS", b"MESSAGE")


async def test_an_exception_in_a_callback_is_logged_counted_and_survived(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with rig() as it:
        address = await it.driver.listen(LISTENER)

        def fail(event: Event) -> None:
            if isinstance(event, IncomingRequest) and event.request.call_id == "1@test":
                raise ZeroDivisionError

        it.react = fail
        async with datagrams(address) as peer:
            for number in (1, 2):
                peer.send(message(number))
            peer.send(options(3))
            await it.until(lambda: peer.got)
        assert [event.request.call_id for event in it.of(IncomingRequest)] == ["1@test", "2@test"]
    assert it.driver.counters.errors == 1
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


@pytest.mark.parametrize("verb", ["receive", "handle_timeout", "flow_closed", "transmit_failed"])
async def test_an_exception_in_the_endpoint_is_survived(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with rig() as it:
        address = await it.driver.listen(LISTENER)
        real = getattr(it.endpoint, verb)
        calls = []

        def fail(*arguments: Any) -> Any:
            calls.append(arguments)
            if len(calls) == 1:
                raise ZeroDivisionError
            return real(*arguments)

        monkeypatch.setattr(it.endpoint, verb, fail)
        stream = await it.driver.listen(Listener(Transport.TCP, "127.0.0.1", 0))
        _, writer = await asyncio.open_connection(stream.host, stream.port)
        await it.until(lambda: it.driver.connections)
        writer.close()
        uri = SipUri("sip", "x", None, "127.0.0.1")
        hop = Hop(Transport.UDP, Address("::1", 9))
        it.driver.act(lambda endpoint, now: endpoint.invite(SESSION, invite(uri, hop), now))
        async with datagrams(address) as peer:
            there = Hop(Transport.UDP, peer.address)
            it.driver.act(lambda endpoint, now: endpoint.invite(SessionId("2"), invite(uri, there), now))
            peer.send(message(1))
            await it.until(lambda: calls)
            assert it.driver.counters.errors == 1
            peer.send(options(2))
            await it.until(lambda: any(data.startswith(b"SIP/2.0 200") for data in peer.got))


async def test_what_act_causes_comes_after_its_caller_is_done() -> None:
    async with rig() as it:
        seen: list[int] = []
        uri = SipUri("sip", "x", None, "::1")
        hop = Hop(Transport.UDP, Address("::1", 9))
        it.react = lambda _: seen.append(len(seen))
        it.driver.act(lambda endpoint, now: endpoint.invite(SESSION, invite(uri, hop), now))
        assert seen == []
        await it.until(lambda: it.of(InviteRejected))


async def test_a_callback_may_act_and_is_not_entered_twice() -> None:
    async with rig() as it:
        address = await it.driver.listen(LISTENER)
        depth = 0
        signalling = DriverSignalling(it.driver)

        def answer(event: Event) -> None:
            nonlocal depth
            depth += 1
            assert depth == 1
            if isinstance(event, IncomingRequest):
                signalling.respond(event.transaction, 202)
            depth -= 1

        it.react = answer
        async with datagrams(address) as peer:
            for number in range(20):
                peer.send(message(number))
            await it.until(lambda: len(peer.got) == 20)
        assert all(data.startswith(b"SIP/2.0 202") for data in peer.got)
        assert it.driver.counters.errors == 0


async def test_an_error_in_act_is_its_callers() -> None:
    async with rig() as it:
        with pytest.raises(ZeroDivisionError):
            it.driver.act(lambda _endpoint, _now: 1 / 0)
        assert it.driver.act(lambda _endpoint, _now: 7) == 7


async def test_drops_are_told_once_in_a_while_for_each_source() -> None:
    async with rig() as it:
        for second in (0.0, 1.0, 59.0, 61.0):
            for host in ("192.0.2.1", "192.0.2.2"):
                flow = Flow(Transport.UDP, Address("127.0.0.1", 5060), Address(host, 5060))
                it.driver.received(b"\xff" * 50, flow, second)
        assert len(it.of(MessageDropped)) == 4
        for i in range(5000):
            flow = Flow(Transport.UDP, Address("127.0.0.1", 5060), Address(f"10.0.{i >> 8}.{i & 255}", 5060))
            it.driver.received(b"\xff" * 50, flow, 62.0)
        assert len(it.driver._told) <= 1024
        assert it.driver.counters.dropped["not SIP"] == 5008


async def test_after_close_nothing_is_called_back() -> None:
    async with rig() as it, datagrams() as peer:
        await it.driver.listen(LISTENER)
        uri = SipUri("sip", "x", None, "127.0.0.1")
        hop = Hop(Transport.UDP, peer.address)
        it.driver.act(lambda endpoint, now: endpoint.invite(SESSION, invite(uri, hop), now))
        await it.driver.close()
        await it.until(lambda: peer.got)  # what was asked for before is sent
        count = len(peer.got)
        await asyncio.sleep(0.2)
        assert (len(peer.got), it.events) == (count, [])


@pytest.mark.parametrize("transport", [Transport.TLS, Transport.WS, Transport.WSS])
async def test_a_listener_that_makes_no_sense_is_refused(transport: Transport) -> None:
    async with rig() as it:
        with pytest.raises(ValueError, match=r"TLS|serve_websocket"):
            await it.driver.listen(Listener(transport, "127.0.0.1", 0))


async def test_a_flow_through_an_address_translator_is_kept_open() -> None:
    async with rig() as it:
        address = await it.driver.listen(LISTENER)
        async with datagrams(address) as peer:
            peer.send(options(1))
            await it.until(lambda: peer.got)
            peer.got.clear()
            it.driver.keep_open(Flow(Transport.UDP, address, peer.address))
            await it.until(lambda: peer.got)
            assert peer.got == [b"\r\n\r\n"]
