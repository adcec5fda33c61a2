"""What is sent to those who watch: whole lists, each when it changed; slow readers get the newest only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

import msgspec

from switchroom.api.ports import Live


class Audience(Enum):
    """Who watches."""

    EVERYTHING = "everything"
    ROOMS = "rooms"
    """Rooms, and the calls that are in them."""


class Topic(Enum):
    """One kind of message; in the order in which they are sent."""

    CALLS = "calls"
    ROOMS = "rooms"
    REGISTRATIONS = "registrations"
    PROBLEMS = "problems"
    PENDING = "pending"


_FOR_ROOMS = (Topic.CALLS, Topic.ROOMS, Topic.PENDING)


@dataclass(frozen=True, slots=True)
class Pending:
    """Where the draft stands."""

    changed_entries: int
    applied_revision: int
    draft_version: int
    """Grows with each save: lists of others are old then."""


def may_see(audience: Audience, topic: Topic) -> bool:
    """Whether a topic is for an audience."""
    return audience is Audience.EVERYTHING or topic in _FOR_ROOMS


def message(topic: Topic, audience: Audience, live: Live, pending: Pending) -> bytes:
    """The present state of a topic, as JSON."""
    match topic:
        case Topic.CALLS:
            calls = [call for call in live.calls() if audience is Audience.EVERYTHING or call.conference_id]
            return _encode(topic, calls)
        case Topic.ROOMS:
            return _encode(topic, live.rooms())
        case Topic.REGISTRATIONS:
            return _encode(topic, live.registrations())
        case Topic.PROBLEMS:
            return _encode(topic, live.problems())
        case Topic.PENDING:
            return msgspec.json.encode({"type": topic.value, **asdict(pending)})


def _encode(topic: Topic, rows: Sequence[Any]) -> bytes:
    return msgspec.json.encode({"type": topic.value, topic.value: rows})


class Feed:
    """What one reader has not been sent yet: of each topic the newest state, if it differs from what he has.

    However slow the reader, no more than one message of each topic waits.
    """

    def __init__(self, audience: Audience) -> None:
        self.audience = audience
        self._sent: dict[Topic, bytes] = {}
        self._waiting: dict[Topic, bytes] = {}

    def offer(self, topic: Topic, state: bytes) -> bool:
        """A topic's present state; whether there is anything to send now."""
        if self._sent.get(topic) == state:
            self._waiting.pop(topic, None)
        else:
            self._waiting[topic] = state
        return bool(self._waiting)

    def take(self) -> list[bytes]:
        """What waits, to be sent now."""
        found = [(topic, self._waiting[topic]) for topic in Topic if topic in self._waiting]
        self._waiting.clear()
        self._sent.update(found)
        return [state for _, state in found]
