"""Long computations in a process of their own, so that the loop never waits for them."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")
IDLE_SECONDS = 60.0


class Offload:
    """One helper process, started when first needed and ended when idle for a minute."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._running = 0
        self._ending: asyncio.TimerHandle | None = None

    async def run(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """`function(*args)` over there: it, its arguments and its result can be pickled."""
        for _ in range(2):
            pool = self._started()
            self._running += 1
            try:
                future = pool.submit(function, *args, **kwargs)
                return await asyncio.wrap_future(future)
            except BrokenProcessPool:
                self._drop(pool)
            finally:
                self._running -= 1
                self._plan_end()
        raise RuntimeError("the helper process died twice")

    @property
    def started(self) -> bool:
        """Whether the process is there."""
        return self._pool is not None

    def _started(self) -> ProcessPoolExecutor:
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        if self._pool is None:
            self._pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
        return self._pool

    def _plan_end(self) -> None:
        if self._running == 0 and self._pool is not None:
            if self._ending is not None:
                self._ending.cancel()
            self._ending = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._drop, self._pool)

    def _drop(self, pool: ProcessPoolExecutor) -> None:
        if self._pool is pool:
            self._pool = None
        pool.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """End the process."""
        if self._ending is not None:
            self._ending.cancel()
        if self._pool is not None:
            self._drop(self._pool)
