"""Merging one's calls over HTTP: one's own only, and every refusal in a sentence (D1-06, C3-04)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from switchroom.api.calling_ports import MergedCalls, NotMerged
from switchroom.store import Role
from tests.api.conftest import System
from tests.api.people import bearer
from tests.api.phones import as_user


@dataclass
class FakeMerging:
    """Implements `Merging` for the calls of one person."""

    answer: MergedCalls | NotMerged = field(default_factory=lambda: MergedCalls("adhoc-a", ("a", "b")))
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def merge(self, user_id: str, calls: Sequence[str]) -> MergedCalls | NotMerged:
        self.asked.append((user_id, *calls))
        return self.answer

    def split(self, user_id: str, room: str) -> bool:
        self.asked.append(("split", user_id, room))
        return (user_id, room) == ("user-201", "adhoc-a")

    def end(self, user_id: str, room: str) -> bool:
        self.asked.append(("end", user_id, room))
        return (user_id, room) == ("user-201", "adhoc-a")


@pytest.fixture
def merging(system: System) -> FakeMerging:
    fake = FakeMerging()
    system.app.state.merging = fake
    return fake


async def test_d1_06_two_calls_are_merged(system: System, merging: FakeMerging) -> None:
    async with as_user(system, "201") as client:
        made = await client.post("/api/phone/calls/merge", json={"calls": ["a", "x7Fd@192.0.2.1"]})
        assert (made.status_code, made.json()) == (200, {"room": "adhoc-a", "calls": ["a", "b"]})
    assert merging.asked == [("user-201", "a", "x7Fd@192.0.2.1")], "whose calls is no matter of the request"


@pytest.mark.parametrize("why", list(NotMerged))
async def test_every_refusal_has_a_sentence(system: System, merging: FakeMerging, why: NotMerged) -> None:
    merging.answer = why
    async with as_user(system, "201") as client:
        refused = await client.post("/api/phone/calls/merge", json={"calls": ["a", "b"]})
    assert refused.status_code == (404 if why is NotMerged.NO_CALL else 409)
    assert refused.json()["error_id"] == why.value and refused.json()["message"].endswith(".")


async def test_d1_06_split_and_end_are_for_the_owner(system: System, merging: FakeMerging) -> None:
    for login, split, end in (("201", 204, 204), ("202", 404, 404)):
        async with as_user(system, login) as client:
            assert (await client.post("/api/phone/calls/adhoc-a/split")).status_code == split
            assert (await client.delete("/api/phone/calls/adhoc-a")).status_code == end


async def test_a_login_without_an_extension_has_no_calls(system: System, merging: FakeMerging) -> None:
    async with system.stranger() as client:
        client.headers.update(await bearer(system, Role.ADMINISTRATOR))
        answer = await client.post("/api/phone/calls/merge", json={"calls": ["a", "b"]})
    assert (answer.status_code, answer.json()["error_id"]) == (409, "no-extension")
    assert merging.asked == []


@pytest.mark.parametrize("calls", [[], ["a"], ["a"] * 11, ["a", ""], ["a", "b c"], ["a", 7], "ab", None])
async def test_malformed_merges(system: System, merging: FakeMerging, calls: object) -> None:
    async with as_user(system, "201") as client:
        refused = await client.post("/api/phone/calls/merge", json={"calls": calls})
    assert refused.status_code == 422 and merging.asked == []
