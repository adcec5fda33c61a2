"""What every route needs: the store, the running system, who asks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Path, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from switchroom.api.errors import ApiError
from switchroom.api.limits import TokenBuckets
from switchroom.api.ports import Live
from switchroom.store import Session, Store


@dataclass(frozen=True)
class Context:
    """What the app was made with."""

    store: Store
    live: Live
    version: str
    metrics: Callable[[], tuple[bytes, str]]
    """The text of /metrics and its content type."""
    sip_ports: tuple[int, int] = (5060, 5061)
    """Of UDP and TCP, and of TLS (0: none)."""
    clock: Callable[[], float] = time.time
    tries_by_network: TokenBuckets = field(default_factory=lambda: TokenBuckets(20, 6.0))
    tries_by_name: TokenBuckets = field(default_factory=lambda: TokenBuckets(5, 12.0))
    tries_by_all: TokenBuckets = field(default_factory=lambda: TokenBuckets(60, 0.25))
    """However many strangers try: checking passwords never takes the machine from the calls."""


def listing(rows: Iterable[Mapping[str, Any]]) -> Response:
    """A long list as JSON, past the framework's checks: a thousand rows hold the loop for a millisecond."""
    return Response(msgspec.json.encode(list(rows)), media_type="application/json")


def plain(entry: Any) -> dict[str, Any]:
    """A flat dataclass as a dictionary."""
    return {name: getattr(entry, name) for name in entry.__dataclass_fields__}


_bearer = HTTPBearer(auto_error=False, description="The token that POST /api/login gave.")


def context(request: Request) -> Context:
    """The app's context."""
    found = request.app.state.context
    assert isinstance(found, Context)
    return found


Here = Annotated[Context, Depends(context)]


async def signed_in(
    here: Here, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> Session:
    """Who asks. Raises 401."""
    session = None if credentials is None else await here.store.logins.session(credentials.credentials)
    if session is None:
        text = "Sign in first: POST /api/login gives a token for the Authorization header."
        raise ApiError(401, "not-signed-in", text, headers={"WWW-Authenticate": "Bearer"})
    return session


Who = Annotated[Session, Depends(signed_in)]
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.~@:-]{1,128}$", max_length=128)]
