"""Access codes: whether a typed one is right, with budgets for wrong ones per caller and per room (G-03)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from switchroom.calls.budget import Budget
from switchroom.calls.events import Verdict
from switchroom.calls.problem_words import worded
from switchroom.calls.values import Party, Problem
from switchroom.directory.model import Conference

_SERVER = "conference server"


class Codes:
    """Looks at codes. A caller may be wrong 9 times, a room 30 times, before none is looked at for a while.

    A call gives three tries, so a caller has three calls; one more try comes back every two minutes, for a
    room every 30 seconds.
    """

    def __init__(self, caller: Budget | None = None, room: Budget | None = None) -> None:
        self._callers = caller or Budget(size=9, refill=120.0)
        self._rooms = room or Budget(size=30, refill=30.0)
        self._outside = Budget(size=60, refill=10.0)
        self.wrong = 0
        """Wrong codes so far."""

    def check(
        self, conference: Conference, caller: Party, code: str, now: float
    ) -> tuple[Verdict, Problem | None]:
        """What the code is worth, and what the administrator should be told, if anything.

        The administrator's code stands in the access code's place (G-04). Comparing takes the same time
        whatever differs.
        """
        who = (conference.id, caller.user_id or caller.guest or caller.extension)
        if not (self._callers.allows(who, now) and self._rooms.allows(conference.id, now)):
            return Verdict.REFUSED, None
        administrator = _same(conference.administrator_code, code)
        participant = _same(conference.access_code, code)
        if administrator:
            return Verdict.ADMINISTRATOR, None
        if participant:
            return Verdict.PARTICIPANT, None
        self.wrong += 1
        caller_done = self._callers.fail(who, now)
        room_done = self._rooms.fail(conference.id, now)
        return Verdict.WRONG, _problem(conference, caller, caller_done, room_done)

    def identify(
        self, rooms: Mapping[str, Conference], caller: Party, digits: str, now: float
    ) -> tuple[Conference | None, Verdict, Problem | None]:
        """Which conference has this ID, and what the administrator should be told, if anything.

        An unknown one counts against the caller; callers from outside, who may call themselves as they like,
        have a budget in common besides. Past a budget no ID is looked at, so that a known one sounds like
        any other.
        """
        outside = caller.user_id is None and caller.guest is None
        who = (_SERVER, caller.user_id or caller.guest or caller.extension)
        if not self._callers.allows(who, now) or (outside and not self._outside.allows(_SERVER, now)):
            return None, Verdict.REFUSED, None
        found = rooms.get(digits)
        if found is not None:
            return found, Verdict.PARTICIPANT, None
        self.wrong += 1
        caller_done = self._callers.fail(who, now)
        if outside and self._outside.fail(_SERVER, now):
            return None, Verdict.WRONG, worded("wrong-codes", _SERVER, "wrong-ids-from-outside")
        if not caller_done:
            return None, Verdict.WRONG, None
        told = worded("wrong-codes", _shown(caller), "wrong-ids", {"who": _shown(caller)})
        return None, Verdict.WRONG, told


def _same(expected: str | None, code: str) -> bool:
    return hmac.compare_digest((expected or "").encode(), code.encode()) and bool(expected)


def _shown(caller: Party) -> str:
    """A caller in a problem; a guest has no extension."""
    return caller.extension or f"Guest {caller.name}"


def _problem(conference: Conference, caller: Party, caller_done: bool, room_done: bool) -> Problem | None:
    if room_done:
        subject = conference.extension or conference.name
        return worded("wrong-codes", subject, "wrong-codes-of", {"conference": conference.name})
    if caller_done:
        values = {"who": _shown(caller), "conference": conference.name}
        return worded("wrong-codes", _shown(caller), values=values)
    return None
