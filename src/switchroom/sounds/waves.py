"""Mono WAV files as lists of samples: read, write, trim, join, convert the rate."""

from __future__ import annotations

import math
import os
import sys
import wave
from array import array
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import cycle, islice, pairwise
from operator import mul
from pathlib import Path
from typing import Final

FULL_SCALE: Final = 32768.0
_FRAME: Final = 0.01
_AUDIBLE: Final = 0.01
"""Of the loudest frame: 40 dB below it is silence."""
_FADE: Final = 0.004


def read_wave(path: Path) -> tuple[list[float], int]:
    """Return samples (full scale 1.0) and rate of a mono 16 bit file. Raises ValueError, OSError."""
    try:
        with wave.open(str(path), "rb") as file:
            if file.getnchannels() != 1 or file.getsampwidth() != 2:
                raise ValueError(f"{path} is not mono with 16 bits")
            data, rate = array("h", file.readframes(file.getnframes())), file.getframerate()
    except (wave.Error, EOFError) as error:
        raise ValueError(f"{path} is no WAV file: {error}") from error
    if sys.byteorder == "big":
        data.byteswap()
    return [value / FULL_SCALE for value in data], rate


def write_wave(path: Path, samples: Sequence[float], rate: int) -> None:
    """Write a mono 16 bit file; it appears at once and whole."""
    if samples and max(max(samples), -min(samples)) > 1.0 - 1 / FULL_SCALE:
        samples = [max(-1.0, min(1.0 - 1 / FULL_SCALE, value)) for value in samples]
    data = array("h", [round(value * FULL_SCALE) for value in samples])
    if sys.byteorder == "big":
        data.byteswap()
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.new")
    with wave.open(str(unfinished), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(data.tobytes())
    unfinished.replace(path)


def trim(samples: Sequence[float], rate: int) -> list[float]:
    """Cut the silence off both ends, and fade what remains in and out over 4 ms."""
    frame = max(1, round(_FRAME * rate))
    powers = [
        math.sqrt(sum(map(mul, part, part)) / len(part))
        for part in (samples[start : start + frame] for start in range(0, len(samples), frame))
    ]
    threshold = max(powers, default=0.0) * _AUDIBLE
    audible = [number for number, power in enumerate(powers) if power > threshold]
    if not audible or not threshold:
        return []
    first, last = max(0, audible[0] - 1), audible[-1] + 2
    kept = list(samples[first * frame : last * frame])
    ramp = min(len(kept) // 2, round(_FADE * rate))
    for n in range(ramp):
        kept[n] *= n / ramp
        kept[-1 - n] *= n / ramp
    return kept


def join(parts: Sequence[Sequence[float]], rate: int, silence: float) -> list[float]:
    """Put parts one after the other, with `silence` seconds before, between and after."""
    pause = [0.0] * round(silence * rate)
    joined = list(pause)
    for part in parts:
        joined += part
        joined += pause
    return joined


def resample(samples: Sequence[float], rate: int, wanted: int) -> list[float]:
    """Convert the rate by a windowed sinc, 12 zero crossings to a side; passes 0.85 of the lower Nyquist."""
    if rate == wanted:
        return list(samples)
    filters, steps, half = _filters(rate, wanted)
    length = 2 * half + 1
    padded = [0.0] * half + list(samples) + [0.0] * length
    count = len(samples) * wanted // rate
    turn = steps[-1]
    places = (start + step for start in range(0, len(samples) + turn, turn) for step in steps[:-1])
    return [
        sum(map(mul, taps, padded[place : place + length]))
        for taps, place in islice(zip(cycle(filters), places, strict=False), count)
    ]


@lru_cache(8)
def _filters(rate: int, wanted: int) -> tuple[list[list[float]], list[int], int]:
    """The filters of one turn, after which phases repeat; where each begins, and the next turn last."""
    ratio = Fraction(wanted, rate)
    cut = 0.85 * min(1.0, wanted / rate)
    half = math.ceil(12 / cut)
    steps = [divmod(number * ratio.denominator, ratio.numerator) for number in range(ratio.numerator)]
    filters = [_taps(phase / ratio.numerator, half, cut) for _, phase in steps]
    return filters, [*(whole for whole, _ in steps), ratio.denominator], half


def _taps(offset: float, half: int, cut: float) -> list[float]:
    """Filter taps for a sample `offset` behind the middle one, with a Blackman window; their sum is 1."""
    taps = []
    for n in range(-half, half + 1):
        x = n - offset
        angle = math.pi * (x / (half + 1) + 1)
        window = 0.42 - 0.5 * math.cos(angle) + 0.08 * math.cos(2 * angle)
        argument = math.pi * cut * x
        taps.append(window * (math.sin(argument) / argument if argument else 1.0))
    total = sum(taps)
    return [tap / total for tap in taps]


def largest_step(samples: Sequence[float]) -> float:
    """Return the largest difference between neighbours, the end and the beginning being neighbours too."""
    return max(abs(a - b) for a, b in pairwise([samples[-1], *samples]))
