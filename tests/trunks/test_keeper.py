"""Trunks at work: registering, health, addresses, what changes when (issue "The outside world")."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from switchroom.calls.lines import Lines, NoProvision
from switchroom.calls.trunk_admission import TrunkDoor
from switchroom.calls.values import Place, Problem
from switchroom.directory.ids import TrunkId
from switchroom.directory.model import Snapshot
from switchroom.directory.outside import Trunk, TrunkKind, TrunkTransport
from switchroom.sip.events import (
    OutgoingInvite,
    OutgoingRegistration,
    RegistrationChanged,
    RegistrationId,
    RegistrationState,
    RequestAnswered,
    RequestId,
    SessionId,
)
from switchroom.sip.flow import Address, Hop, Transport
from switchroom.sip.message import Response
from switchroom.trunks.keeper import TrunkKeeper

LINE = Trunk(TrunkId("t"), "Line", TrunkKind.REGISTRATION, "sip.one.example", username="4711")
PEER = Trunk(TrunkId("p"), "Peer", TrunkKind.ADDRESS, "198.51.100.20", addresses=("out.two.example",))
OK = Response(200)


@dataclass
class Sent:
    """Implements the keeper's `Signalling`."""

    registered: list[tuple[RegistrationId, OutgoingRegistration]] = field(default_factory=list)
    removed: list[RegistrationId] = field(default_factory=list)
    asked: list[tuple[RequestId, str]] = field(default_factory=list)

    def register(self, registration: RegistrationId, wanted: OutgoingRegistration) -> None:
        self.registered.append((registration, wanted))

    def unregister(self, registration: RegistrationId) -> None:
        self.removed.append(registration)

    def send_request(self, request: RequestId, method: str, uri: str, **_: Any) -> None:
        assert method == "OPTIONS"
        self.asked.append((request, uri))

    def invite(self, session: SessionId, invite: OutgoingInvite) -> None:
        raise AssertionError("nobody is called")

    def hang_up(self, session: SessionId) -> None:
        raise AssertionError("nobody was called")


class Secrets(NoProvision):
    """The passwords."""

    def __init__(self) -> None:
        self.known = {TrunkId("t"): "secret"}

    def secret(self, trunk: TrunkId) -> str | None:
        return self.known.get(trunk)

    def token(self, trunk: TrunkId) -> str:
        return f"token-{trunk}"


class House:
    """A keeper between fakes."""

    def __init__(self, *trunks: Trunk) -> None:
        self.snapshot = Snapshot(trunks={trunk.id: trunk for trunk in trunks})
        self.sent, self.problems, self.now = Sent(), list[Problem](), 1000.0
        self.names = {"sip.one.example": ["192.0.2.10", "192.0.2.11"], "out.two.example": ["203.0.113.5"]}
        self.looked, self.trusted = list[str](), list[str]()
        self.faults: dict[str, str] = {}
        self.door = TrunkDoor(lambda trunk: f"token-{trunk}", lambda username: None)
        self.secrets = Secrets()
        self.lines = Lines(
            lambda: self.snapshot,
            lambda address: Place("192.0.2.1", "0.0.0.0"),
            self.problems.append,
            provision=self.secrets,
        )
        self.keeper = TrunkKeeper(
            lambda: self.snapshot,
            self.lines,
            self.door,
            self.sent,
            self.resolve,
            self.problems.append,
            lambda: self.now,
            self.trusted.append,
            lambda address: self.faults.get(address, ""),
        )
        self.keeper.apply()

    async def resolve(
        self, host: str, port: int | None, transport: Transport | None, secure: bool
    ) -> tuple[Hop, ...]:
        self.looked.append(host)
        return tuple(Hop(Transport.UDP, Address(found, 5060)) for found in self.names.get(host, ()))

    def change(self, *trunks: Trunk) -> None:
        self.snapshot = replace(self.snapshot, trunks={trunk.id: trunk for trunk in trunks})
        self.keeper.apply()

    async def tick(self, seconds: float = 0) -> None:
        self.now += seconds
        self.keeper.tick()
        for _ in range(10):
            await asyncio.sleep(0)

    def hear(
        self, state: RegistrationState, status: int = 200, valid_for: float = 300, reason: str = "OK"
    ) -> None:
        name = self.sent.registered[-1][0]
        self.keeper.take(RegistrationChanged(name, state, status, reason, valid_for, 60, None))

    def answer(self, status: int, response: Response | None = OK, number: int = -1) -> None:
        self.keeper.take(RequestAnswered(self.sent.asked[number][0], status, response))

    def state(self, which: int = 0) -> tuple[bool | None, bool | None, str]:
        found = self.keeper.states()[which]
        return found.registered, found.reachable, found.failure


def names(found: Sequence[tuple[RegistrationId, OutgoingRegistration]]) -> list[RegistrationId]:
    return [name for name, _ in found]


async def test_a_trunk_registers_with_its_account_and_its_token() -> None:
    house = House(replace(LINE, expires=120, outbound_proxy="edge.example:5070"))
    ((_, wanted),) = house.sent.registered
    assert wanted.registrar == "sip:sip.one.example;transport=udp"
    assert str(wanted.aor.uri) == "sip:4711@sip.one.example"
    assert (wanted.contact_user, wanted.expires) == ("token-t", 120)
    assert wanted.credentials is not None and wanted.credentials.username == "4711"
    assert [str(route) for route in wanted.route] == ["<sip:edge.example:5070;lr>"]
    assert house.state() == (None, None, "")


async def test_the_state_tells_how_the_registration_goes() -> None:
    house = House(LINE)
    house.hear(RegistrationState.REGISTERED)
    assert house.state() == (True, None, "")
    assert house.keeper.states()[0].registered_until == 1300
    house.now = 1200
    house.hear(RegistrationState.FAILED, 503, valid_for=100, reason="Service Unavailable")
    registered, _, failure = house.state()
    assert registered is True, "the registrar still has us"
    assert failure == "Line failed: it is out of service, or can not be reached (503 Service Unavailable)."
    house.hear(RegistrationState.FAILED, 403, valid_for=0, reason="Forbidden")
    registered, _, failure = house.state()
    assert registered is False and "refuses" in failure
    assert house.keeper.states()[0].since == 1200
    assert house.problems[-1].kind == "trunk-not-registered"
    assert house.lines.spending.is_down(LINE.id, house.now)
    house.hear(RegistrationState.REGISTERED)
    assert house.state() == (True, None, "")
    assert not house.lines.spending.is_down(LINE.id, house.now)


async def test_only_trunks_that_changed_begin_anew() -> None:
    house = House(LINE, PEER)
    house.hear(RegistrationState.REGISTERED)
    house.change(LINE, replace(PEER, name="Other"))
    assert len(house.sent.registered) == 1 and not house.sent.removed
    assert house.keeper.states()[0].registered
    house.change(replace(LINE, expires=60), PEER)
    assert names(house.sent.registered)[0] == names(house.sent.registered)[1]
    assert house.sent.registered[1][1].expires == 60
    assert not house.sent.removed


async def test_a_new_password_is_used_at_once() -> None:
    house = House(LINE)
    house.secrets.known[LINE.id] = "changed"
    house.keeper.secret_changed(LINE.id)
    credentials = house.sent.registered[-1][1].credentials
    assert credentials is not None and credentials.secret == "changed"
    house.keeper.secret_changed(TrunkId("unknown"))
    assert len(house.sent.registered) == 2


async def test_another_account_registers_when_the_former_is_removed() -> None:
    house = House(LINE)
    house.hear(RegistrationState.REGISTERED)
    first = names(house.sent.registered)[0]
    house.change(replace(LINE, username="4712"))
    assert house.sent.removed == [first]
    assert len(house.sent.registered) == 1
    house.keeper.take(RegistrationChanged(first, RegistrationState.ENDED, 200, "OK", 0, 0, None))
    assert names(house.sent.registered)[1] != first
    assert str(house.sent.registered[1][1].aor.uri) == "sip:4712@sip.one.example"


async def test_another_registrar_is_not_kept_waiting() -> None:
    house = House(LINE)
    first = names(house.sent.registered)[0]
    house.change(replace(LINE, host="sip.new.example"))
    assert house.sent.removed == [first] and len(house.sent.registered) == 2
    house.keeper.take(RegistrationChanged(first, RegistrationState.ENDED, 408, "", 0, 0, None))
    assert len(house.sent.registered) == 2
    assert house.state() == (None, None, ""), "what the former one says is not the new one's"


@pytest.mark.parametrize(
    "gone", [(), (replace(LINE, enabled=False),), (replace(LINE, kind=TrunkKind.ADDRESS),)]
)
async def test_a_trunk_that_is_gone_or_off_is_unregistered(gone: tuple[Trunk, ...]) -> None:
    house = House(LINE)
    first = names(house.sent.registered)
    house.change(*gone)
    assert house.sent.removed == first
    house.keeper.take(RegistrationChanged(first[0], RegistrationState.ENDED, 200, "OK", 0, 0, None))
    assert len(house.sent.registered) == 1


async def test_options_tell_whether_the_provider_is_there() -> None:
    house = House(replace(PEER, check_seconds=30))
    await house.tick()
    assert house.sent.asked[0][1] == "sip:198.51.100.20;transport=udp"
    house.answer(405)
    assert house.state() == (None, True, ""), "any answer says that somebody is there"
    await house.tick(29)
    assert len(house.sent.asked) == 1
    await house.tick(1)
    house.answer(408, None)
    _, reachable, failure = house.state()
    assert reachable is False and "does not answer" in failure
    assert house.problems[-1].kind == "trunk-unreachable"
    assert house.lines.spending.is_down(PEER.id, house.now)
    await house.tick(30)
    house.answer(503)
    assert house.state()[1] is False, "it says itself that it is out of service"
    house.answer(200, number=0)
    assert house.state()[1] is False, "an answer that came too late"
    await house.tick(30)
    house.answer(200)
    assert house.state() == (None, True, "")
    assert not house.lines.spending.is_down(PEER.id, house.now)


async def test_a_silent_provider_is_found_out_though_it_would_be_asked_again_before_the_question_ends() -> (
    None
):
    house = House(replace(PEER, check_seconds=10))
    for _ in range(4):
        await house.tick(10)
    assert len(house.sent.asked) == 1
    house.answer(408, None)
    assert house.state()[1] is False
    await house.tick(10)
    assert len(house.sent.asked) == 2


async def test_a_trunk_that_wants_to_rest_says_so_until_it_is_over() -> None:
    house = House(PEER)
    house.lines.spending.rest(PEER.id, house.now + 30)
    house.lines.spending.works(PEER.id)
    assert "not called for 30 s" in house.state()[2] and house.keeper.states()[0].failure_code == "resting"
    house.now += 30
    assert house.state()[2] == ""


async def test_a_trunk_without_checks_is_not_asked() -> None:
    house = House(replace(PEER, check_seconds=0), replace(LINE, enabled=False))
    await house.tick(1000)
    assert not house.sent.asked


async def test_options_go_to_the_outbound_proxy() -> None:
    house = House(replace(PEER, outbound_proxy="edge.example:5070", transport=TrunkTransport.TCP))
    await house.tick()
    assert house.sent.asked[0][1] == "sip:edge.example:5070;transport=tcp"


async def test_names_are_looked_up_again_and_lead_where_they_led_when_dns_fails() -> None:
    house = House(LINE, PEER)
    await house.tick()
    assert house.door.is_sender("192.0.2.11", LINE.id)
    assert house.door.is_sender("203.0.113.5", PEER.id) and house.door.is_sender("198.51.100.20", PEER.id)
    assert house.keeper.address(LINE.id) == "192.0.2.10"
    assert set(house.trusted) == {"192.0.2.10", "192.0.2.11", "198.51.100.20", "203.0.113.5"}
    house.names = {"sip.one.example": ["192.0.2.99"]}
    await house.tick(30)
    assert not house.door.is_sender("192.0.2.99", LINE.id)
    await house.tick(31)
    assert house.door.is_sender("192.0.2.99", LINE.id) and not house.door.is_sender("192.0.2.11", LINE.id)
    house.names = {}
    await house.tick(61)
    assert house.door.is_sender("192.0.2.99", LINE.id)


async def test_a_trunk_that_leads_elsewhere_now_has_no_senders_of_before() -> None:
    house = House(LINE)
    await house.tick()
    assert house.door.is_sender("192.0.2.10", LINE.id)
    house.change(replace(LINE, name="Same way"))
    assert house.door.is_sender("192.0.2.10", LINE.id)
    house.change(replace(LINE, host="192.0.2.99"))
    assert not house.door.is_sender("192.0.2.10", LINE.id) and house.door.is_sender("192.0.2.99", LINE.id)


async def test_a_trunk_that_is_off_has_no_senders() -> None:
    house = House(LINE)
    await house.tick()
    house.change(replace(LINE, enabled=False))
    assert not house.door.is_sender("192.0.2.10", LINE.id)


async def test_events_of_others_are_left_to_them() -> None:
    house = House(LINE)
    assert not house.keeper.take(RequestAnswered(RequestId("else"), 200, None))
    assert not house.keeper.take(
        RegistrationChanged(RegistrationId("else"), RegistrationState.ENDED, 0, "", 0, 0, None)
    )


async def test_the_providers_are_told_when_the_system_stops() -> None:
    house = House(LINE, PEER)
    house.keeper.stop()
    assert house.sent.removed == names(house.sent.registered)
