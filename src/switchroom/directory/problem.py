"""A problem of a configuration, and the rules that entries of many kinds share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from switchroom.directory.model import LANGUAGES

NAME_LENGTH = 80
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]{1,180}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a draft from being applied.

    `path` names the field (`users/<id>/extension`), `error_id` is stable, `message` is English, and
    `values` are what it tells, for other languages.
    """

    path: str
    error_id: str
    message: str
    values: tuple[tuple[str, str], ...] = ()


def problem(path: str, error_id: str, text: str, **values: str | int) -> Problem:
    """A problem whose message is `text` with the values put in."""
    shown = {key: str(value) for key, value in values.items()}
    return Problem(path, error_id, text.format(**shown), tuple(shown.items()))


def name(path: str, text: str, field: str = "name") -> Iterator[Problem]:
    """The rule of names: there, not too long, on one line."""
    path += f"/{field}"
    if not text.strip():
        yield problem(path, "name-missing", "Give it a name.")
    elif len(text) > NAME_LENGTH:
        yield problem(path, "name-too-long", "A name has at most {most} characters.", most=NAME_LENGTH)
    elif _CONTROL.search(text):
        yield problem(path, "name-invalid", "A name has no control characters or line breaks.")


def email(path: str, address: str | None, field: str = "email") -> Iterator[Problem]:
    """The rule of mail addresses."""
    if address is not None and not _EMAIL.fullmatch(address):
        yield problem(f"{path}/{field}", "email-invalid", "A mail address is written name@company.example.")


def language(path: str, chosen: str | None) -> Iterator[Problem]:
    """The rule of languages: one of ours."""
    if chosen is not None and chosen not in LANGUAGES:
        text = "The language is one of {languages}."
        yield problem(f"{path}/language", "language-unknown", text, languages=", ".join(LANGUAGES))


def within(path: str, value: int | None, allowed: range, what: str, unit: str) -> Iterator[Problem]:
    """The rule of figures: between the least and the most."""
    if value is not None and value not in allowed:
        text = what + " is between {least} and {most}" + (f" {unit}." if unit else ".")
        yield problem(path, "out-of-range", text, least=allowed.start, most=allowed.stop - 1)
