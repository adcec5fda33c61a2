"""An application over a store with the demonstration data and a scripted running system."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from switchroom.api import (
    HealthCheck,
    LiveCall,
    LiveParticipant,
    LiveParty,
    LiveProblem,
    LiveRegistration,
    LiveRoom,
    Site,
    create_app,
)
from switchroom.api.ports import MachineCertificate, MachineCheck, MachineFacts, NoMachine, PromptFiles
from switchroom.store import Demonstration, Store, load_demonstration

DATABASE = "switchroom.db"


@dataclass
class FakeLive:
    """What would be running."""

    dropped: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    removed: list[tuple[str, str]] = field(default_factory=list)
    acts: list[tuple[str, object]] = field(default_factory=list)
    """What was done in rooms."""
    loudness: dict[str, int] = field(default_factory=dict)
    watched: list[tuple[str, bool]] = field(default_factory=list)
    endings: dict[str, bool] = field(default_factory=dict)
    applied: int = 0
    healthy: bool = True

    def registrations(self) -> Sequence[LiveRegistration]:
        return [
            LiveRegistration(
                "b", "user-201", "201", "device-1", "sip:201@192.0.2.7", "UDP", "192.0.2.7:5060", "<b>", 9e9
            )
        ]

    def calls(self) -> Sequence[LiveCall]:
        parties = LiveParty("201", "Anna", "user-201"), LiveParty("202", "Bruno")
        return [LiveCall("call-1", "talking", 1.0, 2.0, parties[0], "202", parties[1], None, "PCMA")]

    def rooms(self) -> Sequence[LiveRoom]:
        return [
            LiveRoom(
                "conference-8002", "Board", "8002", False, [LiveParticipant("leg-1", "201", "Anna", 3.0)]
            )
        ]

    def hang_up(self, call_id: str) -> bool:
        self.ended.append(call_id)
        return call_id == "call-1"

    def remove_participant(self, conference_id: str, participant_id: str) -> bool:
        self.removed.append((conference_id, participant_id))
        return (conference_id, participant_id) == ("conference-8002", "leg-1")

    def room(self, conference_id: str) -> LiveRoom | None:
        return next((room for room in self.rooms() if room.conference_id == conference_id), None)

    def levels(self, conference_id: str) -> Mapping[str, int]:
        return dict(self.loudness)

    def watch_levels(self, conference_id: str, on: bool) -> None:
        self.watched.append((conference_id, on))

    def end_when_removed(self, conference_id: str, end: bool) -> None:
        self.endings[conference_id] = end

    def act_in_room(self, conference_id: str, act: object) -> bool:
        self.acts.append((conference_id, act))
        return self.room(conference_id) is not None

    def drop_device(self, device_id: str) -> None:
        self.dropped.append(device_id)

    def configuration_applied(self) -> None:
        self.applied += 1

    def problems(self) -> Sequence[LiveProblem]:
        return [LiveProblem("wrong-secrets", "198.51.100.1", "Too many wrong secrets.", 5.0, 8, True)]

    def allow(self, address: str) -> bool:
        return address == "198.51.100.1"

    def health(self) -> Sequence[HealthCheck]:
        return [HealthCheck("media", self.healthy, "" if self.healthy else "The media worker is down.")]


MACHINE = MachineFacts(
    started_at=7.0,
    phone_address="192.0.2.1",
    advertised_address=None,
    own_addresses=("192.0.2.1",),
    hosts=("pbx.example.com",),
    ports={"sip": 5060, "rtp": "30000-39999"},
    certificate=MachineCertificate("authority", ("localhost",), 9e9, "AA:BB", "CC:DD"),
    prompts={"en": PromptFiles(30, 2)},
    database="sqlite",
    checks=(
        MachineCheck("disk", "Disk", "problem", "full", "Free some space.", "disk-full", {"megabytes": 12}),
    ),
)


def built_web_app(folder: Path) -> Path:
    """A folder as vite would leave it."""
    files = {
        "index.html": "<!doctype html><title>Switchroom</title>",
        "phone.html": "<!doctype html><title>Phone</title>",
        "join.html": "<!doctype html><title>Join</title>",
        "switchroom-phone.js": "export {};",
        "assets/index-B1c2.js": "console.log(1);" * 200,
        "assets/index-B1c2.js.br": "brotli",
        "assets/style-Zz.css": "body { color: red }" * 200,
        "favicon.svg": "<svg/>",
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


@dataclass(frozen=True)
class System:
    """All that a test of the API needs."""

    app: FastAPI
    store: Store
    live: FakeLive
    demonstration: Demonstration
    client: httpx.AsyncClient
    """Signed in."""

    def stranger(self, address: str = "192.0.2.99") -> httpx.AsyncClient:
        """A client without a token."""
        transport = httpx.ASGITransport(self.app, client=(address, 5000))
        return httpx.AsyncClient(transport=transport, base_url="http://switchroom.test")


@dataclass(frozen=True)
class Furnished:
    """A store with the demonstration data that was opened and closed."""

    folder: Path
    demonstration: Demonstration

    def copy(self, folder: Path) -> None:
        for file in self.folder.iterdir():
            shutil.copy(file, folder)


@pytest.fixture(scope="session")
def furnished(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """Made once: each test has a copy."""
    folder = tmp_path_factory.mktemp("furnished")
    shutil.copy(migrated, folder / DATABASE)

    async def fill() -> Demonstration | None:
        store = await Store.open(str(folder / DATABASE), folder / "key")
        made = await load_demonstration(store)
        await store.close()
        return made

    demonstration = asyncio.run(fill())
    assert demonstration is not None
    assert sorted(file.name for file in folder.iterdir()) == ["key", DATABASE]
    return Furnished(folder, demonstration)


@pytest.fixture
async def system(furnished: Furnished, tmp_path: Path) -> AsyncIterator[System]:
    furnished.copy(tmp_path)
    store = await Store.open(str(tmp_path / DATABASE), tmp_path / "key")
    token = await store.logins.issue_token("admin", "tests", 3600)
    live = FakeLive()
    site = Site(
        machine=NoMachine(MACHINE),
        allowed_origins=("https://crm.example.com",),
        web_folder=built_web_app(tmp_path / "webapp"),
        acme_folder=tmp_path,
    )
    app = create_app(store, live, version="0.0", site=site)
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 5000))
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://switchroom.test", headers=headers
    ) as client:
        yield System(app, store, live, furnished.demonstration, client)
    await store.close()
