"""What the routes of customer records and activities share: who asks, what they show, who is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Response

from switchroom.api.context import Context, Here
from switchroom.api.errors import ApiError
from switchroom.api.phone_desk import contact_name, user_of
from switchroom.api.phone_people import number_views
from switchroom.api.phone_tabs import TabHub
from switchroom.api.rights import Needs, Right, Session
from switchroom.api.session_view import own_user
from switchroom.api.versions import version_of
from switchroom.crm import Contact, ContactId
from switchroom.crm.activities import Activity, ActivityState, day_at
from switchroom.crm.records import Author, Record, Stage
from switchroom.directory import User, UserId


@dataclass(frozen=True, slots=True)
class Asker:
    """Who works with records."""

    session: Session
    user: User | None
    """None: an administrator without an extension."""

    @property
    def author(self) -> Author:
        """As a chatter names him."""
        if self.user is None:
            return Author(None, self.session.login.name)
        return Author(self.user.id, self.user.name)


async def asker(here: Here, session: Annotated[Session, Needs(Right.RECORDS)]) -> Asker:
    """Who asks. Raises 401 and 403."""
    return Asker(session, own_user(here, session))


Who = Annotated[Asker, Depends(asker)]


async def colleague(here: Here, session: Annotated[Session, Needs(Right.RECORDS)]) -> User:
    """Who asks, with an extension. Raises 401, 403 and 409."""
    return user_of(session, here)


Colleague = Annotated[User, Depends(colleague)]


def today_of(here: Context, user: UserId | None) -> date:
    """The day it is where somebody is."""
    return day_at(here.clock(), here.store.time_zone_of(user))


def known_user(here: Context, user: str, field: str) -> UserId:
    """A user in the configuration in force. Raises 422."""
    found = UserId(user)
    if found not in here.store.configuration.applied.users:
        raise ApiError(422, "user-unknown", "This person is no user of the system.", field)
    return found


def answer(content: Any, status: int = 200) -> Response:
    """JSON past the framework's checks: long lists of records would hold the loop."""
    return Response(msgspec.json.encode(content), status, media_type="application/json")


def tell_activities(pages: TabHub, *changed: Activity) -> None:
    """Activities changed: those who have or had to do them are told; of a record's, everybody's boards."""
    if changed:
        pages.changed("activities", {one.assigned_to for one in changed})
    if any(one.record is not None for one in changed):
        pages.changed("records")


# --- views ------------------------------------------------------------------------------------------------


def stage_view(stage: Stage) -> dict[str, Any]:
    """A stage as the API shows it."""
    return {
        "id": stage.id,
        "app": stage.app,
        "key": stage.key,
        "name": stage.name,
        "position": stage.position,
        "closing": stage.closing,
    }


async def record_views(here: Context, who: Asker, found: Sequence[Record]) -> list[dict[str, Any]]:
    """Records as one person sees them."""
    contacts = await _contacts(here, (record.contact for record in found))
    user = who.user.id if who.user is not None else None
    calls = await here.store.activities.next_calls([one.id for one in found], user)
    today = today_of(here, user)
    return [
        {
            "id": record.id,
            "app": record.app,
            "number": record.number,
            "title": record.title,
            "stage_id": record.stage,
            "position": record.position,
            "contact": contacts.get(record.contact) if record.contact is not None else None,
            "owner": record.owner,
            "owner_name": None if record.owner is None else here.store.configuration.name_of(record.owner),
            "description": record.description,
            "next_call": _next_call(here, calls.get(record.id), user, today),
            "created_at": record.created_at,
            "changed_at": record.changed_at,
            "version": version_of(record.changed_at),
        }
        for record in found
    ]


async def record_view(here: Context, who: Asker, record: Record) -> dict[str, Any]:
    """One record as somebody sees it."""
    return (await record_views(here, who, [record]))[0]


async def activity_views(here: Context, found: Sequence[Activity]) -> list[dict[str, Any]]:
    """Activities as the API shows them."""
    records = await here.store.customer_records.some({one.record for one in found if one.record is not None})
    whom = {
        one.id: one.contact or (records[one.record].contact if one.record in records else None)
        for one in found
    }
    contacts = await _contacts(here, whom.values())
    days = {user: today_of(here, user) for user in {one.assigned_to for one in found}}
    name_of = here.store.configuration.name_of
    views = []
    for one in found:
        record = records.get(one.record) if one.record is not None else None
        contact = whom[one.id]
        view = {
            "id": one.id,
            "type": one.type,
            "due": one.due.isoformat(),
            "time": one.time,
            "summary": one.summary,
            "note": one.note,
            "assigned_to": one.assigned_to,
            "assigned_name": name_of(one.assigned_to),
            "record": {"id": record.id, "app": record.app, "title": record.title} if record else None,
            "contact": contacts.get(contact) if contact is not None else None,
            "created_by": one.created_by,
            "created_name": name_of(one.created_by),
            "created_at": one.created_at,
            "changed_at": one.changed_at,
            "state": one.state,
            "done_at": one.done_at,
            "feedback": one.feedback,
            "outcome": one.outcome,
            "overdue": one.state is ActivityState.PLANNED and one.due < days[one.assigned_to],
            "version": version_of(one.changed_at),
        }
        views.append(view)
    return views


async def activity_view(here: Context, activity: Activity) -> dict[str, Any]:
    """One activity as the API shows it."""
    return (await activity_views(here, [activity]))[0]


async def _contacts(here: Context, wanted: Iterable[ContactId | None]) -> dict[ContactId, dict[str, Any]]:
    found = await here.store.contacts.some({contact for contact in wanted if contact is not None})
    return {name: _contact_view(contact) for name, contact in found.items()}


def _contact_view(contact: Contact) -> dict[str, Any]:
    return {
        "id": contact.id,
        "name": contact_name(contact),
        "company": contact.card.company,
        "email": contact.card.email,
        "numbers": number_views(contact),
    }


def _next_call(
    here: Context, call: Activity | None, user: UserId | None, today: date
) -> dict[str, Any] | None:
    if call is None:
        return None
    return {
        "id": call.id,
        "due": call.due.isoformat(),
        "mine": call.assigned_to == user,
        "assigned_name": here.store.configuration.name_of(call.assigned_to),
        "overdue": call.due < today,
    }
