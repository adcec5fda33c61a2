"""A process that has imported the whole server and becomes one, again and again: a start costs no imports.

The harness's end of it is `Zygote`. Run as a program it is the process itself: it waits for orders, forks for
each, and the child goes on as the command line would, with its own session, environment, folder and log.
"""

from __future__ import annotations

import array
import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_ORDER = 1 << 20
"""Bytes of an order at most: words and an environment."""
HERE = "/proc/thread-self/ns/net"


class Forked:
    """A server that the zygote became: of `subprocess.Popen` what the harness uses."""

    def __init__(self, zygote: Zygote, pid: int) -> None:
        self._zygote, self.pid = zygote, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit status, None while it runs; after a signal the negative number of that."""
        if self.returncode is None:
            self.returncode = self._zygote.ended(self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises subprocess.TimeoutExpired."""
        until = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if timeout is not None and until is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired("switchroom", timeout)
            time.sleep(0.01)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


class Zygote:
    """The process, started with the first server."""

    def __init__(self) -> None:
        self._control, self._other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process: subprocess.Popen[bytes] | None = None
        self._network = os.readlink(HERE)
        self._ends: dict[int, int] = {}
        self._lock = threading.Lock()

    def is_here(self) -> bool:
        """Whether this thread is in the network of the process: what that becomes is there too."""
        return os.readlink(HERE) == self._network

    def become(self, arguments: Sequence[str], environment: Mapping[str, str], log: int) -> Forked:
        """`switchroom ARGUMENTS` with its output to a file."""
        order = {"arguments": list(arguments), "environment": dict(environment), "folder": os.getcwd()}
        with self._lock:
            if self._process is None:
                self._process = self._start(environment)
            socket.send_fds(self._control, [json.dumps(order).encode()], [log])
            while "pid" not in (told := self._hear()):
                pass
            return Forked(self, told["pid"])

    def ended(self, pid: int) -> int | None:
        """The exit status of one of its children, if that is over."""
        with self._lock, contextlib.suppress(BlockingIOError):
            while pid not in self._ends:
                self._hear(socket.MSG_DONTWAIT)
        return self._ends.get(pid)

    def close(self) -> None:
        """End it; servers that run go on."""
        self._control.close()
        if self._process is not None:
            self._process.wait(30)

    def _start(self, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with self._other as other:
            return subprocess.Popen(
                # The last word: by its command line a server is told from what else may have its number.
                [sys.executable, "-P", __file__, str(other.fileno()), "switchroom"],
                pass_fds=[other.fileno()],
                stdin=subprocess.DEVNULL,
                env=dict(environment),
                start_new_session=True,
            )

    def _hear(self, flags: int = 0) -> dict[str, int]:
        data = self._control.recv(_ORDER, flags)
        if not data:
            raise RuntimeError("the zygote has ended")
        told: dict[str, int] = json.loads(data)
        if "ended" in told:
            self._ends[told["ended"]] = told["status"]
        return told


current: Zygote | None = None
"""The one of this test session; None: servers are started as anybody starts them."""


@contextlib.contextmanager
def running() -> Iterator[None]:
    """Servers come from a zygote meanwhile."""
    global current
    current = Zygote()
    try:
        yield
    finally:
        current.close()
        current = None


def _serve(control: socket.socket) -> dict[str, Any]:
    """Fork for each order. Returns in a child, with its order."""

    def reap(*_: object) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            told = {"ended": pid, "status": os.waitstatus_to_exitcode(status)}
            with contextlib.suppress(OSError):
                control.send(json.dumps(told).encode())

    signal.signal(signal.SIGCHLD, reap)
    while True:
        data, ancillary, _, _ = control.recvmsg(_ORDER, socket.CMSG_SPACE(4))
        if not data:
            os._exit(0)
        (log,) = array.array("i", ancillary[0][2])
        # Not before it is told who it is: an end is told after that.
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
            control.close()
            os.dup2(log, 1)
            os.dup2(log, 2)
            os.close(log)
            order: dict[str, Any] = json.loads(data)
            return order
        os.close(log)
        control.send(json.dumps({"pid": pid}).encode())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])


def _main() -> None:
    for name in ("switchroom.cli", "switchroom.node", "switchroom.web", "anyio._backends._asyncio"):
        importlib.import_module(name)
    with contextlib.suppress(ImportError):
        importlib.import_module("typer._adapters")  # imported with the first command otherwise
    gc.collect()
    gc.freeze()
    assert len(os.listdir("/proc/self/task")) == 1, "a fork takes one thread along"
    order = _serve(socket.socket(fileno=int(sys.argv[1])))
    os.setsid()
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    gc.unfreeze()
    sys.argv = ["switchroom", *order["arguments"]]
    sys.modules["switchroom.cli"].main()


if __name__ == "__main__":
    _main()
