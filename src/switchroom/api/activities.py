"""What everybody has planned: calls, e-mails, meetings and to-dos, on records and with contacts (S2-13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from switchroom.api.context import Here, Id
from switchroom.api.crm_desk import (
    Who,
    activity_view,
    activity_views,
    answer,
    known_user,
    tell_activities,
)
from switchroom.api.crm_schemas import ActivityInput, ActivityPatch, ActivityView, Day, DoneInput
from switchroom.api.customer_records import Short
from switchroom.api.errors import ApiError, responses
from switchroom.api.phone_tabs import Pages
from switchroom.api.versions import Overtaken, Seen, changed_meanwhile, refuse_changed
from switchroom.crm.activities import Activity, ActivityState, ActivityType
from switchroom.crm.connector import OWN
from switchroom.crm.contacts import ContactId
from switchroom.crm.records import clean_text, clean_title
from switchroom.happenings import ActivityDone
from switchroom.store.activities import ActivityFilter

router = APIRouter(prefix="/api/activities", tags=["records"])

_STATES = {
    "planned": (ActivityState.PLANNED,),
    "done": (ActivityState.DONE,),
    "all": (ActivityState.PLANNED, ActivityState.DONE),
}


@router.get("", response_model=list[ActivityView], responses=responses())
async def list_activities(
    here: Here,
    who: Who,
    since: Annotated[Day | None, Query(alias="from")] = None,
    until: Annotated[Day | None, Query(alias="to")] = None,
    assigned_to: Short = None,
    type: Annotated[ActivityType | None, Query()] = None,
    state: Annotated[
        Literal["planned", "done", "all"], Query(description="all: but what was cancelled.")
    ] = "planned",
    record: Short = None,
    contact: Short = None,
) -> Response:
    """Activities by day and time, 2000 at most; both days count."""
    wanted = ActivityFilter(
        since=None if since is None else _day(since, "from"),
        until=None if until is None else _day(until, "to"),
        assigned_to=assigned_to,
        type=type,
        states=_STATES[state],
        record=record,
        contact=contact,
    )
    return answer(await activity_views(here, await here.store.activities.list(wanted)))


@router.post("", response_model=ActivityView, status_code=201, responses=responses())
async def add_activity(body: ActivityInput, here: Here, pages: Pages, who: Who) -> Response:
    """Plan something for somebody: he sees it at once."""
    activity = await here.store.activities.add(
        body.type,
        _day(body.due, "due"),
        known_user(here, body.assigned_to, "assigned_to"),
        summary=clean_title(body.summary),
        note=clean_text(body.note),
        time=body.time,
        record=body.record_id,
        contact=body.contact_id,
        created_by=who.author.user,
    )
    tell_activities(pages, activity)
    return answer(await activity_view(here, activity), 201)


@router.get("/{activity_id}", response_model=ActivityView, responses=responses(404))
async def get_activity(activity_id: Id, here: Here, who: Who) -> Response:
    """One activity."""
    return answer(await activity_view(here, await here.store.activities.get(activity_id)))


@router.patch("/{activity_id}", response_model=ActivityView, responses=responses(404, 409))
async def change_activity(
    activity_id: Id, body: ActivityPatch, here: Here, pages: Pages, who: Who, seen: Seen
) -> Response:
    """Change what is planned: the fields that are named. 409 `changed-meanwhile`: see `If-Match`;
    `activity-over`: it was done or cancelled."""
    named = body.model_fields_set
    due = _day(body.due, "due") if "due" in named else None
    given_to = known_user(here, body.assigned_to, "assigned_to") if "assigned_to" in named else None

    def change(now: Activity) -> Activity:
        refuse_changed(now.changed_at, seen)
        contact = ContactId(body.contact_id) if body.contact_id is not None else None
        return replace(
            now,
            type=body.type if "type" in named else now.type,
            due=now.due if due is None else due,
            time=body.time if "time" in named else now.time,
            summary=clean_title(body.summary) if "summary" in named else now.summary,
            note=clean_text(body.note) if "note" in named else now.note,
            assigned_to=now.assigned_to if given_to is None else given_to,
            contact=contact if "contact_id" in named else now.contact,
        )

    try:
        before, after = await here.store.activities.change(activity_id, change)
    except Overtaken:
        present = await here.store.activities.get(activity_id)
        raise changed_meanwhile(await activity_view(here, present)) from None
    tell_activities(pages, before, after)
    return answer(await activity_view(here, after))


@router.post("/{activity_id}/done", response_model=ActivityView, responses=responses(404, 409))
async def finish_activity(activity_id: Id, body: DoneInput, here: Here, pages: Pages, who: Who) -> Response:
    """It was done: its record's chatter says so, with what came of it. 409 `activity-over`: it was before."""
    feedback = clean_text(body.feedback)
    done = await here.store.activities.finish(activity_id, who.author, feedback, body.outcome)
    tell_activities(pages, done)
    records = await here.store.customer_records.some([done.record] if done.record is not None else [])
    told = ActivityDone(
        source=OWN,
        activity_id=done.id,
        type=done.type,
        summary=done.summary,
        by=who.author.user or "",
        feedback=feedback,
        outcome=body.outcome,
        at=done.changed_at,
        app=next((record.app for record in records.values()), None),
        record_id=done.record,
    )
    here.happenings.tell(told)
    return answer(await activity_view(here, done))


@router.delete("/{activity_id}", status_code=204, responses=responses(404, 409))
async def cancel_activity(activity_id: Id, here: Here, pages: Pages, who: Who) -> Response:
    """It will not be done. 409 `activity-over`: it was done or cancelled before."""
    tell_activities(pages, await here.store.activities.cancel(activity_id))
    return Response(status_code=204)


def _day(text: str, field: str) -> date:
    """A day of the calendar. Raises 422 for what is none, such as 30 February."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ApiError(422, "day-invalid", "There is no such day.", field) from None
