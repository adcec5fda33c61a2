"""The rows of the table about conferences as people meet them: from the code to the room."""

from __future__ import annotations

import asyncio
import contextlib
from statistics import median, quantiles

import numpy as np
from tests.harness.phone import Phone
from tests.harness.phone_call import PhoneCall
from tests.harness.rtp import Tone
from tests.harness.server import Server, running_server

from bench.measure import Effort
from bench.table import Row

CODE_TO_ROOM_SECONDS = 0.15
_CODE, _ROOM = "4711", "8060"
_LOUD = 500
"""RMS of a packet that is the talker's: silence and comfort are far below."""


def _add_room(server: Server) -> None:
    room = {"name": "Measured", "extension": _ROOM, "access_code": _CODE, "tones": False}
    server.api("POST", "/api/conferences", room)
    base = server.api("GET", "/api/configuration")["base_revision"]
    server.api("POST", "/api/configuration/apply", {"base_revision": base})


async def _enter(phone: Phone, tone: float | None = None) -> tuple[PhoneCall, float]:
    """Call the room and key the code; the loop time when `#` began to be sent."""
    call = await phone.call(_ROOM, source=Tone(tone) if tone else None)
    await call.answered()
    await call.media.dtmf(_CODE)
    ended = asyncio.get_running_loop().time()
    await call.media.dtmf("#")
    return call, ended


async def _one(phone: Phone) -> float:
    """Seconds from `#` to the first packet of the room's talker."""
    call, ended = await _enter(phone)
    try:
        for _ in range(200):
            await asyncio.sleep(0.01)
            for at, _, samples in call.media.recording(ended):
                if float(np.sqrt(np.mean(samples.astype(float) ** 2))) > _LOUD:
                    return at - ended
        raise RuntimeError("the room was not heard within 2 s")
    finally:
        await call.hang_up()


async def _times(server: Server, count: int) -> list[float]:
    async with contextlib.AsyncExitStack() as stack:
        talker, guest = [await stack.enter_async_context(server.phone(user)) for user in ("203", "204")]
        for phone in (talker, guest):
            await phone.register()
        await _enter(talker, 440.0)
        await asyncio.sleep(1.0)
        return [await _one(guest) for _ in range(count)]


def code_to_room(effort: Effort) -> list[Row]:
    """Callers key a conference's code: until they hear who talks there."""
    with running_server() as server:
        _add_room(server)
        seconds = asyncio.run(_times(server, 100 if effort.full else 30))
    p95 = quantiles(seconds, n=20)[-1]
    return [
        Row(
            f"code accepted to hearing the room, {len(seconds)} callers",
            f"p95 <= {CODE_TO_ROOM_SECONDS * 1000:.0f} ms",
            f"p50 {median(seconds) * 1000:.0f}, p95 {p95 * 1000:.0f}, max {max(seconds) * 1000:.0f} ms"
            " (from the first packet of # to the first with the talker)",
            p95 <= CODE_TO_ROOM_SECONDS,
            data={"seconds": seconds},
        )
    ]


ROWS = [code_to_room]
