"""Calls between two users through a whole running system, signalling and sound."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from switchroom.sip.flow import Transport
from tests.harness.audio import gaps, level_of, rms, share, tones_heard
from tests.harness.phone import Phone, Timeout
from tests.harness.phone_call import PhoneCall
from tests.harness.rtp import Tone
from tests.harness.server import Server, running_server
from tests.harness.until import LONG
from tests.harness.webrtc import WebRtcPeer

pytestmark = pytest.mark.e2e


@contextlib.asynccontextmanager
async def phones(server: Server, *extensions: str, **options: Any) -> AsyncIterator[list[Phone]]:
    """Started and registered phones."""
    async with contextlib.AsyncExitStack() as stack:
        started = []
        for extension in extensions:
            phone = await stack.enter_async_context(server.phone(extension, **options))
            response = await phone.register()
            assert response.status == 200
            started.append(phone)
        yield started
        if server.runs:
            await asyncio.gather(*map(put_away, started))


async def put_away(phone: Phone) -> None:
    """End its calls and its registration, as far as the server still answers."""
    for call in list(phone.calls.values()):
        with contextlib.suppress(Timeout):
            await call.hang_up(within=2)
    with contextlib.suppress(Timeout):
        await phone.register(0)


async def talk(caller: PhoneCall, callee: PhoneCall, caller_hz: float, callee_hz: float) -> None:
    """Both ends hear the other's tone and only that; sound that a busy machine tore is listened to again."""
    for call in (caller, callee):
        if isinstance(call.media, WebRtcPeer):
            async with asyncio.timeout(LONG):
                await call.media.connected.wait()
    await asyncio.sleep(0.4)
    rate_caller, rate_callee = caller.media.codec.rate, callee.media.codec.rate
    for _ in range(3):  # a fault of ours would be there each time
        at_caller, at_callee = await asyncio.gather(
            caller.media.listen(0.8, callee.media), callee.media.listen(0.8, caller.media)
        )
        torn = gaps(at_caller, rate_caller, callee_hz) + gaps(at_callee, rate_callee, caller_hz)
        shares = share(at_caller, rate_caller, callee_hz), share(at_callee, rate_callee, caller_hz)
        if not torn and min(shares) > 0.98:
            break
    assert torn == [] and min(shares) > 0.98, shares


async def talked(caller: Phone, number: str, callee: Phone) -> PhoneCall:
    """A whole call that both hear, from dialling to hanging up; the called phone's end of it."""
    call = await caller.call(number, source=Tone(431))
    rung = await callee.incoming()
    await rung.answer(source=Tone(617))
    await call.answered()
    await talk(call, rung, 431, 617)
    await call.hang_up()
    await rung.ended()
    return rung


def tag(transport: Transport, server: Server) -> tuple[str, int]:
    """Where a transport listens."""
    ports = {
        Transport.UDP: server.sip_port,
        Transport.TCP: server.sip_port,
        Transport.TLS: server.tls_port,
        Transport.WS: server.http_port,
        Transport.WSS: server.https_port,
    }
    return ("127.0.0.1", ports[transport])


@pytest.mark.parametrize("transport", list(Transport))
async def test_a_phone_registers_calls_talks_and_hangs_up(
    shared_server: Server, transport: Transport
) -> None:
    where = tag(transport, shared_server)
    # To phones on TLS only SRTP is offered, to those on WebSockets only ICE and DTLS.
    browser = transport in (Transport.WS, Transport.WSS)
    options = {
        "transport": transport,
        "where": where,
        "srtp": transport is Transport.TLS,
        "browser": browser,
        "codecs": ("PCMU",),
    }
    async with (
        phones(shared_server, "201", **options) as (one,),
        phones(shared_server, "202") as (other,),
    ):
        call = await one.call("202", source=Tone(431))
        rung = await other.incoming()
        await call.ringing()
        assert "201" in str(other.caller_name(rung.invite_request).uri)  # type: ignore[arg-type]
        await rung.answer(source=Tone(617))
        await call.answered()
        await talk(call, rung, 431, 617)
        await call.hang_up()
        await rung.ended()
        back = await other.call("201", source=Tone(617))
        here = await one.incoming()
        await here.answer(source=Tone(431))
        await back.answered()
        await talk(back, here, 617, 431)
        await here.hang_up()
        await back.ended()


async def test_wrong_secret_and_unknown_user_get_the_same_answer(shared_server: Server) -> None:
    answers = []
    for name, secret in (("201", "wrong"), ("299", "wrong")):
        async with Phone(name, secret, shared_server.sip) as phone:
            response = await phone.register()
            challenge = (response.headers.get("WWW-Authenticate") or "").split("nonce=")[0]
            names = [header for header, _ in response.headers.items()]
            answers.append((response.status, response.reason, challenge, names))
    assert answers[0] == answers[1]
    assert answers[0][0] in (401, 403)


async def test_an_unregistered_stranger_can_call_nobody(shared_server: Server) -> None:
    async with phones(shared_server, "202") as (phone,), Phone("201", "", shared_server.sip) as stranger:
        call = await stranger.call("202")
        assert await call.refused() in (401, 403, 407)
        assert phone.ringing == 0


@pytest.mark.parametrize(("said", "told"), [(486, {486, 600}), (603, {603, 480}), (480, {480})])
async def test_a_refusal_reaches_the_caller(shared_server: Server, said: int, told: set[int]) -> None:
    async with phones(shared_server, "201", "202") as (one, other):
        call = await one.call("202")
        (await other.incoming()).reject(said)
        # What is spoken before the final status takes a while.
        assert await call.refused(12) in told


async def test_nobody_there_and_number_unknown(shared_server: Server) -> None:
    async with phones(shared_server, "201") as (one,):
        assert await (await one.call("203")).refused() == 480
        assert await (await one.call("999999")).refused(10) == 404


async def test_nobody_answers(server: Server) -> None:
    user = next(u for u in await server.api_async("GET", "/api/users") if u["extension"] == "202")
    await server.api_async("PATCH", f"/api/users/{user['id']}", {"ring_seconds": 5})
    review = await server.api_async("GET", "/api/configuration")
    await server.api_async("POST", "/api/configuration/apply", {"base_revision": review["base_revision"]})
    async with phones(server, "201", "202") as (one, other):
        call = await one.call("202")
        rung = await other.incoming()
        assert await call.refused(9) in (480, 408)
        await rung.ended()
        assert rung.end_request is not None and rung.end_request.method == "CANCEL"
    (record,) = server.call_records()
    assert record["end_cause"] == "no_answer" and record["answered_at"] is None


async def test_the_caller_gives_up(shared_server: Server) -> None:
    async with phones(shared_server, "201", "202") as (one, other):
        call = await one.call("202")
        rung = await other.incoming()
        await call.ringing()
        await call.cancel()
        await rung.ended()
        assert (call.status, rung.status) == (487, 487)
        assert rung.end_request is not None
        reasons = " ".join(rung.end_request.headers.get_all("Reason"))
        assert "elsewhere" not in reasons


async def test_hold_plays_music_to_the_other_side_and_resume_ends_it(shared_server: Server) -> None:
    async with phones(shared_server, "201", "202") as (one, other):
        call = await one.call("202", source=Tone(431))
        rung = await other.incoming()
        await rung.answer(source=Tone(617))
        await call.answered()
        await talk(call, rung, 431, 617)
        for direction in ("sendonly", "inactive"):
            answer = await call.hold(direction)
            assert answer.direction in ("recvonly", "inactive")
            await asyncio.sleep(0.6)
            music = await rung.media.listen(1.5)
            rate = rung.media.codec.rate
            assert rms(music) > 100, "no music on hold"
            assert level_of(music, rate, 431) < 1000
            await call.resume()
            await talk(call, rung, 431, 617)
        assert {packet.ssrc for packet in rung.media.packets} == {rung.media.packets[0].ssrc}
        await call.hang_up()


async def test_several_devices_ring_and_the_first_answer_wins(shared_server: Server) -> None:
    async with (
        phones(shared_server, "201") as (caller,),
        phones(shared_server, "202") as (desk,),
        phones(shared_server, "202") as (mobile,),
    ):
        call = await caller.call("202", source=Tone(431))
        at_desk, at_mobile = await desk.incoming(), await mobile.incoming()
        await at_mobile.answer(source=Tone(617))
        await call.answered()
        await at_desk.ended()
        assert at_desk.end_request is not None and at_desk.end_request.method == "CANCEL"
        reason = " ".join(at_desk.end_request.headers.get_all("Reason"))
        assert "cause=200" in reason
        await talk(call, at_mobile, 431, 617)
        await call.hang_up()
        await at_mobile.ended()


async def test_digits_reach_the_other_phone(shared_server: Server) -> None:
    async with phones(shared_server, "201", "202") as (one, other):
        call = await one.call("202")
        rung = await other.incoming()
        await rung.answer()
        await call.answered()
        await asyncio.sleep(0.3)
        await call.media.dtmf("19#")
        await asyncio.sleep(0.3)
        assert rung.media.digits == ["1", "9", "#"]


async def test_different_codecs_are_joined(shared_server: Server) -> None:
    async with (
        phones(shared_server, "201", codecs=("opus",)) as (one,),
        phones(shared_server, "202", codecs=("PCMA",)) as (other,),
    ):
        call = await one.call("202", source=Tone(431))
        rung = await other.incoming()
        await rung.answer(source=Tone(617))
        await call.answered()
        assert (call.media.codec.name, rung.media.codec.name) == ("opus", "PCMA")
        await asyncio.sleep(0.6)
        await talk(call, rung, 431, 617)


async def test_a_late_offer_is_served(shared_server: Server) -> None:
    async with phones(shared_server, "201", "202") as (one, other):
        call = await one.call("202", source=Tone(431), late_offer=True)
        rung = await other.incoming()
        await rung.answer(source=Tone(617))
        await call.answered()
        await talk(call, rung, 431, 617)


async def test_srtp_by_sdes(shared_server: Server) -> None:
    where = tag(Transport.TLS, shared_server)
    async with (
        phones(shared_server, "201", transport=Transport.TLS, where=where, srtp=True) as (one,),
        phones(shared_server, "202") as (other,),
    ):
        call = await one.call("202", source=Tone(431))
        rung = await other.incoming()
        await rung.answer(source=Tone(617))
        await call.answered()
        assert call.media.srtp is not None
        await talk(call, rung, 431, 617)
        assert call.media.srtp.refused == 0


async def test_a_video_line_is_refused_and_the_voice_stays(shared_server: Server) -> None:
    video = "m=video 5006 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n"
    async with phones(shared_server, "201", "202") as (one, other):
        call = await one.call("202", source=Tone(431), sdp_extra=video)
        rung = await other.incoming()
        await rung.answer(source=Tone(617))
        await call.answered()
        assert call.remote is not None and "m=video 0 " in call.remote.text
        await talk(call, rung, 431, 617)


async def test_every_call_leaves_a_record(server: Server) -> None:
    async with phones(server, "201", "202") as (one, other):
        call = await one.call("202", source=Tone(431))
        rung = await other.incoming()
        await rung.answer(source=Tone(617))
        await call.answered()
        await asyncio.sleep(1.0)
        await rung.hang_up()
        await call.ended()
        (await one.call("202"))
        (await other.incoming()).reject(486)
        await asyncio.sleep(0.5)
    busy, talked = server.call_records()
    assert (talked["caller_extension"], talked["callee_extension"]) == ("201", "202")
    assert talked["end_cause"] == "callee_hung_up" and talked["sip_status"] == 200
    assert talked["codec"] == "PCMU"
    assert 0.8 < talked["ended_at"] - talked["answered_at"] < 3
    assert len(talked["quality"]) == 2
    assert all(leg["mos"] > 4 and leg["loss"] < 0.01 for leg in talked["quality"])
    assert busy["end_cause"] == "busy" and busy["answered_at"] is None


async def test_the_tones_of_two_calls_do_not_mix(shared_server: Server) -> None:
    async with phones(shared_server, "201", "202", "203", "204") as (a, b, c, d):
        first, second = await a.call("202", source=Tone(431)), await c.call("204", source=Tone(853))
        at_b, at_d = await b.incoming(), await d.incoming()
        await at_b.answer(source=Tone(617))
        await at_d.answer(source=Tone(1109))
        await asyncio.gather(first.answered(), second.answered())
        await asyncio.sleep(0.4)
        line = await at_b.media.listen(0.8)
        assert tones_heard(line, 8000, [431.0, 617.0, 853.0, 1109.0]) == {431.0}


async def test_an_ipv6_phone_and_an_ipv4_phone_talk() -> None:
    with running_server(extra=["--bind", "127.0.0.1,::1"]) as server:
        async with (
            phones(server, "201", where=("::1", server.sip_port)) as (one,),
            phones(server, "202") as (other,),
        ):
            call = await one.call("202", source=Tone(431))
            rung = await other.incoming()
            await rung.answer(source=Tone(617))
            await call.answered()
            await talk(call, rung, 431, 617)
            assert call.remote is not None
            assert call.remote.place[0] == "::1"
