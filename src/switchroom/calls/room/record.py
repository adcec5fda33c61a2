"""The minutes of a room: what changed in its people is kept, by comparing it before and after a step."""

from __future__ import annotations

from switchroom.calls.change import replace
from switchroom.calls.commands import Commands, Keep, TellCall
from switchroom.calls.events import ParticipantLeft, RoomEvent, RoomLeft, WorkerLost
from switchroom.calls.minutes import Attendance, ConferenceFact, MeetingId, MeetingRecord
from switchroom.calls.records import Cause
from switchroom.calls.room.moderation import talking
from switchroom.calls.room.state import Member, State
from switchroom.media.types import LegId


def meeting_record(state: State, ended_at: float | None = None) -> MeetingRecord:
    """The meeting as it is kept."""
    assert state.meeting is not None
    conference = state.conference
    return MeetingRecord(state.meeting, conference.id, conference.name, state.started_at, ended_at)


def attendance(meeting: MeetingId, state: State, member: Member) -> Attendance:
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
        talk_seconds=round(member.talk_seconds, 3),
        administrator=member.administrator,
        muted_by=member.muted_by,
    )


def _lasting(member: Member) -> tuple[object, ...]:
    """What is written as soon as it changes; talk time is written with the next change."""
    return member.entered_at, member.administrator, member.muted_by, member.call, member.party


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
            facts.append(Keep(attendance(meeting, after, member)))
    if earlier:
        reasons = _reasons(event, commands)
        otherwise = Cause.MEDIA_FAILED.value if isinstance(event, WorkerLost) else ""
        for member in earlier.values():
            gone = attendance(meeting, before, talking(member, False, now))
            facts.append(Keep(replace(gone, left_at=now, reason=reasons.get(member.leg, otherwise))))
    return tuple(facts)


def broken(state: State, now: float) -> tuple[ConferenceFact, ...]:
    """What is kept of a room that a mistake of ours ended."""
    meeting = state.meeting
    if meeting is None:
        return ()
    gone = (
        replace(
            attendance(meeting, state, talking(member, False, now)),
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
