"""OPTIONS outside a dialog: answered without keeping anything, and only so often to one source."""

from __future__ import annotations

MAX_SOURCES = 4096


class Buckets:
    """A token bucket per source address; the oldest source is forgotten when there are too many.

    `rate` is tokens a second, `burst` the most that can be saved up.
    """

    __slots__ = ("_burst", "_rate", "_sources")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._sources: dict[str, tuple[float, float]] = {}

    def __len__(self) -> int:
        return len(self._sources)

    def take(self, source: str, now: float) -> bool:
        """Whether `source` may have one more answer."""
        tokens, since = self._sources.pop(source, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._rate)
        allowed = tokens >= 1.0
        self._sources[source] = (tokens - 1.0 if allowed else tokens, now)
        if len(self._sources) > MAX_SOURCES:
            del self._sources[next(iter(self._sources))]
        return allowed
