"""What is kept of conferences, looked after: closed as of the crash, deleted when the settings say so."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from switchroom.happenings import CallEnded, CallFacts, Happening, Happenings, RecordingReady, VoicemailLeft
from switchroom.store import CallRow, RecordingFilter, Store
from switchroom.store.minutes_log import MinutesLog
from switchroom.store.voicemails import Voicemail
from switchroom.upkeep import (
    SignOfLife,
    close_calls,
    close_minutes,
    close_recordings,
    forget_recordings,
    note_calls,
    tell_messages,
)
from tests.store.test_minutes import attendance, meeting, recording
from tests.store.test_recordings import cut_off, names, tone


@pytest.fixture
async def store(database: str, tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(database, tmp_path / "key")
    opened.recordings.prepare()
    yield opened
    await opened.close()


def test_the_sign_of_life_says_when_the_system_died(tmp_path: Path) -> None:
    sign = SignOfLife(tmp_path / "alive")
    assert sign.last(5000.0) == 5000.0, "the first start"
    sign.touch()
    os.utime(tmp_path / "alive", (1000.0, 1000.0))
    assert sign.last(5000.0) == 1000.0
    assert sign.last(500.0) == 500.0, "a clock that was set back"
    SignOfLife(tmp_path / "nowhere" / "alive").touch()


async def test_who_was_cut_off_a_moment_ago_may_come_back_as_he_was(store: Store) -> None:
    log = MinutesLog(store)
    log.keep(meeting(1))
    log.keep(attendance("Anna", administrator=True, muted_by="Bruno"))
    await store.settled()
    (back,) = await close_minutes(store, died_at=1030.0, now=1040.0)
    assert (back.administrator, back.muted_by, back.left_at, back.reason) == (True, "Bruno", 1030.0, "crash")
    assert await close_minutes(store, died_at=1095.0, now=1095.0) == [], "too late, and closed once"


async def test_a_crash_of_long_ago_brings_nobody_back(store: Store) -> None:
    log = MinutesLog(store)
    log.keep(attendance("Anna"))
    await store.settled()
    assert await close_minutes(store, died_at=1030.0, now=9000.0) == []
    (row,) = await store.minutes.attendances("m1")
    assert row.left_at == 1030.0, "not the time of the start"


async def test_a_recording_of_before_the_start_gets_its_length(store: Store) -> None:
    log = MinutesLog(store)
    log.keep(recording(1))
    await store.settled()
    cut_off(store.recordings.folder / "r1.wav", said=1.0, seconds=3.0)
    happenings, told = Happenings(), list[Happening]()
    happenings.listen(told.append)
    await close_recordings(store, happenings, 2000.0)
    found = await store.recordings.get("r1")
    assert found is not None
    assert told == [RecordingReady("r1", found.row.conference_id, found.row.meeting, 3.0)]
    assert (found.row.seconds, found.row.reason) == (3.0, "crash")


async def keep_for(store: Store, days: int | None) -> None:
    """Apply the setting."""
    configuration = store.configuration
    settings = replace(configuration.applied.settings, recording_days=days)
    await configuration.save(settings, "test")
    await configuration.apply(configuration.applied.revision, "test")


class Rested(Exception):
    """It would rest for an hour now."""


async def rest(seconds: float) -> None:
    raise Rested


@pytest.mark.parametrize(("days", "left"), [(None, 2), (30, 1), (1, 0)])
async def test_recordings_go_when_their_days_are_over(
    store: Store, days: int | None, left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if days is not None:
        await keep_for(store, days)
    log = MinutesLog(store)
    now = 100 * 86400.0
    for number, age in ((1, 31), (2, 29)):
        began = now - age * 86400
        log.keep(recording(number, started_at=began, ended_at=began + 60, reason="ended"))
        tone(store.recordings.folder / f"r{number}.wav", 0.1)
    await store.settled()
    monkeypatch.setattr("switchroom.upkeep.asyncio", SimpleNamespace(sleep=rest))
    with pytest.raises(Rested):
        await forget_recordings(store, lambda: now)
    assert len((await store.recordings.page(RecordingFilter()))[0]) == left
    assert len(names(store.recordings.folder)) == left
    audited = [(entry.action, entry.detail) for entry in await store.audit.list(5)]
    gone = 2 - left
    assert (("recordings deleted", f"{gone} older than {days} days") in audited) == bool(gone)


async def test_calls_that_a_crash_cut_and_messages_that_are_left_are_told(store: Store) -> None:
    happenings, told = Happenings(), list[Happening]()
    happenings.listen(told.append)
    store.records.open(CallRow("c1", "j1", "call", "incoming", 1000.0, caller_extension="+15551234"))
    await store.settled()
    await close_calls(store, happenings, 2000.0)
    (ended,) = told
    assert isinstance(ended, CallEnded)
    assert (ended.call.id, ended.call.direction, ended.call.cause) == ("c1", "in", "crash")
    assert (ended.call.caller_number, ended.call.ended_at) == ("+15551234", 2000.0)
    told.clear()
    tell_messages(store, happenings)
    for number, seconds in ((1, 0.4), (2, 5.0)):
        row = Voicemail(f"m{number}", "201", "c1", "+15551234", "Ann", None, f"m{number}.wav", 1500.0)
        store.voicemails.begin(row)
        store.voicemails.finish(row.id, seconds)
    assert told == [VoicemailLeft("m2", "201", "+15551234", "Ann", 5.0, 1500.0)], "too short is no message"


async def test_calls_that_ended_shortly_before_the_start_are_noted_again(store: Store) -> None:
    noted = list[CallFacts]()
    for name, kind, started, ended in (
        ("long ago", "call", 1000.0, 1010.0),
        ("lately", "call", 9000.0, 9500.0),
        ("a conference", "conference", 9000.0, 9500.0),
        ("already again", "call", 10_001.0, None),
    ):
        store.records.open(CallRow(name, "j", kind, "incoming", started, ended_at=ended))
    await store.settled()
    await note_calls(store, noted.append, 10_000.0)
    assert [call.id for call in noted] == ["lately"]
