"""Digits in SIP INFO: application/dtmf-relay and application/dtmf, which have no RFC but are what phones
send."""

from __future__ import annotations

import re

_DIGITS = frozenset("0123456789*#ABCD")
_CODES = {"10": "*", "11": "#", "12": "A", "13": "B", "14": "C", "15": "D"}
_SIGNAL = re.compile(r"^\s*Signal\s*=\s*([0-9A-Da-d*#]{1,2})\s*$", re.MULTILINE | re.IGNORECASE)


def digit_of(content_type: str, body: bytes) -> str | None:
    """The digit (0-9 * # A-D) an INFO carries, or None when it carries none."""
    kind = content_type.split(";", 1)[0].strip().lower()
    text = body[:256].decode("ascii", "replace")
    if kind == "application/dtmf-relay":
        match = _SIGNAL.search(text)
        signal = match[1].upper() if match else ""
    elif kind == "application/dtmf":
        signal = text.strip().upper()
    else:
        return None
    signal = _CODES.get(signal, signal)
    return signal if signal in _DIGITS else None
