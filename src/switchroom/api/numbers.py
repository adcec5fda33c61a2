"""Incoming numbers: edits of the draft (S1-12, B2)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response

from switchroom.api import entries
from switchroom.api.context import Context, Here, Id, listing
from switchroom.api.errors import responses
from switchroom.api.outside_schemas import (
    IncomingNumberInput,
    IncomingNumberPatch,
    IncomingNumberView,
    SavedNumber,
)
from switchroom.api.rights import Needs, Right, Session
from switchroom.api.schemas import PendingView
from switchroom.api.users import pending_view
from switchroom.api.versions import Seen
from switchroom.directory import IncomingNumber, number_plan
from switchroom.directory.typed import shown
from switchroom.store import Draft

router = APIRouter(prefix="/api/numbers", tags=["incoming numbers"])

Editor = Annotated[Session, Needs(Right.NUMBERS)]
WhoLooks = Annotated[Session, Needs(Right.NUMBERS, Right.CONFERENCES, Right.USERS)]


def _fields(number: IncomingNumber, draft: Draft) -> dict[str, Any]:
    return {**entries.fields_of(number, draft), "shown": shown(number.e164)}


def _saved(number: IncomingNumber, draft: Draft) -> SavedNumber:
    return SavedNumber(number=IncomingNumberView(**_fields(number, draft)), pending=pending_view(draft))


async def _typed(here: Context, body: IncomingNumberInput | IncomingNumberPatch) -> dict[str, str]:
    """The number in E.164, where one was typed that can be read; the rules refuse any other."""
    if "e164" not in body.model_fields_set:
        return {}
    country = (await here.store.configuration.draft()).snapshot.settings.country
    read = number_plan.read(body.e164, country)
    return {"e164": read.e164} if isinstance(read, number_plan.DialledNumber) else {"e164": body.e164}


@router.get("", response_model=list[IncomingNumberView], responses=responses())
async def list_numbers(here: Here, who: WhoLooks) -> Response:
    """All incoming numbers of the draft."""
    draft = await here.store.configuration.draft()
    found = entries.listed(draft.snapshot.numbers.values(), "e164")
    return listing(_fields(number, draft) for number in found)


@router.post("", status_code=201, responses=responses())
async def add_number(body: IncomingNumberInput, here: Here, who: Editor) -> SavedNumber:
    """Add an incoming number to the draft."""
    return _saved(*await entries.add(here, who, IncomingNumber, body, **await _typed(here, body)))


@router.get("/{number_id}", responses=responses(404))
async def get_number(number_id: Id, here: Here, who: WhoLooks) -> IncomingNumberView:
    """One of the draft's."""
    draft = await here.store.configuration.draft()
    return IncomingNumberView(**_fields(entries.find(IncomingNumber, draft, number_id), draft))


@router.patch("/{number_id}", responses=responses(404, 409))
async def change_number(
    number_id: Id, body: IncomingNumberPatch, here: Here, who: Editor, seen: Seen
) -> SavedNumber:
    """Change it in the draft: the fields that are named. 409 `changed-meanwhile`: see `If-Match`."""
    typed = await _typed(here, body)
    return _saved(*await entries.change(here, who, IncomingNumber, number_id, body, seen, **typed))


@router.delete("/{number_id}", responses=responses(404, 409))
async def remove_number(number_id: Id, here: Here, who: Editor, seen: Seen) -> PendingView:
    """Remove it from the draft. 409 `in-use` with `blocked_by`: what leads to it."""
    return await entries.remove(here, who, IncomingNumber, number_id, seen)
