"""A WebSocket client that speaks ASGI: no sockets, no threads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, cast

from fastapi import FastAPI

from tests.harness.until import LONG


class Page:
    """One open WebSocket of the application."""

    def __init__(
        self,
        app: FastAPI,
        path: str,
        *,
        address: str = "192.0.2.1",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.code: int | None = None
        """With which the server closed."""
        path, _, query = path.partition("?")
        scope = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "scheme": "ws",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [
                (k.lower().encode(), v.encode())
                for k, v in {"host": "switchroom.test", **(headers or {})}.items()
            ],
            "client": (address, 5000),
            "server": ("switchroom.test", 80),
            "subprotocols": [],
        }
        self._to_app.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.create_task(app(scope, self._to_app.get, self._take))

    async def _take(self, message: Any) -> None:
        await self._from_app.put(dict(message))

    def say(self, kind: str, **values: Any) -> None:
        """Send one message."""
        self.say_text(json.dumps({"type": kind, **values}))

    def say_text(self, text: str) -> None:
        """Send any text."""
        self._to_app.put_nowait({"type": "websocket.receive", "text": text})

    async def hear(self, kind: str) -> dict[str, Any]:
        """The next message of a kind; others before it are dropped."""
        async with asyncio.timeout(LONG):
            while True:
                message = await self._next()
                assert message is not None, f"closed with {self.code} instead of {kind}"
                if message["type"] == kind:
                    return message

    async def closed(self) -> list[dict[str, Any]]:
        """What is heard until the server closes."""
        heard = []
        async with asyncio.timeout(LONG):
            while (message := await self._next()) is not None:
                heard.append(message)
        return heard

    async def _next(self) -> dict[str, Any] | None:
        while True:
            event = await self._from_app.get()
            if event["type"] == "websocket.close":
                self.code = event["code"]
                return None
            if event["type"] == "websocket.send":
                return cast("dict[str, Any]", json.loads(event["text"]))

    async def leave(self) -> None:
        """Close, as a page that is left does."""
        self._to_app.put_nowait({"type": "websocket.disconnect", "code": 1001})
        async with asyncio.timeout(LONG):
            await self._task
