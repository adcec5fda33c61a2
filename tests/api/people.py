"""Clients that are signed in: by cookie as the web app is, or by token, as anybody."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import httpx

from switchroom.api.context import CSRF_HEADER
from switchroom.store import Kind, Right, Role
from switchroom.store.sessions import Login
from tests.api.conftest import System

ORIGIN = "http://switchroom.test"


def password_of(system: System, name: str) -> str:
    """A password of the demonstration."""
    if name == system.demonstration.login:
        return system.demonstration.password
    return next(phone.password for phone in system.demonstration.phones if phone.login == name)


@asynccontextmanager
async def browser(
    system: System, name: str = "201", address: str = "192.0.2.50"
) -> AsyncIterator[httpx.AsyncClient]:
    """A page of ours, signed in by POST /api/session."""
    async with system.stranger(address) as client:
        body = {"name": name, "password": password_of(system, name)}
        answer = await client.post("/api/session", json=body, headers={"Origin": ORIGIN})
        assert answer.status_code == 200, answer.text
        client.headers["Origin"] = ORIGIN
        client.headers[CSRF_HEADER] = answer.json()["csrf"]
        yield client


async def login_as(
    system: System, role: Role, extra: Iterable[Right] = (), user_id: str | None = None
) -> Login:
    """A login of its own for a role."""
    name = "-".join(["test", role, *sorted(extra), user_id or ""])
    if (found := await system.store.logins.find(name)) is None:
        await system.store.logins.add(name, "secret words", role, extra_rights=extra, user_id=user_id)
        found = await system.store.logins.find(name)
    assert found is not None
    return found


async def bearer(
    system: System, role: Role, extra: Iterable[Right] = (), user_id: str | None = None
) -> dict[str, str]:
    """The header of a new session of that role."""
    login = await login_as(system, role, extra, user_id)
    token, _ = await system.store.logins.sessions.issue(login, Kind.SESSION)
    return {"Authorization": f"Bearer {token}"}
