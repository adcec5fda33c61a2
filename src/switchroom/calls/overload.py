"""When to refuse new calls so that the others stay good: by the delay of the loop. Pure: time is an
argument."""

from __future__ import annotations

SICK = 0.100
"""Seconds of smoothed delay from which calls are refused."""
WELL = 0.030
"""Seconds of smoothed delay below which more are taken again."""
ALWAYS = 30.0
"""Calls a second that are taken whatever the delay: a slow machine is slow, but never deaf."""
_SMOOTHING = 0.25


class Shedder:
    """Takes all new calls, or a share of them while the loop is late: cut fast, raised slowly.

    Deterministic: of every 1/share calls one is taken, and up to `ALWAYS` a second in any case.
    """

    def __init__(self) -> None:
        self.share = 1.0
        self._delay = 0.0
        self._credit = 1.0
        self._sure = ALWAYS
        self._at = 0.0

    def lag(self, seconds: float) -> None:
        """Tell how late the loop was; call it regularly, some 20 times a second."""
        self._delay += _SMOOTHING * (min(seconds, 1.0) - self._delay)
        if self._delay > SICK:
            self.share = max(0.05, self.share * (0.9 if self._delay < 3 * SICK else 0.7))
        elif self._delay < WELL:
            self.share = min(1.0, self.share + 0.02)

    def takes(self, now: float) -> bool:
        """Whether to take the next call."""
        self._sure = min(ALWAYS, self._sure + max(0.0, now - self._at) * ALWAYS)
        self._at = now
        if self._sure >= 1.0:
            self._sure -= 1.0
            return True
        if self.share >= 1.0:
            return True
        self._credit += self.share
        if self._credit >= 1.0:
            self._credit -= 1.0
            return True
        return False
