"""The difference of two snapshots in words a person reads before "Apply changes". Codes are never shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

from switchroom.directory.model import Conference, Settings, Snapshot, User

_SECRET = frozenset({"access_code", "administrator_code"})
_WORDS = {
    "name": "name",
    "extension": "extension",
    "email": "mail address",
    "language": "language",
    "call_waiting": "call waiting",
    "ring_seconds": "ringing time (seconds)",
    "access_code": "access code",
    "administrator": "administrator",
    "wait_for_administrator": "wait for the administrator",
    "administrator_code": "administrator code",
    "end_when_administrator_leaves": "end when the administrator leaves",
    "tones": "join and leave tones",
    "max_participants": "participants at most",
    "country": "country",
    "max_call_seconds": "longest call (seconds)",
}


class ChangeKind(Enum):
    """What happened to an entry or field."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: the entry or field (`conferences/<id>/access_code`) and a sentence."""

    path: str
    kind: ChangeKind
    message: str


def diff(old: Snapshot, new: Snapshot) -> list[Change]:
    """What has to be done to `old` to get `new`: settings, then users, then conferences; empty when equal."""
    changes: list[Change] = []
    if old.settings != new.settings:
        changes += _fields("settings", "System", old.settings, new.settings, old, new)
    changes += _entries("users", "User", old.users, new.users, old, new)
    changes += _entries("conferences", "Conference", old.conferences, new.conferences, old, new)
    return changes


def _entries(
    part: str, word: str, before: Mapping[Any, Any], after: Mapping[Any, Any], old: Snapshot, new: Snapshot
) -> Iterator[Change]:
    for key, entry in before.items():
        if key not in after:
            yield Change(
                f"{part}/{key}", ChangeKind.REMOVED, f"{word} {entry.name} ({entry.extension}) removed"
            )
    for key, entry in after.items():
        former = before.get(key)
        if former is None:
            yield Change(f"{part}/{key}", ChangeKind.ADDED, f"{word} {entry.name} ({entry.extension}) added")
        elif former is not entry and former != entry:
            yield from _fields(f"{part}/{key}", f"{word} {entry.name}", former, entry, old, new)


def _fields(
    path: str,
    title: str,
    before: User | Conference | Settings,
    after: User | Conference | Settings,
    old: Snapshot,
    new: Snapshot,
) -> Iterator[Change]:
    for field in fields(after):
        name = field.name
        former, present = getattr(before, name), getattr(after, name)
        if former != present:
            words = _change(name, former, present, old, new)
            yield Change(f"{path}/{name}", ChangeKind.CHANGED, f"{title}: {words}")


def _change(name: str, former: object, present: object, old: Snapshot, new: Snapshot) -> str:
    word = _WORDS.get(name, name.replace("_", " "))
    if name in _SECRET:
        if former is None:
            return f"{word} set"
        return f"{word} removed" if present is None else f"{word} changed"
    match former, present:
        case (bool(), bool()):
            return f"{word} switched {'on' if present else 'off'}"
        case (None, _):
            return f"{word} set to {_shown(name, present, new)}"
        case (_, None):
            return f"{word} {_shown(name, former, old)} removed"
        case _:
            return f"{word} {_shown(name, former, old)} is now {_shown(name, present, new)}"


def _shown(name: str, value: object, snapshot: Snapshot) -> str:
    if name == "administrator":
        user = next((user for key, user in snapshot.users.items() if key == value), None)
        return f"{user.name} ({user.extension})" if user else "a user who is gone"
    return str(value)
