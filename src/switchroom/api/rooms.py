"""Acts in a conference that runs: moderation, and what people inside do for themselves (F-11)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel, ConfigDict, Field

from switchroom.api.context import Here, Id
from switchroom.api.errors import responses
from switchroom.api.room_access import Seat, Seated, Values, act_on_participant, act_on_room
from switchroom.store import NotFound

router = APIRouter(prefix="/api/rooms/{conference_id}", tags=["live"])

Decibels = Annotated[float, Field(ge=-12, le=12)]
ParticipantAct = Literal[
    "mute", "unmute", "request-unmute", "raise-hand", "lower-hand", "admit", "refuse", "remove", "hand-over",
    "volume", "noise",
]  # fmt: skip
RoomActName = Literal["mute-all", "lock", "unlock", "admit-all", "end", "record", "noise", "roll-call"]


class ActOnParticipant(BaseModel):
    """What some acts on a participant come with."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"hears_db": 3}, {"on": True}]})

    hears_db: Decibels | None = Field(default=None, description="`volume`: of what he hears, dB.")
    says_db: Decibels | None = Field(default=None, description="`volume`: of what he says, dB.")
    on: bool | None = Field(default=None, description="`noise`: whether noise around him is suppressed.")
    firm: bool = Field(default=False, description="`mute`: he can not undo it before he is asked to speak.")
    administrator: bool = Field(default=True, description="`hand-over`: false takes the part back.")


class ActOnRoom(BaseModel):
    """What some acts on a conference come with."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"on": True, "each": False}]})

    on: bool | None = Field(default=None, description="`record`, `noise`: begin or end.")
    each: bool | None = Field(
        default=None,
        description="`record`: every participant apart as well; null: as configured. With `on` while it is "
        "recorded: from now on, or no longer.",
    )
    firm: bool = Field(default=False, description="`mute-all`: nobody undoes it before he is asked to speak.")


_NOTED = {
    "mute": "participant muted",
    "admit": "participant admitted",
    "refuse": "participant refused",
    "remove": "participant removed",
    "hand-over": "administrator handed over",
    "mute-all": "all muted",
    "lock": "conference locked",
    "unlock": "conference unlocked",
    "admit-all": "all admitted",
    "end": "conference ended",
    "record": "recording ordered",
}
"""What the audit keeps of it, where it is done to others."""


@router.post("/participants/{participant_id}/{act}", status_code=204, responses=responses(404, 409, 429))
async def act_on_someone(
    participant_id: Id,
    act: ParticipantAct,
    here: Here,
    seat: Seated,
    body: Annotated[ActOnParticipant | None, Body()] = None,
) -> Response:
    """Do something to one participant: a moderator, or he himself (mute, unmute, hand, how loud he hears).

    Nobody opens another's microphone: 409 `microphone-of-another`, ask by `request-unmute`. Who was removed
    can not come back for five minutes. 409 `room-full`, `not-in-lobby`, `muted-firmly`.
    """
    given = body or ActOnParticipant()
    values = Values(
        given.hears_db, given.says_db, given.on, firm=given.firm, administrator=given.administrator
    )
    order = act_on_participant(seat, participant_id, act, values)
    if not here.live.act_in_room(seat.conference_id, order):
        raise NotFound("participant of this id in this conference")
    own = any(one.id == participant_id for one in seat.own)
    if not own:
        await _note(here, seat, act, participant_id)
    return Response(status_code=204)


@router.post("/{act}", status_code=204, responses=responses(404, 409, 429))
async def act_on_all(
    act: RoomActName, here: Here, seat: Seated, body: Annotated[ActOnRoom | None, Body()] = None
) -> Response:
    """Do something to a conference that runs: moderators only.

    `roll-call` is said to whoever orders it. 409 `recording-off`, `recording-always`, `not-inside`.
    """
    given = body or ActOnRoom()
    order = act_on_room(seat, act, Values(on=given.on, each=given.each, firm=given.firm))
    if not here.live.act_in_room(seat.conference_id, order):
        raise NotFound("conference of this id with somebody in it")
    await _note(here, seat, act, "" if given.on is None else "on" if given.on else "off")
    return Response(status_code=204)


async def _note(here: Here, seat: Seat, act: str, detail: str) -> None:
    action = _NOTED.get(act)
    if action is not None:
        await here.store.audit.note(seat.viewer.name, action, f"rooms/{seat.conference_id}", detail)
