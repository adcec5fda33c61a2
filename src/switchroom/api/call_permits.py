"""The "allow this" button beside a problem: a call outside that was refused may be made from now on."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from switchroom.api.context import Here
from switchroom.api.errors import responses
from switchroom.api.rights import Needs, Right, Session, need
from switchroom.api.schemas import AllowCallInput, PendingView
from switchroom.api.trunks import AtWork
from switchroom.api.users import find_user, pending_view, protect
from switchroom.directory import CallRights
from switchroom.store import NotFound

router = APIRouter(prefix="/api", tags=["live"])

Operator = Annotated[Session, Needs(Right.SYSTEM)]


class AllowedView(BaseModel):
    """What was allowed."""

    at_once: bool = Field(description="It acts now; else it is in the draft, and waits to be applied.")
    pending: PendingView | None


@router.post("/problems/allow-call", responses=responses(404))
async def allow_call(wanted: AllowCallInput, here: Here, at_work: AtWork, who: Operator) -> AllowedView:
    """Allow what a problem names in `allow`: a country, a budget anew (both at once), or a right of a user
    (in the draft; needs the right to change users)."""
    kind, _, rest = wanted.key.partition("/")
    if kind == "rights":
        need(who, Right.USERS)
        user_id, _, what = rest.partition("/")
        await protect(here, who, user_id)
        draft = await here.store.configuration.draft()
        rights = _more(find_user(draft, user_id).rights, what)
        draft = await here.store.configuration.edit("users", user_id, {"rights": rights}, who.login.name)
        return AllowedView(at_once=False, pending=pending_view(draft))
    if not await at_work.allow(wanted.key, who.login.name):
        raise NotFound("thing of this key that could be allowed")
    return AllowedView(at_once=True, pending=None)


def _more(rights: CallRights, what: str) -> CallRights:
    """The rights with one more. Raises `NotFound` for what is none."""
    kind, _, country = what.partition("/")
    match kind:
        case "national" | "mobile" | "premium":
            return replace(rights, **{kind: True})  # type: ignore[arg-type]
        case "country" if len(country) == 2 and country.isupper():
            return rights | CallRights(rights.national, rights.mobile, (country,), rights.premium)
        case _:
            raise NotFound("right of this name")
