"""Limits of what strangers may do: sizes of bodies, tries at signing in; headers that protect browsers."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_BYTES = 256 * 1024
BODY_SECONDS = 20.0
SELF_READ = frozenset(
    {
        ("POST", "/api/contacts/import"),
        ("PUT", "/api/hold-music"),
        *(
            ("PUT", f"{place}/greetings/{kind}")
            for place in ("/api/phone/mailbox", "/api/mailboxes/*")
            for kind in ("unavailable", "busy", "name")
        ),
    }
)
"""Requests whose route reads the body by itself, by `read_body`, once it knows who asks."""
_OF_MAILBOX = re.compile(r"\A/api/mailboxes/[^/]+/")
_MOST_BUCKETS = 20_000

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
}
# Styles may be inline since the web app's components compute theirs. 'self' of connect-src is ws and wss too.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob: data:; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class TokenBuckets:
    """So many acts at once for each key, and then one every `seconds`; the oldest keys are forgotten."""

    def __init__(self, burst: int, seconds: float) -> None:
        self._burst = float(burst)
        self._seconds = seconds
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, key: Hashable, now: float) -> float:
        """0 when the act is allowed (and counted), else the seconds to wait."""
        level, since = self._buckets.pop(key, (self._burst, now))
        level = min(self._burst, level + (now - since) / self._seconds)
        allowed = level >= 1.0
        self._buckets[key] = (level - 1.0 if allowed else level, now)
        if len(self._buckets) > _MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1.0 - level) * self._seconds

    def give_back(self, key: Hashable, count: int = 1) -> None:
        """So many of the counted acts were no attack."""
        known = self._buckets.get(key)
        if known is not None:
            self._buckets[key] = (min(self._burst, known[0] + count), known[1])

    def forgive(self, key: Hashable) -> None:
        """None of the acts was an attack."""
        self._buckets.pop(key, None)


def network(host: str | None) -> str:
    """What counts as one client: an IPv4 address, a /64 of IPv6."""
    try:
        address = ipaddress.ip_address((host or "").split("%", 1)[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def is_loopback(host: str | None) -> bool:
    """Whether the peer is this very machine."""
    try:
        address = ipaddress.ip_address((host or "").split("%", 1)[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


class Guard:
    """ASGI middleware: a body is read whole, within a size and a time; answers get the protective headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; WebSockets pass untouched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        private = scope["path"].startswith("/api/") and not scope["path"].startswith("/api/docs")

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", _POLICY)
                if private:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        if (scope["method"], _OF_MAILBOX.sub("/api/mailboxes/*/", scope["path"])) in SELF_READ:
            await self._app(scope, receive, protected)
            return
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _read(scope, receive)
        except TimeoutError:
            await _refuse(408, "too-slow", "The request took too long.")(scope, receive, protected)
            return
        if body is None:
            text = f"A request has at most {BODY_BYTES} bytes."
            await _refuse(413, "too-large", text)(scope, receive, protected)
            return
        sent = False

        async def replay() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replay, protected)


async def _read(scope: Scope, receive: Receive, most: int = BODY_BYTES) -> bytes | None:
    for name, value in scope["headers"]:
        if name == b"content-length" and (not value.isdigit() or int(value[:12]) > most):
            return None
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b""
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > most:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


async def read_body(request: Request, most: int, seconds: float) -> bytes | None:
    """A body that `Guard` left to its route; None when it has more than `most` bytes. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        return await _read(request.scope, request.receive, most)


def _refuse(status: int, error_id: str, message: str) -> ASGIApp:
    content: dict[str, Any] = {
        "error_id": error_id,
        "field": None,
        "message": message,
        "problems": [],
        "current_revision": None,
    }
    return JSONResponse(content, status_code=status, headers={"Connection": "close"})
