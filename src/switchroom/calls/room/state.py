"""A room as a value: who is in it, who waits, who may come back, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from switchroom.calls.change import replace
from switchroom.calls.commands import Command
from switchroom.calls.minutes import Entrance, InvitationId, InvitationRecord, MeetingId
from switchroom.calls.recording import Recorder
from switchroom.calls.values import CallId, Party, SoundFile, TimerName, Words
from switchroom.directory.model import Conference
from switchroom.media.types import Connect, LegId, RoomId, ToRoom

SELF = "self"
"""Who muted a participant, where nobody else did."""

ENDING = TimerName("ending")
LONE = TimerName("lone")
LONE_END = TimerName("lone-end")
LONGEST = TimerName("longest")
LONGEST_END = TimerName("longest-end")
RETURN = TimerName("return")
NOTE = TimerName("note")


@dataclass(frozen=True, slots=True)
class Typed:
    """Digits of a code, and when the last key was pressed."""

    digits: str
    at: float


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in the room, in its lobby, or waiting for its administrator.

    `ready`: the dialog is confirmed, so that he hears us. `entered_at`: in the room itself, None: he waits.
    """

    call: CallId
    leg: LegId
    party: Party
    language: str
    joined_at: float
    administrator: bool = False
    held: bool = False
    ready: bool = False
    entered_at: float | None = None
    in_lobby: bool = False
    """He waits until a moderator lets him in."""
    attendance: str = ""
    """The id of his attendance in the minutes."""
    entrance: Entrance = Entrance.EXTENSION
    browser: bool = False
    away: bool = False
    """A browser whose page is gone."""
    muted_by: str | None = None
    """`SELF`, or who did it; None: not muted."""
    firm: bool = False
    """Muted until a moderator asks him to speak."""
    unmute_requested_by: str | None = None
    hand_at: float | None = None
    hears_db: float = 0.0
    says_db: float = 0.0
    noise: bool | None = None
    """Noise suppression; None: as the room."""
    star_at: float | None = None
    """When `*` was pressed, and its key is awaited."""
    typed: Typed | None = None
    """The administrator's code, as far as he keyed it."""
    talk_seconds: float = 0.0
    talking_since: float | None = None
    noted_seconds: float = 0.0
    """The talk time that the minutes have, at least."""
    name: SoundFile | None = None
    """His name as he said it at the door."""

    @property
    def inside(self) -> bool:
        """In the room itself."""
        return self.entered_at is not None


Members = Mapping[LegId, Member]
NOBODY: Members = MappingProxyType({})


class What(StrEnum):
    """What was done in a meeting."""

    MUTED = "muted"
    UNMUTED = "unmuted"
    HAND = "hand"
    HAND_DOWN = "handDown"
    ADMINISTRATOR = "administrator"
    PARTICIPANT = "participant"
    """Somebody is no administrator any more."""
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    RECORDING = "recording"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that was done: to whom, and by whom where that is somebody else."""

    at: float
    what: What
    name: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Absent:
    """Somebody who left without a goodbye, as he was; until then he comes back as such."""

    member: Member
    until: float


@dataclass(frozen=True, slots=True)
class Block:
    """Somebody who was sent away and can not come back before `until`; `strict`: not even into the lobby."""

    until: float
    strict: bool


@dataclass(frozen=True, slots=True)
class _Room:
    """What there is in every state. Keys of `absent` and `blocked` are of `identity` and `mark`."""

    room: RoomId
    conference: Conference
    members: Members = field(default_factory=lambda: NOBODY)
    meeting: MeetingId | None = None
    started_at: float = 0.0
    """When the first came, into the waiting place too."""
    opened_at: float | None = None
    """When the first entered the room itself."""
    emptied_at: float | None = None
    """When the last left, who may come back."""
    locked: bool = False
    noise: bool = False
    absent: Mapping[str, Absent] = field(default_factory=lambda: MappingProxyType({}))
    blocked: Mapping[str, Block] = field(default_factory=lambda: MappingProxyType({}))
    invitations: Mapping[InvitationId, InvitationRecord] = field(default_factory=lambda: MappingProxyType({}))
    recorder: Recorder | None = None
    happened: tuple[Happening, ...] = ()
    """What was done in this meeting lately."""
    alone: LegId | None = None
    """Who is being told that he is the only one."""
    plays: int = 0
    """Players of the whole room so far."""
    last_tone: float = -1.0
    noting: bool = False
    """Somebody has talked since the minutes were written: they are soon written again."""
    announcing: bool = False
    """A name is being said to all."""
    announcements: tuple[tuple[Words, ...], ...] = ()
    """What is to be said after it."""


@dataclass(frozen=True, slots=True)
class Gathering(_Room):
    """The administrator is awaited (G-04): everybody hears music and nobody anybody."""


@dataclass(frozen=True, slots=True)
class Meeting(_Room):
    """The room is open: who is not in the lobby is in it."""


@dataclass(frozen=True, slots=True)
class Ending(_Room):
    """It is being announced that the meeting is over."""


State = Gathering | Meeting | Ending
Kind = TypeVar("Kind", bound=Gathering | Meeting | Ending)
_NAMES = tuple(one.name for one in fields(_Room))


def becoming(kind: type[Kind], state: State) -> Kind:
    """The same room in another state."""
    return kind(**{name: getattr(state, name) for name in _NAMES})


def identity(party: Party) -> str | None:
    """By what somebody is known again; None: an unknown caller."""
    if party.user_id is not None:
        return f"user {party.user_id}"
    return f"guest {party.guest}" if party.guest is not None else None


def mark(party: Party) -> str:
    """By what somebody who was removed is kept out."""
    return identity(party) or f"number {party.extension}"


def said(member: Member, now: float) -> float:
    """How long a member has talked, what he is saying now included."""
    running = 0.0 if member.talking_since is None else max(0.0, now - member.talking_since)
    return member.talk_seconds + running


def talking(member: Member, talks: bool, now: float) -> Member:
    """A member began to talk, or ceased; muted or on hold he says nothing to anybody."""
    if member.talking_since is not None:
        member = replace(member, talk_seconds=said(member, now), talking_since=None)
    heard = talks and member.inside and member.muted_by is None and not member.held
    return replace(member, talking_since=now) if heard else member


def changed(state: Kind, member: Member) -> Kind:
    """With a member added, or as he is now."""
    return replace(state, members=MappingProxyType({**state.members, member.leg: member}))


def without(state: Kind, leg: LegId) -> Kind:
    """With a member gone."""
    kept = {key: member for key, member in state.members.items() if key != leg}
    return replace(state, members=MappingProxyType(kept))


def those_inside(state: State) -> list[Member]:
    """The members in the room itself."""
    return [member for member in state.members.values() if member.entered_at is not None]


def led(members: Iterable[Member]) -> bool:
    """Whether an administrator is among them."""
    return any(member.administrator for member in members)


def seats_taken(state: State) -> int:
    """How many count towards the limit: all but those in the lobby. Who is being rung is no member yet."""
    return sum(not member.in_lobby for member in state.members.values())


def suppresses(state: State, member: Member) -> bool:
    """Whether noise around a member is suppressed."""
    return state.noise if member.noise is None else member.noise


def join(state: State, member: Member) -> Command:
    """Connect a member to the room, as he is heard and hears now."""
    return Connect(
        leg=member.leg,
        to=ToRoom(
            room=state.room,
            muted=member.held or member.muted_by is not None,
            gain=member.says_db,
            listen_gain=member.hears_db,
            noise_suppression=suppresses(state, member),
        ),
    )
