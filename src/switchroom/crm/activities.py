"""What somebody has planned to do: calls above all (S2-09 to S2-13, G-07)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from zoneinfo import ZoneInfo

from switchroom.crm.contacts import ContactId
from switchroom.crm.records import RecordId
from switchroom.directory import UserId

ActivityId = NewType("ActivityId", str)


class ActivityType(StrEnum):
    """What is to be done."""

    CALL = "call"
    EMAIL = "email"
    MEETING = "meeting"
    TODO = "todo"


class ActivityState(StrEnum):
    """What has become of it."""

    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Activity:
    """Something planned, on a record or for a contact. Times are seconds since the epoch."""

    id: ActivityId
    type: ActivityType
    due: date
    """A day of the calendar of who has to do it: in no time zone."""
    time: str
    """`HH:MM` of that day; empty: any time."""
    summary: str
    note: str
    assigned_to: UserId
    record: RecordId | None
    contact: ContactId | None
    """Whom to call; that of the record where it has one and this is None."""
    created_by: UserId | None
    created_at: float
    changed_at: float
    state: ActivityState = ActivityState.PLANNED
    done_at: float | None = None
    feedback: str = ""
    outcome: str = ""
    """reached, no_answer, busy, voicemail, wrong_number, or empty."""


def day_at(moment: float, time_zone: str) -> date:
    """The day it is somewhere: `moment` in seconds since the epoch, `time_zone` an IANA name."""
    return datetime.fromtimestamp(moment, ZoneInfo(time_zone)).date()


def next_midnight(moment: float, time_zone: str) -> float:
    """When the next day begins there, in seconds since the epoch; days of 23 and 25 hours are days."""
    zone = ZoneInfo(time_zone)
    today = datetime.fromtimestamp(moment, zone).date()
    return datetime.fromordinal(today.toordinal() + 1).replace(tzinfo=zone).timestamp()


def due_calls(activities: Iterable[Activity], user: UserId, today: date) -> list[Activity]:
    """Next activities (S2-11): planned calls of this user, due on this very day, in order."""
    found = [
        activity
        for activity in activities
        if activity.type is ActivityType.CALL
        and activity.state is ActivityState.PLANNED
        and activity.assigned_to == user
        and activity.due == today
    ]
    return sorted(found, key=lambda one: (one.time or "99:99", one.created_at, one.id))
