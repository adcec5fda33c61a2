"""A device takes a call over from another one of the same user: INVITE with Replaces (RFC 3891).

The INVITE is a call of its own only until its port is known. Then its leg goes into the other call, in the
place of the one it replaces, within one turn; a call that ended meanwhile refuses it.
"""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.calls.call import Facts
from switchroom.calls.commands import Absorb, Commands, RejectLeg
from switchroom.calls.events import CallEvent, HangUpOrdered, PortBound, PortRefused, WorkerLost
from switchroom.calls.leg import Leg, NotAcceptable, answered, bound, open_command
from switchroom.calls.ringing import warning_of
from switchroom.media.types import CloseLeg, CodecName, LegFailed, LegId
from switchroom.sip.events import SessionCancelled, SessionEnded

ENDED = 603
"""Answers an INVITE that replaces what is over (§3)."""


@dataclass(frozen=True, slots=True)
class Preparing:
    """The port of the new leg is awaited; its answer is made."""

    facts: Facts
    leg: Leg
    old: LegId


Next = Preparing | None


def start(
    facts: Facts, leg: Leg, offer: bytes | None, old: LegId, prefer: CodecName | None
) -> tuple[Next, Commands]:
    """Begin to take the place of `old`, preferably with the codec in use there. `leg` has no ports yet."""
    if offer is None:
        return None, (RejectLeg(leg.id, 488, warning='399 switchroom "Replaces needs an offer"'),)
    try:
        leg = answered(leg, offer, prefer)
    except NotAcceptable as problem:
        return None, (RejectLeg(leg.id, problem.status, warning=warning_of(problem)),)
    return Preparing(facts, leg, old), (open_command(leg),)


def handle(state: Preparing, event: CallEvent, now: float) -> tuple[Next, Commands]:
    """One step of a take-over; nothing of it is recorded."""
    leg = state.leg
    match event:
        case PortBound(_, port, rtcp_port):
            return None, (Absorb(state.old, bound(leg, port, rtcp_port)),)
        case SessionCancelled() | SessionEnded():
            return None, (CloseLeg(leg=leg.id),)
        case PortRefused() | LegFailed() | WorkerLost() | HangUpOrdered():
            return None, (RejectLeg(leg.id, 503), CloseLeg(leg=leg.id))
        case _:
            return state, ()
