"""Users, conferences, settings, apply, roll back over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import System

BOARD = {"name": "Sales", "extension": "8010", "access_code": "2468"}


async def configuration(system: System) -> dict[str, Any]:
    answer = await system.client.get("/api/configuration")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def test_s1_08_saved_conferences_wait_for_apply(system: System) -> None:
    saved = await system.client.post("/api/conferences", json=BOARD)
    assert saved.status_code == 201
    body = saved.json()
    assert body["conference"]["pending"] is True
    assert body["pending"] == {"base_revision": 1, "draft_version": 1, "changed_entries": 1}
    assert len(system.store.configuration.applied.conferences) == 3
    shown = await configuration(system)
    assert [change["message"] for change in shown["changes"]] == ["Conference Sales (8010) added"]
    assert shown["problems"] == []
    assert shown["applied_revision"] == shown["base_revision"] == shown["draft"]["base_revision"] == 1

    applied = await system.client.post("/api/configuration/apply", json={"base_revision": 1})
    assert applied.status_code == 200
    assert applied.json()["revision"] == 2
    assert [c["message"] for c in applied.json()["changes"]] == ["Conference Sales (8010) added"]
    assert system.live.applied == 1
    assert len(system.store.configuration.applied.conferences) == 4
    assert (await configuration(system))["changes"] == []
    again = await system.client.post("/api/configuration/apply", json={"base_revision": 2})
    assert again.json() == {"revision": 2, "changes": []}
    assert system.live.applied == 1


async def test_s1_09_a_conference_is_listed_edited_and_deleted(system: System) -> None:
    made = (await system.client.post("/api/conferences", json=BOARD)).json()["conference"]
    path = f"/api/conferences/{made['id']}"
    changed = await system.client.patch(path, json={"access_code": None, "administrator": "user-202"})
    assert changed.status_code == 200
    got = (await system.client.get(path)).json()
    assert (got["access_code"], got["administrator"], got["name"]) == (None, "user-202", "Sales")
    listed = (await system.client.get("/api/conferences")).json()
    assert [room["extension"] for room in listed] == ["8001", "8002", "8003", "8010"]
    assert (await system.client.delete(path)).json()["changed_entries"] == 0
    assert (await system.client.get(path)).status_code == 404


async def test_stale_and_invalid_applies(system: System) -> None:
    await system.client.delete("/api/users/user-201")
    stale = await system.client.post("/api/configuration/apply", json={"base_revision": 0})
    assert stale.status_code == 409
    assert (stale.json()["error_id"], stale.json()["current_revision"]) == ("configuration-stale", 1)
    invalid = await system.client.post("/api/configuration/apply", json={"base_revision": 1})
    assert invalid.status_code == 422
    body = invalid.json()
    assert body["error_id"] == "administrator-unknown"
    assert body["problems"][0]["path"] == "conferences/conference-8003/administrator"
    assert body["problems"][0]["field"] == "administrator"
    assert (await configuration(system))["problems"] == body["problems"]
    assert system.live.applied == 0


async def test_a_form_is_refused_with_the_field(system: System) -> None:
    taken = await system.client.post("/api/users", json={"extension": "8002", "name": "Otto"})
    assert taken.status_code == 422
    assert taken.json()["error_id"] == "extension-taken"
    assert taken.json()["field"] == "extension"
    assert taken.json()["message"] == "Extension 8002 is already used by conference Board."
    emergency = await system.client.post("/api/users", json={"extension": "911", "name": "Otto"})
    assert emergency.json()["error_id"] == "extension-emergency"
    assert len(await system.store.devices.list()) == 6


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"extension": "301"}, "name"),
        ({"extension": 301, "name": "x"}, "extension"),
        ({"extension": "301", "name": "x", "shoe": 43}, "shoe"),
        ({"extension": "301", "name": "x", "call_waiting": "yes"}, "call_waiting"),
        ({"extension": "301", "name": "x", "language": "tlh"}, "language"),
        ({"extension": "301", "name": "x", "ring_seconds": 10**400}, "ring_seconds"),
        ([], "body"),
    ],
)
async def test_bad_bodies_are_refused(system: System, body: object, field: str) -> None:
    answer = await system.client.post("/api/users", json=body)
    assert answer.status_code == 422
    assert (answer.json()["error_id"], answer.json()["field"]) == ("invalid", field)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"a":' * 5000, b'"\\ud800"'])
async def test_what_is_no_json_is_refused(system: System, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await system.client.post("/api/users", content=content, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.json()["message"]


async def test_discard_and_roll_back(system: System) -> None:
    await system.client.delete("/api/conferences/conference-8001")
    discarded = await system.client.post("/api/configuration/discard")
    assert discarded.json()["changes"] == []
    await system.client.delete("/api/conferences/conference-8001")
    await system.client.post("/api/configuration/apply", json={"base_revision": 1, "comment": "gone"})
    revisions = (await system.client.get("/api/configuration/revisions")).json()
    assert [(r["number"], r["author"], r["comment"]) for r in revisions] == [
        (2, "admin", "gone"),
        (1, "installation", "Demonstration data"),
    ]
    back = await system.client.post("/api/configuration/revisions/1/roll-back")
    assert back.json()["revision"] == 3
    assert len(system.store.configuration.applied.conferences) == 3
    assert (await system.client.post("/api/configuration/revisions/9/roll-back")).status_code == 404


async def test_settings(system: System) -> None:
    refused = await system.client.patch("/api/settings", json={"country": "XX"})
    assert (refused.status_code, refused.json()["error_id"]) == (422, "country-unknown")
    saved = await system.client.patch("/api/settings", json={"country": "IT", "language": "it"})
    assert saved.json()["settings"]["pending"] is True
    got = (await system.client.get("/api/settings")).json()
    assert (got["country"], got["language"], got["ring_seconds"]) == ("IT", "it", 30)


async def test_s1_08_apply_changes_says_what_it_means_for_those_who_talk(system: System) -> None:
    board = "/api/conferences/conference-8002"
    await system.client.patch(board, json={"access_code": "1357"})
    await system.client.patch("/api/users/user-202", json={"name": "Bruna"})
    access, name = sorted((await configuration(system))["changes"], key=lambda change: change["part"])
    assert access == {
        "path": "conferences/conference-8002/access_code",
        "kind": "changed",
        "message": "Conference Board: access code changed",
        "part": "conferences",
        "id": "conference-8002",
        "field": "access_code",
        "name": "Board",
        "extension": "8002",
        "old": "••••",
        "new": "••••",
        "consequence": "1 person inside is not affected",
        "consequence_id": "people-stay",
        "consequence_count": 1,
    }
    assert (name["old"], name["new"], name["consequence"]) == ("Bruno Conti", "Bruna", None)
    assert "1357" not in (await system.client.get("/api/configuration")).text


async def test_s1_08_two_administrators_and_the_second_is_told(system: System) -> None:
    path = "/api/conferences/conference-8002"
    seen = (await system.client.get(path)).json()
    listed = {room["id"]: room["version"] for room in (await system.client.get("/api/conferences")).json()}
    assert listed["conference-8002"] == seen["version"]
    headers = {"If-Match": f'"{seen["version"]}"'}
    first = await system.client.patch(path, json={"name": "Big board"}, headers=headers)
    assert first.status_code == 200
    second = await system.client.patch(path, json={"access_code": "7777"}, headers=headers)
    assert second.status_code == 409
    body = second.json()
    assert (body["error_id"], body["changed_by"]) == ("changed-meanwhile", "admin")
    assert body["changed_at"] > 0
    current = (await system.client.get(path)).json()
    assert body["current"] == current
    assert (current["name"], current["access_code"]) == ("Big board", "4321")
    stale = await system.client.delete(f"{path}?inside=stay", headers=headers)
    assert stale.json()["error_id"] == "changed-meanwhile"
    # Who looks again gets through; who says nothing is not asked.
    headers = {"If-Match": current["version"]}
    assert (await system.client.patch(path, json={"access_code": "7777"}, headers=headers)).status_code == 200
    assert (await system.client.delete(f"{path}?inside=stay")).status_code == 200
    gone = await system.client.patch(path, json={"name": "x"}, headers=headers)
    assert (gone.status_code, gone.json()["current"]) == (409, None)
    assert (await system.client.patch(path, json={"name": "x"})).status_code == 404


@pytest.mark.parametrize(("path", "body"), [("users/user-201", {"name": "x"}), ("settings", {"name": "x"})])
async def test_users_and_settings_have_versions_too(system: System, path: str, body: dict[str, str]) -> None:
    seen = (await system.client.get(f"/api/{path}")).json()["version"]
    for status in (200, 409):
        answer = await system.client.patch(f"/api/{path}", json=body, headers={"If-Match": seen})
        assert answer.status_code == status


async def test_a_roll_back_is_shown_before_it_is_done(system: System) -> None:
    await system.client.delete("/api/conferences/conference-8002?inside=stay")
    await system.client.post("/api/configuration/apply", json={"base_revision": 1})
    shown = (await system.client.get("/api/configuration/revisions/1/difference")).json()
    assert [change["message"] for change in shown["changes"]] == ["Conference Board (8002) added"]
    assert (shown["revision"], shown["applied_revision"], shown["problems"]) == (1, 2, [])
    assert (await system.client.get("/api/configuration/revisions/7/difference")).status_code == 404


async def test_g_04_waiting_for_nobody_is_refused_at_its_field(system: System) -> None:
    body = {"name": "Sales", "extension": "8010", "wait_for_administrator": True}
    refused = await system.client.post("/api/conferences", json=body)
    assert (refused.status_code, refused.json()["field"]) == (422, "wait_for_administrator")
    assert refused.json()["error_id"] == "administrator-missing"
    # S1-06: the administrator is an existing user.
    refused = await system.client.post("/api/conferences", json=body | {"administrator": "user-999"})
    assert (refused.json()["field"], refused.json()["problems"][0]["values"]) == (
        "administrator",
        {"name": "Sales"},
    )
    chosen = await system.client.post("/api/conferences", json=body | {"administrator": "user-203"})
    assert chosen.status_code == 201


@pytest.mark.parametrize("zone", ["Europe/Rome", "America/Argentina/Buenos_Aires", "Etc/GMT+5"])
async def test_b1_03_the_time_zone_is_one_of_the_iana_list(system: System, zone: str) -> None:
    saved = await system.client.patch("/api/settings", json={"time_zone": zone})
    assert saved.json()["settings"]["time_zone"] == zone


@pytest.mark.parametrize(
    "zone", ["", "Rome", "../../etc/passwd", "/etc/passwd", "Europe", "CET/../UTC", "\u00e9"]
)
async def test_b1_03_other_time_zones_are_refused(system: System, zone: str) -> None:
    refused = await system.client.patch("/api/settings", json={"time_zone": zone})
    assert (refused.status_code, refused.json()["field"]) == (422, "time_zone")
