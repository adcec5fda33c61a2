"""`Calling` over call control."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from switchroom.api.calling_ports import MergedCalls
from switchroom.api.ports import LiveInvitation
from switchroom.calls.outcomes import (
    Click,
    ClickRefusal,
    Inviter,
    InviteRefusal,
    MergeRefusal,
    TransferRefusal,
)
from switchroom.calls.ports import InvitationId
from switchroom.directory import ConferenceId, UserId

if TYPE_CHECKING:  # only their shapes are needed here
    from switchroom.calls.ports import CallingOut, InvitationRecord


class RunningCalling:
    """Implements `Calling`."""

    def __init__(self, engine: CallingOut) -> None:
        self._engine = engine

    def invite(self, conference_id: str, number: str, by: Inviter) -> LiveInvitation | InviteRefusal:
        """Call somebody."""
        made = self._engine.invite(ConferenceId(conference_id), number, by)
        return made if isinstance(made, InviteRefusal) else invitation_view(made)

    def invitations(self, conference_id: str) -> Sequence[LiveInvitation]:
        """Those that ring, and what has become of the others lately."""
        return [invitation_view(found) for found in self._engine.invitations(ConferenceId(conference_id))]

    def cancel(self, conference_id: str, invitation_id: str) -> bool:
        """Stop calling."""
        return self._engine.cancel_invitation(ConferenceId(conference_id), InvitationId(invitation_id))

    def merge(self, user_id: str, calls: Sequence[str]) -> MergedCalls | MergeRefusal:
        """Make one talk of calls."""
        made = self._engine.merge(UserId(user_id), calls)
        if isinstance(made, MergeRefusal):
            return made
        talk = self._engine.talk(UserId(user_id), made.room)
        return MergedCalls(made.room, talk.calls if talk is not None else made.calls)

    def split(self, user_id: str, room: str) -> bool:
        """Part a merged talk into its calls."""
        return self._engine.split(UserId(user_id), room)

    def end(self, user_id: str, room: str) -> bool:
        """Hang up on everybody in a merged talk."""
        return self._engine.end_talk(UserId(user_id), room)

    def transfer(self, user_id: str, call: str, number: str) -> TransferRefusal | None:
        """Lead a call to a number."""
        return self._engine.moving.transfer(UserId(user_id), call, number)

    def complete(self, user_id: str, call: str, other: str) -> TransferRefusal | None:
        """Join the other ends of two calls."""
        return self._engine.moving.complete(UserId(user_id), call, other)

    def click(self, user_id: str, number: str, device: str | None) -> Click | ClickRefusal:
        """Connect somebody with a number."""
        return self._engine.clicking.call(UserId(user_id), number, device)

    def clicked(self, user_id: str, call_id: str) -> Click | None:
        """How that goes."""
        return self._engine.clicking.get(UserId(user_id), call_id)

    def cancel_click(self, user_id: str, call_id: str) -> bool:
        """Hang up."""
        return self._engine.clicking.cancel(UserId(user_id), call_id)


def invitation_view(record: InvitationRecord) -> LiveInvitation:
    """An invitation as the API shows it."""
    return LiveInvitation(
        id=record.id,
        number=record.number,
        name=record.name,
        state=record.state.value,
        reason=record.reason,
        at=record.ended_at or record.at,
    )
