"""A snapshot as a canonical document (plain dictionaries for JSON), and back.

    {"schema": 1, "settings": {...}, "users": {id: {...}}, "conferences": {id: {...}},
     "conference_server": {...} or null}

Every field is written; a missing one is read as its default (a document of an older version); an unknown
one is refused (a document of a newer version must not lose what it says). Nothing is validated here beyond
types: that is `validate`.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from enum import StrEnum
from typing import Any, TypeVar

from switchroom.directory.model import (
    Conference,
    ConferenceId,
    ConferenceServer,
    RevisionNumber,
    Settings,
    Snapshot,
    User,
    UserId,
)

SCHEMA = 1

Entry = Settings | User | Conference | ConferenceServer
_E = TypeVar("_E", Settings, User, Conference, ConferenceServer)
_PARTS = frozenset({"schema", "settings", "users", "conferences", "conference_server"})


class DocumentError(ValueError):
    """A document that is none of ours: where (`users/abc/extension`) and why."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


def to_document(snapshot: Snapshot) -> dict[str, Any]:
    """The snapshot's document; the revision number is not part of it."""
    server = snapshot.conference_server
    return {
        "schema": SCHEMA,
        "settings": entry_to_document(snapshot.settings),
        "users": {key: entry_to_document(user) for key, user in sorted(snapshot.users.items())},
        "conferences": {key: entry_to_document(room) for key, room in sorted(snapshot.conferences.items())},
        "conference_server": None if server is None else entry_to_document(server),
    }


def to_json(snapshot: Snapshot) -> str:
    """The document as canonical JSON: equal snapshots give equal text."""
    return canonical(to_document(snapshot))


def canonical(document: Mapping[str, Any]) -> str:
    """JSON with sorted keys and no spaces."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def from_json(text: str, revision: RevisionNumber = RevisionNumber(0)) -> Snapshot:  # noqa: B008
    """The snapshot of a document's JSON. Raises `DocumentError`."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DocumentError("", f"not JSON: {error}") from None
    return from_document(document, revision)


def from_document(document: object, revision: RevisionNumber = RevisionNumber(0)) -> Snapshot:  # noqa: B008
    """The snapshot of a document. Raises `DocumentError`."""
    parts = _mapping(document, "")
    if unknown := set(parts) - _PARTS:
        raise DocumentError(sorted(unknown)[0], "unknown part: was it written by a newer version?")
    if parts.get("schema") != SCHEMA:
        raise DocumentError("schema", f"is {parts.get('schema')!r}, this version reads {SCHEMA}")
    users = _mapping(parts.get("users", {}), "users")
    rooms = _mapping(parts.get("conferences", {}), "conferences")
    server = parts.get("conference_server")
    return Snapshot(
        revision=revision,
        settings=entry_from_document(Settings, parts.get("settings", {}), "settings"),
        users={UserId(key): _keyed(User, key, value, f"users/{key}") for key, value in users.items()},
        conferences={
            ConferenceId(key): _keyed(Conference, key, value, f"conferences/{key}")
            for key, value in rooms.items()
        },
        conference_server=None
        if server is None
        else entry_from_document(ConferenceServer, server, "conference_server"),
    )


def entry_to_document(entry: Entry) -> dict[str, Any]:
    """One entry as a dictionary."""
    return {field.name: _plain_value(getattr(entry, field.name)) for field in fields(entry)}


def _plain_value(value: Any) -> Any:
    return value.value if isinstance(value, StrEnum) else value


def entry_from_document(kind: type[_E], document: object, path: str) -> _E:
    """One entry of the given kind. Raises `DocumentError` on an unknown, missing or mistyped field."""
    given = _mapping(document, path)
    known = _FIELD_TYPES[kind.__name__]
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in known:
            raise DocumentError(f"{path}/{name}", "unknown field: was it written by a newer version?")
        allowed = known[name][1]
        choice = next((kind for kind in allowed if issubclass(kind, StrEnum)), None)
        if choice is not None and isinstance(value, str):
            values[name] = _choice(choice, value, f"{path}/{name}")
            continue
        if type(value) not in allowed:
            raise DocumentError(f"{path}/{name}", f"is a {type(value).__name__}, not {_names(allowed)}")
        values[name] = value
    for name, (field, _) in known.items():
        if name not in values and field.default is MISSING and field.default_factory is MISSING:
            raise DocumentError(f"{path}/{name}", "is missing")
    return kind(**values)


def _choice(kind: type[StrEnum], value: str, path: str) -> StrEnum:
    try:
        return kind(value)
    except ValueError:
        raise DocumentError(path, f"is {value!r}: was it written by a newer version?") from None


def _keyed(kind: type[_E], key: str, document: object, path: str) -> _E:
    entry = entry_from_document(kind, document, path)
    if getattr(entry, "id", None) != key:
        raise DocumentError(f"{path}/id", "differs from the key")
    return entry


def _mapping(value: object, path: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise DocumentError(path, "is not an object")
    return value


def _names(allowed: frozenset[type]) -> str:
    return " or ".join(sorted("null" if kind is types.NoneType else kind.__name__ for kind in allowed))


def _plain(hint: Any) -> list[type]:
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        return [kind for part in typing.get_args(hint) for kind in _plain(part)]
    return [getattr(hint, "__supertype__", hint)]


_FIELD_TYPES: Mapping[str, Mapping[str, tuple[Field[Any], frozenset[type]]]] = {
    kind.__name__: {
        field.name: (field, frozenset(_plain(typing.get_type_hints(kind)[field.name])))
        for field in fields(kind)
    }
    for kind in (Settings, User, Conference, ConferenceServer)
}
