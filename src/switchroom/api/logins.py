"""Who may sign in, as what: the logins of users. They act at once and are in no revision."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from switchroom.api.account_schemas import LoginEntry, LoginRights, TemporaryPassword
from switchroom.api.context import Context, Here, Id
from switchroom.api.errors import ApiError, responses
from switchroom.api.rights import Needs, Right, Session, refuse_beyond
from switchroom.api.users import find_user, living
from switchroom.store import Login, NotFound
from switchroom.store.rights import rights_of

router = APIRouter(prefix="/api", tags=["logins"])

Editor = Annotated[Session, Needs(Right.USERS)]


@router.get("/logins", responses=responses())
async def list_logins(here: Here, who: Editor) -> list[LoginEntry]:
    """Everybody who may sign in, users or not, by name."""
    return [
        LoginEntry(
            name=login.name,
            role=login.role,
            extra_rights=sorted(login.extra_rights),
            user_id=login.user_id,
            active=here.store.logins.sessions.lives(login),
            totp=login.totp,
            openid=login.openid,
            must_change_password=login.must_change_password,
            signed_in_at=login.signed_in_at,
        )
        for login in await here.store.logins.list()
    ]


@router.put("/users/{user_id}/login", responses=responses(404, 409))
async def set_login(user_id: Id, body: LoginRights, here: Here, who: Editor) -> TemporaryPassword:
    """Let a user sign in, or change his login: name, role, extra rights. Other rights end its sessions.

    A new login has a temporary password. 409 `login-exists`: a login of this name belongs to nobody; with
    `join` it is his from now on, with this role. Nobody gives rights that he does not have.
    """
    draft = await here.store.configuration.draft()
    user, alive = find_user(draft, user_id), living(here, draft)
    extra = frozenset(body.extra_rights) - rights_of(body.role)
    refuse_beyond(who, rights_of(body.role, extra))
    logins = here.store.logins
    login = await logins.of_user(user_id)
    if login is None:
        named = await logins.find(body.name)
        login = named if named is not None and named.user_id is None else None
    detail = ", ".join([body.role, *sorted(extra)])
    if login is None:
        password = await logins.add(
            body.name, role=body.role, extra_rights=extra, user_id=user_id, temporary=True, living=alive
        )
        await here.store.audit.note(who.login.name, "login added", _subject(body.name, user.name), detail)
        return TemporaryPassword(name=body.name.strip(), password=password)
    refuse_beyond(who, login.rights)
    if login.user_id is None and not body.join:
        text = "A sign-in of this name belongs to nobody yet. It can be given to this person."
        raise ApiError(409, "login-exists", text, "name")
    changed = await logins.change(
        login,
        name=body.name,
        role=body.role,
        extra_rights=extra,
        user_id=user_id,
        living=alive,
        keep=who.id if who.login.id == login.id else None,
    )
    await here.store.audit.note(who.login.name, "login changed", _subject(changed.name, user.name), detail)
    return TemporaryPassword(name=changed.name, password=None)


@router.delete("/users/{user_id}/login", status_code=204, responses=responses(404, 409))
async def remove_login(user_id: Id, here: Here, who: Editor) -> Response:
    """A user may no longer sign in, at once. His phones go on."""
    login = await _login_of(here, user_id, who)
    await here.store.logins.remove(login)
    await here.store.audit.note(who.login.name, "login removed", login.name)
    return Response(status_code=204)


@router.post("/users/{user_id}/login/reset-password", responses=responses(404))
async def reset_password(user_id: Id, here: Here, who: Editor) -> TemporaryPassword:
    """A temporary password in place of a forgotten one. All sessions of the login end."""
    login = await _login_of(here, user_id, who)
    password = await here.store.logins.reset_password(login.name, temporary=True)
    await here.store.audit.note(who.login.name, "password reset", login.name)
    return TemporaryPassword(name=login.name, password=password)


@router.delete("/users/{user_id}/login/totp", status_code=204, responses=responses(404))
async def remove_totp_of(user_id: Id, here: Here, who: Editor) -> Response:
    """Ask a user for no codes any more: his authenticator app is lost."""
    login = await _login_of(here, user_id, who)
    if not await here.store.logins.remove_totp(login):
        raise NotFound("code that this login is asked for")
    await here.store.audit.note(who.login.name, "codes switched off", login.name)
    return Response(status_code=204)


async def _login_of(here: Context, user_id: str, who: Session) -> Login:
    """The login of a user; 404 without one, 403 when it may do more than who asks."""
    login = await here.store.logins.of_user(user_id)
    if login is None:
        raise NotFound("login of this user")
    refuse_beyond(who, login.rights)
    return login


def _subject(login: str, user: str) -> str:
    return login if login == user else f"{login} ({user})"
