"""One's own calls: the phone's list (C3-01)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Response

from switchroom.api.context import Here
from switchroom.api.errors import ApiError, responses
from switchroom.api.phone_desk import Me, feature_name, is_internal, names_of
from switchroom.api.phone_schemas import RecentView
from switchroom.directory import ConferenceId, Snapshot, UserId
from switchroom.directory.number_plan import FEATURES, WITHHELD
from switchroom.directory.typed import TypedKind, read_typed
from switchroom.store import CallRow, recent_calls
from switchroom.store.records import call_seconds, call_state

router = APIRouter(prefix="/api/phone", tags=["phone"])


@dataclass(frozen=True, slots=True)
class _Other:
    """The other side of a call."""

    number: str
    shown: str
    dial: str | None
    name: str | None
    """From the configuration; None: look the number up, and then take `display`."""
    display: str | None


@router.get("/recent", response_model=RecentView, responses=responses(403, 409))
async def list_recent(
    here: Here,
    me: Me,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """The calls one made and received, newest first."""
    try:
        rows, following = await recent_calls(here.store.database, me.user.id, limit, after)
    except ValueError:
        text = "No page begins there: use the `next` of the page before."
        raise ApiError(422, "page-unknown", text, "after") from None
    snapshot = here.store.configuration.applied
    others = [_other(row, me.user.id, snapshot) for row in rows]
    names = await names_of(here, {other.dial for other in others if other.dial and other.name is None})
    calls = [
        _view(row, other, me.user.id, names.get(other.dial or ""))
        for row, other in zip(rows, others, strict=True)
    ]
    return Response(msgspec.json.encode({"calls": calls, "next": following}), media_type="application/json")


def _other(row: CallRow, user_id: str, snapshot: Snapshot) -> _Other:
    """Who was on the other side. People are called by the extension they have now."""
    if row.conference_id is not None and (row.callee_user is None or row.callee_user == user_id):
        room = snapshot.conferences.get(ConferenceId(row.conference_id))
        if room is None:
            return _Other(row.dialled, row.dialled, None, row.callee_display, None)
        server = snapshot.conference_server
        dial = room.extension or (server.extension if server is not None else None)
        return _Other(dial or row.dialled, dial or row.dialled, dial, room.name, None)
    if row.caller_user == user_id:
        who, number, display = row.callee_user, row.callee_extension or row.dialled, row.callee_display
    else:
        who, number, display = row.caller_user, row.caller_extension or "", row.caller_display
    user = snapshot.users.get(UserId(who)) if who is not None else None
    if user is not None:
        return _Other(user.extension, user.extension, user.extension, user.name or display, None)
    if number == WITHHELD:
        return _Other("", "", None, None, display)
    internal = partial(is_internal, snapshot)
    typed = read_typed(number, snapshot.settings.country, internal, FEATURES)
    if typed.kind is TypedKind.FEATURE:
        return _Other(number, number, number, feature_name(number), None)
    if typed.kind is TypedKind.REFUSED:
        return _Other(number, number, None, None, display)
    return _Other(typed.dial, typed.shown, typed.dial, None, display)


def _view(row: CallRow, other: _Other, user_id: str, found: str | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "direction": "out" if row.caller_user == user_id else "in",
        "state": call_state(row),
        "name": other.name or found or other.display or None,
        "number": other.number,
        "shown": other.shown,
        "dial": other.dial,
        "started_at": row.started_at,
        "seconds": call_seconds(row) or 0.0,
        "conference_id": row.conference_id,
    }
