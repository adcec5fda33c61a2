"""Recording a room: the mix, each participant apart if asked for, and who is told of it (pure).

A room holds a `Recorder` while it is recorded. Whoever is in the room hears that it begins and ends; who
comes later is told when he can hear it (`NOTICE`). `OpenFiles` knows what the worker writes now: how long a
file became and why it ended is the worker's last word, and may come after the room is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from switchroom.calls.change import replace
from switchroom.calls.commands import Command, Commands, Keep, Say
from switchroom.calls.minutes import MeetingId, RecordingRecord
from switchroom.calls.values import Prompt
from switchroom.directory.model import Conference, ConferenceId, Recording
from switchroom.media.types import (
    LegId,
    OfLeg,
    OfRoom,
    PlayId,
    Record,
    RecordEnded,
    RecordId,
    RoomId,
    StopRecord,
)

NOTICE = Prompt.RECORDED
"""What who comes into a recorded room is told."""
STOPPED = "stopped"
"""A moderator stopped it."""
EMPTIED = "ended"
"""The meeting was over."""
LEFT = "left"
"""The participant whose voice it is left, or goes on by another device."""
DISK = "disk"
"""It could not be written."""
LOST = "media_failed"
"""The media worker died; what it had written is there."""
_FEWEST = 2
"""People that a conference which is always recorded begins to be recorded with."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Somebody in the room."""

    leg: LegId
    attendance: str
    name: str


@dataclass(frozen=True, slots=True)
class Recorder:
    """A room that is being recorded, since when and by whom (empty: it always is)."""

    room: RoomId
    conference: ConferenceId
    meeting: MeetingId
    language: str
    since: float
    by: str
    each: bool
    whole: RecordId
    """The recording of the mix."""
    files: Mapping[RecordId, RecordingRecord] = field(default_factory=lambda: MappingProxyType({}))
    """What is being written."""
    voices: Mapping[LegId, RecordId] = field(default_factory=lambda: MappingProxyType({}))
    parts: int = 0
    """Participants recorded apart so far."""


def allowed(conference: Conference, on: bool) -> bool:
    """Whether a moderator may begin to record it, or stop: what is always recorded is not stopped."""
    return conference.recording is not Recording.OFF if on else conference.recording is not Recording.ALWAYS


def due(conference: Conference, inside: int) -> bool:
    """Whether a room with so many people in it has to be recorded without being told."""
    return conference.recording is Recording.ALWAYS and inside >= _FEWEST


def started(
    room: RoomId,
    conference: Conference,
    meeting: MeetingId,
    voices: Iterable[Voice],
    now: float,
    *,
    by: str = "",
    each: bool | None = None,
    language: str = "en",
) -> tuple[Recorder, Commands]:
    """Begin: everybody in the room is told. `each`: every participant apart, too; None: as configured."""
    whole = RecordId(f"{meeting}.{int(now * 1000) % 10**10:010}")
    apart = conference.record_participants if each is None else each
    recorder = Recorder(room, conference.id, meeting, language, now, by, apart, whole)
    recorder, commands = _write(recorder, whole, OfRoom(room=room), now, None)
    for voice in voices:
        recorder, more = entered(recorder, voice, now)
        commands += more
    return recorder, (*commands, _tell(recorder, NOTICE, now))


def entered(recorder: Recorder, voice: Voice, now: float) -> tuple[Recorder, Commands]:
    """Somebody came into the room itself; tell him `NOTICE` when he can hear it."""
    if not recorder.each or voice.leg in recorder.voices:
        return recorder, ()
    recorder = replace(recorder, parts=recorder.parts + 1)
    return _write(recorder, RecordId(f"{recorder.whole}.{recorder.parts}"), OfLeg(leg=voice.leg), now, voice)


def left(recorder: Recorder, leg: LegId, now: float) -> tuple[Recorder, Commands]:
    """Somebody is no longer in the room."""
    record = recorder.voices.get(leg)
    if record is None:
        return recorder, ()
    return _without(recorder, record), _close(recorder.files[record], now, LEFT)


def replaced(recorder: Recorder, old: LegId, voice: Voice, now: float) -> tuple[Recorder, Commands]:
    """Another device took a participant's place: the same person's next file."""
    recorder, ending = left(recorder, old, now)
    recorder, beginning = entered(recorder, voice, now)
    return recorder, (*ending, *beginning)


def apart(
    recorder: Recorder, voices: Iterable[Voice], each: bool, by: str, now: float
) -> tuple[Recorder, Commands]:
    """Record each participant apart from now on, those to come too, or no longer; the mix goes on."""
    if recorder.each == each:
        return recorder, ()
    commands: Commands = ()
    if each:
        recorder = replace(recorder, each=True, by=by)
        for voice in voices:
            recorder, more = entered(recorder, voice, now)
            commands += more
        return recorder, commands
    for record in recorder.voices.values():
        commands += _close(recorder.files[record], now, STOPPED)
        recorder = _without(recorder, record)
    return replace(recorder, each=False), commands


def stopped(recorder: Recorder, now: float) -> Commands:
    """A moderator stopped it: everybody in the room is told."""
    return (*_all(recorder, now, STOPPED), _tell(recorder, Prompt.RECORDING_STOPPED, now))


def emptied(recorder: Recorder, now: float) -> Commands:
    """The meeting is over. For before the room is closed."""
    return _all(recorder, now, EMPTIED)


def failed(recorder: Recorder, record: RecordId, now: float) -> tuple[Recorder | None, Commands]:
    """The worker can no longer write a file: without the mix there is no recording, and all are told."""
    if record not in recorder.files:
        return recorder, ()
    rest = _without(recorder, record)
    if record != recorder.whole:
        return rest, ()
    return None, (*_all(rest, now, DISK), _tell(rest, Prompt.RECORDING_STOPPED, now))


def _write(
    recorder: Recorder, record: RecordId, target: OfRoom | OfLeg, now: float, voice: Voice | None
) -> tuple[Recorder, Commands]:
    fact = RecordingRecord(
        id=record,
        conference_id=recorder.conference,
        meeting=recorder.meeting,
        path=f"{record}.wav",
        started_at=now,
        by=recorder.by,
        attendance=voice.attendance if voice else None,
        participant=voice.name if voice else "",
    )
    files = MappingProxyType({**recorder.files, record: fact})
    if voice is not None:
        voices = MappingProxyType({**recorder.voices, voice.leg: record})
        recorder = replace(recorder, voices=voices)
    writing = Record(record=record, target=target, path=fact.path, one_side=voice is not None)
    return replace(recorder, files=files), (Keep(fact), writing)


def _without(recorder: Recorder, record: RecordId) -> Recorder:
    files = {key: fact for key, fact in recorder.files.items() if key != record}
    voices = {leg: key for leg, key in recorder.voices.items() if key != record}
    return replace(recorder, files=MappingProxyType(files), voices=MappingProxyType(voices))


def _close(fact: RecordingRecord, now: float, reason: str) -> Commands:
    ended = replace(fact, ended_at=now, seconds=max(0.0, now - fact.started_at), reason=reason)
    return StopRecord(record=RecordId(fact.id)), Keep(ended)


def _all(recorder: Recorder, now: float, reason: str) -> Commands:
    commands: list[Command] = []
    for fact in recorder.files.values():
        commands += _close(fact, now, reason)
    return tuple(commands)


def _tell(recorder: Recorder, prompt: Prompt, now: float) -> Command:
    play = PlayId(f"{recorder.room}/{prompt}{int(now * 1000)}")
    return Say(play, OfRoom(room=recorder.room), (prompt,), recorder.language)


class OpenFiles:
    """The recordings that the worker is writing, or has not yet told the end of."""

    def __init__(self) -> None:
        self._facts: dict[RecordId, RecordingRecord] = {}

    def __len__(self) -> int:
        return len(self._facts)

    def keep(self, fact: RecordingRecord) -> None:
        """A recording began, or was told to stop."""
        self._facts[RecordId(fact.id)] = fact

    def ended(self, event: RecordEnded, now: float) -> tuple[RecordingRecord, RecordingRecord] | None:
        """The worker has ended a file: what was known of it, and its last record; None for an unknown one."""
        before = self._facts.pop(event.record, None)
        if before is None:
            return None
        seconds = event.duration / 1000
        reason = DISK if event.reason == "disk" else before.reason or STOPPED
        ended_at = before.ended_at or now
        return before, replace(before, ended_at=ended_at, seconds=seconds, reason=reason)

    def lost(self, now: float) -> list[RecordingRecord]:
        """The worker died: the last records of all files, as long as they may have become."""
        facts, self._facts = self._facts, {}
        return [
            replace(fact, ended_at=now, seconds=max(0.0, now - fact.started_at), reason=LOST)
            if fact.ended_at is None
            else fact
            for fact in facts.values()
        ]
