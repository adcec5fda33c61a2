"""Links under which devices fetch their settings: one per device, for one time, for some hours."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import delete, insert, or_, select

from switchroom.directory import DeviceId
from switchroom.store.commit import storable
from switchroom.store.database import Database
from switchroom.store.secrets import token_hash
from switchroom.store.tables import audit, provisioning_links

_COLUMNS = tuple(provisioning_links.c[name] for name in ("device_id", "vendor", "made_by", "expires_at"))


@dataclass(frozen=True, slots=True)
class ProvisioningLink:
    """For which device a link is; `expires_at` in seconds since the epoch."""

    device_id: DeviceId
    vendor: str
    made_by: str
    expires_at: float


class ProvisioningLinks:
    """The links' table."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def offer(
        self, device_id: str, token: str, vendor: str, seconds: float, author: str, subject: str
    ) -> ProvisioningLink:
        """A link for a device, in the place of one that it had; `subject` names it in the audit log."""
        now = self._clock()
        link = ProvisioningLink(DeviceId(device_id), vendor, author, now + seconds)
        row = {
            "device_id": device_id,
            "token_hash": token_hash(token),
            "vendor": vendor,
            "made_by": author,
            "expires_at": link.expires_at,
        }
        note = {
            "time": now,
            "who": author,
            "action": "phone settings offered",
            "subject": subject,
            "detail": vendor,
        }
        past = or_(provisioning_links.c.device_id == device_id, provisioning_links.c.expires_at <= now)
        async with self._database.writing() as connection:
            await connection.execute(delete(provisioning_links).where(past))
            await connection.execute(insert(provisioning_links), storable(provisioning_links, row))
            await connection.execute(insert(audit), storable(audit, note))
        return link

    async def find(self, token: str) -> ProvisioningLink | None:
        """What a link is for while it is good."""
        wanted = select(*_COLUMNS).where(provisioning_links.c.token_hash == token_hash(token))
        async with self._database.reading() as connection:
            row = (await connection.execute(wanted)).first()
        if row is None or row.expires_at <= self._clock():
            return None
        return ProvisioningLink(DeviceId(row.device_id), row.vendor, row.made_by, row.expires_at)

    async def take(self, token: str) -> bool:
        """Use a link up; False when somebody was faster, or it is over."""
        good = (provisioning_links.c.token_hash == token_hash(token)) & (
            provisioning_links.c.expires_at > self._clock()
        )
        async with self._database.writing() as connection:
            return (await connection.execute(delete(provisioning_links).where(good))).rowcount == 1
