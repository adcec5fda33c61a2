"""A media worker without media: answers batches as a test tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec

from switchroom.media.types import (
    PROTOCOL_VERSION,
    Batch,
    Command,
    Done,
    Hello,
    HelloResult,
    Notice,
    Ok,
    Result,
    WorkerEvent,
)


class FakeWorker:
    """Listens at `path`; `answer` gives the result of each command (Ok by default)."""

    def __init__(self, path: Path, answer: Callable[[Command], Result] = lambda command: Ok()) -> None:
        self.path = path
        self.answer = answer
        self.batches: list[Batch] = []
        self.epoch = "first"
        self.version = PROTOCOL_VERSION
        self.silent = False
        self.notices = 0
        self._writer: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> FakeWorker:
        self._server = await asyncio.start_unix_server(self._serve, str(self.path), limit=1 << 21)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.drop()
        if self._server is not None:
            self._server.close()

    def tell(self, *events: WorkerEvent, skip: int = 0) -> None:
        for event in events:
            self.notices += 1 + skip
            self.write(msgspec.json.encode(Notice(number=self.notices, event=event)) + b"\n")

    def write(self, data: bytes) -> None:
        assert self._writer is not None
        self._writer.write(data)

    def drop(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        while line := await reader.readline():
            batch = msgspec.json.decode(line, type=Batch)
            self.batches.append(batch)
            if self.silent:
                continue
            results = [self._result(command) for command in batch.commands]
            writer.write(msgspec.json.encode(Done(seq=batch.seq, results=results)) + b"\n")

    def _result(self, command: Command) -> Result:
        if isinstance(command, Hello):
            return HelloResult(version=self.version, epoch=self.epoch, pid=1)
        return self.answer(command)
