"""What the transports count, as plain numbers that anybody may read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counters:
    """Everything only grows. Keys of `received` and `sent` are Via transports, of `dropped` short reasons."""

    received: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    send_failures: Counter[str] = field(default_factory=Counter)
    connections: Counter[str] = field(default_factory=Counter)
    errors: int = 0
    """Exceptions of our own that were caught, logged, and cost one message or event."""
