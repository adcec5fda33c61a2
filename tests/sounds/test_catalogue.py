"""The catalogue: every prompt in every language."""

from __future__ import annotations

from pathlib import Path

import pytest

from switchroom.calls.values import Number, Prompt
from switchroom.directory.model import LANGUAGES
from switchroom.sounds.catalogue import CATALOGUE, digit_keys
from switchroom.sounds.recordings import _PARTS, find_recording


def test_g_09_every_prompt_has_words_in_every_language() -> None:
    assert set(LANGUAGES) == {"en", "fr", "it"}
    for key, words in CATALOGUE.items():
        texts = [words.text(language) for language in LANGUAGES]
        assert all(text.strip() for text in texts), key
        if not key.startswith(("digit-", "number-", "people-before", "part-")):
            assert all(text.endswith(".") for text in texts), key
            assert len(set(texts)) == 3, key


def test_whatever_call_control_says_is_in_the_catalogue() -> None:
    assert {prompt.value for prompt in Prompt} <= set(CATALOGUE) | {"tone-join", "tone-leave"}


def test_what_to_do_comes_before_the_key_to_press() -> None:
    words = CATALOGUE["enter-access-code"]
    for text, action, key in (
        (words.en, "code", "hash"),
        (words.fr, "code", "dièse"),
        (words.it, "codice", "cancelletto"),
    ):
        assert text.index(action) < text.index(key)


def test_another_language_is_spoken_in_english() -> None:
    assert CATALOGUE["goodbye"].text("de") == "Goodbye."


def test_numbers_are_spoken_by_digits() -> None:
    assert digit_keys("+8 00²2") == ["digit-8", "digit-0", "digit-0", "digit-2"]


def test_recordings_are_of_prompts_that_exist() -> None:
    assert set(_PARTS) <= set(CATALOGUE)


@pytest.mark.parametrize("absent", [[], ["vm-then-pound"]])
def test_a_recording_counts_only_when_all_its_parts_are_there(tmp_path: Path, absent: list[str]) -> None:
    voice = tmp_path / "en_US_f_Allison"
    voice.mkdir()
    for part in _PARTS["enter-access-code"]:
        if part not in absent:
            (voice / f"{part}.wav").write_bytes(b"")
    found = find_recording("enter-access-code", "en", tmp_path)
    assert [file.stem for file in found] == ([] if absent else ["conf-getpin", "vm-then-pound"])
    assert find_recording("enter-access-code", "fr", tmp_path) == []
    assert find_recording("nothing-entered", "en", tmp_path) == []


def test_small_numbers_are_words_and_larger_ones_are_many() -> None:
    assert [Number(number).key for number in (2, 10, 20)] == ["digit-2", "number-10", "number-20"]
    assert Number(21).key == Number(500).key == "number-many"
    assert all(Number(number).key in CATALOGUE for number in range(30))
