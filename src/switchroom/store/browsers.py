"""Browser tabs as devices: credentials that last as long as their session and are renewed by an open page.

A tab's user name and secret are computed from its session and name, so that a renewal changes nothing for the
phone and nothing secret is stored. The admission of calls reads them in memory.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from switchroom.directory import DeviceId, UserId
from switchroom.store.database import Database
from switchroom.store.devices import StoredCredential
from switchroom.store.errors import NotFound
from switchroom.store.secrets import digest_hashes
from switchroom.store.tables import browser_devices, sessions

LIFETIME: Final = 1800.0
"""Seconds until a credential ends unless it is renewed; a page renews it half-way."""
BROWSER_PREFIX: Final = "browser-"
"""Of the ids of these devices."""
MOST_OF_USER: Final = 12
"""Tabs of one user; of more, those renewed longest ago go."""
_SWEEP_SECONDS = 60.0


class Revoked(Exception):
    """An administrator revoked this tab; another one may ask."""


@dataclass(frozen=True, slots=True)
class BrowserDevice:
    """A tab that may register. Times are seconds since the epoch."""

    id: DeviceId
    session_id: str
    user_id: UserId
    username: str
    tab: str
    """Its name, chosen by the page."""
    revoked: bool
    created_at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class BrowserCredential:
    """What a tab registers with."""

    device: BrowserDevice
    password: str

    def __repr__(self) -> str:
        return f"BrowserCredential(device={self.device!r}, password=...)"


@dataclass(frozen=True, slots=True)
class _Known:
    device: BrowserDevice
    credential: StoredCredential


_COLUMNS = tuple(browser_devices.c[name] for name in BrowserDevice.__dataclass_fields__)


class Browsers:
    """The table of browser tabs, all of it in memory too. `key` is secret and of the installation."""

    def __init__(
        self, database: Database, key: bytes, realm: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._key = hmac.digest(key, b"browser devices", hashlib.sha256)
        self._realm = realm
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._gone: list[DeviceId] = []
        self._swept = 0.0
        self._turn = asyncio.Lock()

    def device_id(self, session_id: str, tab: str) -> DeviceId:
        """The device that a tab of a session is."""
        return DeviceId(BROWSER_PREFIX + self._mac("id", session_id, tab).hex()[:24])

    def credential(self, username: str) -> StoredCredential | None:
        """The credential of a digest user name; None when there is none or it ended. Never waits."""
        known = self._known.get(username)
        if known is None or known.device.expires_at <= self._clock():
            return None
        return known.credential

    async def issue(self, session_id: str, user_id: UserId, extension: str, tab: str) -> BrowserCredential:
        """A tab's credential, new or renewed. Raises `Revoked`, and `NotFound` when the session has ended."""
        async with self._turn:
            device = await self._write(session_id, user_id, extension, tab)
            self._remember(device)
            await self._refresh()
        return BrowserCredential(device, self._password(device))

    async def _write(self, session_id: str, user_id: UserId, extension: str, tab: str) -> BrowserDevice:
        now = self._clock()
        device_id = self.device_id(session_id, tab)
        which = browser_devices.c.id == device_id
        async with self._database.writing() as connection:
            before = (await connection.execute(select(*_COLUMNS).where(which))).first()
            if before is not None and before.revoked:
                raise Revoked
            session = select(sessions.c.id).where(sessions.c.id == session_id, sessions.c.expires_at > now)
            if (await connection.execute(session)).first() is None:
                raise NotFound("session")
            device = BrowserDevice(
                id=device_id,
                session_id=session_id,
                user_id=user_id,
                username=f"{extension}-web-{self._mac('name', session_id, tab).hex()[:12]}",
                tab=tab,
                revoked=False,
                created_at=now if before is None else before.created_at,
                expires_at=now + LIFETIME,
            )
            await connection.execute(delete(browser_devices).where(which))
            row = {name: getattr(device, name) for name in BrowserDevice.__dataclass_fields__}
            await connection.execute(insert(browser_devices), row)
            await self._limit(connection, user_id)
        return device

    async def _limit(self, connection: AsyncConnection, user_id: str) -> None:
        wanted = select(browser_devices.c.id).where(browser_devices.c.user_id == user_id)
        newest_first = (browser_devices.c.expires_at.desc(), browser_devices.c.created_at.desc())
        rows = (await connection.execute(wanted.order_by(*newest_first))).all()
        surplus = [row.id for row in rows[MOST_OF_USER:]]
        if surplus:
            await connection.execute(delete(browser_devices).where(browser_devices.c.id.in_(surplus)))

    async def list(self, user_id: str | None = None) -> list[BrowserDevice]:
        """The tabs that may register now, of all or of one user."""
        wanted = select(*_COLUMNS).join(sessions, sessions.c.id == browser_devices.c.session_id)
        wanted = wanted.where(browser_devices.c.expires_at > self._clock())
        if user_id is not None:
            wanted = wanted.where(browser_devices.c.user_id == user_id)
        async with self._database.reading() as connection:
            rows = await connection.execute(wanted.order_by(browser_devices.c.created_at))
            return [BrowserDevice(*row) for row in rows]

    async def revoke(self, device_id: str) -> BrowserDevice:
        """A tab may no longer register, though its session goes on. Raises `NotFound`."""
        async with self._database.writing() as connection:
            which = browser_devices.c.id == device_id
            row = (await connection.execute(select(*_COLUMNS).where(which))).first()
            if row is None:
                raise NotFound("device")
            await connection.execute(update(browser_devices).where(which).values(revoked=True))
        self._forget(row.username)
        return replace(BrowserDevice(*row), revoked=True)

    async def refresh(self) -> None:
        """Take over what ended or was renewed elsewhere; for every second and for the end of a session."""
        async with self._turn:
            await self._refresh()

    async def _refresh(self) -> None:
        now = self._clock()
        if now - self._swept >= _SWEEP_SECONDS:
            self._swept = now
            over = (browser_devices.c.expires_at <= now) & browser_devices.c.revoked.is_(False)
            async with self._database.writing() as connection:
                await connection.execute(delete(browser_devices).where(over))
        wanted = select(*_COLUMNS).join(sessions, sessions.c.id == browser_devices.c.session_id)
        wanted = wanted.where(
            browser_devices.c.expires_at > now,
            browser_devices.c.revoked.is_(False),
            sessions.c.expires_at > now,
        )
        async with self._database.reading() as connection:
            alive = {row.username: row for row in (await connection.execute(wanted)).all()}
        for username in self._known.keys() - alive.keys():
            self._forget(username)
        for username, row in alive.items():
            known = self._known.get(username)
            if known is None or known.device.expires_at != row.expires_at:
                self._remember(BrowserDevice(*row))

    def take_gone(self) -> Sequence[DeviceId]:
        """The devices that ended since this was asked last: their registrations have to go."""
        gone, self._gone = self._gone, []
        return gone

    def _remember(self, device: BrowserDevice) -> None:
        known = self._known.get(device.username)
        if known is None:
            hashes = digest_hashes(device.username, self._realm, self._password(device))
            credential = StoredCredential(device.user_id, device.id, device.username, hashes)
        else:
            credential = known.credential
        self._known[device.username] = _Known(device, credential)

    def _password(self, device: BrowserDevice) -> str:
        mac = self._mac("secret", device.session_id, device.tab)
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")

    def _forget(self, username: str) -> None:
        known = self._known.pop(username, None)
        if known is not None:
            self._gone.append(known.device.id)

    def _mac(self, purpose: str, session_id: str, tab: str) -> bytes:
        text = f"{purpose}\x00{session_id}\x00{tab}".encode()
        return hmac.digest(self._key, text, hashlib.sha256)
