"""POST /api/login and /api/logout."""

from __future__ import annotations

import math

from fastapi import APIRouter, Request, Response

from switchroom.api.account_schemas import LoginView, SignInInput
from switchroom.api.context import Context, Here
from switchroom.api.errors import ApiError, responses
from switchroom.api.limits import network
from switchroom.api.rights import Account
from switchroom.store import Kind, Login, Session
from switchroom.store.logins import name_key

router = APIRouter(prefix="/api", tags=["sign in"])


@router.post("/login", responses=responses(401, 403, 429))
async def login(body: SignInInput, request: Request, here: Here) -> LoginView:
    """Sign in with name and password (and code) for a bearer token.

    An unknown name and a wrong password get the same answer.
    """
    session, token = await open_session(here, request, body, Kind.SESSION)
    return LoginView(
        token=token, expires_at=session.expires_at, name=session.login.name, role=session.login.role
    )


@router.post("/logout", status_code=204, responses=responses())
async def logout(here: Here, who: Account) -> Response:
    """The session is over, its token or cookie worth nothing."""
    await here.store.logins.sign_out(who)
    return Response(status_code=204)


async def open_session(here: Context, request: Request, body: SignInInput, kind: Kind) -> tuple[Session, str]:
    """Check name, password and code; a new session and its token. Raises 401, 403, 429."""
    source = network(request.client.host if request.client else None)
    key = (source, name_key(body.name))
    limit_tries(here, source, key)
    logins = here.store.logins
    login = await logins.verify(body.name, body.password)
    if login is None:
        await here.store.audit.note(body.name, "sign-in refused", source, "wrong name or password")
        raise ApiError(401, "wrong-login", "The name or the password is wrong.")
    if not logins.sessions.lives(login):
        text = "The person this login belongs to is not in the applied configuration. Ask an administrator."
        raise ApiError(403, "user-not-applied", text)
    if login.totp:
        await check_code(here, login, body.code, source)
    here.tries_by_name.forgive(key)
    label = request.headers.get("user-agent", "")
    token, session = await logins.sessions.issue(login, kind, label, source)
    await here.store.audit.note(login.name, "signed in", source)
    return session, token


def limit_tries(here: Context, source: str, key: tuple[str, str]) -> None:
    """Count a try at a password; 429 when there were too many: from this network, at this name, of all."""
    now = here.clock()
    wait = max(here.tries_by_network.take(source, now), here.tries_by_name.take(key, now))
    refuse_for(wait or here.tries_by_all.take("all", now))


def refuse_for(wait: float) -> None:
    """Raises 429 when there is something to wait for (seconds)."""
    if wait:
        seconds = math.ceil(wait)
        text = f"Too many tries. Wait {seconds} seconds."
        raise ApiError(429, "too-many-tries", text, headers={"Retry-After": str(seconds)})


async def check_code(here: Context, login: Login, code: str | None, source: str) -> None:
    """The second factor: 401 `code-needed` or `wrong-code`, 429 after too many."""
    if not code:
        raise ApiError(401, "code-needed", "Enter the code that your authenticator app shows.", "code")
    refuse_for(here.tries_of_codes.take(login.id, here.clock()))
    if not await here.store.logins.use_code(login, code):
        await here.store.audit.note(login.name, "sign-in refused", source, "wrong code")
        text = "This code is wrong or was used already. Wait for the next one."
        raise ApiError(401, "wrong-code", text, "code")
    here.tries_of_codes.forgive(login.id)
