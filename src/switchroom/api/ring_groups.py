"""Ring groups: edits of the draft (D2-04)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from switchroom.api import entries
from switchroom.api.context import Here, Id, listing
from switchroom.api.errors import responses
from switchroom.api.outside_schemas import RingGroupInput, RingGroupPatch, RingGroupView, SavedRingGroup
from switchroom.api.rights import Needs, Right, Session
from switchroom.api.schemas import PendingView
from switchroom.api.users import pending_view
from switchroom.api.versions import Seen
from switchroom.directory import RingGroup
from switchroom.store import Draft

router = APIRouter(prefix="/api/ring-groups", tags=["ring groups"])

Editor = Annotated[Session, Needs(Right.USERS)]
WhoLooks = Annotated[Session, Needs(Right.USERS, Right.NUMBERS)]


def _saved(ring_group: RingGroup, draft: Draft) -> SavedRingGroup:
    view = RingGroupView(**entries.fields_of(ring_group, draft))
    return SavedRingGroup(ring_group=view, pending=pending_view(draft))


@router.get("", response_model=list[RingGroupView], responses=responses())
async def list_ring_groups(here: Here, who: WhoLooks) -> Response:
    """All ring groups of the draft."""
    draft = await here.store.configuration.draft()
    found = entries.listed(draft.snapshot.ring_groups.values(), "extension")
    return listing(entries.fields_of(ring_group, draft) for ring_group in found)


@router.post("", status_code=201, responses=responses())
async def add_ring_group(body: RingGroupInput, here: Here, who: Editor) -> SavedRingGroup:
    """Add a ring group to the draft."""
    return _saved(*await entries.add(here, who, RingGroup, body))


@router.get("/{ring_group_id}", responses=responses(404))
async def get_ring_group(ring_group_id: Id, here: Here, who: WhoLooks) -> RingGroupView:
    """One of the draft's."""
    draft = await here.store.configuration.draft()
    return RingGroupView(**entries.fields_of(entries.find(RingGroup, draft, ring_group_id), draft))


@router.patch("/{ring_group_id}", responses=responses(404, 409))
async def change_ring_group(
    ring_group_id: Id, body: RingGroupPatch, here: Here, who: Editor, seen: Seen
) -> SavedRingGroup:
    """Change it in the draft: the fields that are named. 409 `changed-meanwhile`: see `If-Match`."""
    return _saved(*await entries.change(here, who, RingGroup, ring_group_id, body, seen))


@router.delete("/{ring_group_id}", responses=responses(404, 409))
async def remove_ring_group(ring_group_id: Id, here: Here, who: Editor, seen: Seen) -> PendingView:
    """Remove it from the draft. 409 `in-use` with `blocked_by`: what leads to it."""
    return await entries.remove(here, who, RingGroup, ring_group_id, seen)
