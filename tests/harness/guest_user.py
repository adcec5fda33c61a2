"""Somebody without an account: opens a guest's link in a browser, joins, reads what the page says."""

from __future__ import annotations

import time
from typing import Any

from playwright.async_api import Locator, expect

from tests.harness.browser import Browser
from tests.harness.server import Server
from tests.harness.web_user import PATIENCE, WebUser


async def make_link(server: Server, conference: str, **wanted: Any) -> tuple[str, str]:
    """A new link to a conference: its id, and the address of its page on this server."""
    made = await server.api_async("POST", f"/api/conferences/{conference}/links", wanted)
    token = made["url"].rpartition("/join/")[2]
    return made["id"], f"http://127.0.0.1:{server.http_port}/join/{token}"


class GuestUser(WebUser):
    """One tab on the page of a link."""

    opened_at = 0.0

    @classmethod
    async def follow(cls, browser: Browser, url: str) -> GuestUser:
        """Open a link."""
        begin = time.monotonic()
        guest = cls(await browser.page(url))
        guest.opened_at = begin
        return guest

    @property
    def step(self) -> Locator:
        """What the page shows: looking, entry, joining, inside or over."""
        return self.page.locator("main[data-step]")

    async def reaches(self, step: str, *, seconds: float = PATIENCE) -> None:
        """Wait until the page shows this."""
        await expect(self.step).to_have_attribute("data-step", step, timeout=seconds * 1000)

    async def join(self, name: str, code: str = "") -> None:
        """Fill in the form and press Join."""
        await self.page.get_by_label("Your name").fill(name)
        if code:
            await self.page.get_by_label("Access code").fill(code)
        await self.button("Join").click()

    @property
    def people(self) -> Locator:
        """The list of who is in the conference."""
        return self.page.get_by_role("list", name="People in the conference")
