"""A clock that stands still until it is told to go on."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(order=True)
class FakeTimer:
    """A timer of `FakeClock`."""

    when: float
    number: int
    act: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        self.cancelled = True


class FakeClock:
    """Implements `calls.ports.Clock`."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start
        self._timers: list[FakeTimer] = []
        self._count = 0

    def now(self) -> float:
        return self._now

    def after(self, seconds: float, act: Callable[[], None]) -> FakeTimer:
        self._count += 1
        timer = FakeTimer(self._now + seconds, self._count, act)
        heapq.heappush(self._timers, timer)
        return timer

    @property
    def pending(self) -> int:
        """Timers that are neither over nor cancelled."""
        return sum(not timer.cancelled for timer in self._timers)

    def next_due(self) -> float | None:
        """When the next timer is due."""
        while self._timers and self._timers[0].cancelled:
            heapq.heappop(self._timers)
        return self._timers[0].when if self._timers else None

    def advance_to(self, when: float) -> None:
        """Let time pass; timers fire at their time."""
        while (due := self.next_due()) is not None and due <= when:
            timer = heapq.heappop(self._timers)
            self._now = max(self._now, timer.when)
            timer.act()
        self._now = max(self._now, when)
