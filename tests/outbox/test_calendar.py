"""Calendar entries: times right over a change of clocks, in zones of every kind (RFC 5545)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Timezone

from switchroom.outbox.calendar import Entry, Method, calendar_entry, time_zone

ZONES = (
    "Europe/Paris", "Europe/Dublin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe",
    "Asia/Tokyo", "Asia/Kolkata", "Africa/Casablanca", "Pacific/Auckland", "UTC",
)  # fmt: skip


def entry(zone: str = "Europe/Paris", local: str = "2026-03-30T09:00", **changed: object) -> Entry:
    starts = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).timestamp()
    values: dict[str, object] = {
        "uid": "appointment-1@switchroom",
        "sequence": 2,
        "title": "Budget; plans, figures\\",
        "starts_at": starts,
        "minutes": 90,
        "time_zone": zone,
        "location": "https://pbx.example.com/join/abc",
        "description": "Two\nlines",
        "url": "https://pbx.example.com/join/abc",
        "organizer_name": 'Zoë "Z" Rossi',
        "organizer_email": "zoe@example.com",
        "sender": "pbx@example.com",
        "attendee_name": "Anna: x; y",
        "attendee_email": "anna@example.org",
        "created_at": 1e9,
        "changed_at": 1e9 + 60,
    }
    return Entry(**{**values, **changed})  # type: ignore[arg-type]


def read(text: bytes) -> tuple[str, Any]:
    """Method and event of an iCalendar object."""
    calendar: Any = Calendar.from_ical(text)
    (event,) = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), event


def offset_by(found: Timezone, local: datetime) -> timedelta:
    """What a calendar makes of a zone: the offset at a local time, by its observances alone (§3.6.5)."""
    best: tuple[datetime, timedelta] | None = None
    observances: list[Any] = found.subcomponents
    for observance in observances:
        begin = observance["DTSTART"].dt
        rule = observance.get("RRULE")
        moments = [begin]
        if rule is not None:
            place, month = rule["BYDAY"][0], rule["BYMONTH"][0]
            moments = [
                on_rule(year, int(month), str(place), begin) for year in range(begin.year, local.year + 1)
            ]
        for moment in moments:
            if moment <= local and (best is None or moment > best[0]):
                best = moment, observance["TZOFFSETTO"].td
    assert best is not None
    return best[1]


def on_rule(year: int, month: int, place: str, begin: datetime) -> datetime:
    """`-1SU` or `2SU` of a month, at the time of the first one."""
    weekday = ("MO", "TU", "WE", "TH", "FR", "SA", "SU").index(place[-2:])
    days = [
        day
        for day in (date(year, month, 1) + timedelta(n) for n in range(31))
        if day.month == month and day.weekday() == weekday
    ]
    number = int(place[:-2])
    day = days[number if number < 0 else number - 1]
    return datetime.combine(day, begin.time())


@pytest.mark.parametrize("name", ZONES)
def test_a_zone_says_the_right_offset_on_every_day_of_two_years(name: str) -> None:
    zone, found = ZoneInfo(name), time_zone(name, 2026)
    day = datetime(2026, 1, 1, 12, 0)
    while day < datetime(2027, 12, 31):
        assert offset_by(found, day) == day.replace(tzinfo=zone).utcoffset(), (name, day)
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2026-03-29T01:59", "2026-03-29T00:59"),
        ("2026-03-29T03:00", "2026-03-29T01:00"),
        ("2026-10-25T01:59", "2026-10-24T23:59"),
        ("2026-10-25T03:00", "2026-10-25T02:00"),
    ],
)
def test_the_hours_around_a_change_of_clocks(local: str, utc: str) -> None:
    found = time_zone("Europe/Paris", 2026)
    moment = datetime.fromisoformat(local)
    assert moment - offset_by(found, moment) == datetime.fromisoformat(utc)


def test_an_entry_says_who_when_where_and_which_state() -> None:
    text = calendar_entry(entry(), Method.REQUEST)
    method, event = read(text)
    assert (method, str(event["UID"]), int(event["SEQUENCE"])) == (
        "REQUEST", "appointment-1@switchroom", 2,
    )  # fmt: skip
    assert event["DTSTART"].dt == datetime(2026, 3, 30, 9, 0, tzinfo=ZoneInfo("Europe/Paris"))
    assert event["DTSTART"].params["TZID"] == "Europe/Paris"
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=90)
    assert str(event["SUMMARY"]) == "Budget; plans, figures\\"
    assert str(event["DESCRIPTION"]) == "Two\nlines"
    assert event["ORGANIZER"].params["CN"] == "Zoë 'Z' Rossi"
    assert event["ORGANIZER"].params["SENT-BY"] == "mailto:pbx@example.com"
    assert (str(event["ATTENDEE"]), event["ATTENDEE"].params["RSVP"]) == ("mailto:anna@example.org", "TRUE")
    assert event["ATTENDEE"].params["CN"] == "Anna: x; y"
    assert event["DTSTAMP"].dt.tzinfo in (UTC, ZoneInfo("UTC"))
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))


def test_a_meeting_over_a_change_of_clocks_takes_as_long_as_planned() -> None:
    _, event = read(calendar_entry(entry(local="2026-03-29T01:30"), Method.REQUEST))
    starts, ends = (event[name].dt.astimezone(UTC) for name in ("DTSTART", "DTEND"))
    assert ends - starts == timedelta(minutes=90)
    assert event["DTEND"].dt.hour == 4


def test_a_cancellation_is_told_as_one() -> None:
    method, event = read(calendar_entry(entry(url=""), Method.CANCEL))
    assert (method, str(event["STATUS"])) == ("CANCEL", "CANCELLED")
    assert "RSVP" not in event["ATTENDEE"].params and "URL" not in event


def test_a_line_break_in_a_name_makes_no_line_of_its_own() -> None:
    wanted = entry(
        title="x\r\nATTACH:http://evil.example", attendee_name="y\r\nATTENDEE:mailto:z@example.com"
    )
    text = calendar_entry(wanted, Method.REQUEST)
    _, event = read(text)
    assert "ATTACH" not in event and not isinstance(event["ATTENDEE"], list)
