"""The difference of two snapshots in words a person reads before "Apply changes". Codes are never shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import Enum, StrEnum
from typing import Any, Final

from switchroom.directory.document import COLLECTIONS, PART_OF, Entry
from switchroom.directory.model import ConferenceServer, Settings, Snapshot
from switchroom.directory.outside import (
    CallRights,
    Destination,
    DestinationKind,
    IncomingNumber,
    OutgoingRule,
    Schedule,
)

_SECRET = frozenset({"access_code", "administrator_code"})
_TITLES = {
    "settings": "System",
    "users": "User",
    "conferences": "Conference",
    "conference_server": "Conference server",
    "trunks": "Trunk",
    "numbers": "Incoming number",
    "ring_groups": "Ring group",
    "groups": "User group",
    "mailboxes": "Mailbox",
}
_ALONE = frozenset({"settings", "conference_server"})
"""Parts of one entry: nothing but the part names it."""
_IDS = {"settings": "settings", "conference_server": "server"}
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
    "time_zone": "time zone",
    "recording_days": "recordings are kept (days)",
    "dial_in_id": "conference ID",
    "lobby": "lobby",
    "links_skip_code": "links stand for the access code",
    "recording": "recording",
    "record_participants": "recording of each participant",
    "names": "announcement of names",
    "announce_count": "announcement of how many are there",
    "noise_suppression": "noise suppression",
    "max_minutes": "longest meeting (minutes)",
    "lone_minutes": "longest time alone (minutes)",
    "confirm_invitees": "invited people press 1",
    "tones_always": "tones above ten people",
    "max_rooms": "rooms at most",
    "voicemail": "voicemail",
    "mobile": "mobile number",
    "outgoing_number": "outgoing number",
    "rights": "may call",
    "concurrent_outside": "calls outside at once",
    "calls_per_hour": "calls an hour",
    "calls_per_day": "calls a day",
    "minutes_per_hour": "minutes an hour",
    "minutes_per_day": "minutes a day",
    "default_number": "default outgoing number",
    "outgoing_rules": "outgoing numbers by destination",
    "rules_override_users": "rules also for users with an outgoing number",
    "night": "night",
    "night_countries": "countries at night",
    "new_country_asks": "asking before the first call to a country",
    "hold_music": "hold music",
    "emergency_callback": "number shown by emergency calls",
    "emergency_notice": "mail about emergency calls",
    "first_orbit": "first place for parked calls",
    "orbits": "places for parked calls",
    "parked_seconds": "parked calls come back (seconds)",
    "host": "server",
    "port": "port",
    "username": "user name",
    "auth_username": "user name of the password",
    "from_domain": "own domain",
    "outbound_proxy": "outbound proxy",
    "srtp": "encrypted speech",
    "addresses": "addresses it calls from",
    "capacity": "calls at once",
    "identity": "header that tells who calls",
    "forwarder": "header of forwarded calls",
    "number_format": "how numbers are written",
    "expires": "registration (seconds)",
    "check_seconds": "time between checks (seconds)",
    "redirects": "redirections followed",
    "enabled": "use",
    "e164": "number",
    "trunk": "trunk",
    "otherwise": "otherwise",
    "schedule": "times",
    "in_turn": "ringing in turn",
    "pickup": "picking up each other's calls",
    "user": "user",
    "attach": "sound in the mail",
    "after_mail": "after the mail",
}

_PARTS: Final[Mapping[type, str]] = {
    Settings: "settings",
    ConferenceServer: "conference_server",
    **PART_OF,
}
_ORDER = ("users", "trunks", "numbers", "ring_groups", "groups", "mailboxes")
"""Of parts before the conference server and its conferences."""
_NOTHING = "nothing"
_REFERRED = {
    "administrator": "users",
    "user": "users",
    "members": "users",
    "outgoing_number": "numbers",
    "default_number": "numbers",
    "emergency_callback": "numbers",
    "trunk": "trunks",
}
"""Fields that hold ids, and of which part: they are shown by name."""
_KINDS: Final[Mapping[DestinationKind, str]] = {
    DestinationKind.EXTENSION: "users",
    DestinationKind.CONFERENCE: "conferences",
    DestinationKind.RING_GROUP: "ring_groups",
    DestinationKind.VOICEMAIL: "mailboxes",
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

MASK: Final = "••••"
"""Stands for a code in a difference: that there is one, not which."""


class ChangeKind(Enum):
    """What happened to an entry or field."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: the entry or field (`conferences/<id>/access_code`), a sentence, and its parts.

    The parts are for other languages than English: `name` and `extension` as they are now, `old` and `new`
    of the field (null: nothing set; a person in words; a code as `MASK`). Revisions made before there were
    parts have the sentence only.
    """

    path: str
    kind: ChangeKind
    message: str
    part: str = ""
    id: str = ""
    field: str | None = None
    name: str = ""
    extension: str = ""
    old: str | int | bool | None = None
    new: str | int | bool | None = None


def diff(old: Snapshot, new: Snapshot) -> list[Change]:
    """What has to be done to `old` to get `new`: settings, users, the outside world, the conference
    server and conferences; empty when equal."""
    changes: list[Change] = []
    if old.settings != new.settings:
        changes += _fields("settings", "settings", old.settings, new.settings, old, new)
    for part in _ORDER:
        changes += _entries(part, getattr(old, part), getattr(new, part), old, new)
    changes += diff_entry(old.conference_server, new.conference_server, old, new)
    changes += _entries("conferences", old.conferences, new.conferences, old, new)
    return changes


def diff_entry(
    before: Entry | None,
    after: Entry | None,
    old: Snapshot,
    new: Snapshot,
) -> list[Change]:
    """The difference of one entry; None: not there. The snapshots tell names of people."""
    entry = after or before
    if entry is None or before is after:
        return []
    part = _PARTS[type(entry)]
    key = str(_IDS.get(part) or getattr(entry, "id", ""))
    if before is None or after is None:
        return [_whole(part, key, ChangeKind.REMOVED if after is None else ChangeKind.ADDED, entry)]
    return list(_fields(part, key, before, after, old, new))


def _entries(
    part: str, before: Mapping[Any, Any], after: Mapping[Any, Any], old: Snapshot, new: Snapshot
) -> Iterator[Change]:
    for key, entry in before.items():
        if key not in after:
            yield _whole(part, key, ChangeKind.REMOVED, entry)
    for key, entry in after.items():
        former = before.get(key)
        if former is None:
            yield _whole(part, key, ChangeKind.ADDED, entry)
        elif former is not entry and former != entry:
            yield from _fields(part, key, former, entry, old, new)


def _whole(part: str, key: str, kind: ChangeKind, entry: Entry) -> Change:
    number = _extension(entry)
    dial_in_id = getattr(entry, "dial_in_id", None)
    reached = number if number or not dial_in_id else f"ID {dial_in_id}"
    path = part if part in _ALONE else f"{part}/{key}"
    words = f"{_title(part, entry)} {f'({reached}) ' if reached else ''}{kind.value}"
    return Change(path, kind, words, part, key, None, _name(entry), number)


def _title(part: str, entry: Entry) -> str:
    return _TITLES[part] if part in _ALONE else f"{_TITLES[part]} {_name(entry)}"


def _name(entry: Entry) -> str:
    match entry:
        case ConferenceServer():
            return ""
        case IncomingNumber():
            return entry.e164
        case _:
            return entry.name


def _extension(entry: Entry) -> str:
    return getattr(entry, "extension", None) or ""


def _fields(
    part: str,
    key: str,
    before: Entry,
    after: Entry,
    old: Snapshot,
    new: Snapshot,
) -> Iterator[Change]:
    path = part if part in _ALONE else f"{part}/{key}"
    title, after_name, extension = _title(part, after), _name(after), _extension(after)
    for field in fields(after):
        name = field.name
        former, present = getattr(before, name), getattr(after, name)
        if former != present:
            yield Change(
                f"{path}/{name}",
                ChangeKind.CHANGED,
                f"{title}: {_change(name, former, present, old, new)}",
                part,
                key,
                name,
                after_name,
                extension,
                _told(name, former, old),
                _told(name, present, new),
            )


def _told(name: str, value: Any, snapshot: Snapshot) -> str | int | bool | None:
    """A field's value as a person may read it."""
    if value is None or isinstance(value, bool | int):
        return value
    if value == ():
        return None
    if isinstance(value, StrEnum):
        return value.value
    return MASK if name in _SECRET else _shown(name, value, snapshot)


def _change(name: str, former: object, present: object, old: Snapshot, new: Snapshot) -> str:
    word = _WORDS.get(name, name.replace("_", " "))
    if name in _SECRET:
        if former is None:
            return f"{word} set"
        return f"{word} removed" if present is None else f"{word} changed"
    former, present = (None if value == () else value for value in (former, present))
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
    match value:
        case StrEnum():
            return value.value.replace("_", " ").replace("-", " ")
        case tuple():
            return ", ".join(_shown(name, item, snapshot) for item in value) or _NOTHING
        case Destination():
            words = _shown("", value.kind, snapshot)
            part = _KINDS.get(value.kind)
            return f"{words} {_entry_name(part, value.target, snapshot) if part else value.target}".rstrip()
        case Schedule():
            days = " ".join(_DAYS[day] for day in value.days if day in range(7))
            return f"{days} {value.begins}-{value.ends}"
        case CallRights():
            allowed = [word for word in ("national", "mobile", "premium") if getattr(value, word)]
            return ", ".join([*allowed, *value.countries]) or _NOTHING
        case OutgoingRule():
            return f"{value.prefix} shows {_entry_name('numbers', value.number, snapshot)}"
        case str() if name in _REFERRED:
            return _entry_name(_REFERRED[name], value, snapshot)
        case _:
            return str(value)


def _entry_name(part: str, entry_id: str, snapshot: Snapshot) -> str:
    """What an entry that is referred to is called."""
    found = getattr(snapshot, part).get(entry_id) if part in COLLECTIONS else None
    if found is None and part == "mailboxes":
        found = snapshot.mailbox(entry_id)
    if found is None:
        return "a user who is gone" if part == "users" else "something that is gone"
    return f"{found.name} ({found.extension})" if part == "users" else _name(found)
