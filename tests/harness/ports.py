"""Free ports on 127.0.0.1 for servers and phones under test."""

from __future__ import annotations

import fcntl
import socket
import tempfile
from pathlib import Path
from typing import IO

# Below the kernel's range for outgoing connections; each process that tests has a part of it to itself.
_FIRST, _LAST = 10_000, 29_999
_PART = 2_000


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


class _Cursor:
    def __init__(self) -> None:
        self._claim: IO[str] | None = None
        self._first = self.next = 0

    def _begin(self) -> None:
        """Claim a part that no other process has, for as long as this one lives."""
        for first in range(_FIRST, _LAST, _PART):
            claim = open(Path(tempfile.gettempdir()) / f"switchroom-ports-{first}", "w")  # noqa: SIM115
            try:
                fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                claim.close()
            else:
                self._claim, self._first, self.next = claim, first, first
                return
        raise RuntimeError("too many processes test at once on this machine")

    def take(self, count: int) -> int:
        if self._claim is None:
            self._begin()
        first = self.next + self.next % 2
        if first + count > self._first + _PART:
            first = self._first
        self.next = first + count
        return first


_cursor = _Cursor()


def free_range(count: int) -> int:
    """First (even) of `count` neighbouring ports, free for UDP and TCP just now; not soon given again."""
    while True:
        first = _cursor.take(count)
        if all(_is_free(port) for port in range(first, first + count)):
            return first


def free_port() -> int:
    """One port free for UDP and TCP just now."""
    return free_range(1)
