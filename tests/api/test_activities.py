"""Activities over the API: planned on records, moved, done, given to others (S2-11, S2-13)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from switchroom.directory import UserId
from switchroom.happenings import ActivityDone, Happening
from tests.api.conftest import System
from tests.api.phones import as_user
from tests.api.test_customer_records import add, zoe


async def plan(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    body = {"type": "call", "due": "2026-11-22", "assigned_to": "user-201", **fields}
    answer = await client.post("/api/activities", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_s2_13_a_call_is_planned_on_a_record_moved_and_done_and_the_chatter_shows_it(
    system: System,
) -> None:
    heard: list[Happening] = []
    system.app.state.context.happenings.listen(heard.append)
    async with as_user(system, "201") as anna, as_user(system, "202") as bruno:
        record = await add(anna, contact_id=await zoe(anna))
        call = await plan(
            anna, summary="Ask\nfor plans", time="14:30", assigned_to="user-202", record_id=record["id"]
        )
        assert (call["summary"], call["assigned_name"], call["created_name"]) == (
            "Ask for plans",
            "Bruno Conti",
            "Anna Weber",
        )
        assert (call["record"], call["contact"]["name"]) == (
            {"id": record["id"], "app": "crm", "title": "Roof"},
            "Zoë",
        )
        place = f"/api/activities/{call['id']}"
        seen = {"If-Match": call["version"]}
        moved = await anna.patch(place, json={"due": "2026-11-24", "time": ""}, headers=seen)
        assert (moved.json()["due"], moved.json()["time"], moved.json()["summary"]) == (
            "2026-11-24",
            "",
            "Ask for plans",
        )
        late = await bruno.patch(place, json={"note": "x"}, headers=seen)
        assert (late.status_code, late.json()["error_id"]) == (409, "changed-meanwhile")
        assert late.json()["current"] == moved.json() == (await anna.get(place)).json()
        done = await bruno.post(f"{place}/done", json={"feedback": "By post", "outcome": "reached"})
        assert (done.json()["state"], done.json()["outcome"]) == ("done", "reached")
        entries = (await anna.get(f"/api/records/{record['id']}/entries")).json()["entries"]
        (entry,) = [one for one in entries if one["kind"] == "activity"]
        assert (entry["author_name"], entry["text"], entry["data"]["outcome"]) == (
            "Bruno Conti",
            "By post",
            "reached",
        )
        for method, path in (("POST", f"{place}/done"), ("PATCH", place), ("DELETE", place)):
            over = await anna.request(method, path, json={} if method != "DELETE" else None)
            assert (over.status_code, over.json()["error_id"]) == (409, "activity-over")
    (told,) = heard
    assert isinstance(told, ActivityDone)
    assert (told.source, told.by, told.app, told.record_id) == ("own", "user-202", "crm", record["id"])
    assert (told.feedback, told.outcome, told.summary) == ("By post", "reached", "Ask for plans")


async def test_s2_13_the_calendar_shows_whose_what_and_when(system: System) -> None:
    async with as_user(system, "201") as anna:
        first = await plan(anna, due="2026-11-01")
        second = await plan(anna, due="2026-11-30", time="08:00", type="meeting", assigned_to="user-202")
        gone = await plan(anna, due="2026-11-15")
        assert (await anna.delete(f"/api/activities/{gone['id']}")).status_code == 204
        await anna.post(f"/api/activities/{first['id']}/done", json={})

        async def listed(**asked: str) -> list[str]:
            answer = await anna.get("/api/activities", params=asked)
            return [one["id"] for one in answer.json()]

        month = {"from": "2026-11-01", "to": "2026-11-30"}
        assert await listed(**month, state="all") == [first["id"], second["id"]]
        assert await listed(**month) == [second["id"]]
        assert await listed(**month, state="done") == [first["id"]]
        assert await listed(**month, state="all", type="meeting") == [second["id"]]
        assert await listed(assigned_to="user-201") == []
        assert await listed(**{"from": "2026-12-01"}, state="all") == []


@pytest.mark.parametrize(
    ("fields", "field", "error_id"),
    [
        ({"due": "2026-02-30"}, "due", "day-invalid"),
        ({"due": "tomorrow"}, "due", "invalid"),
        ({"due": "2026-02-03T10:00"}, "due", "invalid"),
        ({"time": "24:00"}, "time", "invalid"),
        ({"time": "9:00"}, "time", "invalid"),
        ({"type": "fax"}, "type", "invalid"),
        ({"assigned_to": "user-999"}, "assigned_to", "user-unknown"),
        ({"record_id": "none"}, "record_id", "record-unknown"),
        ({"contact_id": "none"}, "contact_id", "contact-unknown"),
        ({"summary": "x" * 201}, "summary", "invalid"),
        ({"note": "x" * 4001}, "note", "invalid"),
    ],
)
async def test_s2_13_refusals_name_the_field_and_the_reason(
    system: System, fields: dict[str, str], field: str, error_id: str
) -> None:
    body = {"type": "call", "due": "2026-11-22", "assigned_to": "user-201", **fields}
    answer = await system.client.post("/api/activities", json=body)
    assert (answer.status_code, answer.json()["field"], answer.json()["error_id"]) == (422, field, error_id)
    for path in ("", "/done"):
        method = "POST" if path else "GET"
        assert (
            await system.client.request(method, f"/api/activities/none{path}", json={})
        ).status_code == 404
    wrong_day = await system.client.get("/api/activities", params={"from": "2026-02-30"})
    assert (wrong_day.status_code, wrong_day.json()["field"]) == (422, "from")


async def test_s2_11_today_is_the_day_where_the_person_is(system: System) -> None:
    """At 03:30 of 22 November in UTC it is still the 21st in New York, and the 22nd in Rome."""
    now = datetime(2026, 11, 22, 3, 30, tzinfo=UTC).timestamp()
    object.__setattr__(system.app.state.context, "clock", lambda: now)
    async with as_user(system, "201") as anna, as_user(system, "202") as bruno:
        await anna.patch("/api/account", json={"time_zone": "America/New_York"})
        await bruno.patch("/api/account", json={"time_zone": "Europe/Rome"})
        record = await add(anna)
        place = f"/api/records/{record['id']}"
        mine, his = [(await one.post(f"{place}/call")).json() for one in (anna, bruno)]
        assert (mine["due"], his["due"]) == ("2026-11-21", "2026-11-22")
        assert (mine["overdue"], his["overdue"]) == (False, False)
        await anna.patch(f"/api/activities/{mine['id']}", json={"assigned_to": "user-202"})
        shown = (await bruno.get("/api/activities")).json()
        assert [(one["due"], one["overdue"]) for one in shown] == [
            ("2026-11-21", True),
            ("2026-11-22", False),
        ]
        call = (await bruno.get(place)).json()["next_call"]
        assert (call["due"], call["overdue"]) == ("2026-11-21", True)


async def test_a_user_who_is_removed_leaves_records_and_activities_that_work(system: System) -> None:
    client = system.client
    async with as_user(system, "202") as bruno:
        record = await add(bruno, owner="user-202")
        place = f"/api/records/{record['id']}"
        await bruno.post(f"{place}/messages", json={"text": "Bye"})
        call = await plan(bruno, assigned_to="user-202", record_id=record["id"])
    assert (await client.delete("/api/users/user-202")).status_code == 200
    applied = await client.post("/api/configuration/apply", json={"base_revision": 1})
    assert applied.status_code == 200, applied.text
    assert UserId("user-202") not in system.store.configuration.applied.users
    shown = (await client.get(place)).json()
    assert (shown["owner"], shown["owner_name"]) == ("user-202", "")
    entries = (await client.get(f"{place}/entries")).json()["entries"]
    assert {entry["author_name"] for entry in entries} == {"Bruno Conti"}
    (seen,) = (await client.get("/api/activities")).json()
    assert (seen["assigned_to"], seen["assigned_name"], seen["created_name"]) == ("user-202", "", "")
    renamed = await client.patch(place, json={"title": "Still here"})
    assert (renamed.status_code, renamed.json()["owner"]) == (200, "user-202")
    given = await client.patch(f"/api/activities/{call['id']}", json={"assigned_to": "user-203"})
    assert given.json()["assigned_name"] == "Claire Petit"
    assert (await client.patch(place, json={"owner": "user-203"})).json()["owner_name"] == "Claire Petit"
