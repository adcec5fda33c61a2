"""Sites of others that may show the phone: their list, and how they sign their people in (ADR 0058)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from switchroom.api.context import Context, Here, Id, plain, token_session
from switchroom.api.errors import ApiError, responses
from switchroom.api.rights import Needs, Right, Session
from switchroom.api.sign_in import refuse_for, source_of
from switchroom.store import Kind, Login, NotFound
from switchroom.store.sites import StatementRefused, read_origin

router = APIRouter(prefix="/api", tags=["sites"])

SESSION_SECONDS = 3600.0
"""A phone on a site's page ends so long after the last statement; the page brings a new one in time."""

Editor = Annotated[Session, Needs(Right.SYSTEM)]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SiteInput(_Input):
    """A site to be allowed."""

    origin: Annotated[str, Field(min_length=1, max_length=256)] = Field(
        description="Scheme, host and port of its pages, such as `https://crm.example.com`."
    )


class SitePatch(_Input):
    """A site to be switched on or off."""

    enabled: bool


class SiteView(BaseModel):
    """A site that may show the phone."""

    id: str
    origin: str
    enabled: bool
    created_at: float
    changed_at: float
    used_at: float | None = Field(description="When it signed somebody in last.")


class NewSiteView(SiteView):
    """A site with its secret, which is shown this once."""

    secret: str


class StatementInput(_Input):
    """What the site's server signed: see docs/widget.md."""

    statement: Annotated[str, Field(min_length=1, max_length=4096)]


class SiteSessionView(BaseModel):
    """A bearer token with the rights of a phone. Send it as `Authorization: Bearer <token>`."""

    token: str
    expires_at: float


@router.get("/sites", responses=responses())
async def list_sites(here: Here, who: Editor) -> list[SiteView]:
    """Sites that may show the phone and sign their people in, by origin."""
    return [SiteView(**plain(site)) for site in here.store.sites.list()]


@router.post("/sites", status_code=201, responses=responses(409))
async def add_site(body: SiteInput, here: Here, who: Editor) -> NewSiteView:
    """Allow a site. Its secret is in the answer, and never shown again."""
    origin = read_origin(body.origin)
    if origin is None:
        text = "This is no origin. Enter scheme and host, such as https://crm.example.com, without a path."
        raise ApiError(422, "bad-url", text, "origin")
    site, secret = await here.store.sites.add(origin, who.login.name)
    return NewSiteView(**plain(site), secret=secret)


@router.patch("/sites/{site_id}", responses=responses(404))
async def change_site(site_id: Id, body: SitePatch, here: Here, who: Editor) -> SiteView:
    """Switch a site on or off. Off, all phones that it opened end."""
    site = await here.store.sites.enable(site_id, body.enabled, who.login.name)
    if not site.enabled:
        await here.store.logins.sessions.end_of_site(site.origin)
    return SiteView(**plain(site))


@router.post("/sites/{site_id}/secret", responses=responses(404))
async def renew_site_secret(site_id: Id, here: Here, who: Editor) -> NewSiteView:
    """Another secret: at once the old one signs nobody in, and all phones that it opened end."""
    site, secret = await here.store.sites.renew_secret(site_id, who.login.name)
    await here.store.logins.sessions.end_of_site(site.origin)
    return NewSiteView(**plain(site), secret=secret)


@router.delete("/sites/{site_id}", status_code=204, responses=responses(404))
async def remove_site(site_id: Id, here: Here, who: Editor) -> Response:
    """Allow it no more. All phones that it opened end."""
    site = await here.store.sites.remove(site_id, who.login.name)
    await here.store.logins.sessions.end_of_site(site.origin)
    return Response(status_code=204)


@router.post("/session/site", responses=responses(401, 429))
async def sign_in_by_site(body: StatementInput, request: Request, here: Here) -> SiteSessionView:
    """Sign in by what the page's own server states; 401 `site-refused` whatever is wrong with it.

    With the token of before as `Authorization` the phone goes on: the same token is good for an hour more.
    """
    source, origin = source_of(request), request.headers.get("origin", "")
    now = here.clock()
    refuse_for(here.tries_by_network.take(source, now) or here.tries_by_all.take("all", now))
    try:
        login = await _login_of(here, await here.store.sites.redeem(body.statement, origin))
    except StatementRefused as error:
        await here.store.audit.note(origin[:128] or "a site", "sign-in refused", source, str(error))
        raise _refused() from error
    here.tries_by_network.give_back(source)
    here.tries_by_all.give_back("all")
    sessions = here.store.logins.sessions
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    before = await token_session(here, token) if token else None
    if (
        before is not None
        and before.kind is Kind.SITE
        and before.login.id == login.id
        and before.label == origin
    ):
        try:
            session = await sessions.prolong(before, SESSION_SECONDS)
            return SiteSessionView(token=token, expires_at=session.expires_at)
        except NotFound:
            pass
    token, session = await sessions.issue(login, Kind.SITE, origin, source, SESSION_SECONDS)
    await here.store.audit.note(login.name, "signed in", source, origin)
    return SiteSessionView(token=token, expires_at=session.expires_at)


async def _login_of(here: Context, named: str) -> Login:
    """The login of the one applied user with this extension or e-mail address. Raises `StatementRefused`."""
    wanted = named.strip().casefold()
    users = here.store.configuration.applied.users.values()
    found = [user for user in users if wanted and wanted in (user.extension, (user.email or "").casefold())]
    if len(found) != 1:
        raise StatementRefused(f"{'several users are' if found else 'no user is'} {named[:80]!r}")
    login = await here.store.logins.of_user(found[0].id)
    if login is None:
        raise StatementRefused(f"the user {named[:80]!r} has no login")
    return login


def _refused() -> ApiError:
    text = "This site could not sign you in. An administrator finds the reason in the audit log."
    return ApiError(401, "site-refused", text)


class SiteCors(CORSMiddleware):
    """CORS for pages of allowed sites, which may change at any time: bearer tokens, never cookies."""

    def __init__(self, app: ASGIApp, allows: Callable[[str], bool]) -> None:
        super().__init__(
            app,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "If-Match"],
            max_age=600,
        )
        self._allows = allows

    def is_allowed_origin(self, origin: str) -> bool:
        """Whether a page of this origin may read our answers."""
        return self._allows(origin)
