"""What the API gives and takes of mailboxes' messages, greetings and PINs."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Input(BaseModel):
    """What is not known is a mistake."""

    model_config = ConfigDict(extra="forbid")


class VoicemailView(BaseModel):
    """A message in a mailbox of one's own."""

    id: str
    mailbox: str
    caller_number: str = Field(description="Empty: withheld.")
    caller_name: str
    caller_user: str | None = Field(description="Id of the colleague who left it.")
    at: float
    seconds: float
    heard_at: float | None = Field(description="Null: it is new.")
    archived_at: float | None


class VoicemailPage(BaseModel):
    """Messages, newest first."""

    messages: list[VoicemailView]
    next: str | None = Field(description="`after` of the next page; null at the end.")
    new: int = Field(description="How many new ones there are in the mailbox.")
    old: int = Field(description="How many were heard; without archived ones.")


class VoicemailPatch(_Input):
    """What becomes of a message; what is not named stays."""

    heard: bool | None = Field(None, description="False: it is new again.")
    archived: bool | None = None


class GreetingView(BaseModel):
    """A greeting that was made."""

    kind: Literal["unavailable", "busy", "name"]
    seconds: float
    text: str = Field(description="What is spoken; empty: it was recorded.")
    changed_at: float


class OwnMailboxView(BaseModel):
    """A mailbox of one's own."""

    id: str
    name: str
    email: str | None = Field(description="Where new messages are sent to.")
    new: int
    old: int
    full: bool = Field(description="It takes no more messages.")
    has_pin: bool
    ask_pin: bool = Field(description="One's own phone is asked for the PIN, too.")
    greetings: list[GreetingView] = Field(description="Those that are missing are the standard ones.")


class OwnMailboxPatch(_Input):
    """How a mailbox is opened; what is not named stays."""

    ask_pin: bool | None = None


class PinInput(_Input):
    """Another PIN."""

    pin: str = Field(min_length=1, max_length=32, description="4 to 8 digits.", repr=False)


class GreetingText(_Input):
    """Words that are spoken to callers."""

    text: str = Field(min_length=1, max_length=1000)
    language: Literal["en", "fr", "it"] | None = Field(None, description="Null: that of the mailbox.")


class MailboxCounts(BaseModel):
    """How many messages a mailbox has."""

    mailbox: str
    new: int
    old: int
