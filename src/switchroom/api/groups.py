"""Groups of users: edits of the draft (B5)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from switchroom.api import entries
from switchroom.api.context import Here, Id, listing
from switchroom.api.errors import responses
from switchroom.api.outside_schemas import GroupInput, GroupPatch, GroupView, SavedGroup
from switchroom.api.rights import Needs, Right, Session
from switchroom.api.schemas import PendingView
from switchroom.api.users import pending_view
from switchroom.api.versions import Seen
from switchroom.directory import UserGroup
from switchroom.store import Draft

router = APIRouter(prefix="/api/groups", tags=["user groups"])

Editor = Annotated[Session, Needs(Right.USERS)]
WhoLooks = Annotated[Session, Needs(Right.USERS)]


def _saved(group: UserGroup, draft: Draft) -> SavedGroup:
    view = GroupView(**entries.fields_of(group, draft))
    return SavedGroup(group=view, pending=pending_view(draft))


@router.get("", response_model=list[GroupView], responses=responses())
async def list_groups(here: Here, who: WhoLooks) -> Response:
    """All groups of the draft."""
    draft = await here.store.configuration.draft()
    found = entries.listed(draft.snapshot.groups.values(), "name", "id")
    return listing(entries.fields_of(group, draft) for group in found)


@router.post("", status_code=201, responses=responses())
async def add_group(body: GroupInput, here: Here, who: Editor) -> SavedGroup:
    """Add a group of users to the draft."""
    return _saved(*await entries.add(here, who, UserGroup, body))


@router.get("/{group_id}", responses=responses(404))
async def get_group(group_id: Id, here: Here, who: WhoLooks) -> GroupView:
    """One of the draft's."""
    draft = await here.store.configuration.draft()
    return GroupView(**entries.fields_of(entries.find(UserGroup, draft, group_id), draft))


@router.patch("/{group_id}", responses=responses(404, 409))
async def change_group(group_id: Id, body: GroupPatch, here: Here, who: Editor, seen: Seen) -> SavedGroup:
    """Change it in the draft: the fields that are named. 409 `changed-meanwhile`: see `If-Match`."""
    return _saved(*await entries.change(here, who, UserGroup, group_id, body, seen))


@router.delete("/{group_id}", responses=responses(404, 409))
async def remove_group(group_id: Id, here: Here, who: Editor, seen: Seen) -> PendingView:
    """Remove it from the draft. 409 `in-use` with `blocked_by`: what leads to it."""
    return await entries.remove(here, who, UserGroup, group_id, seen)
