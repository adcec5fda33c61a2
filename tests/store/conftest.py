"""Every test of the store runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from switchroom.store import Store
from tests.store.postgres import VARIABLE, server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with server() as url:
        if url is None:
            pytest.skip(f"NO POSTGRESQL: install it or set {VARIABLE}; the store is tested on SQLite only")
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'switchroom.db'}"
    base: str = request.getfixturevalue("postgres")
    name = f"test_{uuid4().hex}"
    asyncio.run(_create(base, name))
    return f"{base}/{name}"


async def _create(base: str, name: str) -> None:
    for _ in range(50):
        try:
            connection = await asyncpg.connect(f"{base}/postgres", timeout=5)
            break
        except (asyncpg.CannotConnectNowError, OSError):
            await asyncio.sleep(0.1)
    else:
        raise RuntimeError("PostgreSQL does not answer")
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()


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
