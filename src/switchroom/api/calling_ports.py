"""What the API needs of call control: invitations into conferences, calls that are merged or transferred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from switchroom.api.ports import LiveInvitation
from switchroom.calls.outcomes import (
    Click,
    ClickRefusal,
    Inviter,
    InviteRefusal,
    MergeRefusal,
    TransferRefusal,
)


@dataclass(frozen=True, slots=True)
class MergedCalls:
    """Calls of one person that are one talk now."""

    room: str
    calls: Sequence[str]


class Inviting(Protocol):
    """Calls people into conferences. Nothing here waits."""

    def invite(self, conference_id: str, number: str, by: Inviter) -> LiveInvitation | InviteRefusal:
        """Call somebody."""

    def invitations(self, conference_id: str) -> Sequence[LiveInvitation]:
        """Those that ring, and what has become of the others lately."""

    def cancel(self, conference_id: str, invitation_id: str) -> bool:
        """Stop calling; False when there is no open invitation of this id."""


class Merging(Protocol):
    """Joins the calls of one person, and parts them. Nothing here waits."""

    def merge(self, user_id: str, calls: Sequence[str]) -> MergedCalls | MergeRefusal:
        """Make one talk of calls: ids of calls, Call-IDs of their dialogs, or the id of such a talk."""

    def split(self, user_id: str, room: str) -> bool:
        """Part a merged talk into its calls; False when the person has none of this id."""

    def end(self, user_id: str, room: str) -> bool:
        """Hang up on everybody in a merged talk; False when the person has none of this id."""


class Transferring(Protocol):
    """Leads the calls of one person to others. Nothing here waits."""

    def transfer(self, user_id: str, call: str, number: str) -> TransferRefusal | None:
        """Lead a call, by its id or the Call-ID of its dialog, to a number; None: it is on its way."""

    def complete(self, user_id: str, call: str, other: str) -> TransferRefusal | None:
        """Join the other ends of two calls; None: it is done."""


class Clicking(Protocol):
    """Connects people with numbers that they ask for: their own phones ring first. Nothing here waits."""

    def click(self, user_id: str, number: str, device: str | None) -> Click | ClickRefusal:
        """Begin. `device`: an id, `browser`, `desk`; None: all phones of his."""

    def clicked(self, user_id: str, call_id: str) -> Click | None:
        """How it goes; None: he asked for none of this id."""

    def cancel_click(self, user_id: str, call_id: str) -> bool:
        """Hang up; False when he asked for none of this id, or it is over."""


class Calling(Inviting, Merging, Transferring, Clicking, Protocol):
    """All of it."""


class NobodyToCall:
    """A system without calls: for the command line and for tests."""

    def invite(self, conference_id: str, number: str, by: Inviter) -> LiveInvitation | InviteRefusal:
        """Nobody can be called."""
        return InviteRefusal.BUSY

    def invitations(self, conference_id: str) -> Sequence[LiveInvitation]:
        """None."""
        return ()

    def cancel(self, conference_id: str, invitation_id: str) -> Literal[False]:
        """There is none."""
        return False

    def merge(self, user_id: str, calls: Sequence[str]) -> MergedCalls | MergeRefusal:
        """There is none."""
        return MergeRefusal.NO_CALL

    def split(self, user_id: str, room: str) -> Literal[False]:
        """There is none."""
        return False

    def end(self, user_id: str, room: str) -> Literal[False]:
        """There is none."""
        return False

    def click(self, user_id: str, number: str, device: str | None) -> ClickRefusal:
        """Nobody can be called."""
        return ClickRefusal.SYSTEM_BUSY

    def clicked(self, user_id: str, call_id: str) -> None:
        """There is none."""

    def cancel_click(self, user_id: str, call_id: str) -> Literal[False]:
        """There is none."""
        return False

    def transfer(self, user_id: str, call: str, number: str) -> TransferRefusal | None:
        """There is none."""
        return TransferRefusal.NO_CALL

    def complete(self, user_id: str, call: str, other: str) -> TransferRefusal | None:
        """There is none."""
        return TransferRefusal.NO_CALL
