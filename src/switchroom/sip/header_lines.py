"""The header lines of a SIP message: kept as they came, found by name, read when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from switchroom.sip.errors import LocalProtocolError
from switchroom.sip.grammar import is_token
from switchroom.sip.header_names import MAX_CACHED_NAMES, NAME_KEYS, header_key

MAX_LINE = 8192
"""Longest start line or unfolded header line in characters."""

T = TypeVar("T")


class Headers:
    """The header lines of a message in order; names compare without case, compact ones as long ones."""

    __slots__ = ("_first", "_keys", "_lines", "_parsed")

    def __init__(self, items: Iterable[tuple[str, str]] = ()) -> None:
        self._lines: list[str] = []
        self._keys: list[str] = []
        self._first: dict[str, int] = {}
        self._parsed: dict[str, Any] = {}
        for name, value in items:
            self.add(name, value)

    def get(self, name: str) -> str | None:
        """The value of the first line called `name`, without the space around it; None when there is none."""
        where = self._first.get(NAME_KEYS.get(name) or header_key(name))
        return None if where is None else self._lines[where].partition(":")[2].strip(" \t")

    def get_all(self, name: str) -> list[str]:
        """The value of every line called `name`, in order; comma lists are not taken apart."""
        key = NAME_KEYS.get(name) or header_key(name)
        where = self._first.get(key)
        if where is None:
            return []
        lines = self._lines
        if len(self._first) == len(lines):
            return [lines[where].partition(":")[2].strip(" \t")]
        pairs = zip(lines, self._keys, strict=True)
        return [line.partition(":")[2].strip(" \t") for line, other in pairs if other == key]

    def lines_of(self, name: str) -> list[str]:
        """Every line called `name`, as it will be printed."""
        key = NAME_KEYS.get(name) or header_key(name)
        where = self._first.get(key)
        if where is None:
            return []
        lines = self._lines
        if len(self._first) == len(lines):
            return [lines[where]]
        return [line for line, other in zip(lines, self._keys, strict=True) if other == key]

    def first_line(self, name: str) -> str | None:
        """The first line called `name`, as it will be printed."""
        where = self._first.get(NAME_KEYS.get(name) or header_key(name))
        return None if where is None else self._lines[where]

    def lines(self) -> list[str]:
        """Every line as it will be printed. Do not change the list."""
        return self._lines

    def count(self, name: str) -> int:
        """How many lines are called `name`."""
        key = NAME_KEYS.get(name) or header_key(name)
        if len(self._first) == len(self._lines):
            return 1 if key in self._first else 0
        return self._keys.count(key)

    def has_repeats(self) -> bool:
        """True when any name stands on more than one line."""
        return len(self._first) != len(self._lines)

    def __contains__(self, name: str) -> bool:
        return (NAME_KEYS.get(name) or header_key(name)) in self._first

    def __len__(self) -> int:
        return len(self._lines)

    def items(self) -> Iterator[tuple[str, str]]:
        """Name (as received) and value of every line, in order."""
        for line in self._lines:
            name, _, value = line.partition(":")
            yield name.rstrip(" \t"), value.strip(" \t")

    def add(self, name: str, value: str) -> None:
        """Append a line. Raises LocalProtocolError: the name is no token, or the value has a line break."""
        key = NAME_KEYS.get(name) or header_key(name)
        if "\r" in value or "\n" in value:
            raise LocalProtocolError(f"line break in the value of {name}")
        if key in self._first:
            self._parsed.pop(key, None)
        else:
            self._first[key] = len(self._lines)
        self._keys.append(key)
        self._lines.append(f"{name}: {value}")

    def set(self, name: str, value: str) -> None:
        """Make `name` one line with `value`, where the first one stood, else at the end."""
        key = NAME_KEYS.get(name) or header_key(name)
        if key not in self._first:
            self.add(name, value)
            return
        self.set_first(name, value)
        if len(self._first) != len(self._lines) and self._keys.count(key) > 1:
            first = self._first[key]
            self._reset(
                [
                    line
                    for i, (line, other) in enumerate(zip(self._lines, self._keys, strict=True))
                    if other != key or i == first
                ]
            )

    def set_first(self, name: str, value: str) -> None:
        """Replace the first line called `name` (which must be there) and leave further ones as they are."""
        key = NAME_KEYS.get(name) or header_key(name)
        if "\r" in value or "\n" in value:
            raise LocalProtocolError(f"line break in the value of {name}")
        self._lines[self._first[key]] = f"{name}: {value}"
        self._parsed.pop(key, None)

    def insert_first(self, name: str, value: str) -> None:
        """Put a line before all others (a Via, a Record-Route)."""
        header_key(name)
        if "\r" in value or "\n" in value:
            raise LocalProtocolError(f"line break in the value of {name}")
        self._reset([f"{name}: {value}", *self._lines])

    def remove(self, name: str) -> None:
        """Take all lines called `name` away; nothing happens when there is none."""
        key = NAME_KEYS.get(name) or header_key(name)
        if key in self._first:
            pairs = zip(self._lines, self._keys, strict=True)
            self._reset([line for line, other in pairs if other != key])

    def copy(self) -> Headers:
        """An independent copy."""
        other = Headers()
        other._lines, other._keys = list(self._lines), list(self._keys)
        other._first, other._parsed = dict(self._first), dict(self._parsed)
        return other

    def parsed(self, key: str, read: Callable[[Headers], T]) -> T:
        """What `read` makes of these headers, kept under `key` (long name, lower case) until they change."""
        value: T | None = self._parsed.get(key)
        if value is None:
            value = self._parsed[key] = read(self)
        return value

    def _reset(self, lines: list[str]) -> None:
        """Take `lines`, all of them sound, as the header."""
        keys = []
        for line in lines:
            name = line.partition(":")[0]
            keys.append(NAME_KEYS.get(name) or header_key(name.rstrip(" \t")))
        self._take(lines, keys)

    def _take(self, lines: list[str], keys: list[str]) -> None:
        self._lines = lines
        self._keys = keys
        first = dict(zip(keys, range(len(keys)), strict=True))
        if len(first) != len(keys):
            first = {}
            for position, key in enumerate(keys):
                first.setdefault(key, position)
        self._first = first
        self._parsed = {}

    @classmethod
    def of_lines(cls, lines: list[str], keys: list[str]) -> Headers:
        """Headers of lines taken from other headers; `keys` are their long names in lower case."""
        headers = cls.__new__(cls)
        headers._take(lines, keys)
        return headers

    @classmethod
    def from_wire(cls, lines: list[str]) -> tuple[Headers, bool]:
        """Headers of received lines; what is no header line is left out, and False told."""
        headers = cls.__new__(cls)
        keys: list[str] = []
        known = NAME_KEYS
        for line in lines:
            name, colon, _ = line.partition(":")
            key = known.get(name)
            if key is None or not colon:
                break
            keys.append(key)
        else:
            headers._take(lines, keys)
            return headers, True
        lines = _unfold(lines)
        found = [(line, key) for line in lines if (key := _wire_key(line)) is not None]
        headers._take([line for line, _ in found], [key for _, key in found])
        return headers, len(found) == len(lines)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._lines == other._lines

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Headers({list(self.items())!r})"


def _unfold(lines: list[str]) -> list[str]:
    """Join continuation lines with one space (RFC 3261 §7.3.1)."""
    joined: list[list[str]] = []
    for line in lines:
        if line[:1] in (" ", "\t") and joined:
            joined[-1].append(line.strip(" \t"))
        else:
            joined.append([line])
    return [parts[0] if len(parts) == 1 else " ".join(parts) for parts in joined]


def _wire_key(line: str) -> str | None:
    """The key of a received header line, None when it is none."""
    name, colon, _ = line.partition(":")
    if not colon or len(line) > MAX_LINE:
        return None
    name = name.rstrip(" \t")
    key = NAME_KEYS.get(name)
    if key is None and is_token(name):
        key = header_key(name)
        if len(NAME_KEYS) < MAX_CACHED_NAMES and len(name) <= 40:
            NAME_KEYS[name] = key
    return key
