"""Recordings of conferences through a whole running system: whom they hold, who is told, what survives."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
import stat
import subprocess
import urllib.request
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.e2e.test_calls import phones
from tests.e2e.test_conferences import TONES, enter, until_heard
from tests.harness.audio import Floats, Samples, read_wav, tones_heard
from tests.harness.phone import Phone
from tests.harness.phone_call import PhoneCall
from tests.harness.rtp import Silence
from tests.harness.server import Server

pytestmark = pytest.mark.e2e

ROOM = "conference-8001"
PIECE = 2400
"""Samples: 300 ms at 8 kHz."""


async def configure(server: Server, **fields: object) -> None:
    """Change the open room, and apply it."""
    saved = await server.api_async("PATCH", f"/api/conferences/{ROOM}", fields)
    body = {"base_revision": saved["pending"]["base_revision"]}
    await server.api_async("POST", "/api/configuration/apply", body)


async def record(server: Server, on: bool, each: bool | None = None) -> None:
    """What a moderator's button does."""
    body: dict[str, object] = {"on": on} if each is None else {"on": on, "each": each}
    await server.api_async("POST", f"/api/rooms/{ROOM}/record", body)


async def until_closed(server: Server, count: int) -> list[dict[str, Any]]:
    """The recordings, once so many are there and complete; the oldest first."""
    for _ in range(50):
        found: list[dict[str, Any]] = (await server.api_async("GET", "/api/recordings"))["recordings"]
        if len(found) >= count and all(item["ended_at"] for item in found):
            break
        await asyncio.sleep(0.1)
    assert len(found) == count, found
    return sorted(found, key=lambda item: (item["participant"], item["started_at"]))


def fetch(server: Server, path: str) -> bytes:
    """What the API answers, as it is."""
    headers = {"Authorization": f"Bearer {server.token()}"}
    with urllib.request.urlopen(urllib.request.Request(server.url + path, headers=headers)) as answer:
        content: bytes = answer.read()
    return content


async def sound_of(server: Server, recording: dict[str, Any]) -> tuple[Samples, int]:
    """A recording's samples and rate, from the API. Its header says all that is in it."""
    content = await asyncio.to_thread(fetch, server, f"/api/recordings/{recording['id']}/audio")
    with wave.open(io.BytesIO(content)) as file:
        assert file.getnchannels() == 1
        data, rate = file.readframes(file.getnframes()), file.getframerate()
    assert len(data) == len(content) - 44, "the header says how long it is"
    assert abs(len(data) / 2 / rate - recording["seconds"]) < 0.05
    return np.frombuffer(data, dtype="<i2").astype(np.int16), rate


def at_8000(samples: Samples, rate: int) -> Floats:
    """The samples at 8 kHz, without what is above 4 kHz."""
    size = round(len(samples) * 8000 / rate)
    spectrum = np.fft.rfft(samples.astype(np.float64))[: size // 2 + 1]
    return np.asarray(np.fft.irfft(spectrum, size), dtype=np.float64)


def likeness(heard: Samples, rate: int, prompt: str) -> float:
    """How surely a prompt (English) is in what was heard: near 1 for itself, below 0.6 for another.

    Compared in pieces, each of which may come some tens of milliseconds early or late: a busy machine's.
    """
    said, said_rate = read_wav(Path(os.environ["SWITCHROOM_SOUNDS"]) / "en" / f"{prompt}.wav")
    line, want = at_8000(heard, rate), at_8000(said, said_rate)
    place, _ = best(line, want)
    found = []
    for begin in range(0, len(want) - PIECE, PIECE):
        piece = want[begin : begin + PIECE]
        if np.square(piece).mean() > 0.1 * np.square(want).mean():
            near = max(0, place + begin - PIECE // 2)
            found.append(best(line[near : near + 2 * PIECE], piece)[1])
    return float(np.median(found))


def best(line: Floats, want: Floats) -> tuple[int, float]:
    """Where a sound is in another, and how like it is what is there: 0 to 1."""
    if len(line) < len(want):
        return 0, 0.0
    size = 1 << (len(line) + len(want)).bit_length()
    product = np.fft.irfft(np.fft.rfft(line, size) * np.conj(np.fft.rfft(want, size)), size)
    sums = np.concatenate(([0.0], np.cumsum(np.square(line))))
    energy = np.maximum(sums[len(want) :] - sums[: -len(want)], 1e6)
    likely = product[: len(energy)] / np.sqrt(energy * np.square(want).sum())
    place = int(np.argmax(likely))
    return place, float(likely[place])


async def quiet(phone: Phone) -> PhoneCall:
    """Enter the room and say nothing."""
    call = await phone.call("8001", source=Silence())
    return await call.answered(10)


@pytest.fixture
def small_disk(server: Server) -> Iterator[None]:
    """The folder of recordings is a disk with room for 8 seconds (256 kB)."""
    folder = str(server.data / "recordings")
    command = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "switchroom-test", folder]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        pytest.skip("NOT TESTED on a full disk: this user can not mount one")
    yield
    server.close()  # so that nobody writes there
    subprocess.run(["umount", folder], check=True, timeout=10)


@pytest.fixture
def prompts() -> None:
    """Needs to know where the prompts lie."""
    if "SWITCHROOM_SOUNDS" not in os.environ:
        pytest.skip("NOT TESTED: SWITCHROOM_SOUNDS does not say where the prompts are")


async def test_f_12_all_are_told_of_the_recording_and_who_comes_later_too(
    server: Server, prompts: None
) -> None:
    await configure(server, tones=False)
    async with phones(server, "201", "202", "203") as (one, other, late):
        calls = [await quiet(one), await quiet(other)]
        await asyncio.sleep(1.0)
        listening = [asyncio.create_task(call.media.listen(5.0)) for call in calls]
        await record(server, True)
        for call, heard in zip(calls, await asyncio.gather(*listening), strict=True):
            assert likeness(heard, call.media.codec.rate, "conference-recorded") > 0.85
        rooms = await server.api_async("GET", "/api/rooms")
        assert rooms[0]["recording"]["since"] > 0 and rooms[0]["recording"]["each"] is False
        third = await quiet(late)
        heard = await third.media.listen(5.0)
        assert likeness(heard, third.media.codec.rate, "conference-recorded") > 0.85
        listening = [asyncio.create_task(call.media.listen(4.0)) for call in (*calls, third)]
        await record(server, False)
        for call, heard in zip((*calls, third), await asyncio.gather(*listening), strict=True):
            assert likeness(heard, call.media.codec.rate, "recording-stopped") > 0.85
            assert likeness(heard, call.media.codec.rate, "conference-recorded") < 0.6, "the measure measures"
        (recording,) = await until_closed(server, 1)
        assert (recording["reason"], recording["participant"]) == ("stopped", "")
        samples, rate = await sound_of(server, recording)
        assert likeness(samples, rate, "conference-recorded") > 0.85, "it can be heard that they were told"
        assert (await server.api_async("GET", "/api/rooms"))[0]["recording"] is None


async def test_f_12_every_talker_is_in_it_each_apart_too_and_nobody_who_only_waited(server: Server) -> None:
    fields = {"lobby": True, "recording": "always", "record_participants": True, "administrator": "user-201"}
    await configure(server, **fields)
    inside = {TONES["201"], TONES["202"], TONES["203"]}
    async with phones(server, "201", "202", "203", "204") as (host, one, other, waits):
        first = await enter(host, "8001")
        calls = [await enter(phone, "8001") for phone in (one, other)]
        outside = await enter(waits, "8001")
        await asyncio.sleep(1.0)
        room = (await server.api_async("GET", "/api/rooms"))[0]
        for member in room["participants"]:
            if member["extension"] in ("202", "203"):
                path = f"/api/rooms/{ROOM}/participants/{member['id']}/admit"
                await server.api_async("POST", path, {})
        await until_heard(first, inside - {TONES["201"]})
        await asyncio.sleep(4.0)
        assert outside.state != "ended", "204 waits in the lobby all the time"
        for call in (*calls, first, outside):
            await call.hang_up()
        recordings = await until_closed(server, 4)
    whole, *apart = recordings
    assert (whole["started_by"], whole["reason"]) == ("", "ended")
    samples, rate = await sound_of(server, whole)
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    assert tones_heard(middle, rate, TONES.values()) == inside
    assert tones_heard(samples, rate, [TONES["204"]], floor=1000) == set()
    heard = []
    for part in apart:
        samples, rate = await sound_of(server, part)
        middle = samples[len(samples) // 4 : -len(samples) // 4]
        heard.append(tones_heard(middle, rate, TONES.values(), floor=100))
        assert part["reason"] in ("left", "ended") and part["attendance"]
    assert sorted(heard, key=str) == sorted(({tone} for tone in inside), key=str)
    meeting = await server.api_async("GET", f"/api/meetings/{whole['meeting']}")
    present = {one["extension"]: one for one in meeting["attendances"]}
    assert set(present) == {"201", "202", "203", "204"} and meeting["people"] == 3
    assert present["204"]["entered_at"] is None and present["204"]["talk_seconds"] == 0
    assert present["202"]["talk_seconds"] > 3 and present["201"]["administrator"]
    assert len(meeting["tapes"]) == 4 and meeting["ended_at"] is not None
    table = (await asyncio.to_thread(fetch, server, f"/api/meetings/{whole['meeting']}/minutes.csv")).decode()
    assert table.count("Participant,") == 4 and table.count("Recording,") == 4


async def test_f_12_a_full_disk_leaves_what_was_recorded(server: Server, small_disk: None) -> None:
    async with phones(server, "201", "202") as (one, other):
        calls = [await enter(phone, "8001") for phone in (one, other)]
        await until_heard(calls[0], {TONES["202"]})
        await record(server, True)
        for _ in range(150):
            if (await server.api_async("GET", "/api/rooms"))[0]["recording"] is None:
                break
            await asyncio.sleep(0.1)
        await until_heard(calls[0], {TONES["202"]})
        (recording,) = await until_closed(server, 1)
        assert recording["reason"] == "disk" and 6.0 < recording["seconds"] < 8.2
        samples, rate = await sound_of(server, recording)
        for begin in (0.5, 0.9):
            part = samples[int(len(samples) * begin) :]
            assert tones_heard(part, rate, TONES.values()) == {TONES["201"], TONES["202"]}
        problems = await server.api_async("GET", "/api/problems")
        assert "recording-failed" in {problem["kind"] for problem in problems}


async def test_f_12_a_killed_server_and_worker_leave_what_was_recorded(server: Server) -> None:
    await configure(server, recording="always", record_participants=True)
    async with phones(server, "201", "202") as (one, other):
        calls = [await enter(phone, "8001") for phone in (one, other)]
        await until_heard(calls[0], {TONES["202"]})
        await asyncio.sleep(4.0)
        worker = await asyncio.to_thread(server.worker_pid)
        server.kill()
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
        for phone in (one, other):
            phone.calls.clear()
        await asyncio.to_thread(server.start)
        recordings = await until_closed(server, 3)
        folder = server.data / "recordings"
        modes = await asyncio.to_thread(lambda: {stat.S_IMODE(os.stat(e).st_mode) for e in folder.iterdir()})
        assert modes == {0o600}
    expected: list[set[float]] = [{TONES["201"], TONES["202"]}, {TONES["201"]}, {TONES["202"]}]
    for recording, tones in zip(recordings, expected, strict=True):
        assert recording["reason"] == "crash" and recording["seconds"] > 2.5, recording
        assert abs(recording["ended_at"] - recording["started_at"] - recording["seconds"]) < 0.1
        samples, rate = await sound_of(server, recording)
        assert tones_heard(samples[len(samples) // 2 :], rate, TONES.values()) == tones
    meeting = await server.api_async("GET", f"/api/meetings/{recordings[0]['meeting']}")
    assert meeting["ended_at"] - meeting["started_at"] > 3, "as of the crash, to a second"
    assert {one["reason"] for one in meeting["attendances"]} == {"crash"}
