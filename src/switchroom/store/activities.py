"""What is planned, done and cancelled: calls of today above all (S2-09 to S2-13, G-07)."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from switchroom.crm.activities import Activity, ActivityId, ActivityState, ActivityType, due_calls
from switchroom.crm.contacts import ContactId
from switchroom.crm.records import Author, EntryKind, RecordId
from switchroom.directory import UserId
from switchroom.store.commit import storable
from switchroom.store.crm_tables import activities, records
from switchroom.store.database import Database
from switchroom.store.errors import NotFound, StoreError
from switchroom.store.records_board import (
    insert_entry,
    later,
    make_entry,
    read_record,
    refusal,
    require_contact,
)
from switchroom.store.secrets import generate_id

MOST = 2000
"""Activities in one answer."""
_CHUNK = 400
"""Values in one IN (...)."""
_PLANNED_CALL = and_(activities.c.type == ActivityType.CALL, activities.c.state == ActivityState.PLANNED)


class ActivityOver(StoreError):
    """It was done or cancelled before."""

    def __init__(self, activity: Activity) -> None:
        done = "done" if activity.state is ActivityState.DONE else "cancelled"
        super().__init__(f"This was {done} already.")
        self.activity = activity


@dataclass(frozen=True, slots=True)
class ActivityFilter:
    """Which activities: all conditions hold. Both days count."""

    since: date | None = None
    until: date | None = None
    assigned_to: str | None = None
    type: ActivityType | None = None
    states: tuple[ActivityState, ...] = ()
    """One of these; none: any."""
    record: str | None = None
    contact: str | None = None
    """Of the activity, or of its record."""


class Activities:
    """Everybody's activities. Everything acts at once and is in no revision."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def add(
        self,
        type: ActivityType,
        due: date,
        assigned_to: UserId,
        *,
        summary: str = "",
        note: str = "",
        time: str = "",
        record: str | None = None,
        contact: str | None = None,
        created_by: UserId | None = None,
    ) -> Activity:
        """Plan something. Raises `InvalidConfiguration` for a record or contact that is not there."""
        async with self._database.writing() as connection:
            return await self._insert(
                connection,
                type=type,
                due=due,
                assigned_to=assigned_to,
                summary=summary,
                note=note,
                time=time,
                record=RecordId(record) if record is not None else None,
                contact=ContactId(contact) if contact is not None else None,
                created_by=created_by,
            )

    async def queue_call(self, record: str, user: UserId, today: date) -> tuple[Activity, bool]:
        """This user's planned call of today on a record, and whether it is new (S2-10). Raises `NotFound`."""
        async with self._database.writing() as connection:
            await read_record(connection, record, lock=True)
            known = await _read(
                connection, _PLANNED_CALL, *_mine(record, user), activities.c.due == str(today)
            )
            if known:
                return known[0], False
            made = await self._insert(
                connection,
                type=ActivityType.CALL,
                due=today,
                assigned_to=user,
                summary="",
                note="",
                time="",
                record=RecordId(record),
                contact=None,
                created_by=user,
            )
            return made, True

    async def unqueue_calls(self, record: str, user: UserId, today: date) -> list[Activity]:
        """Cancel this user's planned calls on a record that are due today or before, else his next one."""
        async with self._database.writing() as connection:
            await read_record(connection, record, lock=True)
            planned = await _read(connection, _PLANNED_CALL, *_mine(record, user))
            due = [one for one in planned if one.due <= today] or planned[:1]
            return [await self._over(connection, one, ActivityState.CANCELLED) for one in due]

    async def get(self, activity_id: str) -> Activity:
        """One activity. Raises `NotFound`."""
        async with self._database.reading() as connection:
            return await _read_one(connection, activity_id)

    async def change(
        self, activity_id: str, change: Callable[[Activity], Activity]
    ) -> tuple[Activity, Activity]:
        """A planned activity's present and next state. What `change` raises is raised; besides, `NotFound`,
        `ActivityOver` and `InvalidConfiguration`."""
        async with self._database.writing() as connection:
            before = await self._planned(connection, activity_id)
            after = change(before)
            if after == before:
                return before, before
            after = replace(after, changed_at=later(self._clock(), before.changed_at))
            await _require(connection, after)
            await _update(connection, after)
        return before, after

    async def finish(self, activity_id: str, by: Author, feedback: str = "", outcome: str = "") -> Activity:
        """It was done: its record's chatter says so. Raises `NotFound`, `ActivityOver`."""
        async with self._database.writing() as connection:
            planned = await self._planned(connection, activity_id)
            told = replace(planned, feedback=feedback, outcome=outcome)
            done = await self._over(connection, told, ActivityState.DONE)
            if done.record is not None:
                data = {
                    "activity_id": done.id,
                    "type": done.type.value,
                    "summary": done.summary,
                    "outcome": outcome,
                }
                at = done.done_at or 0.0
                entry = make_entry(done.record, EntryKind.ACTIVITY, by, feedback, data, at)
                await insert_entry(connection, entry)
        return done

    async def cancel(self, activity_id: str) -> Activity:
        """It will not be done. Raises `NotFound`, `ActivityOver`."""
        async with self._database.writing() as connection:
            planned = await self._planned(connection, activity_id)
            return await self._over(connection, planned, ActivityState.CANCELLED)

    async def due_calls(self, user: UserId, today: date) -> list[Activity]:
        """Next activities (S2-11): planned calls of this user, due on this very day, in order."""
        wanted = ActivityFilter(
            since=today,
            until=today,
            assigned_to=user,
            type=ActivityType.CALL,
            states=(ActivityState.PLANNED,),
        )
        return due_calls(await self.list(wanted), user, today)

    async def overdue_calls(self, user: UserId, today: date) -> int:
        """How many of his planned calls were due before."""
        wanted = (
            select(func.count())
            .select_from(activities)
            .where(_PLANNED_CALL, activities.c.assigned_to == user, activities.c.due < str(today))
        )
        async with self._database.reading() as connection:
            return int((await connection.execute(wanted)).scalar() or 0)

    async def next_calls(self, of: Collection[str], user: UserId | None) -> dict[RecordId, Activity]:
        """The first planned call on each of these records: this user's, or else somebody else's."""
        found: dict[RecordId, Activity] = {}
        wanted = sorted(of)
        async with self._database.reading() as connection:
            for start in range(0, len(wanted), _CHUNK):
                chunk = activities.c.record_id.in_(wanted[start : start + _CHUNK])
                planned = await _read(connection, _PLANNED_CALL, chunk)
                for one in sorted(planned, key=lambda call: call.assigned_to != user):
                    if one.record is not None:
                        found.setdefault(one.record, one)
        return found

    async def list(self, wanted: ActivityFilter) -> list[Activity]:
        """Activities by day and time."""
        async with self._database.reading() as connection:
            return await _read(connection, *_conditions(wanted))

    async def _insert(self, connection: AsyncConnection, **fields: Any) -> Activity:
        now = self._clock()
        made = Activity(id=ActivityId(generate_id("activity")), created_at=now, changed_at=now, **fields)
        await _require(connection, made)
        await connection.execute(insert(activities), _row(made))
        return made

    async def _planned(self, connection: AsyncConnection, activity_id: str) -> Activity:
        activity = await _read_one(connection, activity_id, lock=True)
        if activity.state is not ActivityState.PLANNED:
            raise ActivityOver(activity)
        return activity

    async def _over(self, connection: AsyncConnection, activity: Activity, state: ActivityState) -> Activity:
        now = later(self._clock(), activity.changed_at)
        done = now if state is ActivityState.DONE else None
        over = replace(activity, state=state, done_at=done, changed_at=now)
        await _update(connection, over)
        return over


async def _update(connection: AsyncConnection, activity: Activity) -> None:
    await connection.execute(
        update(activities).where(activities.c.id == activity.id).values(**_row(activity))
    )


async def _require(connection: AsyncConnection, activity: Activity) -> None:
    """Its record and contact are there. Raises `InvalidConfiguration`."""
    if activity.record is not None:
        try:
            await read_record(connection, activity.record)
        except NotFound:
            raise refusal("record_id", "record-unknown", "This record is not there any more.") from None
    await require_contact(connection, activity.contact)


def _mine(record: str, user: UserId) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return activities.c.record_id == record, activities.c.assigned_to == user


def _conditions(wanted: ActivityFilter) -> Sequence[ColumnElement[bool]]:
    columns = activities.c
    conditions: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        conditions.append(columns.due >= str(wanted.since))
    if wanted.until is not None:
        conditions.append(columns.due <= str(wanted.until))
    for column, value in (
        (columns.assigned_to, wanted.assigned_to),
        (columns.type, wanted.type),
        (columns.record_id, wanted.record),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.states:
        conditions.append(columns.state.in_(wanted.states))
    if wanted.contact is not None:
        theirs = select(records.c.id).where(records.c.contact_id == wanted.contact)
        conditions.append(or_(columns.contact_id == wanted.contact, columns.record_id.in_(theirs)))
    return conditions


async def _read_one(connection: AsyncConnection, activity_id: str, *, lock: bool = False) -> Activity:
    found = await _read(connection, activities.c.id == activity_id, lock=lock)
    if not found:
        raise NotFound("activity")
    return found[0]


async def _read(
    connection: AsyncConnection, *conditions: ColumnElement[bool], lock: bool = False
) -> list[Activity]:
    columns = activities.c
    order = (columns.due, columns.time, columns.created_at, columns.id)
    wanted = select(activities).where(*conditions).order_by(*order).limit(MOST)
    rows = (await connection.execute(wanted.with_for_update() if lock else wanted)).all()
    return [_activity(row) for row in rows]


def _activity(row: Any) -> Activity:
    return Activity(
        id=row.id,
        type=ActivityType(row.type),
        due=date.fromisoformat(row.due),
        time=row.time,
        summary=row.summary,
        note=row.note,
        assigned_to=row.assigned_to,
        record=row.record_id,
        contact=row.contact_id,
        created_by=row.created_by,
        created_at=row.created_at,
        changed_at=row.changed_at,
        state=ActivityState(row.state),
        done_at=row.done_at,
        feedback=row.feedback,
        outcome=row.outcome,
    )


def _row(activity: Activity) -> dict[str, Any]:
    row = {
        "id": activity.id,
        "type": activity.type.value,
        "due": activity.due.isoformat(),
        "time": activity.time,
        "summary": activity.summary,
        "note": activity.note,
        "assigned_to": activity.assigned_to,
        "record_id": activity.record,
        "contact_id": activity.contact,
        "created_by": activity.created_by,
        "created_at": activity.created_at,
        "changed_at": activity.changed_at,
        "state": activity.state.value,
        "done_at": activity.done_at,
        "feedback": activity.feedback,
        "outcome": activity.outcome,
    }
    return storable(activities, row)
