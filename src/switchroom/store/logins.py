"""Who may use the console, the phone and the API: logins with a role, a password, perhaps a second factor."""

from __future__ import annotations

import hmac
import secrets
import time
import unicodedata
from collections.abc import Callable, Collection, Iterable
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from switchroom.store import totp
from switchroom.store.commit import storable
from switchroom.store.database import Database
from switchroom.store.errors import Conflict, LastAdministrator, NotFound
from switchroom.store.rights import Right, Role
from switchroom.store.secrets import Passwords, Vault, generate_id, generate_password
from switchroom.store.sessions import Kind, Login, Session, Sessions, login_of
from switchroom.store.tables import logins

RECOVERY_CODES = 10


def name_key(name: str) -> str:
    """A login's name as it is compared: letter case and width do not count."""
    return unicodedata.normalize("NFKC", name.strip()).casefold()[:256]


def _storable_key(name: str) -> str:
    return str(storable(logins, {"name_key": name_key(name)})["name_key"])


class Logins:
    """The logins' table. All acts take effect at once; what changes a login's rights ends its sessions."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        sessions: Sessions,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.sessions = sessions
        self._database = database
        self._vault = vault
        self._passwords = Passwords()
        self._clock = clock

    async def list(self) -> list[Login]:
        """All logins by name."""
        async with self._database.reading() as connection:
            rows = await connection.execute(select(logins).order_by(logins.c.name_key))
            return [login_of(row) for row in rows]

    async def find(self, name: str) -> Login | None:
        """The login of a name."""
        return await self._first(logins.c.name_key == _storable_key(name))

    async def of_user(self, user_id: str) -> Login | None:
        """The login of a person with an extension."""
        return await self._first(logins.c.user_id == user_id)

    async def of_openid(self, issuer: str, subject: str) -> Login | None:
        """The login bound to an identity of an OpenID provider."""
        return await self._first((logins.c.openid_issuer == issuer) & (logins.c.openid_subject == subject))

    async def _first(self, condition: Any) -> Login | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(logins).where(condition))).first()
        return None if row is None else login_of(row)

    async def add(
        self,
        name: str,
        password: str | None = None,
        role: str = Role.ADMINISTRATOR,
        *,
        extra_rights: Iterable[Right] = (),
        user_id: str | None = None,
        temporary: bool = False,
        living: Collection[str] | None = None,
    ) -> str:
        """A new login; its password, which is generated unless given. Raises `Conflict`.

        `temporary`: the password has to be changed before anything else. `living` are the ids of all users
        that are applied or in the draft: a login of anybody else gives up the name.
        """
        password = password or generate_password()
        row = {
            "id": generate_id("login"),
            "name": name.strip(),
            "name_key": name_key(name),
            "password_hash": await self._passwords.hash(password),
            "must_change_password": temporary,
            "role": Role(role).value,
            "extra_rights": _encoded(extra_rights),
            "user_id": user_id,
            "created_at": self._clock(),
        }
        try:
            async with self._database.writing() as connection:
                if living is not None:
                    await _free(connection, name, living)
                await connection.execute(insert(logins), storable(logins, row))
        except IntegrityError as error:
            raise Conflict("name", f"There is a login {name} already.") from error
        return password

    async def add_openid(
        self, name: str, user_id: str, issuer: str, subject: str, living: Collection[str]
    ) -> Login:
        """A new login of role user without a password. Raises `Conflict`."""
        row: dict[str, Any] = {
            "id": generate_id("login"),
            "name": name.strip(),
            "name_key": name_key(name),
            "password_hash": "",
            "role": Role.USER.value,
            "user_id": user_id,
            "openid_issuer": issuer,
            "openid_subject": subject,
            "created_at": self._clock(),
        }
        try:
            async with self._database.writing() as connection:
                await _free(connection, name, living)
                await connection.execute(insert(logins), storable(logins, row))
        except IntegrityError as error:
            raise Conflict("name", f"There is a login {name} already.") from error
        return await self._get(row["id"])

    async def bind_openid(self, login: Login, issuer: str, subject: str) -> None:
        """Let an identity of an OpenID provider sign in as this login. A temporary password is forgotten."""
        values: dict[str, Any] = {"openid_issuer": issuer, "openid_subject": subject}
        if login.must_change_password:
            values |= {"password_hash": "", "must_change_password": False}
        async with self._database.writing() as connection:
            await connection.execute(update(logins).where(logins.c.id == login.id).values(**values))

    async def change(
        self,
        login: Login,
        *,
        name: str,
        role: Role,
        extra_rights: Collection[Right],
        user_id: str | None,
        living: Collection[str],
        keep: str | None = None,
    ) -> Login:
        """Another name, role, rights or user; other rights or another user end all sessions but `keep`.

        Raises `Conflict`, `NotFound`, `LastAdministrator`.
        """
        values = {
            "name": name.strip(),
            "name_key": name_key(name),
            "role": role.value,
            "extra_rights": _encoded(extra_rights),
            "user_id": user_id,
        }
        try:
            async with self._database.writing() as connection:
                if role is not Role.ADMINISTRATOR:
                    await self._keep_an_administrator(connection, login.id)
                if name_key(name) != name_key(login.name):
                    await _free(connection, name, living)
                which = update(logins).where(logins.c.id == login.id)
                if not (await connection.execute(which.values(**storable(logins, values)))).rowcount:
                    raise NotFound("login")
        except IntegrityError as error:
            raise Conflict("name", f"There is a login {name} already.") from error
        changed = await self._get(login.id)
        if changed.rights != login.rights or changed.user_id != login.user_id:
            await self.sessions.end_all(login.id, but=keep)
        self.sessions.forget()
        return changed

    async def remove(self, login: Login) -> None:
        """The login is gone, its sessions too. Raises `NotFound`, `LastAdministrator`."""
        async with self._database.writing() as connection:
            await self._keep_an_administrator(connection, login.id)
            which = delete(logins).where(logins.c.id == login.id)
            if not (await connection.execute(which)).rowcount:
                raise NotFound("login")
        await self.sessions.end_all(login.id)

    async def check_administrators(self, living: Collection[str]) -> None:
        """Raises `LastAdministrator` when only these users stay and no administrator is among them."""
        for login in await self.list():
            if login.role is Role.ADMINISTRATOR and (login.user_id is None or login.user_id in living):
                return
        raise LastAdministrator

    async def _keep_an_administrator(self, connection: AsyncConnection, leaving: str) -> None:
        wanted = select(logins).where(logins.c.role == Role.ADMINISTRATOR.value).with_for_update()
        found = [login_of(row) for row in await connection.execute(wanted)]
        others = [login for login in found if login.id != leaving and self.sessions.lives(login)]
        if len(others) == 0 and any(login.id == leaving for login in found):
            raise LastAdministrator

    async def set_language(self, login: Login, language: str | None) -> None:
        """The language of the screens; None: the user's or the system's."""
        async with self._database.writing() as connection:
            wanted = update(logins).where(logins.c.id == login.id).values(language=language)
            await connection.execute(wanted)
        self.sessions.forget()

    async def reset_password(self, name: str, *, temporary: bool = False) -> str:
        """A new generated password; all sessions of the login end. Raises `NotFound`."""
        login = await self.find(name)
        if login is None:
            raise NotFound(f"login {name}")
        password = generate_password()
        await self._store_password(login, password, temporary)
        await self.sessions.end_all(login.id)
        return password

    async def set_password(self, session: Session, password: str) -> None:
        """A password its owner chose; all other sessions of the login end."""
        await self._store_password(session.login, password, temporary=False)
        await self.sessions.end_all(session.login.id, but=session.id)

    async def _store_password(self, login: Login, password: str, temporary: bool) -> None:
        values = {"password_hash": await self._passwords.hash(password), "must_change_password": temporary}
        async with self._database.writing() as connection:
            wanted = update(logins).where(logins.c.id == login.id).values(**values)
            if not (await connection.execute(wanted)).rowcount:
                raise NotFound("login")

    async def verify(self, name: str, password: str) -> Login | None:
        """The login, if the password is right; None for an unknown name too, after the same work."""
        async with self._database.reading() as connection:
            wanted = select(logins).where(logins.c.name_key == _storable_key(name))
            row = (await connection.execute(wanted)).first()
        known = None if row is None or not row.password_hash else row.password_hash
        if not await self._passwords.verify(known, password):
            return None
        assert row is not None
        return login_of(row)

    async def issue_token(self, name: str, label: str, seconds: float) -> str:
        """A bearer token for a program, valid so long. Raises `NotFound`."""
        login = await self.find(name)
        if login is None:
            raise NotFound(f"login {name}")
        return (await self.sessions.issue(login, Kind.TOKEN, label, seconds=seconds))[0]

    async def session(self, token: str) -> Session | None:
        """Whose token this is: `Sessions.find`."""
        return await self.sessions.find(token)

    async def sign_out(self, session: Session) -> None:
        """The session's token is worth nothing from now on."""
        await self.sessions.end(session.id, session.login.id)

    # The second factor

    async def begin_totp(self, login: Login) -> bytes:
        """A new secret; it counts once a code of it was shown. Raises `Conflict` when there is one."""
        secret = secrets.token_bytes(totp.SECRET_BYTES)
        async with self._database.writing() as connection:
            which = (logins.c.id == login.id) & logins.c.totp_secret.is_(None)
            wanted = update(logins).where(which).values(totp_pending=self._vault.encrypt(secret))
            if not (await connection.execute(wanted)).rowcount:
                raise Conflict("totp", "Codes are asked for already: switch them off first.")
        return secret

    async def confirm_totp(self, session: Session, code: str) -> tuple[str, ...] | None:
        """Ask for codes from now on; ten recovery codes, shown this once. None: the code is wrong.

        The other sessions of the login end.
        """
        codes = tuple(generate_password()[:11] for _ in range(RECOVERY_CODES))
        async with self._database.writing() as connection:
            row = await _locked(connection, session.login.id)
            if row is None or row.totp_pending is None:
                return None
            step = totp.matching_step(self._vault.decrypt(row.totp_pending), code, self._clock(), 0)
            if step is None:
                return None
            values = {
                "totp_secret": row.totp_pending,
                "totp_pending": None,
                "totp_step": step,
                "recovery_codes": self._sealed([_code_hash(made) for made in codes]),
            }
            await connection.execute(update(logins).where(logins.c.id == row.id).values(**values))
        await self.sessions.end_all(session.login.id, but=session.id)
        return codes

    async def use_code(self, login: Login, code: str) -> bool:
        """Whether the code of the second factor is right; it is used up by this, as a recovery code is."""
        code = "".join(code.split())
        async with self._database.writing() as connection:
            row = await _locked(connection, login.id)
            if row is None or row.totp_secret is None:
                return False
            values: dict[str, Any]
            if code.isascii() and code.isdigit() and len(code) == totp.DIGITS:
                secret = self._vault.decrypt(row.totp_secret)
                step = totp.matching_step(secret, code, self._clock(), row.totp_step)
                if step is None:
                    return False
                values = {"totp_step": step}
            else:
                kept = msgspec.json.decode(self._vault.decrypt(row.recovery_codes or b""), type=list[str])
                rest = [made for made in kept if not hmac.compare_digest(made, _code_hash(code))]
                if len(rest) == len(kept):
                    return False
                values = {"recovery_codes": self._sealed(rest)}
            await connection.execute(update(logins).where(logins.c.id == row.id).values(**values))
        return True

    async def remove_totp(self, login: Login) -> bool:
        """Ask for no codes any more; False when none were asked for."""
        values = {"totp_secret": None, "totp_pending": None, "recovery_codes": None, "totp_step": 0}
        async with self._database.writing() as connection:
            which = (logins.c.id == login.id) & logins.c.totp_secret.is_not(None)
            count = (await connection.execute(update(logins).where(which).values(**values))).rowcount
        self.sessions.forget()
        return bool(count)

    def close(self) -> None:
        """End the hashing threads."""
        self._passwords.close()

    def _sealed(self, hashes: Iterable[str]) -> bytes:
        return self._vault.encrypt(msgspec.json.encode(tuple(hashes)))

    async def _get(self, login_id: str) -> Login:
        found = await self._first(logins.c.id == login_id)
        if found is None:
            raise NotFound("login")
        return found


def _encoded(rights: Iterable[Right]) -> str:
    return msgspec.json.encode(sorted({right.value for right in rights})).decode()


def _code_hash(code: str) -> str:
    text = code.replace("-", "").casefold()
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


async def _locked(connection: AsyncConnection, login_id: str) -> Any:
    wanted = select(logins).where(logins.c.id == login_id).with_for_update()
    return (await connection.execute(wanted)).first()


async def _free(connection: AsyncConnection, name: str, living: Collection[str]) -> None:
    """A login whose user is gone gives up its name."""
    wanted = select(logins.c.id, logins.c.user_id).where(logins.c.name_key == _storable_key(name))
    holder = (await connection.execute(wanted)).first()
    if holder is not None and holder.user_id is not None and holder.user_id not in living:
        await connection.execute(delete(logins).where(logins.c.id == holder.id))
