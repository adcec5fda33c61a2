"""Recordings of conferences: list, listen, picture, delete. Nobody is told where they lie."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Depends, Header, Query, Response
from fastapi.responses import FileResponse

from switchroom.api.call_records import Short, Time
from switchroom.api.context import Context, Here, Id
from switchroom.api.errors import ApiError, responses
from switchroom.api.meetings import hearable, narrowed, no_such_page, recording_fields
from switchroom.api.minutes_schemas import PeaksView, RecordingPage, RecordingView
from switchroom.api.moments import moment, zone_of
from switchroom.api.rights import Needs, Right, Session
from switchroom.store import NotFound, RecordingFilter
from switchroom.store.recordings import NamedRecording

router = APIRouter(prefix="/api/recordings", tags=["recordings"])

Listener = Annotated[Session, Needs(Right.RECORDINGS, Right.PHONE)]
"""All recordings, or those of the rooms that one is the administrator of."""
Keeper = Annotated[Session, Needs(Right.RECORDINGS)]

AUDIO = {
    "content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}},
    "description": "The sound, or the part of it that `Range` names (206).",
}


def recording_filter(
    here: Here,
    who: Listener,
    conference: Annotated[Short, Query(description="Id of a conference.")] = None,
    meeting: Annotated[Short, Query(description="Id of a meeting.")] = None,
    whole: Annotated[
        bool | None, Query(description="True: of the whole room only; false: of single participants.")
    ] = None,
    since: Annotated[Time, Query(alias="from")] = None,
    until: Annotated[Time, Query(alias="to", description="As `from`; a day is meant whole.")] = None,
) -> RecordingFilter:
    """The query's conditions, of what the session may hear."""
    zone = zone_of(None, here.store.configuration.applied.settings.time_zone)
    return RecordingFilter(
        since=moment(since, "from", zone),
        until=moment(until, "to", zone, end=True),
        conferences=narrowed(hearable(here, who), conference),
        meeting=meeting,
        whole=whole,
    )


@router.get("", response_model=RecordingPage, responses=responses())
async def list_recordings(
    here: Here,
    who: Listener,
    wanted: Annotated[RecordingFilter, Depends(recording_filter)],
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    after: Annotated[str | None, Query(max_length=300)] = None,
) -> Response:
    """Recordings, newest first: all, or those of the rooms that you are the administrator of."""
    try:
        found, following = await here.store.recordings.page(wanted, limit, after)
    except ValueError:
        raise no_such_page() from None
    content = {"recordings": [_fields(named) for named in found], "next": following}
    return Response(msgspec.json.encode(content), media_type="application/json")


async def hearing(recording_id: Id, here: Here, who: Listener) -> NamedRecording:
    """The recording that is meant. Raises 404 for one that the session may not hear, too."""
    found = await here.store.recordings.get(recording_id)
    allowed = hearable(here, who)
    if found is None or (allowed is not None and found.row.conference_id not in allowed):
        raise NotFound("recording of this id")
    return found


Heard = Annotated[NamedRecording, Depends(hearing)]


@router.get("/{recording_id}", responses=responses(404))
async def get_recording(here: Here, who: Listener, named: Heard) -> RecordingView:
    """One recording."""
    return RecordingView(**_fields(named))


@router.get(
    "/{recording_id}/audio",
    response_class=FileResponse,
    responses={**responses(404, 409), 200: AUDIO, 206: AUDIO},
)
async def get_audio(
    here: Here,
    who: Listener,
    named: Heard,
    download: Annotated[bool, Query(description="To be saved, under a name.")] = False,
    range_: Annotated[str | None, Header(alias="Range", max_length=200)] = None,
) -> FileResponse:
    """The sound of a recording (WAV), in parts if asked for (HTTP Range).

    409 `recording-running`: it is still being made.
    """
    path = await _file(here, named)
    begins = range_ is None or range_.replace(" ", "").startswith("bytes=0-")
    key = (who.login.id, named.row.id, download)
    if begins and not here.heard.take(key, here.clock()):
        act = "recording downloaded" if download else "recording heard"
        await here.store.audit.note(who.login.name, act, named.conference, named.row.id)
    return FileResponse(
        path,
        media_type="audio/wav",
        filename=_name(here, named),
        content_disposition_type="attachment" if download else "inline",
        headers={"Cache-Control": "private, no-cache"},
    )


@router.get("/{recording_id}/peaks", responses=responses(404, 409))
async def get_peaks(here: Here, who: Listener, named: Heard) -> PeaksView:
    """The shape of a recording: how loud it is, from its begin to its end."""
    await _file(here, named)
    try:
        values = await here.store.recordings.peaks(named.row)
    except ValueError:
        values = []
    except OSError:
        raise _gone() from None
    return PeaksView(seconds=named.row.seconds, peaks=values)


@router.delete("/{recording_id}", status_code=204, responses=responses(404, 409))
async def delete_recording(here: Here, who: Keeper, named: Heard) -> Response:
    """Delete a recording for good. 409 `recording-running`: it is still being made; stop it first."""
    if named.row.ended_at is None:
        raise _running()
    try:
        await here.store.recordings.delete(named.row)
    except OSError:
        text = "The file can not be deleted. See the server's log, and `switchroom doctor`."
        raise ApiError(503, "recording-stays", text) from None
    whose = named.row.participant
    detail = f"{named.row.id}, {whose}" if whose else named.row.id
    await here.store.audit.note(who.login.name, "recording deleted", named.conference, detail)
    return Response(status_code=204)


async def _file(here: Context, named: NamedRecording) -> Path:
    """Where a recording lies that is complete. Raises 404, 409."""
    if named.row.ended_at is None:
        raise _running()
    try:
        path = here.store.recordings.file(named.row.path)
        if await asyncio.to_thread(path.is_file):
            return path
    except (OSError, ValueError):
        pass
    raise _gone()


def _running() -> ApiError:
    text = "This is still being recorded: stop the recording, or wait for the end of the meeting."
    return ApiError(409, "recording-running", text)


def _gone() -> ApiError:
    return ApiError(404, "recording-gone", "The file of this recording is no longer there.")


def _fields(named: NamedRecording) -> dict[str, Any]:
    return recording_fields(named.row, named.conference)


def _name(here: Context, named: NamedRecording) -> str:
    """What a saved file is called: conference, whose voice, day and time."""
    zone: ZoneInfo = zone_of(None, here.store.configuration.applied.settings.time_zone)
    when = datetime.fromtimestamp(named.row.started_at, zone).strftime("%Y-%m-%d %H.%M")
    parts = [part for part in (named.conference, named.row.participant, when) if part]
    name = " ".join(parts)
    return "".join(sign if sign.isalnum() or sign in " .-_" else "_" for sign in name)[:120] + ".wav"
