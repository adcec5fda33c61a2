"""A browser's page and a phone that talk: each hears the other's tone."""

from __future__ import annotations

import asyncio

from playwright.async_api import Page

from tests.harness.audio import strongest
from tests.harness.browser import hear
from tests.harness.phone_call import PhoneCall
from tests.harness.until import LONG


async def both_hear(page: Page, call: PhoneCall, of_page: float, of_phone: float) -> None:
    """Wait until the page hears the phone's tone (Hz) and the phone the page's; TimeoutError: they do not."""
    loop, rate = asyncio.get_running_loop(), call.media.codec.rate
    async with asyncio.timeout(LONG):
        while True:
            samples, page_rate = await hear(page, 1.0)
            heard = strongest(samples, page_rate), strongest(call.media.heard(loop.time() - 1.0), rate)
            if abs(heard[0] - of_phone) < 5 and abs(heard[1] - of_page) < 5:
                return
