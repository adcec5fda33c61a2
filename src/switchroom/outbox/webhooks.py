"""Tells webhooks what happened: at once, and again with growing pauses for a day.

Each event is told at least once, always by the same id; twice when the process dies between the receiver's
answer and our note of it. A receiver that is slow or away keeps back its own events only.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from importlib import import_module
from typing import Final, Protocol

from sqlalchemy.exc import SQLAlchemyError

from switchroom.outbox.post import Report, pause
from switchroom.outbox.webhook_rules import Answer, NoAnswer
from switchroom.store import StoreError
from switchroom.store.webhook_events import SAMPLE, TEST, call_data
from switchroom.store.webhooks import GIVE_UP, Delivery, Webhook, Webhooks, deliveries

log = logging.getLogger(__name__)

PAUSES: Final = (5.0, 30.0, 120.0, 300.0, 900.0, 1800.0, 3600.0)
"""Seconds before the next try of an event; the last one again and again."""
RESTS: Final = (5.0, 15.0, 60.0, 300.0)
"""Seconds in which a receiver that is away, or has too much to do, is left alone."""
AT_ONCE: Final = 8
"""Events that one receiver is told side by side."""
GONE: Final = 410
"""This answer switches a webhook off."""
_AWAY: Final = frozenset({429, 502, 503, 504})
_LOOK: Final = 60.0
_SWEEP: Final = 3600.0


class Send(Protocol):
    """`Sender.send`."""

    def __call__(self, url: str, secret: bytes, event_id: str, body: str) -> Awaitable[Answer]:
        """Raises `NoAnswer`."""


class WebhookPost:
    """The one who tells. `report` gets what an administrator should see (kind, subject, code, values)."""

    def __init__(
        self,
        webhooks: Webhooks,
        report: Report,
        *,
        send: Send | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._webhooks = webhooks
        self._report = report
        self._send = send
        self._clock = clock
        self._telling: dict[str, asyncio.Task[None]] = {}
        self._resting: dict[tuple[str, float], tuple[int, float]] = {}
        """By webhook, as it was changed last: how often it did not answer, until when it is left alone."""
        self._swept = 0.0

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                self._webhooks.changed.clear()
                try:
                    wait = await self.round()
                except (StoreError, SQLAlchemyError, OSError) as error:
                    log.warning("webhooks can not be looked for: %s", error)
                    wait = _LOOK
                except Exception:
                    log.exception("telling webhooks failed")
                    wait = _LOOK
                try:
                    async with asyncio.timeout(wait):
                        await self._webhooks.changed.wait()
                except TimeoutError:
                    continue
        finally:
            telling = tuple(self._telling.values())
            for task in telling:
                task.cancel()
            await asyncio.gather(*telling, return_exceptions=True)

    async def round(self) -> float:
        """Begin to tell what is due; the seconds until something will be."""
        now = self._clock()
        if now - self._swept >= _SWEEP:
            self._swept = now
            await self._webhooks.sweep()
        await self._webhooks.settled()
        due = await self._webhooks.next_at()
        waits = [_LOOK]
        for hook in self._webhooks.all():
            next_at = due.get(hook.id)
            if next_at is None or not hook.enabled or hook.id in self._telling:
                continue
            if hook.id in self._webhooks.hurried:
                self._webhooks.hurried.discard(hook.id)
                self._resting.pop(_mark(hook), None)
            _, until = self._resting.get(_mark(hook), (0, 0.0))
            at = max(next_at, until)
            if at > now:
                waits.append(at - now)
            else:
                self._telling[hook.id] = asyncio.create_task(self._tell(hook))
        return min(waits)

    async def _tell(self, hook: Webhook) -> None:
        """Tell one webhook some of what is due. Of one that did not answer one event is tried."""
        try:
            failing = _mark(hook) in self._resting
            due = await self._webhooks.due(hook.id, 1 if failing else AT_ONCE)
            tries = await asyncio.gather(*(self._try(hook, one) for one in due), return_exceptions=True)
            for failed in tries:
                if isinstance(failed, BaseException):
                    raise failed
            if tries and not any(tries):
                self._rest(hook)
        except (StoreError, SQLAlchemyError, OSError) as error:
            log.warning("webhook=%s can not be told: %s", hook.id, error)
            self._rest(hook)
        except Exception:
            log.exception("webhook=%s could not be told", hook.id)
            self._rest(hook)
        finally:
            del self._telling[hook.id]
            self._webhooks.changed.set()

    async def _try(self, hook: Webhook, delivery: Delivery) -> bool:
        """Tell one event; False when it is the receiver that fails, so that others would fare no better."""
        after = await self.attempt(hook, delivery)
        away = after.status is None or after.status in _AWAY
        if after.delivered_at is not None:
            self._resting.pop(_mark(hook), None)
        elif after.status == GONE:
            after = replace(after, next_at=None)
            await self._switch_off(hook)
        else:
            over = self._clock() - delivery.created_at >= GIVE_UP
            next_at = None if over else self._clock() + pause(after.attempts, PAUSES)
            after = replace(after, next_at=next_at)
            self._report("webhook-failed", hook.name, *_told(after))
            log.warning("webhook=%s was not told id=%s try=%d", hook.id, delivery.id, after.attempts)
        self._webhooks.note(delivery, after)
        return not away

    async def attempt(self, hook: Webhook, delivery: Delivery) -> Delivery:
        """Tell an event once: what is known of it then. Nothing is noted."""
        tried = replace(delivery, attempts=delivery.attempts + 1, next_at=None, status=None, answer="")
        if self._send is None:
            module = await asyncio.to_thread(import_module, "switchroom.outbox.webhook_sender")
            self._send = module.Sender(self._clock).send
        try:
            answer = await self._send(hook.url, hook.secret, delivery.event_id, delivery.body)
        except NoAnswer as failure:
            return replace(tried, problem=str(failure))
        tried = replace(tried, status=answer.status, answer=answer.text)
        if 200 <= answer.status < 300:
            return replace(tried, delivered_at=self._clock(), problem="")
        return replace(tried, problem=_refusal(answer.status))

    async def test(self, hook: Webhook) -> Delivery:
        """Tell a webhook something harmless, once and now; it is in the log then."""
        now = self._clock()
        data = call_data(replace(SAMPLE, started_at=now))
        (made,) = deliveries(TEST, data, [hook], now)
        after = await self.attempt(hook, made)
        self._webhooks.note(made, after)
        return after

    def _rest(self, hook: Webhook) -> None:
        failures = self._resting.get(_mark(hook), (0, 0.0))[0] + 1
        self._resting[_mark(hook)] = failures, self._clock() + pause(failures, RESTS)

    async def _switch_off(self, hook: Webhook) -> None:
        self._report("webhook-gone", hook.name, "", {"name": hook.name})
        log.warning("webhook=%s is switched off: the receiver answered 410", hook.id)
        if self._webhooks.get(hook.id) == hook:
            await self._webhooks.change(hook.id, lambda now: replace(now, enabled=False))


def _mark(hook: Webhook) -> tuple[str, float]:
    return hook.id, hook.changed_at


def _told(tried: Delivery) -> tuple[str, dict[str, str]]:
    """Why a try failed: code and values of the words for it."""
    if tried.status is None:
        return "", {"text": tried.problem}
    elsewhere = 300 <= tried.status < 400
    return "webhook-elsewhere" if elsewhere else "webhook-answered", {"status": str(tried.status)}


def _refusal(status: int) -> str:
    if 300 <= status < 400:
        return f"The receiver answered {status}: it wants us to go elsewhere, which is not done."
    return f"The receiver answered {status}."
