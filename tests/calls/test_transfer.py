"""Calls that are joined by who was in both: who hears whom, what is recorded, what phones are told (S2-14,
D2-10, C3-05, F-06, F-07)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from switchroom.calls.outcomes import TransferRefusal
from switchroom.calls.records import CallKind, Cause
from switchroom.calls.values import Outside, Party, Place, Prompt, Refuse, Target
from switchroom.directory.ids import RingGroupId
from switchroom.directory.model import ConferenceServer, User, UserId
from switchroom.directory.outside import Destination, DestinationKind, RingGroup
from switchroom.directory.personal import Forward, Personal
from switchroom.sip.events import (
    DialogNames,
    DialogPhase,
    EndCause,
    FoundDialog,
    ReferReceived,
    SessionEnded,
    SessionId,
    SubscriptionId,
    TransactionId,
)
from switchroom.sip.headers import NameAddr, Replaces
from switchroom.sip.message import Headers, Request
from tests.harness.office import HOST, Office, description, snapshot

HELD = description(direction="sendonly")
TALKING = description()
ANNA, BRUNO = UserId("201"), UserId("202")


def ids(office: Office) -> list[str]:
    """The running calls, in the order in which they began."""
    return [call.id for call in office.runner.calls()]


def refer(
    office: Office, session: str, to: str, replaces: str | None = None, host: str = HOST
) -> ReferReceived:
    """A phone's REFER; `replaces` is the session that it wants replaced."""
    found = None
    if replaces is not None:
        names = DialogNames(f"id-{replaces}", "ours", "theirs")
        office.signalling.dialogs[names] = FoundDialog(SessionId(replaces), DialogPhase.CONFIRMED)
        found = Replaces(names.call_id, names.local_tag, names.remote_tag)
    return ReferReceived(
        SessionId(session),
        SubscriptionId(f"refer-{session}"),
        NameAddr.parse(f"<sip:{to}@{host}>"),
        found,
        None,
        TransactionId("t"),
        Request("REFER", f"sip:{HOST}", Headers([])),
    )


def identified(office: Office, session: str) -> list[str]:
    """Whom a phone was told it is connected to."""
    return [one.headers[0][1] for one in office.signalling.of(session) if one.verb == "identify"]


async def consulting(office: Office) -> tuple[str, str, str, str]:
    """Bruno called Anna, who holds him and called Carla: his leg, her two, Carla's."""
    bruno, first = await office.talk("202", "201")
    await office.reinvite(first, HELD)
    assert office.media.hears(bruno) == "music"
    second, carla = await office.talk("201", "203")
    return bruno, first, second, carla


async def test_d2_10_after_an_attended_transfer_the_two_others_talk() -> None:
    office = Office()
    bruno, first, second, carla = await consulting(office)
    one, other = ids(office)
    assert office.runner.moving.complete(ANNA, one, other) is None
    await office.settle()
    assert office.media.hears(bruno) == f"leg {carla}" and office.media.hears(carla) == f"leg {bruno}"
    assert office.signalling.verbs(first)[-1] == office.signalling.verbs(second)[-1] == "hang_up"
    assert office.reasons(first)[0].text == "Call transferred"
    assert set(office.media.legs) == {bruno, carla}
    (call,) = office.runner.calls()
    assert (call.caller.extension, call.dialled, call.callee and call.callee.extension) == (
        "202",
        "203",
        "203",
    )
    assert identified(office, bruno) == [f'"User 203" <sip:203@{HOST}>']
    assert identified(office, carla) == [f'"User 202" <sip:202@{HOST}>']
    assert office.runner.status().started == 3


async def test_each_segment_has_a_record_and_all_have_one_journey() -> None:
    office = Office()
    bruno, _, _, carla = await consulting(office)
    journey = office.records.opened[0].journey
    office.runner.moving.complete(ANNA, *ids(office))
    await office.settle()
    assert [one.end_cause for one in office.records.finished] == [Cause.TRANSFERRED] * 2
    await office.bye(carla)
    assert office.ended.end_cause is Cause.CALLEE_HUNG_UP
    assert {one.journey for one in office.records.finished} == {journey}
    assert sorted(one.id for one in office.records.opened) == sorted(
        one.id for one in office.records.finished
    )
    pairs = [(one.caller.extension, one.callee and one.callee.extension) for one in office.records.finished]
    assert sorted(pairs) == [("201", "203"), ("202", "201"), ("202", "203")]
    assert office.media.legs == {} and office.signalling.verbs(bruno)[-1] == "hang_up"
    assert office.runner.status().calls == 0


@pytest.mark.parametrize("who", ["both", "first", "second", "nobody"])
async def test_f_06_whoever_is_held_before_a_transfer_hears_the_other_after_it(who: str) -> None:
    office = Office()
    bruno, first = await office.talk("202", "201")
    if who in ("both", "first"):
        await office.reinvite(first, HELD)
    second, carla = await office.talk("201", "203")
    if who in ("both", "second"):
        await office.reinvite(second, HELD)
    office.runner.moving.complete(ANNA, *ids(office))
    await office.settle()
    assert (office.media.hears(bruno), office.media.hears(carla)) == (f"leg {carla}", f"leg {bruno}")


async def test_who_holds_the_transferrer_still_holds_whom_he_gets() -> None:
    office = Office()
    bruno, _, _, carla = await consulting(office)
    await office.reinvite(bruno, HELD)
    office.runner.moving.complete(ANNA, *ids(office))
    await office.settle()
    assert office.media.hears(carla) == "music"
    await office.reinvite(bruno, TALKING)
    assert office.media.hears(carla) == f"leg {bruno}"


async def test_a_transferred_call_can_be_transferred_again() -> None:
    office = Office()
    bruno, _, _, carla = await consulting(office)
    office.runner.moving.complete(ANNA, *ids(office))
    await office.settle()
    _, dora = await office.talk("203", "204")
    assert office.runner.moving.complete(UserId("203"), *ids(office)) is None
    await office.settle()
    assert office.media.hears(dora) == f"leg {bruno}" and set(office.media.legs) == {bruno, dora}
    assert office.signalling.verbs(carla)[-1] == "hang_up"


async def test_what_can_not_be_joined() -> None:
    office = Office()
    await office.talk("202", "201")
    mine = ids(office)[0]
    moving = office.runner.moving
    assert moving.complete(ANNA, mine, mine) is TransferRefusal.SAME_CALL
    assert moving.complete(ANNA, mine, "gone") is TransferRefusal.NO_CALL
    assert moving.complete(UserId("204"), mine, mine) is TransferRefusal.NO_CALL
    await office.talk("203", "204")
    assert moving.complete(ANNA, mine, ids(office)[1]) is TransferRefusal.NO_CALL
    await office.join("201", "8001")
    assert moving.complete(ANNA, ids(office)[2], mine) is TransferRefusal.NOT_A_TALK
    office.register("201", "a", "b")
    own = await office.dial("201", "201")
    await office.pick_up(office.rung())
    await office.acknowledge(own)
    assert moving.complete(ANNA, mine, ids(office)[3]) is TransferRefusal.WITH_ONESELF
    assert office.records.finished == []


async def test_s2_14_an_unanswered_call_is_not_moved() -> None:
    office = Office()
    await office.talk("203", "201")
    await office.dial("202", "201")
    answered, ringing = ids(office)
    assert office.runner.moving.complete(ANNA, ringing, answered) is TransferRefusal.NOT_ANSWERED


async def test_a_phone_transfers_by_refer_with_replaces() -> None:
    office = Office()
    bruno, first, second, carla = await consulting(office)
    await office.tell(refer(office, first, "203", replaces=second))
    told = office.signalling.of(f"refer-{first}")
    assert [one.verb for one in told] == ["accept_refer", "notify"]
    assert (told[1].body, told[1].state) == (b"SIP/2.0 200 OK\r\n", "terminated")
    await office.bye(first)
    await office.bye(second)
    assert office.media.hears(bruno) == f"leg {carla}" and len(office.runner.calls()) == 1


async def test_calls_on_two_devices_of_one_person_are_joined_all_the_same() -> None:
    """Hard-parts, signalling 8: the server joins the legs, such as those of a browser and a desk phone."""
    office = Office()
    office.register("201", "a", "b")
    bruno = await office.dial("202", "201")
    other = office.signalling.invites()[1].session
    await office.pick_up(other, description("PCMA"))
    await office.acknowledge(bruno)
    second, carla = await office.talk("201", "203")
    await office.tell(refer(office, second, "202", replaces=other))
    assert office.media.hears(carla) == f"leg {bruno}"


@pytest.mark.parametrize("kind", ["another's dialog", "unknown dialog", "guest", "same"])
async def test_a_refer_for_what_is_not_ones_own_is_refused_and_the_call_goes_on(kind: str) -> None:
    office = Office()
    _, first, second, carla = await consulting(office)
    match kind:
        case "another's dialog":
            event, status = refer(office, first, "203", replaces=carla), 403
        case "unknown dialog":
            event, status = refer(office, first, "203", replaces="gone"), 603
        case "same":
            event, status = refer(office, first, "203", replaces=first), 603
        case _:
            event, status = refer(office, "unknown", "203", replaces=second), 403
    await office.tell(event)
    assert office.signalling.verbs(event.subscription) == [f"refuse_refer {status}"]
    assert office.media.hears(carla) == f"leg {second}" and len(office.runner.calls()) == 2


async def test_f_07_after_an_introduction_in_a_merged_talk_the_two_others_stay() -> None:
    office = Office()
    bruno, first, _, carla = await consulting(office)
    await office.reinvite(first, TALKING)
    office.runner.merge(ANNA, ids(office))
    await office.settle()
    assert office.runner.moving.complete(ANNA, *ids(office)) is None
    await office.settle()
    assert office.media.hears(bruno) == f"leg {carla}" and office.media.rooms == {}
    assert office.runner.rooms() == []


async def test_everybody_hangs_up_at_once() -> None:
    office = Office()
    bruno, first, second, carla = await consulting(office)
    office.runner.moving.complete(ANNA, *ids(office))
    for session in (first, bruno, second, carla):
        office.runner.on_sip_event(SessionEnded(SessionId(session), EndCause.REMOTE_BYE))
    await office.settle()
    assert office.runner.status().calls == 0 and office.media.legs == {}
    assert len(office.records.finished) == len(office.records.opened) == 3


# --- blind -------------------------------------------------------------------------------------------------


async def led(office: Office, number: str, *, held: bool = False) -> tuple[str, str]:
    """Bruno called Anna, who leads him to a number: his leg, hers."""
    bruno, anna = await office.talk("202", "201")
    if held:
        await office.reinvite(anna, HELD)
    assert office.runner.moving.transfer(ANNA, ids(office)[0], number) is None
    await office.settle()
    return bruno, anna


def progress(office: Office, session: str) -> list[tuple[bytes, str]]:
    """What a phone was told of the transfer it asked for."""
    return [(one.body, one.state) for one in office.signalling.of(f"refer-{session}") if one.verb == "notify"]


@pytest.mark.parametrize("held", [True, False])
async def test_s2_15_a_call_is_led_to_an_extension(held: bool) -> None:
    office = Office()
    bruno, anna = await led(office, "203", held=held)
    assert office.signalling.verbs(anna)[-1] == "hang_up" and office.media.hears(bruno) == "music"
    invite = office.signalling.invites()[-1].invite
    assert invite is not None and str(invite.from_.uri) == f"sip:202@{HOST}", "whom she will talk with"
    carla = office.rung()
    await office.ring(carla)
    await office.pick_up(carla, description("PCMA"))
    assert office.media.hears(bruno) == f"leg {carla}" and office.media.hears(carla) == f"leg {bruno}"
    assert identified(office, bruno) == [f'"User 203" <sip:203@{HOST}>']
    assert (
        "accept" in office.signalling.verbs(bruno)[:3] and office.signalling.verbs(bruno).count("accept") == 1
    )
    await office.bye(bruno)
    causes = [(one.dialled, one.end_cause) for one in office.records.finished]
    assert causes == [("201", Cause.TRANSFERRED), ("203", Cause.CALLER_HUNG_UP)]
    assert len({one.journey for one in office.records.finished}) == 1
    assert office.media.legs == {} and office.runner.status().started == 2


@pytest.mark.parametrize(
    ("status", "cause"), [(486, Cause.BUSY), (603, Cause.DECLINED), (None, Cause.NO_ANSWER)]
)
async def test_a_transfer_that_finds_nobody_comes_back(status: int | None, cause: Cause) -> None:
    office = Office()
    bruno, anna = await led(office, "203")
    if status is None:
        await office.wait(45)
    else:
        await office.refuse(office.rung(), status)
    again = office.signalling.invites()[-1]
    assert again.session != anna and again.invite is not None and again.invite.uri.startswith("sip:201@")
    assert str(again.invite.from_.uri) == f"sip:202@{HOST}"
    assert office.ended.end_cause is cause and office.media.hears(bruno) == "music"
    await office.pick_up(again.session)
    assert office.media.hears(bruno) == f"leg {again.session}"
    assert len({one.journey for one in office.records.opened}) == 1 and len(office.records.opened) == 3


async def test_when_not_even_who_transferred_answers_the_caller_is_told() -> None:
    office = Office()
    bruno, _ = await led(office, "203")
    await office.refuse(office.rung(), 486)
    await office.refuse(office.rung(), 480)
    assert office.media.hears(bruno) == "en/person-unavailable"
    office.media.finish(f"{bruno}/farewell")
    await office.settle()
    assert office.signalling.verbs(bruno)[-1] == "hang_up" and office.media.legs == {}
    assert [one.end_cause for one in office.records.finished] == [
        Cause.TRANSFERRED,
        Cause.BUSY,
        Cause.UNREACHABLE,
    ]


async def test_who_transferred_and_has_no_phone_any_more_gets_nothing_back() -> None:
    office = Office()
    bruno, _ = await led(office, "203")
    office.registrations.bindings["201"] = []
    await office.refuse(office.rung(), 486)
    assert office.media.hears(bruno) == "en/person-unavailable"


async def test_a_caller_who_comes_back_follows_the_forwarding_of_who_transferred_him() -> None:
    office = Office()
    bruno, _ = await led(office, "203")
    forwarded = Forward(Destination(DestinationKind.EXTENSION, "204"), 10)
    office.personal.known[ANNA] = Personal(no_answer=(forwarded,))
    await office.refuse(office.rung(), 486)
    await office.wait(35)
    dora = office.signalling.invites()[-1]
    assert dora.invite is not None and dora.invite.uri.startswith("sip:204@")
    await office.pick_up(dora.session)
    assert office.media.hears(bruno) == f"leg {dora.session}"


async def test_who_leads_a_call_to_the_own_extension_has_it_at_all_devices_once() -> None:
    office = Office()
    office.register("201", "a", "b")
    bruno, _ = await led(office, "201")
    rung = [one.session for one in office.signalling.invites()[-2:]]
    assert {str(one.invite and one.invite.uri)[:8] for one in office.signalling.invites()[-2:]} == {
        "sip:201@"
    }
    for session in rung:
        await office.refuse(session, 486)
    assert office.media.hears(bruno) == "en/person-unavailable"


@pytest.mark.parametrize(
    ("number", "refused"),
    [
        ("202", TransferRefusal.SAME_PERSON),
        ("999", TransferRefusal.NUMBER_UNKNOWN),
        ("", TransferRefusal.NUMBER_UNKNOWN),
        ("112", TransferRefusal.EMERGENCY),
        ("*43", TransferRefusal.NOT_A_PLACE),
        ("*78", TransferRefusal.NOT_A_PLACE),
        ("+3222903490", TransferRefusal.NUMBER_UNKNOWN),
    ],
)
async def test_where_no_call_can_be_led_it_stays(number: str, refused: TransferRefusal) -> None:
    office = Office()
    bruno, anna = await office.talk("202", "201")
    assert office.runner.moving.transfer(ANNA, ids(office)[0], number) is refused
    await office.tell(refer(office, anna, number or "%20"))
    expected = 403 if refused is TransferRefusal.EMERGENCY else 603
    assert office.signalling.verbs(f"refer-{anna}") == [f"refuse_refer {expected}"]
    assert office.media.hears(bruno) == f"leg {anna}" and len(office.records.opened) == 1


async def test_only_ones_own_answered_talks_are_led_anywhere() -> None:
    office = Office()
    await office.talk("202", "201")
    call = ids(office)[0]
    assert office.runner.moving.transfer(UserId("203"), call, "204") is TransferRefusal.NO_CALL
    await office.dial("203", "201")
    assert office.runner.moving.transfer(ANNA, ids(office)[1], "204") is TransferRefusal.NOT_ANSWERED
    await office.join("201", "8001")
    assert office.runner.moving.transfer(ANNA, ids(office)[2], "204") is TransferRefusal.NOT_A_TALK


async def test_a_busy_person_without_call_waiting_is_refused_at_once() -> None:
    office = Office(snapshot([User(UserId("203"), "203", "Carla", call_waiting=False)]))
    bruno, anna = await office.talk("202", "201")
    await office.talk("204", "203")
    assert office.runner.moving.transfer(ANNA, ids(office)[0], "203") is TransferRefusal.BUSY
    assert office.media.hears(bruno) == f"leg {anna}"


async def test_a_call_is_led_into_a_conference() -> None:
    office = Office()
    bruno, anna = await led(office, "8001")
    assert office.media.members("c1") == {bruno} and anna not in office.media.legs
    await office.bye(bruno)
    assert office.ended.kind is CallKind.CONFERENCE and office.media.rooms == {}


async def test_who_is_led_into_a_conference_with_a_code_is_asked_for_it() -> None:
    office = Office()
    bruno, _ = await led(office, "8002")
    assert office.media.hears(bruno) == "en/enter-access-code"
    await office.key(bruno, "4321#")
    assert office.media.members("c2") == {bruno}


async def test_a_call_is_led_to_the_conference_server() -> None:
    office = Office(replace(snapshot(), conference_server=ConferenceServer("8000")))
    bruno, _ = await led(office, "8000")
    assert office.media.hears(bruno) == "en/enter-conference-id"


@pytest.mark.parametrize("in_turn", [True, False])
async def test_a_call_is_led_to_a_ring_group(in_turn: bool) -> None:
    group = RingGroup(RingGroupId("g"), "300", "Sales", (UserId("203"), UserId("204")), in_turn=in_turn)
    office = Office(replace(snapshot(), ring_groups={group.id: group}))
    bruno, _ = await led(office, "300")
    before = len(office.signalling.invites())
    assert before == (2 if in_turn else 3)
    await office.wait(25)
    if in_turn:
        assert len(office.signalling.invites()) == 3 and office.media.hears(bruno) == "music"
        await office.pick_up(office.rung())
        assert office.media.hears(bruno) == f"leg {office.rung()}"
    else:
        assert str(office.signalling.invites()[-1].invite.uri).startswith("sip:201@"), "back to Anna"  # type: ignore[union-attr]


async def test_the_caller_hangs_up_while_he_is_led_on() -> None:
    office = Office()
    bruno, anna = await office.talk("202", "201")
    await office.tell(refer(office, anna, "203"))
    await office.bye(bruno)
    assert office.signalling.verbs(office.rung())[-1] == "hang_up" and office.media.legs == {}
    assert office.ended.end_cause is Cause.CALLER_HUNG_UP
    assert progress(office, anna)[-1] == (b"SIP/2.0 487 Request Terminated\r\n", "terminated")
    assert office.runner.status().calls == 0


async def test_both_hang_up_at_once_during_a_transfer() -> None:
    office = Office()
    bruno, anna = await office.talk("202", "201")
    office.runner.on_sip_event(refer(office, anna, "203"))
    for session in (anna, bruno):
        office.runner.on_sip_event(SessionEnded(SessionId(session), EndCause.REMOTE_BYE))
    await office.settle()
    assert office.runner.status().calls == 0 and office.media.legs == {}
    assert len(office.records.opened) == len(office.records.finished) == 2


async def test_a_caller_who_is_led_on_can_hold_meanwhile() -> None:
    office = Office()
    bruno, _ = await led(office, "203")
    await office.reinvite(bruno, HELD)
    await office.pick_up(office.rung())
    assert office.media.hears(office.rung()) == "music"
    await office.reinvite(bruno, TALKING)
    assert office.media.hears(office.rung()) == f"leg {bruno}"


async def test_a_transfer_during_a_transfer() -> None:
    """Bruno, led to Carla by Anna, is led to Dario by her; nobody answers there, and he is Carla's again."""
    office = Office()
    bruno, _ = await led(office, "203")
    await office.pick_up(office.rung())
    assert office.runner.moving.transfer(UserId("203"), ids(office)[0], "204") is None
    await office.settle()
    assert office.runner.moving.transfer(ANNA, ids(office)[0], "203") is TransferRefusal.NO_CALL
    await office.refuse(office.rung(), 486)
    assert str(office.signalling.invites()[-1].invite.uri).startswith("sip:203@")  # type: ignore[union-attr]
    await office.pick_up(office.rung())
    assert office.media.hears(bruno) == f"leg {office.rung()}"
    assert len({one.journey for one in office.records.opened}) == 1


async def test_a_phone_leads_a_call_on_by_refer_and_is_told_how_it_goes() -> None:
    office = Office()
    bruno, anna = await office.talk("202", "201")
    await office.tell(refer(office, anna, "203"))
    await office.bye(anna)
    await office.ring(office.rung())
    await office.pick_up(office.rung())
    assert office.signalling.verbs(f"refer-{anna}")[0] == "accept_refer"
    assert progress(office, anna) == [
        (b"SIP/2.0 180 Ringing\r\n", "active"),
        (b"SIP/2.0 200 OK\r\n", "terminated"),
    ]
    assert office.media.hears(bruno) == f"leg {office.rung()}"


async def test_a_phone_is_told_that_nobody_took_the_call_it_led_on() -> None:
    office = Office()
    _, anna = await office.talk("202", "201")
    await office.tell(refer(office, anna, "203"))
    asked = office.signalling.invites()[-1].invite
    assert asked is not None and dict(asked.headers)["Referred-By"] == f'"User 201" <sip:201@{HOST}>'
    await office.refuse(office.rung(), 486)
    again = office.signalling.invites()[-1].invite
    assert again is not None and "Referred-By" not in dict(again.headers), "it comes back"
    assert progress(office, anna) == [(b"SIP/2.0 486 Busy Here\r\n", "terminated")]


async def test_a_refer_into_a_conference_is_told_at_once() -> None:
    office = Office()
    bruno, anna = await office.talk("202", "201")
    await office.tell(refer(office, anna, "8001"))
    assert progress(office, anna) == [(b"SIP/2.0 200 OK\r\n", "terminated")]
    assert office.media.members("c1") == {bruno}


async def test_a_refer_to_another_system_is_refused() -> None:
    office = Office()
    _, anna = await office.talk("202", "201")
    await office.tell(refer(office, anna, "203", host="elsewhere.example"))
    assert office.signalling.verbs(f"refer-{anna}") == ["refuse_refer 603"]


async def test_d2_10_completed_while_it_still_rings() -> None:
    office = Office(snapshot([User(UserId("203"), "203", "Carla", call_waiting=False)]))
    bruno, first = await office.talk("202", "201")
    await office.reinvite(first, HELD)
    second = await office.dial("201", "203")
    asked = office.rung()
    await office.ring(asked)
    assert office.runner.moving.complete(ANNA, *ids(office)) is None
    await office.settle()
    assert office.signalling.verbs(asked)[-1] == "hang_up" and "reject" in office.signalling.verbs(second)[-1]
    carla = office.rung()
    assert carla != asked
    await office.pick_up(carla)
    assert office.media.hears(bruno) == f"leg {carla}"
    assert set(office.media.legs) == {bruno, carla}


async def test_a_lost_worker_ends_a_call_that_is_led_on() -> None:
    office = Office()
    bruno, _ = await led(office, "203")
    office.media.lost = True
    office.runner.worker_lost()
    await office.settle()
    assert office.signalling.verbs(bruno)[-1] == "hang_up" and office.runner.status().calls == 0


async def test_s2_17_a_call_is_led_outside_on_the_rights_of_who_transfers() -> None:
    office = Office()
    bruno, anna = await office.talk("202", "201")
    asked: list[tuple[Outside, str]] = []

    def outside(wanted: Outside, caller: Party) -> tuple[Target, ...] | Refuse:
        asked.append((wanted, caller.extension))
        return Refuse(403, Cause.NOT_ALLOWED, (Prompt.NOT_ALLOWED,))

    office.runner._where.outside = outside  # type: ignore[method-assign]
    assert office.runner.moving.transfer(ANNA, ids(office)[0], "+3222903490") is TransferRefusal.NOT_ALLOWED
    assert [(one.number, one.account, caller) for one, caller in asked] == [("+3222903490", ANNA, "202")]
    await office.tell(refer(office, anna, "+3222903490"))
    assert office.signalling.verbs(f"refer-{anna}") == ["refuse_refer 403"]
    assert office.media.hears(bruno) == f"leg {anna}"
    line = Target("", "sip:+3222903490@192.0.2.50", Place("192.0.2.1", "0.0.0.0"))
    office.runner._where.outside = lambda wanted, caller: (line,)  # type: ignore[method-assign]
    assert office.runner.moving.transfer(ANNA, ids(office)[0], "+3222903490") is None
    await office.settle()
    there = office.rung()
    await office.ring(there, 183, description("PCMU"))
    assert office.media.hears(bruno) == f"leg {there}", "what the network plays before the answer"
    await office.pick_up(there)
    assert office.media.hears(bruno) == f"leg {there}"
    assert identified(office, there) == [], "a provider is told nothing of our extensions"
    await office.bye(there)
    assert office.runner.status().calls == 0 and office.media.legs == {}
    assert [one.direction for one in office.records.finished] == ["internal", "outgoing"]


@pytest.mark.parametrize("by_phone", [True, False])
async def test_who_is_in_a_conference_brings_a_caller_along_without_a_code(by_phone: bool) -> None:
    office = Office()
    bruno, anna = await office.talk("202", "201")
    await office.reinvite(anna, HELD)
    second = await office.join("201", "8002")
    await office.key(second, "4321#")
    assert office.media.members("c2") == {second}
    if by_phone:
        await office.tell(refer(office, anna, "8002", replaces=second))
        assert progress(office, anna) == [(b"SIP/2.0 200 OK\r\n", "terminated")]
    else:
        assert office.runner.moving.complete(ANNA, *ids(office)) is None
        await office.settle()
    assert office.media.members("c2") == {second, bruno}
    assert office.signalling.verbs(anna)[-1] == "hang_up"
    await office.bye(second)
    assert office.media.members("c2") == {bruno}
