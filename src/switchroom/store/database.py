"""Connections to SQLite and PostgreSQL, set up alike: short write transactions that never dead-lock."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

BUSY_SECONDS = 10
_WRITING = "switchroom_writing"


class Database:
    """One database. `reading()` and `writing()` give connections inside a transaction."""

    def __init__(self, url: str) -> None:
        self.url = normalised(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        if self.sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        self._engine: AsyncEngine = create_async_engine(self.url, **_pool(self.sqlite))
        if self.sqlite:
            _prepare_sqlite(self._engine.sync_engine)
        # SQLite sees one state anyway; PostgreSQL would see what others commit between two statements.
        snapshot = {} if self.sqlite else {"isolation_level": "REPEATABLE READ"}
        self._reader = self._engine.execution_options(**snapshot)
        self._writer = self._engine.execution_options(**{_WRITING: True})

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one state of the database."""
        async with self._reader.begin() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A connection whose changes are kept together when the block ends without an exception."""
        async with self._writer.begin() as connection:
            yield connection

    def sync_engine(self) -> Engine:
        """SQLite only: an engine for one thread of its own, whose transactions write."""
        engine = create_engine(self.url.set(drivername="sqlite+pysqlite"), pool_size=1, max_overflow=0)
        _prepare_sqlite(engine)
        return engine.execution_options(**{_WRITING: True})

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()


def normalised(url: str) -> URL:
    """The URL with its asynchronous driver, of a path, `sqlite:///file` or `postgresql://...`."""
    if "://" not in url:
        url = f"sqlite:///{url}"
    parsed = make_url(url)
    drivers = {
        "sqlite": "sqlite+aiosqlite",
        "postgresql": "postgresql+asyncpg",
        "postgres": "postgresql+asyncpg",
    }
    backend = parsed.drivername.split("+", 1)[0]
    if backend not in drivers:
        raise ValueError(f"{backend} is not supported: use sqlite or postgresql.")
    return parsed.set(drivername=drivers[backend])


def _pool(sqlite: bool) -> dict[str, Any]:
    if sqlite:
        return {"pool_size": 4, "max_overflow": 4, "pool_timeout": BUSY_SECONDS}
    return {"pool_size": 4, "max_overflow": 8, "pool_timeout": BUSY_SECONDS, "pool_pre_ping": True}


def _prepare_sqlite(engine: Engine) -> None:
    """WAL, synchronous=NORMAL (a commit survives the process); a writer takes the lock when it begins."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_SECONDS * 1000}",
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "journal_size_limit=67108864",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writing = connection.get_execution_options().get(_WRITING, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def sqlite_version() -> str:
    """For diagnosis."""
    return sqlite3.sqlite_version
