"""Which calls go on, and by which names those in them ask for them when they are over."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from switchroom.directory import UserId
from switchroom.happenings import CallAnswered, CallEnded, CallFacts, CallStarted

MOST_NAMES = 20_000
"""Names of calls that are remembered: of the last ten minutes of a very busy system."""
MOST_MESSAGES = 2000
"""Calls that a mailbox took, of which that is remembered."""
_MISSED = "no_answer"
"""Of `calls.records.Cause`."""


class KnownCalls:
    """Takes what happens in calls."""

    def __init__(self) -> None:
        self.named: Callable[[UserId], Mapping[str, str]] = lambda user: {}
        """A person's running calls by their ids and by the Call-IDs of his dialogs."""
        self.leaves_message: Callable[[str], bool] = lambda call: False
        """Whether a call that was answered just now is taken by a mailbox."""
        self._running: dict[str, CallFacts] = {}
        self._names: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._messages: OrderedDict[str, None] = OrderedDict()

    def take(self, happening: CallStarted | CallAnswered | CallEnded) -> CallFacts:
        """What happened to a call; the call as people see it."""
        call = happening.call
        if isinstance(happening, CallAnswered) and self.leaves_message(call.id):
            self._messages[call.id] = None
            _trim(self._messages, MOST_MESSAGES)
        call = self.for_people(call)
        if isinstance(happening, CallEnded):
            self._running.pop(call.id, None)
            return call
        self._running[call.id] = call
        for user in filter(None, (call.caller_user, call.callee_user)):
            for name, known in self.named(UserId(user)).items():
                if known == call.id:
                    self._names[user, name] = call.id
        _trim(self._names, MOST_NAMES)
        return call

    def for_people(self, call: CallFacts) -> CallFacts:
        """A call that a mailbox took was not answered."""
        if call.id not in self._messages:
            return call
        return replace(call, answered_at=None, cause=_MISSED if call.ended_at is not None else None)

    def id_of(self, user: UserId, name: str) -> str | None:
        """The id of a person's call by its id or the Call-ID of his dialog, while it runs and soon after."""
        return self.named(user).get(name) or self._names.get((user, name))

    def running(self, call: str) -> CallFacts | None:
        """A call that goes on."""
        return self._running.get(call)


def _trim(kept: OrderedDict[Any, Any], most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)
