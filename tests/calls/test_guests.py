"""Guests who came by a link: what their credential calls, and nothing else (hard-parts, signalling 2)."""

from __future__ import annotations

import ipaddress
import itertools

import pytest

from switchroom.calls.admission import Admission, AdmittedGuest, Refused
from switchroom.calls.records import Cause
from switchroom.calls.room_events import AdmitOrdered, MuteOrdered
from switchroom.calls.values import GuestPass
from switchroom.directory.model import Conference, ConferenceId, Snapshot
from switchroom.media.types import LegId
from switchroom.sip import events as sip
from switchroom.sip.flow import Flow, Transport
from switchroom.sip.message import Request
from tests.harness.office import HOST, REALM, Office, description, flow_of, snapshot

BOARD = ConferenceId("c2")
ZOE = GuestPass(BOARD, "link-1", "visit-1", "Zoë", skip_code=True)
NAME = "guest-1"
_sessions = itertools.count(1)


def house(guest: GuestPass = ZOE, configuration: Snapshot | None = None) -> Office:
    """An office with one guest."""
    office = Office(configuration)
    office.directory.guests[NAME] = guest
    return office


def wss(connection: int = 7) -> Flow:
    return flow_of("192.0.2.9", Transport.WSS, connection)


def asked(
    office: Office,
    target: str = "c2",
    *,
    method: str = "INVITE",
    flow: Flow | None = None,
    sender: str = NAME,
    **headers: str,
) -> AdmittedGuest | Refused:
    """What admission says to a guest's request."""
    request = office.request(method, NAME, target)
    request.headers.set("From", f"<sip:{sender}@{HOST}>;tag=f")
    for name, value in headers.items():
        request.headers.add(name, value)
    found = office.admission.admit(request, flow or wss(), office.clock.now())
    assert isinstance(found, AdmittedGuest | Refused)
    return found


async def call(office: Office, target: str = "c2", connection: int = 7) -> str:
    """A guest calls and is answered, or not."""
    session = f"g{next(_sessions)}"
    request = office.request("INVITE", NAME, target)
    event = sip.IncomingInvite(sip.SessionId(session), request, wss(connection), description())
    await office.tell(event)
    if "accept" in office.signalling.verbs(session):
        await office.acknowledge(session)
    return session


@pytest.mark.parametrize("target", ["c2", "8002"])
def test_a_guest_calls_the_conference_of_the_link(target: str) -> None:
    found = asked(house(), target)
    assert isinstance(found, AdmittedGuest)
    assert (found.guest, found.conference.id) == (ZOE, BOARD)


@pytest.mark.parametrize(
    "target", ["201", "8001", "8003", "c1", "9196", "*43", "112", "+32470123456", "0032470123456", "", "c2x"]
)
def test_a_guest_calls_nothing_else(target: str) -> None:
    found = asked(house(), target)
    assert isinstance(found, Refused) and found.status == 403


@pytest.mark.parametrize(
    "method", ["REGISTER", "SUBSCRIBE", "OPTIONS", "MESSAGE", "REFER", "NOTIFY", "PUBLISH", "INFO"]
)
def test_a_guest_does_not_register_nor_look_around(method: str) -> None:
    found = asked(house(), method=method)
    assert isinstance(found, Refused) and found.status == 403


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP, Transport.TLS])
def test_a_guest_comes_by_a_websocket_only(transport: Transport) -> None:
    found = asked(house(), flow=flow_of("192.0.2.9", transport, 3))
    assert isinstance(found, Refused) and found.status == 403


def test_a_guest_takes_over_no_call_and_calls_by_no_other_name() -> None:
    office = house()
    for found in (asked(office, Replaces="a;to-tag=b;from-tag=c"), asked(office, sender="201")):
        assert isinstance(found, Refused) and found.status == 403


def test_a_conference_that_is_gone_can_not_be_called() -> None:
    office = house()
    del office.directory.snapshot.conferences[BOARD]  # type: ignore[attr-defined]
    found = asked(office)
    assert isinstance(found, Refused) and found.status == 403


def test_a_network_that_is_trusted_trusts_no_guest_without_his_secret() -> None:
    office = house()
    office.admission = Admission(
        office.directory,
        REALM,
        office.nonces,
        lambda host: host == HOST,
        [ipaddress.ip_network("192.0.2.0/24")],
    )
    assert isinstance(asked(office), AdmittedGuest)
    bare: Request = office.anonymous("INVITE", NAME, "c2")
    refused = office.admission.admit(bare, wss(), office.clock.now())
    assert isinstance(refused, Refused) and refused.status == 401


def test_a_guest_who_calls_on_and_on_is_refused_and_another_is_not() -> None:
    office = house()
    found = [isinstance(asked(office), AdmittedGuest) for _ in range(21)]
    assert found == [True] * 20 + [False]
    office.directory.guests[NAME] = GuestPass(BOARD, "link-1", "visit-2", "Max")
    assert isinstance(asked(office), AdmittedGuest)


async def test_s1_15_a_link_that_stands_for_the_code_leads_straight_in() -> None:
    office = house()
    session = await call(office)
    assert office.media.members("c2") == {session}
    (room,) = office.runner.rooms()
    (member,) = room.participants
    assert (member.party.name, member.party.guest, member.device) == ("Zoë", "visit-1", "guest")
    assert office.records.opened[0].dialled == "8002"


async def test_s1_15_where_it_does_not_the_receptionist_asks() -> None:
    office = house(GuestPass(BOARD, "link-1", "visit-1", "Zoë"))
    session = await call(office)
    assert office.media.rooms == {} and office.media.hears(session) == "en/enter-access-code"
    await office.key(session, "4321#")
    assert office.media.members("c2") == {session}


async def test_the_administrators_code_typed_on_the_page_opens_a_room_that_waits() -> None:
    waits = Conference(
        BOARD, "Board", "8002", access_code="4321", administrator_code="9876", wait_for_administrator=True
    )
    office = house(configuration=snapshot(conferences=[waits]))
    await call(office)
    assert office.runner.rooms()[0].state == "waiting"
    leading = GuestPass(BOARD, "link-1", "visit-2", "Ada", skip_code=True, administrator=True)
    office.directory.guests[NAME] = leading
    await call(office, connection=8)
    (room,) = office.runner.rooms()
    assert room.state == "open"
    assert {one.party.name: one.administrator for one in room.participants} == {"Zoë": False, "Ada": True}


async def test_a_link_with_a_lobby_leads_there() -> None:
    office = house(GuestPass(BOARD, "link-1", "visit-1", "Zoë", skip_code=True, lobby=True))
    session = await call(office)
    (room,) = office.runner.rooms()
    assert room.participants[0].in_lobby and office.media.members("c2") == set()
    assert session


async def test_a_guest_has_one_call_the_page_that_comes_back_ends_the_old_one() -> None:
    office = house()
    first = await call(office, connection=7)
    second = await call(office, connection=8)
    assert "hang_up" in office.signalling.verbs(first)
    assert office.media.members("c2") == {second}
    assert [one.party.guest for one in office.runner.rooms()[0].participants] == ["visit-1"]


async def test_a_guest_who_comes_back_is_as_he_was_muted_and_let_in() -> None:
    office = house(GuestPass(BOARD, "link-1", "visit-1", "Zoë", skip_code=True, lobby=True))
    first = await call(office)
    assert office.runner.room_act(BOARD, AdmitOrdered(LegId(first), "Anna"))
    assert office.runner.room_act(BOARD, MuteOrdered(LegId(first), True, "Anna"))
    await office.settle()
    assert office.media.members("c2") == {first}
    second = await call(office, connection=8)
    (member,) = office.runner.rooms()[0].participants
    assert (member.leg, member.in_lobby, member.muted_by) == (second, False, "Anna")


async def test_two_guests_of_one_link_are_two_people() -> None:
    office = house()
    first = await call(office)
    office.directory.guests[NAME] = GuestPass(BOARD, "link-1", "visit-2", "Zoë", skip_code=True)
    second = await call(office, connection=8)
    assert office.media.members("c2") == {first, second}


async def test_ending_a_visit_ends_its_call_and_no_other() -> None:
    office = house()
    first = await call(office)
    inside = await office.join("201", "8002")
    await office.key(inside, "4321#")
    assert office.runner.has_guest("visit-1") and not office.runner.has_guest("visit-2")
    assert office.runner.end_guest("visit-1")
    await office.settle()
    assert "hang_up" in office.signalling.verbs(first) and "hang_up" not in office.signalling.verbs(inside)
    await office.wait(11)
    assert not office.runner.has_guest("visit-1") and not office.runner.end_guest("visit-1")
    assert [record.end_cause for record in office.records.finished] == [Cause.REMOVED]
