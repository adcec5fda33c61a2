"""Odoo's two interfaces: which is spoken, and what every refusal means to people."""

from __future__ import annotations

from collections.abc import Sequence

import httpx
import pytest

from switchroom.connectors.odoo_wire import Account, OdooFault, OdooWire
from switchroom.connectors.outward import Outward
from switchroom.crm.connector import FaultKind
from tests.harness.fake_odoo import FakeOdoo, OdooError

ANNA = Account("anna@example.com", 7, "key-of-anna")


async def resolve(host: str, port: int) -> Sequence[str]:
    return ["192.168.1.9"]


def wire(odoo: FakeOdoo, database: str = "prod", patience: float = 10.0) -> OdooWire:
    outward = Outward(resolve=resolve, transport=odoo.transport(), patience=patience)
    return OdooWire(outward, "https://odoo.example.com/", database)


@pytest.mark.parametrize("version", ["17.0", "18.0", "19.0", "saas~19.2+e"])
async def test_each_version_is_spoken_to_in_its_own_way(version: str) -> None:
    odoo = FakeOdoo(version.removeprefix("saas~"))
    odoo.version = version
    client = wire(odoo)
    assert (await client.version()).text == version
    assert await client.sign_in(*("anna@example.com", "key-of-anna")) == 7
    await client.find_database()
    partner = odoo.add("res.partner", name="Bruno")
    found = await client.call(ANNA, "res.partner", "search_read", domain=[], fields=["name"], limit=5)
    assert found == [{"id": partner, "name": "Bruno"}]
    await client.call(ANNA, "res.partner", "write", [partner], vals={"name": "Carla"})
    assert odoo.one("res.partner", partner)["name"] == "Carla"


@pytest.mark.parametrize("version", ["17.0", "19.0"])
async def test_wrong_keys_and_databases_are_told_apart(version: str) -> None:
    odoo = FakeOdoo(version, users={"anna@example.com": (7, "key-of-anna"), "ben@example.com": (8, "bens")})
    for login, key in (("anna@example.com", "wrong"), ("ben@example.com", "key-of-anna")):
        with pytest.raises(OdooFault) as caught:
            await wire(odoo).sign_in(login, key)
        assert caught.value.kind is FaultKind.KEY_REFUSED and not caught.value.passing
    with pytest.raises(OdooFault) as caught:
        await wire(odoo, "other").find_database()
    assert caught.value.cause == "odoo-database-unknown" and "other" in caught.value.text
    with pytest.raises(OdooFault) as caught:
        await wire(odoo).call(Account("anna@example.com", 7, "old"), "res.partner", "search_count", domain=[])
    assert caught.value.kind is FaultKind.KEY_REFUSED


@pytest.mark.parametrize("version", ["17.0", "18.0"])
async def test_an_odoo_that_locks_our_address_out_for_a_minute_refuses_nobodys_key(version: str) -> None:
    odoo = FakeOdoo(version)
    client = wire(odoo)
    for _ in range(10):  # looking for the database fails no login
        await client.find_database()
    assert await client.call(ANNA, "res.partner", "search_count", domain=[]) == 0
    for _ in range(5):
        with pytest.raises(OdooFault) as caught:
            await client.call(Account("ben@example.com", 8, "old"), "res.partner", "search_count", domain=[])
        assert caught.value.kind is FaultKind.KEY_REFUSED
    with pytest.raises(OdooFault) as caught:
        await client.call(ANNA, "res.partner", "search_count", domain=[])
    assert caught.value.passing and "too many wrong" in caught.value.text


async def test_what_is_too_old_or_no_odoo_is_said_to_be_so() -> None:
    with pytest.raises(OdooFault) as caught:
        await wire(FakeOdoo("16.0")).version()
    assert caught.value.cause == "odoo-too-old" and "16.0" in caught.value.text
    for nothing in ("<h1>It works!</h1>", "[1, 2]", '{"version": 3}'):
        odoo = FakeOdoo()
        odoo.answers = [httpx.Response(200, text=nothing), httpx.Response(200, text=nothing)]
        with pytest.raises(OdooFault) as caught:
            await wire(odoo).version()
        assert caught.value.cause == "odoo-none"


@pytest.mark.parametrize("version", ["18.0", "19.0"])
@pytest.mark.parametrize(
    ("name", "status", "kind", "uncertain"),
    [
        ("odoo.exceptions.AccessError", 403, FaultKind.NOT_ALLOWED, False),
        ("odoo.exceptions.MissingError", 404, FaultKind.GONE, False),
        ("odoo.exceptions.UserError", 422, FaultKind.REFUSED, False),
        ("builtins.TypeError", 500, FaultKind.REFUSED, False),
        ("psycopg2.OperationalError", 500, FaultKind.UNREACHABLE, True),
    ],
)
async def test_each_exception_of_odoo_means_something(
    version: str, name: str, status: int, kind: FaultKind, uncertain: bool
) -> None:
    odoo = FakeOdoo(version, refuse=OdooError(name, "Reason <b>.\n\nLong story", status))
    with pytest.raises(OdooFault) as caught:
        await wire(odoo).call(ANNA, "res.partner", "search_count", domain=[])
    fault = caught.value
    assert (fault.kind, fault.uncertain, fault.passing) == (kind, uncertain, kind is FaultKind.UNREACHABLE)
    assert "Long story" not in fault.text and fault.text.endswith(".")


@pytest.mark.parametrize("version", ["17.0", "19.0"])
async def test_an_odoo_that_does_not_answer_is_worth_another_try(version: str) -> None:
    cases = [(503, False), (502, True), (504, True), (429, False), (500, True)]
    for status, uncertain in cases:
        odoo = FakeOdoo(version)
        client = wire(odoo)
        await client.version()
        odoo.answers = [httpx.Response(status, text="<h1>sorry</h1>")]
        with pytest.raises(OdooFault) as caught:
            await client.call(ANNA, "res.partner", "search_count", domain=[])
        assert caught.value.passing and caught.value.uncertain is uncertain, status
    odoo = FakeOdoo(version, down=True)
    with pytest.raises(OdooFault) as caught:
        await wire(odoo).version()
    assert caught.value.passing and not caught.value.uncertain
    odoo = FakeOdoo(version, hang=True)
    with pytest.raises(OdooFault) as caught:
        await wire(odoo, patience=0.01).version()
    assert caught.value.passing and caught.value.uncertain


async def test_a_redirect_is_not_followed_and_not_tried_again() -> None:
    odoo = FakeOdoo()
    elsewhere = {"location": "https://www.example.com/web/version"}
    odoo.answers = [httpx.Response(301, headers=elsewhere) for _ in range(2)]
    with pytest.raises(OdooFault) as caught:
        await wire(odoo).version()
    assert not caught.value.passing and "https://www.example.com" in caught.value.text


async def test_an_upgraded_odoo_is_found_out() -> None:
    now = [0.0]
    odoo = FakeOdoo("18.0")
    outward = Outward(resolve=resolve, transport=odoo.transport())
    client = OdooWire(outward, "https://odoo.example.com", "prod", clock=lambda: now[0])
    assert (await client.version()).major == 18
    odoo.version, odoo.major = "19.0", 19
    assert (await client.version()).major == 18
    now[0] = 3700
    assert (await client.version()).major == 19


def test_keys_stand_in_no_log() -> None:
    assert "key-of-anna" not in repr(ANNA)
