"""What runs now, as plain data for the console, the API and `status`."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import assert_never

from switchroom.calls import bridge, conference, echo, invite, refusal, ringing, takeover, visit
from switchroom.calls.call import Closing, Facts
from switchroom.calls.leg import Leg
from switchroom.calls.records import CallKind
from switchroom.calls.values import CallId, Party
from switchroom.directory.model import ConferenceId, DeviceId
from switchroom.media.types import LegId, RoomId
from switchroom.sip.events import DialogNames

CallState = (
    ringing.Preparing
    | ringing.Ringing
    | bridge.Confirming
    | bridge.Talking
    | invite.State
    | visit.State
    | echo.State
    | takeover.Preparing
    | refusal.State
    | Closing
)


@dataclass(frozen=True, slots=True)
class LiveLeg:
    """One phone in a call."""

    leg: LegId
    party: Party
    codec: str
    on_hold: bool
    device_id: DeviceId | None = None
    """The device that called or answered; of one that rings, the one that is rung."""
    browser: bool = False
    away: bool = False
    """A browser whose page is gone; the call is held for some seconds."""
    rung: bool = False
    """It is being rung."""
    dialog: DialogNames | None = None
    """Of a browser: what another page of the same user names in Replaces to take the call over."""


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A running call. `state`: calling, ringing, talking, entering-code, invited, waiting, in-conference,
    echo, refusing, ending."""

    id: CallId
    kind: CallKind
    state: str
    caller: Party
    dialled: str
    callee: Party | None
    conference_id: ConferenceId | None
    started_at: float
    answered_at: float | None
    legs: tuple[LiveLeg, ...]


@dataclass(frozen=True, slots=True)
class LiveParticipant:
    """Somebody in a room, or waiting for it."""

    call: CallId
    leg: LegId
    party: Party
    joined_at: float
    administrator: bool
    waiting: bool
    on_hold: bool
    talking: bool


@dataclass(frozen=True, slots=True)
class LiveRoom:
    """A room with somebody in it. `state`: waiting, open, ending."""

    id: RoomId
    conference_id: ConferenceId
    name: str
    extension: str
    state: str
    participants: tuple[LiveParticipant, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """The engine in figures."""

    calls: int
    legs: int
    rooms: int
    participants: int
    draining: bool
    media_ready: bool
    started: int
    """Calls since the start, refused ones included."""
    refused_busy: int
    """Calls refused with 503 because of load or a shutdown."""


def legs_of(state: CallState) -> tuple[Leg, ...]:
    """The legs a call has, the caller's first; none for a call that is over."""
    match state:
        case ringing.Preparing() | ringing.Ringing():
            return (state.caller, *(branch.leg for branch in state.branches))
        case invite.Preparing() | invite.Ringing():
            return tuple(branch.leg for branch in state.branches)
        case bridge.Confirming() | bridge.Talking():
            return (state.caller, state.callee)
        case Closing():
            return ()
        case _:
            return (state.leg,)


def facts_of(state: CallState) -> Facts:
    """What a call began with."""
    return state.facts


def state_name(state: CallState) -> str:
    """One word for the console."""
    match state:
        case ringing.Preparing() | visit.Answering() | echo.Answering() | takeover.Preparing():
            return "calling"
        case ringing.Ringing() | invite.Preparing() | invite.Ringing():
            return "ringing"
        case visit.Welcoming():
            return "invited"
        case bridge.Confirming() | bridge.Talking():
            return "talking"
        case visit.AtDesk() | visit.Entering():
            return "entering-code"
        case echo.Echoing():
            return "echo"
        case visit.Waiting():
            return "waiting"
        case visit.Inside():
            return "in-conference"
        case refusal.Preparing() | refusal.Speaking():
            return "refusing"
        case visit.Leaving() | Closing():
            return "ending"
        case _:
            assert_never(state)


_RINGING = (ringing.Preparing, ringing.Ringing, invite.Preparing, invite.Ringing)


def view_call(state: CallState, dialog: Callable[[LegId], DialogNames | None]) -> LiveCall:
    """A call as plain data. `dialog` tells the names of a leg's dialog, None while it has none."""
    facts = facts_of(state)
    away = state.away if isinstance(state, bridge.Talking) else frozenset[LegId]()
    legs = tuple(
        LiveLeg(
            leg.id,
            leg.party,
            leg.codec or "",
            leg.held,
            leg.party.device_id,
            leg.browser,
            leg.id in away,
            isinstance(state, _RINGING) and leg.id != facts.leg,
            dialog(leg.id) if leg.browser else None,
        )
        for leg in legs_of(state)
    )
    return LiveCall(
        id=facts.id,
        kind=facts.kind,
        state=state_name(state),
        caller=facts.caller,
        dialled=facts.dialled,
        callee=facts.callee,
        conference_id=facts.conference,
        started_at=facts.began,
        answered_at=facts.answered_at,
        legs=legs,
    )


_ROOM_STATES = {conference.Gathering: "waiting", conference.Meeting: "open", conference.Ending: "ending"}


def view_room(state: conference.State, talking: Set[LegId]) -> LiveRoom:
    """A room as plain data."""
    waiting = isinstance(state, conference.Gathering)
    participants = tuple(
        LiveParticipant(
            member.call,
            member.leg,
            member.party,
            member.joined_at,
            member.administrator,
            waiting,
            member.held,
            member.leg in talking,
        )
        for member in state.members.values()
    )
    configured = state.conference
    return LiveRoom(
        id=state.room,
        conference_id=configured.id,
        name=configured.name,
        extension=configured.extension or "",
        state=_ROOM_STATES[type(state)],
        participants=participants,
    )
