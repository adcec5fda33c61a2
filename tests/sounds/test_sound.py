"""Loudness, wave files, tones and music: measured."""

from __future__ import annotations

import math
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchroom.sounds import music, tones
from switchroom.sounds.loudness import CEILING, SILENCE, loudness, normalise
from switchroom.sounds.waves import join, largest_step, read_wave, resample, trim, write_wave


def sine(frequency: float, rate: int, seconds: float = 1.0, amplitude: float = 1.0) -> list[float]:
    return [amplitude * math.sin(2 * math.pi * frequency * n / rate) for n in range(round(rate * seconds))]


def level_at(samples: list[float], rate: int, frequency: float) -> float:
    """Amplitude of one frequency (Goertzel by its definition)."""
    angle = 2 * math.pi * frequency / rate
    real = sum(x * math.cos(angle * n) for n, x in enumerate(samples))
    imaginary = sum(x * math.sin(angle * n) for n, x in enumerate(samples))
    return 2 * math.hypot(real, imaginary) / len(samples)


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_the_reference_tone_of_bs_1770(rate: int) -> None:
    """A sine of 997 Hz at full scale in one channel is -3.01 LUFS."""
    assert loudness(sine(997, rate, 2), rate) == pytest.approx(-3.01, abs=0.06)


def test_quieter_by_20_db_is_20_units_less_and_silence_is_gated() -> None:
    tone = sine(997, 8000, 2, 0.1)
    assert loudness(tone, 8000) == pytest.approx(-23.01, abs=0.06)
    assert loudness(tone + [0.0] * 40000, 8000) == pytest.approx(-23.01, abs=0.8)
    assert loudness([0.0] * 8000, 8000) == SILENCE
    assert loudness([], 8000) == SILENCE
    assert loudness(sine(997, 8000, 0.1), 8000) == pytest.approx(-3.01, abs=0.5)


def test_low_frequencies_count_less() -> None:
    assert loudness(sine(40, 8000), 8000) < loudness(sine(997, 8000), 8000) - 5


def test_normalising_keeps_peaks_below_the_ceiling() -> None:
    assert loudness(normalise(sine(500, 8000, 1, 0.01), 8000, -19), 8000) == pytest.approx(-19, abs=0.05)
    clicks = [1.0 if n % 800 == 0 else 0.001 * math.sin(n) for n in range(16000)]
    loud = normalise(clicks, 8000, -19)
    assert 0.8 < max(map(abs, loud)) <= CEILING
    assert normalise([0.0] * 800, 8000, -19) == [0.0] * 800


def test_silence_is_cut_off_and_put_back_evenly() -> None:
    voice = sine(300, 8000, 0.5, 0.3)
    samples = [0.0001] * 4000 + voice + [0.0] * 1234
    trimmed = trim(samples, 8000)
    assert len(voice) <= len(trimmed) <= len(voice) + 240
    assert trimmed[0] == trimmed[-1] == 0.0
    assert trim([0.0] * 100, 8000) == trim([], 8000) == []
    joined = join([[0.5] * 80, [0.25] * 80], 8000, 0.2)
    assert [(value, len(list(run))) for value, run in groupby(joined)] == [
        (0.0, 1600),
        (0.5, 80),
        (0.0, 1600),
        (0.25, 80),
        (0.0, 1600),
    ]


@pytest.mark.parametrize(("rate", "wanted"), [(22050, 16000), (8000, 16000), (48000, 8000), (8000, 8000)])
def test_converting_the_rate_keeps_a_tone(rate: int, wanted: int) -> None:
    converted = resample(sine(1000, rate, 0.5, 0.5), rate, wanted)
    assert len(converted) == round(0.5 * wanted)
    middle = converted[wanted // 20 : -wanted // 20]
    assert level_at(middle, wanted, 1000) == pytest.approx(0.5, abs=0.005)
    assert level_at(middle, wanted, 2345) < 0.003


def test_converting_down_removes_what_would_fold() -> None:
    assert max(map(abs, resample(sine(5000, 22050, 0.5), 22050, 8000)[200:-200])) < 0.01


@given(st.lists(st.integers(-32768, 32767), max_size=200), st.sampled_from([8000, 16000]))
def test_files_hold_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, values: list[int], rate: int
) -> None:
    path = tmp_path_factory.mktemp("waves") / "deep" / "a.wav"
    write_wave(path, [value / 32768 for value in values], rate)
    assert read_wave(path) == ([value / 32768 for value in values], rate)
    assert [entry.name for entry in path.parent.iterdir()] == ["a.wav"]


@pytest.mark.parametrize("data", [b"", b"RIFFxxxxWAVE", b"no wave at all, but long enough to be read as one"])
def test_a_broken_file_is_a_value_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "broken.wav"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"broken\.wav"):
        read_wave(path)


@pytest.mark.parametrize(
    ("samples", "first", "second"), [(tones.join_tone(), 440, 660), (tones.leave_tone(), 660, 440)]
)
def test_g_06_joining_goes_up_and_leaving_goes_down(samples: list[float], first: int, second: int) -> None:
    assert len(samples) == 0.12 * tones.RATE
    assert 20 * math.log10(max(map(abs, samples))) == pytest.approx(-24, abs=0.1)
    half = len(samples) // 2
    before, after = samples[:half], samples[half:]
    assert level_at(before, tones.RATE, first) > 3 * level_at(before, tones.RATE, second)
    assert level_at(after, tones.RATE, second) > 3 * level_at(after, tones.RATE, first)


@pytest.mark.parametrize("country", [*tones.COUNTRIES, "ZZ"])
def test_network_tones_have_their_frequencies_and_cadence(country: str) -> None:
    for cadence in (
        tones.tones_of(country).ringback,
        tones.tones_of(country).busy,
        tones.tones_of(country).congestion,
    ):
        samples = tones.network_tone(cadence)
        assert len(cadence.times) % 2 == 0
        assert len(samples) == pytest.approx(sum(cadence.times) * tones.RATE, abs=4)
        on = samples[: round(cadence.times[0] * tones.RATE)]
        for frequency in cadence.frequencies:
            assert level_at(on, tones.RATE, frequency) > 0.02
        off = samples[len(on) : len(on) + round(cadence.times[1] * tones.RATE)]
        assert not any(off)
    assert sum(tones.tones_of(country).busy.times) < sum(tones.tones_of(country).ringback.times)


def test_hold_music_is_a_seamless_loop_of_a_minute() -> None:
    samples = music.hold_music()
    assert len(samples) / music.RATE >= 60
    assert max(map(abs, samples)) == pytest.approx(0.5)
    inside = largest_step(samples[1000:-1000])
    assert abs(samples[0] - samples[-1]) < inside
    second = music.RATE
    levels = [
        math.sqrt(sum(x * x for x in samples[at : at + second]) / second)
        for at in range(0, len(samples), second)
    ]
    assert min(levels) > 0.25 * max(levels), "no second is silent"
