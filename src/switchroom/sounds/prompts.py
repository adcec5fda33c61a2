"""The built sound files by key and language, as the manifest lists them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from switchroom.sounds.catalogue import FALLBACK

MANIFEST: Final = "manifest.json"
SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class Sound:
    """One file of the directory."""

    file: str
    """Relative to the directory."""
    source: str
    """Where it comes from, with the licence where one asks to be named."""
    recipe: str
    """Hash of all that went into it: equal recipes make equal files."""
    rate: int
    seconds: float
    loudness: float
    """LUFS; for tones their level is what counts, and this is 0."""


class Prompts:
    """What can be played. Keys are those of the catalogue, "tone-..." and "music"; tones have no language."""

    def __init__(self, directory: Path, sounds: Mapping[str, Sound]) -> None:
        self.directory = directory
        self.sounds = dict(sounds)
        self.chosen: Callable[[str | None], str] = lambda own: ""
        """The file of a conference's own hold music, else of the system's; empty: the delivered one."""
        self._known: dict[tuple[str, str], tuple[str, ...]] = {}

    def renew(self, sounds: Mapping[str, Sound]) -> None:
        """The directory was built anew: use what is there now."""
        self.sounds = dict(sounds)
        self._known.clear()

    def files(self, key: str, language: str) -> tuple[str, ...]:
        """Return the files of a prompt in its language ("fr-CA" is fr), else in English, else none."""
        found = self._known.get((key, language))
        if found is None:
            base = language.replace("_", "-").split("-", 1)[0].lower()
            names = (f"{base}/{key}", f"{FALLBACK}/{key}", key)
            sound = next((self.sounds[name] for name in names if name in self.sounds), None)
            found = (str(self.directory / sound.file),) if sound is not None else ()
            if len(self._known) < 1000:
                self._known[key, language] = found
        return found

    def music(self, own: str | None = None) -> str:
        """Return the hold music, to be repeated; "" when there is none. `own`: a conference's."""
        return self.chosen(own) or next(iter(self.files("music", "")), "")


def load_manifest(directory: Path) -> dict[str, Sound]:
    """Return the sounds of a directory by name ("en/goodbye", "tone-join"); empty without a manifest."""
    try:
        document = json.loads((directory / MANIFEST).read_text())
        if document["schema"] != SCHEMA:
            return {}
        return {name: Sound(**row) for name, row in document["sounds"].items()}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def save_manifest(directory: Path, sounds: Mapping[str, Sound]) -> None:
    """Write the manifest; it appears at once and whole."""
    document = {"schema": SCHEMA, "sounds": {name: asdict(sound) for name, sound in sorted(sounds.items())}}
    unfinished = directory / f"{MANIFEST}.new"
    unfinished.write_text(json.dumps(document, indent=1) + "\n")
    unfinished.replace(directory / MANIFEST)
