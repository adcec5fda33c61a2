"""crm/activities.py: whose day it is, when it ends, which calls are next activities (S2-11, G-07)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchroom.crm.activities import (
    Activity,
    ActivityId,
    ActivityState,
    ActivityType,
    day_at,
    due_calls,
    next_midnight,
)
from switchroom.directory import UserId

ANNA, BRUNO = UserId("anna"), UserId("bruno")
TODAY = date(2026, 3, 29)
CALL = Activity(
    id=ActivityId("a"),
    type=ActivityType.CALL,
    due=TODAY,
    time="",
    summary="",
    note="",
    assigned_to=ANNA,
    record=None,
    contact=None,
    created_by=BRUNO,
    created_at=1.0,
    changed_at=1.0,
)


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        ("2026-03-29T03:30:00+00:00", "America/New_York", "2026-03-28"),
        ("2026-03-29T03:30:00+00:00", "UTC", "2026-03-29"),
        ("2026-03-29T03:30:00+00:00", "Pacific/Kiritimati", "2026-03-29"),
        ("2026-03-29T10:00:00+00:00", "Pacific/Kiritimati", "2026-03-30"),
        ("2026-03-29T11:59:59+00:00", "Pacific/Niue", "2026-03-29"),
        ("2026-03-29T10:59:59+00:00", "Pacific/Niue", "2026-03-28"),
        ("2026-03-29T18:29:59+00:00", "Asia/Kolkata", "2026-03-29"),
        ("2026-03-29T18:30:00+00:00", "Asia/Kolkata", "2026-03-30"),
        ("2026-03-28T22:59:59+00:00", "Europe/Brussels", "2026-03-28"),
        ("2026-03-28T23:00:00+00:00", "Europe/Brussels", "2026-03-29"),
        ("2026-03-29T22:00:00+00:00", "Europe/Brussels", "2026-03-30"),
    ],
)
def test_g_07_today_is_the_day_where_the_person_is(moment: str, zone: str, day: str) -> None:
    assert day_at(at(moment), zone).isoformat() == day


@pytest.mark.parametrize(
    ("zone", "day", "hours", "begins"),
    [
        ("Europe/Brussels", "2026-03-29", 23, "2026-03-28T23:00:00+00:00"),
        ("Europe/Brussels", "2026-10-25", 25, "2026-10-24T22:00:00+00:00"),
        ("America/New_York", "2026-03-08", 23, "2026-03-08T05:00:00+00:00"),
        ("America/New_York", "2026-11-01", 25, "2026-11-01T04:00:00+00:00"),
        ("Australia/Lord_Howe", "2026-04-05", 24.5, "2026-04-04T13:00:00+00:00"),
        ("UTC", "2026-03-29", 24, "2026-03-29T00:00:00+00:00"),
        # There is no midnight: the clock goes from 23:59:59 to 01:00.
        ("America/Santiago", "2026-09-06", 23, "2026-09-06T04:00:00+00:00"),
        ("Africa/Cairo", "2026-04-24", 23, "2026-04-23T22:00:00+00:00"),
        # Midnight comes twice: the day begins at the first one.
        ("America/Havana", "2026-11-01", 25, "2026-11-01T04:00:00+00:00"),
    ],
)
def test_g_07_days_of_23_and_25_hours_are_days(zone: str, day: str, hours: float, begins: str) -> None:
    begin = next_midnight(at(begins) - 1, zone)
    assert begin == at(begins)
    assert day_at(begin, zone).isoformat() == day
    end = next_midnight(begin, zone)
    assert (end - begin) / 3600 == hours
    assert day_at(end - 1, zone).isoformat() == day
    assert day_at(end, zone) == date.fromisoformat(day) + timedelta(1)


@given(
    moment=st.integers(int(at("2020-01-01T00:00:00+00:00")), int(at("2037-12-31T00:00:00+00:00"))),
    zone=st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})),
)
def test_g_07_the_list_changes_at_midnight_and_at_no_other_moment(moment: int, zone: str) -> None:
    end = next_midnight(moment, zone)
    assert moment < end <= moment + 26 * 3600
    assert day_at(end - 1, zone) == day_at(moment, zone)
    assert day_at(end, zone) == day_at(moment, zone) + timedelta(1)


def test_s2_11_only_planned_calls_of_this_very_day_that_are_mine() -> None:
    others = [
        replace(CALL, due=TODAY - timedelta(1)),
        replace(CALL, due=TODAY + timedelta(1)),
        replace(CALL, assigned_to=BRUNO),
        *(replace(CALL, type=kind) for kind in ActivityType if kind is not ActivityType.CALL),
        *(replace(CALL, state=state) for state in ActivityState if state is not ActivityState.PLANNED),
    ]
    assert due_calls([*others, CALL], ANNA, TODAY) == [CALL]
    assert due_calls([*others, CALL], BRUNO, TODAY) == [others[2]]
    assert due_calls([], ANNA, TODAY) == []


def test_s2_11_calls_stand_in_the_order_of_their_time_then_as_they_were_planned() -> None:
    late, early = replace(CALL, time="14:00"), replace(CALL, time="09:30")
    second, first = replace(CALL, created_at=9.0), replace(CALL, created_at=2.0)
    assert due_calls([second, late, first, early], ANNA, TODAY) == [early, late, first, second]


def test_s2_11_midnight_passes_and_the_list_is_another() -> None:
    tomorrow = replace(CALL, due=TODAY + timedelta(1))
    moment = datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC).timestamp()
    before = due_calls([CALL, tomorrow], ANNA, day_at(moment, "Europe/Brussels"))
    after = due_calls([CALL, tomorrow], ANNA, day_at(moment + 1, "Europe/Brussels"))
    assert (before, after) == ([CALL], [tomorrow])
    assert next_midnight(moment, "Europe/Brussels") == moment + 1
