"""Builds the web application: routes, guards, errors, and the place where SIP over WebSocket comes in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from switchroom.api import call_records, conferences, configuration, devices, live, pages, sign_in, users
from switchroom.api.context import Context
from switchroom.api.description import to_openapi_3_0
from switchroom.api.errors import add_handlers
from switchroom.api.limits import Guard
from switchroom.api.ports import Live
from switchroom.store import Store

SipWebSocket = Callable[[WebSocket], Awaitable[None]]
_DESCRIPTION = """The API of Switchroom, a self-hosted business phone system.

Sign in with `POST /api/login`, then send `Authorization: Bearer <token>`. Edits of users, conferences and
settings go to a draft; `POST /api/configuration/apply` puts it into production as one revision. Secrets and
revocations act at once. A refusal is `{error_id, field, message, problems}`.
"""


def prometheus() -> tuple[bytes, str]:
    """The process's metrics and their content type."""
    return generate_latest(), CONTENT_TYPE_LATEST


def create_app(
    store: Store | None,
    live_system: Live,
    *,
    version: str,
    metrics: Callable[[], tuple[bytes, str]] = prometheus,
    sip_websocket: SipWebSocket | None = None,
    sip_ports: tuple[int, int] = (5060, 5061),
) -> FastAPI:
    """The application.

    `sip_websocket` gets every WebSocket of `/sip` before it is accepted (RFC 7118: subprotocol `sip`).
    Without a store the app can only describe itself.
    """
    app = FastAPI(
        title="Switchroom",
        version="1",
        description=_DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    if store is not None:
        app.state.context = Context(store, live_system, version, metrics, sip_ports)
    for module in (sign_in, users, devices, conferences, configuration, live, call_records):
        app.include_router(module.router)
    app.include_router(pages.router)
    if sip_websocket is not None:
        app.router.routes.append(WebSocketRoute("/sip", sip_websocket, name="sip"))
    add_handlers(app)
    app.add_middleware(Guard)
    describe = app.openapi
    described: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not described:
            described.update(to_openapi_3_0(describe()))
        return described

    app.openapi = openapi  # type: ignore[method-assign]
    # Now, since the loop has no tenths of a second to spare once calls run: the routes, and what anyio
    # would import in the first request.
    openapi()
    with suppress(ImportError):
        import_module("anyio._backends._asyncio")
    return app
