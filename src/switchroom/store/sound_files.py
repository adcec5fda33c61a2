"""Recordings as files: how long one is, mending one that was cut off, its shape as a picture.

They are WAV files of 16 bits. Whatever its header says, what is in the file counts: a killed writer leaves
the header of some seconds ago.
"""

from __future__ import annotations

import json
import os
import struct
from contextlib import suppress
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import BinaryIO

POINTS = 1000
"""Peaks of a picture, at most."""
_SAMPLES = 2003
"""Looked at for each peak, at most."""
_STRIDES = (
    1,
    2,
    3,
    5,
    7,
    11,
    13,
    17,
    19,
    23,
    29,
    31,
    37,
    41,
    43,
    53,
    61,
    71,
    83,
    97,
    113,
    131,
    151,
    173,
    199,
)
"""Primes: no tone has such a period, so that no peak hides between the samples looked at."""
_LARGEST = 2**32 - 1


class NotWav(ValueError):
    """The file is no WAV file of 16 bits, or there is nothing in it."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Where the samples of a file are. `bytes` is what is really there."""

    start: int
    bytes: int
    channels: int
    rate: int
    """Hz."""

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.bytes / (2 * self.channels * self.rate)


def look(path: Path) -> Sound:
    """Read a file's header. Raises NotWav, OSError."""
    with path.open("rb") as file:
        return _look(file)


def _look(file: BinaryIO) -> Sound:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    riff = file.read(12)
    if riff[:4] != b"RIFF" or riff[8:12] != b"WAVE":
        raise NotWav("no RIFF header")
    channels = rate = 0
    while len(header := file.read(8)) == 8:
        name, length = header[:4], int.from_bytes(header[4:], "little")
        if name == b"fmt ":
            described = file.read(min(length, 16))
            if len(described) < 16:
                raise NotWav("cut off in its header")
            form, channels, rate, _, _, bits = struct.unpack("<HHIIHH", described)
            if form != 1 or bits != 16 or not channels or not rate:
                raise NotWav("not 16 bits")
            file.seek(length - 16 + length % 2, os.SEEK_CUR)
        elif name == b"data":
            if not channels:
                raise NotWav("no format before the samples")
            start = file.tell()
            frame = 2 * channels
            return Sound(start, (size - start) // frame * frame, channels, rate)
        else:
            file.seek(length + length % 2, os.SEEK_CUR)
    raise NotWav("no samples")


def mend(path: Path) -> float:
    """Make the header say what is in the file; how many seconds that is. Raises NotWav, OSError."""
    with path.open("r+b") as file:
        sound = _look(file)
        for place, value in ((4, sound.start - 8 + sound.bytes), (sound.start - 4, sound.bytes)):
            file.seek(place)
            file.write(struct.pack("<I", min(value, _LARGEST)))
    return sound.seconds


def peaks(path: str) -> list[int]:
    """How loud a recording is, from its begin to its end: at most `POINTS` values of 0 to 100.

    Computed once: kept in a file beside it. Raises NotWav, OSError. For a process of its own.
    """
    kept = peaks_file(Path(path))
    try:
        found = json.loads(kept.read_text())
        if isinstance(found, list):
            return [int(value) for value in found]
    except (OSError, ValueError):
        pass
    values = _peaks(Path(path))
    unfinished = kept.with_name(f"{kept.name}.{os.getpid()}")
    with suppress(OSError):  # a full disk: computed anew the next time
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(values, file, separators=(",", ":"))
        unfinished.replace(kept)
    return values


def peaks_file(path: Path) -> Path:
    """Where a recording's picture is kept."""
    return path.with_name(f"{path.name}.peaks")


def _peaks(path: Path) -> list[int]:
    sound = look(path)
    frames = sound.bytes // 2
    if not frames:
        return []
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as whole:
        data = memoryview(whole)[sound.start : sound.start + sound.bytes]
        samples = data.cast("h")  # as the worker writes them: little-endian, as every machine it runs on
        try:
            points = min(POINTS, frames)
            return [
                _peak(samples, frames * at // points, frames * (at + 1) // points) for at in range(points)
            ]
        finally:
            samples.release()
            data.release()


def _peak(samples: memoryview[int], begin: int, end: int) -> int:
    wanted = max(1, (end - begin) // _SAMPLES)
    stride = next((step for step in _STRIDES if step >= wanted), _STRIDES[-1])
    part = samples[begin:end:stride]
    loudest = max(max(part), -min(part))
    part.release()
    return min(100, round(loudest * 100 / 32767))
