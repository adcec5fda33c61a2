"""The chatter of customer records: messages, calls, activities done, and what was changed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from switchroom.api.context import Here, Id
from switchroom.api.crm_desk import Who, answer
from switchroom.api.crm_schemas import EntryPage, EntryView, MessageInput
from switchroom.api.errors import ApiError, responses
from switchroom.api.meetings import no_such_page
from switchroom.api.phone_tabs import Pages
from switchroom.crm.records import Entry, clean_text

router = APIRouter(prefix="/api/records/{record_id}", tags=["records"])


@router.get("/entries", response_model=EntryPage, responses=responses(404))
async def list_entries(
    record_id: Id,
    here: Here,
    who: Who,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=300)] = None,
) -> Response:
    """A record's chatter, newest first."""
    try:
        found, following = await here.store.customer_records.entries(record_id, limit, after)
    except ValueError:
        raise no_such_page() from None
    return answer({"entries": [_view(entry) for entry in found], "next": following})


@router.post("/messages", response_model=EntryView, status_code=201, responses=responses(404))
async def say(record_id: Id, body: MessageInput, here: Here, pages: Pages, who: Who) -> Response:
    """Write a message."""
    text = clean_text(body.text)
    if not text:
        raise ApiError(422, "text-missing", "Write something.", "text")
    entry = await here.store.customer_records.say(record_id, text, who.author)
    pages.changed("records")
    return answer(_view(entry), 201)


def _view(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at,
        "kind": entry.kind,
        "author": entry.author,
        "author_name": entry.author_name,
        "text": entry.text,
        "data": entry.data,
    }
