"""The conference server through a whole running system: ID, code, room; by phones that key (S3, D1, F-09)."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from switchroom.sounds.prompts import Prompts, load_manifest
from tests.e2e.test_calls import phones
from tests.e2e.test_conferences import TONES, enter, heard_tones, until_heard
from tests.harness import baresip, linphone
from tests.harness.audio import level_of, read_wav
from tests.harness.baresip import Baresip
from tests.harness.linphone import Linphone
from tests.harness.phone_call import PhoneCall
from tests.harness.server import Server

pytestmark = pytest.mark.e2e

SERVER = "/api/conference-server"
SALES, BOARD = "31415", "27182"
HEARD = 0.5
"""A prompt's correlation with itself through the telephone; with any other it is 0.34 at most."""


@pytest.fixture(scope="module")
def served(shared_server: Server) -> Iterator[Server]:
    """A Switchroom whose administrator has set the conference server up, without applying anything."""
    first = {"name": "Sales", "dial_in_id": SALES, "access_code": "2468"}
    made = shared_server.api("POST", SERVER, {"extension": "8000", "room": first})
    assert made["applied"] is True
    # One room by both entrances.
    shared_server.api("PATCH", "/api/conferences/conference-8001", {"dial_in_id": BOARD})
    applied = shared_server.api("GET", "/api/configuration")["base_revision"]
    shared_server.api("POST", "/api/configuration/apply", {"base_revision": applied})
    yield shared_server


async def keyed(phone: Any, *entries: str, number: str = "8000", after: float = 0.4) -> PhoneCall:
    """Call the server and key what it asks for."""
    call = await enter(phone, number)
    for entry in entries:
        await asyncio.sleep(after)
        await call.media.dtmf(entry)
    return call


def telephone(samples: Any, rate: int) -> Any:
    """Samples at 8 kHz, of the telephone's band only."""
    spectrum = np.fft.rfft(samples.astype(float))
    frequencies = np.fft.rfftfreq(len(samples), 1 / rate)
    spectrum[(frequencies < 200) | (frequencies > 3400)] = 0
    size = len(samples) * 8000 // rate
    return np.fft.irfft(spectrum[: size // 2 + 1], size)


def said(call: PhoneCall, prompt: str, since: float = 0.0, language: str = "en") -> float:
    """How much of what was heard is that prompt: the best correlation with a stretch of its length."""
    folder = Path(os.environ["SWITCHROOM_SOUNDS"])
    (file,) = Prompts(folder, load_manifest(folder)).files(prompt, language)
    wanted = telephone(*read_wav(Path(file)))[: 8000 * 2]
    heard = call.media.heard(since)
    if len(heard) < len(wanted):
        return 0.0
    given = telephone(heard, 8000)
    size = len(wanted) + len(given)
    product = np.fft.irfft(np.fft.rfft(given, size) * np.conj(np.fft.rfft(wanted, size)), size)
    total = np.concatenate([[0.0], np.cumsum(given**2)])
    energy = total[len(wanted) :] - total[: -len(wanted)]
    scores = product[: len(energy)] / np.sqrt(np.maximum(energy, 1e6) * (wanted**2).sum())
    return float(scores.max())


async def until_said(
    call: PhoneCall, prompt: str, since: float = 0.0, within: float = 30.0, language: str = "en"
) -> None:
    """Wait until a prompt was heard to its second second: it is said again, should this machine tear it."""
    end = asyncio.get_running_loop().time() + within
    while (score := said(call, prompt, since, language)) < HEARD:
        assert asyncio.get_running_loop().time() < end, f"{prompt}: {score:.2f}"
        await asyncio.sleep(0.3)


async def test_d1_01_dial_the_server_key_id_and_pin_and_be_in(served: Server) -> None:
    async with phones(served, "201", "202", "203") as (one, other, third):
        first = await enter(one, "8000")
        await until_said(first, "enter-conference-id")
        now = asyncio.get_running_loop().time()
        await first.media.dtmf(SALES + "#")
        await until_said(first, "enter-access-code", now)
        await first.media.dtmf("2468#")
        second = await keyed(other, SALES + "#", "2468#")
        await until_heard(first, {TONES["202"]})
        await until_heard(second, {TONES["201"]})
        # A wrong PIN is no way in, the right one after it is.
        late = await keyed(third, SALES + "#", "1111#")
        await asyncio.sleep(1.5)
        assert await heard_tones(first) == {TONES["202"]}
        await late.media.dtmf("2468#")
        await until_heard(first, {TONES["202"], TONES["203"]})


async def test_f_09_no_hash_works_after_5_seconds(served: Server) -> None:
    async with phones(served, "201", "202") as (one, other):
        call = await keyed(one, SALES)
        begin = asyncio.get_running_loop().time()
        await until_said(call, "enter-access-code")
        assert asyncio.get_running_loop().time() - begin > 4.5
        await call.media.dtmf("2468")
        second = await keyed(other, SALES + "#", "2468#")
        await until_heard(second, {TONES["201"]})


async def test_f_09_three_wrong_ids_end_the_call_politely(served: Server) -> None:
    async with phones(served, "203") as (caller,):
        call = await enter(caller, "8000")
        for wrong in ("999", "1234", "8000"):
            await asyncio.sleep(0.6)
            now = asyncio.get_running_loop().time()
            await call.media.dtmf(wrong + "#")
            await until_said(call, "unknown-conference-id", now)
        await call.ended(20)
        assert said(call, "goodbye", now) > HEARD
        assert call.end_request is not None and call.end_request.method == "BYE"


async def test_g_01_one_room_by_both_entrances(served: Server) -> None:
    async with phones(served, "201", "202", codecs=("PCMA",)) as (one, other):
        direct = await enter(one, "8001")
        by_server = await keyed(other, BOARD + "#")
        await until_heard(direct, {TONES["202"]})
        await until_heard(by_server, {TONES["201"]})
        room = served.api("GET", "/api/rooms/conference-8001")
        assert [one["entrance"] for one in room["participants"]] == ["extension", "server"]


async def test_d1_02_a_tone_for_those_inside_whenever_somebody_comes(served: Server) -> None:
    async with phones(served, "201", "202", "203") as people:
        calls: list[PhoneCall] = []
        for phone in people:
            now = asyncio.get_running_loop().time()
            call = await phone.call("8000")
            await call.answered(10)
            await asyncio.sleep(0.4)
            await call.media.dtmf(BOARD + "#")
            for inside in calls:
                await until_said(inside, "tone-join", now)
            calls.append(call)


async def test_d1_01_real_phones_meet_by_both_entrances(served: Server, tmp_path: Path) -> None:
    if not (baresip.installed() and linphone.installed()):
        pytest.skip("NOT TESTED with real phones: baresip-core and linphone-cli are not installed")
    tones = {"201": 431, "202": 617, "203": 853}
    secrets, where = served.secrets, served.sip
    first = Baresip(tmp_path / "201", "201", secrets["201"], where, tone=431, codecs=("G722",))
    second = Linphone(tmp_path / "202", "202", secrets["202"], where, tone_hz=617, codec="opus")
    third = Baresip(tmp_path / "203", "203", secrets["203"], where, tone=853, codecs=("PCMA",))
    devices: list[Baresip | Linphone] = [first, second, third]
    for extension in tones:
        (tmp_path / extension).mkdir(exist_ok=True)
    try:
        for phone in devices:
            await phone.start()
        for phone in (first, second):
            await phone.dial("8000")
            await asyncio.sleep(1.5)
            await phone.digits(BOARD + "#")
        await third.dial("8001")
        await asyncio.sleep(6)
        room = await served.api_async("GET", "/api/rooms/conference-8001")
        assert {p["extension"]: p["entrance"] for p in room["participants"]} == {
            "201": "server",
            "202": "server",
            "203": "extension",
        }
    finally:
        with contextlib.suppress(ProcessLookupError):
            await asyncio.gather(*(phone.stop() for phone in devices))
    for phone in devices:
        samples, rate = phone.heard()
        line, own = samples[-4 * rate : -rate], tones[phone.extension]
        others = [level_of(line, rate, tone) for tone in tones.values() if tone != own]
        assert min(others) > 1000, (phone.extension, others)
        # The tones are near full level and limited together: judge the own one against the others.
        assert level_of(line, rate, own) < 0.2 * min(others), phone.extension


async def test_s3_10_the_11th_participant_hears_the_reason(served: Server) -> None:
    room = served.api("POST", f"{SERVER}/conferences", {"name": "Ten", "dial_in_id": "101010"})
    assert room["conference"]["max_participants"] == 10
    async with phones(served, "201", "202", "203", "204") as people:
        calls = [await keyed(people[number % 4], "101010#") for number in range(10)]
        inside = f"/api/rooms/{room['conference']['id']}"
        await asyncio.sleep(1.0)
        assert len(served.api("GET", inside)["participants"]) == 10
        late = await keyed(people[2], "101010#")
        await until_said(late, "conference-full")
        await late.ended(15)
        assert len(served.api("GET", inside)["participants"]) == 10
        await calls[0].hang_up()
        again = await keyed(people[2], "101010#")
        await asyncio.sleep(1.0)
        assert again.state != "ended"
        assert len(served.api("GET", inside)["participants"]) == 10


async def test_d1_04_a_new_extension_of_the_server_works_at_once(served: Server) -> None:
    async with phones(served, "201") as (phone,):
        waiting = await enter(phone, "8000")
        assert served.api("PATCH", SERVER, {"extension": "8800"})["applied"] is True
        try:
            await until_said(await enter(phone, "8800"), "enter-conference-id")
            old = await phone.call("8000")
            assert await old.refused(10) == 404
            # Who was at the desk already is served.
            await waiting.media.dtmf(SALES + "#")
            await until_said(waiting, "enter-access-code")
        finally:
            served.api("PATCH", SERVER, {"extension": "8000"})


async def test_g_09_the_servers_language_and_then_the_conferences(served: Server) -> None:
    served.api("PATCH", SERVER, {"language": "it"})
    try:
        async with phones(served, "204") as (phone,):
            call = await enter(phone, "8000")
            end = asyncio.get_running_loop().time() + 10
            while said(call, "enter-conference-id", language="it") < HEARD:
                assert asyncio.get_running_loop().time() < end
                await asyncio.sleep(0.3)
    finally:
        served.api("PATCH", SERVER, {"language": None})
