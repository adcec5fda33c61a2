"""The configuration as frozen values: what the call engine sees, one `Snapshot` a revision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NewType

UserId = NewType("UserId", str)
ConferenceId = NewType("ConferenceId", str)
DeviceId = NewType("DeviceId", str)
RevisionNumber = NewType("RevisionNumber", int)

LANGUAGES = ("en", "fr", "it")


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


@dataclass(frozen=True)
class Snapshot:
    """One applied revision of the configuration. Immutable; calls keep the one they began with."""

    revision: RevisionNumber = RevisionNumber(0)
    settings: Settings = field(default_factory=Settings)
    users: Mapping[UserId, User] = field(default_factory=dict)
    conferences: Mapping[ConferenceId, Conference] = field(default_factory=dict)
    conference_server: ConferenceServer | None = None

    @cached_property
    def by_extension(self) -> Mapping[str, User | Conference | ConferenceServer]:
        """Whoever is reached by an extension."""
        found: dict[str, User | Conference | ConferenceServer] = {
            user.extension: user for user in self.users.values()
        }
        found.update({room.extension: room for room in self.conferences.values() if room.extension})
        if self.conference_server is not None:
            found[self.conference_server.extension] = self.conference_server
        return found

    @cached_property
    def by_dial_in_id(self) -> Mapping[str, Conference]:
        """The rooms of the conference server, by conference ID."""
        return {room.dial_in_id: room for room in self.conferences.values() if room.dial_in_id}
