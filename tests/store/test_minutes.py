"""store/minutes.py, minutes_log.py: meetings, who attended, who was invited."""

from __future__ import annotations

import pytest

from switchroom.calls.minutes import (
    Attendance,
    Entrance,
    InvitationId,
    InvitationRecord,
    InvitationState,
    MeetingId,
    MeetingRecord,
    RecordingRecord,
)
from switchroom.calls.values import CallId, Party
from switchroom.directory import ConferenceId, UserId
from switchroom.store import MeetingFilter, RecordingFilter, Store
from switchroom.store.minutes import AttendanceRow
from switchroom.store.minutes_log import MinutesLog, attendance_of

ROOM = ConferenceId("c1")
MEETING = MeetingId("m1")


def meeting(number: int, **fields: object) -> MeetingRecord:
    values: dict[str, object] = {
        "id": MeetingId(f"m{number}"),
        "conference_id": ROOM,
        "name": "Board",
        "started_at": 1000.0 + number // 2,
    }
    return MeetingRecord(**(values | fields))  # type: ignore[arg-type]


def attendance(name: str, **fields: object) -> Attendance:
    values: dict[str, object] = {
        "id": f"leg-{name}",
        "meeting": MEETING,
        "conference_id": ROOM,
        "call": CallId("call"),
        "party": Party("201", name, UserId(f"user-{name}")),
        "entrance": Entrance.EXTENSION,
        "joined_at": 1000.0,
    }
    return Attendance(**(values | fields))  # type: ignore[arg-type]


def invitation(number: int, **fields: object) -> InvitationRecord:
    values: dict[str, object] = {
        "id": InvitationId(f"i{number}"),
        "conference_id": ROOM,
        "meeting": MEETING,
        "number": "202",
        "name": "Bruno",
        "by": "Anna",
        "state": InvitationState.RINGING,
        "at": 1001.0,
    }
    return InvitationRecord(**(values | fields))  # type: ignore[arg-type]


def recording(number: int, **fields: object) -> RecordingRecord:
    values: dict[str, object] = {
        "id": f"r{number}",
        "conference_id": ROOM,
        "meeting": MEETING,
        "path": f"r{number}.wav",
        "started_at": 1001.0,
        "by": "Anna",
    }
    return RecordingRecord(**(values | fields))  # type: ignore[arg-type]


async def test_what_a_room_tells_is_read_again(store: Store) -> None:
    log = MinutesLog(store)
    log.keep(meeting(1))
    log.keep(attendance("Anna", entered_at=1002.0, administrator=True))
    log.keep(attendance("Zoe", party=Party("", "Zoë", guest="visit-1"), entrance=Entrance.LINK))
    log.keep(invitation(1))
    log.keep(recording(1, attendance="leg-Anna", participant="Anna"))
    await store.settled()
    found = await store.minutes.get("m1")
    assert found is not None and (found.name, found.ended_at) == ("Board", None)
    rows = await store.minutes.attendances("m1")
    assert [attendance_of(row) for row in rows] == [
        attendance("Anna", entered_at=1002.0, administrator=True),
        attendance("Zoe", party=Party("", "Zoë", guest="visit-1"), entrance=Entrance.LINK),
    ]
    (invited,) = await store.minutes.invitations(found)
    assert (invited.number, invited.invited_by, invited.state) == ("202", "Anna", "ringing")
    (taped,) = await store.recordings.of_meeting("m1")
    assert (taped.participant, taped.started_by, taped.path) == ("Anna", "Anna", "r1.wav")
    assert await store.minutes.get("none") is None


async def test_a_record_written_anew_replaces_the_former(store: Store) -> None:
    log = MinutesLog(store)
    log.keep(attendance("Anna"))
    await store.settled()
    log.keep(attendance("Anna", left_at=1060.0, talk_seconds=12.5, reason="caller_hung_up"))
    await store.settled()
    (row,) = await store.minutes.attendances("m1")
    assert (row.left_at, row.talk_seconds, row.reason) == (1060.0, 12.5, "caller_hung_up")


async def test_what_a_crash_cut_off_is_closed_at_the_next_start(store: Store) -> None:
    log = MinutesLog(store)
    log.keep(meeting(1))
    log.keep(meeting(2, ended_at=1005.0))
    log.keep(attendance("Anna", muted_by="Bruno"))
    log.keep(attendance("Bruno", left_at=1003.0, reason="caller_hung_up"))
    log.keep(attendance("Carla", joined_at=1100.0))
    log.keep(invitation(1))
    log.keep(invitation(2, state=InvitationState.JOINED))
    await store.settled()
    assert await store.minutes.close_interrupted(1050.0) == 4
    assert await store.minutes.close_interrupted(1060.0) == 0
    found = await store.minutes.get("m1")
    assert found is not None and found.ended_at == 1050.0
    rows = {row.name: row for row in await store.minutes.attendances("m1")}
    assert (rows["Anna"].left_at, rows["Anna"].reason, rows["Anna"].muted_by) == (1050.0, "crash", "Bruno")
    assert (rows["Bruno"].left_at, rows["Bruno"].reason) == (1003.0, "caller_hung_up")
    assert rows["Carla"].left_at == 1100.0, "nobody leaves before he came"
    cut, joined = await store.minutes.invitations(found)
    assert (cut.state, cut.reason, cut.ended_at) == ("failed", "crash", 1050.0)
    assert (joined.state, joined.reason, joined.ended_at) == ("joined", "", None)


async def test_who_was_cut_off_in_the_last_minute_is_offered_to_come_back(store: Store) -> None:
    log = MinutesLog(store)
    log.keep(attendance("Anna"))
    log.keep(attendance("Bruno", left_at=1045.0, reason="shutdown"))
    log.keep(attendance("Carla", left_at=1049.0, reason="caller_hung_up"))
    log.keep(attendance("David", left_at=985.0, reason="signalling_lost"))
    await store.settled()
    assert await store.minutes.open_attendances(1055.0) != []
    await store.minutes.close_interrupted(1050.0)

    async def names(now: float) -> list[str]:
        return [row.name for row in await store.minutes.open_attendances(now)]

    assert await names(1055.0) == ["Anna", "Bruno"]
    assert await names(1106.0) == ["Anna"]
    assert await names(1111.0) == []


async def test_pages_of_meetings_are_complete_and_without_repeats(store: Store) -> None:
    log = MinutesLog(store)
    for number in range(25):
        log.keep(meeting(number, id=MeetingId(f"m{number:02}")))
    await store.settled()
    seen: list[str] = []
    after: str | None = None
    while True:
        found, after = await store.minutes.page(MeetingFilter(), 7, after)
        seen += [summary.meeting.id for summary in found]
        if after is None:
            break
    assert seen == [f"m{number:02}" for number in reversed(range(25))]
    for wrong in ("", "x", "WzEsMl0"):
        with pytest.raises(ValueError, match="no page"):
            await store.minutes.page(MeetingFilter(), 7, wrong)


async def test_a_line_of_the_list_counts_people_talk_and_recordings(store: Store) -> None:
    log = MinutesLog(store)
    log.keep(meeting(1))
    log.keep(meeting(9, id=MeetingId("empty"), conference_id=ConferenceId("c2"), name="Sales"))
    log.keep(attendance("Anna", entered_at=1001.0, talk_seconds=4.0))
    log.keep(attendance("Anna", id="again", entered_at=1020.0, talk_seconds=2.0))
    log.keep(attendance("Bruno", entered_at=1001.0))
    log.keep(attendance("Carla"))
    log.keep(recording(1))
    log.keep(recording(2, attendance="leg-Anna", participant="Anna"))
    await store.settled()
    (empty, full), _ = await store.minutes.page(MeetingFilter())
    assert (full.people, full.talk_seconds, full.recordings) == (2, 6.0, 1)
    assert (empty.people, empty.talk_seconds, empty.recordings) == (0, 0.0, 0)

    async def ids(**conditions: object) -> list[str]:
        rows, _ = await store.minutes.page(MeetingFilter(**conditions))  # type: ignore[arg-type]
        return [summary.meeting.id for summary in rows]

    assert await ids(conferences=frozenset({"c1"})) == ["m1"]
    assert await ids(conferences=frozenset()) == []
    assert await ids(since=1001.0) == ["empty"]
    assert await ids(until=1001.0) == ["m1"]
    assert await ids(text="SALE") == ["empty"]
    assert await ids(text="carla") == ["m1"], "by the name of who attended"
    assert await ids(text="%") == []


async def test_retention_of_minutes_leaves_those_with_recordings(store: Store) -> None:
    log = MinutesLog(store)
    for number in range(450):
        log.keep(meeting(number))
        log.keep(attendance("Anna", id=f"a{number}", meeting=MeetingId(f"m{number}")))
        log.keep(invitation(number, meeting=MeetingId(f"m{number}")))
    log.keep(invitation(900, meeting=None))
    log.keep(recording(1, meeting=MeetingId("m7"), ended_at=1004.0))
    await store.settled()
    assert await store.minutes.delete_before(1200.0) == 399
    assert [summary.meeting.id for summary in (await store.minutes.page(MeetingFilter(), 500))[0]][-1] == "m7"
    assert await store.minutes.attendances("m6") == []
    assert len(await store.minutes.attendances("m7")) == 1
    assert len((await store.recordings.page(RecordingFilter()))[0]) == 1


def test_a_stored_attendance_is_the_one_that_was_kept() -> None:
    row = AttendanceRow("l", "m", "c", "call", "201", "Anna", None, None, "server", 1.0)
    found = attendance_of(row)
    assert (found.entrance, found.party.user_id, found.party.extension) == (Entrance.SERVER, None, "201")
