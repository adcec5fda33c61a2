"""Calls that people ask for by a click: their own phones ring first, then the number is called (F-05).

What can be known before is looked at before: nobody's phone rings for a call that will not be made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from switchroom.calls import invite, ringing
from switchroom.calls.call import Closing, Facts
from switchroom.calls.change import replace
from switchroom.calls.click import Called
from switchroom.calls.commands import FindPlan
from switchroom.calls.engine import Engine
from switchroom.calls.events import HangUpOrdered, PlanFound
from switchroom.calls.intake import goes_out
from switchroom.calls.outcomes import Click, ClickFailure, ClickRefusal, ClickStep
from switchroom.calls.reach import reached
from switchroom.calls.records import CallKind, CallRecord, Cause
from switchroom.calls.routing import HuntPlan, Known, Plan, language_of, party_of, route
from switchroom.calls.values import (
    CallId,
    EnterConference,
    Hunt,
    JourneyId,
    Last,
    Outside,
    Party,
    Prompt,
    Refuse,
    Target,
    ToMailbox,
)
from switchroom.calls.whereabouts import Whereabouts
from switchroom.directory import number_plan
from switchroom.directory.model import User, UserId
from switchroom.media.types import LegId

MOST_OPEN = 3
"""Calls that one person may have asked for and that are not answered yet."""
KEPT = 1000
"""Calls that were asked for, whose end can be told."""
BROWSER, DESK = "browser", "desk"
"""Kinds of phones, besides the ids of devices."""
_GONE = Refuse(480, Cause.UNREACHABLE, (Prompt.NOT_AVAILABLE,))
_BY_PROMPT = {
    Prompt.NOT_ALLOWED: ClickRefusal.NOT_ALLOWED,
    Prompt.COUNTRY_ASKED: ClickRefusal.COUNTRY_ASKED,
    Prompt.LIMIT_REACHED: ClickRefusal.LIMIT_REACHED,
    Prompt.LINES_BUSY: ClickRefusal.LINES_BUSY,
    Prompt.OUTSIDE_IMPOSSIBLE: ClickRefusal.NO_TRUNK,
}
_BY_CAUSE = {
    Cause.UNKNOWN_NUMBER: ClickRefusal.NUMBER_UNKNOWN,
    Cause.NOT_ALLOWED: ClickRefusal.NOT_ALLOWED,
    Cause.BUSY: ClickRefusal.BUSY,
}
_OF_PHONE = {
    Cause.NO_ANSWER: ClickFailure.PHONE_NO_ANSWER,
    Cause.DECLINED: ClickFailure.PHONE_REFUSED,
    Cause.BUSY: ClickFailure.PHONE_REFUSED,
    Cause.UNREACHABLE: ClickFailure.PHONE_UNREACHABLE,
    Cause.CANCELLED: ClickFailure.CANCELLED,
}
_OF_OTHER = {
    Cause.NO_ANSWER: ClickFailure.NO_ANSWER,
    Cause.DECLINED: ClickFailure.REFUSED,
    Cause.BUSY: ClickFailure.BUSY,
    Cause.UNREACHABLE: ClickFailure.UNREACHABLE,
    Cause.UNKNOWN_NUMBER: ClickFailure.NUMBER_UNKNOWN,
    Cause.NOT_ALLOWED: ClickFailure.NOT_ALLOWED,
    Cause.CANCELLED: ClickFailure.CANCELLED,
}


@dataclass(slots=True)
class _Asked:
    """A call that was asked for. `there`: who asked has answered his phone."""

    user: UserId
    number: str
    name: str
    there: bool = False
    record: CallRecord | None = None


class _Trial:
    """Where people can be rung, without any line being reserved for it (`reach.Reach`)."""

    def __init__(self, engine: Engine, where: Whereabouts) -> None:
        self._engine = engine
        self.devices = where.devices
        self.takes_calls = where.takes_calls

    def outside(self, wanted: Outside, caller: Party) -> tuple[Target, ...] | Refuse:
        """By which trunks it would go."""
        return self._engine.lines.try_out(wanted, caller, self._engine.clock.now())


class Clicking:
    """Connects people with numbers. `closed_for`: for how many seconds no call is made, 0: calls are."""

    def __init__(self, engine: Engine, where: Whereabouts, closed_for: Callable[[], int]) -> None:
        self._engine = engine
        self._where = where
        self._closed_for = closed_for
        self._asked: dict[CallId, _Asked] = {}
        engine.finds_plan = self._find
        engine.finished = self._finished

    def call(self, user: UserId, number: str, device: str | None = None) -> Click | ClickRefusal:
        """Ring somebody's own phones, showing whom he will call, and call the number when he answers.

        `device`: the id of one of his devices, or `browser` or `desk`; None: all of them ring.
        """
        known = self._where.known(self._engine.clock.now())
        me = known.snapshot.users.get(user)
        if me is None:
            return ClickRefusal.NO_PHONE
        if self._closed_for():
            return ClickRefusal.SYSTEM_BUSY
        if self._waiting(user) >= MOST_OPEN:
            return ClickRefusal.TOO_MANY
        plan = self._plan(known, me, number)
        if isinstance(plan, ClickRefusal):
            return plan
        targets = tuple(one for one in self._where.devices(user) if _wanted(one, device))
        if not targets:
            return ClickRefusal.NO_PHONE
        return self._ring(known, me, number, plan, targets)

    def _waiting(self, user: UserId) -> int:
        """How many calls that he asked for nobody has answered yet."""
        mine = [(call, one) for call, one in self._asked.items() if one.user == user and one.record is None]
        return sum(self._view(*one).step in (ClickStep.PHONE, ClickStep.CALLING) for one in mine)

    def get(self, user: UserId, wanted: str) -> Click | None:
        """How it goes with a call that somebody asked for; None: he asked for none of this id."""
        asked = self._asked.get(CallId(wanted))
        return self._view(CallId(wanted), asked) if asked is not None and asked.user == user else None

    def cancel(self, user: UserId, wanted: str) -> bool:
        """Hang up; False when there is none of this id that goes on."""
        found = self.get(user, wanted)
        if found is None or found.step is ClickStep.ENDED:
            return False
        self._engine.deliver(CallId(wanted), HangUpOrdered(Cause.CANCELLED))
        return True

    def _plan(self, known: Known, me: User, number: str) -> HuntPlan | Last | ClickRefusal:
        """Where a number leads, if the call can be made as far as one knows."""
        country = known.snapshot.settings.country
        if isinstance(number_plan.read(number, country), number_plan.DialledEmergency):
            return ClickRefusal.EMERGENCY
        if number == me.extension:
            return ClickRefusal.WITH_ONESELF
        plan: Plan = route(known, number, me.id)
        if isinstance(plan, HuntPlan):
            trial = _Trial(self._engine, self._where)
            found = reached(plan.hunt, trial, party_of(me), me.id)
            if isinstance(found, Refuse):
                return _refusal(found)
            return ClickRefusal.UNREACHABLE if isinstance(found, Hunt) and not found.steps else plan
        if isinstance(plan, Refuse):
            return _refusal(plan)
        return plan if isinstance(plan, Last) else ClickRefusal.NOT_A_PLACE

    def _ring(
        self, known: Known, me: User, number: str, plan: HuntPlan | Last, targets: tuple[Target, ...]
    ) -> Click:
        engine, snapshot = self._engine, known.snapshot
        caller, shown = party_of(me), _shown(plan, number)
        outside = goes_out(plan)
        if outside:
            shown = replace(shown, name=engine.lines.provision.name(shown.extension) or shown.name)
        conference = plan.conference if isinstance(plan, EnterConference) else None
        call = engine.new_call()
        facts = Facts(
            id=call,
            journey=JourneyId(call),
            kind=CallKind.CALL if isinstance(plan, HuntPlan | ToMailbox) else CallKind.CONFERENCE,
            began=known.now,
            caller=caller,
            dialled=number,
            leg=LegId(""),
            seed=engine.seed(),
            language=language_of(snapshot, caller, conference),
            max_seconds=float(snapshot.settings.max_call_seconds),
            callee=plan.callee if isinstance(plan, HuntPlan) else None,
            direction="outgoing" if outside else "internal",
            conference=conference.id if conference is not None else None,
        )
        self._asked[call] = _Asked(me.id, number, shown.name)
        while len(self._asked) > KEPT:
            del self._asked[next(iter(self._asked))]
        seconds = float(me.ring_seconds or snapshot.settings.ring_seconds)
        state, commands = invite.start(facts, None, shown, targets, seconds, known.now)
        engine.begin(call, None, (me.id,), state, commands)
        return self._view(call, self._asked[call])

    def _find(self, call: CallId, wanted: FindPlan) -> None:
        """He is there: where his number leads now, and who can be rung."""
        known = self._where.known(self._engine.clock.now())
        asked = self._asked.get(call)
        if asked is not None:
            asked.there = True
        plan: Plan = route(known, wanted.number, wanted.account)
        found: Hunt | Last = _GONE
        callee = None
        if isinstance(plan, HuntPlan):
            callee = plan.callee
            found = reached(plan.hunt, self._where, wanted.leg.party, wanted.account)
        elif isinstance(plan, Last):
            found = plan
        self._engine.deliver(call, PlanFound(found, callee, self._engine.seed()))

    def _finished(self, record: CallRecord) -> None:
        asked = self._asked.get(record.id)
        if asked is not None:
            asked.record = record

    def _view(self, call: CallId, asked: _Asked) -> Click:
        step, failure = ClickStep.PHONE, None
        state = self._engine.state_of(call)
        record = state.record if isinstance(state, Closing) else asked.record
        if record is not None or state is None:
            step, failure = ClickStep.ENDED, _failure(asked, record)
        elif asked.there:
            waits = isinstance(state, Called | ringing.Preparing | ringing.Ringing)
            step = ClickStep.CALLING if waits else ClickStep.TALKING
        return Click(str(call), asked.number, asked.name, step, failure)


def _wanted(target: Target, device: str | None) -> bool:
    match device:
        case None:
            return True
        case "browser":
            return target.browser
        case "desk":
            return not target.browser
        case _:
            return target.device_id == device


def _refusal(refused: Refuse) -> ClickRefusal:
    for prompt in refused.prompts:
        if prompt in _BY_PROMPT:
            return _BY_PROMPT[prompt]
    return _BY_CAUSE.get(refused.cause, ClickRefusal.UNREACHABLE)


def _failure(asked: _Asked, record: CallRecord | None) -> ClickFailure | None:
    """Which step failed; None: none did."""
    if record is None:
        return ClickFailure.FAILED
    if record.answered_at is not None:
        return None
    causes = _OF_OTHER if asked.there else _OF_PHONE
    return causes.get(record.end_cause or Cause.INTERNAL_ERROR, ClickFailure.FAILED)


def _shown(plan: HuntPlan | Last, number: str) -> Party:
    """Whom his phone says he is about to call."""
    match plan:
        case HuntPlan(callee=callee):
            return callee
        case EnterConference(conference=conference):
            return Party(number, conference.name)
        case _:
            return Party(number)
