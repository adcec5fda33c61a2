"""The rows about rooms: people who wait, many rooms, mixed rooms, noise suppression, gaps."""

from __future__ import annotations

import math
import struct
import tempfile
import time
import wave
from pathlib import Path
from typing import Any

from bench.measure import Effort, Load, cpu_seconds, middle
from bench.media_rows import Setup, clean, rooms_of, setup_worker, yardstick_cost
from bench.table import Row
from bench.webrtc_rows import open_browsers, run_browsers, running_browsers, scenario_of, wrong_in
from switchroom.media.types import Codec, OfLeg, Play, PlayId, RoomId

_WARMUP = 1.5
_G722 = Codec(name="G722", send_payload_type=9, receive_payload_type=9)
_ROOMS = 500


def _music(folder: str) -> str:
    """Twenty seconds of a chord: long enough to be shared as music."""
    path = Path(folder) / "music.wav"
    tones = (330.0, 440.0, 550.0)
    samples = (sum(3000 * math.sin(2 * math.pi * f * n / 16_000) for f in tones) for n in range(320_000))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<h", int(sample)) for sample in samples))
    return str(path)


def _waiting(effort: Effort, *, inside: bool, music: bool) -> tuple[float, dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="switchroom-bench-") as folder, setup_worker() as setup:
        for room in range(_ROOMS):
            setup.add(1, room, inside=inside, events=True)
        if music:
            files = [_music(folder)]
            for name in setup.names:
                setup.worker.call(Play(play=PlayId(name), target=OfLeg(leg=name), files=files, repeat=True))
        return setup.run(effort.seconds)


def waiting_rooms(effort: Effort) -> list[Row]:
    """CPU of 500 rooms with one person each who waits, against what it costs to move their packets."""
    kinds = {
        "who waits before it, with music": {"inside": False, "music": True},
        "alone in it, with music": {"inside": True, "music": True},
        "alone in it, silence": {"inside": True, "music": False},
    }
    floors: list[float] = []
    found: dict[str, list[tuple[float, dict[str, Any]]]] = {kind: [] for kind in kinds}
    for _ in range(effort.runs):
        floors.append(yardstick_cost("packet-floor", _ROOMS, effort))
        for kind, how in kinds.items():
            found[kind].append(_waiting(effort, **how))
    floor = middle(floors)
    rows = [Row(f"yardstick: packet floor, {_ROOMS}", "", f"{floor:.6f}", None, data={"floors": floors})]
    for kind, runs in found.items():
        own = middle([cpu / _ROOMS for cpu, _ in runs])
        report = runs[-1][1]
        waits = not kinds[kind]["inside"]  # who is alone inside is measured for orientation
        rows.append(
            Row(
                f"CPU s per person-s, {_ROOMS} rooms with one person each, {kind}",
                "<= 1.2 x packet floor" if waits else "",
                f"{own:.6f} ({clean(report)})",
                (own <= 1.2 * floor and report["deaf_legs"] == 0) if waits else None,
                f"{own / floor:.2f} x floor",
                data={"runs": runs, "floor": floor},
            )
        )
    return rows


def rooms_100x10(effort: Effort) -> list[Row]:
    """CPU of a hundred rooms of ten."""
    runs = [rooms_of(100, 10, 3, effort, events=True) for _ in range(effort.runs)]
    ideal = yardstick_cost("ideal-mixer", 1000, effort, "--rooms", "100", rooms=100)
    own = middle([cpu / 1000 for cpu, _ in runs])
    text = f"{own:.5f} ({clean(runs[-1][1])})"
    reached = own <= 0.0005 and runs[-1][1]["deaf_legs"] == 0
    what = "CPU s per participant-s, 100 rooms x 10, G.711, 3 talkers each"
    return [Row(what, "<= 0.0005", text, reached, f"{own / ideal:.2f} x ideal mixer", data={"runs": runs})]


def _mixed(seconds: float) -> tuple[float, dict[str, Any], dict[str, Any]]:
    """A room of 20 phones with G.711, 20 with G.722 and 20 browsers; one of each talks."""
    with running_browsers() as (worker, browsers):
        setup = Setup(worker)
        setup.add(20, 0, talkers=1, speech="pcmu", events=True)
        setup.add(20, 0, talkers=1, codec=_G722, speech="g722", events=True)
        legs = open_browsers(worker, 20, browsers.fingerprint, room=RoomId("room-0"))
        browsers.begin(scenario_of(worker, legs, 1, seconds + 1.5))
        browsers.read()
        phones = Load("rtp", scenario={"duration": seconds, "warmup": _WARMUP, "legs": setup.legs})
        time.sleep(_WARMUP + 0.6)
        before, begin = cpu_seconds([worker.pid]), time.monotonic()
        time.sleep(seconds - 1.0)
        after, end = cpu_seconds([worker.pid]), time.monotonic()
        return (after - before) / (end - begin), phones.result(), browsers.read()


def mixed_room(effort: Effort) -> list[Row]:
    """CPU of a room of 60 with three codecs."""
    runs = [_mixed(effort.seconds) for _ in range(effort.runs)]
    own = middle([cpu / 60 for cpu, _, _ in runs])
    _, phones, browsers = runs[-1]
    wrong = wrong_in(browsers, 1)
    said = "browsers hear what they should" if not wrong else "WRONG: " + wrong[0][:80]
    text = f"{own:.5f} (phones: {clean(phones)}; browsers: loss {browsers['loss']:.2%}, {said})"
    reached = own <= 0.0012 and not wrong and phones["deaf_legs"] == 0
    what = "CPU s per participant-s, 1 room x 60: 20 G.711, 20 G.722, 20 Opus over WebRTC, 3 talkers"
    return [Row(what, "<= 0.0012", text, reached, data={"runs": runs})]


def _suppressed(effort: Effort, who: str) -> float:
    """CPU of ten rooms of ten whose talkers have noise; suppressed for nobody, all, the silent."""
    with setup_worker() as setup:
        for room in range(10):
            setup.add(3, room, talkers=3, speech="pcmu", events=True, noise_suppression=who == "all")
            setup.add(7, room, speech="pcmu", events=True, noise_suppression=who != "nobody")
        cpu, report = setup.run(effort.seconds)
    if report["deaf_legs"]:
        raise RuntimeError("somebody hears nothing")
    return cpu


def noise_suppression(effort: Effort) -> list[Row]:
    """What noise suppression costs: for each talker, and for those who do not talk."""
    found: dict[str, list[float]] = {"nobody": [], "all": [], "silent": []}
    for _ in range(effort.runs):
        for who, values in found.items():
            values.append(_suppressed(effort, who))
    without, on, silent = (middle(values) for values in found.values())
    talker, listener = (on - without) / 30, (silent - without) / 70
    text = (
        f"{talker * 1e3:.2f} ms CPU a talker-s, {listener * 1e3:.3f} ms a listener-s "
        f"(10 rooms x 10, 3 talk: {without / 100:.5f} without, {on / 100:.5f} with, a participant-s)"
    )
    reached = talker <= 0.012 and listener <= 0.05 * talker
    what = "noise suppression, cost above none"
    return [Row(what, "<= 12 ms; listeners nothing", text, reached, data={"cpu": found})]


def idle_browsers(effort: Effort) -> list[Row]:
    """CPU of a room of 50 browsers of whom nobody talks, sent gaps or not."""
    found: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(effort.runs):
        for gaps, values in found.items():
            values.append(run_browsers(50, 0, effort.seconds, gaps=gaps).cpu / 50)
    without, own = middle(found[False]), middle(found[True])
    text = f"{own:.5f} with gaps, {without:.5f} without"
    what = "CPU s per participant-s, 1 room x 50 browsers, nobody talks"
    return [Row(what, "less with gaps", text, own < without, f"{own / without:.2f}", data={"cpu": found})]


ROWS = (waiting_rooms, rooms_100x10, mixed_room, noise_suppression, idle_browsers)
