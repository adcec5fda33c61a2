"""The API's documentation from files of our own machine, health and metrics."""

from __future__ import annotations

import asyncio
from functools import cache
from importlib.resources import files
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from switchroom.api.context import Here, from_this_machine, not_signed_in
from switchroom.api.errors import ApiError, ErrorBody
from switchroom.api.rights import Inside
from switchroom.api.schemas import HealthCheckView, HealthView

router = APIRouter()

_ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
_DOCS = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Switchroom API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/api/docs/favicon-32x32.png">
<link rel="stylesheet" href="/api/docs/swagger-ui.css"></head>
<body><div id="docs"></div><script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script></body></html>
"""
_START = """SwaggerUIBundle({url: "/api/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis], tryItOutEnabled: true});
"""


@router.get("/api/health", tags=["system"], responses={503: {"model": HealthView}})
async def health(here: Here, response: Response, inside: Inside) -> HealthView:
    """Whether the system works; 503 when a part does not.

    Which part and what to do is told to who is signed in, and to programs on this machine.
    """
    checks = [HealthCheckView(name=c.name, ok=c.ok, message=c.message) for c in here.live.health()]
    checks.append(await _database_check(here))
    healthy = all(check.ok for check in checks)
    if not healthy:
        response.status_code = 503
    status: Literal["ok", "degraded"] = "ok" if healthy else "degraded"
    if not inside:
        return HealthView(status=status, version="", checks=[])
    return HealthView(status=status, version=here.version, checks=checks)


async def _database_check(here: Here) -> HealthCheckView:
    if await here.store.answers():
        return HealthCheckView(name="database", ok=True, message="")
    return HealthCheckView(name="database", ok=False, message="The database does not answer.")


@router.get(
    "/metrics",
    tags=["system"],
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}, 403: {"model": ErrorBody}},
)
async def metrics(request: Request, here: Here) -> Response:
    """Figures for Prometheus, for programs on this machine only."""
    if not from_this_machine(request):
        raise ApiError(403, "loopback-only", "Metrics are given to programs on the same machine only.")
    content, media_type = here.metrics()
    return Response(content, media_type=media_type)


@router.get("/api/docs", response_class=HTMLResponse, include_in_schema=False)
async def docs(inside: Inside) -> HTMLResponse:
    """The API's documentation, to read and to try."""
    _for_insiders(inside)
    return HTMLResponse(_DOCS)


@router.get("/api/openapi.json", include_in_schema=False)
async def description(request: Request, inside: Inside) -> JSONResponse:
    """The API's description, for programs. Made when it is asked for, which takes a second or two."""
    _for_insiders(inside)
    return JSONResponse(await asyncio.to_thread(request.app.openapi))


def _for_insiders(inside: bool) -> None:
    if not inside:
        raise not_signed_in()


@router.get("/api/docs/{name}", include_in_schema=False)
async def docs_asset(name: str, inside: Inside) -> Response:
    """A file of the documentation page."""
    _for_insiders(inside)
    if name == "start.js":
        return Response(_START, media_type="text/javascript")
    if name not in _ASSETS:
        raise ApiError(404, "not-found", "There is no such file.")
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(_asset(name), media_type=_ASSETS[name], headers=headers)


@cache
def _asset(name: str) -> bytes:
    folder = files("swagger_ui_bundle") / "vendor"
    versions = [entry for entry in folder.iterdir() if entry.is_dir()]
    return (versions[0] / name if versions else folder / name).read_bytes()
