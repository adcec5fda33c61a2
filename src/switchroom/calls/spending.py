"""What was spent on calls outside: how many, how long, who, by which trunk. Pure: time is an argument.

Counted by the hour, for each user and each trunk, so that a day's worth survives a restart: `take_dirty`
gives the rows to keep, `restore` takes them back. A call counts from its first ring; its seconds count while
it runs, so that one that never ends spends too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from switchroom.directory.ids import TrunkId, UserId

HOUR = 3600.0
DAY_HOURS = 24
KEPT_HOURS = DAY_HOURS + 1
"""What the budgets look back at; older rows are forgotten."""


def of_user(user: UserId) -> str:
    """The subject that stands for a user."""
    return f"users/{user}"


def of_trunk(trunk: TrunkId) -> str:
    """The subject that stands for a trunk."""
    return f"trunks/{trunk}"


def _subjects(user: UserId | None, trunk: TrunkId) -> tuple[str, ...]:
    return (of_trunk(trunk),) if user is None else (of_user(user), of_trunk(trunk))


@dataclass(frozen=True, slots=True)
class HourUsed:
    """What a subject spent in one hour (counted since the epoch)."""

    subject: str
    hour: int
    calls: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class _Spent:
    calls: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class _Running:
    subjects: tuple[str, ...]
    counted_to: float | None = None
    """Until when its seconds are counted; None: it is not answered."""
    spends: bool = True


RESERVED_SECONDS = 2.0
"""How long a call that was let out and has not begun to ring counts."""


class Spending:
    """The ledger. `begin`, `answered` and `end` are told for each outside leg, in this order.

    `reserve` comes before, when it is let out: of many calls at once, no more than there may be.
    """

    def __init__(self) -> None:
        self._hours: dict[str, dict[int, _Spent]] = {}
        self._running: dict[str, _Running] = {}
        self._reserved: list[tuple[tuple[str, ...], float]] = []
        self._dirty: dict[tuple[str, int], None] = {}
        self._countries: set[str] = set()
        self._down: dict[TrunkId, float] = {}
        self._resting: dict[TrunkId, float] = {}

    # --- what happens -----------------------------------------------------------------------------------

    def reserve(self, user: UserId | None, trunk: TrunkId, now: float) -> None:
        """A call may go out, and will ring in a moment."""
        self._reserved.append((_subjects(user, trunk), now + RESERVED_SECONDS))

    def begin(self, leg: str, user: UserId | None, trunk: TrunkId, now: float) -> None:
        """A leg outside rings, on the account of a user (None: of nobody) and by a trunk."""
        subjects = _subjects(user, trunk)
        mine = next((one for one in self._reserved if one[0] == subjects), None)
        if mine is not None:
            self._reserved.remove(mine)
        self._running[leg] = _Running(subjects)
        for subject in subjects:
            self._spent(subject, int(now // HOUR)).calls += 1

    def occupy(self, leg: str, trunk: TrunkId) -> None:
        """A call from outside takes a line of a trunk, and spends nothing."""
        self._running[leg] = _Running((of_trunk(trunk),), spends=False)

    def answered(self, leg: str, now: float) -> None:
        """It was answered: its time counts."""
        running = self._running.get(leg)
        if running is not None and running.spends and running.counted_to is None:
            running.counted_to = now

    def end(self, leg: str, now: float) -> None:
        """It is over."""
        self._count(leg, now)
        self._running.pop(leg, None)

    def count(self, now: float) -> None:
        """Count the seconds of what runs, up to now: before every decision, and now and then, so that a crash
        loses little."""
        self._reserved = [one for one in self._reserved if one[1] > now]
        for leg in self._running:
            self._count(leg, now)

    def _count(self, leg: str, now: float) -> None:
        running = self._running.get(leg)
        if running is None or running.counted_to is None:
            return
        at = running.counted_to
        while at < now:
            hour = int(at // HOUR)
            until = min(now, (hour + 1) * HOUR)
            for subject in running.subjects:
                self._spent(subject, hour).seconds += until - at
            at = until
        running.counted_to = max(now, running.counted_to)

    def _spent(self, subject: str, hour: int) -> _Spent:
        self._dirty[subject, hour] = None
        return self._hours.setdefault(subject, {}).setdefault(hour, _Spent())

    # --- what the budgets ask ---------------------------------------------------------------------------

    def calls(self, subject: str, hours: int, now: float) -> float:
        """Calls of the last so many hours. The oldest hour counts by the part of it that lies in there."""
        begun = sum(share * spent.calls for share, spent in self._window(subject, hours, now))
        return begun + self._waiting(subject)

    def minutes(self, subject: str, hours: int, now: float) -> float:
        """Minutes of the last so many hours, running calls included."""
        return sum(share * spent.seconds for share, spent in self._window(subject, hours, now)) / 60.0

    def _window(self, subject: str, hours: int, now: float) -> Iterable[tuple[float, _Spent]]:
        found = self._hours.get(subject)
        if not found:
            return
        current = int(now // HOUR)
        for hour, spent in found.items():
            age = current - hour
            if 0 <= age < hours:
                yield 1.0, spent
            elif age == hours:
                yield 1.0 - (now / HOUR - current), spent

    def concurrent(self, subject: str) -> int:
        """Legs of it that run now, or are about to."""
        running = sum(subject in running.subjects for running in self._running.values())
        return running + self._waiting(subject)

    def _waiting(self, subject: str) -> int:
        return sum(subject in subjects for subjects, _ in self._reserved)

    def forgive(self, subject: str) -> bool:
        """Begin anew with an empty account (the "allow" button); False when nothing was counted."""
        hours = self._hours.get(subject)
        if not hours:
            return False
        for hour in hours:
            hours[hour] = _Spent()
            self._dirty[subject, hour] = None
        return True

    # --- countries --------------------------------------------------------------------------------------

    def allow_country(self, country: str) -> None:
        """An administrator lets it be called."""
        self._countries.add(country)

    def knows_country(self, country: str) -> bool:
        """Whether it may be called without asking."""
        return country in self._countries

    # --- trunks that do not work ------------------------------------------------------------------------

    def failed(self, trunk: TrunkId, until: float) -> None:
        """A trunk does not take calls: it is tried last until then."""
        self._down[trunk] = until

    def works(self, trunk: TrunkId) -> None:
        """A trunk took a call, or answered."""
        self._down.pop(trunk, None)

    def is_down(self, trunk: TrunkId, now: float) -> bool:
        """Whether a trunk failed a moment ago."""
        return self._down.get(trunk, 0.0) > now

    def rest(self, trunk: TrunkId, until: float) -> None:
        """A trunk asked to be left alone until then."""
        self._resting[trunk] = until

    def rests(self, trunk: TrunkId, now: float) -> float:
        """For how many seconds a trunk is still left alone."""
        return max(0.0, self._resting.get(trunk, 0.0) - now)

    # --- keeping ----------------------------------------------------------------------------------------

    def take_dirty(self) -> list[HourUsed]:
        """The rows that changed since the last time, as they are now."""
        changed, self._dirty = self._dirty, {}
        rows = []
        for subject, hour in changed:
            spent = self._hours.get(subject, {}).get(hour)
            if spent is not None:
                rows.append(HourUsed(subject, hour, spent.calls, spent.seconds))
        return rows

    def restore(self, rows: Iterable[HourUsed], countries: Iterable[str] = ()) -> None:
        """Take back what was kept, at start."""
        for row in rows:
            self._hours.setdefault(row.subject, {})[row.hour] = _Spent(row.calls, row.seconds)
        self._countries.update(countries)

    def forget_old(self, now: float) -> None:
        """Drop the hours that no budget looks back at."""
        oldest = int(now // HOUR) - KEPT_HOURS
        for subject in list(self._hours):
            kept = {hour: spent for hour, spent in self._hours[subject].items() if hour >= oldest}
            if kept:
                self._hours[subject] = kept
            else:
                del self._hours[subject]
