"""What was done in a meeting is told to who opens its page later."""

from __future__ import annotations

from switchroom.api import RunningSystem
from switchroom.calls import room_events as act
from switchroom.calls.room.history import MOST
from switchroom.directory.model import Recording
from tests.calls.meetings import ROOM, leg, meeting_office, met, order, seen
from tests.harness.office import Office


def happened(office: Office) -> list[tuple[str, str, str]]:
    """What was done, to whom, by whom."""
    return [(one.what.value, one.name, one.by) for one in seen(office).happened]


async def test_f_11_mutes_hands_locks_rights_and_recordings_are_told_in_order() -> None:
    office = meeting_office(recording=Recording.ON_REQUEST)
    chair, bruno = await met(office, "201", "202")
    assert happened(office) == [], "who came is in the minutes"
    await order(office, act.MuteOrdered(leg(bruno), True, "Anna"))
    await order(office, act.HandRaised(leg(bruno), True))
    await office.key(bruno, "*1")
    await order(office, act.HandRaised(leg(bruno), False, "Anna"))
    await office.wait(7)
    await office.key(chair, "*2")
    await order(office, act.LockOrdered(False, "Elena"))
    await order(office, act.HandedOver(leg(bruno), True, "Anna"))
    await order(office, act.HandedOver(leg(bruno), False, "Anna"))
    await order(office, act.RecordOrdered(True, "Anna"))
    await order(office, act.RecordOrdered(False, "Elena"))
    await office.key(bruno, "*1")
    assert happened(office) == [
        ("muted", "User 202", "Anna"),
        ("hand", "User 202", ""),
        ("unmuted", "User 202", ""),
        ("handDown", "User 202", ""),
        ("locked", "", "User 201"),
        ("unlocked", "", "Elena"),
        ("administrator", "User 202", ""),
        ("participant", "User 202", ""),
        ("recording", "", "Anna"),
        ("recorded", "", "Elena"),
        ("muted", "User 202", ""),
    ]
    times = [one.at for one in seen(office).happened]
    assert times == sorted(times) and times[4] - times[3] == 7


async def test_f_11_the_api_tells_it_of_the_one_room_that_is_watched_and_not_of_all() -> None:
    office = meeting_office()
    _, bruno = await met(office, "201", "202")
    await order(office, act.MuteOrdered(leg(bruno), True, "Anna"))
    live = RunningSystem(
        office.runner,
        registrations=list,
        drop_device=lambda _: None,
        configuration_applied=lambda: None,
        problems=list,
        allow=lambda _: True,
        health=list,
        configured=lambda _: True,
    )
    room = live.room(ROOM)
    assert room is not None
    assert [(one.what, one.name, one.by) for one in room.happened] == [("muted", "User 202", "Anna")]
    assert [one.happened for one in live.rooms()] == [()]


async def test_what_changes_nothing_is_no_happening_and_the_oldest_are_forgotten() -> None:
    office = meeting_office()
    _, bruno = await met(office, "201", "202")
    await order(office, act.LockOrdered(False, "Anna"))
    await order(office, act.VolumeOrdered(leg(bruno), 3.0))
    assert happened(office) == []
    for number in range(MOST + 1):
        await order(office, act.LockOrdered(number % 2 == 0, "Anna"))
    assert len(happened(office)) == MOST and happened(office)[0][0] == "unlocked"


async def test_the_next_meeting_begins_without_what_was_done_in_the_last() -> None:
    office = meeting_office()
    (bruno,) = await met(office, "202")
    await order(office, act.LockOrdered(True, "Anna"))
    await office.bye(bruno)
    await met(office, "202")
    assert happened(office) == []
