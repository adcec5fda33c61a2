"""Somebody in the address book, as plain values, and what is accepted for one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NewType

from switchroom.directory import Problem
from switchroom.directory.typed import TypedKind, read_typed

ContactId = NewType("ContactId", str)

MOST_NUMBERS = 20
MOST_NAME = 200
MOST_EMAIL = 254
MOST_NOTE = 4000
MOST_LABEL = 40
_EMAIL = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+")
_BIDI = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_LETTERS = {"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d", "ħ": "h"}


@dataclass(frozen=True, slots=True)
class ContactNumber:
    """A telephone number of a contact."""

    label: str
    """mobile, work, home, fax ... or what the owner of the book calls it."""
    e164: str
    """`+` and digits."""
    then: str = ""
    """Keys to press once answered: the extension over there."""


@dataclass(frozen=True, slots=True)
class Card:
    """What the address book knows of somebody."""

    name: str = ""
    company: str = ""
    email: str = ""
    note: str = ""
    numbers: tuple[ContactNumber, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """A card in the address book. Times are seconds since the epoch."""

    id: ContactId
    card: Card
    created_at: float
    changed_at: float


@dataclass(frozen=True, slots=True)
class WrittenNumber:
    """A number as somebody wrote it."""

    label: str
    text: str


def make_card(
    name: str, company: str, email: str, note: str, numbers: Iterable[WrittenNumber], country: str
) -> tuple[Card, list[Problem]]:
    """The card of what was written, numbers as E.164 by `country` (ISO 3166 code), and what is wrong with it.

    Numbers that mean nothing are left out of the card and named by a problem with the path `numbers/<index>`.
    The same number twice is kept once.
    """
    problems: list[Problem] = []
    kept: dict[tuple[str, str], ContactNumber] = {}
    for index, written in enumerate(numbers):
        typed = read_typed(written.text, country)
        if typed.kind is not TypedKind.NUMBER or typed.emergency:
            text = typed.message if typed.kind is TypedKind.REFUSED else f"{typed.dial} is no outside number."
            problems.append(Problem(f"numbers/{index}", typed.error_id or "needs-country-code", text or ""))
            continue
        number = ContactNumber(clean_line(written.label, MOST_LABEL), typed.dial, typed.then)
        kept.setdefault((number.e164, number.then), number)
    if len(kept) > MOST_NUMBERS:
        problems.append(
            Problem("numbers", "too-many-numbers", f"A contact has at most {MOST_NUMBERS} numbers.")
        )
    address = clean_line(email, MOST_EMAIL)
    if address and not _EMAIL.fullmatch(address):
        problems.append(Problem("email", "email-invalid", "An e-mail address is like anna@example.com."))
        address = ""
    card = Card(
        name=clean_line(name, MOST_NAME),
        company=clean_line(company, MOST_NAME),
        email=address,
        note=clean_note(note),
        numbers=tuple(kept.values())[:MOST_NUMBERS],
    )
    if not (card.name or card.company):
        problems.append(Problem("name", "name-missing", "Give a name, or a company."))
    return card, problems


def fold(text: str) -> str:
    """Words for searching: no accents, no capitals, no punctuation, one space between words."""
    letters: list[str] = []
    for character in unicodedata.normalize("NFKD", text).casefold():
        if character.isalnum():
            letters.append(_LETTERS.get(character, character))
        elif not unicodedata.combining(character):
            letters.append(" ")
    return " ".join("".join(letters).split())


def searched_text(card: Card) -> str:
    """What a search looks through: every word and number, each led by a space."""
    words = fold(f"{card.name} {card.company} {card.email}")
    numbers = " ".join(number.e164[1:] for number in card.numbers)
    return f" {words} {numbers}"


def sorting_text(card: Card) -> str:
    """By what the book is sorted."""
    return fold(card.name or card.company)[:MOST_NAME]


def clean_line(text: str, most: int) -> str:
    """One line of printable text; nothing when only what can not be seen is in it."""
    clean = _BIDI.sub("", "".join(" " if _is_break(c) else c for c in text))
    line = " ".join(clean.split())[:most].strip()
    return line if any(unicodedata.category(c) not in ("Cf", "Zs") for c in line) else ""


def _is_break(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs")


def clean_note(text: str) -> str:
    """Printable text whose line breaks are kept, cut to what a card holds."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    clean = ("".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in line) for line in lines)
    return "\n".join(line.rstrip() for line in clean).strip()[:MOST_NOTE]
