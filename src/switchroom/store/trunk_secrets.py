"""Passwords of trunks: encrypted, at once in force, in no revision, told to nobody but the provider."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from sqlalchemy import delete, insert, select

from switchroom.directory import TrunkId
from switchroom.store.commit import storable
from switchroom.store.database import Database
from switchroom.store.secrets import Vault
from switchroom.store.tables import audit, trunk_secrets


class TrunkSecrets:
    """The passwords' table, and all of them in memory for the calls."""

    def __init__(self, database: Database, vault: Vault, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._known: dict[str, str] = {}
        self._turn = asyncio.Lock()
        self._heard: list[Callable[[TrunkId], None]] = []

    def __repr__(self) -> str:
        return f"TrunkSecrets({len(self._known)} kept)"

    def of(self, trunk_id: TrunkId) -> str | None:
        """A trunk's password; None: it has none. Never waits."""
        return self._known.get(trunk_id)

    def has(self, trunk_id: TrunkId) -> bool:
        """Whether a trunk has a password."""
        return trunk_id in self._known

    def when_changed(self, hear: Callable[[TrunkId], None]) -> None:
        """Have `hear` called after each change: the trunk registers anew."""
        self._heard.append(hear)

    async def load(self) -> None:
        """Read all of them: at start. Raises `KeyFileError` with another key."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(trunk_secrets.c.id, trunk_secrets.c.secret))).all()
        self._known = {trunk_id: self._vault.decrypt(secret).decode() for trunk_id, secret in rows}

    async def set(self, trunk_id: TrunkId, secret: str | None, author: str) -> None:
        """Keep a password, or forget it (None): durable and in force when this returns."""
        async with self._turn:
            now = self._clock()
            note = {
                "time": now,
                "who": author,
                "action": "trunk password removed" if secret is None else "trunk password set",
                "subject": f"trunks/{trunk_id}",
                "detail": "",
            }
            async with self._database.writing() as connection:
                await connection.execute(delete(trunk_secrets).where(trunk_secrets.c.id == trunk_id))
                if secret is not None:
                    sealed = self._vault.encrypt(secret.encode())
                    row = {"id": trunk_id, "secret": sealed, "changed_at": now}
                    await connection.execute(insert(trunk_secrets), storable(trunk_secrets, row))
                await connection.execute(insert(audit), storable(audit, note))
            if secret is None:
                self._known.pop(trunk_id, None)
            else:
                self._known[trunk_id] = secret
        for hear in self._heard:
            hear(trunk_id)
