"""api/context.py: who may open a WebSocket, who is told of the end, what only insiders see."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from starlette.websockets import WebSocket

from switchroom.api.context import COOKIE, Context, session_end, websocket_session
from switchroom.api.errors import ApiError
from switchroom.api.rights import need
from switchroom.store import Kind, Right, Role
from tests.api.conftest import System
from tests.api.people import browser, login_as
from tests.harness.until import LONG


def opened(system: System, headers: Mapping[str, str]) -> WebSocket:
    """A WebSocket before it is accepted."""

    async def nothing() -> dict[str, str]:
        return {}

    async def forget(_message: object) -> None:
        return None

    scope = {
        "type": "websocket",
        "app": system.app,
        "scheme": "ws",
        "path": "/",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("192.0.2.1", 5000),
    }
    return WebSocket(scope, nothing, forget)


OURS = {"Host": "switchroom.test", "Origin": "http://switchroom.test"}
FOREIGN = {"Host": "switchroom.test", "Origin": "https://evil.example"}
FRIEND = {"Host": "switchroom.test", "Origin": "https://crm.example.com"}


async def test_a_page_of_ours_is_known_by_its_cookie(system: System) -> None:
    async with browser(system, "201") as page:
        cookie = {"Cookie": f"{COOKIE}={page.cookies[COOKIE]}"}
        session = await websocket_session(opened(system, OURS | cookie))
        assert session.user_id == "user-201"
        need(session, Right.PHONE)
        with pytest.raises(ApiError) as refused:
            need(session, Right.LIVE, Right.LIVE_CONFERENCES)
        assert refused.value.status == 403
        # Another site's page, even one that may use tokens, does not act with our cookie; nor does a program.
        for headers, status in ((FOREIGN, 403), (FRIEND, 401), ({"Host": "switchroom.test"}, 401)):
            with pytest.raises(ApiError) as refused:
                await websocket_session(opened(system, headers | cookie))
            assert refused.value.status == status
        with pytest.raises(ApiError) as refused:
            await websocket_session(opened(system, OURS), page.cookies[COOKIE])
        assert refused.value.body.error_id == "not-signed-in"


async def test_a_token_counts_for_programs_and_the_sites_that_are_allowed(system: System) -> None:
    token, _ = await system.store.logins.sessions.issue(await login_as(system, Role.USER), Kind.SESSION)
    for headers in (OURS, FRIEND, {"Host": "switchroom.test"}):
        assert (await websocket_session(opened(system, headers), token)).kind is Kind.SESSION
    with pytest.raises(ApiError) as refused:
        await websocket_session(opened(system, FOREIGN), token)
    assert refused.value.body.error_id == "foreign-origin"
    for wrong in ("", "x", "\ud800", token[:-1]):
        with pytest.raises(ApiError):
            await websocket_session(opened(system, OURS), wrong)
    with pytest.raises(ApiError):
        await websocket_session(opened(system, OURS | {"Cookie": f"{COOKIE}={token}"}))


async def test_a_temporary_password_opens_no_socket(system: System) -> None:
    await system.store.logins.reset_password("201", temporary=True)
    login = await system.store.logins.find("201")
    assert login is not None
    _, session = await system.store.logins.sessions.issue(login, Kind.COOKIE)
    with pytest.raises(ApiError) as refused:
        need(session, Right.PHONE)
    assert refused.value.body.error_id == "password-change-needed"


async def test_whoever_waits_is_told_that_the_session_ended(system: System) -> None:
    here: Context = system.app.state.context
    login = await login_as(system, Role.USER)
    _, session = await system.store.logins.sessions.issue(login, Kind.COOKIE)
    async with session_end(here, session) as ended:
        assert not ended.is_set()
        await system.store.logins.sign_out(session)
        async with asyncio.timeout(LONG):
            await ended.wait()
    assert not system.store.logins.sessions._watched


async def test_strangers_see_that_it_runs_and_no_more(system: System) -> None:
    async with system.stranger() as client:
        assert (await client.get("/api/health")).json() == {"status": "ok", "version": "", "checks": []}
        for path in ("/api/docs", "/api/docs/start.js", "/api/openapi.json"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["error_id"]) == (401, "not-signed-in")
    async with browser(system, "201") as page:
        assert (await page.get("/api/openapi.json")).json()["openapi"].startswith("3.")
        assert (await page.get("/api/health")).json()["checks"] != []
    async with system.stranger("127.0.0.1") as program:
        assert (await program.get("http://127.0.0.1:8080/api/openapi.json")).status_code == 200
        # Neither through a proxy nor by another name (DNS rebinding).
        headers = {"X-Forwarded-For": "192.0.2.1"}
        assert (
            await program.get("http://127.0.0.1:8080/api/openapi.json", headers=headers)
        ).status_code == 401
        assert (await program.get("http://evil.example/api/openapi.json")).status_code == 401
