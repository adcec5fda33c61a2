"""The configuration as frozen values: what the call engine sees, one `Snapshot` a revision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from switchroom.directory.ids import ConferenceId as ConferenceId
from switchroom.directory.ids import DeviceId as DeviceId
from switchroom.directory.ids import GroupId, MailboxId, NumberId, RingGroupId, TrunkId
from switchroom.directory.ids import RevisionNumber as RevisionNumber
from switchroom.directory.ids import UserId as UserId
from switchroom.directory.outside import (
    CallRights,
    IncomingNumber,
    Mailbox,
    OutgoingRule,
    RingGroup,
    Schedule,
    Trunk,
    UserGroup,
)

LANGUAGES = ("en", "fr", "it")
_NONE_YET = RevisionNumber(0)


@dataclass(frozen=True, slots=True)
class User:
    """A person with an extension."""

    id: UserId
    extension: str
    name: str
    email: str | None = None
    language: str | None = None
    """Of prompts and screens; None is the system's."""
    call_waiting: bool = True
    """False: a second call while one is running finds the user busy."""
    ring_seconds: int | None = None
    """How long this user's devices ring before "no answer"; None is the system's."""
    voicemail: bool = False
    """There is a mailbox by the user's id (B7-01)."""
    mobile: str | None = None
    """E.164: an alternative number (B3-02)."""
    outgoing_number: NumberId | None = None
    """What is shown to people outside; None: the system's default (B9-02)."""
    rights: CallRights = field(default_factory=CallRights)
    """His own; those of his groups come on top."""
    concurrent_outside: int | None = None
    """Calls outside at once; this and the next four: None is the system's."""
    calls_per_hour: int | None = None
    calls_per_day: int | None = None
    minutes_per_hour: int | None = None
    minutes_per_day: int | None = None


class Recording(StrEnum):
    """Whether a conference's meetings are recorded."""

    OFF = "off"
    ON_REQUEST = "on_request"
    ALWAYS = "always"


class NameAnnouncement(StrEnum):
    """How who enters is announced to those inside."""

    NONE = "none"
    RECORDED = "recorded"
    """Everybody says the own name at the door."""
    SPOKEN = "spoken"
    """The name as the system knows it, by speech synthesis."""


@dataclass(frozen=True, slots=True)
class Conference:
    """A conference room (S1-03, S3-03; G-01). It has an extension, or a conference ID, or both."""

    id: ConferenceId
    name: str
    extension: str | None = None
    """Dialled directly; None: it is reached by the conference server only."""
    access_code: str | None = None
    administrator: UserId | None = None
    wait_for_administrator: bool = False
    administrator_code: str | None = None
    """Entered in the access code's place, it makes any caller the administrator (G-04)."""
    end_when_administrator_leaves: bool = False
    tones: bool = True
    max_participants: int | None = None
    language: str | None = None
    dial_in_id: str | None = None
    """The conference ID that callers of the conference server key (S3-03)."""
    lobby: bool = False
    """Who comes waits until a moderator lets him in."""
    links_skip_code: bool = False
    """A guest's link stands for the access code (S1-15)."""
    recording: Recording = Recording.ON_REQUEST
    record_participants: bool = False
    """Each participant apart, too."""
    names: NameAnnouncement = NameAnnouncement.NONE
    announce_count: bool = False
    """Who enters is told how many are there."""
    noise_suppression: bool = False
    max_minutes: int | None = None
    """A meeting ends after this long; None: no limit."""
    lone_minutes: int | None = 60
    """Who is alone this long is hung up on; None: never."""
    confirm_invitees: bool = False
    """Invited people outside press 1 before they are in."""
    tones_always: bool = False
    """Tones do not stop above ten people."""
    hold_music: str | None = None
    """The piece that who waits or is alone hears (B8-05); None: the system's."""


@dataclass(frozen=True, slots=True)
class ConferenceServer:
    """One extension for many rooms: it asks for the conference ID, then the code (S3-01; G-01, G-02)."""

    extension: str
    max_rooms: int = 10
    """Conferences that may have a conference ID at once (S3-09)."""
    max_participants: int = 10
    """What a conference is limited to when it is given a conference ID (S3-10)."""
    language: str | None = None
    """Of its prompts, before it is known which conference is meant; None: the caller's, the system's."""


@dataclass(frozen=True, slots=True)
class Settings:
    """System-wide configuration that is part of a revision."""

    name: str = "Switchroom"
    country: str = "US"
    """ISO 3166 code: emergency numbers, tones, number plan."""
    language: str = "en"
    ring_seconds: int = 30
    max_call_seconds: int = 4 * 3600
    """A call is ended after this long."""
    time_zone: str = "UTC"
    """IANA name: what day it is, in exports and for whoever looks at a call record."""
    recording_days: int | None = None
    """Recordings are deleted after so many days; None: never."""
    default_number: NumberId | None = None
    """What calls outside show (B9-01)."""
    outgoing_rules: tuple[OutgoingRule, ...] = ()
    """By where the call goes (B9-03); the longest prefix wins."""
    rules_override_users: bool = False
    """The rules hold for users with a number of their own, too."""
    concurrent_outside: int = 3
    """Calls outside of one user at once."""
    calls_per_hour: int | None = 60
    """Of one user, as the next three; None: no limit."""
    calls_per_day: int | None = 300
    minutes_per_hour: int | None = None
    minutes_per_day: int | None = 600
    night: Schedule | None = None
    night_countries: tuple[str, ...] = ()
    """International calls lead only to these at night."""
    new_country_asks: bool = True
    """An administrator is asked before the first call to a country."""
    hold_music: str | None = None
    """Id of an uploaded file; None: the one that is delivered."""
    emergency_callback: NumberId | None = None
    """What emergency calls show."""
    emergency_notice: tuple[str, ...] = ()
    """Mail addresses that are told of an emergency call."""
    first_orbit: str = "851"
    """Where calls are parked: this number, and those that follow."""
    orbits: int = 9
    parked_seconds: int = 120
    """After these a parked call comes back to who parked it."""


Reached = User | Conference | ConferenceServer | RingGroup | Mailbox
"""What has an extension."""


@dataclass(frozen=True)
class Snapshot:
    """One applied revision of the configuration. Immutable; calls keep the one they began with."""

    revision: RevisionNumber = _NONE_YET
    settings: Settings = field(default_factory=Settings)
    users: Mapping[UserId, User] = field(default_factory=dict)
    conferences: Mapping[ConferenceId, Conference] = field(default_factory=dict)
    conference_server: ConferenceServer | None = None
    trunks: Mapping[TrunkId, Trunk] = field(default_factory=dict)
    numbers: Mapping[NumberId, IncomingNumber] = field(default_factory=dict)
    ring_groups: Mapping[RingGroupId, RingGroup] = field(default_factory=dict)
    groups: Mapping[GroupId, UserGroup] = field(default_factory=dict)
    mailboxes: Mapping[MailboxId, Mailbox] = field(default_factory=dict)
    """Entries only: `mailbox()` knows those that users have without one."""

    @cached_property
    def by_extension(self) -> Mapping[str, Reached]:
        """Whoever is reached by an extension."""
        found: dict[str, Reached] = {user.extension: user for user in self.users.values()}
        found.update({room.extension: room for room in self.conferences.values() if room.extension})
        found.update({group.extension: group for group in self.ring_groups.values()})
        found.update({box.extension: box for box in self.mailboxes.values() if box.extension})
        if self.conference_server is not None:
            found[self.conference_server.extension] = self.conference_server
        return found

    @cached_property
    def orbits(self) -> tuple[str, ...]:
        """Where calls are parked: the numbers of the settings that are nobody's extension."""
        first, digits = int(self.settings.first_orbit), len(self.settings.first_orbit)
        numbers = (f"{number:0{digits}}" for number in range(first, first + self.settings.orbits))
        return tuple(number for number in numbers if number not in self.by_extension)

    @cached_property
    def by_dial_in_id(self) -> Mapping[str, Conference]:
        """The rooms of the conference server, by conference ID."""
        return {room.dial_in_id: room for room in self.conferences.values() if room.dial_in_id}

    @cached_property
    def by_number(self) -> Mapping[str, IncomingNumber]:
        """The incoming numbers by E.164."""
        return {number.e164: number for number in self.numbers.values()}

    @cached_property
    def groups_of(self) -> Mapping[UserId, tuple[UserGroup, ...]]:
        """The groups of each user who is in any."""
        found: dict[UserId, tuple[UserGroup, ...]] = {}
        for group in self.groups.values():
            for member in group.members:
                found[member] = (*found.get(member, ()), group)
        return found

    @cached_property
    def _rights(self) -> dict[UserId, CallRights]:
        return {}

    def rights_of(self, user: User) -> CallRights:
        """Where a user may call: his own rights and those of his groups."""
        found = self._rights.get(user.id)
        if found is None:
            found = user.rights
            for group in self.groups_of.get(user.id, ()):
                found |= group.rights
            self._rights[user.id] = found
        return found

    def has_mailbox(self, box_id: str) -> bool:
        """Whether there is a mailbox of that id, or a user of that id who has one."""
        user = self.users.get(UserId(box_id))
        if user is not None:
            return user.voicemail
        entry = self.mailboxes.get(MailboxId(box_id))
        return entry is not None and (entry.user is None or entry.user in self.users)

    def mailbox(self, box_id: str) -> Mailbox | None:
        """A mailbox by its id, or the box of the user of that id; None: there is none, or no longer."""
        if not self.has_mailbox(box_id):
            return None
        user = self.users.get(UserId(box_id))
        entry = self.mailboxes.get(MailboxId(box_id))
        if user is None:
            return entry
        box = entry or Mailbox(MailboxId(user.id), user.name, user=user.id)
        return replace(box, email=box.email or user.email, language=box.language or user.language)
