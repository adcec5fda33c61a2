"""What runs now, as plain data for the console, the API and `status`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import assert_never

from switchroom.calls import (
    bridge,
    click,
    conference,
    dial_in,
    echo,
    invite,
    mailbox,
    parking,
    refusal,
    ringing,
    setting,
    takeover,
    visit,
    voicemail,
)
from switchroom.calls.call import Closing, Facts
from switchroom.calls.leg import Leg
from switchroom.calls.minutes import Entrance, InvitationRecord, MeetingId
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
    | click.Called
    | visit.State
    | dial_in.State
    | echo.State
    | setting.State
    | voicemail.State
    | mailbox.State
    | parking.Parked
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
    echo, leaving-message, in-mailbox, refusing, ending."""

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
    room: RoomId | None = None
    """The merged talk that it is part of."""


@dataclass(frozen=True, slots=True)
class LiveParticipant:
    """Somebody in a room, or waiting for it. `device`: browser, phone or guest."""

    call: CallId
    leg: LegId
    party: Party
    joined_at: float
    administrator: bool
    waiting: bool
    on_hold: bool
    talking: bool
    device: str
    entrance: Entrance
    in_lobby: bool
    away: bool
    muted_by: str | None
    unmute_requested_by: str | None
    hand_raised_at: float | None
    hears_db: float
    says_db: float
    noise_suppression: bool
    mos: float | None
    """Opinion score; None: not known."""
    muted_firmly: bool = False
    """He can not undo it before he is asked to speak."""


@dataclass(frozen=True, slots=True)
class LiveRecording:
    """A recording that is being made. `each`: every participant apart as well."""

    since: float
    each: bool


@dataclass(frozen=True, slots=True)
class LiveRoom:
    """A room with somebody in it. `state`: waiting, open, ending."""

    id: RoomId
    conference_id: ConferenceId
    name: str
    extension: str | None
    state: str
    participants: tuple[LiveParticipant, ...]
    locked: bool
    lobby: bool
    recording: LiveRecording | None
    meeting_id: MeetingId | None
    started_at: float
    invitations: tuple[InvitationRecord, ...]
    noise_suppression: bool
    max_participants: int | None
    happened: tuple[conference.Happening, ...] = ()
    """What was done in this meeting, the latest last."""


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
        case (
            ringing.Preparing()
            | click.Called()
            | visit.Answering()
            | dial_in.Answering()
            | echo.Answering()
            | setting.Answering()
            | voicemail.Answering()
            | mailbox.Answering()
            | takeover.Preparing()
        ):
            return "calling"
        case ringing.Ringing() | invite.Preparing() | invite.Ringing():
            return "ringing"
        case visit.Welcoming():
            return "invited"
        case bridge.Confirming() | bridge.Talking():
            return "talking"
        case dial_in.AtServer() | visit.AtDesk() | visit.Naming() | visit.Entering():
            return "entering-code"
        case echo.Echoing():
            return "echo"
        case setting.Saving() | setting.Speaking():
            return "entering-code"
        case voicemail.Greeted() | voicemail.Recording() | voicemail.Reviewing():
            return "leaving-message"
        case mailbox.AtDoor() | mailbox.Inside():
            return "in-mailbox"
        case parking.Parked():
            return "parked"
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
        room=state.merged.room if isinstance(state, bridge.Talking) and state.merged is not None else None,
    )


_ROOM_STATES = {conference.Gathering: "waiting", conference.Meeting: "open", conference.Ending: "ending"}


def view_room(
    state: conference.State, talking: Set[LegId], quality: Mapping[LegId, float] | None = None
) -> LiveRoom:
    """A room as plain data."""
    configured, recorder = state.conference, state.recorder
    scores = quality or {}
    return LiveRoom(
        id=state.room,
        conference_id=configured.id,
        name=configured.name,
        extension=configured.extension,
        state=_ROOM_STATES[type(state)],
        participants=tuple(
            _view_member(state, member, member.leg in talking, scores.get(member.leg))
            for member in state.members.values()
        ),
        locked=state.locked,
        lobby=configured.lobby,
        recording=LiveRecording(recorder.since, recorder.each) if recorder is not None else None,
        meeting_id=state.meeting,
        started_at=state.started_at,
        invitations=tuple(state.invitations.values()),
        noise_suppression=state.noise,
        max_participants=configured.max_participants,
        happened=state.happened,
    )


def _view_member(
    state: conference.State, member: conference.Member, talking: bool, score: float | None
) -> LiveParticipant:
    kind = "guest" if member.party.guest is not None else "browser" if member.browser else "phone"
    return LiveParticipant(
        call=member.call,
        leg=member.leg,
        party=member.party,
        joined_at=member.joined_at,
        administrator=member.administrator,
        waiting=not member.inside,
        on_hold=member.held,
        talking=talking and member.inside and member.muted_by is None,
        device=kind,
        entrance=member.entrance,
        in_lobby=member.in_lobby,
        away=member.away,
        muted_by=member.muted_by,
        unmute_requested_by=member.unmute_requested_by,
        hand_raised_at=member.hand_at,
        hears_db=member.hears_db,
        says_db=member.says_db,
        noise_suppression=conference.suppresses(state, member),
        mos=score,
        muted_firmly=member.firm,
    )
