"""Inviting over HTTP: who may, what is refused and in which words, what is told of an invitation (S1-10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from switchroom.api.ports import LiveInvitation, LiveParticipant, LiveRoom
from switchroom.api.room_invitations import BURST, InvitationDesk
from switchroom.calls.outcomes import Inviter, InviteRefusal
from switchroom.directory.model import ConferenceId, UserId
from tests.api.conftest import System
from tests.api.phones import as_user

ROOM = "/api/rooms/conference-8002/invitations"
RUNG = LiveInvitation("inv-1", "202", "Bruno", "ringing", "", 7.0)


@dataclass
class FakeInviting:
    """Implements `Inviting`; `answer` is what comes of an invitation."""

    answer: LiveInvitation | InviteRefusal = RUNG
    made: list[tuple[str, str, Inviter]] = field(default_factory=list)
    cancelled: list[tuple[str, str]] = field(default_factory=list)

    def invite(self, conference_id: str, number: str, by: Inviter) -> LiveInvitation | InviteRefusal:
        self.made.append((conference_id, number, by))
        return self.answer

    def invitations(self, conference_id: str) -> Sequence[LiveInvitation]:
        return [RUNG]

    def cancel(self, conference_id: str, invitation_id: str) -> bool:
        self.cancelled.append((conference_id, invitation_id))
        return invitation_id == "inv-1"


@pytest.fixture
def calls(system: System) -> FakeInviting:
    fake = FakeInviting()
    system.app.state.invitation_desk = InvitationDesk(fake)
    return fake


def inside(system: System, *people: LiveParticipant) -> None:
    """Have these people in the conference."""
    room = LiveRoom("conference-8002", "Board", "8002", False, people)
    system.live.rooms = lambda: [room]  # type: ignore[method-assign]


def person(extension: str, **facts: object) -> LiveParticipant:
    return LiveParticipant(
        f"leg-{extension}",
        extension,
        "",
        1.0,
        user_id=f"user-{extension}",
        **facts,  # type: ignore[arg-type]
    )


async def test_s1_10_a_number_is_called_and_shown_with_its_state(system: System, calls: FakeInviting) -> None:
    made = await system.client.post(ROOM, json={"number": " 202 "})
    assert made.status_code == 201, made.text
    assert made.json() == {
        "id": "inv-1", "number": "202", "name": "Bruno", "state": "ringing", "reason": "", "at": 7.0
    }  # fmt: skip
    assert calls.made == [("conference-8002", "202", Inviter("admin", None, True))]
    assert (await system.client.get(ROOM)).json() == [made.json()]
    entry = (await system.client.get("/api/audit", params={"action": "invited"})).json()["entries"][0]
    assert (entry["who"], entry["subject"]) == ("admin", "rooms/conference-8002")


async def test_s1_10_an_invitation_is_cancelled(system: System, calls: FakeInviting) -> None:
    assert (await system.client.delete(f"{ROOM}/inv-1")).status_code == 204
    assert (await system.client.delete(f"{ROOM}/inv-9")).status_code == 404
    assert calls.cancelled == [("conference-8002", "inv-1"), ("conference-8002", "inv-9")]


async def test_s1_10_an_outside_number_in_any_form_is_refused_with_a_sentence(
    system: System, calls: FakeInviting
) -> None:
    calls.answer = InviteRefusal.EXTERNAL
    refused = await system.client.post(ROOM, json={"number": "+32 (0)2 290 34 90"})
    body = refused.json()
    assert (refused.status_code, body["error_id"], body["field"]) == (422, "no-trunk", "number")
    assert "trunk" in body["message"] and calls.made[0][1] == "+3222903490"


@pytest.mark.parametrize(
    ("typed", "error_id"),
    [("777", "number-unknown"), ("abc", "needs-country-code"), ("*99", "feature-unknown")],
)
async def test_s1_10_what_is_no_number_is_refused_before_anybody_is_called(
    system: System, calls: FakeInviting, typed: str, error_id: str
) -> None:
    refused = await system.client.post(ROOM, json={"number": typed})
    assert (refused.status_code, refused.json()["error_id"]) == (422, error_id)
    assert refused.json()["field"] == "number" and calls.made == []


@pytest.mark.parametrize("why", list(InviteRefusal))
async def test_every_refusal_has_a_status_and_a_sentence(
    system: System, calls: FakeInviting, why: InviteRefusal
) -> None:
    calls.answer = why
    refused = await system.client.post(ROOM, json={"number": "202"})
    assert refused.status_code in (404, 409, 422, 503) and refused.json()["error_id"] == why.value
    assert refused.json()["message"].endswith(".") and "{" not in refused.json()["message"]
    assert ("Retry-After" in refused.headers) == (refused.status_code == 503)


async def test_f_11_only_moderators_and_those_inside_invite(system: System, calls: FakeInviting) -> None:
    async with as_user(system, "203") as client:
        for answer in (
            await client.post(ROOM, json={"number": "202"}),
            await client.get(ROOM),
            await client.delete(f"{ROOM}/inv-1"),
            await client.post("/api/rooms/nothing/invitations", json={"number": "202"}),
        ):
            assert answer.status_code == 404, "nothing is revealed"
        inside(system, person("203", waiting=True))
        assert (await client.post(ROOM, json={"number": "202"})).status_code == 404, "not in yet"
        inside(system, person("203"))
        assert (await client.post(ROOM, json={"number": "202"})).status_code == 201
    name = system.store.configuration.applied.users[UserId("user-203")].name
    told = [by for _, _, by in calls.made]
    assert told == [Inviter(name, UserId("user-203"), moderator=False)], "the person's name, not the login's"


async def test_s1_06_the_conferences_administrator_invites_from_outside(
    system: System, calls: FakeInviting
) -> None:
    async with as_user(system, "201") as client:
        path = "/api/rooms/conference-8003/invitations"
        room = system.store.configuration.applied.conferences[ConferenceId("conference-8003")]
        assert room.administrator == "user-201"
        assert (await client.post(path, json={"number": "202"})).status_code == 201
        assert (await client.get(path)).status_code == 200


async def test_f_11_who_runs_the_meeting_is_told_from_who_is_in_it(
    system: System, calls: FakeInviting
) -> None:
    inside(system, person("203"), person("204", administrator=True))
    for who in ("203", "204"):
        async with as_user(system, who) as client:
            assert (await client.post(ROOM, json={"number": "202"})).status_code == 201
    assert [by.moderator for _, _, by in calls.made] == [False, True]


async def test_s1_08_a_conference_that_is_not_applied_says_so(system: System, calls: FakeInviting) -> None:
    made = await system.client.post("/api/conferences", json={"name": "Draft", "extension": "8055"})
    path = f"/api/rooms/{made.json()['conference']['id']}/invitations"
    refused = await system.client.post(path, json={"number": "202"})
    assert (refused.status_code, refused.json()["error_id"]) == (409, "not-applied")
    assert (await system.client.get("/api/rooms/none/invitations")).status_code == 404


async def test_nobody_has_everybody_called(system: System, calls: FakeInviting) -> None:
    answers = [await system.client.post(ROOM, json={"number": "202"}) for _ in range(BURST + 1)]
    assert [one.status_code for one in answers] == [201] * BURST + [429]
    assert answers[-1].headers["Retry-After"]


@pytest.mark.parametrize(
    "body", [{}, {"number": ""}, {"number": "2" * 201}, {"number": "202", "by": "x"}, []]
)
async def test_malformed_invitations(system: System, calls: FakeInviting, body: object) -> None:
    assert (await system.client.post(ROOM, json=body)).status_code == 422
    assert calls.made == []
