"""The page of a guest's link in a real Chromium: into the room, heard and hearing; the lobby; links that lead
nowhere; back by itself after a restart."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from urllib.request import urlopen

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.e2e.test_browser_phone import slowness
from tests.e2e.test_calls import phones
from tests.e2e.test_conferences import TONES, enter
from tests.harness import browser
from tests.harness.audio import share
from tests.harness.browser import Browser
from tests.harness.guest_user import GuestUser, make_link
from tests.harness.phone_call import PhoneCall
from tests.harness.server import Server
from tests.harness.web_user import PATIENCE

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

GUEST_HZ = 705.0
OPEN, BOARD = "conference-8001", "conference-8002"
# A link that leads nowhere is a 404; connections are refused while the server is away.
_EXPECTED = re.compile("404|422|ERR_CONNECTION|WebSocket connection to")
_SCRIPTS = """
() => performance.getEntriesByType("resource")
  .filter((one) => one.name.endsWith(".js"))
  .map((one) => one.encodedBodySize)
"""
MOST_SCRIPT = 250_000
"""Bytes of JavaScript before one can join, as they are sent."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium_with_tone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """Somebody's browser: its microphone is a tone."""
    if not browser.installed():
        pytest.skip("NOT TESTED in a browser: chromium is not installed (make system-test)")
    async with Browser(tmp_path_factory.mktemp("guest"), tone_hz=GUEST_HZ) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def stranger(chromium_with_tone: Browser) -> AsyncIterator[Browser]:
    """The browser, as new; afterwards its pages complained of nothing."""
    await chromium_with_tone.renew()
    yield chromium_with_tone
    assert [text for text in chromium_with_tone.console if not _EXPECTED.search(text)] == []


async def hears(call: PhoneCall, tone_hz: float, *, tries: int = 12) -> bool:
    """Whether a phone hears a tone, as soon as prompts are over."""
    for _ in range(tries):
        samples = await call.media.listen(0.8)
        if len(samples) and share(samples, call.media.codec.rate, tone_hz) > 0.7:
            return True
    return False


async def misses(call: PhoneCall, tone_hz: float, *, tries: int = 8) -> bool:
    """Whether a phone no longer hears a tone."""
    for _ in range(tries):
        samples = await call.media.listen(0.6)
        if not len(samples) or share(samples, call.media.codec.rate, tone_hz) < 0.1:
            return True
    return False


async def inside_of(server: Server, conference: str) -> list[tuple[str, str | None]]:
    """Who is in a conference: name, and by whom muted."""
    rooms = await server.api_async("GET", "/api/rooms")
    return [
        (one["name"], one["muted_by"])
        for room in rooms
        if room["conference_id"] == conference
        for one in room["participants"]
    ]


async def test_issue_4_a_guest_is_in_the_room_within_15_s_is_heard_and_hears(
    shared_server: Server, stranger: Browser
) -> None:
    _, url = await make_link(shared_server, OPEN)
    async with phones(shared_server, "201") as (desk,):
        inside = await enter(desk, "8001")
        zoe = await GuestUser.follow(stranger, url)
        await zoe.sees("Open room")
        scripts = await zoe.page.evaluate(_SCRIPTS)
        await zoe.join("Zoë")
        await zoe.reaches("inside")
        took = time.monotonic() - zoe.opened_at
        print(f"in the room after {took:.1f} s; {sum(scripts)} bytes of JavaScript")
        assert took < 15 * slowness()
        assert 10_000 < sum(scripts) < MOST_SCRIPT
        assert await zoe.hears(TONES["201"])
        assert await hears(inside, GUEST_HZ)
        await expect(zoe.people).to_contain_text("Zoë (you)")
        await expect(zoe.people.get_by_role("listitem")).to_have_count(2)
        assert await stranger.context.cookies() == []
        await zoe.button("Raise hand").click()
        await expect(zoe.people).to_contain_text("Raised a hand")
        await zoe.button("Mute").click()
        assert await misses(inside, GUEST_HZ)
        (room,) = await shared_server.api_async("GET", "/api/rooms")
        guest = next(one for one in room["participants"] if one["name"] == "Zoë")
        assert (guest["device"], guest["muted_by"]) == ("guest", "self")
        assert guest["hand_raised_at"] is not None
        await zoe.button("Unmute").click()
        assert await hears(inside, GUEST_HZ)
        await zoe.button("Leave").click()
        await zoe.sees("You have left the conference")
        assert await misses(inside, GUEST_HZ)


async def test_g_10_a_revoked_link_says_no_more_than_one_that_never_was(
    shared_server: Server, stranger: Browser
) -> None:
    link, url = await make_link(shared_server, OPEN)
    await shared_server.api_async("DELETE", f"/api/conferences/{OPEN}/links/{link}")
    texts = []
    for address in (url, f"{url.rpartition('/')[0]}/{'x' * 43}"):
        zoe = await GuestUser.follow(stranger, address)
        await zoe.sees("This link is not valid (any more)")
        texts.append(await zoe.step.inner_text())
        await zoe.page.close()
    assert texts[0] == texts[1]
    assert "Open room" not in texts[0]


async def test_s1_15_the_code_is_asked_for_and_a_wrong_one_is_said(
    shared_server: Server, stranger: Browser
) -> None:
    _, url = await make_link(shared_server, BOARD)
    zoe = await GuestUser.follow(stranger, url)
    await zoe.sees("call 8002 from a phone")
    await zoe.join("Zoë", "1111")
    await zoe.sees("This access code is wrong")
    await zoe.join("Zoë", "4321")
    await zoe.reaches("inside")
    await zoe.sees("You are the first one here.")
    await zoe.button("Leave").click()


async def test_issue_4_a_guest_waits_in_the_lobby_until_he_is_let_in(
    shared_server: Server, stranger: Browser
) -> None:
    _, url = await make_link(shared_server, OPEN, lobby=True)
    async with phones(shared_server, "201") as (desk,):
        inside = await enter(desk, "8001")
        zoe = await GuestUser.follow(stranger, url)
        await zoe.join("Zoë")
        await zoe.sees("You will be let in")
        assert not await hears(inside, GUEST_HZ, tries=2)
        (room,) = await shared_server.api_async("GET", "/api/rooms")
        (waiting,) = [one for one in room["participants"] if one["in_lobby"]]
        await shared_server.api_async("POST", f"/api/rooms/{OPEN}/participants/{waiting['id']}/admit")
        await expect(zoe.people).to_contain_text("Zoë (you)", timeout=PATIENCE * 1000)
        assert await hears(inside, GUEST_HZ)
        assert await zoe.hears(TONES["201"])
        await shared_server.api_async("POST", f"/api/rooms/{OPEN}/participants/{waiting['id']}/remove")
        await zoe.sees("You were removed from the conference")


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_issue_4_after_a_restart_the_guest_is_back_within_5_s_and_muted_as_before(
    server: Server, stranger: Browser, how: str
) -> None:
    _, url = await make_link(server, OPEN)
    zoe = await GuestUser.follow(stranger, url)
    await zoe.join("Zoë")
    await zoe.reaches("inside")
    await zoe.button("Mute").click()
    await expect(zoe.people).to_contain_text("Muted")
    await asyncio.to_thread(server.kill if how == "kill" else server.close)
    await zoe.sees("You are being brought back" if how == "stop" else "The server is out of sight")
    await asyncio.to_thread(server.start)
    back = time.monotonic()
    while await inside_of(server, OPEN) != [("Zoë", "self")]:
        assert time.monotonic() - back < 5.0 * slowness()
        await asyncio.sleep(0.1)
    print(f"back {time.monotonic() - back:.2f} s after the server served web pages again")
    await expect(zoe.people).to_contain_text("Muted", timeout=PATIENCE * 1000)
    async with phones(server, "201") as (desk,):
        inside = await enter(desk, "8001")
        assert await zoe.hears(TONES["201"], tries=20)
        assert not await hears(inside, GUEST_HZ, tries=2)
        await zoe.button("Unmute").click()
        assert await hears(inside, GUEST_HZ)


async def test_f_05_without_a_microphone_one_is_told_what_to_do_and_may_listen(
    shared_server: Server, stranger: Browser
) -> None:
    await stranger.renew(permissions=[])
    _, url = await make_link(shared_server, OPEN)
    async with phones(shared_server, "201") as (desk,):
        await enter(desk, "8001")
        zoe = await GuestUser.follow(stranger, url)
        await zoe.join("Zoë")
        await zoe.sees("The microphone is not allowed")
        await zoe.button("Join and only listen").click()
        await zoe.reaches("inside")
        await zoe.sees("You are listening only")
        assert await zoe.hears(TONES["201"])


async def test_the_page_is_not_kept_and_its_address_told_to_nobody(shared_server: Server) -> None:
    _, url = await make_link(shared_server, OPEN)

    def look() -> tuple[int, dict[str, str]]:
        with urlopen(url, timeout=10) as answer:
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}

    status, headers = await asyncio.to_thread(look)
    assert status == 200
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "script-src 'self';" in headers["content-security-policy"]
