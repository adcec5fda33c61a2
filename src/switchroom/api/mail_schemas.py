"""What the routes of mail and appointments take and give. Times are seconds since the epoch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from switchroom.api.schemas import Language

_LINE = r"^[^\x00-\x1f\x7f]*$"
Line = Annotated[str, Field(max_length=254, pattern=_LINE)]
Security = Literal["none", "starttls", "tls"]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class MailInput(_Input):
    """How mail leaves. An empty host: none is sent."""

    host: Annotated[str, Field(max_length=255, pattern=r"^[A-Za-z0-9.:_-]*$")] = Field(
        description="Name or address of the mail server."
    )
    port: Annotated[int, Field(ge=1, le=65535, strict=True)] = Field(
        default=587, description="587 for STARTTLS, 465 for TLS, 25 without."
    )
    security: Security = "starttls"
    username: Line = ""
    password: Annotated[str, Field(max_length=256, pattern=_LINE)] | None = Field(
        default=None, description="Left out: the one that is kept. It is never told."
    )
    sender: Line = Field(default="", description="The address that mail comes from.")
    public_url: Annotated[str, Field(max_length=300)] = Field(
        default="",
        description="Where guests reach this system, such as https://phone.example.com; empty: its address.",
    )


class MailView(BaseModel):
    """How mail leaves."""

    host: str
    port: int
    security: Security
    username: str
    has_password: bool
    sender: str
    public_url: str
    default_url: str = Field(description="What links begin with while `public_url` is empty.")


class TestMailInput(_Input):
    """Where a test message goes."""

    to: Line


class TestMailView(BaseModel):
    """The server took the message."""

    to: str


class OutboxMailView(BaseModel):
    """A message and what became of it."""

    id: str
    recipient: str
    subject: str
    kind: Literal["invitation", "update", "cancellation", "emergency", "voicemail"]
    state: Literal["waiting", "sent", "failed", "replaced"]
    attempts: int
    created_at: float
    next_at: float = Field(description="When it is tried (again), while it waits.")
    ended_at: float | None
    error: str = Field(description="Why the last try failed, in a sentence.")


class OutboxPage(BaseModel):
    """Messages, newest first; `next` is the `after` of the next page."""

    mails: list[OutboxMailView]
    next: str | None


class AttendeeInput(_Input):
    """Somebody to invite."""

    email: Line
    name: Annotated[str, Field(max_length=120, pattern=_LINE)] = ""
    language: Language | None = Field(default=None, description="null: the conference's, else the system's.")


class AppointmentInput(_Input):
    """A date of a conference. Everybody named gets it by mail, for the own calendar."""

    title: Annotated[str, Field(min_length=1, max_length=120, pattern=_LINE)]
    starts_at: Annotated[str, Field(max_length=32)] = Field(
        description="On the clock of `time_zone`: 2026-03-26T14:30. Of an hour that comes twice the first."
    )
    minutes: Annotated[int, Field(ge=5, le=1440, strict=True)] = 60
    time_zone: Annotated[str, Field(max_length=64, pattern=_LINE)] = Field(
        default="", description="IANA name, such as Europe/Paris; empty: the system's."
    )
    note: Annotated[str, Field(max_length=2000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")] = ""
    attendees: Annotated[list[AttendeeInput], Field(max_length=100)] = []


class AppointmentPatch(_Input):
    """What to change; what is not named stays. Those concerned get a mail."""

    title: Annotated[str, Field(min_length=1, max_length=120, pattern=_LINE)] = ""
    starts_at: Annotated[str, Field(max_length=32)] = ""
    minutes: Annotated[int, Field(ge=5, le=1440, strict=True)] = 60
    time_zone: Annotated[str, Field(max_length=64, pattern=_LINE)] = ""
    note: Annotated[str, Field(max_length=2000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")] = ""
    attendees: Annotated[list[AttendeeInput], Field(max_length=100)] = []
    send_again: Annotated[bool, Field(strict=True)] = Field(
        default=False, description="Everybody gets a mail, such as after a change of the access code."
    )


class AttendeeView(BaseModel):
    """Somebody who is invited, by a link of his own."""

    email: str
    name: str
    language: str
    link_id: str
    mail: str | None = Field(description="What became of the last mail: waiting, sent, failed.")
    problem: str | None = Field(description="Why it was not sent (yet), in a sentence.")


class AppointmentView(BaseModel):
    """A date of a conference."""

    id: str
    conference_id: str
    title: str
    starts_at: str = Field(description="On the clock of `time_zone`.")
    time: float = Field(description="The same as seconds since the epoch.")
    minutes: int
    time_zone: str
    note: str
    cancelled: bool
    made_by: str
    attendees: list[AttendeeView]
    version: str = Field(description="Send it as `If-Match` with a change: 409 if somebody was faster.")
