"""Where the next page of a list begins: an opaque text made of the last entry's place."""

from __future__ import annotations

import base64
import binascii
from typing import TypeVar

import msgspec

_T = TypeVar("_T")


def cursor(*place: object) -> str:
    """The text for a place: what the list is sorted by."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def position(text: str, kind: type[_T]) -> _T:
    """The place, of type `kind`. Raises ValueError for a text that no page gave."""
    try:
        padded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(padded, type=kind)
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise ValueError("no page begins there") from error
