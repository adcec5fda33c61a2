"""Free ports on 127.0.0.1 for servers and phones under test."""

from __future__ import annotations

import os
import socket

# Below the kernel's range for outgoing connections; each process begins in a place of its own.
_FIRST = 10_000
_LAST = 29_999


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
        self.next = _FIRST + (os.getpid() * 614) % (_LAST - _FIRST - 4_000)

    def take(self, count: int) -> int:
        first = self.next + self.next % 2
        if first + count > _LAST:
            first = _FIRST
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
