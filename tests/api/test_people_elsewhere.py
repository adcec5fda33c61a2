"""Contacts of connected systems in the phone's search: as the person may see them, none waited for long."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from switchroom.api import phone_people
from switchroom.crm import ContactNumber
from switchroom.crm.connector import Connector, ConnectorFault, FaultKind, FoundContact
from switchroom.directory import UserId
from tests.api.conftest import System
from tests.api.phones import as_user
from tests.connectors.fakes import FakeOthers, FakeSystem

GRACE = FoundContact(
    "odoo",
    "7",
    "Grace Hopper",
    "Navy",
    "grace@example.com",
    (ContactNumber("mobile", "+3222903490"),),
    "https://odoo.example/odoo/contacts/7",
)


@dataclass
class Searched(FakeSystem):
    """A system whose search finds Grace."""

    searched: list[tuple[UserId, str, int]] = field(default_factory=list)

    async def search(self, who: UserId, text: str, limit: int) -> Sequence[FoundContact]:
        self.searched.append((who, text, limit))
        await self._answer("search")
        return [GRACE]


@dataclass
class Several(FakeOthers):
    """Several of them."""

    systems: Sequence[FakeSystem] = ()

    def connectors(self) -> Sequence[Connector]:
        return self.systems


async def test_s2_03_contacts_of_other_systems_are_found_with_their_source(system: System) -> None:
    odoo = Searched("odoo", "Odoo")
    system.app.state.activity_desk.others = FakeOthers(odoo)
    async with as_user(system, "201") as anna:
        answer = await anna.get("/api/phone/people/elsewhere", params={"q": "grace", "limit": 5})
        assert answer.json() == [
            {
                "kind": "contact",
                "source": "odoo",
                "source_name": "Odoo",
                "id": "7",
                "name": "Grace Hopper",
                "company": "Navy",
                "email": "grace@example.com",
                "url": "https://odoo.example/odoo/contacts/7",
                "extension": None,
                "numbers": [
                    {"label": "mobile", "e164": "+3222903490", "shown": "+32 2 290 34 90", "then": ""}
                ],
                "presence": None,
            }
        ]
        assert odoo.searched == [(UserId("user-201"), "grace", 5)]
        assert (await anna.get("/api/phone/people/elsewhere", params={"q": "g"})).status_code == 422


async def test_s2_03_a_system_that_is_down_or_slow_takes_nobody_elses_answer(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone_people, "PATIENCE", 0.05)
    down = Searched("down", "Down", fault=ConnectorFault(FaultKind.KEY_MISSING, "No key."))
    slow = Searched("slow", "Slow", gate=asyncio.Event())
    system.app.state.activity_desk.others = Several(down, systems=(down, slow, Searched("odoo", "Odoo")))
    async with as_user(system, "201") as anna:
        answer = await anna.get("/api/phone/people/elsewhere", params={"q": "grace"})
        assert [one["id"] for one in answer.json()] == ["7"]
