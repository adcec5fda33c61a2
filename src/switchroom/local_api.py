"""The REST API for the command line: over HTTP when the server runs, else in this process (ADR 0003)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from switchroom import __version__
from switchroom.api import NothingLive, create_app
from switchroom.options import Options
from switchroom.running import running_server
from switchroom.store import Role, Store

TOKEN_SECONDS = 600.0


class ApiRefusal(Exception):
    """The API said no: its status and what it says to a person."""

    def __init__(self, status: int, error_id: str, field: str | None, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error_id = error_id
        self.field = field
        self.message = message


class LocalApi:
    """The API, with an administrator's rights: whoever can read the database and its key is one already."""

    def __init__(self, client: httpx.AsyncClient, store: Store, running: bool) -> None:
        self._client = client
        self.store = store
        self.running = running

    async def request(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The JSON of a successful answer (None when it has none). Raises ApiRefusal."""
        parameters = {name: value for name, value in query.items() if value is not None}
        response = await self._client.request(method, path, json=body, params=parameters)
        if response.is_success:
            return response.json() if response.content else None
        raise refusal(response)


def refusal(response: httpx.Response) -> ApiRefusal:
    """What an unsuccessful answer says, as an exception."""
    try:
        content = response.json()
    except ValueError:
        content = {}
    problems = content.get("problems") or []
    texts = [problem["message"] for problem in problems] or [content.get("message") or response.reason_phrase]
    field = content.get("field") or (problems[0].get("path") if problems else None)
    return ApiRefusal(response.status_code, content.get("error_id", ""), field, "\n".join(texts))


async def _administrator_token(store: Store) -> str:
    for login in await store.logins.list():
        if login.role is Role.ADMINISTRATOR and store.logins.sessions.lives(login):
            return await store.logins.issue_token(login.name, "command line", TOKEN_SECONDS)
    return ""


@asynccontextmanager
async def open_api(options: Options) -> AsyncIterator[LocalApi]:
    """Open the store, take a token that lasts ten minutes, reach the API. Raises the store's errors."""
    store = await Store.open(options.database_url, options.key_file)
    try:
        token = await _administrator_token(store)
        server = running_server(options.data)
        if server:
            transport: httpx.AsyncBaseTransport = httpx.AsyncHTTPTransport(verify=False)
        else:
            app = create_app(store, NothingLive(), version=__version__)
            transport = httpx.ASGITransport(app, client=("127.0.0.1", 0))
        url = server.url if server else "http://localhost"
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(
            transport=transport, base_url=url, headers=headers, timeout=30
        ) as client:
            yield LocalApi(client, store, running=server is not None)
    finally:
        await store.close()
