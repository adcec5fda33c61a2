"""Names, counts and tones of a conference: what who enters is asked, and what is heard of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from switchroom.directory.model import NameAnnouncement, User, UserId
from switchroom.media.types import (
    LegId,
    MediaLost,
    PlayEnded,
    PlayId,
    Record,
    RecordEnded,
    RecordId,
    StopRecord,
)
from tests.calls.meetings import ROOM, inside, leg, meeting_office, met, person, told
from tests.harness.office import Office

JOINED, LEFT = "en/has-joined", "en/has-left"


def door_office(**changes: Any) -> Office:
    """An office where names are said at the door; the test tells when their files are there."""
    office = meeting_office(**{"names": NameAnnouncement.RECORDED, **changes})
    office.media.end_record = lambda *event: None  # type: ignore[method-assign]
    return office


async def recorded(office: Office, session: str, milliseconds: int = 900, error: str = "") -> None:
    """The worker has closed the file of a name."""
    record, path = RecordId(f"{session}/name"), f"/names/{session}.wav"
    ended = RecordEnded(record=record, path=path, duration=milliseconds, error=error)
    office.runner.on_media_event(ended)
    await office.settle()


async def say_name(office: Office, session: str, milliseconds: int = 900) -> None:
    """Somebody at the door is asked and says his name."""
    assert told(office, session) == ["en/say-your-name", "en/tone-join"]
    office.media.finish(f"{session}/ask-name")
    await office.settle()
    await office.key(session, "#")
    await recorded(office, session, milliseconds)


def commands(office: Office, kind: type) -> list[object]:
    return [one for batch in office.media.batches for one in batch if isinstance(one, kind)]


def finish_name(office: Office) -> None:
    """What is said to all is over."""
    office.runner.on_media_event(PlayEnded(play=PlayId(f"{ROOM}/name"), reason="finished"))


async def test_who_enters_says_his_name_and_the_others_hear_it() -> None:
    office = door_office()
    chair = await office.join("201")
    await say_name(office, chair)
    (record,) = commands(office, Record)
    assert isinstance(record, Record) and record.one_side and record.path == f"/names/{chair}.wav"
    assert commands(office, StopRecord) == [StopRecord(record=RecordId(f"{chair}/name"))]
    bruno = await office.join("202")
    assert inside(office) == {chair}, "not before he has said it"
    await say_name(office, bruno)
    assert inside(office) == {chair, bruno}
    assert office.media.room_files(ROOM) == ["en/tone-join", f"/names/{bruno}.wav", JOINED]
    (carla,) = [await office.join("203")]
    await say_name(office, carla)
    finish_name(office)
    await office.settle()
    finish_name(office)
    await office.bye(carla)
    assert office.media.room_files(ROOM)[-3:] == ["en/tone-leave", f"/names/{carla}.wav", LEFT]


async def test_nothing_said_is_no_name_and_hash_goes_without() -> None:
    office = door_office()
    sessions = [await office.join(extension) for extension in ("201", "202", "203", "204")]
    await say_name(office, sessions[0], milliseconds=100)
    await office.key(sessions[1], "#")
    office.media.finish(f"{sessions[2]}/ask-name")
    await office.wait(4.1)
    await recorded(office, sessions[2], error="disk")
    office.media.finish(f"{sessions[3]}/ask-name")
    await office.wait(6.1)
    assert inside(office) == set(sessions), "the file is not waited for for ever"
    assert office.media.room_files(ROOM) == ["en/tone-join"] * 3


async def test_the_code_comes_first_then_the_name_then_the_room() -> None:
    office = door_office(access_code="4321", administrator_code="7777")
    bruno = await office.join("202")
    await office.key(bruno, "7777#")
    await say_name(office, bruno)
    assert person(office, bruno).administrator and inside(office) == {bruno}


async def test_whoever_hangs_up_while_saying_his_name_leaves_nothing_behind() -> None:
    office = door_office()
    bruno = await office.join("202")
    office.media.finish(f"{bruno}/ask-name")
    await office.settle()
    await office.bye(bruno)
    await recorded(office, bruno)
    await office.wait(30)
    assert office.media.legs == {} and office.clock.pending == 0


async def test_names_are_spoken_as_they_are_configured_in_the_language_of_the_conference() -> None:
    office = meeting_office(names=NameAnnouncement.SPOKEN, language="it")
    _, bruno = await met(office, "201", "202")
    assert office.media.room_files(ROOM) == ["it/tone-join", "it/User 202", "it/has-joined"]
    finish_name(office)
    await office.settle()
    await office.bye(bruno)
    alone = next(iter(inside(office)))
    assert told(office, alone) == ["it/tone-leave", "it/User 202", "it/has-left", "it/only-person"]


async def test_a_name_that_was_never_spoken_holds_up_nobody() -> None:
    office = meeting_office(names=NameAnnouncement.SPOKEN)
    office.names.slow = True
    chair, bruno = await met(office, "201", "202")
    assert inside(office) == {chair, bruno} and office.media.room_files(ROOM) == []
    office.names.tell()
    await office.settle()
    assert office.media.room_files(ROOM) == ["en/tone-join", "en/User 202", JOINED]


async def test_a_name_that_comes_too_late_is_not_said_over_what_is_said_then() -> None:
    office = meeting_office(names=NameAnnouncement.SPOKEN)
    chair, bruno = await met(office, "201", "202")
    office.names.slow = True
    await office.key(chair, "*#")
    await office.key(chair, "*3")
    office.names.tell()
    await office.settle()
    assert told(office, chair) == ["en/hand-raised"] and bruno


async def test_names_are_said_one_after_the_other() -> None:
    office = meeting_office(names=NameAnnouncement.SPOKEN, tones=False)
    await office.join("201")
    for extension in ("202", "203", "204"):
        await office.join(extension)
    assert office.media.room_files(ROOM) == ["en/User 202", JOINED]
    finish_name(office)
    await office.settle()
    assert office.media.room_files(ROOM)[2:] == ["en/User 203", JOINED]
    finish_name(office)
    await office.settle()
    finish_name(office)
    await office.settle()
    assert office.media.room_files(ROOM)[4:] == ["en/User 204", JOINED]


async def test_without_speech_synthesis_spoken_names_are_asked_for_instead() -> None:
    office = door_office(names=NameAnnouncement.SPOKEN)
    office.names.able = False
    chair, bruno = await office.join("201"), await office.join("202")
    await say_name(office, chair)
    await say_name(office, bruno)
    assert office.media.room_files(ROOM) == ["en/tone-join", f"/names/{bruno}.wav", JOINED]


async def test_who_has_no_sound_of_a_name_comes_with_a_tone() -> None:
    office = door_office(names=NameAnnouncement.SPOKEN)
    chair = await office.join("201")
    office.names.able = False
    bruno = await office.join("202")
    await office.key(bruno, "#")
    assert inside(office) == {chair, bruno}
    assert office.media.room_files(ROOM) == ["en/tone-join"]


async def test_who_comes_back_or_was_called_is_not_asked_for_his_name() -> None:
    office = door_office()
    chair, bruno = await office.join("201"), await office.join("202")
    await say_name(office, chair)
    await say_name(office, bruno)
    office.runner.on_media_event(MediaLost(leg=LegId(bruno), seconds=30))
    await office.settle()
    again = await office.join("202")
    assert inside(office) == {chair, again}


async def test_who_enters_is_told_how_many_are_there_and_nobody_else_is() -> None:
    office = meeting_office(announce_count=True)
    chair, bruno, carla = await met(office, "201", "202", "203")
    assert told(office, carla) == ["en/people-before", "en/digit-3", "en/people-after"]
    assert told(office, bruno) == ["en/people-before", "en/digit-2", "en/people-after"]
    assert told(office, chair) == []


def crowded(**changes: object) -> Office:
    """An office of fourteen people."""
    office = meeting_office(**changes)
    users = {UserId(str(n)): User(UserId(str(n)), str(n), f"User {n}") for n in range(201, 215)}
    office.directory.snapshot = replace(office.directory.snapshot, users=users)
    for extension in users:
        office.register(extension, "a")
    return office


@pytest.mark.parametrize(("always", "heard"), [(False, 9), (True, 11)])
async def test_tones_stop_above_ten_people_unless_wanted(always: bool, heard: int) -> None:
    office = crowded(tones_always=always)
    sessions = await met(office, *[str(n) for n in range(201, 213)])
    assert office.media.room_files(ROOM) == ["en/tone-join"] * heard
    await office.bye(sessions[-1])
    assert office.media.room_files(ROOM)[heard:] == ["en/tone-leave"] * always
    await office.wait(1)
    await office.bye(sessions[-2])
    assert office.media.room_files(ROOM)[-1] == "en/tone-leave", "ten are left"
    assert person(office, leg(sessions[0]))


async def test_a_name_that_nobody_was_left_to_hear_does_not_silence_the_next() -> None:
    office = meeting_office(names=NameAnnouncement.SPOKEN, tones=False)
    office.names.slow = True
    sessions = [await office.join("201"), await office.join("202")]
    for session in sessions:
        office.runner.on_media_event(MediaLost(leg=LegId(session), seconds=30))
    await office.settle()
    office.names.tell()
    office.names.slow = False
    await office.join("201")
    await office.join("203")
    assert office.media.room_files(ROOM)[-2:] == ["en/User 203", JOINED]
