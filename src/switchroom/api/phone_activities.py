"""Next activities: the calls of today that are assigned to me, from every system (S2-09 to S2-13, G-07)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from switchroom.api.context import Context, Here, Id
from switchroom.api.errors import ApiError, responses
from switchroom.api.phone_activity_schemas import (
    AboutToCall,
    ActivityChange,
    CallDoneInput,
    NextActivitiesView,
    ScheduledInput,
)
from switchroom.api.phone_desk import Caller, Me
from switchroom.connectors.desk import ActivityDesk
from switchroom.connectors.lists import SourceList
from switchroom.connectors.own import CONTACTS
from switchroom.connectors.sides import dialled
from switchroom.crm.activities import day_at, next_midnight
from switchroom.crm.connector import (
    OWN,
    Act,
    CancelActivity,
    ChangeActivity,
    ConnectorFault,
    DueCall,
    FaultKind,
    FoundContact,
    FoundRecord,
    MarkDone,
    ScheduleCall,
)
from switchroom.crm.records import clean_text, clean_title
from switchroom.directory import UserId
from switchroom.directory.typed import RULE, shown

router = APIRouter(prefix="/api/phone/activities", tags=["phone"])

_STATUS = {
    FaultKind.UNREACHABLE: 503,
    FaultKind.KEY_MISSING: 409,
    FaultKind.KEY_REFUSED: 409,
    FaultKind.NOT_ALLOWED: 403,
    FaultKind.GONE: 404,
    FaultKind.REFUSED: 422,
}
_REFUSED = responses(403, 404, 409, 422, 503)
_WRITTEN: dict[int | str, dict[str, Any]] = {
    **_REFUSED,
    202: {"description": "It is kept, and will be written into the other system as soon as that answers."},
}


def activity_desk(request: Request) -> ActivityDesk:
    """The app's."""
    found: ActivityDesk = request.app.state.activity_desk
    return found


Activities = Annotated[ActivityDesk, Depends(activity_desk)]


def refused(fault: ConnectorFault) -> ApiError:
    """What a system said no to."""
    return ApiError(_STATUS[fault.kind], fault.kind.value, fault.text)


@router.get("", response_model=NextActivitiesView, responses=responses(403, 409))
async def list_due(
    here: Here,
    me: Me,
    desk: Activities,
    fresh: Annotated[bool, Query(description="Ask the other systems at once.")] = False,
) -> dict[str, Any]:
    """The calls that are due today in your time zone and assigned to you; no others (S2-11).

    A system that is slow or down holds nobody: its last list is given, and what is wrong with it.
    """
    now, zone = here.clock(), here.store.time_zone_of(me.user.id)
    today = day_at(now, zone)
    sources = await desk.due(me.user.id, today, fresh=fresh)
    others = desk.called_by(me.user.id)
    return {
        "today": today,
        "time_zone": zone,
        "next_day_at": next_midnight(now, zone),
        "calls": [
            _call_view(call) | {"called_by": {"name": intent.name, "since": intent.since} if intent else None}
            for source in sources
            for call in source.calls
            for intent in [others.get((call.source, call.id))]
        ],
        "overdue": sum(source.overdue for source in sources),
        "sources": [_source_view(source) for source in sources],
    }


@router.post("", status_code=201, responses=_WRITTEN)
async def schedule(body: ScheduledInput, me: Me, desk: Activities) -> Response:
    """Plan a call of yours: on a record of any system, or with a contact."""
    if body.record is not None:
        source, app, record = body.record.source, body.record.app, body.record.id
    elif body.contact_id is not None:
        source, app, record = OWN, CONTACTS, body.contact_id
    else:
        raise ApiError(422, "record-missing", "Say whom it is about: a record, or a contact.", "record")
    summary, note = clean_title(body.summary), clean_text(body.note)
    act = ScheduleCall(app, record, body.due, summary, note, body.time)
    return await _act(desk, me, source, act, 201)


@router.post("/{source}/{activity}/call", status_code=204, responses=_REFUSED)
async def about_to_call(
    source: Id, activity: Id, body: AboutToCall, here: Here, me: Me, desk: Activities
) -> Response:
    """You are about to call for this activity: others see it for a minute, and while the call goes on.

    409 `being-called`: somebody else is about to call, or does.
    """
    number = dialled(body.number, here.store.configuration.applied)
    if not number:
        raise ApiError(422, "needs-country-code", RULE, "number")
    try:
        other = await desk.about_to_call(me.user.id, source, activity, number, even_if=body.even_if)
    except ConnectorFault as fault:
        raise refused(fault) from None
    if other is not None:
        raise ApiError(409, "being-called", f"{other.name} is calling there now.")
    return Response(status_code=204)


@router.post("/{source}/{activity}/done", status_code=204, responses=_WRITTEN)
async def done(source: Id, activity: Id, body: CallDoneInput, me: Me, desk: Activities) -> Response:
    """It is done: it leaves the list (C2-10). `next` plans the next call on the same record, or with the same
    contact."""
    planned: ScheduleCall | None = None
    if body.next is not None:
        found = await desk.activity(me.user.id, source, activity)
        place = _place(found)
        if place is None:
            text = "This is no longer planned, so there is no record for the next call."
            raise ApiError(404, FaultKind.GONE.value, text)
        summary = clean_title(body.next.summary)
        planned = ScheduleCall(*place, body.next.due, summary, time=body.next.time)
    answer = await _act(desk, me, source, MarkDone(activity, clean_text(body.feedback), body.outcome))
    if planned is not None:
        after = await _act(desk, me, source, planned)
        answer = after if after.status_code == 202 else answer
    return answer


@router.patch("/{source}/{activity}", status_code=204, responses=_WRITTEN)
async def change(
    source: Id, activity: Id, body: ActivityChange, here: Here, me: Me, desk: Activities
) -> Response:
    """Another day, other words, or somebody else: the fields that are named."""
    _check_user(here, body.assigned_to)
    to = UserId(body.assigned_to) if body.assigned_to is not None else None
    summary = clean_title(body.summary) if body.summary is not None else None
    note = clean_text(body.note) if body.note is not None else None
    act = ChangeActivity(activity, body.due, body.time, summary, note, to)
    return await _act(desk, me, source, act)


@router.delete("/{source}/{activity}", status_code=204, responses=_WRITTEN)
async def cancel(source: Id, activity: Id, me: Me, desk: Activities) -> Response:
    """It will not be done."""
    return await _act(desk, me, source, CancelActivity(activity))


async def _act(desk: ActivityDesk, me: Caller, source: str, act: Act, status: int = 204) -> Response:
    try:
        written = await desk.act(me.user.id, source, act)
    except ConnectorFault as fault:
        raise refused(fault) from None
    return Response(status_code=status if written else 202)


def _check_user(here: Context, user: str | None) -> None:
    if user is not None and user not in here.store.configuration.applied.users:
        raise ApiError(422, "user-unknown", "There is no such user.", "assigned_to")


def _place(call: DueCall | None) -> tuple[str, str] | None:
    """The record that an activity is on, else the contact it is with: application and id."""
    if call is None:
        return None
    if call.record is not None:
        return call.record.app, call.record.id
    return (CONTACTS, call.contact.id) if call.contact is not None else None


def contact_view(contact: FoundContact | None) -> dict[str, Any] | None:
    """As `FoundContactView`."""
    fields = ("source", "id", "name", "company", "email", "url")
    return {name: getattr(contact, name) for name in fields} if contact is not None else None


def record_view(record: FoundRecord | None) -> dict[str, Any] | None:
    """As `FoundRecordView`."""
    fields = ("source", "app", "id", "title", "stage", "url")
    return {name: getattr(record, name) for name in fields} if record is not None else None


def planned_view(call: DueCall) -> dict[str, Any]:
    """What is planned, without whom to call."""
    fields = ("source", "id", "due", "time", "summary", "note")
    return {name: getattr(call, name) for name in fields} | {"record": record_view(call.record)}


def _call_view(call: DueCall) -> dict[str, Any]:
    contact = call.contact
    return planned_view(call) | {
        "name": (contact.name or contact.company) if contact is not None else "",
        "company": contact.company if contact is not None else "",
        "email": contact.email if contact is not None else "",
        "numbers": [
            {"label": number.label, "e164": number.e164, "shown": shown(number.e164), "then": number.then}
            for number in (contact.numbers if contact is not None else ())
        ],
        "contact_id": contact.id if contact is not None else None,
        "contact_url": contact.url if contact is not None else "",
    }


def _source_view(source: SourceList) -> dict[str, Any]:
    problem = source.problem
    return {
        "id": source.source,
        "name": source.name,
        "problem": {"error_id": problem.kind.value, "message": problem.text} if problem is not None else None,
        "as_of": source.as_of,
        "waiting": source.waiting,
    }
