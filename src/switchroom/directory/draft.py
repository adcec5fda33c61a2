"""A draft: what shall be otherwise than the applied snapshot, entry by entry."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from switchroom.directory.diff import Change, diff
from switchroom.directory.document import (
    COLLECTIONS,
    PART_OF,
    DocumentError,
    canonical,
    entry_from_document,
    entry_to_document,
    from_json,
    to_json,
)
from switchroom.directory.document import Entry as Entry
from switchroom.directory.model import Conference, ConferenceServer, Settings, Snapshot
from switchroom.directory.validate import Problem, validate

SETTINGS_ID = "settings"
SERVER_ID = "server"
"""The one entry of the part `conference_server`."""


class DraftEntry(NamedTuple):
    """One entry of a draft: its new document as JSON, or None for "removed"."""

    part: str
    entry_id: str
    document: str | None


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft laid over its base: what is wrong, what differs, and the whole as canonical JSON."""

    problems: tuple[Problem, ...]
    changes: tuple[Change, ...]
    document: str


def part_of(entry: Entry) -> tuple[str, str]:
    """The part and the key an entry stands under."""
    match entry:
        case Settings():
            return "settings", SETTINGS_ID
        case ConferenceServer():
            return "conference_server", SERVER_ID
        case _:
            return PART_OF[type(entry)], entry.id


def entry_of(snapshot: Snapshot, part: str, entry_id: str) -> Entry | None:
    """An entry by its part and key; None: it is not there."""
    if part in COLLECTIONS:
        found: Entry | None = getattr(snapshot, part).get(entry_id)
        return found
    return snapshot.conference_server if part == "conference_server" else snapshot.settings


class Chosen(NamedTuple):
    """An entry of a draft that is to be applied alone; `fields`: only these of it, None: all."""

    part: str
    entry_id: str
    fields: frozenset[str] | None = None


def selected(applied: Snapshot, wanted: Snapshot, chosen: Iterable[Chosen]) -> list[DraftEntry]:
    """What has to be laid over the applied snapshot so that it has the chosen entries of the wanted one."""
    found = []
    for part, entry_id, names in chosen:
        before, after = entry_of(applied, part, entry_id), entry_of(wanted, part, entry_id)
        if after is None:
            if before is not None:
                found.append(DraftEntry(part, entry_id, None))
            continue
        if before is not None and names is not None:
            after = replace(before, **{name: getattr(after, name) for name in names})
        found.append(DraftEntry(part, entry_id, canonical(entry_to_document(after))))
    return found


def settled(former: Entry | None, entry: Entry, given: Container[str], draft: Snapshot) -> Entry:
    """The entry with what follows from an edit, where the editor has not said otherwise (`given`).

    A conference that is given a conference ID gets the server's limit of participants (S3-10, G-02).
    """
    if not isinstance(entry, Conference) or entry.dial_in_id is None or draft.conference_server is None:
        return entry
    had = isinstance(former, Conference) and former.dial_in_id is not None
    if had or entry.max_participants is not None or "max_participants" in given:
        return entry
    return replace(entry, max_participants=draft.conference_server.max_participants)


def overlay(base: Snapshot, entries: Iterable[DraftEntry]) -> Snapshot:
    """The base with the draft's entries in their places. Raises `DocumentError`."""
    changed: dict[str, Any] = {}
    for part, entry_id, text in entries:
        path = f"{part}/{entry_id}"
        document = None if text is None else json.loads(text)
        if part == "settings":
            changed[part] = base.settings if text is None else entry_from_document(Settings, document, path)
        elif part == "conference_server":
            changed[part] = None if text is None else entry_from_document(ConferenceServer, document, path)
        elif part not in COLLECTIONS:
            raise DocumentError(path, "unknown part: was it written by a newer version?")
        else:
            collection = changed.setdefault(part, dict(getattr(base, part)))
            if text is None:
                collection.pop(entry_id, None)
            else:
                collection[entry_id] = entry_from_document(COLLECTIONS[part], document, path)
    return replace(base, **changed)


def with_entry(snapshot: Snapshot, entry: Entry) -> Snapshot:
    """The snapshot with one entry put in."""
    part, entry_id = part_of(entry)
    value: Any = {**getattr(snapshot, part), entry_id: entry} if part in COLLECTIONS else entry
    return replace(snapshot, **{part: value})


def without_entry(snapshot: Snapshot, part: str, entry_id: str) -> Snapshot:
    """The snapshot without one entry, or without its conference server."""
    value: Any = None
    if part in COLLECTIONS:
        value = {key: entry for key, entry in getattr(snapshot, part).items() if key != entry_id}
    return replace(snapshot, **{part: value})


def check(base: str, entries: Iterable[DraftEntry]) -> Checked:
    """Validate and compare: text in, values out, so that it can run in another process."""
    before = from_json(base)
    after = overlay(before, entries)
    return Checked(tuple(validate(after)), tuple(diff(before, after)), to_json(after))


def compare(before: str, after: str) -> Checked:
    """The same for two whole documents (roll back)."""
    old, new = from_json(before), from_json(after)
    return Checked(tuple(validate(new)), tuple(diff(old, new)), to_json(new))
