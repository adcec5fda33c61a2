"""What the routes of guests take and give. Times are seconds since the epoch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from switchroom.api.phone_schemas import IceServer

Label = Annotated[str, Field(max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")]
LinkState = Literal["valid", "expired", "revoked", "used"]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LinkInput(_Input):
    """A new link to a conference."""

    label: Label = Field(default="", description="Whom it is for: shown in the list of links only.")
    expires_at: Annotated[float, Field(gt=0, le=1e11)] | None = Field(
        default=None, description="null: it is valid until it is revoked."
    )
    single_use: Annotated[bool, Field(strict=True)] = Field(
        default=False, description="One guest can come by it, once."
    )
    lobby: Annotated[bool, Field(strict=True)] = Field(
        default=False, description="Who comes by it waits until he is let in, whatever the conference says."
    )


class LinkView(BaseModel):
    """A link. Its address was shown when it was made, and is kept nowhere."""

    id: str
    conference_id: str
    label: str
    expires_at: float | None
    single_use: bool
    lobby: bool
    made_by: str
    created_at: float
    revoked_at: float | None
    uses: int = Field(description="Visits that began by it.")
    used_at: float | None = Field(description="When the last one began.")
    state: LinkState
    invitation: bool = Field(description="Made for somebody who was invited by e-mail.")
    name: str = Field(description="Of whom it was made for; empty: anybody.")


class NewLinkView(LinkView):
    """A link that was just made."""

    url: str = Field(description="Shown this once. Whoever has it comes in.")


class PhoneWay(BaseModel):
    """How to come by phone instead."""

    extension: str | None = Field(description="Of the conference itself.")
    conference_server: str | None = Field(description="Extension that asks for the conference ID.")
    conference_id: str | None
    numbers: list[str] = Field(default=[], description="Numbers that lead there from outside.")


class JoinView(BaseModel):
    """What a link leads to."""

    conference: str
    system: str
    language: str
    phone: PhoneWay | None
    needs_code: bool = Field(description="Send `code`, or the receptionist asks for it.")
    lobby: bool = Field(description="The guest waits until he is let in.")
    name: str = Field(description="Of whom the link was made for, to begin with; empty: anybody.")


class JoinInput(_Input):
    """Who comes."""

    name: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="Shown to the others. Control characters are taken out; at most 60 are kept."
    )
    code: Annotated[str, Field(max_length=32)] | None = Field(
        default=None, description="Where `needs_code`: without it the receptionist asks."
    )


class GuestSip(BaseModel):
    """What the visit calls with, over the WebSocket at `path` only; it can not register."""

    username: str
    password: str
    realm: str
    domain: str
    path: str


class VisitView(BaseModel):
    """A visit that began. Renew it before `expires_at`, while the page is open."""

    token: str = Field(
        description="Bearer of the visit: for PUT and DELETE /api/visit and the room's socket."
    )
    visit_id: str
    conference_id: str
    conference: str
    name: str = Field(description="As the others see it.")
    dial: str = Field(description="What to call; nothing else can be called.")
    asks_code: bool = Field(description="The receptionist will ask for the code.")
    lobby: bool
    sip: GuestSip
    ice_servers: list[IceServer]
    expires_at: float


class RenewedVisitView(BaseModel):
    """A visit that goes on."""

    expires_at: float
    ice_servers: list[IceServer]
