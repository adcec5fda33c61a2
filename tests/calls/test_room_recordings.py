"""Recordings of rooms as they run: orders, people who come and go, a full disk, a dead worker (F-12)."""

from __future__ import annotations

import pytest

from switchroom.calls import conference
from switchroom.calls.minutes import Attendance, MeetingRecord, RecordingRecord
from switchroom.calls.room_events import RecordOrdered
from switchroom.directory.model import Conference, ConferenceId, Recording, UserId
from switchroom.media.types import LegId, OfLeg, OfRoom, RoomId
from tests.harness.office import Office, snapshot

ROOM = ConferenceId("c1")


def office_with(**changes: object) -> Office:
    """An office whose conference 8001 is changed; joining makes no tone."""
    values: dict[str, object] = {"tones": False, **changes}
    return Office(snapshot(conferences=[Conference(ROOM, "Open", "8001", **values)]))  # type: ignore[arg-type]


async def order(office: Office, on: bool = True, each: bool | None = None) -> None:
    """A moderator's act."""
    assert office.runner.room_act(ROOM, RecordOrdered(on, "Carla", each))
    await office.settle()


def kept(office: Office) -> dict[str, RecordingRecord]:
    """The recordings as they were kept last, by whose they are."""
    facts = [fact for fact in office.minutes.kept if isinstance(fact, RecordingRecord)]
    return {fact.participant: fact for fact in facts}


def said(office: Office) -> list[str]:
    """What was said to the whole room about its recording."""
    files = office.media.room_files("c1")
    return [file.removeprefix("en/") for file in files if "record" in file]


async def test_f_12_a_recording_is_begun_and_ended_by_order_and_both_are_said() -> None:
    office = office_with()
    await office.join("201")
    await office.join("202")
    await order(office)
    (record,) = office.media.records.values()
    assert record.target == OfRoom(room=RoomId("c1"))
    assert record.path.startswith("/recordings/meeting-") and record.path.endswith(".wav")
    assert said(office) == ["conference-recorded"]
    assert (kept(office)[""].by, kept(office)[""].ended_at) == ("Carla", None)
    assert kept(office)[""].path == record.path.removeprefix("/recordings/"), "no folder is kept"
    await order(office, on=False)
    assert office.media.records == {} and said(office) == ["conference-recorded", "recording-stopped"]
    assert (kept(office)[""].reason, kept(office)[""].seconds) == ("stopped", 2.5)


async def test_f_12_who_comes_later_is_told_alone() -> None:
    office = office_with()
    await office.join("201")
    await office.join("202")
    await order(office)
    late = await office.join("203")
    assert office.media.legs[late].playing[0].files == ["en/conference-recorded"]
    assert said(office) == ["conference-recorded"], "the others are not told again"


async def test_f_12_each_participant_apart_as_they_come_and_go() -> None:
    office = office_with()
    first, second = await office.join("201"), await office.join("202")
    await order(office, each=True)
    targets = {record.target for record in office.media.records.values()}
    assert targets == {
        OfRoom(room=RoomId("c1")),
        OfLeg(leg=LegId(first)),
        OfLeg(leg=LegId(second)),
    }
    third = await office.join("203")
    assert OfLeg(leg=LegId(third)) in {record.target for record in office.media.records.values()}
    await office.bye(second)
    assert len(office.media.records) == 3
    ended = [fact.participant for fact in kept(office).values() if fact.ended_at is not None]
    assert len(ended) == 1 and kept(office)[ended[0]].reason == "left"
    await office.bye(first)
    await office.bye(third)
    assert office.media.records == {}
    assert {fact.reason for fact in kept(office).values()} == {"left", "ended"}
    assert kept(office)[""].reason == "ended" and office.media.failures == []


async def test_f_12_always_begins_with_the_second_person_and_can_not_be_stopped() -> None:
    office = office_with(recording=Recording.ALWAYS, record_participants=True)
    await office.join("201")
    assert office.media.records == {}
    await office.join("202")
    assert len(office.media.records) == 3 and kept(office)[""].by == ""
    assert said(office) == ["conference-recorded"]
    await order(office, on=False)
    assert len(office.media.records) == 3


async def test_f_12_a_conference_that_is_never_recorded_is_not_by_order_either() -> None:
    office = office_with(recording=Recording.OFF)
    await office.join("201")
    await office.join("202")
    await order(office)
    assert office.media.records == {} and kept(office) == {}


async def test_f_12_nobody_who_waits_is_recorded() -> None:
    office = office_with(administrator=UserId("201"), wait_for_administrator=True)
    waits = await office.join("203")
    await order(office)
    assert office.media.records == {}, "nobody is in the room"
    host = await office.join("201")
    await order(office, each=True)
    targets = {record.target for record in office.media.records.values()}
    assert targets == {OfRoom(room=RoomId("c1")), OfLeg(leg=LegId(host)), OfLeg(leg=LegId(waits))}


async def test_f_12_only_who_was_let_in_from_the_lobby_is_recorded() -> None:
    office = office_with(administrator=UserId("201"), lobby=True, recording=Recording.ALWAYS)
    await office.join("201")
    await office.join("203")
    assert office.media.records == {}, "one in the room, one in the lobby"


async def test_f_12_a_full_disk_is_told_to_all_and_to_the_administrator() -> None:
    office = office_with()
    await office.join("201")
    await office.join("202")
    await order(office, each=True)
    whole = kept(office)[""].id
    office.media.end_record(whole, "disk", 4000)
    await office.settle()
    assert office.media.records == {} and said(office) == ["conference-recorded", "recording-stopped"]
    assert (kept(office)[""].reason, kept(office)[""].seconds) == ("disk", 4.0)
    assert [problem.kind for problem in office.problems.found] == ["recording-failed"]
    assert office.runner.rooms()[0].recording is None
    await order(office)
    assert len(office.media.records) == 1, "it can be tried again"


async def test_f_12_one_participants_file_that_fails_leaves_the_rest() -> None:
    office = office_with()
    await office.join("201")
    await office.join("202")
    await order(office, each=True)
    part = next(fact for name, fact in kept(office).items() if name)
    office.media.end_record(part.id, "disk", 1000)
    await office.settle()
    assert len(office.media.records) == 2 and said(office) == ["conference-recorded"]
    assert kept(office)[part.participant].reason == "disk"


async def test_f_12_a_dead_worker_ends_the_recording_in_the_minutes() -> None:
    office = office_with()
    await office.join("201")
    await office.join("202")
    await order(office, each=True)
    office.media.records.clear()
    office.runner.worker_lost()
    await office.settle()
    assert {fact.reason for fact in kept(office).values()} == {"media_failed"}
    assert all(fact.ended_at is not None for fact in kept(office).values())


@pytest.mark.parametrize("each", [False, True])
async def test_f_12_the_live_room_says_that_it_is_recorded(each: bool) -> None:
    office = office_with()
    await office.join("201")
    await office.join("202")
    assert office.runner.rooms()[0].recording is None
    await order(office, each=each)
    found = office.runner.rooms()[0].recording
    assert found is not None and (found.each, found.since > 0) == (each, True)


async def test_f_12_each_participant_apart_is_begun_and_ended_while_the_mix_goes_on() -> None:
    office = office_with()
    first = await office.join("201")
    second = await office.join("202")
    await order(office)
    (mix,) = office.media.records.values()
    await order(office, each=True)
    targets = [record.target for record in office.media.records.values()]
    assert targets == [mix.target, OfLeg(leg=LegId(first)), OfLeg(leg=LegId(second))]
    live = office.runner.rooms()[0].recording
    assert live is not None and live.each
    third = await office.join("203")
    assert office.media.records.keys() >= {mix.record} and len(office.media.records) == 4
    assert set(kept(office)) == {"", "User 201", "User 202", "User 203"}
    await order(office, each=True)
    await order(office)
    assert len(office.media.records) == 4, "asked for again, and a word without `each`, change nothing"
    await order(office, each=False)
    assert list(office.media.records.values()) == [mix]
    live = office.runner.rooms()[0].recording
    assert live is not None and not live.each
    assert [kept(office)[name].reason for name in ("User 201", "User 203", "")] == ["stopped", "stopped", ""]
    await office.bye(third)
    await office.join("203")
    assert list(office.media.records.values()) == [mix], "nor is who comes now"
    await order(office, each=True)
    assert len({record.path for record in office.media.records.values()}) == 4
    files = {fact.path for fact in office.minutes.kept if isinstance(fact, RecordingRecord)}
    assert len(files) == 7, "each beginning has files of its own"
    assert said(office) == ["conference-recorded"], "that it is recorded was said"


async def test_two_recordings_of_one_meeting_are_two_files() -> None:
    office = office_with()
    await office.join("201")
    await office.join("202")
    for _ in range(2):
        await order(office)
        await order(office, on=False)
        await office.wait(1.0)
    paths = {fact.path for fact in office.minutes.kept if isinstance(fact, RecordingRecord)}
    assert len(paths) == 2


async def test_a_room_that_breaks_is_closed_in_the_minutes_and_in_the_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = office_with()
    await office.join("201")
    await office.join("202")
    await order(office)

    def broken(*_: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(conference, "handle", broken)
    assert office.runner.room_act(ROOM, RecordOrdered(False, "Carla"))
    await office.settle()
    assert office.media.rooms == {}, "whatever the worker recorded of it ends with it"
    last = {type(fact): fact for fact in office.minutes.kept}
    meeting, attendance = last[MeetingRecord], last[Attendance]
    assert isinstance(meeting, MeetingRecord) and meeting.ended_at is not None
    assert isinstance(attendance, Attendance) and attendance.reason == "internal_error"
