"""Tones: joining and leaving a room, and the network tones of countries (ITU-T E.180, supplement 2)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

RATE: Final = 8000
ROOM_TONE_SECONDS: Final = 0.12
ROOM_TONE_LEVEL: Final = -24.0
NETWORK_TONE_LEVEL: Final = -20.0
_RAMP: Final = 0.005


@dataclass(frozen=True, slots=True)
class Cadence:
    """A tone of one or two frequencies (Hz), and its on and off times (s) in turn, over and over."""

    frequencies: tuple[float, ...]
    times: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CountryTones:
    """What a caller hears while it rings, when it is busy, and when there is no way."""

    ringback: Cadence
    busy: Cadence
    congestion: Cadence


def _single(
    frequency: float, ring: tuple[float, ...], busy: tuple[float, ...], lost: tuple[float, ...]
) -> CountryTones:
    return CountryTones(*(Cadence((frequency,), times) for times in (ring, busy, lost)))


_DOUBLE_RING: Final = Cadence((400, 450), (0.4, 0.2, 0.4, 2))
_NORTH_AMERICA: Final = CountryTones(
    Cadence((440, 480), (2, 4)), Cadence((480, 620), (0.5, 0.5)), Cadence((480, 620), (0.25, 0.25))
)
_BRITAIN: Final = CountryTones(
    _DOUBLE_RING,
    Cadence((400,), (0.375, 0.375)),
    Cadence((400,), (0.4, 0.35, 0.225, 0.525)),
)
_IRELAND: Final = CountryTones(_DOUBLE_RING, Cadence((425,), (0.5, 0.5)), Cadence((425,), (0.25, 0.25)))
_EUROPE: Final = _single(425, (1, 4), (0.5, 0.5), (0.2, 0.2))

COUNTRIES: Final = {
    "US": _NORTH_AMERICA,
    "CA": _NORTH_AMERICA,
    "GB": _BRITAIN,
    "IE": _IRELAND,
    "NZ": CountryTones(_DOUBLE_RING, Cadence((400,), (0.5, 0.5)), Cadence((400,), (0.25, 0.25))),
    "AU": CountryTones(Cadence((413, 438), _DOUBLE_RING.times), *[Cadence((425,), (0.375, 0.375))] * 2),
    "FR": _single(440, (1.5, 3.5), (0.5, 0.5), (0.25, 0.25)),
    "IT": _EUROPE,
    "DE": _single(425, (1, 4), (0.48, 0.48), (0.24, 0.24)),
    "AT": _single(420, (1, 5), (0.4, 0.4), (0.2, 0.2)),
    "CH": _EUROPE,
    "BE": _single(425, (1, 3), (0.5, 0.5), (0.167, 0.167)),
    "NL": _single(425, (1, 4), (0.5, 0.5), (0.25, 0.25)),
    "ES": _single(425, (1.5, 3), (0.2, 0.2), (0.2, 0.2, 0.2, 0.2, 0.2, 0.6)),
    "PT": _single(425, (1, 5), (0.5, 0.5), (0.2, 0.2)),
    "SE": _single(425, (1, 5), (0.25, 0.25), (0.25, 0.75)),
    "NO": _EUROPE,
    "DK": _single(425, (1, 4), (0.25, 0.25), (0.25, 0.25)),
    "FI": _single(425, (1, 4), (0.3, 0.3), (0.2, 0.2)),
    "PL": _single(425, (1, 4), (0.5, 0.5), (0.5, 0.5)),
}  # fmt: skip
"""By ISO 3166 code; other countries have the European tones."""


def tones_of(country: str) -> CountryTones:
    """Return the network tones of a country."""
    return COUNTRIES.get(country.upper(), _EUROPE)


def room_tone(first: float, second: float) -> list[float]:
    """Return two notes one after the other without a break, `ROOM_TONE_SECONDS` in all, at `RATE`."""
    total = round(ROOM_TONE_SECONDS * RATE)
    amplitude = 10 ** (ROOM_TONE_LEVEL / 20)
    samples, phase = [], 0.0
    for number in range(total):
        phase += 2 * math.pi * (first if number < total // 2 else second) / RATE
        samples.append(amplitude * math.sin(phase))
    return _ramped(samples)


def join_tone() -> list[float]:
    """The tone that somebody entered: upwards."""
    return room_tone(440, 660)


def leave_tone() -> list[float]:
    """The tone that somebody left: downwards."""
    return room_tone(660, 440)


def network_tone(cadence: Cadence) -> list[float]:
    """Return one period of a cadence at `RATE`, to be repeated; `NETWORK_TONE_LEVEL` dBFS peak in all."""
    amplitude = 10 ** (NETWORK_TONE_LEVEL / 20) / len(cadence.frequencies)
    samples: list[float] = []
    for position, seconds in enumerate(cadence.times):
        length = round(seconds * RATE)
        if position % 2:
            samples.extend([0.0] * length)
        else:
            steps = [2 * math.pi * frequency / RATE for frequency in cadence.frequencies]
            samples.extend(
                _ramped([amplitude * sum(math.sin(n * step) for step in steps) for n in range(length)])
            )
    return samples


def _ramped(samples: Sequence[float]) -> list[float]:
    """Fade in and out, so that nothing clicks."""
    ramp, length = round(_RAMP * RATE), len(samples)
    return [value * min(1.0, (n + 1) / ramp, (length - n) / ramp) for n, value in enumerate(samples)]
