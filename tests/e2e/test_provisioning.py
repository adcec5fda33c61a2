"""Phones that set themselves up by a link: a real Linphone, and the files of desk phones."""

from __future__ import annotations

import asyncio
import ssl
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.e2e.test_calls import phones
from tests.e2e.test_real_phones import need_linphone
from tests.harness.audio import strongest
from tests.harness.linphone import Linphone
from tests.harness.phone import Phone
from tests.harness.rtp import Tone
from tests.harness.server import Server

pytestmark = pytest.mark.e2e

SECRETS = {
    "yealink": ("account.1.password = ", "\n"),
    "snom": ('<user_pass idx="1" perm="">', "<"),
    "grandstream": ("<P34>", "<"),
    "polycom": ('reg.1.auth.password="', '"'),
}
"""What stands before and after a secret."""


def offered(server: Server, vendor: str, user: str) -> str:
    """A new link for the only phone of a user."""
    devices = server.api("GET", f"/api/users/{user}/devices")
    path = f"/api/users/{user}/devices/{devices[0]['id']}/provisioning"
    return str(server.api("POST", path, {"vendor": vendor})["url"])


def authority(server: Server) -> Path:
    """The certificate of the system's own authority, which a phone is told to trust."""
    return server.data / "tls" / "authority.pem"


def fetched(url: str, trusted: Path) -> tuple[int, str]:
    """What a phone gets by HTTPS."""
    context = ssl.create_default_context(cafile=str(trusted))
    try:
        with urllib.request.urlopen(url, timeout=5, context=context) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as problem:
        return problem.code, problem.read().decode()


async def test_provisioning_a_linphone_that_knows_nothing_but_the_link_registers_and_talks(
    shared_server: Server, tmp_path: Path
) -> None:
    need_linphone()
    server = shared_server
    trusted = authority(server)
    url = await asyncio.to_thread(offered, server, "linphone", "user-204")
    folder = tmp_path / "linphone"
    folder.mkdir()
    new = Linphone(folder, "204", "", server.sip, tone_hz=617, provisioning=url, authority=trusted)
    try:
        await new.start(seconds=20)
        async with phones(server, "201", codecs=("PCMU",)) as (anna,):
            call = await anna.call("204", source=Tone(431))
            await new.printed("LinphoneCallIncomingReceived", seconds=10)
            await new.command("answer")
            await call.answered(10)
            await asyncio.sleep(1.0)
            heard = await call.media.listen(1.0)
            assert abs(strongest(heard, call.media.codec.rate) - 617) < 5
            await call.hang_up()
    finally:
        await new.stop()
    assert (await asyncio.to_thread(fetched, url, trusted))[0] == 404, "the link is used up"


async def test_provisioning_a_desk_phones_link_works_once_and_what_it_fetched_registers(
    shared_server: Server,
) -> None:
    server = shared_server
    trusted = authority(server)
    names = {"yealink": "", "snom": "", "polycom": "phone.cfg", "grandstream": "cfg000b82aabbcc.xml"}
    for vendor, name in names.items():
        url = await asyncio.to_thread(offered, server, vendor, "user-205")
        tampered = url.replace("/provision/", "/provision/A")
        assert (await asyncio.to_thread(fetched, tampered + name, trusted))[0] == 404
        status, text = await asyncio.to_thread(fetched, url + name, trusted)
        assert status == 200
        assert (await asyncio.to_thread(fetched, url + name, trusted))[0] == 404
        before, after = SECRETS[vendor]
        secret = text.split(before, 1)[1].split(after, 1)[0]
        async with Phone("205", secret, server.sip) as phone:
            assert (await phone.register()).status == 200
            await phone.register(0)
    log = await server.api_async("GET", "/api/audit")
    acts = [entry["action"] for entry in log["entries"]]
    assert acts.count("phone settings fetched") >= 4
    assert acts.count("phone settings refused") >= 4
