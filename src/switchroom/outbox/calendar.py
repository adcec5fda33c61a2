"""Calendar entries (RFC 5545) that invite, change and cancel (RFC 5546), with their time zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import (
    Calendar,
    Event,
    Timezone,
    TimezoneDaylight,
    TimezoneStandard,
    vCalAddress,
    vRecur,
    vText,
)

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Method(StrEnum):
    """What a calendar does with the entry."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class Entry:
    """One appointment as one receiver's calendar gets it."""

    uid: str
    sequence: int
    title: str
    starts_at: float
    """Seconds since the epoch."""
    minutes: int
    time_zone: str
    """IANA name."""
    location: str
    description: str
    url: str
    organizer_name: str
    organizer_email: str
    sender: str
    """Where the mail comes from: sent by it, when it is not the organizer's own address."""
    attendee_name: str
    attendee_email: str
    created_at: float
    changed_at: float


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of a zone's offset. `at` is UTC."""

    at: datetime
    before: timedelta
    after: timedelta
    name: str

    @property
    def local(self) -> datetime:
        """What the clock showed that was put on or back: how RFC 5545 §3.6.5 tells the moment."""
        return (self.at + self.before).replace(tzinfo=None)


def calendar_entry(entry: Entry, method: Method) -> bytes:
    """The entry as an iCalendar object."""
    zone = ZoneInfo(entry.time_zone)
    starts = datetime.fromtimestamp(entry.starts_at, zone)
    ends = datetime.fromtimestamp(entry.starts_at + entry.minutes * 60, zone)
    calendar = Calendar()
    calendar.add("PRODID", "-//Switchroom//Conferences//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", method.value)
    calendar.add_component(time_zone(entry.time_zone, starts.year))
    event = Event()
    event.add("UID", entry.uid)
    event.add("DTSTAMP", datetime.fromtimestamp(entry.changed_at, UTC).replace(microsecond=0))
    event.add("CREATED", datetime.fromtimestamp(entry.created_at, UTC).replace(microsecond=0))
    event.add("LAST-MODIFIED", datetime.fromtimestamp(entry.changed_at, UTC).replace(microsecond=0))
    event.add("SEQUENCE", entry.sequence)
    for name, moment in (("DTSTART", starts), ("DTEND", ends)):
        event.add(name, moment.replace(tzinfo=None), parameters={"TZID": entry.time_zone})
    event.add("SUMMARY", entry.title)
    event.add("LOCATION", entry.location)
    event.add("DESCRIPTION", entry.description)
    if entry.url:
        event.add("URL", entry.url)
    event.add("STATUS", "CANCELLED" if method is Method.CANCEL else "CONFIRMED")
    event.add("TRANSP", "OPAQUE")
    event.add("CLASS", "PUBLIC")
    event.add("ORGANIZER", _organizer(entry), encode=False)
    event.add("ATTENDEE", _attendee(entry, method), encode=False)
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def _organizer(entry: Entry) -> vCalAddress:
    found = vCalAddress(f"mailto:{entry.organizer_email}")
    found.params["CN"] = vText(_parameter(entry.organizer_name or entry.organizer_email))
    if entry.sender != entry.organizer_email:
        found.params["SENT-BY"] = vText(f"mailto:{entry.sender}")
    return found


def _attendee(entry: Entry, method: Method) -> vCalAddress:
    found = vCalAddress(f"mailto:{entry.attendee_email}")
    found.params["CN"] = vText(_parameter(entry.attendee_name or entry.attendee_email))
    found.params["ROLE"] = vText("REQ-PARTICIPANT")
    if method is Method.REQUEST:
        found.params["PARTSTAT"] = vText("NEEDS-ACTION")
        found.params["RSVP"] = vText("TRUE")
    return found


def _parameter(text: str) -> str:
    """A name as a parameter's value, which can hold neither quotes nor control characters (RFC 5545 §3.2)."""
    return " ".join(text.replace('"', "'").split())


# --- the time zone ----------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def time_zone(name: str, year: int) -> Timezone:
    """The zone's changes around a year: by rules where there are any, which calendars understand best, else
    each by itself."""
    zone = ZoneInfo(name)
    found = Timezone()
    found.add("TZID", name)
    begin = datetime(year - 1, 1, 1, tzinfo=UTC)
    changes = transitions(zone, begin, datetime(year + 4, 1, 1, tzinfo=UTC))
    ruled = True
    for later in (False, True):
        group = [change for change in changes if (change.after > change.before) is later]
        if (rule := yearly(group)) is not None:
            found.add_component(_observance(group[0], rule))
            continue
        ruled = False
        for change in group:
            found.add_component(_observance(change, None))
    if not ruled:
        found.add_component(_observance(_unchanged(zone, begin), None))
    return found


def _unchanged(zone: tzinfo, moment: datetime) -> Transition:
    """What was true before the first change, as a change from itself to itself."""
    offset = _offset(zone, moment)
    return Transition(
        datetime(1970, 1, 1, tzinfo=UTC) - offset, offset, offset, moment.astimezone(zone).tzname() or ""
    )


def _observance(change: Transition, rule: vRecur | None) -> TimezoneStandard | TimezoneDaylight:
    found = TimezoneDaylight() if change.after > change.before else TimezoneStandard()
    found.add("DTSTART", change.local)
    found.add("TZOFFSETFROM", change.before)
    found.add("TZOFFSETTO", change.after)
    found.add("TZNAME", change.name)
    if rule is not None:
        found.add("RRULE", rule)
    return found


def transitions(zone: tzinfo, begin: datetime, end: datetime) -> list[Transition]:
    """The changes of a zone's offset between two moments, each to the second."""
    found = []
    moment = begin
    while moment < end:
        following = min(moment + timedelta(days=1), end)
        if _offset(zone, moment) != _offset(zone, following):
            low, high = moment, following
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle -= timedelta(microseconds=middle.microsecond)
                if middle <= low:
                    break
                low, high = (middle, high) if _offset(zone, middle) == _offset(zone, low) else (low, middle)
            name = high.astimezone(zone).tzname() or ""
            found.append(Transition(high, _offset(zone, low), _offset(zone, high), name))
        moment = following
    return found


def _offset(zone: tzinfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def yearly(changes: Sequence[Transition]) -> vRecur | None:
    """The rule that changes follow: same weekday of the same month, same time; None: there is none."""
    if len(changes) < 3 or len({change.local.year for change in changes}) != len(changes):
        return None
    first = changes[0]
    for change in changes:
        same = (change.before, change.after, change.local.time(), change.local.month, change.local.weekday())
        if same != (first.before, first.after, first.local.time(), first.local.month, first.local.weekday()):
            return None
    if all(_from_end(change.local) == 1 for change in changes):
        place = -1
    elif len({(change.local.day - 1) // 7 for change in changes}) == 1:
        place = (first.local.day - 1) // 7 + 1
    else:
        return None
    return vRecur(FREQ="YEARLY", BYMONTH=first.local.month, BYDAY=f"{place}{_DAYS[first.local.weekday()]}")


def _from_end(moment: datetime) -> int:
    """Which one of its weekday a day is, from the end of the month: 1 is the last."""
    last = (date(moment.year + moment.month // 12, moment.month % 12 + 1, 1) - timedelta(days=1)).day
    return (last - moment.day) // 7 + 1
