"""All the endpoint's timers in one heap; stopping one is O(1), it is thrown away when it comes up."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush


class Timer:
    """A running timer; `when` is its moment in seconds. Without an action it is stopped or has fired."""

    __slots__ = ("action", "when")

    def __init__(self, when: float, action: Callable[[float], None]) -> None:
        self.when = when
        self.action: Callable[[float], None] | None = action


class Timers:
    """The running timers. `len` counts them."""

    __slots__ = ("_heap", "_running", "_serial")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._serial = 0
        self._running = 0

    def __len__(self) -> int:
        return self._running

    def start(self, when: float, action: Callable[[float], None]) -> Timer:
        """Call `action(now)` at or soon after `when`."""
        timer = Timer(when, action)
        self._serial += 1
        self._running += 1
        heappush(self._heap, (when, self._serial, timer))
        return timer

    def stop(self, timer: Timer | None) -> None:
        """Forget a timer; harmless when it has fired or was stopped already."""
        if timer is None or timer.action is None:
            return
        timer.action = None
        self._running -= 1
        if len(self._heap) > 2 * self._running + 1024:
            self._heap = [entry for entry in self._heap if entry[2].action is not None]
            heapify(self._heap)

    def next(self) -> float | None:
        """The moment of the earliest timer."""
        heap = self._heap
        while heap:
            if heap[0][2].action is not None:
                return heap[0][0]
            heappop(heap)
        return None

    def run(self, now: float) -> None:
        """Fire every timer whose moment has come, in order, those started meanwhile included."""
        while self._heap and self._heap[0][0] <= now:
            timer = heappop(self._heap)[2]
            action = timer.action
            if action is not None:
                timer.action = None
                self._running -= 1
                action(now)
