"""directory/number_plan.py: what typed digits mean (G-10)."""

from __future__ import annotations

import pytest

from switchroom.directory.number_plan import (
    DialledEmergency,
    DialledExtension,
    DialledNumber,
    NotDiallable,
    NumberClass,
    NumberKind,
    classify,
    incoming_number,
    read,
    without_plus,
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


@pytest.mark.parametrize(
    ("typed", "country", "e164"),
    [
        ("3222903490", "US", "+3222903490"),
        ("442079460000", "BE", "+442079460000"),
        ("12125551234", "FR", "+12125551234"),
    ],
)
def test_s2_04_an_international_number_without_its_plus_is_recognised(
    typed: str, country: str, e164: str
) -> None:
    assert without_plus(typed, country) == e164
    assert read(typed, country) == DialledNumber(e164)


@pytest.mark.parametrize(
    ("typed", "country"),
    [("2125551234", "US"), ("33142685", "US"), ("999999999999", "US"), ("0142685300", "US")],
)
def test_other_digits_are_no_number_without_its_plus(typed: str, country: str) -> None:
    assert without_plus(typed, country) is None


@pytest.mark.parametrize(
    ("sent", "country", "first"),
    [
        ("+3222903490", "US", "+3222903490"),
        ("003222903490", "US", "+3222903490"),
        ("01132 2 290 3490", "US", "+3222903490"),
        ("3222903490", "BE", "+3222903490"),
        ("022903490", "BE", "+3222903490"),
        ("(650) 253-0000", "US", "+16502530000"),
        ("anonymous", "US", None),
        ("", "US", None),
        ("+", "US", None),
        ("201", "US", None),
    ],
)
def test_g_10_what_providers_send_becomes_e164(sent: str, country: str, first: str | None) -> None:
    assert incoming_number(sent, country) == first


@pytest.mark.parametrize(
    ("e164", "country", "kind", "of"),
    [
        ("+3222903490", "BE", NumberKind.NATIONAL, "BE"),
        ("+32470123456", "BE", NumberKind.MOBILE, "BE"),
        ("+32470123456", "FR", NumberKind.INTERNATIONAL, "BE"),
        ("+12125551234", "US", NumberKind.NATIONAL, "US"),
        ("+18005551234", "US", NumberKind.NATIONAL, "US"),
        ("+18095551234", "US", NumberKind.INTERNATIONAL, "DO"),
        ("+19005551234", "US", NumberKind.PREMIUM, "US"),
        ("+447012345678", "GB", NumberKind.PREMIUM, "GB"),
        ("+33899123456", "FR", NumberKind.PREMIUM, "FR"),
        ("+3290612345", "BE", NumberKind.PREMIUM, "BE"),
        ("+3290612345678", "BE", NumberKind.PREMIUM, "BE"),
        ("+33810123456", "FR", NumberKind.PREMIUM, "FR"),
        ("+881612345678", "US", NumberKind.PREMIUM, None),
        ("+979123456789", "FR", NumberKind.PREMIUM, None),
        ("+80012345678", "FR", NumberKind.INTERNATIONAL, None),
        ("+19995551234", "US", NumberKind.PREMIUM, None),
        ("+4910330900123456", "DE", NumberKind.PREMIUM, "DE"),
        ("+3200900123", "BE", NumberKind.PREMIUM, "BE"),
        ("+320901234567", "BE", NumberKind.PREMIUM, "BE"),
        ("nonsense", "US", NumberKind.PREMIUM, None),
    ],
)
def test_b9_the_class_of_a_number(e164: str, country: str, kind: NumberKind, of: str | None) -> None:
    assert classify(e164, country) == NumberClass(kind, of)
