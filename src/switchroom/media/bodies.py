"""The session description inside a message body: plain, or one part of a multipart (RFC 5621, RFC 2046)."""

from __future__ import annotations

import re
from typing import Final

MAX_PARTS: Final = 16
MAX_DEPTH: Final = 3

_BOUNDARY: Final = re.compile(r';\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))', re.IGNORECASE)


def extract(content_type: str | None, body: bytes) -> bytes | None:
    """Return the session description of a body, or None where it has none.

    Of a multipart body (mixed, alternative, related, nested up to `MAX_DEPTH`) the first application/sdp part
    that is meant for the session counts (Content-Disposition session, or none).
    """
    return _extract(content_type or "", body, MAX_DEPTH)


def _extract(content_type: str, body: bytes, depth: int) -> bytes | None:
    kind = content_type.split(";", 1)[0].strip().lower()
    if kind == "application/sdp":
        return body if body.strip() else None
    if not kind.startswith("multipart/") or depth == 0:
        return None
    match = _BOUNDARY.search(content_type)
    if match is None:
        return None
    boundary = re.sub(r"\\(.)", r"\1", match[1]) if match[1] is not None else match[2]
    if not 1 <= len(boundary) <= 70:
        return None
    for part in _parts(body, boundary):
        headers, content = _split_part(part)
        if headers.get("content-disposition", "session").split(";", 1)[0].strip().lower() != "session":
            continue
        found = _extract(headers.get("content-type", ""), content, depth - 1)
        if found is not None:
            return found
    return None


def _parts(body: bytes, boundary: str) -> list[bytes]:
    """Split at the boundary lines; preamble and epilogue are dropped."""
    delimiter = re.compile(
        rb"(?:^|\r?\n)--" + re.escape(boundary.encode("utf-8")) + rb"(--)?[ \t]*(?=\r?\n|$)"
    )
    parts: list[bytes] = []
    start: int | None = None
    for match in delimiter.finditer(body):
        if start is not None:
            parts.append(body[start : match.start()])
        start = match.end()
        if match[1] or len(parts) >= MAX_PARTS:
            break
    return parts


def _split_part(part: bytes) -> tuple[dict[str, str], bytes]:
    """Split a part into its headers (names in lower case) and its content."""
    part = part.removeprefix(b"\r").removeprefix(b"\n")
    if part.startswith((b"\r\n", b"\n")):
        return {}, part.lstrip(b"\r\n")
    match = re.search(rb"\r?\n\r?\n", part)
    if match is None:
        return {}, b""
    head = part[: match.start()].decode("utf-8", "replace")
    headers: dict[str, str] = {}
    for line in re.sub(r"\r?\n[ \t]+", " ", head).splitlines():
        name, _, value = line.partition(":")
        headers.setdefault(
            {"c": "content-type"}.get(name.strip().lower(), name.strip().lower()), value.strip()
        )
    return headers, part[match.end() :]
