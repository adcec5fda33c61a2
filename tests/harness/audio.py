"""What a test hears: tones, gaps, delay. Samples are mono arrays; rates in Hz; times in seconds."""

from __future__ import annotations

import wave
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
Floats = NDArray[np.float64]


def tone(frequency: float, seconds: float, rate: int, amplitude: float = 8000.0) -> Samples:
    """A sine; `amplitude` is its peak, of 32,767."""
    time = np.arange(round(seconds * rate)) / rate
    return np.asarray(np.sin(2 * np.pi * frequency * time) * amplitude, dtype=np.int16)


def rms(samples: NDArray[Any]) -> float:
    """Root mean square in units of a 16 bit sample; 0 for nothing."""
    return float(np.sqrt(np.mean(np.square(samples.astype(np.float64))))) if len(samples) else 0.0


def _spectrum(samples: NDArray[Any], rate: int) -> tuple[Floats, Floats]:
    data = samples.astype(np.float64)
    data = data - data.mean() if len(data) else data
    window = np.hanning(len(data))
    power = np.abs(np.fft.rfft(data * window)) ** 2
    return np.asarray(np.fft.rfftfreq(len(data), 1 / rate), dtype=np.float64), power


def share(samples: NDArray[Any], rate: int, frequency: float, width: float = 15.0) -> float:
    """Share of the energy within `width` Hz of a frequency, 0 to 1."""
    if len(samples) < rate // 20:
        return 0.0
    frequencies, power = _spectrum(samples, rate)
    total = float(power.sum())
    return float(power[np.abs(frequencies - frequency) <= width].sum()) / total if total > 0 else 0.0


def level_of(samples: NDArray[Any], rate: int, frequency: float, width: float = 15.0) -> float:
    """Peak amplitude of the tone at a frequency, in units of a 16 bit sample."""
    if len(samples) < rate // 20:
        return 0.0
    frequencies, power = _spectrum(samples, rate)
    near = float(power[np.abs(frequencies - frequency) <= width].sum())
    # Parseval for a Hann-windowed sine of amplitude A: near = A^2/4 * N * sum(w^2).
    return float(np.sqrt(near * 4 / (len(samples) * float(np.sum(np.hanning(len(samples)) ** 2)))))


def tones_heard(
    samples: NDArray[Any], rate: int, candidates: Iterable[float], floor: float = 300.0
) -> set[float]:
    """Those of the candidate frequencies that sound at an amplitude of at least `floor`."""
    return {frequency for frequency in candidates if level_of(samples, rate, frequency) >= floor}


def strongest(samples: NDArray[Any], rate: int) -> float:
    """Frequency of the strongest part of the spectrum; 0 for silence."""
    if len(samples) < rate // 20 or rms(samples) < 1:
        return 0.0
    frequencies, power = _spectrum(samples, rate)
    return float(frequencies[int(np.argmax(power))])


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which a tone is not there, or not as it should be."""

    start: float
    length: float


def envelope(
    samples: NDArray[Any], rate: int, frequency: float, window: float = 0.005
) -> NDArray[np.complex128]:
    """Amplitude and phase of one tone over time, averaged over `window` seconds; one value a sample."""
    data = samples.astype(np.float64)
    turned = data * np.exp(-2j * np.pi * frequency * np.arange(len(data)) / rate)
    count = max(round(window * rate), 1)
    smooth = np.convolve(turned, np.ones(count) / count, mode="valid")
    return np.asarray(2 * smooth, dtype=np.complex128)


def gaps(
    samples: NDArray[Any], rate: int, frequency: float, *, depth: float = 0.5, shortest: float = 0.002
) -> list[Gap]:
    """Where a steady tone falls below `depth` of its usual amplitude for at least `shortest` seconds.

    Begins and ends where the tone is first and last heard, so silence around it is no gap.
    """
    size = np.abs(envelope(samples, rate, frequency))
    if not len(size) or float(size.max()) < 50:
        return [Gap(0.0, len(samples) / rate)]
    usual = float(np.median(size[size > 0.3 * size.max()]))
    there = size >= depth * usual
    first, last = int(np.argmax(there)), len(there) - int(np.argmax(there[::-1]))
    found, start = [], None
    for index in np.flatnonzero(np.diff(there[first:last].astype(np.int8))):
        position = first + int(index) + 1
        if start is None:
            start = position
        else:
            if (position - start) / rate >= shortest:
                found.append(Gap(start / rate, (position - start) / rate))
            start = None
    return found


def phase_jumps(samples: NDArray[Any], rate: int, frequency: float, limit: float = 0.8) -> list[float]:
    """When a steady tone's phase jumps by more than `limit` rad within 10 ms: something was cut or put in."""
    turned = envelope(samples, rate, frequency, 0.01)
    usual = float(np.median(np.abs(turned))) if len(turned) else 0.0
    step = round(0.01 * rate)
    if usual < 50 or len(turned) <= step:
        return []
    change = np.abs(np.angle(turned[step:] * np.conj(turned[:-step])))
    loud = (np.abs(turned[step:]) > 0.5 * usual) & (np.abs(turned[:-step]) > 0.5 * usual)
    where = np.flatnonzero((change > limit) & loud)
    found: list[float] = []
    for index in where:
        if not found or index / rate - found[-1] > 0.05:
            found.append(float(index / rate))
    return found


def delay(sent: NDArray[Any], received: NDArray[Any], rate: int) -> float:
    """How many seconds later `received` says what `sent` says, by correlation."""
    a, b = sent.astype(np.float64), received.astype(np.float64)
    size = 1 << (len(a) + len(b) - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(b, size) * np.conj(np.fft.rfft(a, size)), size)
    lag = int(np.argmax(product))
    return (lag if lag < size // 2 else lag - size) / rate


def read_wav(path: Path) -> tuple[Samples, int]:
    """Samples (first channel) and rate of a 16 bit WAV file, also one whose header was never completed."""
    with wave.open(str(path)) as file:
        rate, channels = file.getframerate(), file.getnchannels()
        data = file.readframes(file.getnframes())
    if not data:
        raw = path.read_bytes()[44:]
        data = raw[: len(raw) // 2 * 2]
    samples = np.frombuffer(data, dtype="<i2").astype(np.int16)
    return samples[: len(samples) // channels * channels : channels], rate


def write_wav(path: Path, samples: Samples, rate: int) -> None:
    """Write a mono 16 bit WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
