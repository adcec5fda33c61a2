"""Session timers (RFC 4028): what two sides agree on, and when that is due. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.sip.errors import RemoteProtocolError
from switchroom.sip.grammar import clamp_number
from switchroom.sip.headers import MAX_SECONDS, SessionExpires
from switchroom.sip.message import Request, Response


@dataclass(frozen=True, slots=True)
class Agreement:
    """A session timer in force: `interval` in seconds, and whether it is ours to refresh."""

    interval: int
    we_refresh: bool

    @property
    def refresh_after(self) -> float:
        """Seconds until the refresh: half the interval (RFC 4028 §10)."""
        return self.interval / 2

    @property
    def end_after(self) -> float:
        """Seconds until BYE: the interval less 32 s or a third of it, whichever is less (RFC 4028 §10)."""
        return self.interval - min(32.0, self.interval / 3)


@dataclass(frozen=True, slots=True)
class TooBrief:
    """The interval asked for is too short: 422 with this Min-SE (RFC 4028 §6)."""

    min_se: int


def _seconds(text: str | None) -> int:
    return 0 if text is None else clamp_number(text.partition(";")[0], "Min-SE", MAX_SECONDS)


def agree(request: Request, ours: int, min_se: int) -> Agreement | TooBrief | None:
    """What the receiver of an INVITE or UPDATE settles on (RFC 4028 §9, table 2).

    `ours` is the interval we like best. A peer without the extension gets no timer: media time-outs end
    dead calls too, and such phones are surprised by refreshes. Raises RemoteProtocolError(400).
    """
    if "Supported" not in request.headers or "timer" not in request.supported:
        return None
    text = request.headers.get("Session-Expires")
    if text is None:
        return Agreement(max(ours, min_se, _seconds(request.headers.get("Min-SE"))), we_refresh=True)
    asked = SessionExpires.parse(text)
    if asked.seconds < min_se:
        return TooBrief(min_se)
    floor = max(min_se, _seconds(request.headers.get("Min-SE")))
    return Agreement(max(min(asked.seconds, ours), floor), we_refresh=asked.refresher == "uas")


def response_lines(agreement: Agreement | None) -> str:
    """The header lines of our 2xx that tell `agreement`."""
    if agreement is None:
        return ""
    if agreement.we_refresh:
        return f"Session-Expires: {agreement.interval};refresher=uas\r\n"
    return f"Require: timer\r\nSession-Expires: {agreement.interval};refresher=uac\r\n"


def request_lines(interval: int, min_se: int, default_min_se: int, refresher: bool | None) -> str:
    """The header lines of our INVITE or UPDATE; `refresher` says whether we refresh, None leaves it open."""
    who = "" if refresher is None else ";refresher=uac" if refresher else ";refresher=uas"
    least = f"Min-SE: {min_se}\r\n" if min_se > default_min_se else ""
    return f"Session-Expires: {interval}{who}\r\n{least}"


def agreed(response: Response) -> Agreement | None:
    """What the 2xx to our request says. A value that can not be read means no timer."""
    text = response.headers.get("Session-Expires")
    if text is None:
        return None
    try:
        value = SessionExpires.parse(text)
    except RemoteProtocolError:
        return None
    return Agreement(max(value.seconds, 90), we_refresh=value.refresher != "uas")


def least(response: Response) -> int:
    """The Min-SE of a 422, 0 when it has none that can be read."""
    try:
        return _seconds(response.headers.get("Min-SE"))
    except RemoteProtocolError:
        return 0
