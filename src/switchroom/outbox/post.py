"""Sends what waits in the store: again with growing pauses, for a day.

A message is sent once. The one exception: when the process dies, or the database, between the server's answer
and our note of it, it goes out again at the next start; the receiver's programs see the same Message-ID.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Protocol

from sqlalchemy.exc import SQLAlchemyError

from switchroom.outbox.delivery import DeliveryFailed, deliver
from switchroom.store import StoreError
from switchroom.store.mail import Mail, MailServer, MailStore

log = logging.getLogger(__name__)

PAUSES: Final = (30.0, 60.0, 120.0, 300.0, 900.0, 1800.0, 3600.0)
"""Seconds before the next try; the last one again and again."""
GIVE_UP: Final = 86400.0
_LOOK: Final = 60.0
"""Seconds between two looks when nothing is due."""
_SWEEP: Final = 3600.0

Report = Callable[[str, str, str, Mapping[str, str]], None]
"""Kind, subject, text of a problem."""


class Deliver(Protocol):
    """`delivery.deliver`."""

    def __call__(self, server: MailServer, recipient: str, content: bytes) -> Awaitable[None]:
        """Raises `DeliveryFailed`."""


class Post:
    """The one who carries the mail. `write` is called before each round, to write what has to be told by now;
    `sweep` once an hour, to forget what is old."""

    def __init__(
        self,
        mail: MailStore,
        report: Report,
        *,
        deliver: Deliver = deliver,
        write: Callable[[], Awaitable[None]] | None = None,
        sweep: Callable[[], Awaitable[None]] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._mail = mail
        self._report = report
        self._deliver = deliver
        self._write = write
        self._sweep = sweep
        self._clock = clock
        self._swept = 0.0
        self._taken: set[str] = set()
        """Messages that the server took and the database does not know of yet."""
        self._failures = 0
        """Of the server itself, one after the other."""

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._mail.changed.clear()
            try:
                wait = await self.round()
            except (StoreError, SQLAlchemyError, OSError) as error:
                log.warning("mail can not be looked for: %s", error)
                wait = _LOOK
            except Exception:
                log.exception("sending mail failed")
                wait = _LOOK
            try:
                async with asyncio.timeout(wait):
                    await self._mail.changed.wait()
            except TimeoutError:
                continue
            self._failures = 0

    async def round(self) -> float:
        """Try what is due; the seconds until something will be, or until a failing server is tried again."""
        await self._tidy()
        await self._written()
        server = await self._mail.server()
        if not server.ready:
            return _LOOK
        while due := [found for found in await self._mail.due() if found[0].id not in self._taken]:
            for mail, content in due:
                if not await self._try(server, mail, content):
                    self._failures += 1
                    return pause(self._failures)
            self._failures = 0
        next_at = await self._mail.next_at()
        return _LOOK if next_at is None else min(_LOOK, max(1.0, next_at - self._clock()))

    async def _written(self) -> None:
        """What has to be told by now is in the store; what can not be written keeps back nothing else."""
        try:
            if self._write is not None:
                await self._write()
        except Exception:
            log.exception("mails that have to be sent by now could not be written")

    async def _try(self, server: MailServer, mail: Mail, content: bytes) -> bool:
        """One message; False when it is the server that fails, so that others would fare no better."""
        try:
            await self._deliver(server, mail.recipient, content)
        except DeliveryFailed as failure:
            now = self._clock()
            again_at: float | None = now + pause(mail.attempts + 1)
            if failure.final or now - mail.created_at >= GIVE_UP:
                again_at = None
            await self._mail.failed(mail.id, str(failure), again_at)
            of_receiver = failure.field == "to"
            subject = mail.recipient if of_receiver else server.host
            self._report("mail-failed", subject, "", {"cause": failure.error_id, "text": str(failure)})
            log.warning("a mail was not taken id=%s try=%d: %s", mail.id, mail.attempts + 1, failure)
            return of_receiver
        except Exception:
            log.exception("a mail could not be handed over id=%s", mail.id)
            text = "A mistake of ours kept this message from being sent. The log says more."
            await self._mail.failed(mail.id, text, self._clock() + PAUSES[-1])
            self._report("mail-failed", mail.recipient, "", {"cause": "", "text": text})
            return True
        self._taken.add(mail.id)
        await self._mark(mail.id)
        log.info("a mail was sent id=%s kind=%s", mail.id, mail.kind.value)
        return True

    async def _mark(self, mail_id: str) -> None:
        await self._mail.sent(mail_id)
        self._taken.discard(mail_id)

    async def _tidy(self) -> None:
        for mail_id in tuple(self._taken):
            await self._mark(mail_id)
        now = self._clock()
        if now - self._swept >= _SWEEP:
            self._swept = now
            await self._mail.sweep()
            if self._sweep is not None:
                await self._sweep()


def pause(tries: int, pauses: Sequence[float] = PAUSES) -> float:
    """Seconds before the next try, after so many."""
    return pauses[min(tries, len(pauses)) - 1]
