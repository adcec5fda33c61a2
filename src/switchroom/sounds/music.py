"""Hold music of our own: a slow arpeggio of soft notes, synthesised, nobody else's, a seamless loop."""

from __future__ import annotations

import math
from array import array
from functools import lru_cache
from operator import add
from typing import Final

RATE: Final = 16000
BAR: Final = 4.0
"""Seconds: four beats, 60 a minute."""

# One chord a bar, as MIDI notes from the bass up: an easy turn through C major with a bridge.
_CHORDS: Final[tuple[tuple[int, ...], ...]] = (
    (48, 60, 64, 67, 71),
    (45, 57, 60, 64, 67),
    (41, 57, 60, 65, 69),
    (43, 59, 62, 67, 69),
    (48, 60, 64, 67, 74),
    (52, 59, 64, 67, 71),
    (41, 57, 60, 65, 72),
    (43, 59, 62, 65, 71),
    (45, 57, 60, 64, 72),
    (52, 59, 62, 67, 71),
    (41, 57, 60, 65, 69),
    (48, 60, 64, 67, 72),
    (50, 57, 62, 65, 69),
    (43, 59, 62, 67, 74),
    (48, 60, 64, 67, 71),
    (43, 59, 62, 65, 69),
)
_FIGURES: Final = ((1, 2, 3, 4, 3, 2, 4, 3), (1, 3, 2, 4, 2, 3, 4, 2))
"""Which notes of the chord the eight quavers of a bar play."""
_MELODY: Final = (
    (0, 76, 2.0), (1, 72, 1.0), (2, 69, 2.0), (3, 74, 1.5), (5, 79, 2.0), (6, 77, 1.0), (7, 74, 2.0),
    (8, 76, 1.0), (10, 72, 2.0), (11, 76, 1.0), (12, 77, 2.0), (13, 79, 1.0), (14, 76, 2.0),
)  # fmt: skip
"""Bar, note, and the second of the bar that it begins at."""


def hold_music() -> list[float]:
    """Return 64 s at `RATE`, full scale 1.0 before normalising; the end rings on into the beginning."""
    total = round(len(_CHORDS) * BAR * RATE)
    mix = array("d", bytes(8 * total))
    for bar, chord in enumerate(_CHORDS):
        begin = bar * BAR
        _put(mix, begin, _pad(chord[0] + 12, chord[2], chord[3]))
        for quaver, position in enumerate(_FIGURES[bar % 2]):
            loud = 0.5 if quaver % 4 == 0 else 0.36
            _put(mix, begin + quaver * BAR / 8, _plucked(chord[position], loud))
    for bar, note, second in _MELODY:
        _put(mix, bar * BAR + second, _plucked(note, 0.4))
    highest = max(map(abs, mix))
    return [value * 0.5 / highest for value in mix]


def _put(mix: array[float], second: float, note: array[float]) -> None:
    """Add a note to the loop; what goes over the end comes in at the beginning."""
    start, total = round(second * RATE) % len(mix), len(mix)
    first = min(len(note), total - start)
    mix[start : start + first] = array("d", map(add, mix[start : start + first], note[:first]))
    if first < len(note):
        rest = len(note) - first
        mix[:rest] = array("d", map(add, mix[:rest], note[first:]))


def _frequency(note: int) -> float:
    return 440.0 * 2 ** ((note - 69) / 12)


@lru_cache
def _plucked(note: int, loud: float) -> array[float]:
    """A soft bell: a sine with two quick overtones, 15 ms attack, dying away within 2.4 s."""
    length = round(2.4 * RATE)
    step = 2 * math.pi * _frequency(note) / RATE
    attack, fade = 0.015 * RATE, 0.3 * RATE
    sine, exp = math.sin, math.exp
    return array(
        "d",
        (
            loud
            * min(1.0, n / attack, (length - n) / fade)
            * exp(-n / (0.6 * RATE))
            * (
                sine(n * step)
                + 0.25 * exp(-n / (0.2 * RATE)) * (sine(2 * n * step) + 0.5 * sine(3 * n * step))
            )
            for n in range(length)
        ),
    )


@lru_cache
def _pad(*notes: int) -> array[float]:
    """A quiet chord that swells and fades over a bar and a half."""
    length = round(1.5 * BAR * RATE)
    steps = [2 * math.pi * _frequency(note) / RATE for note in notes]
    sine = math.sin
    swell = math.pi / length
    return array("d", (0.11 * sine(n * swell) * sum(sine(n * step) for step in steps) for n in range(length)))
