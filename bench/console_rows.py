"""The row of the console's lists: how long they take to open in a large system, in a real browser.

A person goes by the menu: from the click to the first rows painted (two frames later), by the page's own
clock. The first visit of each list also loads its script; it is stated, and counts.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Page
from tests.harness.browser import installed
from tests.harness.console import Chromium
from tests.harness.server import Server

from bench.measure import Effort, middle
from bench.table import Row
from switchroom.directory.ids import NumberId, TrunkId
from switchroom.directory.model import User, UserId
from switchroom.directory.outside import Destination, DestinationKind, IncomingNumber, Trunk, TrunkKind
from switchroom.store import Store

_USERS, _NUMBERS, _TRUNKS = 1000, 1000, 20
_LIMIT = 300.0
"""ms."""
_LISTS = {"/users": 50, "/numbers": 50, "/extensions": 50, "/trunks": _TRUNKS}
"""Pages, and how many rows each shows first."""
_OPEN = """
async ([path, rows]) => {
  const link = document.querySelector(`nav a[href="${path}"]`);
  const count = () => document.querySelectorAll("main tbody tr td a").length;
  const begin = performance.now();
  link.click();
  for (;;) {
    await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
    const there = location.pathname === path && count() >= rows;
    if (there) return performance.now() - begin;
    if (performance.now() - begin > 30000) throw new Error(`${path} does not open`);
  }
}
"""


async def _fill(data: Path) -> None:
    store = await Store.open(str(data / "switchroom.db"), data / "secret.key")
    try:
        users = [User(UserId(f"u{n}"), str(20_000 + n), f"Person {n}") for n in range(_USERS)]
        numbers = [
            IncomingNumber(
                NumberId(f"n{n}"),
                f"+3222{n:06}",
                destination=Destination(DestinationKind.EXTENSION, users[n].id),
            )
            for n in range(_NUMBERS)
        ]
        trunks = [
            Trunk(TrunkId(f"t{n}"), f"Provider {n}", TrunkKind.ADDRESS, "192.0.2.1", check_seconds=0)
            for n in range(_TRUNKS)
        ]
        await store.configuration.save(users[0], "bench", *users[1:], *numbers, *trunks)
        await store.configuration.apply(store.configuration.applied.revision, "bench")
    finally:
        await store.close()


async def _opened(page: Page, path: str) -> float:
    """Milliseconds; afterwards the page is left, and what was loaded is old."""
    spent = float(await page.evaluate(_OPEN, [path, _LISTS[path]]))
    await page.locator('nav a[href="/"]').first.click()
    # Longer than the console believes what it has: the next visit asks the server again.
    await page.wait_for_timeout(5500)
    return spent


async def _measured(server: Server, visits: int) -> dict[str, list[float]]:
    async with Chromium() as chromium:
        page = (await chromium.sign_in(server, "admin")).page
        await page.wait_for_timeout(3000)
        return {path: [await _opened(page, path) for _ in range(visits)] for path in _LISTS}


def console_lists(effort: Effort) -> list[Row]:
    """Users, incoming numbers, extensions and trunks, opened by the menu."""
    what = f"console lists, click to rows: {_USERS:,} users, {_NUMBERS:,} numbers, {_TRUNKS} trunks"
    if not installed():
        return [Row(what, "", "Chromium is not installed", None)]
    with tempfile.TemporaryDirectory(prefix="switchroom-bench-") as folder:
        server = Server(Path(folder))
        try:
            asyncio.run(_fill(Path(folder)))
            server.start()
            found = asyncio.run(_measured(server, 9 if effort.full else 4))
        finally:
            server.close()
    told = [
        f"{path[1:]} {middle(spent[1:]):.0f} ms (first visit {spent[0]:.0f})" for path, spent in found.items()
    ]
    worst = max(spent for visits in found.values() for spent in visits)
    return [Row(what, f"<= {_LIMIT:.0f} ms", ", ".join(told), worst <= _LIMIT, data={"ms": found})]


ROWS = (console_lists,)
"""All of them."""
