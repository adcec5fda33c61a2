"""A scripted office for tests of the browser's phone: who is there, which calls could be taken over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import httpx

from switchroom.api.phone_desk import PhoneDesk
from switchroom.api.phone_ports import LiveDialog, LivePlace, PhoneSite, Presence
from switchroom.api.phone_tabs import TabHub
from tests.api.conftest import System


@dataclass
class FakePhones:
    """What would be registered and talk."""

    present: dict[str, Presence] = field(default_factory=dict)
    calls: list[LiveDialog] = field(default_factory=list)
    held: dict[str, list[LivePlace]] = field(default_factory=dict)

    def presence(self) -> Mapping[str, Presence]:
        return dict(self.present)

    def dialogs(self, devices: Collection[str]) -> Sequence[LiveDialog]:
        return [call for call in self.calls if call.device_id in devices]

    def places(self, users: Collection[str]) -> Mapping[str, Sequence[LivePlace]]:
        return {user: list(places) for user, places in self.held.items() if user in users}


def with_phones(system: System, **site: object) -> FakePhones:
    """Let the application see a scripted office."""
    phones = FakePhones()
    place = replace(PhoneSite(phones=phones, domain="192.0.2.1"), **site)  # type: ignore[arg-type]
    system.app.state.phone_desk = PhoneDesk(place)
    system.app.state.tab_hub = TabHub(phones, lambda: system.store.configuration.applied)
    return phones


async def token_of(system: System, login: str) -> str:
    """A bearer token of somebody."""
    return await system.store.logins.issue_token(login, "tests", 3600)


@asynccontextmanager
async def as_user(system: System, login: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client signed in as somebody with an extension."""
    async with system.stranger() as client:
        client.headers["Authorization"] = f"Bearer {await token_of(system, login)}"
        yield client
