"""A snapshot as a canonical document (plain dictionaries for JSON), and back.

    {"schema": 1, "settings": {...}, "users": {id: {...}}, "conferences": {id: {...}},
     "conference_server": {...} or null, "trunks": {id: {...}}, "numbers": {id: {...}},
     "ring_groups": {id: {...}}, "groups": {id: {...}}, "mailboxes": {id: {...}}}

Every field is written; a missing one is read as its default (a document of an older version); an unknown
one is refused (a document of a newer version must not lose what it says). Nothing is validated here beyond
types: that is `validate`.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final, TypeVar

from switchroom.directory.model import (
    Conference,
    ConferenceServer,
    RevisionNumber,
    Settings,
    Snapshot,
    User,
)
from switchroom.directory.outside import IncomingNumber, Mailbox, RingGroup, Trunk, UserGroup

SCHEMA = 1

Keyed = User | Conference | Trunk | IncomingNumber | RingGroup | UserGroup | Mailbox
Entry = Keyed | Settings | ConferenceServer
COLLECTIONS: Final[Mapping[str, type[Keyed]]] = {
    "users": User,
    "conferences": Conference,
    "trunks": Trunk,
    "numbers": IncomingNumber,
    "ring_groups": RingGroup,
    "groups": UserGroup,
    "mailboxes": Mailbox,
}
"""The parts that hold entries by id: the fields of a `Snapshot` by that name."""
PART_OF: Final[Mapping[type, str]] = {kind: part for part, kind in COLLECTIONS.items()}
_T = TypeVar("_T")
_PARTS = frozenset({"schema", "settings", "conference_server", *COLLECTIONS})


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
        "conference_server": None if server is None else entry_to_document(server),
        **{
            part: {key: entry_to_document(entry) for key, entry in sorted(getattr(snapshot, part).items())}
            for part in COLLECTIONS
        },
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
    server = parts.get("conference_server")
    collections: dict[str, Any] = {
        part: {
            key: keyed_from_document(kind, key, value, f"{part}/{key}")
            for key, value in _mapping(parts.get(part, {}), part).items()
        }
        for part, kind in COLLECTIONS.items()
    }
    return Snapshot(
        revision=revision,
        settings=entry_from_document(Settings, parts.get("settings", {}), "settings"),
        conference_server=None
        if server is None
        else entry_from_document(ConferenceServer, server, "conference_server"),
        **collections,
    )


def entry_to_document(entry: Any) -> dict[str, Any]:
    """One entry (any dataclass of ours) as a dictionary."""
    return {name: _plain_value(getattr(entry, name)) for name in entry.__dataclass_fields__}


def _plain_value(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_plain_value(item) for item in value]
    return entry_to_document(value) if hasattr(value, "__dataclass_fields__") else value


def entry_from_document(kind: type[_T], document: object, path: str) -> _T:
    """One entry of the given kind. Raises `DocumentError` on an unknown, missing or mistyped field."""
    values = fields_from_document(kind, document, path)
    if missing := _required(typing.cast(Any, kind)) - values.keys():
        raise DocumentError(f"{path}/{sorted(missing)[0]}", "is missing")
    return kind(**values)


def fields_from_document(kind: type, document: object, path: str) -> dict[str, Any]:
    """The named fields of an entry of a kind. Raises `DocumentError` on an unknown or mistyped one."""
    values: dict[str, Any] = {}
    known = _types_of(kind)
    for name, value in _mapping(document, path).items():
        allowed = known.get(name)
        if allowed is None:
            raise DocumentError(f"{path}/{name}", "unknown field: was it written by a newer version?")
        values[name] = value if type(value) in allowed else _read(allowed, value, f"{path}/{name}")
    return values


def keyed_from_document(kind: type[_T], key: str, document: object, path: str) -> _T:
    """An entry that names the key it stands under. Raises `DocumentError`."""
    entry = entry_from_document(kind, document, path)
    if getattr(entry, "id", None) != key:
        raise DocumentError(f"{path}/id", "differs from the key")
    return entry


def _read(allowed: tuple[Any, ...], value: object, path: str) -> Any:
    """A value that JSON has no type of its own for: of an enumeration, a tuple, a dataclass."""
    for kind in allowed:
        if isinstance(value, list) and typing.get_origin(kind) is tuple:
            items = _plain(typing.get_args(kind)[0])
            return tuple(
                item if type(item) in items else _read(items, item, f"{path}/{index}")
                for index, item in enumerate(value)
            )
        if isinstance(value, str) and isinstance(kind, type) and issubclass(kind, StrEnum):
            return _choice(kind, value, path)
        if isinstance(value, Mapping) and is_dataclass(kind):
            return entry_from_document(typing.cast(type, kind), value, path)
    raise DocumentError(path, f"is a {type(value).__name__}, not {_names(allowed)}")


def _choice(kind: type[StrEnum], value: str, path: str) -> StrEnum:
    try:
        return kind(value)
    except ValueError:
        raise DocumentError(path, f"is {value!r}: was it written by a newer version?") from None


def _mapping(value: object, path: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise DocumentError(path, "is not an object")
    return value


def _names(allowed: tuple[Any, ...]) -> str:
    return " or ".join(
        sorted("null" if kind is types.NoneType else getattr(kind, "__name__", str(kind)) for kind in allowed)
    )


def _plain(hint: Any) -> tuple[Any, ...]:
    """The types that a hint allows, without unions and `NewType`s."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        return tuple(kind for part in typing.get_args(hint) for kind in _plain(part))
    return (getattr(hint, "__supertype__", hint),)


@cache
def _types_of(kind: Any) -> Mapping[str, tuple[Any, ...]]:
    hints = typing.get_type_hints(kind)
    return {field.name: _plain(hints[field.name]) for field in fields(kind)}


@cache
def _required(kind: Any) -> frozenset[str]:
    """Fields without a default."""
    return frozenset(
        field.name for field in fields(kind) if field.default is MISSING and field.default_factory is MISSING
    )
