"""Who changed what, when: pages for people, CSV for spreadsheets."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse

from switchroom.api.call_records import Short, Time, Zone
from switchroom.api.context import Here, plain
from switchroom.api.errors import responses
from switchroom.api.moments import moment, zone_of
from switchroom.api.rights import Needs, Right, Session
from switchroom.api.schemas import AuditPage
from switchroom.store.audit import AuditFilter
from switchroom.store.export import audit_chunks
from switchroom.store.rows import encode

router = APIRouter(prefix="/api", tags=["audit"])
Auditor = Annotated[Session, Needs(Right.AUDIT)]


def audit_filter(
    here: Here,
    since: Annotated[Time, Query(alias="from")] = None,
    until: Annotated[Time, Query(alias="to", description="As `from`; a day is meant whole.")] = None,
    who: Annotated[Short, Query(description="Name of a login.")] = None,
    action: Short = None,
    q: Annotated[Short, Query(description="Part of who, action, subject or detail.")] = None,
) -> AuditFilter:
    """The query's conditions: all must hold."""
    zone = zone_of(None, here.store.configuration.applied.settings.time_zone)
    return AuditFilter(moment(since, "from", zone), moment(until, "to", zone, end=True), who, action, q)


Wanted = Annotated[AuditFilter, Depends(audit_filter)]


@router.get("/audit", response_model=AuditPage, responses=responses(403))
async def list_audit(
    here: Here,
    session: Auditor,
    wanted: Wanted,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    after: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """What was done: sign-ins, saves, applied changes, secrets, hang-ups; newest first."""
    entries, following = await here.store.audit.page(wanted, limit, after)
    content = encode({"entries": [plain(entry) for entry in entries], "next": following})
    return Response(content, media_type="application/json")


@router.get(
    "/audit.csv",
    response_class=StreamingResponse,
    responses={**responses(403), 200: {"content": {"text/csv": {}}, "description": "All acts, as CSV."}},
)
async def export_audit(here: Here, session: Auditor, wanted: Wanted, zone: Zone = None) -> StreamingResponse:
    """All acts that match, as CSV (UTF-8). Cells that a spreadsheet would compute are made text."""
    place = zone_of(zone, here.store.configuration.applied.settings.time_zone)
    await here.store.audit.note(session.login.name, "audit list exported", "")
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    chunks = audit_chunks(here.store.audit, wanted, place)
    return StreamingResponse(chunks, media_type="text/csv; charset=utf-8", headers=headers)
