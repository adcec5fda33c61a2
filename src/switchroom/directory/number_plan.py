"""What typed digits mean: an extension, a telephone number, an emergency number, or nothing (G-08, G-10)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import shortnumberinfo

EXTENSION = re.compile(r"[0-9]{2,8}")
"""G-08; 3 to 5 digits are advised."""
ACCESS_CODE = re.compile(r"[0-9]{4,10}")
"""G-03."""
CONFERENCE_ID = re.compile(r"[0-9]{3,8}")
"""What callers of the conference server key."""
_SEPARATORS = re.compile(r"[\s().\-/\u00a0\u2010-\u2015]+")


class Feature(StrEnum):
    """What a feature code does."""

    ECHO_TEST = "echo-test"


FEATURES: Final[Mapping[str, Feature]] = {"*43": Feature.ECHO_TEST}
"""The one table of feature codes. Each begins with `*`, which no extension does."""


@dataclass(frozen=True, slots=True)
class DialledExtension:
    """Digits that are somebody's extension, or could be one."""

    extension: str


@dataclass(frozen=True, slots=True)
class DialledNumber:
    """A telephone number in E.164 form, `+` and digits."""

    e164: str


@dataclass(frozen=True, slots=True)
class DialledEmergency:
    """An emergency number of the country, as dialled."""

    number: str


@dataclass(frozen=True, slots=True)
class NotDiallable:
    """What was typed is no number; `message` tells the rule."""

    error_id: str
    message: str


Dialled = DialledExtension | DialledNumber | DialledEmergency | NotDiallable


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """ISO 3166 codes of the countries whose numbers are known."""
    return frozenset(phonenumbers.SUPPORTED_REGIONS)


@lru_cache(maxsize=65_536)
def is_emergency(number: str, country: str) -> bool:
    """True for an emergency number of the country (ISO 3166 code)."""
    return bool(shortnumberinfo.is_emergency_number(number, country))


@lru_cache(maxsize=65_536)
def shadows_emergency(extension: str, country: str) -> bool:
    """True when dialling the extension could be meant for, or be taken by networks for, an emergency number.

    Networks of some countries look at the first digits only (9110 in the United States), so that a phone or
    gateway with an own dial plan would never let the extension through.
    """
    return bool(shortnumberinfo.connects_to_emergency_number(extension, country))


def read(typed: str, country: str, is_extension: bool = False) -> Dialled:
    """What `typed` means in `country` (G-10): an extension as such, `+` numbers, national numbers made E.164.

    `is_extension` says that the digits are an extension of the applied configuration: that wins over a
    national number, never over an emergency number.
    """
    digits = _SEPARATORS.sub("", typed)
    if digits.startswith("00") and not is_extension:
        digits = "+" + digits[2:]
    if not re.fullmatch(r"\+?[0-9]{2,20}", digits):
        return NotDiallable("number-not-digits", "A number is made of digits, perhaps after a +.")
    if is_emergency(digits, country):
        return DialledEmergency(digits)
    if is_extension:
        return DialledExtension(digits)
    try:
        number = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        number = None
    if (
        number is not None
        and phonenumbers.is_possible_number(number)
        and (digits.startswith("+") or phonenumbers.is_valid_number(number))
    ):
        return DialledNumber(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    if EXTENSION.fullmatch(digits):
        return DialledExtension(digits)
    return NotDiallable("number-unknown", "Type an extension, or + and the country code before the number.")
