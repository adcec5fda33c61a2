"""What is done soon by a task of its own, and again when it failed in passing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

MOST_KEPT = 2000
AT_ONCE = 8
CLOSING_SECONDS = 2.0
Work = TypeVar("Work")


class Later(Exception):
    """It could not be done now, and may be later."""


def growing_pause(tries: int) -> float:
    """Seconds before the next try: 5, 10, 20 ... 300."""
    return float(min(300.0, 5.0 * 2.0**tries))


class KeptWork(Generic[Work]):
    """Nobody who puts something waits. `do` gets the work and how often it was tried; `Later` keeps it."""

    def __init__(
        self, do: Callable[[Work, int], Awaitable[None]], pause: Callable[[int], float] = growing_pause
    ) -> None:
        self._do = do
        self._pause = pause
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()
        self._gate = asyncio.Semaphore(AT_ONCE)

    def __len__(self) -> int:
        return len(self._tasks)

    def put(self, work: Work) -> None:
        """Do it soon. When too much waits already, it is not done."""
        if len(self._tasks) >= MOST_KEPT:
            log.error("too much waits to be written: %.200s is given up", work)
            return
        task = asyncio.get_running_loop().create_task(self._attend(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _attend(self, work: Work) -> None:
        tries, last = 0, False
        while True:
            try:
                async with self._gate:
                    await self._do(work, tries)
                return
            except Later as reason:
                if last:
                    log.error("what could not be written is given up: %s", reason)
                    return
                log.warning("what could not be written is tried again: %s", reason)
            except Exception:
                log.exception("something could not be written")
                return
            last = self._closing.is_set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause(tries)):
                    await self._closing.wait()
            tries += 1

    async def settled(self) -> None:
        """Return when nothing is left to do."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Try what is left once more, and end."""
        self._closing.set()
        if self._tasks:
            _, left = await asyncio.wait(self._tasks, timeout=CLOSING_SECONDS)
            for task in left:
                task.cancel()
