"""What the routes of the conference server and of the extensions take and give."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from switchroom.api.errors import BlockerView, ProblemView
from switchroom.api.schemas import ConferenceView, Language, PendingView, Text, Whole

ConferenceIdText = Annotated[
    str, Field(min_length=1, max_length=20, pattern=r"^[^\x00-\x1f\x7f]*$", examples=["31415"])
]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ServerRoomInput(_Input):
    """A room of the conference server (S3-03). Conference ID: 3 to 8 digits; access code: 4 to 10."""

    name: Text
    dial_in_id: ConferenceIdText
    access_code: Text | None = Field(default=None, description="The participant PIN; none: an open room.")


class ServerRoomPatch(_Input):
    """What to change of a room (S3-07, S3-12); what is not named stays, null takes the code away."""

    name: Text = ""
    dial_in_id: ConferenceIdText = ""
    access_code: Text | None = None


class ConferenceServerInput(_Input):
    """The conference server: its extension, its limits, and its first room (S3-02)."""

    extension: Text
    max_rooms: Whole = 10
    max_participants: Whole = Field(default=10, description="Of a room that is given a conference ID.")
    language: Language | None = None
    room: ServerRoomInput | None = None


class ConferenceServerPatch(_Input):
    """What to change of the conference server; what is not named stays."""

    extension: Text = ""
    max_rooms: Whole = 10
    max_participants: Whole = 10
    language: Language | None = None


class ConferenceServerView(BaseModel):
    """The conference server as the draft has it."""

    extension: str
    max_rooms: int
    max_participants: int
    language: str | None
    rooms: int = Field(description="Conferences that have a conference ID.")
    pending: bool = Field(description="Not applied yet.")
    version: str = Field(description="Send it as `If-Match` with a change: 409 if somebody was faster.")
    blocked_by: list[BlockerView] = Field(description="What has to be deleted before it can be.")


class Outcome(BaseModel):
    """What a save on the conference server's pages came to (S3-06)."""

    applied: bool = Field(description="It is in force: callers reach it. False: it waits for Apply changes.")
    problems: list[ProblemView] = Field(
        default=[], description="Why it could be saved and not applied alone: other changes that wait."
    )
    pending: PendingView


class SavedServer(Outcome):
    """A saved conference server."""

    server: ConferenceServerView
    conference: ConferenceView | None = Field(default=None, description="The first room, when set up.")


class SavedServerRoom(Outcome):
    """A saved room."""

    conference: ConferenceView


class RemovedServerRoom(Outcome):
    """A room that is no longer one of the server's."""

    kept: ConferenceView | None = Field(
        description="The conference has an extension of its own and stays; only its conference ID is gone."
    )


class ExtensionView(BaseModel):
    """An extension and what it leads to (S3-11)."""

    extension: str
    kind: Literal["user", "conference", "conference_server", "ring_group", "mailbox"]
    id: str
    name: str = Field(description="Of the conference server: empty.")
    pending: bool = Field(description="Not applied yet.")
    version: str = Field(description="Send it as `If-Match` to delete it.")
    blocked_by: list[BlockerView] = Field(description="What has to be deleted before it can be.")
