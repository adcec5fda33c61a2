"""Personal settings: they act at once, are written down, and stand in no revision."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable

from sqlalchemy import delete, insert, select

from switchroom.directory import DocumentError, UserId
from switchroom.directory.document import canonical, entry_from_document, entry_to_document
from switchroom.directory.personal import UNSET, Personal
from switchroom.store.commit import storable
from switchroom.store.database import Database
from switchroom.store.tables import audit, personal

log = logging.getLogger(__name__)


class PersonalSettings:
    """What users set, all of it in memory for the calls."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[str, Personal] = {}
        self._turn = asyncio.Lock()
        """What is in memory changes in the order of the database."""

    def of(self, user_id: UserId) -> Personal:
        """A user's settings. Never waits."""
        return self._known.get(user_id, UNSET)

    async def load(self) -> None:
        """Read all of them: at start. What can not be read (a newer version's) counts as never set."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(personal.c.id, personal.c.document))).all()
        for user_id, text in rows:
            try:
                self._known[user_id] = entry_from_document(Personal, json.loads(text), user_id)
            except (DocumentError, ValueError) as error:
                log.error("the personal settings of %s can not be read: %s", user_id, error)

    async def set(self, user_id: UserId, settings: Personal, author: str) -> None:
        """Keep a user's settings: durable, audited and in force when this returns."""
        async with self._turn:
            former = self.of(user_id)
            if former == settings:
                return
            now = self._clock()
            note = {
                "time": now,
                "who": author,
                "action": "personal settings saved",
                "subject": f"users/{user_id}",
                "detail": _difference(former, settings),
            }
            row = {"id": user_id, "document": canonical(entry_to_document(settings)), "changed_at": now}
            async with self._database.writing() as connection:
                await connection.execute(delete(personal).where(personal.c.id == user_id))
                await connection.execute(insert(personal), storable(personal, row))
                await connection.execute(insert(audit), storable(audit, note))
            self._known[user_id] = settings


def _difference(former: Personal, settings: Personal) -> str:
    """The fields that changed, with their new values."""
    old, new = entry_to_document(former), entry_to_document(settings)
    return "; ".join(f"{name}: {json.dumps(value)}" for name, value in new.items() if old[name] != value)
