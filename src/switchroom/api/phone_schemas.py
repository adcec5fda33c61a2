"""What the phone's part of the API takes and gives. Times are seconds since the epoch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from switchroom.api.phone_ports import Presence

TabName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.~-]+$")]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PhoneUser(BaseModel):
    """Whose phone it is."""

    id: str
    extension: str
    name: str


class IceServer(BaseModel):
    """As RTCPeerConnection takes it."""

    urls: list[str]
    username: str | None = None
    credential: str | None = None


class SipPlace(BaseModel):
    """Where the phone registers: the WebSocket's path on this server, and the host of its address."""

    path: str
    domain: str


class PhoneView(BaseModel):
    """What a phone in the browser begins with."""

    user: PhoneUser
    country: str = Field(description="ISO 3166 code that national numbers are understood by.")
    language: str
    echo: str = Field(description="Feature code of the echo test.")
    ice_servers: list[IceServer]
    sip: SipPlace


class CredentialInput(_Input):
    """Which tab asks: its name, new for each page, kept over a reload."""

    tab: TabName


class CredentialView(BaseModel):
    """What a tab registers with. Ask again before `expires_at`: name and password stay the same."""

    username: str
    password: str
    realm: str
    expires_at: float
    ice_servers: list[IceServer]


class TypedInput(_Input):
    """What was typed or pasted."""

    text: Annotated[str, Field(max_length=300)]


class TypedView(BaseModel):
    """What to dial for it; a refused one says why (G-10)."""

    kind: Literal["extension", "feature", "number", "refused"]
    dial: str | None
    shown: str = Field(description="Grouped as people read it; what was typed, for a refused one.")
    name: str | None
    country: str | None = Field(description="Name of the number's country, in the user's language.")
    country_code: str | None = Field(description="Its ISO 3166 code.")
    then: str = Field(description='Keys to press once answered, such as the "12" of "ext. 12".')
    error_id: str | None
    message: str | None


class NumberView(BaseModel):
    """A number of somebody."""

    label: str
    e164: str
    shown: str
    then: str


class PersonView(BaseModel):
    """A colleague, or somebody in the address book."""

    kind: Literal["user", "contact"]
    id: str
    name: str
    company: str
    email: str
    extension: str | None
    numbers: list[NumberView]
    presence: Presence | None


class PersonElsewhereView(BaseModel):
    """Somebody in another system's address book."""

    kind: Literal["contact"]
    source: str
    source_name: str = Field(description="What people call that system.")
    id: str
    name: str
    company: str
    email: str
    url: str = Field(description="Where a browser shows them; may be empty.")
    extension: None
    numbers: list[NumberView]
    presence: None


class RecentCallView(BaseModel):
    """One of the user's calls."""

    id: str
    direction: Literal["in", "out"]
    state: Literal["answered", "missed", "refused", "failed"]
    name: str | None
    number: str = Field(description="Extension or number of the other side; may be empty.")
    shown: str
    dial: str | None = Field(description="What to dial to call there; null: nothing can be.")
    started_at: float
    seconds: float = Field(description="How long it was talked.")
    conference_id: str | None


class RecentView(BaseModel):
    """The user's calls, newest first; `next` is the `after` of the next page."""

    calls: list[RecentCallView]
    next: str | None
