"""Browsers in a whole running system: virtual phones on WebSockets whose media is ICE and DTLS-SRTP."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from switchroom.sip.flow import Transport
from switchroom.sounds.prompts import Prompts, load_manifest
from tests.harness import baresip
from tests.harness.audio import Samples, level_of, read_wav, rms, share, strongest
from tests.harness.baresip import Baresip
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
        started: list[Phone] = []
        for extension, browser in wanted:
            more: dict[str, Any] = dict(options)
            if browser:
                where = ("127.0.0.1", server.http_port)
                instance = f"{extension}-{len(started)}"  # each page registers for itself
                more = {"transport": Transport.WS, "where": where, "browser": True, "instance": instance}
                more = {"codecs": ("opus", "PCMU"), **more, **options}
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
    for _ in range(3):  # a busy machine tears a tone now and then
        heard = await call.media.listen(seconds, *(talker.media for talker in talkers))
        clean = share(heard, call.media.codec.rate, frequency)
        if clean > 0.9:
            break
    assert clean > 0.9, f"{frequency} Hz not heard"


async def is_silent(call: PhoneCall, frequency: float) -> None:
    """The call's end does not hear that tone."""
    heard = await call.media.listen(0.5)
    assert level_of(heard, call.media.codec.rate, frequency) < 300


async def music(call: PhoneCall) -> None:
    """The call's end hears something that is neither tone."""
    heard = await call.media.listen(1.5)
    assert rms(heard) > 100, "no music"
    for tone in (BROWSER_HZ, PHONE_HZ):
        assert share(heard, call.media.codec.rate, tone) < 0.5


async def up(caller: Phone, callee: Phone, **more: Any) -> tuple[PhoneCall, PhoneCall]:
    """An answered call whose media is connected; each browser says 617 Hz, each other phone 431 Hz."""
    tones = [Tone(BROWSER_HZ if phone.browser else PHONE_HZ) for phone in (caller, callee)]
    call = await caller.call(callee.extension, source=tones[0], **more)
    rung = await callee.incoming()
    await rung.answer(source=tones[1])
    await call.answered()
    for one in (call, rung):
        if isinstance(one.media, WebRtcPeer):
            async with asyncio.timeout(5):
                await one.media.connected.wait()
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


async def test_browser_to_browser_by_opus_and_over_wss(shared_server: Server) -> None:
    secure = {"transport": Transport.WSS, "where": ("127.0.0.1", shared_server.https_port)}
    async with (
        phones(shared_server, ("201", True)) as (one,),
        phones(shared_server, ("202", True), **secure) as (other,),
    ):
        call = await one.call("202", source=Tone(BROWSER_HZ))
        rung = await other.incoming()
        assert rung.remote is not None and rung.remote.profile == "UDP/TLS/RTP/SAVPF"
        await rung.answer(source=Tone(PHONE_HZ))
        await call.answered()
        assert (call.media.codec.name, rung.media.codec.name) == ("opus", "opus")
        async with asyncio.timeout(5):
            await asyncio.gather(*(media(c).connected.wait() for c in (call, rung)))
        await asyncio.sleep(0.5)
        await asyncio.gather(hears(call, PHONE_HZ, rung), hears(rung, BROWSER_HZ, call))


async def test_a_browser_and_baresip(shared_server: Server, tmp_path: Any) -> None:
    if not baresip.installed():
        pytest.skip("NOT TESTED with real phones: baresip is not installed (apt-get install baresip-core)")
    secret = shared_server.secrets["202"]
    desk = Baresip(tmp_path, "202", secret, shared_server.sip, tone=431, codecs=("opus", "PCMU"))
    async with phones(shared_server, ("201", True)) as (browser,):
        try:
            await desk.start()
            call = await browser.call("202", source=Tone(BROWSER_HZ))
            await call.answered()
            assert call.media.codec.name == "opus"
            await asyncio.sleep(2)
            await hears(call, PHONE_HZ)
            await call.hang_up()
            await desk.event("CALL_CLOSED")
            await asyncio.sleep(0.3)
            samples, rate = desk.heard()
            assert abs(strongest(samples[-2 * rate : -rate // 2], rate) - BROWSER_HZ) < 5
        finally:
            await desk.stop()


async def test_a_desk_phone_and_a_page_of_one_user_ring_together(shared_server: Server) -> None:
    async with phones(shared_server, ("201", False), ("202", False), ("202", True)) as (one, desk, page):
        call = await one.call("202", source=Tone(PHONE_HZ))
        at_desk, at_page = await desk.incoming(), await page.incoming()
        assert at_desk.remote is not None and at_desk.remote.profile == "RTP/AVP"
        await at_page.answer(source=Tone(BROWSER_HZ))
        await call.answered()
        await at_desk.ended()
        async with asyncio.timeout(5):
            await media(at_page).connected.wait()
        await asyncio.sleep(0.5)
        await asyncio.gather(hears(call, BROWSER_HZ, at_page), hears(at_page, PHONE_HZ, call))


@pytest.mark.parametrize("how", ["telephone-event", "INFO"])
async def test_s1_14_a_browser_enters_the_code_of_a_conference(shared_server: Server, how: str) -> None:
    async with phones(shared_server, ("201", True), ("202", False)) as (browser, desk):
        inside = await desk.call("8002", source=Tone(PHONE_HZ))
        await inside.answered()
        await asyncio.sleep(0.5)
        await inside.media.dtmf("4321#")
        call = await browser.call("8002", source=Tone(BROWSER_HZ))
        await call.answered()
        async with asyncio.timeout(5):
            await media(call).connected.wait()
        await asyncio.sleep(0.5)
        if how == "INFO":
            for digit in "4321#":
                assert await call.info_dtmf(digit) == 200
        else:
            await call.media.dtmf("4321#")
        await asyncio.sleep(1.5)
        await asyncio.gather(hears(call, PHONE_HZ, inside), hears(inside, BROWSER_HZ, call))


async def test_hold_and_resume_by_a_browser(shared_server: Server) -> None:
    async with phones(shared_server, ("201", True), ("202", False)) as (browser, desk):
        call, rung = await up(browser, desk)
        answer = await call.hold()
        assert answer.direction == "recvonly"
        await asyncio.sleep(0.6)
        await music(rung)
        await call.resume()
        await asyncio.sleep(0.6)
        await asyncio.gather(hears(call, PHONE_HZ, rung), hears(rung, BROWSER_HZ, call))
        assert len({packet.ssrc for packet in call.media.packets}) == 1


@pytest.mark.parametrize("registers_first", [True, False])
async def test_issue_3_a_change_of_network_keeps_the_call(
    shared_server: Server, registers_first: bool
) -> None:
    """Another WebSocket and an ICE restart: DTLS, SSRC and the call go on."""
    async with phones(shared_server, ("201", True), ("202", False)) as (browser, desk):
        call, rung = await up(browser, desk)
        await media(call).restart_ice()
        await browser.reconnect()
        if registers_first:
            assert (await browser.register()).status == 200
        await call.reinvite()
        await asyncio.sleep(1.0)
        await asyncio.gather(hears(call, PHONE_HZ, rung), hears(rung, BROWSER_HZ, call))
        assert len({packet.ssrc for packet in call.media.packets}) == 1
        await rung.hang_up()  # the BYE finds the browser on its new connection
        await call.ended()


async def test_a_new_transport_on_the_same_dialog_keeps_the_call(shared_server: Server) -> None:
    """Another certificate: the worker makes a new DTLS transport on the same leg."""
    async with phones(shared_server, ("201", True), ("202", False)) as (browser, desk):
        call, rung = await up(browser, desk)
        await media(call).renew()
        await call.reinvite()
        async with asyncio.timeout(5):
            await media(call).connected.wait()
        await asyncio.sleep(0.6)
        await asyncio.gather(hears(call, PHONE_HZ, rung), hears(rung, BROWSER_HZ, call))


async def test_f_08_another_page_takes_the_call_over_and_the_other_party_stays(server: Server) -> None:
    async with (
        phones(server, ("201", True), ("202", False)) as (page, desk),
        phones(server, ("201", True), codecs=("opus", "PCMU"), instance="other") as (next_page,),
    ):
        call, rung = await up(page, desk)
        await media(call).say_goodbye()
        await page.lose_link()
        await asyncio.sleep(1.0)
        await music(rung)
        taken = await next_page.call("201", source=Tone(853), headers=[("Replaces", call.replaces)])
        await taken.answered()
        async with asyncio.timeout(5):
            await media(taken).connected.wait()
        await asyncio.sleep(0.5)
        await asyncio.gather(hears(taken, PHONE_HZ, rung), hears(rung, 853, taken))
        assert rung.offers_received == []
        await asyncio.sleep(10)
        await hears(rung, 853, taken)
        await taken.hang_up()
        await rung.ended()
        await asyncio.sleep(0.3)
    (record,) = server.call_records()
    assert record["end_cause"] == "caller_hung_up" and record["ended_at"] - record["answered_at"] > 10


async def test_f_08_a_page_that_lives_is_told_that_another_took_over(shared_server: Server) -> None:
    async with (
        phones(shared_server, ("201", True), ("202", False), ("203", False)) as (page, desk, stranger),
        phones(shared_server, ("201", True), instance="other") as (next_page,),
    ):
        call, rung = await up(page, desk)
        wrong = await stranger.call("201", headers=[("Replaces", call.replaces)])
        assert await wrong.refused() == 403
        taken = await next_page.call("201", source=Tone(853), headers=[("Replaces", call.replaces)])
        await taken.answered()
        await call.ended()
        assert call.end_request is not None and "Call taken over" in str(
            call.end_request.headers.get("Reason")
        )
        late = await next_page.call("201", headers=[("Replaces", call.replaces)])
        assert await late.refused() == 603
        await asyncio.sleep(1.0)
        await hears(rung, 853, taken)


async def test_f_08_the_place_in_a_conference_is_taken_over(shared_server: Server) -> None:
    async with (
        phones(shared_server, ("201", True), ("202", False)) as (page, desk),
        phones(shared_server, ("201", True), instance="other") as (next_page,),
    ):
        inside = await desk.call("8001", source=Tone(PHONE_HZ))
        call = await page.call("8001", source=Tone(BROWSER_HZ))
        await asyncio.gather(inside.answered(), call.answered())
        await asyncio.sleep(2.0)
        await hears(inside, BROWSER_HZ, call)
        (before,) = await shared_server.api_async("GET", "/api/rooms")
        await media(call).vanish()
        taken = await next_page.call("201", source=Tone(853), headers=[("Replaces", call.replaces)])
        await taken.answered()
        await asyncio.sleep(1.5)
        await asyncio.gather(hears(taken, PHONE_HZ, inside), hears(inside, 853, taken))
        (after,) = await shared_server.api_async("GET", "/api/rooms")
        joined = {p["extension"]: p["joined_at"] for p in before["participants"]}
        assert {p["extension"]: p["joined_at"] for p in after["participants"]} == joined


@pytest.mark.parametrize("goodbye", [True, False])
async def test_f_08_a_page_that_does_not_come_back_ends_the_call(server: Server, goodbye: bool) -> None:
    async with phones(server, ("201", True), ("202", False)) as (page, desk):
        call, rung = await up(page, desk)
        await (media(call).say_goodbye() if goodbye else media(call).vanish())
        await page.lose_link()
        begin = asyncio.get_running_loop().time()
        await asyncio.sleep(1.0 if goodbye else 6.5)
        await music(rung)
        await rung.ended(within=14)
        lasted = asyncio.get_running_loop().time() - begin
        assert 9 < lasted < (13 if goodbye else 18)
        assert rung.end_request is not None
        assert "The other phone is gone" in str(rung.end_request.headers.get("Reason"))
        page.calls.clear()
    (record,) = server.call_records()
    assert record["end_cause"] == "signalling_lost"


@pytest.mark.parametrize("browser", [True, False])
async def test_the_echo_test_gives_the_caller_its_voice(shared_server: Server, browser: bool) -> None:
    async with phones(shared_server, ("203", browser)) as (phone,):
        call = await phone.call("*43", source=Tone(BROWSER_HZ))
        await call.answered()
        await asyncio.sleep(1.0)
        await is_silent(call, BROWSER_HZ)
        await call.media.dtmf("1")  # no need to hear the prompt to its end
        await asyncio.sleep(0.6)
        await hears(call, BROWSER_HZ, call)


def active_seconds(samples: Samples, rate: int) -> float:
    """From the first loud moment to the last."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 500)
    return float(loud[-1] - loud[0]) / rate if len(loud) else 0.0


async def test_g_03_a_browser_hears_what_it_is_told_from_the_first_word(shared_server: Server) -> None:
    """The prompt begins when DTLS is up, not when the 200 is acknowledged."""
    folder = Path(os.environ["SWITCHROOM_SOUNDS"])
    (file,) = Prompts(folder, load_manifest(folder)).files("enter-access-code", "en")
    whole = active_seconds(*read_wav(Path(file)))
    async with phones(shared_server, ("201", True)) as (browser,):
        for _ in range(3):  # a busy machine stretches what is said now and then
            call = await browser.call("8002")
            media(call).hesitation = 0.7
            await call.answered()
            async with asyncio.timeout(5):
                await media(call).connected.wait()
            await asyncio.sleep(whole + 1.5)
            heard = active_seconds(call.media.heard(), call.media.codec.rate)
            await call.hang_up()
            if abs(heard - whole) < 0.1:
                break
    assert abs(heard - whole) < 0.1
