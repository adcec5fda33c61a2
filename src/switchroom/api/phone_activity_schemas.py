"""What the phone is told of the calls of today, of whom a number is, and of what a call is about."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from switchroom.api.crm_schemas import Outcome, Text, Time, Title
from switchroom.api.phone_schemas import NumberView
from switchroom.crm.records import App

_NAME = r"^[A-Za-z0-9_.~@:-]{1,128}$"


class FoundContactView(BaseModel):
    """Somebody in an address book, or a colleague."""

    source: str = Field(description="`own`, the id of a connected system, or `users`: a colleague.")
    id: str
    name: str
    company: str
    email: str
    url: str = Field(description="Where a browser shows it; may be empty.")


class FoundRecordView(BaseModel):
    """A record of a customer."""

    source: str
    app: str = Field(description="crm, project, helpdesk, or contacts.")
    id: str
    title: str
    stage: str
    url: str


class CalledByView(BaseModel):
    """Somebody else who is about to call, or does."""

    name: str
    since: float


class DueCallView(BaseModel):
    """A call that is due today."""

    source: str
    id: str
    due: date
    time: str
    summary: str
    note: str
    name: str
    company: str
    email: str
    numbers: list[NumberView]
    contact_id: str | None
    contact_url: str
    record: FoundRecordView | None
    called_by: CalledByView | None


class SourceProblemView(BaseModel):
    """Why a system's list is not what it says now."""

    error_id: str
    message: str


class SourceView(BaseModel):
    """One system that calls of today come from."""

    id: str
    name: str
    problem: SourceProblemView | None
    as_of: float | None = Field(
        description="When it said so, in seconds since the epoch; null: it never did."
    )
    waiting: int = Field(description="So much of yours is still to be written there.")


class NextActivitiesView(BaseModel):
    """The calls of today that are assigned to you."""

    today: date
    time_zone: str
    next_day_at: float = Field(description="When your next day begins: ask again then.")
    calls: list[DueCallView]
    overdue: int = Field(description="So many of your calls were due before; they are on the calendar.")
    sources: list[SourceView]


class AboutToCall(BaseModel):
    """You are about to call."""

    model_config = ConfigDict(extra="forbid")

    number: str = Field(max_length=200, description="A number in any form, or an extension.")
    even_if: bool = Field(default=False, description="Even if somebody else is about to.")


class PlannedCallInput(BaseModel):
    """A call that is planned."""

    model_config = ConfigDict(extra="forbid")

    due: date
    time: Time = ""
    summary: Title = ""


class CallDoneInput(BaseModel):
    """What came of an activity, and what comes next."""

    model_config = ConfigDict(extra="forbid")

    feedback: Text = ""
    outcome: Outcome = ""
    next: PlannedCallInput | None = None


class ActivityChange(BaseModel):
    """The fields that are named change."""

    model_config = ConfigDict(extra="forbid")

    due: date | None = None
    time: Time | None = None
    summary: Title | None = None
    note: Text | None = None
    assigned_to: str | None = Field(default=None, max_length=64, description="Id of a user.")


class RecordName(BaseModel):
    """Which record."""

    model_config = ConfigDict(extra="forbid")

    source: str = Field(pattern=_NAME)
    app: str = Field(pattern=_NAME)
    id: str = Field(pattern=_NAME)


class ScheduledInput(PlannedCallInput):
    """A call that is planned on a record, or with a contact of ours."""

    record: RecordName | None = None
    contact_id: str | None = Field(default=None, max_length=64)
    note: Text = ""


class MatchView(BaseModel):
    """Who has a number, and what is open with them."""

    contact: FoundContactView | None
    records: list[FoundRecordView]


class NotedActivityView(BaseModel):
    """The activity that a call was made for."""

    source: str
    id: str
    due: date
    time: str
    summary: str
    note: str
    record: FoundRecordView | None


class CallNoteView(BaseModel):
    """What one of your calls is about."""

    call_id: str
    number: str
    name: str
    contact: FoundContactView | None
    record: FoundRecordView | None = Field(description="On which it stands, or will when the call ends.")
    records: list[FoundRecordView] = Field(description="What is open with them.")
    note: str
    outcome: str
    activity: NotedActivityView | None
    seconds: float | None = Field(description="Of talking, so far; null: it was not answered.")
    ended: str | None = Field(description="answered, missed, refused or failed; null: it goes on.")


class CallNoteInput(BaseModel):
    """What you write of a call, and on which record it stands."""

    model_config = ConfigDict(extra="forbid")

    record: RecordName | None
    note: Text = ""
    outcome: Outcome = ""


class NewRecord(BaseModel):
    """A record made from a call."""

    model_config = ConfigDict(extra="forbid")

    app: App
    title: Title
    contact_id: str | None = Field(default=None, max_length=64)
    number: str | None = Field(
        default=None,
        max_length=200,
        description="Of whom it is about, where the contact is not known: whoever has it, or a new contact.",
    )
    name: str = Field(default="", max_length=200, description="Of the new contact.")
