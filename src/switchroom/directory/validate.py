"""Is a draft fit to be applied? All problems at once, each with its field and a sentence to act on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from switchroom.directory.model import LANGUAGES, Conference, ConferenceServer, Settings, Snapshot, User
from switchroom.directory.number_plan import (
    ACCESS_CODE,
    CONFERENCE_ID,
    EXTENSION,
    countries,
    is_emergency,
    shadows_emergency,
)

NAME_LENGTH = 80
RING_SECONDS = range(5, 601)
CALL_SECONDS = range(60, 7 * 24 * 3600 + 1)
PARTICIPANTS = range(2, 10_001)
MEETING_MINUTES = range(1, 7 * 24 * 60 + 1)
RECORDING_DAYS = range(1, 3651)
MOST_USERS = 20_000
MOST_CONFERENCES = 20_000
ROOMS = range(1, MOST_CONFERENCES + 1)
_SERVER = "conference_server"
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]{1,180}")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,31}(/[A-Za-z0-9_+-]{1,32}){0,2}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a draft from being applied.

    `path` names the field (`users/<id>/extension`), `error_id` is stable, `message` is English, and
    `values` are what it tells, for other languages.
    """

    path: str
    error_id: str
    message: str
    values: tuple[tuple[str, str], ...] = ()


def validate(draft: Snapshot) -> list[Problem]:
    """All problems of the draft, of all its parts; empty when it may be applied."""
    problems = list(_settings(draft.settings))
    if len(draft.users) > MOST_USERS:
        problems.append(_problem("users", "too-many-users", "At most {most} users.", most=MOST_USERS))
    if len(draft.conferences) > MOST_CONFERENCES:
        text = "There may be at most {most} conferences."
        problems.append(_problem("conferences", "too-many-conferences", text, most=MOST_CONFERENCES))
    owners = _owners(draft)
    for user in draft.users.values():
        problems += _user(user, draft, owners)
    if draft.conference_server is not None:
        problems += _server(draft.conference_server, draft, owners)
    ids = _ids(draft)
    for room in draft.conferences.values():
        problems += _conference(room, draft, owners, ids)
    return problems


def validate_entry(entry: User | Conference | ConferenceServer | Settings, draft: Snapshot) -> list[Problem]:
    """The problems of one entry, which stands in the draft: for a form that is saved."""
    match entry:
        case Settings():
            return list(_settings(entry))
        case User():
            return list(_user(entry, draft, _owners(draft, entry.extension)))
        case Conference():
            owners = _owners(draft, entry.extension or "")
            problems = list(_conference(entry, draft, owners, _ids(draft, entry.dial_in_id or "")))
            return problems + list(_room_to_spare(entry, draft))
        case ConferenceServer():
            return list(_server(entry, draft, _owners(draft, entry.extension)))


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
    return owners


def _ids(draft: Snapshot, only: str | None = None) -> _Owners:
    """Which rooms have which conference ID: all of them, or those who have one."""
    owners: dict[str, list[tuple[str, str]]] = {}
    for room in draft.conferences.values():
        if room.dial_in_id is not None and (only is None or room.dial_in_id == only):
            owners.setdefault(room.dial_in_id, []).append((f"conferences/{room.id}", room.name))
    return owners


def _settings(settings: Settings) -> Iterator[Problem]:
    yield from _name("settings", settings.name)
    if settings.country not in countries():
        yield _problem(
            "settings/country", "country-unknown", "The country is two capital letters, such as US, FR or IT."
        )
    yield from _language("settings", settings.language)
    yield from _within(
        "settings/ring_seconds", settings.ring_seconds, RING_SECONDS, "The ringing time", "seconds"
    )
    path = "settings/max_call_seconds"
    yield from _within(path, settings.max_call_seconds, CALL_SECONDS, "The longest call", "seconds")
    if not is_time_zone(settings.time_zone):
        text = "The time zone is a name of the IANA list, such as Europe/Paris or America/New_York."
        yield _problem("settings/time_zone", "time-zone-unknown", text)
    path = "settings/recording_days"
    yield from _within(path, settings.recording_days, RECORDING_DAYS, "How long recordings are kept", "days")


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
    yield from _name(path, user.name)
    yield from _extension(path, user.extension, draft.settings.country, owners)
    if user.email is not None and not _EMAIL.fullmatch(user.email):
        yield _problem(f"{path}/email", "email-invalid", "A mail address is written name@company.example.")
    yield from _language(path, user.language)
    yield from _within(f"{path}/ring_seconds", user.ring_seconds, RING_SECONDS, "The ringing time", "seconds")


def _server(server: ConferenceServer, draft: Snapshot, owners: _Owners) -> Iterator[Problem]:
    yield from _extension(_SERVER, server.extension, draft.settings.country, owners)
    yield from _within(f"{_SERVER}/max_rooms", server.max_rooms, ROOMS, "The limit", "rooms")
    path = f"{_SERVER}/max_participants"
    yield from _within(path, server.max_participants, PARTICIPANTS, "The limit", "participants")
    yield from _language(_SERVER, server.language)
    rooms = sum(room.dial_in_id is not None for room in draft.conferences.values())
    if rooms > server.max_rooms:
        text = "There are {rooms} rooms, more than {most}: delete some, or take their conference IDs away."
        yield _problem(f"{_SERVER}/max_rooms", "too-many-rooms", text, rooms=rooms, most=server.max_rooms)


def _room_to_spare(room: Conference, draft: Snapshot) -> Iterator[Problem]:
    """The 11th room is refused where it is typed (S3-09, G-02)."""
    server = draft.conference_server
    if server is None or room.dial_in_id is None:
        return
    if sum(other.dial_in_id is not None for other in draft.conferences.values()) > server.max_rooms:
        text = "The conference server takes {most} rooms and has them: raise its limit, or delete a room."
        path = f"conferences/{room.id}/dial_in_id"
        yield _problem(path, "conference-server-full", text, most=server.max_rooms)


def _entrances(room: Conference, draft: Snapshot, owners: _Owners, ids: _Owners) -> Iterator[Problem]:
    """By which number a conference is reached (G-01)."""
    path = f"conferences/{room.id}"
    if room.extension is not None:
        yield from _extension(path, room.extension, draft.settings.country, owners)
    if room.dial_in_id is None:
        if room.extension is None:
            text = "Give it an internal extension, a conference ID, or both."
            yield _problem(f"{path}/extension", "entrance-missing", text)
        return
    field = f"{path}/dial_in_id"
    if not CONFERENCE_ID.fullmatch(room.dial_in_id):
        yield _problem(field, "conference-id-invalid", "A conference ID has 3 to 8 digits.")
    elif others := [name for owner, name in ids.get(room.dial_in_id, ()) if owner != path]:
        text = "Conference ID {dial_in_id} is already used by {other}."
        yield _problem(field, "conference-id-taken", text, dial_in_id=room.dial_in_id, other=others[0])
    if draft.conference_server is None:
        text = "A conference ID is for callers of the conference server: set it up first."
        yield _problem(field, "conference-server-missing", text)


def _conference(room: Conference, draft: Snapshot, owners: _Owners, ids: _Owners) -> Iterator[Problem]:
    path = f"conferences/{room.id}"
    yield from _name(path, room.name)
    yield from _entrances(room, draft, owners, ids)
    yield from _code(f"{path}/access_code", room.access_code, "access-code", "The access code")
    yield from _code(
        f"{path}/administrator_code", room.administrator_code, "administrator-code", "The administrator code"
    )
    if room.administrator_code is not None and room.administrator_code == room.access_code:
        text = "The administrator code must differ from the access code."
        yield _problem(f"{path}/administrator_code", "administrator-code-same", text)
    if room.administrator is not None and room.administrator not in draft.users:
        text = "The administrator of {name} is no longer a user: choose another one."
        yield _problem(f"{path}/administrator", "administrator-unknown", text, name=room.name)
    if room.wait_for_administrator and room.administrator is None and room.administrator_code is None:
        text = "To wait for the administrator, choose an administrator or set an administrator code."
        yield _problem(f"{path}/wait_for_administrator", "administrator-missing", text)
    if room.end_when_administrator_leaves and room.administrator is None and room.administrator_code is None:
        text = "To end when the administrator leaves, choose an administrator or set an administrator code."
        yield _problem(f"{path}/end_when_administrator_leaves", "administrator-missing", text)
    yield from _within(
        f"{path}/max_participants", room.max_participants, PARTICIPANTS, "The limit", "participants"
    )
    limit = "The longest meeting"
    yield from _within(f"{path}/max_minutes", room.max_minutes, MEETING_MINUTES, limit, "minutes")
    limit = "The longest time alone"
    yield from _within(f"{path}/lone_minutes", room.lone_minutes, MEETING_MINUTES, limit, "minutes")
    yield from _language(path, room.language)


def _name(path: str, name: str) -> Iterator[Problem]:
    if not name.strip():
        yield _problem(f"{path}/name", "name-missing", "Give it a name.")
    elif len(name) > NAME_LENGTH:
        yield _problem(
            f"{path}/name", "name-too-long", "A name has at most {most} characters.", most=NAME_LENGTH
        )
    elif _CONTROL.search(name):
        yield _problem(f"{path}/name", "name-invalid", "A name has no control characters or line breaks.")


def _extension(path: str, extension: str, country: str, owners: _Owners) -> Iterator[Problem]:
    path += "/extension"
    if not EXTENSION.fullmatch(extension):
        yield _problem(path, "extension-invalid", "The extension has 2 to 8 digits; 3 to 5 are advised.")
        return
    if country in countries():
        if is_emergency(extension, country):
            text = "{extension} is an emergency number in {country}: choose another extension."
            yield _problem(path, "extension-emergency", text, extension=extension, country=country)
        elif shadows_emergency(extension, country):
            text = "{extension} begins like an emergency number in {country}: choose another extension."
            yield _problem(path, "extension-shadows-emergency", text, extension=extension, country=country)
    mine = path.removesuffix("/extension")
    others = [name for owner, name in owners.get(extension, ()) if owner != mine]
    if others:
        text = "Extension {extension} is already used by {other}."
        yield _problem(path, "extension-taken", text, extension=extension, other=others[0])


def _code(path: str, code: str | None, error_id: str, what: str) -> Iterator[Problem]:
    if code is not None and not ACCESS_CODE.fullmatch(code):
        yield _problem(path, f"{error_id}-invalid", what + " has 4 to 10 digits.")


def _language(path: str, language: str | None) -> Iterator[Problem]:
    if language is not None and language not in LANGUAGES:
        text = "The language is one of {languages}."
        yield _problem(f"{path}/language", "language-unknown", text, languages=", ".join(LANGUAGES))


def _within(path: str, value: int | None, allowed: range, what: str, unit: str) -> Iterator[Problem]:
    if value is not None and value not in allowed:
        text = what + " is between {least} and {most} " + unit + "."
        yield _problem(path, "out-of-range", text, least=allowed.start, most=allowed.stop - 1)


def _problem(path: str, error_id: str, text: str, **values: str | int) -> Problem:
    shown = {key: str(value) for key, value in values.items()}
    return Problem(path, error_id, text.format(**shown), tuple(shown.items()))
