"""Calls that people ask for by a click (F-05): their own phones ring first, and every step that fails has a
name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from switchroom.calls.outcomes import Click, ClickFailure, ClickRefusal, ClickStep
from switchroom.calls.records import CallKind, Cause
from switchroom.directory.model import UserId
from switchroom.directory.personal import Personal
from tests.calls.test_outside_calls import BRUSSELS, FIRST, House, configuration
from tests.harness.office import Office, description

ME = UserId("201")


async def click(office: Office, number: str, device: str | None = None) -> Click:
    """One that is taken."""
    made = office.runner.clicking.call(ME, number, device)
    assert isinstance(made, Click), made
    await office.settle()
    return made


def step(office: Office, made: Click) -> tuple[ClickStep, ClickFailure | None]:
    """How it goes now."""
    found = office.runner.clicking.get(ME, made.id)
    assert found is not None
    return found.step, found.failure


async def test_f_05_my_phone_rings_first_and_shows_whom_it_will_call_then_both_are_connected() -> None:
    office = Office()
    made = await click(office, "202")
    assert (made.step, made.number, made.name) == (ClickStep.PHONE, "202", "User 202")
    (mine,) = office.signalling.invites()
    assert mine.invite is not None and mine.invite.destination == "201a"
    assert (mine.invite.from_.display_name, mine.invite.from_.uri.user) == ("User 202", "202")  # type: ignore[union-attr]
    await office.ring(mine.session)
    await office.wait(3)
    await office.pick_up(mine.session)
    assert step(office, made) == (ClickStep.CALLING, None)
    other = office.rung()
    assert other != mine.session and office.signalling.invites()[-1].invite is not None
    invite = office.signalling.invites()[-1].invite
    assert invite is not None and invite.destination == "202a"
    assert (invite.from_.display_name, invite.from_.uri.user) == ("User 201", "201")  # type: ignore[union-attr]
    assert office.records.answers == [], "my own answer is none"
    await office.ring(other)
    await office.wait(4)
    await office.pick_up(other)
    assert step(office, made) == (ClickStep.TALKING, None)
    assert office.media.hears(mine.session) == f"leg {other}"
    assert office.media.hears(other) == f"leg {mine.session}"
    await office.wait(60)
    await office.bye(other)
    assert office.signalling.verbs(mine.session)[-1] == "hang_up"
    assert step(office, made) == (ClickStep.ENDED, None)
    (record,) = office.records.finished
    assert len(office.records.opened) == 1, "it is one call"
    assert (record.id, record.kind, record.dialled, record.end_cause) == (
        made.id,
        CallKind.CALL,
        "202",
        Cause.CALLEE_HUNG_UP,
    )
    assert (record.caller.extension, record.callee.extension if record.callee else "") == ("201", "202")
    assert record.answered_at == pytest.approx(record.started_at + 7)
    assert office.media.legs == {} and office.runner.status().calls == 0


async def test_f_05_the_number_outside_is_called_on_my_rights_with_my_number() -> None:
    house = House()
    made = await click(house, BRUSSELS)
    mine = house.rung()
    await house.pick_up(mine)
    assert house.invited().uri.startswith(f"sip:{BRUSSELS}@")
    assert house.running("users/201") == house.running("trunks/first") == 1
    await house.pick_up(house.rung(), description("PCMA"))
    assert house.media.hears(mine) == f"leg {house.rung()}"
    await house.bye(mine)
    assert house.ended.direction == "outgoing" and house.ended.end_cause is Cause.CALLER_HUNG_UP
    assert house.running("users/201") == 0
    assert step(house, made) == (ClickStep.ENDED, None)


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("999", ClickRefusal.NUMBER_UNKNOWN),
        ("112", ClickRefusal.EMERGENCY),
        ("*43", ClickRefusal.NOT_A_PLACE),
        ("201", ClickRefusal.WITH_ONESELF),
        ("+33144556677", ClickRefusal.NOT_ALLOWED),
    ],
)
async def test_f_05_a_number_that_can_not_be_called_rings_no_phone(number: str, why: ClickRefusal) -> None:
    house = House()
    assert house.runner.clicking.call(ME, number) is why
    assert house.signalling.invites() == [] and house.records.opened == []


async def test_f_05_what_is_looked_at_before_reserves_no_line() -> None:
    house = House(configuration(replace(FIRST, capacity=1)))
    await click(house, BRUSSELS)
    await house.pick_up(house.rung())
    assert house.invited().uri.startswith(f"sip:{BRUSSELS}@")


async def test_f_05_without_a_phone_of_mine_nobody_is_called() -> None:
    office = Office()
    office.register("201", "a", "b", browser="b")
    assert office.runner.clicking.call(ME, "202", "device-203") is ClickRefusal.NO_PHONE
    await click(office, "202", "browser")
    assert [one.invite.destination for one in office.signalling.invites() if one.invite] == ["201b"]
    await click(office, "202", "desk")
    assert [one.invite.destination for one in office.signalling.invites()[1:] if one.invite] == ["201a"]
    await click(office, "202", "device-201b")
    assert office.runner.clicking.call(ME, "202") is ClickRefusal.TOO_MANY
    await office.pick_up(office.rung())
    await office.pick_up(office.rung())
    await click(office, "203", "desk")  # who talks does not wait
    office.register("202")
    assert office.runner.clicking.call(UserId("202"), "203") is ClickRefusal.NO_PHONE
    assert office.runner.clicking.call(UserId("203"), "202") is ClickRefusal.UNREACHABLE
    assert office.runner.clicking.call(UserId("nobody"), "202") is ClickRefusal.NO_PHONE


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (486, ClickFailure.PHONE_REFUSED),
        (603, ClickFailure.PHONE_REFUSED),
        (480, ClickFailure.PHONE_UNREACHABLE),
        (None, ClickFailure.PHONE_NO_ANSWER),
    ],
)
async def test_f_05_my_phone_does_not_answer(status: int | None, failure: ClickFailure) -> None:
    office = Office()
    made = await click(office, "202")
    if status is None:
        await office.wait(200)
    else:
        await office.refuse(office.rung(), status)
    assert step(office, made) == (ClickStep.ENDED, failure)
    assert len(office.signalling.invites()) == 1, "nobody else was called"
    assert office.media.legs == {} and office.runner.status().calls == 0


@pytest.mark.parametrize(
    ("status", "failure", "cause"),
    [
        (486, ClickFailure.BUSY, Cause.BUSY),
        (603, ClickFailure.REFUSED, Cause.DECLINED),
        (480, ClickFailure.UNREACHABLE, Cause.UNREACHABLE),
        (None, ClickFailure.NO_ANSWER, Cause.NO_ANSWER),
    ],
)
async def test_f_05_the_other_side_does_not_answer_and_i_am_told(
    status: int | None, failure: ClickFailure, cause: Cause
) -> None:
    office = Office()
    made = await click(office, "202")
    mine = office.rung()
    await office.pick_up(mine)
    assert [play.files for play in office.media.legs[mine].playing] == [["music"]]
    if status is None:
        await office.wait(200)
    else:
        await office.refuse(office.rung(), status)
    await office.wait(60)
    assert step(office, made) == (ClickStep.ENDED, failure)
    assert office.ended.end_cause is cause and office.ended.answered_at is None
    assert office.signalling.verbs(mine)[-1] == "hang_up"
    assert office.media.legs == {} and office.runner.status().calls == 0


async def test_f_05_i_hang_up_while_it_rings_there() -> None:
    office = Office()
    made = await click(office, "202")
    mine = office.rung()
    await office.pick_up(mine)
    other = office.rung()
    await office.ring(other)
    await office.bye(mine)
    assert office.signalling.verbs(other)[-1] == "hang_up"
    assert step(office, made) == (ClickStep.ENDED, ClickFailure.CANCELLED)
    assert office.ended.end_cause is Cause.CANCELLED and office.runner.status().calls == 0


async def test_f_05_a_conference_is_entered_as_if_i_had_dialled_it() -> None:
    office = Office()
    made = await click(office, "8001")
    mine = office.rung()
    await office.pick_up(mine)
    await office.wait(1)
    assert office.media.members("c1") == {mine}
    assert step(office, made) == (ClickStep.TALKING, None)
    await office.bye(mine)
    assert office.ended.kind is CallKind.CONFERENCE and office.ended.conference_id == "c1"


async def test_f_05_who_does_not_want_to_be_disturbed_is_rung_for_his_own_click() -> None:
    office = Office()
    office.personal.known["201"] = Personal(do_not_disturb=True)
    office.personal.known["203"] = Personal(do_not_disturb=True)
    await click(office, "202")
    assert len(office.signalling.invites()) == 1
    assert office.runner.clicking.call(ME, "203") is ClickRefusal.BUSY


async def test_f_05_another_persons_click_is_not_told() -> None:
    office = Office()
    made = await click(office, "202")
    assert office.runner.clicking.get(UserId("202"), made.id) is None
    assert office.runner.clicking.get(ME, "call-unknown") is None


async def test_f_05_the_phones_that_ring_are_cut_when_the_worker_dies() -> None:
    office = Office()
    made = await click(office, "202")
    office.runner.worker_lost()
    await office.settle()
    assert step(office, made) == (ClickStep.ENDED, ClickFailure.FAILED)
    assert office.runner.clicking.call(ME, "202") is ClickRefusal.SYSTEM_BUSY
