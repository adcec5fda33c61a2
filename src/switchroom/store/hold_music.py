"""Hold music that was uploaded: WAV files in a folder of ours alone, each with a note of what it is.

Which one is played is configuration (`Conference.hold_music`, `Settings.hold_music`); without one it is the
music that is delivered.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from switchroom.store.secrets import generate_id

MOST_FILES: Final = 50
_NAME = re.compile(r"music-[a-z0-9]{12}\Z")


@dataclass(frozen=True, slots=True)
class Music:
    """One piece."""

    id: str
    name: str
    seconds: float
    uploaded_at: float
    """Seconds since the epoch."""
    uploaded_by: str


class HoldMusic:
    """The folder. Everything but `path` takes its time: call it off the loop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Make the folder, readable by us alone. Raises OSError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def new_id(self) -> str:
        """An id that was never used."""
        return generate_id("music")

    def path(self, music_id: str) -> Path:
        """Where a piece lies, or would. Raises ValueError for what is no id."""
        if not _NAME.match(music_id):
            raise ValueError(f"{music_id!r} is no piece of music")
        return self.folder / f"{music_id}.wav"

    def played(self, *music_ids: str | None) -> str:
        """The file that is to be played, of the first piece that is there; empty: the delivered one."""
        for music_id in music_ids:
            try:
                path = self.path(music_id or "")
            except ValueError:
                continue
            if path.is_file():
                return str(path)
        return ""

    def list(self) -> list[Music]:
        """All pieces, by name."""
        found = [self.get(path.stem) for path in self.folder.glob("music-*.json")]
        return sorted(
            (one for one in found if one is not None), key=lambda one: (one.name.casefold(), one.id)
        )

    def get(self, music_id: str) -> Music | None:
        """One piece; None: there is none, or its file is gone."""
        try:
            path = self.path(music_id)
            note = json.loads(path.with_suffix(".json").read_text())
            return Music(**note) if path.is_file() else None
        except (OSError, ValueError, TypeError):
            return None

    def keep(self, music: Music) -> None:
        """Note what a file is that was made at its path. Raises OSError."""
        note = self.path(music.id).with_suffix(".json")
        unfinished = note.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps(asdict(music)))
        unfinished.replace(note)

    def delete(self, music_id: str) -> None:
        """Delete a piece. Raises OSError when it stays."""
        path = self.path(music_id)
        path.unlink(missing_ok=True)
        path.with_suffix(".json").unlink(missing_ok=True)
