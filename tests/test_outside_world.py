"""What plugs the outside world in: what is spent survives a restart, who has to know is told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from switchroom.calls.admission import Admission
from switchroom.calls.lines import Lines
from switchroom.calls.permission import Denial, Denied
from switchroom.calls.spending import of_trunk, of_user
from switchroom.calls.values import Party, Place, Problem, Prompt
from switchroom.crm.contacts import Card, ContactNumber
from switchroom.directory import Settings, Snapshot, Trunk, TrunkId, TrunkKind, UserId
from switchroom.outside_world import OutsideWorld
from switchroom.sip.digest import Nonces
from switchroom.store import Store
from switchroom.store.mail import MailServer
from switchroom.wiring import StoreDirectory

LINE = Trunk(TrunkId("t"), "Line", TrunkKind.REGISTRATION, "192.0.2.77", username="4711")
NOW = 1_900_000_000.0


class Signalling:
    """Notes what is registered."""

    def __init__(self) -> None:
        self.registered: list[Any] = []
        self.removed: list[Any] = []

    def register(self, registration: Any, wanted: Any) -> None:
        self.registered.append(wanted)

    def unregister(self, registration: Any) -> None:
        self.removed.append(registration)

    def send_request(self, *_: Any, **__: Any) -> None:
        pass


class Names:
    """A resolver that knows nothing."""

    async def resolve(self, *_: Any) -> tuple[Any, ...]:
        return ()


class FakeRunner:
    """Has lines."""

    def __init__(self, directory: StoreDirectory, problems: list[Problem]) -> None:
        self.lines = Lines(directory.current, lambda address: Place("192.0.2.1", "::"), problems.append)


class World:
    """The outside world on a store."""

    def __init__(self, store: Store) -> None:
        self.now, self.problems, self.sent = NOW, list[Problem](), Signalling()
        directory = StoreDirectory(store)
        admission = Admission(directory, "realm", Nonces(b"k" * 32), lambda host: True)
        self.world = OutsideWorld(store, directory, admission, self.problems.append, lambda: self.now)
        runner: Any = FakeRunner(directory, self.problems)
        signalling: Any = self.sent
        resolver: Any = Names()
        self.world.attach(runner, signalling, resolver)
        self.spending = runner.lines.spending

    async def settle(self) -> None:
        while self.world._tasks:
            await asyncio.gather(*self.world._tasks)


@pytest.fixture
async def store(database: str, tmp_path: Path) -> Store:
    made = await Store.open(f"sqlite+aiosqlite:///{database}", tmp_path / "key")
    settings = Settings(name="Office", emergency_notice=("boss@example.com", "guard@example.com"))
    snapshot = Snapshot(settings=settings, trunks={LINE.id: LINE})
    assert await made.configuration.initialise(snapshot, "test", "")
    return made


async def test_what_was_spent_survives_a_restart(store: Store) -> None:
    first = World(store)
    await first.world.start()
    first.spending.begin("leg", UserId("a"), LINE.id, NOW)
    first.spending.answered("leg", NOW)
    first.now += 125
    for _ in range(10):
        first.world.tick()
    await store.settled()  # and here it is killed
    second = World(store)
    await second.world.start()
    assert second.spending.calls(of_user(UserId("a")), 1, NOW + 130) == 1
    assert second.spending.minutes(of_trunk(LINE.id), 24, NOW + 130) == pytest.approx(125 / 60)


async def test_what_an_administrator_allows_acts_at_once_and_stays(store: Store) -> None:
    first = World(store)
    await first.world.start()
    assert await first.world.allow("country/FR", "admin")
    assert first.spending.knows_country("FR")
    first.spending.begin("leg", UserId("a"), LINE.id, NOW)
    assert await first.world.allow("usage/users/a", "admin")
    assert first.spending.calls("users/a", 1, NOW) == 0
    assert not await first.world.allow("usage/users/nobody", "admin")
    assert not await first.world.allow("rights/a/premium", "admin"), "that is a change of the configuration"
    assert not await first.world.allow("", "admin")
    second = World(store)
    await second.world.start()
    assert second.spending.knows_country("FR")
    assert [entry.action for entry in await store.audit.list()][:2] == ["usage forgiven", "country allowed"]


async def test_a_password_that_is_set_registers_at_once(store: Store) -> None:
    house = World(store)
    await house.world.start()
    assert house.sent.registered[0].credentials is None
    await store.trunk_secrets.set(LINE.id, "secret", "admin")
    assert house.sent.registered[1].credentials.secret == "secret"
    house.world.stop()
    assert len(house.sent.removed) == 1


async def test_a_refused_call_stands_in_the_audit(store: Store) -> None:
    house = World(store)
    problem = Problem("outside-premium-not-allowed", "201", "Anna (201) may not call ...")
    house.world.denied(Party("201", "Anna"), Denied(Denial.PREMIUM, Prompt.NOT_ALLOWED, problem))
    await house.settle()
    entry = (await store.audit.list())[0]
    assert (entry.who, entry.action, entry.subject) == ("201", "call outside refused", "premium-not-allowed")


async def test_an_emergency_is_told_by_mail(store: Store) -> None:
    house = World(store)
    house.world.emergency(Party("201", "Anna"), "112", "+3222903490")
    await house.settle()
    assert await store.mail.due() == [], "there is no mail server"
    await store.mail.set_server(MailServer("mail.example.com", sender="pbx@example.com"))
    house.world.emergency(Party("201", "Anna"), "112", "+3222903490")
    await house.settle()
    assert sorted(mail.recipient for mail, _ in await store.mail.due()) == [
        "boss@example.com",
        "guard@example.com",
    ]
    assert all("+3222903490" in content.decode() for _, content in await store.mail.due())
    assert [entry.action for entry in await store.audit.list()][:2] == ["emergency call"] * 2


async def test_contacts_name_callers_soon_after_a_change(store: Store) -> None:
    house = World(store)
    await house.world.start()
    assert house.world.name("+33142685300") == ""
    card = Card("Zoé", numbers=(ContactNumber("", "+33142685300"),))
    made = await store.contacts.add(card)
    for _ in range(10):
        house.world.tick()
    await house.settle()
    assert house.world.name("+33142685300") == "Zoé"
    await store.contacts.remove(made.id)
    for _ in range(10):
        house.world.tick()
    await house.settle()
    assert house.world.name("+33142685300") == ""


async def test_the_token_is_the_installations(store: Store) -> None:
    one, same = World(store).world, World(store).world
    assert one.token(LINE.id) == same.token(LINE.id) != one.token(TrunkId("u"))
