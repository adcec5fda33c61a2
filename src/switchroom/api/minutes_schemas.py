"""What the API gives of meetings and their recordings. Times are seconds since the epoch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field


class MeetingView(BaseModel):
    """One gathering in a conference: from the first who came to the last who left."""

    id: str
    conference_id: str
    name: str = Field(description="Of the conference, then.")
    started_at: float
    ended_at: float | None = Field(description="Null: it goes on.")
    people: int = Field(description="Who were in the room itself; who came twice counts once.")
    talk_seconds: float = Field(description="Of all together.")
    recordings: int = Field(description="Of the whole room, without those of single participants.")


class MeetingPage(BaseModel):
    """Meetings, newest first."""

    meetings: list[MeetingView]
    next: str | None = Field(description="`after` of the next page; null at the end.")


class AttendanceView(BaseModel):
    """Somebody in a meeting, from when to when."""

    id: str
    name: str
    extension: str = Field(description="The number; empty for a guest.")
    user_id: str | None
    guest: str | None = Field(description="Of who came by a link: the id of the visit.")
    entrance: Literal["extension", "server", "invitation", "link"]
    administrator: bool
    joined_at: float
    entered_at: float | None = Field(description="In the room itself; null: only waited.")
    left_at: float | None = Field(description="Null: is there now.")
    waited_seconds: float | None = Field(description="Before being let in; null while it lasts.")
    seconds: float | None = Field(description="In the room itself; null while it lasts.")
    talk_seconds: float
    reason: str = Field(description="Why it ended, as in call records; empty while it lasts.")


class InvitedView(BaseModel):
    """Somebody was called into a meeting."""

    id: str
    number: str
    name: str
    invited_by: str
    state: Literal["ringing", "answered", "joined", "refused", "failed", "cancelled"]
    at: float
    ended_at: float | None
    reason: str = Field(description="Why it was refused or failed, as in call records.")


class RecordingView(BaseModel):
    """A recording: of the whole room, or of what one participant said."""

    id: str
    conference_id: str
    conference: str = Field(description="Name of the conference, then.")
    meeting: str = Field(description="Id of the meeting.")
    started_at: float
    started_by: str = Field(description="Name; empty: the conference is always recorded.")
    attendance: str | None = Field(description="Id of the attendance it is of; null: everybody.")
    participant: str = Field(description="Whose voice; empty: everybody's.")
    ended_at: float | None = Field(description="Null: it is being recorded.")
    seconds: float
    reason: str = Field(
        description="How it ended: stopped, ended (the meeting), left (the participant), disk (full), "
        "media_failed, crash."
    )


class RecordingPage(BaseModel):
    """Recordings, newest first."""

    recordings: list[RecordingView]
    next: str | None = Field(description="`after` of the next page; null at the end.")


class WholeMeetingView(MeetingView):
    """A meeting with all that is known of it: who was there from when to when, for a list and a timeline."""

    attendances: list[AttendanceView]
    invitations: list[InvitedView]
    tapes: list[RecordingView]
    may_listen: bool = Field(description="Whether you may hear the recordings.")


class PeaksView(BaseModel):
    """A recording's shape."""

    seconds: float
    peaks: list[Annotated[int, Field(ge=0, le=100)]] = Field(
        description="Loudest sample of each of up to 1000 equal parts, in percent of the most there can be."
    )
