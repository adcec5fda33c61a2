"""What guests' routes need of the running system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class GuestCalls(Protocol):
    """The calls of guests. Nothing here waits."""

    def has_guest(self, visit: str) -> bool:
        """Whether the guest of a visit is in a call."""

    def end_guest(self, visit: str) -> bool:
        """End the call of a guest; False when he is in none."""

    def report(self, kind: str, subject: str, code: str, values: Mapping[str, str]) -> None:
        """Something an administrator should see under Live, in the words of `code` (`problem_words`)."""


class NoGuestCalls:
    """A system without calls: for the command line and for tests."""

    def has_guest(self, visit: str) -> bool:
        """Nobody is."""
        return False

    def end_guest(self, visit: str) -> bool:
        """There is none."""
        return False

    def report(self, kind: str, subject: str, code: str, values: Mapping[str, str]) -> None:
        """Nobody looks."""


@dataclass(frozen=True, slots=True)
class GuestSite:
    """What links for guests are made with, unless the settings of mail name another address."""

    calls: GuestCalls = field(default_factory=NoGuestCalls)
    url: str = "http://localhost:8080"
    """Where guests reach the web side, without a path."""
