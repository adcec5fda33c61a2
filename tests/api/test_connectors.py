"""Connectors by the API: set up, tested step by step, everybody's own key, what waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from switchroom.api.connectors import ConnectorDesk
from switchroom.connectors.outward import Outward
from switchroom.connectors.systems import Systems
from switchroom.crm.connector import LogCall, ScheduleCall
from switchroom.directory import UserId
from switchroom.store import Role
from tests.api.conftest import System
from tests.connectors.test_odoo import NOTE, TODAY
from tests.harness.fake_odoo import FakeOdoo, OdooError

PLACE = {"name": "Our Odoo", "url": "https://odoo.example.com", "database": "prod"}
KEY = {"login": "anna@example.com", "key": "key-of-anna"}


def connect(system: System, odoo: FakeOdoo, address: str = "192.168.1.9") -> Systems:
    """The system with that Odoo behind the address."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        if host != "odoo.example.com":
            raise OSError("no such name")
        return [address]

    systems = Systems(
        system.store, outward=lambda ca: Outward(ca=ca, resolve=resolve, transport=odoo.transport())
    )
    system.app.state.connector_desk = ConnectorDesk(systems)
    return systems


async def mine(system: System) -> tuple[UserId, dict[str, str]]:
    """A person with an extension, and the header of his session."""
    login = await system.store.logins.find("201")
    assert login is not None and login.user_id is not None
    token = await system.store.logins.issue_token("201", "tests", 3600)
    return UserId(login.user_id), {"Authorization": f"Bearer {token}"}


async def test_odoo_is_set_up_changed_and_removed_and_no_key_is_told(system: System) -> None:
    connect(system, FakeOdoo())
    made = await system.client.put("/api/connectors/odoo", json=PLACE | {"url": "https://odoo.example.com/"})
    assert made.status_code == 200, made.text
    assert made.json() == (await system.client.get("/api/connectors")).json()[0]
    assert made.json()["url"] == "https://odoo.example.com" and made.json()["people"] == 0
    _, me = await mine(system)
    given = await system.client.put("/api/phone/connectors/odoo/key", json=KEY, headers=me)
    assert given.json() == {"login": KEY["login"], "state": "good", "error_id": None, "message": None}
    (shown,) = (await system.client.get("/api/connectors")).json()
    assert (shown["people"], shown["version"]) == (1, "19.0")
    listed = (await system.client.get("/api/phone/connectors", headers=me)).json()
    assert [(one["login"], one["waiting"], one["failed"]) for one in listed] == [(KEY["login"], 0, 0)]
    assert KEY["key"] not in str(listed) + str(shown) + given.text
    await system.client.put("/api/connectors/odoo", json=PLACE | {"enabled": False})
    assert (await system.client.get("/api/phone/connectors", headers=me)).json() == []
    assert (await system.client.get("/api/phone/connectors/odoo/key", headers=me)).status_code == 404
    assert (await system.client.delete("/api/connectors/odoo")).status_code == 204
    assert (await system.client.get("/api/connectors")).json() == []


@pytest.mark.parametrize(
    ("changed", "error_id"),
    [
        ({"url": "odoo.example.com"}, "bad-url"),
        ({"url": "https://user:secret@odoo.example.com"}, "bad-url"),
        ({"url": "https://odoo.example.com/?x=1"}, "bad-url"),
        ({"url": "https://odoo.example.com:99999"}, "bad-url"),
        ({"url": "file:///etc/passwd"}, "bad-url"),
        ({"url": "http://169.254.169.254"}, "odoo-address"),
        ({"url": "http://[fe80::1]"}, "odoo-address"),
        ({"ca": "nonsense"}, "bad-certificate"),
        ({"database": "a b"}, "invalid"),
        ({"name": ""}, "invalid"),
    ],
)
async def test_nonsense_is_refused(system: System, changed: dict[str, Any], error_id: str) -> None:
    answer = await system.client.put("/api/connectors/odoo", json=PLACE | changed)
    assert (answer.status_code, answer.json()["error_id"]) == (422, error_id), answer.text
    assert (await system.client.put("/api/connectors/own", json=PLACE)).status_code == 422


def steps(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    return {step["step"]: step["state"] for step in answer.json()["steps"]}


@pytest.mark.parametrize(
    ("failed", "error_id", "place", "odoo"),
    [
        ("name", "odoo-name", {"url": "https://oddo.example.com"}, FakeOdoo()),
        ("connect", "odoo-connect", {}, FakeOdoo(down=True)),
        ("odoo", "odoo-none", {}, FakeOdoo(answers=[httpx.Response(200, text="hello")] * 2)),
        ("version", "odoo-too-old", {}, FakeOdoo("16.0")),
        ("database", "odoo-database-unknown", {"database": "other"}, FakeOdoo()),
        ("database", "odoo-database-unknown", {"database": "other"}, FakeOdoo("17.0")),
        ("key", "odoo-key-refused", {**KEY, "key": "an-old-one"}, FakeOdoo()),
        ("key", "odoo-key-refused", {**KEY, "key": "an-old-one"}, FakeOdoo("18.0")),
    ],
)
async def test_the_test_says_which_step_is_wrong(
    system: System, failed: str, error_id: str, place: dict[str, str], odoo: FakeOdoo
) -> None:
    connect(system, odoo)
    answer = await system.client.post("/api/connectors/odoo/test", json=PLACE | place)
    found = steps(answer)
    names = list(found)
    at = names.index(failed)
    assert [found[name] for name in names[:at]] == ["ok"] * at
    assert found[failed] == "failed" and all(found[name] == "skipped" for name in names[at + 1 :])
    (step,) = (step for step in answer.json()["steps"] if step["step"] == failed)
    assert step["error_id"] == error_id and step["message"].endswith(".")
    assert answer.json()["works"] is False
    assert system.store.connectors.all() == (), "a test keeps nothing"


async def test_a_test_that_works_names_what_is_missing(system: System) -> None:
    connect(system, FakeOdoo(missing={"helpdesk.ticket"}))
    answer = await system.client.post("/api/connectors/odoo/test", json=PLACE | KEY)
    found = steps(answer)
    assert found.pop("helpdesk") == "missing" and set(found.values()) == {"ok"}
    assert answer.json()["works"] is True and answer.json()["version"] == "19.0"
    plain = await system.client.post(
        "/api/connectors/odoo/test", json=PLACE | KEY | {"url": "http://odoo.example.com"}
    )
    assert steps(plain)["tls"] == "missing" and plain.json()["works"] is True
    without = await system.client.post("/api/connectors/odoo/test", json=PLACE)
    assert steps(without)["key"] == "skipped" and without.json()["works"] is True


async def test_plain_http_to_the_outside_and_metadata_behind_a_name_are_refused(system: System) -> None:
    connect(system, FakeOdoo(), "93.184.216.34")
    test = "/api/connectors/odoo/test"
    answer = await system.client.post(test, json=PLACE | {"url": "http://odoo.example.com"})
    assert steps(answer)["tls"] == "failed"
    connect(system, FakeOdoo(), "169.254.169.254")
    assert steps(await system.client.post(test, json=PLACE))["address"] == "failed"


async def test_tests_are_limited_in_number(system: System) -> None:
    connect(system, FakeOdoo(down=True))
    answers = [await system.client.post("/api/connectors/odoo/test", json=PLACE) for _ in range(12)]
    assert {answer.status_code for answer in answers} == {200, 429}


async def test_a_kept_key_is_tried_at_no_other_address(system: System) -> None:
    odoo = FakeOdoo()
    systems = connect(system, odoo)
    login = await system.store.logins.find("201")
    assert login is not None
    await system.store.logins.change(
        login,
        name="201",
        role=Role.ADMINISTRATOR,
        extra_rights=(),
        user_id=login.user_id,
        living=system.store.configuration.applied.users,
    )
    _, admin = await mine(system)
    await system.client.put("/api/connectors/odoo", json=PLACE)
    await system.client.put("/api/phone/connectors/odoo/key", json=KEY, headers=admin)
    same = await system.client.post("/api/connectors/odoo/test", json=PLACE, headers=admin)
    assert steps(same)["key"] == "ok"
    other = PLACE | {"url": "https://odoo.example.com:8069"}
    elsewhere = await system.client.post("/api/connectors/odoo/test", json=other, headers=admin)
    assert steps(elsewhere)["key"] == "skipped"
    await system.client.put("/api/connectors/odoo", json=other)
    state = await system.client.get("/api/phone/connectors/odoo/key", headers=admin)
    assert state.json()["state"] == "none"
    await systems.close()


@pytest.mark.parametrize("version", ["17.0", "19.0"])
async def test_a_key_is_tried_before_it_is_kept(system: System, version: str) -> None:
    odoo = FakeOdoo(version)
    connect(system, odoo)
    user, me = await mine(system)
    await system.client.put("/api/connectors/odoo", json=PLACE)
    key = "/api/phone/connectors/odoo/key"
    refused = await system.client.put(key, json=KEY | {"key": "wrong-key"}, headers=me)
    assert (refused.status_code, refused.json()["field"]) == (422, "key")
    odoo.down = True
    unreachable = await system.client.put(key, json=KEY, headers=me)
    assert (unreachable.status_code, unreachable.json()["error_id"]) == (422, "odoo-connect")
    assert system.store.connectors.key("odoo", user) is None
    odoo.down = False
    assert (await system.client.put(key, json=KEY, headers=me)).json()["state"] == "good"
    odoo.users["anna@example.com"] = (7, "a new one")
    assert (await system.client.get(key, headers=me)).json()["state"] == "refused"
    odoo.down = True
    assert (await system.client.get(key, headers=me)).json()["state"] == "unreachable"
    assert (await system.client.delete(key, headers=me)).status_code == 204
    assert (await system.client.get(key, headers=me)).json()["state"] == "none"
    assert (await system.client.delete(key, headers=me)).status_code == 404


async def test_what_waits_and_what_was_refused_is_shown_tried_again_and_dropped(system: System) -> None:
    odoo = FakeOdoo()
    systems = connect(system, odoo)
    user, me = await mine(system)
    await system.client.put("/api/connectors/odoo", json=PLACE)
    await system.client.put("/api/phone/connectors/odoo/key", json=KEY, headers=me)
    lead = odoo.add("crm.lead", name="Roof")
    odoo.down = True
    assert not await systems.act("odoo", user, ScheduleCall("crm", str(lead), TODAY, "Offer"), "a")
    assert not await systems.act("odoo", user, LogCall("crm", str(lead), NOTE), "b")
    assert len(await systems.kept("odoo", user)) == 2
    acts = "/api/phone/connectors/odoo/acts"
    shown = (await system.client.get(acts, headers=me)).json()
    assert [(act["kind"], act["text"], act["app"], act["record"]) for act in shown] == [
        ("schedule", "Offer", "crm", str(lead)),
        ("log", NOTE.note, "crm", str(lead)),
    ]
    assert "Nothing listens" in shown[0]["problem"] and shown[0]["next_at"]
    assert (await system.client.get("/api/phone/connectors", headers=me)).json()[0]["waiting"] == 2
    assert (await system.client.delete(f"{acts}/{shown[0]['id']}", headers=me)).status_code == 204
    odoo.down = False
    odoo.refuse = OdooError("odoo.exceptions.AccessError", "Not yours", 403)
    systems.courier.settings_changed("odoo")
    assert (await system.client.post(f"{acts}/{shown[1]['id']}/retry", headers=me)).status_code == 204
    await systems.courier.round()
    (left,) = (await system.client.get(acts, headers=me)).json()
    assert left["next_at"] is None and "Not yours" in left["problem"]
    odoo.refuse = None
    assert (await system.client.post(f"{acts}/{left['id']}/retry", headers=me)).status_code == 204
    await systems.courier.round()
    assert (await system.client.get(acts, headers=me)).json() == [] and len(odoo.rows["mail.message"]) == 1
    assert (await system.client.post(f"{acts}/{left['id']}/retry", headers=me)).status_code == 404
    assert odoo.did("activity_schedule") == 0
