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
