"""The rows of the table that need the whole server: calls a second, overload, latency under load, memory."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.harness.binaries import need
from tests.harness.server import Server, ServerError

from bench.measure import Effort, Load, cpu_seconds, middle, resident_bytes
from bench.table import Row
from switchroom.directory import Conference, ConferenceId, ConferenceServer
from switchroom.store import Store

_ROOMS = 20
_USERS = 100


@dataclass(frozen=True, slots=True)
class Site:
    """A running server with people and rooms enough for load."""

    server: Server
    callers: list[str]
    """"user:secret" of each."""
    rooms: list[str]

    @property
    def target(self) -> str:
        """Where SIP goes."""
        return f"127.0.0.1:{self.server.sip_port}"

    def processes(self) -> list[int]:
        """Control side and media worker."""
        return self.server.processes()


def _add(server: Server, users: Sequence[str], rooms: Sequence[str]) -> list[str]:
    """Add users and conferences to the draft; "user:secret" of each user."""
    made = []
    for extension in users:
        saved = server.api("POST", "/api/users", {"extension": extension, "name": f"Load {extension}"})
        made.append(f"{saved['secret']['username']}:{saved['secret']['secret']}")
    for extension in rooms:
        room = {"extension": extension, "name": f"Load {extension}", "tones": False}
        server.api("POST", "/api/conferences", room)
    return made


def _apply(server: Server) -> None:
    base = server.api("GET", "/api/configuration")["base_revision"]
    server.api("POST", "/api/configuration/apply", {"base_revision": base})


@contextlib.contextmanager
def _site(*, trusted: bool = False) -> Iterator[Site]:
    """A fresh server with load users; `trusted` believes requests from 127.0.0.1 without digest."""
    with tempfile.TemporaryDirectory(prefix="switchroom-bench-") as folder:
        server = Server(Path(folder), rtp_ports=6000)
        if trusted:
            with (Path(folder) / "switchroom.toml").open("a") as settings:
                settings.write('\ntrusted_networks = ["127.0.0.1/32"]\n')
        try:
            server.start(within=40)
            rooms = [str(8100 + number) for number in range(_ROOMS)]
            callers = _add(server, [str(300 + number) for number in range(_USERS)], rooms)
            _apply(server)
            yield Site(server, callers, rooms)
        finally:
            server.close()


def _calls(
    site: Site, rate: float, seconds: float, *, digest: bool, to: Sequence[str], hold: int = 500
) -> dict[str, Any]:
    """Calls at a rate; the generator's report and the CPU seconds of the server an answered call."""
    callers = site.callers if digest else [caller.split(":")[0] for caller in site.callers]
    pids = site.processes()
    before = cpu_seconds(pids)
    arguments = [
        "--target",
        site.target,
        "--rate",
        str(rate),
        "--duration",
        str(seconds),
        "--hold",
        str(hold),
    ]
    arguments += ["--to", ",".join(to), "--users", ",".join(callers)]
    report = Load("sip-uac", arguments).result()
    report["cpu_per_call"] = (cpu_seconds(pids) - before) / max(report["answered"], 1)
    return report


def _sum(report: dict[str, Any]) -> str:
    failed = ", ".join(f"{count} x {status}" for status, count in report["failed"].items())
    setup = report["setup_ms"]
    return (
        f"{report['answered_per_second']:.0f}/s answered, {report['cpu_per_call'] * 1000:.2f} ms"
        f" (set-up p50 {setup['p50']:.0f}, p99 {setup['p99']:.0f} ms; failed: {failed or 'none'}"
        f"{', timed out ' + str(report['timed_out']) if report['timed_out'] else ''})"
    )


def _without_failure(report: dict[str, Any]) -> bool:
    return bool(report["completed"] == report["attempted"])


def _rate_row(
    site: Site, effort: Effort, what: str, rate: float, limit_ms: float, *, digest: bool, to: Sequence[str]
) -> tuple[Row, float]:
    """A row of calls a second, and the rate that was reached."""
    reports = [_calls(site, rate, effort.seconds, digest=digest, to=to) for _ in range(effort.runs)]
    cpu = middle([report["cpu_per_call"] for report in reports])
    last = reports[-1]
    sustained = rate
    while not _without_failure(last) and sustained > 20:
        sustained = round(sustained * 0.7)
        time.sleep(1)
        last = _calls(site, sustained, 4, digest=digest, to=to)
        reports.append(last)
    text = _sum(reports[0]) + (
        "" if sustained == rate else f"; without failure {sustained:.0f}/s: {_sum(last)}"
    )
    reached = sustained == rate and cpu * 1000 <= limit_ms
    asterisk = "850; 1.6 ms" if not digest else ""
    row = Row(what, f">= {rate:.0f}; <= {limit_ms} ms", text, reached, "", asterisk, "", {"reports": reports})
    return row, sustained


def calls_per_second(effort: Effort) -> list[Row]:
    """Calls into conferences: believed by network, with digest, and at twice the rate."""
    rows = []
    try:
        with _site(trusted=True) as site:
            what = "answered calls/s without failure; CPU per call"
            row, rate = _rate_row(site, effort, what, 500, 1.5, digest=False, to=site.rooms)
            rows += [row, _overload(site, effort, rate, digest=False)]
    except ServerError as error:
        what = "answered calls/s without digest"
        rows.append(Row(what, ">= 500; <= 1.5 ms", f"not measured: {str(error)[-150:]}", None))
    with _site() as site:
        row, rate = _rate_row(site, effort, "the same with digest", 300, 2.2, digest=True, to=site.rooms)
        rows += [row, _overload(site, effort, rate, digest=True)]
    return rows


def _overload(site: Site, effort: Effort, rate: float, *, digest: bool) -> Row:
    time.sleep(2)
    report = _calls(site, 2 * rate, effort.seconds, digest=digest, to=site.rooms)
    goodput = report["completed"] / report["seconds"] / rate
    text = f"goodput {goodput:.0%} of {rate:.0f}/s; {_sum(report)}"
    only_503 = set(report["failed"]) <= {"503"} and not report["no_retry_after"]
    reached = goodput >= 0.8 and only_503 and not report["timed_out"]
    what = f"at twice that rate ({2 * rate:.0f}/s{', digest' if digest else ''})"
    target = "503 with Retry-After, goodput >= 80 %"
    return Row(what, target, text, reached, "", "1,300/s: 51 % fail", "", {"report": report})


def phone_to_phone(effort: Effort) -> list[Row]:
    """Calls that ring a registered phone, which answers at once."""
    with _site() as site:
        callees, callers = site.callers[:50], site.callers[50:]
        phones = subprocess.Popen(
            [str(need("switchroom-load")), "sip-uas", "--target", site.target, "--users", ",".join(callees)],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert phones.stdout is not None
            if phones.stdout.readline().strip() != "ready":
                raise RuntimeError("the phones could not register")
            half = Site(site.server, callers, [caller.split(":")[0] for caller in callees])
            what = "phone to phone (digest), calls/s; CPU per call"
            row, _ = _rate_row(half, effort, what, 200, 3.5, digest=True, to=half.rooms)
        finally:
            phones.send_signal(signal.SIGTERM)
            phones.wait(10)
    return [row]


def _ask(
    port: int, token: str, paths: Sequence[str], rate: float, stop: threading.Event, times: list[float]
) -> None:
    """API requests at a rate until told to stop."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": f"Bearer {token}"}
    due = time.monotonic()
    for number in range(1_000_000):
        if stop.is_set():
            break
        begin = time.monotonic()
        connection.request("GET", paths[number % len(paths)], headers=headers)
        connection.getresponse().read()
        times.append(time.monotonic() - begin)
        due += 1 / rate
        time.sleep(max(0.0, due - time.monotonic()))
    connection.close()


def _fill_records(data: Path, count: int) -> None:
    """Multiply one call record of the database."""
    with contextlib.closing(sqlite3.connect(data / "switchroom.db", timeout=30)) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(call_records)")]
        chosen = ", ".join("id || '-' || n" if column == "id" else column for column in columns)
        database.execute(
            f"WITH RECURSIVE counter(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < {count}) "
            f"INSERT INTO call_records ({', '.join(columns)}) "
            f"SELECT {chosen} FROM counter, (SELECT * FROM call_records LIMIT 1)"
        )
        database.commit()


def latency_under_load(effort: Effort) -> list[Row]:
    """OPTIONS answered while calls, API requests, an apply and an export go on."""
    with _site() as site:
        server = site.server
        _calls(site, 5, 1, digest=True, to=site.rooms)
        time.sleep(1)
        _fill_records(server.data, 100_000)
        extensions = [str(20_000 + number) for number in range(1000)]
        _add(server, extensions, [])
        standing = Load(
            "sip-uac", [*_load_arguments(site), "--rate", "50", "--count", "100", "--hold", "600000"]
        )
        time.sleep(3)
        seconds = effort.pick(12, 30)
        stop, times = threading.Event(), list[float]()
        paths = ["/api/registrations", "/api/calls", "/api/rooms", "/api/users"]
        token = server.token()
        asking = threading.Thread(target=_ask, args=(server.http_port, token, paths, 100, stop, times))
        asking.start()
        asked_from = time.monotonic()
        calls = Load(
            "sip-uac", [*_load_arguments(site), "--rate", "20", "--duration", str(seconds), "--hold", "500"]
        )
        probe = Load("sip-options", ["--target", site.target, "--rate", "25", "--duration", str(seconds)])
        time.sleep(3)
        begin = time.monotonic()
        _apply(server)
        applied = time.monotonic() - begin
        size = _export(server, token)
        report, called = probe.result(), calls.result()
        stop.set()
        asking.join()
        asked_for = time.monotonic() - asked_from
        standing.process.send_signal(signal.SIGTERM)
        standing.process.wait(30)
    times_ms = report["times_ms"]
    asked = sorted(times)
    text = (
        f"p50 {times_ms['p50']:.1f}, p99 {times_ms['p99']:.1f}, max {times_ms['max']:.0f} ms, "
        f"{report['unanswered']} unanswered (apply {applied:.1f} s, CSV {size / 1e6:.0f} MB, "
        f"API {len(asked) / asked_for:.0f}/s p99 {1000 * asked[int(len(asked) * 0.99)]:.0f} ms, "
        f"calls {called['completed']}/{called['attempted']})"
    )
    reached = times_ms["p99"] <= 10 and times_ms["max"] <= 50 and not report["unanswered"]
    what = "OPTIONS during 100 calls, 20 calls/s, 100 API requests/s, apply of 1,000, CSV of 100,000"
    data = {"options": report, "calls": called, "apply_seconds": applied, "csv_bytes": size}
    return [Row(what, "p99 <= 10 ms, max 50 ms", text, reached, data=data)]


_API_PATHS = (
    "/api/session", "/api/registrations", "/api/calls", "/api/rooms", "/api/users", "/api/conferences",
    "/api/configuration", "/api/call-records", "/api/phone/people?q=load", "/api/audit",
)  # fmt: skip


def api_latency(effort: Effort) -> list[Row]:
    """100 requests a second of what the console's pages ask for, while 100 calls run."""
    with _site() as site:
        standing = Load(
            "sip-uac", [*_load_arguments(site), "--rate", "50", "--count", "100", "--hold", "600000"]
        )
        time.sleep(4)
        token, times, stop = site.server.token(), list[float](), threading.Event()
        asking = threading.Thread(
            target=_ask, args=(site.server.http_port, token, _API_PATHS, 100, stop, times)
        )
        asking.start()
        time.sleep(effort.pick(10, 30))
        stop.set()
        asking.join()
        calls = len(site.server.api("GET", "/api/calls"))
        standing.process.send_signal(signal.SIGTERM)
        standing.process.wait(30)
    asked = sorted(1000 * each for each in times)
    p50, p95, p99 = (asked[int(len(asked) * share)] for share in (0.5, 0.95, 0.99))
    text = f"p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f} ms ({len(asked)} requests, {calls} calls)"
    what = "API, 100 requests/s of ten kinds over one connection, while 100 calls run"
    return [Row(what, "p95 <= 20 ms", text, p95 <= 20 and calls >= 100, data={"p95": p95})]


def _load_arguments(site: Site) -> list[str]:
    return ["--target", site.target, "--users", ",".join(site.callers), "--to", ",".join(site.rooms)]


def _export(server: Server, token: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=120)
    connection.request("GET", "/api/call-records.csv", headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    size = 0
    while part := answer.read(1 << 16):
        size += len(part)
    connection.close()
    return size


def memory_of_the_server(effort: Effort) -> list[Row]:
    """All processes of a server that has started and serves nobody."""
    with _site() as site:
        time.sleep(2)
        pids = site.processes()
        size = resident_bytes(pids)
        each = {pid: resident_bytes([pid]) for pid in pids}
    text = f"{size / 1e6:.0f} MB ({', '.join(f'{part / 1e6:.0f}' for part in each.values())})"
    return [
        Row("memory, idle server (all processes)", "<= 150 MB", text, size <= 150e6, data={"bytes": size})
    ]


async def _configure_rooms(data: Path, count: int) -> None:
    """A conference server with so many rooms, each with an extension, a conference ID and a code."""
    store = await Store.open(str(data / "switchroom.db"), data / "secret.key")
    try:
        rooms = [
            Conference(
                ConferenceId(f"conference-{number:012x}"),
                f"Room {number}",
                str(30_000 + number),
                access_code=str(100_000 + number),
                dial_in_id=str(500_000 + number),
                max_participants=10,
            )
            for number in range(count)
        ]
        server = ConferenceServer("8000", max_rooms=max(count, 1))
        await store.configuration.save(server, "bench", *rooms)
        await store.configuration.apply(1, "bench")
    finally:
        await store.close()


def configured_rooms(effort: Effort) -> list[Row]:
    """What 5,000 rooms that nobody uses cost a server that has started: memory, and CPU while idle."""
    sizes: dict[int, float] = {}
    idle: dict[int, float] = {}
    for count in (0, 5000):
        with tempfile.TemporaryDirectory(prefix="switchroom-bench-") as folder:
            server = Server(Path(folder))
            try:
                asyncio.run(_configure_rooms(Path(folder), count))
                server.start(within=60)
                time.sleep(4)
                pids = server.processes()
                before = cpu_seconds(pids)
                time.sleep(effort.pick(10, 30))
                idle[count] = (cpu_seconds(pids) - before) / effort.pick(10, 30)
                sizes[count] = resident_bytes(pids)
            finally:
                server.close()
    more, busier = sizes[5000] - sizes[0], idle[5000] - idle[0]
    text = f"{more / 1e6:.1f} MB, {max(busier, 0):.2%} of a CPU more than without ({idle[0]:.2%})"
    what = "5,000 configured rooms that nobody uses: memory; CPU"
    reached = more <= 10e6 and busier <= 0.01
    return [Row(what, "<= 10 MB; none", text, reached, data={"bytes": sizes, "cpu": idle})]


def rooms_through_sip(effort: Effort) -> list[Row]:
    """One room of 400 whose calls came by SIP: CPU of all processes."""
    with _site() as site:
        port = 12_000
        arguments = [
            *_load_arguments(site),
            "--rate",
            "100",
            "--count",
            "400",
            "--hold",
            "600000",
            "--announce",
        ]
        arguments[arguments.index("--to") + 1] = site.rooms[0]
        calls = Load("sip-uac", [*arguments, "--rtp-base", str(port)])
        assert calls.process.stdout is not None
        legs = json.loads(calls.process.stdout.readline())["legs"]
        for number, leg in enumerate(legs):
            leg.pop("to")
            leg["talks"] = number < 3
        load = Load("rtp", scenario={"duration": effort.seconds, "warmup": 2.0, "legs": legs})
        time.sleep(2.5)
        pids = site.processes()
        before, begin = cpu_seconds(pids), time.monotonic()
        time.sleep(effort.seconds - 1)
        each = (cpu_seconds(pids) - before) / (time.monotonic() - begin) / len(legs)
        report = load.result()
        calls.process.send_signal(signal.SIGTERM)
        calls.process.wait(60)
    text = (
        f"{each:.5f} ({len(legs)} calls, loss {report['loss']:.2%}, jitter p99 {report['jitter_p99']:.1f} ms)"
    )
    what = "the whole server, 400 calls by SIP in one room"
    reached = len(legs) == 400 and report["loss"] < 0.001
    return [Row(what, "loss < 0.1 %", text, reached, data={"report": report, "cpu": each})]


ROWS = (
    memory_of_the_server,
    configured_rooms,
    rooms_through_sip,
    calls_per_second,
    phone_to_phone,
    latency_under_load,
    api_latency,
)
