"""Calls meet records over HTTP: whose number it is, what a call is about, new records (C2-08 to C3-03)."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from switchroom.connectors.desk import ActivityDesk
from switchroom.crm.records import App, Entry, EntryKind, Record
from switchroom.directory import UserId
from switchroom.happenings import CallEnded, CallStarted
from switchroom.store import CallRow
from switchroom.store.call_log import call_facts
from tests.api.conftest import System
from tests.api.phones import as_user
from tests.api.test_phone_activities import ANNA, NOON, NUMBER, ada, at, plan, record

DIALOG = "a84b4c@192.0.2.1"
ROW = CallRow(
    id="019ab0000001",
    journey="019ab0000001",
    kind="call",
    direction="outgoing",
    started_at=1_795_300_000.0,
    dialled=NUMBER,
    caller_extension="201",
    caller_user=ANNA,
    caller_display="Anna Weber",
)


def desk_of(system: System) -> ActivityDesk:
    found = system.app.state.activity_desk
    assert isinstance(found, ActivityDesk)
    return found


def begin(system: System, row: CallRow = ROW) -> None:
    """A call begins, of which Anna's page knows the Call-ID."""
    names = {row.id: row.id, DIALOG: row.id}
    desk_of(system).known.named = lambda user: names if user == ANNA else {}
    system.store.records.open(row)
    system.app.state.context.happenings.tell(CallStarted(call_facts(row)))


async def end(system: System, row: CallRow = ROW, *, talked: bool = True) -> CallRow:
    """It is over, and what is to be written is."""
    ended = replace(
        row,
        answered_at=row.started_at + 3.0 if talked else None,
        ended_at=row.started_at + 45.0,
        end_cause="caller_hung_up" if talked else "cancelled",
    )
    desk = desk_of(system)
    desk.known.named = lambda user: {}
    system.app.state.context.happenings.tell(CallEnded(call_facts(ended)))
    system.store.records.put(ended)
    await desk._calls.waiting.settled()
    return ended


async def calls_on(system: System, on: Record) -> list[Entry]:
    entries, _ = await system.store.customer_records.entries(on.id)
    return [entry for entry in entries if entry.kind is EntryKind.CALL]


async def note(client: httpx.AsyncClient, name: str = DIALOG) -> dict[str, object]:
    answer = await client.get(f"/api/phone/calls/{name}/note")
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


@pytest.mark.parametrize("form", [NUMBER, "0032 2 290 34 90", "+32 (0)2 290.34.90", "011 32 2 290 34 90"])
async def test_f_03_an_incoming_number_finds_its_contact_in_every_form(system: System, form: str) -> None:
    contact = await ada(system)
    lead = await record(system, App.CRM, "Engine", contact)
    async with as_user(system, "201") as client:
        found = (await client.get("/api/phone/match", params={"number": form})).json()
        assert found["contact"] == {
            "source": "own",
            "id": contact.id,
            "name": "Ada Lovelace",
            "company": "Engines",
            "email": "ada@example.com",
            "url": f"/contacts?edit={contact.id}",
        }
        assert [(one["app"], one["id"], one["title"]) for one in found["records"]] == [
            ("crm", lead.id, "Engine")
        ]
        nobody = (await client.get("/api/phone/match", params={"number": "anonymous"})).json()
        assert nobody == {"contact": None, "records": []}
        colleague = (await client.get("/api/phone/match", params={"number": "202"})).json()["contact"]
        assert (colleague["source"], colleague["id"], colleague["name"]) == (
            "users",
            "user-202",
            "Bruno Conti",
        )


async def test_c2_10_the_whole_way_of_a_call_for_an_activity(system: System) -> None:
    lead = await record(system, App.CRM, "Engine", await ada(system))
    await record(system, App.HELPDESK, "Another", await ada(system))
    planned = await plan(system, on=lead)
    async with as_user(system, "201") as client:
        call = f"/api/phone/activities/own/{planned.id}/call"
        assert (await client.post(call, json={"number": NUMBER})).status_code == 204
        begin(system)
        running = await note(client)
        assert (running["ended"], running["seconds"], running["call_id"]) == (None, None, ROW.id)
        assert running["record"] is not None and running["activity"] is not None
        on = {"source": "own", "app": "crm", "id": lead.id}
        put = f"/api/phone/calls/{DIALOG}/note"
        assert (await client.put(put, json={"record": on, "note": "So far."})).status_code == 204
        assert await calls_on(system, lead) == []
        await end(system)
        (entry,) = await calls_on(system, lead)
        assert (entry.text, entry.data["seconds"], entry.data["ended"]) == ("So far.", 42.0, "answered")
        body = {"record": on, "note": "She buys.", "outcome": "reached"}
        assert (await client.put(put, json=body)).status_code == 204
        (entry,) = await calls_on(system, lead)
        assert (entry.text, entry.data["outcome"]) == ("She buys.", "reached")
        after = await note(client, ROW.id)
        assert (after["ended"], after["seconds"], after["note"]) == ("answered", 42.0, "She buys.")
        assert after["name"] == "Ada Lovelace"
        assert (await client.put(put, json={"record": None})).status_code == 204
        assert await calls_on(system, lead) == []
        gone = await client.put(put, json={"record": {"source": "own", "app": "crm", "id": "record-0"}})
        assert (gone.status_code, gone.json()["error_id"]) == (404, "gone")
    assert (await system.store.activities.get(planned.id)).state.value == "planned", "until Mark done"
    async with as_user(system, "202") as other:
        for name in (DIALOG, ROW.id, "nothing"):
            answer = await other.get(f"/api/phone/calls/{name}/note")
            assert (answer.status_code, answer.json()["error_id"]) == (404, "no-call")


async def test_an_old_call_has_its_note_by_its_id_and_a_conference_has_none(system: System) -> None:
    contact = await ada(system)
    lead = await record(system, App.PROJECT, "Engine", contact)
    incoming = replace(
        ROW,
        id="019ab0000002",
        direction="incoming",
        caller_user=None,
        caller_display="+3222903490",
        caller_extension=NUMBER,
        dialled="+3225550100",
        callee_user=ANNA,
        callee_extension="201",
    )
    begin(system, incoming)
    await end(system, incoming, talked=False)
    (entry,) = await calls_on(system, lead)
    assert (entry.data["ended"], entry.data["direction"], entry.data["seconds"]) == ("missed", "in", None)
    conference = replace(ROW, id="019ab0000003", kind="conference", ended_at=ROW.started_at + 1)
    system.store.records.open(conference)
    async with as_user(system, "201") as client:
        assert (await note(client, incoming.id))["ended"] == "missed"
        refused = await client.get(f"/api/phone/calls/{conference.id}/note")
        assert refused.json()["error_id"] == "no-call"


async def test_c3_03_a_new_record_from_a_call(system: System) -> None:
    contact = await ada(system)
    told: list[str] = []
    desk_of(system).tell = lambda what, users: told.append(what)
    async with as_user(system, "201") as client:
        made = await client.post(
            "/api/phone/records",
            json={"app": "helpdesk", "title": " Engine stands ", "number": "0032 22903490"},
        )
        assert made.status_code == 201, made.text
        found = made.json()
        assert (found["source"], found["app"], found["title"]) == ("own", "helpdesk", "Engine stands")
        kept = await system.store.customer_records.get(found["id"])
        assert (kept.contact, kept.owner) == (contact.id, ANNA) and told == ["records"]
        unknown = {"app": "crm", "title": "Asks for engines", "number": "+442079460000", "name": "Charles"}
        kept = await system.store.customer_records.get(
            (await client.post("/api/phone/records", json=unknown)).json()["id"]
        )
        assert kept.contact is not None and told == ["records", "contacts", "records"]
        card = (await system.store.contacts.get(kept.contact)).card
        assert (card.name, [number.e164 for number in card.numbers]) == ("Charles", ["+442079460000"])
        named = {"app": "project", "title": "Build it", "contact_id": contact.id}
        assert (await client.post("/api/phone/records", json=named)).status_code == 201
        for wrong, field in (
            ({"app": "crm", "title": " \u200b "}, "title"),
            ({"app": "sales", "title": "x"}, "app"),
            ({"app": "crm", "title": "x", "contact_id": "contact-0"}, "contact_id"),
        ):
            refused = await client.post("/api/phone/records", json=wrong)
            assert (refused.status_code, refused.json()["field"]) == (422, field)


async def test_a_colleague_calls_for_an_activity_by_extension(system: System) -> None:
    at(system, NOON)
    lead = await record(system, App.CRM, "Engine")
    planned = await plan(system, on=lead)
    inside = replace(ROW, direction="internal", dialled="202", callee_user=UserId("user-202"))
    async with as_user(system, "201") as client:
        await client.post(f"/api/phone/activities/own/{planned.id}/call", json={"number": "202"})
        begin(system, inside)
        await end(system, inside)
        (entry,) = await calls_on(system, lead)
        assert (entry.data["name"], entry.author) == ("Bruno Conti", ANNA)
