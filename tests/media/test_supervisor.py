"""The supervisor with a small stand-in for the worker, a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from switchroom.media.client import WorkerLost
from switchroom.media.supervisor import Supervisor, WorkerNotStarted, find_program
from switchroom.media.types import Describe, HelloResult
from tests.harness.until import LONG

STAND_IN = f"""#!{sys.executable}
import json, os, socket, sys, uuid
path = sys.argv[sys.argv.index("--socket") + 1]
assert sys.argv[sys.argv.index("--rtp-ports") + 1] == "40000-40099"
if "--die" in sys.argv:
    sys.exit(3)
server = socket.socket(socket.AF_UNIX)
server.bind(path)
server.listen()
while True:
    wire, _ = server.accept()
    for line in wire.makefile("r"):
        batch = json.loads(line)
        results = []
        for command in batch["commands"]:
            if command["op"] == "hello":
                epoch = uuid.uuid4().hex
                hello = {{"result": "hello", "version": 1, "epoch": epoch, "pid": os.getpid()}}
                if "--webrtc-port" in sys.argv:
                    hello["webrtc_port"] = int(sys.argv[sys.argv.index("--webrtc-port") + 1])
                results.append(hello)
            else:
                results.append({{"result": "ok"}})
        done = json.dumps({{"type": "done", "seq": batch["seq"], "results": results}})
        wire.sendall(done.encode() + b"\\n")
"""


class Told:
    """What the supervisor told us."""

    def __init__(self) -> None:
        self.started: list[HelloResult] = []
        self.lost = 0
        self.any_lost = asyncio.Event()
        self.started_again = asyncio.Event()

    def on_started(self, hello: HelloResult) -> None:
        self.started.append(hello)
        if len(self.started) > 1:
            self.started_again.set()

    def on_lost(self) -> None:
        self.lost += 1
        self.any_lost.set()


def supervisor(tmp_path: Path, told: Told, *arguments: str, webrtc_port: int = 0) -> Supervisor:
    program = tmp_path / "stand-in"
    program.write_text(STAND_IN)
    program.chmod(0o755)
    return Supervisor(
        tmp_path / "socket",
        (40000, 40099),
        on_event=lambda event: None,
        on_lost=told.on_lost,
        on_started=told.on_started,
        webrtc_port=webrtc_port,
        program=program,
        arguments=arguments,
    )


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def running(tmp_path: Path, told: Told) -> AsyncIterator[Supervisor]:
    supervised = supervisor(tmp_path, told)
    await supervised.start()
    yield supervised
    await supervised.stop()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_the_worker_runs_in_its_own_process_group_and_ends_with_stop(
    running: Supervisor, told: Told
) -> None:
    pid = told.started[0].pid
    assert os.getpgid(pid) == pid
    assert len(await running.client.call(Describe())) == 1
    await running.stop()
    assert not alive(pid)
    assert told.lost == 0


@pytest.mark.parametrize("port", [0, 41000])
async def test_the_worker_is_told_the_port_of_browsers_if_there_is_one(
    tmp_path: Path, told: Told, port: int
) -> None:
    supervised = supervisor(tmp_path, told, webrtc_port=port)
    assert (await supervised.start()).webrtc_port == port
    await supervised.stop()


async def test_a_worker_that_dies_is_started_again_within_a_second(
    running: Supervisor, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused: list[float] = []
    sleep = asyncio.sleep

    async def pause(seconds: float) -> None:
        paused.append(seconds)
        await sleep(seconds)

    monkeypatch.setattr(asyncio, "sleep", pause)
    os.kill(told.started[0].pid, signal.SIGKILL)
    async with asyncio.timeout(LONG):
        await told.started_again.wait()
    assert told.lost == 1
    looks = 0.01
    assert sum(seconds for seconds in paused if seconds > looks) <= 0.5, "the rest is for its start"
    assert told.started[1].epoch != told.started[0].epoch
    assert len(await running.client.call(Describe())) == 1
    assert running.restarts == 1


async def test_calls_meanwhile_fail_at_once(running: Supervisor, told: Told) -> None:
    os.kill(told.started[0].pid, signal.SIGKILL)
    async with asyncio.timeout(LONG):
        await told.any_lost.wait()
    with pytest.raises(WorkerLost):
        await running.client.call(Describe())


async def test_a_worker_left_by_a_killed_server_is_ended(tmp_path: Path, told: Told) -> None:
    first = supervisor(tmp_path, told)
    await first.start()
    orphan = first._process
    assert orphan is not None
    assert first._task is not None
    first._task.cancel()
    first.client.close()
    second = supervisor(tmp_path, told)
    await second.start()
    await orphan.wait()
    assert told.started[1].pid != told.started[0].pid
    await second.stop()


async def test_a_worker_that_ends_at_once_is_an_error_with_its_status(tmp_path: Path, told: Told) -> None:
    with pytest.raises(WorkerNotStarted, match="status 3"):
        await supervisor(tmp_path, told, "--die").start()


async def test_a_program_that_can_not_be_run_is_an_error(tmp_path: Path, told: Told) -> None:
    supervised = supervisor(tmp_path, told)
    (tmp_path / "stand-in").chmod(0o644)
    with pytest.raises(WorkerNotStarted, match="can not be run"):
        await supervised.start()


def test_the_program_named_in_the_environment_comes_first(tmp_path: Path) -> None:
    assert find_program({"SWITCHROOM_MEDIA": "/somewhere/else"}) == Path("/somewhere/else")
    program = tmp_path / "switchroom-media"
    program.write_text("")
    program.chmod(0o755)
    found = find_program({"PATH": str(tmp_path)})
    assert found is not None
    assert found.name == "switchroom-media"
