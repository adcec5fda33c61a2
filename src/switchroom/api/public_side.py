"""What the public listener serves when the console has a listener of its own: nothing else is there."""

from __future__ import annotations

import re
from contextvars import ContextVar

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from switchroom.api.errors import ErrorBody
from switchroom.store import Right

OPEN_TO_PUBLIC = (
    "/api/welcome",
    "/api/session",
    "/api/account",
    "/api/login",
    "/api/logout",
    "/api/phone",
    "/api/contacts",
    "/api/provisioning",
    "/api/system/authority.pem",
    "/api/join",
    "/api/visit",
)
"""Signing in, one's own account, the phone and its address book, guests."""
_ROOMS = re.compile(r"/api/(?:rooms/[^/]+/.+|conferences/[^/]+/(?:links|appointments)(?:/[^/]+)?)")
"""Of conferences: what is for who is inside, and for a conference's own administrator."""
_PROGRAMS = ("/api", "/metrics")
_RIGHTS = frozenset({Right.PHONE, Right.CONTACTS})
_PUBLIC: ContextVar[bool] = ContextVar("public_side", default=False)


def usable(rights: frozenset[Right]) -> frozenset[Right]:
    """Of someone's rights, those that are worth something where the request came in."""
    return rights & _RIGHTS if _PUBLIC.get() else rights


def is_public(path: str) -> bool:
    """Whether a path is served to everybody: signing in, the phone, SIP, the web app's files and pages."""
    if not _within(path, _PROGRAMS):
        return True
    return _within(path, OPEN_TO_PUBLIC) or _ROOMS.fullmatch(path) is not None


def _within(path: str, places: tuple[str, ...]) -> bool:
    return any(path == place or path.startswith(place + "/") for place in places)


class PublicSide:
    """ASGI: the application without its console."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or WebSocket."""
        if scope["type"] not in ("http", "websocket") or is_public(scope["path"]):
            token = _PUBLIC.set(True)
            try:
                await self._app(scope, receive, send)
            finally:
                _PUBLIC.reset(token)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            text = "This is served on the console's own address only."
            body = ErrorBody(error_id="not-found", message=text)
            await JSONResponse(body.model_dump(), 404)(scope, receive, send)
