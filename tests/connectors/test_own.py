"""What is built in, as a connector over a real store: whose number, what is due, what is done and logged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from switchroom.connectors.own import OwnConnector
from switchroom.crm import Card, Contact, ContactNumber
from switchroom.crm.connector import (
    CallNote,
    CancelActivity,
    ChangeActivity,
    ConnectorFault,
    FaultKind,
    ForgetCall,
    LogCall,
    MarkDone,
    ScheduleCall,
)
from switchroom.crm.records import App, Author, EntryKind, Record
from switchroom.directory import UserId
from switchroom.store import Store, load_demonstration

ANNA, BRUNO = UserId("user-201"), UserId("user-202")
NUMBER = "+3222903490"
TODAY = date(2026, 11, 22)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(str(tmp_path / "switchroom.db"), tmp_path / "key")
    await load_demonstration(opened)
    yield opened
    await opened.close()


async def ada(store: Store) -> Contact:
    return await store.contacts.add(Card("Ada", "Engines", "", "", (ContactNumber("work", NUMBER),)))


async def add(store: Store, title: str, contact: Contact | None = None, app: App = App.CRM) -> Record:
    return await store.customer_records.add(
        app, title, Author(None, ""), contact=contact.id if contact is not None else None
    )


async def test_a_number_finds_its_contact_and_the_records_that_are_open(store: Store) -> None:
    own = OwnConnector(store)
    contact = await ada(store)
    lead, ticket = await add(store, "Lead", contact), await add(store, "Ticket", contact, App.HELPDESK)
    await add(store, "Of somebody else")
    closed = await add(store, "Won", contact)
    stages = await store.customer_records.stages(App.CRM)
    end = next(stage for stage in stages if stage.closing)
    await store.customer_records.move(closed.id, end.id, None, Author(None, ""))
    found = await own.match(ANNA, NUMBER)
    assert found.contact is not None
    assert (found.contact.name, found.contact.url) == ("Ada", f"/contacts?edit={contact.id}")
    assert {record.id for record in found.records} == {lead.id, ticket.id}
    assert (await own.match(ANNA, "+442079460000")).contact is None
    assert await own.record("crm", lead.id) in found.records
    assert await own.record("helpdesk", lead.id) is None and await own.record("crm", "record-0") is None
    assert [one.id for one in await own.search(ANNA, "0032 2 290 34 90", 5)] == [contact.id]


async def test_what_is_planned_is_done_changed_and_cancelled_in_somebodys_name(store: Store) -> None:
    own = OwnConnector(store)
    contact = await ada(store)
    lead = await add(store, "Lead", contact)
    await own.act(ANNA, ScheduleCall("crm", lead.id, TODAY, "First", "Note", "09:30"), "a")
    await own.act(ANNA, ScheduleCall("contacts", contact.id, TODAY, "Second", assigned_to=ANNA), "b")
    first, second = await own.due_calls(ANNA, TODAY)
    assert (first.summary, first.time, first.note) == ("First", "09:30", "Note")
    assert first.record is not None and first.record.id == lead.id
    assert [call.contact.id for call in (first, second) if call.contact is not None] == [contact.id] * 2
    assert second.record is None and await own.activity(second.id) == second
    await own.act(ANNA, ChangeActivity(first.id, time="10:00", assigned_to=BRUNO), "c")
    await own.act(ANNA, ChangeActivity(second.id, due=date(2026, 11, 21), summary="Late", note=""), "d")
    (his,) = await own.due_calls(BRUNO, TODAY)
    assert (his.time, his.summary) == ("10:00", "First")
    assert await own.due_calls(ANNA, TODAY) == [] and await own.overdue(ANNA, TODAY) == 1
    await own.act(BRUNO, MarkDone(first.id, "Said yes.", "reached"), "e")
    await own.act(ANNA, CancelActivity(second.id), "f")
    assert await own.activity(first.id) is None and await own.overdue(ANNA, TODAY) == 0
    entries, _ = await store.customer_records.entries(lead.id)
    assert (entries[0].kind, entries[0].author_name, entries[0].text) == (
        EntryKind.ACTIVITY,
        "Bruno Conti",
        "Said yes.",
    )
    for act in (MarkDone(first.id, ""), CancelActivity("activity-0"), ChangeActivity(second.id, note="x")):
        with pytest.raises(ConnectorFault) as gone:
            await own.act(ANNA, act, "g")
        assert gone.value.kind is FaultKind.GONE
    with pytest.raises(ConnectorFault) as wrong:
        await own.act(ANNA, ScheduleCall("crm", "record-0", TODAY, ""), "h")
    assert wrong.value.kind is FaultKind.REFUSED


async def test_a_call_stands_on_a_record_once_with_what_was_written_last(store: Store) -> None:
    own = OwnConnector(store)
    lead = await add(store, "Lead")
    call = CallNote("call-1", "out", NUMBER, "Ada", 5.0, 42.0, "answered")
    await own.act(ANNA, LogCall("crm", lead.id, call), "a")
    changed = CallNote("call-1", "out", NUMBER, "Ada", 5.0, 42.0, "answered", "She buys.", "reached")
    await own.act(ANNA, LogCall("crm", lead.id, changed), "b")
    entries, _ = await store.customer_records.entries(lead.id)
    (entry,) = [one for one in entries if one.kind is EntryKind.CALL]
    assert (entry.at, entry.author, entry.author_name, entry.text) == (5.0, ANNA, "Anna Weber", "She buys.")
    assert entry.data == {
        "call_id": "call-1",
        "direction": "out",
        "number": NUMBER,
        "name": "Ada",
        "seconds": 42.0,
        "ended": "answered",
        "outcome": "reached",
        "recording_id": None,
    }
    missed = CallNote("call-2", "in", NUMBER, "", 6.0, None, "missed")
    await own.act(UserId(""), LogCall("crm", lead.id, missed), "c")
    entries, _ = await store.customer_records.entries(lead.id)
    assert [one.author for one in entries if one.data.get("call_id") == "call-2"] == [None]
    await own.act(ANNA, ForgetCall("crm", lead.id, "call-1"), "d")
    entries, _ = await store.customer_records.entries(lead.id)
    assert [one.data["call_id"] for one in entries if one.kind is EntryKind.CALL] == ["call-2"]
