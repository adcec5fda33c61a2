"""Signing in by an OpenID provider: there with a state only this browser knows, and back with a code."""

from __future__ import annotations

import base64
import hmac
import html
import logging
import secrets
from typing import Annotated

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from switchroom.api.context import Context, Here, cookie_session, derived_key
from switchroom.api.errors import ApiError, ErrorBody
from switchroom.api.openid_client import Identity, OpenIdClient, OpenIdError
from switchroom.api.openid_words import STATUS, failure_page
from switchroom.api.session_view import set_cookie
from switchroom.api.sign_in import refuse_for, source_of
from switchroom.directory import User
from switchroom.openid_settings import Provider
from switchroom.store import Conflict, Kind, Login, NotFound

log = logging.getLogger(__name__)
router = APIRouter(prefix="/api/session/openid", tags=["sign in"])

_COOKIE = "switchroom_openid"
_PATH = "/api/session/openid"
_SECONDS = 600
_PAGE = {"content": {"text/html": {}}, "description": "It failed: a page that says why."}
ProviderId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,32}$")]
Word = Annotated[str | None, Query(max_length=4096)]


class _State(msgspec.Struct, frozen=True):
    """What the browser keeps, encrypted, while it is at the provider."""

    provider: str
    state: str
    nonce: str
    verifier: str


@router.get(
    "/{provider_id}",
    status_code=303,
    response_class=Response,
    responses={404: {"model": ErrorBody}, 422: {"model": ErrorBody}, 429: _PAGE, 502: _PAGE},
)
async def begin(provider_id: ProviderId, request: Request, here: Here) -> Response:
    """Send the browser to the provider (authorization code with PKCE)."""
    client = _client(here, provider_id)
    made = _State(provider_id, *(secrets.token_urlsafe(32) for _ in range(3)))
    try:
        refuse_for(here.tries_by_network.take(source_of(request), here.clock()))
        where = await client.address(
            _redirect_uri(request, client.provider), made.state, made.nonce, made.verifier
        )
    except (OpenIdError, ApiError) as error:
        return _failed(request, here, client.provider, error)
    response = RedirectResponse(where, 303)
    response.set_cookie(
        _COOKIE,
        _fernet(here).encrypt(msgspec.json.encode(made)).decode(),
        max_age=_SECONDS,
        path=_PATH,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return response


@router.get(
    "/{provider_id}/callback",
    status_code=303,
    response_class=Response,
    responses={
        404: {"model": ErrorBody},
        422: {"model": ErrorBody},
        **dict.fromkeys((400, 401, 403, 429, 502), _PAGE),
    },
)
async def come_back(
    provider_id: ProviderId,
    request: Request,
    here: Here,
    code: Word = None,
    state: Word = None,
    error: Word = None,
) -> Response:
    """Back from the provider: a session, and on to the web app."""
    client = _client(here, provider_id)
    try:
        now = here.clock()
        wait = here.tries_by_network.take(source_of(request), now) or here.tries_by_all.take("all", now)
        refuse_for(wait)
        kept = _kept(request, here, provider_id, state)
        if error is not None or code is None:
            raise OpenIdError("openid-refused", f"the provider says {error!r}")
        redirect_uri = _redirect_uri(request, client.provider)
        identity = await client.identity(code, redirect_uri, kept.nonce, kept.verifier)
        login = await _login_of(here, client.provider, identity)
    except (OpenIdError, ApiError) as failure:
        return _failed(request, here, client.provider, failure)
    here.tries_by_network.give_back(source_of(request), 2)
    before = await cookie_session(request, here)
    label = request.headers.get("user-agent", "")
    token, session = await here.store.logins.sessions.issue(login, Kind.COOKIE, label, source_of(request))
    if before is not None:
        await here.store.logins.sign_out(before)
    await here.store.audit.note(login.name, "signed in", source_of(request), client.provider.name)
    response = RedirectResponse("/", 303)
    set_cookie(request, response, token, session, now)
    response.delete_cookie(_COOKIE, path=_PATH)
    return response


def _client(here: Context, provider_id: str) -> OpenIdClient:
    for client in here.openid:
        if client.provider.id == provider_id:
            return client
    raise NotFound("provider of this id")


def _fernet(here: Context) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derived_key(here, "openid")))


def _redirect_uri(request: Request, provider: Provider) -> str:
    if provider.redirect_uri:
        return provider.redirect_uri
    host = request.headers.get("host", "")
    return f"{request.url.scheme}://{host}{_PATH}/{provider.id}/callback"


def _kept(request: Request, here: Context, provider_id: str, state: str | None) -> _State:
    """What this browser was sent away with. Raises `OpenIdError`."""
    try:
        clear = _fernet(here).decrypt(request.cookies.get(_COOKIE, "").encode(), ttl=_SECONDS)
        kept = msgspec.json.decode(clear, type=_State)
    except (InvalidToken, msgspec.MsgspecError) as error:
        raise OpenIdError("openid-expired", "no state of ours came back") from error
    same = hmac.compare_digest(kept.state.encode(), (state or "").encode())
    if kept.provider != provider_id or not same:
        raise OpenIdError("openid-expired", "another state came back")
    return kept


async def _login_of(here: Context, provider: Provider, identity: Identity) -> Login:
    """The login bound to an identity, else the one of its e-mail address. Raises `OpenIdError`."""
    logins = here.store.logins
    login = await logins.of_openid(identity.issuer, identity.subject)
    if login is None:
        login = await _matched(here, provider, identity)
    elif login.must_change_password:
        await logins.bind_openid(login, identity.issuer, identity.subject)
    if not logins.sessions.lives(login):
        raise OpenIdError("user-not-applied", f"the user of login {login.name} is not applied")
    return login


async def _matched(here: Context, provider: Provider, identity: Identity) -> Login:
    logins, email = here.store.logins, identity.email
    if email is None:
        raise OpenIdError("openid-unknown", "an unknown subject without a proven e-mail address")
    user = _user_of(here, email)
    login = await logins.of_user(user.id) if user is not None else await logins.find(email)
    if login is None and user is not None and provider.create_logins:
        alive = here.store.configuration.applied.users
        try:
            made = await logins.add_openid(email, user.id, identity.issuer, identity.subject, alive)
        except Conflict as error:
            raise OpenIdError("openid-unknown", str(error)) from error
        await here.store.audit.note(made.name, "login added", user.name, provider.name)
        return made
    if login is None or login.openid:
        raise OpenIdError("openid-unknown", "no login is this identity's")
    await logins.bind_openid(login, identity.issuer, identity.subject)
    await here.store.audit.note(login.name, "login bound", provider.name, email)
    return login


def _user_of(here: Context, email: str) -> User | None:
    """The one applied user with this e-mail address."""
    users = here.store.configuration.applied.users.values()
    found = [user for user in users if (user.email or "").casefold() == email.casefold()]
    return found[0] if len(found) == 1 else None


def _failed(request: Request, here: Context, provider: Provider, error: Exception) -> Response:
    """A page that says what failed and what to do."""
    if isinstance(error, ApiError):
        error_id, headers = error.body.error_id, error.headers
    else:
        assert isinstance(error, OpenIdError)
        error_id, headers = error.error_id, None
        log.warning("sign-in by %s failed: %s: %s", provider.id, error_id, error)
    settings = here.store.configuration.applied.settings
    page = failure_page(
        error_id,
        provider=html.escape(provider.name),
        system=html.escape(settings.name),
        accept=request.headers.get("accept-language", ""),
        fallback=settings.language,
    )
    response = HTMLResponse(page, STATUS[error_id], headers=headers)
    response.delete_cookie(_COOKIE, path=_PATH)
    return response
