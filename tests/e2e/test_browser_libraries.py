"""JsSIP and SIP.js in a real Chromium, as other people's pages (Odoo's open phone among them) use them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.harness import baresip, browser, web_softphone
from tests.harness.audio import strongest
from tests.harness.baresip import Baresip
from tests.harness.browser import Browser, hear
from tests.harness.server import Server
from tests.harness.web_softphone import Library, WebSoftphone

pytestmark = pytest.mark.e2e


@pytest.fixture(autouse=True)
def _needs_chromium() -> None:
    """Skip, loudly, without it."""
    if not browser.installed() or not web_softphone.installed():
        pytest.skip("NOT TESTED in a browser: chromium or the web app's npm packages are not installed")


async def softphone(chromium: Browser, library: Library, server: Server, user: str) -> WebSoftphone:
    address = f"ws://127.0.0.1:{server.http_port}/sip"
    return await WebSoftphone.open(chromium, library, address, "127.0.0.1", user, server.secrets[user])


async def assert_hears(phone: WebSoftphone, tone: float) -> None:
    samples, rate = await hear(phone.page, 1.5)
    assert abs(strongest(samples, rate) - tone) < 5, (len(samples), rate)


async def test_jssip_and_sip_js_call_each_other_both_ways(shared_server: Server, tmp_path: Path) -> None:
    async with Browser(tmp_path / "1", tone_hz=617) as first, Browser(tmp_path / "2", tone_hz=431) as second:
        one = await softphone(first, "jssip", shared_server, "201")
        other = await softphone(second, "sipjs", shared_server, "202")
        for caller, callee, target in ((one, other, "202"), (other, one, "201")):
            await caller.call(target)
            await callee.reaches("answered")
            await assert_hears(one, 431)
            await assert_hears(other, 617)
            await caller.hang_up()
            await callee.reaches("ended")


@pytest.mark.parametrize("library", ["jssip", "sipjs"])
async def test_f_04_hold_by_a_web_softphone_and_back(
    shared_server: Server, tmp_path: Path, library: Library
) -> None:
    async with Browser(tmp_path / "1", tone_hz=617) as first, Browser(tmp_path / "2", tone_hz=431) as second:
        one = await softphone(first, library, shared_server, "201")
        other = await softphone(second, "jssip", shared_server, "202")
        await one.call("202")
        await assert_hears(other, 617)
        await one.hold(True)
        await asyncio.sleep(1)
        samples, rate = await hear(other.page, 1.5)
        assert abs(strongest(samples, rate) - 617) > 5, "the held party still hears who holds"
        await one.hold(False)
        await asyncio.sleep(1)
        await assert_hears(other, 617)
        await assert_hears(one, 431)


@pytest.mark.parametrize(("library", "method"), [("jssip", "rtp"), ("jssip", "info"), ("sipjs", "info")])
async def test_s1_14_a_web_softphone_keys_the_code_of_a_conference(
    shared_server: Server, tmp_path: Path, library: Library, method: str
) -> None:
    async with Browser(tmp_path / "1", tone_hz=617) as chromium:
        phone = await softphone(chromium, library, shared_server, "203")
        await phone.call("8002")
        await asyncio.sleep(1)
        await phone.digits("4321#", "rtp" if method == "rtp" else "info")
        for _ in range(80):
            rooms = await shared_server.api_async("GET", "/api/rooms")
            inside = [person for room in rooms for person in room["participants"] if not person["waiting"]]
            if any(person["extension"] == "203" for person in inside):
                break
            await asyncio.sleep(0.1)
        else:
            pytest.fail(f"the code opened nothing: {rooms}")
        await phone.hang_up()


async def test_a_web_softphone_and_a_desk_phone(shared_server: Server, tmp_path: Path) -> None:
    if not baresip.installed():
        pytest.skip("NOT TESTED with real phones: baresip is not installed (apt-get install baresip-core)")
    secret = shared_server.secrets["204"]
    desk = Baresip(tmp_path / "204", "204", secret, shared_server.sip, tone=853)
    async with Browser(tmp_path / "1", tone_hz=617) as chromium:
        phone = await softphone(chromium, "sipjs", shared_server, "205")
        try:
            await desk.start()
            await phone.call("204")
            await assert_hears(phone, 853)
            await asyncio.sleep(1)
            await phone.hang_up()
            await desk.event("CALL_CLOSED")
            samples, rate = desk.heard()
            assert abs(strongest(samples[-rate:], rate) - 617) < 5
            await desk.dial("205")
            await desk.event("CALL_ESTABLISHED")
            await asyncio.sleep(1)
            await assert_hears(phone, 853)
        finally:
            await desk.stop()
