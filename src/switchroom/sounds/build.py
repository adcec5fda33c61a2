"""Fill a directory with every sound: prompts recorded or else synthesised, tones of the country, hold music.

Prompts are normalised to -19 LUFS and music to -23 LUFS; a prompt has 200 ms of silence at both ends. What is
there already and made from the same things is left alone, so that only the first start takes time.
`python -m switchroom.sounds.build DIRECTORY [COUNTRY]` builds, and prints what is missing.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from switchroom.directory.model import LANGUAGES
from switchroom.sounds import music, tones
from switchroom.sounds.catalogue import CATALOGUE
from switchroom.sounds.loudness import loudness, normalise
from switchroom.sounds.prompts import Prompts, Sound, load_manifest, save_manifest
from switchroom.sounds.recordings import ATTRIBUTION, ROOT, find_recording
from switchroom.sounds.synthesis import Synthesiser, SynthesisFailed, find_synthesiser
from switchroom.sounds.waves import join, read_wave, resample, trim, write_wave

PROMPT_LOUDNESS: Final = -19.0
MUSIC_LOUDNESS: Final = -23.0
SILENCE: Final = 0.2
"""Seconds at both ends of a prompt, and between its parts."""
SPEECH_RATE: Final = 16000
"""Of synthesised prompts, Hz; recordings keep theirs."""

_METHOD: Final = 1
"""Part of every recipe: raised when the making changes."""


@dataclass(frozen=True, slots=True)
class Order:
    """One file to make: from recordings, else from text, else a tone or the music of that name."""

    name: str
    source: str
    recipe: str
    recordings: tuple[Path, ...] = ()
    text: str = ""
    language: str = ""
    synthesiser: Synthesiser | None = None
    country: str = ""


def build(
    directory: Path,
    country: str = "US",
    *,
    recordings: Path = ROOT,
    synthesiser: Synthesiser | str | None = "find",
    processes: int | None = None,
) -> Prompts:
    """Make what is missing or outdated, and return what there is then. Takes seconds: call it off the loop.

    A prompt that can not be made is left out (`missing` tells). Raises OSError: no writable directory.
    """
    directory.mkdir(parents=True, exist_ok=True)
    voice = find_synthesiser() if isinstance(synthesiser, str) else synthesiser
    orders = [*_prompt_orders(recordings, voice), *_tone_orders(country)]
    known = load_manifest(directory)
    fresh = {
        order.name: known[order.name]
        for order in orders
        if order.name in known
        and known[order.name].recipe == order.recipe
        and (directory / known[order.name].file).is_file()
    }
    due = [order for order in orders if order.name not in fresh]
    if due:
        fresh.update(_make_all(due, directory, processes or min(8, os.cpu_count() or 1)))
    if fresh != known:
        save_manifest(directory, fresh)
    return Prompts(directory, fresh)


def missing(prompts: Prompts) -> list[str]:
    """Return the names of the catalogue's prompts that have no file, such as "fr/goodbye"."""
    names = [f"{language}/{key}" for language in LANGUAGES for key in CATALOGUE]
    return [name for name in names if name not in prompts.sounds]


def _prompt_orders(recordings: Path, voice: Synthesiser | None) -> Iterable[Order]:
    for language in LANGUAGES:
        for key, words in CATALOGUE.items():
            name = f"{language}/{key}"
            files = find_recording(key, language, recordings)
            if files:
                parts = ", ".join(file.stem for file in files)
                stamps = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
                yield Order(name, f"{ATTRIBUTION}: {parts}", _recipe(stamps), recordings=tuple(files))
            elif voice is not None:
                text = words.text(language)
                recipe = _recipe([voice.name, language, text])
                yield Order(name, voice.name, recipe, text=text, language=language, synthesiser=voice)


def _tone_orders(country: str) -> Iterable[Order]:
    yield Order("music", "own", _recipe(["music"]))
    for name in ("tone-join", "tone-leave"):
        yield Order(name, "own", _recipe([name]))
    for kind in ("ringback", "busy", "congestion"):
        name = f"tone-{kind}"
        yield Order(
            name, f"ITU-T E.180, {country}", _recipe([name, repr(tones.tones_of(country))]), country=country
        )


def _recipe(parts: object) -> str:
    return hashlib.sha256(json.dumps([_METHOD, parts]).encode()).hexdigest()[:24]


def _make_all(orders: list[Order], directory: Path, processes: int) -> dict[str, Sound]:
    """Make the files in helper processes, the longest work first."""
    made: dict[str, Sound] = {}
    longest_first = sorted(orders, key=lambda order: (order.name != "music", -len(order.text)))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(processes, len(orders)), mp_context=context) as pool:
        futures: list[tuple[Order, Future[Sound | None]]] = [
            (order, pool.submit(make, order, directory)) for order in longest_first
        ]
        for order, future in futures:
            sound = future.result()
            if sound is not None:
                made[order.name] = sound
    return made


def make(order: Order, directory: Path) -> Sound | None:
    """Make one file; None when its source is broken or the synthesiser fails."""
    try:
        samples, rate = _samples(order)
    except (ValueError, SynthesisFailed) as error:
        print(f"{order.name} was not made: {error}", file=sys.stderr)
        return None
    file = f"{order.name}.wav"
    write_wave(directory / file, samples, rate)
    measured = 0.0 if order.name.startswith("tone-") else round(loudness(trim(samples, rate), rate), 2)
    return Sound(file, order.source, order.recipe, rate, round(len(samples) / rate, 3), measured)


def _samples(order: Order) -> tuple[list[float], int]:
    match order.name:
        case "music":
            return normalise(music.hold_music(), music.RATE, MUSIC_LOUDNESS), music.RATE
        case "tone-join":
            return tones.join_tone(), tones.RATE
        case "tone-leave":
            return tones.leave_tone(), tones.RATE
        case "tone-ringback" | "tone-busy" | "tone-congestion":
            cadence = getattr(tones.tones_of(order.country), order.name.removeprefix("tone-"))
            return tones.network_tone(cadence), tones.RATE
    return _spoken(order)


def _spoken(order: Order) -> tuple[list[float], int]:
    """A prompt: its parts trimmed, levelled together, with silence around."""
    if order.recordings:
        read = [read_wave(file) for file in order.recordings]
        rate = max(part_rate for _, part_rate in read)
        parts = [trim(resample(samples, part_rate, rate), rate) for samples, part_rate in read]
    elif order.synthesiser is not None:
        rate = SPEECH_RATE
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / "speech.wav"
            order.synthesiser.speak(order.text, order.language, path)
            samples, spoken_rate = read_wave(path)
        parts = [trim(resample(samples, spoken_rate, rate), rate)]
    else:
        raise ValueError("no source")
    parts = [part for part in parts if part]
    if not parts:
        raise ValueError("the source is silent")
    levelled = [normalise(part, rate, PROMPT_LOUDNESS) for part in parts]
    return join(levelled, rate, SILENCE), rate


def main(arguments: list[str]) -> int:
    """Build into a directory and print what is missing; returns the exit status."""
    if not 1 <= len(arguments) <= 2:
        print(__doc__, file=sys.stderr)
        return 2
    prompts = build(Path(arguments[0]), *arguments[1:])
    for name in missing(prompts):
        print(f"missing: {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
