"""The web app's files (built by vite into the package), and what certificate authorities ask for."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI, Request
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse, Response
from starlette.convertors import Convertor, register_url_convertor
from starlette.datastructures import Headers

from switchroom.api.errors import ApiError

BUILT = Path(__file__).resolve().parent.parent / "webapp"
INDEX, PHONE, JOIN, ELEMENT = "index.html", "phone.html", "join.html", "switchroom-phone.js"
_FOR_EVER = "public, max-age=31536000, immutable"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; media-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_OTHER_SITES = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"""Of files that `<switchroom-phone>` loads on pages of other sites: they hold nothing private."""
_COMPRESSIBLE = re.compile(r"text/.*|application/(javascript|json|manifest\+json|wasm)|image/svg\+xml")
_LEAST_COMPRESSED = 1024
_NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Switchroom</title></head>
<body><h1>Switchroom is running</h1><p>The web app is not built: run <code>make build</code>, then load this
page again. Phones and the <a href="/api/docs">API</a> work without it.</p></body></html>
"""


class _PagePath(Convertor[str]):
    """Any path that belongs to no program's interface."""

    regex = r"(?!(?:api|sip|metrics|\.well-known)(?:/|$)).*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("page", _PagePath())


@dataclass(slots=True)
class WebFile:
    """A file of the web app: its bytes as they are and, where that is worth it, compressed."""

    name: str
    content: bytes
    media_type: str
    etag: str
    encoded: dict[str, bytes] = field(default_factory=dict)
    """By content coding: br, gzip."""

    def compress(self) -> None:
        """Make the gzip variant if the build made none. Takes tens of milliseconds for a large file."""
        if (
            self.encoded
            or len(self.content) < _LEAST_COMPRESSED
            or not _COMPRESSIBLE.fullmatch(self.media_type)
        ):
            return
        self.encoded["gzip"] = gzip.compress(self.content, 9, mtime=0)


class WebFiles:
    """The built files of a folder, in memory; read anew when the folder was built anew."""

    def __init__(self, folder: Path = BUILT) -> None:
        self._folder = folder
        self._stamp: tuple[int, int] | None = None
        self._files: dict[str, WebFile] = {}

    def stale(self) -> bool:
        """Whether `read` has something to do."""
        return self._look() != self._stamp

    def read(self) -> None:
        """Read and compress everything: some megabytes at most. Not on the loop."""
        stamp = self._look()
        files = {}
        for path in sorted(self._folder.rglob("*")) if stamp else ():
            if path.is_file() and path.suffix not in (".br", ".gz", ".map"):
                files[path.relative_to(self._folder).as_posix()] = _load(path, self._folder)
        self._files, self._stamp = files, stamp

    def find(self, name: str) -> WebFile | None:
        """The file of a name within the folder, such as `assets/index-B1c2.js`."""
        return self._files.get(name)

    def _look(self) -> tuple[int, int] | None:
        try:
            found = (self._folder / INDEX).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size


def _load(path: Path, folder: Path) -> WebFile:
    content = path.read_bytes()
    kind = "text/javascript" if path.suffix in (".js", ".mjs") else mimetypes.guess_type(path.name)[0]
    etag = hashlib.sha256(content).hexdigest()[:20]
    name = path.relative_to(folder).as_posix()
    found = WebFile(name, content, kind or "application/octet-stream", f'W/"{etag}"')
    for coding, ending in (("br", ".br"), ("gzip", ".gz")):
        variant = path.with_name(path.name + ending)
        if variant.is_file():
            found.encoded[coding] = variant.read_bytes()
    found.compress()
    return found


def answer(found: WebFile, headers: Headers) -> Response:
    """A file as an answer: 304 where the browser has it, compressed where it takes that (RFC 9110)."""
    told = {"ETag": found.etag, "Vary": "Accept-Encoding", "Cache-Control": "no-cache"}
    if found.name.startswith("assets/"):
        told |= {"Cache-Control": _FOR_EVER, **_OTHER_SITES}
    elif found.name == ELEMENT:
        told |= _OTHER_SITES
    elif found.media_type == "text/html":
        told["Content-Security-Policy"] = _POLICY
    known = headers.get("if-none-match", "")
    if known == "*" or found.etag in [item.strip() for item in known.split(",")]:
        return Response(status_code=304, headers=told)
    content = found.content
    accepted = _codings(headers.get("accept-encoding", ""))
    for coding in ("br", "gzip"):
        if coding in accepted and coding in found.encoded:
            content, told["Content-Encoding"] = found.encoded[coding], coding
            break
    return Response(content, media_type=found.media_type, headers=told)


def _codings(accepted: str) -> set[str]:
    """The content codings of an Accept-Encoding header, without those of weight 0."""
    found = set()
    for item in accepted[:300].lower().split(","):
        coding, _, weight = item.partition(";")
        if not re.fullmatch(r"\s*q=0(\.0*)?\s*", weight):
            found.add(coding.strip())
    return found


def add_web_app(app: FastAPI, files: WebFiles, acme_folder: Path | None) -> None:
    """Serve the web app at every path that is nobody else's. Call it last."""
    router = APIRouter(include_in_schema=False)

    @router.get("/.well-known/acme-challenge/{token}")
    async def challenge(token: Annotated[str, InPath(pattern=r"^[A-Za-z0-9_-]{1,128}$")]) -> Response:
        """What `certbot --webroot` put there for the certificate authority (RFC 8555 §8.3)."""
        found = None if acme_folder is None else await asyncio.to_thread(read_challenge, acme_folder, token)
        if found is None:
            raise ApiError(404, "not-found", "There is no such challenge.")
        return Response(found, media_type="application/octet-stream")

    @router.api_route("/{path:page}", methods=["GET", "HEAD"])
    async def page(path: str, request: Request) -> Response:
        """A file of the web app; every other path is a page of it."""
        if files.stale():
            await asyncio.to_thread(files.read)
        found = files.find(page_of(path))
        if found is None and path.startswith("assets/"):
            raise ApiError(404, "not-found", "There is no such file: load the page again.")
        found = found or files.find(INDEX)
        if found is None:
            return HTMLResponse(_NOT_BUILT, 503, headers={"Cache-Control": "no-store"})
        response = answer(found, request.headers)
        if found.name == JOIN:  # its address is a secret: kept by nobody on the way
            response.headers["Cache-Control"] = "no-store"
            response.headers["X-Robots-Tag"] = "noindex"
        return response

    app.include_router(router)


def page_of(path: str) -> str:
    """The file behind a path: a page of its own for the phone and for guests."""
    if path.rstrip("/") == "phone":
        return PHONE
    if path.startswith("join/"):
        return JOIN
    return path or INDEX


def read_challenge(folder: Path, token: str) -> bytes | None:
    """A challenge's file (at most 4 kB); None when there is none."""
    path = folder / ".well-known" / "acme-challenge" / token
    try:
        with path.open("rb") as file:
            return file.read(4096)
    except OSError:
        return None
