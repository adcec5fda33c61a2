"""Makes a batch of rows durable in one transaction: in a thread for SQLite, on the loop for PostgreSQL."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from typing import Any, Protocol

from sqlalchemy import Connection, Delete, Engine, String, Table, bindparam, delete
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import (
    DBAPIError,
    DisconnectionError,
    InterfaceError,
    InternalError,
    OperationalError,
    TimeoutError,
)
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql.dml import Insert

from switchroom.store.database import Database

Row = Mapping[str, Any]
TRANSIENT = (
    sqlite3.OperationalError,
    OperationalError,
    InterfaceError,
    InternalError,
    DisconnectionError,
    TimeoutError,
    OSError,
)
"""Failures that may pass: the rows are worth another try."""
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(slots=True)
class Batch:
    """One transaction: for each table the rows to insert or replace, and the ids to delete."""

    puts: dict[str, tuple[Table, list[Row]]] = field(default_factory=dict)
    deletes: dict[str, tuple[Table, list[Row]]] = field(default_factory=dict)


class Committer(Protocol):
    """Makes a batch durable, or raises."""

    async def commit(self, batch: Batch) -> None:
        """One transaction."""

    def close(self) -> None:
        """Free what it holds."""


class ThreadCommitter:
    """SQLite: one thread with its own connection, so that the loop never waits for the disk.

    It speaks to the driver itself: for hundreds of small groups a second the execution of SQLAlchemy
    would cost more than the database.
    """

    def __init__(self, database: Database) -> None:
        self._engine: Engine = database.sync_engine()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="write-behind")
        self._connection: PoolProxiedConnection | None = None

    async def commit(self, batch: Batch) -> None:
        """One transaction."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._commit, batch)

    def _commit(self, batch: Batch) -> None:
        if self._connection is None:
            self._connection = self._engine.raw_connection()
        cursor = self._connection.cursor()
        try:
            cursor.execute("BEGIN IMMEDIATE")
            for table, rows in batch.puts.values():
                sql, values_of = _sqlite_upsert(table)
                cursor.executemany(sql, [values_of(storable(table, row)) for row in rows])
            for table, ids in batch.deletes.values():
                cursor.executemany(
                    f"DELETE FROM {table.name} WHERE id = ?", [(row["row_id"],) for row in ids]
                )
            cursor.execute("COMMIT")
        except BaseException:
            self._drop()
            raise

    def _drop(self) -> None:
        """Close the connection, which undoes an unfinished transaction; the next group opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()

    def close(self) -> None:
        """End the thread and the connection."""
        self._thread.submit(self._drop)
        self._thread.submit(self._engine.dispose)
        self._thread.shutdown(wait=True)


class LoopCommitter:
    """PostgreSQL: asyncpg works on the loop."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def commit(self, batch: Batch) -> None:
        """One transaction."""
        async with self._database.writing() as connection:
            await connection.run_sync(write, batch)

    def close(self) -> None:
        """Nothing is held."""


def committer(database: Database) -> Committer:
    """What suits the database."""
    return ThreadCommitter(database) if database.sqlite else LoopCommitter(database)


def write(connection: Connection, batch: Batch) -> None:
    """Execute a batch in the transaction of a PostgreSQL connection."""
    for table, rows in batch.puts.values():
        connection.execute(_upsert(table), [storable(table, row) for row in rows])
    for table, ids in batch.deletes.values():
        connection.execute(_delete(table), list(ids))


def storable(table: Table, row: Row) -> dict[str, Any]:
    """The row with its texts as any database takes them: no NUL, no lone surrogate, cut to the column."""
    limits = _limits(table)
    clean: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, str):
            if ("\x00" in value or not value.isascii()) and _UNSTORABLE.search(value):
                value = _UNSTORABLE.sub("\ufffd", value)
            limit = limits.get(key)
            if limit is not None and len(value) > limit:
                value = value[:limit]
        clean[key] = value
    return clean


def first_line(error: Exception) -> str:
    """What failed, without the statement's values: these may be private."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return str(cause).split("\n", 1)[0][:300]


@cache
def _limits(table: Table) -> Mapping[str, int]:
    return {
        column.name: column.type.length
        for column in table.columns
        if isinstance(column.type, String) and column.type.length is not None and not column.primary_key
    }


@cache
def _sqlite_upsert(table: Table) -> tuple[str, itemgetter[tuple[Any, ...]]]:
    """The statement that inserts or replaces a row by its id, and what takes a row's values in its order."""
    names = tuple(column.name for column in table.columns)
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
    marks = ", ".join("?" * len(names))
    into = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"
    return f"{into} ON CONFLICT (id) DO UPDATE SET {changes}", itemgetter(*names)


@cache
def _upsert(table: Table) -> Insert:
    wanted = postgresql.insert(table)
    changes = {column.name: wanted.excluded[column.name] for column in table.columns if column.name != "id"}
    return wanted.on_conflict_do_update(index_elements=[table.c.id], set_=changes)


@cache
def _delete(table: Table) -> Delete:
    return delete(table).where(table.c.id == bindparam("row_id"))
