"""A conference in the phone of a real Chromium: moderated, muted, invited into; merged calls; returning."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
import urllib.error
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.e2e.test_browser_guest import hears, inside_of, misses
from tests.e2e.test_browser_phone import slowness
from tests.e2e.test_calls import phones
from tests.harness import browser
from tests.harness.audio import tones_heard
from tests.harness.binaries import find
from tests.harness.browser import Browser
from tests.harness.phone_call import PhoneCall
from tests.harness.rtp import Tone
from tests.harness.server import Server, running_server
from tests.harness.web_user import PATIENCE, WebUser

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

ANNA_HZ, FIRST_HZ, SECOND_HZ = 605.0, 855.0, 1109.0
OPEN, MONDAY = "conference-8001", "conference-8003"
_EXPECTED = re.compile("401|ERR_CONNECTION|WebSocket connection to")


@pytest.fixture(scope="module")
def shared_server() -> Iterator[Server]:
    """One server for all tests here; it is restarted by one of them."""
    if find("switchroom-media") is None:
        pytest.skip("NOT TESTED: switchroom-media is not built (cargo build --release)")
    with running_server() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def with_tone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """Anna's browser: its microphone is a tone."""
    if not browser.installed():
        pytest.skip("NOT TESTED in a browser: chromium is not installed (make system-test)")
    async with Browser(tmp_path_factory.mktemp("anna"), tone_hz=ANNA_HZ) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def anna(with_tone: Browser, shared_server: Server) -> AsyncIterator[WebUser]:
    """Anna (201), signed in with a phone that is ready; afterwards nobody is in a call."""
    await with_tone.renew()
    user = await WebUser.sign_in(with_tone, shared_server, "201")
    await user.ready(seconds=30)
    yield user
    for call in await shared_server.api_async("GET", "/api/calls"):
        with contextlib.suppress(urllib.error.HTTPError):
            await shared_server.api_async("DELETE", f"/api/calls/{call['id']}")
    assert [text for text in with_tone.console if not _EXPECTED.search(text)] == []


def people(user: WebUser) -> Any:
    """The list of who is in the conference."""
    return user.page.get_by_role("list", name="People in the conference")


async def in_conference(user: WebUser, name: str) -> None:
    """Wait until the panel of a conference is there."""
    heading = user.call_screen.get_by_role("heading", name=name)
    await expect(heading).to_be_visible(timeout=PATIENCE * 1000)
    await expect(people(user)).to_contain_text("(you)", timeout=PATIENCE * 1000)


async def act_on(user: WebUser, name: str, act: str) -> None:
    """Choose an act from somebody's menu."""
    await user.button(f"What to do with {name}").click()
    await user.page.get_by_role("menuitem", name=act).click()


async def participant(server: Server, conference: str, name: str) -> dict[str, Any]:
    """Somebody in a conference, as the API shows him."""
    rooms: list[dict[str, Any]] = await server.api_async("GET", "/api/rooms")
    everybody = [one for room in rooms if room["conference_id"] == conference for one in room["participants"]]
    found: dict[str, Any] = next(one for one in everybody if one["name"] == name)
    return found


async def test_f_11_a_moderator_mutes_a_phone_and_it_becomes_inaudible(
    shared_server: Server, anna: WebUser
) -> None:
    async with phones(shared_server, "202", "206") as (speaker, listener):
        await anna.dial("8003")
        await in_conference(anna, "Monday meeting")
        calls = [
            await phone.call("8003", source=Tone(tone, 4000))
            for phone, tone in ((speaker, FIRST_HZ), (listener, 1))
        ]
        for call in calls:
            await call.answered(10)
        assert await anna.hears(FIRST_HZ)
        assert await hears(calls[1], FIRST_HZ, tries=20) or await hears(calls[1], ANNA_HZ)
        await act_on(anna, "Bruno Conti", "Mute")
        await expect(people(anna)).to_contain_text("Muted by Anna Weber")
        assert await anna.silent_for(FIRST_HZ)
        assert await misses(calls[1], FIRST_HZ)
        # Nobody opens another's microphone: he is asked, and does it himself by his keypad.
        await act_on(anna, "Bruno Conti", "Ask to speak")
        await expect(people(anna)).to_contain_text("Was asked to speak")
        await calls[0].media.dtmf("*1")
        assert await anna.hears(FIRST_HZ, tries=12)
        await act_on(anna, "Bruno Conti", "Remove from the conference")
        await expect(people(anna).get_by_role("listitem")).to_have_count(2)
        assert await anna.silent_for(FIRST_HZ)


async def test_issue_4_ones_own_mute_and_the_servers_are_the_same(
    shared_server: Server, anna: WebUser
) -> None:
    async with phones(shared_server, "202") as (phone,):
        listener = await phone.call("8001", source=Tone(FIRST_HZ, 4000))
        await listener.answered(10)
        await anna.dial("8001")
        await in_conference(anna, "Open room")
        assert await hears(listener, ANNA_HZ)
        await anna.button("Mute").click()
        assert await misses(listener, ANNA_HZ)
        await expect(people(anna)).to_contain_text("Muted")
        assert (await participant(shared_server, OPEN, "Anna Weber"))["muted_by"] == "self"
        await anna.button("Unmute").click()
        assert await hears(listener, ANNA_HZ)
        # A moderator mutes her: her own microphone is closed, and she is told by whom.
        me = (await participant(shared_server, OPEN, "Anna Weber"))["id"]
        await shared_server.api_async("POST", f"/api/rooms/{OPEN}/participants/{me}/mute")
        await anna.sees("admin muted you.")
        await expect(anna.button("Unmute")).to_be_visible()
        assert await misses(listener, ANNA_HZ)
        await shared_server.api_async("POST", f"/api/rooms/{OPEN}/participants/{me}/request-unmute")
        await anna.sees("admin asks you to speak.")
        await anna.button("Unmute").first.click()
        assert await hears(listener, ANNA_HZ)
        await anna.button("Raise hand").click()
        await expect(people(anna)).to_contain_text("Raised a hand")
        await anna.button("Leave").click()
        await anna.ready()


async def test_s1_10_the_widget_invites_a_colleague_by_name(shared_server: Server, anna: WebUser) -> None:
    async with phones(shared_server, "205") as (colleague,):
        await anna.dial("8001")
        await in_conference(anna, "Open room")
        await anna.button("Invite").first.click()
        field = anna.page.get_by_label("Name or number")
        name = (await participant(shared_server, OPEN, "Anna Weber"))["name"]
        assert name == "Anna Weber"
        await field.fill("205")
        await anna.page.get_by_role("list", name="People who match").get_by_role("button").first.click()
        await field.press("Enter")
        async with asyncio.timeout(10):
            rings = await colleague.incoming()
        await anna.sees("Ringing")
        await rings.answer(source=Tone(FIRST_HZ, 4000))
        await anna.sees("Came in")
        assert await anna.hears(FIRST_HZ, tries=12)
        await anna.button("Leave").click()


async def test_d1_06_two_calls_are_merged_and_split(shared_server: Server, anna: WebUser) -> None:
    async with phones(shared_server, "205", "206") as pair:
        calls: list[PhoneCall] = []
        for phone, tone in zip(pair, (FIRST_HZ, SECOND_HZ), strict=True):
            if calls:
                await anna.button("Add call").click()
            await anna.dial(phone.extension)
            async with asyncio.timeout(10):
                rings = await phone.incoming()
            await rings.answer(source=Tone(tone, 4000))
            await anna.talking()
            calls.append(rings)
        await anna.button("Merge").click()
        await anna.sees("Merged call")
        assert await hears_all(calls[0], {SECOND_HZ, ANNA_HZ})
        assert await hears_all(calls[1], {FIRST_HZ, ANNA_HZ})
        await anna.button("Split").click()
        await anna.sees("On hold")
        assert await misses(calls[0], SECOND_HZ)
        await anna.button("Resume").click()
        await anna.talking()


async def hears_all(call: PhoneCall, tones: set[float], *, tries: int = 10) -> bool:
    """Whether a phone hears all of these tones together."""
    for _ in range(tries):
        samples = await call.media.listen(0.8)
        if tones_heard(samples, call.media.codec.rate, {ANNA_HZ, FIRST_HZ, SECOND_HZ}) == tones:
            return True
    return False


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_issue_4_after_a_restart_the_widget_is_back_in_its_conference_within_5_s(
    shared_server: Server, anna: WebUser, how: str
) -> None:
    await anna.dial("8003")
    await in_conference(anna, "Monday meeting")
    await anna.button("Mute").click()
    await expect(people(anna)).to_contain_text("Muted")
    await asyncio.to_thread(shared_server.kill if how == "kill" else shared_server.close)
    await asyncio.sleep(1.5)
    await asyncio.to_thread(shared_server.start)
    back = time.monotonic()
    while (found := await inside_of(shared_server, MONDAY)) != [("Anna Weber", "self")]:
        shown = await anna.page.locator(".swp").inner_text()
        assert time.monotonic() - back < 5.0 * slowness(), (found, shown)
        await asyncio.sleep(0.1)
    print(f"back {time.monotonic() - back:.2f} s after the server served web pages again")
    await in_conference(anna, "Monday meeting")
    async with phones(shared_server, "202") as (phone,):
        listener = await phone.call("8003", source=Tone(FIRST_HZ, 4000))
        await listener.answered(10)
        assert await anna.hears(FIRST_HZ, tries=12)
        assert not await hears(listener, ANNA_HZ, tries=2)
        await anna.button("Unmute").click()
        assert await hears(listener, ANNA_HZ)
        # Still its administrator: she may do to others what only who runs it may.
        await act_on(anna, "Bruno Conti", "Mute")
        assert await anna.silent_for(FIRST_HZ)
    await anna.button("Leave").click()
