"""Two people talk: media between two legs, hold with music, digits, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.calls import info
from switchroom.calls.call import AWAY, LONGEST, REPLACED, Closing, Facts, cause_of_end, close
from switchroom.calls.change import replace
from switchroom.calls.commands import (
    AcceptLeg,
    AnswerOffer,
    Command,
    Commands,
    HangUpLeg,
    Identify,
    JoinTalk,
    KeepDialog,
    LeaveTalk,
    PlayMusic,
    RefuseOffer,
    StartTimer,
    StopTimer,
)
from switchroom.calls.events import (
    CallEvent,
    CallMerged,
    CallParted,
    HangUpOrdered,
    LegAway,
    LegBack,
    LegReplaced,
    LegTaken,
    TimerFired,
    WorkerLost,
)
from switchroom.calls.leg import Leg, NotAcceptable, answered, completed, offering, set_command
from switchroom.calls.records import Cause
from switchroom.calls.values import Party, Strand, Words
from switchroom.media.types import (
    CloseLeg,
    Connect,
    DtmfReceived,
    LegFailed,
    LegId,
    MediaLost,
    OfLeg,
    PlayId,
    RoomId,
    SendDtmf,
    StopPlay,
    ToLeg,
)
from switchroom.sip.events import (
    AnswerReceived,
    InfoReceived,
    OfferReceived,
    OfferRefused,
    SessionConfirmed,
    SessionEnded,
)
from switchroom.sip.headers import Reason

REASONS: dict[Cause, tuple[Reason, ...]] = {
    Cause.TIME_LIMIT: (Reason("SIP", 200, "Maximum call duration"),),
    Cause.MEDIA_TIMEOUT: (Reason("Q.850", 41, "No media"),),
    Cause.MEDIA_FAILED: (Reason("Q.850", 41, "Media server failed"),),
    Cause.SHUTDOWN: (Reason("Q.850", 41, "The phone system is being restarted"),),
    Cause.HUNG_UP_BY_OPERATOR: (Reason("SIP", 200, "Ended by the operator"),),
    Cause.SIGNALLING_LOST: (Reason("Q.850", 41, "The other phone is gone"),),
    Cause.INCOMPATIBLE_MEDIA: (Reason("SIP", 488, "No common media"),),
    Cause.INTERNAL_ERROR: (Reason("SIP", 500, "Internal error"),),
    Cause.TRANSFERRED: (Reason("SIP", 200, "Call transferred"),),
}
"""What a BYE of ours says about why."""


@dataclass(frozen=True, slots=True)
class Confirming:
    """The callee answered a caller without offer: ours went out in the 200, its answer comes in the ACK."""

    facts: Facts
    caller: Leg
    callee: Leg


@dataclass(frozen=True, slots=True)
class Merged:
    """In which talk a call is, and whether who merged it is its caller."""

    room: RoomId
    by_caller: bool


@dataclass(frozen=True, slots=True)
class Talking:
    """Both are connected. `music`: the legs that hear music because the other side holds them, or is `away`:
    a browser that has some seconds to come back."""

    facts: Facts
    caller: Leg
    callee: Leg
    music: frozenset[LegId] = frozenset()
    away: frozenset[LegId] = frozenset()
    merged: Merged | None = None
    """Part of a merged talk: then that says what the legs are connected to."""

    def leg(self, leg_id: str) -> Leg | None:
        """The leg of that id."""
        return next((leg for leg in (self.caller, self.callee) if leg.id == leg_id), None)

    def other(self, leg_id: str) -> Leg:
        """The leg that is not that one."""
        return self.callee if leg_id == self.caller.id else self.caller


@dataclass(frozen=True, slots=True)
class Dismissed:
    """Whose part is done is told something, and hung up then (`onward.py`)."""

    facts: Facts
    leg: Leg
    said: tuple[Words, ...]


State = Confirming | Talking
Next = Confirming | Talking | Dismissed | Closing | None


def _is(leg: Leg, leg_id: str) -> bool:
    return leg.id == leg_id


def music_of(leg: LegId) -> PlayId:
    """The player of a leg's hold music."""
    return PlayId(f"{leg}/music")


def settle(state: Talking) -> tuple[Talking, Commands]:
    """Start and stop music: a leg hears it while the other side holds it or is away, unless it does too.

    In a merged talk nobody does: the others go on talking.
    """
    if state.merged is not None:
        silence = tuple(StopPlay(play=music_of(leg)) for leg in sorted(state.music))
        return replace(state, music=frozenset()), (*silence, JoinTalk(state.merged.room, strand_of(state)))
    caller, callee, away = state.caller, state.callee, state.away
    without_caller = caller.held or caller.id in away
    without_callee = callee.held or callee.id in away
    wanted: frozenset[LegId] = frozenset()
    if without_caller is not without_callee:
        wanted = frozenset({callee.id if without_caller else caller.id})
    commands: list[Command] = [StopPlay(play=music_of(leg)) for leg in sorted(state.music - wanted)]
    commands += [PlayMusic(music_of(leg), OfLeg(leg=leg)) for leg in sorted(wanted - state.music)]
    return replace(state, music=wanted), tuple(commands)


def identified(leg: Leg, party: Party) -> Commands:
    """Tell a phone who is at the other end now; a line to the outside has its own rules for that."""
    return (Identify(leg.id, party),) if leg.party.user_id is not None else ()


def strand_of(state: Talking) -> Strand:
    """A merged call as the talk sees it."""
    assert state.merged is not None
    near, far = (state.caller, state.callee) if state.merged.by_caller else (state.callee, state.caller)
    return Strand(
        state.facts.id,
        near.id,
        far.id,
        far.party,
        state.facts.answered_at or state.facts.began,
        near_silent=near.held or near.id in state.away,
        far_silent=far.held or far.id in state.away,
    )


def handle(state: State, event: CallEvent, now: float) -> tuple[Next, Commands]:
    """One step of an answered call."""
    match event:
        case SessionEnded(session=leg, cause=end):
            by_caller = _is(state.caller, leg)
            survivor = state.callee if by_caller else state.caller
            cause = cause_of_end(end, by_caller)
            following, commands = _close(state, cause, now)
            return following, (HangUpLeg(survivor.id, REASONS.get(cause, ())), *commands)
        case HangUpOrdered(cause):
            return _end(state, cause, now)
        case TimerFired(timer="longest"):
            return _end(state, Cause.TIME_LIMIT, now)
        case MediaLost(leg=leg) if _expected(state, leg):
            return _end(state, Cause.MEDIA_TIMEOUT, now)
        case TimerFired(timer="away"):
            return _end(state, Cause.SIGNALLING_LOST, now)
        case WorkerLost() | LegFailed():
            return _end(state, Cause.MEDIA_FAILED, now)
        case _:
            return _confirm(state, event, now) if isinstance(state, Confirming) else _talk(state, event, now)


def _expected(state: State, leg_id: str) -> bool:
    """Whether the leg should send: a phone that holds us may be silent."""
    return any(leg.id == leg_id and not leg.held for leg in (state.caller, state.callee))


def _end(state: State, cause: Cause, now: float) -> tuple[Next, Commands]:
    reasons = REASONS.get(cause, ())
    following, commands = _close(state, cause, now)
    return following, (HangUpLeg(state.caller.id, reasons), HangUpLeg(state.callee.id, reasons), *commands)


def _close(state: State, cause: Cause, now: float) -> tuple[Closing | None, Commands]:
    following, commands = close(state.facts, (state.caller, state.callee), cause, now)
    merged = isinstance(state, Talking) and state.merged is not None
    return following, (LeaveTalk(state.facts.id), *commands) if merged else commands


def _confirm(state: Confirming, event: CallEvent, now: float) -> tuple[Next, Commands]:
    match event:
        case SessionConfirmed(session=leg, sdp=sdp) if _is(state.caller, leg):
            try:
                caller = completed(state.caller, sdp or b"")
            except NotAcceptable:
                return _end(state, Cause.INCOMPATIBLE_MEDIA, now)
            caller = replace(caller, offer=None)
            facts = replace(state.facts.answered(now, caller), callee=state.callee.party)
            talking, more = settle(Talking(facts, caller, state.callee))
            return talking, (
                set_command(caller),
                Connect(leg=caller.id, to=ToLeg(leg=state.callee.id)),
                StartTimer(LONGEST, facts.max_seconds),
                KeepDialog(caller.id),
                KeepDialog(state.callee.id),
                *more,
            )
        case OfferReceived(session=leg):
            return state, (RefuseOffer(LegId(leg), 488),)
        case LegAway():
            return _end(state, Cause.SIGNALLING_LOST, now)
        case _:
            return state, ()


def _talk(state: Talking, event: CallEvent, now: float) -> tuple[Next, Commands]:
    match event:
        case OfferReceived(session=leg_id, sdp=sdp):
            return _offered(state, leg_id, sdp)
        case AnswerReceived(session=leg_id, sdp=sdp):
            return _answered(state, leg_id, sdp)
        case OfferRefused(session=leg_id):
            leg = state.leg(leg_id)
            return (state, ()) if leg is None else (_with(state, replace(leg, offer=None)), ())
        case InfoReceived(session=leg_id, content_type=content_type, body=body):
            digit = info.digit_of(content_type, body)
            if digit is None or state.leg(leg_id) is None:
                return state, ()
            return state, (SendDtmf(leg=state.other(leg_id).id, digits=digit),)
        case DtmfReceived(leg=leg_id, method="inband", digit=digit) if _needs_events(state, leg_id):
            return state, (SendDtmf(leg=state.other(leg_id).id, digits=digit),)
        case DtmfReceived(leg=leg_id, digit=digit) if state.merged is not None:
            # A room passes no keys on: those of who merged go to the other one of that line.
            own = strand_of(state).near == leg_id
            return state, (SendDtmf(leg=state.other(leg_id).id, digits=digit),) if own else ()
        case SessionConfirmed(session=leg_id):
            return state, (KeepDialog(LegId(leg_id)),)
        case LegAway(leg_id, seconds) if state.leg(leg_id) is not None:
            state, music = settle(replace(state, away=state.away | {leg_id}))
            return state, (StartTimer(AWAY, seconds), *music)
        case LegBack(leg_id):
            return _back(state, leg_id)
        case LegReplaced(old, leg):
            return _replaced(state, old, leg)
        case LegTaken(leg_id, journey, said) if state.leg(leg_id) is not None:
            facts = replace(state.facts, journey=journey)
            return _transferred(replace(state, facts=facts), leg_id, said, now)
        case CallMerged(room, owner, journey):
            by_caller = state.caller.party.user_id == owner
            facts = replace(state.facts, journey=journey)
            return settle(replace(state, facts=facts, merged=Merged(room, by_caller)))
        case CallParted() if state.merged is not None:
            state, music = settle(replace(state, merged=None))
            return state, (Connect(leg=state.caller.id, to=ToLeg(leg=state.callee.id)), *music)
        case _:
            return state, ()


def _needs_events(state: Talking, leg_id: str) -> bool:
    """Tones heard on one side are told to the other as events when they may not survive its codec."""
    media = state.other(leg_id).media
    return media is not None and media.telephone_event is not None and media.codec.name == "opus"


def _back(state: Talking, leg_id: LegId) -> tuple[Talking, Commands]:
    """A browser is there again: the other side hears it instead of music."""
    if leg_id not in state.away:
        return state, ()
    state, music = settle(replace(state, away=state.away - {leg_id}))
    return state, music if state.away else (StopTimer(AWAY), *music)


def _replaced(state: Talking, old: LegId, leg: Leg) -> tuple[Talking, Commands]:
    """Another device of the same person goes on with the call."""
    other = state.other(old)
    commands: list[Command] = [AcceptLeg(leg.id, leg.sdp)]
    if state.merged is None:
        commands.append(Connect(leg=leg.id, to=ToLeg(leg=other.id)))
    commands += [HangUpLeg(old, REPLACED), CloseLeg(leg=old)]
    state, back = _back(replace(state, music=state.music - {old}), old)
    if old == state.caller.id:
        state = replace(state, caller=leg, facts=state.facts.called_by(leg))
    else:
        state = replace(state, callee=leg, facts=replace(state.facts, callee=leg.party))
    state, music = settle(state)
    return state, (*commands, *back, *music)


def _transferred(state: Talking, taken: LegId, said: tuple[Words, ...], now: float) -> tuple[Next, Commands]:
    """One of the two goes on in another call; the other one's part is done."""
    left = state.other(taken)
    leaving: Commands = (LeaveTalk(state.facts.id),) if state.merged is not None else ()
    silence = tuple(StopPlay(play=music_of(leg)) for leg in sorted(state.music))
    if said and not left.held and left.id not in state.away:
        return Dismissed(state.facts, left, said), (*leaving, *silence)
    following, commands = close(state.facts, (left,), Cause.TRANSFERRED, now)
    return following, (*leaving, *silence, HangUpLeg(left.id, REASONS[Cause.TRANSFERRED]), *commands)


def _with(state: Talking, leg: Leg) -> Talking:
    return replace(state, caller=leg) if leg.id == state.caller.id else replace(state, callee=leg)


def _offered(state: Talking, leg_id: str, sdp: bytes | None) -> tuple[Next, Commands]:
    """A re-INVITE or UPDATE is answered here and never crosses to the other side (hard-parts, signalling
    5)."""
    leg = state.leg(leg_id)
    if leg is None:
        return state, (RefuseOffer(LegId(leg_id), 488),)
    if sdp is None:
        leg = offering(leg, (leg.codec,) if leg.codec else ())
        return _with(state, leg), (AnswerOffer(leg.id, leg.sdp),)
    try:
        leg = answered(leg, sdp, leg.codec)
    except NotAcceptable as problem:
        return state, (RefuseOffer(leg.id, problem.status),)
    state, back = _back(_with(state, leg), leg.id)
    state, music = settle(state)
    return state, (AnswerOffer(leg.id, leg.sdp), set_command(leg), *back, *music, KeepDialog(leg.id))


def _answered(state: Talking, leg_id: str, sdp: bytes) -> tuple[Next, Commands]:
    leg = state.leg(leg_id)
    if leg is None:
        return state, ()
    try:
        leg = replace(completed(leg, sdp), offer=None)
    except NotAcceptable:
        return _with(state, replace(leg, offer=None)), ()
    state, music = settle(_with(state, leg))
    return state, (set_command(leg), *music, KeepDialog(leg.id))
