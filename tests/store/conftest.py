"""Every test of the store runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from switchroom.store import Store
from tests.conftest import migrate
from tests.store.postgres import VARIABLE, empty, new_database, server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with server() as url:
        if url is None:
            pytest.skip(f"NO POSTGRESQL: install it or set {VARIABLE}; the store is tested on SQLite only")
        yield url


@pytest.fixture(scope="session")
def migrated_postgres(postgres: str) -> Iterator[str]:
    """A database that each test finds empty: creating and migrating one takes much longer than that."""
    with new_database(postgres) as url:
        asyncio.run(migrate(url))
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def blank_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'switchroom.db'}"
    else:
        with new_database(request.getfixturevalue("postgres")) as url:
            yield url


@pytest.fixture
def url(backend: str, request: pytest.FixtureRequest) -> str:
    """A database with tables and nothing in them."""
    if backend == "sqlite":
        return f"sqlite:///{request.getfixturevalue('database')}"
    found: str = request.getfixturevalue("migrated_postgres")
    asyncio.run(empty(found))
    return found


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(url: str, tmp_path: Path, clock: Clock) -> AsyncIterator[Store]:
    opened = await Store.open(url, tmp_path / "key", clock=clock)
    try:
        yield opened
    finally:
        await opened.close()
