"""sounds/convert.py: WAV and MP3 become what callers hear, anything else is refused (B8-05, D3-01)."""

from __future__ import annotations

import io
import math
import stat
import wave
from array import array
from pathlib import Path
from typing import Any

import av
import pytest

from switchroom.sounds.convert import RATE, SoundMaker
from switchroom.sounds.loudness import loudness
from switchroom.sounds.synthesis import find_synthesiser
from switchroom.sounds.waves import read_wave

TONE = 440.0


def made(kind: str, seconds: float = 2.0, rate: int = 44100, channels: int = 2, level: float = 0.05) -> bytes:
    """A file with a tone."""
    out = io.BytesIO()
    samples = [
        round(32767 * level * math.sin(math.tau * TONE * n / rate)) for n in range(round(seconds * rate))
    ]
    both = array("h", [value for value in samples for _ in range(channels)])
    if kind == "wav":
        with wave.open(out, "wb") as file:
            file.setnchannels(channels)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(both.tobytes())
        return out.getvalue()
    layout = "stereo" if channels == 2 else "mono"
    with av.open(out, "w", format=kind) as container:
        stream: Any = container.add_stream(
            {"mp3": "libmp3lame", "webm": "libopus"}[kind], rate=rate, layout=layout
        )
        frame = av.AudioFrame("s16", layout, len(samples))
        frame.planes[0].update(both.tobytes())
        frame.sample_rate = rate
        resampler = av.AudioResampler(stream.format, layout, rate, stream.frame_size)
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return out.getvalue()


def left(folder: Path) -> list[str]:
    """What lies in a folder."""
    return [entry.name for entry in folder.iterdir()]


def mode(path: Path) -> int:
    """Who may read it."""
    return stat.S_IMODE(path.stat().st_mode)


def strength(samples: list[float], frequency: float) -> float:
    """How much of a frequency is in it."""
    step = math.tau * frequency / RATE
    cosine = sum(value * math.cos(step * n) for n, value in enumerate(samples))
    sine = sum(value * math.sin(step * n) for n, value in enumerate(samples))
    return 2 * math.hypot(cosine, sine) / len(samples)


@pytest.mark.parametrize(
    ("kind", "rate", "channels"), [("wav", 44100, 2), ("wav", 8000, 1), ("mp3", 44100, 2), ("mp3", 48000, 1)]
)
async def test_b8_05_wav_and_mp3_become_mono_as_loud_as_prompts(
    tmp_path: Path, kind: str, rate: int, channels: int
) -> None:
    target = tmp_path / "made.wav"
    seconds = await SoundMaker().convert(made(kind, rate=rate, channels=channels), target, "greeting")
    samples, found = read_wave(target)
    assert found == RATE
    assert len(samples) / RATE == pytest.approx(seconds, abs=0.01)
    assert seconds == pytest.approx(2.0, abs=0.1)
    assert loudness(samples, RATE) == pytest.approx(-19.0, abs=0.7)
    middle = samples[RATE // 2 : RATE // 2 + RATE]
    assert strength(middle, TONE) > 50 * strength(middle, 2 * TONE + 30)
    assert mode(target) == 0o600
    assert left(tmp_path) == ["made.wav"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"RIFF",
        b"RIFF\0\0\0\0WAVE",
        b"ID3",
        b"\xff\xfb" + bytes(3000),
        b"RIFF\0\0\0\0WAVEfmt " * 9,
    ],
)
async def test_b8_05_what_is_no_sound_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ValueError, match=r"not-a-sound|silent"):
        await SoundMaker().convert(data, tmp_path / "made.wav", "music")
    assert left(tmp_path) == []


async def test_b8_05_other_kinds_of_sound_are_refused(tmp_path: Path) -> None:
    for data in (made("webm", rate=48000), b"fLaC" + bytes(100), b"OggS" + bytes(100)):
        with pytest.raises(ValueError, match="not-a-sound"):
            await SoundMaker().convert(data, tmp_path / "made.wav", "music")


async def test_silence_and_what_is_too_long_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="silent"):
        await SoundMaker().convert(made("wav", level=0.0), tmp_path / "made.wav", "greeting")
    long = made("wav", 121.0, 8000, 1)
    with pytest.raises(ValueError, match="too-long"):
        await SoundMaker().convert(long, tmp_path / "made.wav", "greeting")
    assert await SoundMaker().convert(long, tmp_path / "made.wav", "music") == pytest.approx(121.0, abs=0.1)


@pytest.mark.skipif(find_synthesiser() is None, reason="no speech synthesis is installed")
async def test_d3_05_a_text_is_spoken(tmp_path: Path) -> None:
    target = tmp_path / "made.wav"
    seconds = await SoundMaker().speak("Bonjour, laissez un message.", "fr", target)
    assert 1.0 < seconds < 5.0
    assert loudness(read_wave(target)[0], RATE) == pytest.approx(-19.0, abs=1.0)


async def test_a_helper_that_dies_is_a_refusal(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not-a-sound"):
        await SoundMaker(("false",)).convert(made("wav"), tmp_path / "made.wav", "music")
