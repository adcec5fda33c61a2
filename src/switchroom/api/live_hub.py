"""Looks at the running system twice a second while somebody watches, and hands over what changed."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from switchroom.api.live_feed import Audience, Feed, Pending, Topic, may_see, message
from switchroom.api.ports import Live
from switchroom.store import Store, StoreError

log = logging.getLogger(__name__)
SECONDS = 0.5
_SELDOM = 4
"""Registrations, a long list, are looked at every so many times."""
_DRAFT = 2
"""And so is the draft, which is in the database."""
MOST_READERS = 200


class TooManyReaders(Exception):
    """No more connections than `MOST_READERS`."""


class Reader:
    """One connection: `ready` is set while its feed has something."""

    def __init__(self, audience: Audience) -> None:
        self.feed = Feed(audience)
        self.ready = asyncio.Event()

    def offer(self, topic: Topic, state: bytes) -> None:
        """A topic's present state."""
        if self.feed.offer(topic, state):
            self.ready.set()

    async def next(self) -> list[bytes]:
        """Messages to send, when there are any."""
        await self.ready.wait()
        self.ready.clear()
        return self.feed.take()


class LiveHub:
    """All who watch. Nothing is done while nobody does."""

    def __init__(self, live: Live, store: Store, seconds: float = SECONDS) -> None:
        self._live = live
        self._store = store
        self._seconds = seconds
        self._readers: set[Reader] = set()
        self._pending = Pending(0, 0, 0)
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def reading(self, audience: Audience) -> Iterator[Reader]:
        """A new reader, who gets everything at once. Raises TooManyReaders."""
        if len(self._readers) >= MOST_READERS:
            raise TooManyReaders
        reader = Reader(audience)
        self._readers.add(reader)
        if self._task is None:
            # The draft follows as soon as it was read: a look at the database is not waited for.
            self._look([reader], [topic for topic in Topic if topic is not Topic.PENDING])
            self._task = asyncio.create_task(self._watch(), name="live")
        else:
            self._look([reader], list(Topic))
        try:
            yield reader
        finally:
            self._readers.discard(reader)

    async def _watch(self) -> None:
        for turn in itertools.count():
            if not self._readers:
                self._task = None
                return
            topics = [Topic.CALLS, Topic.ROOMS, Topic.PROBLEMS]
            if turn % _SELDOM == 0:
                topics.append(Topic.REGISTRATIONS)
            if turn % _DRAFT == 0 and await self._read_draft():
                topics.append(Topic.PENDING)
            try:
                self._look(list(self._readers), topics)
            except Exception:
                log.exception("the running system can not be shown")
            await asyncio.sleep(self._seconds)

    async def _read_draft(self) -> bool:
        try:
            draft = await self._store.configuration.draft()
        except (StoreError, OSError) as error:
            log.warning("the draft can not be read: %s", error)
            return False
        except Exception:
            log.exception("the draft can not be read")
            return False
        self._pending = Pending(len(draft.pending), draft.base, draft.version)
        return True

    def _look(self, readers: list[Reader], topics: list[Topic]) -> None:
        """Make each topic's message once for each audience there is, and offer it."""
        for audience in {reader.feed.audience for reader in readers}:
            concerned = [reader for reader in readers if reader.feed.audience is audience]
            for topic in topics:
                if may_see(audience, topic):
                    state = message(topic, audience, self._live, self._pending)
                    for reader in concerned:
                        reader.offer(topic, state)
