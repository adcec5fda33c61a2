"""People's names as sounds: said by themselves at a conference's door, or spoken by the synthesiser.

Speaking takes a tenth of a second and more, so it is done by a helper process and kept: this module is that
helper too, run with one JSON object on its standard input: {"text", "language", "folder", "file"}.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path

from switchroom.sounds.synthesis import find_synthesiser

log = logging.getLogger("switchroom.sounds.names")

LONGEST_TEXT = 80
_SECONDS = 20.0
_AT_ONCE = 2
_MOST_WAITING = 30
_KEPT_SECONDS = 24 * 3600.0
"""A name said at the door is of no use after the meeting."""
_MOST_SPOKEN = 2000
Spoken = Callable[[str], None]


class SpokenNames:
    """Implements `calls.ports.Names` with a folder of its own. Use it on the running loop."""

    def __init__(self, folder: Path, command: tuple[str, ...] | None = None) -> None:
        self._folder = folder
        self._command = command or (sys.executable, "-m", "switchroom.sounds.names")
        self._waiting: dict[Path, list[Spoken]] = {}
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._able = command is not None or find_synthesiser() is not None
        if not self._able:
            log.warning("names can not be spoken: no speech synthesis is installed; callers say them instead")

    @property
    def able(self) -> bool:
        """Whether names can be spoken."""
        return self._able

    def prepare(self, now: float | None = None) -> None:
        """Make the folder, and forget what is old in it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        before = (time.time() if now is None else now) - _KEPT_SECONDS
        for said in self._folder.glob("said-*.wav"):
            with contextlib.suppress(OSError):
                if said.stat().st_mtime < before:
                    said.unlink()
        spoken = sorted(self._folder.glob("spoken-*.wav"), key=lambda path: path.stat().st_mtime)
        for path in spoken[:-_MOST_SPOKEN]:
            path.unlink(missing_ok=True)

    def file(self, leg: str) -> str:
        """Where a caller's own name is recorded."""
        return str(self._folder / f"said-{hashlib.sha256(leg.encode()).hexdigest()[:24]}.wav")

    def speak(self, text: str, language: str, spoken: Spoken) -> None:
        """Have a name spoken: at once where it was before, else soon. `spoken` gets the file, or nothing."""
        text = " ".join(text.split())[:LONGEST_TEXT]
        name = hashlib.sha256(f"{language}\n{text}".encode()).hexdigest()[:24]
        path = self._folder / f"spoken-{name}.wav"
        if path.exists():
            spoken(str(path))
        elif not (self._able and text) or len(self._waiting) >= _MOST_WAITING:
            spoken("")
        elif path in self._waiting:
            self._waiting[path].append(spoken)
        else:
            self._waiting[path] = [spoken]
            task = asyncio.get_running_loop().create_task(self._make(text, language, path))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _make(self, text: str, language: str, path: Path) -> None:
        made = ""
        try:
            async with self._turn:
                made = await self._run(text, language, path)
        except (OSError, TimeoutError):
            log.exception("a name can not be spoken")
        finally:
            for spoken in self._waiting.pop(path):
                spoken(made)

    async def _run(self, text: str, language: str, path: Path) -> str:
        """The path, once the helper has made it; nothing when it could not."""
        wish = {"text": text, "language": language, "folder": str(path.parent), "file": path.stem}
        pipe = asyncio.subprocess.PIPE
        helper = await asyncio.create_subprocess_exec(*self._command, stdin=pipe, stderr=pipe)
        try:
            async with asyncio.timeout(_SECONDS):
                _, errors = await helper.communicate(json.dumps(wish).encode())
        except TimeoutError:
            helper.kill()
            await helper.wait()
            raise
        if helper.returncode == 0:
            return str(path)
        log.warning("a name can not be spoken: %s", errors.decode(errors="replace").strip()[-200:])
        return ""


def main(text: str) -> int:
    """Speak one name; returns the exit status."""
    from switchroom.sounds.build import Order, make  # for the helper only: it takes long to load

    wish = json.loads(text)
    voice, folder = find_synthesiser(), Path(wish["folder"])
    if voice is None:
        return 1
    order = Order(
        f"new-{wish['file']}", voice.name, "", text=wish["text"], language=wish["language"], synthesiser=voice
    )
    sound = make(order, folder)
    if sound is None:
        return 1
    # It appears at once and whole.
    (folder / sound.file).replace(folder / f"{wish['file']}.wav")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.stdin.read()))
