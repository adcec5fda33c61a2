"""Moderating a conference: what happens to whom, who hears of it, who is kept out (F-11)."""

from __future__ import annotations

from switchroom.calls import room_events as act
from switchroom.calls.records import Cause
from switchroom.media.types import LevelsMeasured, RoomId, Watch
from tests.calls.meetings import (
    ROOM,
    attendances,
    audible,
    inside,
    leg,
    meeting_office,
    met,
    order,
    person,
    seen,
    told,
)
from tests.harness.office import Office, description


async def test_f_11_a_muted_participant_is_not_heard_and_opens_the_microphone_himself() -> None:
    office = meeting_office()
    chair, bruno = await met(office, "201", "202")
    await order(office, act.MuteOrdered(leg(bruno), True, "Anna"))
    assert audible(office) == {chair}
    assert person(office, bruno).muted_by == "Anna"
    assert told(office, bruno) == ["en/muted-by-moderator"], "a phone has no other sign of it"
    await order(office, act.MuteOrdered(leg(bruno), False))
    assert audible(office) == {chair, bruno} and person(office, bruno).muted_by is None


async def test_f_11_a_moderator_asks_and_never_opens_a_microphone() -> None:
    office = meeting_office()
    chair, bruno = await met(office, "201", "202")
    await order(office, act.MuteOrdered(leg(bruno), True))
    assert person(office, bruno).muted_by == "self"
    for asking in (act.MuteOrdered(leg(bruno), False, "Anna"), act.UnmuteRequested(leg(bruno), "Anna")):
        await order(office, asking)
        assert audible(office) == {chair}
        assert person(office, bruno).unmute_requested_by == "Anna"
        assert told(office, bruno) == ["en/asked-to-speak"]
    await office.key(bruno, "*1")
    assert audible(office) == {chair, bruno} and person(office, bruno).unmute_requested_by is None


async def test_f_11_a_firm_mute_lasts_until_a_moderator_asks() -> None:
    office = meeting_office()
    chair, bruno = await met(office, "201", "202")
    await order(office, act.MuteAllOrdered("Anna", leg(chair), firm=True))
    assert person(office, bruno).muted_firmly
    await order(office, act.MuteOrdered(leg(bruno), False))
    await office.key(bruno, "*1")
    assert audible(office) == {chair} and told(office, bruno) == ["en/muted-until-asked"]
    await order(office, act.UnmuteRequested(leg(bruno), "Anna"))
    await office.key(bruno, "*1")
    assert audible(office) == {chair, bruno}


async def test_f_11_mute_all_spares_administrators_and_who_ordered_it() -> None:
    office = meeting_office()
    chair, bruno, carla, dora = await met(office, "201", "202", "203", "204")
    await order(office, act.MuteAllOrdered("Bruno", leg(bruno)))
    assert audible(office) == {chair, bruno}
    assert person(office, carla).muted_by == person(office, dora).muted_by == "Bruno"


async def test_f_11_who_is_removed_is_told_and_can_not_come_back_at_once() -> None:
    office = meeting_office()
    chair, bruno = await met(office, "201", "202")
    await order(office, act.EjectOrdered(leg(bruno), "Anna"))
    assert told(office, bruno) == ["en/removed-from-conference", "en/goodbye"]
    assert inside(office) == {chair}
    late = await office.dial("202", "8001")
    assert office.signalling.verbs(late) == ["provisional 183"]
    assert told(office, late) == ["en/removed-for-now"]
    office.media.finish(f"{late}/refusal")
    await office.settle()
    assert office.signalling.verbs(late)[-1] == "reject 403" and office.ended.end_cause is Cause.BLOCKED
    await office.wait(290)
    assert office.signalling.verbs(await office.dial("202", "8001")) == ["provisional 183"]
    await office.wait(10)
    again = await office.join("202")
    assert inside(office) == {chair, again}, "after five minutes"


async def test_f_11_removed_without_a_block_he_may_call_again() -> None:
    office = meeting_office()
    chair, bruno = await met(office, "201", "202")
    await order(office, act.EjectOrdered(leg(bruno), "Anna", block=False))
    again = await office.join("202")
    assert inside(office) == {chair, again}


async def test_f_11_the_configured_administrator_is_never_kept_out() -> None:
    office = meeting_office()
    chair, bruno = await met(office, "201", "202")
    await order(office, act.EjectOrdered(leg(chair), "operator"))
    again = await office.join("201")
    assert inside(office) == {bruno, again}


async def test_f_11_who_was_removed_from_a_conference_with_a_lobby_may_ask_there() -> None:
    office = meeting_office(lobby=True)
    _, bruno = await met(office, "201", "202")
    await order(office, act.AdmitOrdered(leg(bruno), "Anna"))
    await order(office, act.EjectOrdered(leg(bruno), "Anna"))
    again = await office.join("202")
    assert person(office, again).in_lobby
    await order(office, act.AdmitOrdered(leg(again), "Anna"))
    assert again in inside(office)
    await office.bye(again)
    assert person(office, await office.join("202")).in_lobby, "no longer blocked, as anybody"


async def test_f_11_a_locked_conference_tells_who_comes_and_lets_its_administrator_in() -> None:
    office = meeting_office()
    (bruno,) = await met(office, "202")
    await order(office, act.LockOrdered(True, "Bruno"))
    assert seen(office).locked
    late = await office.dial("203", "8001")
    assert told(office, late) == ["en/locked-at-the-door"]
    office.media.finish(f"{late}/refusal")
    await office.settle()
    assert office.ended.end_cause is Cause.ROOM_LOCKED
    chair = await office.join("201")
    assert inside(office) == {bruno, chair}
    await order(office, act.LockOrdered(False, "Anna"))
    again = await office.join("203")
    assert inside(office) == {bruno, chair, again}


async def test_f_11_people_in_the_lobby_hear_music_and_nobody() -> None:
    office = meeting_office(lobby=True)
    bruno = await office.join("202")
    assert told(office, bruno) == ["en/wait-in-lobby"]
    office.media.finish(f"{bruno}/told")
    assert office.media.hears(bruno) == "music"
    (chair,) = await met(office, "201")
    assert inside(office) == {chair} and told(office, chair) == ["en/only-person"]
    await order(office, act.AdmitOrdered(leg(bruno), "Anna"))
    assert inside(office) == {chair, bruno} and office.media.hears(bruno) == f"room {ROOM}"
    assert office.media.room_files(ROOM) == ["en/tone-join"]
    assert not person(office, bruno).waiting


async def test_f_11_who_is_refused_in_the_lobby_is_told_and_does_not_ask_again_at_once() -> None:
    office = meeting_office(lobby=True)
    chair, bruno = await met(office, "201", "202")
    assert not await order(office, act.RefuseOrdered(leg("nobody"), "Anna"))
    await order(office, act.RefuseOrdered(leg(chair), "Anna"))
    assert inside(office) == {chair}, "only who is in the lobby can be refused"
    await order(office, act.RefuseOrdered(leg(bruno), "Anna"))
    assert told(office, bruno) == ["en/not-admitted", "en/goodbye"]
    assert told(office, await office.dial("202", "8001")) == ["en/removed-for-now"]
    await office.wait(61)
    assert person(office, await office.join("202")).in_lobby


async def test_f_11_the_lobby_does_not_count_towards_the_limit_before_it_is_admitted() -> None:
    office = meeting_office(lobby=True, max_participants=2)
    chair, bruno, carla = await met(office, "201", "202", "203")
    await order(office, act.AdmitOrdered(None, "Anna"))
    assert inside(office) == {chair, bruno} and person(office, carla).in_lobby
    await office.bye(bruno)
    await order(office, act.AdmitOrdered(None, "Anna"))
    assert inside(office) == {chair, carla}


async def test_f_11_lobby_and_waiting_for_the_administrator_both_hold() -> None:
    office = meeting_office(lobby=True, wait_for_administrator=True)
    (bruno,) = await met(office, "202")
    await order(office, act.AdmitOrdered(leg(bruno), "operator"))
    assert not person(office, bruno).in_lobby and person(office, bruno).waiting
    assert told(office, bruno) == ["en/waiting-for-administrator"]
    (carla,) = await met(office, "203")
    chair = await office.join("201")
    assert inside(office) == {chair, bruno} and person(office, carla).in_lobby


async def test_g_04_an_administrator_in_the_lobby_gets_in_by_the_code() -> None:
    office = meeting_office(lobby=True, wait_for_administrator=True, administrator_code="7777")
    bruno, carla = await met(office, "202", "203")
    assert person(office, bruno).in_lobby
    await office.key(bruno, "1111#")
    assert told(office, bruno) == ["en/wrong-access-code", "en/wait-in-lobby"]
    await office.key(bruno, "7777#")
    assert inside(office) == {bruno} and person(office, bruno).administrator
    assert seen(office).state == "open" and person(office, carla).in_lobby


async def test_s1_06_two_administrators_and_the_meeting_ends_with_the_last() -> None:
    office = meeting_office(end_when_administrator_leaves=True)
    chair, bruno, carla = await met(office, "201", "202", "203")
    await order(office, act.HandedOver(leg(bruno), True, "Anna"))
    assert [one.administrator for one in seen(office).participants] == [True, True, False]
    assert told(office, bruno) == ["en/now-administrator"]
    await office.bye(chair)
    assert inside(office) == {bruno, carla}
    await order(office, act.HandedOver(leg(bruno), False, "operator"))
    await order(office, act.HandedOver(leg(bruno), True, "operator"))
    await office.bye(bruno)
    assert office.media.room_files(ROOM)[-1] == "en/conference-ended"


async def test_s1_06_who_is_configured_stays_administrator() -> None:
    office = meeting_office()
    chair, _ = await met(office, "201", "202")
    await order(office, act.HandedOver(leg(chair), False, "operator"))
    assert person(office, chair).administrator


async def test_s1_06_an_administrators_two_devices_are_two_administrators() -> None:
    office = meeting_office(end_when_administrator_leaves=True, access_code="4321")
    first, second = await met(office, "201", "201")
    assert inside(office) == {first, second}, "no code for his own devices"
    assert [one.administrator for one in seen(office).participants] == [True, True]
    await office.bye(first)
    assert inside(office) == {second} and seen(office).state == "open"


async def test_f_12_volumes_and_noise_reach_the_worker_and_have_bounds() -> None:
    office = meeting_office()
    chair, bruno = await met(office, "201", "202")
    await order(office, act.VolumeOrdered(leg(bruno), 6.0, -30.0))
    await order(office, act.NoiseOrdered(leg(bruno), True))
    seat = office.media.legs[bruno].seat
    assert seat is not None and (seat.listen_gain, seat.gain, seat.noise_suppression) == (6.0, -12.0, True)
    await order(office, act.NoiseOrdered(None, True))
    await order(office, act.NoiseOrdered(leg(chair), False))
    suppressed = {one.leg: one.noise_suppression for one in seen(office).participants}
    assert suppressed == {chair: False, bruno: True}
    late = await office.join("203")
    seat = office.media.legs[late].seat
    assert seat is not None and seat.noise_suppression


async def test_f_11_a_hand_is_raised_by_its_owner_and_lowered_by_both() -> None:
    office = meeting_office()
    _, bruno = await met(office, "201", "202")
    await order(office, act.HandRaised(leg(bruno), True, "Anna"))
    assert person(office, bruno).hand_raised_at is None
    await order(office, act.HandRaised(leg(bruno), True))
    assert person(office, bruno).hand_raised_at == office.clock.now()
    await order(office, act.HandRaised(leg(bruno), False, "Anna"))
    assert person(office, bruno).hand_raised_at is None


async def test_f_11_the_end_for_all_is_announced_and_reaches_those_who_wait() -> None:
    office = meeting_office(lobby=True)
    chair, bruno, carla = await met(office, "201", "202", "203")
    await order(office, act.AdmitOrdered(leg(bruno), "Anna"))
    await order(office, act.EndOrdered("Anna"))
    assert office.media.room_files(ROOM)[-1] == "en/conference-ended"
    assert told(office, carla) == ["en/conference-ended", "en/goodbye"]
    assert told(office, await office.dial("204", "8001")) == ["en/conference-ended"]
    office.media.finish(f"{ROOM}/announcement")
    await office.settle()
    assert {office.signalling.verbs(session)[-1] for session in (chair, bruno)} == {"hang_up"}
    assert office.runner.room(ROOM) is None and office.media.rooms == {}
    assert {one.reason for one in attendances(office).values()} == {"conference_ended"}


async def test_nobody_there_is_nobody_to_moderate() -> None:
    office = meeting_office()
    assert not await order(office, act.LockOrdered(True, "Anna"))
    await met(office, "201")
    assert not await order(office, act.MuteOrdered(leg("somebody"), True, "Anna"))


async def test_peers_22_hold_plays_no_music_into_the_room_and_does_not_undo_a_mute() -> None:
    office = meeting_office()
    chair, bruno = await met(office, "201", "202")
    await order(office, act.MuteOrdered(leg(bruno), True))
    await office.reinvite(bruno, description(direction="sendonly"))
    await office.reinvite(bruno, description())
    assert audible(office) == {chair}
    await order(office, act.MuteOrdered(leg(bruno), False))
    await office.reinvite(bruno, description(direction="sendonly"))
    assert audible(office) == {chair}
    await order(office, act.MuteOrdered(leg(bruno), True))
    await order(office, act.MuteOrdered(leg(bruno), False))
    assert audible(office) == {chair}, "still on hold"


async def test_levels_are_measured_while_somebody_looks() -> None:
    office = meeting_office()
    office.runner.watch_levels(ROOM, True)
    chair, _ = await met(office, "201", "202")
    sent = [command for batch in office.media.batches for command in batch if isinstance(command, Watch)]
    assert [one.levels for one in sent] == [True], "when the room is there"
    office.runner.on_media_event(LevelsMeasured(room=RoomId(ROOM), levels={leg(chair): -20}))
    assert dict(office.runner.levels(ROOM)) == {chair: -20}
    office.runner.watch_levels(ROOM, False)
    assert dict(office.runner.levels(ROOM)) == {}
    sent = [command for batch in office.media.batches for command in batch if isinstance(command, Watch)]
    assert [one.levels for one in sent] == [True, False]


async def test_looking_at_a_room_that_is_not_open_asks_the_worker_nothing() -> None:
    office = Office()
    office.runner.watch_levels(ROOM, True)
    office.runner.watch_levels(ROOM, False)
    await office.settle()
    assert office.media.batches == [] and office.runner.room(ROOM) is None
