"""Waiting for a condition instead of for a time: machines that test are slow when they are busy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LONG = 30.0
"""Seconds after which something that should happen at once does not happen at all, on any machine."""


async def until(condition: Callable[[], object], seconds: float = LONG) -> None:
    """Wait until `condition` holds; TimeoutError when it does not after `seconds`."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)
