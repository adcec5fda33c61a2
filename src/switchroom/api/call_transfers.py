"""Leading one's call to somebody else: at once, or after having asked him (S2-14 to S2-17, C3-05, G-10)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from switchroom.api.calling_ports import Transferring
from switchroom.api.context import Here
from switchroom.api.errors import ApiError, responses
from switchroom.api.phone_desk import Me
from switchroom.calls.outcomes import TransferRefusal
from switchroom.directory.number_plan import FEATURES, code_of
from switchroom.directory.typed import Typed, TypedKind, read_typed

router = APIRouter(prefix="/api/phone/calls", tags=["phone"])

_NAME = r"^[A-Za-z0-9_.~@:+=*!%-]{1,128}$"
CallName = Annotated[
    str, Path(pattern=_NAME, max_length=128, description="Its id, or the Call-ID of its dialog.")
]


class TransferInput(BaseModel):
    """Who is to have the call."""

    model_config = ConfigDict(extra="forbid")

    to: str = Field(
        max_length=300,
        description="An extension, a contact's number, a full number as people write it, or a feature code "
        "with its digits, such as `**203` for a mailbox and `*85` to park.",
        examples=["203", "+32 2 290 34 90"],
    )


class CompletionInput(BaseModel):
    """The call with who was asked."""

    model_config = ConfigDict(extra="forbid")

    with_: str = Field(alias="with", pattern=_NAME, description="Its id, or the Call-ID of its dialog.")


def transferring(request: Request) -> Transferring:
    """Who does it."""
    found: Transferring = request.app.state.transferring
    return found


Calls = Annotated[Transferring, Depends(transferring)]

_REFUSALS: dict[TransferRefusal, tuple[int, str]] = {
    TransferRefusal.NO_CALL: (404, "You have no call of this id: it may have ended."),
    TransferRefusal.SAME_CALL: (409, "Two different calls are needed."),
    TransferRefusal.NOT_ANSWERED: (409, "Answer the call first: only then it can be transferred."),
    TransferRefusal.NOT_A_TALK: (409, "Only calls with people can be transferred."),
    TransferRefusal.WITH_ONESELF: (409, "A call with yourself can not be transferred."),
    TransferRefusal.NUMBER_UNKNOWN: (422, "There is nobody at this number."),
    TransferRefusal.NOT_ALLOWED: (403, "You may not call this number, so no call can be led there."),
    TransferRefusal.EMERGENCY: (422, "A call can not be led to an emergency number."),
    TransferRefusal.BUSY: (409, "Who is to have the call is in another one. Ask first, or try again later."),
    TransferRefusal.SAME_PERSON: (409, "That is who you are talking with."),
    TransferRefusal.NOT_A_PLACE: (422, "No call can be led to this code."),
    TransferRefusal.ORBITS_TAKEN: (409, "All places for parked calls are taken. Try again in a moment."),
    TransferRefusal.SYSTEM_BUSY: (503, "The system takes no more calls now. Try again in a moment."),
}
_OF_NUMBER = frozenset(
    {
        TransferRefusal.NUMBER_UNKNOWN,
        TransferRefusal.NOT_ALLOWED,
        TransferRefusal.EMERGENCY,
        TransferRefusal.BUSY,
        TransferRefusal.SAME_PERSON,
        TransferRefusal.NOT_A_PLACE,
    }
)


def _refused(why: TransferRefusal) -> ApiError:
    status, text = _REFUSALS[why]
    return ApiError(status, why.value, text, "to" if why in _OF_NUMBER else None)


def dialled(here: Here, text: str, field: str = "to") -> str:
    """What to dial for what was typed. Raises 422 with the rule (G-10)."""
    snapshot = here.store.configuration.applied
    if (code := code_of(text.strip())) is not None:
        return text.strip() if code.rest else text.strip().removesuffix("#")
    typed: Typed = read_typed(text, snapshot.settings.country, snapshot.by_extension.__contains__, FEATURES)
    if typed.kind is TypedKind.REFUSED:
        raise ApiError(422, typed.error_id or "number-unknown", typed.message or "", field)
    if typed.emergency and field == "to":
        raise _refused(TransferRefusal.EMERGENCY)
    return typed.dial


@router.post("/{call}/transfer", status_code=204, responses=responses(403, 404, 409, 422, 503))
async def transfer(call: CallName, body: TransferInput, here: Here, me: Me, calls: Calls) -> Response:
    """Lead your answered call to somebody else at once; your part of it ends.

    It counts as your call there: what you may not call is refused. When nobody takes it, it comes back.
    """
    refused = calls.transfer(me.user.id, call, dialled(here, body.to))
    if refused is not None:
        raise _refused(refused)
    return Response(status_code=204)


@router.post("/{call}/transfer/complete", status_code=204, responses=responses(403, 404, 409, 422))
async def complete(call: CallName, body: CompletionInput, me: Me, calls: Calls) -> Response:
    """Join whom you have in this call with whom you have in the other one; your part of both ends.

    While the other one still rings, the call is led there as it is. To cancel, hang the other one up.
    """
    refused = calls.complete(me.user.id, call, body.with_)
    if refused is not None:
        raise _refused(refused)
    return Response(status_code=204)
