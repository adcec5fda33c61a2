"""Who may use the console and the API: logins with a password, bearer tokens."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from switchroom.store.commit import storable
from switchroom.store.database import Database
from switchroom.store.errors import Conflict, NotFound
from switchroom.store.secrets import Passwords, generate_id, generate_password, generate_token, token_hash
from switchroom.store.tables import logins, sessions

SESSION_SECONDS = 12 * 3600.0
_CACHED_SECONDS = 5.0
_MOST_CACHED = 1000
ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who may sign in."""

    id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Session:
    """A bearer token in use."""

    login: Login
    expires_at: float
    hash: str


class Logins:
    """Passwords are argon2id hashes, tokens SHA-256; both act at once."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._passwords = Passwords()
        self._clock = clock
        self._cache: dict[str, tuple[Session, float]] = {}

    async def add(self, name: str, password: str | None = None, role: str = ADMINISTRATOR) -> str:
        """A new login; its password, which is generated unless given. Raises `Conflict`."""
        password = password or generate_password()
        row = {
            "id": generate_id("login"),
            "name": name,
            "password_hash": await self._passwords.hash(password),
            "role": role,
            "created_at": self._clock(),
        }
        try:
            async with self._database.writing() as connection:
                await connection.execute(insert(logins), storable(logins, row))
        except IntegrityError as error:
            raise Conflict("name", f"There is a login {name} already.") from error
        return password

    async def reset_password(self, name: str) -> str:
        """A new generated password; all sessions of the login end. Raises `NotFound`."""
        password = generate_password()
        hashed = await self._passwords.hash(password)
        async with self._database.writing() as connection:
            found = (await connection.execute(select(logins.c.id).where(logins.c.name == name))).scalar()
            if found is None:
                raise NotFound(f"login {name}")
            await connection.execute(update(logins).where(logins.c.id == found).values(password_hash=hashed))
            await connection.execute(delete(sessions).where(sessions.c.login_id == found))
        self._cache.clear()
        return password

    async def list(self) -> list[Login]:
        """All logins by name."""
        async with self._database.reading() as connection:
            rows = await connection.execute(select(logins).order_by(logins.c.name))
            return [Login(row.id, row.name, row.role) for row in rows]

    async def sign_in(self, name: str, password: str, label: str = "") -> tuple[str, Session] | None:
        """A token and its session; None for a wrong password and for an unknown name, after the same work."""
        name = name.replace("\x00", "\ufffd")
        async with self._database.reading() as connection:
            found = (await connection.execute(select(logins).where(logins.c.name == name))).first()
        if not await self._passwords.verify(None if found is None else found.password_hash, password):
            return None
        assert found is not None
        return await self._issue(Login(found.id, found.name, found.role), "session", label, SESSION_SECONDS)

    async def issue_token(self, name: str, label: str, seconds: float) -> str:
        """A bearer token for a program, valid so long. Raises `NotFound`."""
        async with self._database.reading() as connection:
            found = (await connection.execute(select(logins).where(logins.c.name == name))).first()
        if found is None:
            raise NotFound(f"login {name}")
        token, _ = await self._issue(Login(found.id, found.name, found.role), "token", label, seconds)
        return token

    async def session(self, token: str) -> Session | None:
        """Whose token this is; None when unknown, expired or signed out (elsewhere: at most 5 s ago)."""
        now = self._clock()
        hashed = token_hash(token)
        known = self._cache.get(hashed)
        if known is not None and known[1] > now and known[0].expires_at > now:
            return known[0]
        self._cache.pop(hashed, None)
        wanted = (
            select(sessions.c.expires_at, logins.c.id, logins.c.name, logins.c.role)
            .join(logins, logins.c.id == sessions.c.login_id)
            .where(sessions.c.token_hash == hashed, sessions.c.expires_at > now)
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(wanted)).first()
        if row is None:
            return None
        session = Session(Login(row.id, row.name, row.role), row.expires_at, hashed)
        if len(self._cache) >= _MOST_CACHED:
            self._cache.clear()
        self._cache[hashed] = (session, now + _CACHED_SECONDS)
        return session

    async def sign_out(self, session: Session) -> None:
        """The session's token is worth nothing from now on."""
        self._cache.pop(session.hash, None)
        async with self._database.writing() as connection:
            await connection.execute(delete(sessions).where(sessions.c.token_hash == session.hash))
        self._cache.pop(session.hash, None)

    def close(self) -> None:
        """End the hashing threads."""
        self._passwords.close()

    async def _issue(self, login: Login, kind: str, label: str, seconds: float) -> tuple[str, Session]:
        token, now = generate_token(), self._clock()
        session = Session(login, now + seconds, token_hash(token))
        row = {
            "token_hash": session.hash,
            "login_id": login.id,
            "kind": kind,
            "label": label,
            "created_at": now,
            "expires_at": session.expires_at,
        }
        async with self._database.writing() as connection:
            await connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
            await connection.execute(insert(sessions), storable(sessions, row))
        return token, session
