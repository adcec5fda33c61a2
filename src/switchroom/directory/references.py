"""Who refers to whom: what a reference may lead to, and what has to go before an entry can be deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from switchroom.directory.document import Entry
from switchroom.directory.model import Settings, Snapshot, User
from switchroom.directory.outside import (
    Destination,
    DestinationKind,
    IncomingNumber,
    Mailbox,
    RingGroup,
    UserGroup,
)

SERVER = ("conference_server", "server")
_KIND_PARTS: Mapping[DestinationKind, str] = {
    DestinationKind.EXTENSION: "users",
    DestinationKind.CONFERENCE: "conferences",
    DestinationKind.RING_GROUP: "ring_groups",
    DestinationKind.VOICEMAIL: "mailboxes",
}


class Reference(NamedTuple):
    """A field of an entry that names another entry."""

    field: str
    part: str
    id: str


class Blocker(NamedTuple):
    """An entry that has to go, or to lead elsewhere, before another may be deleted."""

    part: str
    id: str
    name: str


def references(entry: Entry) -> Iterator[Reference]:
    """All that an entry refers to; a conference's administrator has a rule of his own (validate)."""
    match entry:
        case User():
            yield from _one("outgoing_number", "numbers", entry.outgoing_number)
        case Settings():
            yield from _one("default_number", "numbers", entry.default_number)
            yield from _one("emergency_callback", "numbers", entry.emergency_callback)
            for rule in entry.outgoing_rules:
                yield Reference("outgoing_rules", "numbers", rule.number)
        case IncomingNumber():
            yield from _one("trunk", "trunks", entry.trunk)
            yield from of_destination("destination", entry.destination)
            yield from of_destination("otherwise", entry.otherwise)
        case RingGroup():
            for member in entry.members:
                yield Reference("members", "users", member)
            yield from of_destination("otherwise", entry.otherwise)
        case UserGroup():
            for member in entry.members:
                yield Reference("members", "users", member)
        case Mailbox() if not entry.is_users:
            yield from _one("user", "users", entry.user)
        case _:
            return


def of_destination(field: str, destination: Destination | None) -> Iterator[Reference]:
    """What a destination leads to, where that is an entry."""
    if destination is None:
        return
    if destination.kind is DestinationKind.CONFERENCE_SERVER:
        yield Reference(field, *SERVER)
    elif (part := _KIND_PARTS.get(destination.kind)) is not None:
        yield Reference(field, part, destination.target)


def stands(snapshot: Snapshot, part: str, entry_id: str) -> bool:
    """Whether there is what a reference names."""
    if part == SERVER[0]:
        return snapshot.conference_server is not None
    if part == "mailboxes":
        return snapshot.mailbox(entry_id) is not None
    return entry_id in getattr(snapshot, part)


Blocked = Mapping[tuple[str, str], tuple[Blocker, ...]]


def blocked(snapshot: Snapshot) -> Blocked:
    """(part, id) of all entries that can not be deleted, with what keeps each from it, in the order to go."""
    found: dict[tuple[str, str], dict[Blocker, None]] = {}
    rooms = [room for room in snapshot.conferences.values() if room.dial_in_id is not None]
    for room in sorted(rooms, key=lambda room: room.name):  # S3-11: rooms, then numbers
        found.setdefault(SERVER, {})[Blocker("conferences", room.id, room.name)] = None
    for part, entry_id, name, entry in _referring(snapshot):
        for _, to_part, to_id in references(entry):
            # A user's box goes with him, and no sooner.
            key = ("users" if to_part == "mailboxes" and to_id in snapshot.users else to_part, to_id)
            if key != (part, entry_id):
                found.setdefault(key, {})[Blocker(part, entry_id, name)] = None
    return {key: tuple(blockers) for key, blockers in found.items()}


def _referring(snapshot: Snapshot) -> Iterator[tuple[str, str, str, Entry]]:
    """The entries that may refer to others, those of each part by name."""
    for number in sorted(snapshot.numbers.values(), key=lambda number: number.e164):
        yield "numbers", number.id, number.e164, number
    for group in sorted(snapshot.ring_groups.values(), key=lambda group: group.name):
        yield "ring_groups", group.id, group.name, group
    for members in sorted(snapshot.groups.values(), key=lambda group: group.name):
        yield "groups", members.id, members.name, members
    for box in sorted(snapshot.mailboxes.values(), key=lambda box: box.name):
        yield "mailboxes", box.id, box.name, box
    for user in sorted(snapshot.users.values(), key=lambda user: user.name):
        yield "users", user.id, user.name, user
    yield "settings", "settings", snapshot.settings.name, snapshot.settings


def _one(field: str, part: str, entry_id: str | None) -> Iterator[Reference]:
    if entry_id is not None:
        yield Reference(field, part, entry_id)
