"""Speech synthesis by espeak-ng: the program where it is installed, else the library of espeakng-loader.

Both run as processes of their own: espeak-ng is GPL, and a crash in it must not be ours. This module is that
helper too: run as a script it reads lines of JSON, {"voice", "text", "path"}, and writes WAV files.
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
import shutil
import subprocess
import sys
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

WORDS_A_MINUTE: Final = 150
_VOICES: Final = {"en": "en-us+f3", "fr": "fr+f3", "it": "it"}
"""As near as may be to the recorded voices that stand beside them."""
_SECONDS_EACH: Final = 20.0

_SYNCHRONOUS: Final = 2
_UTF8: Final = 1
_RATE_PARAMETER: Final = 1


class SynthesisFailed(Exception):
    """The synthesiser is there and could not speak; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Synthesiser:
    """One way to speak."""

    name: str
    """"espeak-ng" or "espeakng-loader", for the manifest."""
    command: tuple[str, ...]

    def speak(self, text: str, language: str, path: Path) -> None:
        """Write a text, spoken, to a WAV file (mono, 16 bit, usually 22,050 Hz). Raises SynthesisFailed."""
        voice = _VOICES.get(language, _VOICES["en"])
        command, given = list(self.command), ""
        if self.name == "espeak-ng":
            command += ["-v", voice, "-s", str(WORDS_A_MINUTE), "-w", str(path), "--", text]
        else:
            given = json.dumps({"voice": voice, "text": text, "path": str(path)}) + "\n"
        try:
            done = subprocess.run(
                command, input=given, capture_output=True, text=True, timeout=_SECONDS_EACH, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SynthesisFailed(f"{self.name}: {error}") from error
        if done.returncode != 0 or not path.exists():
            raise SynthesisFailed(
                f"{self.name} ended with status {done.returncode}: {done.stderr.strip()[-200:]}"
            )


def find_synthesiser() -> Synthesiser | None:
    """Return the best synthesiser there is, or None: then only recordings speak."""
    program = shutil.which("espeak-ng")
    if program is not None:
        return Synthesiser("espeak-ng", (program,))
    if importlib.util.find_spec("espeakng_loader") is not None:
        return Synthesiser("espeakng-loader", (sys.executable, "-P", __file__))
    return None


class _Library:
    """libespeak-ng, called directly (its speak_lib.h is the reference). Only in the helper process."""

    def __init__(self) -> None:
        import espeakng_loader

        self._library = ctypes.CDLL(str(espeakng_loader.get_library_path()))
        data = str(espeakng_loader.get_data_path()).encode()
        self._rate = self._library.espeak_Initialize(_SYNCHRONOUS, 500, data, 0)
        if self._rate <= 0:
            raise SynthesisFailed(f"the speech library could not start: {self._rate}")
        self._samples = bytearray()
        prototype = ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
        )
        self._callback = prototype(self._take)
        self._library.espeak_SetSynthCallback(self._callback)

    def _take(self, samples: object, count: int, events: object) -> int:
        if samples and count > 0:
            self._samples += ctypes.string_at(samples, 2 * count)  # type: ignore[arg-type]
        return 0

    def speak(self, voice: str, text: str, path: Path) -> None:
        """Write a text, spoken, to a WAV file. Raises SynthesisFailed."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise SynthesisFailed(f"the speech library has no voice {voice}")
        self._library.espeak_SetParameter(_RATE_PARAMETER, WORDS_A_MINUTE, 0)
        self._samples.clear()
        data = text.encode() + b"\0"
        if self._library.espeak_Synth(data, len(data), 0, 1, 0, _UTF8, None, None) != 0:
            raise SynthesisFailed("the speech library could not speak")
        self._library.espeak_Synchronize()
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(self._rate)
            file.writeframes(bytes(self._samples))


def main(lines: Sequence[str]) -> int:
    """Speak each line's text; returns the exit status."""
    try:
        library = _Library()
        for line in lines:
            wish = json.loads(line)
            library.speak(wish["voice"], wish["text"], Path(wish["path"]))
    except (SynthesisFailed, OSError, AttributeError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main([line for line in sys.stdin if line.strip()]))
