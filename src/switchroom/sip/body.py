"""Finding the session description in a message body (RFC 3261 §7.4, RFC 5621)."""

from __future__ import annotations

from switchroom.sip.compose import SDP
from switchroom.sip.grammar import find_param, parse_params
from switchroom.sip.message import Request, Response

MULTIPART = ("multipart/mixed", "multipart/alternative", "multipart/related")


def sdp_of(message: Request | Response) -> bytes | None:
    """The session description of a message, also from inside a multipart body; None when it has none.

    Raises RemoteProtocolError(400) for a Content-Type that can not be read.
    """
    if not message.body:
        return None
    kind = message.content_type
    if kind == SDP:
        return message.body
    if kind in MULTIPART:
        return _from_multipart(message.headers.get("Content-Type") or "", message.body)
    return None


def _from_multipart(content_type: str, body: bytes) -> bytes | None:
    start = content_type.find(";")
    boundary = find_param(parse_params(content_type, start), "boundary") if start > 0 else None
    if not boundary:
        return None
    parts = body.split(b"--" + boundary.encode("utf-8", "surrogateescape"), 17)
    for part in parts[1:17]:
        head, blank, content = part.partition(b"\r\n\r\n")
        if not blank:
            continue
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.strip().lower() not in (b"content-type", b"c"):
                continue
            if value.partition(b";")[0].strip().lower() == SDP.encode():
                return content.removesuffix(b"\r\n") + b"\r\n"
    return None
