"""The rows of the table that need only the media worker, driven directly over its control socket."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from tests.harness.ports import free_range
from tests.harness.worker import Worker, running_worker

from bench.measure import Effort, Load, middle, resident_bytes, run_load, yardstick
from bench.table import Row
from switchroom.media.types import (
    Codec,
    Command,
    Connect,
    GetStats,
    LegId,
    LegMedia,
    OpenLeg,
    OpenRoom,
    RoomId,
    TelephoneEvent,
    ToLeg,
    ToRoom,
)

_LOOPBACK = "127.0.0.1"
_WARMUP = 1.5
G711 = Codec(name="PCMU", send_payload_type=0, receive_payload_type=0)
_OPUS = Codec(name="opus", send_payload_type=96, receive_payload_type=96)
_EVENT = TelephoneEvent(send_payload_type=101, receive_payload_type=101)
# A 20 ms Opus packet of silence (TOC byte of CELT, full band, and a frame of digital silence; RFC 6716 §3.1).
_OPUS_SILENCE = "f8fffe"


@dataclass(slots=True)
class Setup:
    """Legs opened in a worker and the generator's side of each."""

    worker: Worker
    legs: list[dict[str, Any]] = field(default_factory=list)
    names: list[LegId] = field(default_factory=list)

    def add(
        self,
        count: int,
        room: int,
        *,
        talkers: int = 0,
        codec: Codec = G711,
        pairs: bool = False,
        speech: str = "",
        inside: bool = True,
        events: bool = False,
        **terms: Any,
    ) -> None:
        """Open `count` legs in (or, not `inside`, before) room number `room` on these terms, or connect them
        two by two; the first `talkers` talk: chirps, or `speech` of a codec. Telephone-events are agreed with
        `events`; otherwise the worker listens for tones."""
        base = free_range(2 * count)
        first = len(self.names)
        opus = codec.name == "opus"
        commands: list[Command] = []
        for i in range(count):
            name = LegId(f"leg-{room}-{first + i}")
            event = _EVENT if events else None
            media = LegMedia(remote=f"{_LOOPBACK}:{base + 2 * i}", codec=codec, telephone_event=event)
            commands.append(OpenLeg(leg=name, bind=_LOOPBACK, media=media))
            self.names.append(name)
        ports: list[int] = []
        for begin in range(0, count, 200):
            ports += [opened.port for opened in self.worker.opened(*commands[begin : begin + 200])]
        for i, port in enumerate(ports):
            leg: dict[str, Any] = {
                "local": base + 2 * i,
                "remote": f"{_LOOPBACK}:{port}",
                "room": room,
                "talks": i < talkers,
            }
            if speech:
                leg |= {"speech": speech, "payload_type": codec.send_payload_type}
            if opus:
                leg |= {"payload": _OPUS_SILENCE, "payload_type": 96, "step": 960}
            self.legs.append(leg)
        if inside:
            self._connect(self.names[first:], room, pairs, terms)
        else:
            self.worker.call(OpenRoom(room=RoomId(f"room-{room}")))

    def _connect(self, names: Sequence[LegId], room: int, pairs: bool, terms: dict[str, Any]) -> None:
        if pairs:
            for i in range(0, len(names), 2):
                self.worker.call(Connect(leg=names[i], to=ToLeg(leg=names[i + 1])))
            return
        to = ToRoom(room=RoomId(f"room-{room}"), **terms)
        self.worker.call(OpenRoom(room=to.room))
        for begin in range(0, len(names), 200):
            self.worker.call(*(Connect(leg=name, to=to) for name in names[begin : begin + 200]))

    def run(self, seconds: float, **more: Any) -> tuple[float, dict[str, Any]]:
        """CPU seconds of the worker a wall clock second, and the generator's report."""
        scenario = {"duration": seconds, "warmup": _WARMUP, "legs": self.legs} | more
        return run_load(scenario, lambda: [self.worker.pid])


@contextlib.contextmanager
def setup_worker() -> Iterator[Setup]:
    """A worker for phones."""
    with running_worker(30000, 39999) as worker:
        yield Setup(worker)


def rooms_of(
    count: int, size: int, talkers: int, effort: Effort, *, events: bool = False
) -> tuple[float, dict[str, Any]]:
    """Rooms of G.711 phones: CPU seconds a second, and the report."""
    with setup_worker() as setup:
        for room in range(count):
            setup.add(size, room, talkers=talkers, events=events)
        return setup.run(effort.seconds)


def yardstick_cost(
    command: str, count: int, effort: Effort, *arguments: str, talkers: int = 3, rooms: int = 1
) -> float:
    """CPU seconds a leg and second of a yardstick that moves the same packets."""
    base, local = free_range(count), free_range(count)
    size = count // rooms
    legs = [
        {
            "local": local + i,
            "remote": f"{_LOOPBACK}:{base + i}",
            "room": i // size,
            "talks": i % size < talkers,
        }
        for i in range(count)
    ]
    scenario = {"duration": effort.seconds, "warmup": _WARMUP, "legs": legs}
    with yardstick(command, "--base", str(base), "--count", str(count), *arguments) as pid:
        cpu, report = run_load(scenario, lambda: [pid])
    if report["loss"] > 0.01:
        raise RuntimeError(f"the yardstick {command} lost {report['loss']:.1%}: the machine is too busy")
    return cpu / count


def clean(report: dict[str, Any]) -> str:
    """Loss and jitter in words, and whether they are to be believed."""
    late = report["own_lateness_p99"]
    busy = f", GENERATOR LATE by {late:.0f} ms: machine busy" if late > 3 else ""
    return f"loss {report['loss']:.2%}, jitter p99 {report['jitter_p99']:.1f} ms{busy}"


def room_of_400(effort: Effort) -> list[Row]:
    """CPU of one room of 400, and the yardsticks in the same run."""
    floors, ideals, ours, reports = [], [], [], []
    for _ in range(effort.runs):
        floors.append(yardstick_cost("packet-floor", 400, effort))
        ideals.append(yardstick_cost("ideal-mixer", 400, effort))
        cpu, report = rooms_of(1, 400, 3, effort)
        ours.append(cpu / 400)
        reports.append(report)
    floor, ideal, own = middle(floors), middle(ideals), middle(ours)
    ratio = own / ideal
    data = {"packet_floor": floors, "ideal_mixer": ideals, "worker": ours, "reports": reports}
    what = "CPU s per participant-s, 1 room x 400, 3 talkers"
    return [
        Row("yardstick: bare epoll echo, 400", "0.00031", f"{floor:.5f}", None),
        Row("yardstick: ideal mixer, 1 x 400", "0.00024", f"{ideal:.5f}", None),
        Row(
            what,
            "<= 1.9 x ideal (0.00045)",
            f"{own:.5f} ({clean(reports[-1])}; generator {reports[-1]['own_cpu']:.2f} core)",
            ratio <= 1.9 and reports[-1]["loss"] < 0.001,
            f"{ratio:.2f} x ideal",
            "0.00225",
            "0.00177",
            data,
        ),
    ]


def rooms_of_10(effort: Effort) -> list[Row]:
    """CPU of ten rooms of ten."""
    ours, reports = [], []
    for _ in range(effort.runs):
        cpu, report = rooms_of(10, 10, 3, effort)
        ours.append(cpu / 100)
        reports.append(report)
    ideal = yardstick_cost("ideal-mixer", 100, effort, "--rooms", "10", rooms=10)
    own = middle(ours)
    text = f"{own:.5f} ({clean(reports[-1])})"
    reached = own <= 0.0005 and reports[-1]["loss"] < 0.001
    data = {"worker": ours, "ideal_mixer": ideal, "reports": reports}
    what = "the same, 10 rooms x 10, 3 talkers each"
    return [Row(what, "<= 0.0005", text, reached, f"{own / ideal:.2f} x ideal", "0.0023", "0.0022", data)]


def all_talking(effort: Effort) -> list[Row]:
    """CPU of a room of 200 that all talk."""
    ours, reports = [], []
    for _ in range(effort.runs):
        cpu, report = rooms_of(1, 200, 200, effort)
        ours.append(cpu / 200)
        reports.append(report)
    own = middle(ours)
    text = f"{own:.5f} ({clean(reports[-1])})"
    reached = own <= 0.0008 and reports[-1]["loss"] < 0.001
    data = {"worker": ours, "reports": reports}
    what = "the same, 1 room x 200, all talking"
    return [Row(what, "<= 0.0008", text, reached, "", "0.0021", "0.0018", data)]


def largest_room(effort: Effort) -> list[Row]:
    """Largest single room without loss."""
    best = 0
    tried: dict[int, dict[str, Any]] = {}
    for size in (1500, 2000, 2500, 3000) if effort.full else (1500,):
        cpu, report = rooms_of(1, size, 3, effort)
        tried[size] = {"cpu": cpu, "report": report}
        if report["loss"] >= 0.001 or report["jitter_p99"] >= 10 or report["deaf_legs"]:
            break
        best = size
    if not best:
        for size in (1200, 1000, 800, 600, 400):
            cpu, report = rooms_of(1, size, 3, effort)
            tried[size] = {"cpu": cpu, "report": report}
            if report["loss"] < 0.001 and report["jitter_p99"] < 10:
                best = size
                break
    last = tried[best] if best else list(tried.values())[-1]
    text = f"{best or '< 400'} ({clean(last['report'])}, {last['cpu']:.2f} core)"
    what = "largest single room, loss < 0.1 %, p99 jitter < 10 ms"
    return [Row(what, ">= 1500", text, best >= 1500, "", "400", ">= 400", {"tried": tried})]


def mouth_to_ear(effort: Effort) -> list[Row]:
    """Delay on a clean path, 24 senders taking turns, three at a time."""
    rows = []
    for people, p50, p95, asterisk, janus in ((100, 20, 35, "11 / 21", "110 / 125"), (400, 30, 45, "", "")):
        with setup_worker() as setup:
            setup.add(people, 0, talkers=24)
            for probe in range(24, 30):
                setup.legs[probe]["probe"] = True
            analyse = {"window_ms": 100, "step_ms": 100, "max_lag_ms": 300, "threshold": 0.3}
            _, report = setup.run(effort.pick(12, 36), spell_ms=1500, analyse=analyse)
        delay, heard = report["heard"]["delay"], report["heard"]
        counts = f"{heard['senders']} senders, {heard['found']} stretches"
        text = f"{delay['p50']:.1f} / {delay['p95']:.1f} ms ({counts})"
        enough = heard["senders"] >= 20 and heard["found"] > 0.8 * heard["windows"]
        reached = enough and delay["p50"] <= p50 and delay["p95"] <= p95
        what = f"mouth to ear, clean path, p50 / p95, {people} people"
        rows.append(Row(what, f"<= {p50} / {p95} ms", text, reached, "", asterisk, janus, {"report": report}))
    return rows


def _pairs_of_rooms(setup: Setup, count: int) -> None:
    """Rooms of two: one talks, one listens."""
    for room in range(count):
        setup.add(2, room, talkers=1)
        setup.legs[-1]["probe"] = True


def _by_probe(report: dict[str, Any]) -> dict[int, list[tuple[float, float]]]:
    tracks: dict[int, list[tuple[float, float]]] = {}
    for second, delay, port in report["heard"].get("track", []):
        tracks.setdefault(port, []).append((second, delay))
    return tracks


def _between(track: list[tuple[float, float]], begin: float, end: float) -> float | None:
    some = [delay for second, delay in track if begin <= second < end]
    return median(some) if some else None


def stalls(effort: Effort) -> list[Row]:
    """Delay after 200 ms in which the path held the packets, or the worker was stopped."""
    rows = []
    for kind in ("path", "worker"):
        with setup_worker() as setup:
            _pairs_of_rooms(setup, 20)
            stall = {"kind": kind, "at": 3.0, "ms": 200.0, "pid": setup.worker.pid}
            analyse = {"window_ms": 60, "step_ms": 100, "max_lag_ms": 600, "threshold": 0.5, "track": True}
            _, report = setup.run(7.0, stall=stall, analyse=analyse)
        worst, missing = 0.0, 0
        for track in _by_probe(report).values():
            before, after = _between(track, 1.0, 2.9), _between(track, 5.2, 6.8)
            if before is None or after is None:
                missing += 1
            else:
                worst = max(worst, abs(after - before))
        heard = len(_by_probe(report))
        text = f"2 s later {worst:.1f} ms off at worst ({heard} senders)"
        reached = heard >= 20 and not missing and worst <= 5
        what = f"after a stall of 200 ms ({kind}), delay within 5 ms of before"
        rows.append(Row(what, "2 s", text, reached, "", "stays 30-65 ms higher", "", {"report": report}))
    return rows


def jitter_and_clock(effort: Effort) -> list[Row]:
    """Two scenarios at the same time in one worker: jittery paths, and senders whose clocks are off."""
    seconds = effort.pick(60, 300)
    with setup_worker() as setup:
        _pairs_of_rooms(setup, 20)
        jitter_legs, setup.legs = setup.legs, []
        jitter_names, setup.names = setup.names, []
        for room in range(20):
            setup.add(2, 100 + room, talkers=1)
            setup.legs[-1]["probe"] = True
            setup.legs[-2]["ppm"] = 200.0 if room % 2 else -200.0
        analyse = {"window_ms": 60, "step_ms": 120, "max_lag_ms": 400, "threshold": 0.5, "frames": True}
        jittery = {
            "duration": seconds,
            "warmup": 3.0,
            "legs": jitter_legs,
            "jitter": {"max_ms": 60.0, "loss": 0.02},
            "analyse": analyse,
        }
        load = Load("rtp", scenario=jittery)
        track = {"window_ms": 60, "step_ms": 250, "max_lag_ms": 400, "threshold": 0.5, "track": True}
        _, clock = setup.run(effort.pick(60, 600), analyse=track)
        report = load.result()
        stats = setup.worker.stats(*(GetStats(leg=name) for name in jitter_names[::2]))
    return [_jitter_row(report, [s.frames_concealed for s in stats], seconds), _clock_row(clock, effort)]


def _moments_of_all(silences: list[tuple[float, int]]) -> int:
    """How often several rooms fell silent at once: no path was the reason, the worker did not run."""
    rooms: dict[int, set[int]] = {}
    for second, port in silences:
        rooms.setdefault(round(second * 20), set()).add(port)
    return sum(len(ports) >= 3 for ports in rooms.values())


def _jitter_row(report: dict[str, Any], concealed: list[int], seconds: float) -> Row:
    frames, delay = report["heard"]["frames"], report["heard"]["delay"]
    share = sum(concealed) / (len(concealed) * (seconds + 3) * 50)
    text = (
        f"{share:.1%} concealed, {frames['silences_over_20ms']} silences "
        f"(longest {frames['longest_silence_ms']:.0f} ms; "
        f"{_moments_of_all(frames['silences'])} moments in all rooms at once: worker not run), "
        f"p95 {delay['p95']:.0f} ms ({seconds:.0f} s)"
    )
    reached = share <= 0.04 and frames["silences_over_20ms"] == 0 and delay["p95"] <= 90
    what = "packets delayed uniformly 0 to 60 ms, 2 % lost"
    target = "<= 4 % concealed, no silence > 20 ms, p95 <= 90 ms"
    return Row(what, target, text, reached, "", "", "", {"report": report, "frames_concealed": concealed})


def _clock_row(report: dict[str, Any], effort: Effort) -> Row:
    worst = 0.0
    tracks = _by_probe(report)
    seconds = effort.pick(60, 600)
    for track in tracks.values():
        start = _between(track, 0.0, 5.0)
        for begin in range(5, int(seconds), 2):
            now = _between(track, begin, begin + 2)
            if start is not None and now is not None:
                worst = max(worst, abs(now - start))
    text = f"{worst:.1f} ms at worst ({len(tracks)} senders, {seconds:.0f} s)"
    what = "sender 200 ppm fast or slow, change of delay"
    return Row(what, "<= 20 ms", text, len(tracks) >= 20 and worst <= 20, data={"report": report})


def two_party(effort: Effort) -> list[Row]:
    """CPU of relayed calls, and the relay floor."""
    calls = 100
    floors, ours, reports = [], [], []
    for _ in range(effort.runs):
        floors.append(2 * yardstick_cost("relay-floor", 2 * calls, effort, talkers=2 * calls))
        with setup_worker() as setup:
            setup.add(2 * calls, 0, talkers=2 * calls, pairs=True)
            cpu, report = setup.run(effort.seconds)
        ours.append(cpu / calls)
        reports.append(report)
    floor, own = middle(floors), middle(ours)
    text = f"{own:.5f} ({clean(reports[-1])})"
    reached = own <= 1.4 * floor and reports[-1]["loss"] < 0.001
    data = {"relay_floor": floors, "worker": ours, "reports": reports}
    return [
        Row("yardstick: relay floor, CPU s per call-s", "", f"{floor:.5f}", None),
        Row(
            "two-party G.711 call, CPU s per call-s",
            "<= 1.4 x relay floor (0.0008)",
            text,
            reached,
            f"{own / floor:.2f} x floor",
            "0.0025",
            "",
            data,
        ),
    ]


def memory_of_legs(effort: Effort) -> list[Row]:
    """Memory of a participant in a room, G.711 and Opus, packets flowing."""
    rows = []
    for name, codec, count, limit in (("G.711", G711, 400, 60_000), ("Opus", _OPUS, 200, 200_000)):
        with setup_worker() as setup:
            empty = resident_bytes([setup.worker.pid])
            setup.add(count, 0, talkers=3 if name == "G.711" else 0, codec=codec)
            load = Load("rtp", scenario={"duration": 4.0, "warmup": 1.0, "legs": setup.legs})
            report = load.result()
            each = (resident_bytes([setup.worker.pid]) - empty) / count
        text = f"{each / 1000:.1f} kB ({count} legs, {clean(report)})"
        what = f"memory per {name} participant (media worker)"
        reached = each <= limit and report["deaf_legs"] == 0
        data = {"bytes": each, "empty_worker": empty}
        rows.append(Row(what, f"<= {limit // 1000} kB", text, reached, data=data))
    return rows


ROWS = (
    room_of_400,
    rooms_of_10,
    all_talking,
    largest_room,
    mouth_to_ear,
    stalls,
    jitter_and_clock,
    two_party,
    memory_of_legs,
)
