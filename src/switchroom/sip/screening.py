"""What is looked at in every new request before anybody is asked (RFC 3261 §8.2)."""

from __future__ import annotations

from switchroom.sip.body import MULTIPART
from switchroom.sip.compose import SDP
from switchroom.sip.config import EndpointConfig
from switchroom.sip.errors import RemoteProtocolError
from switchroom.sip.header_names import REASONS
from switchroom.sip.message import Request

METHODS = frozenset(
    (
        "INVITE",
        "ACK",
        "CANCEL",
        "BYE",
        "REGISTER",
        "OPTIONS",
        "PRACK",
        "UPDATE",
        "INFO",
        "SUBSCRIBE",
        "NOTIFY",
        "REFER",
        "MESSAGE",
        "PUBLISH",
    )
)
"""Methods with a meaning to somebody: one of these that we do not take gets 405, any other 501."""

SCHEMES = ("sip:", "sips:", "tel:")


def screen(request: Request, config: EndpointConfig) -> None:
    """Raises RemoteProtocolError with the status of the first thing wrong, in the order of RFC 3261 §8.2."""
    method = request.method
    if method not in config.allowed:
        if method in METHODS:
            raise _refusal(request, 405, ("Allow", ", ".join(config.allowed)))
        raise _refusal(request, 501, ("Allow", ", ".join(config.allowed)))
    if not request.uri.lower().startswith(SCHEMES):
        raise _refusal(request, 416)
    if "Require" in request.headers:
        unknown = [tag for tag in request.require if tag not in config.supported]
        if unknown:
            raise _refusal(request, 420, ("Unsupported", ", ".join(unknown)))
    if "Content-Encoding" in request.headers and request.body:
        encoding = (request.headers.get("Content-Encoding") or "").strip().lower()
        if encoding not in ("", "identity"):
            raise _refusal(request, 415, ("Accept-Encoding", "identity"))
    if method == "INVITE":
        _screen_invite(request)


def _screen_invite(request: Request) -> None:
    if request.max_forwards == 0 and not request.to.tag:
        raise _refusal(request, 483)
    if request.body:
        kind = request.content_type
        if kind != SDP and kind not in MULTIPART and not _optional(request):
            raise _refusal(request, 415, ("Accept", f"{SDP}, multipart/mixed"))
    accept = request.headers.get_all("Accept")
    if accept:
        kinds = {kind.partition(";")[0].strip().lower() for line in accept for kind in line.split(",")}
        if kinds.isdisjoint((SDP, "application/*", "*/*", "")):
            raise _refusal(request, 406, ("Accept", SDP))


def _optional(request: Request) -> bool:
    disposition = (request.headers.get("Content-Disposition") or "").lower().replace(" ", "")
    return "handling=optional" in disposition


def _refusal(request: Request, status: int, *headers: tuple[str, str]) -> RemoteProtocolError:
    return RemoteProtocolError(status, REASONS.get(status, "Refused"), request, headers)
