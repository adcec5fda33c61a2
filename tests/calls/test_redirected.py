"""A desk phone's own forwarding: its 3xx is followed on the rights of its user (D2-08)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from switchroom.calls.records import Cause
from switchroom.directory.model import User, UserId
from switchroom.directory.personal import Personal
from switchroom.sip import events as sip
from switchroom.sip.message import Response
from tests.calls.test_outside_calls import BRUSSELS, FIRST, House, configuration
from tests.harness.office import HOST, Office, snapshot


async def redirect(office: Office, to: str, session: str | None = None, reason: str = "") -> None:
    """A phone that rings answers 302."""
    moved = Response(302)
    moved.headers.add("Contact", to)
    if reason:
        moved.headers.add("Diversion", f"<sip:202@{HOST}>;reason={reason}")
    rung = sip.SessionId(session or office.rung())
    await office.tell(sip.InviteRejected(rung, 302, "", None, moved))


def rung(office: Office) -> list[str]:
    """Who was rung, by what the INVITEs say."""
    return [str(one.invite.to.uri) for one in office.signalling.invites() if one.invite is not None]


async def test_d2_08_a_desk_phones_own_forwarding_rings_a_colleague() -> None:
    office = Office()
    caller = await office.dial("201", "202")
    await redirect(office, f"<sip:203@{HOST}>")
    assert rung(office) == [f"sip:202@{HOST}", f"sip:203@{HOST}"]
    await office.pick_up(office.rung())
    assert office.media.hears(caller) == f"leg {office.rung()}"
    await office.bye(caller)
    assert office.media.legs == {} and office.ended.callee is not None
    assert office.ended.callee.extension == "203"


async def test_d2_08_whom_it_leads_to_may_not_answer_and_the_users_own_list_goes_on() -> None:
    office = Office(snapshot([User(UserId("202"), "202", "Bruno", voicemail=True)]))
    office.personal.known["202"] = Personal(no_answer_voicemail=True)
    caller = await office.dial("201", "202")
    await redirect(office, f"<sip:203@{HOST}>")
    await office.wait(31)
    assert office.signalling.verbs(office.rung())[-1] == "hang_up"
    assert "accept" in office.signalling.verbs(caller) and set(office.media.legs) == {caller}


@pytest.mark.parametrize(
    ("reason", "told"),
    [("", "unconditional"), ("no-answer", "no-answer"), ("user-busy", "user-busy"), ("x", "unconditional")],
)
async def test_d2_08_outside_it_is_a_call_of_the_users_and_says_why(reason: str, told: str) -> None:
    house = House()
    await house.arrive()
    await redirect(house, f"<sip:{BRUSSELS}@{HOST}>", reason=reason)
    assert house.running("users/202") == 1
    assert f"reason={told}" in dict(house.invited().headers)["Diversion"]


async def test_toll_fraud_a_desk_phones_forwarding_is_only_as_good_as_its_users_rights() -> None:
    house = House()
    caller = await house.dial("201", "202")
    await redirect(house, "<sip:+19005551234@pbx.example.org>")
    assert len(house.signalling.invites()) == 1
    assert [one.reason.value for one in house.provision.refused] == ["premium-not-allowed"]
    assert house.signalling.verbs(caller)[-1] == "reject 480"


@pytest.mark.parametrize(
    "to", [f"<sip:202@{HOST}>", "<sip:203@evil.example>", f"<sip:299@{HOST}>", f"<sip:*72203@{HOST}>", "<<<"]
)
async def test_what_can_not_be_followed_is_no_answer(to: str) -> None:
    office = Office()
    caller = await office.dial("201", "202")
    await redirect(office, to)
    assert len(office.signalling.invites()) == 1
    assert office.signalling.verbs(caller)[-1] == "reject 480" and office.media.legs == {}


async def test_phones_that_send_calls_to_each_other_do_so_once() -> None:
    office = Office()
    caller = await office.dial("201", "202")
    await redirect(office, f"<sip:203@{HOST}>")
    await redirect(office, f"<sip:202@{HOST}>")
    await redirect(office, f"<sip:203@{HOST}>")
    assert len(office.signalling.invites()) == 3
    assert office.signalling.verbs(caller)[-1] == "reject 480" and office.media.legs == {}
    assert office.ended.end_cause is Cause.UNREACHABLE


async def test_the_others_of_the_user_ring_on() -> None:
    office = Office()
    office.register("202", "a", "b")
    caller = await office.dial("201", "202")
    first, second = [one.session for one in office.signalling.invites()]
    await redirect(office, f"<sip:203@{HOST}>", first)
    third = office.rung()
    assert third not in (first, second)
    await office.pick_up(second)
    assert office.signalling.verbs(third)[-1] == "hang_up"
    assert office.media.hears(caller) == f"leg {second}"


@pytest.mark.parametrize("to", ["8001", "**202"])
async def test_it_leads_into_a_conference_or_to_the_mailbox(to: str) -> None:
    office = Office(snapshot([User(UserId("202"), "202", "Bruno", voicemail=True)]))
    office.register("202", "a", "b")
    caller = await office.dial("201", "202")
    first, second = [one.session for one in office.signalling.invites()]
    await redirect(office, f"<sip:{to}@{HOST}>", first)
    assert office.signalling.verbs(second)[-1] == "hang_up"
    assert "accept" in office.signalling.verbs(caller)
    assert (office.media.members("c1") == {caller}) is (to == "8001")
    assert set(office.media.legs) == {caller}


async def test_a_provider_is_still_not_followed() -> None:
    house = House(configuration(replace(FIRST, redirects=False)))
    caller = await house.dial("201", BRUSSELS)
    await redirect(house, f"<sip:203@{HOST}>")
    assert len(house.signalling.invites()) == 1
    assert house.signalling.verbs(caller)[-1].startswith("reject")
