"""The configuration as frozen values: what the call engine sees, one `Snapshot` a revision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Conference:
    """A conference room (S1-03; G-01)."""

    id: ConferenceId
    name: str
    extension: str
    access_code: str | None = None
    administrator: UserId | None = None
    wait_for_administrator: bool = False
    administrator_code: str | None = None
    """Entered in the access code's place, it makes any caller the administrator (G-04)."""
    end_when_administrator_leaves: bool = False
    tones: bool = True
    max_participants: int | None = None
    language: str | None = None


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


@dataclass(frozen=True)
class Snapshot:
    """One applied revision of the configuration. Immutable; calls keep the one they began with."""

    revision: RevisionNumber = RevisionNumber(0)
    settings: Settings = field(default_factory=Settings)
    users: Mapping[UserId, User] = field(default_factory=dict)
    conferences: Mapping[ConferenceId, Conference] = field(default_factory=dict)

    @cached_property
    def by_extension(self) -> Mapping[str, User | Conference]:
        """Whoever is reached by an extension."""
        found: dict[str, User | Conference] = {user.extension: user for user in self.users.values()}
        found.update({room.extension: room for room in self.conferences.values()})
        return found
