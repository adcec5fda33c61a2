"""Lamps: who watches whom is told each change, once, and no more than he may know (RFC 4235, RFC 3856)."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from switchroom.calls import lamps
from switchroom.directory.ids import GroupId
from switchroom.directory.model import UserId
from switchroom.directory.outside import UserGroup
from switchroom.sip.events import (
    DialogNames,
    DialogPhase,
    FoundDialog,
    IncomingRequest,
    SessionId,
    SubscriptionEnd,
    SubscriptionId,
    TransactionId,
    Unsubscribed,
)
from tests.harness.office import Office, flow_of, snapshot

STATE = re.compile(rb"<state>(\w+)</state>")


async def watch(office: Office, watcher: str, watched: str, package: str = "dialog", number: int = 0) -> str:
    """Somebody subscribes to what another one does."""
    request = office.request("SUBSCRIBE", watcher, watched)
    request.headers.add("Event", package)
    request.headers.add("Contact", f"<sip:{watcher}@192.0.2.9:6000>")
    name = f"{watcher} watches {watched}'s {package} {number}"
    await office.tell(IncomingRequest(TransactionId(name), request, flow_of("192.0.2.9")))
    return name


def told(office: Office, name: str) -> list[bytes]:
    """The bodies that were sent."""
    return [one.body for one in office.signalling.of(name) if one.verb == "notify"]


def lights(office: Office, name: str) -> list[str]:
    """How a lamp went on and off."""
    return [(found[1].decode() if (found := STATE.search(body)) else "off") for body in told(office, name)]


def together(*members: str, pickup: bool = True) -> Office:
    group = UserGroup(GroupId("g"), "Desk", tuple(UserId(name) for name in members), pickup=pickup)
    return Office(replace(snapshot(), groups={group.id: group}))


async def test_a_lamp_blinks_while_it_rings_and_is_lit_while_they_talk() -> None:
    office = Office()
    lamp = await watch(office, "203", "202")
    assert office.signalling.verbs(lamp) == ["accept_subscription 3600", "notify"]
    caller, callee = await office.talk("201", "202")
    await office.wait(0.1)
    await office.bye(callee)
    await office.wait(0.1)
    await office.dial("201", "202")
    await office.wait(0.1)
    await office.pick_up(office.rung())
    await office.wait(0.1)
    assert lights(office, lamp) == ["off", "confirmed", "off", "early", "confirmed"], (
        "what was too short is not told"
    )
    versions = [int(re.search(rb'version="(\d+)"', body)[1]) for body in told(office, lamp)]  # type: ignore[index]
    assert versions == [0, 1, 2, 3, 4]
    assert caller


async def test_what_does_not_change_is_told_to_nobody() -> None:
    office = Office()
    lamp = await watch(office, "203", "202")
    caller, _ = await office.talk("201", "204")
    await office.bye(caller)
    await office.wait(1)
    assert lights(office, lamp) == ["off"]


async def test_only_who_may_pick_a_call_up_is_told_whose_it_is() -> None:
    office = together("202", "203")
    stranger, colleague = await watch(office, "204", "202"), await watch(office, "203", "202")
    caller = await office.dial("201", "202")
    names = DialogNames("id", "ours", "theirs")
    office.signalling.dialogs[names] = FoundDialog(SessionId(office.rung()), DialogPhase.RINGING)
    await office.ring(office.rung())
    await office.wait(0.1)
    plain, full = told(office, stranger)[-1], told(office, colleague)[-1]
    assert b'direction="recipient"' in plain and b"201" not in plain and b"call-id" not in plain
    assert b"sip:201@" in full and b'call-id="id" local-tag="theirs" remote-tag="ours"' in full
    await office.cancel(caller)


async def test_presence_tells_who_is_there_and_who_talks() -> None:
    office = Office()
    lamp = await watch(office, "203", "202", "presence")
    assert b"<basic>open</basic>" in told(office, lamp)[0] and b"on-the-phone" not in told(office, lamp)[0]
    _, callee = await office.talk("201", "202")
    await office.wait(0.1)
    assert b"on-the-phone" in told(office, lamp)[-1]
    await office.bye(callee)
    office.registrations.bindings["202"] = []
    await office.wait(lamps.LOOK_SECONDS + 0.1)
    assert b"<basic>closed</basic>" in told(office, lamp)[-1] and len(told(office, lamp)) == 3
    await office.tell(Unsubscribed(SubscriptionId(lamp), SubscriptionEnd.EXPIRED))
    await office.wait(lamps.LOOK_SECONDS + 1)
    assert office.clock.pending <= 1, "nobody is looked after whom nobody watches"


@pytest.mark.parametrize(("target", "package", "status"), [("999", "dialog", 404), ("8001", "dialog", 404),
                                                           ("202", "conference", 489)])  # fmt: skip
async def test_what_can_not_be_watched(target: str, package: str, status: int) -> None:
    office = Office()
    name = await watch(office, "203", target, package)
    assert office.signalling.verbs(name) == [f"respond {status}"]


async def test_a_subscribe_without_event_is_489() -> None:
    office = Office()
    request = office.request("SUBSCRIBE", "203", "202")
    await office.tell(IncomingRequest(TransactionId("t"), request, flow_of("192.0.2.9")))
    assert office.signalling.verbs("t") == ["respond 489"]


async def test_one_user_has_no_more_than_so_many_lamps() -> None:
    office = Office()
    names = [await watch(office, "203", "202", number=number) for number in range(lamps.MOST_OF_ONE + 1)]
    assert office.signalling.verbs(names[-1]) == ["respond 403"]
    await office.tell(Unsubscribed(SubscriptionId(names[0]), SubscriptionEnd.UNSUBSCRIBED))
    assert office.signalling.verbs(await watch(office, "203", "202", number=-1))[0].startswith("accept")
    await office.talk("201", "202")
    await office.wait(1)
    assert lights(office, names[1]) == lights(office, names[-2]) == ["off", "confirmed"]


async def test_who_is_no_longer_in_the_configuration_watches_nobody() -> None:
    office = Office()
    lamp, other = await watch(office, "203", "202"), await watch(office, "204", "202")
    users = {key: user for key, user in office.directory.snapshot.users.items() if key != "203"}
    office.directory.snapshot = replace(office.directory.snapshot, users=users)
    office.runner.configuration_applied()
    assert office.signalling.of(lamp)[-1].state == "terminated" and len(office.runner.lamps) == 1
    await office.talk("201", "202")
    await office.wait(0.1)
    assert lights(office, lamp)[-1] == "off" and lights(office, other)[-1] == "confirmed"
