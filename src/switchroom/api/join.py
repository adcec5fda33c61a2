"""Guests: what a link leads to, coming in by it, and the visit while it lasts.

Whatever is wrong with a link, the answer is the same, so that nothing else of the system is told.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from switchroom.api.context import Context, Here
from switchroom.api.errors import ApiError, responses
from switchroom.api.guest_ports import GuestSite
from switchroom.api.guest_schemas import (
    GuestSip,
    JoinInput,
    JoinView,
    PhoneWay,
    RenewedVisitView,
    VisitView,
)
from switchroom.api.limits import TokenBuckets
from switchroom.api.phone import SIP_PATH
from switchroom.api.phone_desk import Desk, PhoneDesk, ice_servers
from switchroom.api.phone_schemas import IceServer
from switchroom.api.sign_in import refuse_for, source_of
from switchroom.directory import Conference
from switchroom.store import GuestLink, GuestVisit, LinkOver

router = APIRouter(prefix="/api", tags=["guests"])

LONGEST_NAME: Final = 60
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22,86}")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MOST_MARKS = 2
"""Accents on one letter; more of them write over the lines above."""


@dataclass(frozen=True, slots=True)
class JoinDesk:
    """Kept by the app: what one address may try."""

    site: GuestSite
    looks: TokenBuckets = field(default_factory=lambda: TokenBuckets(120, 0.5))
    """Requests of one network, right or wrong."""
    misses: TokenBuckets = field(default_factory=lambda: TokenBuckets(20, 30.0))
    """Links that lead nowhere."""
    visits: TokenBuckets = field(default_factory=lambda: TokenBuckets(60, 2.0))
    codes: TokenBuckets = field(default_factory=lambda: TokenBuckets(10, 60.0))
    """Wrong codes of one network, or by one link."""
    codes_of_room: TokenBuckets = field(default_factory=lambda: TokenBuckets(30, 30.0))
    renewals: TokenBuckets = field(default_factory=lambda: TokenBuckets(20, 5.0))
    """Of one visit."""
    test_mails: TokenBuckets = field(default_factory=lambda: TokenBuckets(10, 10.0))
    """Of one login."""


def join_desk(request: HTTPConnection) -> JoinDesk:
    """The app's desk."""
    found = request.app.state.join_desk
    assert isinstance(found, JoinDesk)
    return found


def site(request: HTTPConnection) -> GuestSite:
    """What links are made with."""
    return join_desk(request).site


Door = Annotated[JoinDesk, Depends(join_desk)]


def no_such_link() -> ApiError:
    """404, for whatever reason."""
    return ApiError(404, "no-such-link", "This link is not valid (any more). Ask who sent it for a new one.")


@dataclass(frozen=True, slots=True)
class Arrived:
    """Somebody with a link that is good."""

    token: str
    source: str
    link: GuestLink
    conference: Conference

    @property
    def needs_code(self) -> bool:
        """The link does not stand for the conference's code (S1-15)."""
        return bool(self.conference.access_code) and not self.conference.links_skip_code


async def arrived(token: str, request: Request, here: Here, door: Door) -> Arrived:
    """Who came by a link. Raises 429, and 404 whatever is wrong with the link."""
    source, now = source_of(request), here.clock()
    refuse_for(door.looks.take(source, now) or door.misses.take(source, now))
    try:
        if not _TOKEN.fullmatch(token):
            raise LinkOver
        link = await here.store.guests.find(token)
    except LinkOver:
        raise no_such_link() from None
    conference = here.store.configuration.applied.conferences.get(link.conference_id)
    if conference is None:
        raise no_such_link()
    door.misses.give_back(source)
    return Arrived(token, source, link, conference)


Arrival = Annotated[Arrived, Depends(arrived)]


@router.get("/join/{token}", responses=responses(404, 429))
async def look(arrival: Arrival, here: Here) -> JoinView:
    """What a link leads to. 404 `no-such-link`: unknown, expired, revoked or used, which is not told."""
    snapshot = here.store.configuration.applied
    conference, link = arrival.conference, arrival.link
    return JoinView(
        conference=conference.name,
        system=snapshot.settings.name,
        language=link.language or conference.language or snapshot.settings.language,
        phone=_phone_way(conference, here),
        needs_code=arrival.needs_code,
        lobby=link.lobby or conference.lobby,
        name=link.name,
    )


def _phone_way(conference: Conference, here: Context) -> PhoneWay | None:
    server = here.store.configuration.applied.conference_server
    by_server = server is not None and conference.dial_in_id is not None
    if not conference.extension and not by_server:
        return None
    return PhoneWay(
        extension=conference.extension,
        conference_server=server.extension if server is not None and by_server else None,
        conference_id=conference.dial_in_id if by_server else None,
    )


@router.post("/join/{token}", status_code=201, responses=responses(404, 429))
async def join(body: JoinInput, arrival: Arrival, here: Here, door: Door, desk: Desk) -> VisitView:
    """Come in: the visit's bearer and what it calls with. Both are told this once, and last for minutes.

    422 `wrong-code`: try again, or leave `code` out and be asked by the receptionist.
    """
    name = guest_name(body.name)
    if not name:
        raise ApiError(422, "name-missing", "Enter your name: the others see it.", "name")
    refuse_for(door.visits.take(arrival.source, here.clock()))
    code = (body.code or "").strip().rstrip("#")
    administrator = False
    skip_code = not arrival.needs_code
    if code and arrival.needs_code:
        administrator = await _check_code(code, arrival, here, door)
        skip_code = True
    try:
        made = await here.store.guests.begin(
            arrival.token, name, skip_code=skip_code, administrator=administrator
        )
    except LinkOver:
        raise no_such_link() from None
    visit, conference = made.visit, arrival.conference
    detail = f"{name} from {arrival.source}"
    await here.store.audit.note("guest", "guest came", f"conferences/{conference.id}", detail)
    return VisitView(
        token=made.token,
        visit_id=visit.id,
        conference_id=conference.id,
        conference=conference.name,
        name=name,
        dial=conference.id,
        asks_code=not visit.skip_code,
        lobby=visit.lobby or conference.lobby,
        sip=GuestSip(
            username=visit.username,
            password=made.password,
            realm=here.store.installation.realm,
            domain=desk.site.domain,
            path=SIP_PATH,
        ),
        ice_servers=_ice(desk, visit, here),
        expires_at=visit.expires_at,
    )


async def _check_code(code: str, arrival: Arrived, here: Context, door: JoinDesk) -> bool:
    """Whether the right code is the administrator's. Raises 422 for a wrong one, 429 after too many."""
    now, room = here.clock(), arrival.conference
    refuse_for(
        door.codes.take(arrival.source, now)
        or door.codes.take(arrival.link.id, now)
        or door.codes_of_room.take(room.id, now)
    )
    administrator = _same(room.administrator_code, code)
    if _same(room.access_code, code) or administrator:
        door.codes.give_back(arrival.source)
        door.codes.give_back(arrival.link.id)
        door.codes_of_room.give_back(room.id)
        return administrator
    await here.store.audit.note("guest", "wrong code", f"conferences/{room.id}", arrival.source)
    told = {"source": arrival.source, "conference": room.name}
    door.site.calls.report("wrong-codes", arrival.source, "wrong-code-of-guest", told)
    raise ApiError(422, "wrong-code", "This code is wrong. Look at your invitation again.", "code")


def _same(expected: str | None, code: str) -> bool:
    return hmac.compare_digest((expected or "").encode(), code.encode()) and bool(expected)


def guest_name(text: str) -> str:
    """A name as the others see it: one line of visible characters, not longer than they have room for."""
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(character)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if (kind in _UNSEEN and not character.isspace()) or marks > _MOST_MARKS:
            continue
        kept.append(character)
    return " ".join("".join(kept).split())[:LONGEST_NAME].strip()


def _ice(desk: PhoneDesk, visit: GuestVisit, here: Context) -> list[IceServer]:
    return [IceServer(**server) for server in ice_servers(desk.site, visit.id, here.clock())]


# --- the visit --------------------------------------------------------------------------------------------

guest_bearer = HTTPBearer(
    auto_error=False, scheme_name="Visit", description="The token that POST /api/join/{token} gave."
)


async def visitor(
    here: Here, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(guest_bearer)]
) -> GuestVisit:
    """The guest who asks. Raises 401."""
    found = here.store.guests.guest_of(credentials.credentials) if credentials is not None else None
    if found is None:
        raise visit_over()
    return found


def visit_over() -> ApiError:
    """401."""
    headers = {"WWW-Authenticate": "Bearer"}
    return ApiError(401, "visit-over", "This visit is over. Open the link again.", headers=headers)


Visitor = Annotated[GuestVisit, Depends(visitor)]


@router.put("/visit", responses=responses(429))
async def renew(visit: Visitor, here: Here, door: Door, desk: Desk) -> RenewedVisitView:
    """The page is still open. 401 `visit-over`: too late, or the link was revoked and the call is over."""
    refuse_for(door.renewals.take(visit.id, here.clock()))
    try:
        renewed = await here.store.guests.renew(visit, in_call=door.site.calls.has_guest(visit.id))
    except LinkOver:
        raise visit_over() from None
    return RenewedVisitView(expires_at=renewed.expires_at, ice_servers=_ice(desk, renewed, here))


@router.delete("/visit", status_code=204, responses=responses())
async def leave(visit: Visitor, here: Here, door: Door) -> Response:
    """The guest leaves for good: his call ends, and what he came with is worth nothing."""
    await here.store.guests.end(visit.id)
    door.site.calls.end_guest(visit.id)
    return Response(status_code=204)
