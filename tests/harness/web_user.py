"""A person with nothing but a browser: signs in, uses the phone at the upper right, reads what it says."""

from __future__ import annotations

import re

import numpy as np
from playwright.async_api import Locator, Page, expect

from tests.harness.audio import strongest
from tests.harness.browser import Browser, hear
from tests.harness.server import Server


class WebUser:
    """One tab of one person."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    async def sign_in(cls, browser: Browser, server: Server, name: str, path: str = "/") -> WebUser:
        """Open a page and sign in with the demonstration's password; "admin" is the administrator."""
        user = await cls.open(browser, server, path)
        await user.page.get_by_label("Name").fill(name)
        await user.page.get_by_label("Password", exact=True).fill(server.passwords[name])
        await user.page.get_by_role("button", name="Sign in").click()
        return user

    @classmethod
    async def open(cls, browser: Browser, server: Server, path: str = "/") -> WebUser:
        """A further tab of somebody who is signed in."""
        return cls(await browser.page(f"http://127.0.0.1:{server.http_port}{path}"))

    def button(self, name: str) -> Locator:
        """A button by its whole name."""
        return self.page.get_by_role("button", name=name, exact=True)

    async def ready(self, state: str = "Available", *, seconds: float = 10.0) -> None:
        """Wait until the phone icon says so."""
        icon = self.page.get_by_role("button", name=re.compile(f"^Phone: {state}"))
        await expect(icon).to_be_visible(timeout=seconds * 1000)

    async def show_phone(self) -> None:
        """Open the panel, if it is not open."""
        if not await self.page.get_by_role("tab", name="Keypad").is_visible():
            await self.page.get_by_role("button", name=re.compile("^Phone: ")).click()

    async def dial(self, text: str) -> None:
        """Type a number on the keypad and press Enter."""
        await self.show_phone()
        await self.page.get_by_role("tab", name="Keypad").click()
        await self.page.keyboard.type(text)
        await self.page.keyboard.press("Enter")

    async def answer(self) -> None:
        """Press the green button of an incoming call."""
        await self.button("Answer").click()

    async def talking(self, *, seconds: float = 8.0) -> None:
        """Wait until a call is answered."""
        await expect(self.button("Hang up")).to_be_visible(timeout=seconds * 1000)
        await self.ready("In a call", seconds=seconds)

    async def hang_up(self) -> None:
        """Press the red button of a call."""
        await self.button("Hang up").click()

    async def press(self, digits: str) -> None:
        """Key digits in a call, by the buttons of its keypad."""
        await self.button("Keypad").click()
        for digit in digits:
            await self.page.get_by_role("button", name=re.compile(rf"^{re.escape(digit)}($|\s)")).last.click()
            await self.page.wait_for_timeout(150)

    async def hears(self, tone_hz: float, *, tries: int = 4) -> bool:
        """Whether a second of what the call brings is this tone; tried anew while it is not."""
        for _ in range(tries):
            samples, rate = await hear(self.page, 1.0)
            if len(samples) > rate // 2 and abs(strongest(samples, rate) - tone_hz) < 5:
                return True
        return False

    async def silent_for(self, tone_hz: float, *, tries: int = 4) -> bool:
        """Whether the tone is gone; a second is enough."""
        for _ in range(tries):
            samples, rate = await hear(self.page, 1.0)
            if not len(samples) or not np.any(samples) or abs(strongest(samples, rate) - tone_hz) > 5:
                return True
        return False
