"""What the WebSockets of pages that watch have in common."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Coroutine

from starlette.websockets import WebSocket, WebSocketDisconnect

HELLO_SECONDS = 10.0
SEND_SECONDS = 10.0
"""Who does not take a message within this is dropped."""
REFUSED, BUSY = 1008, 1013
GONE = (WebSocketDisconnect, TimeoutError, RuntimeError)
"""What a socket says (RuntimeError: it was closed before) when nobody is there, or too slowly."""
log = logging.getLogger(__name__)


async def until_one_ends(*work: Coroutine[None, None, object]) -> None:
    """Do all of it at once, until one part ends: that the page is gone is no error, others are logged."""
    tasks = [asyncio.create_task(part) for part in work]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception) and not isinstance(result, GONE):
            log.error("a page that watches was dropped", exc_info=result)


async def say(websocket: WebSocket, message: bytes) -> None:
    """Send JSON."""
    async with asyncio.timeout(SEND_SECONDS):
        await websocket.send_text(message.decode())


async def refuse(websocket: WebSocket, error_id: str, text: str, code: int) -> None:
    """Say why there is nothing to see, and close."""
    await say(websocket, json.dumps({"type": "refused", "error_id": error_id, "message": text}).encode())
    await websocket.close(code)


def parsed(text: str) -> dict[str, object]:
    """A message, or an empty one for what is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
