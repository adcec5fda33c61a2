"""Hold music: upload, listen, delete (B8-05, D3-09). Which one is played is configuration, and is applied."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from switchroom.api.context import Here, Id
from switchroom.api.errors import ApiError, responses
from switchroom.api.recordings import AUDIO
from switchroom.api.rights import Needs, Right, Session
from switchroom.api.sound_ports import AUDIO_BODY, refused, uploaded
from switchroom.directory import Snapshot
from switchroom.store import NotFound
from switchroom.store.hold_music import MOST_FILES, Music

router = APIRouter(prefix="/api/hold-music", tags=["settings"])

Editor = Annotated[Session, Needs(Right.SETTINGS)]


class MusicView(BaseModel):
    """A piece of music that was uploaded. The setting or the conference that plays it has its id as
    `hold_music`."""

    id: str
    name: str
    seconds: float
    uploaded_at: float = Field(description="Seconds since the epoch.")
    uploaded_by: str


def _played(snapshot: Snapshot) -> set[str | None]:
    """The pieces that are chosen."""
    return {snapshot.settings.hold_music, *(room.hold_music for room in snapshot.conferences.values())}


def _view(music: Music) -> MusicView:
    return MusicView(
        id=music.id,
        name=music.name,
        seconds=music.seconds,
        uploaded_at=music.uploaded_at,
        uploaded_by=music.uploaded_by,
    )


@router.get("", responses=responses())
async def list_music(here: Here, who: Editor) -> list[MusicView]:
    """What was uploaded, by name."""
    return [_view(one) for one in await asyncio.to_thread(here.store.hold_music.list)]


@router.put("", status_code=201, responses=responses(408), openapi_extra=AUDIO_BODY)
async def upload_music(
    request: Request,
    here: Here,
    who: Editor,
    name: Annotated[str, Query(min_length=1, max_length=200, description="What it is called.")] = "Music",
) -> MusicView:
    """Upload a WAV or MP3 file of 5 MiB and fifteen minutes at most; anything else is refused.

    It becomes mono, as loud as the delivered music. Name it in the setting `hold_music`, or that of a
    conference, to have it played.
    """
    data = await uploaded(request)
    kept = here.store.hold_music
    if len(await asyncio.to_thread(kept.list)) >= MOST_FILES:
        text = f"There are {MOST_FILES} pieces of music already: delete one first."
        raise ApiError(409, "too-many", text)
    music_id = kept.new_id()
    try:
        await asyncio.to_thread(kept.prepare)
        seconds = await request.app.state.sound_maker.convert(data, kept.path(music_id), "music")
        shown = " ".join(name.split()) or "Music"
        music = Music(music_id, shown, seconds, here.clock(), who.login.name)
        await asyncio.to_thread(kept.keep, music)
    except ValueError as error:
        raise refused(error) from None
    except OSError:
        raise ApiError(503, "sound-not-kept", "The sound can not be kept: is the disk full?") from None
    await here.store.audit.note(who.login.name, "hold music uploaded", music.name, music.id)
    return _view(music)


@router.get(
    "/{music_id}/audio",
    response_class=FileResponse,
    responses={**responses(404), 200: AUDIO, 206: AUDIO},
)
async def get_music_audio(music_id: Id, here: Here, who: Editor) -> FileResponse:
    """How a piece sounds (WAV), in parts if asked for (HTTP Range)."""
    found = await asyncio.to_thread(here.store.hold_music.get, music_id)
    if found is None:
        raise NotFound("music of this id")
    path = here.store.hold_music.path(found.id)
    headers = {"Cache-Control": "private, no-cache"}
    return FileResponse(path, media_type="audio/wav", content_disposition_type="inline", headers=headers)


@router.delete("/{music_id}", status_code=204, responses=responses(404, 409))
async def remove_music(music_id: Id, here: Here, who: Editor) -> Response:
    """Delete a piece. 409 `in-use`: it is played, or will be when the draft is applied."""
    kept, configuration = here.store.hold_music, here.store.configuration
    found = await asyncio.to_thread(kept.get, music_id)
    if found is None:
        raise NotFound("music of this id")
    draft = await configuration.draft()
    if any(music_id in _played(one) for one in (configuration.applied, draft.snapshot)):
        text = "This is hold music of the system or a conference: choose another one, and apply that, first."
        raise ApiError(409, "in-use", text)
    try:
        await asyncio.to_thread(kept.delete, music_id)
    except OSError:
        text = "The file can not be deleted. See the server's log, and `switchroom doctor`."
        raise ApiError(503, "recording-stays", text) from None
    await here.store.audit.note(who.login.name, "hold music deleted", found.name, found.id)
    return Response(status_code=204)
