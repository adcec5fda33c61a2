"""Minutes of conferences: who met when, who was there, who was called; as a list, in whole, as CSV."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Response

from switchroom.api.call_records import Short, Time, Zone
from switchroom.api.context import Context, Here, Id, plain
from switchroom.api.errors import ApiError, responses
from switchroom.api.minutes_schemas import MeetingPage, WholeMeetingView
from switchroom.api.moments import moment, zone_of
from switchroom.api.rights import Needs, Right, Session, may
from switchroom.api.session_view import session_language
from switchroom.store import MeetingFilter, MeetingRow, NotFound, RecordingRow
from switchroom.store.minutes import AttendanceRow, MeetingSummary
from switchroom.store.minutes_csv import MeetingFacts, inside, minutes_csv, waited

router = APIRouter(prefix="/api/meetings", tags=["meetings"])

Reader = Annotated[Session, Needs(Right.CONFERENCES, Right.LIVE_CONFERENCES, Right.PHONE)]
"""All meetings, or those of the rooms that one is the administrator of: see `readable`."""


def own_rooms(here: Context, who: Session) -> frozenset[str]:
    """The conferences that the session's user is the administrator of, as they are applied."""
    rooms = here.store.configuration.applied.conferences.values()
    if who.user_id is None:
        return frozenset()
    return frozenset(room.id for room in rooms if room.administrator == who.user_id)


def readable(here: Context, who: Session) -> frozenset[str] | None:
    """The conferences whose minutes the session may read; None: all."""
    if may(who, Right.CONFERENCES) or may(who, Right.LIVE_CONFERENCES):
        return None
    return own_rooms(here, who)


def hearable(here: Context, who: Session) -> frozenset[str] | None:
    """The conferences whose recordings the session may hear; None: all."""
    return None if may(who, Right.RECORDINGS) else own_rooms(here, who)


def narrowed(allowed: frozenset[str] | None, wanted: str | None) -> frozenset[str] | None:
    """What is allowed of what is wanted."""
    if wanted is None:
        return allowed
    return frozenset({wanted}) if allowed is None or wanted in allowed else frozenset()


def no_such_page() -> ApiError:
    """422."""
    text = "No page begins there: use the `next` of the page before."
    return ApiError(422, "page-unknown", text, "after")


def meeting_filter(
    here: Here,
    who: Reader,
    conference: Annotated[Short, Query(description="Id of a conference.")] = None,
    since: Annotated[Time, Query(alias="from")] = None,
    until: Annotated[Time, Query(alias="to", description="As `from`; a day is meant whole.")] = None,
    q: Annotated[Short, Query(description="Part of the name of the conference, or of who was there.")] = None,
) -> MeetingFilter:
    """The query's conditions, of what the session may read."""
    zone = zone_of(None, here.store.configuration.applied.settings.time_zone)
    return MeetingFilter(
        since=moment(since, "from", zone),
        until=moment(until, "to", zone, end=True),
        conferences=narrowed(readable(here, who), conference),
        text=q,
    )


@router.get("", response_model=MeetingPage, responses=responses())
async def list_meetings(
    here: Here,
    who: Reader,
    wanted: Annotated[MeetingFilter, Depends(meeting_filter)],
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Meetings, newest first: all, or those of the rooms that you are the administrator of."""
    try:
        found, following = await here.store.minutes.page(wanted, limit, after)
    except ValueError:
        raise no_such_page() from None
    content = {"meetings": [_summary(summary) for summary in found], "next": following}
    return Response(msgspec.json.encode(content), media_type="application/json")


@router.get("/{meeting_id}", response_model=WholeMeetingView, responses=responses(404))
async def get_meeting(meeting_id: Id, here: Here, who: Reader) -> Response:
    """One meeting: who was there from when to when, who was called, what was recorded."""
    facts = await _facts(meeting_id, here, who)
    heard = hearable(here, who)
    whole = [row for row in facts.recordings if row.attendance is None]
    people = {row.user_id or row.guest or row.extension for row in facts.attendances if row.entered_at}
    content = {
        **plain(facts.meeting),
        "people": len(people),
        "talk_seconds": sum(row.talk_seconds for row in facts.attendances),
        "recordings": len(whole),
        "attendances": [_attendance(row) for row in facts.attendances],
        "invitations": [
            _without(plain(row), "conference_id", "meeting", "call") for row in facts.invitations
        ],
        "tapes": [recording_fields(row, facts.meeting.name) for row in facts.recordings],
        "may_listen": heard is None or facts.meeting.conference_id in heard,
    }
    return Response(msgspec.json.encode(content), media_type="application/json")


@router.get(
    "/{meeting_id}/minutes.csv",
    response_class=Response,
    responses={**responses(404), 200: {"content": {"text/csv": {}}, "description": "The minutes, as CSV."}},
)
async def export_minutes(meeting_id: Id, here: Here, who: Reader, zone: Zone = None) -> Response:
    """A meeting's minutes as CSV (UTF-8), in your language, times in the system's zone or another.

    Cells that a spreadsheet would compute are made text.
    """
    place = zone_of(zone, here.store.configuration.applied.settings.time_zone)
    facts = await _facts(meeting_id, here, who)
    await here.store.audit.note(who.login.name, "minutes exported", facts.meeting.name, meeting_id)
    text = minutes_csv(facts, session_language(here, who), place)
    headers = {"Content-Disposition": 'attachment; filename="minutes.csv"'}
    return Response(text.encode(), media_type="text/csv; charset=utf-8", headers=headers)


async def _facts(meeting_id: str, here: Context, who: Session) -> MeetingFacts:
    minutes = here.store.minutes
    meeting = await minutes.get(meeting_id)
    allowed = readable(here, who)
    if meeting is None or (allowed is not None and meeting.conference_id not in allowed):
        raise NotFound("meeting of this id")
    return MeetingFacts(
        meeting,
        await minutes.attendances(meeting.id),
        await minutes.invitations(meeting),
        await here.store.recordings.of_meeting(meeting.id),
    )


def recording_fields(row: RecordingRow, conference: str) -> dict[str, Any]:
    """A recording as `RecordingView` describes it: never where it lies."""
    return {**_without(plain(row), "path"), "conference": conference}


def _summary(summary: MeetingSummary) -> dict[str, Any]:
    meeting: MeetingRow = summary.meeting
    return {
        **plain(meeting),
        "people": summary.people,
        "talk_seconds": summary.talk_seconds,
        "recordings": summary.recordings,
    }


def _attendance(row: AttendanceRow) -> dict[str, Any]:
    fields = _without(plain(row), "meeting", "conference_id", "call", "muted_by")
    return {**fields, "waited_seconds": waited(row), "seconds": inside(row)}


def _without(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}
