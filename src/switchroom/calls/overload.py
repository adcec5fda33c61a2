"""When to refuse new calls so that the others stay good: by the delay of the loop. Pure: time is an
argument."""

from __future__ import annotations

SICK = 0.040
"""Seconds of delay from which calls are refused."""
WELL = 0.015
"""Seconds of delay below which more are taken again."""


class Shedder:
    """Takes a share of the new calls between 0.05 and 1: cut by a tenth while the loop is late, raised slowly
    when it is not.

    Deterministic: of every 1/share calls one is taken.
    """

    def __init__(self) -> None:
        self.share = 1.0
        self._credit = 1.0

    def lag(self, seconds: float) -> None:
        """Tell how late the loop was; call it regularly, some 20 times a second."""
        if seconds > SICK:
            self.share = max(0.05, self.share * (0.9 if seconds < 5 * SICK else 0.6))
        elif seconds < WELL:
            self.share = min(1.0, self.share + 0.02)

    def takes(self) -> bool:
        """Whether to take the next call."""
        if self.share >= 1.0:
            return True
        self._credit += self.share
        if self._credit >= 1.0:
            self._credit -= 1.0
            return True
        return False
