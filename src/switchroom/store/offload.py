"""Long computations in a process of their own, so that the loop never waits for them."""

from __future__ import annotations

import asyncio
import pickle
import struct
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")
IDLE_SECONDS = 60.0
_PROGRAM = Path(__file__).with_name("offload_process.py")


class HelperDied(RuntimeError):
    """The helper process ended twice while it computed."""


@dataclass(slots=True)
class _Call:
    what: tuple[str, str, tuple[Any, ...], dict[str, Any]]
    begun: bool = False
    abandoned: bool = False


class Offload:
    """One helper process, started when first needed and ended when idle for a minute.

    It is a plain interpreter that imports what the function needs and nothing else; it ends when we do.
    One thread starts it and speaks to it, so that the loop waits neither for its start nor for the pipes.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="offload")
        self._ending: asyncio.TimerHandle | None = None
        self._waiting = 0

    @property
    def started(self) -> bool:
        """Whether the process is there."""
        return self._process is not None

    @property
    def waiting(self) -> int:
        """How many calls run or wait."""
        return self._waiting

    async def run(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """`function(*args)` over there: a function of a module; arguments and result can be pickled.

        One at a time, in order. Raises what the function raises, and `HelperDied`.
        """
        loop = asyncio.get_running_loop()
        call = _Call((function.__module__, function.__qualname__, args, kwargs))
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        self._waiting += 1
        try:
            good, outcome = await loop.run_in_executor(self._thread, self._ask, call)
        except asyncio.CancelledError:
            call.abandoned = True
            if call.begun:  # it would go on computing what nobody wants
                self._kill()
            raise
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._ending = loop.call_later(IDLE_SECONDS, self._kill)
        if not good:
            raise outcome
        result: _T = outcome
        return result

    def close(self) -> None:
        """End the process and the thread."""
        if self._ending is not None:
            self._ending.cancel()
        self._kill()
        self._thread.shutdown(wait=False)

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            self._thread.submit(self._forget, process)

    # What follows runs in the thread.

    def _ask(self, call: _Call) -> tuple[bool, Any]:
        call.begun = True
        data = pickle.dumps(call.what)
        for _ in range(2):
            if call.abandoned:
                break
            process = self._process or self._start()
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                process.stdin.write(struct.pack("!Q", len(data)) + data)
                process.stdin.flush()
                (length,) = struct.unpack("!Q", process.stdout.read(8))
                good, outcome = pickle.loads(process.stdout.read(length))
                return bool(good), outcome
            except (OSError, EOFError, struct.error, pickle.UnpicklingError):
                self._forget(process)
        raise HelperDied("The helper process died while it computed.")

    def _start(self) -> subprocess.Popen[bytes]:
        # -P: the folder of the program is no place to import from.
        self._process = process = subprocess.Popen(
            [sys.executable, "-P", str(_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdin is not None
        path = pickle.dumps(sys.path)
        process.stdin.write(struct.pack("!Q", len(path)) + path)
        return process

    def _forget(self, process: subprocess.Popen[bytes]) -> None:
        if self._process is process:
            self._process = None
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            try:
                if pipe is not None:
                    pipe.close()
            except OSError:  # what was not read by a process that is gone
                continue
