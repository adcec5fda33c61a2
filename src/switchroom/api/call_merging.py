"""Making one talk of one's calls, and parting them again (D1-06, D1-07, C3-04)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from switchroom.api.calling_ports import Merging
from switchroom.api.context import Id
from switchroom.api.errors import ApiError, responses
from switchroom.api.phone_desk import Me
from switchroom.calls.outcomes import MOST_CALLS, MergeRefusal
from switchroom.store import NotFound

router = APIRouter(prefix="/api/phone/calls", tags=["phone"])

CallName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.~@:+=*!%-]{1,128}$")]


class MergeInput(BaseModel):
    """Which calls become one."""

    model_config = ConfigDict(extra="forbid")

    calls: list[CallName] = Field(
        min_length=2,
        max_length=MOST_CALLS,
        description="Each by its id, or by the Call-ID of its dialog; or a merged talk, by its `room`, that "
        "the others are added to.",
        examples=[["00194a3f2c7b1d2e3f405162", "00194a3f2d101a2b3c4d5e6f"]],
    )


class MergedView(BaseModel):
    """Calls that are one talk now."""

    room: str = Field(
        description="Its id, as `conference_id` of the live views.",
        examples=["adhoc-00194a3f2c7b1d2e3f405162"],
    )
    calls: list[str] = Field(description="The ids of its calls.")


def merging(request: Request) -> Merging:
    """Who does it."""
    found: Merging = request.app.state.merging
    return found


Calls = Annotated[Merging, Depends(merging)]

_REFUSALS: dict[MergeRefusal, tuple[int, str]] = {
    MergeRefusal.NO_CALL: (404, "You have no call of this id: it may have ended."),
    MergeRefusal.SAME_CALL: (409, "Two different calls are needed."),
    MergeRefusal.NOT_ANSWERED: (409, "A call that nobody has answered yet can not be merged."),
    MergeRefusal.NOT_A_TALK: (409, "Only calls with people can be merged. Invite people into a conference."),
    MergeRefusal.WITH_ONESELF: (409, "A call with yourself can not be merged."),
    MergeRefusal.MERGED_ALREADY: (409, "One of these calls is part of another merged talk already."),
    MergeRefusal.TOO_MANY: (409, f"At most {MOST_CALLS} calls can be merged."),
}


@router.post("/merge", responses=responses(403, 404, 409, 422))
async def merge(body: MergeInput, me: Me, calls: Calls) -> MergedView:
    """Make one talk of two or more of your calls: everybody hears everybody.

    Each stays a call of its own: hanging one up leaves the others together. Of your own lines one carries
    your voice, the first that you do not hold.
    """
    made = calls.merge(me.user.id, body.calls)
    if isinstance(made, MergeRefusal):
        status, text = _REFUSALS[made]
        raise ApiError(status, made.value, text, "calls")
    return MergedView(room=made.room, calls=list(made.calls))


@router.post("/{room}/split", status_code=204, responses=responses(403, 404))
async def split(room: Id, me: Me, calls: Calls) -> Response:
    """Part a merged talk into its calls. Whom you hold hears music then; hold them all first to choose."""
    if not calls.split(me.user.id, room):
        raise NotFound("merged talk of this id")
    return Response(status_code=204)


@router.delete("/{room}", status_code=204, responses=responses(403, 404))
async def end(room: Id, me: Me, calls: Calls) -> Response:
    """Hang up on everybody in a merged talk."""
    if not calls.end(me.user.id, room):
        raise NotFound("merged talk of this id")
    return Response(status_code=204)
