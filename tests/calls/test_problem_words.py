"""What administrators are told of problems: each sentence in every language, with the same values in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from switchroom.calls.permission import Denial
from switchroom.calls.problem_words import ENGLISH, NOTHING, of_trunk, worded
from switchroom.calls.trunk_words import say

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("language", ["fr", "it"])
def test_every_sentence_is_in_the_languages_of_the_console(language: str) -> None:
    words = json.loads((ROOT / f"web/src/locales/{language}/problems.json").read_text())
    nothing = words.pop("nothing")
    assert words.keys() == ENGLISH.keys() and nothing.keys() == NOTHING.keys()
    for code, text in ENGLISH.items():
        places = set(re.findall(r"{(\w+)}", text))
        assert set(re.findall(r"{{(\w+)}}", words[code])) == places, code


@pytest.mark.parametrize("language", ["en", "fr", "it"])
def test_every_kind_of_problem_has_a_name(language: str) -> None:
    names = json.loads((ROOT / f"web/src/locales/{language}/console.json").read_text())["problem"]
    assert set(reported()) <= names.keys()


def test_every_problem_that_is_reported_has_its_words() -> None:
    of_trunks = {"trunk-failed", "trunk-not-registered", "trunk-unreachable"}
    assert set(reported()) - ENGLISH.keys() == of_trunks
    assert len(set(reported())) > 20


def reported() -> Iterator[str]:
    """The kinds that the sources name, in `worded`, `tell`, `report` and `of_trunk`."""
    for file in (ROOT / "src/switchroom").rglob("*.py"):
        text = file.read_text()
        yield from re.findall(r'(?:worded|problems\.tell|_?report|of_trunk)\(\s*"([a-z-]+)"', text)
    keeper = (ROOT / "src/switchroom/trunks/keeper.py").read_text()
    yield from re.findall(r'"(trunk-[a-z]+-?[a-z]*)"', keeper)
    yield from (f"outside-{reason.value}" for reason in Denial)


def test_what_is_empty_has_a_word_of_its_own() -> None:
    found = worded("emergency-call", "201", values={"user": "", "number": "112", "shown": ""})
    assert found.text == (
        "An administrator calls the emergency number 112. Number shown to be called back: none."
    )
    assert (found.code, dict(found.values)["shown"]) == ("emergency-call", "")


def test_a_trunks_failure_is_in_the_words_of_trunks() -> None:
    found = of_trunk("trunk-failed", "Line", say("silent", name="Line", answer=""))
    assert (found.code, found.values) == ("trunk.silent", (("name", "Line"), ("answer", "")))
