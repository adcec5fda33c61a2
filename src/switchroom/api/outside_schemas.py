"""What the routes of trunks, numbers, groups, mailboxes and forwardings take and give."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from switchroom.api.schemas import (
    CallRightsModel,
    DestinationModel,
    Language,
    PendingView,
    ScheduleModel,
    Switch,
    Text,
    Whole,
)
from switchroom.directory import (
    AfterMail,
    DestinationKind,
    Forwarder,
    Identity,
    NumberFormat,
    TrunkKind,
    TrunkTransport,
)

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", examples=["BE"])]
Listed = Annotated[str, Field(max_length=128, pattern=r"^[^\x00-\x1f\x7f]*$")]
Codec = Literal["PCMA", "PCMU", "G722", "opus"]
Secret = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Kept(BaseModel):
    pending: bool = Field(description="Not applied yet.")
    version: str = Field(description="Send it as `If-Match` with a change: 409 if somebody was faster.")


class _Saved(BaseModel):
    pending: PendingView


class TrunkFields(BaseModel):
    """What a trunk has besides name, kind and host."""

    port: Whole | None = Field(default=None, description="null: by DNS (SRV), else the usual one.")
    transport: TrunkTransport = TrunkTransport.UDP
    username: Text | None = Field(default=None, examples=["4711"])
    auth_username: Text | None = Field(default=None, description="For the password; null: `username`.")
    from_domain: Text | None = None
    outbound_proxy: Text | None = Field(default=None, examples=["proxy.provider.example:5060"])
    srtp: Switch = Field(default=False, description="Encrypted speech; only with TLS.")
    addresses: list[Listed] = Field(
        default=[],
        max_length=500,
        description="Networks, addresses or host names it calls from.",
        examples=[["198.51.100.0/24"]],
    )
    order: Whole = Field(default=0, description="Lower ones are tried first.")
    weight: Whole = Field(default=1, description="How calls are spread over trunks of the same order.")
    capacity: Whole | None = Field(default=None, description="Calls at once; null: no limit.")
    codecs: list[Codec] = Field(default=["PCMA", "PCMU", "G722"], max_length=4)
    identity: Identity = Identity.PAI
    forwarder: Forwarder = Forwarder.DIVERSION
    number_format: NumberFormat = NumberFormat.E164_PLUS
    expires: Whole = 300
    check_seconds: Whole = Field(default=60, description="Between two OPTIONS; 0: none.")
    redirects: Switch = False
    countries: list[Country] | None = Field(
        default=None, max_length=300, description="Where calls may lead by it; null: anywhere."
    )
    calls_per_hour: Whole | None = None
    calls_per_day: Whole | None = None
    minutes_per_hour: Whole | None = None
    minutes_per_day: Whole | None = None
    enabled: Switch = True


class TrunkInput(_Input, TrunkFields):
    """A new trunk. Its password is set by PUT .../secret."""

    name: Text = Field(examples=["Provider"])
    kind: TrunkKind
    host: Text = Field(examples=["sip.provider.example"])


class TrunkPatch(_Input, TrunkFields):
    """What to change of a trunk; what is not named stays."""

    name: Text = ""
    kind: TrunkKind = TrunkKind.REGISTRATION
    host: Text = ""


class TrunkView(TrunkFields, _Kept):
    """A trunk as the draft has it."""

    id: str
    name: str
    kind: TrunkKind
    host: str
    has_secret: bool = Field(description="A password is set. It is never shown.")


class SavedTrunk(_Saved):
    """A saved trunk."""

    trunk: TrunkView


class TrunkStateView(BaseModel):
    """How a trunk of the applied configuration is doing. Times are seconds since the epoch."""

    id: str
    name: str
    enabled: bool
    calls: int = Field(description="That run by it now, both ways.")
    registered: bool | None = Field(description="null: it does not register, or the answer is awaited.")
    registered_until: float | None
    reachable: bool | None = Field(description="By the last OPTIONS; null: it is not asked.")
    checked_at: float | None
    since: float | None = Field(description="When `registered` or `reachable` changed last.")
    failure: str = Field(description="What is wrong, in words; empty: nothing.")
    failure_code: str = Field(description="The same as a stable code; empty: nothing is wrong.")
    failure_values: dict[str, str] = Field(description="What stands in the sentence of that code.")


class TrunkTestInput(_Input):
    """What to try: a call as well, where there is a number."""

    number: Text | None = Field(default=None, examples=["+3222903490"])


class TrunkTestStep(BaseModel):
    """One step of a test."""

    step: Literal["settings", "name", "reach", "register", "call"]
    ok: bool
    text: str = Field(description="What came of it, in words.")
    status: int = Field(description="SIP status; 0: there was none.")
    code: str = Field(description="What came of it as a stable code.")
    values: dict[str, str] = Field(description="What stands in the sentence of that code.")


class TrunkTestView(BaseModel):
    """What a test of a trunk found; it stops at the first step without which the next makes no sense."""

    ok: bool
    steps: list[TrunkTestStep]


class TrunkSecretInput(_Input):
    """A trunk's password; null forgets it. It acts at once and is never shown again."""

    secret: Secret | None = Field(examples=["example-password"])


class NumberFields(BaseModel):
    """What an incoming number has besides the number."""

    label: Text = ""
    trunk: Text | None = Field(default=None, description="Id of the trunk it comes in by; null: any.")
    destination: DestinationModel = Field(
        default=DestinationModel(kind=DestinationKind.NOT_CONFIGURED),
        description='"Destination type for voice call" (B2-02).',
    )
    schedule: list[ScheduleModel] = Field(
        default=[], max_length=50, description="When `destination` holds; empty: always."
    )
    otherwise: DestinationModel | None = Field(default=None, description="Outside the schedule.")
    language: Language | None = Field(default=None, description="Of its prompts (G-09).")


class IncomingNumberInput(_Input, NumberFields):
    """A new incoming number, in any form that the system's country understands."""

    e164: Text = Field(examples=["+32 2 290 34 90"])


class IncomingNumberPatch(_Input, NumberFields):
    """What to change of an incoming number; what is not named stays."""

    e164: Text = ""


class IncomingNumberView(NumberFields, _Kept):
    """An incoming number as the draft has it."""

    id: str
    e164: str
    shown: str = Field(description="Grouped as people read it.")


class SavedNumber(_Saved):
    """A saved incoming number."""

    number: IncomingNumberView


class RingGroupFields(BaseModel):
    """What a ring group has besides extension and name (D2-04)."""

    members: list[Listed] = Field(default=[], max_length=100, description="Ids of users, in order.")
    in_turn: Switch = Field(default=False, description="One after the other; else all together.")
    ring_seconds: Whole = 20
    otherwise: DestinationModel | None = Field(default=None, description="When nobody answers.")


class RingGroupInput(_Input, RingGroupFields):
    """A new ring group."""

    extension: Text = Field(examples=["300"])
    name: Text = Field(examples=["Sales"])


class RingGroupPatch(_Input, RingGroupFields):
    """What to change of a ring group; what is not named stays."""

    extension: Text = ""
    name: Text = ""


class RingGroupView(RingGroupFields, _Kept):
    """A ring group as the draft has it."""

    id: str
    extension: str
    name: str


class SavedRingGroup(_Saved):
    """A saved ring group."""

    ring_group: RingGroupView


class GroupFields(BaseModel):
    """What a group of users has besides the name (B5)."""

    members: list[Listed] = Field(default=[], max_length=1000, description="Ids of users.")
    rights: CallRightsModel = Field(default=CallRightsModel(), description="On top of each member's own.")
    pickup: Switch = Field(default=False, description="Members pick up each other's calls (*8).")


class GroupInput(_Input, GroupFields):
    """A new group of users."""

    name: Text = Field(examples=["Sales team"])


class GroupPatch(_Input, GroupFields):
    """What to change of a group of users; what is not named stays."""

    name: Text = ""


class GroupView(GroupFields, _Kept):
    """A group of users as the draft has it."""

    id: str
    name: str


class SavedGroup(_Saved):
    """A saved group of users."""

    group: GroupView


class MailboxFields(BaseModel):
    """What a mailbox has besides the name (B7)."""

    extension: Text | None = None
    email: Text | None = Field(default=None, description="Told of each message; null: the user's address.")
    attach: Switch = Field(default=True, description="The sound goes with the mail.")
    after_mail: AfterMail = AfterMail.KEEP
    language: Language | None = None


class MailboxInput(_Input, MailboxFields):
    """A new stand-alone mailbox (B7-01)."""

    name: Text = Field(examples=["Sales"])
    user: Text | None = Field(default=None, description="Id of the user whose phones show and play it.")


class MailboxPatch(_Input, MailboxFields):
    """What to change of a mailbox; what is not named stays. A user's own box stays his."""

    name: Text = ""
    user: Text | None = None


class MailboxView(MailboxFields, _Kept):
    """A mailbox as the draft has it; a user's box has the user's id."""

    id: str
    name: str
    user: str | None = Field(
        description="Id of the user who reads it, by whose id his own box goes; null: nobody does."
    )


class SavedMailbox(_Saved):
    """A saved mailbox."""

    mailbox: MailboxView


class ForwardModel(_Input):
    """A destination that is tried for so many seconds."""

    destination: DestinationModel
    seconds: Whole = 20


class ForwardingsInput(_Input):
    """A user's own settings, as a whole: what is not named is off (B3-04 to B3-07). They act at once."""

    always: DestinationModel | None = None
    follow_me: list[ForwardModel] = Field(default=[], max_length=50)
    follow_me_on: Switch = Field(default=False, description="Only `follow_me` rings, not his own phones.")
    no_answer: list[ForwardModel] = Field(default=[], max_length=50)
    no_answer_voicemail: Switch = Field(default=False, description="His mailbox as a last resort.")
    busy: list[ForwardModel] = Field(default=[], max_length=50)
    busy_voicemail: Switch = False
    confirm_outside: Switch = Field(default=True, description="Who answers outside presses 1 (D2-06).")
    do_not_disturb: Switch = False
    hide_number: Switch = False


class ForwardingsView(ForwardingsInput):
    """A user's own settings as they are in force."""

    user: str
    voicemail: bool = Field(description="He has a mailbox, so that voicemail can be chosen.")
