"""Click to call: a program, a page or a `tel:` link has one's own phone ring, and connects it (F-05)."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from switchroom.api.call_transfers import CallName, dialled
from switchroom.api.calling_ports import Clicking
from switchroom.api.context import Here
from switchroom.api.errors import ApiError, responses
from switchroom.api.phone_desk import Me
from switchroom.calls.outcomes import Click, ClickFailure, ClickRefusal, ClickStep

router = APIRouter(prefix="/api/phone/click-to-call", tags=["phone"])


class ClickInput(BaseModel):
    """Whom to call, and which phone of one's own rings first."""

    model_config = ConfigDict(extra="forbid")

    number: str = Field(
        min_length=1,
        max_length=300,
        description="An extension, or a full number as people write it; a `tel:` link too.",
        examples=["203", "+32 2 290 34 90", "tel:+3222903490"],
    )
    device: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,128}$")] | None = Field(
        default=None,
        description="Which phone rings: `browser`, `desk`, or the id of a device; null: all there are.",
    )


class ClickView(BaseModel):
    """A call that was asked for. `id` is that of the call, as in the call log and with its note."""

    id: str
    number: str
    name: str = Field(description="Of whom it is with, where that is known.")
    state: ClickStep
    failure: ClickFailure | None = Field(description="Which step failed, and how; null: none did.")
    problem: str = Field(description="The same in a sentence.")


_REFUSALS: dict[ClickRefusal, tuple[int, str]] = {
    ClickRefusal.NUMBER_UNKNOWN: (422, "There is nobody at this number."),
    ClickRefusal.NOT_ALLOWED: (403, "You may not call this number."),
    ClickRefusal.COUNTRY_ASKED: (
        403,
        "This country was never called before: an administrator has to allow it, or call from your phone.",
    ),
    ClickRefusal.LIMIT_REACHED: (403, "The limit for calls outside is reached."),
    ClickRefusal.LINES_BUSY: (503, "All lines to the outside are in use. Try again in a moment."),
    ClickRefusal.NO_TRUNK: (422, "There is no line to the outside for this number."),
    ClickRefusal.EMERGENCY: (422, "Call an emergency number from your phone itself."),
    ClickRefusal.NOT_A_PLACE: (422, "This code leads to nobody: dial it on your phone."),
    ClickRefusal.WITH_ONESELF: (422, "This is your own extension."),
    ClickRefusal.BUSY: (409, "Who is to be called is in another call, or does not want to be disturbed."),
    ClickRefusal.UNREACHABLE: (409, "Nobody can be reached at this number now."),
    ClickRefusal.NO_PHONE: (
        409,
        "Your phone is not registered: open it in a browser, or switch it on.",
    ),
    ClickRefusal.TOO_MANY: (429, "Three calls that you asked for are waiting already."),
    ClickRefusal.SYSTEM_BUSY: (503, "The system takes no more calls now. Try again in a moment."),
}
_OF_PHONE = frozenset({ClickRefusal.NO_PHONE, ClickRefusal.TOO_MANY, ClickRefusal.SYSTEM_BUSY})
_FAILURES: dict[ClickFailure, str] = {
    ClickFailure.PHONE_NO_ANSWER: "You did not answer your own phone.",
    ClickFailure.PHONE_REFUSED: "Your own phone refused the call.",
    ClickFailure.PHONE_UNREACHABLE: "Your own phone could not be reached.",
    ClickFailure.BUSY: "Who was called is busy.",
    ClickFailure.NO_ANSWER: "Nobody answered.",
    ClickFailure.REFUSED: "Who was called refused the call.",
    ClickFailure.UNREACHABLE: "Who was called could not be reached.",
    ClickFailure.NUMBER_UNKNOWN: "There is nobody at this number.",
    ClickFailure.NOT_ALLOWED: "You may not call this number.",
    ClickFailure.CANCELLED: "You hung up before anybody answered.",
    ClickFailure.FAILED: "The call broke off by a failure of the system or the line.",
}


def clicking(request: Request) -> Clicking:
    """Who does it."""
    found: Clicking = request.app.state.clicking
    return found


Calls = Annotated[Clicking, Depends(clicking)]


def _view(click: Click) -> ClickView:
    return ClickView(
        id=click.id,
        number=click.number,
        name=click.name,
        state=click.step,
        failure=click.failure,
        problem="" if click.failure is None else _FAILURES[click.failure],
    )


def of_link(text: str) -> str:
    """The number in a `tel:` link (RFC 3966), without its parameters; other texts as they are."""
    found = re.match(r"(?:web\+)?tel:(?://)?([^;?]*)", text.strip(), re.IGNORECASE)
    return unquote(found.group(1)) if found is not None else text


@router.post("", status_code=201, responses=responses(403, 409, 422, 429, 503))
async def click_to_call(body: ClickInput, here: Here, me: Me, calls: Calls) -> ClickView:
    """Ring my own phone, showing whom it will call; when I answer, the number is called on my rights.

    What can be known before is refused before, by name. How it goes on is told by GET.
    """
    number = dialled(here, of_link(body.number), "number")
    made = calls.click(me.user.id, number, body.device)
    if isinstance(made, ClickRefusal):
        status, text = _REFUSALS[made]
        headers = {"Retry-After": "5"} if status in (429, 503) else None
        field = None if made in _OF_PHONE else "number"
        raise ApiError(status, made.value, text, field, headers=headers)
    return _view(made)


@router.get("/{call}", responses=responses(403, 404))
async def get_click(call: CallName, me: Me, calls: Calls) -> ClickView:
    """How it goes with a call that I asked for: which step it is at, which one failed."""
    found = calls.clicked(me.user.id, call)
    if found is None:
        raise _unknown()
    return _view(found)


@router.delete("/{call}", status_code=204, responses=responses(403, 404))
async def cancel_click(call: CallName, me: Me, calls: Calls) -> Response:
    """Hang up a call that I asked for, wherever it is."""
    if not calls.cancel_click(me.user.id, call):
        raise _unknown()
    return Response(status_code=204)


def _unknown() -> ApiError:
    return ApiError(404, "no-such-call", "You asked for no call of this id: it may have ended long ago.")
