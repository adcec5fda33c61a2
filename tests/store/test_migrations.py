"""Databases of earlier versions: what is in them stays."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from switchroom.store import Role, Store
from switchroom.store.database import Database
from switchroom.store.secrets import Passwords


def first_version(connection: Connection) -> None:
    """Bring an empty database to the first version's tables."""
    config = Config()
    config.set_main_option("script_location", str(files("switchroom.store") / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")


async def test_logins_of_the_first_version_keep_their_passwords(blank_url: str, tmp_path: Path) -> None:
    passwords = Passwords()
    hashed = await passwords.hash("a password")
    passwords.close()
    database = Database(blank_url)
    async with database.writing() as connection:
        await connection.run_sync(first_version)
        for number, name in enumerate(("admin", "Admin", "Zoë")):
            values = {"id": f"login-{number}", "name": name, "hash": hashed}
            wanted = (
                "INSERT INTO logins (id, name, password_hash, role, created_at) VALUES (:id, :name, :hash, "
            )
            await connection.execute(text(wanted + "'administrator', 1.0)"), values)
        await connection.execute(
            text("INSERT INTO sessions VALUES ('hash', 'login-0', 'token', 'an old one', 1.0, 9e9)")
        )
    await database.close()
    store = await Store.open(blank_url, tmp_path / "key")
    try:
        listed = await store.logins.list()
        assert [login.name for login in listed] == ["admin", "Admin", "Zoë"]
        assert all(login.role is Role.ADMINISTRATOR and not login.totp for login in listed)
        for name in ("ADMIN", "zoë"):
            found = await store.logins.verify(name, "a password")
            assert found is not None
            assert await store.logins.sessions.of(found) == []
            assert await store.logins.session(await store.logins.issue_token(name, "", 60)) is not None
    finally:
        await store.close()
