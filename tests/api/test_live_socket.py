"""WS /api/live: who may watch, what is told at once and later, when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from switchroom.api.live_feed import Audience
from switchroom.api.live_hub import MOST_READERS, LiveHub, TooManyReaders
from switchroom.api.ports import LiveCall, LiveParty
from switchroom.store import Role
from tests.api.conftest import System
from tests.api.websockets import Page
from tests.harness.until import LONG

TYPES = ["calls", "rooms", "registrations", "problems", "pending"]


async def token_of(system: System, role: Role) -> str:
    await system.store.logins.add(f"a {role.value}", role=role)
    return await system.store.logins.issue_token(f"a {role.value}", "tests", 3600)


def watch(system: System, token: str, **headers: str) -> Page:
    system.app.state.live_hub = LiveHub(system.live, system.store, 0.01)
    page = Page(system.app, "/api/live", headers=headers)
    page.say("hello", token=token)
    return page


async def test_an_administrator_sees_everything_at_once_and_then_each_change(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = watch(system, await token_of(system, Role.ADMINISTRATOR))
    first = [await page.hear(kind) for kind in TYPES]
    assert first[0]["calls"][0]["caller"]["name"] == "Anna"
    assert first[1]["rooms"][0]["participants"][0]["name"] == "Anna"
    assert first[2]["registrations"][0]["username"] == "201"
    assert first[3]["problems"][0]["can_allow"] is True
    pending = first[4]
    assert (pending["changed_entries"], pending["applied_revision"]) == (0, 1)

    # The second edit of one entry is told as well, though as many entries as before are changed.
    for number, name in enumerate(("Anne", "Annette"), 1):
        await system.client.patch("/api/users/user-201", json={"name": name})
        told = await page.hear("pending")
        assert told["changed_entries"] == 1
        assert told["draft_version"] == pending["draft_version"] + number
    monkeypatch.setattr(system.live, "calls", list)
    assert (await page.hear("calls"))["calls"] == []
    page.say("ping")
    assert await page.hear("pong")
    await page.leave()


async def test_b6_a_conference_manager_sees_rooms_only(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = LiveParty("201", "Anna")
    calls: Sequence[Any] = [
        LiveCall("a", "talking", 1.0, 2.0, anna, "202"),
        LiveCall("b", "talking", 1.0, 2.0, anna, "8002", conference_id="conference-8002"),
    ]
    monkeypatch.setattr(system.live, "calls", lambda: calls)
    page = watch(system, await token_of(system, Role.CONFERENCE_MANAGER))
    heard = [await page._next() for _ in range(3)]
    assert [message["type"] for message in heard if message] == ["calls", "rooms", "pending"]
    assert heard[0] is not None
    assert [call["id"] for call in heard[0]["calls"]] == ["b"]
    await page.leave()


async def test_a_user_may_not_watch(system: System) -> None:
    page = watch(system, await token_of(system, Role.USER))
    (refused,) = await page.closed()
    assert (refused["type"], refused["error_id"]) == ("refused", "not-allowed")
    assert page.code == 1008


@pytest.mark.parametrize("said", ["{", "[]", "7", '{"token": 5}', '{"type": "hello", "token": "wrong"}'])
async def test_who_is_not_signed_in_is_told_so(system: System, said: str) -> None:
    page = Page(system.app, "/api/live")
    page.say_text(said)
    (refused,) = await page.closed()
    assert (refused["error_id"], page.code) == ("not-signed-in", 1008)


async def test_pages_of_other_sites_may_not_watch(system: System) -> None:
    page = watch(system, await token_of(system, Role.ADMINISTRATOR), Origin="https://evil.example")
    (refused,) = await page.closed()
    assert refused["error_id"] == "foreign-origin"


async def test_signing_out_ends_it(system: System) -> None:
    token = await token_of(system, Role.ADMINISTRATOR)
    page = watch(system, token)
    await page.hear("calls")
    async with system.stranger() as client:
        out = await client.post("/api/logout", headers={"Authorization": f"Bearer {token}"})
    assert out.status_code == 204
    assert (await page.closed())[-1] == {"type": "signed_out"}


async def test_nothing_is_looked_at_while_nobody_watches(system: System) -> None:
    hub = LiveHub(system.live, system.store, 0.001)
    with hub.reading(Audience.EVERYTHING) as reader:
        await reader.next()
        assert hub._task is not None
        task = hub._task
    async with asyncio.timeout(LONG):
        await task
    assert hub._task is None
    with hub.reading(Audience.ROOMS) as reader:
        assert len(await reader.next()) >= 2


async def test_there_is_an_end_to_readers_and_one_failure_ends_nobody(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = LiveHub(system.live, system.store, 0.001)
    readers = [hub.reading(Audience.EVERYTHING) for _ in range(MOST_READERS)]
    for reader in readers:
        reader.__enter__()
    with pytest.raises(TooManyReaders), hub.reading(Audience.EVERYTHING):
        pass
    for reader in readers[1:]:
        reader.__exit__(None, None, None)
    first = next(iter(hub._readers))
    await first.next()

    def broken() -> Sequence[Any]:
        raise ValueError("broken")

    monkeypatch.setattr(system.live, "rooms", broken)
    async with asyncio.timeout(LONG):
        await asyncio.sleep(0.05)
    monkeypatch.setattr(system.live, "rooms", list)
    async with asyncio.timeout(LONG):
        while not any(b'"rooms":[]' in state for state in await first.next()):
            pass
    readers[0].__exit__(None, None, None)
