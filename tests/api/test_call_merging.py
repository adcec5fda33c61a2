"""Merging one's calls over HTTP: one's own only, and every refusal in a sentence (D1-06, C3-04)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from starlette.requests import Request

from switchroom.api.calling_ports import MergedCalls
from switchroom.api.context import context
from switchroom.api.phone_ports import Presence
from switchroom.api.ports import LiveInvitation, LiveParticipant, LiveRoom
from switchroom.api.room_access import Viewer, seat_before
from switchroom.api.running_calling import RunningCalling
from switchroom.api.running_phones import RunningPhones
from switchroom.calls.outcomes import Inviter, InviteRefusal, MergeRefusal
from switchroom.directory.model import ConferenceId, UserId
from switchroom.sip.events import DialogNames, DialogPhase, FoundDialog, SessionId
from switchroom.store import Role
from tests.api.conftest import System
from tests.api.people import bearer
from tests.api.phones import as_user
from tests.harness.office import Office


@dataclass
class FakeMerging:
    """Implements `Merging` for the calls of one person."""

    answer: MergedCalls | MergeRefusal = field(default_factory=lambda: MergedCalls("adhoc-a", ("a", "b")))
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def merge(self, user_id: str, calls: Sequence[str]) -> MergedCalls | MergeRefusal:
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


@pytest.mark.parametrize("why", list(MergeRefusal))
async def test_every_refusal_has_a_sentence(system: System, merging: FakeMerging, why: MergeRefusal) -> None:
    merging.answer = why
    async with as_user(system, "201") as client:
        refused = await client.post("/api/phone/calls/merge", json={"calls": ["a", "b"]})
    assert refused.status_code == (404 if why is MergeRefusal.NO_CALL else 409)
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


def test_d1_06_of_a_merged_talk_people_can_be_removed_and_nothing_else(system: System) -> None:
    people = (
        LiveParticipant("leg-a", "201", "Anna", 3.0, administrator=True, user_id="user-201"),
        LiveParticipant("leg-b", "202", "Bruno", 4.0, user_id="user-202"),
    )
    room = LiveRoom("adhoc-a-1", "Anna, Bruno", None, False, people)
    here = context(Request({"type": "http", "app": system.app}))
    seats = [
        seat_before(here, Viewer(name, user_id=name), "adhoc-a-1", room)
        for name in ("user-201", "user-202", "user-203")
    ]
    assert [seat.may if seat is not None else None for seat in seats] == [["remove"], [], None]
    everywhere = seat_before(here, Viewer("admin", everywhere=True), "adhoc-a-1", room)
    assert everywhere is not None and everywhere.may == ["remove"]


async def test_d1_06_pages_are_told_in_which_talk_their_lines_are_and_colleagues_who_rings() -> None:
    """Through call control: both lines of who merged are in the talk, one of them as the participant."""
    office = Office()
    office.register("201", "a", browser="a")
    mine, _ = await office.talk("201", "202")
    second, _ = await office.talk("201", "203")
    for number, session in enumerate((mine, second)):
        names = DialogNames(f"line{number}", "ours", "theirs")
        office.signalling.dialogs[names] = FoundDialog(SessionId(session), DialogPhase.CONFIRMED)
    calls = RunningCalling(office.runner)
    made = calls.merge("201", ["line0", "line1"])
    await office.settle()
    assert isinstance(made, MergedCalls) and len(made.calls) == 2
    view = office.runner.room(ConferenceId(made.room))
    assert view is not None and len(view.participants) == 3
    anna = Inviter("Anna", UserId("201"))
    invited = calls.invite("c1", "204", anna)
    assert isinstance(invited, LiveInvitation) and invited.state == "ringing"
    await office.settle()
    presence = RunningPhones(office.runner, lambda: ["201", "202", "203", "204"]).presence()
    assert presence["204"] is Presence.RINGING and presence["201"] is Presence.IN_CALL
    assert calls.merge("201", ["line0", "nothing"]) is MergeRefusal.NO_CALL
    assert calls.invite("c1", "204", anna) is InviteRefusal.ALREADY_INVITED
    assert calls.cancel("c1", invited.id) and not calls.cancel("c1", invited.id)
    await office.settle()
    assert [one.state for one in calls.invitations("c1")] == ["cancelled"]
    assert calls.split("201", made.room) and not calls.end("201", made.room)
