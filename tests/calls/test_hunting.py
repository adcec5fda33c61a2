"""A call that looks for somebody over several steps: lists, groups, the key 1, trunks that can not, and what
happens when the caller, or somebody else, acts at any moment of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from switchroom.calls.records import CallKind, Cause
from switchroom.calls.values import Outside, Party, Place, Prompt, Refuse, Target, Via
from switchroom.directory.ids import RingGroupId, TrunkId
from switchroom.directory.model import Snapshot, User, UserId
from switchroom.directory.outside import Destination, DestinationKind, RingGroup
from switchroom.directory.personal import Forward, Personal
from switchroom.media.types import LegId
from switchroom.sip.events import DialogPhase
from tests.calls.test_browsers import OTHER, name_dialog
from tests.harness.office import Office, description, snapshot

TO_203 = Destination(DestinationKind.EXTENSION, "203")
TO_204 = Destination(DestinationKind.EXTENSION, "204")
MOBILE = Destination(DestinationKind.NUMBER, "+32475123456")
LISTED = Personal(
    no_answer=(Forward(TO_203, 15), Forward(TO_204, 20)), busy=(Forward(TO_204, 10), Forward(TO_203, 10))
)


def by_trunk(name: str, number: str, otherwise: Target | None = None) -> Target:
    """A number by a trunk of that name."""
    via = Via(TrunkId(name), number, "sip:+3222903490@provider", f"sip:{number}@provider")
    place = Place("192.0.2.1", "0.0.0.0", "198.51.100.7")
    return Target(f"trunk-{name}", f"sip:{number}@{name}", place, trunk=via, otherwise=otherwise)


class Lines:
    """Trunks, tried in order; notes on whose account they are used."""

    def __init__(self, *names: str, refuse: Refuse | None = None) -> None:
        self.names = names or ("one",)
        self.refused = refuse
        self.asked: list[tuple[Outside, Party]] = []

    def __call__(self, wanted: Outside, caller: Party) -> tuple[Target, ...] | Refuse:
        self.asked.append((wanted, caller))
        if self.refused is not None:
            return self.refused
        target: Target | None = None
        for name in reversed(self.names):
            target = by_trunk(name, wanted.number, target)
        return () if target is None else (target,)


def office_of(
    personal: Personal | None = None, configuration: Snapshot | None = None, lines: Lines | None = None
) -> Office:
    """An office where 202 has these settings; `lines` lead outside."""
    office = Office(configuration)
    if personal is not None:
        office.personal.known["202"] = personal
    if lines is not None:
        office.runner._where.outside = lines  # type: ignore[method-assign]
    return office


def group(**changes: object) -> Snapshot:
    """A ring group 600 of 202 and 203."""
    made = RingGroup(RingGroupId("g"), "600", "Sales", (UserId("202"), UserId("203")), ring_seconds=20)
    return replace(snapshot(), ring_groups={made.id: replace(made, **changes)})  # type: ignore[arg-type]


def rung_for(office: Office) -> list[str]:
    """Where all INVITEs went."""
    return [str(one.invite.destination) for one in office.signalling.invites() if one.invite]


def open_legs(office: Office) -> set[str]:
    return set(office.media.legs)


def assert_over(office: Office) -> None:
    """Nothing is left of any call."""
    assert office.media.legs == {} and office.media.failures == []
    assert office.runner.status().calls == office.runner.status().legs == 0
    opened = [record.id for record in office.records.opened]
    assert sorted(opened) == sorted(record.id for record in office.records.finished)
    assert not any(office.runner._engine.busy(UserId(n)) for n in ("201", "202", "203", "204"))
    assert [one for one in office.problems.found if one.kind == "call-failed"] == []


# --- steps -------------------------------------------------------------------------------------------------


async def test_b3_04_the_list_is_tried_in_order_each_entry_for_its_time() -> None:
    office = office_of(LISTED)
    caller = await office.dial("201", "202")
    own = office.rung()
    await office.ring(own)
    await office.wait(29)
    assert rung_for(office) == ["202a"]
    await office.wait(1.5)
    assert rung_for(office) == ["202a", "203a"]
    assert (
        office.signalling.verbs(own) == ["invite", "hang_up"] and office.reasons(own)[0].text == "No answer"
    )
    await office.ring(office.rung())
    await office.wait(14)
    assert rung_for(office) == ["202a", "203a"]
    await office.wait(1.5)
    assert rung_for(office) == ["202a", "203a", "204a"]
    assert open_legs(office) == {caller, office.rung()}
    await office.wait(20)
    assert office.signalling.verbs(caller) == ["provisional 180", "reject 480"]
    assert office.ended.end_cause is Cause.NO_ANSWER and office.ended.kind is CallKind.CALL
    assert_over(office)


async def test_b3_04_who_answers_at_a_later_step_has_the_call() -> None:
    office = office_of(LISTED)
    caller = await office.dial("201", "202")
    await office.wait(31)
    await office.pick_up(office.rung())
    assert office.media.hears(caller) == f"leg {office.rung()}"
    assert office.media.hears(office.rung()) == f"leg {caller}"
    await office.wait(60)
    await office.bye(caller)
    record = office.ended
    assert record.dialled == "202" and record.callee is not None and record.callee.extension == "203"
    assert_over(office)


async def test_b3_06_a_busy_phone_begins_the_busy_list_and_a_busy_end_is_busy() -> None:
    office = office_of(LISTED)
    caller = await office.dial("201", "202")
    await office.refuse(office.rung(), 486)
    assert rung_for(office) == ["202a", "204a"]
    await office.wait(10.5)
    assert rung_for(office) == ["202a", "204a", "203a"]
    await office.wait(10)
    assert office.signalling.verbs(caller) == ["reject 486"]
    assert office.ended.end_cause is Cause.BUSY
    assert_over(office)


async def test_b3_04_who_declines_or_is_not_there_begins_the_list_of_no_answer() -> None:
    office = office_of(LISTED)
    await office.dial("201", "202")
    await office.refuse(office.rung(), 603)
    assert rung_for(office) == ["202a", "203a"]
    away = office_of(LISTED)
    away.register("202")
    await away.dial("201", "202")
    assert rung_for(away) == ["203a"]


async def test_a_step_with_nobody_to_ring_is_passed_over() -> None:
    office = office_of(LISTED)
    office.register("203")
    await office.dial("201", "202")
    await office.wait(31)
    assert rung_for(office) == ["202a", "204a"]


async def test_a_step_rings_who_is_there_when_its_turn_comes_and_asks_for_a_trunk_only_then() -> None:
    lines = Lines()
    listed = (Forward(TO_203, 15), Forward(TO_204, 20), Forward(MOBILE, 20))
    office = office_of(Personal(no_answer=listed), lines=lines)
    office.register("204")
    await office.dial("201", "202")
    office.register("204", "new")
    office.personal.known["203"] = Personal(do_not_disturb=True)
    await office.wait(31)
    assert rung_for(office) == ["202a", "204new"] and lines.asked == []
    await office.wait(20)
    assert [wanted.account for wanted, _ in lines.asked] == ["202"]
    assert len(rung_for(office)) == 3


async def test_a_busy_phone_whose_list_can_not_be_rung_is_busy() -> None:
    office = office_of(LISTED)
    office.register("203")
    office.register("204")
    caller = await office.dial("201", "202")
    await office.refuse(office.rung(), 486)
    assert office.signalling.verbs(caller) == ["reject 486"]


async def test_who_rings_is_busy_and_nobody_else() -> None:
    """B3-03: who takes no second call is busy while he is rung, not before and not after."""
    singles = [User(UserId(n), n, f"User {n}", call_waiting=False) for n in ("202", "203")]
    office = office_of(LISTED, snapshot(singles))
    await office.dial("201", "202")
    busy = office.runner._engine.busy
    assert busy(UserId("202")) and not busy(UserId("203"))
    await office.wait(31)
    assert busy(UserId("203")) and not busy(UserId("202"))
    await office.pick_up(office.rung())
    assert busy(UserId("203")) and busy(UserId("201")) and not busy(UserId("202"))
    assert (await office.dial("204", "203")) and office.ended.end_cause is Cause.BUSY


async def test_two_answers_that_cross_connect_the_first_and_end_the_other() -> None:
    office = office_of(LISTED)
    caller = await office.dial("201", "202")
    late = office.rung()
    await office.wait(31)
    await office.pick_up(late)  # answered while our CANCEL was under way
    assert office.signalling.verbs(late) == ["invite", "hang_up", "hang_up"]
    await office.pick_up(office.rung())
    assert office.media.hears(caller) == f"leg {office.rung()}"


Moment = Callable[[Office], object]


async def _first(office: Office) -> None:
    """The first phone rings."""


async def _between(office: Office) -> None:
    """The step is over, and the port for the next one is not there yet."""
    office.clock.advance_to(office.clock.now() + 30)


async def _second(office: Office) -> None:
    await office.wait(31)
    await office.ring(office.rung())


async def _third(office: Office) -> None:
    await office.wait(46)


@pytest.mark.parametrize("moment", [_first, _between, _second, _third])
@pytest.mark.parametrize("act", ["cancel", "bye", "drain", "worker"])
async def test_a_caller_who_gives_up_at_any_moment_leaves_nothing_behind(moment: Moment, act: str) -> None:
    office = office_of(LISTED)
    caller = await office.dial("201", "202")
    await moment(office)  # type: ignore[misc]
    match act:
        case "cancel":
            await office.cancel(caller)
        case "bye":
            await office.bye(caller)
        case "drain":
            await office.runner.drain(0)
        case _:
            office.runner.worker_lost()
    await office.settle()
    for one in office.signalling.invites():
        assert office.signalling.verbs(one.session) == ["invite", "hang_up"]
    if act != "worker":
        assert_over(office)
    await office.wait(100)
    assert len(office.records.finished) == 1 and office.runner.status().calls == 0


async def test_a_late_offer_is_made_to_who_answers_at_a_later_step() -> None:
    office = office_of(LISTED)
    caller = await office.dial("201", "202", None)
    await office.wait(31)
    await office.pick_up(office.rung(), description("G722"))
    offered = office.signalling.of(caller)[-1].sdp
    assert offered is not None and b" RTP/AVP 9 " in offered
    await office.acknowledge(caller, description("G722"))
    assert office.media.hears(caller) == f"leg {office.rung()}"


async def test_c3_06_a_page_of_the_same_user_takes_a_call_that_rings_at_a_later_step() -> None:
    office = office_of(LISTED)
    office.register("203", "a", "b", browser="b")
    caller = await office.dial("201", "202")
    await office.wait(31)
    desk = next(one.session for one in office.signalling.invites() if rung_at(one.invite) == "203a")
    text = name_dialog(office, desk, DialogPhase.RINGING)
    headers = [("Replaces", text + ";early-only")]
    new = await office.dial("203", "203", OTHER, browser=True, headers=headers)
    assert office.media.hears(caller) == f"leg {new}"
    assert office.signalling.verbs(desk)[-1] == "hang_up"
    await office.wait(60)
    assert office.media.hears(caller) == f"leg {new}"


def rung_at(invite: object) -> str:
    return str(getattr(invite, "destination", ""))


# --- groups ------------------------------------------------------------------------------------------------


async def test_d2_04_a_group_rings_together_and_one_who_declines_leaves_it_to_the_others() -> None:
    office = office_of(configuration=group())
    office.register("202", "a", "b")
    caller = await office.dial("201", "600")
    assert rung_for(office) == ["202a", "202b", "203a"]
    first, second, third = (one.session for one in office.signalling.invites())
    await office.refuse(first, 603)
    assert office.signalling.verbs(second) == ["invite", "hang_up"]
    assert office.signalling.verbs(third) == ["invite"]
    await office.pick_up(third)
    assert office.media.hears(caller) == f"leg {third}"
    assert open_legs(office) == {caller, third}
    await office.bye(caller)
    record = office.ended
    assert record.dialled == "600" and record.callee is not None and record.callee.extension == "203"
    assert_over(office)


async def test_d2_04_a_group_in_turn_rings_one_after_the_other_for_its_time() -> None:
    office = office_of(configuration=group(in_turn=True, ring_seconds=12))
    caller = await office.dial("201", "600")
    assert rung_for(office) == ["202a"]
    await office.wait(12.5)
    assert rung_for(office) == ["202a", "203a"]
    await office.wait(12)
    assert office.signalling.verbs(caller) == ["reject 480"]
    assert_over(office)


async def test_d2_04_when_nobody_of_the_group_answers_the_caller_is_led_on() -> None:
    """Into a conference: he is answered there, with the port he has."""
    office = office_of(configuration=group(otherwise=Destination(DestinationKind.CONFERENCE, "c1")))
    caller = await office.dial("201", "600")
    await office.wait(20.5)
    assert office.signalling.verbs(caller) == ["accept"]
    await office.acknowledge(caller)
    assert office.media.legs[caller].room == "c1"
    assert [command for batch in office.media.batches for command in batch if _opens(command, caller)] != []
    assert sum(_opens(command, caller) for batch in office.media.batches for command in batch) == 1
    await office.bye(caller)
    assert office.ended.kind is CallKind.CONFERENCE and office.ended.conference_id == "c1"
    assert_over(office)


def _opens(command: object, leg: str) -> bool:
    return type(command).__name__ == "OpenLeg" and getattr(command, "leg", None) == leg


async def test_d2_04_a_code_is_asked_for_by_the_conference_a_group_leads_to() -> None:
    office = office_of(configuration=group(otherwise=Destination(DestinationKind.CONFERENCE, "c2")))
    caller = await office.dial("201", "600", None)
    await office.wait(20.5)
    await office.acknowledge(caller, description())
    assert office.media.hears(caller) == f"en/{Prompt.ENTER_CODE.value}"
    await office.key(caller, "4321#")
    assert office.media.legs[caller].room == "c2"


async def test_a_group_whose_end_is_to_hang_up_refuses_after_it_rang() -> None:
    office = office_of(configuration=group(otherwise=Destination(DestinationKind.HANG_UP)))
    caller = await office.dial("201", "600")
    await office.ring(office.rung())
    await office.wait(21)
    assert office.signalling.verbs(caller) == ["provisional 180", "reject 603"]
    assert office.ended.kind is CallKind.CALL
    assert_over(office)


# --- outside: the key 1 ------------------------------------------------------------------------------------

FOLLOWED = Personal(follow_me=(Forward(MOBILE, 20), Forward(TO_203, 15)), follow_me_on=True)


async def test_d2_06_who_answers_outside_presses_one_and_the_caller_hears_it_ring_on() -> None:
    lines = Lines()
    office = office_of(FOLLOWED, lines=lines)
    caller = await office.dial("201", "202")
    mobile = office.rung()
    wanted, by = lines.asked[0]
    assert (wanted.number, wanted.account, by.extension) == ("+32475123456", "202", "201")
    await office.ring(mobile, 183, description("PCMA"))  # what the network plays is not passed on
    await office.pick_up(mobile, description("PCMA"))
    assert office.signalling.verbs(caller) == ["provisional 180"]
    assert office.media.hears(mobile) == f"en/{Prompt.TAKE_CALL.value}"
    assert office.media.hears(caller) == ""
    await office.key(mobile, "5")
    assert office.signalling.verbs(caller) == ["provisional 180"]
    await office.key(mobile, "1")
    assert office.signalling.verbs(caller) == ["provisional 180", "accept"]
    assert office.media.hears(caller) == f"leg {mobile}" and office.media.hears(mobile) == f"leg {caller}"
    await office.wait(100)
    assert office.media.hears(caller) == f"leg {mobile}"
    await office.bye(mobile)
    assert office.ended.callee is not None and office.ended.callee.extension == "+32475123456"
    assert_over(office)


async def test_d2_06_without_a_key_the_next_one_is_rung() -> None:
    office = office_of(FOLLOWED, lines=Lines())
    caller = await office.dial("201", "202")
    machine = office.rung()
    await office.pick_up(machine)
    await office.wait(14)
    assert len(office.signalling.invites()) == 1
    await office.wait(1.5)
    assert office.signalling.verbs(machine) == ["invite", "hang_up"]
    assert rung_for(office)[1:] == ["203a"]
    await office.pick_up(office.rung())
    assert office.media.hears(caller) == f"leg {office.rung()}"


async def test_d2_06_who_answers_at_the_last_moment_still_has_time_for_the_key() -> None:
    office = office_of(FOLLOWED, lines=Lines())
    caller = await office.dial("201", "202")
    mobile = office.rung()
    await office.wait(19)
    await office.pick_up(mobile)
    await office.wait(5)  # the step's time is over
    assert len(office.signalling.invites()) == 1
    await office.key(mobile, "1")
    assert office.media.hears(caller) == f"leg {mobile}"


async def test_d2_06_who_hangs_up_instead_of_a_key_leaves_it_to_the_next_one() -> None:
    office = office_of(FOLLOWED, lines=Lines())
    caller = await office.dial("201", "202")
    await office.pick_up(office.rung())
    await office.bye(office.rung())
    assert rung_for(office)[1:] == ["203a"]
    await office.cancel(caller)
    assert_over(office)


async def test_d2_06_a_caller_who_gives_up_during_the_question_ends_it() -> None:
    office = office_of(FOLLOWED, lines=Lines())
    caller = await office.dial("201", "202")
    mobile = office.rung()
    await office.pick_up(mobile)
    await office.cancel(caller)
    assert office.signalling.verbs(mobile) == ["invite", "hang_up"]
    assert_over(office)


async def test_d2_06_without_the_question_the_answer_is_the_call() -> None:
    office = office_of(replace(FOLLOWED, confirm_outside=False), lines=Lines())
    caller = await office.dial("201", "202")
    await office.ring(office.rung(), 183, description("PCMA"))
    assert office.signalling.verbs(caller) == ["provisional 183"]
    await office.pick_up(office.rung())
    assert office.media.hears(caller) == f"leg {office.rung()}"


# --- outside: trunks ---------------------------------------------------------------------------------------


async def test_a_number_is_called_by_the_next_trunk_when_one_can_not() -> None:
    office = office_of(lines=Lines("one", "two", "three"))
    caller = await office.dial("201", "+3222903490")
    await office.refuse(office.rung(), 503)
    await office.refuse(office.rung(), 408)
    assert [one.invite.uri.rpartition("@")[2] for one in office.signalling.invites() if one.invite] == [
        "one", "two", "three",
    ]  # fmt: skip
    await office.pick_up(office.rung())
    assert office.media.hears(caller) == f"leg {office.rung()}"
    assert open_legs(office) == {caller, office.rung()}
    await office.bye(caller)
    assert_over(office)


@pytest.mark.parametrize(("status", "final"), [(486, 486), (404, 480), (403, 480), (603, 603), (480, 480)])
async def test_what_the_called_person_says_is_the_answer(status: int, final: int) -> None:
    office = office_of(lines=Lines("one", "two"))
    caller = await office.dial("201", "+3222903490")
    await office.refuse(office.rung(), status)
    assert len(office.signalling.invites()) == 1
    assert office.signalling.verbs(caller) == [f"reject {final}"]


async def test_who_rang_and_did_not_answer_is_not_called_by_another_trunk() -> None:
    office = office_of(lines=Lines("one", "two"))
    await office.dial("201", "+3222903490")
    await office.ring(office.rung())
    await office.refuse(office.rung(), 408)
    assert len(office.signalling.invites()) == 1
    office = office_of(lines=Lines("one", "two"))
    await office.dial("201", "+3222903490")
    await office.ring(office.rung(), 183, description())
    await office.refuse(office.rung(), 503)
    assert len(office.signalling.invites()) == 1


async def test_when_no_trunk_can_the_caller_is_told_once() -> None:
    office = office_of(lines=Lines("one", "two"))
    caller = await office.dial("201", "+3222903490")
    await office.refuse(office.rung(), 500)
    await office.refuse(office.rung(), 502)
    assert office.signalling.verbs(caller) == ["reject 480"]
    assert_over(office)


async def test_s2_04_what_may_not_be_called_says_why_to_who_dialled_it_and_not_to_others() -> None:
    refused = Refuse(403, Cause.NOT_ALLOWED, (Prompt.OUTSIDE_IMPOSSIBLE,))
    office = office_of(replace(FOLLOWED, follow_me=(Forward(MOBILE, 20),)), lines=Lines(refuse=refused))
    caller = await office.dial("201", "+32475123456")
    assert office.media.hears(caller) == f"en/{Prompt.OUTSIDE_IMPOSSIBLE.value}"
    office.media.finish(f"{caller}/refusal")
    await office.settle()
    assert office.signalling.verbs(caller) == ["provisional 183", "reject 403"]
    caller = await office.dial("201", "202")
    assert office.media.hears(caller) == f"en/{Prompt.NOT_AVAILABLE.value}"


# --- early media -------------------------------------------------------------------------------------------


async def test_early_media_of_a_step_that_fails_is_followed_by_music_and_the_same_answer() -> None:
    own = replace(FOLLOWED, confirm_outside=False)
    office = office_of(own, lines=Lines())
    caller = await office.dial("201", "202")
    mobile = office.rung()
    await office.ring(mobile, 183, description("PCMA"))
    assert office.media.hears(caller) == f"leg {mobile}"
    await office.refuse(mobile, 480)
    assert office.media.hears(caller) == "music"
    await office.ring(office.rung())
    assert office.signalling.verbs(caller) == ["provisional 183"]
    await office.pick_up(office.rung(), description("PCMU"))
    assert office.media.hears(caller) == f"leg {office.rung()}"
    early, final = (one.sdp for one in office.signalling.of(caller))
    assert early == final


async def test_early_media_of_two_steps_is_heard_one_after_the_other() -> None:
    own = replace(FOLLOWED, follow_me=(Forward(MOBILE, 20), Forward(MOBILE, 20)), confirm_outside=False)
    office = office_of(own, lines=Lines())
    caller = await office.dial("201", "202")
    await office.ring(office.rung(), 183, description("PCMA"))
    await office.wait(20.5)
    await office.ring(office.rung(), 183, description("PCMU"))
    assert office.media.hears(caller) == f"leg {office.rung()}"
    await office.pick_up(office.rung())
    assert office.media.hears(caller) == f"leg {office.rung()}"
    assert office.signalling.verbs(caller) == ["provisional 183", "accept"]


async def test_a_caller_with_early_media_is_led_into_a_conference_with_the_answer_he_has() -> None:
    own = replace(
        FOLLOWED,
        follow_me=(Forward(MOBILE, 20), Forward(Destination(DestinationKind.CONFERENCE, "c1"), 20)),
        confirm_outside=False,
    )
    office = office_of(own, lines=Lines())
    caller = await office.dial("201", "202")
    await office.ring(office.rung(), 183, description("PCMA"))
    await office.wait(20.5)
    early, final = (one.sdp for one in office.signalling.of(caller))
    assert early == final and office.signalling.verbs(caller) == ["provisional 183", "accept"]
    await office.acknowledge(caller)
    assert office.media.legs[caller].room == "c1"
    await office.bye(caller)
    assert_over(office)


# --- codes -------------------------------------------------------------------------------------------------


async def test_d2_07_forwarding_by_code_is_kept_read_back_and_acts_at_once() -> None:
    office = office_of()
    caller = await office.dial("202", "*72203#")
    assert office.personal.known == {}
    await office.acknowledge(caller)
    assert office.personal.known["202"].always == TO_203
    (play,) = office.media.legs[caller].playing
    spoken = ["calls-forwarded-to", "digit-2", "digit-0", "digit-3"]
    assert play.files == [f"en/{word}" for word in spoken]
    office.media.finish(f"{caller}/setting")
    await office.settle()
    assert office.signalling.verbs(caller) == ["accept", "hang_up"]
    assert_over(office)
    await office.dial("201", "202")
    assert rung_for(office) == ["203a"]


async def test_d2_07_what_could_not_be_kept_is_said() -> None:
    office = office_of()
    office.personal.able = False
    caller = await office.dial("202", "*73", None)
    await office.acknowledge(caller, description())
    assert office.media.hears(caller) == f"en/{Prompt.NOT_SAVED.value}"
    await office.wait(31)
    assert office.signalling.verbs(caller)[-1] == "hang_up"
    assert_over(office)


async def test_s2_18_a_circle_of_forwardings_is_refused_before_anybody_rings() -> None:
    office = office_of(Personal(always=TO_203))
    office.personal.known["203"] = Personal(always=Destination(DestinationKind.EXTENSION, "202"))
    caller = await office.dial("201", "202")
    assert office.signalling.invites() == []
    assert office.media.hears(caller) == f"en/{Prompt.NOT_AVAILABLE.value}"
    office.media.finish(f"{caller}/refusal")
    await office.settle()
    assert office.signalling.verbs(caller)[-1] == "reject 482"
    assert [(one.kind, one.subject) for one in office.problems.found] == [("forwarding-loop", "202")]
    caller = await office.dial("203", "*72202")
    assert office.media.hears(caller) == f"en/{Prompt.FORWARD_LOOP.value}"


async def test_a_port_that_can_not_be_had_at_a_later_step_goes_on_to_the_next() -> None:
    office = office_of(LISTED)
    caller = await office.dial("201", "202")
    await office.wait(29)
    office.media.refuse_ports = True
    await office.wait(2)
    assert office.signalling.verbs(caller) == ["reject 480"]
    assert LegId(caller) not in office.media.legs
    assert_over(office)
