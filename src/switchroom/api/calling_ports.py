"""What the API needs of call control to call people: invitations into conferences, calls that are merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from switchroom.api.ports import LiveInvitation

MERGED = "adhoc-"
"""What the id of a merged talk begins with."""


class NotInvited(StrEnum):
    """Why nobody is called; the `error_id` of the refusal."""

    CONFERENCE_UNKNOWN = "conference-unknown"
    NUMBER_UNKNOWN = "number-unknown"
    EXTERNAL = "no-trunk"
    EMERGENCY = "emergency-number"
    NOT_A_PERSON = "not-a-person"
    ALREADY_INSIDE = "already-inside"
    ALREADY_INVITED = "already-invited"
    TOO_MANY = "too-many-invitations"
    ROOM_FULL = "conference-full"
    ROOM_LOCKED = "conference-locked"
    REMOVED = "removed-before"
    BUSY = "system-busy"


@dataclass(frozen=True, slots=True)
class InvitedBy:
    """Who invites: the name shown, who that is where he has an extension, whether he runs the conference."""

    name: str
    user_id: str | None
    moderator: bool


class NotMerged(StrEnum):
    """Why calls stay apart; the `error_id` of the refusal."""

    NO_CALL = "no-such-call"
    """Not there, or not one's own, which is the same."""
    SAME_CALL = "same-call"
    NOT_ANSWERED = "not-answered"
    NOT_A_TALK = "not-a-talk"
    """A conference, the echo test: no talk between two."""
    WITH_ONESELF = "with-oneself"
    MERGED_ALREADY = "merged-already"
    TOO_MANY = "too-many-calls"


@dataclass(frozen=True, slots=True)
class MergedCalls:
    """Calls of one person that are one talk now."""

    room: str
    calls: Sequence[str]


class Inviting(Protocol):
    """Calls people into conferences. Nothing here waits."""

    def invite(self, conference_id: str, number: str, by: InvitedBy) -> LiveInvitation | NotInvited:
        """Call somebody."""

    def invitations(self, conference_id: str) -> Sequence[LiveInvitation]:
        """Those that ring, and what has become of the others lately."""

    def cancel(self, conference_id: str, invitation_id: str) -> bool:
        """Stop calling; False when there is no open invitation of this id."""


class Merging(Protocol):
    """Joins the calls of one person, and parts them. Nothing here waits."""

    def merge(self, user_id: str, calls: Sequence[str]) -> MergedCalls | NotMerged:
        """Make one talk of calls: ids of calls, Call-IDs of their dialogs, or the id of such a talk."""

    def split(self, user_id: str, room: str) -> bool:
        """Part a merged talk into its calls; False when the person has none of this id."""

    def end(self, user_id: str, room: str) -> bool:
        """Hang up on everybody in a merged talk; False when the person has none of this id."""


class Calling(Inviting, Merging, Protocol):
    """Both."""


class NobodyToCall:
    """A system without calls: for the command line and for tests."""

    def invite(self, conference_id: str, number: str, by: InvitedBy) -> LiveInvitation | NotInvited:
        """Nobody can be called."""
        return NotInvited.BUSY

    def invitations(self, conference_id: str) -> Sequence[LiveInvitation]:
        """None."""
        return ()

    def cancel(self, conference_id: str, invitation_id: str) -> Literal[False]:
        """There is none."""
        return False

    def merge(self, user_id: str, calls: Sequence[str]) -> MergedCalls | NotMerged:
        """There is none."""
        return NotMerged.NO_CALL

    def split(self, user_id: str, room: str) -> Literal[False]:
        """There is none."""
        return False

    def end(self, user_id: str, room: str) -> Literal[False]:
        """There is none."""
        return False
