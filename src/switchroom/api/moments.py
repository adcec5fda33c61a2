"""Moments in a query: seconds since the epoch, or a day or time as people write it, in the system's zone."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from math import isfinite
from zoneinfo import ZoneInfo

from switchroom.api.errors import ApiError

LATEST = 32_503_680_000.0
"""The year 3000."""


def moment(text: str | None, field: str, zone: tzinfo, *, end: bool = False) -> float | None:
    """Seconds since the epoch of `1763733600`, `2026-11-21` or `2026-11-21T14:00` (in the zone).

    A day as an `end` is the whole day. Raises 422 for anything else.
    """
    if text is None:
        return None
    try:
        found = float(text)
    except ValueError:
        found = _written(text.strip(), zone, end)
    if not isfinite(found) or not 0 <= found <= LATEST:
        raise _refusal(field)
    return found


def _written(text: str, zone: tzinfo, end: bool) -> float:
    try:
        found = datetime.fromisoformat(text)
        if end and len(text) <= len("2026-11-21"):
            found += timedelta(days=1)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError, OSError):
        return -1.0


def _refusal(field: str) -> ApiError:
    text = "A time is seconds since 1970, a day such as 2026-11-21, or 2026-11-21T14:00."
    return ApiError(422, "time-invalid", text, field)


def zone_of(name: str | None, default: str) -> ZoneInfo:
    """The zone of an IANA name. Raises 422 for none."""
    try:
        return ZoneInfo(name or default)
    except (OSError, ValueError, LookupError):
        if name is None:
            return ZoneInfo("UTC")
        raise ApiError(422, "time-zone-unknown", "This is no time zone of the IANA list.", "zone") from None
