"""What a call is about: who called, his records, what was written of it (C2-08 to C2-10, C3-03)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from switchroom.api.call_transfers import CallName
from switchroom.api.context import Context, Here
from switchroom.api.errors import ApiError, responses
from switchroom.api.phone_activities import Activities, contact_view, planned_view, record_view, refused
from switchroom.api.phone_activity_schemas import (
    CallNoteInput,
    CallNoteView,
    FoundRecordView,
    MatchView,
    NewRecord,
)
from switchroom.api.phone_desk import Caller, Me
from switchroom.connectors.desk import ActivityDesk
from switchroom.connectors.sides import CALL, dialled
from switchroom.crm import WrittenNumber, make_card
from switchroom.crm.connector import ConnectorFault
from switchroom.crm.records import Author, clean_text, clean_title, title_problem
from switchroom.directory.typed import shown
from switchroom.happenings import CallFacts
from switchroom.store.call_log import call_facts

router = APIRouter(prefix="/api/phone", tags=["phone"])


@router.get("/match", response_model=MatchView, responses=responses(403, 409))
async def match(
    me: Me,
    desk: Activities,
    number: Annotated[str, Query(max_length=200, description="In any form, or an extension.")],
) -> dict[str, Any]:
    """Who has a number, and what is open with them: offered while the call rings (C2-08).

    `+32 2 290 34 90`, `0032...` and the national form are one number (F-03). Nobody has it: null, and none.
    """
    found = await desk.match(me.user.id, number)
    return {"contact": contact_view(found.contact), "records": [record_view(one) for one in found.records]}


@router.get("/calls/{call}/note", response_model=CallNoteView, responses=responses(403, 404, 409))
async def read_note(call: CallName, here: Here, me: Me, desk: Activities) -> dict[str, Any]:
    """What one of your calls is about, while it goes on and after."""
    facts = await _facts(here, desk, me, call)
    about = await desk.about(me.user.id, facts)
    source, _, name = about.row.activity_id.partition("/")
    activity = await desk.activity(me.user.id, source, name) if name else None
    contact = about.matched.contact
    named = (contact.name or contact.company) if contact is not None else ""
    return {
        "call_id": facts.id,
        "number": about.side.number,
        "name": named or about.side.name,
        "contact": contact_view(contact),
        "record": record_view(about.record),
        "records": [record_view(one) for one in about.matched.records],
        "note": about.row.note,
        "outcome": about.row.outcome,
        "activity": planned_view(activity) if activity is not None else None,
        "seconds": about.seconds,
        "ended": about.ended if facts.ended_at is not None else None,
    }


@router.put("/calls/{call}/note", status_code=204, responses=responses(403, 404, 409, 422))
async def write_note(call: CallName, body: CallNoteInput, here: Here, me: Me, desk: Activities) -> Response:
    """Write what stands of a call on a record, or change it: one entry a call. `record` null: on none.

    202: it is kept, and written into the other system as soon as that answers.
    """
    record = (body.record.source, body.record.app, body.record.id) if body.record is not None else None
    note = clean_text(body.note)
    facts = await _facts(here, desk, me, call)
    try:
        written = await desk.write_note(me.user.id, facts, record, note, body.outcome)
        if facts.ended_at is None and desk.known.running(facts.id) is None:  # it ended meanwhile
            facts = await _facts(here, desk, me, facts.id)
            written = await desk.write_note(me.user.id, facts, record, note, body.outcome)
    except ConnectorFault as fault:
        raise refused(fault) from None
    return Response(status_code=204 if written else 202)


@router.post("/records", status_code=201, response_model=FoundRecordView, responses=responses(403, 409, 422))
async def create_record(body: NewRecord, here: Here, me: Me, desk: Activities) -> dict[str, Any] | None:
    """A new record of whom you speak with, yours (C3-03)."""
    if (problem := title_problem(body.title)) is not None:
        raise ApiError(422, problem.error_id, problem.message, "title")
    contact = body.contact_id
    if contact is None and body.number:
        contact = await _contact_of(here, desk, body.number, body.name)
    by = Author(me.user.id, me.user.name)
    title = clean_title(body.title)
    records = here.store.customer_records
    made = await records.add(body.app, title, by, contact=contact, owner=me.user.id)
    desk.tell("records", None)
    found = await desk.record(made.app.value, made.id)
    return record_view(found)


async def _contact_of(here: Context, desk: ActivityDesk, number: str, name: str) -> str | None:
    """Whose number it is; a new contact where it is nobody's. None for what is no number outside."""
    snapshot = here.store.configuration.applied
    e164 = dialled(number, snapshot)
    if not e164.startswith("+"):
        return None
    known = (await here.store.contacts.by_numbers([e164])).get(e164)
    if known is not None:
        return known.id
    written = [WrittenNumber("", e164)]
    card, problems = make_card(name or shown(e164), "", "", "", written, snapshot.settings.country)
    if problems:
        raise ApiError(422, problems[0].error_id, problems[0].message, "name")
    added = await here.store.contacts.add(card)
    desk.tell("contacts", None)
    return added.id


async def _facts(here: Context, desk: ActivityDesk, me: Caller, name: str) -> CallFacts:
    """One of this person's calls by its id or the Call-ID of his dialog. Raises 404."""
    named = desk.known.id_of(me.user.id, name)
    facts = desk.known.running(named or name)
    if facts is None:
        await here.store.settled()  # of a call that ended just now, the end
        row = await here.store.records.get(named or name)
        facts = call_facts(row) if row is not None else None
    mine = named is not None or (facts is not None and me.user.id in (facts.caller_user, facts.callee_user))
    if facts is None or not mine or facts.kind != CALL:
        raise ApiError(404, "no-call", "You have no call of this id with somebody.")
    return facts
