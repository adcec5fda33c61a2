"""The "allow this" button beside a problem: a call outside that was refused may be made from now on."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from switchroom.api.context import Context, Here
from switchroom.api.errors import responses
from switchroom.api.rights import Needs, Right, Session, need
from switchroom.api.schemas import AllowCallInput, PendingView
from switchroom.api.trunks import AtWork
from switchroom.api.users import find_user, pending_view, protect
from switchroom.directory import CallRights, TrunkId, number_plan
from switchroom.store import NotFound

router = APIRouter(prefix="/api", tags=["live"])

Operator = Annotated[Session, Needs(Right.SYSTEM)]


class AllowedView(BaseModel):
    """What was allowed."""

    at_once: bool = Field(description="It acts now; else it is in the draft, and waits to be applied.")
    pending: PendingView | None


@router.post("/problems/allow-call", responses=responses(404))
async def allow_call(wanted: AllowCallInput, here: Here, at_work: AtWork, who: Operator) -> AllowedView:
    """Allow what a problem names in `allow`: a country, a budget anew (both at once), or a right of a user, a
    country of a trunk or of the night, one more call at once (in the draft; each needs the right to change
    that)."""
    kind, _, rest = wanted.key.partition("/")
    if kind in _IN_DRAFT:
        need(who, _IN_DRAFT[kind])
        part, entry, values = await _change(here, who, kind, rest)
        draft = await here.store.configuration.edit(part, entry, values, who.login.name)
        return AllowedView(at_once=False, pending=pending_view(draft))
    if not await at_work.allow(wanted.key, who.login.name):
        raise NotFound("thing of this key that could be allowed")
    return AllowedView(at_once=True, pending=None)


_IN_DRAFT = {
    "rights": Right.USERS,
    "at-once": Right.USERS,
    "night": Right.SETTINGS,
    "trunks": Right.TRUNKS,
}
"""What goes to the draft, and the right that it needs."""


async def _change(here: Context, who: Session, kind: str, rest: str) -> tuple[str, str, dict[str, object]]:
    """What is changed in the draft: part, entry and values. Raises `NotFound` for what can not be."""
    draft = await here.store.configuration.draft()
    settings = draft.snapshot.settings
    name, _, what = rest.partition("/")
    match kind:
        case "rights":
            await protect(here, who, name)
            return "users", name, {"rights": _more(find_user(draft, name).rights, what)}
        case "at-once":
            await protect(here, who, name)
            own = find_user(draft, name).concurrent_outside
            most = settings.concurrent_outside if own is None else own
            return "users", name, {"concurrent_outside": most + 1}
        case "night" if _is_country(rest):
            return "settings", "settings", {"night_countries": _with(settings.night_countries, rest)}
        case "trunks":
            trunk, country = draft.snapshot.trunks.get(TrunkId(name)), what.removeprefix("country/")
            if trunk is not None and trunk.countries is not None and _is_country(country):
                return "trunks", name, {"countries": _with(trunk.countries, country)}
    raise NotFound("thing of this key that could be allowed")


def _is_country(text: str) -> bool:
    return text in number_plan.countries()


def _with(countries: tuple[str, ...], one: str) -> tuple[str, ...]:
    return countries if one in countries else (*countries, one)


def _more(rights: CallRights, what: str) -> CallRights:
    """The rights with one more. Raises `NotFound` for what is none."""
    kind, _, country = what.partition("/")
    match kind:
        case "national" | "mobile" | "premium":
            return replace(rights, **{kind: True})  # type: ignore[arg-type]
        case "country" if _is_country(country):
            return rights | CallRights(rights.national, rights.mobile, (country,), rights.premium)
        case _:
            raise NotFound("right of this name")
