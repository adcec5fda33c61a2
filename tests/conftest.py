"""For all tests: what takes long is made once and kept or copied (sounds, bytecode, migrated databases)."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "switchroom"

os.environ.setdefault("SWITCHROOM_SOUNDS", str(CACHE / "sounds"))

# Where no bytecode may lie beside the sources, each of the programs that tests start would compile them all.
if sys.dont_write_bytecode:
    sys.dont_write_bytecode = False
    sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = str(CACHE / "bytecode")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

from switchroom.store import secrets  # noqa: E402
from switchroom.store.database import Database  # noqa: E402
from switchroom.store.schema import upgrade  # noqa: E402


@pytest.fixture(autouse=True, scope="session")
def password_memory() -> Iterator[int]:
    """The KiB that Argon2 takes outside of tests; in tests little, since its strength is of no interest."""
    real = secrets._LOW_MEMORY_KIB
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "_LOW_MEMORY_KIB", 64)
        yield real


async def migrate(url: str) -> None:
    """Bring a database to the newest tables, with nothing in them."""
    database = Database(url)
    try:
        async with database.writing() as connection:
            await connection.run_sync(upgrade)
    finally:
        await database.close()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database that was migrated and never opened: to be copied, which is much quicker."""
    path = tmp_path_factory.mktemp("migrated") / "switchroom.db"
    asyncio.run(migrate(str(path)))
    assert [file.name for file in path.parent.iterdir()] == [path.name], "all is in the one file"
    return path


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> str:
    """The path of a new database of the test's own."""
    return shutil.copy(migrated, str(tmp_path / "switchroom.db"))
