"""Group commit: what many callers write within a few milliseconds is one transaction, and costs one.

A row put twice in a group is written once; a row put as new and deleted in one group is not written at all.
`settled()` returns when everything put before is durable; a group nobody waits for is collected for longer.
When the database fails, the waiters are told, the rows are kept and tried again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Table

from switchroom.store.commit import TRANSIENT, Batch, Committer, Row, first_line
from switchroom.store.errors import StoreUnavailable

log = logging.getLogger(__name__)

WINDOW = 0.005
"""Seconds a group is collected once somebody waits for it; with the commit itself that is 10 ms at most on a
healthy disk."""
UNHURRIED = 0.05
"""Seconds a group is collected while nobody waits for it."""
MOST_PENDING = 200_000
"""Rows kept while the database fails."""
_PAUSES = (0.02, 0.2, 1.0)


@dataclass(slots=True)
class _Pending:
    table: Table
    row: Row | None
    new: bool


class WriteBehind:
    """The queue in front of the database. Used from one event loop."""

    def __init__(self, committer: Committer, window: float = WINDOW, unhurried: float = UNHURRIED) -> None:
        self._committer = committer
        self._window = window
        self._unhurried = unhurried
        self._pending: dict[tuple[str, str], _Pending] = {}
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._running: asyncio.Future[None] | None = None
        self._wake = asyncio.Event()
        self._awaited = asyncio.Event()
        self._closing = False
        self._task = asyncio.create_task(self._run(), name="write-behind")
        self.commits = 0
        self.rows = 0

    def put(self, table: Table, row: Row, *, new: bool = False) -> None:
        """Insert or replace a row by its `id`. `new`: no row of this id was ever written.

        Raises `StoreUnavailable` when too much waits already.
        """
        key = (table.name, row["id"])
        former = self._pending.get(key)
        if former is None:
            if len(self._pending) >= MOST_PENDING:
                raise StoreUnavailable("The database is too far behind.")
        elif former.new:
            new = True
        self._pending[key] = _Pending(table, row, new)
        self._wake.set()

    def delete(self, table: Table, row_id: str) -> None:
        """Delete a row by its `id`, if it is there."""
        key = (table.name, row_id)
        former = self._pending.get(key)
        if former is not None and former.new:
            del self._pending[key]
        else:
            self._pending[key] = _Pending(table, None, False)
            self._wake.set()

    @property
    def pending(self) -> int:
        """Rows not yet handed to the database."""
        return len(self._pending)

    async def settled(self) -> None:
        """Return when all that was put before is durable. Raises `StoreUnavailable` when it could not be."""
        if self._pending:
            self._awaited.set()
            await asyncio.shield(self._done)
        elif self._running is not None:
            await asyncio.shield(self._running)

    async def close(self) -> None:
        """Write what waits, and end."""
        self._closing = True
        self._awaited.set()
        self._wake.set()
        await self._task
        self._committer.close()
        if self._pending:
            log.error("the database was not reachable: %d rows are lost", len(self._pending))

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._unhurried):
                    await self._awaited.wait()
            if self._awaited.is_set() and not self._closing:
                await asyncio.sleep(self._window)
            self._awaited.clear()
            await self._write_group()
            if self._closing:
                return

    async def _write_group(self) -> None:
        group, self._pending = self._pending, {}
        done, self._done = self._done, asyncio.get_running_loop().create_future()
        self._running = done
        try:
            if group:
                await self._commit(group)
        except Exception as error:
            done.set_exception(StoreUnavailable("The database does not answer: nothing is lost, try again."))
            done.exception()  # marks it as seen: there may be no waiter, and asyncio would complain
            if isinstance(error, TRANSIENT):
                log.error("the database failed, %d rows are tried again: %s", len(group), first_line(error))
                for item in group.values():
                    item.new = False  # it may have been written after all
                self._pending = {**group, **self._pending}
                self._wake.set()
        else:
            done.set_result(None)
        finally:
            self._running = None

    async def _commit(self, group: Mapping[tuple[str, str], _Pending]) -> None:
        """Commit a group, trying again; a row the database refuses is left out."""
        for pause in (*_PAUSES, None):
            try:
                await self._committer.commit(_batch(group))
                self.commits += 1
                self.rows += len(group)
                return
            except TRANSIENT:
                if pause is None or self._closing:
                    raise
                await asyncio.sleep(pause)
            except Exception as error:
                if len(group) == 1:
                    log.error("the database refuses a row of %s: %s", next(iter(group))[0], first_line(error))
                    raise
                await self._commit_singly(group)
                return

    async def _commit_singly(self, group: Mapping[tuple[str, str], _Pending]) -> None:
        failed: Exception | None = None
        for key, pending in group.items():
            try:
                await self._commit({key: pending})
            except TRANSIENT:
                raise
            except Exception as error:
                failed = error
        if failed is not None:
            raise failed


def _batch(group: Mapping[tuple[str, str], _Pending]) -> Batch:
    batch = Batch()
    for (name, row_id), item in group.items():
        if item.row is not None:
            batch.puts.setdefault(name, (item.table, []))[1].append(item.row)
        else:
            batch.deletes.setdefault(name, (item.table, []))[1].append({"row_id": row_id})
    return batch
