"""What webhooks tell of each happening: the name of the event and its data, plain enough for JSON."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, assert_never

from switchroom.happenings import (
    ActivityDone,
    CallAnswered,
    CallEnded,
    CallFacts,
    CallStarted,
    Happening,
    RecordingReady,
    VoicemailLeft,
)
from switchroom.store.records import CallState, state_of


class Event(StrEnum):
    """What a webhook can be told."""

    CALL_STARTED = "call.started"
    CALL_ANSWERED = "call.answered"
    CALL_ENDED = "call.ended"
    CALL_MISSED = "call.missed"
    RECORDING_READY = "recording.ready"
    VOICEMAIL_LEFT = "voicemail.left"
    ACTIVITY_DONE = "activity.done"


TEST = "test"
"""The event that the test button sends; nobody subscribes to it."""
Data = dict[str, Any]


def events_of(happening: Happening) -> Iterator[tuple[Event, Data]]:
    """What is told of a happening. A call that one of ours missed is told twice: ended, and missed."""
    match happening:
        case CallStarted(call):
            yield Event.CALL_STARTED, call_data(call)
        case CallAnswered(call):
            yield Event.CALL_ANSWERED, call_data(call)
        case CallEnded(call):
            data = call_data(call)
            yield Event.CALL_ENDED, data
            if data["result"] == CallState.MISSED and call.direction != "out":
                yield Event.CALL_MISSED, data
        case RecordingReady(recording_id, conference_id, meeting_id, seconds):
            yield (
                Event.RECORDING_READY,
                {
                    "recording_id": recording_id,
                    "conference_id": conference_id,
                    "meeting_id": meeting_id,
                    "seconds": round(seconds, 3),
                },
            )
        case VoicemailLeft():
            yield (
                Event.VOICEMAIL_LEFT,
                {
                    "message_id": happening.message_id,
                    "mailbox_id": happening.mailbox,
                    "number": happening.number,
                    "name": happening.name,
                    "seconds": round(happening.seconds, 3),
                    "at": happening.at,
                },
            )
        case ActivityDone():
            yield (
                Event.ACTIVITY_DONE,
                {
                    "source": happening.source,
                    "activity_id": happening.activity_id,
                    "type": happening.type,
                    "summary": happening.summary,
                    "user_id": happening.by,
                    "feedback": happening.feedback,
                    "outcome": happening.outcome,
                    "at": happening.at,
                    "app": happening.app,
                    "record_id": happening.record_id,
                },
            )
        case _:
            assert_never(happening)


def call_data(call: CallFacts) -> Data:
    """A call as it is told. `result`: running, answered, missed, refused or failed."""
    ended, answered = call.ended_at, call.answered_at
    callee = {"number": call.callee_number, "name": call.callee_name, "user_id": call.callee_user}
    return {
        "call_id": call.id,
        "journey_id": call.journey,
        "kind": call.kind,
        "direction": call.direction,
        "caller": {"number": call.caller_number, "name": call.caller_name, "user_id": call.caller_user},
        "callee": callee if call.callee_number is not None else None,
        "dialled": call.dialled,
        "conference_id": call.conference_id,
        "started_at": call.started_at,
        "answered_at": answered,
        "ended_at": ended,
        "seconds": None if ended is None else round(max(0.0, ended - (answered or ended)), 3),
        "result": state_of(call.kind, answered, ended, call.cause).value,
        "cause": call.cause,
    }


SAMPLE = CallFacts(
    id="01928374a5b6c7d8e9f0",
    journey="01928374a5b6c7d8e9f0",
    kind="call",
    direction="in",
    started_at=0.0,
    caller_number="+14155550123",
    caller_name="Example caller",
    caller_user=None,
    dialled="201",
    callee_number="201",
    callee_name="Example",
    callee_user=None,
)
"""What the test button tells: of nobody."""
