"""Mail that leaves: the server it leaves by, and every message until it is sent.

A message is encrypted while it waits, since it holds links and codes, and forgotten once it is sent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import and_, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from switchroom.store.commit import storable
from switchroom.store.database import Database
from switchroom.store.errors import NotFound
from switchroom.store.paging import earlier, newest_first, page
from switchroom.store.secrets import Vault, generate_id
from switchroom.store.tables import mail_server, mails

KEPT_SECONDS: Final = 30 * 86400.0
"""How long it is known what became of a message."""


class Security(StrEnum):
    """How the connection to the mail server is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail leaves by, and what stands in it."""

    host: str = ""
    """Empty: no mail is sent."""
    port: int = 587
    security: Security = Security.STARTTLS
    username: str = ""
    """Empty: without a login."""
    password: str = field(default="", repr=False)
    sender: str = ""
    """The address that mail comes from."""
    public_url: str = ""
    """Where guests reach the web side; empty: this machine's address."""
    changed_at: float = 0.0

    @property
    def ready(self) -> bool:
        """Whether mail can be sent at all."""
        return bool(self.host and self.sender)


class MailKind(StrEnum):
    """What a message is for."""

    INVITATION = "invitation"
    UPDATE = "update"
    CANCELLATION = "cancellation"
    EMERGENCY = "emergency"
    """Somebody called for help."""
    VOICEMAIL = "voicemail"


class MailState(StrEnum):
    """How far a message is; the last three are final."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    REPLACED = "replaced"
    """A later message to the same person about the same thing was queued before this one was sent."""


@dataclass(frozen=True, slots=True)
class NewMail:
    """A message to be sent: whole, as it goes out (RFC 5322)."""

    recipient: str
    subject: str
    kind: MailKind
    content: bytes = field(repr=False)
    reference: str | None = None
    """What it is about: a later message about it to the same recipient takes its place."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A message and what became of it. Times are seconds since the epoch."""

    id: str
    recipient: str
    subject: str
    kind: MailKind
    reference: str | None
    state: MailState
    attempts: int
    created_at: float
    next_at: float
    """When it is tried (again)."""
    ended_at: float | None
    error: str
    """Why the last try failed, in a sentence."""


_COLUMNS = tuple(mails.c[name] for name in Mail.__dataclass_fields__)


class MailStore:
    """The mail server's settings and the messages. Everything acts at once."""

    def __init__(self, database: Database, vault: Vault, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self.changed = asyncio.Event()
        """Set when there is something new to send, or another server to send by."""

    # --- the server ---------------------------------------------------------------------------------------

    async def server(self) -> MailServer:
        """The settings, the password among them."""
        async with self._database.reading() as connection:
            return await self._server(connection)

    async def _server(self, connection: AsyncConnection) -> MailServer:
        row = (await connection.execute(select(mail_server))).first()
        if row is None:
            return MailServer()
        password = "" if row.password is None else self._vault.decrypt(row.password).decode()
        return MailServer(
            host=row.host,
            port=row.port,
            security=Security(row.security),
            username=row.username,
            password=password,
            sender=row.sender,
            public_url=row.public_url,
            changed_at=row.changed_at,
        )

    async def set_server(self, wanted: MailServer) -> MailServer:
        """Other settings; what waits is tried by them at once."""
        now = self._clock()
        wanted = replace(wanted, changed_at=now)
        row: dict[str, Any] = {name: getattr(wanted, name) for name in MailServer.__dataclass_fields__}
        row["password"] = self._vault.encrypt(wanted.password.encode()) if wanted.password else None
        row["security"] = wanted.security.value
        async with self._database.writing() as connection:
            await connection.execute(delete(mail_server))
            await connection.execute(insert(mail_server), storable(mail_server, {"id": 1, **row}))
            waiting = mails.c.state == MailState.WAITING
            await connection.execute(update(mails).where(waiting).values(next_at=now))
        self.changed.set()
        return wanted

    # --- messages -----------------------------------------------------------------------------------------

    async def add(self, connection: AsyncConnection, wanted: Collection[NewMail]) -> None:
        """Queue messages in the transaction of what they tell. Call `wake` afterwards."""
        now = self._clock()
        for mail in wanted:
            if mail.reference is not None:
                earlier = and_(
                    mails.c.reference == mail.reference,
                    mails.c.recipient == mail.recipient,
                    mails.c.state == MailState.WAITING,
                )
                over = {"state": MailState.REPLACED, "content": None, "ended_at": now}
                await connection.execute(update(mails).where(earlier).values(**over))
            row = {
                "id": generate_id("mail"),
                "recipient": mail.recipient,
                "subject": mail.subject,
                "kind": mail.kind.value,
                "reference": mail.reference,
                "content": self._vault.encrypt(mail.content),
                "state": MailState.WAITING.value,
                "attempts": 0,
                "created_at": now,
                "next_at": now,
                "ended_at": None,
                "error": "",
            }
            await connection.execute(insert(mails), storable(mails, row))

    async def post(self, wanted: Collection[NewMail]) -> None:
        """Queue messages that belong to nothing else: durable when this returns."""
        async with self._database.writing() as connection:
            await self.add(connection, wanted)
        self.wake()

    def wake(self) -> None:
        """There is something to send."""
        self.changed.set()

    async def due(self, limit: int = 20) -> list[tuple[Mail, bytes]]:
        """What is to be tried now, the longest waiting first, with its content."""
        wanted = select(*_COLUMNS, mails.c.content).where(
            mails.c.state == MailState.WAITING, mails.c.next_at <= self._clock(), mails.c.content.is_not(None)
        )
        async with self._database.reading() as connection:
            query = wanted.order_by(mails.c.next_at, mails.c.created_at, mails.c.id).limit(limit)
            rows = (await connection.execute(query)).all()
        return [(_mail(row), self._vault.decrypt(row.content)) for row in rows]

    async def next_at(self) -> float | None:
        """When something is to be tried; None: nothing waits."""
        wanted = select(func.min(mails.c.next_at)).where(mails.c.state == MailState.WAITING)
        async with self._database.reading() as connection:
            found = (await connection.execute(wanted)).scalar()
        return None if found is None else float(found)

    async def sent(self, mail_id: str) -> None:
        """A message is delivered: its content is forgotten."""
        values = {"state": MailState.SENT, "content": None, "ended_at": self._clock(), "error": ""}
        await self._set(mail_id, attempts=mails.c.attempts + 1, **values)

    async def failed(self, mail_id: str, error: str, again_at: float | None) -> None:
        """A try failed. `again_at`: when the next one is due; None: there is none."""
        values: dict[str, Any] = {"attempts": mails.c.attempts + 1, "error": error[:500]}
        if again_at is None:
            values |= {"state": MailState.FAILED, "ended_at": self._clock()}
        else:
            values["next_at"] = again_at
        await self._set(mail_id, **values)

    async def _set(self, mail_id: str, **values: Any) -> None:
        async with self._database.writing() as connection:
            await connection.execute(update(mails).where(mails.c.id == mail_id).values(**values))

    async def retry(self, mail_id: str) -> Mail:
        """Try a message that failed, or waits, once more and now. Raises `NotFound`: it is sent or gone."""
        now = self._clock()
        which = and_(
            mails.c.id == mail_id,
            mails.c.state.in_((MailState.FAILED, MailState.WAITING)),
            mails.c.content.is_not(None),
        )
        values = {"state": MailState.WAITING, "next_at": now, "ended_at": None, "created_at": now}
        async with self._database.writing() as connection:
            await connection.execute(update(mails).where(which).values(**values))
            row = (await connection.execute(select(*_COLUMNS).where(which))).first()
        if row is None:
            raise NotFound("message to send")
        self.changed.set()
        return _mail(row)

    async def page(
        self, state: MailState | None = None, limit: int = 100, after: str | None = None
    ) -> tuple[Sequence[Mail], str | None]:
        """Messages, the newest first, and where the next page begins. Raises ValueError for an unknown
        `after`."""
        conditions = [] if state is None else [mails.c.state == state]
        by = (mails.c.created_at, mails.c.id)
        query = select(*_COLUMNS).where(*conditions, *earlier(*by, after)).order_by(*newest_first(*by))
        async with self._database.reading() as connection:
            found = [_mail(row) for row in await connection.execute(query.limit(limit + 1))]
        return page(found, limit, lambda mail: (mail.created_at, mail.id))

    async def latest(self, references: Collection[str]) -> dict[tuple[str, str], Mail]:
        """What became of the last message about each thing to each recipient."""
        wanted = select(*_COLUMNS).where(mails.c.reference.in_(references)).order_by(mails.c.created_at)
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).all()
        return {(row.reference, row.recipient): _mail(row) for row in rows}

    async def sweep(self) -> None:
        """Forget what ended long ago."""
        old = self._clock() - KEPT_SECONDS
        async with self._database.writing() as connection:
            await connection.execute(delete(mails).where(mails.c.ended_at < old))


def _mail(row: Any) -> Mail:
    values = {name: getattr(row, name) for name in Mail.__dataclass_fields__}
    return Mail(**{**values, "kind": MailKind(row.kind), "state": MailState(row.state)})
