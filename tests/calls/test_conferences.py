"""Callers and conference rooms, from the INVITE to the last BYE (requirements A1, G-01 to G-06)."""

from __future__ import annotations

from switchroom.calls.records import CallKind, Cause
from switchroom.directory.model import Conference, ConferenceId, UserId
from switchroom.media.types import LegId, RoomId, TalkingChanged
from switchroom.sip.events import InfoReceived, SessionId
from tests.harness.office import Office, description, snapshot

BOARD = ConferenceId("c2")
WAITS = ConferenceId("c3")


def room(**changes: object) -> Office:
    """An office whose conference 8001 is changed."""
    return Office(snapshot(conferences=[Conference(ConferenceId("c1"), "Open", "8001", **changes)]))  # type: ignore[arg-type]


def waiting_room(**changes: object) -> Office:
    """An office whose conference 8003 waits for 201, and is changed."""
    base = Conference(WAITS, "Waits", "8003", None, UserId("201"), True, **changes)  # type: ignore[arg-type]
    return Office(snapshot(conferences=[base]))


async def test_s1_13_a_room_without_code_lets_callers_in_directly() -> None:
    office = Office()
    first = await office.join("201")
    second = await office.join("202")
    assert office.media.members("c1") == {first, second}
    assert office.media.hears(second) == "room c1"


async def test_one_round_trip_to_the_worker_answers_a_caller() -> None:
    office = Office()
    await office.join("201")
    before = len(office.media.batches)
    session = await office.dial("202", "8001")
    assert office.signalling.verbs(session) == ["accept"]
    assert len(office.media.batches) == before + 1


async def test_s1_05_a_room_with_code_asks_right_after_the_call_is_answered() -> None:
    office = Office()
    session = await office.dial("202", "8002")
    assert office.signalling.verbs(session) == ["accept"]
    assert office.media.hears(session) == ""
    await office.acknowledge(session)
    assert office.media.hears(session) == "en/enter-access-code"
    assert office.media.rooms == {}


async def test_s1_14_the_code_and_hash_let_the_caller_in() -> None:
    office = Office()
    session = await office.join("202", "8002")
    await office.key(session, "4")
    assert office.media.hears(session) == "", "a digit interrupts the prompt"
    await office.key(session, "321")
    assert office.media.members("c2") == set()
    await office.key(session, "#")
    assert office.media.members("c2") == {session}


async def test_g_03_a_pause_of_5_s_after_the_last_digit_ends_the_entry() -> None:
    office = Office()
    session = await office.join("202", "8002")
    await office.key(session, "43")
    await office.wait(4.9)
    await office.key(session, "21")
    await office.wait(4.9)
    assert office.media.members("c2") == set()
    await office.wait(0.2)
    assert office.media.members("c2") == {session}


async def test_g_03_three_wrong_tries_end_the_call_politely() -> None:
    office = Office()
    session = await office.join("202", "8002")
    for _ in range(2):
        await office.key(session, "1111#")
        assert office.media.hears(session) == "en/wrong-access-code"
    await office.key(session, "1111#")
    assert office.signalling.verbs(session) == ["accept"], "told first, then hung up"
    assert office.media.legs[session].playing[0].files == [
        "en/wrong-access-code",
        "en/too-many-tries",
        "en/goodbye",
    ]
    office.media.finish(f"{session}/farewell")
    await office.settle()
    assert office.signalling.verbs(session) == ["accept", "hang_up"]
    assert office.ended.end_cause is Cause.WRONG_CODE and office.ended.kind is CallKind.CONFERENCE


async def test_g_03_wrong_tries_are_counted_per_caller_and_the_administrator_is_told() -> None:
    office = Office()
    for _ in range(3):
        session = await office.join("202", "8002")
        await office.key(session, "1111#2222#3333#")
        await office.bye(session)
    assert [problem.kind for problem in office.problems.found] == ["wrong-codes"]
    assert "202" in office.problems.found[0].text
    session = await office.join("202", "8002")
    await office.key(session, "4321#")
    assert office.media.hears(session) == "en/codes-refused", "even the right code is not looked at"
    other = await office.join("203", "8002")
    await office.key(other, "4321#")
    assert office.media.members("c2") == {other}
    await office.bye(session)
    await office.wait(121)
    again = await office.join("202", "8002")
    await office.key(again, "4321#")
    assert office.media.members("c2") == {other, again}


async def test_f_09_silence_is_asked_again_and_ends_with_a_word() -> None:
    office = Office()
    session = await office.join("202", "8002")
    for _ in range(2):
        office.media.finish(f"{session}/desk")
        await office.wait(10.1)
        assert office.media.hears(session) == "en/enter-access-code"
    office.media.finish(f"{session}/desk")
    await office.wait(10.1)
    assert office.media.legs[session].playing[0].files == ["en/nothing-entered", "en/goodbye"]
    office.media.finish(f"{session}/farewell")
    await office.settle()
    assert office.ended.end_cause is Cause.NO_CODE


async def test_a_star_begins_the_entry_anew() -> None:
    office = Office()
    session = await office.join("202", "8002")
    await office.key(session, "99*4321#")
    assert office.media.members("c2") == {session}


async def test_digits_by_info_count_too() -> None:
    office = Office()
    session = await office.join("202", "8002")
    for digit in "4321#":
        body = f"Signal={digit}\r\nDuration=100\r\n".encode()
        await office.tell(InfoReceived(SessionId(session), "application/dtmf-relay", body))
    assert office.media.members("c2") == {session}


async def test_a_code_changed_by_apply_counts_at_once() -> None:
    office = Office()
    session = await office.join("202", "8002")
    office.configure(Conference(BOARD, "Board", "8002", access_code="9999"))
    await office.key(session, "4321#")
    assert office.media.hears(session) == "en/wrong-access-code"
    await office.key(session, "9999#")
    assert office.media.members("c2") == {session}


async def test_a_conference_deleted_meanwhile_says_so() -> None:
    office = Office()
    session = await office.join("202", "8002")
    await office.key(session, "432")
    office.directory.snapshot = snapshot()
    rooms = {key: value for key, value in office.directory.snapshot.conferences.items() if key != BOARD}
    office.directory.snapshot = type(office.directory.snapshot)(
        users=office.directory.snapshot.users, conferences=rooms
    )
    await office.key(session, "1#")
    assert office.media.hears(session) == "en/codes-refused"


async def test_g_04_early_callers_are_told_hear_music_and_not_each_other() -> None:
    office = Office()
    first = await office.join("202", "8003")
    second = await office.join("203", "8003")
    assert office.media.hears(first) == "en/waiting-for-administrator"
    office.media.finish(f"{first}/told")
    office.media.finish(f"{second}/told")
    assert office.media.hears(first) == office.media.hears(second) == "music"
    assert office.media.rooms == {}
    (view,) = office.runner.rooms()
    assert view.state == "waiting" and all(one.waiting for one in view.participants)


async def test_g_04_when_the_administrator_joins_all_enter_with_the_tone() -> None:
    office = Office()
    first = await office.join("202", "8003")
    second = await office.join("203", "8003")
    chair = await office.join("201", "8003")
    assert office.media.members("c3") == {first, second, chair}
    assert {office.media.hears(leg) for leg in (first, second, chair)} == {"room c3"}
    assert office.media.room_files("c3") == ["en/tone-join"]


async def test_g_04_the_administrator_may_call_from_any_of_his_devices() -> None:
    office = Office()
    waiting = await office.join("202", "8003")
    chair = await office.join("201", "8003")
    await office.bye(chair)
    assert office.media.members("c3") == {waiting}, "the conference goes on without the administrator"
    late = await office.join("203", "8003")
    assert office.media.members("c3") == {waiting, late}


async def test_g_04_the_administrator_code_makes_anyone_the_administrator() -> None:
    office = waiting_room(administrator_code="7777")
    first = await office.join("202", "8003")
    second = await office.join("203", "8003")
    await office.key(second, "7777#")
    assert office.media.members("c3") == {first, second}
    (view,) = office.runner.rooms()
    assert [one.administrator for one in view.participants] == [False, True]


async def test_g_04_the_administrator_code_in_the_access_codes_place() -> None:
    office = Office(
        snapshot(
            conferences=[
                Conference(
                    BOARD, "B", "8002", "4321", wait_for_administrator=True, administrator_code="777777"
                )
            ]
        )
    )
    guest = await office.join("202", "8002")
    await office.key(guest, "4321#")
    assert office.media.hears(guest) == "en/waiting-for-administrator"
    chair = await office.join("203", "8002")
    await office.key(chair, "777777#")
    assert office.media.members("c2") == {guest, chair}


async def test_g_04_a_wrong_administrator_code_is_told_and_counted() -> None:
    office = waiting_room(administrator_code="7777")
    session = await office.join("202", "8003")
    await office.key(session, "1234")
    await office.wait(5.1)
    assert office.media.hears(session) == "en/wrong-access-code"
    office.media.finish(f"{session}/told")
    assert office.media.hears(session) == "music"


async def test_g_03_past_the_budget_one_who_waits_is_told_that_codes_are_refused() -> None:
    office = waiting_room(administrator_code="7777")
    session = await office.join("202", "8003")
    for code in ["1234"] * 9 + ["7777"]:
        office.media.finish(f"{session}/told")
        await office.key(session, f"{code}#")
    assert office.media.hears(session) == "en/codes-refused"


async def test_g_04_an_option_ends_the_conference_when_the_administrator_leaves() -> None:
    office = waiting_room(end_when_administrator_leaves=True)
    first = await office.join("202", "8003")
    chair = await office.join("201", "8003")
    await office.bye(chair)
    assert office.media.room_files("c3")[-1] == "en/conference-ended"
    assert office.signalling.verbs(first) == ["accept"]
    office.media.finish("c3/announcement")
    await office.settle()
    assert office.signalling.verbs(first) == ["accept", "hang_up"]
    assert office.ended.end_cause is Cause.CONFERENCE_ENDED
    assert office.media.rooms == {} and office.media.legs == {} and office.runner.rooms() == []


async def test_a_conference_that_ends_does_so_even_if_the_announcement_never_does() -> None:
    office = waiting_room(end_when_administrator_leaves=True)
    await office.join("202", "8003")
    chair = await office.join("201", "8003")
    await office.bye(chair)
    late = await office.dial("203", "8003")
    assert office.signalling.verbs(late) == ["provisional 183"], "nobody enters an ending conference"
    await office.wait(15.1)
    assert office.runner.rooms() == []


async def test_g_04_two_administrators_the_conference_ends_with_the_last() -> None:
    office = waiting_room(end_when_administrator_leaves=True)
    await office.join("202", "8003")
    desk, mobile = await office.join("201", "8003"), await office.join("201", "8003")
    await office.bye(desk)
    assert "en/conference-ended" not in office.media.room_files("c3")
    await office.bye(mobile)
    assert "en/conference-ended" in office.media.room_files("c3")


async def test_g_06_tones_on_joining_and_leaving() -> None:
    office = Office()
    sessions = []
    for extension in ("201", "202", "203"):
        sessions.append(await office.join(extension))
        await office.wait(1)
    assert office.media.room_files("c1") == ["en/tone-join"] * 2
    await office.bye(sessions[0])
    assert office.media.room_files("c1")[-1] == "en/tone-leave"


async def test_g_06_tones_can_be_switched_off() -> None:
    office = room(tones=False)
    first, second, third = [await office.join(extension) for extension in ("201", "202", "203")]
    await office.bye(third)
    assert office.media.room_files("c1") == []
    await office.bye(second)
    assert office.media.hears(first) == "en/only-person"


async def test_a_lone_caller_is_told_and_hears_music_until_somebody_comes() -> None:
    office = Office()
    first = await office.join("201")
    assert office.media.hears(first) == "en/only-person"
    office.media.finish(f"{first}/told")
    assert office.media.hears(first) == "music"
    second = await office.join("202")
    assert office.media.hears(first) == "room c1"
    await office.bye(second)
    assert office.media.legs[first].playing[0].files == ["en/tone-leave", "en/only-person"]


async def test_b8_05_who_waits_or_is_alone_hears_the_conference_s_own_music() -> None:
    own = "music-own"
    alone = room(hold_music=own)
    early = waiting_room(hold_music=own)
    lobby = room(hold_music=own, lobby=True, administrator=UserId("201"))
    for office, number in ((alone, "8001"), (early, "8003"), (lobby, "8001")):
        session = await office.join("202", number)
        office.media.finish(f"{session}/told")
        assert office.media.hears(session) == own


async def test_g_02_the_eleventh_is_refused_with_a_spoken_reason_and_not_answered() -> None:
    office = room(max_participants=1)
    await office.join("202")
    late = await office.dial("203", "8001")
    assert office.signalling.verbs(late) == ["provisional 183"]
    assert office.media.hears(late) == "en/conference-full"
    office.media.finish(f"{late}/refusal")
    await office.settle()
    assert office.signalling.verbs(late) == ["provisional 183", "reject 486"]
    assert office.ended.end_cause is Cause.ROOM_FULL


async def test_g_02_with_a_code_the_refusal_comes_after_it() -> None:
    office = Office(snapshot(conferences=[Conference(BOARD, "Board", "8002", "4321", max_participants=1)]))
    first = await office.join("202", "8002")
    await office.key(first, "4321#")
    late = await office.join("203", "8002")
    await office.key(late, "4321#")
    assert office.media.hears(late) == "en/conference-full"
    office.media.finish(f"{late}/farewell")
    await office.settle()
    assert office.signalling.verbs(late) == ["accept", "hang_up"]
    assert office.media.members("c2") == {first}


async def test_the_administrator_is_let_into_a_full_room() -> None:
    office = waiting_room(max_participants=1)
    first = await office.join("202", "8003")
    chair = await office.join("201", "8003")
    assert office.media.members("c3") == {first, chair}


async def test_on_hold_a_participant_is_not_mixed_and_comes_back() -> None:
    office = Office()
    first, second = await office.join("201"), await office.join("202")
    await office.reinvite(first, description(direction="sendonly"))
    assert office.media.legs[first].muted and not office.media.legs[second].muted
    (view,) = office.runner.rooms()
    assert [one.on_hold for one in view.participants] == [True, False]
    await office.reinvite(first, description())
    assert not office.media.legs[first].muted
    assert office.media.hears(first) == "room c1"


async def test_somebody_on_hold_while_waiting_enters_muted() -> None:
    office = Office()
    session = await office.join("202", "8003")
    await office.reinvite(session, description(direction="inactive"))
    await office.join("201", "8003")
    assert office.media.legs[session].muted


async def test_a_late_offer_enters_when_the_answer_is_there() -> None:
    office = Office()
    first = await office.join("201")
    session = await office.dial("202", "8001", None)
    assert office.signalling.verbs(session) == ["accept"]
    assert office.media.members("c1") == {first}
    await office.acknowledge(session, description("G722"))
    assert office.media.members("c1") == {first, session}
    media = office.media.legs[session].media
    assert media is not None and media.codec.name == "G722"


async def test_the_room_opens_with_the_first_and_closes_with_the_last() -> None:
    office = Office()
    first, second = await office.join("201"), await office.join("202")
    assert set(office.media.rooms) == {"c1"}
    await office.bye(first)
    assert set(office.media.rooms) == {"c1"}
    await office.bye(second)
    assert office.media.rooms == {} and office.media.failures == []
    assert office.runner.status().participants == 0


async def test_a_removed_participant_is_told_and_hung_up() -> None:
    office = Office()
    first, second = await office.join("201"), await office.join("202")
    assert office.runner.eject(RoomId("c1"), LegId(second))
    await office.settle()
    assert office.media.members("c1") == {first}
    assert office.media.hears(second) == "en/removed-from-conference"
    office.media.finish(f"{second}/farewell")
    await office.settle()
    assert office.signalling.verbs(second)[-1] == "hang_up"
    assert office.ended.end_cause is Cause.REMOVED
    assert not office.runner.eject(RoomId("c1"), LegId(second))


async def test_g_09_prompts_are_in_the_language_of_the_conference_else_of_the_caller() -> None:
    from switchroom.directory.model import User

    french = User(UserId("202"), "202", "Anne", language="fr")
    italian = Conference(BOARD, "Board", "8002", "4321", language="it")
    office = Office(snapshot([french], [italian]))
    assert office.media.hears(await office.join("202", "8002")) == "it/enter-access-code"
    assert office.media.hears(await office.join("202", "8001")) == "fr/only-person"
    assert office.media.hears(await office.join("203", "8003")) == "en/waiting-for-administrator"


async def test_who_talks_is_shown() -> None:
    office = Office()
    first, second = await office.join("201"), await office.join("202")
    office.runner.on_media_event(TalkingChanged(leg=LegId(second), room=RoomId("c1"), talking=True))
    (view,) = office.runner.rooms()
    assert {one.leg: one.talking for one in view.participants} == {first: False, second: True}
    assert [one.party.name for one in view.participants] == ["User 201", "User 202"]


async def test_a_caller_who_hangs_up_while_entering_the_code_leaves_nothing_behind() -> None:
    office = Office()
    session = await office.join("202", "8002")
    await office.key(session, "43")
    await office.bye(session)
    assert office.ended.end_cause is Cause.CALLER_HUNG_UP
    assert office.clock.next_due() is None or office.records.finished
    await office.wait(30)
    assert office.media.legs == {} and office.media.failures == []
    assert office.clock.pending == 0


async def test_no_port_free_is_503_and_leaves_the_room() -> None:
    office = Office()
    first = await office.join("201")
    office.media.refuse_ports = True
    session = await office.dial("202", "8001")
    assert office.signalling.verbs(session) == ["reject 503"]
    assert office.ended.end_cause is Cause.MEDIA_FAILED
    (view,) = office.runner.rooms()
    assert [one.leg for one in view.participants] == [first]


async def test_a_conference_call_ends_at_its_maximum_duration_with_a_word() -> None:
    office = room(lone_minutes=None)
    session = await office.join("201")
    await office.wait(4 * 3600 + 1)
    assert office.media.hears(session) == "en/time-limit"
    office.media.finish(f"{session}/farewell")
    await office.settle()
    assert office.ended.end_cause is Cause.TIME_LIMIT
