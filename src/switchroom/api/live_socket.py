"""WS /api/live: what goes on now, sent when it changes."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress

from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect

from switchroom.api.context import context, session_end, websocket_session
from switchroom.api.errors import ApiError
from switchroom.api.live_feed import Audience
from switchroom.api.live_hub import LiveHub, Reader, TooManyReaders
from switchroom.api.rights import Right, Session, may, need

router = APIRouter()
HELLO_SECONDS = 10.0
SEND_SECONDS = 10.0
"""Who does not take a message within this is dropped."""
_REFUSED, _BUSY = 1008, 1013
GONE = (WebSocketDisconnect, TimeoutError, RuntimeError)
"""What a socket says (RuntimeError: it was closed before) when nobody is there, or too slowly."""
log = logging.getLogger(__name__)


@router.websocket("/api/live")
async def live(websocket: WebSocket) -> None:
    """Messages `{type, ...}`: calls, rooms, registrations, problems, pending; or signed_out, refused."""
    await websocket.accept()
    with suppress(*GONE):
        try:
            session = await _session(websocket)
            need(session, Right.LIVE, Right.LIVE_CONFERENCES)
        except ApiError as error:
            await _refuse(websocket, error.body.error_id, error.body.message, _REFUSED)
            return
        await _show(websocket, session)


async def _session(websocket: WebSocket) -> Session:
    """By our own pages' cookie, else by the token of the first message. Raises ApiError, TimeoutError."""
    try:
        return await websocket_session(websocket)
    except ApiError as error:
        if error.status != 401:
            raise
    async with asyncio.timeout(HELLO_SECONDS):
        said = parsed(await websocket.receive_text())
    token = said.get("token")
    return await websocket_session(websocket, token if isinstance(token, str) else "")


async def _show(websocket: WebSocket, session: Session) -> None:
    audience = Audience.EVERYTHING if may(session, Right.LIVE) else Audience.ROOMS
    hub = websocket.app.state.live_hub
    assert isinstance(hub, LiveHub)
    try:
        with hub.reading(audience) as reader:
            async with session_end(context(websocket), session) as ended:
                tasks = [
                    asyncio.create_task(_send(websocket, reader)),
                    asyncio.create_task(_listen(websocket)),
                    asyncio.create_task(ended.wait()),
                ]
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    task.cancel()
                for result in await asyncio.gather(*tasks, return_exceptions=True):
                    if isinstance(result, Exception) and not isinstance(result, GONE):
                        log.error("a page that watches was dropped", exc_info=result)
        if ended.is_set():
            await _say(websocket, b'{"type":"signed_out"}')
        async with asyncio.timeout(SEND_SECONDS):
            await websocket.close(_REFUSED)
    except TooManyReaders:
        await _refuse(websocket, "too-many-readers", "Too many pages watch: close some.", _BUSY)


async def _send(websocket: WebSocket, reader: Reader) -> None:
    while True:
        for state in await reader.next():
            await _say(websocket, state)


async def _listen(websocket: WebSocket) -> None:
    """Until the page goes; its pings are answered."""
    while True:
        if parsed(await websocket.receive_text()).get("type") == "ping":
            await _say(websocket, b'{"type":"pong"}')


async def _say(websocket: WebSocket, message: bytes) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await websocket.send_text(message.decode())


async def _refuse(websocket: WebSocket, error_id: str, text: str, code: int) -> None:
    await _say(websocket, json.dumps({"type": "refused", "error_id": error_id, "message": text}).encode())
    await websocket.close(code)


def parsed(text: str) -> dict[str, object]:
    """A message, or an empty one for what is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
