"""Sites of others that may show the phone, and the statements by which they sign their people in (ADR 0058).

A statement is `v1.<payload>.<mac>`: the payload JSON in base64url without padding, the mac the HMAC-SHA256 of
`v1.<payload>` by the site's secret, in hexadecimal. It is believed once, from the site's own origin, for
`SECONDS` before and after the time it names.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from switchroom.store.commit import storable
from switchroom.store.database import Database
from switchroom.store.errors import Conflict, NotFound
from switchroom.store.secrets import Vault, generate_id
from switchroom.store.tables import audit, site_statements, sites

SECONDS: Final = 60.0
"""How far the time of a statement may be from ours, either way."""
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?\Z")
_STATEMENT = re.compile(r"v1\.([A-Za-z0-9_-]{1,2000})\.([0-9a-f]{64})\Z")


@dataclass(frozen=True, slots=True)
class Site:
    """A site that may show the phone. Times are seconds since the epoch."""

    id: str
    origin: str
    """As browsers send it, such as `https://crm.example.com`."""
    enabled: bool
    created_at: float
    changed_at: float
    used_at: float | None = None
    """When it signed somebody in last."""


class StatementRefused(Exception):
    """A statement is not believed. The text is for the audit log, never for who sent it."""


class _Payload(msgspec.Struct, frozen=True):
    """What a site states: this person of mine is before this page of mine, now."""

    origin: Annotated[str, msgspec.Meta(max_length=128)]
    user: Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
    nonce: Annotated[str, msgspec.Meta(min_length=16, max_length=64)]
    at: float


def read_origin(text: str) -> str | None:
    """An origin as browsers send it, of what a person typed; None when it is none.

    >>> read_origin(" HTTPS://CRM.example.com:443/ ")
    'https://crm.example.com'
    """
    origin = text.strip().lower().removesuffix("/")
    default = ":443" if origin.startswith("https:") else ":80"
    origin = origin.removesuffix(default)
    return origin if _ORIGIN.match(origin) and len(origin) <= 128 else None


def sign_statement(secret: str, origin: str, user: str, nonce: str, at: float) -> str:
    """A statement, as a site makes it."""
    payload = msgspec.json.encode(_Payload(origin, user, nonce, at))
    signed = "v1." + base64.urlsafe_b64encode(payload).decode().rstrip("=")
    return f"{signed}.{_mac(secret, signed)}"


def _mac(secret: str, signed: str) -> str:
    return hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()


def read_statement(statement: str, secret: str, origin: str, now: float) -> tuple[str, str]:
    """(the person it names, its mac) of a statement that is genuine, of this origin, and of now.

    Raises `StatementRefused`.
    """
    found = _STATEMENT.match(statement)
    if found is None:
        raise StatementRefused("no statement")
    payload, mac = found.groups()
    if not hmac.compare_digest(mac, _mac(secret, f"v1.{payload}")):
        raise StatementRefused("signed with another secret")
    try:
        stated = msgspec.json.decode(
            base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=_Payload
        )
    except ValueError as error:
        raise StatementRefused("unreadable") from error
    if stated.origin != origin:
        raise StatementRefused(f"made for {stated.origin}")
    if not abs(now - stated.at) <= SECONDS:
        raise StatementRefused(f"made {now - stated.at:.0f} s ago by the clock of the site")
    return stated.user, mac


class Sites:
    """The sites' table, and all of it in memory: whether an origin is allowed never waits."""

    def __init__(self, database: Database, vault: Vault, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._known: dict[str, tuple[Site, str]] = {}
        """By origin, each with its secret."""
        self._turn = asyncio.Lock()

    def __repr__(self) -> str:
        return f"Sites({sorted(self._known)})"

    async def load(self) -> None:
        """Read all of them: at start. Raises `KeyFileError` with another key."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(sites))).all()
        self._known = {row.origin: (_site(row), self._vault.decrypt(row.secret).decode()) for row in rows}

    def allows(self, origin: str) -> bool:
        """Whether pages of this origin may use the API with a token of their own."""
        known = self._known.get(origin)
        return known is not None and known[0].enabled

    def list(self) -> list[Site]:
        """All of them, by origin."""
        return [self._known[origin][0] for origin in sorted(self._known)]

    def find(self, site_id: str) -> Site:
        """One of them. Raises `NotFound`."""
        for site, _ in self._known.values():
            if site.id == site_id:
                return site
        raise NotFound("site of this id")

    async def add(self, origin: str, author: str) -> tuple[Site, str]:
        """Allow a site; it and its secret, which is never shown again. Raises `Conflict`: it is there."""
        async with self._turn:
            if origin in self._known:
                raise Conflict("origin", f"{origin} is in the list already.")
            now, secret = self._clock(), _new_secret()
            site = Site(generate_id("site"), origin, True, now, now)
            row = {name: getattr(site, name) for name in Site.__dataclass_fields__}
            row["secret"] = self._vault.encrypt(secret.encode())
            await self._write(insert(sites).values(**row), author, "site added", origin)
            self._known[origin] = site, secret
            return site, secret

    async def enable(self, site_id: str, enabled: bool, author: str) -> Site:
        """Switch a site on or off. Raises `NotFound`."""
        async with self._turn:
            before = self.find(site_id)
            site = replace(before, enabled=enabled, changed_at=self._clock())
            wanted = update(sites).where(sites.c.id == site_id)
            wanted = wanted.values(enabled=enabled, changed_at=site.changed_at)
            await self._write(
                wanted, author, "site switched on" if enabled else "site switched off", site.origin
            )
            self._known[site.origin] = site, self._known[site.origin][1]
            return site

    async def renew_secret(self, site_id: str, author: str) -> tuple[Site, str]:
        """Another secret; the old one is worth nothing from now on. Raises `NotFound`."""
        async with self._turn:
            secret = _new_secret()
            site = replace(self.find(site_id), changed_at=self._clock())
            wanted = update(sites).where(sites.c.id == site_id)
            sealed = self._vault.encrypt(secret.encode())
            wanted = wanted.values(secret=sealed, changed_at=site.changed_at)
            await self._write(wanted, author, "site secret renewed", site.origin)
            self._known[site.origin] = site, secret
            return site, secret

    async def remove(self, site_id: str, author: str) -> Site:
        """Allow it no more. Raises `NotFound`."""
        async with self._turn:
            site = self.find(site_id)
            await self._write(delete(sites).where(sites.c.id == site_id), author, "site removed", site.origin)
            del self._known[site.origin]
            return site

    async def _write(self, wanted: Any, author: str, action: str, origin: str) -> None:
        note = {"time": self._clock(), "who": author, "action": action, "subject": origin, "detail": ""}
        async with self._database.writing() as connection:
            await connection.execute(wanted)
            await connection.execute(insert(audit), storable(audit, note))

    async def redeem(self, statement: str, origin: str) -> str:
        """Whom a site's statement names; it is worth nothing from now on. Raises `StatementRefused`."""
        known = self._known.get(origin)
        if known is None:
            raise StatementRefused("no site of the list")
        site, secret = known
        if not site.enabled:
            raise StatementRefused("switched off")
        now = self._clock()
        user, mac = read_statement(statement, secret, origin, now)
        try:
            async with self._database.writing() as connection:
                await connection.execute(delete(site_statements).where(site_statements.c.expires_at <= now))
                row = {"mac": mac, "expires_at": now + 2 * SECONDS + 1}
                await connection.execute(insert(site_statements), row)
                await connection.execute(update(sites).where(sites.c.id == site.id).values(used_at=now))
        except IntegrityError as error:
            raise StatementRefused("used before") from error
        if self._known.get(origin) == known:
            self._known[origin] = replace(site, used_at=now), secret
        return user


def _new_secret() -> str:
    return "sws_" + secrets.token_urlsafe(32)


def _site(row: Any) -> Site:
    return Site(row.id, row.origin, row.enabled, row.created_at, row.changed_at, row.used_at)
