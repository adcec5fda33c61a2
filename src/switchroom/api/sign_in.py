"""Signing in and out: by cookie for the web app, by bearer token for programs and other sites' pages."""

from __future__ import annotations

import math

from fastapi import APIRouter, Request, Response

from switchroom.api.account_schemas import (
    LoginView,
    OpenIdChoice,
    SessionView,
    SignInChoices,
    SignInInput,
    WelcomeView,
)
from switchroom.api.context import Context, Here, cookie_session, refuse_foreign_origin
from switchroom.api.errors import ApiError, responses
from switchroom.api.limits import network
from switchroom.api.rights import Account
from switchroom.api.session_view import clear_cookie, session_view, set_cookie
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


@router.get("/welcome")
async def welcome(request: Request, here: Here) -> WelcomeView:
    """What a page may know before anybody signed in."""
    settings = here.store.configuration.applied.settings
    openid = [OpenIdChoice(id=client.provider.id, name=client.provider.name) for client in here.openid]
    return WelcomeView(
        name=settings.name,
        language=settings.language,
        version=here.version,
        sign_in=SignInChoices(password=True, openid=openid),
        secure=request.url.scheme == "https" or request.url.hostname in ("localhost", "127.0.0.1", "::1"),
    )


@router.post("/session", responses=responses(401, 403, 429))
async def sign_in(body: SignInInput, request: Request, response: Response, here: Here) -> SessionView:
    """Sign in for the web app: the answer sets a cookie that scripts can not read.

    401 `wrong-login`; 401 `code-needed`, `wrong-code`: the same once more, with `code`.
    """
    refuse_foreign_origin(request)
    before = await cookie_session(request, here)
    session, token = await open_session(here, request, body, Kind.COOKIE)
    if before is not None:
        await here.store.logins.sign_out(before)
    set_cookie(request, response, token, session, here.clock())
    return session_view(here, session)


@router.get("/session", responses=responses())
async def get_session(here: Here, who: Account) -> SessionView:
    """Who is signed in; 401 `not-signed-in`."""
    return session_view(here, who)


@router.delete("/session", status_code=204, responses=responses())
async def sign_out(request: Request, here: Here, who: Account) -> Response:
    """End this session."""
    await here.store.logins.sign_out(who)
    response = Response(status_code=204)
    clear_cookie(request, response)
    return response


def source_of(request: Request) -> str:
    """The network that asks."""
    return network(request.client.host if request.client else None)


async def open_session(here: Context, request: Request, body: SignInInput, kind: Kind) -> tuple[Session, str]:
    """Check name, password and code; a new session and its token. Raises 401, 403, 429."""
    source = source_of(request)
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
    here.tries_by_network.give_back(source)
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
