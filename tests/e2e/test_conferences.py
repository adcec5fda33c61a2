"""Conferences through a whole running system: open, behind a code, waiting for the administrator."""

from __future__ import annotations

import asyncio

import pytest

from tests.e2e.test_calls import phones
from tests.harness.audio import gaps, rms, tones_heard
from tests.harness.phone import Phone
from tests.harness.phone_call import PhoneCall
from tests.harness.rtp import Tone
from tests.harness.server import Server

pytestmark = pytest.mark.e2e

TONES = {"201": 431.0, "202": 617.0, "203": 853.0, "204": 1109.0}


async def enter(phone: Phone, room: str, code: str = "", *, after: float = 0.5) -> PhoneCall:
    """Call a conference and key its code."""
    call = await phone.call(room, source=Tone(TONES[phone.extension], 4000))
    await call.answered(10)
    if code:
        await asyncio.sleep(after)
        await call.media.dtmf(code + "#")
    return call


async def heard_tones(call: PhoneCall, seconds: float = 1.0) -> set[float]:
    """Which of the four tones a phone hears now."""
    samples = await call.media.listen(seconds)
    return tones_heard(samples, call.media.codec.rate, TONES.values())


async def until_heard(call: PhoneCall, tones: set[float], *, seconds: float = 12.0) -> None:
    """Wait (while join tones sound and prompts are spoken) until exactly these tones are heard."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        now = await heard_tones(call, 0.8)
        if now == tones:
            return
        assert loop.time() < end, f"hears {now}, not {tones}; call {call.state}"


async def test_s1_07_each_hears_exactly_the_others(shared_server: Server) -> None:
    async with phones(shared_server, "201", "202", "203") as three:
        calls = [await enter(phone, "8001") for phone in three]
        used = set(TONES.values()) - {TONES["204"]}
        for phone, call in zip(three, calls, strict=True):
            await until_heard(call, used - {TONES[phone.extension]})
        await calls[0].hang_up()
        await until_heard(calls[1], {TONES["203"]})


async def test_s1_05_the_right_code_opens_the_room(shared_server: Server) -> None:
    async with phones(shared_server, "201", "202") as (one, other):
        first, second = await enter(one, "8002", "4321"), await enter(other, "8002", "4321")
        await until_heard(first, {TONES["202"]})
        await until_heard(second, {TONES["201"]})


async def test_g_03_three_wrong_codes_and_goodbye(shared_server: Server) -> None:
    async with phones(shared_server, "203", "204") as (inside, caller):
        room = await enter(inside, "8002", "4321")
        call = await enter(caller, "8002")
        for _ in range(3):
            await asyncio.sleep(1.0)
            if call.state == "ended":
                break
            await call.media.dtmf("0000#")
            await asyncio.sleep(0.3)
            assert TONES["203"] not in await heard_tones(call, 0.5)
        await call.ended(15)
        assert call.end_request is not None and call.end_request.method == "BYE"
        assert TONES["204"] not in await heard_tones(room)


async def test_g_03_a_wrong_code_then_the_right_one(shared_server: Server) -> None:
    async with phones(shared_server, "201", "202") as (inside, caller):
        room = await enter(inside, "8002", "4321")
        call = await enter(caller, "8002", "1111")
        await asyncio.sleep(2.0)
        await call.media.dtmf("4321#")
        await until_heard(call, {TONES["201"]})
        await until_heard(room, {TONES["202"]})


async def test_g_03_digits_by_info_count_too(shared_server: Server) -> None:
    async with phones(shared_server, "201", "202") as (inside, caller):
        room = await enter(inside, "8002", "4321")
        call = await enter(caller, "8002")
        for digit in "4321#":
            assert await call.info_dtmf(digit) == 200
        await until_heard(room, {TONES["202"]})


async def test_g_04_the_room_waits_for_its_administrator(shared_server: Server) -> None:
    async with phones(shared_server, "201", "202", "203") as (administrator, one, other):
        first, second = await enter(one, "8003"), await enter(other, "8003")
        await asyncio.sleep(5.0)
        waiting = await first.media.listen(1.5)
        assert rms(waiting) > 100, "no music while waiting"
        assert tones_heard(waiting, 8000, [TONES["203"]], floor=1500) == set()
        host = await enter(administrator, "8003")
        await until_heard(first, {TONES["201"], TONES["203"]})
        await until_heard(second, {TONES["201"], TONES["202"]})
        await until_heard(host, {TONES["202"], TONES["203"]})


async def test_mixed_codecs_in_a_room(shared_server: Server) -> None:
    async with (
        phones(shared_server, "201", codecs=("opus",)) as (a,),
        phones(shared_server, "202", codecs=("G722",)) as (b,),
        phones(shared_server, "203", codecs=("PCMA",)) as (c,),
        phones(shared_server, "204", codecs=("PCMU",)) as (d,),
    ):
        calls = [await enter(phone, "8001") for phone in (a, b, c, d)]
        for phone, call in zip((a, b, c, d), calls, strict=True):
            await until_heard(call, set(TONES.values()) - {TONES[phone.extension]})


async def test_hold_in_a_room_is_silent_for_the_others(shared_server: Server) -> None:
    async with phones(shared_server, "201", "202") as (one, other):
        first, second = await enter(one, "8001"), await enter(other, "8001")
        await until_heard(second, {TONES["201"]})
        await first.hold()
        await asyncio.sleep(0.6)
        assert rms(await second.media.listen(0.8)) < 100
        await first.resume()
        await until_heard(second, {TONES["201"]})
        await until_heard(first, {TONES["202"]})


async def test_a_tone_through_a_conference_has_no_gap(shared_server: Server) -> None:
    async with phones(shared_server, "201", "202") as (talker, listener):
        talking = await enter(talker, "8001")
        call = await enter(listener, "8001")
        await until_heard(call, {TONES["201"]})
        for _ in range(3):  # a gap of ours would be there each time; one of a busy machine is not
            found = gaps(await call.media.listen(8.0, talking.media), 8000, TONES["201"])
            if not found:
                break
        assert found == []
        assert call.media.lost() == 0
