"""Programme loudness by ITU-R BS.1770-4, for mono at any rate, in plain Python."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

SILENCE: Final = -120.0
"""What silence measures, LUFS."""

CEILING: Final = 10 ** (-1 / 20)
"""Highest sample after normalising: -1 dBFS."""
KNEE: Final = 0.6
"""Where rounding begins in what is too loud."""

_OFFSET: Final = -0.691
_ABSOLUTE_GATE: Final = -70.0
_RELATIVE_GATE: Final = -10.0
_HOP: Final = 0.1
_HOPS_A_BLOCK: Final = 4


@dataclass(frozen=True, slots=True)
class _Biquad:
    b0: float
    b1: float
    b2: float
    a1: float
    a2: float


def _shelf(rate: int) -> _Biquad:
    """The first stage: a high shelf of 4 dB above about 1.7 kHz, standing for the head."""
    frequency, gain, q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
    k = math.tan(math.pi * frequency / rate)
    high = 10 ** (gain / 20)
    band = high**0.4996667741545416
    a0 = 1 + k / q + k * k
    return _Biquad(
        (high + band * k / q + k * k) / a0,
        2 * (k * k - high) / a0,
        (high - band * k / q + k * k) / a0,
        2 * (k * k - 1) / a0,
        (1 - k / q + k * k) / a0,
    )


def _high_pass(rate: int) -> _Biquad:
    """The second stage: the low end that ears care little for is taken away."""
    frequency, q = 38.13547087602444, 0.5003270373238773
    k = math.tan(math.pi * frequency / rate)
    a0 = 1 + k / q + k * k
    return _Biquad(1.0, -2.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0)


def _hop_energies(samples: Sequence[float], rate: int) -> list[tuple[float, int]]:
    """Energy of the weighted signal, and its length in samples, in steps of 100 ms."""
    s, h = _shelf(rate), _high_pass(rate)
    sb0, sb1, sb2, sa1, sa2 = s.b0, s.b1, s.b2, s.a1, s.a2
    ha1, ha2 = h.a1, h.a2
    x1 = x2 = y1 = y2 = z1 = z2 = 0.0
    hop = max(1, round(_HOP * rate))
    energies = []
    for start in range(0, len(samples), hop):
        part = samples[start : start + hop]
        energy = 0.0
        for x in part:
            y = sb0 * x + sb1 * x1 + sb2 * x2 - sa1 * y1 - sa2 * y2
            z = y - 2.0 * y1 + y2 - ha1 * z1 - ha2 * z2
            x2, x1, y2, y1, z2, z1 = x1, x, y1, y, z1, z
            energy += z * z
        energies.append((energy, len(part)))
    return energies


def loudness(samples: Sequence[float], rate: int) -> float:
    """Return the integrated loudness, LUFS, of samples whose full scale is 1.0; at least `SILENCE`.

    What is shorter than one block of 400 ms is measured as one block of its own length.
    """
    energies = _hop_energies(samples, rate)
    if len(energies) > _HOPS_A_BLOCK and energies[-1][1] < energies[0][1]:
        energies.pop()
    count = max(1, len(energies) - _HOPS_A_BLOCK + 1)
    blocks = [_mean(energies[start : start + _HOPS_A_BLOCK]) for start in range(count)]
    loud = [power for power in blocks if _level(power) > _ABSOLUTE_GATE]
    if not loud:
        return SILENCE
    gate = _level(sum(loud) / len(loud)) + _RELATIVE_GATE
    kept = [power for power in loud if _level(power) > gate]
    return _level(sum(kept) / len(kept))


def _mean(hops: Sequence[tuple[float, int]]) -> float:
    length = sum(samples for _, samples in hops)
    return sum(energy for energy, _ in hops) / length if length else 0.0


def _level(power: float) -> float:
    return _OFFSET + 10 * math.log10(power) if power > 1e-12 else SILENCE


def normalise(samples: Sequence[float], rate: int, target: float) -> list[float]:
    """Bring samples to a loudness (LUFS); peaks that would go over `CEILING` are rounded off, not cut."""
    measured = loudness(samples, rate)
    if measured <= SILENCE:
        return list(samples)
    gain = 10 ** ((target - measured) / 20)
    louder = [value * gain for value in samples]
    if max(map(abs, louder)) <= CEILING:
        return louder
    return [value if -KNEE < value < KNEE else _rounded(value) for value in louder]


def _rounded(value: float) -> float:
    room = CEILING - KNEE
    return math.copysign(KNEE + room * math.tanh((abs(value) - KNEE) / room), value)
