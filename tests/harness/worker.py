"""The media worker driven directly over its control socket: blocking, for benchmarks and audio tests."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from switchroom.media.types import (
    Batch,
    Command,
    Describe,
    Description,
    Done,
    Failed,
    FromWorker,
    Hello,
    HelloResult,
    LegOpened,
    LegStats,
    Notice,
    Result,
    WorkerEvent,
)
from tests.harness.binaries import need
from tests.harness.punctual import comes_first

_DECODER: msgspec.json.Decoder[Done | Notice] = msgspec.json.Decoder(FromWorker)
_ENCODER = msgspec.json.Encoder()


class WorkerError(Exception):
    """The worker refused a command, or went away."""


class Worker:
    """One worker process and the connection to it."""

    def __init__(
        self, first_port: int, last_port: int, *, threads: int | None = None, webrtc_port: int = 0
    ) -> None:
        """Start it with that range of RTP ports; raises WorkerError when it does not answer within 5 s."""
        self._folder = tempfile.TemporaryDirectory(prefix="switchroom-worker-")
        path = Path(self._folder.name) / "control"
        arguments = [str(need("switchroom-media")), "--socket", str(path)]
        arguments += ["--rtp-ports", f"{first_port}-{last_port}"]
        if threads is not None:
            arguments += ["--threads", str(threads)]
        if webrtc_port:
            arguments += ["--webrtc-port", str(webrtc_port)]
        self._log = (Path(self._folder.name) / "log").open("w+b")
        self.process = subprocess.Popen(arguments, stdout=self._log, stderr=self._log, start_new_session=True)
        self.events: list[WorkerEvent] = []
        self._sequence = 0
        self._pending = b""
        self._socket = self._connect(path)
        (hello,) = self.call(Hello())
        assert isinstance(hello, HelloResult)
        self.hello = hello
        comes_first(self.process.pid)

    @property
    def pid(self) -> int:
        """Process id, for stalls and CPU time."""
        return self.process.pid

    def _connect(self, path: Path) -> socket.socket:
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                connection.connect(str(path))
                return connection
            except OSError:
                connection.close()
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise WorkerError(f"the worker does not answer: {self.log()}")

    def log(self) -> str:
        """What the worker printed so far, its end."""
        self._log.seek(0)
        return self._log.read()[-4000:].decode(errors="replace")

    def call(self, *commands: Command, allow_failure: bool = False) -> list[Result]:
        """Carry out commands as one batch; raises WorkerError for a refused one, unless `allow_failure`."""
        self._sequence += 1
        self._socket.sendall(_ENCODER.encode(Batch(seq=self._sequence, commands=list(commands))) + b"\n")
        deadline = time.monotonic() + 20
        while True:
            message = self._read(deadline)
            if message is None:
                raise WorkerError(f"no answer to batch {self._sequence}")
            if isinstance(message, Done) and message.seq == self._sequence:
                break
        if len(message.results) != len(commands):
            raise WorkerError(f"{len(commands)} commands, {len(message.results)} results")
        for command, result in zip(commands, message.results, strict=True):
            if isinstance(result, Failed) and not allow_failure:
                raise WorkerError(f"{command}: {result.error} {result.detail}")
        return message.results

    def opened(self, *commands: Command) -> list[LegOpened]:
        """As `call`, for commands that all open legs."""
        return [result for result in self.call(*commands) if isinstance(result, LegOpened)]

    def stats(self, *commands: Command) -> list[LegStats]:
        """As `call`, for commands that all answer with statistics."""
        return [result for result in self.call(*commands) if isinstance(result, LegStats)]

    def missed_ticks(self) -> int:
        """Ticks of the mixer that did not take place, since the worker's start."""
        (found,) = self.call(Describe())
        assert isinstance(found, Description)
        return found.missed_ticks

    def wait_event(self, kind: type[WorkerEvent], timeout: float = 5.0) -> WorkerEvent:
        """The oldest event of a kind not yet taken; raises WorkerError when none comes."""
        deadline = time.monotonic() + timeout
        while True:
            for event in self.events:
                if isinstance(event, kind):
                    self.events.remove(event)
                    return event
            if self._read(deadline) is None:
                raise WorkerError(f"no {kind.__name__} within {timeout} s; came: {self.events}")

    def collect(self, seconds: float) -> list[WorkerEvent]:
        """All events that come within some time, and those not yet taken."""
        deadline = time.monotonic() + seconds
        while self._read(deadline) is not None:
            pass
        events, self.events = self.events, []
        return events

    def _read(self, deadline: float) -> Done | Notice | None:
        while b"\n" not in self._pending:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self._socket.settimeout(left)
            try:
                data = self._socket.recv(1 << 16)
            except TimeoutError:
                return None
            if not data:
                raise WorkerError(f"the worker closed the connection: {self.log()}")
            self._pending += data
        line, self._pending = self._pending.split(b"\n", 1)
        message = _DECODER.decode(line)
        if isinstance(message, Notice):
            self.events.append(message.event)
        return message

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError):
            self._socket.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()
        self._folder.cleanup()


@contextlib.contextmanager
def running_worker(
    first_port: int, last_port: int, *, threads: int | None = None, webrtc_port: int = 0
) -> Iterator[Worker]:
    """A worker for the time of a with-block."""
    worker = Worker(first_port, last_port, threads=threads, webrtc_port=webrtc_port)
    try:
        yield worker
    finally:
        worker.close()
