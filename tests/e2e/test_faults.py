"""What a whole system does when it is hurt: killed, drained, its worker killed, rubbish thrown at it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import socket
import time
from typing import Any

import pytest

from tests.e2e.test_calls import phones, talk
from tests.harness.phone import Phone
from tests.harness.phone_call import PhoneCall
from tests.harness.rtp import Tone
from tests.harness.server import Server
from tests.harness.spray import spraying

pytestmark = pytest.mark.e2e


async def up(one: Phone, other: Phone) -> tuple[PhoneCall, PhoneCall]:
    """A call that is talking."""
    call = await one.call(other.extension, source=Tone(431))
    rung = await other.incoming()
    await rung.answer(source=Tone(617))
    await call.answered()
    return call, rung


async def planned_call(server: Server) -> tuple[str, str]:
    """Anna is about to make a planned call to 202: her session, and the record it is about."""
    login = {"name": "201", "password": server.passwords["201"]}
    token = (await asyncio.to_thread(server.api, "POST", "/api/login", login, token=""))["token"]

    async def ask(method: str, path: str, body: object = None) -> Any:
        return await asyncio.to_thread(server.api, method, path, body, token=token)

    record = str((await ask("POST", "/api/records", {"app": "crm", "title": "Cut off"}))["id"])
    today = (await ask("GET", "/api/phone/activities"))["today"]
    plan = {"type": "call", "due": today, "assigned_to": "user-201", "record_id": record}
    activity = (await ask("POST", "/api/activities", plan))["id"]
    await ask("POST", f"/api/phone/activities/own/{activity}/call", {"number": "202"})
    return token, record


async def test_sigkill_loses_no_registration_configuration_or_finished_record(server: Server) -> None:
    async with phones(server, "201", "202", "203") as (one, other, third):
        call, rung = await up(one, other)
        await asyncio.sleep(0.3)
        await call.hang_up()
        await rung.ended()
        await asyncio.sleep(0.1)
        before = await asyncio.to_thread(server.call_records)
        users = await server.api_async("GET", "/api/users")
        token, record = await planned_call(server)
        await up(one, other)
        await asyncio.sleep(0.3)
        server.kill()
        took = await asyncio.to_thread(server.start)
        assert took < 10
        assert await server.api_async("GET", "/api/users") == users
        registered = await server.api_async("GET", "/api/registrations")
        assert {row["username"] for row in registered} >= {"201", "202", "203"}
        records = await asyncio.to_thread(server.call_records)
        assert [r for r in records if r["id"] == before[0]["id"]] == before
        cut = [record for record in records if record["end_cause"] == "crash"]
        assert len(cut) == 1 and cut[0]["ended_at"] is not None
        # The call that was cut stands on the record that it was made for (C2-10).
        chatter = f"/api/records/{record}/entries"
        entries: list[dict[str, Any]] = []
        async with asyncio.timeout(20):
            while not entries:
                found = await asyncio.to_thread(server.api, "GET", chatter, token=token)
                entries = [entry for entry in found["entries"] if entry["kind"] == "call"]
        assert [entry["author"] for entry in entries] == ["user-201"]
        # Nobody registers again: calls find the phones by the bindings that were kept.
        again = await third.call("202", source=Tone(853))
        rung = await other.incoming()
        await rung.answer(source=Tone(617))
        await again.answered()
        await talk(again, rung, 853, 617)
        one.calls.clear()


async def test_a_restart_takes_registrations_within_three_seconds(server: Server) -> None:
    async with phones(server, "201") as (phone,):
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(server.start, web=False)
        assert (await phone.register()).status == 200
        # Of its own work, not of whatever else this machine does meanwhile.
        assert server.cpu_seconds() < 3


async def test_sigterm_drains(server: Server) -> None:
    async with phones(server, "201", "202", "203") as (one, other, third):
        call, rung = await up(one, other)
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.5)
        refused = await third.call("202")
        assert await refused.refused() == 503
        assert refused.final is not None and refused.final.headers.get("Retry-After")
        await talk(call, rung, 431, 617)
        await call.hang_up()
        await rung.ended()
        assert await asyncio.to_thread(server.process.wait, 10) == 0


async def test_when_the_worker_dies_calls_end_and_new_ones_work(server: Server) -> None:
    async with phones(server, "201", "202") as (one, other):
        call, rung = await up(one, other)
        await talk(call, rung, 431, 617)
        os.kill(await asyncio.to_thread(server.worker_pid), signal.SIGKILL)
        begin = time.monotonic()
        await asyncio.gather(call.ended(3), rung.ended(3))
        await asyncio.sleep(max(0.0, begin + 1.2 - time.monotonic()))
        again, there = await up(one, other)
        await talk(again, there, 431, 617)
        await again.hang_up()
        await there.ended()
        await asyncio.sleep(0.2)
    causes = [record["end_cause"] for record in server.call_records()]
    assert causes == ["caller_hung_up", "media_failed"]


async def test_rubbish_changes_nothing(server: Server) -> None:
    async with phones(server, "201", "202") as (one, other):
        call, rung = await up(one, other)
        await asyncio.to_thread(_throw, server.sip_port, 10_000)
        await talk(call, rung, 431, 617)
        begin = time.monotonic()
        assert (await one.options()).status == 200
        assert time.monotonic() - begin < 0.5
    assert "Traceback" not in server.log(10_000_000)


def _throw(port: int, count: int) -> None:
    """Mutated requests from 127.0.0.2, so that the phones' own address keeps its budget."""
    chance = random.Random(1)
    text = (
        b"INVITE sip:202@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2:9;branch=z9hG4bK1\r\n"
        b"Max-Forwards: 70\r\n"
        b"From: <sip:201@127.0.0.1>;tag=x\r\nTo: <sip:202@127.0.0.1>\r\nCall-ID: r\r\nCSeq: 1 INVITE\r\n"
        b"Contact: <sip:x@127.0.0.2:9>\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n"
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.2", 0))
        for number in range(count):
            data = bytearray(text)
            for _ in range(chance.randrange(1, 12)):
                place = chance.randrange(len(data))
                kind = chance.randrange(3)
                if kind == 0:
                    data[place] = chance.randrange(256)
                elif kind == 1:
                    del data[place : place + chance.randrange(1, 30)]
                else:
                    data[place:place] = chance.randbytes(chance.randrange(1, 30))
            with contextlib.suppress(OSError):
                sender.sendto(bytes(data[:60000]), ("127.0.0.1", port))
            if number % 50 == 0:
                time.sleep(0.005)


async def test_rtp_sprayed_at_the_range_changes_nothing(server: Server) -> None:
    async with phones(server, "201", "202") as (one, other):
        call, rung = await up(one, other)
        await asyncio.sleep(0.3)
        ports = range(server.rtp_first, server.rtp_first + 400)
        async with spraying(ports):
            await talk(call, rung, 431, 617)
        await talk(call, rung, 431, 617)
