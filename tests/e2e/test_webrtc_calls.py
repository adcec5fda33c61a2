"""Browsers in a whole running system: virtual phones on WebSockets whose media is ICE and DTLS-SRTP."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from switchroom.sip.flow import Transport
from tests.harness.audio import level_of, rms, share
from tests.harness.phone import Phone
from tests.harness.phone_call import PhoneCall
from tests.harness.rtp import Tone
from tests.harness.server import Server
from tests.harness.webrtc import WebRtcPeer

pytestmark = pytest.mark.e2e

BROWSER_HZ, PHONE_HZ = 617.0, 431.0


@contextlib.asynccontextmanager
async def phones(server: Server, *wanted: tuple[str, bool], **options: Any) -> AsyncIterator[list[Phone]]:
    """Started and registered phones: extension, and whether it is a browser."""
    async with contextlib.AsyncExitStack() as stack:
        started = []
        for extension, browser in wanted:
            more: dict[str, Any] = dict(options)
            if browser:
                where = ("127.0.0.1", server.http_port)
                more = {"transport": Transport.WS, "where": where, "browser": True, "codecs": ("opus", "PCMU")}
                more |= options
            phone = await stack.enter_async_context(server.phone(extension, **more))
            assert (await phone.register()).status == 200
            started.append(phone)
        yield started


def media(call: PhoneCall) -> WebRtcPeer:
    """The browser's end of a call."""
    assert isinstance(call.media, WebRtcPeer)
    return call.media


async def hears(call: PhoneCall, frequency: float, *talkers: PhoneCall, seconds: float = 0.8) -> None:
    """The call's end hears that tone and little else."""
    heard = await call.media.listen(seconds, *(talker.media for talker in talkers))
    assert share(heard, call.media.codec.rate, frequency) > 0.9, f"{frequency} Hz not heard"


async def up(caller: Phone, callee: Phone, **more: Any) -> tuple[PhoneCall, PhoneCall]:
    """An answered call whose media is connected; each browser says 617 Hz, each other phone 431 Hz."""
    tones = [Tone(BROWSER_HZ if phone.browser else PHONE_HZ) for phone in (caller, callee)]
    call = await caller.call(callee.extension, source=tones[0], **more)
    rung = await callee.incoming()
    await rung.answer(source=tones[1])
    await call.answered()
    for one in (call, rung):
        if isinstance(one.media, WebRtcPeer):
            await asyncio.wait_for(one.media.connected.wait(), 5)
    await asyncio.sleep(0.5)
    return call, rung


async def test_s1_14_browser_and_desk_phone_call_each_other(shared_server: Server) -> None:
    async with phones(shared_server, ("201", True), ("202", False)) as (browser, desk):
        call, rung = await up(browser, desk)
        assert call.media.codec.name == "PCMU"
        await asyncio.gather(hears(call, PHONE_HZ, rung), hears(rung, BROWSER_HZ, call))
        await call.hang_up()
        await rung.ended()
        call, rung = await up(desk, browser)
        assert rung.media.codec.name == "opus"
        await asyncio.gather(hears(call, BROWSER_HZ, rung), hears(rung, PHONE_HZ, call))
        await call.hang_up()
        await rung.ended()
