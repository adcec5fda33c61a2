"""directory/typed.py: what people type and paste becomes what is dialled (G-10, S2-04)."""

from __future__ import annotations

import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchroom.directory.country_names import country_name
from switchroom.directory.number_plan import code_of, countries
from switchroom.directory.typed import RULE, TypedKind, country_of, read_typed, shown

EXTENSIONS = {"201", "8002", "0012", "0475123456"}
FEATURES = {"*43"}


@pytest.mark.parametrize(
    ("text", "country", "dial"),
    [
        ("+32 2 290 34 90", "US", "+3222903490"),
        ("+32.2.290.34.90", "US", "+3222903490"),
        ("+32 (0)2 290 34 90", "US", "+3222903490"),
        ("0032 (0) 2/290.34.90", "BE", "+3222903490"),
        ("(+32) 2-290-34-90", "FR", "+3222903490"),
        ("+0032 2 290 34 90", "BE", "+3222903490"),
        ("02/290 34 90", "BE", "+3222903490"),
        ("(0)2 290 34 90", "BE", "+3222903490"),
        ("0475 12 34 57", "BE", "+32475123457"),
        ("+39 (0)6 6982", "BE", "+39066982"),
        ("+39 06 6982", "BE", "+39066982"),
        ("+39 (0)347 123 4567", "BE", "+393471234567"),
        ("06 6982", "IT", "+39066982"),
        ("(650) 253-0000", "US", "+16502530000"),
        ("1-650-253-0000", "US", "+16502530000"),
        ("011 32 2 290 34 90", "US", "+3222903490"),
        ("tel:+32-2-290-34-90;isub=1", "US", "+3222903490"),
        ("tel:290-34-90;phone-context=+32-2", "US", "+3222903490"),
        ("TEL:%2B32%202%20290%2034%2090", "US", "+3222903490"),
        ("sip:+3222903490@pbx.example.com;user=phone", "US", "+3222903490"),
        ("callto:+3222903490", "US", "+3222903490"),
        ("＋３２ ２ ２９０ ３４ ９０", "US", "+3222903490"),
        ("\u202a+32\u00a02\u2011290\u200b34 90\u202c", "US", "+3222903490"),
        ("\u200f+٣٢ ٢ ٢٩٠ ٣٤ ٩٠", "US", "+3222903490"),
        ("'+3222903490", "US", "+3222903490"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("+1 800 Flowers", "BE", "+18003569377"),
        ("+800 1234 5678", "BE", "+80012345678"),
        ("112", "BE", "112"),
    ],
)
def test_g_10_numbers_in_any_common_form(text: str, country: str, dial: str) -> None:
    typed = read_typed(text, country, EXTENSIONS.__contains__, FEATURES)
    assert (typed.kind, typed.dial) == (TypedKind.NUMBER, dial)


def test_g_10_what_is_shown_is_grouped_and_names_the_country() -> None:
    typed = read_typed("022903490", "BE")
    assert (typed.shown, typed.country) == ("+32 2 290 34 90", "BE")
    assert country_name("BE", "fr") == "Belgique"
    assert country_name("US", "it") == "Stati Uniti"
    assert country_name("ZZ") == "ZZ"
    assert country_of("+80012345678") is None
    assert shown("201") == "201"


def test_every_country_has_a_name_in_every_language() -> None:
    for code in countries():
        assert all(country_name(code, language) not in ("", code) for language in ("en", "fr", "it")), code


@pytest.mark.parametrize(
    ("text", "dial"), [("201", "201"), (" 2 01 ", "201"), ("0012", "0012"), ("0475 12 34 56", "0475123456")]
)
def test_g_10_an_extension_wins(text: str, dial: str) -> None:
    typed = read_typed(text, "BE", EXTENSIONS.__contains__, FEATURES)
    assert (typed.kind, typed.dial, typed.shown) == (TypedKind.EXTENSION, dial, dial)


def test_g_10_but_never_over_an_emergency_number() -> None:
    typed = read_typed("112", "BE", {"112"}.__contains__)
    assert (typed.kind, typed.dial, typed.emergency) == (TypedKind.NUMBER, "112", True)


def test_feature_codes() -> None:
    assert read_typed("*43", "BE", features=FEATURES).kind is TypedKind.FEATURE
    assert read_typed(" *4 3", "BE", features=FEATURES).dial == "*43"
    for typed in ("*72203", "*72+32475123456#", "*67 02 290 34 90", "**202"):
        found = read_typed(typed, "BE", features=FEATURES)
        assert (found.kind, found.dial) == (TypedKind.FEATURE, typed.replace(" ", "")), "D2-07"
    unknown = read_typed("*99", "BE", features=FEATURES)
    assert (unknown.kind, unknown.error_id) == (TypedKind.REFUSED, "feature-unknown")


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("+1 650 253 0000 ext. 12", "12"),
        ("+1 650 253 0000 x12", "12"),
        ("+1 650 253 0000,,1234#", "1234#"),
        ("tel:+16502530000;ext=12", "12"),
    ],
)
def test_keys_after_the_number_are_kept(text: str, then: str) -> None:
    typed = read_typed(text, "US")
    assert (typed.dial, typed.then) == ("+16502530000", then)


@pytest.mark.parametrize(
    "text",
    [
        "anna",
        "8999",
        "12",
        "+",
        "+32",
        "290 34 90",
        "12a4",
        "201a",
        "32+2",
        "1" * 300,
        "=1+1",
        "#",
        "+1 800 é",
    ],
)
def test_g_10_what_can_not_be_normalised_is_refused_with_the_rule(text: str) -> None:
    typed = read_typed(text, "BE", EXTENSIONS.__contains__, FEATURES)
    assert typed.kind is TypedKind.REFUSED
    assert (typed.error_id, typed.message, typed.dial) == ("needs-country-code", RULE, "")


def test_nothing_is_no_number() -> None:
    assert read_typed(" \u200e ", "BE").error_id == "number-missing"


EXAMPLES = [
    phonenumbers.example_number_for_type(region, kind)
    for region in sorted(countries())
    for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
]
MARKS = ["", " ", "\u00a0", "-", ".", "/", "\u200f", "\u200b", "\u2013"]
DIGITS = ["0123456789", "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩"]


@given(
    number=st.sampled_from([example for example in EXAMPLES if example]),
    marks=st.lists(st.sampled_from(MARKS), min_size=20, max_size=20),
    digits=st.sampled_from(DIGITS),
    prefix=st.sampled_from(["+", "00", "＋", "+00"]),
    uri=st.booleans(),
)
def test_g_10_the_form_does_not_matter(
    number: phonenumbers.PhoneNumber, marks: list[str], digits: str, prefix: str, uri: bool
) -> None:
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    written = "".join(digits[int(d)] + mark for d, mark in zip(e164[1:], marks, strict=False))
    text = f"{'tel:' if uri else ''}{prefix}{written}"
    assert read_typed(text, "BE").dial == e164


@given(number=st.sampled_from([example for example in EXAMPLES if example]))
def test_g_10_national_forms_of_the_system_s_country(number: phonenumbers.PhoneNumber) -> None:
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    assert read_typed(national, phonenumbers.region_code_for_number(number) or "").dial == e164


@given(text=st.one_of(st.text(max_size=60), st.text(alphabet="+0123456789()*#/.-,x ;=tel:ext", max_size=40)))
def test_g_10_whatever_is_typed_the_answer_can_be_dialled_or_says_why(text: str) -> None:
    typed = read_typed(text, "IT", EXTENSIONS.__contains__, FEATURES)
    match typed.kind:
        case TypedKind.REFUSED:
            assert typed.error_id
            assert typed.message
            assert not typed.dial
        case TypedKind.EXTENSION:
            assert typed.dial in EXTENSIONS
        case TypedKind.FEATURE:
            assert typed.dial in FEATURES or code_of(typed.dial) is not None
        case TypedKind.NUMBER:
            assert re.fullmatch(r"\+[1-9][0-9]{4,16}|[0-9]{2,6}", typed.dial)
            assert read_typed(typed.dial, "BE").dial == typed.dial or typed.emergency
            assert read_typed(typed.shown, "IT", EXTENSIONS.__contains__).dial == typed.dial
