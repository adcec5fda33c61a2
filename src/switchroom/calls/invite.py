"""Calling somebody into a conference, until he answers; then it is a visit (S1-10, S1-11, G-05).

Who wants to call a number is called the same way, into no conference; when he answers, the number is (F-05).

The devices ring as they do for any call (`branches.py`), with nobody on the line meanwhile. What has become
of the invitation is read off the call's state after each step (`followed`), in one place for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from switchroom.calls import answers, branches, click, visit
from switchroom.calls.branches import (
    DECLINED_ELSEWHERE,
    ELSEWHERE,
    GAVE_UP,
    NO_ANSWER,
    Branches,
    branches_for,
    find,
)
from switchroom.calls.call import LONGEST, Closing, Facts, close
from switchroom.calls.change import replace
from switchroom.calls.commands import (
    AcceptLeg,
    Command,
    Commands,
    FinishRecord,
    HangUpLeg,
    Keep,
    KeepDialog,
    OpenRecord,
    RefuseOffer,
    StartTimer,
    StopTimer,
    TellRoom,
)
from switchroom.calls.events import (
    CallEvent,
    HangUpOrdered,
    LegReplaced,
    PortBound,
    PortRefused,
    TimerFired,
    WorkerLost,
)
from switchroom.calls.leg import Leg, NotAcceptable, open_command, set_command
from switchroom.calls.minutes import InvitationState
from switchroom.calls.records import Cause
from switchroom.calls.room_events import InvitationChanged
from switchroom.calls.values import Party, Ring, Target, TimerName
from switchroom.directory.model import Conference
from switchroom.media.types import CloseLeg, LegFailed, LegId
from switchroom.sip.events import (
    InviteAccepted,
    InviteProgress,
    InviteRejected,
    OfferReceived,
    SessionEnded,
)
from switchroom.sip.headers import Reason

if TYPE_CHECKING:
    from switchroom.calls.live import CallState

RING = TimerName("ring")
_REASONS = {
    Cause.CANCELLED: GAVE_UP,
    Cause.NO_ANSWER: NO_ANSWER,
    Cause.ANSWERED_ELSEWHERE: ELSEWHERE,
    Cause.DECLINED: DECLINED_ELSEWHERE,
    Cause.CONFERENCE_ENDED: (Reason("SIP", 487, "The conference has ended"),),
}
"""What a CANCEL says about why."""


@dataclass(frozen=True, slots=True)
class Preparing:
    """The ports are awaited. `shown` is who the phones say is calling."""

    facts: Facts
    conference: Conference | None
    """None: who answers called himself, to be connected with a number."""
    shown: Party
    branches: Branches
    awaited: frozenset[LegId]
    ring_seconds: float
    failures: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Ringing:
    """The devices ring."""

    facts: Facts
    conference: Conference | None
    shown: Party
    branches: Branches
    failures: tuple[int, ...] = ()


State = Preparing | Ringing
Next = State | visit.Welcoming | click.Called | Closing | None


def start(
    facts: Facts,
    conference: Conference | None,
    shown: Party,
    targets: tuple[Target, ...],
    ring_seconds: float,
    now: float,
    *,
    busy: bool = False,
) -> tuple[Next, Commands]:
    """Ring the devices of who is invited; `facts.invitation` is ringing. `busy`: he takes no second call.

    Without a conference: those of the caller.
    """
    opening: list[Command] = [OpenRecord(facts.record()), *_told(facts)]
    if busy or not targets:
        cause, status = (Cause.BUSY, 486) if busy else (Cause.UNREACHABLE, 480)
        state, commands = close(facts, (), cause, now, status)
        _, following = followed(facts, state, commands, now)
        return None, (*opening, *following)
    invited = facts.visitor if conference is not None else facts.caller
    rung = branches_for(facts, (Ring(invited, targets),))
    awaited = frozenset(branch.leg.id for branch in rung)
    opening += [open_command(branch.leg) for branch in rung]
    return Preparing(facts, conference, shown, rung, awaited, ring_seconds), tuple(opening)


def handle(state: State, event: CallEvent, now: float) -> tuple[Next, Commands]:
    """One step of an invitation that nobody has answered."""
    match event:
        case HangUpOrdered(cause):
            return _give_up(state, cause, now)
        case WorkerLost():
            return _give_up(state, Cause.MEDIA_FAILED, now)
        case PortRefused(leg) | LegFailed(leg=leg):
            return _failed(state, leg, 500, now, hang_up=isinstance(state, Ringing))
        case OfferReceived(session=leg):
            return state, (RefuseOffer(LegId(leg), 488),)
        case _:
            return _prepare(state, event) if isinstance(state, Preparing) else _ring(state, event, now)


def _prepare(state: Preparing, event: CallEvent) -> tuple[State, Commands]:
    match event:
        case PortBound(leg, port, rtcp_port):
            rung = branches.placed(state.branches, leg, port, rtcp_port)
            state = replace(state, awaited=state.awaited - {leg}, branches=rung)
            return _ring_all(state) if not state.awaited else (state, ())
        case _:
            return state, ()


def _ring_all(state: Preparing) -> tuple[Ringing, Commands]:
    rung = branches.offered(state.branches)
    ringing = Ringing(state.facts, state.conference, state.shown, rung, state.failures)
    invites = tuple(branches.invite(state.facts, branch, state.shown) for branch in rung)
    return ringing, (*invites, StartTimer(RING, state.ring_seconds))


def _ring(state: Ringing, event: CallEvent, now: float) -> tuple[Next, Commands]:
    match event:
        case InviteProgress(session=leg) if (branch := find(state.branches, LegId(leg))) is not None:
            rung = branches.swapped(state.branches, replace(branch, rings=True))
            return replace(state, branches=rung), ()
        case InviteAccepted(session=leg, sdp=sdp):
            return _accepted(state, LegId(leg), sdp, now)
        case InviteRejected(session=leg, status=status):
            return _failed(state, LegId(leg), status, now, hang_up=False)
        case SessionEnded(session=leg):
            return _failed(state, LegId(leg), 480, now, hang_up=False)
        case TimerFired(timer="ring"):
            return _give_up(state, Cause.NO_ANSWER, now)
        case PortBound(leg, port, rtcp_port):
            rung, again = branches.plain_placed(state.branches, leg, port, rtcp_port)
            if again is None:
                return state, ()
            return replace(state, branches=rung), (branches.invite(state.facts, again, state.shown),)
        case LegReplaced(old, leg) if find(state.branches, old) is not None:
            return _welcome(state, leg, (AcceptLeg(leg.id, leg.sdp),), now)
        case _:
            return state, ()


def _accepted(state: Ringing, leg_id: LegId, sdp: bytes | None, now: float) -> tuple[Next, Commands]:
    branch = find(state.branches, leg_id)
    if branch is None:
        return state, (HangUpLeg(leg_id),)
    try:
        leg = branches.agreed(branch.leg, sdp)
    except NotAcceptable:
        return _failed(state, leg_id, 488, now, hang_up=True)
    return _welcome(state, leg, (set_command(leg),), now)


def _welcome(state: Ringing, leg: Leg, connecting: Commands, now: float) -> tuple[Next, Commands]:
    """Somebody is there: the other devices stop, and he is told what it is about."""
    following: visit.Welcoming | click.Called
    if state.conference is None:
        facts = state.facts
        following, saying = click.answered(facts, leg)
    else:
        facts = replace(state.facts.answered(now, leg), callee=leg.party, leg=leg.id)
        following, saying = visit.invited(facts, leg, state.conference)
    others = branches.without(state.branches, leg.id)
    return following, (
        StopTimer(RING),
        *branches.stopped(others, ELSEWHERE),
        *connecting,
        StartTimer(LONGEST, facts.max_seconds),
        KeepDialog(leg.id),
        *saying,
    )


def _failed(state: State, leg_id: LegId, status: int, now: float, *, hang_up: bool) -> tuple[Next, Commands]:
    """A device will not answer. When it was the last one, or speaks for the person, that is the answer."""
    branch = find(state.branches, leg_id)
    if branch is None:
        return state, ()
    gone: list[Command] = [HangUpLeg(leg_id)] if hang_up else []
    gone.append(CloseLeg(leg=leg_id))
    if isinstance(state, Ringing) and not hang_up and branches.plain_wanted(branch, status):
        rung, commands = branches.offered_plain(state.facts, state.branches, branch)
        return replace(state, branches=rung), (*gone, *commands)
    if isinstance(state, Ringing) and not hang_up and branches.next_trunk(branch, status):
        rung, commands = branches.instead(state.facts, state.branches, branch)
        return replace(state, branches=rung), (*gone, *commands)
    remaining = branches.without(state.branches, leg_id)
    failures = (*state.failures, status)
    if not remaining or answers.ends_ringing(status):
        final = answers.best(failures)
        state = replace(state, branches=remaining, failures=failures)
        following, ending = _give_up(state, answers.cause(final), now, final)
        return following, (*gone, *ending)
    if isinstance(state, Preparing):
        state = replace(state, branches=remaining, failures=failures, awaited=state.awaited - {leg_id})
        if not state.awaited:
            ringing, ringing_commands = _ring_all(state)
            return ringing, (*gone, *ringing_commands)
        return state, tuple(gone)
    return replace(state, branches=remaining, failures=failures), tuple(gone)


def _give_up(
    state: State, cause: Cause, now: float, status: int | None = None
) -> tuple[Closing | None, Commands]:
    """Stop ringing and close everything."""
    reasons = _REASONS.get(cause, GAVE_UP)
    stopping: list[Command] = []
    if isinstance(state, Ringing):
        stopping = [HangUpLeg(branch.leg.id, reasons) for branch in state.branches]
    legs = tuple(branch.leg for branch in state.branches)
    following, commands = close(state.facts, legs, cause, now, status)
    return following, (*stopping, *commands)


# --- what has become of it ---------------------------------------------------------------------------------

FINAL = frozenset(
    {InvitationState.JOINED, InvitationState.REFUSED, InvitationState.FAILED, InvitationState.CANCELLED}
)
_BY_CAUSE = {
    Cause.ANSWERED_ELSEWHERE: InvitationState.JOINED,
    Cause.DECLINED: InvitationState.REFUSED,
    Cause.CALLEE_HUNG_UP: InvitationState.REFUSED,
    Cause.CANCELLED: InvitationState.CANCELLED,
    Cause.CONFERENCE_ENDED: InvitationState.CANCELLED,
}
"""Of a call that ended before anybody came in; all other causes are failures."""


def followed(
    before: Facts, state: CallState | None, commands: Commands, now: float
) -> tuple[CallState | None, Commands]:
    """After a step of a call that began as an invitation: its record as it is now, where that has changed."""
    record = before.invitation
    if record is None or record.state in FINAL:
        return state, commands
    reached, reason = _reached(state, commands)
    if reached is record.state:
        return state, commands
    ended = now if reached in FINAL else None
    facts = replace(
        before if state is None else state.facts,
        invitation=replace(record, state=reached, reason=reason, ended_at=ended),
    )
    if state is not None:
        state = replace(state, facts=facts)
    return state, (*commands, *_told(facts))


def _told(facts: Facts) -> Commands:
    """Keep the invitation's record, and tell the room."""
    record = facts.invitation
    if record is None:
        return ()
    return Keep(record), TellRoom(record.conference_id, InvitationChanged(record))


def _reached(state: CallState | None, commands: Commands) -> tuple[InvitationState, str]:
    match state:
        case Preparing() | Ringing():
            return InvitationState.RINGING, ""
        case visit.Waiting() | visit.Inside():
            return InvitationState.JOINED, ""
        case visit.Leaving(cause=cause):
            return _outcome(cause)
        case Closing(record=record):
            return _outcome(record.end_cause)
        case None:
            ended = (command.record for command in commands if isinstance(command, FinishRecord))
            return _outcome(next((record.end_cause for record in ended), None))
        case _:
            return InvitationState.ANSWERED, ""


def _outcome(cause: Cause | None) -> tuple[InvitationState, str]:
    cause = cause or Cause.INTERNAL_ERROR
    reached = _BY_CAUSE.get(cause, InvitationState.FAILED)
    return reached, "" if reached is InvitationState.JOINED else cause.value
