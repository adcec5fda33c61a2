"""`switchroom login`: works without a server and without anybody who can sign in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from typer.testing import CliRunner

from switchroom import cli
from switchroom.options import load
from switchroom.store import Kind, LastAdministrator, NotFound, Store, load_demonstration, totp

T = TypeVar("T")


def with_store(data: Path, work: Callable[[Store], Awaitable[T]]) -> T:
    async def run() -> T:
        options = load(data, {})
        store = await Store.open(options.database_url, options.key_file)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A system with the demonstration data, without sounds."""
    with_store(tmp_path, load_demonstration)
    return tmp_path


def run(data: Path, *arguments: str) -> str:
    result = CliRunner().invoke(cli.app, [*arguments, "--data", str(data)])
    if result.exception is not None:
        raise result.exception
    return result.output


def test_b6_01_logins_are_added_listed_reset_and_removed(data: Path) -> None:
    arguments = ("login", "add", "boss [red]", "--role", "administrator", "--json")
    made: Any = json.loads(run(data, *arguments))
    found = with_store(data, lambda store: store.logins.verify("boss [red]", made["password"]))
    assert found is not None and found.role == "administrator" and found.must_change_password
    listed = {login["name"]: login for login in json.loads(run(data, "login", "list", "--json"))}
    assert listed["201"]["extension"] == "201" and listed["201"]["active"]
    assert listed["206"]["role"] == "conference_manager"
    assert "boss [red]" in run(data, "login", "list")
    assert "temporary password" in run(data, "login", "reset-password", "boss [red]")
    assert with_store(data, lambda store: store.logins.verify("boss [red]", made["password"])) is None
    assert "Removed" in run(data, "login", "remove", "boss [red]")
    with pytest.raises(NotFound):
        run(data, "login", "remove", "boss [red]")


def test_a_lost_administrator_is_made_anew(data: Path) -> None:
    with pytest.raises(LastAdministrator):
        run(data, "login", "remove", "admin")
    run(data, "login", "remove", "204")
    run(data, "login", "add", "dave", "--role", "administrator", "--extension", "204")
    run(data, "login", "remove", "admin")
    with pytest.raises(LastAdministrator):
        run(data, "login", "remove", "dave")
    # Commands go on with whoever is an administrator now, though his password is temporary.
    assert "Anna Weber" in run(data, "user", "list")


def test_a_login_for_an_extension(data: Path) -> None:
    with pytest.raises(NotFound):
        run(data, "login", "add", "x", "--extension", "999")
    with pytest.raises(Exception, match="has the login 201 already"):
        run(data, "login", "add", "x", "--extension", "201")


def test_codes_of_a_lost_app_are_switched_off(data: Path) -> None:
    async def switch_on(store: Store) -> None:
        login = await store.logins.find("201")
        assert login is not None
        _, session = await store.logins.sessions.issue(login, Kind.COOKIE)
        secret = await store.logins.begin_totp(login)
        step = int(store.logins._clock() // 30)
        assert await store.logins.confirm_totp(session, totp.hotp(secret, step)) is not None

    async def codes(store: Store) -> list[str]:
        return [login.name for login in await store.logins.list() if login.totp]

    with_store(data, switch_on)
    run(data, "login", "reset-password", "201")
    assert with_store(data, codes) == ["201"]
    run(data, "login", "reset-password", "201", "--remove-totp")
    assert with_store(data, codes) == []
