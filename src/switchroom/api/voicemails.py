"""Voicemail: one's own messages, greetings and PIN (D3-04 to D3-06). Everything acts at once.

Nobody sees, hears or is told of another's messages; administrators see how many there are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import FileResponse

from switchroom.api.call_records import Short
from switchroom.api.context import Context, Here, Id, plain
from switchroom.api.errors import ApiError, responses
from switchroom.api.meetings import no_such_page
from switchroom.api.minutes_schemas import PeaksView
from switchroom.api.moments import zone_of
from switchroom.api.phone_desk import Caller, Me
from switchroom.api.phone_tabs import TabHub
from switchroom.api.recordings import AUDIO
from switchroom.api.rights import Needs, Right, Session
from switchroom.api.sound_ports import AUDIO_BODY, SoundMaker, refused, uploaded
from switchroom.api.voicemail_schemas import (
    GreetingText,
    GreetingView,
    MailboxCounts,
    OwnMailboxPatch,
    OwnMailboxView,
    PinInput,
    VoicemailPage,
    VoicemailPatch,
    VoicemailView,
)
from switchroom.directory import Mailbox, MailboxId, Snapshot, User, UserId
from switchroom.store import NotFound, Store, sound_files
from switchroom.store.voicemails import GreetingKind, Voicemail, WeakPin

router = APIRouter(prefix="/api", tags=["voicemail"])

Editor = Annotated[Session, Needs(Right.USERS)]
Kind = Literal["unavailable", "busy", "name"]


def boxes_of(snapshot: Snapshot, user: User) -> dict[str, Mailbox]:
    """The mailboxes of a user, his own first."""
    own = snapshot.mailbox(user.id)
    found = [own] if own is not None else []
    found += [box for box in snapshot.mailboxes.values() if box.user == user.id and not box.is_users]
    return {box.id: box for box in found}


def tell_pages(store: Store, pages: TabHub) -> None:
    """Have the pages of a phone told how many messages there are, now and at every change."""

    def counted(user_id: str) -> tuple[int, int] | None:
        snapshot = store.configuration.applied
        user = snapshot.users.get(UserId(user_id))
        found = [store.voicemails.counts(box) for box in boxes_of(snapshot, user)] if user is not None else []
        return (sum(one.new for one in found), sum(one.old for one in found)) if found else None

    def changed(mailbox: str) -> None:
        box = store.configuration.applied.mailbox(mailbox)
        if box is not None and box.user is not None:
            pages.voicemail_changed(box.user)

    pages.voicemail = counted
    store.voicemails.when_changed(changed)


@dataclass(frozen=True, slots=True)
class Own:
    """Who asks, and the mailbox he means."""

    me: Caller
    box: Mailbox


async def own_box(
    here: Here, me: Me, mailbox: Annotated[Short, Query(description="Id; left out: the own one.")] = None
) -> Own:
    """The mailbox that is meant. Raises 404 for another's, 409 for who has none."""
    boxes = boxes_of(here.store.configuration.applied, me.user)
    if mailbox is None and not boxes:
        text = "You have no mailbox. An administrator can give you one."
        raise ApiError(409, "no-mailbox", text)
    found = next(iter(boxes.values())) if mailbox is None else boxes.get(mailbox)
    if found is None:
        raise NotFound("mailbox of yours")
    return Own(me, found)


Mine = Annotated[Own, Depends(own_box)]


async def own_message(message_id: Id, here: Here, me: Me) -> Voicemail:
    """The message that is meant. Raises 404 for another's, too."""
    found = here.store.voicemails.get(message_id)
    if (
        found is None
        or found.seconds is None
        or found.mailbox not in boxes_of(here.store.configuration.applied, me.user)
    ):
        raise NotFound("message of this id")
    return found


Message = Annotated[Voicemail, Depends(own_message)]


def _view(message: Voicemail) -> VoicemailView:
    return VoicemailView(
        id=message.id,
        mailbox=message.mailbox,
        caller_number=message.caller_number,
        caller_name=message.caller_name,
        caller_user=message.caller_user,
        at=message.began,
        seconds=message.seconds or 0.0,
        heard_at=message.heard_at,
        archived_at=message.archived_at,
    )


# --- messages ---------------------------------------------------------------------------------------------


@router.get("/phone/voicemails", responses=responses(403, 404, 409))
async def list_voicemails(
    here: Here,
    mine: Mine,
    archived: Annotated[bool, Query(description="Those that were archived, and no others.")] = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=300)] = None,
) -> VoicemailPage:
    """Messages in a mailbox of one's own, newest first."""
    try:
        found, following = here.store.voicemails.page(
            mine.box.id, archived=archived, limit=limit, after=after
        )
    except ValueError:
        raise no_such_page() from None
    counts = here.store.voicemails.counts(mine.box.id)
    messages = [_view(one) for one in found]
    return VoicemailPage(messages=messages, next=following, new=counts.new, old=counts.old)


@router.get("/phone/voicemails/{message_id}", responses=responses(404, 409))
async def get_voicemail(message: Message) -> VoicemailView:
    """One message."""
    return _view(message)


@router.get(
    "/phone/voicemails/{message_id}/audio",
    response_class=FileResponse,
    responses={**responses(404, 409), 200: AUDIO, 206: AUDIO},
)
async def get_voicemail_audio(
    here: Here,
    message: Message,
    download: Annotated[bool, Query(description="To be saved, under a name.")] = False,
    range_: Annotated[str | None, Header(alias="Range", max_length=200)] = None,
) -> FileResponse:
    """The sound of a message (WAV), in parts if asked for (HTTP Range). It stays new: see PATCH."""
    zone = zone_of(None, here.store.configuration.applied.settings.time_zone)
    when = datetime.fromtimestamp(message.began, zone)
    who = "".join(sign if sign.isalnum() or sign in "+ " else "_" for sign in message.caller_number)
    name = f"{who} {when:%Y-%m-%d %H.%M}".strip()[:120] + ".wav"
    return await _sound(here, message.path, name if download else None)


@router.get("/phone/voicemails/{message_id}/peaks", responses=responses(404, 409))
async def get_voicemail_peaks(here: Here, message: Message) -> PeaksView:
    """The shape of a message: how loud it is, from its begin to its end."""
    path = await _path(here, message.path)
    try:
        values = await here.store.offload.run(sound_files.peaks, str(path))
    except (ValueError, OSError):
        values = []
    return PeaksView(seconds=message.seconds or 0.0, peaks=values)


@router.patch("/phone/voicemails/{message_id}", responses=responses(404, 409))
async def change_voicemail(body: VoicemailPatch, here: Here, message: Message) -> VoicemailView:
    """A message was heard or is new again, is archived or no longer."""
    marked = here.store.voicemails.mark(message.id, heard=body.heard, archived=body.archived)
    await here.store.settled()
    if marked is None:
        raise NotFound("message of this id")
    return _view(marked)


@router.delete("/phone/voicemails/{message_id}", status_code=204, responses=responses(404, 409))
async def delete_voicemail(here: Here, message: Message) -> Response:
    """Delete a message for good."""
    await here.store.voicemails.delete(message.id)
    return Response(status_code=204)


# --- the mailbox ------------------------------------------------------------------------------------------


@router.get("/phone/mailboxes", responses=responses(403))
async def list_own_mailboxes(here: Here, me: Me) -> list[OwnMailboxView]:
    """The mailboxes of one's own, the user's first; an empty list says that there is none."""
    return [_mailbox_view(here, box) for box in boxes_of(here.store.configuration.applied, me.user).values()]


@router.get("/phone/mailbox", responses=responses(403, 404, 409))
async def get_own_mailbox(here: Here, mine: Mine) -> OwnMailboxView:
    """A mailbox of one's own: how much is in it, its greetings, and how it is opened by phone."""
    return _mailbox_view(here, mine.box)


def _mailbox_view(here: Context, box: Mailbox) -> OwnMailboxView:
    kept = here.store.voicemails
    counts, key = kept.counts(box.id), kept.key(box.id)
    return OwnMailboxView(
        id=box.id,
        name=box.name,
        email=box.email,
        new=counts.new,
        old=counts.old,
        full=kept.full(box.id),
        has_pin=key.pin_hash is not None,
        ask_pin=key.ask_pin,
        greetings=_greetings(here, box.id),
    )


def _greetings(here: Context, box: str) -> list[GreetingView]:
    made = [here.store.voicemails.greeting(box, kind) for kind in GreetingKind]
    return [
        GreetingView(kind=one.kind.value, seconds=one.seconds, text=one.text, changed_at=one.changed_at)
        for one in made
        if one is not None
    ]


@router.patch("/phone/mailbox", responses=responses(403, 404, 409))
async def change_own_mailbox(body: OwnMailboxPatch, here: Here, mine: Mine) -> OwnMailboxView:
    """How a mailbox of one's own is opened by phone."""
    if body.ask_pin is not None:
        await here.store.voicemails.set_ask_pin(mine.box.id, body.ask_pin, mine.me.session.login.name)
    return await get_own_mailbox(here, mine)


@router.put("/phone/mailbox/pin", status_code=204, responses=responses(403, 404, 409))
async def set_own_pin(body: PinInput, here: Here, mine: Mine) -> Response:
    """Another PIN for a mailbox of one's own. 422 `pin-weak`: it is guessed first."""
    await _set_pin(here, mine.box, body.pin, mine.me.session.login.name)
    return Response(status_code=204)


async def _set_pin(here: Context, box: Mailbox, pin: str, author: str) -> None:
    owner = here.store.configuration.applied.users.get(box.user) if box.user is not None else None
    known = (box.extension, owner.extension if owner is not None else None)
    try:
        await here.store.voicemails.set_pin(box.id, pin, author, *known)
    except WeakPin as error:
        raise ApiError(422, "pin-weak", str(error), "pin") from None


# --- greetings --------------------------------------------------------------------------------------------


@router.put(
    "/phone/mailbox/greetings/{kind}", responses=responses(403, 404, 408, 409), openapi_extra=AUDIO_BODY
)
async def upload_greeting(kind: Kind, request: Request, here: Here, mine: Mine) -> OwnMailboxView:
    """Greet callers with a sound: a WAV or MP3 file of 5 MiB and two minutes at most."""
    data = await uploaded(request)

    async def make(maker: SoundMaker, target: Path) -> None:
        await maker.convert(data, target, "greeting")

    await _greet(here, request, mine.box, mine.me.session, kind, make, "")
    return await get_own_mailbox(here, mine)


@router.put("/phone/mailbox/greetings/{kind}/text", responses=responses(403, 404, 409))
async def speak_greeting(
    kind: Kind, body: GreetingText, request: Request, here: Here, mine: Mine
) -> OwnMailboxView:
    """Greet callers with words that are spoken by the system."""
    make = _speaking(here, mine.box, body)
    await _greet(here, request, mine.box, mine.me.session, kind, make, body.text)
    return await get_own_mailbox(here, mine)


def _speaking(
    here: Context, box: Mailbox, body: GreetingText
) -> Callable[[SoundMaker, Path], Awaitable[None]]:
    language = body.language or box.language or here.store.configuration.applied.settings.language

    async def make(maker: SoundMaker, target: Path) -> None:
        await maker.speak(body.text, language, target)

    return make


async def _greet(
    here: Context,
    request: Request,
    box: Mailbox,
    who: Session,
    kind: Kind,
    make: Callable[[SoundMaker, Path], Awaitable[None]],
    text: str,
) -> None:
    kept = here.store.voicemails
    path = kept.new_file("greeting")
    try:
        await asyncio.to_thread(kept.prepare)
        await make(request.app.state.sound_maker, kept.file(path))
        await kept.set_greeting(box.id, GreetingKind(kind), path, text)
    except ValueError as error:
        raise refused(error) from None
    except OSError:
        raise ApiError(503, "sound-not-kept", "The sound can not be kept: is the disk full?") from None
    await here.store.audit.note(who.login.name, "voicemail greeting set", f"mailboxes/{box.id}", kind)


@router.get(
    "/phone/mailbox/greetings/{kind}/audio",
    response_class=FileResponse,
    responses={**responses(403, 404, 409), 200: AUDIO, 206: AUDIO},
)
async def get_greeting_audio(kind: Kind, here: Here, mine: Mine) -> FileResponse:
    """The sound of a greeting (WAV). 404: it is the standard one."""
    return await _greeting_sound(here, mine.box, kind)


async def _greeting_sound(here: Context, box: Mailbox, kind: Kind) -> FileResponse:
    found = here.store.voicemails.greeting(box.id, GreetingKind(kind))
    if found is None:
        raise NotFound("greeting of this kind")
    return await _sound(here, found.path, None)


@router.delete("/phone/mailbox/greetings/{kind}", status_code=204, responses=responses(403, 404, 409))
async def remove_greeting(kind: Kind, here: Here, mine: Mine) -> Response:
    """Back to the standard greeting."""
    await _standard(here, mine.box, mine.me.session, kind)
    return Response(status_code=204)


async def _standard(here: Context, box: Mailbox, who: Session, kind: Kind) -> None:
    if await here.store.voicemails.remove_greeting(box.id, GreetingKind(kind)):
        await here.store.audit.note(who.login.name, "voicemail greeting removed", f"mailboxes/{box.id}", kind)


# --- administrators ---------------------------------------------------------------------------------------


@router.get("/voicemail-counts", responses=responses())
async def count_voicemails(here: Here, who: Editor) -> list[MailboxCounts]:
    """How many messages there are in each mailbox in force; what they say is their owners'."""
    snapshot = here.store.configuration.applied
    boxes = [user.id for user in snapshot.users.values() if user.voicemail]
    boxes += [box.id for box in snapshot.mailboxes.values() if not box.is_users]  # type: ignore[misc]
    return [MailboxCounts(mailbox=box, **plain(here.store.voicemails.counts(box))) for box in boxes]


@router.put("/mailboxes/{mailbox_id}/pin", status_code=204, responses=responses(404))
async def set_pin(mailbox_id: Id, body: PinInput, here: Here, who: Editor) -> Response:
    """Another PIN for a team's mailbox: a person chooses his own. 404 for a person's, too."""
    await _set_pin(here, await _teams(here, mailbox_id), body.pin, who.login.name)
    return Response(status_code=204)


async def _teams(here: Context, mailbox_id: str) -> Mailbox:
    """A mailbox that is no person's own, as it is saved, applied or not. Raises 404."""
    found = (await here.store.configuration.draft()).snapshot.mailboxes.get(MailboxId(mailbox_id))
    if found is None or found.is_users:
        raise NotFound("mailbox of a team")
    return found


@router.get("/mailboxes/{mailbox_id}/greetings", responses=responses(404))
async def list_box_greetings(mailbox_id: Id, here: Here, who: Editor) -> list[GreetingView]:
    """The greetings of a team's mailbox; those that are missing are the standard ones."""
    return _greetings(here, (await _teams(here, mailbox_id)).id)


@router.get(
    "/mailboxes/{mailbox_id}/greetings/{kind}/audio",
    response_class=FileResponse,
    responses={**responses(404), 200: AUDIO, 206: AUDIO},
)
async def get_box_greeting_audio(mailbox_id: Id, kind: Kind, here: Here, who: Editor) -> FileResponse:
    """The sound of a greeting of a team's mailbox (WAV). 404: it is the standard one."""
    return await _greeting_sound(here, await _teams(here, mailbox_id), kind)


@router.put(
    "/mailboxes/{mailbox_id}/greetings/{kind}",
    status_code=204,
    responses=responses(404, 408),
    openapi_extra=AUDIO_BODY,
)
async def upload_box_greeting(
    mailbox_id: Id, kind: Kind, request: Request, here: Here, who: Editor
) -> Response:
    """Greet callers of a team's mailbox with a sound: a WAV or MP3 file, as for one's own."""
    box, data = await _teams(here, mailbox_id), await uploaded(request)

    async def make(maker: SoundMaker, target: Path) -> None:
        await maker.convert(data, target, "greeting")

    await _greet(here, request, box, who, kind, make, "")
    return Response(status_code=204)


@router.put("/mailboxes/{mailbox_id}/greetings/{kind}/text", status_code=204, responses=responses(404))
async def speak_box_greeting(
    mailbox_id: Id, kind: Kind, body: GreetingText, request: Request, here: Here, who: Editor
) -> Response:
    """Greet callers of a team's mailbox with words that are spoken by the system."""
    box = await _teams(here, mailbox_id)
    await _greet(here, request, box, who, kind, _speaking(here, box, body), body.text)
    return Response(status_code=204)


@router.delete("/mailboxes/{mailbox_id}/greetings/{kind}", status_code=204, responses=responses(404))
async def remove_box_greeting(mailbox_id: Id, kind: Kind, here: Here, who: Editor) -> Response:
    """Back to the standard greeting of a team's mailbox."""
    await _standard(here, await _teams(here, mailbox_id), who, kind)
    return Response(status_code=204)


# --- sounds -----------------------------------------------------------------------------------------------


async def _path(here: Context, name: str) -> Path:
    try:
        path = here.store.voicemails.file(name)
        if await asyncio.to_thread(path.is_file):
            return path
    except (OSError, ValueError):
        pass
    raise ApiError(404, "recording-gone", "The sound is no longer there.")


async def _sound(here: Context, name: str, saved_as: str | None) -> FileResponse:
    shown: dict[str, Any] = {} if saved_as is None else {"filename": saved_as}
    return FileResponse(
        await _path(here, name),
        media_type="audio/wav",
        content_disposition_type="inline" if saved_as is None else "attachment",
        headers={"Cache-Control": "private, no-cache"},
        **shown,
    )
