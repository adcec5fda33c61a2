"""store/store.py and schema.py: opening, migrating, keys; what a second process sees."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from switchroom.directory import UserId
from switchroom.store import KeyFileError, SchemaError, Store, StoreUnavailable, load_demonstration
from switchroom.store.crm_tables import metadata
from switchroom.store.database import normalised
from switchroom.store.schema import HEAD
from tests.store.conftest import Clock


async def test_migrations_make_the_tables_that_the_program_uses(blank_url: str, tmp_path: Path) -> None:
    def compare(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    store = await Store.open(blank_url, tmp_path / "key")
    try:
        async with store.database.reading() as connection:
            assert await connection.run_sync(compare) == []
            found = await connection.execute(text("SELECT version_num FROM alembic_version"))
            assert found.scalar() == HEAD
    finally:
        await store.close()


def test_the_newest_migration_is_the_head_that_a_quick_start_expects() -> None:
    import switchroom.store.migrations as migrations

    script = ScriptDirectory(str(Path(str(migrations.__file__)).parent))
    assert script.get_heads() == [HEAD]


async def test_what_was_fixed_at_installation_stays(url: str, tmp_path: Path) -> None:
    first = await Store.open(url, tmp_path / "key", realm="office")
    made = first.installation
    await first.close()
    second = await Store.open(url, tmp_path / "key", realm="other")
    assert second.installation == made
    assert (made.realm, len(made.nonce_key)) == ("office", 32)
    assert "nonce" not in repr(made)
    await second.close()


async def test_a_database_of_a_newer_program_is_left_alone(store: Store, url: str, tmp_path: Path) -> None:
    async with store.database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaError, match="newer Switchroom"):
        await Store.open(url, tmp_path / "key")


async def test_the_key_file_is_private_and_never_replaced(store: Store, url: str, tmp_path: Path) -> None:
    key = tmp_path / "key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    kept = key.read_bytes()
    key.unlink()
    with pytest.raises(KeyFileError, match="gone"):
        await Store.open(url, key)
    assert not key.exists()
    key.write_bytes(kept[:-8] + b"AAAAAAA=")
    with pytest.raises(KeyFileError, match="another key file"):
        await Store.open(url, key)
    key.write_bytes(b"nonsense")
    with pytest.raises(KeyFileError, match="does not hold a key"):
        await Store.open(url, key)


async def test_a_second_process_sees_what_was_applied_and_reset(
    store: Store, url: str, tmp_path: Path
) -> None:
    other = await Store.open(url, tmp_path / "key")
    try:
        demonstration = await load_demonstration(store)
        assert demonstration is not None
        assert other.configuration.applied.users == {}
        assert await other.refresh() is True
        assert other.configuration.applied == store.configuration.applied
        assert other.devices.credential("201") == store.devices.credential("201") is not None
        assert await other.refresh() is False
    finally:
        await other.close()


async def test_demonstration_data_is_loaded_once_with_generated_secrets(store: Store, clock: Clock) -> None:
    made = await load_demonstration(store)
    assert made is not None
    secrets = {phone.secret for phone in made.phones} | {phone.password for phone in made.phones}
    assert len(secrets | {made.password}) == 13
    roles = {phone.login: phone.role for phone in made.phones}
    assert roles == {
        **dict.fromkeys(("201", "202", "203", "204", "205"), "user"),
        "206": "conference_manager",
    }
    for phone in made.phones[:2]:
        login = await store.logins.verify(phone.login, phone.password)
        assert login is not None and login.user_id == f"user-{phone.extension}"
    assert made.password not in repr(made)
    assert [phone.extension for phone in made.phones] == ["201", "202", "203", "204", "205", "206"]
    snapshot = store.configuration.applied
    assert snapshot.revision == 1
    rooms = {room.extension: room for room in snapshot.conferences.values()}
    assert rooms["8001"].access_code is None
    assert rooms["8002"].access_code == "4321"
    assert rooms["8003"].wait_for_administrator
    assert rooms["8003"].administrator == UserId("user-201")
    assert await load_demonstration(store) is None
    assert await store.logins.verify(made.login, made.password) is not None


async def test_no_secret_stands_in_the_database(store: Store, url: str, tmp_path: Path) -> None:
    made = await load_demonstration(store)
    assert made is not None
    credential = store.devices.credential("201")
    assert credential is not None
    token = await store.logins.issue_token(made.login, "tests", 60.0)
    hidden = [
        made.phones[0].secret,
        made.phones[0].password,
        made.password,
        credential.hashes.md5,
        credential.hashes.sha256,
        token,
    ]
    async with store.database.reading() as connection:
        dump = ""
        for table in metadata.sorted_tables:
            for row in await connection.execute(table.select()):
                dump += repr(tuple(row))
    assert "user-201" in dump
    assert not [secret for secret in hidden if secret in dump]


async def test_a_database_out_of_reach_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        await Store.open("postgresql://nobody@127.0.0.1:9/none", tmp_path / "key")
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(StoreUnavailable):
        await Store.open(str(folder), tmp_path / "key")
    with pytest.raises(ValueError, match="not supported"):
        normalised("mysql://here/there")


async def test_answers(store: Store) -> None:
    assert await store.answers() is True
