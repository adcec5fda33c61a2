"""The API's documentation from files of our own machine, health and metrics."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from switchroom.api.context import Here
from switchroom.api.errors import ApiError, ErrorBody
from switchroom.api.limits import is_loopback
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
async def health(here: Here, response: Response) -> HealthView:
    """Whether the system works, part by part; 503 when a part does not. Needs no sign-in."""
    checks = [HealthCheckView(name=c.name, ok=c.ok, message=c.message) for c in here.live.health()]
    checks.append(await _database_check(here))
    healthy = all(check.ok for check in checks)
    if not healthy:
        response.status_code = 503
    return HealthView(status="ok" if healthy else "degraded", version=here.version, checks=checks)


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
    forwarded = any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip"))
    # A page may name this machine by a host name of its own (DNS rebinding): such a name is none of ours.
    asked = (request.url.hostname or "").strip("[]")
    named = asked == "localhost" or is_loopback(asked)
    if forwarded or not named or not is_loopback(request.client.host if request.client else None):
        raise ApiError(403, "loopback-only", "Metrics are given to programs on the same machine only.")
    content, media_type = here.metrics()
    return Response(content, media_type=media_type)


@router.get("/api/docs", response_class=HTMLResponse, include_in_schema=False)
async def docs() -> HTMLResponse:
    """The API's documentation, to read and to try."""
    return HTMLResponse(_DOCS)


@router.get("/api/docs/{name}", include_in_schema=False)
async def docs_asset(name: str) -> Response:
    """A file of the documentation page."""
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
