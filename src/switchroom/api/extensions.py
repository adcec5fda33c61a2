"""Every extension with its kind (S3-11): what it leads to, and its deletion as an edit of the draft."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response

from switchroom.api.conferences import InsideThen, remove_conference
from switchroom.api.context import Here, Id, listing
from switchroom.api.errors import blocker_views, responses
from switchroom.api.rights import Needs, Right, Session, need
from switchroom.api.schemas import PendingView
from switchroom.api.server_schemas import ExtensionView
from switchroom.api.users import pending_view, remove_user
from switchroom.api.versions import Seen
from switchroom.directory import ConferenceServer, Reached
from switchroom.directory.draft import SERVER_ID, part_of
from switchroom.directory.references import Blocked, blocked
from switchroom.store import Draft, NotFound
from switchroom.store.configuration import entry_version

router = APIRouter(prefix="/api/extensions", tags=["extensions"])

WhoLooks = Annotated[Session, Needs(Right.USERS, Right.CONFERENCES)]
Kind = Literal["user", "conference", "conference_server", "ring_group", "mailbox"]
_KINDS: dict[str, Kind] = {
    "users": "user",
    "conferences": "conference",
    "conference_server": "conference_server",
    "ring_groups": "ring_group",
    "mailboxes": "mailbox",
}
_PARTS = {kind: part for part, kind in _KINDS.items()}


def _fields(extension: str, entry: Reached, draft: Draft, needed: Blocked) -> dict[str, Any]:
    part, entry_id = part_of(entry)
    blockers = needed.get((part, entry_id), ())
    return {
        "extension": extension,
        "kind": _KINDS[part],
        "id": entry_id,
        "name": "" if isinstance(entry, ConferenceServer) else entry.name,
        "pending": (part, entry_id) in draft.pending,
        "version": entry_version(entry),
        "blocked_by": [view.model_dump() for view in blocker_views(blockers)] if blockers else [],
    }


@router.get("", response_model=list[ExtensionView], responses=responses())
async def list_extensions(here: Here, who: WhoLooks) -> Response:
    """All extensions of the draft, as numbers are read."""
    draft = await here.store.configuration.draft()
    found = draft.snapshot.by_extension
    numbers = sorted(found, key=lambda number: (len(number), number))
    needed = blocked(draft.snapshot)
    return listing(_fields(number, found[number], draft, needed) for number in numbers)


@router.delete("/{kind}/{entry_id}", responses=responses(404, 409))
async def remove_extension(
    kind: Kind, entry_id: Id, here: Here, who: WhoLooks, seen: Seen, inside: InsideThen = None
) -> PendingView:
    """Remove from the draft what an extension leads to, and the extension with it.

    409 `server-in-use` and `in-use`, with `blocked_by`: what has to go, or to lead elsewhere, first. 409
    `conference-in-use`: somebody is in the conference, so say what becomes of them.
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
        case "ring_group" | "mailbox":
            need(who, Right.USERS)
            configuration, part = here.store.configuration, _PARTS[kind]
            return pending_view(await configuration.remove(part, entry_id, who.login.name, expected=seen))
