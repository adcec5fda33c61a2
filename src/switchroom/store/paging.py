"""Pages of long lists. The next one begins at an opaque text made of the last entry's place."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Column, ColumnElement, UnaryExpression, and_, or_

_T = TypeVar("_T")


def page(
    read: Sequence[_T], limit: int, place: Callable[[_T], tuple[object, ...]]
) -> tuple[list[_T], str | None]:
    """A page of the entries that were read, one more than its limit, and where the next begins (None at the
    end). `place`: what the list is sorted by."""
    shown = list(read[:limit])
    return shown, _cursor(place(shown[-1])) if len(read) > limit else None


def newest_first(time: Column[Any], name: Column[Any]) -> tuple[UnaryExpression[Any], UnaryExpression[Any]]:
    """The order of a list by time; entries of one moment by a name that no other has."""
    return time.desc(), name.desc()


def earlier(time: Column[Any], name: Column[Any], after: str | None) -> list[ColumnElement[bool]]:
    """Which entries of such a list come after a page; without one all do. Raises ValueError for a text that
    no page gave."""
    if after is None:
        return []
    last, last_name = position(after, tuple[float, str])
    return [or_(time < last, and_(time == last, name < last_name))]


def position(text: str, kind: type[_T]) -> _T:
    """The place, of type `kind`. Raises ValueError for a text that no page gave."""
    try:
        padded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(padded, type=kind)
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise ValueError("no page begins there") from error


def _cursor(place: tuple[object, ...]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")
