"""Other systems of customer records: how each is reached, everybody's own key, and what is to be written.

Settings and keys are in memory for the phone; secrets are encrypted in the database and told to nobody.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from sqlalchemy import delete, insert, select, update

from switchroom.directory import UserId
from switchroom.store.commit import storable
from switchroom.store.connector_acts import ConnectorActs
from switchroom.store.crm_tables import connector_keys, connectors
from switchroom.store.database import Database
from switchroom.store.errors import NotFound
from switchroom.store.secrets import Vault
from switchroom.store.tables import audit

KINDS: Final = ("odoo",)
"""Systems that there is a connector for."""


@dataclass(frozen=True, slots=True)
class ConnectorSettings:
    """Where another system is, and what it is called."""

    id: str
    kind: str
    name: str
    url: str
    """Scheme, host, port and path without its last slash."""
    database: str = ""
    ca: str = ""
    """Certificates (PEM) that are trusted besides those of the machine."""
    enabled: bool = True
    changed_at: float = 0.0


@dataclass(frozen=True, slots=True)
class ConnectorKey:
    """A person's own key to another system."""

    connector_id: str
    user_id: str
    login: str
    remote_id: str
    """What the other system calls the person."""
    key: str = field(repr=False)
    changed_at: float = 0.0


class Connectors:
    """Settings and keys act at once and stand in no revision. `acts` is what is to be written."""

    def __init__(self, database: Database, vault: Vault, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._settings: dict[str, ConnectorSettings] = {}
        self._keys: dict[tuple[str, str], ConnectorKey] = {}
        self._secrets: dict[str, str] = {}
        self._turn = asyncio.Lock()
        self.acts = ConnectorActs(database, clock)

    def __repr__(self) -> str:
        return f"Connectors({len(self._settings)} kept)"

    async def load(self) -> None:
        """Read all of them: at start. Raises `KeyFileError` with another key file."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(connectors).order_by(connectors.c.created_at))).all()
            keys = (await connection.execute(select(connector_keys))).all()
        for row in rows:
            self._settings[row.id] = _settings(row)
            if row.secret is not None:
                self._secrets[row.id] = self._vault.decrypt(row.secret).decode()
        for row in keys:
            self._keys[row.connector_id, row.user_id] = ConnectorKey(
                row.connector_id,
                row.user_id,
                row.login,
                row.remote_id,
                self._vault.decrypt(row.secret).decode(),
                row.changed_at,
            )

    # --- settings -----------------------------------------------------------------------------------------

    def all(self) -> tuple[ConnectorSettings, ...]:
        """Every system, the oldest first. Never waits."""
        return tuple(self._settings.values())

    def get(self, connector_id: str) -> ConnectorSettings:
        """One system. Never waits. Raises `NotFound`."""
        try:
            return self._settings[connector_id]
        except KeyError:
            raise NotFound("connector") from None

    async def put(self, wanted: ConnectorSettings, author: str) -> ConnectorSettings:
        """Keep a system's settings, a new one or others: durable, audited and in force when this returns.

        At another address everybody's keys are forgotten: they are not meant for it.
        """
        async with self._turn:
            now = self._clock()
            before = self._settings.get(wanted.id)
            wanted = replace(wanted, changed_at=now)
            values = {
                "kind": wanted.kind,
                "name": wanted.name,
                "enabled": wanted.enabled,
                "settings": json.dumps({"url": wanted.url, "database": wanted.database, "ca": wanted.ca}),
                "changed_at": now,
            }
            moved = before is not None and (before.url, before.database) != (wanted.url, wanted.database)
            note = _note(now, author, "connector saved", wanted.id, f"{wanted.url} {wanted.database}".strip())
            async with self._database.writing() as connection:
                if before is None:
                    row = {"id": wanted.id, "secret": None, "created_at": now, **values}
                    await connection.execute(insert(connectors), storable(connectors, row))
                else:
                    change = update(connectors).where(connectors.c.id == wanted.id)
                    await connection.execute(change.values(**storable(connectors, values)))
                if moved:
                    of_it = connector_keys.c.connector_id == wanted.id
                    await connection.execute(delete(connector_keys).where(of_it))
                await connection.execute(insert(audit), storable(audit, note))
            self._settings[wanted.id] = wanted
            if moved:
                self._forget_keys(wanted.id)
        return wanted

    async def remove(self, connector_id: str, author: str) -> None:
        """Forget a system, everybody's keys to it, and what was to be written. Raises `NotFound`."""
        async with self._turn:
            self.get(connector_id)
            note = _note(self._clock(), author, "connector removed", connector_id)
            async with self._database.writing() as connection:
                await connection.execute(delete(connectors).where(connectors.c.id == connector_id))
                await connection.execute(insert(audit), storable(audit, note))
            del self._settings[connector_id]
            self._secrets.pop(connector_id, None)
            self._forget_keys(connector_id)

    def _forget_keys(self, connector_id: str) -> None:
        self._keys = {place: key for place, key in self._keys.items() if place[0] != connector_id}

    # --- secrets ------------------------------------------------------------------------------------------

    def secret(self, connector_id: str) -> str | None:
        """What we and the other system both know. Never waits."""
        return self._secrets.get(connector_id)

    async def set_secret(self, connector_id: str, secret: str | None) -> None:
        """Another one, or none. Raises `NotFound`."""
        async with self._turn:
            self.get(connector_id)
            sealed = None if secret is None else self._vault.encrypt(secret.encode())
            change = update(connectors).where(connectors.c.id == connector_id).values(secret=sealed)
            async with self._database.writing() as connection:
                await connection.execute(change)
            self._secrets.pop(connector_id, None)
            if secret is not None:
                self._secrets[connector_id] = secret

    def key(self, connector_id: str, user_id: str) -> ConnectorKey | None:
        """A person's key. Never waits."""
        return self._keys.get((connector_id, user_id))

    def keys(self, connector_id: str) -> Sequence[ConnectorKey]:
        """Everybody's keys to a system. Never waits."""
        return [key for key in self._keys.values() if key.connector_id == connector_id]

    async def set_key(self, wanted: ConnectorKey, author: str) -> ConnectorKey:
        """Keep a person's key; what waited for one is tried again. Raises `NotFound`: no such system."""
        async with self._turn:
            self.get(wanted.connector_id)
            now = self._clock()
            wanted = replace(wanted, changed_at=now)
            row: dict[str, Any] = {**asdict(wanted), "secret": self._vault.encrypt(wanted.key.encode())}
            del row["key"]
            note = _note(now, author, "connector key set", wanted.connector_id, wanted.login)
            async with self._database.writing() as connection:
                await connection.execute(delete(connector_keys).where(*_whose(wanted)))
                await connection.execute(insert(connector_keys), storable(connector_keys, row))
                await connection.execute(insert(audit), storable(audit, note))
            self._keys[wanted.connector_id, wanted.user_id] = wanted
        await self.acts.hasten(wanted.connector_id, UserId(wanted.user_id))
        return wanted

    async def remove_key(self, connector_id: str, user_id: str, author: str) -> None:
        """Forget a person's key. Raises `NotFound`."""
        async with self._turn:
            known = self._keys.get((connector_id, user_id))
            if known is None:
                raise NotFound("key of yours")
            note = _note(self._clock(), author, "connector key removed", connector_id, known.login)
            async with self._database.writing() as connection:
                await connection.execute(delete(connector_keys).where(*_whose(known)))
                await connection.execute(insert(audit), storable(audit, note))
            del self._keys[connector_id, user_id]


def _whose(key: ConnectorKey) -> tuple[Any, Any]:
    columns = connector_keys.c
    return columns.connector_id == key.connector_id, columns.user_id == key.user_id


def _settings(row: Any) -> ConnectorSettings:
    values = json.loads(row.settings)
    return ConnectorSettings(
        id=row.id,
        kind=row.kind,
        name=row.name,
        url=values.get("url", ""),
        database=values.get("database", ""),
        ca=values.get("ca", ""),
        enabled=row.enabled,
        changed_at=row.changed_at,
    )


def _note(now: float, author: str, action: str, subject: str, detail: str = "") -> dict[str, Any]:
    return {
        "time": now,
        "who": author,
        "action": action,
        "subject": f"connectors/{subject}",
        "detail": detail,
    }
