"""A person with nothing but a browser: signs in, uses the phone at the upper right, reads what it says."""

from __future__ import annotations

import re

import numpy as np
from playwright.async_api import Locator, Page, expect

from tests.harness.audio import level_of, rms, strongest
from tests.harness.browser import Browser, hear
from tests.harness.server import Server

_KEYS = {"*": "Star", "#": "Hash"}
PATIENCE = 15.0
"""Seconds for what takes a fraction of one on a machine that has nothing else to do."""


class WebUser:
    """One tab of one person."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    async def sign_in(cls, browser: Browser, server: Server, name: str, path: str = "/") -> WebUser:
        """Open a page and sign in with the demonstration's password; "admin" is the administrator."""
        user = await cls.open(browser, server, path)
        await user.enter(name, server.passwords[name])
        return user

    @classmethod
    async def open(cls, browser: Browser, server: Server, path: str = "/") -> WebUser:
        """A further tab of somebody who is signed in."""
        return cls(await browser.page(f"http://127.0.0.1:{server.http_port}{path}"))

    async def enter(self, name: str, password: str) -> None:
        """Fill in the sign-in form that is there."""
        await self.page.get_by_label(re.compile("name", re.IGNORECASE)).first.fill(name)
        await self.page.get_by_label("Password", exact=True).fill(password)
        await self.button("Sign in").click()

    def button(self, name: str) -> Locator:
        """A button by its whole name."""
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def number(self) -> Locator:
        """The field of the keypad."""
        return self.page.get_by_label("Number to call")

    @property
    def call_screen(self) -> Locator:
        """The running call."""
        return self.page.locator("section.swp-call")

    async def sees(self, text: str, *, seconds: float = PATIENCE) -> None:
        """Wait until this stands somewhere on the page."""
        await expect(self.page.get_by_text(text).last).to_be_visible(timeout=seconds * 1000)

    async def ready(self, state: str = "Available", *, seconds: float = PATIENCE) -> None:
        """Wait until the phone icon says so."""
        icon = self.page.get_by_role("button", name=re.compile(f"^Phone: {state}"))
        await expect(icon).to_be_visible(timeout=seconds * 1000)

    async def show_phone(self) -> None:
        """Open the panel, if it is not open, and wait until no call is in front."""
        icon = self.page.get_by_role("button", name=re.compile("^Phone: "))
        if await icon.count() and await icon.get_attribute("aria-expanded") == "false":
            await icon.click()
        await expect(self.page.get_by_role("tab", name="Keypad")).to_be_visible(timeout=PATIENCE * 1000)

    async def tab(self, name: str) -> None:
        """Choose one of the four tabs."""
        await self.show_phone()
        await self.page.get_by_role("tab", name=name).click()

    async def dial(self, text: str) -> None:
        """Type a number on the keypad and press Enter."""
        await self.tab("Keypad")
        await self.number.click()
        await self.page.keyboard.type(text)
        await self.page.keyboard.press("Enter")

    async def answer(self) -> None:
        """Press the green button of an incoming call."""
        await self.button("Answer").click(timeout=PATIENCE * 1000)

    async def talking(self, *, seconds: float = PATIENCE) -> None:
        """Wait until a call is answered."""
        await expect(self.button("Hang up")).to_be_visible(timeout=seconds * 1000)
        talks = self.page.locator("section.swp-call[data-state=talking]")
        await expect(talks).to_be_visible(timeout=seconds * 1000)

    async def hang_up(self) -> None:
        """Press the red button of a call."""
        await self.button("Hang up").click()

    async def press(self, digits: str) -> None:
        """Key digits in a call, by the buttons of its keypad."""
        if await self.call_screen.get_by_role("group", name="Keypad").count() == 0:
            await self.button("Keypad").click()
        for digit in digits:
            await self.button(_KEYS.get(digit, digit)).click()

    async def hears(self, tone_hz: float, *, tries: int = 8) -> bool:
        """Whether a second of what the call brings is this tone; tried anew while it is not."""
        for _ in range(tries):
            samples, rate = await hear(self.page, 1.0)
            if len(samples) > rate // 2 and abs(strongest(samples, rate) - tone_hz) < 5 and rms(samples) > 50:
                return True
            if not len(samples):
                await self.page.wait_for_timeout(1000)  # the call is not connected yet
        return False

    async def silent_for(self, tone_hz: float, *, tries: int = 8) -> bool:
        """Whether the tone is gone, whatever else is heard; a second is enough."""
        for _ in range(tries):
            samples, rate = await hear(self.page, 1.0)
            if not len(samples) or not np.any(samples) or level_of(samples, rate, tone_hz, 4.0) < 30:
                return True
        return False
