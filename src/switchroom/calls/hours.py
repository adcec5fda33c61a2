"""Whether it is within the hours of a schedule, in the system's time zone. Pure: time is an argument."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from switchroom.directory.outside import Schedule


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def within(schedules: Iterable[Schedule], now: float, time_zone: str) -> bool:
    """Whether `now` (seconds since the epoch) lies in one of them. A time zone that is not known is UTC."""
    local = datetime.fromtimestamp(now, _zone(time_zone) or UTC)
    clock, day = f"{local:%H:%M}", local.weekday()
    return any(_holds(one, clock, day) for one in schedules)


def _holds(schedule: Schedule, clock: str, day: int) -> bool:
    """Hours over midnight belong to the day on which they begin."""
    today, yesterday = day in schedule.days, (day - 1) % 7 in schedule.days
    if schedule.begins == schedule.ends:
        return today
    if schedule.begins < schedule.ends:
        return today and schedule.begins <= clock < schedule.ends
    return (today and clock >= schedule.begins) or (yesterday and clock < schedule.ends)
