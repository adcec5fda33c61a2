"""Devices and their digest credentials: they act at once and stand in no revision."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from switchroom.directory import DeviceId, UserId
from switchroom.store.commit import storable
from switchroom.store.database import Database
from switchroom.store.errors import Conflict, NotFound
from switchroom.store.secrets import DigestHashes, Vault, digest_hashes, generate_id, generate_secret
from switchroom.store.tables import audit, devices, installation

_COUNTER = "credentials_version"


@dataclass(frozen=True, slots=True)
class Device:
    """A phone or program that may register for a user."""

    id: DeviceId
    user_id: UserId
    username: str
    label: str
    revoked: bool
    created_at: float
    changed_at: float


@dataclass(frozen=True, slots=True)
class StoredCredential:
    """What a digest is checked against: HA1 by MD5 and SHA-256, hexadecimal."""

    user_id: UserId
    device_id: DeviceId
    username: str
    hashes: DigestHashes


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret that was just made, to be shown once."""

    device: Device
    secret: str

    def __repr__(self) -> str:
        return f"NewSecret(device={self.device!r}, secret=...)"


_COLUMNS = tuple(devices.c[name] for name in Device.__dataclass_fields__)


class Devices:
    """The devices' table, and all credentials in memory for the admission of calls."""

    def __init__(
        self, database: Database, vault: Vault, realm: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._vault = vault
        self._realm = realm
        self._clock = clock
        self._credentials: dict[str, StoredCredential] = {}
        self._version = -1
        self._turn = asyncio.Lock()
        """One at a time brings the credentials in memory up to date."""

    def credential(self, username: str) -> StoredCredential | None:
        """The credential of a digest user name; None when there is none or it is revoked. Never waits."""
        return self._credentials.get(username)

    async def refresh(self) -> bool:
        """Load the credentials if they were changed since, by this process or another; True when so."""
        async with self._turn:
            return await self._load()

    async def _load(self) -> bool:
        async with self._database.reading() as connection:
            version = await _version(connection)
            if version == self._version:
                return False
            wanted = select(devices.c.username, devices.c.user_id, devices.c.id, devices.c.credential)
            rows = (await connection.execute(wanted.where(devices.c.revoked.is_(False)))).all()
        self._credentials = await asyncio.to_thread(self._opened, rows)
        self._version = version
        return True

    def _opened(self, rows: Sequence[Any]) -> dict[str, StoredCredential]:
        found: dict[str, StoredCredential] = {}
        for username, user_id, device_id, credential in rows:
            md5, _, sha256 = self._vault.decrypt(credential).decode().partition(":")
            found[username] = StoredCredential(
                UserId(user_id), DeviceId(device_id), username, DigestHashes(md5, sha256)
            )
        return found

    async def _take(self, version: int, remove: str, device: Device, secret: str | None) -> None:
        """One credential was changed by ourselves: no need to open all the others."""
        async with self._turn:
            if self._version != version - 1:
                await self._load()
                return
            self._credentials.pop(remove, None)
            if secret is not None:
                hashes = digest_hashes(device.username, self._realm, secret)
                self._credentials[device.username] = StoredCredential(
                    device.user_id, device.id, device.username, hashes
                )
            self._version = version

    async def list(self, user_id: str | None = None) -> list[Device]:
        """All devices, or one user's, the first one first."""
        wanted = select(*_COLUMNS).order_by(devices.c.user_id, devices.c.created_at, devices.c.id)
        if user_id is not None:
            wanted = wanted.where(devices.c.user_id == user_id)
        async with self._database.reading() as connection:
            return [Device(*row) for row in (await connection.execute(wanted)).all()]

    async def add(
        self, user_id: str, username: str, label: str, author: str, living: Collection[str] | None = None
    ) -> NewSecret:
        """A new device with a new secret.

        `living` are the ids of all users that are applied or in the draft: a device of anybody else gives
        up the user name. Raises `Conflict` when the name is taken.
        """
        secret, device_id = generate_secret(), generate_id("device")
        now = self._clock()
        row = {
            "id": device_id,
            "user_id": user_id,
            "username": username,
            "label": label,
            "credential": self._sealed(username, secret),
            "revoked": False,
            "created_at": now,
            "changed_at": now,
        }
        try:
            async with self._database.writing() as connection:
                await self._free(connection, username, living)
                await connection.execute(insert(devices), storable(devices, row))
                version = await self._changed(connection, author, "device added", f"{username} ({label})")
        except IntegrityError as error:
            raise Conflict("username", f"The user name {username} is taken by another device.") from error
        device = Device(DeviceId(device_id), UserId(user_id), username, label, False, now, now)
        await self._take(version, username, device, secret)
        return NewSecret(device, secret)

    async def reset(
        self,
        device_id: str,
        author: str,
        *,
        username: str | None = None,
        living: Collection[str] | None = None,
    ) -> NewSecret:
        """A new secret for a device, which is no longer revoked; perhaps a new user name. At once.

        Raises `NotFound`, and `Conflict` when the new name is taken.
        """
        secret = generate_secret()
        try:
            async with self._database.writing() as connection:
                found = (await connection.execute(select(devices).where(devices.c.id == device_id))).first()
                if found is None:
                    raise NotFound("device")
                name = username or found.username
                if name != found.username:
                    await self._free(connection, name, living)
                now = self._clock()
                values = {
                    "credential": self._sealed(name, secret),
                    "username": name,
                    "revoked": False,
                    "changed_at": now,
                }
                await connection.execute(update(devices).where(devices.c.id == device_id).values(**values))
                version = await self._changed(connection, author, "secret reset", f"{name} ({found.label})")
        except IntegrityError as error:
            raise Conflict("username", f"The user name {username} is taken by another device.") from error
        device = Device(
            DeviceId(device_id), UserId(found.user_id), name, found.label, False, found.created_at, now
        )
        await self._take(version, found.username, device, secret)
        return NewSecret(device, secret)

    async def revoke(self, device_id: str, author: str) -> Device:
        """A device may no longer register or call, at once. Raises `NotFound`."""
        async with self._database.writing() as connection:
            found = (await connection.execute(select(devices).where(devices.c.id == device_id))).first()
            if found is None:
                raise NotFound("device")
            values = {"revoked": True, "changed_at": self._clock()}
            await connection.execute(update(devices).where(devices.c.id == device_id).values(**values))
            subject = f"{found.username} ({found.label})"
            version = await self._changed(connection, author, "device revoked", subject)
        device = Device(
            DeviceId(found.id),
            UserId(found.user_id),
            found.username,
            found.label,
            True,
            found.created_at,
            values["changed_at"],
        )
        await self._take(version, found.username, device, None)
        return device

    def _sealed(self, username: str, secret: str) -> bytes:
        hashes = digest_hashes(username, self._realm, secret)
        return self._vault.encrypt(f"{hashes.md5}:{hashes.sha256}".encode())

    async def _free(self, connection: AsyncConnection, username: str, living: Collection[str] | None) -> None:
        if living is None:
            return
        wanted = select(devices.c.id, devices.c.user_id).where(devices.c.username == username)
        holder = (await connection.execute(wanted)).first()
        if holder is not None and holder.user_id not in living:
            await connection.execute(delete(devices).where(devices.c.id == holder.id))

    async def _changed(self, connection: AsyncConnection, who: str, action: str, subject: str) -> int:
        version = await _version(connection, lock=True) + 1
        await connection.execute(
            update(installation).where(installation.c.key == _COUNTER).values(value=str(version))
        )
        row = {"time": self._clock(), "who": who, "action": action, "subject": subject, "detail": ""}
        await connection.execute(insert(audit), storable(audit, row))
        return version


async def _version(connection: AsyncConnection, lock: bool = False) -> int:
    wanted = select(installation.c.value).where(installation.c.key == _COUNTER)
    return int((await connection.execute(wanted.with_for_update() if lock else wanted)).scalar_one())
