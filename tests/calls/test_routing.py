"""Where a dialled number leads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from switchroom.calls.records import Cause
from switchroom.calls.routing import (
    OUTSIDE_SECONDS,
    Change,
    HuntPlan,
    Known,
    arrive,
    dialled,
    language_of,
    party_of,
    route,
)
from switchroom.calls.values import (
    EnterConference,
    EnterServer,
    Forwarded,
    Hunt,
    Last,
    Outside,
    Party,
    Prompt,
    Refuse,
    Ring,
    Step,
    ToMailbox,
)
from switchroom.directory.ids import MailboxId, NumberId, RingGroupId
from switchroom.directory.model import Conference, ConferenceId, ConferenceServer, Snapshot, User, UserId
from switchroom.directory.outside import (
    Destination,
    DestinationKind,
    IncomingNumber,
    Mailbox,
    RingGroup,
    Schedule,
)
from switchroom.directory.personal import UNSET, Forward, Personal
from switchroom.sip.uri import parse_uri
from tests.harness.office import snapshot

HERE = snapshot()


@pytest.mark.parametrize(
    ("uri", "number"),
    [
        ("sip:202@pbx", "202"),
        ("sip:202;phone-context=x@pbx;user=phone", "202"),
        ("sips:%32%30%32@pbx", "202"),
        ("tel:+3222903490;phone-context=y", "+3222903490"),
        ("sip:pbx", ""),
        ("mailto:x@y", ""),
    ],
)
def test_what_was_dialled(uri: str, number: str) -> None:
    assert dialled(parse_uri(uri)) == number


def known(here: Snapshot = HERE, **personal: Personal) -> Known:
    """What routing goes by, with the settings of users: `u201=...`."""
    return Known(here, lambda user: personal.get(f"u{user}", UNSET))


def rings(*numbers: str, seconds: float = 30.0) -> Step:
    """A step in which users ring."""
    users = (HERE.users[UserId(number)] for number in numbers)
    return Step(tuple(Ring(party_of(user)) for user in users), seconds)


BRUNO = party_of(HERE.users[UserId("202")])
TO_203 = Destination(DestinationKind.EXTENSION, "203")
TO_BOX = Destination(DestinationKind.VOICEMAIL, "202")
MOBILE = Destination(DestinationKind.NUMBER, "+32475123456")


def boxed(*numbers: str) -> Snapshot:
    """These users have mailboxes."""
    return snapshot([User(UserId(n), n, f"User {n}", voicemail=True) for n in numbers])


def outside(number: str, account: str, confirm: bool = True, why: Forwarded = Forwarded.ALWAYS) -> Ring:
    """A number that calls are sent on to."""
    return Ring(Party(number), (), confirm, Outside(number, UserId(account), why=why))


def test_an_extension_rings_its_user_for_the_systems_time() -> None:
    assert route(known(), "202") == HuntPlan(BRUNO, Hunt((rings("202"),)))


def test_a_conference_is_entered() -> None:
    assert route(known(), "8002") == EnterConference(HERE.conferences[ConferenceId("c2")])


def test_s3_01_the_conference_server_has_an_extension() -> None:
    server = ConferenceServer("8000", language="fr")
    here = replace(HERE, conference_server=server)
    assert route(known(here), "8000") == EnterServer(server)
    assert isinstance(route(known(), "8000"), Refuse)


def test_b3_03_busy_counts_only_without_call_waiting() -> None:
    single = snapshot([User(UserId("202"), "202", "Single", call_waiting=False)])
    everybody = replace(known(single), busy=lambda user: True)
    assert route(everybody, "202") == Refuse(486, Cause.BUSY)
    assert isinstance(route(known(single), "202"), HuntPlan)
    assert isinstance(route(replace(known(), busy=lambda user: True), "202"), HuntPlan)


# --- personal settings -------------------------------------------------------------------------------------


def test_b3_04_two_lists_are_tried_in_order_each_entry_for_its_own_time() -> None:
    own = Personal(
        no_answer=(Forward(TO_203, 15), Forward(MOBILE, 25)), busy=(Forward(TO_203, 7), Forward(MOBILE, 9))
    )
    plan = route(known(u202=own), "202", UserId("201"))
    assert isinstance(plan, HuntPlan)
    unanswered, busy = plan.hunt.when_unanswered, plan.hunt.when_busy
    assert plan.hunt.steps == (rings("202"),)
    assert isinstance(unanswered, Hunt) and isinstance(busy, Hunt)
    called = outside("+32475123456", "202", why=Forwarded.NO_ANSWER)
    assert unanswered.steps == (rings("203", seconds=15), Step((called,), 25))
    called = outside("+32475123456", "202", why=Forwarded.BUSY)
    assert busy.steps == (rings("203", seconds=7), Step((called,), 9))
    assert unanswered.when_unanswered == unanswered.when_busy == Refuse(480, Cause.NO_ANSWER)
    assert busy.when_unanswered == Refuse(486, Cause.BUSY)


def test_b3_05_the_mailbox_is_the_last_resort_of_the_lists_that_want_it() -> None:
    here, box = boxed("202"), ToMailbox(MailboxId("202"))
    plan = route(known(here, u202=Personal(no_answer_voicemail=True)), "202")
    assert isinstance(plan, HuntPlan)
    assert (plan.hunt.when_busy, plan.hunt.when_unanswered) == (None, box)
    own = Personal(busy=(Forward(TO_203, 10),), busy_voicemail=True)
    plan = route(known(here, u202=own), "202")
    assert isinstance(plan, HuntPlan)
    busy = replace(box, busy=True)  # its owner is on the phone, and the greeting says so
    assert plan.hunt.when_busy == Hunt((rings("203", seconds=10),), busy, busy)
    assert plan.hunt.when_unanswered is None
    # Without a mailbox there is none to send to, whatever was once ticked.
    plan = route(known(u202=Personal(no_answer_voicemail=True)), "202")
    assert plan == HuntPlan(BRUNO, Hunt((rings("202"),)))


def test_b3_06_whoever_is_busy_beforehand_has_his_busy_list_rung_at_once() -> None:
    single = snapshot([User(UserId("202"), "202", "User 202", call_waiting=False)])
    busy = replace(known(single, u202=Personal(busy=(Forward(TO_203, 10),))), busy=lambda user: user == "202")
    end = Refuse(486, Cause.BUSY)
    assert route(busy, "202") == HuntPlan(BRUNO, Hunt((rings("203", seconds=10),), end, end))


def test_b3_07_follow_me_rings_only_its_list_and_no_forwarding_counts() -> None:
    own = Personal(
        follow_me=(Forward(MOBILE, 20), Forward(TO_203, 10)),
        follow_me_on=True,
        no_answer=(Forward(Destination(DestinationKind.EXTENSION, "204"), 30),),
        confirm_outside=False,
    )
    plan = route(known(u202=own), "202")
    steps = (Step((outside("+32475123456", "202", confirm=False),), 20), rings("203", seconds=10))
    assert plan == HuntPlan(BRUNO, Hunt(steps))
    assert route(known(u202=replace(own, follow_me_on=False)), "202") != plan


def test_do_not_disturb_is_busy() -> None:
    assert route(known(u202=Personal(do_not_disturb=True)), "202") == Refuse(486, Cause.BUSY)
    own = Personal(do_not_disturb=True, busy_voicemail=True)
    assert route(known(boxed("202"), u202=own), "202") == ToMailbox(MailboxId("202"))


def test_a_list_passes_over_who_does_not_want_to_be_disturbed_and_whose_lists_do_not_count() -> None:
    own = Personal(no_answer=(Forward(TO_203, 15), Forward(Destination(DestinationKind.EXTENSION, "204"), 9)))
    forwarded = Personal(always=MOBILE)
    plan = route(known(u202=own, u203=Personal(do_not_disturb=True), u204=forwarded), "202")
    assert isinstance(plan, HuntPlan) and isinstance(plan.hunt.when_unanswered, Hunt)
    assert plan.hunt.when_unanswered.steps == (rings("204", seconds=9),)


def test_a_list_ends_where_it_leads_to_a_mailbox() -> None:
    own = Personal(no_answer=(Forward(TO_BOX, 15), Forward(TO_203, 15)))
    plan = route(known(boxed("202"), u202=own), "202")
    assert isinstance(plan, HuntPlan) and plan.hunt.when_unanswered == ToMailbox(MailboxId("202"))


def test_s2_18_always_is_followed_from_user_to_user() -> None:
    plan = route(known(u202=Personal(always=TO_203)), "202")
    assert plan == HuntPlan(party_of(HERE.users[UserId("203")]), Hunt((rings("203"),)))
    plan = route(known(u202=Personal(always=TO_203), u203=Personal(always=MOBILE)), "202", UserId("201"))
    # The one who sends it outside answers for it.
    assert isinstance(plan, HuntPlan) and plan.hunt.steps[0].rings == (outside("+32475123456", "203"),)


def test_d2_06_forwarded_outside_and_not_taken_there_it_is_the_mailboxs() -> None:
    box = ToMailbox(MailboxId("202"))
    own = Personal(always=MOBILE, no_answer_voicemail=True)
    plan = route(known(boxed("202"), u202=own), "202")
    step = Step((outside("+32475123456", "202"),), OUTSIDE_SECONDS)
    assert plan == HuntPlan(Party("+32475123456"), Hunt((step,), None, box))
    plan = route(known(boxed("202"), u202=replace(own, busy_voicemail=True)), "202")
    assert plan == HuntPlan(Party("+32475123456"), Hunt((step,), box, box))
    assert route(known(u202=own), "202") == HuntPlan(Party("+32475123456"), Hunt((step,)))


def always(target: str) -> Personal:
    return Personal(always=Destination(DestinationKind.EXTENSION, target))


def test_s2_18_loops_are_found_before_anybody_rings() -> None:
    looping = known(u202=always("203"), u203=always("204"), u204=always("202"))
    for number in ("202", "203", "204"):
        plan = route(looping, number)
        assert isinstance(plan, Refuse) and plan.status == 482
    assert isinstance(route(known(u202=always("202")), "202"), Refuse)


def test_s2_18_a_circle_through_a_number_of_ours_is_found_before_the_call_goes_out() -> None:
    own = Destination(DestinationKind.NUMBER, "+3222903490")
    here = replace(HERE, numbers={NumberId("n"): incoming()})
    for settings in (Personal(always=own), Personal(always=TO_203)):
        plan = route(known(here, u202=settings, u203=Personal(always=own)), "202")
        assert isinstance(plan, Refuse) and plan.status == 482
    # In a list it is rung inside.
    plan = route(known(here, u203=Personal(no_answer=(Forward(own, 9),))), "203")
    assert isinstance(plan, HuntPlan) and isinstance(plan.hunt.when_unanswered, Hunt)
    assert plan.hunt.when_unanswered.steps == (rings("202", seconds=9),)


@pytest.mark.parametrize(("length", "rung"), [(5, True), (6, False)])
def test_s2_18_a_call_is_forwarded_five_times_at_most(length: int, rung: bool) -> None:
    here = snapshot([User(UserId(str(n)), str(n), f"User {n}") for n in range(300, 320)])
    chain = {f"u{n}": always(str(n + 1)) for n in range(300, 300 + length)}
    assert isinstance(route(known(here, **chain), "300"), HuntPlan) is rung


# --- groups, mailboxes, destinations -----------------------------------------------------------------------


OPEN = HERE.conferences[ConferenceId("c1")]


def grouped(**changes: Any) -> Snapshot:
    """A ring group 600 of 202, 203 and one who is no longer there; another one 601 of 204."""
    members = (UserId("202"), UserId("gone"), UserId("203"))
    group = replace(RingGroup(RingGroupId("g"), "600", "Sales", members, ring_seconds=12), **changes)
    other = RingGroup(RingGroupId("h"), "601", "Night", (UserId("204"),))
    return replace(HERE, ring_groups={group.id: group, other.id: other})


def test_d2_04_a_ring_group_rings_together_or_in_turn() -> None:
    party = Party("600", "Sales")
    assert route(known(grouped()), "600") == HuntPlan(party, Hunt((rings("202", "203", seconds=12),)))
    turns = (rings("202", seconds=12), rings("203", seconds=12))
    assert route(known(grouped(in_turn=True)), "600") == HuntPlan(party, Hunt(turns))


def test_d2_04_members_who_may_not_be_rung_are_left_out_and_their_forwardings_do_not_count() -> None:
    plan = route(known(grouped(), u202=Personal(do_not_disturb=True), u203=Personal(always=MOBILE)), "600")
    assert isinstance(plan, HuntPlan) and plan.hunt.steps == (rings("203", seconds=12),)


@pytest.mark.parametrize(
    ("otherwise", "end"),
    [
        (
            Destination(DestinationKind.CONFERENCE, "c1"),
            EnterConference(HERE.conferences[ConferenceId("c1")]),
        ),
        (Destination(DestinationKind.HANG_UP), Refuse(603, Cause.DECLINED)),
        (Destination(DestinationKind.EXTENSION, "204"), Hunt((rings("204"),))),
        (Destination(DestinationKind.RING_GROUP, "h"), Hunt((rings("204", seconds=20),))),
    ],
)
def test_d2_04_what_follows_when_nobody_of_the_group_answers(
    otherwise: Destination, end: Hunt | Last
) -> None:
    plan = route(known(grouped(otherwise=otherwise)), "600")
    assert isinstance(plan, HuntPlan) and plan.hunt.when_unanswered == plan.hunt.when_busy == end


def test_groups_that_follow_each_other_in_a_circle_end() -> None:
    here = grouped(otherwise=Destination(DestinationKind.RING_GROUP, "g"))
    plan = route(known(here), "600")
    assert isinstance(plan, HuntPlan) and isinstance(plan.hunt.when_unanswered, Refuse)


def test_d2_07_mailboxes_have_extensions_and_everybodys_is_reached_by_two_stars() -> None:
    sales = Mailbox(MailboxId("m"), "Sales", extension="700")
    here = replace(boxed("202"), mailboxes={sales.id: sales})
    assert route(known(here), "700") == ToMailbox(sales.id)
    assert route(known(here), "**700") == ToMailbox(sales.id)
    assert route(known(here), "**202") == ToMailbox(MailboxId("202"))
    assert isinstance(route(known(here), "**203"), Refuse)
    assert route(known(here), "**8001") == route(known(here), "777")


def incoming(**changes: Any) -> IncomingNumber:
    to = Destination(DestinationKind.EXTENSION, "202")
    return replace(IncomingNumber(NumberId("n"), "+3222903490", destination=to), **changes)


def test_s1_12_an_incoming_number_leads_to_its_destination() -> None:
    assert arrive(known(), incoming()) == route(known(), "202")
    room = Destination(DestinationKind.CONFERENCE, "c2")
    assert arrive(known(), incoming(destination=room)) == route(known(), "8002")
    for kind, status in ((DestinationKind.HANG_UP, 603), (DestinationKind.NOT_CONFIGURED, 404)):
        plan = arrive(known(), incoming(destination=Destination(kind)))
        assert isinstance(plan, Refuse) and plan.status == status
    for kind in (DestinationKind.CONFERENCE, DestinationKind.RING_GROUP, DestinationKind.EXTENSION):
        assert isinstance(arrive(known(), incoming(destination=Destination(kind, "gone"))), Refuse)


def test_s1_12_outside_its_hours_a_number_leads_elsewhere_by_the_systems_time_zone() -> None:
    here = replace(HERE, settings=replace(HERE.settings, time_zone="Europe/Brussels"))
    half_past_five = 1764001800.0  # Monday 24 November 2025, in Brussels
    night = Destination(DestinationKind.EXTENSION, "203")
    open_hours = (Schedule((0, 1, 2, 3, 4), "09:00", "17:30"),)
    number = incoming(schedule=open_hours, otherwise=night)
    inside = replace(known(here), now=half_past_five - 60)
    outside_hours = replace(known(here), now=half_past_five)
    assert arrive(inside, number) == route(known(), "202")
    assert arrive(outside_hours, number) == route(known(), "203")
    assert arrive(outside_hours, replace(number, otherwise=None)) == Refuse(603, Cause.DECLINED)


def test_b9_04_a_number_of_ours_that_is_dialled_inside_goes_through_its_destination() -> None:
    number = incoming()
    here = replace(HERE, numbers={number.id: number})
    assert route(known(here), "+3222903490", UserId("201")) == route(known(), "202")
    assert route(known(here), "022903490", UserId("201")) == route(known(), "202")


# --- numbers and codes -------------------------------------------------------------------------------------


def call_out(number: str, account: str = "201", hidden: bool = False) -> HuntPlan:
    ring = Ring(Party(number), (), False, Outside(number, UserId(account), hidden))
    return HuntPlan(Party(number), Hunt((Step((ring,), OUTSIDE_SECONDS),)))


def test_s2_04_numbers_outside_are_called_on_the_account_of_who_dials() -> None:
    for typed in ("+3222903490", "022903490", "003222903490"):
        assert route(known(), typed, UserId("201")) == call_out("+3222903490")
    assert route(known(), "112", UserId("201")) == call_out("112")


def test_d2_07_the_number_is_hidden_for_one_call() -> None:
    assert route(known(), "*67022903490", UserId("201")) == call_out("+3222903490", hidden=True)
    assert route(known(), "*67202", UserId("201")) == route(known(), "202", UserId("201"))
    assert isinstance(route(known(), "*67022903490"), Refuse)


def test_who_never_shows_his_number_hides_it_in_each_call_outside() -> None:
    here = known(u201=Personal(hide_number=True))
    assert route(here, "+3222903490", UserId("201")) == call_out("+3222903490", hidden=True)
    assert route(here, "112", UserId("201")) == call_out("112")


def test_d2_07_forwarding_is_set_by_code_and_read_back() -> None:
    own, caller = Personal(busy_voicemail=True), UserId("201")
    here = known(u201=own)
    for typed in ("*720475123456#", "*72+32475123456"):
        changed = Change(caller, replace(own, always=MOBILE), Prompt.FORWARDED_TO, "32475123456")
        assert route(here, typed, caller) == changed
    assert route(here, "*72203", caller) == Change(
        caller, replace(own, always=TO_203), Prompt.FORWARDED_TO, "203"
    )
    off = route(known(u201=replace(own, always=MOBILE)), "*73#", caller)
    assert off == Change(caller, own, Prompt.FORWARD_OFF)


@pytest.mark.parametrize("typed", ["*72", "*72#", "*72112", "*72777", "*72201", "*72204"])
def test_d2_07_what_calls_can_not_be_forwarded_to_is_refused(typed: str) -> None:
    here = known(u204=always("201"))
    assert isinstance(route(here, typed, UserId("201")), Refuse)


def test_codes_of_a_user_are_nothing_to_anybody_else() -> None:
    for typed in ("*72203", "*73", "*78", "*79"):
        assert route(known(), typed) == route(known(), "777")


def test_do_not_disturb_by_code() -> None:
    caller = UserId("201")
    assert route(known(), "*78", caller) == Change(
        caller, Personal(do_not_disturb=True), Prompt.DO_NOT_DISTURB
    )
    disturbed = known(u201=Personal(do_not_disturb=True))
    assert route(disturbed, "*79", caller) == Change(caller, UNSET, Prompt.DO_NOT_DISTURB_OFF)


@pytest.mark.parametrize(
    ("number", "status", "prompt"),
    [
        ("777", 404, Prompt.NUMBER_UNKNOWN),
        ("", 404, Prompt.NUMBER_UNKNOWN),
        ("300&SIP/x", 404, Prompt.NUMBER_UNKNOWN),
        ("9" * 500, 404, Prompt.NUMBER_UNKNOWN),
        ("*99", 404, Prompt.NUMBER_UNKNOWN),
        ("*", 404, Prompt.NUMBER_UNKNOWN),
    ],
)
def test_what_leads_nowhere_says_why(number: str, status: int, prompt: Prompt) -> None:
    plan = route(known(), number)
    assert isinstance(plan, Refuse)
    assert (plan.status, plan.prompts) == (status, (prompt,))


def test_an_extension_never_shadows_an_emergency_number() -> None:
    here = snapshot([User(UserId("112"), "112", "Trap")])
    assert route(known(here), "112", UserId("201")) == call_out("112")


def test_g_09_the_language_of_prompts() -> None:
    room = Conference(ConferenceId("c"), "C", "8000", language="it")
    assert language_of(HERE, Party("201", language="fr"), room) == "it"
    assert language_of(HERE, Party("201", language="fr"), None) == "fr"
    assert language_of(HERE, Party("201")) == "en"
    server = ConferenceServer("8000", language="fr")
    silent = Conference(ConferenceId("s"), "S", dial_in_id="314")
    assert language_of(HERE, Party("201", language="en"), None, server) == "fr"
    assert language_of(HERE, Party("201", language="en"), room, server) == "it"
    assert language_of(HERE, Party("201", language="en"), silent, server) == "fr"
