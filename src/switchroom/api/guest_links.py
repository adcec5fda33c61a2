"""Links that bring guests to a conference. They act at once and stand in no revision."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from switchroom.api.context import Context, Here, Id, plain
from switchroom.api.errors import ApiError, responses
from switchroom.api.guest_schemas import LinkInput, LinkState, LinkView, NewLinkView
from switchroom.api.join import site
from switchroom.api.room_keeper import RoomKeeper
from switchroom.store import GuestLink, NewLink
from switchroom.store.guests import MOST_LINKS

router = APIRouter(prefix="/api/conferences/{conference_id}/links", tags=["guests"])


def state_of(link: GuestLink, now: float) -> LinkState:
    """What keeps a link from being used, if anything does."""
    if link.revoked_at is not None:
        return "revoked"
    if link.single_use and link.uses:
        return "used"
    return "expired" if link.is_over(now) else "valid"


def _view(link: GuestLink, now: float) -> LinkView:
    return LinkView(**plain(link), state=state_of(link, now))


async def public_url(request: Request, here: Context) -> str:
    """Where guests reach the web side: as the settings of mail say, else by this machine's address."""
    return (await here.store.mail.server()).public_url or site(request).url


@router.get("", responses=responses(404, 409))
async def list_links(who: RoomKeeper, here: Here) -> list[LinkView]:
    """The links of a conference, the newest first, those over for less than 30 days too."""
    now = here.clock()
    return [_view(link, now) for link in await here.store.guests.list(who.conference.id)]


@router.post("", status_code=201, responses=responses(404, 409))
async def add_link(body: LinkInput, request: Request, who: RoomKeeper, here: Here) -> NewLinkView:
    """A new link. Its address is shown this once."""
    now = here.clock()
    if body.expires_at is not None and body.expires_at <= now:
        raise ApiError(422, "past", "This time is over already: choose a later one.", "expires_at")
    links = await here.store.guests.list(who.conference.id)
    if sum(not link.is_over(now) for link in links) >= MOST_LINKS:
        text = f"A conference has at most {MOST_LINKS} valid links: revoke some first."
        raise ApiError(409, "too-many-links", text)
    wanted = NewLink(
        conference_id=who.conference.id,
        label=" ".join(body.label.split()),
        expires_at=body.expires_at,
        single_use=body.single_use,
        lobby=body.lobby,
        made_by=who.name,
    )
    link, token = await here.store.guests.add(wanted)
    await here.store.audit.note(who.name, "guest link added", who.subject, link.label or link.id)
    url = f"{await public_url(request, here)}/join/{token}"
    return NewLinkView(**plain(link), state=state_of(link, now), url=url)


@router.delete("/{link_id}", responses=responses(404, 409))
async def revoke_link(
    link_id: Id,
    request: Request,
    who: RoomKeeper,
    here: Here,
    end: Annotated[bool, Query(description="Guests who came by it are hung up on, too.")] = False,
) -> LinkView:
    """Nobody comes in by this link any more. Who is inside stays, unless `end`."""
    link = await here.store.guests.revoke(who.conference.id, link_id)
    ended = await here.store.guests.end_visits(link.id) if end else []
    for visit in ended:
        site(request).calls.end_guest(visit.id)
    detail = f"{link.label or link.id}{f', {len(ended)} visits ended' if ended else ''}"
    await here.store.audit.note(who.name, "guest link revoked", who.subject, detail)
    return _view(link, here.clock())
