"""Links under which phones fetch their settings: signed, for one time, for a day, over HTTPS only."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import pytest

from switchroom.api.provisioning import LINK_SECONDS
from switchroom.api.public_side import is_public
from switchroom.provisioning import Vendor
from switchroom.store.secrets import digest_hashes
from tests.api.conftest import System

USER = "user-201"


async def device_of(system: System, user: str = USER) -> str:
    devices = (await system.client.get(f"/api/users/{user}/devices")).json()
    return str(devices[0]["id"])


async def offered(system: System, vendor: str = "yealink", user: str = USER) -> str:
    """The path of a new link."""
    device = await device_of(system, user)
    answer = await system.client.post(
        f"/api/users/{user}/devices/{device}/provisioning", json={"vendor": vendor}
    )
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["url"] == body["qr"]
    assert body["url"].startswith("https://127.0.0.1:8443/provision/")
    return str(body["url"]).removeprefix("https://127.0.0.1:8443")


async def fetched(
    system: System, path: str, scheme: str = "https", address: str = "192.0.2.7"
) -> httpx.Response:
    async with system.stranger(address) as phone:
        return await phone.get(f"{scheme}://switchroom.test{path}")


def credential(system: System, username: str = "201") -> tuple[str, str]:
    stored = system.store.devices.credential(username)
    assert stored is not None
    return stored.hashes.md5, stored.hashes.sha256


@pytest.mark.parametrize("vendor", Vendor)
async def test_a_phone_gets_a_new_secret_and_it_is_the_one_that_registers(
    system: System, vendor: Vendor
) -> None:
    before = credential(system)
    path = await offered(system, vendor)
    assert credential(system) == before, "the phone that there is goes on until the new one is set up"
    if vendor in (Vendor.GRANDSTREAM, Vendor.POLYCOM):
        path += {"grandstream": "cfg000b82aabbcc.xml", "polycom": "phone.cfg"}[vendor]
    answer = await fetched(system, path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    after = credential(system)
    assert after != before
    hashes = [digest_hashes("201", system.store.installation.realm, word) for word in words(answer.text)]
    assert after in [(one.md5, one.sha256) for one in hashes]


def words(text: str) -> list[str]:
    """Whatever may be the secret in a file."""
    for sign in '<>"=\n':
        text = text.replace(sign, " ")
    return text.split()


async def test_a_link_works_once_and_every_other_answer_is_the_same(system: System) -> None:
    path = await offered(system)
    token = path.split("/")[2]
    assert (await fetched(system, path)).status_code == 200
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    others = [
        path,
        f"/provision/{token}",
        f"/provision/{forged}/phone.cfg",
        "/provision/x",
        "/provision/x/y/z",
    ]
    others += ["/provision/" + "é" * 20, f"/provision/{'A' * 4000}/phone.cfg"]
    answers = [await fetched(system, other, address=f"198.51.{i}.1") for i, other in enumerate(others)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


async def test_two_phones_at_once_and_one_gets_it(system: System) -> None:
    path = await offered(system)
    answers = await asyncio.gather(*(fetched(system, path) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404, 404]


async def test_a_new_link_ends_the_one_before(system: System) -> None:
    first, second = await offered(system), await offered(system, "snom")
    assert (await fetched(system, first)).status_code == 404
    assert (await fetched(system, second)).status_code == 200


async def test_a_link_is_over_after_a_day(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    path = await offered(system)
    links = system.store.provisioning_links
    now = links._clock()
    monkeypatch.setattr(links, "_clock", lambda: now + LINK_SECONDS + 1)
    before = credential(system)
    assert (await fetched(system, path)).status_code == 404
    assert credential(system) == before


async def test_in_the_clear_there_is_nothing_and_the_link_stays_good(system: System) -> None:
    path = await offered(system)
    assert (await fetched(system, path, scheme="http")).status_code == 404
    assert (await fetched(system, path)).status_code == 200


async def test_files_that_a_phone_asks_for_besides_do_not_use_the_link_up(system: System) -> None:
    path = (await offered(system)).removesuffix("phone.cfg")
    for name in ("y000000000044.cfg", "805ec0aabbcc.boot", "sub/phone.cfg", "firmware.rom"):
        assert (await fetched(system, path + name)).status_code == 404
    assert "account.1.password" in (await fetched(system, path + "805ec0aabbcc.cfg")).text


async def test_a_polycom_fetches_the_file_that_names_the_other_first(system: System) -> None:
    path = await offered(system, "polycom")
    before = credential(system)
    first = await fetched(system, path + "0004f2aabbcc.cfg")
    assert (first.status_code, "phone.cfg" in first.text) == (200, True)
    assert credential(system) == before
    assert (await fetched(system, path + "phone.cfg")).status_code == 200
    assert (await fetched(system, path + "0004f2aabbcc.cfg")).status_code == 404


async def test_a_revoked_device_gets_no_link_and_an_earlier_one_is_worth_nothing(system: System) -> None:
    path = await offered(system)
    device = await device_of(system)
    assert (await system.client.delete(f"/api/devices/{device}")).status_code == 200
    assert (await fetched(system, path)).status_code == 404
    assert system.store.devices.credential("201") is None
    answer = await system.client.post(
        f"/api/users/{USER}/devices/{device}/provisioning", json={"vendor": "snom"}
    )
    assert answer.status_code == 404


async def test_a_device_of_somebody_else_is_none_of_his(system: System) -> None:
    device = await device_of(system, "user-202")
    url = f"/api/users/{USER}/devices/{device}/provisioning"
    assert (await system.client.post(url, json={"vendor": "snom"})).status_code == 404
    assert (await system.client.post(url, json={"vendor": "nokia"})).status_code == 422


async def test_tries_of_strangers_are_limited(system: System) -> None:
    codes = [(await fetched(system, f"/provision/{i:043}")).status_code for i in range(30)]
    assert (codes[0], codes[-1]) == (404, 429)


async def test_who_made_a_link_and_who_used_it_is_in_the_audit_log_without_it(system: System) -> None:
    path = await offered(system)
    answer = await fetched(system, path)
    log = await system.store.audit.list()
    acts = {entry.action: entry for entry in log}
    assert acts["phone settings offered"].who == system.demonstration.login
    assert acts["phone settings offered"].detail == "yealink"
    assert acts["phone settings fetched"].subject == "192.0.2.7"
    assert acts["secret reset"].who == system.demonstration.login
    secret = next(word for word in words(answer.text) if len(word) == 28)
    told = " ".join(f"{entry.who} {entry.subject} {entry.detail}" for entry in log)
    assert secret not in told
    assert path.split("/")[2] not in told


async def test_without_https_no_link_is_made(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = system.app.state.context.machine
    plain = replace(machine.phone_server(), https=None)
    monkeypatch.setattr(type(machine), "phone_server", lambda self: plain)
    device = await device_of(system)
    answer = await system.client.post(
        f"/api/users/{USER}/devices/{device}/provisioning", json={"vendor": "snom"}
    )
    assert (answer.status_code, answer.json()["error_id"]) == (409, "no-https")


def test_phones_outside_reach_their_links_but_not_the_console() -> None:
    assert is_public("/provision/abc/phone.cfg")
    assert not is_public("/api/users/user-201/devices/x/provisioning")
