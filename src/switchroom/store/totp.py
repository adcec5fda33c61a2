"""Time-based one-time passwords (RFC 6238 over RFC 4226): six digits, 30 s, SHA-1, as apps know them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from urllib.parse import quote

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20
_WINDOW = 1
"""Steps before and after the present one that count: phones' clocks are a little off (RFC 6238 §5.2)."""


def hotp(secret: bytes, counter: int, digits: int = DIGITS) -> str:
    """The one-time password of a counter (RFC 4226 §5.3)."""
    digest = hmac.digest(secret, struct.pack("!Q", counter), hashlib.sha1)
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(secret: bytes, code: str, now: float, used: int) -> int | None:
    """The time step whose password `code` is, later than the step `used` last; None when there is none."""
    present = int(now // STEP_SECONDS)
    typed = code.encode("utf-8", "replace")
    found = None
    for step in range(max(present - _WINDOW, 0), present + _WINDOW + 1):
        if hmac.compare_digest(hotp(secret, step).encode(), typed) and step > used:
            found = step
    return found


def uri(secret: bytes, account: str, issuer: str) -> str:
    """What the QR code for an authenticator app says."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='')}"
    return f"otpauth://totp/{label}?secret={base32(secret)}&issuer={quote(issuer, safe='')}"


def base32(secret: bytes) -> str:
    """The secret as people type it."""
    return base64.b32encode(secret).decode().rstrip("=")
