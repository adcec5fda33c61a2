"""The console in a real Chromium, used as people use it: menus, forms by their labels, sheets, tables."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import TracebackType
from typing import Any

from playwright.async_api import Browser as Process
from playwright.async_api import (
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Playwright,
    async_playwright,
    expect,
)

from tests.harness.binaries import ROOT
from tests.harness.browser import CHROMIUM
from tests.harness.server import Server

SLOW = 30_000
"""Milliseconds: this machine may be busy."""

# Refusals that a page shows by itself (401 before signing in, 409, 422) are no fault of it.
_REFUSED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")

_WATCH = """
window.__asked = 0;
const ask = window.fetch;
window.fetch = async (...request) => {
  window.__asked += 1;
  try { return await ask(...request); } finally { window.__asked -= 1; }
};
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`content policy: ${event.violatedDirective} ${event.blockedURI}`));
"""

# Nothing is asked of the server and nothing moves, for so many pictures; what turns for ever does not count.
_QUIET = """
(pictures) => new Promise((resolve) => {
  const moves = (animation) => animation.playState === "running"
    && animation.effect?.getComputedTiming().endTime !== Infinity;
  let still = 0;
  const look = () => {
    still = window.__asked === 0 && !document.getAnimations().some(moves) ? still + 1 : 0;
    if (still >= pictures) resolve(); else requestAnimationFrame(look);
  };
  look();
})
"""


class Chromium:
    """One Chromium process; each person has a profile of his own in it."""

    def __init__(self) -> None:
        self._playwright: Playwright | None = None
        self._process: Process | None = None
        self.complaints: list[str] = []
        """Errors of scripts, refusals of the content policy, answers 5xx: of all pages."""

    async def __aenter__(self) -> Chromium:
        self._playwright = await async_playwright().start()
        self._process = await self._playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
            ],
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            await self._process.close()
        if self._playwright is not None:
            await self._playwright.stop()

    async def profile(self, **options: Any) -> BrowserContext:
        """Somebody's browser: cookies of its own."""
        assert self._process is not None, "use `async with`"
        options = {"locale": "en-GB", "viewport": {"width": 1280, "height": 900}, **options}
        context = await self._process.new_context(**options)
        await context.grant_permissions(["clipboard-read", "clipboard-write", "microphone", "notifications"])
        await context.add_init_script(_WATCH)
        context.set_default_timeout(SLOW)
        return context

    async def open(self, server: Server, path: str = "/", **options: Any) -> ConsolePage:
        """A page in a new profile, nobody signed in."""
        context = await self.profile(**options)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("console", self._listen)
        await page.goto(server.url + path)
        return ConsolePage(page, server)

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        refused = _REFUSED.match(message.text) and "/api/" in message.location.get("url", "")
        if not refused:
            self.complaints.append(message.text)

    async def sign_in(
        self, server: Server, name: str, password: str | None = None, path: str = "/", **options: Any
    ) -> ConsolePage:
        """A page in a new profile, signed in."""
        console = await self.open(server, path, **options)
        await console.sign_in(name, password or server.passwords[name])
        await expect(console.menu).to_be_visible(timeout=SLOW)
        return console


class ConsolePage:
    """One tab of one person."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page, self.server = page, server

    async def sign_in(self, name: str, password: str) -> None:
        """Fill the sign-in form."""
        await self.page.locator("input[name=username]").fill(name)
        await self.page.locator("input[name=password]").fill(password)
        await self.page.locator("form button[type=submit]").click()

    # --- where things are ---

    @property
    def menu(self) -> Locator:
        """The menu on the left."""
        return self.page.locator("nav").filter(has=self.page.locator("a[href='/account'], a[href='/']")).first

    @property
    def dialog(self) -> Locator:
        """The sheet or question that is open; the uppermost one."""
        return self.page.locator("[role=dialog], [role=alertdialog]").last

    def button(self, name: str, within: Locator | None = None) -> Locator:
        """A button by its whole name."""
        return (within or self.page).get_by_role("button", name=name, exact=True)

    def field(self, label: str) -> Locator:
        """An input of the open sheet by its whole label."""
        return self.dialog.get_by_label(label, exact=True)

    def row(self, text: str) -> Locator:
        """The row of a list that holds a text."""
        return self.page.get_by_role("row").filter(has_text=text)

    # --- acts ---

    async def go(self, menu: str, heading: str | None = None) -> None:
        """Open a page by the menu."""
        await self.menu.get_by_role("link", name=menu, exact=True).click()
        await expect(self.page.get_by_role("heading", level=1, name=heading or menu)).to_be_visible()

    async def visit(self, path: str) -> None:
        """Open an address directly."""
        await self.page.goto(self.server.url + path)

    async def turn_to(self, path: str) -> None:
        """Open an address as a link within the page does, and wait until all of it is there."""
        await self.page.evaluate("(path) => history.pushState(null, '', path)", path)
        await self.quiet()

    async def quiet(self) -> None:
        """Wait until the page has a heading, what it asked for has come, and nothing moves any more."""
        await expect(self.page.get_by_role("heading", level=1).first).to_be_visible(timeout=SLOW)
        await self.page.evaluate(_QUIET, 12)

    async def show_in(self, scheme: str) -> None:
        """`light` or `dark`, told as another tab tells it."""
        await self.page.evaluate(
            "(scheme) => { const [key, storageArea] = ['mantine-color-scheme-value', localStorage];"
            " storageArea.setItem(key, scheme);"
            " window.dispatchEvent(new StorageEvent('storage', {key, newValue: scheme, storageArea})); }",
            scheme,
        )
        await expect(self.page.locator("html")).to_have_attribute("data-mantine-color-scheme", scheme)

    async def rest(self) -> None:
        """Back to a quiet page: nothing open, no draft in this tab."""
        await self.page.evaluate("() => sessionStorage.clear()")
        await self.visit("/")

    async def choose(self, label: str, option: str) -> None:
        """Pick from a drop-down with a search, as with the mouse."""
        await self.field(label).click()
        await self._offered(label).filter(has_text=option).first.click()

    async def options(self, label: str) -> list[str]:
        """What a drop-down with a search offers."""
        await self.field(label).click()
        await expect(self._offered(label).first).to_be_visible()
        found = await self._offered(label).all_inner_texts()
        await self.page.keyboard.press("Escape")
        await expect(self._offered(label)).to_have_count(0)
        return found

    def _offered(self, label: str) -> Locator:
        return self.page.get_by_role("listbox", name=label, exact=True).get_by_role("option")

    async def save(self) -> None:
        """Press Save, and wait until the sheet is gone."""
        await self.button("Save", self.dialog).click()
        await expect(self.page.get_by_role("dialog")).to_have_count(0)

    async def error_of(self, label: str) -> str:
        """What stands beside a field that was refused, by the same words a screen reader says."""
        field = self.field(label)
        await expect(field).to_have_attribute("aria-invalid", "true")
        described = await field.get_attribute("aria-describedby") or ""
        errors = [one for one in described.split() if one.endswith("-error")]
        assert errors, f"{label}: no error is tied to the field ({described})"
        return await self.page.locator(f"#{errors[0]}").inner_text()

    async def apply(self, comment: str = "") -> str:
        """Apply changes, upper right, then Apply in the sheet; what the sheet said before."""
        await self.button("Apply changes", self.page.locator("header")).click()
        sheet = self.page.get_by_role("dialog", name="Apply changes")
        await expect(sheet.get_by_label("Comment")).to_be_visible()
        said = await sheet.inner_text()
        if comment:
            await sheet.get_by_label("Comment").fill(comment)
        await self.button("Apply changes", sheet).click()
        await expect(sheet.get_by_text("The changes are in production")).to_be_visible()
        await self.button("Close", sheet).last.click()
        await expect(sheet).to_have_count(0)
        return said

    async def delete(self, what: str) -> str:
        """Delete from a list and confirm; what the question said."""
        await self.button(f"Delete {what}").click()
        question = self.page.get_by_role("alertdialog")
        said = await question.inner_text()
        await self.button("Delete", question).click()
        await expect(question).to_have_count(0)
        return said

    async def style(self, locator: Locator, name: str) -> str:
        """A computed style."""
        found: str = await locator.evaluate("(element, name) => getComputedStyle(element)[name]", name)
        return found


def words(language: str, part: str = "console") -> dict[str, Any]:
    """The translations of a language."""
    path = ROOT / "web" / "src" / "locales" / language / f"{part}.json"
    found: dict[str, Any] = json.loads(Path(path).read_text())
    return found
