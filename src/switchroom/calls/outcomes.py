"""Calling people into conferences, merging and transferring calls: who asks, and why it is refused. Plain
values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from switchroom.directory.model import UserId

MERGED = "adhoc-"
"""What the id of a merged talk begins with."""
MOST_CALLS = 10
"""Of a merged talk."""


@dataclass(frozen=True, slots=True)
class Inviter:
    """Who invites: the name shown, who that is where he has an extension, whether he runs the conference."""

    name: str
    user: UserId | None = None
    moderator: bool = True


class InviteRefusal(StrEnum):
    """Why nobody is called; the API's `error_id`."""

    CONFERENCE_UNKNOWN = "conference-unknown"
    """Not in the applied configuration."""
    NUMBER_UNKNOWN = "number-unknown"
    EXTERNAL = "no-trunk"
    """A number outside, and there is no way there."""
    NOT_ALLOWED = "outside-not-allowed"
    """A number outside that who invites may not call."""
    EMERGENCY = "emergency-number"
    NOT_A_PERSON = "not-a-person"
    """A conference, the conference server, a feature code."""
    ALREADY_INSIDE = "already-inside"
    ALREADY_INVITED = "already-invited"
    TOO_MANY = "too-many-invitations"
    ROOM_FULL = "conference-full"
    ROOM_LOCKED = "conference-locked"
    """And who invites does not run it."""
    REMOVED = "removed-before"
    """He was removed a moment ago, and who invites does not run the conference."""
    BUSY = "system-busy"
    """The system is stopping, has no media worker, or has as many calls as it takes."""


class MergeRefusal(StrEnum):
    """Why calls stay apart; the API's `error_id`."""

    NO_CALL = "no-such-call"
    """Not there, or not one's own, which is the same."""
    SAME_CALL = "same-call"
    NOT_ANSWERED = "not-answered"
    NOT_A_TALK = "not-a-talk"
    """A conference, the echo test: no talk between two."""
    WITH_ONESELF = "with-oneself"
    MERGED_ALREADY = "merged-already"
    TOO_MANY = "too-many-calls"


class ClickRefusal(StrEnum):
    """Why nobody is called for who asks to be connected with a number; the API's `error_id`."""

    NUMBER_UNKNOWN = "number-unknown"
    NOT_ALLOWED = "not-allowed"
    COUNTRY_ASKED = "country-not-called-before"
    LIMIT_REACHED = "call-limit-reached"
    LINES_BUSY = "lines-busy"
    NO_TRUNK = "no-trunk"
    """A number outside, and there is no way there."""
    EMERGENCY = "emergency-number"
    NOT_A_PLACE = "not-a-place"
    """A code that does something, and leads to nobody."""
    WITH_ONESELF = "with-oneself"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    NO_PHONE = "phone-not-registered"
    """His own: none at all, or not the one that was named."""
    TOO_MANY = "too-many-calls"
    SYSTEM_BUSY = "system-busy"


class ClickStep(StrEnum):
    """How far it is with a call that somebody asked for."""

    PHONE = "phone-rings"
    """His own."""
    CALLING = "calling"
    TALKING = "talking"
    ENDED = "ended"


class ClickFailure(StrEnum):
    """Which step failed of such a call, and how."""

    PHONE_NO_ANSWER = "phone-no-answer"
    PHONE_REFUSED = "phone-refused"
    PHONE_UNREACHABLE = "phone-unreachable"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    NUMBER_UNKNOWN = "number-unknown"
    NOT_ALLOWED = "not-allowed"
    CANCELLED = "cancelled"
    """Who asked for it hung up."""
    FAILED = "failed"
    """Media, signalling, the end of the system."""


@dataclass(frozen=True, slots=True)
class Click:
    """A call that somebody asked for, and how it goes."""

    id: str
    number: str
    name: str
    """Of whom it is with, where that is known."""
    step: ClickStep
    failure: ClickFailure | None = None


class TransferRefusal(StrEnum):
    """Why a call stays where it is; the API's `error_id`."""

    NO_CALL = "no-such-call"
    """Not there, or not one's own, which is the same."""
    SAME_CALL = "same-call"
    NOT_ANSWERED = "not-answered"
    NOT_A_TALK = "not-a-talk"
    """A conference, the echo test: no talk between two."""
    WITH_ONESELF = "with-oneself"
    NUMBER_UNKNOWN = "number-unknown"
    NOT_ALLOWED = "not-allowed"
    """Who transfers may not call there."""
    EMERGENCY = "emergency-number"
    BUSY = "busy"
    """Who is to have the call is in another one and takes none beside it."""
    SAME_PERSON = "same-person"
    """The call is to be led to who is in it already."""
    NOT_A_PLACE = "not-a-place"
    """A feature code that no call can be led to."""
    ORBITS_TAKEN = "orbits-taken"
    """Calls are parked in all of them."""
    SYSTEM_BUSY = "system-busy"
