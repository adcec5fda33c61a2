"""Registrations, calls, rooms, call records, health over HTTP."""

from __future__ import annotations

import csv
import io

import pytest

from switchroom.store import CallRow
from tests.api.conftest import System


async def test_what_goes_on_now(system: System) -> None:
    registrations = (await system.client.get("/api/registrations")).json()
    assert [(item["username"], item["transport"], item["user_agent"]) for item in registrations] == [
        ("201", "UDP", "<b>")
    ]
    calls = (await system.client.get("/api/calls")).json()
    assert calls[0]["caller"] == {"extension": "201", "name": "Anna", "user_id": "user-201"}
    assert calls[0]["state"] == "talking"
    rooms = (await system.client.get("/api/rooms")).json()
    assert [person["name"] for person in rooms[0]["participants"]] == ["Anna"]
    one = await system.client.get("/api/rooms/conference-8002")
    assert one.json() == rooms[0]
    assert (await system.client.get("/api/rooms/conference-8001")).status_code == 404


async def test_hanging_up_and_removing(system: System) -> None:
    assert (await system.client.delete("/api/calls/call-1")).status_code == 204
    assert (await system.client.delete("/api/calls/call-2")).status_code == 404
    assert system.live.ended == ["call-1", "call-2"]
    path = "/api/rooms/conference-8002/participants/"
    assert (await system.client.delete(path + "leg-1")).status_code == 204
    assert (await system.client.delete(path + "leg-2")).status_code == 404
    assert system.live.removed[0] == ("conference-8002", "leg-1")
    actions = [entry.action for entry in await system.store.audit.list()]
    assert actions[:2] == ["participant removed", "call ended"]


async def three_records(system: System) -> None:
    for number in range(3):
        quality = '[{"leg":"l","party":"201","loss":0.01,"jitter":1.5,"mos":4.1}]' if number else None
        system.store.records.open(
            CallRow(
                f"call-{number}",
                f"j-{number}",
                "call",
                "internal",
                1000.0 + number,
                dialled="=cmd|'/C calc'!A0",
                caller_extension=f"20{number}",
                quality=quality,
            )
        )
    await system.store.settled()


async def test_call_records_in_pages(system: System) -> None:
    await three_records(system)
    first = (await system.client.get("/api/call-records", params={"limit": 2})).json()
    assert [record["id"] for record in first["records"]] == ["call-2", "call-1"]
    assert first["records"][0]["quality"][0]["mos"] == 4.1
    second = (
        await system.client.get("/api/call-records", params={"limit": 2, "after": first["next"]})
    ).json()
    assert [record["id"] for record in second["records"]] == ["call-0"]
    assert second["next"] is None
    found = await system.client.get("/api/call-records", params={"extension": "201"})
    assert [record["id"] for record in found.json()["records"]] == ["call-1"]
    assert (await system.client.get("/api/call-records/call-1")).json()["id"] == "call-1"
    assert (await system.client.get("/api/call-records/none")).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "since=nan",
        "since=x",
        "after=nonsense",
        "kind=all",
        "extension=%00",
        "until=1e999",
    ],
)
async def test_bad_queries_are_refused(system: System, query: str) -> None:
    answer = await system.client.get(f"/api/call-records?{query}")
    assert answer.status_code == 422
    assert answer.json()["field"] == query.split("=")[0]


async def test_call_records_as_csv(system: System) -> None:
    await three_records(system)
    answer = await system.client.get("/api/call-records.csv", params={"extension": "202"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["id"] for row in rows] == ["call-2"]
    assert rows[0]["dialled"].startswith("'=")


async def test_health(system: System) -> None:
    async with system.stranger() as client:
        well = await client.get("/api/health")
        assert well.status_code == 200
        assert [check["name"] for check in well.json()["checks"]] == ["media", "database"]
        system.live.healthy = False
        ill = await client.get("/api/health")
    assert ill.status_code == 503
    assert ill.json()["status"] == "degraded"
    assert ill.json()["checks"][0]["message"] == "The media worker is down."


async def test_a_database_that_fails_is_said_so(system: System) -> None:
    async with system.store.database.writing() as connection:
        from sqlalchemy import text

        await connection.execute(text("DROP TABLE call_records"))
    answer = await system.client.get("/api/call-records")
    assert answer.status_code == 503
    assert answer.json()["error_id"] == "database-unavailable"
    assert answer.headers["retry-after"] == "5"


async def test_what_was_refused_is_told_with_its_reason_and_can_be_allowed(system: System) -> None:
    (problem,) = (await system.client.get("/api/problems")).json()
    assert (problem["kind"], problem["subject"], problem["can_allow"]) == (
        "wrong-secrets",
        "198.51.100.1",
        True,
    )
    allow = "/api/problems/allow"
    assert (await system.client.post(allow, json={"address": "198.51.100.1"})).status_code == 204
    assert (await system.client.post(allow, json={"address": "198.51.100.2"})).status_code == 404
    assert (await system.store.audit.list())[0].action == "address allowed"
    assert (await system.stranger().post(allow, json={"address": "198.51.100.1"})).status_code == 401
