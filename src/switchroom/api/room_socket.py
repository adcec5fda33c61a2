"""WS /api/rooms/{conference_id}/watch: one conference as it is now, for who runs it and who is inside."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, suppress

from fastapi import APIRouter
from starlette.websockets import WebSocket

from switchroom.api.context import context, session_end, websocket_session
from switchroom.api.errors import ApiError
from switchroom.api.rights import Right, need
from switchroom.api.room_access import Viewer, guest_viewer, seat_of, viewer_of
from switchroom.api.room_hub import RoomHub, RoomReader, TooManyReaders
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
from switchroom.store import Session

router = APIRouter()
_SHORTLY = 1.0


@router.websocket("/api/rooms/{conference_id}/watch")
async def watch(websocket: WebSocket, conference_id: str) -> None:
    """Messages `{type, ...}`: room, levels, closed; or signed_out, refused."""
    await websocket.accept()
    with suppress(*GONE):
        try:
            async with AsyncExitStack() as stack:
                viewer, ended = await _viewer(websocket, conference_id, stack)
                await _show(websocket, viewer, conference_id, ended)
        except ApiError as error:
            await refuse(websocket, error.body.error_id, error.body.message, REFUSED)
        except TooManyReaders:
            await refuse(websocket, "too-many-readers", "Too many pages watch: close some.", BUSY)


async def _viewer(
    websocket: WebSocket, conference_id: str, stack: AsyncExitStack
) -> tuple[Viewer, asyncio.Event]:
    """Who looks: by our own pages' cookie, else by the token of the first message, a visit's too; the event
    is set when that is worth nothing any more. Raises ApiError."""
    here = context(websocket)
    session: Session | None = None
    try:
        # `hello` in the address: the first message tells who looks, whoever is signed in by cookie here.
        if "hello" not in websocket.query_params:
            session = await websocket_session(websocket)
    except ApiError as error:
        if error.status != 401:
            raise
    if session is None or seat_of(here, viewer_of(here, session), conference_id) is None:
        # A guest's page may come with the cookie of somebody who is signed in, and for whom there is nothing.
        said = await _hello(websocket, HELLO_SECONDS if session is None else _SHORTLY)
        guest = _guest(websocket, said)
        if guest is not None and seat_of(here, guest, conference_id) is not None:
            return guest, asyncio.Event()
        if session is None:
            token = said.get("token")
            session = await websocket_session(websocket, token if isinstance(token, str) else "")
    need(session, Right.PHONE, Right.LIVE_CONFERENCES)
    viewer = viewer_of(here, session)
    if seat_of(here, viewer, conference_id) is None:
        raise ApiError(404, "not-found", "There is no conference of this id for you.")
    return viewer, await stack.enter_async_context(session_end(here, session))


async def _hello(websocket: WebSocket, seconds: float) -> dict[str, object]:
    """The first message, if one comes."""
    try:
        async with asyncio.timeout(seconds):
            return parsed(await websocket.receive_text())
    except TimeoutError:
        return {}


def _guest(websocket: WebSocket, said: dict[str, object]) -> Viewer | None:
    """The guest whose token a message has."""
    token = said.get("token")
    visit = context(websocket).store.guests.guest_of(token) if isinstance(token, str) else None
    return guest_viewer(visit) if visit is not None else None


async def _show(websocket: WebSocket, viewer: Viewer, conference_id: str, ended: asyncio.Event) -> None:
    hub = websocket.app.state.room_hub
    assert isinstance(hub, RoomHub)
    with hub.reading(viewer, conference_id) as reader:
        await until_one_ends(_send(websocket, reader), _listen(websocket, reader), ended.wait())
        if ended.is_set():
            await say(websocket, b'{"type":"signed_out"}')
        elif reader.over:
            await say(websocket, json.dumps({"type": "closed", "reason": reader.over}).encode())
    async with asyncio.timeout(SEND_SECONDS):
        await websocket.close(REFUSED if ended.is_set() else 1000)


async def _send(websocket: WebSocket, reader: RoomReader) -> None:
    while True:
        for state in await reader.next():
            await say(websocket, state)
        if reader.over:
            return


async def _listen(websocket: WebSocket, reader: RoomReader) -> None:
    """Until the page goes; its pings are answered. A guest's page says who it is, whatever cookie came."""
    while True:
        said = parsed(await websocket.receive_text())
        match said.get("type"):
            case "ping":
                await say(websocket, b'{"type":"pong"}')
            case "hello" if (guest := _guest(websocket, said)) is not None:
                reader.viewer = guest
