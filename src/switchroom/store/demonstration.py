"""Data to try the system with: six people, three conferences, one administrator; every secret generated."""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.directory import Conference, ConferenceId, Settings, Snapshot, User, UserId
from switchroom.store.store import Store

ADMINISTRATOR = "admin"
PEOPLE = ("Anna Weber", "Bruno Conti", "Claire Petit", "David Jones", "Elena Rossi", "Farid Amrani")
FIRST_EXTENSION = 201


@dataclass(frozen=True, slots=True)
class DemonstrationPhone:
    """What to type into one phone."""

    extension: str
    name: str
    username: str
    secret: str


@dataclass(frozen=True, slots=True)
class Demonstration:
    """The generated secrets: shown once, kept nowhere."""

    login: str
    password: str
    phones: tuple[DemonstrationPhone, ...]

    def __repr__(self) -> str:
        return f"Demonstration(login={self.login!r}, ...)"


def demonstration_snapshot(country: str = "US", language: str = "en") -> Snapshot:
    """Users 201 to 206; 8001 open, 8002 with the access code 4321, 8003 waiting for its administrator 201."""
    users = {}
    for offset, name in enumerate(PEOPLE):
        extension = str(FIRST_EXTENSION + offset)
        user_id = UserId(f"user-{extension}")
        users[user_id] = User(user_id, extension, name)
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
    settings = Settings(country=country, language=language)
    return Snapshot(settings=settings, users=users, conferences={room.id: room for room in rooms})


async def load_demonstration(store: Store, country: str = "US", language: str = "en") -> Demonstration | None:
    """Fill an empty store; the generated secrets, or None when there is a configuration already."""
    snapshot = demonstration_snapshot(country, language)
    if not await store.configuration.initialise(snapshot, "installation", "Demonstration data"):
        return None
    phones = []
    for user in snapshot.users.values():
        made = await store.devices.add(user.id, user.extension, "First phone", "installation")
        phones.append(DemonstrationPhone(user.extension, user.name, made.device.username, made.secret))
    password = await store.logins.add(ADMINISTRATOR)
    return Demonstration(ADMINISTRATOR, password, tuple(phones))
