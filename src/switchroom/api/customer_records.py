"""Records of customers: opportunities, tasks and tickets, on boards and in lists (S2-10, S2-12).

Everything acts at once and is in no revision.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Response

from switchroom.api.context import Here, Id
from switchroom.api.crm_desk import (
    Colleague,
    Who,
    activity_view,
    answer,
    known_user,
    record_view,
    record_views,
    stage_view,
    tell_activities,
    today_of,
)
from switchroom.api.crm_schemas import (
    ActivityView,
    BoardView,
    RecordInput,
    RecordMove,
    RecordPage,
    RecordPatch,
    RecordPerson,
    RecordView,
)
from switchroom.api.errors import ApiError, responses
from switchroom.api.meetings import no_such_page
from switchroom.api.phone_tabs import Pages
from switchroom.api.versions import Overtaken, Seen, changed_meanwhile, refuse_changed
from switchroom.crm.contacts import ContactId
from switchroom.crm.records import App, Record, StageId, clean_text, clean_title, title_problem
from switchroom.store import NotFound
from switchroom.store.records_board import RecordFilter, RecordSort

router = APIRouter(prefix="/api/records", tags=["records"])

Words = Annotated[
    str, Query(max_length=200, description="Words of the title, of the contact, or the record's number.")
]
Short = Annotated[str | None, Query(max_length=64)]


@router.get("", response_model=RecordPage, responses=responses())
async def list_records(
    here: Here,
    who: Who,
    app: Annotated[App | None, Query()] = None,
    q: Words = "",
    stage: Short = None,
    owner: Short = None,
    contact: Short = None,
    open: Annotated[bool | None, Query(description="Only what is not over yet, or only what is.")] = None,
    sort: Annotated[
        str | None,
        Query(
            pattern="^-?(number|title|contact|stage|changed)$",
            description="With a minus: the other way round.",
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=600)] = None,
) -> Response:
    """Records, the newest first; of one stage in the order of its board; or by `sort`."""
    wanted = RecordFilter(app, q, stage, owner, contact, open)
    kept = here.store.customer_records
    try:
        if sort is None:
            found, following = await kept.page(wanted, limit, after)
        else:
            by = RecordSort(sort.removeprefix("-"))
            found, following = await kept.sorted_page(wanted, by, sort.startswith("-"), limit, after)
    except ValueError:
        raise no_such_page() from None
    return answer({"records": await record_views(here, who, found), "next": following})


@router.get("/board", response_model=BoardView, responses=responses())
async def get_board(
    here: Here, who: Who, app: Annotated[App, Query()], q: Words = "", owner: Short = None
) -> Response:
    """A board: its stages, of each the first 100 records that fit, and how many there are of them."""
    board = await here.store.customer_records.board(RecordFilter(app, q, owner=owner))
    content = {
        "stages": [stage_view(stage) for stage in board.stages],
        "records": await record_views(here, who, board.records),
        "counts": dict(board.counts),
    }
    return answer(content)


@router.get("/people", response_model=list[RecordPerson], responses=responses())
async def list_people(here: Here, who: Who) -> Response:
    """Who can own a record and be given an activity, by name."""
    users = sorted(
        here.store.configuration.applied.users.values(),
        key=lambda user: (user.name.casefold(), user.extension),
    )
    return answer([{"id": user.id, "name": user.name, "extension": user.extension} for user in users])


@router.post("", response_model=RecordView, status_code=201, responses=responses())
async def add_record(body: RecordInput, here: Here, pages: Pages, who: Who) -> Response:
    """A new record, on top of its stage."""
    record = await here.store.customer_records.add(
        body.app,
        _title(body.title),
        who.author,
        stage=body.stage_id,
        contact=body.contact_id,
        owner=None if body.owner is None else known_user(here, body.owner, "owner"),
        description=clean_text(body.description),
    )
    pages.changed("records")
    return answer(await record_view(here, who, record), 201)


@router.get("/{record_id}", response_model=RecordView, responses=responses(404))
async def get_record(record_id: Id, here: Here, who: Who) -> Response:
    """One record."""
    return answer(await record_view(here, who, await here.store.customer_records.get(record_id)))


@router.patch("/{record_id}", response_model=RecordView, responses=responses(404, 409))
async def change_record(
    record_id: Id, body: RecordPatch, here: Here, pages: Pages, who: Who, seen: Seen
) -> Response:
    """Change a record: the fields that are named. 409 `changed-meanwhile`: see `If-Match`."""
    named = body.model_fields_set
    title = _title(body.title) if "title" in named else None
    owner = known_user(here, body.owner, "owner") if body.owner is not None else None

    def change(now: Record) -> Record:
        refuse_changed(now.changed_at, seen)
        contact = ContactId(body.contact_id) if body.contact_id is not None else None
        return replace(
            now,
            title=now.title if title is None else title,
            stage=StageId(body.stage_id) if "stage_id" in named else now.stage,
            contact=contact if "contact_id" in named else now.contact,
            owner=owner if "owner" in named else now.owner,
            description=clean_text(body.description) if "description" in named else now.description,
        )

    try:
        record = await here.store.customer_records.change(record_id, change, who.author)
    except Overtaken:
        present = await here.store.customer_records.get(record_id)
        raise changed_meanwhile(await record_view(here, who, present)) from None
    pages.changed("records")
    return answer(await record_view(here, who, record))


@router.post("/{record_id}/move", response_model=RecordView, responses=responses(404))
async def move_record(record_id: Id, body: RecordMove, here: Here, pages: Pages, who: Who) -> Response:
    """Drop a record on its board: above another one, or at the end of a stage."""
    record = await here.store.customer_records.move(record_id, body.stage_id, body.before, who.author)
    pages.changed("records")
    return answer(await record_view(here, who, record))


@router.delete("/{record_id}", status_code=204, responses=responses(404))
async def remove_record(record_id: Id, here: Here, pages: Pages, who: Who) -> Response:
    """Delete a record, with its chatter and what is planned on it."""
    record = await here.store.customer_records.remove(record_id)
    subject = f"{record.app} #{record.number}: {record.title}"
    await here.store.audit.note(who.session.login.name, "record deleted", subject, record.id)
    pages.changed("records")
    pages.changed("activities")
    return Response(status_code=204)


@router.post(
    "/{record_id}/call",
    response_model=ActivityView,
    status_code=201,
    responses={**responses(404, 409), 200: {"model": ActivityView, "description": "There is one already."}},
)
async def queue_call(record_id: Id, here: Here, pages: Pages, me: Colleague) -> Response:
    """Add a call of today to one's Next activities; the same again answers the one there is."""
    call, new = await here.store.activities.queue_call(record_id, me.id, today_of(here, me.id))
    if new:
        tell_activities(pages, call)
    return answer(await activity_view(here, call), 201 if new else 200)


@router.delete("/{record_id}/call", status_code=204, responses=responses(404, 409))
async def unqueue_call(record_id: Id, here: Here, pages: Pages, me: Colleague) -> Response:
    """Take one's calls on a record that are due today or before out of the queue; else one's next one."""
    cancelled = await here.store.activities.unqueue_calls(record_id, me.id, today_of(here, me.id))
    if not cancelled:
        raise NotFound("call of yours on this record")
    tell_activities(pages, *cancelled)
    return Response(status_code=204)


def _title(text: str) -> str:
    """One line. Raises 422 for an empty one."""
    problem = title_problem(text)
    if problem is not None:
        raise ApiError(422, problem.error_id, problem.message, problem.path)
    return clean_title(text)
