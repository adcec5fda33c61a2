"""Failure budgets: so many failures in so much time, for each of a bounded number of keys. Pure: time is an
argument."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable


class Budget:
    """Token buckets, one a key: `size` failures at once, one more every `refill` seconds.

    Memory is bounded by `keys`; the key that failed longest ago is forgotten first. Keys that never failed
    cost nothing.
    """

    def __init__(self, size: int, refill: float, keys: int = 10_000) -> None:
        self._size = size
        self._refill = refill
        self._keys = keys
        self._spent: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def _level(self, key: Hashable, now: float) -> float:
        spent, at = self._spent.get(key, (0.0, now))
        return max(0.0, spent - max(0.0, now - at) / self._refill)

    def allows(self, key: Hashable, now: float) -> bool:
        """True while the key has not used up its budget."""
        if key not in self._spent:
            return True
        if self._level(key, now) <= 0.0:
            del self._spent[key]
            return True
        return self._level(key, now) <= self._size - 1

    def fail(self, key: Hashable, now: float) -> bool:
        """Count a failure. True when this one used the budget up."""
        before = self._level(key, now)
        self._spent[key] = (min(before + 1.0, float(self._size)), now)
        self._spent.move_to_end(key)
        if len(self._spent) > self._keys:
            self._spent.popitem(last=False)
        return before <= self._size - 1 < before + 1.0

    def forgive(self, key: Hashable) -> None:
        """Forget the failures of a key (the "allow" button)."""
        self._spent.pop(key, None)

    def spent(self, now: float) -> list[Hashable]:
        """The keys that have used up their budgets."""
        return [key for key in list(self._spent) if not self.allows(key, now)]

    def __len__(self) -> int:
        return len(self._spent)
