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
        "from=nan",
        "from=x",
        "after=nonsense",
        "kind=all",
        "extension=%00",
        "to=1e999",
        "to=2026-13-01",
        "state=lost",
        "direction=up",
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
    assert [row["ID"] for row in rows] == ["call-2"]
    assert rows[0]["Dialled"].startswith("'=")


async def test_call_records_as_csv_have_their_headings_in_the_sessions_language(system: System) -> None:
    await three_records(system)
    await system.client.patch("/api/account", json={"language": "fr"})
    answer = await system.client.get("/api/call-records.csv", params={"extension": "202"})
    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (row["Identifiant"], row["Poste de l'appelant"]) == ("call-2", "202")


async def test_d3_07_the_call_log_is_filtered(system: System) -> None:
    rows = [
        CallRow("a", "j", "call", "internal", 1000.0, 1005.0, 1065.5, "202", "201", "user-201", "Anna",
                "202", "user-202", "Bruno 100%", None, "caller_hung_up", 200),
        CallRow("b", "j", "call", "incoming", 2000.0, None, 2030.0, "203", "+3222903490", None, "=Émile",
                "203", "user-203", "Claire", None, "no_answer", 480),
        CallRow("c", "j", "refused", "internal", 3000.0, None, 3001.0, "999", "201", "user-201", "Anna",
                end_cause="unknown_number"),
        CallRow("d", "j", "conference", "internal", 4000.0, 4001.0, 4030.0, "8002", "204", "user-204",
                conference_id="conference-8002", end_cause="wrong_code"),
        CallRow("e", "j", "call", "internal", 5000.0, None, 5001.0, "206", "205", "user-205", "Elena",
                end_cause="media_failed"),
        CallRow("f", "j", "call", "internal", 1763733600.0, None, None, "206", "205", "user-205", "Elena"),
    ]  # fmt: skip
    for record in rows:
        system.store.records.put(record)
    await system.store.settled()

    async def found(**query: str) -> str:
        answer = await system.client.get("/api/call-records", params=query)
        assert answer.status_code == 200
        return "".join(record["id"] for record in answer.json()["records"])

    states = {"answered": "a", "missed": "b", "refused": "dc", "failed": "e", "running": "f"}
    assert {state: await found(state=state) for state in states} == states
    listed = (await system.client.get("/api/call-records")).json()["records"]
    assert {record["id"]: record["state"] for record in listed} == {
        key: state for state, keys in states.items() for key in keys
    }
    assert [record["seconds"] for record in listed] == [None, 0.0, 29.0, 0.0, 0.0, 60.5]
    assert await found(direction="incoming") == "b"
    assert await found(kind="conference") == "d"
    assert await found(user="user-201") == "ca"
    assert await found(q="bruno") == await found(q="100%") == await found(q="BRUNO 1") == "a"
    assert await found(q="290349") == "b"
    assert await found(q="_") == await found(q="0%0") == ""
    assert await found(**{"from": "2000", "to": "4000"}) == "cb"
    # Days are the system's.
    assert await found(**{"from": "2025-11-21", "to": "2025-11-21"}) == "f"
    assert await found(**{"from": "2025-11-21T14:00", "to": "2025-11-21T14:00:01"}) == "f"
    await system.client.patch("/api/settings", json={"time_zone": "Asia/Tokyo"})
    assert await found(**{"from": "2025-11-21"}) == "f"
    await system.client.post("/api/configuration/apply", json={"base_revision": 1})
    assert await found(**{"from": "2025-11-21T14:00", "to": "2025-11-21T14:00:01"}) == ""
    assert await found(**{"from": "2025-11-21T23:00", "to": "2025-11-21T23:00:01"}) == "f"
    assert await found(**{"from": "2025-11-21T14:00Z"}) == "f"

    answer = await system.client.get("/api/call-records.csv", params={"q": "mile"})
    (row,) = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert row["Caller's name"] == "'=Émile"
    assert row["Start"] == "1970-01-01T09:33:20.000+09:00"
    assert (row["Result"], row["Talked (s)"]) == ("missed", "0.000")
    answer = await system.client.get("/api/call-records.csv", params={"q": "mile", "zone": "Europe/Paris"})
    assert "1970-01-01T01:33:20.000+01:00" in answer.text
    refused = await system.client.get("/api/call-records.csv", params={"zone": "../etc/passwd"})
    assert (refused.status_code, refused.json()["field"]) == (422, "zone")


async def test_health(system: System) -> None:
    well = await system.client.get("/api/health")
    assert well.status_code == 200
    assert [check["name"] for check in well.json()["checks"]] == ["media", "database"]
    system.live.healthy = False
    ill = await system.client.get("/api/health")
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
