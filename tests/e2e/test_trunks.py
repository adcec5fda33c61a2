"""Trunks against providers: registration, calls out and in with sound, failover, strangers."""

from __future__ import annotations

import asyncio
import shutil
import socket
import urllib.error
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from switchroom.sip.uri import SipUri
from tests.e2e.test_calls import phones, talk
from tests.harness import asterisk
from tests.harness.audio import share
from tests.harness.phone import Phone
from tests.harness.ports import free_port, free_range
from tests.harness.provider import Provider
from tests.harness.rtp import Tone
from tests.harness.server import Server, running_server

pytestmark = pytest.mark.e2e

MAIN = "+12125550100"
OUTSIDE = {"+1": "+12125550123", "+32": "+3222903490", "+44": "+442079460000"}
COUNTRIES = ["US", "CA", "BE", "GB"]


@pytest.fixture
def server() -> Iterator[Server]:
    """A Switchroom of its own: its trunks are the test's."""
    with running_server() as running:
        yield running


@asynccontextmanager
async def provider(server: Server, **options: Any) -> AsyncIterator[Provider]:
    """A provider that is there."""
    async with Provider(server.sip, **options) as running:
        assert isinstance(running, Provider)
        yield running


def add_trunk(server: Server, at: int, *, secret: str | None = None, **fields: Any) -> str:
    """A trunk to a provider on this machine."""
    body = {"name": "Line", "kind": "registration", "host": "127.0.0.1", "port": at, "username": "4711"}
    body |= {"countries": COUNTRIES, "check_seconds": 0, **fields}
    trunk: str = server.api("POST", "/api/trunks", body)["trunk"]["id"]
    if secret is not None:
        server.api("PUT", f"/api/trunks/{trunk}/secret", {"secret": secret})
    return trunk


def add_number(server: Server, kind: str = "extension", target: str = "user-201", e164: str = MAIN) -> None:
    """A number of ours, shown by all."""
    body = {"e164": e164, "destination": {"kind": kind, "target": target}}
    number = server.api("POST", "/api/numbers", body)["number"]
    if e164 == MAIN:
        server.api("PATCH", "/api/settings", {"default_number": number["id"]})


def apply(server: Server) -> None:
    base = server.api("GET", "/api/configuration")["base_revision"]
    server.api("POST", "/api/configuration/apply", {"base_revision": base})


async def until(found: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait for something to be true."""
    for _ in range(int(seconds * 10)):
        if await asyncio.to_thread(found):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it did not come true")


def state(server: Server, trunk: str) -> dict[str, Any]:
    """How a trunk is doing."""
    found = server.api("GET", "/api/trunks/state")
    return next(one for one in found if one["id"] == trunk)


async def test_s2_04_b9_a_registered_trunk_is_called_out_by_and_called_in_by(server: Server) -> None:
    async with provider(server) as line, phones(server, "201", "202") as (anna, bruno):
        trunk = add_trunk(server, line.port, secret=line.password)
        add_number(server)
        apply(server)
        await until(lambda: state(server, trunk)["registered"])
        assert line.wrong == 0 and line.contact_user not in ("", "switchroom")
        for number in OUTSIDE.values():
            call = await anna.call(number, source=Tone(431))
            rung = await line.incoming()
            assert rung.invite_request is not None
            request = rung.invite_request
            assert isinstance(request.target, SipUri) and request.target.username == number
            assert "4711" in str(request.from_.uri)
            assert f"<sip:{MAIN}@" in (request.headers.get("P-Asserted-Identity") or "")
            await rung.answer(source=Tone(617))
            await call.answered()
            await talk(call, rung, 431, 617)
            assert state(server, trunk)["calls"] == 1
            await call.hang_up()
            await rung.ended()
        back = await line.call(
            line.contact_user,
            source=Tone(617),
            headers=[
                ("P-Called-Party-ID", f"<sip:{MAIN}@provider.example>"),
                ("P-Asserted-Identity", f'"Zoé" <sip:{OUTSIDE["+32"]}@provider.example>'),
            ],
        )
        here = await anna.incoming()
        assert here.invite_request is not None
        sender = here.invite_request.from_
        assert (sender.display_name, OUTSIDE["+32"] in str(sender.uri)) == ("Zoé", True)
        await here.answer(source=Tone(431))
        await back.answered()
        await talk(back, here, 617, 431)
        await back.hang_up()
        await here.ended()
        assert bruno.ringing == 0
        records = server.api("GET", "/api/call-records")["records"]
        directions = [record["direction"] for record in records]
        assert directions == ["incoming", "outgoing", "outgoing", "outgoing"]
        await asyncio.to_thread(server.stop)
        assert line.removed == 1, "the provider is told when the system stops"


async def test_a_wrong_password_is_told_and_a_new_one_registers_at_once(server: Server) -> None:
    async with provider(server) as line:
        trunk = add_trunk(server, line.port, secret="wrong")
        apply(server)
        await until(lambda: state(server, trunk)["failure"])
        assert "user name or password" in state(server, trunk)["failure"]
        assert line.wrong == 1, "it is not tried again and again"
        found = await asyncio.to_thread(server.api, "POST", f"/api/trunks/{trunk}/test", {})
        assert [(step["step"], step["ok"]) for step in found["steps"]] == [
            ("settings", True),
            ("name", True),
            ("reach", True),
            ("register", False),
        ]
        server.api("PUT", f"/api/trunks/{trunk}/secret", {"secret": line.password})
        await until(lambda: state(server, trunk)["registered"])
        call = asyncio.create_task(
            asyncio.to_thread(server.api, "POST", f"/api/trunks/{trunk}/test", {"number": OUTSIDE["+1"]})
        )
        rung = await line.incoming()
        await rung.answer()
        assert (await call)["ok"], await call
        await rung.ended()


@pytest.mark.parametrize("how", ["trouble", "wants rest", "says nothing"])
async def test_the_second_trunk_is_called_when_the_first_can_not(server: Server, how: str) -> None:
    async with (
        provider(server) as first,
        provider(server) as second,
        phones(server, "201") as (anna,),
    ):
        first.status = {"trouble": 500, "wants rest": 503}.get(how)
        first.silent, second.asks = how == "says nothing", False
        first.refusal = [("Retry-After", "120")] if how == "wants rest" else []
        trunk = add_trunk(server, first.port, name="First", kind="address", username=None)
        add_trunk(server, second.port, name="Second", kind="address", username=None, order=1)
        add_number(server)
        apply(server)
        call = await anna.call(OUTSIDE["+1"], source=Tone(431))
        rung = await second.incoming(within=9)
        await rung.answer(source=Tone(617))
        await call.answered()
        await talk(call, rung, 431, 617)
        await call.hang_up()
        await rung.ended()
        kinds = [problem["kind"] for problem in server.api("GET", "/api/problems")]
        assert "trunk-failed" in kinds
        resting = state(server, trunk)["failure_code"] == "resting"
        assert resting is (how == "wants rest")
        first.status, first.silent, first.asks = None, False, False
        again = await anna.call(OUTSIDE["+1"])
        await (await second.incoming()).answer()
        await again.answered()
        assert first.ringing == 0, "the one that failed is tried last for a while"
        await again.hang_up()


def stranger_says(server: Server, target: str, source: str = "127.0.0.2") -> str:
    """The final answer to an INVITE from another address, without credentials."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((source, 0))
        line.settimeout(5)
        port = line.getsockname()[1]
        text = (
            f"INVITE sip:{target}@127.0.0.1:{server.sip_port} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {source}:{port};branch=z9hG4bK{target}{port}\r\nMax-Forwards: 70\r\n"
            f"From: <sip:+12125550199@127.0.0.1>;tag=1\r\nTo: <sip:{target}@127.0.0.1>\r\n"
            f"Contact: <sip:x@{source}:{port}>\r\nCall-ID: {target}{port}\r\nCSeq: 1 INVITE\r\n"
            "P-Asserted-Identity: <sip:201@127.0.0.1>\r\nContent-Length: 0\r\n\r\n"
        )
        line.sendto(text.encode(), ("127.0.0.1", server.sip_port))
        while True:
            status = line.recv(4096).decode().split(" ", 2)[1]
            if status != "100":
                return status


async def test_toll_fraud_strangers_and_the_provider_itself_can_not_call_out(server: Server) -> None:
    async with provider(server) as line, phones(server, "201") as (anna,):
        line.asks = False
        add_trunk(server, line.port, kind="address", username=None)
        add_number(server)
        apply(server)
        for target in (MAIN, "201", "8001", "+19005551234", "00881612345678", "112"):
            assert await asyncio.to_thread(stranger_says, server, target) == "401"
        for target in ("+19005551234", "8002", "+3222903490", "*43"):
            call = await line.call(target)
            assert await call.refused() == 404
        for target in ("+19005551234", "+881612345678", "+33142685300"):
            call = await anna.call(target)
            assert await call.refused(within=12) == 403
        assert line.ringing == anna.ringing == 0
        problems = server.api("GET", "/api/problems")
        allow = {problem["allow"] for problem in problems if problem["kind"].startswith("outside-")}
        assert allow == {"rights/user-201/premium", "rights/user-201/country/FR"}
        with pytest.raises(urllib.error.HTTPError):
            server.api("POST", "/api/problems/allow-call", {"key": "rights/user-201/everything"})


# --- SIPp --------------------------------------------------------------------------------------------------

SIPP = shutil.which("sipp")


@asynccontextmanager
async def sipp(folder: Path, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """SIPp at work; it is ended with the block."""
    if SIPP is None:
        pytest.skip("NOT TESTED with SIPp: it is not installed (make system-test)")
    process = await asyncio.create_subprocess_exec(
        SIPP,
        *arguments,
        "-i",
        "127.0.0.1",
        "-nostdin",
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_sipp_is_a_provider_both_ways(server: Server, tmp_path: Path) -> None:
    at = free_port()
    async with sipp(tmp_path, "-sn", "uas", "-p", str(at), "-mp", str(free_port()), "-lost", "10"):
        add_trunk(server, at, kind="address", username=None, codecs=["PCMU"])
        add_number(server, "conference", "conference-8001")
        apply(server)
        async with phones(server, "201") as (anna,):
            for number in OUTSIDE.values():
                call = await anna.call(number)
                await call.answered(within=15)
                await call.hang_up()
    where, here = f"127.0.0.1:{server.sip_port}", str(at)
    out = ("-sn", "uac", where, "-s", MAIN, "-p", here, "-m", "20", "-r", "10", "-d", "300", "-lost", "10")
    async with sipp(tmp_path, *out, "-mp", str(free_port())) as process:
        async with asyncio.timeout(60):
            assert await process.wait() == 0, "all 20 calls came in, though every tenth message is lost"
    records = server.api("GET", "/api/call-records")["records"]
    assert sum(record["direction"] == "incoming" for record in records) == 20


async def test_a_provider_that_lost_its_calls_leaves_no_line_taken(server: Server) -> None:
    async with provider(server) as line, phones(server, "201") as (anna,):
        line.asks = False
        trunk = add_trunk(server, line.port, kind="address", username=None, capacity=1)
        add_number(server)
        apply(server)
        call = await anna.call(OUTSIDE["+1"])
        rung = await line.incoming()
        refused: Phone = anna
        second = await refused.call(OUTSIDE["+32"])
        assert await second.refused(within=12) == 480, "all lines are taken"
        await call.cancel()
        await rung.ended()
        await until(lambda: state(server, trunk)["calls"] == 0)
        third = await anna.call(OUTSIDE["+32"])
        await (await line.incoming()).answer()
        await third.answered()
        await third.hang_up()


# --- Asterisk ----------------------------------------------------------------------------------------------


async def test_asterisk_22_is_a_provider_both_ways(server: Server) -> None:
    if asterisk.root() is None:
        pytest.skip("NOT TESTED with Asterisk 22: it is not there (make system-test)")
    async with (
        asterisk.Asterisk(free_port(), free_range(40)) as line,
        phones(server, "201", codecs=("PCMA",)) as (anna,),
    ):
        trunk = add_trunk(server, line.port, secret=asterisk.SECRET, check_seconds=10)
        add_number(server)
        apply(server)
        await until(lambda: state(server, trunk)["registered"])
        await until(lambda: state(server, trunk)["reachable"])
        assert "Avail" in await line.say("pjsip show contacts"), "it asks us by OPTIONS"
        call = await anna.call(OUTSIDE["+32"], source=Tone(431))
        await call.answered()
        await asyncio.sleep(0.5)
        heard = await call.media.listen(1.0)
        assert share(heard, call.media.codec.rate, asterisk.TONE) > 0.95
        await call.hang_up()
        busy = await anna.call(asterisk.BUSY)
        assert await busy.refused() == 486
        await line.call(MAIN)
        rung = await anna.incoming()
        await rung.answer(source=Tone(431))
        await asyncio.sleep(0.5)
        heard = await rung.media.listen(1.0)
        assert share(heard, rung.media.codec.rate, asterisk.TONE) > 0.95
        held = await rung.hold()
        assert held is not None
        await rung.resume()
        heard = await rung.media.listen(1.0)
        assert share(heard, rung.media.codec.rate, asterisk.TONE) > 0.95
        await rung.hang_up()
        assert not [problem for problem in server.api("GET", "/api/problems") if "trunk" in problem["kind"]]
