"""Acts in a conference over HTTP: who may do what, and what is ordered (F-11)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import httpx
import pytest

from switchroom.api import RunningSystem
from switchroom.api.limits import TokenBuckets
from switchroom.api.running import loudness
from switchroom.calls import room_events as act
from switchroom.calls.ports import LiveView
from switchroom.calls.room_events import LegId
from switchroom.store import Role
from switchroom.store.demonstration import PEOPLE
from tests.api.conftest import System
from tests.api.people import bearer
from tests.api.phones import token_of
from tests.api.rooms import ANNA, BRUNO, CARLA, GUEST, ROOM, open_room

HOST = PEOPLE[0]
LEG_A, LEG_B, LEG_C = LegId("leg-a"), LegId("leg-b"), LegId("leg-c")


async def ordered(
    system: System, user: str | None, path: str, body: dict[str, Any] | None = None, room: str = ROOM
) -> httpx.Response:
    """What comes of an order by a user with a phone, or by a conference manager (None)."""
    if user is None:
        headers = await bearer(system, Role.CONFERENCE_MANAGER)
    else:
        headers = {"Authorization": f"Bearer {await token_of(system, user.removeprefix('user-'))}"}
    async with system.stranger() as client:
        return await client.post(f"/api/rooms/{room}/{path}", json=body, headers=headers)


@pytest.mark.parametrize(
    ("path", "body", "order"),
    [
        ("participants/leg-b/mute", None, act.MuteOrdered(LEG_B, True, HOST)),
        ("participants/leg-b/mute", {"firm": True}, act.MuteOrdered(LEG_B, True, HOST, firm=True)),
        ("participants/leg-b/request-unmute", None, act.UnmuteRequested(LEG_B, HOST)),
        ("participants/leg-b/lower-hand", None, act.HandRaised(LEG_B, False, HOST)),
        ("participants/leg-c/admit", None, act.AdmitOrdered(LEG_C, HOST)),
        ("participants/leg-c/refuse", None, act.RefuseOrdered(LEG_C, HOST)),
        ("participants/leg-b/remove", None, act.EjectOrdered(LEG_B, HOST)),
        ("participants/leg-b/hand-over", None, act.HandedOver(LEG_B, True, HOST)),
        ("participants/leg-b/volume", {"says_db": -6}, act.VolumeOrdered(LEG_B, None, -6.0)),
        ("participants/leg-b/noise", {"on": True}, act.NoiseOrdered(LEG_B, True)),
        ("participants/leg-a/mute", None, act.MuteOrdered(LEG_A, True)),
        ("participants/leg-a/unmute", None, act.MuteOrdered(LEG_A, False)),
        ("mute-all", None, act.MuteAllOrdered(HOST, LEG_A)),
        ("mute-all", {"firm": True}, act.MuteAllOrdered(HOST, LEG_A, firm=True)),
        ("lock", None, act.LockOrdered(True, HOST)),
        ("unlock", None, act.LockOrdered(False, HOST)),
        ("admit-all", None, act.AdmitOrdered(None, HOST)),
        ("end", None, act.EndOrdered(HOST)),
        ("record", {"on": True, "each": True}, act.RecordOrdered(True, HOST, True)),
        ("noise", {"on": False}, act.NoiseOrdered(None, False)),
        ("roll-call", None, act.RollCallOrdered(LEG_A)),
    ],
)
async def test_f_11_the_administrator_of_the_meeting_runs_it(
    system: System, path: str, body: dict[str, Any] | None, order: act.RoomAct
) -> None:
    open_room(system)
    answer = await ordered(system, "user-201", path, body)
    assert answer.status_code == 204, answer.text
    assert system.live.acts == [(ROOM, order)]


async def test_f_11_who_may_moderate_all_conferences_needs_not_be_inside(system: System) -> None:
    open_room(system)
    assert (await ordered(system, None, "participants/leg-b/remove")).status_code == 204
    assert (await ordered(system, None, "mute-all")).status_code == 204
    assert [order for _, order in system.live.acts] == [
        act.EjectOrdered(LEG_B, "test-conference_manager-"),
        act.MuteAllOrdered("test-conference_manager-", None),
    ]
    answer = await ordered(system, None, "roll-call")
    assert (answer.status_code, answer.json()["error_id"]) == (409, "not-inside")
    entries = await system.store.audit.list()
    assert [(one.action, one.subject, one.detail) for one in entries[:2]] == [
        ("all muted", f"rooms/{ROOM}", ""),
        ("participant removed", f"rooms/{ROOM}", "leg-b"),
    ]


async def test_s1_06_the_configured_administrator_runs_it_from_outside_too(system: System) -> None:
    open_room(system, CARLA, conference_id="conference-8003")
    for user, status in (("user-201", 204), ("user-202", 404)):
        answer = await ordered(system, user, "participants/leg-c/admit", room="conference-8003")
        assert answer.status_code == status
    assert system.live.acts == [("conference-8003", act.AdmitOrdered(LEG_C, HOST))]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("participants/leg-b/mute", 204),
        ("participants/leg-b/unmute", 204),
        ("participants/leg-b/raise-hand", 204),
        ("participants/leg-b/lower-hand", 204),
        ("participants/leg-a/mute", 403),
        ("participants/leg-a/remove", 403),
        ("participants/leg-b/hand-over", 403),
        ("participants/leg-b/noise", 403),
        ("participants/leg-x/mute", 404),
        ("mute-all", 403),
        ("lock", 403),
        ("end", 403),
    ],
)
async def test_f_11_who_is_inside_does_what_concerns_himself(system: System, path: str, status: int) -> None:
    open_room(system)
    assert (await ordered(system, "user-202", path)).status_code == status
    assert len(system.live.acts) == (status == 204)


async def test_f_12_of_the_volumes_one_s_own_hearing_is_one_s_own(system: System) -> None:
    open_room(system)
    path = "participants/leg-b/volume"
    assert (await ordered(system, "user-202", path, {"hears_db": 6})).status_code == 204
    assert (await ordered(system, "user-202", path, {"says_db": 6})).status_code == 403
    assert (await ordered(system, "user-202", path, {"hears_db": 60})).status_code == 422
    answer = await ordered(system, "user-202", path)
    assert (answer.status_code, answer.json()["field"]) == (422, "hears_db")
    assert system.live.acts == [(ROOM, act.VolumeOrdered(LEG_B, 6.0, None))]


@pytest.mark.parametrize("path", ["participants/leg-b/mute", "participants/leg-a/remove", "lock", "end"])
async def test_f_11_for_strangers_there_is_no_such_conference(system: System, path: str) -> None:
    open_room(system)
    answer = await ordered(system, "user-204", path)
    assert (answer.status_code, answer.json()["error_id"]) == (404, "not-found")
    assert system.live.acts == []


async def test_f_11_who_waits_in_the_lobby_has_no_say(system: System) -> None:
    open_room(system)
    assert (await ordered(system, "user-203", "participants/leg-b/mute")).status_code == 404
    assert (await ordered(system, "user-203", "lock")).status_code == 403
    assert system.live.acts == []


async def test_f_11_a_moderator_never_opens_somebodys_microphone(system: System) -> None:
    open_room(system, ANNA, replace(BRUNO, muted_by="self"))
    answer = await ordered(system, "user-201", "participants/leg-b/unmute")
    assert (answer.status_code, answer.json()["error_id"]) == (409, "microphone-of-another")
    answer = await ordered(system, "user-201", "participants/leg-b/raise-hand")
    assert (answer.status_code, answer.json()["error_id"]) == (409, "hand-of-another")
    open_room(system, ANNA, replace(BRUNO, muted_by="Anna", muted_firmly=True))
    answer = await ordered(system, "user-202", "participants/leg-b/unmute")
    assert (answer.status_code, answer.json()["error_id"]) == (409, "muted-firmly")
    assert system.live.acts == []


async def test_g_02_nobody_is_admitted_to_a_full_conference(system: System) -> None:
    open_room(system, max_participants=2)
    answer = await ordered(system, "user-201", "participants/leg-c/admit")
    assert (answer.status_code, answer.json()["error_id"]) == (409, "room-full")
    answer = await ordered(system, "user-201", "participants/leg-b/admit")
    assert (answer.status_code, answer.json()["error_id"]) == (409, "not-in-lobby")
    assert system.live.acts == []


@pytest.mark.parametrize(
    ("recording", "on", "error_id"),
    [("off", True, "recording-off"), ("always", False, "recording-always")],
)
async def test_what_is_never_or_always_recorded_is_not_for_a_moderator(
    system: System, recording: str, on: bool, error_id: str
) -> None:
    changed = await system.client.patch(f"/api/conferences/{ROOM}", json={"recording": recording})
    assert changed.status_code == 200
    base = (await system.client.get("/api/configuration")).json()["base_revision"]
    await system.client.post("/api/configuration/apply", json={"base_revision": base})
    open_room(system)
    answer = await ordered(system, "user-201", "record", {"on": on})
    assert (answer.status_code, answer.json()["error_id"]) == (409, error_id)
    answer = await ordered(system, "user-201", "record")
    assert (answer.status_code, answer.json()["field"]) == (422, "on")


async def test_nobody_is_there_to_be_moderated(system: System) -> None:
    system.live.rooms = list  # type: ignore[method-assign]
    assert (await ordered(system, None, "lock")).status_code == 404
    assert (await ordered(system, None, "participants/leg-b/mute")).status_code == 404


async def test_one_person_does_so_much_at_once_and_not_more(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_room(system)
    context = replace(system.app.state.context, acts_in_rooms=TokenBuckets(3, 1e6))
    monkeypatch.setattr(system.app.state, "context", context)
    path = "participants/leg-b/mute"
    answers = [await ordered(system, "user-202", path) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [204, 204, 204, 429]
    assert (await ordered(system, "user-201", "lock")).status_code == 204, "of another"


async def test_an_unknown_act_is_refused_as_such(system: System) -> None:
    open_room(system)
    assert (await ordered(system, None, "explode")).status_code == 422
    assert (await ordered(system, None, "participants/leg-b/explode")).status_code == 422


async def test_a_guest_does_what_concerns_himself_by_the_bearer_of_his_visit(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits = {"token-1": Visit("visit-1", ROOM), "token-2": Visit("visit-1", "conference-8001")}
    monkeypatch.setattr(system.store.guests, "guest_of", visits.get)
    open_room(system, ANNA, GUEST)

    async def tried(token: str, path: str) -> int:
        async with system.stranger() as client:
            headers = {"Authorization": f"Bearer {token}"}
            return (await client.post(f"/api/rooms/{ROOM}/{path}", headers=headers)).status_code

    assert await tried("token-1", "participants/leg-g/raise-hand") == 204
    assert await tried("token-1", "participants/leg-g/mute") == 204
    assert await tried("token-1", "participants/leg-a/mute") == 403
    assert await tried("token-1", "lock") == 403
    assert await tried("token-2", "participants/leg-g/mute") == 404, "the visit is of another conference"
    assert await tried("token-3", "participants/leg-g/mute") == 401
    assert len(system.live.acts) == 2


class Visit:
    """As much of a visit as is looked at."""

    def __init__(self, id: str, conference_id: str) -> None:
        self.id, self.conference_id, self.name = id, conference_id, "Guest"


async def test_the_deletion_of_a_conference_in_use_asks_the_same_among_the_extensions(system: System) -> None:
    open_room(system)
    path = f"/api/extensions/conference/{ROOM}"
    refused = await system.client.delete(path)
    assert (refused.status_code, refused.json()["error_id"]) == (409, "conference-in-use")
    assert (await system.client.delete(f"{path}?inside=end")).status_code == 200
    assert system.live.endings == {ROOM: True}


async def test_a_conference_in_use_is_deleted_when_it_is_said_what_becomes_of_those_inside(
    system: System,
) -> None:
    open_room(system)
    path = f"/api/conferences/{ROOM}"
    answer = await system.client.delete(path)
    assert answer.status_code == 409
    told = answer.json()
    assert (told["error_id"], told["field"], told["inside"]) == ("conference-in-use", "inside", 3)
    assert (await system.client.get(path)).status_code == 200, "nothing was removed"
    assert (await system.client.delete(f"{path}?inside=throw")).status_code == 422
    assert (await system.client.delete(f"{path}?inside=end")).status_code == 200
    assert system.live.endings == {ROOM: True} and system.live.acts == [], "not before it is applied"
    assert (await system.client.delete(path)).status_code == 404
    assert (await system.client.delete("/api/conferences/conference-8001")).status_code == 200


async def test_what_was_said_at_the_deletion_is_done_when_it_is_applied() -> None:
    engine, configured = Engine(), {ROOM, "conference-8001"}
    live = RunningSystem(
        cast(LiveView, engine),
        registrations=tuple,
        drop_device=lambda device: None,
        configuration_applied=lambda: None,
        problems=tuple,
        allow=lambda address: False,
        health=tuple,
        configured=configured.__contains__,
    )
    live.end_when_removed(ROOM, True)
    live.end_when_removed("conference-8001", True)
    live.end_when_removed("conference-8003", True)
    live.end_when_removed("conference-8003", False)
    configured.remove(ROOM)
    live.configuration_applied()
    configured.clear()
    live.configuration_applied()
    assert engine.acts == [(ROOM, act.EndOrdered(""))], "the other deletion was taken back"


class Engine:
    """As much of call control as is asked."""

    def __init__(self) -> None:
        self.acts: list[tuple[str, act.RoomAct]] = []

    def room_act(self, conference: str, order: act.RoomAct) -> bool:
        self.acts.append((conference, order))
        return True


def test_levels_are_shown_from_silence_to_loud() -> None:
    assert [loudness(level) for level in (-127, -60, -35, -10, 0)] == [0, 0, 50, 100, 100]
