"""doctor.py: what it finds is said in every language."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from switchroom import doctor
from switchroom.doctor import Finding, examine
from switchroom.options import load

ROOT = Path(__file__).resolve().parents[1]
SOURCE = Path(doctor.__file__).read_text()
PLACES = re.compile(r"\{\{(\w+)\}\}")


def codes() -> set[str]:
    """The third argument of each Finding: written out, or given two at a time."""
    written = re.findall(r'Finding\(\s*[^,]+,\s*[^,]+,\s*"([a-z-]+)"', SOURCE)
    return {*written, *re.findall(r'\("(port-[a-z]+)", "', SOURCE)}


@pytest.mark.parametrize("language", ["fr", "it"])
def test_every_finding_is_translated(language: str) -> None:
    words = json.loads((ROOT / f"web/src/locales/{language}/checks.json").read_text())
    assert set(words) == codes()
    assert len(words) > 30


@pytest.mark.parametrize("running", [True, False])
def test_translations_name_values_that_are_given(running: bool, tmp_path: Path) -> None:
    found = examine(load(tmp_path, {}), running=running)
    assert {one.check for one in found} >= {"Address", "Disk", "Clock", "Certificate"}
    for language in ("fr", "it"):
        words = json.loads((ROOT / f"web/src/locales/{language}/checks.json").read_text())
        for one in found:
            assert_said(one, words[one.code])


def assert_said(one: Finding, words: dict[str, str]) -> None:
    wanted = {place for text in words.values() for place in PLACES.findall(text)}
    assert wanted <= set(one.values), one
    assert bool(one.cure) == bool(words.get("cure")), one
