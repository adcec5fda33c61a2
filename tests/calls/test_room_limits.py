"""What a forgotten leg costs has an end: alone, and at the longest; and what the minutes keep of it all."""

from __future__ import annotations

from switchroom.calls import room_events as act
from switchroom.calls.minutes import Entrance
from switchroom.calls.records import Cause
from switchroom.media.types import LegId, RoomId, TalkingChanged
from tests.calls.meetings import (
    ROOM,
    attendances,
    inside,
    leg,
    meeting_office,
    meetings,
    met,
    order,
    seen,
    told,
)
from tests.harness.office import Office


async def test_who_is_alone_is_warned_a_minute_before_and_hung_up_on() -> None:
    office = meeting_office(lone_minutes=10)
    (bruno,) = await met(office, "202")
    await office.wait(9 * 60 - 2)
    assert told(office, bruno) == ["en/only-person"]
    await office.wait(2)
    assert told(office, bruno) == ["en/alone-too-long"]
    await office.wait(60)
    assert told(office, bruno) == ["en/alone-ended", "en/goodbye"]
    office.media.finish(f"{bruno}/farewell")
    await office.settle()
    assert office.ended.end_cause is Cause.ALONE
    assert attendances(office)[bruno].reason == "alone"


async def test_a_key_or_company_keeps_him() -> None:
    office = meeting_office(lone_minutes=10)
    (bruno,) = await met(office, "202")
    await office.wait(9 * 60)
    assert told(office, bruno) == ["en/alone-too-long"]
    await office.key(bruno, "5")
    await office.wait(5 * 60)
    assert inside(office) == {bruno}
    (carla,) = await met(office, "203")
    await office.wait(20 * 60)
    assert inside(office) == {bruno, carla}
    await office.bye(carla)
    await office.wait(9 * 60 + 59)
    assert inside(office) == {bruno}
    await office.wait(2)
    assert inside(office) == set()


async def test_who_waits_alone_for_the_administrator_does_not_wait_for_ever() -> None:
    office = meeting_office(lone_minutes=1, wait_for_administrator=True)
    (bruno,) = await met(office, "202")
    await office.wait(30)
    assert told(office, bruno) == ["en/alone-too-long"]
    await office.wait(30)
    assert told(office, bruno) == ["en/alone-ended", "en/goodbye"]


async def test_no_limit_is_no_limit() -> None:
    office = meeting_office(lone_minutes=None)
    (bruno,) = await met(office, "202")
    await office.wait(3 * 3600)
    assert inside(office) == {bruno}


async def test_the_longest_meeting_is_warned_of_and_ends_for_all() -> None:
    office = meeting_office(max_minutes=30, wait_for_administrator=True)
    (bruno,) = await met(office, "202")
    await office.wait(25 * 60)
    chair, _ = await met(office, "201", "203")
    await office.wait(29 * 60 - 2.5)
    assert told(office, chair) == []
    await office.wait(1)
    assert told(office, chair) == told(office, bruno) == ["en/conference-ends-soon"]
    await office.wait(60)
    assert office.media.room_files(ROOM)[-1] == "en/conference-time-over"
    office.media.finish(f"{ROOM}/announcement")
    await office.settle()
    assert office.ended.end_cause is Cause.CONFERENCE_ENDED and office.media.rooms == {}


async def test_a_room_that_was_never_used_costs_nothing() -> None:
    office = Office()
    await office.settle()
    assert office.runner.rooms() == [] and office.clock.pending == 0 and office.media.batches == []


# --- minutes --------------------------------------------------------------------------------------------


async def talk(office: Office, session: str, seconds: float) -> None:
    """Somebody talks for so long."""
    for talking in (True, False):
        office.runner.on_media_event(TalkingChanged(leg=LegId(session), room=RoomId(ROOM), talking=talking))
        if talking:
            await office.wait(seconds)


async def test_the_minutes_tell_who_was_there_from_when_to_when_and_how_long_he_talked() -> None:
    office = meeting_office(wait_for_administrator=True)
    start = office.clock.now()
    (bruno,) = await met(office, "202")
    await office.wait(10)
    (chair,) = await met(office, "201")
    opened = office.clock.now() - 1
    await talk(office, bruno, 5)
    await order(office, act.MuteOrdered(leg(bruno), True, "Anna"))
    await talk(office, bruno, 5)
    await talk(office, chair, 2)
    await office.bye(bruno)
    gone = office.clock.now()
    await office.wait(3)
    await office.bye(chair)
    found = attendances(office)
    one, other = found[bruno], found[chair]
    assert (one.joined_at, one.entered_at, one.left_at) == (start, opened, gone)
    assert (one.talk_seconds, other.talk_seconds) == (5, 2), "muted, nobody heard him"
    assert (one.muted_by, one.reason, one.administrator) == ("Anna", "caller_hung_up", False)
    assert (other.administrator, other.entrance) == (True, Entrance.EXTENSION)
    (meeting,) = meetings(office).values()
    assert (meeting.started_at, meeting.ended_at) == (start, office.clock.now())
    assert meeting.id == one.meeting == other.meeting and meeting.name == "Open"


async def test_who_talks_when_he_leaves_or_is_muted_has_talked_until_then() -> None:
    office = meeting_office()
    chair, bruno = await met(office, "201", "202")
    for session in (chair, bruno):
        office.runner.on_media_event(TalkingChanged(leg=LegId(session), room=RoomId(ROOM), talking=True))
    await office.wait(4)
    await order(office, act.MuteOrdered(leg(chair), True))
    await office.wait(4)
    await office.bye(bruno)
    await office.bye(chair)
    assert [attendances(office)[session].talk_seconds for session in (chair, bruno)] == [4, 8]


def begins_to_talk(office: Office, session: str) -> None:
    office.runner.on_media_event(TalkingChanged(leg=LegId(session), room=RoomId(ROOM), talking=True))


async def test_who_talks_without_pause_stands_so_in_the_minutes_while_the_meeting_goes_on() -> None:
    office = meeting_office()
    chair, bruno = await met(office, "201", "202")
    begins_to_talk(office, bruno)
    await office.wait(46)
    found = attendances(office)
    assert (found[bruno].talk_seconds, found[bruno].left_at) == (45, None), "15 s old at most"
    assert found[chair].talk_seconds == 0
    before = len(office.minutes.kept)
    office.runner.on_media_event(TalkingChanged(leg=LegId(bruno), room=RoomId(ROOM), talking=False))
    await office.wait(60)
    assert attendances(office)[bruno].talk_seconds == 46
    assert len(office.minutes.kept) == before + 1, "silence is written down once"
    await order(office, act.EndOrdered("Anna"))
    await office.wait(20)
    assert attendances(office)[bruno].talk_seconds == 46 and office.clock.pending == 0


async def test_who_talks_without_pause_when_the_meeting_is_ended_has_talked_until_then() -> None:
    office = meeting_office()
    _, bruno = await met(office, "201", "202")
    begins_to_talk(office, bruno)
    await office.wait(3601)
    await order(office, act.EndOrdered("Anna"))
    office.media.finish(f"{ROOM}/announcement")
    await office.settle()
    assert attendances(office)[bruno].talk_seconds == 3601 and office.media.rooms == {}


async def test_a_change_of_rights_is_written_with_the_talk_that_goes_on() -> None:
    office = meeting_office()
    _, bruno = await met(office, "201", "202")
    begins_to_talk(office, bruno)
    await office.wait(7)
    await order(office, act.HandedOver(leg(bruno), True, "Anna"))
    assert attendances(office)[bruno].talk_seconds == 7


async def test_a_change_that_a_return_needs_is_kept_at_once_and_nothing_else_is() -> None:
    office = meeting_office()
    _, bruno = await met(office, "201", "202")
    before = len(office.minutes.kept)
    await order(office, act.HandRaised(leg(bruno), True))
    await office.key(bruno, "*6")
    await talk(office, bruno, 3)
    assert len(office.minutes.kept) == before
    await order(office, act.MuteOrdered(leg(bruno), True, "Anna"))
    await order(office, act.HandedOver(leg(bruno), True, "Anna"))
    kept = attendances(office)[bruno]
    assert len(office.minutes.kept) == before + 2
    assert (kept.muted_by, kept.administrator, kept.talk_seconds) == ("Anna", True, 3)


async def test_each_meeting_has_its_own_minutes() -> None:
    office = meeting_office()
    for _ in range(2):
        (bruno,) = await met(office, "202")
        await office.bye(bruno)
    found = list(meetings(office).values())
    assert len(found) == 2 and all(one.ended_at for one in found)
    assert found[0].ended_at is not None and found[0].ended_at <= found[1].started_at


async def test_who_is_refused_at_the_door_is_in_no_minutes() -> None:
    office = meeting_office(max_participants=1)
    await met(office, "202")
    await office.dial("203", "8001")
    assert len(attendances(office)) == 1 and len(seen(office).participants) == 1


async def test_g_03_wrong_codes_are_told_one_by_one_and_counted() -> None:
    office = meeting_office(access_code="4321")
    bruno = await office.join("202")
    await office.key(bruno, "1111#2222#4321#")
    assert office.tries.wrong == [(ROOM, "202"), (ROOM, "202")]
    assert office.runner.wrong_codes == 2
