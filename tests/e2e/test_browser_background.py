"""The phone in a tab that nobody looks at, and in a browser that plays no sound before somebody clicks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.harness import browser
from tests.harness.plain_browser import PlainBrowser, PlainTab
from tests.harness.rtp import Tone
from tests.harness.server import Server

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

_SIGN_IN = """
fetch("/api/session", {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ name: "%s", password: "%s" }),
}).then((answer) => answer.status)
"""
_AVAILABLE = "document.querySelector('[aria-label=\"Phone: Available\"]')"
_HIDDEN = "document.visibilityState === 'hidden'"
# Every title the page has, for as long as it is there.
_HEED_TITLES = """
(window.__titles = [document.title],
 new MutationObserver(() => window.__titles.push(document.title)).observe(document.querySelector("title"),
   { childList: true, characterData: true, subtree: true }), true)
"""
_NOTIFICATIONS = """
navigator.serviceWorker.getRegistration()
  .then((worker) => worker ? worker.getNotifications() : [])
  .then((shown) => shown.map(({ title, body }) => [title, body]))
"""

# What a browser does to a page some minutes in the background, at once; and a count of lost WebSockets.
_SLOW_TIMERS = """
window.__lost = 0;
for (const name of ["setTimeout", "setInterval"]) {
  const native = window[name];
  window[name] = (run, after, ...more) => native(run, window.__slow ? 60_000 : after, ...more);
}
window.WebSocket = class extends window.WebSocket {
  constructor(...options) {
    super(...options);
    this.addEventListener("close", () => (window.__lost += 1));
  }
};
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium(
    shared_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[PlainBrowser]:
    """A browser in which Anna is signed in."""
    if not browser.installed():
        pytest.skip("NOT TESTED in a browser: chromium is not installed (make system-test)")
    folder = tmp_path_factory.mktemp("chromium")
    async with PlainBrowser(folder, tone_hz=617) as running:
        await running.allow(shared_server.url, "audioCapture", "notifications")
        tab = await running.open(shared_server.url)
        await tab.until("location.pathname === '/' && document.querySelector('form')", seconds=40)
        assert await tab.evaluate(_SIGN_IN % ("201", shared_server.passwords["201"])) == 200
        await tab.close()
        yield running


async def phone_tab(chromium: PlainBrowser, server: Server, script: str = "") -> PlainTab:
    """A tab of Anna's that is ready; she has not touched it."""
    tab = await chromium.open(server.url, script=script)
    await tab.until(_AVAILABLE, seconds=40)
    return tab


async def test_s2_07_a_call_rings_in_a_background_tab_and_is_there_on_return(
    shared_server: Server, chromium: PlainBrowser
) -> None:
    tab = await phone_tab(chromium, shared_server)
    await tab.evaluate(_HEED_TITLES)
    other = await chromium.open("about:blank")
    await tab.until(_HIDDEN)
    async with shared_server.phone("206") as caller:
        call = await caller.call("201", source=Tone(853))
        # The title blinks, between the caller's name and its own.
        await tab.until("window.__titles.filter((title) => title.includes('Farid Amrani')).length > 1")
        before = (await tab.evaluate("window.__titles"))[0]
        assert before in (await tab.evaluate("window.__titles"))[2:]
        await tab.until(f"{_NOTIFICATIONS}.then((shown) => shown.length > 0)")
        assert await tab.evaluate(_NOTIFICATIONS) == [["Farid Amrani", "Incoming call, 206"]]
        # On return the calling screen is there; answered, the bell is gone and the title as it was.
        await tab.to_front()
        await tab.shows("Incoming call")
        await tab.click("Answer")
        await call.answered(within=15)
        await tab.until(f"{_NOTIFICATIONS}.then((shown) => shown.length === 0)")
        await tab.until(f"document.title === {before!r}")
        await call.hang_up()
    await tab.close()
    await other.close()


async def test_s2_07_a_tab_long_in_the_background_stays_registered_and_rings(
    shared_server: Server, chromium: PlainBrowser
) -> None:
    """Browsers let the timers of such a page run once a minute; a tab silent for 15 s is taken for gone."""
    tab = await phone_tab(chromium, shared_server, _SLOW_TIMERS)
    other = await chromium.open("about:blank")
    await tab.until(_HIDDEN)
    await tab.evaluate("(window.__slow = true)")
    await asyncio.sleep(30)
    assert await tab.evaluate("window.__lost") == 0, "a connection was lost"
    async with shared_server.phone("206") as caller:
        call = await caller.call("201")
        await call.ringing(within=10)
        await tab.until(f"{_NOTIFICATIONS}.then((shown) => shown.length > 0)")
        await tab.to_front()
        await tab.shows("Incoming call")
        await call.hang_up()
    await tab.close()
    await other.close()


async def test_f_02_sound_that_the_browser_blocks_is_said_and_one_click_enables_it(
    shared_server: Server, chromium: PlainBrowser
) -> None:
    tab = await phone_tab(chromium, shared_server)
    async with shared_server.phone("206") as caller:
        call = await caller.call("201")
        # The ring shows, though nothing is heard.
        await tab.shows("Incoming call")
        await tab.shows("Sound is blocked by the browser.")
        assert not await tab.evaluate("navigator.userActivation.hasBeenActive")
        await tab.click("Enable sound")
        await tab.until("!document.body.innerText.includes('Sound is blocked')")
        await tab.shows("Incoming call")
        await call.hang_up()
    await tab.close()
