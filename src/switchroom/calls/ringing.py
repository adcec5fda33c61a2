"""A call to a user, until it is answered: all the user's devices ring together, the first answer wins."""

from __future__ import annotations

from dataclasses import dataclass, field

from switchroom.calls import answers, branches, bridge, refusal
from switchroom.calls.branches import (
    DECLINED_ELSEWHERE,
    ELSEWHERE,
    GAVE_UP,
    NO_ANSWER,
    Branch,
    branches_for,
    find,
)
from switchroom.calls.bridge import Confirming, Talking
from switchroom.calls.call import AWAY, LONGEST, Closing, Facts, close
from switchroom.calls.change import replace
from switchroom.calls.commands import (
    AcceptLeg,
    AnswerOffer,
    Command,
    Commands,
    HangUpLeg,
    KeepDialog,
    OpenRecord,
    RefuseOffer,
    RejectLeg,
    SendProvisional,
    StartTimer,
    StopTimer,
)
from switchroom.calls.events import (
    CallEvent,
    HangUpOrdered,
    LegAway,
    LegBack,
    LegReplaced,
    PortBound,
    PortRefused,
    TimerFired,
    WorkerLost,
)
from switchroom.calls.leg import (
    Leg,
    NotAcceptable,
    answered,
    bound,
    checked,
    codecs_offered,
    completed,
    offering,
    open_command,
    set_command,
)
from switchroom.calls.records import Cause
from switchroom.calls.values import Prompt, Target, TimerName
from switchroom.media.types import CloseLeg, CodecName, Connect, LegFailed, LegId, ToLeg
from switchroom.sip.events import (
    InviteAccepted,
    InviteProgress,
    InviteRejected,
    OfferReceived,
    SessionCancelled,
    SessionEnded,
)
from switchroom.sip.headers import Reason

RING = TimerName("ring")


@dataclass(frozen=True, slots=True)
class Preparing:
    """The ports of all legs are awaited."""

    facts: Facts
    caller: Leg
    offer: bytes | None = field(repr=False)
    """The caller's; None for a late offer."""
    branches: tuple[Branch, ...]
    awaited: frozenset[LegId]
    ring_seconds: float
    failures: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Ringing:
    """The devices ring."""

    facts: Facts
    caller: Leg
    offer: bytes | None = field(repr=False)
    branches: tuple[Branch, ...]
    """Those without a final answer."""
    single: bool
    """Only one device was rung, so that its early media may be heard."""
    told: int = 0
    """Highest provisional status the caller got."""
    early: bool = False
    """Early media is connected: the caller's answer is fixed."""
    failures: tuple[int, ...] = ()


State = Preparing | Ringing
Next = Preparing | Ringing | Confirming | Talking | refusal.State | Closing | None


def start(
    facts: Facts,
    caller: Leg,
    offer: bytes | None,
    targets: tuple[Target, ...],
    ring_seconds: float,
    now: float,
) -> tuple[Next, Commands]:
    """Ring the devices of `facts.callee`. `caller` is a leg without ports or media yet."""
    assert facts.callee is not None
    try:
        if offer is not None:
            caller = checked(caller, offer)
    except NotAcceptable as problem:
        return refuse_media(facts, caller, problem, now)
    opening: tuple[Command, ...] = (OpenRecord(facts.record()),)
    if not targets:
        told, commands = refusal.start(
            facts, caller, offer, 480, (Prompt.NOT_AVAILABLE,), Cause.UNREACHABLE, now
        )
        return told, opening + commands
    rung = branches_for(facts, targets)
    legs = (caller, *(branch.leg for branch in rung))
    state = Preparing(facts, caller, offer, rung, frozenset(leg.id for leg in legs), ring_seconds)
    return state, opening + tuple(open_command(leg) for leg in legs)


def refuse_media(
    facts: Facts, caller: Leg, problem: NotAcceptable, now: float
) -> tuple[Closing | None, Commands]:
    """Refuse a caller whose offer can not be used; its leg was not opened, nor its record."""
    state, commands = close(facts, (), Cause.INCOMPATIBLE_MEDIA, now, problem.status)
    refusing = RejectLeg(caller.id, problem.status, warning=warning_of(problem))
    return state, (OpenRecord(facts.record()), refusing, *commands)


def warning_of(problem: NotAcceptable) -> str:
    """The Warning header that says why a description is refused."""
    text = problem.warning.replace('"', "'").replace("\\", "/")
    return f'{problem.code} switchroom "{text}"'


def handle(state: State, event: CallEvent, now: float) -> tuple[Next, Commands]:
    """One step of an unanswered call."""
    match event:
        case SessionCancelled():
            return _give_up(state, Cause.CANCELLED, 487, GAVE_UP, now)
        case SessionEnded(session=leg) if LegId(leg) == state.caller.id:
            return _give_up(state, Cause.SIGNALLING_LOST, None, GAVE_UP, now)
        case HangUpOrdered(cause):
            return _refuse(state, 503 if cause is Cause.SHUTDOWN else 480, cause, GAVE_UP, now)
        case WorkerLost():
            return _refuse(state, 503, Cause.MEDIA_FAILED, GAVE_UP, now)
        case LegAway(leg, seconds) if leg == state.caller.id:
            return state, (StartTimer(AWAY, seconds),)
        case LegBack(leg) if leg == state.caller.id:
            return state, (StopTimer(AWAY),)
        case TimerFired(timer="away"):
            return _refuse(state, 480, Cause.SIGNALLING_LOST, GAVE_UP, now)
        case PortRefused(leg) | LegFailed(leg=leg) if leg == state.caller.id:
            return _refuse(state, 503, Cause.MEDIA_FAILED, GAVE_UP, now)
        case PortRefused(leg) | LegFailed(leg=leg):
            return _failed(state, leg, 500, now, hang_up=isinstance(state, Ringing))
        case _:
            return _prepare(state, event, now) if isinstance(state, Preparing) else _ring(state, event, now)


def _prepare(state: Preparing, event: CallEvent, now: float) -> tuple[Next, Commands]:
    match event:
        case PortBound(leg, port, rtcp_port):
            if leg == state.caller.id:
                state = replace(state, caller=bound(state.caller, port, rtcp_port))
            state = replace(
                state,
                awaited=state.awaited - {leg},
                branches=branches.placed(state.branches, leg, port, rtcp_port),
            )
            return _ring_all(state) if not state.awaited else (state, ())
        case OfferReceived(leg):
            return state, (RefuseOffer(LegId(leg), 488),)
        case _:
            return state, ()


def _ring_all(state: Preparing) -> tuple[Ringing, Commands]:
    codecs: tuple[CodecName, ...] = codecs_offered(state.offer) if state.offer is not None else ()
    rung = branches.offered(state.branches, codecs)
    ringing = Ringing(
        state.facts, state.caller, state.offer, rung, single=len(rung) == 1, failures=state.failures
    )
    invites = tuple(branches.invite(state.facts, branch, state.facts.caller) for branch in rung)
    return ringing, (*invites, StartTimer(RING, state.ring_seconds))


def _ring(state: Ringing, event: CallEvent, now: float) -> tuple[Next, Commands]:
    match event:
        case InviteProgress(session=leg, status=status, sdp=sdp):
            return _progress(state, LegId(leg), status, sdp)
        case InviteAccepted(session=leg, sdp=sdp):
            return _accepted(state, LegId(leg), sdp, now)
        case PortBound(leg, port, rtcp_port):
            return _plain_bound(state, leg, port, rtcp_port)
        case InviteRejected(session=leg, status=status):
            return _failed(state, LegId(leg), status, now, hang_up=False)
        case SessionEnded(session=leg):
            return _failed(state, LegId(leg), 480, now, hang_up=False)
        case TimerFired(timer="ring"):
            return _refuse(state, 480, Cause.NO_ANSWER, NO_ANSWER, now)
        case OfferReceived(session=leg, sdp=sdp):
            return _offered(state, LegId(leg), sdp)
        case LegReplaced(old, callee) if find(state.branches, old) is not None:
            return _picked_up(state, callee, now)
        case _:
            return state, ()


def _progress(state: Ringing, leg_id: LegId, status: int, sdp: bytes | None) -> tuple[Ringing, Commands]:
    """A device rings. Its early media is passed on only when it is alone (hard-parts, signalling 7)."""
    branch = find(state.branches, leg_id)
    if branch is None:
        return state, ()
    if sdp is not None:
        try:
            leg = completed(branch.leg, sdp)
        except NotAcceptable:
            leg = branch.leg
        state = replace(state, branches=branches.changed(state.branches, leg))
        if state.single and state.offer is not None and leg.media is not None:
            return _connect_early(state, leg, state.offer)
    if state.told or state.early:
        return state, ()
    return replace(state, told=180), (SendProvisional(state.caller.id, 180),)


def _connect_early(state: Ringing, leg: Leg, offer: bytes) -> tuple[Ringing, Commands]:
    if state.early:
        return state, (set_command(leg),)
    caller = answered(state.caller, offer, leg.codec)
    return replace(state, caller=caller, early=True, told=183), (
        set_command(leg),
        set_command(caller),
        Connect(leg=caller.id, to=ToLeg(leg=leg.id)),
        SendProvisional(caller.id, 183, caller.sdp),
    )


def _offered(state: Ringing, leg_id: LegId, sdp: bytes | None) -> tuple[Ringing, Commands]:
    """An UPDATE before the answer: early media moves. Only a leg that has agreed something can ask."""
    branch = find(state.branches, leg_id)
    leg = branch.leg if branch is not None else state.caller
    if sdp is None or leg.id != leg_id or leg.media is None:
        return state, (RefuseOffer(leg_id, 488),)
    try:
        leg = answered(leg, sdp, leg.codec)
    except NotAcceptable as problem:
        return state, (RefuseOffer(leg_id, problem.status),)
    if branch is None:
        state = replace(state, caller=leg)
    else:
        state = replace(state, branches=branches.changed(state.branches, leg))
    return state, (AnswerOffer(leg_id, leg.sdp), set_command(leg))


def _accepted(state: Ringing, leg_id: LegId, sdp: bytes | None, now: float) -> tuple[Next, Commands]:
    """Somebody answered: the others stop ringing, and the caller is answered with the callee's codec
    preferred."""
    branch = find(state.branches, leg_id)
    if branch is None:
        return state, (HangUpLeg(leg_id),)
    try:
        callee = branches.agreed(branch.leg, sdp)
    except NotAcceptable:
        return _failed(state, leg_id, 488, now, hang_up=True)
    commands = [*_stop_others(state, leg_id), set_command(callee)]
    return _connected(state, callee, commands, now, joined=state.early)


def _picked_up(state: Ringing, callee: Leg, now: float) -> tuple[Next, Commands]:
    """The same user takes the call at another device than those that ring (RFC 3891 §3)."""
    commands = [*_stop_others(state, callee.id), AcceptLeg(callee.id, callee.sdp)]
    return _connected(state, callee, commands, now, joined=False)


def _stop_others(state: Ringing, answered_by: LegId) -> list[Command]:
    others = branches.without(state.branches, answered_by)
    return [StopTimer(RING), *branches.stopped(others, ELSEWHERE)]


def _connected(
    state: Ringing, callee: Leg, commands: list[Command], now: float, *, joined: bool
) -> tuple[Next, Commands]:
    """Answer the caller with the callee's codec preferred. `joined`: early media connects them already."""
    if state.offer is None:
        caller = offering(state.caller, (callee.codec,) if callee.codec else ())
        return Confirming(state.facts, caller, callee), (*commands, AcceptLeg(caller.id, caller.sdp))
    caller = state.caller if state.early else answered(state.caller, state.offer, callee.codec)
    facts = replace(state.facts.answered(now, caller), callee=callee.party)
    if not state.early:
        commands.append(set_command(caller))
    if not joined:
        commands.append(Connect(leg=caller.id, to=ToLeg(leg=callee.id)))
    commands += [
        AcceptLeg(caller.id, caller.sdp),
        StartTimer(LONGEST, facts.max_seconds),
        KeepDialog(callee.id),
    ]
    talking, more = bridge.settle(Talking(facts, caller, callee))
    return talking, (*commands, *more)


def _failed(state: State, leg_id: LegId, status: int, now: float, *, hang_up: bool) -> tuple[Next, Commands]:
    """A device will not answer. When it was the last one, or speaks for the person, the caller is told."""
    branch = find(state.branches, leg_id)
    if branch is None:
        return state, ()
    gone: list[Command] = [HangUpLeg(leg_id)] if hang_up else []
    gone.append(CloseLeg(leg=leg_id))
    if isinstance(state, Ringing) and status in answers.INCOMPATIBLE and branch.target.srtp and not hang_up:
        rung, commands = branches.offered_plain(state.facts, state.branches, branch)
        return replace(state, branches=rung), (*gone, *commands)
    remaining = branches.without(state.branches, leg_id)
    failures = (*state.failures, status)
    if not remaining or answers.ends_ringing(status):
        final = answers.best(failures)
        state = replace(state, branches=remaining, failures=failures)
        following, commands = _refuse(state, final, answers.cause(final), DECLINED_ELSEWHERE, now)
        return following, (*gone, *commands)
    if isinstance(state, Preparing):
        state = replace(state, branches=remaining, failures=failures, awaited=state.awaited - {leg_id})
        if not state.awaited:
            ringing, commands = _ring_all(state)
            return ringing, (*gone, *commands)
        return state, tuple(gone)
    return replace(state, branches=remaining, failures=failures), tuple(gone)


def _plain_bound(state: Ringing, leg_id: LegId, port: int, rtcp_port: int) -> tuple[Ringing, Commands]:
    codecs = codecs_offered(state.offer) if state.offer is not None else ()
    rung, branch = branches.plain_placed(state.branches, leg_id, port, rtcp_port, codecs)
    if branch is None:
        return state, ()
    return replace(state, branches=rung), (branches.invite(state.facts, branch, state.facts.caller),)


def _refuse(
    state: State, status: int, cause: Cause, reasons: tuple[Reason, ...], now: float
) -> tuple[Next, Commands]:
    following, commands = _give_up(state, cause, status, reasons, now)
    return following, (RejectLeg(state.caller.id, status), *commands)


def _give_up(
    state: State, cause: Cause, status: int | None, reasons: tuple[Reason, ...], now: float
) -> tuple[Next, Commands]:
    """Stop ringing and close everything; the caller's leg needs no answer (any more)."""
    stopping: list[Command] = []
    if isinstance(state, Ringing):
        stopping = [HangUpLeg(branch.leg.id, reasons) for branch in state.branches]
    legs = (state.caller, *(branch.leg for branch in state.branches))
    following, commands = close(state.facts, legs, cause, now, status)
    return following, (*stopping, *commands)
