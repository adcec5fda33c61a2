"""The rows of calls outside: how fast a number rings, and what talking by a trunk costs."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from tests.harness.phone import Phone
from tests.harness.phone_call import PhoneCall
from tests.harness.ports import free_range
from tests.harness.provider import Provider
from tests.harness.rtp import Place, RtpPeer, Source
from tests.harness.server import Server, running_server

from bench.measure import Effort, middle, run_load
from bench.media_rows import clean
from bench.table import Row
from switchroom.sip.flow import Transport

_NUMBER = "+12125550123"
_CALLS = 200
_LIMIT_MS = 100.0
_LIMIT_CPU = 0.0008


class _Elsewhere(RtpPeer):
    """Media that the load generator makes: here is only its port."""

    ports: Sequence[int] = ()
    given = 0

    async def open(self, port: int = 0, host: str = "127.0.0.1") -> None:
        self.host, self.port = host, _Elsewhere.ports[_Elsewhere.given]
        _Elsewhere.given += 1

    def start(self, remote: Place) -> None:
        self.remote = remote


class _SipOnly(Phone):
    """A phone whose media is elsewhere."""

    async def _new_call(
        self, codecs: Sequence[str], source: Source | None, call_id: str, *, outgoing: bool
    ) -> PhoneCall:
        media = _Elsewhere(codecs[0], source)
        await media.open()
        call = PhoneCall(self, media, tuple(codecs), call_id, outgoing=outgoing)
        self.calls[call_id] = call
        return call


class _Line(Provider, _SipOnly):
    """A provider that answers everything at once."""


def _trunk(server: Server, at: int) -> None:
    """A trunk to a provider of this process; nobody's budget ends."""
    limits = {"calls_per_hour": None, "calls_per_day": None, "minutes_per_day": None}
    server.api("PATCH", "/api/settings", {"concurrent_outside": 1000, **limits})
    body = {"name": "Line", "kind": "address", "host": "127.0.0.1", "port": at, "check_seconds": 0}
    server.api("POST", "/api/trunks", {**body, "countries": ["US"]})
    number = {"e164": "+12125550100", "destination": {"kind": "extension", "target": "user-201"}}
    made = server.api("POST", "/api/numbers", number)["number"]
    server.api("PATCH", "/api/settings", {"default_number": made["id"]})
    base = server.api("GET", "/api/configuration")["base_revision"]
    server.api("POST", "/api/configuration/apply", {"base_revision": base})


async def _clicks(server: Server, line: Provider, count: int) -> list[float]:
    """For each call, the milliseconds from the caller's INVITE until he is told that the far end rings."""
    where = ("127.0.0.1", server.http_port)
    found = []
    phone = server.phone("201", transport=Transport.WS, where=where, browser=True, codecs=("opus",))
    async with phone as anna:
        await anna.register()
        for number in range(count + 5):
            begin = time.perf_counter()
            call = await anna.call(_NUMBER)
            await call.ringing(within=5)
            took = (time.perf_counter() - begin) * 1000
            await line.incoming()
            await call.hang_up()
            if number >= 5:  # the first ones wake everything up
                found.append(took)
    return found


def trunk_click_to_ringing(effort: Effort) -> list[Row]:
    """A browser calls a number outside: until it rings there, and that is known here."""
    count = int(effort.pick(60, 300))

    async def measure(server: Server) -> list[float]:
        async with Provider(server.sip) as line:
            assert isinstance(line, Provider)
            line.asks = False
            await asyncio.to_thread(_trunk, server, line.port)
            return sorted(await _clicks(server, line, count))

    with running_server() as server:
        took = asyncio.run(measure(server))
    p50, p95 = took[len(took) // 2], took[int(len(took) * 0.95)]
    text = f"p95 {p95:.0f} ms (p50 {p50:.0f}, most {took[-1]:.0f}; {count} calls, digest and ICE included)"
    what = "trunk call from a browser: click to far ringing, loopback"
    return [Row(what, f"p95 <= {_LIMIT_MS:.0f} ms", text, p95 <= _LIMIT_MS, data={"ms": took})]


@contextlib.asynccontextmanager
async def _talking(server: Server) -> AsyncIterator[list[dict[str, Any]]]:
    """Two-party calls that came by the trunk: what the generator has to send where, for every leg."""
    first = free_range(4 * _CALLS)
    _Elsewhere.ports, _Elsewhere.given = range(first, first + 4 * _CALLS, 2), 0
    async with _Line(server.sip) as line:
        assert isinstance(line, _Line)
        line.asks = False
        await asyncio.to_thread(_trunk, server, line.port)
        anna = _SipOnly("201", server.secrets["201"], server.sip)
        async with anna:
            await anna.register()
            pairs = []
            for _ in range(_CALLS):
                out = await anna.call(_NUMBER)
                rung = await line.incoming()
                await rung.answer()
                await out.answered()
                pairs.append((out, rung))
            legs = []
            for room, pair in enumerate(pairs):
                for call in pair:
                    assert call.media.remote is not None
                    host, port = call.media.remote
                    place = {"local": call.media.port, "remote": f"{host}:{port}"}
                    legs.append({**place, "room": room, "talks": False})
            yield legs


def trunk_relay(effort: Effort) -> list[Row]:
    """CPU of both processes of the server while 200 people talk by a trunk, G.711, relayed."""
    spent, reports = [], []

    async def measure(server: Server) -> None:
        async with _talking(server) as legs:
            scenario = {"duration": effort.seconds, "warmup": 1.5, "legs": legs}
            for _ in range(effort.runs):
                cpu, report = await asyncio.to_thread(run_load, scenario, server.processes)
                spent.append(cpu / _CALLS)
                reports.append(report)

    with running_server(rtp_ports=2000) as server:
        asyncio.run(measure(server))
    own, report = middle(spent), reports[-1]
    text = f"{own:.5f} ({clean(report)}; generator {report['own_cpu']:.2f} core)"
    reached = own <= _LIMIT_CPU and report["loss"] < 0.001
    what = f"CPU s per call-second, {_CALLS} two-party trunk calls, relay"
    data = {"server": spent, "reports": reports}
    return [Row(what, f"<= {_LIMIT_CPU}", text, reached, data=data)]


ROWS = [trunk_click_to_ringing, trunk_relay]
