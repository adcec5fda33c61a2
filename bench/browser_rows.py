"""The rows of the table that need real browsers: the phone's start, call set-up, size of the web app."""

from __future__ import annotations

import asyncio
import gzip
import re
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from tests.harness.binaries import ROOT
from tests.harness.browser import Browser, installed
from tests.harness.server import Server, running_server
from tests.harness.web_user import WebUser

from bench.measure import Effort
from bench.table import Row

WEB_APP = ROOT / "src/switchroom/webapp"
READY_SECONDS, RINGING_SECONDS, FIRST_LOAD_BYTES = 1.5, 0.4, 250_000
_CALLS = 30
_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*["']\./([\w.-]+\.js)["']""")
_SCRIPT_BYTES = """
() => performance.getEntriesByType("resource").filter((entry) => entry.name.endsWith(".js"))
  .reduce((sum, entry) => sum + entry.encodedBodySize, 0)
"""
# The page's time, ms since 1970, of the press of Call; of the incoming call's screen.
_HEED_PRESS = """
() => document.addEventListener("submit", () => (window.__pressed = Date.now()), { capture: true })
"""
_HEED_RING = """
() => new MutationObserver(() => {
  const rings = document.querySelector(".swp-incoming") !== null;
  if (rings && !window.__rang) window.__rang = Date.now();
  if (!rings) window.__rang = 0;
}).observe(document.body, { childList: true, subtree: true })
"""


def first_load(page: Path) -> dict[str, int]:
    """Size of each script that a page of the build needs before it is drawn, compressed by gzip, bytes."""
    html = page.read_text()
    waiting = re.findall(r'(?:src|href)="/assets/([\w.-]+\.js)"', html)
    sizes: dict[str, int] = {}
    while waiting:
        name = waiting.pop()
        if name not in sizes:
            text = (page.parent / "assets" / name).read_bytes()
            sizes[name] = len(gzip.compress(text, 9))
            waiting += _IMPORT.findall(text.decode())
    return sizes


def _size() -> Row:
    sizes = first_load(WEB_APP / "index.html")
    total = sum(sizes.values())
    return Row(
        "JavaScript on first load, gzip",
        f"<= {FIRST_LOAD_BYTES // 1000} kB",
        f"{total / 1000:.0f} kB in {len(sizes)} files",
        total <= FIRST_LOAD_BYTES,
        data={"bytes": sizes},
    )


async def _start(browser: Browser, server: Server) -> tuple[float, int]:
    """Seconds from the address of the sign-in page to its form and from "Sign in" to a ready phone.

    And the bytes of JavaScript that came, as they came (compressed).
    """
    page = await browser.page("about:blank")
    begin = time.monotonic()
    await page.goto(server.url, wait_until="commit")
    await page.wait_for_selector("input[type=password]")
    shown = time.monotonic() - begin
    user = WebUser(page)
    await page.get_by_label("Name").fill("201")
    await page.get_by_label("Password", exact=True).fill(server.passwords["201"])
    begin = time.monotonic()
    await user.button("Sign in").click()
    await page.wait_for_selector("[aria-label='Phone: Available']", timeout=60_000)
    ready = time.monotonic() - begin
    size = int(await page.evaluate(_SCRIPT_BYTES))
    await page.close()
    await browser.context.clear_cookies()
    return shown + ready, size


async def _starts(browser: Browser, server: Server, runs: int) -> list[Row]:
    _, size = await _start(browser, server)  # the cache is filled
    seconds = [(await _start(browser, server))[0] for _ in range(runs)]
    middle = median(seconds)
    came = f"{size / 1000:.0f} kB"
    loaded = Row(
        "browser: all JavaScript up to a ready phone, compressed", "", came, None, data={"bytes": size}
    )
    started = Row(
        "browser: sign-in page to ready phone, warm cache",
        f"<= {READY_SECONDS} s",
        f"median {middle:.2f} s, worst {max(seconds):.2f} s",
        middle <= READY_SECONDS,
        data={"seconds": seconds},
    )
    return [loaded, started]


async def _call(caller: WebUser, callee: WebUser) -> float:
    """Seconds from the press of Call to the other browser's calling screen."""
    await caller.dial("202")
    await callee.page.wait_for_function("() => window.__rang > 0", timeout=30_000)
    seconds = await callee.page.evaluate("window.__rang") - await caller.page.evaluate("window.__pressed")
    await caller.hang_up()
    await callee.page.wait_for_function("() => !window.__rang", timeout=30_000)
    await asyncio.gather(caller.ready(), callee.ready())
    return float(seconds) / 1000


async def _ringing(first: Browser, second: Browser, server: Server) -> Row:
    caller = await WebUser.sign_in(first, server, "201")
    callee = await WebUser.sign_in(second, server, "202")
    await asyncio.gather(caller.ready(), callee.ready())
    await caller.page.evaluate(_HEED_PRESS)
    await callee.page.evaluate(_HEED_RING)
    await _call(caller, callee)  # the microphone's first opening is the device's time
    seconds = [await _call(caller, callee) for _ in range(_CALLS)]
    p95 = quantiles(seconds, n=20)[-1]
    return Row(
        f"browser to browser: Call to ringing, {_CALLS} calls",
        f"p95 <= {RINGING_SECONDS * 1000:.0f} ms",
        f"p50 {median(seconds) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms",
        p95 <= RINGING_SECONDS,
        data={"seconds": seconds},
    )


async def _measured(effort: Effort) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, running_server() as server:
        async with (
            Browser(Path(folder) / "1", tone_hz=617) as first,
            Browser(Path(folder) / "2", tone_hz=431) as second,
        ):
            started = await _starts(first, server, 9 if effort.full else 5)
            return [*started, await _ringing(first, second, server)]


def browser_setup(effort: Effort) -> list[Row]:
    """Start of the phone and set-up of calls in Chromium; the size of what it loads first."""
    if not installed():
        return [_size(), Row("browser: start and call set-up", "", "Chromium is not installed", None)]
    return [_size(), *asyncio.run(_measured(effort))]


ROWS = (browser_setup,)
"""All of them."""
