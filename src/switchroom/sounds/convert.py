"""Sounds that people bring (WAV, MP3) or write (text), as the WAV files that are played to callers.

Decoding what a stranger made is done by a helper process with a time limit: this module is that helper too,
run with one JSON object on its standard input, {"source" or "text" and "language", "target", "seconds",
"loudness"}, answering {"seconds"} or {"error"}.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import os
import sys
import tempfile
from array import array
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from switchroom.sounds.loudness import CEILING, SILENCE, loudness

log = logging.getLogger("switchroom.sounds.convert")

RATE: Final = 16000
"""Of what is made, Hz."""
_SECONDS: Final = 60.0
"""The helper has so long."""
_MEASURED: Final = 60
"""Seconds at the beginning that the loudness is measured of."""
_MOST_GAIN: Final = 10 ** (30 / 20)


class Purpose(StrEnum):
    """What a sound is for: how loud it becomes, how long it may be."""

    GREETING = "greeting"
    MUSIC = "music"


_LIMITS: Final = {Purpose.GREETING: (120.0, -19.0), Purpose.MUSIC: (900.0, -23.0)}
"""Seconds, LUFS."""


class SoundMaker:
    """Makes sounds in a helper process, one at a time. Use it on the running loop."""

    def __init__(self, command: tuple[str, ...] | None = None) -> None:
        self._command = command or (sys.executable, "-m", "switchroom.sounds.convert")
        self._turn = asyncio.Semaphore(1)

    async def convert(self, data: bytes, target: Path, purpose: str) -> float:
        """Make a WAV file of a WAV or MP3 file; the seconds of it.

        Raises ValueError, whose text is `not-a-sound`, `too-long` or `silent`; OSError.
        """
        if not _known(data):
            raise ValueError("not-a-sound")
        source = await asyncio.to_thread(_kept, data, target.parent)
        try:
            return await self._make({"source": str(source)}, target, Purpose(purpose))
        finally:
            await asyncio.to_thread(source.unlink, missing_ok=True)

    async def speak(self, text: str, language: str, target: Path) -> float:
        """Have a text spoken. Raises ValueError, whose text is `no-speech` or `silent`; OSError."""
        return await self._make({"text": text, "language": language}, target, Purpose.GREETING)

    async def _make(self, wish: dict[str, Any], target: Path, purpose: Purpose) -> float:
        seconds, lufs = _LIMITS[purpose]
        wish |= {"target": str(target), "seconds": seconds, "loudness": lufs}
        pipe = asyncio.subprocess.PIPE
        async with self._turn:
            helper = await asyncio.create_subprocess_exec(
                *self._command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
            )
            try:
                async with asyncio.timeout(_SECONDS):
                    answer, errors = await helper.communicate(json.dumps(wish).encode())
            except TimeoutError:
                raise ValueError("too-long") from None
            finally:
                if helper.returncode is None:
                    helper.kill()
                    await helper.wait()
        try:
            told = json.loads(answer)
        except ValueError:
            log.warning("a sound could not be read: %s", errors.decode(errors="replace").strip()[-200:])
            raise ValueError("not-a-sound") from None
        if "error" in told:
            raise ValueError(told["error"])
        return float(told["seconds"])


def _known(data: bytes) -> bool:
    """Whether it is WAV or MP3, by its first bytes."""
    wav = data[:4] == b"RIFF" and data[8:12] == b"WAVE"
    frame = len(data) > 1 and data[0] == 0xFF and data[1] & 0xE6 in (0xE2, 0xE4)
    return wav or frame or data[:3] == b"ID3"


def _kept(data: bytes, folder: Path) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=".upload-", dir=folder)  # 0600
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    return Path(name)


# --- the helper --------------------------------------------------------------------------------------------


def main(text: str) -> int:
    """Make one sound; returns the exit status."""
    os.nice(10)
    wish = json.loads(text)
    try:
        samples = _spoken(wish) if "text" in wish else _decoded(wish)
        seconds = _write(Path(wish["target"]), _levelled(samples, wish["loudness"]))
    except ValueError as error:
        print(json.dumps({"error": str(error)}))
    else:
        print(json.dumps({"seconds": round(seconds, 3)}))
    return 0


def _decoded(wish: dict[str, Any]) -> array[int]:
    import miniaudio  # for the helper only

    most = int(wish["seconds"] * RATE)
    found = array("h")
    try:
        for part in miniaudio.stream_memory(
            Path(wish["source"]).read_bytes(), nchannels=1, sample_rate=RATE, frames_to_read=8192
        ):
            found.extend(part)
            if len(found) > most:
                raise ValueError("too-long")
    except miniaudio.MiniaudioError:
        raise ValueError("not-a-sound") from None
    return found


def _spoken(wish: dict[str, Any]) -> array[int]:
    from switchroom.sounds.synthesis import SynthesisFailed, find_synthesiser
    from switchroom.sounds.waves import FULL_SCALE, read_wave, resample, trim

    voice = find_synthesiser()
    if voice is None:
        raise ValueError("no-speech")
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "speech.wav"
        try:
            voice.speak(wish["text"], wish["language"], path)
        except SynthesisFailed:
            raise ValueError("no-speech") from None
        samples, rate = read_wave(path)
    found = trim(resample(samples, rate, RATE), RATE)
    return array("h", [int(value * (FULL_SCALE - 1)) for value in found])


def _levelled(samples: array[int], target: float) -> array[int]:
    """As loud as prompts are."""
    begin = [value / 32768 for value in samples[: _MEASURED * RATE]]
    measured = loudness(begin, RATE) if begin else SILENCE
    if measured <= -60.0:
        raise ValueError("silent")
    gain = min(_MOST_GAIN, 10 ** ((target - measured) / 20))
    top = CEILING * 32767
    # One look-up for each of the 65,536 values there are; what would go over is rounded off.
    table = [
        round(top * math.tanh(value * gain / top)) if abs(value * gain) > top / 2 else round(value * gain)
        for value in range(-32768, 32768)
    ]
    return array("h", [table[value + 32768] for value in samples])


def _write(target: Path, samples: array[int]) -> float:
    import wave

    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as raw, wave.open(raw, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    unfinished.replace(target)
    return len(samples) / RATE


if __name__ == "__main__":
    sys.exit(main(sys.stdin.read()))
