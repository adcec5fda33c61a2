"""calls/recording.py: what is written, who is told, and how a file's end is noted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from switchroom.calls import recording
from switchroom.calls.commands import Command, Commands, Keep, Say
from switchroom.calls.minutes import MeetingId, RecordingRecord
from switchroom.calls.recording import OpenFiles, Recorder, Voice
from switchroom.calls.values import Prompt, Words
from switchroom.directory.model import Conference, ConferenceId, Recording
from switchroom.media.types import LegId, OfLeg, OfRoom, Record, RecordEnded, RecordId, RoomId, StopRecord

NOW = 1_763_740_000.0
ROOM = RoomId("c")
BOARD = Conference(ConferenceId("c"), "Board", "8002")
ANNE = Voice(LegId("a"), "a", "Anne")
BOB = Voice(LegId("b"), "b", "Bob")


def start(each: bool | None = None, conference: Conference = BOARD) -> tuple[Recorder, Commands]:
    """Anne and Bob are in the room, and the recording begins."""
    voices = (ANNE, BOB)
    return recording.started(
        ROOM, conference, MeetingId("m"), voices, NOW, by="Carla", each=each, language="fr"
    )


def facts(commands: Commands) -> list[RecordingRecord]:
    found = [command.fact for command in commands if isinstance(command, Keep)]
    return [fact for fact in found if isinstance(fact, RecordingRecord)]


def said(commands: Commands) -> list[Words]:
    return [prompt for command in commands if isinstance(command, Say) for prompt in command.prompts]


def of(kind: type[Command], commands: Commands) -> list[Command]:
    return [command for command in commands if isinstance(command, kind)]


def test_the_mix_is_recorded_and_everybody_told_in_the_rooms_language() -> None:
    recorder, commands = start()
    (record,) = [command for command in commands if isinstance(command, Record)]
    assert (record.target, record.one_side) == (OfRoom(room=ROOM), False)
    (fact,) = facts(commands)
    assert (fact.id, fact.path, fact.by, fact.attendance) == (record.record, record.path, "Carla", None)
    assert fact.ended_at is None
    (say,) = [command for command in commands if isinstance(command, Say)]
    assert (say.prompts, say.language, say.target) == ((Prompt.RECORDED,), "fr", OfRoom(room=ROOM))
    assert (recorder.since, recorder.by, recorder.each) == (NOW, "Carla", False)
    assert recording.entered(recorder, Voice(LegId("z"), "z", "Zoë"), NOW) == (recorder, ())


@pytest.mark.parametrize(("ordered", "configured"), [(True, False), (None, True)])
def test_each_participant_apart_if_asked_for_or_configured(ordered: bool | None, configured: bool) -> None:
    recorder, commands = start(ordered, replace(BOARD, record_participants=configured))
    parts = [
        (command.target, command.one_side)
        for command in commands
        if isinstance(command, Record) and isinstance(command.target, OfLeg)
    ]
    assert parts == [(OfLeg(leg=ANNE.leg), True), (OfLeg(leg=BOB.leg), True)]
    assert [(fact.attendance, fact.participant) for fact in facts(commands)] == [
        (None, ""),
        ("a", "Anne"),
        ("b", "Bob"),
    ]
    late, more = recording.entered(recorder, Voice(LegId("z"), "z", "Zoë"), NOW + 5)
    assert facts(more)[0].started_at == NOW + 5
    paths = {fact.path for fact in (*facts(commands), *facts(more))}
    assert len(paths) == 4 and len(late.files) == 4
    assert all("/" not in path and path.endswith(".wav") for path in paths)
    assert recording.entered(late, Voice(LegId("z"), "z", "Zoë"), NOW + 6) == (late, ())


def test_not_each_though_configured_if_the_moderator_says_so() -> None:
    recorder, _ = start(False, replace(BOARD, record_participants=True))
    assert not recorder.each and len(recorder.files) == 1


def test_who_leaves_ends_his_own_file_only() -> None:
    recorder, _ = start(True)
    recorder, commands = recording.left(recorder, ANNE.leg, NOW + 60)
    (fact,) = facts(commands)
    assert (fact.attendance, fact.reason, fact.seconds, fact.ended_at) == ("a", "left", 60.0, NOW + 60)
    assert [command.record for command in commands if isinstance(command, StopRecord)] == [fact.id]
    assert len(recorder.files) == 2
    assert recording.left(recorder, ANNE.leg, NOW + 61) == (recorder, ())


def test_another_device_of_a_person_goes_on_in_a_file_of_the_same_attendance() -> None:
    recorder, _ = start(True)
    recorder, commands = recording.replaced(recorder, ANNE.leg, Voice(LegId("a2"), "a", "Anne"), NOW + 60)
    ended, begun = facts(commands)
    assert (ended.attendance, ended.ended_at, begun.attendance, begun.ended_at) == ("a", NOW + 60, "a", None)
    assert ended.path != begun.path and recorder.voices[LegId("a2")] == begun.id


def test_a_stop_ends_every_file_and_is_told_to_all() -> None:
    recorder, begun = start(True)
    commands = recording.stopped(recorder, NOW + 30)
    assert said(commands) == [Prompt.RECORDING_STOPPED]
    assert {fact.id for fact in facts(commands)} == {fact.id for fact in facts(begun)}
    assert {fact.reason for fact in facts(commands)} == {"stopped"}
    assert len(of(StopRecord, commands)) == 3


def test_an_empty_room_ends_every_file_without_a_word() -> None:
    recorder, _ = start(True)
    commands = recording.emptied(recorder, NOW + 30)
    assert said(commands) == [] and len(of(StopRecord, commands)) == 3
    assert {fact.reason for fact in facts(commands)} == {"ended"}


def test_a_second_recording_of_a_meeting_has_files_of_its_own() -> None:
    _, first = start(True)
    _, second = recording.started(ROOM, BOARD, MeetingId("m"), (ANNE,), NOW + 0.01, each=True)
    assert not {fact.path for fact in facts(first)} & {fact.path for fact in facts(second)}


@pytest.mark.parametrize(
    ("configured", "begin", "stop"),
    [(Recording.OFF, False, True), (Recording.ON_REQUEST, True, True), (Recording.ALWAYS, True, False)],
)
def test_what_a_moderator_may_order(configured: Recording, begin: bool, stop: bool) -> None:
    conference = replace(BOARD, recording=configured)
    assert (recording.allowed(conference, True), recording.allowed(conference, False)) == (begin, stop)


def test_always_means_from_the_first_two_people_on() -> None:
    always = replace(BOARD, recording=Recording.ALWAYS)
    assert [recording.due(always, inside) for inside in (0, 1, 2, 3)] == [False, False, True, True]
    assert not recording.due(BOARD, 5)


def test_a_full_disk_ends_the_recording_and_all_are_told() -> None:
    recorder, _ = start(True)
    after, commands = recording.failed(recorder, recorder.whole, NOW + 9)
    assert after is None and said(commands) == [Prompt.RECORDING_STOPPED]
    assert {fact.reason for fact in facts(commands)} == {"disk"} and len(facts(commands)) == 2


def test_a_participants_file_that_fails_leaves_the_others() -> None:
    recorder, _ = start(True)
    part = recorder.voices[ANNE.leg]
    after, commands = recording.failed(recorder, part, NOW + 9)
    assert after is not None and commands == ()
    assert part not in after.files and recorder.whole in after.files and ANNE.leg not in after.voices
    assert recording.failed(after, RecordId("unknown"), NOW) == (after, ())


def ended(record: str, duration: int, *, disk: bool = False) -> RecordEnded:
    return RecordEnded(
        record=RecordId(record), path="p", duration=duration, reason="disk" if disk else "finished"
    )


def test_the_worker_has_the_last_word_on_a_files_length() -> None:
    files = OpenFiles()
    recorder, begun = start()
    files.keep(facts(begun)[0])
    files.keep(facts(recording.stopped(recorder, NOW + 30))[0])
    found = files.ended(ended(recorder.whole, 29_980), NOW + 30.2)
    assert found is not None
    before, after = found
    assert before.ended_at == NOW + 30
    assert (after.seconds, after.reason, after.ended_at) == (29.98, "stopped", NOW + 30)
    assert len(files) == 0 and files.ended(ended(recorder.whole, 1), NOW) is None


def test_a_file_that_the_worker_ends_by_itself_says_why() -> None:
    files = OpenFiles()
    recorder, begun = start()
    files.keep(facts(begun)[0])
    found = files.ended(ended(recorder.whole, 4_000, disk=True), NOW + 4)
    assert found is not None
    before, after = found
    assert before.ended_at is None
    assert (after.seconds, after.reason, after.ended_at) == (4.0, "disk", NOW + 4)


def test_a_dead_worker_ends_all_files() -> None:
    files = OpenFiles()
    recorder, begun = start(True)
    for fact in facts(begun):
        files.keep(fact)
    _, left = recording.left(recorder, ANNE.leg, NOW + 5)
    files.keep(facts(left)[0])
    lost = files.lost(NOW + 10)
    assert [(fact.participant, fact.reason, fact.seconds) for fact in lost] == [
        ("", "media_failed", 10.0),
        ("Anne", "left", 5.0),
        ("Bob", "media_failed", 10.0),
    ]
    assert len(files) == 0
