"""store/recordings.py, sound_files.py: rows, files that were cut off, pictures of them, retention."""

from __future__ import annotations

import math
import stat
import struct
import wave
from array import array
from pathlib import Path

import pytest

from switchroom.happenings import Happening, Happenings, RecordingReady
from switchroom.store import RecordingFilter, RecordingRow, Store, sound_files
from switchroom.store.minutes_log import MinutesLog
from tests.store.test_minutes import meeting, recording


def tone(path: Path, seconds: float = 1.0, rate: int = 16000, level: float = 0.5) -> None:
    """A WAV file: silence, then a tone of 1 kHz."""
    half = round(seconds * rate / 2)
    sine = (round(32767 * level * math.sin(math.tau * 1000 * at / rate + 0.3)) for at in range(half))
    samples = array("h", [0] * half + list(sine))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())


def cut_off(path: Path, said: float, seconds: float, rate: int = 16000, odd: int = 0) -> None:
    """What a killed writer leaves: the header of a moment ago, more samples than it says."""
    tone(path, seconds, rate)
    data = bytearray(path.read_bytes())
    length = int(said * rate) * 2
    data[4:8], data[40:44] = struct.pack("<I", 36 + length), struct.pack("<I", length)
    path.write_bytes(data + b"\x01" * odd)


def played(path: Path) -> float:
    """How long a player takes it to be, in seconds."""
    with wave.open(str(path), "rb") as file:
        assert len(file.readframes(10**9)) == file.getnframes() * 2
        return file.getnframes() / file.getframerate()


def names(folder: Path) -> list[str]:
    """What lies in the folder."""
    return sorted(entry.name for entry in folder.iterdir())


def mode(path: Path) -> int:
    """Who may read it."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def folder(store: Store) -> Path:
    store.recordings.prepare()
    return store.recordings.folder


def test_a_file_that_was_cut_off_is_mended_to_its_last_sample(tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    cut_off(path, said=2.0, seconds=7.5, odd=1)
    assert played(path) == 2.0
    assert sound_files.mend(path) == 7.5
    assert played(path) == 7.5
    assert sound_files.mend(path) == 7.5, "mending twice changes nothing"


def test_a_header_that_promises_too_much_is_mended_too(tmp_path: Path) -> None:
    path = tmp_path / "full.wav"
    cut_off(path, said=60.0, seconds=3.0)
    assert sound_files.mend(path) == 3.0
    assert played(path) == 3.0


@pytest.mark.parametrize(
    "content",
    [b"", b"RIFF", b"no sound at all, but long enough for a header of forty-four bytes", b"RIFF\0\0\0\0WAVE"],
)
def test_what_is_no_sound_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    with pytest.raises(sound_files.NotWav):
        sound_files.mend(path)
    assert path.read_bytes() == content


def test_the_picture_shows_silence_and_tone_whatever_the_length(tmp_path: Path) -> None:
    for name, seconds, rate in (("short", 0.01, 16000), ("minute", 60.0, 16000), ("deep", 5.0, 48000)):
        path = tmp_path / f"{name}.wav"
        tone(path, seconds, rate)
        values = sound_files.peaks(str(path))
        assert len(values) == min(sound_files.POINTS, round(seconds * rate / 2) * 2)
        half = len(values) // 2
        assert max(values[: half - 1]) == 0, name
        assert max(values[half:]) in (49, 50, 51), name
        if seconds > 1:
            assert min(values[half + 1 :]) > 40, "the tone is seen in every point"


def test_a_long_recordings_samples_are_not_all_looked_at_but_the_tone_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        second = array("h", [round(16000 * math.sin(math.tau * 1000 * at / 16000)) for at in range(16000)])
        for _ in range(40 * 60):
            file.writeframes(second.tobytes())
    values = sound_files.peaks(str(path))
    assert len(values) == sound_files.POINTS and min(values) >= 45


def test_the_picture_is_computed_once_and_kept_for_us_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    tone(path)
    first = sound_files.peaks(str(path))
    kept = sound_files.peaks_file(path)
    assert mode(kept) == 0o600
    path.unlink()
    assert sound_files.peaks(str(path)) == first
    kept.write_text("nonsense")
    with pytest.raises(OSError):
        sound_files.peaks(str(path))


async def test_the_folder_is_ours_alone_and_no_path_leads_out_of_it(store: Store, folder: Path) -> None:
    assert mode(folder) == 0o700
    assert store.recordings.file("a.wav") == folder / "a.wav"
    for wrong in ("../a.wav", "/etc/passwd", "", ".", "..", "b/../../a.wav", ".hidden", "x/a.wav"):
        with pytest.raises(ValueError, match="no file of the folder"):
            store.recordings.file(wrong)


async def test_recordings_cut_by_a_crash_get_their_true_length(store: Store, folder: Path) -> None:
    log = MinutesLog(store)
    log.keep(recording(1))
    log.keep(recording(2))
    log.keep(recording(3, ended_at=1010.0, seconds=9.0, reason="stopped"))
    log.keep(recording(4, started_at=3000.0))
    await store.settled()
    cut_off(folder / "r1.wav", said=5.0, seconds=12.0)
    assert len(await store.recordings.close_interrupted(2000.0)) == 2
    rows = {named.row.id: named.row for named in (await store.recordings.page(RecordingFilter()))[0]}
    assert (rows["r1"].seconds, rows["r1"].ended_at, rows["r1"].reason) == (12.0, 1013.0, "crash")
    assert played(folder / "r1.wav") == 12.0
    assert (rows["r2"].seconds, rows["r2"].ended_at, rows["r2"].reason) == (0.0, 1001.0, "crash")
    assert (rows["r3"].seconds, rows["r3"].reason) == (9.0, "stopped")
    assert rows["r4"].ended_at is None, "it runs"


async def test_a_recording_that_lost_its_writer_is_measured(store: Store, folder: Path) -> None:
    happenings, told = Happenings(), list[Happening]()
    happenings.listen(told.append)
    log = MinutesLog(store, happenings)
    cut_off(folder / "r1.wav", said=0.0, seconds=4.0)
    log.recorded(recording(1, ended_at=1009.0, seconds=8.0, reason="media_failed"))
    (measuring,) = log._measuring
    await measuring
    found = await store.recordings.get("r1")
    assert found is not None and (found.row.seconds, found.row.ended_at) == (4.0, 1005.0)
    log.recorded(recording(2, ended_at=1009.0, seconds=8.0, reason="stopped"))
    seconds = [(one.recording_id, one.seconds) for one in told if isinstance(one, RecordingReady)]
    assert seconds == [("r1", 4.0), ("r2", 8.0)]
    assert played(folder / "r1.wav") == 4.0


async def test_a_recording_is_deleted_with_its_file_and_its_picture(store: Store, folder: Path) -> None:
    log = MinutesLog(store)
    log.keep(meeting(1))
    log.keep(recording(1, ended_at=1010.0))
    await store.settled()
    tone(folder / "r1.wav")
    found = await store.recordings.get("r1")
    assert found is not None and found.conference == "Board"
    assert len(await store.recordings.peaks(found.row)) == sound_files.POINTS
    assert names(folder) == ["r1.wav", "r1.wav.peaks"]
    await store.recordings.delete(found.row)
    assert names(folder) == [] and await store.recordings.get("r1") is None
    await store.recordings.delete(found.row)


async def test_retention_deletes_what_is_past_its_time_and_nothing_that_runs(
    store: Store, folder: Path
) -> None:
    log = MinutesLog(store)
    for number in range(130):
        log.keep(recording(number, started_at=1000.0 + number, ended_at=1500.0))
        tone(folder / f"r{number}.wav", 0.01)
    log.keep(recording(900, started_at=1000.0))
    await store.settled()
    assert await store.recordings.delete_before(1120.0) == 120
    rows, _ = await store.recordings.page(RecordingFilter(), 500)
    assert [named.row.id for named in rows] == [f"r{number}" for number in range(129, 119, -1)] + ["r900"]
    assert len(names(folder)) == 10


async def test_a_file_that_can_not_be_deleted_keeps_its_row(store: Store, folder: Path) -> None:
    log = MinutesLog(store)
    log.keep(recording(1, ended_at=1010.0))
    log.keep(recording(2, ended_at=1010.0))
    await store.settled()
    (folder / "r1.wav").mkdir()
    assert await store.recordings.delete_before(5000.0) == 1
    assert [named.row.id for named in (await store.recordings.page(RecordingFilter()))[0]] == ["r1"]


async def test_pages_and_filters(store: Store) -> None:
    log = MinutesLog(store)
    for number in range(9):
        log.keep(recording(number, started_at=1000.0 + number // 2, attendance="a" if number % 2 else None))
    await store.settled()
    seen: list[str] = []
    after: str | None = None
    while True:
        rows, after = await store.recordings.page(RecordingFilter(), 4, after)
        seen += [named.row.id for named in rows]
        if after is None:
            break
    assert seen == [f"r{number}" for number in range(8, -1, -1)]
    with pytest.raises(ValueError, match="no page"):
        await store.recordings.page(RecordingFilter(), 4, "x")

    async def ids(**conditions: object) -> list[str]:
        rows, _ = await store.recordings.page(RecordingFilter(**conditions))  # type: ignore[arg-type]
        return [named.row.id for named in rows]

    assert await ids(whole=True) == ["r8", "r6", "r4", "r2", "r0"]
    assert await ids(whole=False) == ["r7", "r5", "r3", "r1"]
    assert await ids(since=1003.0, until=1004.0) == ["r7", "r6"]
    assert await ids(conferences=frozenset({"other"})) == []
    assert await ids(meeting="m1", since=1004.0) == ["r8"]
    assert isinstance((await store.recordings.of_meeting("m1"))[0], RecordingRow)
    assert [row.id for row in await store.recordings.of_meeting("m1")][:2] == ["r0", "r2"]
