"""Names as sounds: spoken once by a helper process, kept, and never waited for."""

from __future__ import annotations

import asyncio
import os
import sys
import wave
from pathlib import Path

import pytest

from switchroom.sounds.names import LONGEST_TEXT, SpokenNames
from switchroom.sounds.synthesis import find_synthesiser

COUNTING = (
    "import json, pathlib, sys\n"
    "wish = json.loads(sys.stdin.read())\n"
    "folder = pathlib.Path(wish['folder'])\n"
    "(folder / 'runs').open('a').write(wish['text'] + '\\n')\n"
    "(folder / (wish['file'] + '.wav')).write_bytes(b'sound')\n"
)


def counting(folder: Path, program: str = COUNTING) -> SpokenNames:
    """Names spoken by a helper that writes down what it was asked."""
    names = SpokenNames(folder, (sys.executable, "-c", program))
    names.prepare()
    return names


async def spoken(names: SpokenNames, text: str, language: str = "en") -> str:
    loop = asyncio.get_running_loop()
    told: asyncio.Future[str] = loop.create_future()
    names.speak(text, language, told.set_result)
    async with asyncio.timeout(60):
        return await told


def there(*paths: Path) -> list[bool]:
    return [path.exists() for path in paths]


def content(path: str) -> bytes:
    return Path(path).read_bytes()


async def test_a_name_is_spoken_once_in_each_language_and_kept(tmp_path: Path) -> None:
    names = counting(tmp_path)
    first, again = await asyncio.gather(spoken(names, "Anna"), spoken(names, " Anna "))
    assert first == again and content(first) == b"sound"
    at_once: list[str] = []
    names.speak("Anna", "en", at_once.append)
    assert at_once == [first], "what is there is not waited for"
    assert await spoken(names, "Anna", "fr") != first
    assert (tmp_path / "runs").read_text().splitlines() == ["Anna", "Anna"]


async def test_a_name_is_data_and_not_longer_than_a_name(tmp_path: Path) -> None:
    names = counting(tmp_path)
    await spoken(names, "--help; $(reboot)\n" + "x" * 500)
    asked = (tmp_path / "runs").read_text().rstrip("\n")
    assert asked.startswith("--help; $(reboot) xx") and len(asked) == LONGEST_TEXT


@pytest.mark.parametrize("program", ["raise SystemExit(1)", "import os; os.abort()"])
async def test_a_helper_that_fails_costs_the_name_only(tmp_path: Path, program: str) -> None:
    names = counting(tmp_path, program)
    assert await spoken(names, "Anna") == ""
    assert await spoken(names, "   ") == ""
    assert await spoken(SpokenNames(tmp_path, ("/nonexistent",)), "Anna") == ""


async def test_names_said_at_the_door_are_forgotten_after_a_day(tmp_path: Path) -> None:
    names = counting(tmp_path)
    old, new = Path(names.file("leg/../1")), Path(names.file("leg 2"))
    assert old.parent == new.parent == tmp_path and old != new
    kept = Path(await spoken(names, "Anna"))
    for path, time in ((old, 1000.0), (new, 1000.0 + 86400)):
        path.write_bytes(b"said")
        os.utime(path, (time, time))
    names.prepare(now=1000.0 + 86401)
    assert there(old, new, kept) == [False, True, True]


@pytest.mark.skipif(find_synthesiser() is None, reason="no speech synthesis is installed")
async def test_the_real_helper_speaks(tmp_path: Path) -> None:
    names = SpokenNames(tmp_path)
    names.prepare()
    assert names.able
    with wave.open(await spoken(names, "Giulia Rossi", "it")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16000)
        assert 0.4 < file.getnframes() / file.getframerate() < 5
    assert not [name for name in os.listdir(tmp_path) if name.startswith("new-")]
