"""Transfer: a call's two ends as the one sees them who moves it, and the call that two far ends make. Pure.

Each segment of what somebody goes through is a call with its own record; all have one journey (hard-parts,
signalling 8). Whoever transfers is out of it, and the two that are left are joined by the server.
"""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.calls import bridge, echo, ringing, visit
from switchroom.calls.browsers import GONE_SECONDS
from switchroom.calls.call import AWAY, LONGEST, Facts, Moved
from switchroom.calls.change import replace
from switchroom.calls.commands import Command, Commands, KeepDialog, OpenRecord, StartTimer
from switchroom.calls.leg import Leg
from switchroom.calls.live import CallState
from switchroom.calls.outcomes import TransferRefusal
from switchroom.calls.records import CallKind, Cause
from switchroom.calls.values import CallId, Refuse
from switchroom.directory.model import Conference, Snapshot, User, UserId
from switchroom.media.types import Connect, ToLeg


@dataclass(frozen=True, slots=True)
class Ends:
    """An answered call of two: `near` is the leg of who moves it, `far` the other one."""

    facts: Facts
    near: Leg
    far: Leg
    away: bool = False
    """The far one is a browser that has some seconds to come back."""


def ends(state: CallState | None, user: UserId) -> Ends | TransferRefusal:
    """The ends of a person's call; why he can not move it."""
    match state:
        case bridge.Talking(facts=facts, caller=caller, callee=callee, away=away):
            own = [leg for leg in (caller, callee) if leg.party.user_id == user]
            if len(own) != 1:
                return TransferRefusal.WITH_ONESELF if own else TransferRefusal.NO_CALL
            far = state.other(own[0].id)
            return Ends(facts, own[0], far, far.id in away)
        case ringing.Preparing() | ringing.Ringing() | bridge.Confirming():
            parties = (state.facts.caller, state.facts.callee)
            own_call = any(party is not None and party.user_id == user for party in parties)
            return TransferRefusal.NOT_ANSWERED if own_call else TransferRefusal.NO_CALL
        case (
            echo.Answering()
            | echo.Echoing()
            | visit.Answering()
            | visit.AtDesk()
            | visit.Welcoming()
            | visit.Naming()
            | visit.Entering()
            | visit.Waiting()
            | visit.Inside()
        ) if state.facts.visitor.user_id == user:
            return TransferRefusal.NOT_A_TALK
        case _:
            return TransferRefusal.NO_CALL


def follows(
    former: Facts,
    leg: Leg,
    dialled: str,
    call: CallId,
    seed: bytes,
    language: str,
    now: float,
    moved: Moved | None = None,
    *,
    outside: bool = False,
) -> Facts:
    """The facts of the next segment for a leg that was answered before; `seed`: 32 random bytes.

    `outside`: it leads to somebody outside. Whoever is outside himself goes on as he came in, or was called.
    """
    went_out = "outgoing" if outside else "internal"
    return Facts(
        id=call,
        journey=former.journey,
        kind=CallKind.CALL,
        began=now,
        caller=leg.party,
        dialled=dialled,
        leg=leg.id,
        seed=seed,
        direction=former.direction if leg.party.user_id is None else went_out,
        language=leg.party.language or language,
        max_seconds=former.max_seconds,
        max_forwards=former.max_forwards,
        codec=leg.codec or "",
        moved=moved,
        synthesis=former.synthesis,
    )


def joined(facts: Facts, first: Ends, second: Ends, now: float) -> tuple[bridge.Talking, Commands]:
    """The far ends of two calls talk with each other; `facts` are those of their call (`follows`)."""
    caller, callee = first.far, second.far
    facts = replace(facts.answered(now, caller), callee=callee.party)
    away = frozenset(end.far.id for end in (first, second) if end.away)
    state, music = bridge.settle(bridge.Talking(facts, caller, callee, away=away))
    commands: list[Command] = [
        OpenRecord(facts.record()),
        Connect(leg=caller.id, to=ToLeg(leg=callee.id)),
        *music,
        StartTimer(LONGEST, facts.max_seconds),
        *bridge.identified(caller, callee.party),
        *bridge.identified(callee, caller.party),
        KeepDialog(caller.id),
        KeepDialog(callee.id),
    ]
    if away:
        commands.append(StartTimer(AWAY, GONE_SECONDS))
    return state, tuple(commands)


def dialled_of(state: Ends) -> str:
    """By what number the far end was, or can be, reached."""
    return state.facts.dialled if state.far.id != state.facts.leg else state.far.party.extension


_REFUSED = {
    Cause.BUSY: TransferRefusal.BUSY,
    Cause.UNKNOWN_NUMBER: TransferRefusal.NUMBER_UNKNOWN,
    Cause.NOT_ALLOWED: TransferRefusal.NOT_ALLOWED,
}


def refused(last: Refuse) -> TransferRefusal:
    """What who transfers is told where a caller of that number would be refused."""
    return _REFUSED.get(last.cause, TransferRefusal.NUMBER_UNKNOWN)


def to_himself(snapshot: Snapshot, number: str, leg: Leg) -> bool:
    """Whether a number is that of who is to be led there."""
    found = snapshot.by_extension.get(number)
    if isinstance(found, User):
        return found.id == leg.party.user_id
    return leg.party.user_id is None and number == leg.party.extension


def waits(state: CallState, user: UserId) -> bool:
    """Whether it is a call of this person's that nobody has answered yet: half a consultation (D2-10)."""
    return isinstance(state, ringing.Preparing | ringing.Ringing) and state.facts.caller.user_id == user


def inside(state: CallState, user: UserId) -> Conference | None:
    """The conference that this person is in by that call."""
    if isinstance(state, visit.Inside) and state.facts.visitor.user_id == user:
        return state.conference
    return None
