"""The conference server and the extensions over HTTP (S3-01 to S3-12, D1-04, G-02, G-11)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from switchroom.calls.room_events import EndOrdered
from switchroom.store import Right, Role
from tests.api.conftest import System
from tests.api.people import bearer

SERVER = "/api/conference-server"
ROOMS = "/api/conference-server/conferences"
FIRST = {"name": "Sales", "dial_in_id": "31415", "access_code": "2468"}


async def set_up(system: System, **changes: Any) -> dict[str, Any]:
    answer = await system.client.post(SERVER, json={"extension": "8000", "room": FIRST, **changes})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def saved_only(system: System) -> dict[str, str]:
    """The header of somebody who may edit conferences and not apply."""
    return await bearer(system, Role.USER, [Right.CONFERENCES])


def refused(answer: httpx.Response, status: int, error_id: str, field: str | None = None) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["error_id"]) == (status, error_id)
    if field is not None:
        assert body["field"] == field
    return body


async def test_s3_02_the_server_is_set_up_with_its_first_room_and_in_force_at_once(system: System) -> None:
    refused(await system.client.get(SERVER), 404, "conference-server-missing")
    made = await set_up(system)
    assert (made["applied"], made["problems"], made["pending"]["changed_entries"]) == (True, [], 0)
    assert (made["server"]["extension"], made["server"]["rooms"], made["server"]["pending"]) == (
        "8000",
        1,
        False,
    )
    room = made["conference"]
    assert (room["name"], room["dial_in_id"], room["access_code"]) == ("Sales", "31415", "2468")
    # S3-10, G-02: ten people, unless somebody says otherwise.
    assert (room["extension"], room["max_participants"]) == (None, 10)
    applied = system.store.configuration.applied
    assert applied.by_dial_in_id["31415"].name == "Sales"
    assert applied.by_extension["8000"] == applied.conference_server
    assert system.live.applied == 1
    assert (await system.client.get(SERVER)).json() == made["server"]
    refused(await system.client.post(SERVER, json={"extension": "8009"}), 409, "conference-server-exists")


async def test_s3_02_the_servers_extension_is_checked_like_any(system: System) -> None:
    body = {"extension": "8002", "room": FIRST}
    found = refused(await system.client.post(SERVER, json=body), 422, "extension-taken", "extension")
    assert found["problems"][0]["path"] == "conference_server/extension"
    assert found["problems"][0]["values"] == {"extension": "8002", "other": "conference Board"}
    refused(await system.client.post(SERVER, json=body | {"extension": "911"}), 422, "extension-emergency")
    await set_up(system)
    user = {"extension": "8000", "name": "Otto"}
    message = refused(await system.client.post("/api/users", json=user), 422, "extension-taken")["message"]
    assert message == "Extension 8000 is already used by the conference server."


@pytest.mark.parametrize("dial_in_id", ["12", "123456789", "12a", "１２３", "12 3", "+123"])
async def test_s3_03_a_conference_id_has_3_to_8_digits(system: System, dial_in_id: str) -> None:
    await set_up(system)
    answer = await system.client.post(ROOMS, json={"name": "Board", "dial_in_id": dial_in_id})
    refused(answer, 422, "conference-id-invalid", "dial_in_id")
    missing = await system.client.post(ROOMS, json={"name": "Board"})
    refused(missing, 422, "invalid", "dial_in_id")


async def test_s3_04_the_rooms_are_listed_by_conference_id(system: System) -> None:
    await set_up(system)
    for dial_in_id in ("500", "20000", "1234"):
        made = await system.client.post(ROOMS, json={"name": dial_in_id, "dial_in_id": dial_in_id})
        assert made.status_code == 201
    listed = (await system.client.get(ROOMS)).json()
    assert [room["dial_in_id"] for room in listed] == ["500", "1234", "20000", "31415"]
    taken = await system.client.post(ROOMS, json={"name": "x", "dial_in_id": "500"})
    found = refused(taken, 422, "conference-id-taken", "dial_in_id")
    assert found["problems"][0]["values"] == {"dial_in_id": "500", "other": "500"}


async def test_s3_06_save_applies_that_one_change(system: System) -> None:
    await set_up(system)
    await system.client.patch("/api/conferences/conference-8002", json={"name": "Big board"})
    added = (await system.client.post(ROOMS, json={"name": "Team", "dial_in_id": "777"})).json()
    assert (added["applied"], added["pending"]["changed_entries"]) == (True, 1)
    applied = system.store.configuration.applied
    assert applied.by_dial_in_id["777"].name == "Team"
    assert applied.by_extension["8002"].name == "Board"  # type: ignore[union-attr]
    shown = (await system.client.get("/api/configuration")).json()
    assert [change["message"] for change in shown["changes"]] == [
        "Conference Big board: name Board is now Big board"
    ]


async def test_g_11_who_may_not_apply_only_saves(system: System) -> None:
    headers = await saved_only(system)
    made = (
        await system.client.post(SERVER, json={"extension": "8000", "room": FIRST}, headers=headers)
    ).json()
    assert (made["applied"], made["problems"], made["server"]["pending"]) == (False, [], True)
    assert (made["conference"]["pending"], made["pending"]["changed_entries"]) == (True, 2)
    assert system.store.configuration.applied.conference_server is None
    assert system.live.applied == 0
    shown = (await system.client.get("/api/configuration")).json()
    assert [(c["part"], c["path"], c["message"]) for c in shown["changes"]] == [
        ("conference_server", "conference_server", "Conference server (8000) added"),
        ("conferences", shown["changes"][1]["path"], "Conference Sales (ID 31415) added"),
    ]
    # Whoever may apply then adds a room: the server is applied with it, the first room waits.
    added = (await system.client.post(ROOMS, json={"name": "Team", "dial_in_id": "777"})).json()
    assert (added["applied"], added["pending"]["changed_entries"]) == (True, 1)
    assert system.store.configuration.applied.by_dial_in_id.keys() == {"777"}


async def test_s3_06_what_can_not_be_applied_alone_is_saved_and_says_why(system: System) -> None:
    await set_up(system)
    await system.client.patch("/api/users/user-201", json={"extension": "211"})
    moved = (await system.client.patch(SERVER, json={"extension": "201"})).json()
    assert (moved["applied"], moved["server"]["extension"], moved["server"]["pending"]) == (
        False,
        "201",
        True,
    )
    assert {problem["error_id"] for problem in moved["problems"]} == {"extension-taken"}
    applied = await system.client.post("/api/configuration/apply", json={"base_revision": 2})
    assert applied.status_code == 200
    assert system.store.configuration.applied.conference_server is not None
    assert system.store.configuration.applied.conference_server.extension == "201"


async def test_s3_07_s3_12_id_and_pin_are_changed_later(system: System) -> None:
    path = f"{ROOMS}/{(await set_up(system))['conference']['id']}"
    changed = (await system.client.patch(path, json={"access_code": ""})).json()
    assert (changed["conference"]["access_code"], changed["applied"]) == (None, True)
    changed = (await system.client.patch(path, json={"dial_in_id": "27182", "access_code": "1357"})).json()
    assert changed["conference"]["access_code"] == "1357"
    applied = system.store.configuration.applied
    assert list(applied.by_dial_in_id) == ["27182"]
    assert applied.by_dial_in_id["27182"].access_code == "1357"
    refused(await system.client.patch(path, json={"access_code": "12"}), 422, "access-code-invalid")
    # A conference that is not one of the server's is none here.
    other = await system.client.patch(f"{ROOMS}/conference-8001", json={"name": "x"})
    refused(other, 404, "not-found")


async def test_s3_06_only_the_named_fields_are_applied(system: System) -> None:
    room = (await set_up(system))["conference"]
    await system.client.patch(f"/api/conferences/{room['id']}", json={"tones": False})
    changed = (await system.client.patch(f"{ROOMS}/{room['id']}", json={"access_code": "1357"})).json()
    assert (changed["applied"], changed["conference"]["pending"]) == (True, True)
    applied = system.store.configuration.applied.by_dial_in_id["31415"]
    assert (applied.access_code, applied.tones) == ("1357", True)


async def test_s3_08_a_room_is_deleted_and_may_end_for_those_inside(system: System) -> None:
    room = (await set_up(system))["conference"]
    removed = (await system.client.delete(f"{ROOMS}/{room['id']}?inside=end")).json()
    assert (removed["applied"], removed["kept"]) == (True, None)
    assert system.live.acts == [(room["id"], EndOrdered("admin"))]
    assert system.store.configuration.applied.by_dial_in_id == {}
    refused(await system.client.delete(f"{ROOMS}/{room['id']}"), 404, "not-found")


async def test_g_01_a_room_with_an_extension_of_its_own_loses_only_the_id(system: System) -> None:
    await set_up(system)
    board = "/api/conferences/conference-8002"
    given = (await system.client.patch(board, json={"dial_in_id": "888"})).json()
    assert (given["conference"]["max_participants"], given["conference"]["pending"]) == (10, True)
    await system.client.post("/api/configuration/apply", json={"base_revision": 2})
    removed = (await system.client.delete(f"{ROOMS}/conference-8002?inside=end")).json()
    assert (removed["kept"]["extension"], removed["kept"]["dial_in_id"]) == ("8002", None)
    assert system.store.configuration.applied.by_extension["8002"].name == "Board"  # type: ignore[union-attr]
    assert system.live.acts == []


async def test_s3_09_the_11th_room_is_refused_and_the_limit_can_be_raised(system: System) -> None:
    await set_up(system)
    for number in range(9):
        made = await system.client.post(ROOMS, json={"name": "Room", "dial_in_id": f"10{number}"})
        assert made.status_code == 201
    eleventh = {"name": "Room", "dial_in_id": "999"}
    found = refused(
        await system.client.post(ROOMS, json=eleventh), 422, "conference-server-full", "dial_in_id"
    )
    assert found["problems"][0]["values"] == {"most": "10"}
    # By the other door too.
    board = await system.client.patch("/api/conferences/conference-8002", json={"dial_in_id": "999"})
    refused(board, 422, "conference-server-full", "dial_in_id")
    raised = (await system.client.patch(SERVER, json={"max_rooms": 11})).json()
    assert (raised["applied"], raised["server"]["max_rooms"]) == (True, 11)
    assert (await system.client.post(ROOMS, json=eleventh)).status_code == 201
    refused(await system.client.patch(SERVER, json={"max_rooms": 10}), 422, "too-many-rooms", "max_rooms")


async def test_s3_10_the_limit_of_participants_is_adjustable(system: System) -> None:
    room = (await set_up(system, max_participants=5))["conference"]
    assert room["max_participants"] == 5
    raised = await system.client.patch(f"/api/conferences/{room['id']}", json={"max_participants": 25})
    assert raised.json()["conference"]["max_participants"] == 25
    body = {"name": "Hall", "extension": "8044", "dial_in_id": "444", "max_participants": None}
    assert (await system.client.post("/api/conferences", json=body)).json()["conference"][
        "max_participants"
    ] is None


async def test_g_01_a_conference_needs_an_entrance(system: System) -> None:
    refused(await system.client.post("/api/conferences", json={"name": "Nowhere"}), 422, "entrance-missing")
    body = {"name": "Nowhere", "dial_in_id": "123"}
    answer = await system.client.post("/api/conferences", json=body)
    refused(answer, 422, "conference-server-missing", "dial_in_id")
    await set_up(system)
    assert (await system.client.post("/api/conferences", json=body)).status_code == 201
    listed = (await system.client.get("/api/conferences")).json()
    assert [room["extension"] for room in listed] == ["8001", "8002", "8003", None, None]


async def test_s3_11_the_server_is_deleted_in_order(system: System) -> None:
    room = (await set_up(system))["conference"]
    blocked = [{"kind": "conference", "id": room["id"], "name": "Sales"}]
    for path in (SERVER, "/api/extensions/conference_server/server"):
        found = refused(await system.client.delete(path), 409, "server-in-use")
        assert found["blocked_by"] == blocked
        assert "rooms" in found["message"]
    listed = (await system.client.get("/api/extensions")).json()
    server = next(row for row in listed if row["kind"] == "conference_server")
    assert (server["extension"], server["id"], server["blocked_by"]) == ("8000", "server", blocked)
    await system.client.delete(f"{ROOMS}/{room['id']}")
    deleted = await system.client.delete("/api/extensions/conference_server/server")
    assert (deleted.status_code, deleted.json()["changed_entries"]) == (200, 1)
    assert system.store.configuration.applied.conference_server is not None
    assert (await system.client.post("/api/configuration/discard")).status_code == 200
    # On the server's own page it is gone at once.
    assert (await system.client.delete(SERVER)).json()["applied"] is True
    assert system.store.configuration.applied.conference_server is None


async def test_s3_11_every_extension_is_listed_with_its_kind(system: System) -> None:
    await set_up(system)
    await system.client.post("/api/users", json={"extension": "99", "name": "Otto"})
    rows = (await system.client.get("/api/extensions")).json()
    assert [(row["extension"], row["kind"], row["name"], row["pending"]) for row in rows] == [
        ("99", "user", "Otto", True),
        ("201", "user", "Anna Weber", False),
        ("202", "user", "Bruno Conti", False),
        ("203", "user", "Claire Petit", False),
        ("204", "user", "David Jones", False),
        ("205", "user", "Elena Rossi", False),
        ("206", "user", "Farid Amrani", False),
        ("8000", "conference_server", "", False),
        ("8001", "conference", "Open room", False),
        ("8002", "conference", "Board", False),
        ("8003", "conference", "Monday meeting", False),
    ]
    board = next(row for row in rows if row["extension"] == "8002")
    headers = {"If-Match": board["version"]}
    path = "/api/extensions/conference/conference-8002"
    refused(await system.client.delete(path, headers=headers), 409, "conference-in-use")
    assert (await system.client.delete(f"{path}?inside=stay", headers=headers)).status_code == 200
    assert "8002" in system.store.configuration.applied.by_extension
    refused(await system.client.delete("/api/extensions/conference_server/other"), 404, "not-found")
    refused(await system.client.delete("/api/extensions/user/nobody"), 404, "not-found")
    manager = await bearer(system, Role.CONFERENCE_MANAGER)
    denied = await system.client.delete("/api/extensions/user/user-201", headers=manager)
    refused(denied, 403, "not-allowed")


async def test_d1_04_a_new_extension_of_the_server_is_in_force_at_once(system: System) -> None:
    await set_up(system)
    changed = (await system.client.patch(SERVER, json={"extension": "8800", "language": "fr"})).json()
    assert (changed["applied"], changed["server"]["language"]) == (True, "fr")
    applied = system.store.configuration.applied
    assert applied.by_extension["8800"] == applied.conference_server
    assert "8000" not in applied.by_extension
    assert system.live.applied == 2


async def test_two_administrators_on_the_servers_pages(system: System) -> None:
    made = await set_up(system)
    headers = {"If-Match": made["server"]["version"]}
    assert (await system.client.patch(SERVER, json={"max_rooms": 20}, headers=headers)).status_code == 200
    found = refused(
        await system.client.patch(SERVER, json={"extension": "8100"}, headers=headers),
        409,
        "changed-meanwhile",
    )
    assert (found["changed_by"], found["current"]["max_rooms"]) == ("admin", 20)
    refused(await system.client.delete(SERVER, headers=headers), 409, "changed-meanwhile")
    path, headers = f"{ROOMS}/{made['conference']['id']}", {"If-Match": made["conference"]["version"]}
    assert (await system.client.patch(path, json={"name": "Sale"}, headers=headers)).status_code == 200
    refused(await system.client.patch(path, json={"name": "x"}, headers=headers), 409, "changed-meanwhile")
    refused(await system.client.delete(path, headers=headers), 409, "changed-meanwhile")


async def test_the_sheet_tells_who_stays_in_a_deleted_conference(system: System) -> None:
    await system.client.delete("/api/conferences/conference-8002?inside=stay")
    await system.client.delete("/api/conferences/conference-8001")
    shown = (await system.client.get("/api/configuration")).json()
    assert [c["consequence_id"] for c in shown["changes"]] == [None, "room-empties"]


async def test_codes_are_never_in_the_difference(system: System) -> None:
    headers = await saved_only(system)
    await system.client.post(SERVER, json={"extension": "8000", "room": FIRST}, headers=headers)
    text = (await system.client.get("/api/configuration")).text
    assert "2468" not in text
    assert "31415" in text


async def test_the_new_fields_of_a_conference(system: System) -> None:
    path = "/api/conferences/conference-8001"
    body = {"recording": "always", "names": "spoken", "lone_minutes": None, "max_minutes": 90, "lobby": True}
    saved = (await system.client.patch(path, json=body)).json()["conference"]
    assert {name: saved[name] for name in body} == body
    shown = (await system.client.get("/api/configuration")).json()["changes"]
    assert [(c["field"], c["old"], c["new"]) for c in shown] == [
        ("lobby", False, True),
        ("recording", "on_request", "always"),
        ("names", "none", "spoken"),
        ("max_minutes", None, 90),
        ("lone_minutes", 60, None),
    ]
    assert shown[1]["message"] == "Conference Open room: recording on request is now always"
    refused(await system.client.patch(path, json={"recording": "perhaps"}), 422, "invalid", "recording")
    refused(await system.client.patch(path, json={"max_minutes": 0}), 422, "out-of-range", "max_minutes")
    kept = (await system.client.patch("/api/settings", json={"recording_days": 30})).json()["settings"]
    assert kept["recording_days"] == 30
