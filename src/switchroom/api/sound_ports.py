"""What the API needs to make sounds of what people bring: their files and texts."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from fastapi import Request

from switchroom.api.errors import ApiError
from switchroom.api.limits import read_body

SOUND_BYTES = 5 * 1024 * 1024
SOUND_SECONDS = 60.0

_REFUSALS = {
    "not-a-sound": "This is no WAV or MP3 file. Save the sound as one of them, and upload that.",
    "too-long": "This is too long: two minutes for a greeting, fifteen for music.",
    "silent": "Nothing can be heard in this.",
    "no-speech": "Texts can not be spoken: no speech synthesis is installed. Record the words instead.",
}


class SoundMaker(Protocol):
    """Makes WAV files, off the loop."""

    async def convert(self, data: bytes, target: Path, purpose: str) -> float:
        """Of a WAV or MP3 file; `purpose`: greeting or music. The seconds of it.

        Raises ValueError, whose text is `not-a-sound`, `too-long` or `silent`; OSError.
        """

    async def speak(self, text: str, language: str, target: Path) -> float:
        """Of a text. Raises ValueError `no-speech`, `silent`; OSError."""


class NoSoundMaker:
    """Where no sounds are made: for the command line and for tests."""

    async def convert(self, data: bytes, target: Path, purpose: str) -> float:
        """It can not be."""
        raise ValueError("not-a-sound")

    async def speak(self, text: str, language: str, target: Path) -> float:
        """It can not be."""
        raise ValueError("no-speech")


async def uploaded(request: Request) -> bytes:
    """The sound file that is the request's body. Raises 408, 413."""
    try:
        data = await read_body(request, SOUND_BYTES, SOUND_SECONDS)
    except TimeoutError:
        raise ApiError(408, "too-slow", "The file took too long to come.") from None
    if data is None:
        raise ApiError(
            413, "too-large", "A sound has at most 5 MiB. Save it with a lower bit rate, or as MP3."
        )
    return data


def refused(error: ValueError) -> ApiError:
    """Why no sound could be made."""
    error_id = str(error) if str(error) in _REFUSALS else "not-a-sound"
    return ApiError(422, error_id, _REFUSALS[error_id], "file")


AUDIO_BODY = {
    "requestBody": {
        "required": True,
        "description": "The file as it is: its first bytes say what it is.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
