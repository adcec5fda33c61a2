"""What is done to a room from outside: by moderators, by participants, by keypad. Frozen values.

`by` is the name shown of who did it; empty: the participant himself. `leg` is the participant's id. Who may
do what was asked before: the room itself refuses only what nobody may do.
"""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.calls.minutes import InvitationRecord
from switchroom.media.types import LegId


@dataclass(frozen=True, slots=True)
class MuteOrdered:
    """Mute a participant, or open his microphone again.

    Nobody opens another's microphone: ordered by somebody else, `muted=False` is `UnmuteRequested`.
    """

    leg: LegId
    muted: bool
    by: str = ""
    firm: bool = False
    """He can not undo it himself before a moderator asks him to speak."""


@dataclass(frozen=True, slots=True)
class UnmuteRequested:
    """Ask a participant to open his microphone."""

    leg: LegId
    by: str


@dataclass(frozen=True, slots=True)
class MuteAllOrdered:
    """Mute everybody but one (the moderator himself) and the other administrators."""

    by: str
    except_leg: LegId | None = None
    firm: bool = False


@dataclass(frozen=True, slots=True)
class LockOrdered:
    """Nobody new comes in, but administrators and who was there a moment ago; or open again."""

    locked: bool
    by: str


@dataclass(frozen=True, slots=True)
class HandRaised:
    """A participant wants to speak, or no longer does. `by`: a moderator lowered it."""

    leg: LegId
    up: bool
    by: str = ""


@dataclass(frozen=True, slots=True)
class AdmitOrdered:
    """Let somebody in who is in the lobby; None: all."""

    leg: LegId | None
    by: str


@dataclass(frozen=True, slots=True)
class RefuseOrdered:
    """Turn somebody away who is in the lobby."""

    leg: LegId
    by: str


@dataclass(frozen=True, slots=True)
class EjectOrdered:
    """Remove a participant. `block`: he can not come back at once."""

    leg: LegId
    by: str = ""
    block: bool = True


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Make a participant an administrator of this meeting, or no longer one."""

    leg: LegId
    administrator: bool
    by: str


@dataclass(frozen=True, slots=True)
class VolumeOrdered:
    """Change how loud a participant hears, and is heard: dB, bounded by the room; None leaves it."""

    leg: LegId
    hears_db: float | None = None
    says_db: float | None = None


@dataclass(frozen=True, slots=True)
class NoiseOrdered:
    """Suppress the noise around one participant, or around all (None) and those to come."""

    leg: LegId | None
    on: bool


@dataclass(frozen=True, slots=True)
class EndOrdered:
    """The meeting is over, for all."""

    by: str


@dataclass(frozen=True, slots=True)
class RecordOrdered:
    """Record the meeting, or stop. `each`: every participant apart as well; None: as configured.

    While it is recorded, `on` with `each` begins or ends the recordings of single participants.
    """

    on: bool
    by: str
    each: bool | None = None


@dataclass(frozen=True, slots=True)
class RollCallOrdered:
    """Tell one participant who is there: their names where they are known, and how many they are."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A participant pressed a key in the room."""

    leg: LegId
    digit: str


@dataclass(frozen=True, slots=True)
class InvitationChanged:
    """An invitation into this room began, or got further."""

    invitation: InvitationRecord


RoomAct = (
    MuteOrdered
    | UnmuteRequested
    | MuteAllOrdered
    | LockOrdered
    | HandRaised
    | AdmitOrdered
    | RefuseOrdered
    | EjectOrdered
    | HandedOver
    | VolumeOrdered
    | NoiseOrdered
    | EndOrdered
    | RecordOrdered
    | RollCallOrdered
    | KeyPressed
    | InvitationChanged
)

__all__ = [
    "AdmitOrdered",
    "EjectOrdered",
    "EndOrdered",
    "HandRaised",
    "HandedOver",
    "InvitationChanged",
    "KeyPressed",
    "LegId",
    "LockOrdered",
    "MuteAllOrdered",
    "MuteOrdered",
    "NoiseOrdered",
    "RecordOrdered",
    "RefuseOrdered",
    "RollCallOrdered",
    "RoomAct",
    "UnmuteRequested",
    "VolumeOrdered",
]
