"""What happened, told to whoever wants to know: webhooks, records of customers, pages. Plain values only."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CallFacts:
    """A call at one moment. Times are seconds since the epoch; numbers are E.164 or extensions."""

    id: str
    journey: str
    kind: str
    """`calls.records.CallKind`."""
    direction: str
    """internal, in or out."""
    started_at: float
    caller_number: str
    caller_name: str
    caller_user: str | None
    dialled: str
    callee_number: str | None
    callee_name: str
    callee_user: str | None
    conference_id: str | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    cause: str | None = None
    """`calls.records.Cause`, once ended."""


@dataclass(frozen=True, slots=True)
class CallStarted:
    """A call began."""

    call: CallFacts


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """Somebody answered."""

    call: CallFacts


@dataclass(frozen=True, slots=True)
class CallEnded:
    """A call is over; answered or not (missed, refused, failed)."""

    call: CallFacts


@dataclass(frozen=True, slots=True)
class RecordingReady:
    """A conference's recording can be heard."""

    recording_id: str
    conference_id: str | None
    meeting_id: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class VoicemailLeft:
    """A message was left."""

    message_id: str
    mailbox: str
    number: str
    name: str
    seconds: float
    at: float


@dataclass(frozen=True, slots=True)
class ActivityDone:
    """A planned activity was done."""

    source: str
    activity_id: str
    type: str
    summary: str
    by: str
    """User id."""
    feedback: str
    outcome: str
    at: float
    app: str | None = None
    record_id: str | None = None


Happening = CallStarted | CallAnswered | CallEnded | RecordingReady | VoicemailLeft | ActivityDone
Listener = Callable[[Happening], None]


class Happenings:
    """Hands each happening to all who listen, at once, on the loop. A listener that fails harms nobody."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    @property
    def heard(self) -> bool:
        """Whether anybody listens: who would gather much to tell asks first."""
        return bool(self._listeners)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Be told from now on, until the returned function is called. Listeners must not wait."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, happening: Happening) -> None:
        """Tell everyone."""
        for listener in tuple(self._listeners):
            try:
                listener(happening)
            except Exception:
                log.exception("%s was not taken by a listener", type(happening).__name__)
