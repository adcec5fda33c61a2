"""Conferences: edits of the draft (S1-01 to S1-09)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from switchroom.api.context import Here, Id, listing, plain
from switchroom.api.errors import ApiError, responses
from switchroom.api.rights import Needs, Right, Session
from switchroom.api.schemas import (
    ConferenceInput,
    ConferencePatch,
    ConferenceView,
    PendingView,
    SavedConference,
)
from switchroom.api.users import pending_view
from switchroom.api.versions import Seen
from switchroom.directory import Conference, ConferenceId
from switchroom.store import Draft, NotFound, generate_id
from switchroom.store.configuration import entry_version

router = APIRouter(prefix="/api/conferences", tags=["conferences"])

Editor = Annotated[Session, Needs(Right.CONFERENCES)]


def by_number(room: Conference) -> tuple[int, str, str]:
    """The order of lists: by extension, then those that have none by conference ID."""
    extension = room.extension or ""
    return len(extension) or 99, extension, room.dial_in_id or ""


def fields_of(room: Conference, draft: Draft) -> dict[str, Any]:
    """A conference as the API shows it."""
    pending = ("conferences", room.id) in draft.pending
    return {**plain(room), "pending": pending, "version": entry_version(room)}


def view_of(room: Conference, draft: Draft) -> ConferenceView:
    """The same, checked."""
    return ConferenceView(**fields_of(room, draft))


def find_conference(draft: Draft, conference_id: str) -> Conference:
    """A conference of the draft. Raises `NotFound`."""
    room = draft.snapshot.conferences.get(ConferenceId(conference_id))
    if room is None:
        raise NotFound("conference")
    return room


@router.get("", response_model=list[ConferenceView], responses=responses())
async def list_conferences(here: Here, who: Editor) -> Response:
    """All conferences of the draft, by extension."""
    draft = await here.store.configuration.draft()
    rooms = sorted(draft.snapshot.conferences.values(), key=by_number)
    return listing(fields_of(room, draft) for room in rooms)


@router.post("", status_code=201, responses=responses())
async def add_conference(body: ConferenceInput, here: Here, who: Editor) -> SavedConference:
    """Add a conference to the draft."""
    room = Conference(ConferenceId(generate_id("conference")), **body.model_dump())
    configuration = here.store.configuration
    draft = await configuration.save(room, who.login.name, given=body.model_fields_set)
    return SavedConference(
        conference=view_of(find_conference(draft, room.id), draft), pending=pending_view(draft)
    )


@router.get("/{conference_id}", responses=responses(404))
async def get_conference(conference_id: Id, here: Here, who: Editor) -> ConferenceView:
    """One conference of the draft."""
    draft = await here.store.configuration.draft()
    return view_of(find_conference(draft, conference_id), draft)


@router.patch("/{conference_id}", responses=responses(404, 409))
async def change_conference(
    conference_id: Id, body: ConferencePatch, here: Here, who: Editor, seen: Seen
) -> SavedConference:
    """Change a conference in the draft: the fields that are named.

    409 `changed-meanwhile`: it is no longer the one of `If-Match`; nothing was saved.
    """
    values = body.model_dump(exclude_unset=True)
    draft = await here.store.configuration.edit(
        "conferences", conference_id, values, who.login.name, expected=seen
    )
    return SavedConference(
        conference=view_of(find_conference(draft, conference_id), draft), pending=pending_view(draft)
    )


InsideThen = Annotated[
    Literal["stay", "end"] | None,
    Query(
        description="What becomes of those who are in it once this is applied: the meeting goes on, or ends."
    ),
]


@router.delete("/{conference_id}", responses=responses(404, 409))
async def remove_conference(
    conference_id: Id, here: Here, who: Editor, seen: Seen, inside: InsideThen = None
) -> PendingView:
    """Remove a conference from the draft. Those who are in it notice nothing before that is applied.

    409 `conference-in-use`: somebody is in it, so say what becomes of them.
    """
    configuration = here.store.configuration
    people = _people(here, conference_id)
    if (
        people
        and inside is None
        and ConferenceId(conference_id) in (await configuration.draft()).snapshot.conferences
    ):
        text = f"{people} people are in this conference." if people > 1 else "Somebody is in this conference."
        refusal = ApiError(
            409, "conference-in-use", f"{text} Say whether they stay (inside=stay|end).", "inside"
        )
        refusal.body.inside = people
        raise refusal
    removed = await configuration.remove("conferences", conference_id, who.login.name, expected=seen)
    here.live.end_when_removed(conference_id, inside == "end")
    return pending_view(removed)


def _people(here: Here, conference_id: str) -> int:
    """How many are in a conference now, or wait for it."""
    room = here.live.room(conference_id)
    return len(room.participants) if room is not None else 0
