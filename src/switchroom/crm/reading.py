"""An import file becomes cards: what was not understood is told with its line, and kept in the note."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from switchroom.crm.contacts import Card, clean_note, make_card
from switchroom.crm.entries import Entry, Remark, UnreadableFile, remark
from switchroom.crm.spreadsheet import read_csv
from switchroom.crm.vcard import read_vcards


class FileKind(StrEnum):
    """What is imported."""

    CSV = "csv"
    VCARD = "vcard"


@dataclass(frozen=True, slots=True)
class ReadCard:
    """A card that was understood, perhaps without some of its numbers."""

    line: int
    card: Card
    remarks: tuple[Remark, ...] = ()
    """What of it was not understood; it stands in the note."""


def read_file(data: bytes, kind: FileKind, country: str) -> Iterator[ReadCard | Remark]:
    """The cards of a file. Raises `UnreadableFile`. Slow for large files: some 10,000 numbers a second."""
    if not data.strip():
        raise UnreadableFile("The file is empty.")
    if kind is FileKind.CSV and data.lstrip(b"\xef\xbb\xbf \r\n")[:11].upper() == b"BEGIN:VCARD":
        kind = FileKind.VCARD
    for found in read_csv(data) if kind is FileKind.CSV else read_vcards(data):
        yield found if isinstance(found, Remark) else _card(found, country)


def _card(entry: Entry, country: str) -> ReadCard | Remark:
    email, *more = entry.emails or [""]
    notes = [*entry.notes, *(f"E-mail: {address}" for address in more)]
    card, problems = make_card(entry.name, entry.company, email, "", entry.numbers, country)
    remarks: list[Remark] = []
    for problem in problems:
        part, _, index = problem.path.partition("/")
        if problem.error_id == "name-missing":
            if not (card.email or card.numbers):
                text = "There is no name, company, number or e-mail address."
                return remark(entry.line, "nobody-there", text)
        elif part == "numbers" and index:
            text = entry.numbers[int(index)].text.strip()[:80]
            told = "The number {number} was not understood. {why}"
            remarks.append(remark(entry.line, "number-unread", told, number=text, why=problem.message))
            notes.append(f"Number: {text}")
        elif part == "email":
            told = "The e-mail address {address} was not understood. {why}"
            remarks.append(remark(entry.line, "email-unread", told, address=email[:80], why=problem.message))
            notes.append(f"E-mail: {email}")
        else:
            remarks.append(Remark(entry.line, problem.error_id, problem.message, problem.values))
    name = card.name or ("" if card.company else card.email or card.numbers[0].e164)
    return ReadCard(entry.line, replace(card, name=name, note=clean_note("\n".join(notes))), tuple(remarks))
