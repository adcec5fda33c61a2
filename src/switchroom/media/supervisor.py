"""Keeps one media worker running: finds the program, starts it, watches it, starts it again when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import socket
import struct
import sys
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from switchroom.media.client import WorkerClient, WorkerLost
from switchroom.media.types import HelloResult, WorkerEvent

PROGRAM: Final = "switchroom-media"
FIRST_DELAY: Final = 0.05
LONGEST_DELAY: Final = 10.0
STEADY: Final = 10.0
"""A worker that lived so many seconds is started again at once; one that died sooner, ever later."""

_log = logging.getLogger("switchroom.media.supervisor")


class WorkerNotStarted(Exception):
    """The worker could not be started; the sentence says why and what to do."""


def find_program(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Find the worker: $SWITCHROOM_MEDIA, beside the interpreter, on the PATH, in the build directories."""
    named = environment.get("SWITCHROOM_MEDIA")
    if named:
        return Path(named)
    home = environment.get("HOME")
    places = [Path(sys.executable).parent / PROGRAM]
    if on_path := shutil.which(PROGRAM, path=environment.get("PATH")):
        places.append(Path(on_path))
    if home:
        places.append(Path(home) / ".cache/switchroom/target/release" / PROGRAM)
    places.append(Path(__file__).resolve().parents[3] / "target/release" / PROGRAM)
    return next((place for place in places if os.access(place, os.X_OK)), None)


class Supervisor:
    """Owns the worker's process and the client connected to it; `client` is the same across restarts.

    `on_lost` is called when a worker died or no longer answers: all its legs are gone. `on_started` is called
    with the hello of each worker, the first one's too; its epoch never repeats.
    `socket_path` must be in a directory that only this user may write to. `rtp_ports` is first and last,
    `webrtc_port` the one port of all browsers, 0 for none.
    """

    def __init__(
        self,
        socket_path: Path,
        rtp_ports: tuple[int, int],
        *,
        on_event: Callable[[WorkerEvent], None],
        on_lost: Callable[[], None],
        on_started: Callable[[HelloResult], None] = lambda hello: None,
        webrtc_port: int = 0,
        program: Path | None = None,
        arguments: tuple[str, ...] = (),
        start_timeout: float = 10.0,
    ) -> None:
        self._path = socket_path
        self._ports = rtp_ports
        self._webrtc_port = webrtc_port
        self._program = program
        self._arguments = arguments
        self._start_timeout = start_timeout
        self._notify_lost = on_lost
        self._notify_started = on_started
        self._ended = asyncio.Event()
        self._process: Process | None = None
        self._task: asyncio.Task[None] | None = None
        self.restarts = 0
        self.client = WorkerClient(on_event, self._lost)

    async def start(self) -> HelloResult:
        """Start the worker and keep it running. Raises WorkerNotStarted."""
        await _end_former_worker(self._path)
        hello = await self._launch()
        self._task = asyncio.create_task(self._watch(), name="media-supervisor")
        return hello

    async def stop(self) -> None:
        """End the worker: SIGTERM, after two seconds SIGKILL. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        self.client.close()
        await self._reap(signal.SIGTERM, 2.0)
        self._path.unlink(missing_ok=True)

    def _lost(self) -> None:
        self._ended.set()
        self._notify_lost()

    async def _launch(self) -> HelloResult:
        program = self._program or find_program()
        if program is None:
            raise WorkerNotStarted(f"{PROGRAM} was not found: build it, or name it in SWITCHROOM_MEDIA")
        self._path.unlink(missing_ok=True)
        self._ended.clear()
        first, last = self._ports
        command = [
            str(program),
            "--socket",
            str(self._path),
            "--rtp-ports",
            f"{first}-{last}",
            *(("--webrtc-port", str(self._webrtc_port)) if self._webrtc_port else ()),
            *self._arguments,
        ]
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.DEVNULL, start_new_session=True
            )
        except OSError as error:
            raise WorkerNotStarted(f"{program} can not be run: {error}") from error
        try:
            async with asyncio.timeout(self._start_timeout):
                hello = await self._greet(self._process)
        except (TimeoutError, WorkerLost) as error:
            await self._reap(signal.SIGKILL, 1.0)
            raise WorkerNotStarted(f"{program} did not say hello: {error}") from error
        except WorkerNotStarted:
            await self._reap(signal.SIGKILL, 1.0)
            raise
        self._notify_started(hello)
        return hello

    async def _greet(self, process: Process) -> HelloResult:
        """Connect as soon as the worker listens."""
        while True:
            if process.returncode is not None:
                raise WorkerNotStarted(f"{PROGRAM} ended at once with status {process.returncode}")
            try:
                return await self.client.connect(self._path)
            except OSError:
                await asyncio.sleep(0.01)

    async def _watch(self) -> None:
        """Wait for the end of each worker and start the next."""
        loop = asyncio.get_running_loop()
        delay = 0.0
        while True:
            began = loop.time()
            await self._ended.wait()
            await self._reap(signal.SIGKILL, 1.0)
            delay = 0.0 if loop.time() - began >= STEADY else min(max(2 * delay, FIRST_DELAY), LONGEST_DELAY)
            while True:
                await asyncio.sleep(delay)
                self.restarts += 1
                try:
                    await self._launch()
                    break
                except WorkerNotStarted as error:
                    _log.error("the media worker was not started again: %s", error)
                    delay = min(max(2 * delay, FIRST_DELAY), LONGEST_DELAY)

    async def _reap(self, number: signal.Signals, patience: float) -> None:
        """Send a signal to the worker's process group and wait for its end, if need be by SIGKILL."""
        process, self._process = self._process, None
        if process is None:
            return
        for this in (number, signal.SIGKILL):
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, this)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await process.wait()
                return


async def _end_former_worker(path: Path) -> None:
    """End a worker that an earlier server, killed, left behind at our socket; its ports are needed."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        try:
            probe.connect(str(path))
            credentials = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        except OSError:
            return
    pid = struct.unpack("3i", credentials)[0]
    if pid <= 1 or pid == os.getpid():
        return
    _log.warning("ending the media worker of an earlier run (pid %d)", pid)
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            return
        for _ in range(50):
            await asyncio.sleep(0.02)
            if not _alive(pid):
                return


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
