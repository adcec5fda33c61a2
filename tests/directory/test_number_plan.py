"""directory/number_plan.py: what typed digits mean (G-10)."""

from __future__ import annotations

import pytest

from switchroom.directory.number_plan import (
    DialledEmergency,
    DialledExtension,
    DialledNumber,
    NotDiallable,
    read,
)


@pytest.mark.parametrize(
    ("typed", "country", "e164"),
    [
        ("+32 2 290 34 90", "US", "+3222903490"),
        ("0032 2 290 34 90", "BE", "+3222903490"),
        ("01 42 68 53 00", "FR", "+33142685300"),
        ("(650) 253-0000", "US", "+16502530000"),
        ("06 6982", "IT", "+39066982"),
    ],
)
def test_g_10_numbers_become_e164(typed: str, country: str, e164: str) -> None:
    assert read(typed, country) == DialledNumber(e164)


def test_g_10_an_extension_is_called_as_such() -> None:
    assert read("201", "US", is_extension=True) == DialledExtension("201")
    assert read("20 1", "US", is_extension=True) == DialledExtension("201")
    assert read("8002", "FR") == DialledExtension("8002")


@pytest.mark.parametrize(("typed", "country"), [("112", "FR"), ("911", "US"), ("18", "FR"), ("999", "GB")])
def test_an_emergency_number_wins_over_everything(typed: str, country: str) -> None:
    assert read(typed, country, is_extension=True) == DialledEmergency(typed)


@pytest.mark.parametrize("typed", ["", "anna", "+", "12a4", "+1" * 20, "٢٠١", "123456789012", "2\n01;"])
def test_g_10_what_is_no_number_is_refused_with_the_rule(typed: str) -> None:
    answer = read(typed, "US")
    assert isinstance(answer, NotDiallable)
    assert "+" in answer.message
