"""Webhooks: who is told what happens, and what was or has to be told to each of them.

What happens is put into the queue in the same turn as the record it is about: after a crash either both are
there, or neither is. A delivery is kept until it was taken or a day has passed, and stays in the log after.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, delete, func, insert, select, update

from switchroom.happenings import Happening, Happenings
from switchroom.store.commit import storable
from switchroom.store.crm_tables import webhook_deliveries, webhooks
from switchroom.store.database import Database
from switchroom.store.errors import NotFound, StoreUnavailable
from switchroom.store.paging import earlier, newest_first, page
from switchroom.store.secrets import Vault, generate_id
from switchroom.store.webhook_events import Event, events_of
from switchroom.store.write_behind import WriteBehind

log = logging.getLogger(__name__)

GIVE_UP: Final = 86400.0
"""Seconds after which an event that could not be told no longer is."""
KEPT_SECONDS: Final = 30 * 86400.0
KEPT_ROWS: Final = 10_000
"""Of deliveries that are over: older ones are forgotten."""
MOST_WAITING: Final = 20_000
"""Deliveries of one webhook that wait; what happens while there are so many is not told."""
MOST_WEBHOOKS: Final = 50
SECRET_PREFIX: Final = "whsec_"
_ANSWER: Final = 4000
"""Characters of an answer that are kept."""
_PROBLEM: Final = 500
_TOO_LATE: Final = "It could not be told within a day."


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told events."""

    id: str
    name: str
    url: str
    events: frozenset[str]
    enabled: bool
    secret: bytes = field(repr=False)
    created_at: float
    changed_at: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one webhook. No `next_at`: it is over, delivered or given up."""

    id: str
    """The event's id, a dot, the webhook's id."""
    webhook_id: str
    event: str
    body: str
    created_at: float
    attempts: int = 0
    next_at: float | None = None
    delivered_at: float | None = None
    status: int | None = None
    """HTTP status of the last answer."""
    problem: str = ""
    answer: str = ""
    """How the last answer began."""

    @property
    def event_id(self) -> str:
        """The same at every try, and for every webhook that is told of this event."""
        return self.id.partition(".")[0]


class Webhooks:
    """All webhooks in memory, their deliveries in the database. Used on the running loop."""

    def __init__(
        self, database: Database, vault: Vault, queue: WriteBehind, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._vault = vault
        self._queue = queue
        self._clock = clock
        self._known: dict[str, Webhook] = {}
        self._waiting: dict[str, int] = {}
        """Deliveries that wait, by webhook."""
        self._turn = asyncio.Lock()
        self._stop: Callable[[], None] | None = None
        self._happenings: Happenings | None = None
        self.changed = asyncio.Event()
        """There may be something to send."""
        self.hurried: set[str] = set()
        """Webhooks that somebody wants to be told now, however they failed before."""

    async def load(self) -> None:
        """Read them: at start. Raises `KeyFileError` with another key."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(webhooks))).all()
        self._known = {row.id: self._read(row) for row in rows}
        await self._count()

    async def _count(self) -> None:
        mine = webhook_deliveries.c
        waiting = select(mine.webhook_id, func.count()).where(mine.next_at.is_not(None))
        async with self._database.reading() as connection:
            rows = (await connection.execute(waiting.group_by(mine.webhook_id))).all()
        self._waiting = {row[0]: int(row[1]) for row in rows}

    def _read(self, row: Any) -> Webhook:
        values = dict(row._mapping)
        values["events"] = frozenset(values["events"].split())
        values["secret"] = self._vault.decrypt(row.secret)
        return Webhook(**values)

    # --- what happens -------------------------------------------------------------------------------------

    def listen(self, happenings: Happenings) -> None:
        """Take what happens from now on, while there is a webhook that wants any of it."""
        self._happenings = happenings
        self._attend()

    def _attend(self) -> None:
        """Nobody listens while nobody wants to know: then a call costs nothing more."""
        wanted = any(hook.enabled and hook.events for hook in self._known.values())
        if wanted and self._stop is None and self._happenings is not None:
            self._stop = self._happenings.listen(self.take)
        elif not wanted and self._stop is not None:
            self._stop()
            self._stop = None

    def take(self, happening: Happening) -> None:
        """Put what has to be told of it into the queue. Returns at once."""
        for event, data in events_of(happening):
            hooks = [hook for hook in self._known.values() if hook.enabled and event in hook.events]
            if hooks:
                self.put(event, data, hooks)

    def put(self, event: str, data: dict[str, Any], hooks: Sequence[Webhook]) -> None:
        """Have an event told to each of these."""
        now = self._clock()
        for made in deliveries(event, data, hooks, now):
            hook, made = made.webhook_id, replace(made, next_at=now)
            waiting = self._waiting.get(hook, 0)
            if waiting >= MOST_WAITING:
                log.error("webhook=%s has %d events to be told already: one is lost", hook, waiting)
                continue
            try:
                self._queue.put(webhook_deliveries, _row(made), new=True)
            except StoreUnavailable as error:
                log.error("webhook=%s is not told of an event: %s", hook, error)
                continue
            self._waiting[hook] = waiting + 1
        self.changed.set()

    # --- webhooks -----------------------------------------------------------------------------------------

    def all(self) -> list[Webhook]:
        """All of them, by name."""
        return sorted(self._known.values(), key=lambda hook: (hook.name.casefold(), hook.id))

    def get(self, hook_id: str) -> Webhook:
        """One of them. Raises `NotFound`."""
        found = self._known.get(hook_id)
        if found is None:
            raise NotFound("webhook")
        return found

    def waiting(self, hook_id: str) -> int:
        """How many deliveries wait."""
        return self._waiting.get(hook_id, 0)

    async def add(self, name: str, url: str, events: Collection[str], enabled: bool) -> Webhook:
        """A new one, with a secret of its own."""
        now = self._clock()
        hook = Webhook(
            generate_id("webhook"), name, url, frozenset(events), enabled, secrets.token_bytes(32), now, now
        )
        async with self._turn, self._database.writing() as connection:
            await connection.execute(insert(webhooks), storable(webhooks, self._row(hook)))
        return self._keep(hook)

    async def change(self, hook_id: str, changed: Callable[[Webhook], Webhook]) -> Webhook:
        """What `changed` makes of it: durable and in force. Raises `NotFound`, and what `changed` raises."""
        async with self._turn:
            hook = replace(changed(self.get(hook_id)), id=hook_id, changed_at=self._clock())
            row = storable(webhooks, self._row(hook))
            async with self._database.writing() as connection:
                await connection.execute(update(webhooks).where(webhooks.c.id == hook_id).values(**row))
            return self._keep(hook)

    async def renew(self, hook_id: str) -> Webhook:
        """Another secret. Raises `NotFound`."""
        return await self.change(hook_id, lambda hook: replace(hook, secret=secrets.token_bytes(32)))

    async def remove(self, hook_id: str) -> Webhook:
        """Forget one, and what was told to it. Raises `NotFound`."""
        async with self._turn:
            hook = self.get(hook_id)
            del self._known[hook_id]
            self._attend()
            await self._queue.settled()  # what is written after the webhook is gone would be refused
            async with self._database.writing() as connection:
                mine = webhook_deliveries.c.webhook_id == hook_id
                await connection.execute(delete(webhook_deliveries).where(mine))
                await connection.execute(delete(webhooks).where(webhooks.c.id == hook_id))
            self._waiting.pop(hook_id, None)
            return hook

    def _keep(self, hook: Webhook) -> Webhook:
        self._known[hook.id] = hook
        self._attend()
        self.changed.set()
        return hook

    def _row(self, hook: Webhook) -> dict[str, Any]:
        values = {name: getattr(hook, name) for name in Webhook.__dataclass_fields__}
        return {
            **values,
            "events": " ".join(sorted(hook.events)),
            "secret": self._vault.encrypt(hook.secret),
        }

    # --- deliveries ---------------------------------------------------------------------------------------

    async def settled(self) -> None:
        """Return when what was told and noted is in the database."""
        await self._queue.settled()

    async def due(self, hook_id: str, limit: int) -> list[Delivery]:
        """What is to be tried now, the longest waiting first."""
        mine = webhook_deliveries.c
        wanted = select(webhook_deliveries).where(mine.webhook_id == hook_id, mine.next_at <= self._clock())
        async with self._database.reading() as connection:
            rows = await connection.execute(wanted.order_by(mine.next_at, mine.created_at).limit(limit))
            return [Delivery(**row._mapping) for row in rows]

    async def next_at(self) -> dict[str, float]:
        """When each webhook has something to be told, by its id."""
        mine = webhook_deliveries.c
        wanted = select(mine.webhook_id, func.min(mine.next_at)).where(mine.next_at.is_not(None))
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted.group_by(mine.webhook_id))).all()
        return {row[0]: float(row[1]) for row in rows}

    def note(self, before: Delivery, after: Delivery) -> None:
        """Write down how a try went. Raises `StoreUnavailable` when too much waits already."""
        hook = after.webhook_id
        if hook not in self._known:
            return  # it was removed meanwhile
        kept = replace(after, problem=after.problem[:_PROBLEM], answer=after.answer[:_ANSWER])
        self._queue.put(webhook_deliveries, _row(kept))
        if before.next_at is not None and after.next_at is None:
            self._waiting[hook] = max(0, self._waiting.get(hook, 0) - 1)

    async def delivery(self, delivery_id: str) -> Delivery:
        """One of them. Raises `NotFound`."""
        await self._queue.settled()
        async with self._database.reading() as connection:
            wanted = select(webhook_deliveries).where(webhook_deliveries.c.id == delivery_id)
            row = (await connection.execute(wanted)).first()
        if row is None:
            raise NotFound("delivery")
        return Delivery(**row._mapping)

    async def again(self, delivery_id: str) -> Delivery:
        """Have one told again, now, with the id it had. Raises `NotFound`."""
        found = await self.delivery(delivery_id)
        if found.next_at is None:
            self._waiting[found.webhook_id] = self._waiting.get(found.webhook_id, 0) + 1
        wanted = replace(found, next_at=self._clock(), delivered_at=None)
        self._queue.put(webhook_deliveries, _row(wanted))
        self.hurried.add(found.webhook_id)
        self.changed.set()
        return wanted

    async def page(
        self, hook_id: str, limit: int = 50, after: str | None = None
    ) -> tuple[Sequence[Delivery], str | None]:
        """Deliveries of a webhook, the newest first, and where the next page begins. Raises ValueError for an
        unknown `after`."""
        await self._queue.settled()
        mine = webhook_deliveries.c
        by = (mine.created_at, mine.id)
        wanted = select(webhook_deliveries).where(mine.webhook_id == hook_id, *earlier(*by, after))
        async with self._database.reading() as connection:
            rows = await connection.execute(wanted.order_by(*newest_first(*by)).limit(limit + 1))
            found = [Delivery(**row._mapping) for row in rows]
        return page(found, limit, lambda one: (one.created_at, one.id))

    async def latest(self) -> dict[str, Delivery]:
        """The last delivery of each webhook that was tried, by the webhook's id."""
        await self._queue.settled()
        found: dict[str, Delivery] = {}
        mine = webhook_deliveries.c
        async with self._database.reading() as connection:
            for hook_id in self._known:
                wanted = select(webhook_deliveries).where(mine.webhook_id == hook_id, mine.attempts > 0)
                newest = wanted.order_by(mine.created_at.desc(), mine.id.desc()).limit(1)
                row = (await connection.execute(newest)).first()
                if row is not None:
                    found[hook_id] = Delivery(**row._mapping)
        return found

    async def sweep(self) -> None:
        """Give up what could not be tried for a day, since its webhook is off. Forget what is over: the
        deliveries of long ago, and all but the last ten thousand."""
        mine = webhook_deliveries.c
        late = update(webhook_deliveries).where(mine.next_at < self._clock() - GIVE_UP)
        await self._queue.settled()
        over: ColumnElement[bool] = mine.next_at.is_(None)
        cut = select(mine.created_at).where(over).order_by(mine.created_at.desc())
        async with self._database.writing() as connection:
            await connection.execute(late.values(next_at=None, problem=_TOO_LATE))
            oldest = (await connection.execute(cut.offset(KEPT_ROWS - 1).limit(1))).scalar()
            before = max(self._clock() - KEPT_SECONDS, -1.0 if oldest is None else float(oldest))
            await connection.execute(delete(webhook_deliveries).where(over, mine.created_at < before))
        await self._count()


def deliveries(event: str, data: dict[str, Any], hooks: Sequence[Webhook], now: float) -> list[Delivery]:
    """An event as it is told to each of these: by one name, in the same words."""
    name = "evt-" + secrets.token_hex(12)
    body = msgspec.json.encode({"id": name, "type": event, "time": now, "data": data}).decode()
    return [Delivery(f"{name}.{hook.id}", hook.id, event, body, now) for hook in hooks]


def shown_secret(hook: Webhook) -> str:
    """A webhook's secret as the libraries of receivers read it."""
    return SECRET_PREFIX + base64.b64encode(hook.secret).decode()


def _row(delivery: Delivery) -> dict[str, Any]:
    return {name: getattr(delivery, name) for name in Delivery.__dataclass_fields__}


EVENTS: Final = tuple(event.value for event in Event)
