"""The page at `/`, the API's documentation from files of our own machine, health and metrics."""

from __future__ import annotations

import html
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from string import Template

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


@router.get("/", response_class=HTMLResponse, include_in_schema=False)
async def root(request: Request, here: Here) -> HTMLResponse:
    """What this is, and how a phone registers, in the browser's language."""
    language = preferred(request.headers.get("accept-language", ""))
    settings = here.store.configuration.applied.settings
    host = request.url.hostname or "localhost"
    page = status_page(language, settings.name, here.version, host, here.sip_ports)
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    return HTMLResponse(page, headers=headers)


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
    if forwarded or not is_loopback(request.client.host if request.client else None):
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


def preferred(accept: str) -> str:
    """The language of ours that an Accept-Language header likes best (RFC 9110 §12.5.4), else English."""
    best, weight = "en", 0.0
    for item in accept[:500].split(","):
        tag, _, parameters = item.strip().partition(";")
        language = tag.split("-", 1)[0].strip().lower()
        try:
            quality = float(parameters.strip().removeprefix("q=") or 1.0)
        except ValueError:
            quality = 0.0
        if language in _WORDS and weight < quality <= 1.0:
            best, weight = language, quality
    return best


def _ports(plain: int, tls: int) -> list[str]:
    """The transports and their ports, as one types them into a phone."""
    return [f"UDP {plain}", f"TCP {plain}"] + ([f"TLS {tls}"] if tls else [])


def status_page(language: str, name: str, version: str, host: str, sip_ports: tuple[int, int]) -> str:
    """The page at `/`, self-contained."""
    words = _WORDS[language]
    shown = f"[{host}]" if ":" in host else host
    values: dict[str, str] = {
        "language": language,
        "name": html.escape(name),
        "version": html.escape(version),
        "host": html.escape(shown),
        "ports": ", ".join(_ports(*sip_ports)),
    }
    return Template(_PAGE).substitute({**values, **words})


_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "running": "The phone system is running.",
        "phone": "Register a phone",
        "step1": "In the phone's account settings, enter:",
        "server": "Server or domain",
        "user": "User name",
        "user_value": "the extension, such as 201",
        "password": "Password",
        "password_value": "the device's secret, shown once when it was made",
        "transport": "Transport, port",
        "step2": "Then call another extension, or the number of a conference.",
        "lost": "A secret is lost? An administrator makes a new one: "
        "<code>switchroom user reset-secret 201</code>.",
        "programs": "For programs",
        "docs": "API documentation",
        "health": "Health",
        "version_word": "Version",
    },
    "fr": {
        "running": "Le système téléphonique fonctionne.",
        "phone": "Enregistrer un téléphone",
        "step1": "Dans les réglages du compte du téléphone, saisissez :",
        "server": "Serveur ou domaine",
        "user": "Nom d’utilisateur",
        "user_value": "le numéro interne, par exemple 201",
        "password": "Mot de passe",
        "password_value": "le secret de l’appareil, affiché une seule fois à sa création",
        "transport": "Transport, port",
        "step2": "Appelez ensuite un autre numéro interne ou celui d’une conférence.",
        "lost": "Secret perdu ? Un administrateur en crée un nouveau : "
        "<code>switchroom user reset-secret 201</code>.",
        "programs": "Pour les programmes",
        "docs": "Documentation de l’API",
        "health": "État de santé",
        "version_word": "Version",
    },
    "it": {
        "running": "Il sistema telefonico è in funzione.",
        "phone": "Registrare un telefono",
        "step1": "Nelle impostazioni dell’account del telefono, inserire:",
        "server": "Server o dominio",
        "user": "Nome utente",
        "user_value": "il numero interno, per esempio 201",
        "password": "Password",
        "password_value": "il segreto del dispositivo, mostrato una sola volta alla creazione",
        "transport": "Trasporto, porta",
        "step2": "Poi chiamare un altro interno o il numero di una conferenza.",
        "lost": "Segreto smarrito? Un amministratore ne crea uno nuovo: "
        "<code>switchroom user reset-secret 201</code>.",
        "programs": "Per i programmi",
        "docs": "Documentazione dell’API",
        "health": "Stato di salute",
        "version_word": "Versione",
    },
}

_PAGE = """<!doctype html>
<html lang="$language"><head><meta charset="utf-8"><title>$name</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>
:root { --ink: #1c2430; --soft: #5a6675; --page: #f4f6f9; --card: #ffffff; --line: #dde3ea; --accent: #0f6b5c;
  --good: #12805c;
}
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf3; --soft: #9fadbd; --page: #12171e;
  --card: #1b222c; --line: #2e3947; --accent: #5cc8b2; --good: #4fc79a; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 40rem; margin: 0 auto; padding: 48px 16px; }
header { display: flex; align-items: center; gap: 16px; margin-bottom: 24px; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.125rem; margin: 0 0 8px; }
p { margin: 0 0 8px; }
.state { color: var(--soft); margin: 0; }
.state::before { content: ""; display: inline-block; width: 10px; height: 10px; border-radius: 50%;
  background: var(--good); margin-inline-end: 8px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 24px;
  margin-bottom: 16px; }
dl { display: grid; grid-template-columns: minmax(8rem, auto) 1fr; gap: 8px 16px; margin: 16px 0; }
dt { color: var(--soft); } dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
code { font: 0.9em ui-monospace, "DejaVu Sans Mono", monospace; background: var(--page); border-radius: 4px;
  padding: 2px 4px; }
a { color: var(--accent); display: inline-block; padding: 10px 16px 10px 0; }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
footer { color: var(--soft); font-size: 0.875rem; font-variant-numeric: tabular-nums; }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 8px; } }
</style></head>
<body><main>
<header><svg width="48" height="48" viewBox="0 0 48 48" aria-hidden="true">
<rect width="48" height="48" rx="12"
 fill="var(--accent)"/><g fill="none" stroke="var(--card)" stroke-width="3" stroke-linecap="round">
<path d="M12 16h8l8 16h8M12 32h8l3-6M28 16h8"/></g></svg>
<div><h1>$name</h1><p class="state">$running</p></div></header>
<section><h2>$phone</h2><p>$step1</p>
<dl><dt>$server</dt><dd>$host</dd><dt>$user</dt><dd>$user_value</dd><dt>$password</dt><dd>$password_value</dd>
<dt>$transport</dt><dd>$ports</dd></dl>
<p>$step2</p><p>$lost</p></section>
<section><h2>$programs</h2><a href="/api/docs">$docs</a><a href="/api/health">$health</a></section>
<footer>Switchroom &middot; $version_word $version</footer>
</main></body></html>
"""
