"""How trunks are doing, trying one out, and the button that allows a refused call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest

from switchroom.directory import TrunkId, UserId
from switchroom.store import Right, Role
from switchroom.trunks.state import TestStep, TrunkState
from tests.api.conftest import System
from tests.api.people import bearer

STATE = TrunkState("t", "Line", True, 2, True, 300.0, False, 200.0, 100.0, "Line failed: it does not answer.")


class FakeTrunks:
    """Implements `TrunksAtWork`."""

    def __init__(self) -> None:
        self.tested: list[tuple[str, str | None]] = []
        self.allowed: list[tuple[str, str]] = []

    def states(self) -> Sequence[TrunkState]:
        return [STATE]

    async def test(self, trunk_id: str, number: str | None) -> Sequence[TestStep] | None:
        self.tested.append((trunk_id, number))
        if trunk_id != "t":
            return None
        return [TestStep("settings", True, "Good."), TestStep("name", False, "It leads nowhere.")]

    async def allow(self, key: str, who: str) -> bool:
        self.allowed.append((key, who))
        return key == "country/FR"


@pytest.fixture
async def trunks(system: System) -> AsyncIterator[FakeTrunks]:
    app: Any = system.client._transport.app  # type: ignore[attr-defined]
    before, app.state.trunks = app.state.trunks, FakeTrunks()
    yield app.state.trunks
    app.state.trunks = before


def ok(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_the_state_of_all_trunks_is_told(system: System, trunks: FakeTrunks) -> None:
    (state,) = ok(await system.client.get("/api/trunks/state"))
    assert (state["registered"], state["reachable"], state["calls"]) == (True, False, 2)
    assert state["failure"] == "Line failed: it does not answer."


async def test_a_trunk_is_tried_out_and_that_is_audited(system: System, trunks: FakeTrunks) -> None:
    found = ok(await system.client.post("/api/trunks/t/test", json={"number": "+3222903490"}))
    assert found["ok"] is False
    assert [step["step"] for step in found["steps"]] == ["settings", "name"]
    assert trunks.tested == [("t", "+3222903490")]
    assert (await system.store.audit.list())[0].action == "trunk tested"
    ok(await system.client.post("/api/trunks/t/test", json={}))
    assert trunks.tested[1] == ("t", None)
    ok(await system.client.post("/api/trunks/else/test", json={}), 404)


async def test_what_acts_at_once_is_allowed_at_once(system: System, trunks: FakeTrunks) -> None:
    found = ok(await system.client.post("/api/problems/allow-call", json={"key": "country/FR"}))
    assert found == {"at_once": True, "pending": None}
    ((key, _),) = trunks.allowed
    assert key == "country/FR"
    ok(await system.client.post("/api/problems/allow-call", json={"key": "usage/users/nobody"}), 404)


@pytest.mark.parametrize(
    ("what", "field", "value"),
    [("country/FR", "countries", ("FR",)), ("premium", "premium", True), ("national", "national", True)],
)
async def test_a_right_goes_to_the_draft(
    system: System, trunks: FakeTrunks, what: str, field: str, value: object
) -> None:
    user_id = next(iter(system.store.configuration.applied.users))
    key = f"rights/{user_id}/{what}"
    before = system.store.configuration.applied.users[UserId(user_id)].rights
    found = ok(await system.client.post("/api/problems/allow-call", json={"key": key}))
    assert found["at_once"] is False
    changed = (await system.store.configuration.draft()).snapshot.users[UserId(user_id)].rights
    got = getattr(changed, field)
    assert set(value) <= set(got) if isinstance(value, tuple) else got is value
    assert set(before.countries) <= set(changed.countries)
    assert system.store.configuration.applied.users[UserId(user_id)].rights == before
    assert not trunks.allowed


async def test_every_limit_that_is_ours_has_its_button(system: System, trunks: FakeTrunks) -> None:
    user_id = next(iter(system.store.configuration.applied.users))
    line = {"name": "Line", "kind": "address", "host": "192.0.2.7", "countries": ["BE"]}
    trunk_id = ok(await system.client.post("/api/trunks", json=line), 201)["trunk"]["id"]
    before = system.store.configuration.applied.settings
    for key in (f"at-once/{user_id}", "night/FR", "night/FR", f"trunks/{trunk_id}/country/FR"):
        found = ok(await system.client.post("/api/problems/allow-call", json={"key": key}))
        assert found["at_once"] is False
    draft = (await system.store.configuration.draft()).snapshot
    assert draft.users[UserId(user_id)].concurrent_outside == before.concurrent_outside + 1
    assert draft.settings.night_countries == (*before.night_countries, "FR")
    assert draft.trunks[TrunkId(trunk_id)].countries == ("BE", "FR")
    assert system.store.configuration.applied.settings == before
    for key in ("at-once/nobody", "night/France", f"trunks/{trunk_id}/country/XX", "trunks/none/country/FR"):
        ok(await system.client.post("/api/problems/allow-call", json={"key": key}), 404)


@pytest.mark.parametrize(
    "key", ["rights/nobody/premium", "rights/{}/everything", "rights/{}/country/France", "x/y"]
)
async def test_nonsense_is_not_allowed(system: System, trunks: FakeTrunks, key: str) -> None:
    user_id = next(iter(system.store.configuration.applied.users))
    ok(await system.client.post("/api/problems/allow-call", json={"key": key.format(user_id)}), 404)


async def test_rights_of_users_need_the_right_to_change_users(system: System, trunks: FakeTrunks) -> None:
    user_id = next(iter(system.store.configuration.applied.users))
    async with system.stranger() as client:
        headers = await bearer(system, Role.USER, [Right.SYSTEM])
        answer = await client.post(
            "/api/problems/allow-call", json={"key": f"rights/{user_id}/premium"}, headers=headers
        )
        assert answer.status_code == 403
        answer = await client.post("/api/problems/allow-call", json={"key": "country/FR"}, headers=headers)
        assert answer.status_code == 200
