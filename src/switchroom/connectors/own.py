"""What is built in, as a connector: our records, activities and address book."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from switchroom.connectors.desk import ActivityDesk
from switchroom.crm.activities import Activity, ActivityState, ActivityType
from switchroom.crm.connector import (
    OWN,
    Act,
    CancelActivity,
    ChangeActivity,
    ConnectorFault,
    DueCall,
    FaultKind,
    ForgetCall,
    FoundContact,
    FoundRecord,
    LogCall,
    MarkDone,
    Match,
    ScheduleCall,
)
from switchroom.crm.contacts import Contact
from switchroom.crm.records import Author, EntryKind, Record, Stage, StageId
from switchroom.directory import Snapshot, UserId
from switchroom.directory.typed import TypedKind, read_typed
from switchroom.happenings import Happenings
from switchroom.store import InvalidConfiguration, NotFound, Store, read_search
from switchroom.store.activities import ActivityOver
from switchroom.store.records_board import RecordFilter

CONTACTS = "contacts"
"""The application of what is planned with somebody, on no record."""
_MOST_RECORDS = 20


class OwnConnector:
    """Implements `noted_calls.OwnRecords`."""

    id = OWN
    name = "Switchroom"

    def __init__(self, store: Store) -> None:
        self._store = store

    # --- what is asked ------------------------------------------------------------------------------------

    async def due_calls(self, who: UserId, today: date) -> Sequence[DueCall]:
        """The calls of this person that are due on this very day, in order (S2-11)."""
        return await self._calls(await self._store.activities.due_calls(who, today))

    async def overdue(self, who: UserId, today: date) -> int:
        """How many of his calls were due before."""
        return await self._store.activities.overdue_calls(who, today)

    async def activity(self, activity: str) -> DueCall | None:
        """Any planned activity."""
        try:
            found = await self._store.activities.get(activity)
        except NotFound:
            return None
        return (await self._calls([found]))[0] if found.state is ActivityState.PLANNED else None

    async def record(self, app: str, record: str) -> FoundRecord | None:
        """Any record."""
        try:
            found = await self._store.customer_records.get(record)
        except NotFound:
            return None
        return found_record(found, await self._stages()) if found.app == app else None

    async def match(self, who: UserId, e164: str) -> Match:
        """Whose number it is, and his open records."""
        contact = (await self._store.contacts.by_numbers([e164])).get(e164)
        if contact is None:
            return Match()
        wanted = RecordFilter(contact=contact.id, open=True)
        records, _ = await self._store.customer_records.page(wanted, _MOST_RECORDS)
        stages = await self._stages()
        return Match(found_contact(contact), [found_record(record, stages) for record in records])

    async def search(self, who: UserId, text: str, limit: int) -> Sequence[FoundContact]:
        """Contacts that fit a text: words, or a number in any form."""
        typed = read_typed(text, self._snapshot.settings.country)
        search = read_search(text, typed.dial if typed.kind is TypedKind.NUMBER else None)
        return [found_contact(contact) for contact in await self._store.contacts.search(search, limit)]

    async def _calls(self, activities: Sequence[Activity]) -> list[DueCall]:
        """With their records, and whom to call."""
        wanted = {one.record for one in activities if one.record is not None}
        records = await self._store.customer_records.some(wanted)
        stages = await self._stages() if records else {}
        theirs = {record.contact for record in records.values()} | {one.contact for one in activities}
        contacts = await self._store.contacts.some({contact for contact in theirs if contact is not None})
        calls = []
        for one in activities:
            record = records.get(one.record) if one.record is not None else None
            name = one.contact or (record.contact if record is not None else None)
            contact = contacts.get(name) if name is not None else None
            calls.append(
                DueCall(
                    source=OWN,
                    id=one.id,
                    due=one.due,
                    time=one.time,
                    summary=one.summary,
                    note=one.note,
                    contact=found_contact(contact) if contact is not None else None,
                    record=found_record(record, stages) if record is not None else None,
                )
            )
        return calls

    async def _stages(self) -> dict[StageId, Stage]:
        return {stage.id: stage for stage in await self._store.customer_records.stages()}

    # --- what is done -------------------------------------------------------------------------------------

    async def act(self, who: UserId, act: Act, key: str) -> None:
        """Do it, in this person's name."""
        try:
            await self._act(who, act)
        except (NotFound, ActivityOver) as error:
            raise ConnectorFault(FaultKind.GONE, str(error)) from error
        except InvalidConfiguration as error:
            raise ConnectorFault(FaultKind.REFUSED, error.problems[0].message) from error

    async def _act(self, who: UserId, act: Act) -> None:
        store, by = self._store, self._author(who)
        match act:
            case MarkDone(activity, feedback, outcome):
                await store.activities.finish(activity, by, feedback, outcome)
            case CancelActivity(activity):
                await store.activities.cancel(activity)
            case ChangeActivity(activity):
                await store.activities.change(activity, lambda before: _changed(before, act))
            case ScheduleCall():
                on_record = act.app != CONTACTS
                await store.activities.add(
                    ActivityType.CALL,
                    act.due,
                    act.assigned_to or who,
                    summary=act.summary,
                    note=act.note,
                    time=act.time,
                    record=act.record if on_record else None,
                    contact=act.record if not on_record else None,
                    created_by=by.user,
                )
            case LogCall(_, record, call):
                data = {
                    "call_id": call.call_id,
                    "direction": call.direction,
                    "number": call.number,
                    "name": call.name,
                    "seconds": call.seconds,
                    "ended": call.ended,
                    "outcome": call.outcome,
                    "recording_id": call.recording_id,
                }
                await store.customer_records.put_entry(
                    record,
                    EntryKind.CALL,
                    by,
                    call.note,
                    data,
                    once=_once(call.call_id, record),
                    at=call.started_at,
                )
            case ForgetCall(_, record, call_id):
                await store.customer_records.remove_entry(_once(call_id, record))

    def _author(self, who: UserId) -> Author:
        user = self._snapshot.users.get(who)
        return Author(user.id, user.name) if user is not None else Author(None, "")

    @property
    def _snapshot(self) -> Snapshot:
        return self._store.configuration.applied


def open_desk(store: Store, happenings: Happenings, clock: Callable[[], float] = time.time) -> ActivityDesk:
    """The desk over a store, with what is built in."""
    own = OwnConnector(store)
    return ActivityDesk(lambda: store.configuration.applied, own, store.call_notes, happenings, clock)


def found_contact(contact: Contact) -> FoundContact:
    """A contact of our address book."""
    card = contact.card
    return FoundContact(
        OWN, contact.id, card.name, card.company, card.email, card.numbers, f"/contacts?edit={contact.id}"
    )


def found_record(record: Record, stages: dict[StageId, Stage]) -> FoundRecord:
    """A record of ours; delivered stages are named by their key, for every language."""
    stage = stages.get(record.stage)
    named = (stage.name or stage.key) if stage is not None else ""
    url = f"/records/{record.app}/{record.id}"
    return FoundRecord(OWN, record.app.value, record.id, record.title, named, url)


def _changed(before: Activity, act: ChangeActivity) -> Activity:
    return replace(
        before,
        due=before.due if act.due is None else act.due,
        time=before.time if act.time is None else act.time,
        summary=before.summary if act.summary is None else act.summary,
        note=before.note if act.note is None else act.note,
        assigned_to=before.assigned_to if act.assigned_to is None else act.assigned_to,
    )


def _once(call: str, record: str) -> str:
    return f"call/{call}/{record}"
