"""Data to try the system with: six people with logins, three conferences, one administrator."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from switchroom.directory import CallRights, Conference, ConferenceId, Settings, Snapshot, User, UserId
from switchroom.store.rights import Role
from switchroom.store.store import Store

ADMINISTRATOR = "admin"
PEOPLE = ("Anna Weber", "Bruno Conti", "Claire Petit", "David Jones", "Elena Rossi", "Farid Amrani")
FIRST_EXTENSION = 201
COUNTRIES = ("BE", "CA", "GB", "US")
"""Whom they may call abroad: +1, +32 and +44 (S2-04)."""
CONFERENCE_MANAGER = "206"
"""Extension of the one who may change conferences."""


@dataclass(frozen=True, slots=True)
class DemonstrationPhone:
    """What to type into one phone."""

    extension: str
    name: str
    username: str
    secret: str
    login: str
    """What the person signs in as, in a browser."""
    password: str
    role: str


@dataclass(frozen=True, slots=True)
class Demonstration:
    """The generated secrets: shown once, kept nowhere."""

    login: str
    password: str
    phones: tuple[DemonstrationPhone, ...]

    def __repr__(self) -> str:
        return f"Demonstration(login={self.login!r}, ...)"


def demonstration_snapshot(country: str = "US", language: str = "en", time_zone: str = "UTC") -> Snapshot:
    """Users 201 to 206; 8001 open, 8002 with the access code 4321, 8003 waiting for its administrator 201."""
    users = {}
    for offset, name in enumerate(PEOPLE):
        extension = str(FIRST_EXTENSION + offset)
        user_id = UserId(f"user-{extension}")
        users[user_id] = User(user_id, extension, name, rights=CallRights(countries=COUNTRIES))
    rooms = (
        Conference(ConferenceId("conference-8001"), "Open room", "8001"),
        Conference(ConferenceId("conference-8002"), "Board", "8002", access_code="4321"),
        Conference(
            ConferenceId("conference-8003"),
            "Monday meeting",
            "8003",
            administrator=UserId("user-201"),
            wait_for_administrator=True,
        ),
    )
    settings = Settings(country=country, language=language, time_zone=time_zone)
    return Snapshot(settings=settings, users=users, conferences={room.id: room for room in rooms})


async def load_demonstration(
    store: Store, country: str = "US", language: str = "en", time_zone: str = "UTC"
) -> Demonstration | None:
    """Fill an empty store; the generated secrets, or None when there is a configuration already."""
    snapshot = demonstration_snapshot(country, language, time_zone)
    if not await store.configuration.initialise(snapshot, "installation", "Demonstration data"):
        return None
    roles = {
        user.id: Role.CONFERENCE_MANAGER if user.extension == CONFERENCE_MANAGER else Role.USER
        for user in snapshot.users.values()
    }
    password, *passwords = await asyncio.gather(
        store.logins.add(ADMINISTRATOR),
        *(
            store.logins.add(user.extension, role=roles[user.id], user_id=user.id)
            for user in snapshot.users.values()
        ),
    )
    phones = []
    for user, own in zip(snapshot.users.values(), passwords, strict=True):
        made = await store.devices.add(user.id, user.extension, "First phone", "installation")
        phone = DemonstrationPhone(
            extension=user.extension,
            name=user.name,
            username=made.device.username,
            secret=made.secret,
            login=user.extension,
            password=own,
            role=roles[user.id],
        )
        phones.append(phone)
    return Demonstration(ADMINISTRATOR, password, tuple(phones))
