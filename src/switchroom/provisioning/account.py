"""What a phone registers as, and its names made fit for a phone's display and its files."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

MOST_CHARACTERS = 60
_NEVER = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that are control, nothing one sees, or not XML 1.0."""


@dataclass(frozen=True, slots=True)
class Account:
    """A device's credential, and where it registers."""

    name: str
    """The person's, as typed."""
    username: str
    secret: str
    realm: str
    host: str
    """A name or an address, IPv6 without brackets."""
    port: int
    transport: Literal["udp", "tls"]

    def __repr__(self) -> str:
        return f"Account(username={self.username!r})"

    @property
    def place(self) -> str:
        """The host as it stands in a URI."""
        return f"[{self.host}]" if ":" in self.host else self.host


def plain_name(name: str) -> str:
    """A name without what ends a line, a value, or the quotes that the phone puts it between."""
    seen = "".join(" " if unicodedata.category(c) in _NEVER or c in '"\\<>%$' else c for c in name)
    return " ".join(seen.split())[:MOST_CHARACTERS].strip()
