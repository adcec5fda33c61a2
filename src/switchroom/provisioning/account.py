"""What a phone registers as, and its names made fit for a phone's display and its files."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

MOST_CHARACTERS = 60
MOST_LAMPS = 7
"""Keys with a lamp: as many as the smallest of these phones has."""
VOICEMAIL, PICKUP = "*98", "*8"
"""What a phone dials for the mailbox, and before the extension of a lamp that blinks (D2-07)."""
CODECS = ("opus", "g722", "pcma", "pcmu")
"""The best first; all that the phones and the system have in common."""
_NEVER = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that are control, nothing one sees, or not XML 1.0."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Whose lamp is on the phone."""

    extension: str
    name: str

    @property
    def label(self) -> str:
        """The name as it stands beside the lamp."""
        return plain_name(self.name) or self.extension


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
    mailbox: bool = False
    """The person has one."""
    colleagues: tuple[Colleague, ...] = ()
    """Those whose lamps the phone shows, `MOST_LAMPS` at most."""

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
