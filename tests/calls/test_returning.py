"""Who was cut off comes back as he was, within 60 s: rights, mute, lobby, code; across a restart too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from switchroom.calls import room_events as act
from switchroom.calls.minutes import Attendance, Entrance, MeetingId
from switchroom.calls.records import Cause
from switchroom.calls.values import CallId, Party
from switchroom.directory.model import UserId
from switchroom.media.types import LegId, MediaClosed, MediaLost
from switchroom.sip.events import EndCause
from tests.calls.meetings import (
    ROOM,
    attendances,
    audible,
    inside,
    leg,
    meeting_office,
    meetings,
    met,
    order,
    person,
    seen,
    told,
)
from tests.calls.test_browsers import OFFER, media
from tests.harness.office import WORKER, Office


async def lose(office: Office, session: str) -> None:
    """A phone's network is gone."""
    office.runner.on_media_event(MediaLost(leg=LegId(session), seconds=30))
    await office.settle()


async def test_rights_mute_and_hand_survive_a_lost_line() -> None:
    office = meeting_office(access_code="4321", administrator=None)
    first, bruno, carla = [await office.join(extension, "8001") for extension in ("201", "202", "203")]
    for session in (first, bruno, carla):
        await office.key(session, "4321#")
    await order(office, act.HandedOver(leg(bruno), True, "operator"))
    await order(office, act.MuteOrdered(leg(bruno), True))
    await order(office, act.HandRaised(leg(bruno), True))
    await order(office, act.VolumeOrdered(leg(bruno), 6.0, 3.0))
    await lose(office, bruno)
    await office.wait(59)
    again = await office.join("202")
    assert inside(office) == {first, carla, again}, "without the code"
    back = person(office, again)
    assert (back.administrator, back.muted_by, back.hears_db, back.says_db) == (True, "self", 6.0, 3.0)
    assert back.hand_raised_at is not None and audible(office) == {first, carla}
    assert "en/you-are-muted" in told(office, again), "a phone is told that it still is"


async def test_after_60_s_or_a_goodbye_he_is_a_stranger() -> None:
    office = meeting_office(access_code="4321", administrator=None)
    sessions = [await office.join(extension) for extension in ("201", "202", "203")]
    for session in sessions:
        await office.key(session, "4321#")
    await lose(office, sessions[0])
    await office.bye(sessions[1])
    assert told(office, await office.join("202")) == ["en/enter-access-code"], "said goodbye"
    await office.wait(61)
    assert told(office, await office.join("201")) == ["en/enter-access-code"]


async def test_who_comes_back_to_a_lobby_keeps_his_place_on_its_side() -> None:
    office = meeting_office(lobby=True)
    _, bruno, carla = await met(office, "201", "202", "203")
    await order(office, act.AdmitOrdered(leg(bruno), "Anna"))
    await lose(office, bruno)
    await lose(office, carla)
    again, still = await office.join("202"), await office.join("203")
    assert again in inside(office), "admitted once"
    assert person(office, still).in_lobby


async def test_a_lock_does_not_keep_out_who_was_cut_off_nor_does_it_let_in_who_was_removed() -> None:
    office = meeting_office()
    chair, bruno, carla = await met(office, "201", "202", "203")
    await order(office, act.LockOrdered(True, "Anna"))
    await lose(office, bruno)
    again = await office.join("202")
    assert inside(office) == {chair, carla, again}
    await order(office, act.EjectOrdered(leg(carla), "Anna"))
    assert told(office, await office.dial("203", "8001")) == ["en/removed-for-now"]


async def test_g_04_the_end_with_the_last_administrator_waits_for_his_return() -> None:
    office = meeting_office(end_when_administrator_leaves=True)
    chair, bruno = await met(office, "201", "202")
    await lose(office, chair)
    assert seen(office).state == "open"
    again = await office.join("201")
    assert person(office, again).administrator
    await lose(office, again)
    await office.wait(61)
    assert seen(office).state == "ending" and inside(office) == {bruno}


async def test_g_04_who_comes_after_the_administrator_left_comes_in_and_an_emptied_room_waits_again() -> None:
    office = meeting_office(wait_for_administrator=True)
    chair, bruno = await met(office, "201", "202")
    await office.bye(chair)
    carla = await office.join("203")
    assert inside(office) == {bruno, carla}
    await office.bye(bruno)
    await office.bye(carla)
    assert office.runner.room(ROOM) is None
    dora = await office.join("204")
    assert inside(office) == set() and person(office, dora).waiting


async def test_g_04_a_running_conference_that_all_were_cut_off_from_goes_on_with_the_first_who_is_back() -> (
    None
):
    office = meeting_office(wait_for_administrator=True)
    chair, bruno = await met(office, "201", "202")
    (before,) = meetings(office)
    await lose(office, chair)
    await lose(office, bruno)
    assert office.runner.room(ROOM) is None and office.media.rooms == {}
    assert office.runner.status().rooms == 0
    stranger = await office.join("203")
    assert person(office, stranger).waiting
    again = await office.join("202")
    assert inside(office) == {stranger, again}, "it runs"
    assert list(meetings(office)) == [before], "and is the same meeting"


async def test_when_the_worker_dies_everybody_may_come_back() -> None:
    office = meeting_office(access_code="4321")
    _, bruno = [await office.join(extension) for extension in ("201", "202")]
    await office.key(bruno, "4321#")
    await order(office, act.MuteOrdered(leg(bruno), True))
    office.runner.worker_lost()
    await office.settle()
    assert office.runner.room(ROOM) is None
    assert {one.reason for one in attendances(office).values()} == {"media_failed"}
    office.media.legs.clear()
    office.media.rooms.clear()
    office.runner.worker_ready(WORKER)
    again = await office.join("202")
    assert inside(office) == {again} and person(office, again).muted_by == "self"
    await office.wait(61)
    (meeting,) = meetings(office).values()
    assert meeting.ended_at is None, "it goes on"


async def test_a_meeting_that_nobody_comes_back_to_ended_when_the_last_was_cut_off() -> None:
    office = meeting_office()
    (bruno,) = await met(office, "202")
    await lose(office, bruno)
    at = office.clock.now()
    await office.wait(61)
    (meeting,) = meetings(office).values()
    assert meeting.ended_at == at
    assert office.clock.pending == 0


def cut_off(extension: str, left_at: float | None, **changes: object) -> Attendance:
    """An attendance that the last run of the system left open."""
    found = Attendance(
        id=f"leg-{extension}",
        meeting=MeetingId("m"),
        conference_id=ROOM,
        call=CallId("c"),
        party=Party(extension, f"User {extension}", UserId(extension)),
        entrance=Entrance.EXTENSION,
        joined_at=1.0,
        entered_at=2.0,
        left_at=left_at,
        reason="crash",
    )
    return replace(found, **changes)  # type: ignore[arg-type]


async def test_across_a_restart_rights_mute_and_lobby_come_from_the_minutes() -> None:
    office = meeting_office(access_code="4321", administrator=None, lobby=True)
    now = office.clock.now()
    office.runner.start(
        [
            cut_off("201", now - 10, administrator=True),
            cut_off("202", now - 10, muted_by="Anna"),
            cut_off("203", now - 10, entered_at=None),
            cut_off("204", now - 61, administrator=True),
        ]
    )
    office.runner.stop()
    chair, bruno, carla, dora = [await office.join(extension) for extension in ("201", "202", "203", "204")]
    assert inside(office) == {chair, bruno}
    assert person(office, chair).administrator and person(office, bruno).muted_by == "Anna"
    assert person(office, carla).in_lobby
    assert told(office, dora) == ["en/enter-access-code"], "too late"


async def test_a_new_call_of_somebody_whose_page_is_gone_takes_the_old_ones_place() -> None:
    office = meeting_office(administrator=None, access_code="4321", max_participants=2)
    office.register("202", "a", browser="a")
    first = await office.join("201")
    await office.key(first, "4321#")
    page = await office.dial("202", "8001", OFFER, browser=True)
    await office.acknowledge(page)
    await office.key(page, "4321#")
    await order(office, act.MuteOrdered(leg(page), True))
    await media(office, MediaClosed(leg=LegId(page)))
    assert person(office, page).away
    again = await office.dial("202", "8001", OFFER, browser=True)
    await office.acknowledge(again)
    assert inside(office) == {first, again}
    assert person(office, again).muted_by == "self" and person(office, again).device == "browser"
    assert office.signalling.verbs(page)[-1] == "hang_up"


@pytest.mark.parametrize(
    ("cause", "back"),
    [(EndCause.REMOTE_BYE, False), (EndCause.SESSION_EXPIRED, True)],
)
async def test_what_counts_as_a_goodbye(cause: EndCause, back: bool) -> None:
    office = meeting_office(administrator=None)
    bruno, _ = await met(office, "202", "203")
    await order(office, act.MuteOrdered(leg(bruno), True))
    await office.bye(bruno, cause)
    again = await office.join("202")
    assert (person(office, again).muted_by == "self") is back
    assert attendances(office)[bruno].reason == (
        Cause.SIGNALLING_LOST.value if back else Cause.CALLER_HUNG_UP.value
    )
