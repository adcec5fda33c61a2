"""The plugs between the parts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from switchroom.calls.ports import Credential
from switchroom.calls.values import Party, Problem
from switchroom.directory.addresses import LocalAddresses
from switchroom.directory.model import ConferenceId, UserId
from switchroom.directory.personal import Personal
from switchroom.registrar.bindings import BindingId
from switchroom.sip.flow import Address, BindingRef, Flow, Transport
from switchroom.sip.message import Headers, Request
from switchroom.store import Store, StoreUnavailable
from switchroom.wiring import (
    MAX_PROBLEMS,
    AuditedTries,
    KeptSettings,
    MachineAddresses,
    ProblemList,
    Registrations,
    StoreDirectory,
)
from tests.harness.until import LONG

FLOW = Flow(Transport.UDP, Address("192.0.2.1", 5060), Address("198.51.100.7", 40000))


def register(expires: int = 300, contact: str = "sip:201@10.0.0.5:5060") -> Request:
    headers = Headers(
        [
            ("Via", "SIP/2.0/UDP 10.0.0.5;branch=z9hG4bK1;rport"),
            ("From", "<sip:201@pbx>;tag=1"),
            ("To", "<sip:201@pbx>"),
            ("Call-ID", "c1"),
            ("CSeq", f"{expires + 1} REGISTER"),
            ("Contact", f"<{contact}>;expires={expires}"),
        ]
    )
    return Request("REGISTER", "sip:pbx", headers)


@pytest.fixture
async def store(database: str, tmp_path: Path) -> Store:
    return await Store.open(f"sqlite+aiosqlite:///{database}", tmp_path / "key")


async def test_a_registration_is_durable_before_its_200_and_found_after_a_restart(store: Store) -> None:
    made = await store.devices.add("user-201", "201", "phone", "test")
    credential = StoreDirectory(store).credential("201")
    assert credential is not None
    assert credential.device_id == made.device.id
    registrations = Registrations(store, lambda: 1000.0)
    reply = await registrations.register(register(), FLOW, credential)
    assert (reply.status, len(reply.headers)) == (200, 1)
    restarted = Registrations(store, lambda: 1000.0)
    assert await restarted.restore() == 1
    (found,) = restarted.lookup(UserId("user-201"))
    assert restarted.resolve(found.ref) == FLOW
    assert found.remote_ip == "198.51.100.7"
    assert restarted.nat_flows() == [FLOW]
    await store.close()


async def test_a_registration_that_ends_is_forgotten_everywhere(store: Store) -> None:
    credential = Credential(UserId("user-201"), (await device(store)).device_id, "201", {})
    now = 1000.0
    registrations = Registrations(store, lambda: now)
    await registrations.register(register(), FLOW, credential)
    now = 1400.0
    registrations.expire()
    await store.settled()
    assert registrations.registrar.all() == []
    now = 1000.0
    assert await Registrations(store, lambda: now).restore() == 0
    await store.close()


async def device(store: Store) -> Credential:
    await store.devices.add("user-201", "201", "phone", "test")
    found = StoreDirectory(store).credential("201")
    assert found is not None
    return found


async def test_a_user_that_is_gone_can_not_be_rung(store: Store) -> None:
    registrations = Registrations(store, lambda: 1000.0)
    await registrations.register(register(), FLOW, await device(store))
    registrations.keep_users({UserId("user-202")})
    assert registrations.lookup(UserId("user-201")) == []
    await store.close()


async def test_a_revoked_device_can_not_be_rung(store: Store) -> None:
    registrations = Registrations(store, lambda: 1000.0)
    credential = await device(store)
    await registrations.register(register(), FLOW, credential)
    assert credential.device_id is not None
    registrations.drop_device(credential.device_id)
    assert registrations.resolve(BindingRef(BindingId("gone"))) is None
    assert registrations.lookup(UserId("user-201")) == []
    await store.close()


def test_media_and_signalling_addresses_follow_the_peer() -> None:
    addresses = LocalAddresses(
        ["0.0.0.0", "::"], ["203.0.113.9"], ["10.0.0.0/8"], {"10.1.1.1": "10.0.0.2"}.get
    )
    machine = MachineAddresses(
        addresses, ["0.0.0.0", "::"], lambda transport: 5061 if transport.secure else 5060
    )
    assert machine.media("10.1.1.1").advertised == "10.0.0.2"
    assert machine.media("198.51.100.7").advertised == "203.0.113.9"
    assert machine.media("2001:db8::1").bind == "::"
    assert machine.signalling(Transport.TLS, "198.51.100.7") == Address("203.0.113.9", 5061)


def test_media_is_bound_to_the_address_that_serves_the_phone() -> None:
    ways = {"10.1.1.1": "10.0.0.2", "198.51.100.7": "192.0.2.2"}
    bind = ["10.0.0.2", "192.0.2.2"]
    machine = MachineAddresses(LocalAddresses(bind, ("203.0.113.9",), None, ways.get), bind, lambda _: 5060)
    assert [machine.media(phone).bind for phone in ways] == bind
    assert [machine.media(phone).advertised for phone in ways] == ["10.0.0.2", "203.0.113.9"]


WAYS = {"198.51.100.1": "192.0.2.2", "2001:db8::1": "2001:db8:1::2", "10.1.1.1": "10.0.0.2"}


def candidates(remote: str, *advertised: str, bind: tuple[str, ...] = ("0.0.0.0", "::")) -> tuple[str, ...]:
    addresses = LocalAddresses(bind, advertised, ["10.0.0.0/8"], WAYS.get)
    return MachineAddresses(addresses, bind, lambda _: 5060).candidates(remote)


def test_a_browser_is_told_the_address_of_its_network_first_and_then_the_other_family_s() -> None:
    assert candidates("10.1.1.1") == ("10.0.0.2", "2001:db8:1::2")
    assert candidates("2001:db8::1") == ("2001:db8:1::2", "192.0.2.2")
    assert candidates("198.51.100.1", "203.0.113.9") == ("203.0.113.9", "2001:db8:1::2")
    assert candidates("10.1.1.1", bind=("0.0.0.0",)) == ("10.0.0.2",)


def test_a_browser_on_this_machine_is_told_the_addresses_of_its_interfaces_too() -> None:
    assert candidates("127.0.0.1", bind=("127.0.0.1",)) == ("127.0.0.1",)
    local = candidates("127.0.0.1")
    assert local[1:] == ("192.0.2.2", "2001:db8:1::2")


async def test_a_browser_is_known_by_its_websocket_and_found_when_that_closes(store: Store) -> None:
    await store.devices.add("user-201", "201", "phone", "test")
    credential = StoreDirectory(store).credential("201")
    assert credential is not None
    registrations = Registrations(store, lambda: 1000.0)
    socket = Flow(Transport.WSS, FLOW.local, FLOW.remote, 7)
    await registrations.register(register(contact="sip:x@y.invalid;transport=ws"), socket, credential)
    (found,) = registrations.lookup(UserId("user-201"))
    assert (found.browser, found.secure, found.connection) == (True, True, 7)
    assert registrations.flow_closed(socket) == [found.ref]
    assert registrations.flow_closed(socket) == [] and registrations.lookup(UserId("user-201")) == []
    await store.close()


def test_problems_are_listed_once_counted_and_bounded() -> None:
    now = 0.0
    problems = ProblemList(lambda: now)
    for number in range(MAX_PROBLEMS + 5):
        now = float(number)
        problems.report(Problem("wrong-secrets", f"192.0.2.{number}", "Too many wrong secrets."))
    problems.report(Problem("wrong-secrets", "192.0.2.100", "Too many wrong secrets."))
    newest = problems.newest()
    assert len(newest) == MAX_PROBLEMS
    assert (newest[0].problem.subject, newest[0].count) == ("192.0.2.100", 2)
    assert problems.counts == {"wrong-secrets": MAX_PROBLEMS + 6}


async def test_d2_07_what_is_set_by_code_is_kept_audited_and_told_and_so_is_a_failure(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, wanted = KeptSettings(store), Personal(do_not_disturb=True)
    told: asyncio.Queue[bool] = asyncio.Queue()
    settings.keep(UserId("u"), wanted, told.put_nowait)
    async with asyncio.timeout(LONG):
        assert await told.get() is True
    assert settings.of(UserId("u")) == wanted
    (noted,) = await store.audit.list()
    assert (noted.who, noted.subject) == ("u", "users/u")

    async def full(*_: object) -> None:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(store.personal, "set", full)
    settings.keep(UserId("u"), Personal(), told.put_nowait)
    async with asyncio.timeout(LONG):
        assert await told.get() is False
    assert settings.of(UserId("u")) == wanted
    await store.close()


async def test_g_03_each_wrong_code_is_in_the_audit(store: Store) -> None:
    tries = AuditedTries(store)
    tries.wrong_code(ConferenceId("c1"), Party("202", "Bruno", UserId("u")))
    tries.wrong_code(None, Party("", "Guest", guest="visit"))
    async with asyncio.timeout(LONG):
        while len(found := await store.audit.list()) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert sorted((one.who, one.action, one.subject, one.detail) for one in found) == [
        ("202", "wrong code", "conferences/c1", "Bruno"),
        ("guest", "wrong conference id", "conference_server/server", "Guest"),
    ]
    await store.close()
