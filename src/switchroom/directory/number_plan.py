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
E164 = re.compile(r"\+[1-9][0-9]{5,14}")
INTERNATIONAL_DIGITS = re.compile(r"[1-9][0-9]{8,14}")
"""Longer than any extension."""
WITHHELD = "anonymous"
"""In the number's place, of a caller who shows none."""
_SEPARATORS = re.compile(r"[\s().\-/\u00a0\u2010-\u2015]+")


class Feature(StrEnum):
    """What a feature code does."""

    ECHO_TEST = "echo-test"
    FORWARD = "forward"
    """All calls to the number that follows (D2-07)."""
    FORWARD_OFF = "forward-off"
    HIDE_NUMBER = "hide-number"
    """Call the number that follows, and do not show one's own."""
    DO_NOT_DISTURB = "do-not-disturb"
    DO_NOT_DISTURB_OFF = "do-not-disturb-off"
    VOICEMAIL = "voicemail"
    """Open one's own mailbox, or another."""
    PICK_UP = "pick-up"
    """A call that rings at a colleague, or at the extension that follows."""
    PARK = "park"
    """Calls are led there, to wait in an orbit."""
    VOICEMAIL_OF = "voicemail-of"
    """Straight to the mailbox of the extension that follows."""


FEATURES: Final[Mapping[str, Feature]] = {
    "*43": Feature.ECHO_TEST,
    "*67": Feature.HIDE_NUMBER,
    "*72": Feature.FORWARD,
    "*73": Feature.FORWARD_OFF,
    "*78": Feature.DO_NOT_DISTURB,
    "*79": Feature.DO_NOT_DISTURB_OFF,
    "*98": Feature.VOICEMAIL,
    "**": Feature.VOICEMAIL_OF,
    "*8": Feature.PICK_UP,
    "*85": Feature.PARK,
}
"""The one table of feature codes. Each begins with `*`, which no extension does."""

FOLLOWED: Final = frozenset({Feature.FORWARD, Feature.HIDE_NUMBER, Feature.VOICEMAIL_OF, Feature.PICK_UP})
"""Those that a number follows."""
_LONGEST: Final = max(map(len, FEATURES))


@dataclass(frozen=True, slots=True)
class Code:
    """A feature code as dialled, and what follows it."""

    feature: Feature
    rest: str = ""


def code_of(number: str) -> Code | None:
    """The feature code that was dialled, the longest that it can be; a `#` at its end does not count."""
    if not number.startswith("*"):
        return None
    digits = number.removesuffix("#")
    for length in range(min(_LONGEST, len(digits)), 0, -1):
        feature, rest = FEATURES.get(digits[:length]), digits[length:]
        if feature is not None and (not rest or feature in FOLLOWED):
            return Code(feature, rest)
    return None


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
    # Nothing long is remembered: anybody may dial anything.
    return _read(typed, country, is_extension) if len(typed) <= _MOST_TYPED else _NO_DIGITS


_MOST_TYPED: Final = 64
_NO_DIGITS: Final = NotDiallable("number-not-digits", "A number is made of digits, perhaps after a +.")


@lru_cache(maxsize=65_536)
def _read(typed: str, country: str, is_extension: bool) -> Dialled:
    digits = _SEPARATORS.sub("", typed)
    if digits.startswith("00") and not is_extension:
        digits = "+" + digits[2:]
    if not re.fullmatch(r"\+?[0-9]{2,20}", digits):
        return _NO_DIGITS
    if is_emergency(digits, country):
        return DialledEmergency(digits)
    if is_extension:
        return DialledExtension(digits)
    number = _parsed(digits, country)
    if (
        number is not None
        and phonenumbers.is_possible_number(number)
        and (digits.startswith("+") or phonenumbers.is_valid_number(number))
    ):
        return DialledNumber(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    if (foreign := without_plus(digits, country)) is not None:
        return DialledNumber(foreign)
    if EXTENSION.fullmatch(digits):
        return DialledExtension(digits)
    return NotDiallable("number-unknown", "Type an extension, or + and the country code before the number.")


class NumberKind(StrEnum):
    """What a call to a number costs, roughly: the classes that rights are given by."""

    NATIONAL = "national"
    MOBILE = "mobile"
    """Of the own country."""
    INTERNATIONAL = "international"
    PREMIUM = "premium"
    """Costs more than a call to its country does, or leads to no country at all: shared cost and personal
    numbers, pagers, satellites."""


@dataclass(frozen=True, slots=True)
class NumberClass:
    """The kind of a number, and its country (ISO 3166 code; None where it has none, or none is known)."""

    kind: NumberKind
    country: str | None


_COSTLY: Final = frozenset(
    {
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.SHARED_COST,
        phonenumbers.PhoneNumberType.PERSONAL_NUMBER,
        phonenumbers.PhoneNumberType.PAGER,
    }
)


@lru_cache(maxsize=65_536)
def classify(e164: str, country: str) -> NumberClass:
    """The class of an E.164 number, seen from a country. What can not be read is premium: dearest first.

    Networks do not look at digits too many, so that a premium number with some more is a premium number. A
    number of no range that is known costs whatever it likes: fraud calls such, and in digits like +3200... or
    +49010... a network reads a prefix, and another number behind it.
    """
    number = _parsed(e164, None)
    if number is None:
        return NumberClass(NumberKind.PREMIUM, None)
    phonenumbers.truncate_too_long_number(number)
    found = phonenumbers.region_code_for_number(number)
    region = found if found in phonenumbers.SUPPORTED_REGIONS else None
    kind = phonenumbers.number_type(number)
    if kind in _COSTLY or kind == phonenumbers.PhoneNumberType.UNKNOWN:
        return NumberClass(NumberKind.PREMIUM, region)
    if region == country:
        mobile = kind == phonenumbers.PhoneNumberType.MOBILE
        return NumberClass(NumberKind.MOBILE if mobile else NumberKind.NATIONAL, region)
    if region is None and found is not None:  # +800, +870, +881 ...: no country
        free = kind == phonenumbers.PhoneNumberType.TOLL_FREE
        return NumberClass(NumberKind.INTERNATIONAL if free else NumberKind.PREMIUM, None)
    return NumberClass(NumberKind.INTERNATIONAL, region)


def is_e164(text: str) -> bool:
    """Whether it is `+` and a number of a possible length."""
    number = _parsed(text, None) if E164.fullmatch(text) else None
    return number is not None and bool(phonenumbers.is_possible_number(number))


@lru_cache(maxsize=65_536)
def readings(digits: str, country: str) -> tuple[str, ...]:
    """Each E.164 number that a provider, or another program, may have meant, the likeliest first.

    `digits` may have its plus or not, begin with 00 or the country's own international prefix, or be a
    national number. Empty: a withheld number, or none at all.
    """
    plain = _SEPARATORS.sub("", digits)
    if not re.fullmatch(r"\+?[0-9]{3,20}", plain):
        return ()
    found: dict[str, None] = {}
    candidates: list[tuple[str, str | None]]
    if plain.startswith("+"):
        candidates = [(plain, None)]
    elif plain.startswith("00"):
        candidates = [("+" + plain[2:], None), (plain, country)]
    else:
        candidates = [(plain, country), ("+" + plain, None)]
    for text, region in candidates:
        number = _parsed(text, region)
        if number is None:
            continue
        sure = text.startswith("+") and plain[0] in "+0"
        if phonenumbers.is_valid_number(number) or (sure and phonenumbers.is_possible_number(number)):
            found[phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)] = None
    return tuple(found)


def incoming_number(digits: str, country: str) -> str | None:
    """The likeliest E.164 number of what a provider sent as caller or called; None: it is no number."""
    return next(iter(readings(digits, country)), None)


@lru_cache(maxsize=65_536)
def dialled_from(e164: str, country: str) -> str:
    """The digits that somebody in `country` dials for a number: national, or with the prefix for abroad."""
    number = _parsed(e164, None)
    if number is None:
        return e164
    text = phonenumbers.format_out_of_country_calling_number(number, country)
    if phonenumbers.country_code_for_region(country) == number.country_code:
        text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return re.sub(r"[^0-9]", "", text)


def without_plus(digits: str, country: str) -> str | None:
    """The E.164 number of digits that are an international number without its plus (the open add-on of Odoo
    sends such); None: they are a national number, or none."""
    if not INTERNATIONAL_DIGITS.fullmatch(digits):
        return None
    national, foreign = _parsed(digits, country), _parsed("+" + digits, None)
    if foreign is None or not phonenumbers.is_valid_number(foreign):
        return None
    if national is not None and phonenumbers.is_valid_number(national):
        return None
    return str(phonenumbers.format_number(foreign, phonenumbers.PhoneNumberFormat.E164))


def _parsed(text: str, country: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
