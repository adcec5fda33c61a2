"""The system's page, and the settings that a new phone fetches."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from switchroom.api.invitations import SECONDS, Invitations, PhoneAccount, linphone_settings
from switchroom.api.ports import NoMachine, PhoneServer
from tests.api.conftest import System

ACCOUNT = PhoneAccount('Anna "<b>" & Co', "201", "s<e&cret", "switchroom")


async def test_b1_the_system_page(system: System) -> None:
    found = (await system.client.get("/api/system")).json()
    assert (found["version"], found["revision"], found["started_at"]) == ("0.0", 1, 7.0)
    assert found["addresses"]["phones"] == "192.0.2.1"
    assert found["certificate"]["source"] == "authority"
    assert "firefox" in found["certificate"]["trust"]
    assert found["prompts"] == {"en": {"recorded": 30, "synthesized": 2}}
    assert found["checks"] == [
        {
            "id": "disk",
            "name": "Disk",
            "ok": False,
            "severity": "problem",
            "message": "full",
            "cure": "Free some space.",
            "code": "disk-full",
            "values": {"megabytes": 12},
        }
    ]
    assert (await system.client.get("/api/system/authority.pem")).status_code == 404
    async with system.stranger() as client:
        assert (await client.get("/api/system")).status_code == 401


def test_an_invitation_is_good_once_and_for_a_quarter_of_an_hour() -> None:
    invitations = Invitations()
    first, second = invitations.offer(ACCOUNT, 0.0), invitations.offer(ACCOUNT, 1.0)
    assert invitations.take("none", 1.0) is None
    assert invitations.take(first, SECONDS - 1.0) is ACCOUNT
    assert invitations.take(first, SECONDS - 1.0) is None
    assert invitations.take(second, SECONDS + 1.0) is None
    keys = [invitations.offer(ACCOUNT, 0.0) for _ in range(1200)]
    assert invitations.take(keys[0], 1.0) is None
    assert invitations.take(keys[-1], 1.0) is ACCOUNT
    assert "cret" not in repr(ACCOUNT)


def entries(text: str) -> dict[str, str]:
    space = "{http://www.linphone.org/xsds/lpconfig.xsd}"
    found = {}
    for section in ElementTree.fromstring(text).iter(f"{space}section"):
        for entry in section.iter(f"{space}entry"):
            found[f"{section.get('name')}/{entry.get('name')}"] = entry.text or ""
    return found


@pytest.mark.parametrize(
    ("server", "place", "identity"),
    [
        (
            PhoneServer("http://192.0.2.1:8080", "192.0.2.1", 5060, "udp"),
            "<sip:192.0.2.1:5060;transport=udp>",
            "<sip:201@192.0.2.1>",
        ),
        (
            PhoneServer("https://[2001:db8::1]:8443", "2001:db8::1", 5061, "tls"),
            "<sip:[2001:db8::1]:5061;transport=tls>",
            "<sip:201@[2001:db8::1]>",
        ),
    ],
)
def test_what_linphone_reads(server: PhoneServer, place: str, identity: str) -> None:
    found = entries(linphone_settings(ACCOUNT, server))
    assert found["proxy_0/reg_proxy"] == found["proxy_0/reg_route"] == place
    assert found["proxy_0/reg_identity"] == f'"Anna <b> & Co" {identity}'
    assert found["auth_info_0/passwd"] == "s<e&cret"
    assert found["misc/config-uri"] == ""


async def test_a_phone_fetches_its_settings_once(system: System) -> None:
    machine = NoMachine()
    key = system.app.state.context.invitations.offer(ACCOUNT, system.app.state.context.clock())
    async with system.stranger() as phone:
        answer = await phone.get(f"/api/provisioning/{key}")
        assert answer.headers["content-type"] == "application/xml"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.text == linphone_settings(ACCOUNT, machine.phone_server())
        again = await phone.get(f"/api/provisioning/{key}")
        assert (again.status_code, again.json()["error_id"]) == (404, "invitation-used")
        codes = {(await phone.get(f"/api/provisioning/{'x' * 32}")).status_code for _ in range(30)}
    assert codes == {404, 429}
    (entry,) = [e for e in await system.store.audit.list() if e.action == "phone settings fetched"]
    assert entry.who == "201"
