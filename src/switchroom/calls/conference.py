"""A conference room: who is in it, who waits, what they hear. Its own reducer; calls hold a membership (G-01
to G-06, F-11, F-12). The parts are in `calls.room`; here each event finds its part, and each step its end:
the worker's room is open while somebody is in it, clocks run, the minutes are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from switchroom.calls import recording
from switchroom.calls.change import replace
from switchroom.calls.commands import Command, Commands, Keep, StartTimer, StopTimer, TellCall
from switchroom.calls.events import (
    KeyedCodeChecked,
    ParticipantAway,
    ParticipantEntered,
    ParticipantHeld,
    ParticipantLeft,
    ParticipantPromoted,
    ParticipantReady,
    ParticipantReplaced,
    RoomEvent,
    RoomLeft,
    TimerFired,
    WorkerLost,
)
from switchroom.calls.minutes import Attendance, MeetingId
from switchroom.calls.records import Cause
from switchroom.calls.room import door, history, keypad, leaving, moderation, record, speech
from switchroom.calls.room.door import expected
from switchroom.calls.room.leaving import RETURN_SECONDS
from switchroom.calls.room.speech import tell
from switchroom.calls.room.state import (
    LONE,
    LONE_END,
    LONGEST,
    LONGEST_END,
    RETURN,
    Absent,
    Ending,
    Gathering,
    Happening,
    Meeting,
    Member,
    Members,
    State,
    becoming,
    changed,
    identity,
    join,
    suppresses,
    talking,
    those_inside,
)
from switchroom.calls.room_events import (
    AdmitOrdered,
    EjectOrdered,
    EndOrdered,
    HandedOver,
    HandRaised,
    InvitationChanged,
    KeyPressed,
    LockOrdered,
    MuteAllOrdered,
    MuteOrdered,
    NoiseOrdered,
    RecordOrdered,
    RefuseOrdered,
    RollCallOrdered,
    UnmuteRequested,
    VolumeOrdered,
)
from switchroom.calls.values import Prompt
from switchroom.directory.model import Conference
from switchroom.media.types import (
    CloseRoom,
    LegId,
    OpenRoom,
    PlayEnded,
    RecordEnded,
    RoomId,
    TalkingChanged,
)

__all__ = [
    "Absent",
    "Ending",
    "Gathering",
    "Happening",
    "Meeting",
    "Member",
    "Members",
    "State",
    "empty",
    "expected",
    "handle",
    "identity",
    "returning",
    "suppresses",
    "tell",
]

_WARNING_SECONDS = 60.0
"""So long before a limit it is said."""
_MOST_INVITATIONS = 20


def empty(conference: Conference, absent: Mapping[str, Absent] | None = None) -> State:
    """A room that nobody is in yet; the worker does not know it. `absent`: who may come back (a restart)."""
    room = RoomId(str(conference.id))
    kind = Gathering if conference.wait_for_administrator else Meeting
    return kind(room, conference, noise=conference.noise_suppression, absent=dict(absent or {}))


def handle(state: State, event: RoomEvent, now: float) -> tuple[State | None, Commands]:
    """One step of a room; None when the last one left, and nobody is waited for."""
    following, commands = _step(state, event, now)
    return _settled(state, following, event, commands, now)


def _step(state: State, event: RoomEvent, now: float) -> tuple[State, Commands]:
    match event:
        case ParticipantEntered():
            return door.enter(replace(state, conference=event.conference), event, now)
        case ParticipantReady(leg):
            return door.ready(state, leg, now)
        case ParticipantLeft(leg, cause):
            return leaving.left(state, leg, cause, now)
        case ParticipantHeld(leg, held):
            return _held(state, leg, held, now)
        case ParticipantAway(leg, away):
            member = state.members.get(leg)
            return state if member is None else changed(state, replace(member, away=away)), ()
        case ParticipantPromoted(leg):
            return door.promoted(state, leg, now)
        case KeyedCodeChecked(leg, verdict):
            return keypad.code_checked(state, leg, verdict, now)
        case ParticipantReplaced():
            return door.replaced(state, event, now)
        case TalkingChanged():
            return record.talked(state, event, now)
        case PlayEnded(play=play):
            if isinstance(state, Ending) and play == speech.announcement(state.room):
                return leaving.ended(state)
            return speech.announced(state, play)
        case RecordEnded():
            return _record_ended(state, event, now)
        case TimerFired(timer):
            return _timer(state, timer, now)
        case WorkerLost():
            return leaving.worker_lost(state, now), ()
        case _:
            return _act(state, event, now)


def _act(state: State, event: RoomEvent, now: float) -> tuple[State, Commands]:
    """What somebody orders, or does by himself."""
    match event:
        case MuteOrdered():
            return moderation.mute(state, event, now)
        case UnmuteRequested():
            return moderation.request(state, event)
        case MuteAllOrdered():
            return moderation.mute_all(state, event, now)
        case HandRaised():
            return moderation.hand(state, event, now)
        case VolumeOrdered():
            return moderation.volume(state, event)
        case NoiseOrdered():
            return moderation.noise(state, event)
        case HandedOver():
            return moderation.hand_over(state, event, now)
        case LockOrdered(locked):
            return replace(state, locked=locked), ()
        case AdmitOrdered(leg):
            return door.admit(state, leg, now)
        case RefuseOrdered(leg):
            return leaving.refuse(state, leg, now)
        case EjectOrdered(leg, _, block):
            return leaving.eject(state, leg, block, now)
        case EndOrdered():
            return leaving.end(state, Prompt.CONFERENCE_ENDED)
        case RollCallOrdered(leg):
            member = state.members.get(leg)
            if member is None or not member.inside:
                return state, ()
            return state, speech.say_to(state, member, *speech.roll_call(state))
        case KeyPressed(leg, digit):
            stayed = _stay(state)
            following, commands = keypad.pressed(state, leg, digit, now)
            return following, (*stayed, *commands)
        case RecordOrdered():
            return _record(state, event, now)
        case InvitationChanged(invitation):
            known = {**state.invitations, invitation.id: invitation}
            kept = list(known.values())[-_MOST_INVITATIONS:]
            return replace(state, invitations={one.id: one for one in kept}), ()
        case _:
            return state, ()


def _held(state: State, leg: LegId, held: bool, now: float) -> tuple[State, Commands]:
    """On hold somebody is not heard, and so is his phone's music (peers.md 22)."""
    member = state.members.get(leg)
    if member is None or member.held == held:
        return state, ()
    member = talking(replace(member, held=held), False, now)
    state = changed(state, member)
    return state, (join(state, member),) if member.inside else ()


# --- clocks ---------------------------------------------------------------------------------------------


def _timer(state: State, timer: str, now: float) -> tuple[State, Commands]:
    lone = leaving.only_one(state.members.values())
    match timer:
        case "ending" if isinstance(state, Ending):
            return leaving.ended(state)
        case "note":
            return record.note(state, now)
        case "return":
            return leaving.returned_or_not(state, now)
        case "lone" if lone is not None:
            warning = speech.say_to(state, lone, Prompt.ALONE_TOO_LONG)
            return state, (*warning, StartTimer(LONE_END, _warning(state.conference.lone_minutes)))
        case "lone-end" if lone is not None:
            following, commands = leaving.left(state, lone.leg, Cause.ALONE, now)
            return following, (*commands, TellCall(lone.call, RoomLeft(lone.leg, Cause.ALONE)))
        case "longest" if isinstance(state, Meeting):
            saying: list[Command] = []
            for member in those_inside(state):
                saying += speech.say_to(state, member, Prompt.ENDS_SOON)
            return state, (*saying, StartTimer(LONGEST_END, _warning(state.conference.max_minutes)))
        case "longest-end" if isinstance(state, Meeting):
            return leaving.end(state, Prompt.TIME_OVER)
        case _:
            return state, ()


def _warning(minutes: int | None) -> float:
    """How long before the limit it is said."""
    return min(_WARNING_SECONDS, (minutes or 1) * 30.0)


def _before_warning(minutes: int) -> float:
    return minutes * 60.0 - _warning(minutes)


def _stay(state: State) -> Commands:
    """Who is alone and presses a key is there."""
    minutes = state.conference.lone_minutes
    if minutes is None or leaving.only_one(state.members.values()) is None:
        return ()
    return StopTimer(LONE_END), StartTimer(LONE, _before_warning(minutes))


def _clocks(before: State, after: State, now: float) -> Commands:
    """Start and stop what a step makes run or end."""
    commands: list[Command] = []
    alone, was_alone = (leaving.only_one(state.members.values()) for state in (after, before))
    if (alone is None) != (was_alone is None) or (alone and was_alone and alone.leg != was_alone.leg):
        minutes = after.conference.lone_minutes
        commands += [StopTimer(LONE), StopTimer(LONE_END)]
        if alone is not None and minutes is not None:
            commands.append(StartTimer(LONE, _before_warning(minutes)))
    if before.opened_at is None and after.opened_at is not None and after.conference.max_minutes is not None:
        commands.append(StartTimer(LONGEST, _before_warning(after.conference.max_minutes)))
    if after.absent and after.absent is not before.absent:
        due = min(one.until for one in after.absent.values())
        commands.append(StartTimer(RETURN, max(0.0, due - now)))
    return tuple(commands)


# --- recording ------------------------------------------------------------------------------------------


def _voice(member: Member) -> recording.Voice:
    return recording.Voice(member.leg, member.attendance, member.party.name or member.party.extension)


def _record(state: State, event: RecordOrdered, now: float) -> tuple[State, Commands]:
    if not recording.allowed(state.conference, event.on):
        return state, ()
    recorder = state.recorder
    if not event.on:
        return replace(state, recorder=None), recording.stopped(recorder, now) if recorder else ()
    inside = those_inside(state)
    if recorder is not None and event.each is not None:
        voices = [_voice(member) for member in inside]
        recorder, commands = recording.apart(recorder, voices, event.each, event.by, now)
        return replace(state, recorder=recorder), commands
    if recorder is not None or not inside or not isinstance(state, Meeting):
        return state, ()
    return _begin_record(state, inside, event.by, event.each, now)


def _begin_record(
    state: State, inside: list[Member], by: str, each: bool | None, now: float
) -> tuple[State, Commands]:
    assert state.meeting is not None
    recorder, commands = recording.started(
        state.room,
        state.conference,
        state.meeting,
        [_voice(member) for member in inside],
        now,
        by=by,
        each=each,
        language=speech.language_of(state),
    )
    return replace(state, recorder=recorder), commands


def _record_ended(state: State, event: RecordEnded, now: float) -> tuple[State, Commands]:
    if state.recorder is None:
        return state, ()
    recorder, commands = recording.failed(state.recorder, event.record, now)
    return replace(state, recorder=recorder), commands


def _recorded(before: State, state: State, now: float) -> tuple[State, Commands, Commands]:
    """Follow who came and went: commands for before the room is closed, and for after it is opened."""
    inside = those_inside(state)
    recorder = state.recorder
    if recorder is None:
        more = _hearing(inside) > _hearing(those_inside(before))
        if more and isinstance(state, Meeting) and recording.due(state.conference, len(inside)):
            state, commands = _begin_record(state, inside, "", None, now)
            return state, (), commands
        return state, (), ()
    if not inside:
        return replace(state, recorder=None), recording.emptied(recorder, now), ()
    if before.members is state.members or before.recorder is None:
        return state, (), ()
    was, now_inside = ({one.leg for one in those_inside(room)} for room in (before, state))
    commands = ()
    for leg in was - now_inside:
        recorder, writing = recording.left(recorder, leg, now)
        commands += writing
    for member in inside:
        if member.leg not in was:
            recorder, writing = recording.entered(recorder, _voice(member), now)
            commands += writing
    return replace(state, recorder=recorder), (), commands


def _hearing(members: list[Member]) -> int:
    return sum(member.ready for member in members)


# --- the end of each step -------------------------------------------------------------------------------


def _settled(
    before: State, state: State, event: RoomEvent, commands: Commands, now: float
) -> tuple[State | None, Commands]:
    """What follows from who is there now."""
    if isinstance(event, WorkerLost):
        opening = closing = False
    else:
        was_open, is_open = bool(those_inside(before)), bool(those_inside(state))
        opening, closing = is_open and not was_open, was_open and not is_open
    if state.meeting is None and state.members:
        first = next(iter(state.members.values()))
        state = replace(state, meeting=MeetingId(f"meeting-{first.call}"), started_at=now)
    if state.opened_at is None and opening:
        state = replace(state, opened_at=now)
    if closing:
        state = replace(state, announcing=False, announcements=())
    state, stopping, recorded = _recorded(before, state, now)
    facts = record.kept(before, state, event, commands, now)
    done = (
        *((OpenRoom(room=state.room),) if opening else ()),
        *stopping,
        *commands,
        *recorded,
        *((CloseRoom(room=state.room),) if closing else ()),
        *facts,
    )
    following, last = _emptied(before, history.told(before, state, event, now), now)
    if following is None:
        return None, (*done, *last)
    return following, (*done, *_clocks(before, following, now))


def _emptied(before: State, state: State, now: float) -> tuple[State | None, Commands]:
    """A room without people is over, unless some may come back; a running conference without them waits."""
    if state.members:
        running = any(member.inside or not member.in_lobby for member in state.members.values())
        state = replace(state, emptied_at=None)
        if isinstance(state, Meeting) and state.conference.wait_for_administrator and not running:
            return becoming(Gathering, state), ()
        return state, ()
    if before.members:
        state = replace(state, emptied_at=now)
    absent = {key: one for key, one in state.absent.items() if one.until > now}
    if not absent:
        over = (Keep(record.meeting_record(state, state.emptied_at or now)),) if state.meeting else ()
        return None, over
    if not state.conference.wait_for_administrator or isinstance(state, Gathering):
        return state, ()
    return becoming(Gathering, state), ()


def returning(attendances: Iterable[Attendance], now: float) -> dict[str, Absent]:
    """Who was cut off by a restart, from the minutes: they come back as they were, within 60 s."""
    found: dict[str, Absent] = {}
    for one in attendances:
        key = identity(one.party)
        until = (one.left_at if one.left_at is not None else now) + RETURN_SECONDS
        if key is None or until <= now or key in found:
            continue
        member = Member(
            one.call,
            LegId(one.id),
            one.party,
            one.party.language or "en",
            one.joined_at,
            administrator=one.administrator,
            entered_at=one.entered_at,
            in_lobby=one.entered_at is None,
            muted_by=one.muted_by,
        )
        found[key] = Absent(member, until)
    return found
