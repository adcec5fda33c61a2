"""Schedules: days, midnight, time zones."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from switchroom.calls.hours import within
from switchroom.directory.outside import Schedule

OFFICE = Schedule((0, 1, 2, 3, 4), "08:30", "18:00")
NIGHT = Schedule((4,), "22:00", "06:00")
ZONE = "Europe/Brussels"


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).timestamp()


@pytest.mark.parametrize(
    ("schedule", "moment", "inside"),
    [
        (OFFICE, "2026-03-02T08:30", True),
        (OFFICE, "2026-03-02T08:29", False),
        (OFFICE, "2026-03-02T17:59:59", True),
        (OFFICE, "2026-03-02T18:00", False),
        (OFFICE, "2026-03-07T12:00", False),
        (NIGHT, "2026-03-06T22:00", True),
        (NIGHT, "2026-03-07T05:59", True),
        (NIGHT, "2026-03-07T06:00", False),
        (NIGHT, "2026-03-06T05:00", False),
        (NIGHT, "2026-03-07T23:00", False),
        (Schedule((0,), "00:00", "00:00"), "2026-03-02T23:59", True),
        (Schedule((0,), "00:00", "00:00"), "2026-03-03T00:00", False),
        (OFFICE, "2026-07-06T08:30", True),
    ],
)
def test_b2_hours_hold_in_the_systems_time_zone(schedule: Schedule, moment: str, inside: bool) -> None:
    assert within([schedule], at(moment), ZONE) is inside


def test_any_of_several_is_enough_and_an_unknown_zone_is_utc() -> None:
    assert within([OFFICE, NIGHT], at("2026-03-06T23:00"), ZONE)
    assert not within([], at("2026-03-02T12:00"), ZONE)
    assert within([OFFICE], at("2026-03-02T09:30"), "Nowhere/Place")
    assert not within([OFFICE], at("2026-03-02T09:00"), "Nowhere/Place"), "08:00 UTC"
