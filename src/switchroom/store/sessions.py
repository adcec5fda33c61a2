"""Sessions: who is signed in, by cookie or bearer token, and for how long; who waits for the end is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select, update

from switchroom.directory import UserId
from switchroom.store.commit import storable
from switchroom.store.database import Database
from switchroom.store.errors import NotFound
from switchroom.store.rights import RIGHTS_OF, Right, Role, rights_of
from switchroom.store.secrets import generate_id, generate_token, token_hash
from switchroom.store.tables import logins, sessions

HOUR = 3600.0
DAY = 24 * HOUR
_CACHED_SECONDS = 5.0
_MOST_CACHED = 1000
_TOUCH_SECONDS = 60.0
"""How often the use of a session is written down."""
_LOOK_SECONDS = 3.0
"""How often the watched sessions are looked up, for what other processes ended."""


class Kind(StrEnum):
    """How a session is shown to us."""

    COOKIE = "cookie"
    SESSION = "session"
    """A person's bearer token."""
    TOKEN = "token"
    """A program's bearer token: ends at a fixed time."""
    SITE = "site"
    """Of a phone on another site's page, whose label is the site's origin: the rights of a phone only, and it
    lasts while the site states that the person is there."""


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who may sign in."""

    id: str
    name: str
    role: Role
    user_id: UserId | None = None
    extra_rights: frozenset[Right] = frozenset()
    language: str | None = None
    must_change_password: bool = False
    totp: bool = False
    openid: bool = False
    """Bound to an identity of an OpenID provider."""
    created_at: float = 0.0
    signed_in_at: float | None = None

    @property
    def rights(self) -> frozenset[Right]:
        """All that the login may do."""
        return rights_of(self.role, self.extra_rights)


@dataclass(frozen=True, slots=True)
class Session:
    """A cookie or bearer token in use. Times are seconds since the epoch."""

    id: str
    """Public name of the session; stays when its token is changed."""
    login: Login
    kind: Kind
    label: str
    """What the browser or program calls itself."""
    source: str
    """The network it was opened from."""
    created_at: float
    used_at: float
    expires_at: float
    """When it ends unless it is used."""
    ends_at: float
    """When it ends however much it is used."""
    hash: str
    """SHA-256 of the token."""

    @property
    def user_id(self) -> UserId | None:
        """The person with an extension that the login belongs to."""
        return self.login.user_id

    @property
    def role(self) -> Role:
        """The login's role."""
        return self.login.role

    @property
    def rights(self) -> frozenset[Right]:
        """All that the session may do."""
        if self.kind is Kind.SITE:
            return self.login.rights & RIGHTS_OF[Role.USER]
        return self.login.rights

    def __repr__(self) -> str:
        return f"Session(id={self.id!r}, login={self.login.name!r})"


def lifetimes(login: Login) -> tuple[float, float]:
    """Seconds that a session lasts unused, and at most: a phone's longer than one with more rights."""
    if login.rights <= RIGHTS_OF[Role.USER]:
        return 7 * DAY, 30 * DAY
    return 12 * HOUR, 7 * DAY


def login_of(row: Any) -> Login:
    """A row of the logins. A right or role that this program does not know is not given."""
    known = {right.value for right in Right}
    granted = (Right(name) for name in msgspec.json.decode(row.extra_rights) if name in known)
    role = Role(row.role) if row.role in set(Role) else Role.USER
    return Login(
        id=row.id,
        name=row.name,
        role=role,
        user_id=None if row.user_id is None else UserId(row.user_id),
        extra_rights=frozenset(granted),
        language=row.language,
        must_change_password=row.must_change_password,
        totp=row.totp_secret is not None,
        openid=row.openid_subject is not None,
        created_at=row.created_at,
        signed_in_at=row.signed_in_at,
    )


class Sessions:
    """The sessions' table. Changes of this process act at once, those of others within 5 s.

    `living` gives the ids of the users that are applied: a login whose user is gone has no session.
    """

    def __init__(
        self,
        database: Database,
        living: Callable[[], Container[str]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._living = living
        self._clock = clock
        self._cache: dict[str, tuple[Session, float]] = {}
        self._generation = 0
        self._watched: dict[str, tuple[Session, set[Callable[[], None]]]] = {}
        self._looked = 0.0

    def lives(self, login: Login) -> bool:
        """Whether the login's user, if it has one, is in the applied configuration."""
        return login.user_id is None or login.user_id in self._living()

    async def issue(
        self, login: Login, kind: Kind, label: str = "", source: str = "", seconds: float | None = None
    ) -> tuple[str, Session]:
        """A new session and its token. `seconds`: it ends then, used or not."""
        idle, most = lifetimes(login) if seconds is None else (seconds, seconds)
        token, now = generate_token(), self._clock()
        session = Session(
            id=generate_id("session"),
            login=login,
            kind=kind,
            label=label[:128],
            source=source[:64],
            created_at=now,
            used_at=now,
            expires_at=now + idle,
            ends_at=now + most,
            hash=token_hash(token),
        )
        row = {name: getattr(session, name) for name in _OWN if name != "hash"}
        row |= {"token_hash": session.hash, "login_id": login.id}
        async with self._database.writing() as connection:
            await connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
            await connection.execute(insert(sessions), storable(sessions, row))
            if kind is not Kind.TOKEN:
                signed = update(logins).where(logins.c.id == login.id).values(signed_in_at=now)
                await connection.execute(signed)
        return token, session

    async def find(self, token: str) -> Session | None:
        """Whose token this is; None when unknown, expired or ended (elsewhere: at most 5 s ago)."""
        now, hashed = self._clock(), token_hash(token)
        known = self._cache.get(hashed)
        if known is not None and known[1] > now and known[0].expires_at > now:
            return known[0] if self.lives(known[0].login) else None
        generation = self._generation
        async with self._database.reading() as connection:
            wanted = _SELECT.where(sessions.c.token_hash == hashed, sessions.c.expires_at > now)
            row = (await connection.execute(wanted)).first()
        if row is None or not self.lives(login := login_of(row)):
            self._cache.pop(hashed, None)
            return None
        session = await self._touched(_session(row, login), now)
        if generation == self._generation:
            if len(self._cache) >= _MOST_CACHED:
                self._cache.clear()
            self._cache[hashed] = (session, now + _CACHED_SECONDS)
        return session

    async def _touched(self, session: Session, now: float) -> Session:
        """The session, its end moved on for being used."""
        fixed = session.kind in (Kind.TOKEN, Kind.SITE)
        if fixed or now - session.used_at < _TOUCH_SECONDS:
            return session
        expires_at = max(session.expires_at, min(now + lifetimes(session.login)[0], session.ends_at))
        async with self._database.writing() as connection:
            wanted = update(sessions).where(sessions.c.id == session.id)
            await connection.execute(wanted.values(used_at=now, expires_at=expires_at))
        return replace(session, used_at=now, expires_at=expires_at)

    async def of(self, login: Login) -> list[Session]:
        """All sessions of a login, the one used last first."""
        wanted = _SELECT.where(sessions.c.login_id == login.id, sessions.c.expires_at > self._clock())
        async with self._database.reading() as connection:
            rows = await connection.execute(wanted.order_by(sessions.c.used_at.desc(), sessions.c.id))
            return [_session(row, login_of(row)) for row in rows]

    async def renew(self, session: Session) -> tuple[str, Session]:
        """The same session with another token; the old one is worth nothing from now on."""
        token = generate_token()
        async with self._database.writing() as connection:
            wanted = update(sessions).where(sessions.c.id == session.id)
            await connection.execute(wanted.values(token_hash=token_hash(token)))
        self.forget()
        return token, replace(session, hash=token_hash(token))

    async def prolong(self, session: Session, seconds: float) -> Session:
        """The same session and token, for so many seconds from now. Raises `NotFound`: it is over."""
        now = self._clock()
        async with self._database.writing() as connection:
            wanted = update(sessions).where(sessions.c.id == session.id)
            wanted = wanted.values(used_at=now, expires_at=now + seconds, ends_at=now + seconds)
            if not (await connection.execute(wanted)).rowcount:
                raise NotFound("session")
        self.forget()
        return replace(session, used_at=now, expires_at=now + seconds, ends_at=now + seconds)

    async def end_of_site(self, origin: str) -> int:
        """End all sessions that a site opened; how many they were."""
        which = (sessions.c.kind == Kind.SITE) & (sessions.c.label == origin)
        async with self._database.writing() as connection:
            ended = (await connection.execute(select(sessions.c.id).where(which))).scalars().all()
            await connection.execute(delete(sessions).where(which))
        self.forget()
        for session_id in ended:
            self._tell(session_id)
        return len(ended)

    async def end(self, session_id: str, login_id: str) -> bool:
        """End one session of a login; False when it has none of this id."""
        async with self._database.writing() as connection:
            which = (sessions.c.id == session_id) & (sessions.c.login_id == login_id)
            count = (await connection.execute(delete(sessions).where(which))).rowcount
        self.forget()
        if count:
            self._tell(session_id)
        return bool(count)

    async def end_all(self, login_id: str, but: str | None = None) -> int:
        """End all sessions of a login, or all but one; how many they were."""
        which = sessions.c.login_id == login_id
        if but is not None:
            which &= sessions.c.id != but
        async with self._database.writing() as connection:
            count = int((await connection.execute(delete(sessions).where(which))).rowcount)
        self.forget()
        for session, _ in list(self._watched.values()):
            if session.login.id == login_id and session.id != but:
                self._tell(session.id)
        return count

    def forget(self) -> None:
        """What is remembered of sessions may be wrong: look at the database again."""
        self._generation += 1
        self._cache.clear()

    def watch(self, session: Session, ended: Callable[[], None]) -> Callable[[], None]:
        """Call `ended` once when the session ends, within 5 s; the function returned stops watching.

        While it is watched, the session counts as used.
        """
        _, waiting = self._watched.setdefault(session.id, (session, set()))
        waiting.add(ended)

        def stop() -> None:
            waiting.discard(ended)
            if not waiting and self._watched.get(session.id, (None, None))[1] is waiting:
                del self._watched[session.id]

        return stop

    async def refresh(self, *, at_once: bool = False) -> None:
        """Look for watched sessions that ended, and keep the others; for every second."""
        now = self._clock()
        if not self._watched or (not at_once and 0 <= now - self._looked < _LOOK_SECONDS):
            return
        self._looked = now
        async with self._database.reading() as connection:
            rows = (await connection.execute(_SELECT.where(sessions.c.expires_at > now))).all()
        alive = {row.session_id: _session(row, login_of(row)) for row in rows}
        for session_id, (session, _) in list(self._watched.items()):
            found = alive.get(session_id)
            if found is None or not self.lives(found.login) or found.login.rights != session.login.rights:
                self.forget()
                self._tell(session_id)
            else:
                await self._touched(found, now)

    def _tell(self, session_id: str) -> None:
        _, waiting = self._watched.pop(session_id, (None, set()))
        for ended in list(waiting):
            ended()


_OWN = ("id", "kind", "label", "source", "created_at", "used_at", "expires_at", "ends_at", "hash")
_SELECT = select(
    logins,
    sessions.c.id.label("session_id"),
    *(sessions.c[name].label(f"session_{name}") for name in _OWN if name not in ("id", "hash")),
    sessions.c.token_hash,
).join(sessions, logins.c.id == sessions.c.login_id)


def _session(row: Any, login: Login) -> Session:
    return Session(
        id=row.session_id,
        login=login,
        kind=Kind(row.session_kind),
        label=row.session_label,
        source=row.session_source,
        created_at=row.session_created_at,
        used_at=row.session_used_at,
        expires_at=row.session_expires_at,
        ends_at=row.session_ends_at,
        hash=row.token_hash,
    )
