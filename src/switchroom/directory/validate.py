"""Is a draft fit to be applied? All problems at once, each with its field and a sentence to act on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from zoneinfo import ZoneInfo

from switchroom.directory.document import Entry
from switchroom.directory.model import Conference, ConferenceServer, Settings, Snapshot, User
from switchroom.directory.number_plan import (
    ACCESS_CODE,
    CONFERENCE_ID,
    EXTENSION,
    countries,
    is_emergency,
    shadows_emergency,
)
from switchroom.directory.outside import IncomingNumber, Mailbox, RingGroup, Trunk, UserGroup
from switchroom.directory.problem import NAME_LENGTH as NAME_LENGTH
from switchroom.directory.problem import Problem as Problem
from switchroom.directory.problem import email, language, name, problem, within
from switchroom.directory.validate_outside import (
    group_problems,
    mailbox_problems,
    number_problems,
    ring_group_problems,
    settings_problems,
    trunk_problems,
    user_problems,
)

RING_SECONDS = range(5, 601)
CALL_SECONDS = range(60, 7 * 24 * 3600 + 1)
PARTICIPANTS = range(2, 10_001)
MEETING_MINUTES = range(1, 7 * 24 * 60 + 1)
RECORDING_DAYS = range(1, 3651)
ORBITS = range(100)
PARKED_SECONDS = range(10, 3601)
MOST_USERS = 20_000
MOST_CONFERENCES = 20_000
MOST_OF = {
    "trunks": (200, "trunks"),
    "numbers": (20_000, "incoming numbers"),
    "ring_groups": (5_000, "ring groups"),
    "groups": (5_000, "user groups"),
    "mailboxes": (20_000, "mailboxes"),
}
ROOMS = range(1, MOST_CONFERENCES + 1)
_SERVER = "conference_server"
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,31}(/[A-Za-z0-9_+-]{1,32}){0,2}")


def validate(draft: Snapshot) -> list[Problem]:
    """All problems of the draft, of all its parts; empty when it may be applied."""
    problems = list(_settings(draft.settings, draft))
    if len(draft.users) > MOST_USERS:
        problems.append(problem("users", "too-many-users", "At most {most} users.", most=MOST_USERS))
    if len(draft.conferences) > MOST_CONFERENCES:
        text = "There may be at most {most} conferences."
        problems.append(problem("conferences", "too-many-conferences", text, most=MOST_CONFERENCES))
    for part, (most, what) in MOST_OF.items():
        if len(getattr(draft, part)) > most:
            text = "There may be at most {most} " + what + "."
            problems.append(problem(part, f"too-many-{part.replace('_', '-')}", text, most=most))
    owners = _owners(draft)
    for user in draft.users.values():
        problems += _user(user, draft, owners)
    if draft.conference_server is not None:
        problems += _server(draft.conference_server, draft, owners)
    ids = _ids(draft)
    for room in draft.conferences.values():
        problems += _conference(room, draft, owners, ids)
    for trunk in draft.trunks.values():
        problems += trunk_problems(trunk)
    taken = Counter(number.e164 for number in draft.numbers.values())
    for number in draft.numbers.values():
        problems += number_problems(number, draft, taken)
    for ring_group in draft.ring_groups.values():
        problems += _ring_group(ring_group, draft, owners)
    for group in draft.groups.values():
        problems += group_problems(group, draft)
    for box in draft.mailboxes.values():
        problems += _mailbox(box, draft, owners)
    return problems


def validate_entry(entry: Entry, draft: Snapshot) -> list[Problem]:
    """The problems of one entry, which stands in the draft: for a form that is saved."""
    match entry:
        case Settings():
            return list(_settings(entry, draft))
        case User():
            return list(_user(entry, draft, _owners(draft, entry.extension)))
        case Conference():
            owners = _owners(draft, entry.extension or "")
            problems = list(_conference(entry, draft, owners, _ids(draft, entry.dial_in_id or "")))
            return problems + list(_room_to_spare(entry, draft))
        case ConferenceServer():
            return list(_server(entry, draft, _owners(draft, entry.extension)))
        case Trunk():
            return list(trunk_problems(entry))
        case IncomingNumber():
            taken = Counter(number.e164 for number in draft.numbers.values())
            return list(number_problems(entry, draft, taken))
        case RingGroup():
            return list(_ring_group(entry, draft, _owners(draft, entry.extension)))
        case UserGroup():
            return list(group_problems(entry, draft))
        case Mailbox():
            return list(_mailbox(entry, draft, _owners(draft, entry.extension or "")))


_Owners = Mapping[str, list[tuple[str, str]]]


def _owners(draft: Snapshot, only: str | None = None) -> _Owners:
    """Who has which extension: all of them, or those who have one."""
    owners: dict[str, list[tuple[str, str]]] = {}
    for user in draft.users.values():
        if only is None or user.extension == only:
            owners.setdefault(user.extension, []).append((f"users/{user.id}", f"user {user.name}"))
    for room in draft.conferences.values():
        if room.extension is not None and (only is None or room.extension == only):
            owners.setdefault(room.extension, []).append(
                (f"conferences/{room.id}", f"conference {room.name}")
            )
    server = draft.conference_server
    if server is not None and (only is None or server.extension == only):
        owners.setdefault(server.extension, []).append((_SERVER, "the conference server"))
    for group in draft.ring_groups.values():
        if only is None or group.extension == only:
            owners.setdefault(group.extension, []).append(
                (f"ring_groups/{group.id}", f"ring group {group.name}")
            )
    for box in draft.mailboxes.values():
        if box.extension is not None and (only is None or box.extension == only):
            owners.setdefault(box.extension, []).append((f"mailboxes/{box.id}", f"mailbox {box.name}"))
    return owners


def _ids(draft: Snapshot, only: str | None = None) -> _Owners:
    """Which rooms have which conference ID: all of them, or those who have one."""
    owners: dict[str, list[tuple[str, str]]] = {}
    for room in draft.conferences.values():
        if room.dial_in_id is not None and (only is None or room.dial_in_id == only):
            owners.setdefault(room.dial_in_id, []).append((f"conferences/{room.id}", room.name))
    return owners


def _settings(settings: Settings, draft: Snapshot) -> Iterator[Problem]:
    yield from name("settings", settings.name)
    if settings.country not in countries():
        yield problem(
            "settings/country", "country-unknown", "The country is two capital letters, such as US, FR or IT."
        )
    yield from language("settings", settings.language)
    yield from within(
        "settings/ring_seconds", settings.ring_seconds, RING_SECONDS, "The ringing time", "seconds"
    )
    path = "settings/max_call_seconds"
    yield from within(path, settings.max_call_seconds, CALL_SECONDS, "The longest call", "seconds")
    if not is_time_zone(settings.time_zone):
        text = "The time zone is a name of the IANA list, such as Europe/Paris or America/New_York."
        yield problem("settings/time_zone", "time-zone-unknown", text)
    path = "settings/recording_days"
    yield from within(path, settings.recording_days, RECORDING_DAYS, "How long recordings are kept", "days")
    yield from _orbits(settings)
    yield from settings_problems(settings, draft)


def _orbits(settings: Settings) -> Iterator[Problem]:
    path, first, count = "settings/first_orbit", settings.first_orbit, settings.orbits
    yield from within("settings/orbits", count, ORBITS, "How many calls can be parked", "places")
    seconds = settings.parked_seconds
    yield from within(
        "settings/parked_seconds", seconds, PARKED_SECONDS, "How long calls stay parked", "seconds"
    )
    if not EXTENSION.fullmatch(first) or count not in ORBITS or len(str(int(first) + count - 1)) > len(first):
        text = "The first place for parked calls has 2 to 8 digits, and so has the last one."
        yield problem(path, "orbit-malformed", text)
        return
    numbers = (f"{number:0{len(first)}}" for number in range(int(first), int(first) + count))
    if settings.country in countries() and any(shadows_emergency(one, settings.country) for one in numbers):
        text = "A place for parked calls can not be taken for an emergency number."
        yield problem(path, "orbit-emergency", text)


@lru_cache(maxsize=64)
def is_time_zone(name: str) -> bool:
    """Whether the machine's (or the tzdata package's) IANA list has this zone."""
    if not _ZONE.fullmatch(name):
        return False
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return False
    return True


def _user(user: User, draft: Snapshot, owners: _Owners) -> Iterator[Problem]:
    path = f"users/{user.id}"
    yield from name(path, user.name)
    yield from _extension(path, user.extension, draft.settings.country, owners)
    yield from email(path, user.email)
    yield from language(path, user.language)
    yield from within(f"{path}/ring_seconds", user.ring_seconds, RING_SECONDS, "The ringing time", "seconds")
    yield from user_problems(user, draft)


def _ring_group(group: RingGroup, draft: Snapshot, owners: _Owners) -> Iterator[Problem]:
    yield from ring_group_problems(group, draft)
    yield from _extension(f"ring_groups/{group.id}", group.extension, draft.settings.country, owners)


def _mailbox(box: Mailbox, draft: Snapshot, owners: _Owners) -> Iterator[Problem]:
    yield from mailbox_problems(box, draft)
    if box.extension is not None:
        yield from _extension(f"mailboxes/{box.id}", box.extension, draft.settings.country, owners)


def _server(server: ConferenceServer, draft: Snapshot, owners: _Owners) -> Iterator[Problem]:
    yield from _extension(_SERVER, server.extension, draft.settings.country, owners)
    yield from within(f"{_SERVER}/max_rooms", server.max_rooms, ROOMS, "The limit", "rooms")
    path = f"{_SERVER}/max_participants"
    yield from within(path, server.max_participants, PARTICIPANTS, "The limit", "participants")
    yield from language(_SERVER, server.language)
    rooms = sum(room.dial_in_id is not None for room in draft.conferences.values())
    if rooms > server.max_rooms:
        text = "There are {rooms} rooms, more than {most}: delete some, or take their conference IDs away."
        yield problem(f"{_SERVER}/max_rooms", "too-many-rooms", text, rooms=rooms, most=server.max_rooms)


def _room_to_spare(room: Conference, draft: Snapshot) -> Iterator[Problem]:
    """The 11th room is refused where it is typed (S3-09, G-02)."""
    server = draft.conference_server
    if server is None or room.dial_in_id is None:
        return
    if sum(other.dial_in_id is not None for other in draft.conferences.values()) > server.max_rooms:
        text = "The conference server takes {most} rooms and has them: raise its limit, or delete a room."
        path = f"conferences/{room.id}/dial_in_id"
        yield problem(path, "conference-server-full", text, most=server.max_rooms)


def _entrances(room: Conference, draft: Snapshot, owners: _Owners, ids: _Owners) -> Iterator[Problem]:
    """By which number a conference is reached (G-01)."""
    path = f"conferences/{room.id}"
    if room.extension is not None:
        yield from _extension(path, room.extension, draft.settings.country, owners)
    if room.dial_in_id is None:
        if room.extension is None:
            text = "Give it an internal extension, a conference ID, or both."
            yield problem(f"{path}/extension", "entrance-missing", text)
        return
    field = f"{path}/dial_in_id"
    if not CONFERENCE_ID.fullmatch(room.dial_in_id):
        yield problem(field, "conference-id-invalid", "A conference ID has 3 to 8 digits.")
    elif others := [title for owner, title in ids.get(room.dial_in_id, ()) if owner != path]:
        text = "Conference ID {dial_in_id} is already used by {other}."
        yield problem(field, "conference-id-taken", text, dial_in_id=room.dial_in_id, other=others[0])
    if draft.conference_server is None:
        text = "A conference ID is for callers of the conference server: set it up first."
        yield problem(field, "conference-server-missing", text)


def _conference(room: Conference, draft: Snapshot, owners: _Owners, ids: _Owners) -> Iterator[Problem]:
    path = f"conferences/{room.id}"
    yield from name(path, room.name)
    yield from _entrances(room, draft, owners, ids)
    yield from _code(f"{path}/access_code", room.access_code, "access-code", "The access code")
    yield from _code(
        f"{path}/administrator_code", room.administrator_code, "administrator-code", "The administrator code"
    )
    if room.administrator_code is not None and room.administrator_code == room.access_code:
        text = "The administrator code must differ from the access code."
        yield problem(f"{path}/administrator_code", "administrator-code-same", text)
    if room.administrator is not None and room.administrator not in draft.users:
        text = "The administrator of {name} is no longer a user: choose another one."
        yield problem(f"{path}/administrator", "administrator-unknown", text, name=room.name)
    if room.wait_for_administrator and room.administrator is None and room.administrator_code is None:
        text = "To wait for the administrator, choose an administrator or set an administrator code."
        yield problem(f"{path}/wait_for_administrator", "administrator-missing", text)
    if room.end_when_administrator_leaves and room.administrator is None and room.administrator_code is None:
        text = "To end when the administrator leaves, choose an administrator or set an administrator code."
        yield problem(f"{path}/end_when_administrator_leaves", "administrator-missing", text)
    yield from within(
        f"{path}/max_participants", room.max_participants, PARTICIPANTS, "The limit", "participants"
    )
    limit = "The longest meeting"
    yield from within(f"{path}/max_minutes", room.max_minutes, MEETING_MINUTES, limit, "minutes")
    limit = "The longest time alone"
    yield from within(f"{path}/lone_minutes", room.lone_minutes, MEETING_MINUTES, limit, "minutes")
    yield from language(path, room.language)


def _extension(path: str, extension: str, country: str, owners: _Owners) -> Iterator[Problem]:
    path += "/extension"
    if not EXTENSION.fullmatch(extension):
        yield problem(path, "extension-invalid", "The extension has 2 to 8 digits; 3 to 5 are advised.")
        return
    if country in countries():
        if is_emergency(extension, country):
            text = "{extension} is an emergency number in {country}: choose another extension."
            yield problem(path, "extension-emergency", text, extension=extension, country=country)
        elif shadows_emergency(extension, country):
            text = "{extension} begins like an emergency number in {country}: choose another extension."
            yield problem(path, "extension-shadows-emergency", text, extension=extension, country=country)
    mine = path.removesuffix("/extension")
    others = [title for owner, title in owners.get(extension, ()) if owner != mine]
    if others:
        text = "Extension {extension} is already used by {other}."
        yield problem(path, "extension-taken", text, extension=extension, other=others[0])


def _code(path: str, code: str | None, error_id: str, what: str) -> Iterator[Problem]:
    if code is not None and not ACCESS_CODE.fullmatch(code):
        yield problem(path, f"{error_id}-invalid", what + " has 4 to 10 digits.")
