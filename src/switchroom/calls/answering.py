"""A caller whom the system answers itself, in the echo test, at a desk, in a conference: from the port to the
end."""

from __future__ import annotations

from dataclasses import Field
from typing import Any, ClassVar, Protocol, TypeVar

from switchroom.calls.bridge import REASONS
from switchroom.calls.call import AWAY, LONGEST, Closing, Facts, cause_of_end, close
from switchroom.calls.change import replace
from switchroom.calls.commands import (
    AcceptLeg,
    AnswerOffer,
    Commands,
    HangUpLeg,
    KeepDialog,
    RefuseOffer,
    RejectLeg,
    StartTimer,
    StopTimer,
)
from switchroom.calls.events import (
    CallEvent,
    HangUpOrdered,
    LegAway,
    LegBack,
    PortBound,
    PortRefused,
    TimerFired,
    WorkerLost,
)
from switchroom.calls.leg import Leg, NotAcceptable, answered, bound, completed, offering, set_command
from switchroom.calls.records import Cause
from switchroom.media.types import LegFailed, MediaLost
from switchroom.sip.events import AnswerReceived, OfferReceived, SessionCancelled, SessionEnded
from switchroom.sip.headers import Reason


def prepared(leg: Leg, offer: bytes | None) -> Leg:
    """With the answer to the caller's offer, where there is one; one that early media has fixed stays. Raises
    NotAcceptable."""
    return leg if offer is None or leg.media is not None else answered(leg, offer)


def accepted(facts: Facts, leg: Leg, event: PortBound, now: float) -> tuple[Facts, Leg, Commands]:
    """The port is there: answer, with an offer of ours if the caller made none."""
    leg = bound(leg, event.port, event.rtcp_port)
    if leg.media is None:
        leg = offering(leg)
    facts = facts.answered(now, leg)
    return facts, leg, (AcceptLeg(leg.id, leg.sdp), StartTimer(LONGEST, facts.max_seconds))


def confirmed(facts: Facts, leg: Leg, sdp: bytes | None) -> tuple[Facts, Leg, Commands]:
    """The ACK is here: what we say can be heard. Raises NotAcceptable for its answer to an offer of ours."""
    if leg.media is not None:
        return facts, leg, (KeepDialog(leg.id),)
    leg = replace(completed(leg, sdp or b""), offer=None)
    return replace(facts, codec=leg.codec or ""), leg, (set_command(leg), KeepDialog(leg.id))


def negotiated(leg: Leg, event: OfferReceived | AnswerReceived) -> tuple[Leg, Commands]:
    """Hold, resume, another codec: a re-INVITE or UPDATE is answered, or ours was. The same leg where
    an offer was not accepted; whose offer was, is not away."""
    if isinstance(event, OfferReceived) and event.sdp is None:
        leg = offering(leg, (leg.codec,) if leg.codec else ())
        return leg, (AnswerOffer(leg.id, leg.sdp),)
    if isinstance(event, AnswerReceived):
        try:
            leg = replace(completed(leg, event.sdp), offer=None)
        except NotAcceptable:
            return replace(leg, offer=None), ()
        return leg, (set_command(leg), KeepDialog(leg.id))
    try:
        leg = answered(leg, event.sdp or b"", leg.codec)
    except NotAcceptable as problem:
        return leg, (RefuseOffer(leg.id, problem.status),)
    return leg, (AnswerOffer(leg.id, leg.sdp), set_command(leg), StopTimer(AWAY), KeepDialog(leg.id))


def why_over(event: CallEvent, leg: Leg) -> Cause | None:
    """Why an event of ours ends the call; None: it does not."""
    match event:
        case HangUpOrdered(cause):
            return cause
        case TimerFired(timer="away"):
            return Cause.SIGNALLING_LOST
        case MediaLost() if not leg.held:
            return Cause.MEDIA_TIMEOUT
        case WorkerLost() | LegFailed() | PortRefused():
            return Cause.MEDIA_FAILED
        case _:
            return None


class Answered(Protocol):
    """The state of such a call: a dataclass with these."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def facts(self) -> Facts: ...

    @property
    def leg(self) -> Leg: ...


S = TypeVar("S", bound=Answered)


def over_or_away(state: S, event: CallEvent, now: float) -> tuple[S | Closing | None, Commands] | None:
    """What is the same in every state: how the call ends, and a browser that is away; None: nothing of it."""
    match event:
        case SessionCancelled():
            return close(state.facts, (state.leg,), Cause.CANCELLED, now, 487)
        case SessionEnded(cause=ended):
            return close(state.facts, (state.leg,), cause_of_end(ended, by_caller=True), now)
        case LegAway(_, seconds):
            return state, (StartTimer(AWAY, seconds),)
        case LegBack():
            return state, (StopTimer(AWAY),)
    cause = why_over(event, state.leg)
    return None if cause is None else end(state.facts, state.leg, cause, now)


def accepting(state: S, event: CallEvent, now: float) -> tuple[S, Commands]:
    """A step before the ACK, but for the ACK itself (`confirmed`)."""
    match event:
        case PortBound():
            facts, leg, commands = accepted(state.facts, state.leg, event, now)
            return replace(state, facts=facts, leg=leg), commands
        case OfferReceived():
            return state, (RefuseOffer(state.leg.id, 488),)
        case _:
            return state, ()


def hang_up(leg: Leg, cause: Cause, *reasons: Reason) -> Commands:
    """End the session: BYE with the reason, or 503 where it is not answered yet."""
    if leg.port:
        return (HangUpLeg(leg.id, (*REASONS.get(cause, ()), *reasons)),)
    return (RejectLeg(leg.id, 503),)


def end(facts: Facts, leg: Leg, cause: Cause, now: float) -> tuple[Closing | None, Commands]:
    """Hang up, and end the call."""
    following, commands = close(facts, (leg,), cause, now, None if leg.port else 503)
    return following, (*hang_up(leg, cause), *commands)
