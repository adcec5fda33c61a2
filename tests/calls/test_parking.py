"""Parked calls and calls that are picked up (`*85`, orbits, `*8`; D2-07)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from switchroom.calls.outcomes import TransferRefusal
from switchroom.calls.records import Cause
from switchroom.directory.ids import GroupId, RingGroupId
from switchroom.directory.model import Settings, User, UserId
from switchroom.directory.outside import RingGroup, UserGroup
from switchroom.sip.events import DialogNames, DialogPhase, FoundDialog, SessionId
from tests.calls.test_lamps import lights, told, watch
from tests.calls.test_transfer import ANNA, HELD, identified, ids, led, progress, refer
from tests.harness.office import HOST, Office, snapshot


def together(*members: str, pickup: bool = True, users: tuple[User, ...] = ()) -> Office:
    """An office where these are in one group, which may pick up."""
    group = UserGroup(GroupId("g"), "Desk", tuple(UserId(name) for name in members), pickup=pickup)
    return Office(replace(snapshot(users), groups={group.id: group}))


def said(office: Office, session: str) -> list[str]:
    """What is being said to somebody."""
    return [file for play in office.media.legs[session].playing for file in play.files]


PARKED_SECONDS = Settings().parked_seconds
PARKED_AT_851 = ["en/call-parked-at", "en/digit-8", "en/digit-5", "en/digit-1"]


async def test_d2_07_a_call_is_parked_and_who_parked_it_is_told_where() -> None:
    office = Office()
    bruno, anna = await led(office, "*85")
    assert office.media.hears(bruno) == "music" and said(office, anna) == PARKED_AT_851
    assert office.runner.calls()[-1].state == "parked"
    office.media.finish(f"{anna}/farewell")
    await office.settle()
    assert office.signalling.verbs(anna)[-1] == "hang_up" and set(office.media.legs) == {bruno}
    carla = await office.dial("203", "851")
    assert office.signalling.verbs(carla) == ["accept", "identify"]
    assert office.media.hears(bruno) == f"leg {carla}" and office.media.hears(carla) == f"leg {bruno}"
    assert identified(office, bruno) == [f'"User 203" <sip:203@{HOST}>']
    assert identified(office, carla) == [f'"User 202" <sip:202@{HOST}>']
    await office.acknowledge(carla)
    await office.wait(PARKED_SECONDS + 60)
    await office.bye(carla)
    assert (office.ended.dialled, office.ended.end_cause) == ("851", Cause.CALLEE_HUNG_UP)
    assert office.ended.callee is not None and office.ended.callee.extension == "203"
    assert len({one.journey for one in office.records.opened}) == 1
    assert office.runner.status().calls == 0


async def test_who_holds_the_call_that_he_parks_is_hung_up_at_once() -> None:
    office = Office()
    bruno, anna = await led(office, "*85", held=True)
    assert office.signalling.verbs(anna)[-1] == "hang_up" and set(office.media.legs) == {bruno}


async def test_a_phone_parks_by_refer() -> None:
    office = Office()
    bruno, anna = await office.talk("202", "201")
    await office.tell(refer(office, anna, "*85"))
    assert progress(office, anna) == [(b"SIP/2.0 200 OK\r\n", "terminated")]
    assert office.media.hears(bruno) == "music"


async def test_who_dials_the_code_parks_the_call_that_he_holds_and_is_told_where() -> None:
    office = Office()
    bruno, anna = await office.talk("202", "201")
    await office.reinvite(anna, HELD)
    asking = await office.dial("201", "*85")
    await office.acknowledge(asking)
    assert said(office, asking) == PARKED_AT_851 and office.media.hears(bruno) == "music"
    assert office.signalling.verbs(anna)[-1] == "hang_up"
    office.media.finish(f"{asking}/setting")
    await office.settle()
    assert set(office.media.legs) == {bruno}


async def test_who_has_no_call_can_not_park_one() -> None:
    office = Office()
    asking = await office.dial("201", "*85")
    await office.acknowledge(asking)
    assert said(office, asking) == ["en/nothing-to-park"]


async def test_a_parked_call_comes_back_after_two_minutes() -> None:
    office = Office()
    bruno, _ = await led(office, "*85")
    before = len(office.signalling.invites())
    await office.wait(PARKED_SECONDS - 1)
    assert len(office.signalling.invites()) == before
    await office.wait(2)
    again = office.signalling.invites()[-1]
    assert again.invite is not None and again.invite.uri.startswith("sip:201@")
    assert office.ended.end_cause is Cause.NO_ANSWER and office.media.hears(bruno) == "music"
    await office.pick_up(again.session)
    assert office.media.hears(bruno) == f"leg {again.session}"


async def test_each_call_has_an_orbit_of_its_own_until_they_are_taken() -> None:
    office = Office(snapshot([User(UserId("u"), "851", "Lives there")]))
    for _ in range(8):
        await office.talk("202", "201")
        assert office.runner.moving.transfer(ANNA, ids(office)[-1], "*85") is None
        await office.settle()
    assert sorted(call.dialled for call in office.runner.calls() if call.state == "parked") == [
        str(number) for number in range(852, 860)
    ]
    await office.talk("202", "201")
    mine = next(call.id for call in office.runner.calls() if call.state == "talking")
    assert office.runner.moving.transfer(ANNA, mine, "*85") is TransferRefusal.ORBITS_TAKEN
    await office.dial("203", "852")
    assert office.runner.moving.transfer(ANNA, mine, "*85") is None


async def test_an_orbit_with_nobody_in_it_is_no_number() -> None:
    office = Office()
    caller = await office.dial("203", "851")
    assert said(office, caller) == ["en/number-unknown"]


async def test_orbits_are_where_the_settings_say_and_calls_come_back_when_they_say() -> None:
    settings = Settings(country="BE", first_orbit="0701", orbits=2, parked_seconds=30)
    office = Office(replace(snapshot(), settings=settings))
    for orbit in ("0701", "0702"):
        await office.talk("202", "201")
        assert office.runner.moving.transfer(ANNA, ids(office)[-1], "*85") is None
        await office.settle()
        assert office.runner.calls()[-1].dialled == orbit
    await office.talk("202", "201")
    assert office.runner.moving.transfer(ANNA, ids(office)[-1], "*85") is TransferRefusal.ORBITS_TAKEN
    before = len(office.signalling.invites())
    await office.wait(31)
    assert len(office.signalling.invites()) == before + 2


async def test_a_key_of_an_orbit_parks_there_and_another_press_takes_the_call() -> None:
    office = Office()
    lamp = await watch(office, "203", "855")
    bruno, anna = await office.talk("202", "201")
    await office.tell(refer(office, anna, "855"))
    await office.wait(0.1)
    assert office.runner.calls()[-1].dialled == "855" and office.media.hears(bruno) == "music"
    assert b"sip:202@" in told(office, lamp)[-1]
    second, other = await office.talk("204", "201")
    await office.tell(refer(office, other, "855"))
    assert office.signalling.verbs(f"refer-{other}") == ["refuse_refer 603"], "one call at a place"
    await office.bye(second)
    carla = await office.dial("203", "855")
    await office.wait(0.1)
    assert office.media.hears(bruno) == f"leg {carla}"
    assert lights(office, lamp) == ["off", "confirmed", "off"]


@pytest.mark.parametrize("over", ["hangs up", "comes back"])
async def test_the_lamp_of_an_orbit_goes_out_when_nobody_waits_there_any_more(over: str) -> None:
    office = Office()
    lamp, presence = await watch(office, "203", "851"), await watch(office, "203", "851", "presence")
    bruno, _ = await led(office, "*85", held=True)
    await office.wait(0.1)
    assert b"<basic>open</basic>" in told(office, presence)[-1]
    if over == "hangs up":
        await office.bye(bruno)
    else:
        await office.wait(PARKED_SECONDS)
    await office.wait(0.1)
    assert lights(office, lamp) == ["off", "confirmed", "off"]


async def test_who_is_parked_may_hang_up() -> None:
    office = Office()
    bruno, _ = await led(office, "*85", held=True)
    await office.bye(bruno)
    assert office.ended.end_cause is Cause.CANCELLED and office.runner.status().calls == 0
    await office.wait(PARKED_SECONDS + 1)
    assert len(office.records.finished) == len(office.records.opened) == 2


async def test_two_who_dial_an_orbit_at_once() -> None:
    office = Office()
    bruno, _ = await led(office, "*85", held=True)
    first, second = await office.dial("203", "851"), await office.dial("204", "851")
    assert office.media.hears(bruno) == f"leg {first}" and said(office, second) == ["en/number-unknown"]


# --- picking up --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["*8", "*8202"])
async def test_d2_07_a_call_that_rings_at_a_colleague_is_picked_up(code: str) -> None:
    office = together("202", "203")
    caller = await office.dial("201", "202")
    rung = office.rung()
    await office.ring(rung)
    carla = await office.dial("203", code)
    assert office.media.hears(carla) == f"leg {caller}"
    assert office.signalling.verbs(rung)[-1] == "hang_up"
    assert [one.text for one in office.reasons(rung)] == ["Call completed elsewhere"]
    assert identified(office, caller) == [f'"User 203" <sip:203@{HOST}>']
    assert identified(office, carla) == [f'"User 201" <sip:201@{HOST}>']
    await office.acknowledge(caller)
    await office.acknowledge(carla)
    assert office.runner._engine.busy(UserId("203")) and not office.runner._engine.busy(UserId("202"))
    await office.bye(caller)
    assert office.ended.callee is not None and office.ended.callee.extension == "203"
    assert len(office.records.opened) == 1 and office.runner.status().calls == 0


@pytest.mark.parametrize(
    ("members", "pickup", "code"),
    [(("202", "203"), False, "*8"), (("202", "204"), True, "*8"), (("202", "204"), True, "*8202"),
     (("203", "204"), True, "*8202"), (("202", "203"), True, "*8204"), (("202", "203"), True, "*8999")],
)  # fmt: skip
async def test_who_may_not_or_finds_nothing_is_told_so(
    members: tuple[str, ...], pickup: bool, code: str
) -> None:
    office = together(*members, pickup=pickup)
    await office.dial("201", "202")
    rung = office.rung()
    carla = await office.dial("203", code)
    assert said(office, carla) == ["en/nothing-to-pick-up"]
    assert office.signalling.verbs(rung)[-1] == "invite"


async def test_what_rings_longest_is_picked_up_first() -> None:
    office = together("202", "203", "204")
    first = await office.dial("201", "202")
    await office.wait(1)
    await office.dial("201", "204")
    carla = await office.dial("203", "*8")
    assert office.media.hears(first) == f"leg {carla}"


async def test_an_answered_call_is_not_picked_up() -> None:
    office = together("202", "203")
    caller, callee = await office.talk("201", "202")
    carla = await office.dial("203", "*8")
    assert said(office, carla) == ["en/nothing-to-pick-up"] and office.media.hears(caller) == f"leg {callee}"


async def test_a_ring_group_s_call_is_picked_up_by_a_colleague_of_one_of_its_members() -> None:
    ring = RingGroup(RingGroupId("r"), "300", "Sales", (UserId("202"), UserId("204")))
    pick = UserGroup(GroupId("g"), "Desk", (UserId("202"), UserId("203")), pickup=True)
    office = Office(replace(snapshot(), groups={pick.id: pick}, ring_groups={ring.id: ring}))
    caller = await office.dial("201", "300")
    carla = await office.dial("203", "*8")
    assert office.media.hears(caller) == f"leg {carla}" and set(office.media.legs) == {caller, carla}


@pytest.mark.parametrize("member", [True, False])
async def test_a_lamp_s_key_takes_a_call_by_replaces_where_that_is_allowed(member: bool) -> None:
    office = together("202", "203" if member else "204")
    caller = await office.dial("201", "202")
    names = DialogNames("id", "ours", "theirs")
    office.signalling.dialogs[names] = FoundDialog(SessionId(office.rung()), DialogPhase.RINGING)
    headers = [("Replaces", "id;to-tag=ours;from-tag=theirs;early-only")]
    carla = await office.dial("203", "202", headers=headers)
    if member:
        assert office.media.hears(caller) == f"leg {carla}"
    else:
        assert office.signalling.verbs(carla) == ["reject 403"]


async def test_a_colleague_s_answered_call_is_not_taken_by_replaces() -> None:
    office = together("202", "203")
    _, callee = await office.talk("201", "202")
    names = DialogNames("id", "ours", "theirs")
    office.signalling.dialogs[names] = FoundDialog(SessionId(callee), DialogPhase.CONFIRMED)
    headers = [("Replaces", "id;to-tag=ours;from-tag=theirs")]
    assert office.signalling.verbs(await office.dial("203", "202", headers=headers)) == ["reject 403"]


async def test_a_call_that_is_led_on_can_be_picked_up() -> None:
    office = together("203", "204")
    bruno, _ = await led(office, "203")
    dora = await office.dial("204", "*8")
    assert office.media.hears(bruno) == f"leg {dora}"
