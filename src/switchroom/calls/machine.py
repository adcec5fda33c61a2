"""Which reducer a call's state belongs to: the one door to all of them."""

from __future__ import annotations

from typing import assert_never

from switchroom.calls import bridge, call, refusal, ringing, visit
from switchroom.calls.commands import Commands
from switchroom.calls.events import CallEvent
from switchroom.calls.live import CallState


def handle(state: CallState, event: CallEvent, now: float) -> tuple[CallState | None, Commands]:
    """One step of a call; None when it is over and its record finished."""
    match state:
        case bridge.Confirming() | bridge.Talking():
            return bridge.handle(state, event, now)
        case (
            visit.Answering()
            | visit.AtDesk()
            | visit.Entering()
            | visit.Waiting()
            | visit.Inside()
            | visit.Leaving()
        ):
            return visit.handle(state, event, now)
        case ringing.Preparing() | ringing.Ringing():
            return ringing.handle(state, event, now)
        case refusal.Preparing() | refusal.Speaking():
            return refusal.handle(state, event, now)
        case call.Closing():
            return call.handle(state, event, now)
        case _:
            assert_never(state)
