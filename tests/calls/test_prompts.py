"""What call control says is in the catalogue."""

from __future__ import annotations

import pytest

from switchroom.calls.values import Prompt
from switchroom.sounds.catalogue import CATALOGUE


@pytest.mark.parametrize("prompt", Prompt)
def test_every_prompt_has_its_words_or_is_a_tone(prompt: Prompt) -> None:
    if not prompt.value.startswith("tone-"):
        words = CATALOGUE[prompt.value]
        assert all(words.text(language) for language in ("en", "fr", "it"))
