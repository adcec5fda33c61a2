"""The owner's end of the media worker's control connection (types.py is the protocol).

Commands queued in the same turn of the loop leave as one batch, in order; the commands of one `ask`, `call`
or `send` are never torn apart, so a composite move happens within one tick of the mixer. Events and the
answers to `ask` are delivered in the order the worker wrote them, from within the loop, by plain callbacks.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import msgspec

from switchroom.media.types import (
    PROTOCOL_VERSION,
    Batch,
    Command,
    Done,
    Failed,
    FromWorker,
    Hello,
    HelloResult,
    LevelsMeasured,
    Notice,
    Result,
    WorkerEvent,
)

MAX_LINE: Final = 1 << 20
MAX_BATCH: Final = 256
MAX_UNANSWERED: Final = 20_000
"""Batches on their way; beyond that the worker counts as lost."""

_log = logging.getLogger("switchroom.media.client")


class WorkerLost(Exception):
    """The worker is gone, or does not answer; whatever was asked of it may or may not have been done."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Commands that were queued together, and who wants their results (None: they are lost)."""

    commands: tuple[Command, ...]
    answered: Callable[[list[Result] | None], None]


@dataclass(frozen=True, slots=True)
class _Sent:
    """A batch that is not answered yet."""

    seq: int
    at: float
    asked: list[_Asked]


class WorkerClient:
    """One worker, across its restarts; with none connected `call` raises WorkerLost and `send` does nothing.

    `on_event` gets each event once, in order; `on_lost` is called once for each connection that ended without
    `close`, after everyone waiting was told. `patience` is how many seconds a batch may stay unanswered.
    """

    def __init__(
        self,
        on_event: Callable[[WorkerEvent], None],
        on_lost: Callable[[], None],
        *,
        patience: float = 5.0,
    ) -> None:
        self._on_event = on_event
        self._on_lost = on_lost
        self._patience = patience
        self._encoder = msgspec.json.Encoder()
        self._decoder: msgspec.json.Decoder[FromWorker] = msgspec.json.Decoder(
            cast(type[FromWorker], FromWorker)
        )
        self._transport: asyncio.Transport | None = None
        self._seq = 0
        self._queue: list[_Asked] = []
        self._sent: deque[_Sent] = deque()
        self._watch: asyncio.TimerHandle | None = None
        self._flushing = False
        self._last_notice = 0
        self.hello: HelloResult | None = None
        """Of the worker that is connected, or was last."""
        self.missed_events = 0
        """Facts lost on the way; stays 0 unless the worker had to drop some while nobody was connected."""

    @property
    def connected(self) -> bool:
        """True between a hello and the loss of the connection."""
        return self._transport is not None and self.hello is not None

    async def connect(self, path: Path) -> HelloResult:
        """Connect and say hello. Raises OSError: nobody listens; WorkerLost: no hello, or another version."""
        if self._transport is not None:
            raise RuntimeError("connected already")
        former, self.hello = self.hello, None
        loop = asyncio.get_running_loop()
        greeted: asyncio.Future[HelloResult] = loop.create_future()

        def answered(results: list[Result] | None) -> None:
            hello = results[0] if results else None
            if isinstance(hello, HelloResult) and hello.version == PROTOCOL_VERSION:
                if former is None or former.epoch != hello.epoch:
                    self._last_notice = 0
                self.hello = hello
                if not greeted.done():
                    greeted.set_result(hello)
            elif not greeted.done():
                greeted.set_exception(WorkerLost(f"no hello of protocol version {PROTOCOL_VERSION}: {hello}"))

        transport, _ = await loop.create_unix_connection(lambda: _Wire(self), str(path))
        self._transport = transport
        seen = self._last_notice if former is not None else None
        self.ask((Hello(version=PROTOCOL_VERSION, seen=seen),), answered)
        try:
            return await greeted
        except BaseException:
            self.close()
            self.hello = former
            raise

    def ask(self, commands: tuple[Command, ...], answered: Callable[[list[Result] | None], None]) -> None:
        """Queue commands; `answered` is called once, later: a result for each, or None when they are lost."""
        if not commands:
            raise ValueError("no commands")
        loop = asyncio.get_running_loop()
        if self._transport is None:
            loop.call_soon(answered, None)
            return
        self._queue.append(_Asked(commands, answered))
        if not self._flushing:
            self._flushing = True
            loop.call_soon(self._flush)

    async def call(self, *commands: Command) -> list[Result]:
        """Return one result for each command; refusals are `Failed`, not exceptions. Raises WorkerLost."""
        future: asyncio.Future[list[Result]] = asyncio.get_running_loop().create_future()

        def answered(results: list[Result] | None) -> None:
            if future.done():
                return
            if results is None:
                future.set_exception(WorkerLost("the media worker is gone"))
            else:
                future.set_result(results)

        self.ask(commands, answered)
        return await future

    def send(self, *commands: Command) -> None:
        """Queue commands nobody waits for; refusals are logged."""

        def answered(results: list[Result] | None) -> None:
            for command, result in zip(commands, results or (), strict=False):
                if isinstance(result, Failed):
                    _log.warning(
                        "command refused: %s: %s %s", type(command).__name__, result.error, result.detail
                    )

        self.ask(commands, answered)

    def close(self) -> None:
        """Let go of the connection without `on_lost`; the worker keeps its legs for a while. Idempotent."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()
        self._forget()

    def _flush(self) -> None:
        self._flushing = False
        queue, self._queue = self._queue, []
        part: list[_Asked] = []
        size = 0
        for asked in queue:
            if part and size + len(asked.commands) > MAX_BATCH:
                self._write(part)
                part, size = [], 0
            part.append(asked)
            size += len(asked.commands)
        if part:
            self._write(part)

    def _write(self, part: list[_Asked]) -> None:
        transport = self._transport
        if transport is None:
            for asked in part:
                asked.answered(None)
            return
        loop = asyncio.get_running_loop()
        self._seq += 1
        line = self._encoder.encode(
            Batch(seq=self._seq, commands=[c for asked in part for c in asked.commands])
        )
        if len(line) >= MAX_LINE:
            if len(part) > 1:
                self._write(part[: len(part) // 2])
                self._write(part[len(part) // 2 :])
            else:
                too_long: list[Result] = [Failed(error="limit", detail="the batch is too long")]
                loop.call_soon(part[0].answered, too_long * len(part[0].commands))
            return
        self._sent.append(_Sent(self._seq, loop.time(), part))
        transport.write(line + b"\n")
        if len(self._sent) > MAX_UNANSWERED:
            self.lost("the worker does not answer")
        elif self._watch is None:
            self._watch = loop.call_later(self._patience, self._look)

    def _look(self) -> None:
        """Watch the oldest unanswered batch."""
        self._watch = None
        if not self._sent:
            return
        loop = asyncio.get_running_loop()
        left = self._sent[0].at + self._patience - loop.time()
        if left <= 0:
            self.lost("the worker does not answer")
        else:
            self._watch = loop.call_later(left, self._look)

    def received(self, line: bytes) -> None:
        """Take a line from the worker (called by the wire)."""
        try:
            message = self._decoder.decode(line)
        except msgspec.DecodeError as error:
            self.lost(f"the worker wrote what is not understood: {error}")
            return
        if isinstance(message, Notice):
            self._notice(message)
        else:
            self._done(message)

    def _notice(self, notice: Notice) -> None:
        if notice.number <= self._last_notice:
            return  # told before the connection was lost
        if self._last_notice and notice.number > self._last_notice + 1:
            self.missed_events += notice.number - self._last_notice - 1
        self._last_notice = notice.number
        try:
            self._on_event(notice.event)
        except Exception:
            kind = type(notice.event).__name__
            if not isinstance(notice.event, LevelsMeasured):
                _log.exception("an event of the worker was not handled: %s", kind)

    def _done(self, done: Done) -> None:
        if not self._sent or self._sent[0].seq != done.seq:
            self.lost("the worker answered out of order")
            return
        sent = self._sent.popleft()
        if len(done.results) != sum(len(asked.commands) for asked in sent.asked):
            self._sent.appendleft(sent)
            self.lost("the worker gave too few or too many results")
            return
        position = 0
        for asked in sent.asked:
            part = done.results[position : position + len(asked.commands)]
            position += len(asked.commands)
            _tell(asked, part)

    def lost(self, reason: str) -> None:
        """The connection is of no use any more (called by the wire). Idempotent."""
        transport, self._transport = self._transport, None
        if transport is None:
            return
        transport.abort()
        _log.error("media worker lost: %s", reason)
        greeted = self.hello is not None
        self._forget()
        if greeted:
            self._on_lost()

    def _forget(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        waiting = [asked for sent in self._sent for asked in sent.asked] + self._queue
        self._sent.clear()
        self._queue = []
        for asked in waiting:
            _tell(asked, None)


def _tell(asked: _Asked, results: list[Result] | None) -> None:
    try:
        asked.answered(results)
    except Exception:
        _log.exception("the answer of the worker was not handled")


class _Wire(asyncio.Protocol):
    """Cuts the byte stream into lines."""

    def __init__(self, client: WorkerClient) -> None:
        self._client = client
        self._rest = bytearray()
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._rest += data
        if b"\n" not in data:
            if len(self._rest) > MAX_LINE:
                self._lost("the worker wrote a line that is too long")
            return
        *complete, rest = self._rest.split(b"\n")
        self._rest = bytearray(rest)
        for line in complete:
            if self._client._transport is not self._transport:
                return
            if line:
                self._client.received(bytes(line))

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost(str(exc) if exc else "the connection was closed")

    def _lost(self, reason: str) -> None:
        if self._client._transport is self._transport:
            self._client.lost(reason)
