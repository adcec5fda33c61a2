"""What goes on now: registrations, calls, conferences with people in them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Response

from switchroom.api.context import Here, Id, listing, plain
from switchroom.api.errors import responses
from switchroom.api.rights import Needs, Right, Session
from switchroom.api.schemas import AllowInput, CallView, ProblemSeenView, RegistrationView, RoomView
from switchroom.store import NotFound

router = APIRouter(prefix="/api", tags=["live"])

Watcher = Annotated[Session, Needs(Right.LIVE)]
RoomWatcher = Annotated[Session, Needs(Right.LIVE, Right.LIVE_CONFERENCES)]
Operator = Annotated[Session, Needs(Right.SYSTEM)]


@router.get("/registrations", response_model=list[RegistrationView], responses=responses())
async def list_registrations(here: Here, who: Watcher) -> Response:
    """The devices that can be reached now."""
    return listing(plain(item) for item in here.live.registrations())


@router.get("/calls", response_model=list[CallView], responses=responses())
async def list_calls(here: Here, who: Watcher) -> Response:
    """The calls that are going on."""
    return listing(plain(item) for item in here.live.calls())


@router.delete("/calls/{call_id}", status_code=204, responses=responses(404))
async def hang_up(call_id: Id, here: Here, who: Watcher) -> Response:
    """End a call."""
    if not here.live.hang_up(call_id):
        raise NotFound("call of this id: it may have ended")
    await here.store.audit.note(who.login.name, "call ended", call_id)
    return Response(status_code=204)


@router.get("/rooms", response_model=list[RoomView], responses=responses())
async def list_rooms(here: Here, who: RoomWatcher) -> Response:
    """The conferences with somebody in them."""
    return listing(plain(item) for item in here.live.rooms())


@router.get("/rooms/{conference_id}", responses=responses(404))
async def get_room(conference_id: Id, here: Here, who: RoomWatcher) -> RoomView:
    """Who is in a conference."""
    for room in here.live.rooms():
        if room.conference_id == conference_id:
            return RoomView.model_validate(asdict(room))
    raise NotFound("conference of this id with somebody in it")


@router.delete(
    "/rooms/{conference_id}/participants/{participant_id}", status_code=204, responses=responses(404)
)
async def remove_participant(conference_id: Id, participant_id: Id, here: Here, who: RoomWatcher) -> Response:
    """Take somebody out of a conference."""
    if not here.live.remove_participant(conference_id, participant_id):
        raise NotFound("participant of this id in this conference")
    await here.store.audit.note(who.login.name, "participant removed", conference_id, participant_id)
    return Response(status_code=204)


@router.get("/problems", response_model=list[ProblemSeenView], responses=responses())
async def list_problems(here: Here, who: Operator) -> Response:
    """What was refused, dropped or went wrong lately, with its reason; the newest first."""
    return listing(plain(item) for item in here.live.problems())


@router.post("/problems/allow", status_code=204, responses=responses(404))
async def allow_address(wanted: AllowInput, here: Here, who: Operator) -> Response:
    """Let an address in again that is kept out for what came from it."""
    if not here.live.allow(wanted.address):
        raise NotFound("address of this kind that is kept out")
    await here.store.audit.note(who.login.name, "address allowed", wanted.address)
    return Response(status_code=204)
