"""The rows of the table about browsers: rooms of WebRTC legs, and handshakes, on the media worker alone."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from tests.harness.binaries import need
from tests.harness.ports import free_range
from tests.harness.worker import Worker, running_worker

from bench.measure import Effort, cpu_seconds, middle
from bench.split import Split, recorded
from bench.table import Row
from switchroom.media.types import (
    Codec,
    Connect,
    LegId,
    LegMedia,
    OpenLeg,
    OpenRoom,
    RoomId,
    TelephoneEvent,
    ToRoom,
    WebRtc,
)

_LOOPBACK = "127.0.0.1"
_WARMUP = 1.5
_AUDIO_LEVEL = 1
# As browsers have it: FEC agreed, no DTX; 32 kbit/s.
_OPUS = Codec(name="opus", send_payload_type=111, receive_payload_type=111, fec=True)
_EVENT = TelephoneEvent(send_payload_type=110, receive_payload_type=110, clock_rate=48000)
_PARTICIPANTS = 50
_ROOM = RoomId("room")
# A talker has a tone 30 dB below full scale. What is lower is somebody else with a voice of that frequency.
_HEARD = -40.0
_NOT_HEARD = -46.0


class Browsers:
    """The running generator (`switchroom-load webrtc`), step by step."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [str(need("switchroom-load")), "webrtc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.fingerprint = str(self.read()["fingerprint"])

    def read(self) -> dict[str, Any]:
        """Its next line; raises RuntimeError when it ended instead."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"switchroom-load webrtc failed with {self.process.wait(10)}")
        found: dict[str, Any] = json.loads(line)
        return found

    def begin(self, scenario: dict[str, Any]) -> None:
        """Tell what to do, and wait until everything is encoded."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(scenario) + "\n")
        self.process.stdin.flush()
        self.read()

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(10)


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: seconds of CPU a wall clock second, of CPU for all handshakes, the reports, and the split."""

    cpu: float
    handshake_cpu: float
    connected: dict[str, Any]
    report: dict[str, Any]
    split: Split | None


def _tone(talker: int) -> int:
    """Whole Hz, above what voices are strong in: 3,500 to 7,420."""
    return 3500 + 80 * talker


def open_browsers(
    worker: Worker,
    count: int,
    fingerprint: str,
    *,
    level: bool = True,
    room: RoomId = _ROOM,
    gaps: bool = False,
) -> list[dict[str, Any]]:
    """Legs of browsers in a room (those who take `gaps` agreed to DTX); the generator's side of each."""
    legs = []
    worker.call(OpenRoom(room=room))
    codec = msgspec.structs.replace(_OPUS, dtx=gaps)
    for i in range(count):
        name = LegId(f"leg-{i}")
        ours, theirs = f"ours{i:06}", f"theirs{i:06}"
        password = f"password-of-leg-{i:06}".replace("-", "+")
        webrtc = WebRtc(
            local_ufrag=ours,
            local_password=password,
            remote_ufrag=theirs,
            remote_password=f"theirs+{password}",
            fingerprint=fingerprint,
            role="passive",
            audio_level=_AUDIO_LEVEL if level else None,
        )
        media = LegMedia(remote=f"{_LOOPBACK}:9", codec=codec, telephone_event=_EVENT, webrtc=webrtc)
        worker.call(
            OpenLeg(leg=name, bind=_LOOPBACK, media=media, webrtc=True),
            Connect(leg=name, to=ToRoom(room=room)),
        )
        legs.append({"ufrag": ours, "password": password, "own_ufrag": theirs})
    return legs


@contextlib.contextmanager
def running_browsers() -> Iterator[tuple[Worker, Browsers]]:
    """A worker that takes browsers, and their generator."""
    with running_worker(30000, 30999, webrtc_port=free_range(2)) as worker:
        browsers = Browsers()
        try:
            yield worker, browsers
        finally:
            browsers.close()


def scenario_of(
    worker: Worker, legs: list[dict[str, Any]], talkers: int, seconds: float, *, level: bool = True
) -> dict[str, Any]:
    """What the generator of browsers is told; the first `talkers` talk."""
    for i, leg in enumerate(legs):
        leg["tone"] = _tone(i) if i < talkers else None
        # The first three talkers, and three of those who are silent (or as many more who talk).
        leg["probe"] = i < 3 or i >= len(legs) - 3
    return {
        "target": f"{_LOOPBACK}:{worker.hello.webrtc_port}",
        "fingerprint": worker.hello.fingerprint,
        "duration": seconds,
        "warmup": _WARMUP,
        "payload_type": _OPUS.send_payload_type,
        "audio_level": _AUDIO_LEVEL if level else None,
        "legs": legs,
    }


def run_browsers(
    count: int,
    talkers: int,
    seconds: float,
    *,
    level: bool = True,
    split: bool = False,
    gaps: bool = False,
) -> Measured:
    """One room of browsers for some time."""
    with running_browsers() as (worker, browsers):
        legs = open_browsers(worker, count, browsers.fingerprint, level=level, gaps=gaps)
        scenario = scenario_of(worker, legs, talkers, seconds, level=level)
        before = cpu_seconds([worker.pid])
        browsers.begin(scenario)
        connected = browsers.read()
        handshakes = cpu_seconds([worker.pid]) - before
        if not seconds:
            return Measured(0.0, handshakes, connected, {}, None)
        time.sleep(_WARMUP + 0.4)
        before, begin = cpu_seconds([worker.pid]), time.monotonic()
        found = recorded(worker.pid, seconds - 1.0) if split else None
        if not split:
            time.sleep(seconds - 0.8)
        after, end = cpu_seconds([worker.pid]), time.monotonic()
        return Measured((after - before) / (end - begin), handshakes, connected, browsers.read(), found)


def wrong_in(report: dict[str, Any], talkers: int) -> list[str]:
    """What the probes should have heard and did not, or the other way round; empty when all is right."""
    wrong = []
    for heard in report["heard"]:
        own = heard["tone"]
        others = {
            tone: level for tone, level in zip(report["tones"], heard["tones"], strict=True) if tone != own
        }
        audible = [tone for tone, level in others.items() if level > _HEARD]
        who = f"leg {heard['leg']}"
        if talkers <= 8 and len(audible) != len(others):
            wrong.append(f"{who} hears {len(audible)} of {len(others)} talkers: {heard}")
        if len(audible) < min(talkers - 1, 2):
            wrong.append(f"{who} hears hardly anybody: {heard}")
        echo = dict(zip(report["tones"], heard["tones"], strict=True)).get(own, -99.0)
        if own is not None and echo > _NOT_HEARD and echo > min(others.values()) + 6:
            wrong.append(f"{who} hears himself: {echo:.0f} dB")
        if heard["level"] > 60:
            wrong.append(f"{who} hears next to nothing: -{heard['level']} dBov")
    if report["unauthentic"] or report["deaf_legs"] or report["ssrc_changes"]:
        wrong.append("packets that do not authenticate, legs that hear nothing, or new SSRCs")
    return wrong


def _room(name: str, talkers: int, effort: Effort) -> list[Row]:
    runs = [run_browsers(_PARTICIPANTS, talkers, effort.seconds) for _ in range(effort.runs)]
    # Profiling costs time itself: a run of its own.
    profiled = run_browsers(_PARTICIPANTS, talkers, effort.seconds, split=True)
    each = [run.cpu / _PARTICIPANTS for run in runs]
    own, report = middle(each), runs[-1].report
    wrong = [text for run in runs for text in wrong_in(run.report, talkers)]
    text = (
        f"{own:.5f} (loss {report['loss']:.2%}, jitter p99 {report['jitter_p99']:.1f} ms, "
        f"{'every probe hears what it should' if not wrong else 'WRONG: ' + wrong[0][:80]}; "
        f"generator {report['own_cpu']:.2f} core)"
    )
    split = profiled.split
    shares = {} if split is None else split.per_second(own)
    if shares:
        text += "; us a participant and second: " + ", ".join(
            f"{part} {seconds * 1e6:.0f}" for part, seconds in shares.items()
        )
    data = {"worker": each, "reports": [run.report for run in runs], "split": shares, "wrong": wrong}
    what = f"{name}: CPU s per participant-s, Opus and DTLS-SRTP, 1 room x {_PARTICIPANTS}"
    reached = own <= 0.0015 and not wrong and report["loss"] < 0.001
    return [
        Row(what, "<= 0.0015 (0.002)", text, reached, "", "0.0158 (plain RTP)", "0.0120 (plain RTP)", data)
    ]


def webrtc_room_50x3(effort: Effort) -> list[Row]:
    """CPU of a room of 50 browsers of which three talk."""
    return _room("webrtc-room-50x3", 3, effort)


def webrtc_room_50_all(effort: Effort) -> list[Row]:
    """CPU of a room of 50 browsers that all talk."""
    return _room("webrtc-room-50-all", _PARTICIPANTS, effort)


def webrtc_handshakes(effort: Effort) -> list[Row]:
    """Browsers that a core can take a second: ICE check, DTLS handshake, keys."""
    count = int(effort.pick(300, 1000))
    runs = [run_browsers(count, 0, 0.0) for _ in range(effort.runs)]
    rates = [count / run.handshake_cpu for run in runs]
    text = f"{middle(rates):.0f} ({count} browsers in {runs[-1].connected['seconds']:.2f} s)"
    return [Row("webrtc-handshakes: a second and core", "", text, None, data={"rates": rates})]


ROWS = (webrtc_room_50x3, webrtc_room_50_all, webrtc_handshakes)
