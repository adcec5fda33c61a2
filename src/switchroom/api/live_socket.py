"""WS /api/live: what goes on now, sent when it changes."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from fastapi import APIRouter
from starlette.websockets import WebSocket

from switchroom.api.context import context, session_end, websocket_session
from switchroom.api.errors import ApiError
from switchroom.api.live_feed import Audience
from switchroom.api.live_hub import LiveHub, Reader, TooManyReaders
from switchroom.api.rights import Right, Session, may, need
from switchroom.api.sockets import (
    BUSY,
    GONE,
    HELLO_SECONDS,
    REFUSED,
    SEND_SECONDS,
    parsed,
    refuse,
    say,
    until_one_ends,
)

router = APIRouter()


@router.websocket("/api/live")
async def live(websocket: WebSocket) -> None:
    """Messages `{type, ...}`: calls, rooms, registrations, problems, pending; or signed_out, refused."""
    await websocket.accept()
    with suppress(*GONE):
        try:
            session = await _session(websocket)
            need(session, Right.LIVE, Right.LIVE_CONFERENCES)
        except ApiError as error:
            await refuse(websocket, error.body.error_id, error.body.message, REFUSED)
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
                await until_one_ends(_send(websocket, reader), _listen(websocket), ended.wait())
        if ended.is_set():
            await say(websocket, b'{"type":"signed_out"}')
        async with asyncio.timeout(SEND_SECONDS):
            await websocket.close(REFUSED)
    except TooManyReaders:
        await refuse(websocket, "too-many-readers", "Too many pages watch: close some.", BUSY)


async def _send(websocket: WebSocket, reader: Reader) -> None:
    while True:
        for state in await reader.next():
            await say(websocket, state)


async def _listen(websocket: WebSocket) -> None:
    """Until the page goes; its pings are answered."""
    while True:
        if parsed(await websocket.receive_text()).get("type") == "ping":
            await say(websocket, b'{"type":"pong"}')
