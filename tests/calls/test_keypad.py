"""Keys in a conference: what each does, and that only who pressed it hears of it (F-12)."""

from __future__ import annotations

import pytest

from switchroom.calls import room_events as act
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
from tests.harness.office import Office


def heard_by_others(office: Office) -> list[str]:
    """What was said to all but tones of coming and going."""
    return [file for file in office.media.room_files(ROOM) if "tone" not in file]


async def test_f_12_star_1_mutes_and_unmutes_and_says_so_to_nobody_else() -> None:
    office = meeting_office()
    chair, bruno = await met(office, "201", "202")
    await office.key(bruno, "*1")
    assert audible(office) == {chair} and person(office, bruno).muted_by == "self"
    assert (told(office, bruno), told(office, chair)) == (["en/you-are-muted"], [])
    await office.key(bruno, "*1")
    assert audible(office) == {chair, bruno} and told(office, bruno) == ["en/you-are-heard"]
    assert heard_by_others(office) == []


async def test_f_12_a_key_needs_its_star_within_five_seconds() -> None:
    office = meeting_office()
    chair, bruno = await met(office, "201", "202")
    await office.key(bruno, "1")
    await office.key(bruno, "*")
    await office.wait(5.1)
    await office.key(bruno, "1")
    assert audible(office) == {chair, bruno} and told(office, bruno) == []
    await office.key(bruno, "*")
    await office.wait(4.9)
    await office.key(bruno, "1")
    assert audible(office) == {chair}


async def test_f_12_star_2_locks_for_the_administrator() -> None:
    office = meeting_office()
    chair, bruno = await met(office, "201", "202")
    await office.key(bruno, "*2")
    assert not seen(office).locked and told(office, bruno) == ["en/administrators-only"]
    await office.key(chair, "*2")
    assert seen(office).locked and told(office, chair) == ["en/conference-locked"]
    await office.key(chair, "*2")
    assert not seen(office).locked and told(office, chair) == ["en/conference-unlocked"]


async def test_f_12_without_any_administrator_everybody_may_lock() -> None:
    office = meeting_office(administrator=None)
    bruno, carla = await met(office, "202", "203")
    await office.key(bruno, "*2")
    assert seen(office).locked
    await order(office, act.HandedOver(leg(carla), True, "operator"))
    await office.key(bruno, "*2")
    assert seen(office).locked and told(office, bruno) == ["en/administrators-only"]


async def test_f_12_star_3_raises_and_lowers_the_hand() -> None:
    office = meeting_office()
    _, bruno = await met(office, "201", "202")
    await office.key(bruno, "*3")
    assert person(office, bruno).hand_raised_at is not None and told(office, bruno) == ["en/hand-raised"]
    await office.key(bruno, "*3")
    assert person(office, bruno).hand_raised_at is None and told(office, bruno) == ["en/hand-lowered"]


@pytest.mark.parametrize(
    ("key", "hears", "says", "word"),
    [
        ("4", -3.0, 0.0, "quieter"),
        ("6", 3.0, 0.0, "louder"),
        ("7", 0.0, -3.0, "quieter"),
        ("9", 0.0, 3.0, "louder"),
    ],
)
async def test_f_12_volumes_go_in_steps_and_have_an_end(
    key: str, hears: float, says: float, word: str
) -> None:
    office = meeting_office()
    _, bruno = await met(office, "201", "202")
    await office.key(bruno, f"*{key}")
    assert told(office, bruno) == [f"en/{word}"]
    assert (person(office, bruno).hears_db, person(office, bruno).says_db) == (hears, says)
    for _ in range(4):
        await office.key(bruno, f"*{key}")
    assert told(office, bruno) == ["en/volume-limit"]
    seat = office.media.legs[bruno].seat
    assert seat is not None and (seat.listen_gain, seat.gain) == (4 * hears, 4 * says)


async def test_f_12_star_0_helps_each_by_what_he_may() -> None:
    office = meeting_office()
    chair, bruno = await met(office, "201", "202")
    await office.key(bruno, "*0")
    await office.key(chair, "*0")
    assert told(office, bruno) == ["en/keys"]
    assert told(office, chair) == ["en/keys", "en/keys-of-administrator"]
    await office.key(bruno, "**1")
    assert audible(office) == {chair}, "a second star begins anew"
    await office.key(bruno, "*A")
    assert told(office, bruno) == ["en/key-unknown"]


async def test_f_12_star_5_mutes_all_others_for_the_administrator_only() -> None:
    office = meeting_office()
    chair, bruno, carla = await met(office, "201", "202", "203")
    await office.key(bruno, "*5")
    assert audible(office) == {chair, bruno, carla} and told(office, bruno) == ["en/administrators-only"]
    await office.key(chair, "*5")
    assert audible(office) == {chair} and told(office, chair) == ["en/everybody-muted"]
    assert person(office, carla).muted_by == "User 201"


async def test_f_12_star_8_removes_who_came_last_for_the_administrator_only() -> None:
    office = meeting_office()
    bruno, chair, carla = await met(office, "202", "201", "203")
    await office.key(bruno, "*8")
    assert told(office, bruno) == ["en/administrators-only"]
    await office.key(chair, "*8")
    assert inside(office) == {bruno, chair} and told(office, carla)[0] == "en/removed-from-conference"
    assert told(office, chair) == ["en/last-removed"]
    await office.key(chair, "*8")
    assert inside(office) == {chair}
    await office.key(chair, "*8")
    assert told(office, chair) == ["en/nobody-to-remove"], "never an administrator"


async def test_roll_call_tells_who_keys_it_how_many_and_who() -> None:
    office = meeting_office()
    chair, bruno = await met(office, "201", "202")
    await office.key(bruno, "*#")
    people = ["en/people-before", "en/digit-2", "en/people-after"]
    assert told(office, bruno) == [*people, "en/User 201", "en/User 202"]
    assert told(office, chair) == []
    await office.bye(chair)
    await office.key(bruno, "*#")
    assert told(office, bruno) == ["en/only-person"]
    assert not await order(office, act.RollCallOrdered(leg(chair)))


async def test_keys_by_info_count_too_and_the_lone_one_hears_music_again() -> None:
    office = meeting_office()
    (bruno,) = await met(office, "202")
    await office.key(bruno, "*3")
    assert told(office, bruno) == ["en/hand-raised"]
    office.media.finish(f"{bruno}/told")
    assert office.media.hears(bruno) == "music"
    await met(office, "203")
    assert office.media.hears(bruno) == f"room {ROOM}"


async def test_g_04_the_administrators_code_keyed_inside_gives_the_part() -> None:
    office = meeting_office(administrator_code="7777", access_code=None)
    chair, bruno = await met(office, "201", "202")
    await office.key(bruno, "**7777")
    assert not person(office, bruno).administrator, "`#` ends it"
    await office.key(bruno, "#")
    assert person(office, bruno).administrator and told(office, bruno) == ["en/now-administrator"]
    assert told(office, chair) == [] and heard_by_others(office) == [], "only he hears it"
    assert attendances(office)[bruno].administrator
    await office.key(bruno, "*5")
    assert told(office, bruno) == ["en/everybody-muted"]
    await office.key(bruno, "**7777#")
    assert told(office, bruno) == ["en/now-administrator"], "once more does no harm"


async def test_g_04_who_is_alone_inside_hears_it_too() -> None:
    office = meeting_office(administrator_code="7777")
    (bruno,) = await met(office, "202")
    await office.key(bruno, "**7777#")
    assert person(office, bruno).administrator and told(office, bruno) == ["en/now-administrator"]


async def test_g_03_wrong_codes_keyed_inside_are_counted_and_nobody_is_hung_up_on() -> None:
    office = meeting_office(administrator_code="7777", access_code=None)
    chair, bruno = await met(office, "201", "202")
    for _ in range(9):
        await office.key(bruno, "**1234#")
        assert told(office, bruno) == ["en/wrong-access-code"]
    assert office.runner.wrong_codes == len(office.tries.wrong) == 9
    assert [problem.kind for problem in office.problems.found] == ["wrong-codes"]
    await office.key(bruno, "**7777#")
    assert told(office, bruno) == ["en/codes-refused"] and not person(office, bruno).administrator
    assert audible(office) == {chair, bruno}
    await office.wait(121)
    await office.key(bruno, "**7777#")
    assert person(office, bruno).administrator, "one more try has come back"


async def test_g_04_the_access_code_gives_nobody_the_part() -> None:
    office = meeting_office(administrator_code="7777", access_code="4321")
    chair = await office.join("201")
    bruno = await office.join("202")
    await office.key(bruno, "4321#")
    await office.wait(1)
    await office.key(bruno, "**4321#")
    assert told(office, bruno) == ["en/wrong-access-code"] and office.runner.wrong_codes == 0
    assert inside(office) == {chair, bruno} and not person(office, bruno).administrator


async def test_g_04_a_pause_or_a_star_forgets_what_was_keyed_of_a_code() -> None:
    office = meeting_office(administrator_code="7777")
    chair, bruno = await met(office, "201", "202")
    await office.key(bruno, "**77")
    await office.wait(5.1)
    await office.key(bruno, "77#")
    assert not person(office, bruno).administrator and told(office, bruno) == []
    await office.key(bruno, "**77*1")
    assert audible(office) == {chair} and told(office, bruno) == ["en/you-are-muted"]
    await office.key(bruno, "**#")
    await office.key(bruno, "1")
    assert office.runner.wrong_codes == 0 and audible(office) == {chair}
    await office.key(bruno, "**7777#")
    assert person(office, bruno).administrator


async def test_g_04_the_help_tells_of_the_code_where_there_is_one() -> None:
    office = meeting_office(administrator_code="7777")
    chair, bruno = await met(office, "201", "202")
    await office.key(bruno, "*0")
    await office.key(chair, "*0")
    assert told(office, bruno) == ["en/keys", "en/keys-for-code"]
    assert told(office, chair) == ["en/keys", "en/keys-of-administrator"]
