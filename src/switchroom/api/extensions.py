"""Every extension with its kind (S3-11): what it leads to, and its deletion as an edit of the draft."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter

from switchroom.api.conferences import InsideThen, remove_conference
from switchroom.api.context import Here, Id
from switchroom.api.errors import blocker_views, responses
from switchroom.api.rights import Needs, Right, Session, need
from switchroom.api.schemas import PendingView
from switchroom.api.server_schemas import ExtensionView
from switchroom.api.users import pending_view, remove_user
from switchroom.api.versions import Seen
from switchroom.directory import Conference, ConferenceServer, User
from switchroom.directory.draft import SERVER_ID, part_of
from switchroom.store import Draft, NotFound
from switchroom.store.configuration import blockers, entry_version

router = APIRouter(prefix="/api/extensions", tags=["extensions"])

WhoLooks = Annotated[Session, Needs(Right.USERS, Right.CONFERENCES)]
Kind = Literal["user", "conference", "conference_server"]
_KINDS: dict[str, Kind] = {
    "users": "user",
    "conferences": "conference",
    "conference_server": "conference_server",
}


def _view(extension: str, entry: User | Conference | ConferenceServer, draft: Draft) -> ExtensionView:
    part, entry_id = part_of(entry)
    return ExtensionView(
        extension=extension,
        kind=_KINDS[part],
        id=entry_id,
        name="" if isinstance(entry, ConferenceServer) else entry.name,
        pending=(part, entry_id) in draft.pending,
        version=entry_version(entry),
        blocked_by=blocker_views(blockers(draft.snapshot, part)),
    )


@router.get("", responses=responses())
async def list_extensions(here: Here, who: WhoLooks) -> list[ExtensionView]:
    """All extensions of the draft, as numbers are read."""
    draft = await here.store.configuration.draft()
    found = draft.snapshot.by_extension
    return [
        _view(extension, found[extension], draft) for extension in sorted(found, key=lambda e: (len(e), e))
    ]


@router.delete("/{kind}/{entry_id}", responses=responses(404, 409))
async def remove_extension(
    kind: Kind, entry_id: Id, here: Here, who: WhoLooks, seen: Seen, inside: InsideThen = "stay"
) -> PendingView:
    """Remove from the draft what an extension leads to, and the extension with it.

    409 `server-in-use` with `blocked_by`: the conference server still has rooms.
    """
    match kind:
        case "user":
            need(who, Right.USERS)
            return await remove_user(entry_id, here, who, seen)
        case "conference":
            need(who, Right.CONFERENCES)
            return await remove_conference(entry_id, here, who, seen, inside)
        case "conference_server":
            need(who, Right.CONFERENCES)
            if entry_id != SERVER_ID:
                raise NotFound("conference server of this id")
            configuration = here.store.configuration
            return pending_view(await configuration.remove(kind, entry_id, who.login.name, expected=seen))
