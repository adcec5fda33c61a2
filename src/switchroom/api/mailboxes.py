"""Mailboxes: edits of the draft (B7). Those of users are there as long as the user has voicemail."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Response

from switchroom.api import entries
from switchroom.api.context import Here, Id, listing
from switchroom.api.errors import ApiError, responses
from switchroom.api.outside_schemas import MailboxInput, MailboxPatch, MailboxView, SavedMailbox
from switchroom.api.rights import Needs, Right, Session
from switchroom.api.schemas import PendingView
from switchroom.api.users import pending_view
from switchroom.api.versions import Seen
from switchroom.directory import Mailbox
from switchroom.store import Draft, NotFound

router = APIRouter(prefix="/api/mailboxes", tags=["mailboxes"])

Editor = Annotated[Session, Needs(Right.USERS)]
WhoLooks = Annotated[Session, Needs(Right.USERS, Right.NUMBERS)]


def _boxes(draft: Draft) -> list[Mailbox]:
    """Boxes of their own, and those of users (B7-01)."""
    snapshot = draft.snapshot
    own = [box for box in snapshot.mailboxes.values() if not box.is_users]
    users = [snapshot.mailbox(user.id) for user in snapshot.users.values() if user.voicemail]
    return own + [box for box in users if box is not None]


def _find(draft: Draft, mailbox_id: str) -> Mailbox:
    box = draft.snapshot.mailbox(mailbox_id)
    if box is None:
        raise NotFound("mailbox")
    return box


def _saved(mailbox: Mailbox, draft: Draft) -> SavedMailbox:
    view = MailboxView(**entries.fields_of(mailbox, draft))
    return SavedMailbox(mailbox=view, pending=pending_view(draft))


@router.get("", response_model=list[MailboxView], responses=responses())
async def list_mailboxes(here: Here, who: WhoLooks) -> Response:
    """All mailboxes of the draft."""
    draft = await here.store.configuration.draft()
    found = entries.listed(_boxes(draft), "name", "id")
    return listing(entries.fields_of(mailbox, draft) for mailbox in found)


@router.post("", status_code=201, responses=responses())
async def add_mailbox(body: MailboxInput, here: Here, who: Editor) -> SavedMailbox:
    """Add a stand-alone mailbox to the draft."""
    return _saved(*await entries.add(here, who, Mailbox, body))


@router.get("/{mailbox_id}", responses=responses(404))
async def get_mailbox(mailbox_id: Id, here: Here, who: WhoLooks) -> MailboxView:
    """One of the draft's."""
    draft = await here.store.configuration.draft()
    return MailboxView(**entries.fields_of(_find(draft, mailbox_id), draft))


@router.patch("/{mailbox_id}", responses=responses(404, 409))
async def change_mailbox(
    mailbox_id: Id, body: MailboxPatch, here: Here, who: Editor, seen: Seen
) -> SavedMailbox:
    """Change it in the draft: the fields that are named. 409 `changed-meanwhile`: see `If-Match`.

    A user's box is found by the user's id.
    """
    configuration = here.store.configuration
    draft = await configuration.draft()
    box = _find(draft, mailbox_id)
    if box.is_users and "user" in body.model_fields_set and body.user != box.user:
        raise ApiError(422, "mailbox-of-user", "A user's own mailbox is nobody else's.", "user")
    if box.id not in draft.snapshot.mailboxes:
        entry = replace(box, **{"email": None, "language": None, **entries.given(Mailbox, body)})
        return _saved(entry, await configuration.save(entry, who.login.name))
    return _saved(*await entries.change(here, who, Mailbox, mailbox_id, body, seen))


@router.delete("/{mailbox_id}", responses=responses(404, 409))
async def remove_mailbox(mailbox_id: Id, here: Here, who: Editor, seen: Seen) -> PendingView:
    """Remove it from the draft. 409 `in-use` with `blocked_by`: what leads to it."""
    return await entries.remove(here, who, Mailbox, mailbox_id, seen)
