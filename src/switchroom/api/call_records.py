"""Call records: pages for people, CSV for spreadsheets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse

from switchroom.api.context import Here, Id, plain
from switchroom.api.errors import ApiError, responses
from switchroom.api.moments import moment, zone_of
from switchroom.api.rights import Needs, Right, Session, may
from switchroom.api.schemas import CallRecordPage, CallRecordView
from switchroom.api.session_view import session_language
from switchroom.store import CallRow, NotFound, RecordFilter, csv_chunks
from switchroom.store.records import CallState, call_seconds, call_state

router = APIRouter(prefix="/api", tags=["call records"])

Caller = Annotated[Session, Needs(Right.CALL_LOG, Right.PHONE)]
"""Everybody's records, or one's own: see `readable`."""

Time = Annotated[
    str | None,
    Query(
        max_length=40, description="Seconds since 1970, or 2026-11-21, or 2026-11-21T14:00 (system's zone)."
    ),
]
Short = Annotated[str | None, Query(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
Zone = Annotated[str | None, Query(max_length=64, description="IANA name of the zone times are written in.")]


def record_filter(
    here: Here,
    since: Annotated[Time, Query(alias="from")] = None,
    until: Annotated[Time, Query(alias="to", description="As `from`; a day is meant whole.")] = None,
    direction: Annotated[Literal["internal", "incoming", "outgoing"] | None, Query()] = None,
    kind: Annotated[Literal["call", "conference", "echo", "refused"] | None, Query()] = None,
    state: Annotated[CallState | None, Query()] = None,
    q: Annotated[Short, Query(description="Part of a name, an extension or what was dialled.")] = None,
    user: Annotated[Short, Query(description="Id of a user, on either side.")] = None,
    extension: Short = None,
    conference_id: Short = None,
    end_cause: Short = None,
) -> RecordFilter:
    """The query's conditions: all must hold."""
    zone = zone_of(None, here.store.configuration.applied.settings.time_zone)
    return RecordFilter(
        since=moment(since, "from", zone),
        until=moment(until, "to", zone, end=True),
        extension=extension,
        user_id=user,
        conference_id=conference_id,
        kind=kind,
        end_cause=end_cause,
        direction=direction,
        state=state,
        text=q,
    )


def readable(who: Caller, wanted: Annotated[RecordFilter, Depends(record_filter)]) -> RecordFilter:
    """The conditions with what the session may read: without the right `call_log`, its own calls only."""
    if may(who, Right.CALL_LOG):
        return wanted
    if who.user_id is None or wanted.user_id not in (None, who.user_id):
        raise ApiError(403, "not-allowed", "Your role shows you your own calls only.", "user")
    return replace(wanted, user_id=who.user_id)


Wanted = Annotated[RecordFilter, Depends(readable)]


@router.get("/call-records", response_model=CallRecordPage, responses=responses())
async def list_call_records(
    here: Here,
    who: Caller,
    wanted: Wanted,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Call records, newest first."""
    try:
        rows, following = await here.store.records.page(wanted, limit, after)
    except ValueError:
        text = "No page begins there: use the `next` of the page before."
        raise ApiError(422, "page-unknown", text, "after") from None
    content = msgspec.json.encode({"records": [_fields(row) for row in rows], "next": following})
    return Response(content, media_type="application/json")


@router.get(
    "/call-records.csv",
    response_class=StreamingResponse,
    responses={**responses(), 200: {"content": {"text/csv": {}}, "description": "All records, as CSV."}},
)
async def export_call_records(
    here: Here, who: Caller, wanted: Wanted, zone: Zone = None
) -> StreamingResponse:
    """All records that match, as CSV (UTF-8), times in the system's zone or another.

    The headings are in your language. Cells that a spreadsheet would compute are made text.
    """
    place = zone_of(zone, here.store.configuration.applied.settings.time_zone)
    await here.store.audit.note(who.login.name, "call records exported", "")
    store, language = here.store, session_language(here, who)
    chunks: AsyncIterator[str] = csv_chunks(store.database, store.offload, wanted, language, place.key)
    headers = {"Content-Disposition": 'attachment; filename="call-records.csv"'}
    return StreamingResponse(chunks, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/call-records/{record_id}", response_model=CallRecordView, responses=responses(404))
async def get_call_record(record_id: Id, here: Here, who: Caller) -> Response:
    """One call record."""
    row = await here.store.records.get(record_id)
    own = row is not None and who.user_id is not None and who.user_id in (row.caller_user, row.callee_user)
    if row is None or not (own or may(who, Right.CALL_LOG)):
        raise NotFound("call record of this id")
    return Response(msgspec.json.encode(_fields(row)), media_type="application/json")


def _fields(row: CallRow) -> dict[str, object]:
    """A record as `CallRecordView` describes it; its quality is JSON already."""
    return {
        **plain(row),
        "state": call_state(row),
        "seconds": call_seconds(row),
        "quality": msgspec.Raw((row.quality or "[]").encode()),
    }
