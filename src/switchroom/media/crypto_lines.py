"""SDES keys in SDP: the `a=crypto` attribute (RFC 4568, RFC 6188, RFC 7714)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Final, Literal

from switchroom.media.types import SrtpKey

Suite = Literal[
    "AES_CM_128_HMAC_SHA1_80",
    "AES_CM_128_HMAC_SHA1_32",
    "AES_256_CM_HMAC_SHA1_80",
    "AES_256_CM_HMAC_SHA1_32",
    "AEAD_AES_128_GCM",
    "AEAD_AES_256_GCM",
]

KEY_BYTES: Final[dict[Suite, int]] = {
    "AES_CM_128_HMAC_SHA1_80": 30,
    "AES_CM_128_HMAC_SHA1_32": 30,
    "AES_256_CM_HMAC_SHA1_80": 46,
    "AES_256_CM_HMAC_SHA1_32": 46,
    "AEAD_AES_128_GCM": 28,
    "AEAD_AES_256_GCM": 44,
}
"""Master key and salt together, bytes."""

DEFAULT_SUITES: Final[tuple[Suite, ...]] = ("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32")

_HIGHEST_MKI: Final = 2**32 - 1
_HARMLESS_PARAMETERS: Final = ("WSH=", "-")
"""Session parameters that ask nothing of us: a window hint, and what may be ignored (§6.3.7)."""


@dataclass(frozen=True, slots=True)
class CryptoLine:
    """One usable a=crypto line: its tag and the key of whoever wrote it."""

    tag: str
    key: SrtpKey

    def __str__(self) -> str:
        mki = f"|{self.key.mki}:{self.key.mki_length}" if self.key.mki is not None else ""
        return f"{self.tag} {self.key.suite} inline:{self.key.key}{mki}"


def new_line(tag: int, suite: Suite, material: bytes) -> CryptoLine:
    """Return a line of our own; `material` is master key and salt, `KEY_BYTES[suite]` bytes."""
    if len(material) != KEY_BYTES[suite]:
        raise ValueError(f"{suite} needs {KEY_BYTES[suite]} bytes of key, not {len(material)}")
    return CryptoLine(str(tag), SrtpKey(suite=suite, key=base64.b64encode(material).decode("ascii")))


def parse_line(value: str) -> CryptoLine | None:
    """Parse the value of an a=crypto attribute; None for one that we can not or will not use.

    Lifetime is tolerated, and so is MKI up to 32 bits; of several keys the first counts. Lines that ask
    for no encryption, no authentication or a key derivation rate are not used.
    """
    parts = value.split()
    if len(parts) < 3 or not _digits(parts[0], 9):
        return None
    tag, suite_name, keys, *parameters = parts
    suite = suite_name.upper()
    if suite not in KEY_BYTES:
        return None
    if any(not p.upper().startswith(_HARMLESS_PARAMETERS) and p.upper() != "KDR=0" for p in parameters):
        return None
    key = _key(keys.split(";", 1)[0], suite)
    return CryptoLine(tag, key) if key is not None else None


def _key(text: str, suite: Suite) -> SrtpKey | None:
    method, colon, info = text.partition(":")
    if not colon or method.lower() != "inline":
        return None
    material, *rest = info.split("|")
    mki: int | None = None
    mki_length = 0
    for item in rest:
        if ":" in item:
            number, _, length = item.partition(":")
            if not (_digits(number, 10) and _digits(length, 3)):
                return None
            mki, mki_length = int(number), int(length)
            if mki > _HIGHEST_MKI or not 1 <= mki_length <= 128:
                return None
        elif not _lifetime(item):
            return None
    try:
        raw = base64.b64decode(material + "=" * (-len(material) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != KEY_BYTES[suite]:
        return None
    return SrtpKey(suite=suite, key=base64.b64encode(raw).decode("ascii"), mki=mki, mki_length=mki_length)


def _digits(text: str, longest: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= longest


def _lifetime(text: str) -> bool:
    """Tell whether this is a lifetime, 2^n or a number of packets; no call outlasts what is usual there."""
    return _digits(text.removeprefix("2^"), 20)
