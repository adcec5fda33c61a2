"""What a person typed or pasted into a phone, in any common form, and what is dialled for it (G-10)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import unquote

import phonenumbers

from switchroom.directory import number_plan

MOST_CHARACTERS = 200
NEEDS_COUNTRY_CODE = "needs-country-code"
RULE = "The number needs + and the country code, such as +32 2 290 34 90."

_URI = re.compile(r"(?:tel|sips?|callto):(?://)?(.*)", re.IGNORECASE | re.DOTALL)
_SEPARATORS = re.compile(r"[\s().\-/\[\]']+")
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")
_FEATURE = re.compile(r"\*[0-9*]{1,10}#?")
_SUFFIX = re.compile(
    r"(?P<number>[^a-z]*?[0-9)])\s*"
    r"(?:[,;]*\s*(?:ext|extension|x|poste|int|interno|durchwahl|#)[\s.:=]*|,+)(?P<then>[0-9*#,]{1,24})",
    re.IGNORECASE,
)
_VANITY = re.compile(r"\+?[0-9][0-9\s().\-/]*[0-9\s).\-/](?:[A-Za-z][\s.\-]?){3,15}[0-9\s.\-]*")


class TypedKind(StrEnum):
    """What it was."""

    EXTENSION = "extension"
    FEATURE = "feature"
    NUMBER = "number"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Typed:
    """What to dial for what was typed, and how to show it; for a refused one, why."""

    kind: TypedKind
    dial: str = ""
    """An extension, a feature code, an E.164 number, or an emergency number."""
    shown: str = ""
    """Grouped as people read it."""
    country: str | None = None
    """ISO 3166 code of the number's country; None where it has none."""
    then: str = ""
    """Keys to press once answered: an extension over there ("ext. 12"), or what followed a comma."""
    emergency: bool = False
    error_id: str | None = None
    message: str | None = None


_REFUSED = Typed(TypedKind.REFUSED, error_id=NEEDS_COUNTRY_CODE, message=RULE)
_EMPTY = Typed(TypedKind.REFUSED, error_id="number-missing", message="Type a name or a number.")


def read_typed(
    text: str,
    country: str,
    is_extension: Callable[[str], bool] = lambda digits: False,
    features: Container[str] = (),
) -> Typed:
    """What `text` means in `country` (ISO 3166 code). Extensions and feature codes win over numbers.

    `is_extension` tells whether digits are an extension of the applied configuration. Never raises.
    """
    plain = plain_text(text)
    uri = _URI.fullmatch(plain)
    if uri is not None:
        plain = _of_uri(uri.group(1))
    compact = _SEPARATORS.sub("", plain)
    if not compact:
        return _EMPTY
    if compact in features or (features and number_plan.code_of(compact) is not None):
        return Typed(TypedKind.FEATURE, compact, compact)
    if _FEATURE.fullmatch(compact):
        message = f"There is no function {compact}."
        return Typed(TypedKind.REFUSED, error_id="feature-unknown", message=message)
    if compact.isdigit() and is_extension(compact):
        return _read(compact, country, is_extension=True) or _REFUSED
    found = _number(plain, country)
    if found is None and (split := _SUFFIX.fullmatch(plain)):
        found = _number(split["number"], country)
        then = split["then"].strip(",")
        if found is not None and then:
            return _with(found, then)
    return found or _REFUSED


def plain_text(text: str) -> str:
    """ASCII digits, signs and letters for those of other widths and scripts; no invisible characters."""
    return "".join(_plain_character(character) for character in text[:MOST_CHARACTERS]).strip()


@lru_cache(maxsize=4096)
def shown(number: str) -> str:
    """An E.164 number grouped internationally; anything else as it is."""
    parsed = _parsed(number)
    if parsed is None:
        return number
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


@lru_cache(maxsize=4096)
def country_of(number: str) -> str | None:
    """ISO 3166 code of an E.164 number's country; None where it has none (+800, +883 ...)."""
    parsed = _parsed(number)
    code = phonenumbers.region_code_for_number(parsed) if parsed is not None else None
    return code if code in phonenumbers.SUPPORTED_REGIONS else None


def _parsed(number: str) -> phonenumbers.PhoneNumber | None:
    if not number.startswith("+"):
        return None
    try:
        return phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return None


def _plain_character(character: str) -> str:
    if " " <= character <= "~":
        return character
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category in ("Zs", "Zl", "Zp", "Cc"):
        return " "
    if category == "Cf":  # direction marks, zero-width spaces, soft hyphens
        return ""
    if category == "Pd" or character == "\u2212":
        return "-"
    if "\uff01" <= character <= "\uff5e":  # full-width forms
        return chr(ord(character) - 0xFEE0)
    return {"\ufe62": "+", "\u2019": "'", "\u00b7": ".", "\u2044": "/", "\u2024": "."}.get(
        character, character
    )


def _of_uri(rest: str) -> str:
    """The number of a tel (RFC 3966), sip or callto URI, written as people write it."""
    address, *parameters = unquote(rest).split("@", 1)[0].split("?", 1)[0].split(";")
    values = dict(item.partition("=")[::2] for item in parameters)
    context, extension = values.get("phone-context", ""), values.get("ext", "")
    if context.startswith("+") and not address.startswith("+"):
        address = context + address
    return plain_text(f"{address} ext. {extension}" if extension else address)


def _number(text: str, country: str) -> Typed | None:
    """A telephone number; the zero of "+32 (0)2" is left out unless the number needs it (Italy)."""
    if _VANITY.fullmatch(text):
        text = str(phonenumbers.convert_alpha_characters_in_number(text))
        found = _read(_digits(text), country)
        return found if found is not None and _valid(found) else None
    if not _TRUNK_ZERO.search(text):
        return _read(_digits(text), country)
    without = _digits(_TRUNK_ZERO.sub("", text, count=1))
    if not without.startswith("+"):
        return _read(_digits(text), country)
    choices = [_read(without, country), _read(_digits(text), country)]
    return next((found for found in choices if found is not None and _valid(found)), choices[0])


def _digits(text: str) -> str:
    digits = _SEPARATORS.sub("", text)
    return re.sub(r"^\+?00", "+", digits)


def _read(digits: str, country: str, is_extension: bool = False) -> Typed | None:
    match number_plan.read(digits, country, is_extension):
        case number_plan.DialledEmergency(number):
            return Typed(TypedKind.NUMBER, number, number, country, emergency=True)
        case number_plan.DialledNumber(e164):
            return Typed(TypedKind.NUMBER, e164, shown(e164), country_of(e164))
        case number_plan.DialledExtension(extension) if is_extension:
            return Typed(TypedKind.EXTENSION, extension, extension)
        case _:
            return None


def _valid(typed: Typed) -> bool:
    parsed = _parsed(typed.dial)
    return parsed is not None and bool(phonenumbers.is_valid_number(parsed))


def _with(found: Typed, then: str) -> Typed:
    return Typed(found.kind, found.dial, found.shown, found.country, then, found.emergency)
