"""The conference server and its rooms (S3-01 to S3-12).

On these pages Save also applies, that one change and nothing else that is pending, for whoever may apply
(S3-06, G-11).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from switchroom.api.conferences import Editor, fields_of, find_conference, view_of
from switchroom.api.context import Context, Here, Id, listing
from switchroom.api.errors import ApiError, blocker_views, problem_views, responses
from switchroom.api.rights import Right, Session, may
from switchroom.api.schemas import ConferenceView
from switchroom.api.server_schemas import (
    ConferenceServerInput,
    ConferenceServerPatch,
    ConferenceServerView,
    Outcome,
    RemovedServerRoom,
    SavedServer,
    SavedServerRoom,
    ServerRoomInput,
    ServerRoomPatch,
)
from switchroom.api.users import pending_view
from switchroom.api.versions import Seen
from switchroom.calls.room_events import EndOrdered
from switchroom.directory import Conference, ConferenceId, ConferenceServer
from switchroom.directory.draft import SERVER_ID, Chosen
from switchroom.store import Draft, InvalidConfiguration, NotFound, generate_id
from switchroom.store.configuration import blockers, entry_version

router = APIRouter(prefix="/api/conference-server", tags=["conference server"])

_PART = "conference_server"
_SERVER = Chosen(_PART, SERVER_ID)
Inside = Annotated[
    Literal["stay", "end"],
    Query(description="Those who are in the room: they stay until they leave, or it ends for them."),
]


def server_of(draft: Draft) -> ConferenceServer:
    """The draft's conference server. Raises 404."""
    server = draft.snapshot.conference_server
    if server is None:
        text = "There is no conference server yet: set it up."
        raise ApiError(404, "conference-server-missing", text)
    return server


def _view(draft: Draft) -> ConferenceServerView:
    server = server_of(draft)
    return ConferenceServerView(
        extension=server.extension,
        max_rooms=server.max_rooms,
        max_participants=server.max_participants,
        language=server.language,
        rooms=len(_rooms(draft)),
        pending=(_PART, SERVER_ID) in draft.pending,
        version=entry_version(server),
        blocked_by=blocker_views(blockers(draft.snapshot, _PART)),
    )


def _rooms(draft: Draft) -> list[Conference]:
    """The server's rooms, by conference ID as a number is read."""
    rooms = [room for room in draft.snapshot.conferences.values() if room.dial_in_id is not None]
    return sorted(rooms, key=lambda room: (len(room.dial_in_id or ""), room.dial_in_id or ""))


def _room(draft: Draft, conference_id: str) -> Conference:
    room = find_conference(draft, conference_id)
    if room.dial_in_id is None:
        raise NotFound("conference of this id behind the conference server")
    return room


def _conference(body: ServerRoomInput) -> Conference:
    return Conference(
        ConferenceId(generate_id("conference")),
        body.name,
        dial_in_id=body.dial_in_id,
        access_code=body.access_code or None,
    )


async def _applied(here: Context, who: Session, *chosen: Chosen) -> tuple[Draft, dict[str, Any]]:
    """Apply these entries alone where the session may; the draft afterwards, and the answer's `Outcome`."""
    configuration = here.store.configuration
    applied, problems = False, []
    if may(who, Right.APPLY):
        if configuration.applied.conference_server is None and _SERVER not in chosen:
            chosen = (_SERVER, *chosen)  # It was set up by somebody who may not apply.
        try:
            made = await configuration.apply_some(chosen, who.login.name)
        except InvalidConfiguration as error:
            problems = problem_views(error.problems)
        else:
            applied = True
            if made is not None:
                here.live.configuration_applied()
    draft = await configuration.draft()
    outcome = Outcome(applied=applied, problems=problems, pending=pending_view(draft))
    return draft, {name: getattr(outcome, name) for name in Outcome.model_fields}


@router.get("", responses=responses(404))
async def get_conference_server(here: Here, who: Editor) -> ConferenceServerView:
    """The conference server of the draft. 404 `conference-server-missing`: it is not set up."""
    return _view(await here.store.configuration.draft())


@router.post("", status_code=201, responses=responses(409))
async def set_up_conference_server(body: ConferenceServerInput, here: Here, who: Editor) -> SavedServer:
    """Set the conference server up, with its first room (S3-02). There is one: 409 when it is there."""
    configuration = here.store.configuration
    if (await configuration.draft()).snapshot.conference_server is not None:
        text = "The conference server is set up already."
        raise ApiError(409, "conference-server-exists", text)
    server = ConferenceServer(body.extension, body.max_rooms, body.max_participants, body.language)
    rooms = [] if body.room is None else [_conference(body.room)]
    await configuration.save(server, who.login.name, *rooms, new=True)
    chosen = [Chosen("conferences", room.id) for room in rooms]
    draft, outcome = await _applied(here, who, _SERVER, *chosen)
    first = view_of(find_conference(draft, rooms[0].id), draft) if rooms else None
    return SavedServer(server=_view(draft), conference=first, **outcome)


@router.patch("", responses=responses(404, 409))
async def change_conference_server(
    body: ConferenceServerPatch, here: Here, who: Editor, seen: Seen
) -> SavedServer:
    """Change the extension, the limits or the language: the fields that are named (D1-04, S3-09)."""
    values = body.model_dump(exclude_unset=True)
    server_of(await here.store.configuration.draft())
    await here.store.configuration.edit(_PART, SERVER_ID, values, who.login.name, expected=seen)
    draft, outcome = await _applied(here, who, Chosen(_PART, SERVER_ID, frozenset(values)))
    return SavedServer(server=_view(draft), **outcome)


@router.delete("", responses=responses(404, 409))
async def remove_conference_server(here: Here, who: Editor, seen: Seen) -> Outcome:
    """Delete the conference server. 409 `server-in-use` with `blocked_by` while it has rooms (S3-11)."""
    server_of(await here.store.configuration.draft())
    await here.store.configuration.remove(_PART, SERVER_ID, who.login.name, expected=seen)
    _, outcome = await _applied(here, who, _SERVER)
    return Outcome(**outcome)


@router.get("/conferences", response_model=list[ConferenceView], responses=responses())
async def list_server_rooms(here: Here, who: Editor) -> Response:
    """The rooms that have a conference ID, by that (S3-04)."""
    draft = await here.store.configuration.draft()
    return listing(fields_of(room, draft) for room in _rooms(draft))


@router.post("/conferences", status_code=201, responses=responses(404))
async def add_server_room(body: ServerRoomInput, here: Here, who: Editor) -> SavedServerRoom:
    """Add a room (S3-06). 422 `conference-server-full`: the server has as many as it may (S3-09)."""
    server_of(await here.store.configuration.draft())
    room = _conference(body)
    await here.store.configuration.save(room, who.login.name)
    draft, outcome = await _applied(here, who, Chosen("conferences", room.id))
    return SavedServerRoom(conference=view_of(find_conference(draft, room.id), draft), **outcome)


@router.patch("/conferences/{conference_id}", responses=responses(404, 409))
async def change_server_room(
    conference_id: Id, body: ServerRoomPatch, here: Here, who: Editor, seen: Seen
) -> SavedServerRoom:
    """Change name, conference ID or code of a room: the fields that are named (S3-07, S3-12)."""
    configuration = here.store.configuration
    values = body.model_dump(exclude_unset=True)
    if "access_code" in values:
        values["access_code"] = values["access_code"] or None
    if seen is None:
        _room(await configuration.draft(), conference_id)
    await configuration.edit("conferences", conference_id, values, who.login.name, expected=seen)
    draft, outcome = await _applied(here, who, Chosen("conferences", conference_id, frozenset(values)))
    return SavedServerRoom(conference=view_of(find_conference(draft, conference_id), draft), **outcome)


@router.delete("/conferences/{conference_id}", responses=responses(404, 409))
async def remove_server_room(
    conference_id: Id, here: Here, who: Editor, seen: Seen, inside: Inside = "stay"
) -> RemovedServerRoom:
    """Delete a room (S3-08). One that has an extension of its own stays, and loses its conference ID."""
    configuration = here.store.configuration
    if seen is None:
        _room(await configuration.draft(), conference_id)
    room = (await configuration.draft()).snapshot.conferences.get(ConferenceId(conference_id))
    author, fields = who.login.name, None
    if room is not None and room.extension is not None:
        fields = frozenset({"dial_in_id"})
        await configuration.edit("conferences", conference_id, {"dial_in_id": None}, author, expected=seen)
    else:
        await configuration.remove("conferences", conference_id, author, expected=seen)
    draft, outcome = await _applied(here, who, Chosen("conferences", conference_id, fields))
    kept = draft.snapshot.conferences.get(ConferenceId(conference_id))
    if inside == "end" and outcome["applied"] and kept is None:
        here.live.act_in_room(conference_id, EndOrdered(author))
    return RemovedServerRoom(kept=None if kept is None else view_of(kept, draft), **outcome)
