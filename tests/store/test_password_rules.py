"""store/password_rules.py: what people may choose (B6-01)."""

from __future__ import annotations

import pytest

from switchroom.store.password_rules import weakness


@pytest.mark.parametrize(
    "password",
    ["", "short", "seven77", "aaaaaaaa", "abababab", "12345678", "87654321", "qwertyuiop", "password",
     "Password1", "anna2024", "AnnaWeber", "motdepasse1", "switchroom"],
)  # fmt: skip
def test_b6_01_what_is_guessed_at_once_is_refused(password: str) -> None:
    assert weakness(password, ["Anna", "Weber", "201"]) is not None


@pytest.mark.parametrize(
    "password", ["tr0ubador", "correct horse", "anna likes tea", "Zürich-42", "пароль-мой", "x" * 3 + "4y7!q"]
)
def test_what_is_not_guessed_at_once_may_be_used(password: str) -> None:
    assert weakness(password, ["Anna", "Weber", "201", ""]) is None
