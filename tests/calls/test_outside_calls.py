"""Calls to and from the outside, through the whole call control between fakes."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import replace

import pytest

from switchroom.calls.lines import NoProvision
from switchroom.calls.permission import Denied
from switchroom.calls.records import Cause
from switchroom.calls.trunk_admission import TrunkDoor
from switchroom.calls.values import Party
from switchroom.directory.ids import NumberId, TrunkId
from switchroom.directory.model import ConferenceServer, Settings, Snapshot, UserId
from switchroom.directory.outside import (
    CallRights,
    Destination,
    DestinationKind,
    IncomingNumber,
    Schedule,
    Trunk,
    TrunkKind,
    TrunkTransport,
)
from switchroom.directory.personal import Personal
from switchroom.sip import events as sip
from switchroom.sip.message import Response
from tests.calls.test_trunk_admission import invite
from tests.harness.office import Office, description, flow_of, snapshot

PROVIDER = "198.51.100.7"
FIRST = Trunk(
    TrunkId("first"), "First", TrunkKind.REGISTRATION, "one.example", username="4711", codecs=("PCMA",)
)
SECOND = Trunk(TrunkId("second"), "Second", TrunkKind.ADDRESS, PROVIDER, order=1)
MAIN = IncomingNumber(
    NumberId("main"), "+3222903490", destination=Destination(DestinationKind.EXTENSION, "202")
)
BRUSSELS = "+3225551234"


class Provision(NoProvision):
    """Passwords, tokens, and what was told."""

    def __init__(self) -> None:
        self.refused: list[Denied] = []
        self.helped: list[tuple[str, str, str | None]] = []

    def secret(self, trunk: TrunkId) -> str | None:
        return "secret" if trunk == FIRST.id else None

    def token(self, trunk: TrunkId) -> str:
        return f"token-{trunk}"

    def denied(self, caller: Party, denied: Denied) -> None:
        self.refused.append(denied)

    def emergency(self, caller: Party, number: str, shown: str | None) -> None:
        self.helped.append((caller.extension, number, shown))

    def name(self, e164: str) -> str:
        return "Zoé of the contacts" if e164 == "+442079460000" else ""


def configuration(*trunks: Trunk, number: IncomingNumber = MAIN) -> Snapshot:
    return replace(
        snapshot(),
        settings=Settings(country="BE", default_number=MAIN.id),
        trunks={trunk.id: trunk for trunk in trunks or (FIRST, SECOND)},
        numbers={number.id: number},
        conference_server=ConferenceServer("8000"),
    )


class House(Office):
    """An office with lines to the outside."""

    def __init__(self, here: Snapshot | None = None) -> None:
        super().__init__(here or configuration())
        door = TrunkDoor(lambda trunk: f"token-{trunk}", self.directory.credential)
        door.sends_from(SECOND.id, [ipaddress.ip_network(PROVIDER)])
        self.runner._arrivals._door = door
        self.provision = Provision()
        self.runner.lines.provision = self.provision

    def running(self, subject: str) -> int:
        return self.runner.lines.spending.concurrent(subject)

    def invited(self, number: int = -1) -> sip.OutgoingInvite:
        """An INVITE that we sent."""
        found = self.signalling.invites()[number].invite
        assert found is not None
        return found

    async def arrive(self, number: str = MAIN.e164, **more: str) -> str:
        """A call comes by the second trunk."""
        session = f"in{len(self.signalling.sent)}"
        request = invite(f"sip:{number}@pbx.example", to=f"<sip:{number}@pbx.example>", **more)
        event = sip.IncomingInvite(sip.SessionId(session), request, flow_of(PROVIDER), description("PCMA"))
        self.runner.on_sip_event(event)
        await self.settle()
        return session

    def said(self, session: str) -> list[str]:
        """What is being played to a leg."""
        return [file for play in self.media.legs[session].playing for file in play.files]

    def inside(self, conference: str) -> set[str]:
        """Who is in a conference."""
        return self.media.members(conference)


# --- out ---------------------------------------------------------------------------------------------------


async def test_s2_04_a_number_outside_is_called_by_a_trunk() -> None:
    house = House()
    caller = await house.dial("201", "025551234")
    sent = house.invited()
    assert sent.uri == f"sip:{BRUSSELS}@one.example;transport=udp"
    assert str(sent.from_.uri) == "sip:4711@one.example"
    assert dict(sent.headers)["P-Asserted-Identity"] == f"<sip:{MAIN.e164}@one.example>"
    assert sent.credentials is not None and sent.credentials.username == "4711"
    assert sent.contact_user == "token-first"
    assert sent.destination is None
    assert b"m=audio" in sent.sdp and b"RTP/AVP 8 101" in sent.sdp, "only the codecs of the trunk"
    assert house.running("users/201") == house.running("trunks/first") == 1
    await house.ring(house.rung(), 183, description("PCMA"))
    await house.pick_up(house.rung(), description("PCMA"))
    await house.acknowledge(caller)
    assert "accept" in house.signalling.verbs(caller)
    await house.wait(90)
    await house.bye(caller)
    record = house.ended
    assert (record.direction, record.dialled, record.end_cause) == (
        "outgoing",
        "025551234",
        Cause.CALLER_HUNG_UP,
    )
    assert record.callee is not None and record.callee.extension == BRUSSELS
    assert house.running("users/201") == house.running("trunks/first") == 0
    spent = house.runner.lines.spending
    assert spent.calls("users/201", 1, house.clock.now()) == 1
    assert spent.minutes("trunks/first", 1, house.clock.now()) == pytest.approx(1.5, abs=0.01)


@pytest.mark.parametrize("status", [503, 500, 408, 401])
async def test_the_next_trunk_takes_over_from_one_that_can_not(status: int) -> None:
    house = House()
    await house.dial("201", BRUSSELS)
    assert house.invited().patience is not None
    await house.refuse(house.rung(), status)
    sent = house.invited()
    assert sent.uri == f"sip:{BRUSSELS}@{PROVIDER};transport=udp"
    assert (sent.contact_user, sent.credentials, sent.patience) == ("token-second", None, None)
    assert house.running("trunks/first") == 0 and house.running("trunks/second") == 1
    assert [problem.kind for problem in house.problems.found] == ["trunk-failed"]
    await house.dial("203", BRUSSELS)
    assert PROVIDER in house.invited().uri, "the one that failed is tried last"


async def test_not_more_than_four_trunks_are_tried_unless_it_is_for_help() -> None:
    many = [replace(SECOND, id=TrunkId(f"t{n}"), name=f"T{n}", order=n) for n in range(8)]
    house = House(configuration(*many))
    for number, tried in ((BRUSSELS, 4), ("112", 8)):
        before = len(house.signalling.invites())
        caller = await house.dial("201", number)
        while not house.signalling.verbs(caller):
            await house.refuse(house.rung(), 503)
        assert len(house.signalling.invites()) - before == tried


async def test_what_the_called_person_says_is_no_failure_of_the_trunk() -> None:
    house = House()
    caller = await house.dial("201", BRUSSELS)
    await house.ring(house.rung())
    await house.refuse(house.rung(), 486)
    assert len(house.signalling.invites()) == 1
    assert house.signalling.verbs(caller)[-1] == "reject 486"
    assert not house.problems.found
    assert house.running("users/201") == 0


async def test_3xx_of_a_provider_is_not_followed() -> None:
    house = House()
    caller = await house.dial("201", BRUSSELS)
    moved = Response(302)
    moved.headers.add("Contact", "<sip:+19005551234@evil.example>")
    await house.tell(sip.InviteRejected(sip.SessionId(house.rung()), 302, "", None, moved))
    assert len(house.signalling.invites()) == 1
    assert house.signalling.verbs(caller)[-1].startswith("reject")


async def redirect(house: House, to: str) -> None:
    moved = Response(302)
    moved.headers.add("Contact", to)
    await house.tell(sip.InviteRejected(sip.SessionId(house.rung()), 302, "", None, moved))


async def test_3xx_is_followed_where_the_trunk_allows_it_by_the_same_trunk() -> None:
    house = House(configuration(replace(FIRST, redirects=True)))
    caller = await house.dial("201", BRUSSELS)
    await redirect(house, "<sip:025551299@evil.example>")
    first, second = house.signalling.invites()
    assert first.session == second.session and second.invite is not None
    assert second.invite.uri == "sip:+3225551299@one.example;transport=udp"
    assert first.sdp == second.sdp and house.running("users/201") == 1
    await house.pick_up(house.rung(), description("PCMA"))
    assert "accept" in house.signalling.verbs(caller)


@pytest.mark.parametrize(
    "to", ["<sip:+19005551234@one.example>", "<sip:+33142685300@x>", "<sip:201@x>", "<<<"]
)
async def test_toll_fraud_3xx_leads_nowhere_that_the_account_may_not_call(to: str) -> None:
    house = House(configuration(replace(FIRST, redirects=True)))
    caller = await house.dial("201", BRUSSELS)
    await redirect(house, to)
    assert len(house.signalling.invites()) == 1
    assert house.signalling.verbs(caller)[-1].startswith("reject")


async def test_3xx_is_not_followed_for_ever() -> None:
    house = House(configuration(replace(FIRST, redirects=True)))
    await house.dial("201", BRUSSELS)
    for _ in range(10):
        await redirect(house, f"<sip:{BRUSSELS}@one.example>")
    assert len(house.signalling.invites()) == 4


@pytest.mark.parametrize(
    ("number", "prompt", "reason"),
    [
        ("+33142685300", "number-not-allowed", "country-not-allowed"),
        ("+19005551234", "number-not-allowed", "premium-not-allowed"),
        ("+881612345678", "number-not-allowed", "premium-not-allowed"),
    ],
)
async def test_what_may_not_be_called_is_refused_in_words_to_everybody(
    number: str, prompt: str, reason: str
) -> None:
    house = House()
    caller = await house.dial("201", number)
    assert not house.signalling.invites()
    assert house.said(caller) == [f"en/{prompt}"]
    assert [denied.reason.value for denied in house.provision.refused] == [reason]
    assert house.problems.found[-1].allow
    assert house.runner.lines.denials == {reason: 1}


async def test_who_is_refused_hears_why_in_his_own_language() -> None:
    house = House()
    users = dict(house.directory.snapshot.users)
    users[UserId("201")] = replace(users[UserId("201")], language="it")
    house.directory.snapshot = replace(house.directory.snapshot, users=users)
    assert house.said(await house.dial("201", "+19005551234")) == ["it/number-not-allowed"]


async def test_one_user_has_so_many_calls_outside_at_once() -> None:
    house = House()
    for _ in range(3):
        await house.dial("201", BRUSSELS)
    assert len(house.signalling.invites()) == 3
    caller = await house.dial("201", BRUSSELS)
    assert len(house.signalling.invites()) == 3
    assert house.said(caller) == ["en/call-limit-reached"]
    await house.dial("203", BRUSSELS)
    assert len(house.signalling.invites()) == 4


async def test_toll_fraud_of_many_calls_at_once_no_more_go_out_than_may() -> None:
    """While the first ones wait for their ports, they count already."""
    house = House()
    held: list[Callable[[], None]] = []
    house.records.when_open = lambda call, act: held.append(act)  # type: ignore[method-assign]
    for _ in range(9):
        await house.dial("201", BRUSSELS)
    assert house.running("users/201") == 3 and not house.signalling.invites()
    for act in held:
        act()
    await house.settle()
    assert len(house.signalling.invites()) == house.running("users/201") == 3


async def test_an_emergency_call_goes_out_and_is_told() -> None:
    sales = replace(MAIN, id=NumberId("sales"), e164="+3222903491")
    here = configuration()
    settings = replace(here.settings, emergency_callback=sales.id)
    house = House(replace(here, settings=settings, numbers={MAIN.id: MAIN, sales.id: sales}))
    await house.dial("201", "112")
    assert house.invited().uri == "sip:112@one.example;transport=udp"
    assert house.provision.helped == [("201", "112", sales.e164)], "help calls back there"
    told = house.problems.found[-1]
    assert told.kind == "emergency-call" and sales.e164 in told.text and MAIN.e164 not in told.text


async def test_an_emergency_call_that_can_show_no_number_says_so() -> None:
    house = House(replace(configuration(), settings=Settings(country="BE"), numbers={}))
    await house.dial("201", "112")
    assert house.provision.helped == [("201", "112", None)]
    assert house.problems.found[-1].text.endswith("called back: none.")


async def test_an_emergency_is_made_room_for_where_all_lines_are_taken() -> None:
    house = House(configuration(replace(FIRST, capacity=2)))
    older, _ = await house.dial("203", BRUSSELS), await house.dial("203", BRUSSELS)
    talking, younger = house.rung(0), house.rung(1)
    refused = await house.dial("201", BRUSSELS)
    assert house.said(refused) == ["en/all-circuits-busy"]
    await house.dial("201", "112")
    assert house.invited().uri.startswith("sip:112@")
    assert "hang_up" in house.signalling.verbs(younger) and "hang_up" not in house.signalling.verbs(talking)
    assert "reject 480" not in house.signalling.verbs(older)
    assert house.running("trunks/first") == 2
    assert "room-for-emergency" in [problem.kind for problem in house.problems.found]


async def test_an_emergency_is_made_room_for_where_the_trunk_with_room_has_failed() -> None:
    house = House(configuration(replace(FIRST, capacity=1), replace(SECOND, capacity=1)))
    await house.dial("203", BRUSSELS)
    await house.dial("201", "112")
    assert PROVIDER in house.invited().uri and "hang_up" not in house.signalling.verbs(house.rung(0))
    await house.refuse(house.rung(), 503)
    assert house.invited().uri.startswith("sip:112@one.example")
    assert "hang_up" in house.signalling.verbs(house.rung(0))


async def test_an_emergency_ends_no_other_emergency() -> None:
    house = House(configuration(replace(FIRST, capacity=1)))
    await house.dial("203", "112")
    await house.dial("201", "112")
    assert len(house.signalling.invites()) == 2
    assert "hang_up" not in house.signalling.verbs(house.rung(0))


@pytest.mark.parametrize("status", [403, 404, 486, 488, 603])
async def test_for_an_emergency_the_next_trunk_is_tried_whatever_the_first_one_says(status: int) -> None:
    house = House()
    await house.dial("201", "112")
    await house.refuse(house.rung(), status)
    assert [one.invite.uri.split("@")[1] for one in house.signalling.invites() if one.invite] == [
        "one.example;transport=udp",
        f"{PROVIDER};transport=udp",
    ]


async def test_an_emergency_waits_less_for_a_trunk_that_says_nothing_while_there_is_another_one() -> None:
    house = House()
    patience = []
    for number in (BRUSSELS, "112"):
        await house.dial("201", number)
        patience.append(house.invited().patience)
        await house.refuse(house.rung(), 408)
        assert house.invited().patience is None, "there is no other one"
        house.runner.lines.spending.works(FIRST.id)
    assert patience == [5.0, 2.0]


async def test_an_emergency_passes_do_not_disturb_and_every_limit() -> None:
    nobody = CallRights(national=False, mobile=False)
    house = House()
    users = dict(house.directory.snapshot.users)
    users[UserId("201")] = replace(users[UserId("201")], rights=nobody, concurrent_outside=0, calls_per_day=0)
    house.directory.snapshot = replace(house.directory.snapshot, users=users)
    house.personal.known["201"] = Personal(do_not_disturb=True, hide_number=True)
    for number in ("112", "*67112"):
        await house.dial("201", number)
        assert house.invited().uri.startswith("sip:112@")
        assert "Privacy" not in dict(house.invited().headers)
    assert house.running("users/201") == 2


async def test_an_emergency_is_taken_when_no_other_call_is() -> None:
    house = House()
    house.runner._draining = True
    assert house.signalling.verbs(await house.dial("203", BRUSSELS)) == ["reject 503"]
    await house.dial("201", "112")
    assert house.invited().uri.startswith("sip:112@")


async def test_an_emergency_without_trunks_is_told_to_the_caller_and_the_administrator() -> None:
    house = House(replace(configuration(), trunks={}))
    caller = await house.dial("201", "112")
    assert house.said(caller) == ["en/emergency-impossible"]
    assert [denied.problem.kind for denied in house.provision.refused] == ["emergency-impossible"]
    assert house.problems.found[-1].kind == "emergency-impossible"


async def test_a_trunk_with_srtp_never_goes_without() -> None:
    secure = replace(SECOND, srtp=True, transport=TrunkTransport.TLS)
    house = House(configuration(secure))
    await house.dial("201", BRUSSELS)
    assert b"RTP/SAVP" in house.invited().sdp and b"a=crypto" in house.invited().sdp
    await house.refuse(house.rung(), 488)
    assert len(house.signalling.invites()) == 1


async def test_without_trunks_everything_is_as_before() -> None:
    house = House(replace(configuration(), trunks={}))
    caller = await house.dial("201", BRUSSELS)
    assert house.said(caller) == ["en/outside-calls-impossible"]
    assert not house.provision.refused


# --- in ----------------------------------------------------------------------------------------------------


async def test_s1_12_a_number_leads_to_a_user() -> None:
    house = House()
    caller = await house.arrive()
    sent = house.invited()
    assert sent.from_.display_name == "Zoé"
    assert str(sent.from_.uri) == "sip:+33142685300@pbx.example.org"
    assert house.running("trunks/second") == 1
    await house.pick_up(house.rung())
    await house.acknowledge(caller)
    accepted = next(one for one in house.signalling.of(caller) if one.verb == "accept")
    assert accepted.sdp is not None and b"RTP/AVP 8 101" in accepted.sdp
    await house.bye(caller)
    assert (house.ended.direction, house.ended.caller.extension) == ("incoming", "+33142685300")
    assert house.running("trunks/second") == 0


async def test_s1_12_a_number_leads_to_a_conference_without_a_code_directly() -> None:
    here = replace(MAIN, destination=Destination(DestinationKind.CONFERENCE, "c1"))
    house = House(configuration(number=here))
    caller = await house.arrive()
    await house.acknowledge(caller)
    assert house.inside("c1") == {caller}


async def test_s1_13_a_conference_with_a_code_asks_the_caller_for_it() -> None:
    here = replace(MAIN, destination=Destination(DestinationKind.CONFERENCE, "c2"), language="fr")
    house = House(configuration(number=here))
    caller = await house.arrive()
    await house.acknowledge(caller)
    assert house.said(caller)[-1] == "fr/enter-access-code", "in the number's language (G-09)"
    await house.key(caller, "4321#")
    assert house.inside("c2") == {caller}


async def test_s3_01_a_number_of_the_conference_server_asks_for_the_id_at_once() -> None:
    here = replace(MAIN, destination=Destination(DestinationKind.CONFERENCE_SERVER))
    house = House(configuration(number=here))
    caller = await house.arrive()
    await house.acknowledge(caller)
    assert house.said(caller) == ["en/enter-conference-id"]


async def test_b2_a_number_hangs_up_outside_its_hours() -> None:
    never = Schedule((), "08:00", "09:00")
    house = House(configuration(number=replace(MAIN, schedule=(never,))))
    caller = await house.arrive()
    assert house.signalling.verbs(caller)[-1] == "reject 603"
    assert house.running("trunks/second") == 0


async def test_a_number_that_is_not_configured_says_so() -> None:
    house = House(
        configuration(number=replace(MAIN, destination=Destination(DestinationKind.NOT_CONFIGURED)))
    )
    caller = await house.arrive()
    assert house.said(caller) == ["en/number-unknown"]
    await house.cancel(caller)
    assert house.running("trunks/second") == 0


async def test_the_contacts_know_the_caller_better_than_the_provider() -> None:
    house = House()
    await house.arrive(sender='"SPAM?" <sip:+442079460000@x>;tag=1')
    assert house.invited().from_.display_name == "Zoé of the contacts"


async def test_a_withheld_number_is_shown_as_withheld() -> None:
    house = House()
    await house.arrive(Privacy="id")
    assert str(house.invited().from_.uri) == "sip:anonymous@anonymous.invalid"
    assert house.invited().from_.display_name == "Withheld number"
    french = replace(house.directory.snapshot.users[UserId("202")], language="fr")
    users = {**house.directory.snapshot.users, french.id: french}
    house.directory.snapshot = replace(house.directory.snapshot, users=users)
    await house.arrive(Privacy="id")
    assert house.invited().from_.display_name == "Numéro masqué"


async def test_200_characters_and_emoji_in_a_callers_name_are_a_call_like_any_other() -> None:
    house = House()
    caller = await house.arrive(sender='"' + "👩\u200d👧" * 100 + '" <sip:+33142685300@x>;tag=1')
    assert 0 < len(house.invited().from_.display_name) <= 80
    await house.pick_up(house.rung())
    await house.bye(caller)
    assert house.ended.caller.name


async def test_a_trunk_with_all_lines_taken_is_busy() -> None:
    house = House(configuration(FIRST, replace(SECOND, capacity=1)))
    await house.arrive()
    second = await house.arrive()
    assert house.signalling.verbs(second) == ["reject 486"]
    assert house.problems.found[-1].kind == "trunk-full"


async def test_a_stranger_is_asked_for_a_password_and_reaches_nothing() -> None:
    house = House()
    for number in (MAIN.e164, "201", "8001", "+19005551234", "00881612345678", "112"):
        session = sip.SessionId(f"stranger-{number}")
        request = invite(f"sip:{number}@pbx.example.org", to=f"<sip:{number}@x>", sender="<sip:x@x>;tag=1")
        house.runner.on_sip_event(sip.IncomingInvite(session, request, flow_of("192.0.2.66"), description()))
        await house.settle()
        assert house.signalling.verbs(session) == ["reject 401"]
    assert not house.signalling.invites()


async def test_a_provider_can_not_call_out_through_us() -> None:
    house = House()
    for number in (BRUSSELS, "+19005551234", "112", "*43", "8001"):
        caller = await house.arrive(number)
        assert house.signalling.verbs(caller) == ["reject 404"]
    assert not house.signalling.invites()


# --- on ----------------------------------------------------------------------------------------------------


async def test_b9_a_call_sent_on_shows_its_caller_and_spends_from_who_sent_it_on() -> None:
    house = House()
    to = Destination(DestinationKind.NUMBER, BRUSSELS)
    house.personal.known["202"] = Personal(always=to, confirm_outside=False)
    await house.arrive()
    sent = house.invited()
    assert "+33142685300" in dict(sent.headers)["P-Asserted-Identity"]
    assert MAIN.e164 in dict(sent.headers)["Diversion"]
    assert house.running("users/202") == 1


async def test_toll_fraud_a_forward_is_only_as_good_as_the_rights_of_who_set_it() -> None:
    house = House()
    to = Destination(DestinationKind.NUMBER, "+19005551234")
    house.personal.known["202"] = Personal(always=to, confirm_outside=False)
    rich = replace(house.directory.snapshot.users[UserId("201")], rights=CallRights(premium=True))
    users = {**house.directory.snapshot.users, rich.id: rich}
    house.directory.snapshot = replace(house.directory.snapshot, users=users)
    await house.dial("201", "202")
    assert not house.signalling.invites()
    assert [denied.reason.value for denied in house.provision.refused] == ["premium-not-allowed"]
