"""store/totp.py: the vectors of RFC 4226 and RFC 6238, the window, replay."""

from __future__ import annotations

import pytest

from switchroom.store import totp

SECRET = b"12345678901234567890"


def test_the_vectors_of_rfc_4226_appendix_d() -> None:
    expected = [
        "755224",
        "287082",
        "359152",
        "969429",
        "338314",
        "254676",
        "287922",
        "162583",
        "399871",
        "520489",
    ]
    assert [totp.hotp(SECRET, counter) for counter in range(10)] == expected


@pytest.mark.parametrize(
    ("time", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238_appendix_b(time: int, code: str) -> None:
    assert totp.hotp(SECRET, time // totp.STEP_SECONDS, digits=8) == code
    assert totp.matching_step(SECRET, code[2:], time, 0) == time // totp.STEP_SECONDS


@pytest.mark.parametrize(
    ("late", "step"), [(0, 100), (29.9, 100), (30, 100), (59.9, 100), (60, None), (-30.1, None)]
)
def test_a_clock_may_be_one_step_off(late: float, step: int | None) -> None:
    assert totp.matching_step(SECRET, totp.hotp(SECRET, 100), 3000.0 + late, 0) == step


def test_a_code_is_not_taken_twice_nor_one_before_it() -> None:
    now = 3000.0
    before, present, after = (totp.hotp(SECRET, step) for step in (99, 100, 101))
    assert totp.matching_step(SECRET, present, now, 100) is None
    assert totp.matching_step(SECRET, before, now, 100) is None
    assert totp.matching_step(SECRET, after, now, 100) == 101


@pytest.mark.parametrize("code", ["", "12345", "1234567", "٠٠٠٠٠٠", "\ud800", "12345\x00"])
def test_what_is_no_code_is_wrong(code: str) -> None:
    assert totp.matching_step(SECRET, code, 3000.0, 0) is None


def test_names_do_not_break_the_uri() -> None:
    made = totp.uri(SECRET, "anna?secret=x&issuer=y", "Büro: A/B")
    assert made == (
        "otpauth://totp/B%C3%BCro%3A%20A%2FB:anna%3Fsecret%3Dx%26issuer%3Dy"
        "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=B%C3%BCro%3A%20A%2FB"
    )
