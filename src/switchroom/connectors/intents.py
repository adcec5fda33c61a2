"""Who is about to call which activity, and in which call he does it."""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.crm.connector import FoundRecord
from switchroom.directory import UserId

INTENT_SECONDS = 60.0
"""So long somebody is about to call; then for as long as the call goes on."""


@dataclass(frozen=True, slots=True)
class Intent:
    """Somebody is about to call a number for an activity, or does."""

    user: UserId
    name: str
    source: str
    activity: str
    number: str
    """As it is dialled: E.164 or an extension."""
    since: float
    """Seconds since the epoch."""
    record: FoundRecord | None = None


class Intents:
    """The one memory of them. A person is about to make one call at a time."""

    def __init__(self) -> None:
        self._waiting: dict[UserId, Intent] = {}
        self._calling: dict[str, Intent] = {}
        """By call."""

    def register(self, intent: Intent) -> None:
        """Somebody is about to call."""
        self._waiting[intent.user] = intent

    def others(self, user: UserId, now: float) -> dict[tuple[str, str], Intent]:
        """What everybody else is about to call, or does, by source and activity."""
        waiting = (one for one in self._waiting.values() if now - one.since < INTENT_SECONDS)
        found = (one for one in (*waiting, *self._calling.values()) if one.user != user)
        return {(one.source, one.activity): one for one in found}

    def expects(self, user: UserId) -> bool:
        """Whether a call of this person may be one that he was about to make."""
        return user in self._waiting

    def began(self, call: str, user: UserId, number: str, now: float) -> Intent | None:
        """A call began: the intent that it fits belongs to it from now on."""
        intent = self._waiting.get(user)
        if intent is None or intent.number != number or now - intent.since >= INTENT_SECONDS:
            return None
        self._calling[call] = self._waiting.pop(user)
        return intent

    def of_call(self, call: str) -> Intent | None:
        """What a running call is made for."""
        return self._calling.get(call)

    def ended(self, call: str) -> Intent | None:
        """A call is over: its intent is done with."""
        return self._calling.pop(call, None)
