"""Calling people into a conference, and what has become of it (S1-10, S1-11, F-10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from switchroom.api.calling_ports import Inviting
from switchroom.api.context import Context, Here, Id, plain
from switchroom.api.errors import ApiError, responses
from switchroom.api.limits import TokenBuckets
from switchroom.api.ports import LiveParticipant, LiveRoom
from switchroom.api.public_side import usable
from switchroom.api.rights import Needs
from switchroom.calls.outcomes import Inviter, InviteRefusal
from switchroom.directory import ConferenceId, UserId
from switchroom.directory.number_plan import FEATURES
from switchroom.directory.typed import TypedKind, read_typed
from switchroom.store import NotFound, Right, Session

router = APIRouter(prefix="/api/rooms/{conference_id}/invitations", tags=["live"])

BURST = 40
"""Invitations of one login at once; one more every 2 s."""


class InvitationInput(BaseModel):
    """Whom to call."""

    model_config = ConfigDict(extra="forbid")

    number: str = Field(
        min_length=1,
        max_length=200,
        description="An extension or a phone number, in any common form.",
        examples=["202"],
    )


class InvitationView(BaseModel):
    """Somebody who is being called into a conference, or was."""

    id: str
    number: str = Field(examples=["202"])
    name: str = Field(description="Of whom is called.", examples=["Bruno Conti"])
    state: Literal["ringing", "answered", "joined", "refused", "failed", "cancelled"] = Field(
        description="`answered`: he hears what it is about. The last four are final."
    )
    reason: str = Field(
        description="Why it came to nothing: `busy`, `no_answer`, `unreachable` (no phone is registered), "
        "`declined`, `not_confirmed` (nobody pressed 1), `room_full`, `conference_ended` ... Else empty.",
        examples=["busy"],
    )
    at: float = Field(description="When it got there, in seconds since 1970.")


class InvitationDesk:
    """Kept by the app: who calls people, and how often one may have somebody called."""

    def __init__(self, calls: Inviting) -> None:
        self.calls = calls
        self.pace = TokenBuckets(BURST, 2.0)


def desk(request: Request) -> InvitationDesk:
    """The app's desk."""
    found = request.app.state.invitation_desk
    assert isinstance(found, InvitationDesk)
    return found


Desk = Annotated[InvitationDesk, Depends(desk)]


@dataclass(frozen=True, slots=True)
class Host:
    """Who may call people into this conference, under which name, and who that is."""

    session: Session
    conference: ConferenceId
    moderator: bool
    name: str
    user_id: UserId | None


async def host(
    conference_id: Id,
    here: Here,
    session: Annotated[Session, Needs(Right.LIVE_CONFERENCES, Right.PHONE)],
) -> Host:
    """Who asks: a moderator, or somebody who is in the conference himself. Raises 404 for all others, and 409
    for a conference that is not applied."""
    snapshot = here.store.configuration.applied
    wanted = ConferenceId(conference_id)
    conference = snapshot.conferences.get(wanted)
    everywhere = Right.LIVE_CONFERENCES in usable(session.rights)
    if conference is None:
        if everywhere:
            await _refuse_draft(here, wanted)
        raise NotFound("conference")
    room = next((room for room in here.live.rooms() if room.conference_id == wanted), None)
    user = snapshot.users.get(session.user_id) if session.user_id is not None else None
    own = [one for one in _inside(room) if user is not None and one.user_id == user.id]
    chairs = user is not None and conference.administrator == user.id
    moderator = everywhere or chairs or any(one.administrator for one in own)
    if not (moderator or own):
        raise NotFound("conference")
    name = user.name if user is not None else session.login.name
    return Host(session, wanted, moderator, name, user.id if user is not None else None)


def _inside(room: LiveRoom | None) -> list[LiveParticipant]:
    return [] if room is None else [one for one in room.participants if not (one.waiting or one.in_lobby)]


async def _refuse_draft(here: Context, wanted: ConferenceId) -> None:
    draft = await here.store.configuration.draft()
    if wanted in draft.snapshot.conferences:
        text = "This conference is not applied yet: apply the changes first."
        raise ApiError(409, "not-applied", text)


RoomHost = Annotated[Host, Depends(host)]


@router.post("", status_code=201, responses=responses(404, 409, 422, 429, 503))
async def invite(body: InvitationInput, here: Here, desk: Desk, who: RoomHost) -> InvitationView:
    """Call somebody into the conference, at once. Who answers is told what it is, and is in, without a code.

    The answer may be `failed` already: nobody is registered, or busy. Nobody has to be in the conference.
    """
    number = _number(here, body.number)
    wait = desk.pace.take(who.session.login.name, here.clock())
    if wait:
        headers = {"Retry-After": str(int(wait) + 1)}
        raise ApiError(429, "too-many-tries", "Too many invitations. Wait a moment.", headers=headers)
    made = desk.calls.invite(who.conference, number, Inviter(who.name, who.user_id, who.moderator))
    if isinstance(made, InviteRefusal):
        raise _refused(here, made, number)
    await here.store.audit.note(who.session.login.name, "invited", f"rooms/{who.conference}", number)
    return InvitationView.model_validate(plain(made))


@router.get("", responses=responses(404))
async def list_invitations(desk: Desk, who: RoomHost) -> list[InvitationView]:
    """Those that ring, and what has become of the others: of the meeting, or of the last ten minutes."""
    return [InvitationView.model_validate(plain(one)) for one in desk.calls.invitations(who.conference)]


@router.delete("/{invitation_id}", status_code=204, responses=responses(404))
async def cancel(invitation_id: Id, here: Here, desk: Desk, who: RoomHost) -> Response:
    """Stop calling somebody."""
    if not desk.calls.cancel(who.conference, invitation_id):
        raise NotFound("invitation of this id that is still open")
    name = who.session.login.name
    await here.store.audit.note(name, "invitation cancelled", f"rooms/{who.conference}", invitation_id)
    return Response(status_code=204)


def _number(here: Context, text: str) -> str:
    """What was typed, as it is dialled. Raises 422 with what to type instead."""
    snapshot = here.store.configuration.applied
    typed = read_typed(text, snapshot.settings.country, snapshot.by_extension.__contains__, FEATURES)
    if typed.kind is TypedKind.REFUSED:
        digits = "".join(text.split())
        if digits.isascii() and digits.isdigit() and len(digits) <= 8:
            raise _refused(here, InviteRefusal.NUMBER_UNKNOWN, digits)
        raise ApiError(422, typed.error_id or "number-unknown", typed.message or "", "number")
    return typed.dial


def _refused(here: Context, why: InviteRefusal, number: str) -> ApiError:
    status, text = _REFUSALS[why]
    found = here.store.configuration.applied.by_extension.get(number)
    sentence = text.format(number=number, name=getattr(found, "name", "") or number)
    headers = {"Retry-After": "5"} if status == 503 else None
    return ApiError(status, why.value, sentence, "number" if status in (409, 422) else None, headers=headers)


_REFUSALS: dict[InviteRefusal, tuple[int, str]] = {
    InviteRefusal.CONFERENCE_UNKNOWN: (
        404,
        "There is no conference of this id in the applied configuration.",
    ),
    InviteRefusal.NUMBER_UNKNOWN: (422, "Nobody has the extension {number}. Check the number."),
    InviteRefusal.EXTERNAL: (
        422,
        "Numbers outside can not be called: the system has no line to the outside (trunk) yet. "
        "Invite extensions, or send a link.",
    ),
    InviteRefusal.NOT_ALLOWED: (
        422,
        "You may not call {number}, or have used up your calls outside: an administrator can allow it.",
    ),
    InviteRefusal.EMERGENCY: (422, "An emergency number can not be invited."),
    InviteRefusal.NOT_A_PERSON: (422, "{number} is no person: only people can be invited."),
    InviteRefusal.ALREADY_INSIDE: (409, "{name} is in the conference already."),
    InviteRefusal.ALREADY_INVITED: (409, "{name} is being called already."),
    InviteRefusal.TOO_MANY: (409, "20 people are being called already: wait until some have answered."),
    InviteRefusal.ROOM_FULL: (409, "The conference is full: nobody else can be invited."),
    InviteRefusal.ROOM_LOCKED: (409, "The conference is locked. Who runs it can invite, or unlock it."),
    InviteRefusal.REMOVED: (
        409,
        "{name} was removed a moment ago: only who runs the conference can invite again.",
    ),
    InviteRefusal.BUSY: (503, "The system can not take another call now. Try again in a moment."),
}
