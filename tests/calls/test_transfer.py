"""Calls that are joined by who was in both: who hears whom, what is recorded, what phones are told (S2-14,
D2-10, C3-05, F-06, F-07)."""

from __future__ import annotations

import pytest

from switchroom.calls.outcomes import TransferRefusal
from switchroom.calls.records import Cause
from switchroom.directory.model import UserId
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
from tests.harness.office import HOST, Office, description

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
