"""store/write_behind.py and commit.py: one transaction for many, nothing confirmed is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.exc import DataError, OperationalError

from switchroom.store import Store, StoredBinding, StoredDialog, StoreUnavailable, decode, encode
from switchroom.store.commit import Batch
from switchroom.store.tables import bindings, dialogs
from switchroom.store.write_behind import MOST_PENDING, UNHURRIED, WriteBehind
from tests.harness.until import LONG, until


class FakeCommitter:
    """Keeps rows in memory; fails as told."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], object] = {}
        self.batches: list[Batch] = []
        self.failures: list[Exception] = []
        self.poison: set[str] = set()

    async def commit(self, batch: Batch) -> None:
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        if self.poison & {row["id"] for _, rows in batch.puts.values() for row in rows}:
            raise DataError("INSERT", {}, Exception("bad row"))
        self.batches.append(batch)
        for name, (_, rows) in batch.puts.items():
            self.rows.update({(name, row["id"]): row for row in rows})
        for name, (_, ids) in batch.deletes.items():
            for found in ids:
                self.rows.pop((name, found["row_id"]), None)

    def close(self) -> None:
        pass


@pytest.fixture
async def committer() -> FakeCommitter:
    return FakeCommitter()


@pytest.fixture
async def queue(committer: FakeCommitter) -> AsyncIterator[WriteBehind]:
    made = WriteBehind(committer, window=0.002)
    yield made
    await made.close()


def unreachable() -> OperationalError:
    return OperationalError("INSERT", {}, Exception("connection refused"))


def put(queue: WriteBehind, row_id: str, value: str = "", *, new: bool = False) -> None:
    queue.put(bindings, {"id": row_id, "value": value}, new=new)


async def test_many_callers_share_one_transaction(queue: WriteBehind, committer: FakeCommitter) -> None:
    async def register(number: int) -> None:
        put(queue, f"b{number}")
        await queue.settled()
        assert (bindings.name, f"b{number}") in committer.rows

    await asyncio.gather(*(register(number) for number in range(100)))
    assert len(committer.batches) == 1


async def test_a_row_is_written_once_with_its_last_value(
    queue: WriteBehind, committer: FakeCommitter
) -> None:
    put(queue, "b", "first")
    put(queue, "b", "second")
    await queue.settled()
    assert committer.batches[0].puts[bindings.name][1] == [{"id": "b", "value": "second"}]


async def test_a_row_written_and_deleted_in_one_window_costs_nothing(
    queue: WriteBehind, committer: FakeCommitter
) -> None:
    put(queue, "b", new=True)
    put(queue, "b", "changed")
    queue.delete(bindings, "b")
    assert queue.pending == 0
    async with asyncio.timeout(LONG):
        await queue.settled()
    await asyncio.sleep(0.01)
    assert committer.batches == []


async def test_who_waits_for_a_row_that_another_deletes_is_released(queue: WriteBehind) -> None:
    put(queue, "b", new=True)
    waiting = asyncio.create_task(queue.settled())
    await asyncio.sleep(0)
    queue.delete(bindings, "b")
    async with asyncio.timeout(LONG):
        await waiting


async def test_deleting_what_an_earlier_group_wrote(queue: WriteBehind, committer: FakeCommitter) -> None:
    put(queue, "b", new=True)
    await queue.settled()
    queue.delete(bindings, "b")
    await queue.settled()
    assert committer.rows == {}


async def test_a_short_failure_is_not_noticed(queue: WriteBehind, committer: FakeCommitter) -> None:
    committer.failures = [unreachable()]
    put(queue, "b")
    await queue.settled()
    assert (bindings.name, "b") in committer.rows


async def test_a_long_failure_is_told_and_the_rows_are_kept(
    queue: WriteBehind, committer: FakeCommitter, caplog: pytest.LogCaptureFixture
) -> None:
    committer.failures = [unreachable() for _ in range(4)]
    put(queue, "b", "old")
    put(queue, "c", "c")
    with caplog.at_level(logging.ERROR), pytest.raises(StoreUnavailable):
        await queue.settled()
    assert "connection refused" in caplog.text
    put(queue, "b", "new")
    await queue.settled()
    assert committer.rows[bindings.name, "b"] == {"id": "b", "value": "new"}
    assert (bindings.name, "c") in committer.rows


async def test_one_bad_row_does_not_hold_up_the_others(queue: WriteBehind, committer: FakeCommitter) -> None:
    committer.poison = {"bad"}
    put(queue, "good")
    put(queue, "bad")
    with pytest.raises(StoreUnavailable):
        await queue.settled()
    assert set(committer.rows) == {(bindings.name, "good")}
    put(queue, "next")
    await queue.settled()
    assert queue.pending == 0


async def test_a_caller_who_gives_up_takes_nobody_with_him(queue: WriteBehind) -> None:
    put(queue, "b")
    impatient, patient = asyncio.create_task(queue.settled()), asyncio.create_task(queue.settled())
    await asyncio.sleep(0)
    impatient.cancel()
    async with asyncio.timeout(LONG):
        await patient


async def test_a_group_nobody_waits_for_is_collected_for_longer(committer: FakeCommitter) -> None:
    queue = WriteBehind(committer, window=0.001, unhurried=1.0)
    for number in range(5):
        put(queue, f"b{number}")
        await asyncio.sleep(0.004)
    assert committer.batches == []
    await until(lambda: committer.batches)
    assert [len(batch.puts[bindings.name][1]) for batch in committer.batches] == [5]
    await queue.close()


async def test_who_waits_hurries_the_group_along(committer: FakeCommitter) -> None:
    queue = WriteBehind(committer, window=0.001, unhurried=60)
    put(queue, "a")
    await asyncio.sleep(0.005)
    assert committer.batches == []
    put(queue, "b")
    async with asyncio.timeout(LONG):
        await queue.settled()
    assert set(committer.rows) == {(bindings.name, "a"), (bindings.name, "b")}
    await queue.close()


async def test_memory_is_bounded(committer: FakeCommitter) -> None:
    queue = WriteBehind(committer, unhurried=60)
    for number in range(MOST_PENDING):
        put(queue, str(number))
    with pytest.raises(StoreUnavailable):
        put(queue, "one more")
    put(queue, "1", "what waits may change")
    assert queue.pending == MOST_PENDING
    queue._task.cancel()


async def test_closing_writes_what_waits(committer: FakeCommitter) -> None:
    queue = WriteBehind(committer, unhurried=60)
    put(queue, "b")
    await queue.close()
    assert (bindings.name, "b") in committer.rows


async def test_bindings_and_dialogs_on_the_real_database(store: Store) -> None:
    store.bindings.put(StoredBinding("b1", "user-1", 2000.0, encode({"contact": "sip:201@h"})))
    store.bindings.put(StoredBinding("b2", "user-1", 1000.0, "{}"))
    store.dialogs.put_new(StoredDialog("d", 1.0, "{}"))
    await store.settled()
    store.bindings.put(StoredBinding("b1", "user-1", 3000.0, encode({"contact": "sip:202@h"})))
    store.dialogs.delete("d")
    await store.settled()
    found = await store.bindings.load(1500.0)
    assert [(row.id, row.expires_at) for row in found] == [("b1", 3000.0)]
    assert decode(found[0].document, dict[str, str]) == {"contact": "sip:202@h"}
    assert await store.dialogs.load() == []
    assert dialogs.name == "dialogs"


async def test_a_confirmed_write_takes_at_most_a_few_milliseconds(store: Store) -> None:
    loop = asyncio.get_running_loop()
    taken = []
    for number in range(30):
        store.bindings.put(StoredBinding(f"b{number}", "u", 1.0, "{}"))
        begun = loop.time()
        await store.settled()
        taken.append(loop.time() - begun)
    assert min(taken) < UNHURRIED, "nobody waits for those who do not wait"
