"""Building the directory of sounds, with a small voice of our own in the recordings' place."""

from __future__ import annotations

import math
import os
import sys
import wave
from pathlib import Path

import pytest

from switchroom.directory.model import LANGUAGES
from switchroom.sounds import build as building
from switchroom.sounds import music, synthesis
from switchroom.sounds.build import build, make, missing
from switchroom.sounds.catalogue import CATALOGUE
from switchroom.sounds.prompts import MANIFEST, Prompts, Sound, load_manifest
from switchroom.sounds.recordings import ROOT
from switchroom.sounds.synthesis import Synthesiser, SynthesisFailed, find_synthesiser
from switchroom.sounds.waves import read_wave, write_wave


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """Two recordings: goodbye in English and French, quiet, with silence around."""
    root = tmp_path / "recordings"
    voice = [0.02 * math.sin(n * 0.3) for n in range(6000)]
    for name in ("en_US_f_Allison", "fr_CA_f_June"):
        write_wave(root / name / "goodbye.wav", [0.0] * 9000 + voice + [0.0] * 100, 8000)
    return root


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Make the files here, and tell which; music is shortened."""
    made: list[str] = []

    def make_all(orders: list[building.Order], directory: Path, processes: int) -> dict[str, Sound]:
        made.extend(order.name for order in orders)
        sounds = {order.name: make(order, directory) for order in orders}
        return {name: sound for name, sound in sounds.items() if sound is not None}

    monkeypatch.setattr(building, "_make_all", make_all)
    monkeypatch.setattr(music, "hold_music", lambda: [math.sin(n * 0.2) for n in range(16000)])
    return made


def test_prompts_are_levelled_and_have_200_ms_of_silence(
    tmp_path: Path, recordings: Path, quick: list[str]
) -> None:
    prompts = build(tmp_path / "out", recordings=recordings, synthesiser=None)
    (file,) = prompts.files("goodbye", "en")
    samples, rate = read_wave(Path(file))
    assert rate == 8000
    loud = [n for n, value in enumerate(samples) if abs(value) > 0.01]
    assert loud[0] / rate == pytest.approx(0.2, abs=0.021)
    assert (len(samples) - loud[-1]) / rate == pytest.approx(0.2, abs=0.021)
    assert prompts.sounds["en/goodbye"].loudness == pytest.approx(-19, abs=0.3)
    assert prompts.sounds["music"].loudness == pytest.approx(-23, abs=0.3)
    assert "CC BY-SA" in prompts.sounds["en/goodbye"].source


def test_a_second_build_does_nothing_and_a_changed_source_one_file(
    tmp_path: Path, recordings: Path, quick: list[str]
) -> None:
    out = tmp_path / "out"
    build(out, recordings=recordings, synthesiser=None)
    assert {"en/goodbye", "fr/goodbye", "music", "tone-join", "tone-busy"} <= set(quick)
    quick.clear()
    stamp = (out / MANIFEST).stat().st_mtime_ns
    build(out, recordings=recordings, synthesiser=None)
    assert quick == []
    assert (out / MANIFEST).stat().st_mtime_ns == stamp
    os.utime(recordings / "fr_CA_f_June/goodbye.wav", (1, 1))
    (out / "tone-leave.wav").unlink()
    build(out, recordings=recordings, synthesiser=None)
    assert sorted(quick) == ["fr/goodbye", "tone-leave"]
    quick.clear()
    build(out, "GB", recordings=recordings, synthesiser=None)
    assert sorted(quick) == ["tone-busy", "tone-congestion", "tone-ringback"]


def test_a_prompt_falls_back_to_english(tmp_path: Path, recordings: Path, quick: list[str]) -> None:
    prompts = build(tmp_path / "out", recordings=recordings, synthesiser=None)
    assert [Path(f).parent.name for f in prompts.files("goodbye", "fr-CA")] == ["fr"]
    assert [Path(f).parent.name for f in prompts.files("goodbye", "it")] == ["en"]
    assert prompts.files("nothing-entered", "en") == ()
    assert [Path(f).name for f in prompts.files("tone-join", "it")] == ["tone-join.wav"]
    assert Path(prompts.music()).name == "music.wav"
    assert "it/goodbye" in missing(prompts)
    assert "en/goodbye" not in missing(prompts)


def test_broken_recordings_and_failing_voices_leave_a_prompt_out(
    tmp_path: Path, recordings: Path, quick: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (recordings / "en_US_f_Allison/goodbye.wav").write_bytes(b"broken")
    prompts = build(
        tmp_path / "out", recordings=recordings, synthesiser=Synthesiser("espeak-ng", ("/bin/false",))
    )
    assert set(missing(prompts)) == {f"{language}/{key}" for language in LANGUAGES for key in CATALOGUE} - {
        "fr/goodbye"
    }
    assert "en/goodbye was not made" in capsys.readouterr().err
    assert Prompts(tmp_path, {}).music() == ""


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"schema": 1, "sounds": {"a": {}}}', '{"schema": 7, "sounds": {}}']
)
def test_an_unreadable_manifest_is_no_manifest(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    assert load_manifest(tmp_path) == {}


def test_helper_processes_make_the_files(tmp_path: Path, recordings: Path) -> None:
    orders = [building.Order(name, "own", "1") for name in ("tone-join", "tone-leave")]
    made = building._make_all(orders, tmp_path, 2)
    assert set(made) == {"tone-join", "tone-leave"}
    assert (tmp_path / "tone-join.wav").is_file()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_synthesiser_speaks(tmp_path: Path, language: str) -> None:
    voice = find_synthesiser()
    if voice is None:
        pytest.skip("no espeak-ng here")
    path = tmp_path / "a.wav"
    voice.speak(CATALOGUE["enter-access-code"].text(language), language, path)
    with wave.open(str(path)) as file:
        assert 2 < file.getnframes() / file.getframerate() < 8


def test_the_speech_library_speaks_from_a_process_of_its_own(tmp_path: Path) -> None:
    pytest.importorskip("espeakng_loader")
    voice = Synthesiser("espeakng-loader", (sys.executable, "-P", synthesis.__file__))
    path = tmp_path / "a.wav"
    voice.speak(CATALOGUE["enter-access-code"].fr, "fr", path)
    samples, rate = read_wave(path)
    assert 2 < len(samples) / rate < 8
    assert max(samples) > 0.1
    with pytest.raises(SynthesisFailed):
        voice.speak("words", "en", tmp_path / "no" / "directory.wav")


@pytest.mark.skipif(not (ROOT / "en_US_f_Allison").is_dir(), reason="asterisk-core-sounds is not installed")
def test_g_09_with_recordings_and_a_voice_nothing_is_missing(tmp_path: Path) -> None:
    orders = list(building._prompt_orders(ROOT, Synthesiser("espeak-ng", ("espeak-ng",))))
    assert {order.name for order in orders} == {
        f"{language}/{key}" for language in LANGUAGES for key in CATALOGUE
    }
    recorded = [order for order in orders if order.recordings and order.name.startswith("it/")]
    for order in recorded[:4]:
        sound = make(order, tmp_path)
        assert sound is not None
        assert sound.loudness == pytest.approx(-19, abs=0.7)
        assert 0.5 < sound.seconds < 8
