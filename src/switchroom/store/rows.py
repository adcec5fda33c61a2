"""Registrations and dialogs, kept behind what is in memory: documents by id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from sqlalchemy import select

from switchroom.store.database import Database
from switchroom.store.tables import bindings, dialogs
from switchroom.store.write_behind import WriteBehind

_T = TypeVar("_T")


def encode(value: object) -> str:
    """A frozen dataclass (enums, tuples, nested ones too) as JSON."""
    return msgspec.json.encode(value).decode()


def decode(text: str, kind: type[_T]) -> _T:
    """What `encode` wrote. Raises `msgspec.ValidationError` when it does not fit (an older version's)."""
    return msgspec.json.decode(text, type=kind)


@dataclass(frozen=True, slots=True)
class StoredBinding:
    """A registered contact; `document` is the registrar's own."""

    id: str
    user_id: str
    expires_at: float
    document: str


@dataclass(frozen=True, slots=True)
class StoredDialog:
    """A dialog's durable record; `document` is the call engine's own."""

    id: str
    time: float
    document: str


class Bindings:
    """Every registration that was confirmed."""

    def __init__(self, database: Database, queue: WriteBehind) -> None:
        self._database = database
        self._queue = queue

    def put(self, row: StoredBinding) -> None:
        """Keep or replace a binding; durable after `WriteBehind.settled()`."""
        self._queue.put(bindings, _row(row))

    def delete(self, binding_id: str) -> None:
        """Forget a binding."""
        self._queue.delete(bindings, binding_id)

    async def load(self, now: float) -> list[StoredBinding]:
        """All bindings that have not expired: at start."""
        wanted = select(bindings).where(bindings.c.expires_at > now).order_by(bindings.c.id)
        async with self._database.reading() as connection:
            return [StoredBinding(*row) for row in (await connection.execute(wanted)).all()]


class Dialogs:
    """The durable records of running dialogs."""

    def __init__(self, database: Database, queue: WriteBehind) -> None:
        self._database = database
        self._queue = queue

    def put(self, row: StoredDialog) -> None:
        """Keep or replace a dialog's record."""
        self._queue.put(dialogs, _row(row))

    def put_new(self, row: StoredDialog) -> None:
        """The first record of a dialog: if it is deleted within the window, nothing is written."""
        self._queue.put(dialogs, _row(row), new=True)

    def delete(self, dialog_id: str) -> None:
        """The dialog is over."""
        self._queue.delete(dialogs, dialog_id)

    async def load(self) -> list[StoredDialog]:
        """All records: at start."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(dialogs).order_by(dialogs.c.id))).all()
            return [StoredDialog(*row) for row in rows]


def _row(value: StoredBinding | StoredDialog) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}
