"""Which passwords people may choose (B6-01: 8 characters at least)."""

from __future__ import annotations

from collections.abc import Iterable

SHORTEST = 8
_KINDS = 5
"""Different characters that a password has at least."""
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "azertyuiop", "01234567890")
_COMMON = ("password", "passw0rd", "motdepasse", "letmein", "welcome", "bienvenue", "benvenuto", "iloveyou",
           "switchroom", "telephone", "changeme", "admin")  # fmt: skip


def weakness(password: str, names: Iterable[str] = ()) -> str | None:
    """What is wrong with a password, as a sentence; None: it may be used. `names`: of its owner."""
    if len(password) < SHORTEST:
        return f"The password needs {SHORTEST} characters at least."
    folded = password.casefold()
    if len(set(folded)) < _KINDS:
        return f"The password needs {_KINDS} different characters at least."
    rest = folded
    for word in sorted(
        (*(name.casefold() for name in names if len(name) > 2), *_COMMON), key=len, reverse=True
    ):
        rest = rest.replace(word, "")
    if len(rest) < len(folded) and len(rest) <= SHORTEST // 2:
        return "The password is too easy to guess: it is little more than a name or a common word."
    if any(folded in row or folded in row[::-1] for row in _ROWS):
        return "The password is too easy to guess: the characters follow one another."
    return None
