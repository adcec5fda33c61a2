"""The worker's client against a fake worker."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from switchroom.media.client import WorkerClient, WorkerLost
from switchroom.media.types import (
    CloseLeg,
    Command,
    DtmfReceived,
    Failed,
    GetStats,
    Hello,
    LegId,
    LegOpened,
    LegStats,
    OpenLeg,
    PlayEnded,
    PlayId,
    Result,
    WorkerEvent,
)
from tests.harness.until import until
from tests.media.fake_worker import FakeWorker

A, B = LegId("a"), LegId("b")


def results_by_leg(command: Command) -> Result:
    match command:
        case OpenLeg(leg=leg):
            return LegOpened(port=ord(leg), rtcp_port=ord(leg) + 1)
        case GetStats(leg=leg):
            return LegStats(leg=leg, packets_sent=3)
    return Failed(error="no_such_leg", detail="never heard of it")


class Seen:
    """What the client told us."""

    def __init__(self) -> None:
        self.events: list[WorkerEvent] = []
        self.lost = 0

    def on_lost(self) -> None:
        self.lost += 1


@pytest.fixture
async def worker(tmp_path: Path) -> AsyncIterator[FakeWorker]:
    async with FakeWorker(tmp_path / "w", results_by_leg) as fake:
        yield fake


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
async def client(worker: FakeWorker, seen: Seen) -> AsyncIterator[WorkerClient]:
    connected = WorkerClient(seen.events.append, seen.on_lost)
    await connected.connect(worker.path)
    yield connected
    connected.close()


async def test_results_come_in_the_order_of_the_commands(client: WorkerClient) -> None:
    assert client.hello is not None
    assert client.hello.epoch == "first"
    opened, stats, failed = await client.call(OpenLeg(leg=A, bind="::"), GetStats(leg=B), CloseLeg(leg=A))
    assert opened == LegOpened(port=97, rtcp_port=98)
    assert stats == LegStats(leg=B, packets_sent=3)
    assert failed == Failed(error="no_such_leg", detail="never heard of it")


async def test_commands_of_one_turn_leave_as_one_batch(client: WorkerClient, worker: FakeWorker) -> None:
    first = asyncio.ensure_future(client.call(OpenLeg(leg=A, bind="::")))
    second = asyncio.ensure_future(client.call(OpenLeg(leg=B, bind="::"), GetStats(leg=A)))
    (one,), (two, _) = await asyncio.gather(first, second)
    assert (one, two) == (LegOpened(port=97, rtcp_port=98), LegOpened(port=98, rtcp_port=99))
    assert [len(batch.commands) for batch in worker.batches] == [1, 3]
    assert [batch.seq for batch in worker.batches] == [1, 2]


async def test_many_commands_are_split_between_calls_only(client: WorkerClient, worker: FakeWorker) -> None:
    calls = [client.call(*[GetStats(leg=A)] * 100) for _ in range(5)]
    answers = await asyncio.gather(*calls)
    assert all(len(results) == 100 for results in answers)
    assert [len(batch.commands) for batch in worker.batches] == [1, 200, 200, 100]


async def test_a_batch_that_is_too_long_fails_and_others_do_not(client: WorkerClient) -> None:
    huge = OpenLeg(leg=LegId("x" * 2_000_000), bind="::")
    long, short = await asyncio.gather(client.call(huge), client.call(GetStats(leg=A)))
    assert isinstance(long[0], Failed)
    assert isinstance(short[0], LegStats)


async def test_events_and_answers_come_in_the_order_they_were_written(
    client: WorkerClient, worker: FakeWorker, seen: Seen
) -> None:
    order: list[str] = []
    digit, ended = DtmfReceived(leg=A, digit="1"), PlayEnded(play=PlayId("p"), reason="finished")
    worker.tell(digit, ended)
    client.ask((GetStats(leg=A),), lambda results: order.append(f"answer after {len(seen.events)}"))
    await until(lambda: order)
    worker.tell(digit)
    await until(lambda: len(seen.events) == 3)
    assert seen.events == [digit, ended, digit]
    assert order == ["answer after 2"]


async def test_a_handler_that_fails_does_not_stop_the_next_event(tmp_path: Path) -> None:
    got: list[WorkerEvent] = []

    def handler(event: WorkerEvent) -> None:
        got.append(event)
        raise RuntimeError("our bug")

    async with FakeWorker(tmp_path / "w") as worker:
        client = WorkerClient(handler, lambda: None)
        await client.connect(worker.path)
        worker.tell(DtmfReceived(leg=A, digit="1"), DtmfReceived(leg=A, digit="2"))
        await client.call(GetStats(leg=A))
        client.close()
    assert len(got) == 2


async def test_losing_the_worker_is_told_to_everyone_waiting(
    client: WorkerClient, worker: FakeWorker, seen: Seen
) -> None:
    worker.silent = True
    waiting = asyncio.ensure_future(client.call(GetStats(leg=A)))
    await until(lambda: len(worker.batches) == 2)
    worker.drop()
    with pytest.raises(WorkerLost):
        await waiting
    assert seen.lost == 1
    assert not client.connected
    with pytest.raises(WorkerLost):
        await client.call(GetStats(leg=A))
    client.send(GetStats(leg=A))


async def test_a_worker_that_does_not_answer_counts_as_lost(worker: FakeWorker, seen: Seen) -> None:
    client = WorkerClient(seen.events.append, seen.on_lost, patience=2)
    await client.connect(worker.path)
    worker.silent = True
    with pytest.raises(WorkerLost):
        await client.call(GetStats(leg=A))
    assert seen.lost == 1
    assert not client.connected


@pytest.mark.parametrize(
    "line",
    [b"not json\n", b'{"type":"surprise"}\n', b'{"type":"done","seq":99,"results":[]}\n', b"x" * 1_100_000],
)
async def test_nonsense_from_the_worker_is_a_loss(
    client: WorkerClient, worker: FakeWorker, seen: Seen, line: bytes
) -> None:
    worker.write(line)
    await until(lambda: seen.lost)
    assert not client.connected


async def test_another_protocol_version_is_refused(tmp_path: Path, seen: Seen) -> None:
    async with FakeWorker(tmp_path / "w") as worker:
        worker.version = 2
        client = WorkerClient(seen.events.append, seen.on_lost)
        with pytest.raises(WorkerLost):
            await client.connect(worker.path)
        assert not client.connected
        assert seen.lost == 0


async def test_events_seen_before_are_not_told_again(
    client: WorkerClient, worker: FakeWorker, seen: Seen
) -> None:
    worker.tell(DtmfReceived(leg=A, digit="1"))
    await client.call(GetStats(leg=A))
    worker.drop()
    await until(lambda: not client.connected)
    await client.connect(worker.path)
    assert worker.batches[-1].commands == [Hello(version=1, seen=1)]
    worker.notices = 0
    worker.tell(DtmfReceived(leg=A, digit="1"), DtmfReceived(leg=A, digit="2"))
    worker.tell(DtmfReceived(leg=A, digit="4"), skip=1)
    await client.call(GetStats(leg=A))
    assert [event.digit for event in seen.events if isinstance(event, DtmfReceived)] == ["1", "2", "4"]
    assert client.missed_events == 1


async def test_a_new_epoch_begins_to_count_anew(client: WorkerClient, worker: FakeWorker, seen: Seen) -> None:
    worker.tell(DtmfReceived(leg=A, digit="1"), DtmfReceived(leg=A, digit="2"))
    await client.call(GetStats(leg=A))
    worker.drop()
    await until(lambda: not client.connected)
    worker.epoch, worker.notices = "second", 0
    hello = await client.connect(worker.path)
    worker.tell(DtmfReceived(leg=A, digit="3"))
    await client.call(GetStats(leg=A))
    assert hello.epoch == "second"
    assert [event.digit for event in seen.events if isinstance(event, DtmfReceived)] == ["1", "2", "3"]


async def test_refusals_of_commands_nobody_waits_for_are_logged(
    client: WorkerClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        client.send(CloseLeg(leg=A))
        await client.call(GetStats(leg=A))
    assert "CloseLeg: no_such_leg" in caplog.text
