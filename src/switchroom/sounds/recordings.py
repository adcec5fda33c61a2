"""Recorded prompts: which files of Debian's asterisk-core-sounds say what a key of the catalogue means.

The packages are installed beside us, never copied into the project; they are CC BY-SA 3.0 (`ATTRIBUTION`).
Where no recording fits the words, none is named, and the prompt is synthesised.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path("/usr/share/asterisk/sounds")
ATTRIBUTION: Final = "asterisk-core-sounds, CC BY-SA 3.0"

_VOICES: Final[Mapping[str, str]] = {"en": "en_US_f_Allison", "fr": "fr_CA_f_June", "it": "it_IT_m_Carlo"}

_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "enter-access-code": ("conf-getpin", "vm-then-pound"),
    "wrong-access-code": ("conf-invalidpin",),
    "too-many-tries": ("confbridge-pin-bad",),
    "codes-refused": ("im-sorry", "please-try-call-later"),
    "nothing-entered": ("vm-sorry",),
    "waiting-for-administrator": ("conf-waitforleader",),
    "administrator-arrived": ("confbridge-conf-begin",),
    "only-person": ("conf-onlyperson",),
    "entering-conference": ("conf-placeintoconf",),
    "conference-full": ("conf-full",),
    "conference-ended": ("confbridge-conf-end",),
    "removed-from-conference": ("confbridge-removed",),
    "number-unknown": ("ss-noservice",),
    "person-unavailable": ("vm-nobodyavail",),
    "outside-calls-impossible": ("cannot-complete-as-dialed",),
    "all-circuits-busy": ("all-circuits-busy-now", "please-try-call-later"),
    "system-error": ("im-sorry", "please-try-call-later"),
    "you-are-muted": ("conf-muted",),
    "you-are-heard": ("conf-unmuted",),
    "conference-locked": ("conf-lockednow",),
    "conference-unlocked": ("conf-unlockednow",),
    "has-joined": ("conf-hasjoin",),
    "has-left": ("conf-hasleft",),
    "goodbye": ("goodbye",),
    **{f"digit-{figure}": (f"digits/{figure}",) for figure in range(10)},
    **{f"number-{number}": (f"digits/{number}",) for number in range(10, 21)},
}


def find_recording(key: str, language: str, root: Path = ROOT) -> list[Path]:
    """Return the files that say a prompt, one after the other; empty where one is missing."""
    voice = _VOICES.get(language)
    if voice is None or key not in _PARTS:
        return []
    files = [root / voice / f"{part}.wav" for part in _PARTS[key]]
    return files if all(file.is_file() for file in files) else []
