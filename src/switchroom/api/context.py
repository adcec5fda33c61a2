"""What every route needs: the store, the running system, who asks."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Path, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket

from switchroom.api.errors import ApiError
from switchroom.api.invitations import Invitations
from switchroom.api.limits import TokenBuckets, is_loopback
from switchroom.api.openid_client import OpenIdClient
from switchroom.api.ports import Live, Machine, NoMachine
from switchroom.happenings import Happenings
from switchroom.store import Kind, Session, Store

COOKIE = "switchroom_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Context:
    """What the app was made with."""

    store: Store
    live: Live
    version: str
    metrics: Callable[[], tuple[bytes, str]]
    """The text of /metrics and its content type."""
    machine: Machine = field(default_factory=NoMachine)
    invitations: Invitations = field(default_factory=Invitations)
    clock: Callable[[], float] = time.time
    allowed_origins: tuple[str, ...] = ()
    """Origins of other sites whose pages may use a phone with a token of their own."""
    happenings: Happenings = field(default_factory=Happenings)
    """What happens in calls, for whoever listens."""
    openid: tuple[OpenIdClient, ...] = ()
    """The providers that people may sign in with."""
    tries_by_network: TokenBuckets = field(default_factory=lambda: TokenBuckets(20, 6.0))
    tries_by_name: TokenBuckets = field(default_factory=lambda: TokenBuckets(5, 12.0))
    tries_by_all: TokenBuckets = field(default_factory=lambda: TokenBuckets(60, 0.25))
    """However many strangers try: checking passwords never takes the machine from the calls."""
    tries_of_codes: TokenBuckets = field(default_factory=lambda: TokenBuckets(5, 60.0))
    """Of one login, wherever they come from: a code has six digits only."""
    acts_in_rooms: TokenBuckets = field(default_factory=lambda: TokenBuckets(60, 0.1))
    """Of one person or guest, in the conferences that run."""
    heard: TokenBuckets = field(default_factory=lambda: TokenBuckets(1, 3600.0))
    """Which login heard which recording: once an hour, it is written into the audit log."""

    def allows_origin(self, origin: str) -> bool:
        """Whether pages of another site may use the API with a token of their own."""
        return origin in self.allowed_origins or self.store.sites.allows(origin)


def listing(rows: Iterable[Mapping[str, Any]]) -> Response:
    """A long list as JSON, past the framework's checks: a thousand rows hold the loop for a millisecond."""
    return Response(msgspec.json.encode(list(rows)), media_type="application/json")


def plain(entry: Any) -> dict[str, Any]:
    """A flat dataclass as a dictionary."""
    return {name: getattr(entry, name) for name in entry.__dataclass_fields__}


bearer = HTTPBearer(
    auto_error=False,
    description=f"The token that POST /api/login gave. Or the cookie of POST /api/session and {CSRF_HEADER}.",
)


def context(request: HTTPConnection) -> Context:
    """The app's context."""
    found = request.app.state.context
    assert isinstance(found, Context)
    return found


Here = Annotated[Context, Depends(context)]


def derived_key(here: Context, purpose: str) -> bytes:
    """A key for one purpose, of the installation's."""
    return hmac.digest(here.store.installation.nonce_key, b"api " + purpose.encode(), hashlib.sha256)


def csrf_token(here: Context, session: Session) -> str:
    """What a page has to send besides the cookie: bound to the session's token, of no use elsewhere."""
    return hmac.new(derived_key(here, "csrf"), session.hash.encode(), hashlib.sha256).hexdigest()


def not_signed_in() -> ApiError:
    """401."""
    text = "Sign in first."
    return ApiError(401, "not-signed-in", text, headers={"WWW-Authenticate": "Bearer"})


async def authenticated(
    request: Request, here: Context, credentials: HTTPAuthorizationCredentials | None
) -> Session:
    """Who asks, by a bearer token or else by the cookie. Raises 401, and 403 for a forged request."""
    if "authorization" in request.headers:
        session = None if credentials is None else await token_session(here, credentials.credentials)
        if session is None:
            raise not_signed_in()
        return session
    session = await cookie_session(request, here)
    if session is None:
        raise not_signed_in()
    if request.method not in SAFE_METHODS:
        refuse_foreign_origin(request)
        sent = request.headers.get(CSRF_HEADER, "").encode()
        if not hmac.compare_digest(sent, csrf_token(here, session).encode()):
            text = "The page is out of date: load it again."
            raise ApiError(403, "csrf", text)
    return session


async def token_session(here: Context, token: str) -> Session | None:
    """Whose bearer token this is. A cookie's value is none."""
    session = await here.store.logins.sessions.find(token)
    return None if session is None or session.kind is Kind.COOKIE else session


async def cookie_session(request: HTTPConnection, here: Context) -> Session | None:
    """Whose cookie came with the request. The value of a bearer token is no cookie."""
    value = request.cookies.get(COOKIE)
    session = await here.store.logins.sessions.find(value) if value else None
    return None if session is None or session.kind is not Kind.COOKIE else session


def from_this_machine(request: HTTPConnection) -> bool:
    """Whether a program on this very machine asks, by a name of this machine and past no proxy.

    A page may name this machine by a host name of its own (DNS rebinding): such a name is none of ours.
    """
    forwarded = any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip"))
    asked = (request.url.hostname or "").strip("[]")
    named = asked == "localhost" or is_loopback(asked)
    return named and not forwarded and is_loopback(request.client.host if request.client else None)


def refuse_foreign_origin(request: HTTPConnection) -> None:
    """Raises 403 when a browser says that a page of another site asks."""
    origin = request.headers.get("origin")
    if origin is not None and not own_origin(origin, request.headers.get("host", "")):
        raise ApiError(403, "foreign-origin", "Pages of other sites may not do this.")


def own_origin(origin: str, host: str) -> bool:
    """Whether an Origin header names the host (and port) that was asked."""
    scheme, separator, place = origin.partition("://")
    if not separator or scheme not in ("http", "https") or not place:
        return False
    default = ":443" if scheme == "https" else ":80"
    return place.lower().removesuffix(default) == host.lower().removesuffix(default)


async def websocket_session(websocket: WebSocket, token: str | None = None) -> Session:
    """Who opened a WebSocket: by the token of the first message, or else by the cookie.

    The cookie counts only for a page of ours; a token for ours, those of allowed sites, and programs.
    Check the rights with `rights.need`. Raises 401 and 403 (`ApiError`, whose `body` can be sent).
    """
    here = context(websocket)
    origin = websocket.headers.get("origin")
    own = origin is not None and own_origin(origin, websocket.headers.get("host", ""))
    if origin is not None and not own and not here.allows_origin(origin):
        raise ApiError(
            403, "foreign-origin", "Pages of this site may not connect: an administrator has to allow it."
        )
    if token is not None:
        session = await token_session(here, token)
    else:
        session = await cookie_session(websocket, here) if own else None
    if session is None:
        raise not_signed_in()
    return session


@asynccontextmanager
async def session_end(here: Context, session: Session) -> AsyncIterator[asyncio.Event]:
    """An event that is set within 5 s of the session's end (signed out, expired, other rights).

    Meanwhile the session counts as used. For long connections, which send `signed_out` and close then.
    """
    ended = asyncio.Event()
    stop = here.store.logins.sessions.watch(session, ended.set)
    try:
        yield ended
    finally:
        stop()


Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.~@:-]{1,128}$", max_length=128)]
