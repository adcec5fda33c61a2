"""The minutes of a room: what changed in its people is kept, by comparing it before and after a step."""

from __future__ import annotations

from switchroom.calls.change import replace
from switchroom.calls.commands import Commands, Keep, StartTimer, TellCall
from switchroom.calls.events import ParticipantLeft, RoomEvent, RoomLeft, WorkerLost
from switchroom.calls.minutes import Attendance, ConferenceFact, MeetingId, MeetingRecord
from switchroom.calls.records import Cause
from switchroom.calls.room.state import NOTE, Member, State, changed, said, talking
from switchroom.media.types import LegId, TalkingChanged

NOTE_SECONDS = 15.0
"""The minutes of who talks are so old at most: for those who read them meanwhile, and for a crash."""


def meeting_record(state: State, ended_at: float | None = None) -> MeetingRecord:
    """The meeting as it is kept."""
    assert state.meeting is not None
    conference = state.conference
    return MeetingRecord(state.meeting, conference.id, conference.name, state.started_at, ended_at)


def talked(state: State, event: TalkingChanged, now: float) -> tuple[State, Commands]:
    """Somebody began to talk in the room, or ceased."""
    member = state.members.get(event.leg)
    if member is None:
        return state, ()
    member = talking(member, event.talking, now)
    state = changed(state, member)
    if member.talking_since is None or state.noting:
        return state, ()
    return replace(state, noting=True), (StartTimer(NOTE, NOTE_SECONDS),)


def note(state: State, now: float) -> tuple[State, Commands]:
    """Have the minutes of all who talked written, and again while somebody talks."""
    noting = False
    for member in list(state.members.values()):
        noting = noting or member.talking_since is not None
        if member.noted_seconds != said(member, now):
            state = changed(state, replace(member, noted_seconds=said(member, now)))
    return replace(state, noting=noting), (StartTimer(NOTE, NOTE_SECONDS),) if noting else ()


def attendance(meeting: MeetingId, state: State, member: Member, now: float) -> Attendance:
    """A member's presence as it is kept."""
    return Attendance(
        id=member.attendance,
        meeting=meeting,
        conference_id=state.conference.id,
        call=member.call,
        party=member.party,
        entrance=member.entrance,
        joined_at=member.joined_at,
        entered_at=member.entered_at,
        talk_seconds=round(said(member, now), 3),
        administrator=member.administrator,
        muted_by=member.muted_by,
    )


def _lasting(member: Member) -> tuple[object, ...]:
    """What is written as soon as it changes; talk time is written with it, and when it is noted."""
    return (
        member.entered_at,
        member.administrator,
        member.muted_by,
        member.call,
        member.party,
        member.noted_seconds,
    )


def kept(before: State, after: State, event: RoomEvent, commands: Commands, now: float) -> Commands:
    """Records of what a step changed. `after` has the meeting, if there is one."""
    meeting = after.meeting
    if meeting is None:
        return ()
    facts: list[Keep] = []
    if before.meeting is None:
        facts.append(Keep(meeting_record(after)))
    earlier = {member.attendance: member for member in before.members.values()}
    for member in after.members.values():
        known = earlier.pop(member.attendance, None)
        if known is not member and (known is None or _lasting(known) != _lasting(member)):
            facts.append(Keep(attendance(meeting, after, member, now)))
    if earlier:
        reasons = _reasons(event, commands)
        otherwise = Cause.MEDIA_FAILED.value if isinstance(event, WorkerLost) else ""
        for member in earlier.values():
            gone = attendance(meeting, before, member, now)
            facts.append(Keep(replace(gone, left_at=now, reason=reasons.get(member.leg, otherwise))))
    return tuple(facts)


def broken(state: State, now: float) -> tuple[ConferenceFact, ...]:
    """What is kept of a room that a mistake of ours ended."""
    meeting = state.meeting
    if meeting is None:
        return ()
    gone = (
        replace(
            attendance(meeting, state, member, now),
            left_at=now,
            reason=Cause.INTERNAL_ERROR.value,
        )
        for member in state.members.values()
    )
    return (*gone, meeting_record(state, now))


def _reasons(event: RoomEvent, commands: Commands) -> dict[LegId, str]:
    """Why members are gone, by leg."""
    reasons = {
        command.event.leg: command.event.cause.value
        for command in commands
        if isinstance(command, TellCall) and isinstance(command.event, RoomLeft)
    }
    if isinstance(event, ParticipantLeft) and event.cause is not None:
        reasons[event.leg] = event.cause.value
    return reasons
