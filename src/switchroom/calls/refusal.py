"""A call that is refused with a spoken reason: early media in a 183, then the final code, so that nothing is
billed."""

from __future__ import annotations

from dataclasses import dataclass, field

from switchroom.calls.answering import prepared
from switchroom.calls.call import Closing, Facts, close
from switchroom.calls.change import replace
from switchroom.calls.commands import (
    Command,
    Commands,
    OpenRecord,
    RejectLeg,
    Say,
    SendProvisional,
    StartTimer,
)
from switchroom.calls.events import (
    CallEvent,
    HangUpOrdered,
    PortBound,
    PortRefused,
    TimerFired,
    WorkerLost,
)
from switchroom.calls.leg import Leg, NotAcceptable, bound, open_command
from switchroom.calls.records import CallKind, Cause
from switchroom.calls.values import Prompt, TimerName
from switchroom.media.types import LegFailed, OfLeg, PlayEnded, PlayId
from switchroom.sip.events import SessionCancelled, SessionEnded

SPEECH = TimerName("speech")
_LONGEST_SPEECH = 20.0


@dataclass(frozen=True, slots=True)
class Preparing:
    """The port for the announcement is awaited."""

    facts: Facts
    leg: Leg
    status: int
    prompts: tuple[Prompt, ...]
    cause: Cause


@dataclass(frozen=True, slots=True)
class Speaking:
    """The caller is being told."""

    facts: Facts
    leg: Leg
    status: int
    cause: Cause
    play: PlayId = field(default=PlayId(""))


State = Preparing | Speaking
Next = Preparing | Speaking | Closing | None


def start(
    facts: Facts,
    leg: Leg,
    offer: bytes | None,
    status: int,
    prompts: tuple[Prompt, ...],
    cause: Cause,
    now: float,
    *,
    open_record: bool = False,
    kind: CallKind = CallKind.REFUSED,
) -> tuple[Next, Commands]:
    """Refuse a call with `status` after saying `prompts`; at once when there is nothing to say or no way to
    say it."""
    facts = replace(facts, kind=kind)
    opening: tuple[Command, ...] = (OpenRecord(facts.record()),) if open_record else ()
    if prompts and offer is not None:
        try:
            leg = prepared(leg, offer)
        except NotAcceptable:
            pass
        else:
            return Preparing(facts, leg, status, prompts, cause), (*opening, open_command(leg))
    state, commands = close(facts, (), cause, now, status)
    return state, (*opening, RejectLeg(leg.id, status), *commands)


def handle(state: State, event: CallEvent, now: float) -> tuple[Next, Commands]:
    """One step of a refusal."""
    match event:
        case SessionCancelled() | SessionEnded():
            return close(state.facts, (state.leg,), state.cause, now, 487)
        case PortBound(leg, port, rtcp_port) if isinstance(state, Preparing) and leg == state.leg.id:
            placed = bound(state.leg, port, rtcp_port)
            play = PlayId(f"{placed.id}/refusal")
            return Speaking(state.facts, placed, state.status, state.cause, play), (
                SendProvisional(placed.id, 183, placed.sdp),
                Say(play, OfLeg(leg=placed.id), state.prompts, state.facts.language),
                StartTimer(SPEECH, _LONGEST_SPEECH),
            )
        case PlayEnded(play=play) if isinstance(state, Speaking) and play == state.play:
            return _refuse(state, state.status, state.cause, now)
        case TimerFired(timer="speech") | PortRefused() | LegFailed() | WorkerLost():
            return _refuse(state, state.status, state.cause, now)
        case HangUpOrdered():
            return _refuse(state, state.status, state.cause, now)
        case _:
            return state, ()


def _refuse(state: State, status: int, cause: Cause, now: float) -> tuple[Next, Commands]:
    following, commands = close(state.facts, (state.leg,), cause, now, status)
    # For our own pages: why, by its stable name.
    warning = f'399 switchroom "{cause.value}"'
    return following, (RejectLeg(state.leg.id, status, warning=warning), *commands)
