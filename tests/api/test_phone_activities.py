"""Next activities over HTTP: the calls of today, calling, done, midnight (S2-09 to S2-13, C2-10, G-07)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from switchroom.crm import Card, Contact, ContactNumber
from switchroom.crm.activities import Activity, ActivityType
from switchroom.crm.connector import ConnectorFault, FaultKind
from switchroom.crm.records import App, Author, Record
from switchroom.directory import UserId
from switchroom.happenings import ActivityDone
from tests.api.conftest import System
from tests.api.phones import as_user
from tests.connectors.fakes import FakeOthers, FakeSystem, due_call

ANNA, BRUNO = UserId("user-201"), UserId("user-202")
NUMBER = "+3222903490"
NOON = datetime(2026, 11, 22, 12, tzinfo=ZoneInfo("Europe/Rome"))
TODAY = NOON.date()


def at(system: System, moment: datetime) -> None:
    """It is this moment."""
    system.app.state.context = replace(system.app.state.context, clock=moment.timestamp)


async def live_in(system: System, user: UserId, zone: str) -> None:
    personal = replace(system.store.personal.of(user), time_zone=zone)
    await system.store.personal.set(user, personal, "tests")


async def ada(system: System) -> Contact:
    numbers = (ContactNumber("mobile", NUMBER),)
    return await system.store.contacts.add(Card("Ada Lovelace", "Engines", "ada@example.com", "", numbers))


async def record(system: System, app: App, title: str, contact: Contact | None = None) -> Record:
    contact_id = contact.id if contact is not None else None
    return await system.store.customer_records.add(app, title, Author(None, ""), contact=contact_id)


async def plan(
    system: System,
    due: date = TODAY,
    to: UserId = ANNA,
    *,
    summary: str = "Call",
    type: ActivityType = ActivityType.CALL,
    on: Record | None = None,
    time: str = "",
) -> Activity:
    on_record = on.id if on is not None else None
    return await system.store.activities.add(type, due, to, summary=summary, record=on_record, time=time)


@asynccontextmanager
async def anna_and_bruno(system: System) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    async with as_user(system, "201") as anna, as_user(system, "202") as bruno:
        yield anna, bruno


async def listed(client: httpx.AsyncClient, **query: str) -> list[str]:
    answer = await client.get("/api/phone/activities", params=query)
    assert answer.status_code == 200, answer.text
    return [call["summary"] for call in answer.json()["calls"]]


async def test_s2_11_s2_12_only_calls_of_today_and_mine_from_all_three_applications(system: System) -> None:
    at(system, NOON)
    contact = await ada(system)
    for number, app in enumerate(App):
        on = await record(system, app, f"About {app}", contact)
        await plan(system, summary=f"{app}", on=on, time=f"1{2 - number}:00")
    await plan(system, TODAY - timedelta(days=1), summary="overdue")
    await plan(system, TODAY + timedelta(days=1), summary="tomorrow")
    await plan(system, summary="of Bruno", to=BRUNO)
    await plan(system, summary="a mail", type=ActivityType.EMAIL)
    done = await plan(system, summary="done")
    await system.store.activities.finish(done.id, Author(ANNA, "Anna"))
    async with as_user(system, "201") as client:
        answer = (await client.get("/api/phone/activities")).json()
    assert [call["summary"] for call in answer["calls"]] == ["helpdesk", "project", "crm"]
    assert (answer["today"], answer["overdue"], answer["time_zone"]) == ("2026-11-22", 1, "UTC")
    first = answer["calls"][0]
    assert (first["source"], first["name"], first["company"], first["email"]) == (
        "own",
        "Ada Lovelace",
        "Engines",
        "ada@example.com",
    )
    assert first["numbers"] == [{"label": "mobile", "e164": NUMBER, "shown": "+32 2 290 34 90", "then": ""}]
    assert (first["contact_id"], first["contact_url"]) == (contact.id, f"/contacts?edit={contact.id}")
    assert first["record"]["app"] == "helpdesk" and first["record"]["title"] == "About helpdesk"
    assert (
        first["record"]["url"] == f"/records/helpdesk/{first['record']['id']}" and first["called_by"] is None
    )
    own = answer["sources"][0]
    assert (own["id"], own["problem"], own["waiting"]) == ("own", None, 0)


async def test_midnight_is_that_of_the_person_and_a_short_day_is_a_day(system: System) -> None:
    rome = ZoneInfo("Europe/Rome")
    await live_in(system, ANNA, "Europe/Rome")
    await live_in(system, BRUNO, "America/New_York")
    await plan(system, date(2027, 3, 28), summary="on the short day")
    await plan(system, date(2027, 3, 29), summary="the day after")
    await plan(system, date(2027, 3, 27), summary="still Saturday", to=BRUNO)
    async with anna_and_bruno(system) as (anna, bruno):
        at(system, datetime(2027, 3, 28, 0, 1, tzinfo=rome))
        answer = (await anna.get("/api/phone/activities")).json()
        assert [call["summary"] for call in answer["calls"]] == ["on the short day"]
        assert await listed(bruno) == ["still Saturday"], "it is Saturday evening in New York"
        midnight = datetime(2027, 3, 29, tzinfo=rome)
        assert answer["next_day_at"] == midnight.timestamp()
        assert answer["next_day_at"] - datetime(2027, 3, 28, tzinfo=rome).timestamp() == 23 * 3600
        at(system, midnight)
        assert await listed(anna) == ["the day after"]


async def test_a_second_person_about_to_call_the_same_activity_is_told(system: System) -> None:
    at(system, NOON)
    planned = await plan(system)
    call = f"/api/phone/activities/own/{planned.id}/call"
    async with anna_and_bruno(system) as (anna, bruno):
        assert await listed(anna) == ["Call"]
        assert (await bruno.post(call, json={"number": "0032 2 290 34 90"})).status_code == 204
        shown = (await anna.get("/api/phone/activities")).json()["calls"][0]["called_by"]
        assert shown["name"] == "Bruno Conti"
        told = await anna.post(call, json={"number": NUMBER})
        assert (told.status_code, told.json()["error_id"]) == (409, "being-called")
        assert told.json()["message"].startswith("Bruno Conti")
        assert (await anna.post(call, json={"number": NUMBER, "even_if": True})).status_code == 204
        for number, error in (("carla", "needs-country-code"), ("", "needs-country-code")):
            refused = await anna.post(call, json={"number": number})
            assert (refused.status_code, refused.json()["error_id"]) == (422, error)
        gone = await anna.post("/api/phone/activities/own/activity-0/call", json={"number": NUMBER})
        assert (gone.status_code, gone.json()["error_id"]) == (404, "gone")


async def test_c2_10_done_with_what_came_of_it_and_the_next_call(system: System) -> None:
    at(system, NOON)
    told: list[ActivityDone] = []
    system.app.state.context.happenings.listen(told.append)
    lead = await record(system, App.CRM, "Engine", await ada(system))
    planned = await plan(system, on=lead)
    body = {
        "feedback": "Call again.",
        "outcome": "no_answer",
        "next": {"due": "2026-11-23", "summary": "Again"},
    }
    async with as_user(system, "201") as client:
        assert await listed(client) == ["Call"]
        assert (
            await client.post(f"/api/phone/activities/own/{planned.id}/done", json=body)
        ).status_code == 204
        assert await listed(client) == []
        twice = await client.post(f"/api/phone/activities/own/{planned.id}/done", json={})
        assert (twice.status_code, twice.json()["error_id"]) == (404, "gone")
        wrong = await client.post(f"/api/phone/activities/own/{planned.id}/done", json={"outcome": "great"})
        assert wrong.status_code == 422
        at(system, NOON + timedelta(days=1))
        assert await listed(client) == ["Again"]
    entries, _ = await system.store.customer_records.entries(lead.id)
    assert (entries[0].text, entries[0].author, entries[0].data["outcome"]) == (
        "Call again.",
        ANNA,
        "no_answer",
    )
    (event,) = told
    assert (event.record_id, event.outcome, event.summary) == (lead.id, "no_answer", "Call")


async def test_s2_13_changed_given_to_somebody_else_and_cancelled(system: System) -> None:
    at(system, NOON)
    contact = await ada(system)
    lead = await record(system, App.CRM, "Engine", contact)
    async with anna_and_bruno(system) as (anna, bruno):
        on = {"source": "own", "app": "crm", "id": lead.id}
        body = {"record": on, "due": "2026-11-22", "time": "15:30", "summary": "First", "note": "Ask."}
        assert (await anna.post("/api/phone/activities", json=body)).status_code == 201
        for_contact = {"contact_id": contact.id, "due": "2026-11-22", "summary": "Second"}
        assert (await anna.post("/api/phone/activities", json=for_contact)).status_code == 201
        nothing = await anna.post("/api/phone/activities", json={"due": "2026-11-22"})
        assert (nothing.status_code, nothing.json()["error_id"]) == (422, "record-missing")
        calls = (await anna.get("/api/phone/activities")).json()["calls"]
        assert [(call["summary"], call["name"]) for call in calls] == [
            ("First", "Ada Lovelace"),
            ("Second", "Ada Lovelace"),
        ]
        assert calls[1]["record"] is None and calls[0]["note"] == "Ask."
        first, second = (f"/api/phone/activities/own/{call['id']}" for call in calls)
        unknown = await anna.patch(first, json={"assigned_to": "user-999"})
        assert (unknown.status_code, unknown.json()["error_id"]) == (422, "user-unknown")
        assert (await anna.patch(first, json={"assigned_to": BRUNO, "summary": "His"})).status_code == 204
        assert await listed(anna) == ["Second"] and await listed(bruno) == ["His"]
        assert (await anna.delete(second)).status_code == 204
        assert await listed(anna) == []


async def test_another_system_that_is_down_is_told_of_and_what_was_done_waits(system: System) -> None:
    at(system, NOON)
    odoo = FakeSystem("odoo", "Odoo", calls=[due_call("9", "odoo")])
    others = FakeOthers(odoo)
    system.app.state.activity_desk.others = others
    await plan(system, summary="ours")
    async with as_user(system, "201") as client:
        assert await listed(client) == ["ours", "Call 9"]
        others.later = True
        done = await client.post("/api/phone/activities/odoo/9/done", json={"feedback": "Yes."})
        assert done.status_code == 202
        odoo.fault = ConnectorFault(FaultKind.KEY_MISSING, "Give your key.")
        answer = (await client.get("/api/phone/activities", params={"fresh": "true"})).json()
        assert [call["summary"] for call in answer["calls"]] == ["ours"]
        source = answer["sources"][1]
        assert (source["id"], source["name"], source["waiting"]) == ("odoo", "Odoo", 1)
        assert source["problem"] == {"error_id": "key-missing", "message": "Give your key."}
        refused = await client.delete("/api/phone/activities/odoo/9")
        assert (refused.status_code, refused.json()["error_id"]) == (409, "key-missing")
        odoo.fault = None
        nowhere = await client.post("/api/phone/activities/odoo/7/done", json={"next": {"due": "2026-11-23"}})
        assert (nowhere.status_code, nowhere.json()["error_id"]) == (404, "gone")


@pytest.mark.parametrize("path", ["call", "done"])
async def test_a_login_without_an_extension_has_no_calls(system: System, path: str) -> None:
    refused = await system.client.post(f"/api/phone/activities/own/a/{path}", json={"number": "202"})
    assert refused.status_code in (409, 422)
    assert (await system.client.get("/api/phone/activities")).json()["error_id"] == "no-extension"
