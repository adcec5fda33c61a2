"""What customer records and activities take and give. Times are seconds since the epoch."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from switchroom.api.phone_schemas import NumberView
from switchroom.crm.activities import ActivityState, ActivityType
from switchroom.crm.contacts import MOST_NOTE
from switchroom.crm.records import MOST_TITLE, App, EntryKind

MOST_STAGE_NAME = 100
Title = Annotated[str, Field(max_length=MOST_TITLE)]
Text = Annotated[str, Field(max_length=MOST_NOTE)]
StageName = Annotated[str, Field(max_length=MOST_STAGE_NAME)]
Name = Annotated[str, Field(min_length=1, max_length=64)]
"""An id of something else."""
Switch = Annotated[bool, Field(strict=True)]
Day = Annotated[str, Field(pattern=r"^[12]\d{3}-\d{2}-\d{2}$", description="Such as 2026-11-21.")]
Time = Annotated[
    str, Field(pattern=r"^(|([01]\d|2[0-3]):[0-5]\d)$", description="Such as 14:30; empty: any time.")
]
Outcome = Literal["", "reached", "no_answer", "busy", "voicemail", "wrong_number"]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StageInput(_Input):
    """A new stage, at the end of a board."""

    app: App
    name: StageName
    closing: Switch = False


class StagePatch(_Input):
    """What to change of a stage; what is not named stays."""

    name: StageName = Field("", description="Empty: of a delivered stage its own name, in every language.")
    position: Annotated[int, Field(ge=0, le=100)] = Field(0, description="Its place on the board, from 0.")
    closing: Switch = Field(False, description="Records in it are over.")


class StageView(BaseModel):
    """A column of a board."""

    id: str
    app: App
    key: str = Field(description="Of a delivered one, for its name in every language.")
    name: str = Field(description="What somebody named it; empty: by its key.")
    position: int
    closing: bool


class RecordPerson(BaseModel):
    """Somebody who can own records and be given activities."""

    id: str
    name: str
    extension: str


class RecordContact(BaseModel):
    """Whom a record or an activity is about."""

    id: str
    name: str
    company: str
    email: str
    numbers: list[NumberView]


class NextCall(BaseModel):
    """The first planned call on a record: of the one who asks, or else of somebody else."""

    id: str
    due: str
    mine: bool
    assigned_name: str = Field(description="Empty: he is no user any more.")
    overdue: bool


class RecordView(BaseModel):
    """An opportunity, a task or a ticket."""

    id: str
    app: App
    number: int
    title: str
    stage_id: str
    position: float
    contact: RecordContact | None
    owner: str | None
    owner_name: str | None = Field(description="Empty: he is no user any more.")
    description: str
    next_call: NextCall | None
    created_at: float
    changed_at: float
    version: str = Field(description="For `If-Match`.")


class RecordPage(BaseModel):
    """Records, of one stage as on its board, else the newest first; `next` is the next page's `after`."""

    records: list[RecordView]
    next: str | None


class BoardView(BaseModel):
    """A board: of each stage the first 100 records, and how many there are."""

    stages: list[StageView]
    records: list[RecordView]
    counts: dict[str, int]


class RecordInput(_Input):
    """A new record, on top of its stage."""

    app: App
    title: Title
    stage_id: Name | None = Field(default=None, description="Left out: the first one of the board.")
    contact_id: Name | None = None
    owner: Name | None = None
    description: Text = ""


class RecordPatch(_Input):
    """What to change of a record; what is not named stays."""

    title: Title = ""
    stage_id: Name = ""
    contact_id: Name | None = None
    owner: Name | None = None
    description: Text = ""


class RecordMove(_Input):
    """Where a record is dropped."""

    stage_id: Name
    before: Name | None = Field(default=None, description="The record below it; null: the end of the stage.")


class MessageInput(_Input):
    """Words for a record's chatter."""

    text: Text


class EntryView(BaseModel):
    """One entry of a record's chatter."""

    id: str
    at: float
    kind: EntryKind
    author: str | None
    author_name: str
    text: str
    data: dict[str, Any] = Field(
        description="Of a call: call_id, direction, number, name, seconds, ended, outcome, recording_id; "
        "of an activity: activity_id, type, summary, outcome; of a change: field (created, stage, owner, "
        "contact), before, after."
    )


class EntryPage(BaseModel):
    """A chatter, newest first; `next` is the next page's `after`."""

    entries: list[EntryView]
    next: str | None


class ActivityInput(_Input):
    """Something to be done by somebody on a day of his calendar."""

    type: ActivityType
    due: Day
    time: Time = ""
    summary: Title = ""
    note: Text = ""
    assigned_to: Name
    record_id: Name | None = None
    contact_id: Name | None = Field(default=None, description="Left out: the record's.")


class ActivityPatch(_Input):
    """What to change of a planned activity; what is not named stays."""

    type: ActivityType = ActivityType.CALL
    due: Day = ""
    time: Time = ""
    summary: Title = ""
    note: Text = ""
    assigned_to: Name = ""
    contact_id: Name | None = None


class DoneInput(_Input):
    """What came of an activity."""

    feedback: Text = ""
    outcome: Outcome = ""


class ActivityRecord(BaseModel):
    """The record that an activity is on."""

    id: str
    app: App
    title: str


class ActivityView(BaseModel):
    """Something planned, done or cancelled."""

    id: str
    type: ActivityType
    due: str
    time: str
    summary: str
    note: str
    assigned_to: str
    assigned_name: str = Field(description="Empty: he is no user any more.")
    record: ActivityRecord | None
    contact: RecordContact | None = Field(description="Its own, else its record's.")
    created_by: str | None
    created_name: str
    created_at: float
    changed_at: float
    state: ActivityState
    done_at: float | None
    feedback: str
    outcome: str
    overdue: bool = Field(description="Planned, and its day is over where its assignee is.")
    version: str = Field(description="For `If-Match`.")
