"""WS /api/phone/tabs: the socket of every open page; `tabs.py` decides, this carries (F-08)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Annotated, Final, assert_never

from fastapi import APIRouter, Depends
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from switchroom.api import tab_messages as messages
from switchroom.api.context import Context, context, session_end, websocket_session
from switchroom.api.errors import ApiError
from switchroom.api.limits import TokenBuckets, network
from switchroom.api.phone_desk import internal_name, user_of
from switchroom.api.phone_ports import LiveDialog, LivePlace, Phones, Presence
from switchroom.api.rights import need
from switchroom.api.tabs import (
    CloseTab,
    ConnectionId,
    Event,
    GroupKey,
    Message,
    TabJoined,
    TabLeft,
    TellCommand,
    TellOwner,
    TellPong,
    TellRefused,
    TellState,
    TimePassed,
    UserTabs,
    handle,
)
from switchroom.directory import ConferenceId, Snapshot
from switchroom.store import Right, Session, StoreUnavailable

log = logging.getLogger(__name__)
router = APIRouter()

HELLO_SECONDS: Final = 10.0
TICK_SECONDS: Final = 0.5
"""Silent tabs are looked for, and presence is told, so often."""
MOST_WAITING: Final = 200
"""Sockets that did not say hello yet."""
MOST_CONNECTIONS: Final = 5000
MOST_QUEUED: Final = 200
"""Messages for a page that does not read them; then it is closed."""

SIGNED_OUT: Final = 4001
REFUSED: Final = 4003
TOO_LARGE: Final = 1009
TOO_MANY: Final = 4029
TRY_LATER: Final = 1013


@dataclass(slots=True, eq=False)
class Connection:
    """One page's socket: what is to be sent, and with which code it ends."""

    id: ConnectionId
    user_id: str
    outbox: asyncio.Queue[bytes | int] = field(default_factory=lambda: asyncio.Queue(MOST_QUEUED))
    closing: bool = False

    def send(self, message: bytes) -> None:
        """Send, in order, when the page reads; a page that does not is closed."""
        if self.closing:
            return
        try:
            self.outbox.put_nowait(message)
        except asyncio.QueueFull:
            self.close(TRY_LATER, at_once=True)

    def close(self, code: int, *, at_once: bool = False) -> None:
        """Close after what was sent before, or at once."""
        if self.closing:
            return
        self.closing = True
        while at_once and not self.outbox.empty():
            self.outbox.get_nowait()
        if self.outbox.full():
            self.outbox.get_nowait()
        self.outbox.put_nowait(code)


class TabHub:
    """All open pages. One for an application; its task runs while there is anything to watch."""

    def __init__(
        self,
        phones: Phones,
        snapshot: Callable[[], Snapshot],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._phones = phones
        self._snapshot = snapshot
        self._clock = clock
        self._users: dict[str, UserTabs] = {}
        self._connections: dict[ConnectionId, Connection] = {}
        self._count = 0
        self._presence: Mapping[str, Presence] = {}
        self._places: Mapping[str, Sequence[LivePlace]] = {}
        self._task: asyncio.Task[None] | None = None
        self.voicemail: Callable[[str], tuple[int, int] | None] = lambda user_id: None
        """New and heard messages of a user; None: he has no mailbox."""
        self.waiting = 0
        """Sockets that did not say hello yet."""
        self.rates = TokenBuckets(60, 0.05)

    def __len__(self) -> int:
        return len(self._connections)

    def join(self, user_id: str, tab: str, device: str, group: GroupKey, visible: bool) -> Connection:
        """A page said hello. It is told who owns the phone and what colleagues do."""
        self._count += 1
        connection = Connection(ConnectionId(self._count), user_id)
        self._connections[connection.id] = connection
        if self._task is None or self._task.done():
            self._presence = self._phones.presence()
            self._task = asyncio.create_task(self._run(), name="phone-tabs")
        self.take(user_id, TabJoined(connection.id, tab, device, group, visible))
        presence: dict[str, Presence] = dict.fromkeys(map(str, self._snapshot().users), Presence.OFFLINE)
        connection.send(messages.write_presence(presence | dict(self._presence)))
        connection.send(self.write_places(self._phones.places({user_id}).get(user_id, ())))
        self._tell_voicemail(connection)
        return connection

    def voicemail_changed(self, user_id: str) -> None:
        """Something changed in a mailbox of a user: his pages are told."""
        for connection in [one for one in self._connections.values() if one.user_id == user_id]:
            self._tell_voicemail(connection)

    def changed(self, what: str, users: Iterable[str] | None = None) -> None:
        """Activities, records, contacts or webhooks changed: all pages of these users are told, or of
        everybody (None)."""
        concerned = None if users is None else set(users)
        text = messages.write_changed(what)
        for connection in list(self._connections.values()):
            if concerned is None or connection.user_id in concerned:
                connection.send(text)

    def _tell_voicemail(self, connection: Connection) -> None:
        counts = self.voicemail(connection.user_id)
        if counts is not None:
            connection.send(messages.write_voicemail(*counts))

    def leave(self, connection: Connection) -> None:
        """A socket closed."""
        if self._connections.pop(connection.id, None) is not None:
            connection.close(1000)
            self.take(connection.user_id, TabLeft(connection.id))

    def take(self, user_id: str, event: Event) -> None:
        """One event of a user's tabs."""
        before = self._users.get(user_id, UserTabs())
        self._users[user_id], told = handle(before, event, self._clock())
        for message in told:
            self._carry(message)

    def _carry(self, message: Message) -> None:
        connection = self._connections.get(message.to)
        if connection is None:
            return
        match message:
            case TellOwner(you=you, owner=owner, tabs=tabs, take_over=devices):
                connection.send(messages.write_owner(you, owner, tabs, self._dialogs(devices)))
            case TellState(state=state):
                connection.send(messages.write_state(state))
            case TellCommand(sender=sender, command=command):
                connection.send(messages.write_command(sender, command))
            case TellPong():
                connection.send(messages.write_pong())
            case TellRefused(error_id=error_id, message=text):
                connection.send(messages.write_refused(error_id, text))
            case CloseTab(code=code):
                connection.close(code)
            case _:
                assert_never(message)

    def _dialogs(self, devices: tuple[str, ...]) -> list[LiveDialog]:
        """The calls to take over, with the names of those inside."""
        found = self._phones.dialogs(frozenset(devices)) if devices else ()
        snapshot = self._snapshot()
        return [
            dialog if dialog.name else replace(dialog, name=internal_name(snapshot, dialog.number) or "")
            for dialog in found
        ]

    async def _run(self) -> None:
        while self._users or self._connections:
            await asyncio.sleep(TICK_SECONDS)
            try:
                self.tick()
            except Exception:
                log.exception("the phone's tabs could not be looked after")

    def tick(self) -> None:
        """Look for tabs that are gone; tell what colleagues do now, if it changed."""
        for user_id in list(self._users):
            self.take(user_id, TimePassed())
            if self._users[user_id].idle:
                del self._users[user_id]
        if not self._connections:
            return
        before, now = self._presence, self._phones.presence()
        self._presence = now
        changed = {user_id: state for user_id, state in now.items() if before.get(user_id) is not state}
        changed |= dict.fromkeys(before.keys() - now.keys(), Presence.OFFLINE)
        if changed:
            text = messages.write_presence(changed)
            for connection in list(self._connections.values()):
                connection.send(text)
        self._tell_places()

    def _tell_places(self) -> None:
        """Tell whose calls came into a conference, left it, or are no more."""
        before, now = self._places, self._phones.places(self._users.keys())
        self._places = now
        for connection in list(self._connections.values()):
            places = now.get(connection.user_id, ())
            if places != before.get(connection.user_id, ()):
                connection.send(self.write_places(places))

    def write_places(self, places: Sequence[LivePlace]) -> bytes:
        """With what to dial to come back into each conference."""
        snapshot = self._snapshot()
        return messages.write_places([_with_way(place, snapshot) for place in places])


def _with_way(place: LivePlace, snapshot: Snapshot) -> LivePlace:
    found = snapshot.conferences.get(ConferenceId(place.conference_id or ""))
    if found is None:
        return place
    if found.extension:
        return replace(place, dial=found.extension)
    if snapshot.conference_server is None:
        return place
    return replace(place, dial=snapshot.conference_server.extension, then=f"{found.dial_in_id}#")


def hub(request: HTTPConnection) -> TabHub:
    """The app's hub."""
    found = request.app.state.tab_hub
    assert isinstance(found, TabHub)
    return found


Pages = Annotated[TabHub, Depends(hub)]
"""All open pages, for routes that change what they show."""


@router.websocket("/api/phone/tabs")
async def tabs(websocket: WebSocket) -> None:
    """One page, from hello to its end."""
    here, pages = context(websocket), hub(websocket)
    if pages.waiting >= MOST_WAITING or len(pages) >= MOST_CONNECTIONS:
        await websocket.close(TRY_LATER)
        return
    pages.waiting += 1
    try:
        await websocket.accept()
        greeted = await _greet(websocket, here)
    except WebSocketDisconnect:
        return
    finally:
        pages.waiting -= 1
    if greeted is not None:
        await _serve(websocket, here, pages, *greeted)


async def _greet(websocket: WebSocket, here: Context) -> tuple[messages.Hello, Session] | None:
    """The first message and who sent it; None when the page was refused."""
    try:
        async with asyncio.timeout(HELLO_SECONDS):
            hello = messages.read_hello(await _receive(websocket))
            session = await websocket_session(websocket, hello.token)
        need(session, Right.PHONE)
        user_of(session, here)
    except TimeoutError:
        await _refuse(websocket, "hello-first", "Say hello first.", REFUSED)
    except messages.Unreadable as error:
        await _refuse(websocket, error.error_id, str(error), REFUSED)
    except ApiError as error:
        code = SIGNED_OUT if error.status == 401 else REFUSED
        await _refuse(websocket, error.body.error_id, error.body.message, code)
    else:
        return hello, session
    return None


async def _serve(
    websocket: WebSocket, here: Context, pages: TabHub, hello: messages.Hello, session: Session
) -> None:
    user = user_of(session, here)
    source = network(websocket.client.host if websocket.client else None)
    device = here.store.browsers.device_id(session.id, hello.tab)
    connection = pages.join(user.id, hello.tab, device, GroupKey(hello.browser, source), hello.visible)
    async with session_end(here, session) as ended:
        work = [
            asyncio.create_task(_write(websocket, connection)),
            asyncio.create_task(_read(websocket, pages, connection)),
            asyncio.create_task(_watch(ended, here, connection)),
        ]
        try:
            # The page left, or we closed it: whichever is first ends the rest.
            await asyncio.wait(work[:2], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in work:
                task.cancel()
            pages.leave(connection)
            await asyncio.gather(*work, return_exceptions=True)


async def _read(websocket: WebSocket, pages: TabHub, connection: Connection) -> None:
    """What the page says, until it leaves."""
    with suppress(WebSocketDisconnect):
        while True:
            text = await _receive(websocket)
            if pages.rates.take(connection.id, time.monotonic()):
                connection.send(messages.write_refused("too-many-messages", "Too many messages."))
                connection.close(TOO_MANY)
                break
            try:
                event = messages.read_event(text, connection.id)
            except messages.Unreadable as error:
                connection.send(messages.write_refused(error.error_id, str(error)))
                continue
            pages.take(connection.user_id, event)
        await asyncio.Event().wait()  # the writer closes


async def _write(websocket: WebSocket, connection: Connection) -> None:
    """What is to be sent, until the end."""
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            item = await connection.outbox.get()
            if isinstance(item, int):
                await websocket.close(item)
                return
            await websocket.send_text(item.decode())


async def _watch(ended: asyncio.Event, here: Context, connection: Connection) -> None:
    """The session ends: the page is told, and what it registered is gone."""
    await ended.wait()
    with suppress(StoreUnavailable, SQLAlchemyError):  # each second looks again
        await here.store.browsers.refresh()
    for device_id in here.store.browsers.take_gone():
        here.live.drop_device(device_id)
    connection.send(messages.write_signed_out())
    connection.close(SIGNED_OUT)


async def _receive(websocket: WebSocket) -> str:
    """The next text; nothing for bytes, which no page sends. Raises `WebSocketDisconnect`."""
    message = await websocket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    return str(message.get("text") or "")


async def _refuse(websocket: WebSocket, error_id: str, message: str, code: int) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):
        if websocket.application_state is WebSocketState.CONNECTED:
            await websocket.send_text(messages.write_refused(error_id, message).decode())
            await websocket.close(code)
