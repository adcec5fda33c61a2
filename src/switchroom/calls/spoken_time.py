"""When something was, in words for speech synthesis. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "it": ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"),
}
_MONTHS = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ),
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
        "novembre", "décembre",
    ),
    "it": (
        "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre",
        "ottobre", "novembre", "dicembre",
    ),
}  # fmt: skip
_PATTERNS = {
    "en": "{day} {number} {month}, at {hour}:{minute:02}",
    "fr": "{day} {number} {month}, à {hour} heures {minute}",
    "it": "{day} {number} {month}, alle {hour} e {minute}",
}
_FULL_HOURS = {
    "en": "{day} {number} {month}, at {hour} o'clock",
    "fr": "{day} {number} {month}, à {hour} heures",
    "it": "{day} {number} {month}, alle {hour}",
}


def said_at(moment: float, zone: str, language: str) -> str:
    """A moment (seconds since the epoch) as day and time in a time zone; UTC where there is no such zone."""
    base = language.replace("_", "-").split("-", 1)[0].lower()
    base = base if base in _DAYS else "en"
    try:
        when = datetime.fromtimestamp(moment, ZoneInfo(zone))
    except (ValueError, OSError, KeyError):
        when = datetime.fromtimestamp(moment, UTC)
    return (_PATTERNS if when.minute else _FULL_HOURS)[base].format(
        day=_DAYS[base][when.weekday()],
        number=when.day,
        month=_MONTHS[base][when.month - 1],
        hour=when.hour,
        minute=when.minute,
    )
