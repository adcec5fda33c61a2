"""POST /api/login and /api/logout."""

from __future__ import annotations

import math

from fastapi import APIRouter, Request, Response

from switchroom.api.context import Here, Who
from switchroom.api.errors import ApiError, responses
from switchroom.api.limits import network
from switchroom.api.schemas import LoginInput, LoginView

router = APIRouter(prefix="/api", tags=["sign in"])


@router.post("/login", responses=responses(401, 429))
async def login(body: LoginInput, request: Request, here: Here) -> LoginView:
    """Sign in with name and password. An unknown name and a wrong password get the same answer."""
    now = here.clock()
    source = network(request.client.host if request.client else None)
    name = body.name.casefold()
    wait = max(here.tries_by_network.take(source, now), here.tries_by_name.take((source, name), now))
    wait = wait or here.tries_by_all.take("all", now)
    if wait:
        seconds = math.ceil(wait)
        text = f"Too many tries. Wait {seconds} seconds."
        raise ApiError(429, "too-many-tries", text, headers={"Retry-After": str(seconds)})
    label = request.headers.get("user-agent", "")[:128]
    made = await here.store.logins.sign_in(body.name, body.password, label)
    if made is None:
        await here.store.audit.note(body.name, "sign-in refused", source)
        raise ApiError(401, "wrong-login", "The name or the password is wrong.")
    here.tries_by_name.forgive((source, name))
    token, session = made
    await here.store.audit.note(session.login.name, "signed in", source)
    return LoginView(
        token=token, expires_at=session.expires_at, name=session.login.name, role=session.login.role
    )


@router.post("/logout", status_code=204, responses=responses())
async def logout(here: Here, who: Who) -> Response:
    """The token is worth nothing from now on."""
    await here.store.logins.sign_out(who)
    return Response(status_code=204)
