"""Every refusal as JSON: a stable `error_id`, the field where there is one, a sentence to act on."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from switchroom.directory import Problem
from switchroom.store import Conflict, InvalidConfiguration, NotFound, StaleBase, StoreUnavailable
from switchroom.store.activities import ActivityOver
from switchroom.store.configuration import entry_version
from switchroom.store.errors import ChangedMeanwhile, InUse, LastAdministrator

log = logging.getLogger(__name__)


class ProblemView(BaseModel):
    """What keeps a draft from being applied, or a form from being saved."""

    path: str = Field(description="Where: `conferences/<id>/access_code`.")
    field: str
    error_id: str
    message: str
    values: dict[str, str] = Field(default={}, description="What the message tells: for other languages.")


class BlockerView(BaseModel):
    """Something that has to go first."""

    kind: Literal["conference", "number", "ring_group", "group", "mailbox", "user", "settings"]
    id: str
    name: str


class ErrorBody(BaseModel):
    """What every refused request gets."""

    error_id: str = Field(description="Stable: programs may rely on it.")
    field: str | None = None
    message: str
    problems: list[ProblemView] = []
    current_revision: int | None = Field(default=None, description="With `configuration-stale`.")
    current: dict[str, Any] | None = Field(
        default=None, description="With `changed-meanwhile`: the entry as it is now; null when it is gone."
    )
    blocked_by: list[BlockerView] = Field(
        default=[], description="With `server-in-use` and `in-use`: in the order to go."
    )
    inside: int | None = Field(default=None, description="With `conference-in-use`: how many are in it.")
    changed_by: str | None = Field(default=None, description="With `changed-meanwhile`.")
    changed_at: float | None = Field(default=None, description="With `changed-meanwhile`.")


class ApiError(Exception):
    """A request that is refused."""

    def __init__(
        self,
        status: int,
        error_id: str,
        message: str,
        field: str | None = None,
        *,
        problems: Sequence[ProblemView] = (),
        current_revision: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers
        self.body = ErrorBody(
            error_id=error_id,
            field=field,
            message=message,
            problems=list(problems),
            current_revision=current_revision,
        )


_REFUSAL = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}}}
"""By reference: a model at each of a thousand places is a fifth of a start. `/metrics` brings the model."""


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For the API's description: these statuses carry an error body, besides those always possible."""
    return dict.fromkeys(sorted({401, 403, 413, 422, 503, *statuses}), _REFUSAL)


def problem_views(problems: Sequence[Problem]) -> list[ProblemView]:
    """Problems as the API shows them."""
    return [
        ProblemView(
            path=p.path,
            field=p.path.rsplit("/", 1)[-1],
            error_id=p.error_id,
            message=p.message,
            values=dict(p.values),
        )
        for p in problems
    ]


def blocker_views(found: Sequence[tuple[str, str, str]]) -> list[BlockerView]:
    """(part, id, name) of each, as the API shows them."""
    return [BlockerView(kind=_BLOCKERS[part], id=key, name=name) for part, key, name in found]


_BLOCKERS: dict[
    str, Literal["conference", "number", "ring_group", "group", "mailbox", "user", "settings"]
] = {
    "conferences": "conference",
    "numbers": "number",
    "ring_groups": "ring_group",
    "groups": "group",
    "mailboxes": "mailbox",
    "users": "user",
    "settings": "settings",
}


def add_handlers(app: FastAPI) -> None:
    """Turn every exception into an answer."""

    @app.exception_handler(ApiError)
    async def refused(_request: Request, error: ApiError) -> JSONResponse:
        return _answer(error)

    @app.exception_handler(NotFound)
    async def not_found(_request: Request, error: NotFound) -> JSONResponse:
        return _answer(ApiError(404, "not-found", str(error)))

    @app.exception_handler(Conflict)
    async def conflict(_request: Request, error: Conflict) -> JSONResponse:
        return _answer(ApiError(409, "taken", str(error), error.field))

    @app.exception_handler(InUse)
    async def in_use(_request: Request, error: InUse) -> JSONResponse:
        refusal = ApiError(409, error.error_id, str(error))
        refusal.body.blocked_by = blocker_views(error.blocked_by)
        return _answer(refusal)

    @app.exception_handler(ActivityOver)
    async def activity_over(_request: Request, error: ActivityOver) -> JSONResponse:
        return _answer(ApiError(409, "activity-over", str(error)))

    @app.exception_handler(LastAdministrator)
    async def last_administrator(_request: Request, error: LastAdministrator) -> JSONResponse:
        return _answer(ApiError(409, "last-administrator", str(error)))

    @app.exception_handler(StaleBase)
    async def stale(_request: Request, error: StaleBase) -> JSONResponse:
        refusal = ApiError(409, "configuration-stale", str(error), current_revision=error.current)
        return _answer(refusal)

    @app.exception_handler(ChangedMeanwhile)
    async def changed(_request: Request, error: ChangedMeanwhile) -> JSONResponse:
        refusal = ApiError(409, "changed-meanwhile", str(error))
        refusal.body.changed_by, refusal.body.changed_at = error.author, error.time
        if error.entry is not None:
            version = entry_version(error.entry)
            refusal.body.current = {**asdict(error.entry), "version": version, "pending": error.pending}
        return _answer(refusal)

    @app.exception_handler(InvalidConfiguration)
    async def invalid(_request: Request, error: InvalidConfiguration) -> JSONResponse:
        views = problem_views(error.problems)
        first = views[0]
        refusal = ApiError(422, first.error_id, first.message, first.field, problems=views)
        return _answer(refusal)

    @app.exception_handler(RequestValidationError)
    async def malformed(_request: Request, error: RequestValidationError) -> JSONResponse:
        views = [_validation_view(item) for item in error.errors()[:50]]
        first = views[0]
        return _answer(ApiError(422, "invalid", first.message, first.field, problems=views))

    @app.exception_handler(HTTPException)
    async def http_error(_request: Request, error: HTTPException) -> JSONResponse:
        names = {404: "not-found", 405: "method-not-allowed"}
        error_id = names.get(error.status_code, f"http-{error.status_code}")
        headers = dict(error.headers) if error.headers else None
        return _answer(ApiError(error.status_code, error_id, str(error.detail), headers=headers))

    @app.exception_handler(StoreUnavailable)
    @app.exception_handler(SQLAlchemyError)
    async def unavailable(_request: Request, error: Exception) -> JSONResponse:
        log.error("the database failed: %s", str(getattr(error, "orig", None) or error).split("\n", 1)[0])
        text = "The database does not answer. Calls go on; try again in a moment."
        return _answer(ApiError(503, "database-unavailable", text, headers={"Retry-After": "5"}))

    @app.exception_handler(Exception)
    async def failed(_request: Request, error: Exception) -> JSONResponse:
        return _answer(ApiError(500, "internal", "Switchroom made a mistake. The log says more."))


def _answer(error: ApiError) -> JSONResponse:
    content = jsonable_encoder(error.body, exclude_none=False)
    return JSONResponse(content, status_code=error.status, headers=error.headers)


def _validation_view(item: Any) -> ProblemView:
    place = [str(part) for part in item.get("loc", ())]
    where = place[1:] if place[:1] and place[0] in ("body", "query", "path", "header") else place
    field = where[-1] if where and not where[-1].isdigit() else (where[0] if where else "body")
    message = str(item.get("msg", "is not valid"))
    if item.get("type") == "json_invalid":
        field, message = "body", "The body is not JSON."
    return ProblemView(path="/".join(where), field=_clean(field), error_id="invalid", message=_clean(message))


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()[:300]
