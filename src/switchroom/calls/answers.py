"""Which answer a caller gets when several devices were rung: one table (RFC 3261 §16.7 step 6, hard-parts
signalling 7)."""

from __future__ import annotations

from collections.abc import Iterable

from switchroom.calls.records import Cause

UNREACHED = frozenset({408, 410, 430, 480, 481, 500, 502, 503, 504})
"""No word of a person: the device is gone, asleep or ill."""
BUSY = frozenset({486, 600})
INCOMPATIBLE = frozenset({415, 488, 606})

_CAUSES = {
    486: Cause.BUSY,
    603: Cause.DECLINED,
    480: Cause.UNREACHABLE,
    488: Cause.INCOMPATIBLE_MEDIA,
}


def ends_ringing(status: int) -> bool:
    """True when this answer of one device speaks for the person: the others stop ringing."""
    return status >= 600 and status not in INCOMPATIBLE


def best(statuses: Iterable[int]) -> int:
    """The final status for the caller, from those of all devices.

    Declined on one device is declined. Busy needs every device that could be reached to be busy. Media that
    fits none is 488. Everything else is "not available now", because a device's own trouble is no business of
    the caller's.
    """
    votes = list(statuses)
    if any(ends_ringing(status) for status in votes):
        return 486 if all(status == 600 for status in votes if ends_ringing(status)) else 603
    reached = [status for status in votes if status not in UNREACHED]
    if reached and all(status in BUSY for status in reached):
        return 486
    if reached and all(status in INCOMPATIBLE for status in reached):
        return 488
    return 480


def cause(status: int) -> Cause:
    """How the record calls it."""
    return _CAUSES.get(status, Cause.UNREACHABLE)
