"""All the endpoint's timers; starting one is O(log n), stopping one O(1)."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush


class Timer:
    """A running timer; `when` is its moment in seconds. Without an action it is stopped or has fired."""

    __slots__ = ("action", "is_far", "when")

    def __init__(self, when: float, action: Callable[[float], None], is_far: bool) -> None:
        self.when = when
        self.is_far = is_far
        self.action: Callable[[float], None] | None = action


HORIZON = 40.0
"""Timers due within so many seconds are kept apart from later ones."""


class Timers:
    """The running timers. `len` counts them.

    A stopped timer of the near heap leaves it when its time comes, so nothing has to be tidied there. Far
    ones (session timers, most of them stopped early) are few when alive, and their heap is rebuilt when more
    than half of it is dead: a short pause, where rebuilding one heap of everything would take milliseconds.
    """

    __slots__ = ("_dead", "_far", "_near", "_running", "_serial", "clock")

    def __init__(self) -> None:
        self._near: list[Entry] = []
        self._far: list[Entry] = []
        self._dead = 0
        self.clock = 0.0
        """The time as last heard of; it only decides which heap a timer goes to."""
        self._serial = 0
        self._running = 0

    def __len__(self) -> int:
        return self._running

    def start(self, when: float, action: Callable[[float], None]) -> Timer:
        """Call `action(now)` at or soon after `when`."""
        is_far = when - self.clock > HORIZON
        timer = Timer(when, action, is_far)
        self._serial += 1
        self._running += 1
        heappush(self._far if is_far else self._near, (when, self._serial, timer))
        return timer

    def stop(self, timer: Timer | None) -> None:
        """Forget a timer; harmless when it has fired or was stopped already."""
        if timer is None or timer.action is None:
            return
        timer.action = None
        self._running -= 1
        if timer.is_far:
            self._dead += 1
            if 2 * self._dead > len(self._far) + 1024:
                self._far = [entry for entry in self._far if entry[2].action is not None]
                heapify(self._far)
                self._dead = 0

    def next(self) -> float | None:
        """The moment of the earliest timer."""
        near, far = self._near, self._far
        while near and near[0][2].action is None:
            heappop(near)
        while far and far[0][2].action is None:
            heappop(far)
            self._dead -= 1
        if not near:
            return far[0][0] if far else None
        return min(near[0][0], far[0][0]) if far else near[0][0]

    def run(self, now: float) -> None:
        """Fire every timer whose moment has come, in order, those started meanwhile included."""
        self.clock = now
        while (when := self.next()) is not None and when <= now:
            near = self._near
            timer = heappop(near if near and near[0][0] == when else self._far)[2]
            action = timer.action
            assert action is not None, "next() leaves a running timer on top"
            timer.action = None
            self._running -= 1
            action(now)


Entry = tuple[float, int, Timer]
