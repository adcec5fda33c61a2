"""Which reducer a call's state belongs to: the one door to all of them."""

from __future__ import annotations

from typing import assert_never

from switchroom.calls import (
    bridge,
    call,
    click,
    dial_in,
    echo,
    invite,
    mailbox,
    onward,
    parking,
    refusal,
    ringing,
    setting,
    takeover,
    visit,
    voicemail,
)
from switchroom.calls.commands import Commands
from switchroom.calls.events import CallEvent
from switchroom.calls.live import CallState
from switchroom.media.types import LegId


def handle(state: CallState, event: CallEvent, now: float) -> tuple[CallState | None, Commands]:
    """One step of a call; None when it is over and its record finished."""
    following, commands = _step(state, event, now)
    if state.facts.invitation is not None:
        return invite.followed(state.facts, following, commands, now)
    return following, commands


def _step(state: CallState, event: CallEvent, now: float) -> tuple[CallState | None, Commands]:
    match state:
        case bridge.Confirming() | bridge.Talking():
            return onward.dismissed(*bridge.handle(state, event, now))
        case (
            visit.Answering()
            | visit.AtDesk()
            | visit.Welcoming()
            | visit.Naming()
            | visit.Entering()
            | visit.Waiting()
            | visit.Inside()
            | visit.Leaving()
        ):
            return visit.handle(state, event, now)
        case ringing.Preparing() | ringing.Ringing():
            return onward.followed(*ringing.handle(state, event, now), now)
        case invite.Preparing() | invite.Ringing():
            return invite.handle(state, event, now)
        case click.Called():
            return click.handle(state, event, now)
        case refusal.Preparing() | refusal.Speaking():
            return refusal.handle(state, event, now)
        case echo.Answering() | echo.Echoing():
            return echo.handle(state, event, now)
        case dial_in.Answering() | dial_in.AtServer():
            return dial_in.handle(state, event, now)
        case setting.Answering() | setting.Saving() | setting.Speaking():
            return setting.handle(state, event, now)
        case voicemail.Answering() | voicemail.Greeted() | voicemail.Recording() | voicemail.Reviewing():
            return voicemail.handle(state, event, now)
        case mailbox.Answering() | mailbox.AtDoor() | mailbox.Inside():
            return mailbox.handle(state, event, now)
        case parking.Parked():
            return parking.handle(state, event, now)
        case takeover.Preparing():
            return takeover.handle(state, event, now)
        case call.Closing():
            return call.handle(state, event, now)
        case _:
            assert_never(state)


def replaceable(state: CallState, leg: LegId) -> bool:
    """Whether another device may take that leg's place now (`LegReplaced`)."""
    match state:
        case bridge.Talking():
            return state.leg(leg) is not None
        case (
            visit.AtDesk()
            | visit.Welcoming()
            | visit.Naming()
            | visit.Waiting()
            | visit.Inside()
            | dial_in.AtServer()
            | echo.Echoing()
            | parking.Parked()
        ):
            return state.leg.id == leg
        case ringing.Ringing(facts=facts) if facts.moved is not None and facts.leg == leg:
            return True
        case ringing.Ringing() | invite.Ringing():
            return any(branch.leg.id == leg for branch in state.branches)
        case _:
            return False
