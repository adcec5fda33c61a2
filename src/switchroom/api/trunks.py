"""Trunks: edits of the draft; their passwords act at once and are never shown."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from switchroom.api import entries
from switchroom.api.context import Context, Here, Id, listing, plain
from switchroom.api.errors import responses
from switchroom.api.outside_schemas import (
    SavedTrunk,
    TrunkInput,
    TrunkPatch,
    TrunkSecretInput,
    TrunkStateView,
    TrunkTestInput,
    TrunkTestStep,
    TrunkTestView,
    TrunkView,
)
from switchroom.api.rights import Needs, Right, Session
from switchroom.api.schemas import PendingView
from switchroom.api.trunk_ports import TrunksAtWork
from switchroom.api.users import pending_view
from switchroom.api.versions import Seen
from switchroom.directory import Trunk
from switchroom.store import Draft, NotFound

router = APIRouter(prefix="/api/trunks", tags=["trunks"])

Editor = Annotated[Session, Needs(Right.TRUNKS)]
WhoLooks = Annotated[Session, Needs(Right.TRUNKS, Right.NUMBERS)]


def at_work(request: Request) -> TrunksAtWork:
    """The trunks at work."""
    found: TrunksAtWork = request.app.state.trunks
    return found


AtWork = Annotated[TrunksAtWork, Depends(at_work)]


def _fields(trunk: Trunk, draft: Draft, here: Context) -> dict[str, Any]:
    return {**entries.fields_of(trunk, draft), "has_secret": here.store.trunk_secrets.has(trunk.id)}


def _saved(trunk: Trunk, draft: Draft, here: Context) -> SavedTrunk:
    return SavedTrunk(trunk=TrunkView(**_fields(trunk, draft, here)), pending=pending_view(draft))


@router.get("", response_model=list[TrunkView], responses=responses())
async def list_trunks(here: Here, who: WhoLooks) -> Response:
    """All trunks of the draft."""
    draft = await here.store.configuration.draft()
    found = entries.listed(draft.snapshot.trunks.values(), "name", "id")
    return listing(_fields(trunk, draft, here) for trunk in found)


@router.get("/state", response_model=list[TrunkStateView], responses=responses())
async def list_trunk_states(at_work: AtWork, who: WhoLooks) -> Response:
    """How the trunks of the applied configuration are doing, in the order in which they are tried."""
    return listing(plain(state) for state in at_work.states())


@router.post("/{trunk_id}/test", responses=responses(404))
async def test_trunk(
    trunk_id: Id, body: TrunkTestInput, here: Here, at_work: AtWork, who: Editor
) -> TrunkTestView:
    """Try a trunk of the applied configuration step by step: its name, whether it answers, whether it
    registers us, and, with a number, a call, which is hung up as soon as somebody answers. Up to 45 s."""
    await here.store.audit.note(who.login.name, "trunk tested", f"trunks/{trunk_id}", body.number or "")
    steps = await at_work.test(trunk_id, body.number)
    if steps is None:
        raise NotFound("trunk in the applied configuration")
    views = [TrunkTestStep(**plain(step)) for step in steps]
    return TrunkTestView(ok=all(step.ok for step in views), steps=views)


@router.post("", status_code=201, responses=responses())
async def add_trunk(body: TrunkInput, here: Here, who: Editor) -> SavedTrunk:
    """Add a trunk to the draft."""
    return _saved(*await entries.add(here, who, Trunk, body), here)


@router.get("/{trunk_id}", responses=responses(404))
async def get_trunk(trunk_id: Id, here: Here, who: WhoLooks) -> TrunkView:
    """One of the draft's."""
    draft = await here.store.configuration.draft()
    return TrunkView(**_fields(entries.find(Trunk, draft, trunk_id), draft, here))


@router.patch("/{trunk_id}", responses=responses(404, 409))
async def change_trunk(trunk_id: Id, body: TrunkPatch, here: Here, who: Editor, seen: Seen) -> SavedTrunk:
    """Change it in the draft: the fields that are named. 409 `changed-meanwhile`: see `If-Match`."""
    return _saved(*await entries.change(here, who, Trunk, trunk_id, body, seen), here)


@router.delete("/{trunk_id}", responses=responses(404, 409))
async def remove_trunk(trunk_id: Id, here: Here, who: Editor, seen: Seen) -> PendingView:
    """Remove it from the draft. 409 `in-use` with `blocked_by`: what leads to it."""
    return await entries.remove(here, who, Trunk, trunk_id, seen)


@router.put("/{trunk_id}/secret", responses=responses(404))
async def set_trunk_secret(trunk_id: Id, body: TrunkSecretInput, here: Here, who: Editor) -> TrunkView:
    """Set the trunk's password, or forget it (null): at once. It is never shown."""
    draft = await here.store.configuration.draft()
    trunk = entries.find(Trunk, draft, trunk_id)
    await here.store.trunk_secrets.set(trunk.id, body.secret, who.login.name)
    return TrunkView(**_fields(trunk, draft, here))
