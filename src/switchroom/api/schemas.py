"""What the API takes and gives. Times are seconds since the epoch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from switchroom.api.errors import ProblemView
from switchroom.directory import DestinationKind, NameAnnouncement, Recording
from switchroom.store.records import CallState

Text = Annotated[str, Field(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")]
Language = Literal["en", "fr", "it"]
Whole = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
Switch = Annotated[bool, Field(strict=True)]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LoginInput(_Input):
    """Name and password of a login."""

    name: Annotated[str, Field(min_length=1, max_length=128)]
    password: Annotated[str, Field(min_length=1, max_length=256)]


class LoginView(BaseModel):
    """A bearer token: send it as `Authorization: Bearer <token>`."""

    token: str
    expires_at: float
    name: str
    role: str


class PendingView(BaseModel):
    """Where the draft stands after a save: nothing reaches calls before "Apply changes"."""

    base_revision: int
    draft_version: int
    changed_entries: int


class DestinationModel(_Input):
    """Where a call is led."""

    kind: DestinationKind
    target: Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")] = Field(
        default="",
        description="Id of the user, conference, ring group or mailbox; a number in E.164; else empty.",
    )


class ScheduleModel(_Input):
    """Hours of some days of the week, in the system's time zone; may go over midnight."""

    days: list[Annotated[int, Field(ge=0, le=6, strict=True)]] = Field(
        max_length=7, description="0 is Monday.", examples=[[0, 1, 2, 3, 4]]
    )
    begins: Annotated[str, Field(max_length=5)] = Field(examples=["08:30"])
    ends: Annotated[str, Field(max_length=5)] = Field(examples=["18:00"])


class CallRightsModel(_Input):
    """Who may be called outside; as a whole. Countries abroad and premium numbers: only when granted."""

    national: Switch = True
    mobile: Switch = True
    countries: list[Annotated[str, Field(pattern=r"^[A-Z]{2}$")]] = Field(
        default=[], max_length=300, description="ISO 3166 codes.", examples=[["BE", "GB"]]
    )
    premium: Switch = False


class OutgoingRuleModel(_Input):
    """Calls to numbers that begin so show this number (B9-03)."""

    prefix: Annotated[str, Field(max_length=16, pattern=r"^[^\x00-\x1f\x7f]*$")] = Field(examples=["+33"])
    number: Text = Field(description="Id of an incoming number.")


class UserOutside(BaseModel):
    """What a user has of the world outside. Of the limits, null is the system's."""

    voicemail: Switch = Field(default=False, description="He has a mailbox, by his id (B7-01).")
    mobile: Text | None = Field(default=None, description='"GSM number", E.164.', examples=["+32470123456"])
    outgoing_number: Text | None = Field(
        default=None, description="Id of the incoming number that is shown outside; null: the default."
    )
    rights: CallRightsModel = CallRightsModel()
    concurrent_outside: Whole | None = None
    calls_per_hour: Whole | None = None
    calls_per_day: Whole | None = None
    minutes_per_hour: Whole | None = None
    minutes_per_day: Whole | None = None


class SettingsOutside(BaseModel):
    """What the settings say of the world outside."""

    default_number: Text | None = Field(
        default=None, description='"Default outgoing number" (B9-01): its id.'
    )
    outgoing_rules: list[OutgoingRuleModel] = Field(default=[], max_length=500)
    rules_override_users: Switch = False
    concurrent_outside: Whole = Field(default=3, description="Calls outside of one user at once.")
    calls_per_hour: Whole | None = Field(default=60, description="Of one user; null: no limit.")
    calls_per_day: Whole | None = 300
    minutes_per_hour: Whole | None = None
    minutes_per_day: Whole | None = 600
    night: ScheduleModel | None = None
    night_countries: list[Annotated[str, Field(pattern=r"^[A-Z]{2}$")]] = Field(
        default=[], max_length=300, description="International calls lead only there at night."
    )
    new_country_asks: Switch = True
    hold_music: Text | None = None
    emergency_callback: Text | None = Field(default=None, description="Id of an incoming number.")
    emergency_notice: list[Text] = Field(default=[], max_length=20, description="Mail addresses.")


class UserInput(_Input, UserOutside):
    """A new user. Extension: 2 to 8 digits, 3 to 5 advised."""

    extension: Text
    name: Text
    email: Text | None = None
    language: Language | None = None
    call_waiting: Switch = True
    ring_seconds: Whole | None = None


class UserPatch(_Input, UserOutside):
    """What to change of a user; what is not named stays."""

    extension: Text = ""
    name: Text = ""
    email: Text | None = None
    language: Language | None = None
    call_waiting: Switch = True
    ring_seconds: Whole | None = None


class UserView(UserOutside):
    """A user as the draft has it."""

    id: str
    extension: str
    name: str
    email: str | None
    language: str | None
    call_waiting: bool
    ring_seconds: int | None
    login: str | None = Field(default=None, description="What he signs in as; null: not at all.")
    role: str | None = None
    extra_rights: list[str] = []
    totp: bool = Field(default=False, description="He is asked for codes when he signs in.")
    pending: bool = Field(description="Not applied yet.")
    version: str = Field(description="Send it as `If-Match` with a change: 409 if somebody was faster.")


class ServerView(BaseModel):
    """Where a phone registers."""

    host: str
    port: int
    transport: Literal["udp", "tls"]


class SecretView(BaseModel):
    """What to type into a phone. The secret is shown this once and kept nowhere."""

    device_id: str
    username: str
    secret: str
    realm: str
    server: ServerView
    provisioning_url: str = Field(
        description="Linphone fetches its settings here, once and within 15 minutes: for a QR code."
    )


class SavedUser(BaseModel):
    """A saved user, and the secret of its first device when it is new."""

    user: UserView
    pending: PendingView
    secret: SecretView | None = None


class ConferenceInput(_Input):
    """A new conference (S1-03). Access code: 4 to 10 digits.

    It has an internal extension, a conference ID (for callers of the conference server), or both. Given a
    conference ID and no `max_participants`, it gets the server's.
    """

    name: Text
    extension: Text | None = None
    access_code: Text | None = None
    administrator: Text | None = Field(default=None, description="Id of the user who runs it.")
    wait_for_administrator: Switch = False
    administrator_code: Text | None = None
    end_when_administrator_leaves: Switch = False
    tones: Switch = True
    max_participants: Whole | None = None
    language: Language | None = None
    dial_in_id: Text | None = Field(default=None, description="Conference ID, 3 to 8 digits; null: none.")
    lobby: Switch = False
    links_skip_code: Switch = False
    recording: Recording = Recording.ON_REQUEST
    record_participants: Switch = False
    names: NameAnnouncement = NameAnnouncement.NONE
    announce_count: Switch = False
    noise_suppression: Switch = False
    max_minutes: Whole | None = None
    lone_minutes: Whole | None = 60
    confirm_invitees: Switch = False
    tones_always: Switch = False
    hold_music: Text | None = None


class ConferencePatch(_Input):
    """What to change of a conference; what is not named stays, null takes a code, limit or person away."""

    name: Text = ""
    extension: Text | None = None
    access_code: Text | None = None
    administrator: Text | None = None
    wait_for_administrator: Switch = False
    administrator_code: Text | None = None
    end_when_administrator_leaves: Switch = False
    tones: Switch = True
    max_participants: Whole | None = None
    language: Language | None = None
    dial_in_id: Text | None = Field(default=None, description="Conference ID, 3 to 8 digits; null: none.")
    lobby: Switch = False
    links_skip_code: Switch = False
    recording: Recording = Recording.ON_REQUEST
    record_participants: Switch = False
    names: NameAnnouncement = NameAnnouncement.NONE
    announce_count: Switch = False
    noise_suppression: Switch = False
    max_minutes: Whole | None = None
    lone_minutes: Whole | None = 60
    confirm_invitees: Switch = False
    tones_always: Switch = False
    hold_music: Text | None = None


class ConferenceView(BaseModel):
    """A conference as the draft has it."""

    id: str
    name: str
    extension: str | None
    access_code: str | None
    administrator: str | None
    wait_for_administrator: bool
    administrator_code: str | None
    end_when_administrator_leaves: bool
    tones: bool
    max_participants: int | None
    language: str | None
    dial_in_id: str | None
    lobby: bool
    links_skip_code: bool
    recording: Recording
    record_participants: bool
    names: NameAnnouncement
    announce_count: bool
    noise_suppression: bool
    max_minutes: int | None
    lone_minutes: int | None
    confirm_invitees: bool
    tones_always: bool
    hold_music: str | None
    pending: bool = Field(description="Not applied yet.")
    version: str = Field(description="Send it as `If-Match` with a change: 409 if somebody was faster.")


class SavedConference(BaseModel):
    """A saved conference."""

    conference: ConferenceView
    pending: PendingView


class SettingsPatch(_Input, SettingsOutside):
    """What to change of the system's settings."""

    name: Text = ""
    country: Text = ""
    language: Language = "en"
    ring_seconds: Whole = 30
    max_call_seconds: Whole = 4 * 3600
    time_zone: Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")] = "UTC"
    recording_days: Whole | None = None
    first_orbit: Text = "851"
    orbits: Whole = 9
    parked_seconds: Whole = 120


class SettingsView(SettingsOutside):
    """The system's settings as the draft has them."""

    name: str
    country: str
    language: str
    ring_seconds: int
    max_call_seconds: int
    time_zone: str = Field(description="IANA name, such as Europe/Paris.")
    recording_days: int | None = Field(description="Recordings are deleted after so many days; null: never.")
    first_orbit: str = Field(description="Calls are parked (`*85`) at this number and those that follow.")
    orbits: int = Field(description="How many they are; those that are extensions are left out.")
    parked_seconds: int = Field(description="After these, a parked call comes back to who parked it.")
    pending: bool
    version: str = Field(description="Send it as `If-Match` with a change: 409 if somebody was faster.")


class SavedSettings(BaseModel):
    """Saved settings."""

    settings: SettingsView
    pending: PendingView


class ChangeView(BaseModel):
    """One difference, in words, and its parts for other languages. A code is `••••`, null is "nothing set".

    Revisions of the time before there were parts have path, kind and message only.
    """

    path: str
    kind: Literal["added", "removed", "changed"]
    message: str
    part: str = Field(default="", description="users, conferences, conference_server or settings.")
    id: str = ""
    field: str | None = None
    name: str = Field(default="", description="Of the entry, as it is now.")
    extension: str = ""
    old: str | int | bool | None = None
    new: str | int | bool | None = None
    consequence: str | None = Field(
        default=None, description="What it means for those who talk now, where somebody does."
    )
    consequence_id: str | None = Field(default=None, description="Stable name of the consequence.")
    consequence_count: int | None = Field(default=None, description="How many people, calls or phones.")


class DraftView(BaseModel):
    """The working draft."""

    base_revision: int
    version: int
    author: str
    time: float


class ConfigurationView(BaseModel):
    """What is applied, what is in the draft, and what stands between them."""

    base_revision: int = Field(description="What the draft stands on: send it to apply.")
    applied_revision: int
    draft: DraftView
    changes: list[ChangeView]
    problems: list[ProblemView]


class ApplyInput(_Input):
    """Apply the draft that was looked at: `base_revision` is what GET /api/configuration said."""

    base_revision: Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)]
    comment: Text = ""


class RevisionView(BaseModel):
    """An applied configuration."""

    number: int
    author: str
    time: float
    comment: str
    changes: list[ChangeView]


class DifferenceView(BaseModel):
    """What rolling back to a revision would change, and what would keep it from that."""

    revision: int
    applied_revision: int
    changes: list[ChangeView]
    problems: list[ProblemView]


class AppliedView(BaseModel):
    """What was applied; no changes: there was nothing to apply."""

    revision: int
    changes: list[ChangeView]


class DeviceInput(_Input):
    """A further device of a user."""

    label: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]


class ResetInput(_Input):
    """Which device gets a new secret; the user's first one unless named."""

    device_id: Text | None = None


class DeviceView(BaseModel):
    """A device that may register."""

    id: str
    user_id: str
    username: str
    label: str
    revoked: bool
    created_at: float
    changed_at: float
    kind: Literal["phone", "browser"] = "phone"
    expires_at: float | None = Field(default=None, description="Of a browser: unless it is renewed.")


class RegistrationView(BaseModel):
    """A device that can be reached now."""

    id: str
    user_id: str
    username: str
    device_id: str | None
    contact: str
    transport: str
    remote: str
    user_agent: str
    expires_at: float


class PartyView(BaseModel):
    """One end of a call."""

    extension: str
    name: str
    user_id: str | None


class CallView(BaseModel):
    """A call that is going on."""

    id: str
    state: str
    started_at: float
    answered_at: float | None
    caller: PartyView
    dialled: str
    callee: PartyView | None
    conference_id: str | None
    codec: str


class ParticipantView(BaseModel):
    """Somebody in a conference."""

    id: str
    extension: str
    name: str
    joined_at: float
    administrator: bool
    waiting: bool = Field(description="For the administrator, or in the lobby.")
    on_hold: bool
    talking: bool
    user_id: str | None = None
    device: Literal["browser", "phone", "guest"] = "phone"
    entrance: str = Field(default="extension", description="extension, server, invitation or link.")
    in_lobby: bool = False
    away: bool = Field(default=False, description="A browser whose page is gone; it may come back.")
    muted_by: str | None = Field(default=None, description="`self`, or who did it; null: not muted.")
    muted_firmly: bool = Field(default=False, description="He can not undo it before he is asked to speak.")
    unmute_requested_by: str | None = None
    hand_raised_at: float | None = None
    hears_db: float = 0.0
    says_db: float = 0.0
    noise_suppression: bool = False
    mos: float | None = Field(default=None, description="Mean opinion score, 1 to 4.5; null: not known.")
    guest: str | None = Field(default=None, description="Of somebody who came by a link: the visit's id.")


class ProblemSeenView(BaseModel):
    """Something refused, dropped or gone wrong."""

    kind: str
    subject: str
    text: str
    time: float
    count: int
    can_allow: bool = Field(description="POST /api/problems/allow lets the address in again.")
    allow: str = Field(
        description="Of a refused call outside: what POST /api/problems/allow-call allows; empty: nothing.",
        examples=["country/FR"],
    )
    code: str = Field(description="The sentence of `text`, for other languages; empty: none of ours.")
    values: dict[str, str] = Field(description="What stands in it; what is empty has a word of its own.")


class AllowInput(_Input):
    """An IP address that is kept out."""

    address: Annotated[str, Field(min_length=2, max_length=64)]


class AllowCallInput(_Input):
    """What a problem names in `allow`."""

    key: Annotated[str, Field(min_length=2, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")] = Field(
        examples=["country/FR"]
    )


class RoomRecordingView(BaseModel):
    """A recording that is being made."""

    since: float
    each: bool = Field(description="Every participant apart as well.")


class RoomInvitationView(BaseModel):
    """Somebody who is being called into a conference, or was."""

    id: str
    number: str
    name: str
    state: str = Field(description="ringing, answered, joined, refused, failed or cancelled.")
    reason: str
    at: float


class RoomHappeningView(BaseModel):
    """Something that was done in a conference: to whom, and by whom where that is somebody else."""

    at: float
    what: str = Field(
        description="muted, unmuted, hand, handDown, administrator, participant, locked, unlocked, recording "
        "or recorded."
    )
    name: str
    by: str


class RoomView(BaseModel):
    """A conference with somebody in it."""

    conference_id: str
    name: str
    extension: str | None
    waiting_for_administrator: bool
    participants: list[ParticipantView]
    state: Literal["waiting", "open", "ending"] = "open"
    locked: bool = False
    lobby: bool = False
    recording: RoomRecordingView | None = None
    meeting_id: str | None = None
    started_at: float | None = None
    invitations: list[RoomInvitationView] = []
    noise_suppression: bool = False
    max_participants: int | None = None
    happened: list[RoomHappeningView] = Field(
        default=[], description="The last hundred acts of this meeting; for who watches it and runs it."
    )


class CallRecordView(BaseModel):
    """A call of the past, or one going on (not ended)."""

    id: str
    journey: str
    kind: str
    direction: str
    state: CallState
    seconds: float | None = Field(description="How long it was talked; null while it goes on.")
    started_at: float
    answered_at: float | None
    ended_at: float | None
    dialled: str
    caller_extension: str | None
    caller_user: str | None
    caller_display: str | None
    callee_extension: str | None
    callee_user: str | None
    callee_display: str | None
    conference_id: str | None
    end_cause: str | None
    sip_status: int | None
    codec: str | None
    quality: list[dict[str, str | float | int]] = Field(
        description="One entry a leg: loss, jitter (ms), mos."
    )


class CallRecordPage(BaseModel):
    """Records, newest first; `next` is the `after` of the next page."""

    records: list[CallRecordView]
    next: str | None


class HealthCheckView(BaseModel):
    """One part of the system."""

    name: str
    ok: bool
    message: str


class HealthView(BaseModel):
    """`ok`, or `degraded` when some part does not work."""

    status: Literal["ok", "degraded"]
    version: str
    checks: list[HealthCheckView]


class AuditEntryView(BaseModel):
    """One act: who did what, when."""

    id: int
    time: float
    who: str
    action: str
    subject: str = Field(description="What was acted on: `conferences/<id>`, a login, an address.")
    detail: str


class AuditPage(BaseModel):
    """Acts, newest first; `next` is the `after` of the next page."""

    entries: list[AuditEntryView]
    next: int | None
