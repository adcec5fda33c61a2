"""Guest links and visits: who comes to a conference without an account.

Of a link's token only the hash is kept. A visit is one guest who is here: its bearer opens the room's socket,
its SIP credential calls that one conference. Both end some minutes after the page stopped renewing them.
Visits are all in memory too, since the admission of calls never waits.
"""

from __future__ import annotations

import asyncio
import base64
import builtins
import hashlib
import hmac
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from switchroom.directory import ConferenceId
from switchroom.store.commit import storable
from switchroom.store.database import Database
from switchroom.store.errors import NotFound
from switchroom.store.secrets import DigestHashes, digest_hashes, generate_id, generate_token, token_hash
from switchroom.store.tables import guest_links, guest_visits

VISIT_SECONDS: Final = 300.0
"""Until a visit ends unless its page renews it; a page renews it half-way."""
LONGEST_VISIT: Final = 24 * 3600.0
MOST_LINKS: Final = 500
"""Of one conference, those that expired or were revoked not counted."""
KEPT_SECONDS: Final = 30 * 86400.0
"""How long a link that is over stays in the list."""
_MOST_VISITS = 1000
"""Of one link at the same time."""
_SWEEP_SECONDS = 60.0
_PREFIX = "guest-"
"""Of the SIP user names: no extension looks like this."""


class LinkOver(Exception):
    """The link is unknown, expired, revoked or used up: a visitor is not told which."""


@dataclass(frozen=True, slots=True)
class NewLink:
    """What a link is made of. Times are seconds since the epoch."""

    conference_id: ConferenceId
    label: str = ""
    expires_at: float | None = None
    single_use: bool = False
    lobby: bool = False
    """Whoever comes by it waits until he is let in, whatever the conference says."""
    made_by: str = ""
    language: str | None = None
    name: str = ""
    """Of the person it is for."""


@dataclass(frozen=True, slots=True)
class GuestLink:
    """An address that brings its holder to one conference."""

    id: str
    conference_id: ConferenceId
    label: str
    expires_at: float | None
    single_use: bool
    lobby: bool
    made_by: str
    created_at: float
    revoked_at: float | None
    uses: int
    """Visits that began by it."""
    used_at: float | None
    """When the last one began."""
    language: str | None
    name: str
    invitation: bool
    """Made for somebody who was invited by mail: his token can be computed again."""

    def is_over(self, now: float) -> bool:
        """Whether no visit can begin by it any more."""
        expired = self.expires_at is not None and self.expires_at <= now
        return expired or self.revoked_at is not None or (self.single_use and self.uses > 0)


@dataclass(frozen=True, slots=True)
class GuestVisit:
    """A guest who is here, or was a moment ago."""

    id: str
    link_id: str
    conference_id: ConferenceId
    name: str
    skip_code: bool
    """The receptionist does not ask: the link stands for the code, or it was typed on the page."""
    administrator: bool
    """The administrator's code was typed on the page."""
    lobby: bool
    language: str | None
    created_at: float
    expires_at: float
    hash: str
    """Of the bearer."""
    username: str
    """Of the SIP credential."""

    def __repr__(self) -> str:
        return f"GuestVisit(id={self.id!r}, conference_id={self.conference_id!r})"


@dataclass(frozen=True, slots=True)
class NewVisit:
    """A visit that began, with what is told once."""

    visit: GuestVisit
    token: str
    password: str

    def __repr__(self) -> str:
        return f"NewVisit(visit={self.visit!r}, token=..., password=...)"


@dataclass(frozen=True, slots=True)
class GuestCredential:
    """What a guest's digest is checked against, and whose it is."""

    visit: GuestVisit
    hashes: DigestHashes


_LINK_COLUMNS = tuple(guest_links.c[name] for name in GuestLink.__dataclass_fields__)
_VISIT_COLUMNS = tuple(guest_visits.c[name] for name in GuestVisit.__dataclass_fields__)


class Guests:
    """The tables of links and visits. `key` is secret and of the installation."""

    def __init__(
        self, database: Database, key: bytes, realm: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._key = hmac.digest(key, b"guests", hashlib.sha256)
        self._realm = realm
        self._clock = clock
        self._by_name: dict[str, GuestCredential] = {}
        self._by_hash: dict[str, str] = {}
        """Hash of a bearer -> SIP user name."""
        self._by_id: dict[str, str] = {}
        self._loaded = False
        self._swept = 0.0
        self._turn = asyncio.Lock()

    # --- who is here --------------------------------------------------------------------------------------

    def guest_of(self, token: str) -> GuestVisit | None:
        """The visit of a bearer; None when there is none, or it is over. Never waits."""
        return self._alive(self._by_hash.get(token_hash(token)))

    def visit(self, visit_id: str) -> GuestVisit | None:
        """The visit of an id, while it lasts. Never waits."""
        return self._alive(self._by_id.get(visit_id))

    def credential(self, username: str) -> GuestCredential | None:
        """What a SIP user name is checked against; None when there is none, or it is over. Never waits."""
        return self._by_name.get(username) if self._alive(username) else None

    def password(self, visit: GuestVisit) -> str:
        """The secret of a visit's SIP credential; nothing of it is stored."""
        return base64.urlsafe_b64encode(self._mac("secret", visit.id)).decode().rstrip("=")

    def _alive(self, username: str | None) -> GuestVisit | None:
        known = self._by_name.get(username) if username is not None else None
        return known.visit if known is not None and known.visit.expires_at > self._clock() else None

    # --- links --------------------------------------------------------------------------------------------

    async def add(self, wanted: NewLink) -> tuple[GuestLink, str]:
        """A new link and its token, which is told this once."""
        token = secret_of_link()
        async with self._database.writing() as connection:
            return await self._insert(connection, wanted, generate_id("link"), token, False), token

    async def add_invitation(self, connection: AsyncConnection, link_id: str, wanted: NewLink) -> GuestLink:
        """A link for somebody who is invited by mail, in the transaction of the appointment."""
        return await self._insert(connection, wanted, link_id, self.invitation_token(link_id), True)

    async def keep_invitations(
        self, connection: AsyncConnection, link_ids: Collection[str], expires_at: float, label: str
    ) -> None:
        """The appointment of these links was moved or is called otherwise."""
        which = guest_links.c.id.in_(link_ids)
        await connection.execute(update(guest_links).where(which).values(expires_at=expires_at, label=label))

    async def revoke_invitations(self, connection: AsyncConnection, link_ids: Collection[str]) -> None:
        """Those these links are for are no longer invited."""
        which = guest_links.c.id.in_(link_ids) & guest_links.c.revoked_at.is_(None)
        await connection.execute(update(guest_links).where(which).values(revoked_at=self._clock()))

    def invitation_token(self, link_id: str) -> str:
        """The token of an invitation's link, which every mail about it repeats: computed, never stored."""
        return base64.urlsafe_b64encode(self._mac("link", link_id)).decode().rstrip("=")

    async def _insert(
        self, connection: AsyncConnection, wanted: NewLink, link_id: str, token: str, invitation: bool
    ) -> GuestLink:
        link = GuestLink(
            id=link_id,
            conference_id=wanted.conference_id,
            label=wanted.label,
            expires_at=wanted.expires_at,
            single_use=wanted.single_use,
            lobby=wanted.lobby,
            made_by=wanted.made_by,
            created_at=self._clock(),
            revoked_at=None,
            uses=0,
            used_at=None,
            language=wanted.language,
            name=wanted.name,
            invitation=invitation,
        )
        row = {**_fields(link), "token_hash": token_hash(token)}
        await connection.execute(insert(guest_links), storable(guest_links, row))
        return link

    async def list(self, conference_id: str) -> builtins.list[GuestLink]:
        """The links of a conference, the newest first; those long over are not there."""
        wanted = select(*_LINK_COLUMNS).where(guest_links.c.conference_id == conference_id)
        async with self._database.reading() as connection:
            rows = await connection.execute(
                wanted.order_by(guest_links.c.created_at.desc(), guest_links.c.id)
            )
            return [GuestLink(*row) for row in rows]

    async def revoke(self, conference_id: str, link_id: str) -> GuestLink:
        """No visit begins by this link any more; those that began go on. Raises `NotFound`."""
        which = (guest_links.c.id == link_id) & (guest_links.c.conference_id == conference_id)
        async with self._database.writing() as connection:
            row = (await connection.execute(select(*_LINK_COLUMNS).where(which))).first()
            if row is None:
                raise NotFound("link")
            link = GuestLink(*row)
            if link.revoked_at is None:
                link = replace(link, revoked_at=self._clock())
                await connection.execute(update(guest_links).where(which).values(revoked_at=link.revoked_at))
        return link

    async def find(self, token: str) -> GuestLink:
        """The link of a token by which a visit could begin. Raises `LinkOver`."""
        wanted = select(*_LINK_COLUMNS).where(guest_links.c.token_hash == token_hash(token))
        async with self._database.reading() as connection:
            row = (await connection.execute(wanted)).first()
        if row is None or (link := GuestLink(*row)).is_over(self._clock()):
            raise LinkOver
        return link

    # --- visits -------------------------------------------------------------------------------------------

    async def begin(
        self, token: str, name: str, *, skip_code: bool, administrator: bool = False, lobby: bool = False
    ) -> NewVisit:
        """A guest comes in by a link. Raises `LinkOver`, also when somebody was faster with a single use."""
        now = self._clock()
        bearer = generate_token()
        async with self._database.writing() as connection:
            wanted = select(*_LINK_COLUMNS).where(guest_links.c.token_hash == token_hash(token))
            row = (await connection.execute(wanted.with_for_update())).first()
            if row is None or (link := GuestLink(*row)).is_over(now):
                raise LinkOver
            if sum(known.visit.link_id == link.id for known in self._by_name.values()) >= _MOST_VISITS:
                raise LinkOver
            visit_id = generate_id("visit")
            visit = GuestVisit(
                id=visit_id,
                link_id=link.id,
                conference_id=link.conference_id,
                name=name,
                skip_code=skip_code,
                administrator=administrator,
                lobby=lobby or link.lobby,
                language=link.language,
                created_at=now,
                expires_at=now + VISIT_SECONDS,
                hash=token_hash(bearer),
                username=_PREFIX + self._mac("name", visit_id).hex()[:16],
            )
            used = {"uses": link.uses + 1, "used_at": now}
            await connection.execute(update(guest_links).where(guest_links.c.id == link.id).values(**used))
            await connection.execute(insert(guest_visits), storable(guest_visits, _fields(visit)))
        self._remember(visit)
        return NewVisit(visit, bearer, self.password(visit))

    async def renew(self, visit: GuestVisit, *, in_call: bool) -> GuestVisit:
        """The page is still there. Raises `LinkOver` at the end of the longest visit, and when the link was
        revoked and the guest is not `in_call` any more."""
        now = self._clock()
        which = guest_visits.c.id == visit.id
        async with self._database.writing() as connection:
            joined = select(guest_links.c.revoked_at).join(
                guest_visits, guest_visits.c.link_id == guest_links.c.id
            )
            row = (await connection.execute(joined.where(which))).first()
            ends = visit.created_at + LONGEST_VISIT
            if row is None or ends <= now or (row.revoked_at is not None and not in_call):
                raise LinkOver
            renewed = replace(visit, expires_at=min(now + VISIT_SECONDS, ends))
            await connection.execute(update(guest_visits).where(which).values(expires_at=renewed.expires_at))
        self._remember(renewed)
        return renewed

    async def end(self, visit_id: str) -> None:
        """The guest left for good."""
        async with self._database.writing() as connection:
            await connection.execute(delete(guest_visits).where(guest_visits.c.id == visit_id))
        self._forget(visit_id)

    async def end_visits(self, link_id: str) -> builtins.list[GuestVisit]:
        """End all visits that began by a link; returns them."""
        ended = [known.visit for known in self._by_name.values() if known.visit.link_id == link_id]
        async with self._database.writing() as connection:
            await connection.execute(delete(guest_visits).where(guest_visits.c.link_id == link_id))
        for visit in ended:
            self._forget(visit.id)
        return ended

    async def refresh(self) -> None:
        """Load the visits of an earlier run; once a minute forget what is over. For every second."""
        async with self._turn:
            now = self._clock()
            if not self._loaded:
                await self._load(now)
            if now - self._swept >= _SWEEP_SECONDS:
                self._swept = now
                await self._sweep(now)

    async def _load(self, now: float) -> None:
        wanted = select(*_VISIT_COLUMNS).where(guest_visits.c.expires_at > now)
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).all()
        for row in rows:
            self._remember(GuestVisit(*row))
        self._loaded = True

    async def _sweep(self, now: float) -> None:
        for known in list(self._by_name.values()):
            if known.visit.expires_at <= now:
                self._forget(known.visit.id)
        old = now - KEPT_SECONDS
        over = (guest_links.c.expires_at < old) | (guest_links.c.revoked_at < old)
        async with self._database.writing() as connection:
            await connection.execute(delete(guest_visits).where(guest_visits.c.expires_at <= now))
            busy = select(guest_visits.c.link_id)
            await connection.execute(delete(guest_links).where(over, guest_links.c.id.not_in(busy)))

    def _remember(self, visit: GuestVisit) -> None:
        before = self._by_name.get(visit.username)
        if before is None:
            hashes = digest_hashes(visit.username, self._realm, self.password(visit))
        else:
            hashes = before.hashes
        self._by_name[visit.username] = GuestCredential(visit, hashes)
        self._by_hash[visit.hash] = visit.username
        self._by_id[visit.id] = visit.username

    def _forget(self, visit_id: str) -> None:
        known = self._by_name.pop(self._by_id.pop(visit_id, ""), None)
        if known is not None:
            self._by_hash.pop(known.visit.hash, None)

    def _mac(self, purpose: str, text: str) -> bytes:
        return hmac.digest(self._key, f"{purpose}\x00{text}".encode(), hashlib.sha256)


def secret_of_link() -> str:
    """A link's token: 256 random bits."""
    return generate_token().removeprefix("sw_")


def _fields(entry: Any) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__dataclass_fields__}
