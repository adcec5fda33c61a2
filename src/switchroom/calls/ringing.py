"""A call that looks for somebody, until one answers: the steps of its hunt in turn (ADR 0050).

All targets of a step ring together, the first answer wins. A step that is over stops ringing before the
next one begins; an answer that crosses that belongs to nobody any more and is hung up. What a hunt ends with,
where nobody was found, is another machine's: `HandedOn` (`onward.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from switchroom.calls import answers, branches, bridge, info, refusal
from switchroom.calls.branches import (
    DECLINED_ELSEWHERE,
    ELSEWHERE,
    GAVE_UP,
    NO_ANSWER,
    Branch,
    Branches,
    branches_for,
    find,
)
from switchroom.calls.bridge import Confirming, Talking, music_of
from switchroom.calls.call import AWAY, LONGEST, REPLACED, Closing, Facts, Moved, cause_of_end, close
from switchroom.calls.change import replace
from switchroom.calls.commands import (
    AcceptLeg,
    AnswerOffer,
    Command,
    Commands,
    FindTargets,
    HangUpLeg,
    KeepDialog,
    Occupy,
    OpenRecord,
    PlayMusic,
    RefuseOffer,
    RejectLeg,
    Say,
    SendProvisional,
    StartTimer,
    StopTimer,
    TellReferrer,
)
from switchroom.calls.events import (
    CallEvent,
    HangUpOrdered,
    LegAway,
    LegBack,
    LegReplaced,
    PortBound,
    PortRefused,
    Redirected,
    TargetsFound,
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
from switchroom.calls.values import Hunt, Last, Prompt, Refuse, Ring, TimerName
from switchroom.media.types import (
    CloseLeg,
    CodecName,
    Connect,
    DtmfReceived,
    LegFailed,
    LegId,
    OfLeg,
    PlayId,
    StopPlay,
    ToLeg,
)
from switchroom.sip.events import (
    EndCause,
    InfoReceived,
    InviteAccepted,
    InviteProgress,
    InviteRejected,
    OfferReceived,
    SessionCancelled,
    SessionEnded,
)
from switchroom.sip.headers import Reason

RING = TimerName("ring")
_KEY = "key/"
"""Begins the name of the timer of somebody who is asked to press 1."""
KEY_SECONDS = 15.0
"""From the answer on, the words included."""
_NOBODY = Refuse(480, Cause.UNREACHABLE, (Prompt.NOT_AVAILABLE,))


@dataclass(frozen=True, slots=True)
class Preparing:
    """The ports of the caller and of the first step are awaited."""

    facts: Facts
    caller: Leg
    offer: bytes | None = field(repr=False)
    """The caller's; None for a late offer."""
    branches: tuple[Branch, ...]
    awaited: frozenset[LegId]
    hunt: Hunt
    """The first step is the one that is being prepared."""
    failures: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Ringing:
    """The devices of a step ring."""

    facts: Facts
    caller: Leg
    offer: bytes | None = field(repr=False)
    branches: tuple[Branch, ...]
    """Those without a final answer."""
    single: bool
    """Only one device is rung, so that its early media may be heard."""
    told: int = 0
    """Highest provisional status the caller got."""
    early: LegId | None = None
    """Whose early media was connected last: the caller's answer is fixed."""
    failures: tuple[int, ...] = ()
    """Final answers in the steps of this hunt so far."""
    hunt: Hunt = field(default_factory=lambda: Hunt(()))
    """The first step is the one that rings."""
    rung: int = 0
    """How many branches the call has had."""
    unanswered: bool = False
    """A step of this hunt rang until its time was over."""
    before: tuple[int, Cause] | None = None
    """What the hunt had come to that led to this one; None: this is the first."""
    music: bool = False
    """The caller, whose phone makes no ringing sound of its own any more, hears music."""
    redirected: frozenset[str] = frozenset()
    """The extensions whose phones sent the call on."""


@dataclass(frozen=True, slots=True)
class HandedOn:
    """Nobody was found: something else goes on with the caller, who has ports where anybody was rung."""

    facts: Facts
    caller: Leg
    offer: bytes | None = field(repr=False)
    last: Last


State = Preparing | Ringing
Next = Preparing | Ringing | Confirming | Talking | refusal.State | HandedOn | Closing | None


def start(
    facts: Facts,
    caller: Leg,
    offer: bytes | None,
    hunt: Hunt,
    now: float,
) -> tuple[Next, Commands]:
    """Look for somebody who answers. `caller` is a leg without ports or media yet; of the first step, the
    targets are known (`reach.reached`)."""
    try:
        if offer is not None:
            caller = checked(caller, offer)
    except NotAcceptable as problem:
        return refuse_media(facts, caller, problem, now)
    found = _following(hunt, busy=False)
    if found is None and facts.moved is not None:
        return HandedOn(facts, caller, None, _NOBODY), (OpenRecord(facts.record()),)
    if found is None:
        told, commands = refusal.start(
            facts, caller, offer, 480, (Prompt.NOT_AVAILABLE,), Cause.UNREACHABLE, now
        )
        return told, (OpenRecord(facts.record()), *commands)
    if not isinstance(found, Hunt):
        opened = (OpenRecord(facts.record()),) if facts.moved is not None else ()
        return HandedOn(facts, caller, offer, found), opened
    rung = branches_for(facts, found.steps[0].rings)
    legs = [branch.leg for branch in rung]
    opening: tuple[Command, ...] = (OpenRecord(facts.record()), _occupy(facts, found.steps[0].rings))
    if facts.moved is None:
        legs.insert(0, caller)
    else:
        opening += (PlayMusic(music_of(caller.id), OfLeg(leg=caller.id)),)
    state = Preparing(facts, caller, offer, rung, frozenset(leg.id for leg in legs), found)
    return state, opening + tuple(open_command(leg) for leg in legs)


def _occupy(facts: Facts, rings: tuple[Ring, ...]) -> Occupy:
    """The caller is in a call, and so is who is being rung."""
    users = (facts.caller.user_id, *(ring.party.user_id for ring in rings))
    return Occupy(tuple(dict.fromkeys(user for user in users if user is not None)))


def _following(hunt: Hunt | Last | None, *, busy: bool) -> Hunt | Last | None:
    """The hunt that has a step left, or what ends it. `busy`: so far everybody was."""
    while isinstance(hunt, Hunt):
        if not hunt.steps:
            hunt = hunt.when_busy if busy else hunt.when_unanswered
        else:
            return hunt
    return hunt


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
        case SessionEnded(session=leg, cause=end) if LegId(leg) == state.caller.id:
            return _give_up(state, _left(state.facts.moved, end), None, GAVE_UP, now)
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
        case TimerFired(timer=timer) if timer.startswith(_KEY):
            return _no_key(state, LegId(timer.removeprefix(_KEY)), now)
        case _:
            return _prepare(state, event, now) if isinstance(state, Preparing) else _ring(state, event, now)


def _left(moved: Moved | None, end: EndCause) -> Cause:
    """Why the call is over when the caller's session is."""
    if moved is None:
        return Cause.SIGNALLING_LOST
    cause = cause_of_end(end, by_caller=True)
    return Cause.CANCELLED if moved.first and cause is Cause.CALLER_HUNG_UP else cause


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
            return _prepared(state, now)
        case OfferReceived(leg):
            return state, (RefuseOffer(LegId(leg), 488),)
        case _:
            return state, ()


def _prepared(state: Preparing, now: float) -> tuple[Next, Commands]:
    """Ring as soon as all ports are known."""
    if state.awaited:
        return state, ()
    codecs: tuple[CodecName, ...] = codecs_offered(state.offer) if state.offer is not None else ()
    rung = branches.offered(state.branches, codecs)
    ringing = Ringing(
        state.facts,
        state.caller,
        state.offer,
        rung,
        single=_alone(rung),
        failures=state.failures,
        hunt=state.hunt,
        rung=sum(min(len(ring.targets), branches.MAX_BRANCHES) for ring in state.hunt.steps[0].rings),
        music=state.facts.moved is not None,
    )
    if not rung:
        return _next_step(ringing, now)
    invites = tuple(branches.invite(state.facts, branch, state.facts.caller) for branch in rung)
    return ringing, (*invites, StartTimer(RING, state.hunt.steps[0].seconds))


def _alone(rung: Branches) -> bool:
    """Whether what a device plays before it answers may be heard: nobody else rings, nobody presses a key."""
    return len(rung) == 1 and not rung[0].confirm


def _ring(state: Ringing, event: CallEvent, now: float) -> tuple[Next, Commands]:
    match event:
        case TargetsFound(rings) if not state.branches:
            return _next_rung(state, rings, now)
        case Redirected():
            return _sent_on(state, event, now)
        case InviteProgress(session=leg, status=status, sdp=sdp):
            return _progress(state, LegId(leg), status, sdp)
        case InviteAccepted(session=leg, sdp=sdp):
            return _accepted(state, LegId(leg), sdp, now)
        case PortBound(leg, port, rtcp_port):
            return _late_bound(state, leg, port, rtcp_port)
        case InviteRejected(session=leg, status=status):
            return _failed(state, LegId(leg), status, now, hang_up=False)
        case SessionEnded(session=leg):
            return _failed(state, LegId(leg), 480, now, hang_up=False)
        case TimerFired(timer="ring"):
            return _time_over(state, now)
        case DtmfReceived(leg=leg, digit="1"):
            return _key_pressed(state, leg, now)
        case InfoReceived(session=leg, content_type=kind, body=body) if info.digit_of(kind, body) == "1":
            return _key_pressed(state, LegId(leg), now)
        case OfferReceived(session=leg, sdp=sdp):
            return _offered(state, LegId(leg), sdp)
        case LegReplaced(old, callee) if find(state.branches, old) is not None:
            return _picked_up(state, callee, now)
        case LegReplaced(old, caller) if old == state.caller.id:
            return _calls_by(state, caller)
        case _:
            return state, ()


def _progress(state: Ringing, leg_id: LegId, status: int, sdp: bytes | None) -> tuple[Ringing, Commands]:
    """A device rings. Its early media is passed on only when it is alone (hard-parts, signalling 7)."""
    branch = find(state.branches, leg_id)
    if branch is None or branch.asked:
        return state, ()
    branch = replace(branch, rings=True)
    state = replace(state, branches=branches.swapped(state.branches, branch))
    if sdp is not None:
        try:
            leg = completed(branch.leg, sdp)
        except NotAcceptable:
            leg = branch.leg
        state = replace(state, branches=branches.changed(state.branches, leg))
        if state.single and leg.media is not None and (state.facts.moved or state.offer is not None):
            return _connect_early(state, leg)
    if state.told:
        return state, ()
    return replace(state, told=180), _tell(state, 180)


def _tell(state: Ringing, status: int, sdp: bytes | None = None) -> Commands:
    """Tell the caller's phone how far it is; of one who is moved, the phone that moved him."""
    moved = state.facts.moved
    if moved is None:
        return (SendProvisional(state.caller.id, status, sdp),)
    return (TellReferrer(moved.refer, status),) if moved.refer is not None else ()


def _connect_early(state: Ringing, leg: Leg) -> tuple[Ringing, Commands]:
    if state.early == leg.id:
        return state, (set_command(leg),)
    quiet = _quiet(state)
    if state.early is not None or state.offer is None:  # the caller has his answer
        connecting = (set_command(leg), *quiet, Connect(leg=state.caller.id, to=ToLeg(leg=leg.id)))
        return replace(state, early=leg.id, music=False), connecting
    caller = answered(state.caller, state.offer, leg.codec)
    return replace(state, caller=caller, early=leg.id, told=183), (
        set_command(leg),
        set_command(caller),
        Connect(leg=caller.id, to=ToLeg(leg=leg.id)),
        SendProvisional(caller.id, 183, caller.sdp),
    )


def _quiet(state: Ringing) -> Commands:
    return (StopPlay(play=music_of(state.caller.id)),) if state.music else ()


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
    if branch.asked:
        return state, ()
    try:
        callee = branches.agreed(branch.leg, sdp)
    except NotAcceptable:
        return _failed(state, leg_id, 488, now, hang_up=True)
    if branch.confirm:
        return _ask(state, replace(branch, leg=callee, asked=True))
    commands = [*_stop_others(state, leg_id), set_command(callee)]
    return _connected(state, callee, commands, now, joined=state.early == leg_id)


def _ask(state: Ringing, branch: Branch) -> tuple[Ringing, Commands]:
    """Who answered outside may be an answering machine: he presses 1 (D2-06). The others ring on."""
    leg = branch.leg
    words = Say(
        _question(leg.id),
        OfLeg(leg=leg.id),
        (Prompt.TAKE_CALL, Prompt.TAKE_CALL),
        leg.party.language or state.facts.language,
        interruptible=True,
    )
    state = replace(state, branches=branches.swapped(state.branches, branch))
    return state, (set_command(leg), words, StartTimer(_key_timer(leg.id), KEY_SECONDS))


def _question(leg: LegId) -> PlayId:
    return PlayId(f"{leg}/question")


def _key_timer(leg: LegId) -> TimerName:
    return TimerName(f"{_KEY}{leg}")


def _key_pressed(state: Ringing, leg_id: LegId, now: float) -> tuple[Next, Commands]:
    branch = find(state.branches, leg_id)
    if branch is None or not branch.asked:
        return state, ()
    commands = [*_stop_others(state, leg_id), StopPlay(play=_question(leg_id)), StopTimer(_key_timer(leg_id))]
    return _connected(state, branch.leg, commands, now, joined=False)


def _no_key(state: State, leg_id: LegId, now: float) -> tuple[Next, Commands]:
    if not isinstance(state, Ringing) or find(state.branches, leg_id) is None:
        return state, ()
    return _failed(replace(state, unanswered=True), leg_id, 480, now, hang_up=True)


def _time_over(state: Ringing, now: float) -> tuple[Next, Commands]:
    """Nobody answered in time. Who is being asked has the time that the question gives him."""
    state = replace(state, unanswered=True)
    asked = tuple(branch for branch in state.branches if branch.asked)
    stopping = branches.stopped([one for one in state.branches if not one.asked], NO_ANSWER)
    state = replace(state, branches=asked)
    if asked:
        return state, tuple(stopping)
    following, commands = _next_step(state, now)
    return following, (*stopping, *commands)


def _picked_up(state: Ringing, callee: Leg, now: float) -> tuple[Next, Commands]:
    """The call is taken at another device than those that ring: of the same user (RFC 3891 §3), or of a
    colleague, who was not shown yet whose call it is."""
    commands = [*_stop_others(state, callee.id), AcceptLeg(callee.id, callee.sdp)]
    own = any(branch.leg.party.user_id == callee.party.user_id for branch in state.branches)
    caller = state.caller
    following, connecting = _connected(state, callee, commands, now, joined=False)
    if own:
        return following, connecting
    told = bridge.identified(caller, callee.party) if state.facts.moved is None else ()
    return following, (*connecting, *told, *bridge.identified(callee, caller.party))


def _calls_by(state: Ringing, caller: Leg) -> tuple[Ringing, Commands]:
    """Another device of who was moved goes on for him."""
    old = state.caller.id
    if state.early is not None and not state.music:
        hears: Command = Connect(leg=caller.id, to=ToLeg(leg=state.early))
    else:
        hears = PlayMusic(music_of(caller.id), OfLeg(leg=caller.id))
    commands = (AcceptLeg(caller.id, caller.sdp), hears, HangUpLeg(old, REPLACED), CloseLeg(leg=old))
    state = replace(state, caller=caller, facts=state.facts.called_by(caller))
    return state, (*commands, StopTimer(AWAY))


def _stop_others(state: Ringing, answered_by: LegId) -> list[Command]:
    others = branches.without(state.branches, answered_by)
    timers = [StopTimer(_key_timer(branch.leg.id)) for branch in others if branch.asked]
    return [StopTimer(RING), *timers, *branches.stopped(others, ELSEWHERE), *_quiet(state)]


def _connected(
    state: Ringing, callee: Leg, commands: list[Command], now: float, *, joined: bool
) -> tuple[Next, Commands]:
    """Answer the caller with the callee's codec preferred. `joined`: early media connects them already."""
    commands.append(_occupy(state.facts, (Ring(callee.party),)))
    if state.facts.moved is not None:
        return _led_to(state, callee, commands, now)
    if state.offer is None:
        caller = offering(state.caller, (callee.codec,) if callee.codec else ())
        return Confirming(state.facts, caller, callee), (*commands, AcceptLeg(caller.id, caller.sdp))
    fixed = state.early is not None
    caller = state.caller if fixed else answered(state.caller, state.offer, callee.codec)
    facts = replace(state.facts.answered(now, caller), callee=callee.party)
    if not fixed:
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


def _led_to(state: Ringing, callee: Leg, commands: list[Command], now: float) -> tuple[Talking, Commands]:
    """Who was moved has found somebody: his phone was answered long ago, and is told who it is."""
    caller = state.caller
    facts = replace(state.facts.answered(now, caller), callee=callee.party, moved=None)
    talking, music = bridge.settle(Talking(facts, caller, callee))
    return talking, (
        *commands,
        Connect(leg=caller.id, to=ToLeg(leg=callee.id)),
        *music,
        StartTimer(LONGEST, facts.max_seconds),
        *_tell(state, 200),
        *bridge.identified(caller, callee.party),
        KeepDialog(caller.id),
        KeepDialog(callee.id),
    )


def _failed(state: State, leg_id: LegId, status: int, now: float, *, hang_up: bool) -> tuple[Next, Commands]:
    """A device will not answer. When it was the last one of the step, the next step begins; when it speaks
    for its person, the person's other devices stop."""
    branch = find(state.branches, leg_id)
    if branch is None:
        return state, ()
    gone: list[Command] = [HangUpLeg(leg_id)] if hang_up else []
    gone.append(CloseLeg(leg=leg_id))
    if branch.asked:
        gone.append(StopTimer(_key_timer(leg_id)))
    if isinstance(state, Ringing) and not hang_up:
        if branches.plain_wanted(branch, status):
            rung, commands = branches.offered_plain(state.facts, state.branches, branch)
            return replace(state, branches=rung), (*gone, *commands)
        if branches.next_trunk(branch, status):
            rung, commands = branches.instead(state.facts, state.branches, branch)
            again = (StartTimer(RING, state.hunt.steps[0].seconds),) if state.single else ()
            return replace(state, branches=rung), (*gone, *commands, *again)
    remaining = branches.without(state.branches, leg_id)
    failures = (*state.failures, status)
    if answers.ends_ringing(status):
        same = [one for one in remaining if one.leg.party.extension == branch.leg.party.extension]
        gone += branches.stopped(same, DECLINED_ELSEWHERE)
        remaining = tuple(one for one in remaining if one not in same)
    if isinstance(state, Preparing):
        state = replace(state, branches=remaining, failures=failures, awaited=state.awaited - {leg_id})
        following, commands = _prepared(state, now)
        return following, (*gone, *commands)
    state = replace(state, branches=remaining, failures=failures)
    if remaining:
        return state, tuple(gone)
    following, commands = _next_step(state, now)
    return following, (*gone, *commands)


def _sent_on(state: Ringing, event: Redirected, now: float) -> tuple[Next, Commands]:
    """A phone sends its calls on (D2-08): whom it names is rung in its place, once for each person; what
    always answers ends the hunt, unless somebody else still rings."""
    branch = find(state.branches, event.session)
    if branch is None:
        return state, ()
    extension, others = branch.leg.party.extension, branches.without(state.branches, event.session)
    own = tuple(one for one in others if one.leg.party.extension == extension)
    if extension in state.redirected or (event.last is not None and len(own) < len(others)):
        return _failed(state, event.session, 480, now, hang_up=False)
    state = replace(state, redirected=state.redirected | {extension})
    if event.last is not None:
        hunt = Hunt(state.hunt.steps, event.last, event.last)
        following, commands = _next_step(replace(state, hunt=hunt, branches=()), now)
        return following, (CloseLeg(leg=event.session), *branches.stopped(own, ELSEWHERE), *commands)
    rung = branches_for(state.facts, event.rings, state.rung)
    state = replace(state, branches=(*others, *rung), rung=state.rung + len(rung), single=False)
    state = replace(state, single=_alone(state.branches))
    here = tuple(Ring(one.leg.party) for one in state.branches)
    return state, (
        CloseLeg(leg=event.session),
        _occupy(state.facts, here),
        *(open_command(one.leg) for one in rung),
        *(() if others else (StartTimer(RING, state.hunt.steps[0].seconds),)),
    )


def _late_bound(state: Ringing, leg_id: LegId, port: int, rtcp_port: int) -> tuple[Ringing, Commands]:
    """The port of a device that is rung later than the first ones is known."""
    codecs = codecs_offered(state.offer) if state.offer is not None else ()
    rung, branch = branches.plain_placed(state.branches, leg_id, port, rtcp_port, codecs)
    if branch is None:
        return state, ()
    return replace(state, branches=rung), (branches.invite(state.facts, branch, state.facts.caller),)


# --- from step to step -------------------------------------------------------------------------------------


def _outcome(state: Ringing) -> tuple[int, Cause]:
    """What the steps of this hunt have come to, as the caller would be told."""
    if state.unanswered:
        return 480, Cause.NO_ANSWER
    if not state.failures and state.before is not None:
        return state.before  # nobody could be rung since
    status = answers.best(state.failures)
    return status, answers.cause(status)


def _next_step(state: Ringing, now: float) -> tuple[Next, Commands]:
    """The step is over: the next one, what the hunt goes on with, or its end."""
    status, cause = _outcome(state)
    rest = replace(state.hunt, steps=state.hunt.steps[1:])
    following = _following(rest, busy=cause is Cause.BUSY)
    if following is None and state.facts.moved is not None:
        following = Refuse(status, cause, _NOBODY.prompts)
    if following is None:
        return _refuse(state, status, cause, GAVE_UP, now)
    if not isinstance(following, Hunt):
        handed = HandedOn(state.facts, state.caller, state.offer, following)
        return handed, (StopTimer(RING), *_quiet(state), _occupy(state.facts, ()))
    if following.when_busy is not rest.when_busy or following.when_unanswered is not rest.when_unanswered:
        # Another hunt: what it comes to is its own.
        state = replace(state, failures=(), unanswered=False, before=(status, cause))
    seeking = replace(state, branches=(), hunt=following)
    return seeking, (StopTimer(RING), FindTargets(following.steps[0].rings, state.facts.caller))


def _next_rung(state: Ringing, rings: tuple[Ring, ...], now: float) -> tuple[Next, Commands]:
    """It is known where those of the next step are: ring them, or go on at once."""
    if not rings:
        return _next_step(state, now)
    rung = branches_for(state.facts, rings, state.rung)
    music = state.early is not None and not state.music
    commands: list[Command] = [_occupy(state.facts, rings)]
    if music:
        commands.append(PlayMusic(music_of(state.caller.id), OfLeg(leg=state.caller.id)))
    commands += [open_command(branch.leg) for branch in rung]
    commands.append(StartTimer(RING, state.hunt.steps[0].seconds))
    state = replace(
        state,
        branches=rung,
        single=_alone(rung),
        rung=state.rung + len(rung),
        music=state.music or music,
    )
    return state, tuple(commands)


def _refuse(
    state: State, status: int, cause: Cause, reasons: tuple[Reason, ...], now: float
) -> tuple[Next, Commands]:
    following, commands = _give_up(state, cause, status, reasons, now)
    if state.facts.moved is not None:
        return following, (HangUpLeg(state.caller.id, bridge.REASONS.get(cause, ())), *commands)
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
    moved = state.facts.moved
    if moved is not None and moved.refer is not None:
        stopping.append(TellReferrer(moved.refer, status or 487))
    return following, (*stopping, *commands)
