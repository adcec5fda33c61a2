"""Whole address books in and out: worked on in a process of their own, page by page."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Literal

from sqlalchemy import func, select

from switchroom.crm.contacts import MOST_NOTE, MOST_NUMBERS, Card, Contact, ContactId, fold
from switchroom.crm.entries import Remark, remark
from switchroom.crm.reading import FileKind, ReadCard, read_file
from switchroom.crm.spreadsheet import headings, write_csv
from switchroom.crm.vcard import write_vcards
from switchroom.store.contacts import Contacts, insert_contacts, read_contacts, update_contact
from switchroom.store.database import Database
from switchroom.store.export import safe_cell
from switchroom.store.secrets import generate_id
from switchroom.store.tables import contacts

MOST_CONTACTS: Final = 200_000
"""In the address book."""
MOST_REMARKS: Final = 1000
"""Lines that an import names one by one."""
MOST_PLANNED: Final = 200
"""Entries of which a preview says what would become of them."""
_BATCH = 100
_REST_SECONDS = 0.02
"""Between two transactions: registrations and calls write in between."""
_PAGE = 1000


class ExportFormat(StrEnum):
    """What is exported."""

    CSV = "csv"
    VCARD = "vcard"
    """Version 3.0, which every program reads."""
    VCARD4 = "vcard4"


@dataclass(frozen=True, slots=True)
class Planned:
    """What an import would do with one entry of the file."""

    line: int
    what: Literal["new", "completed", "known"]
    name: str
    """Of the contact in the book, or of the new one."""
    company: str
    adds: tuple[str, ...]
    """What the book does not have yet: numbers, an address, a company."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    """They were in the book already."""
    skipped: tuple[Remark, ...] = ()
    """Not taken over."""
    remarks: tuple[Remark, ...] = ()
    """Taken over, but something of it only as a note."""
    more: int = 0
    """Skipped ones and remarks that are not named one by one."""
    planned: tuple[Planned, ...] = ()
    """Of a preview: what would become of the first `MOST_PLANNED` entries."""


class _Book:
    """The contacts there are, to find those that a file has too."""

    def __init__(self) -> None:
        self._found: dict[tuple[object, ...], Contact] = {}
        self._ids: set[str] = set()

    def __len__(self) -> int:
        return len(self._ids)

    def put(self, contact: Contact) -> None:
        """A contact, new or changed."""
        self._ids.add(contact.id)
        for key in _marks(contact.card):
            self._found[key] = contact

    def find(self, card: Card) -> Contact | None:
        """The same person."""
        return next((self._found[key] for key in _marks(card) if key in self._found), None)


def _marks(card: Card) -> list[tuple[object, ...]]:
    """What somebody is known by: the name with a number, an address, or the company."""
    words, company = _words(card), fold(card.company)
    marks: list[tuple[object, ...]] = [("number", words, number.e164) for number in card.numbers]
    if card.email:
        marks.append(("email", words, card.email.casefold()))
    if company or not (card.numbers or card.email):
        marks.append(("company", words, company))
    return marks


def _words(card: Card) -> tuple[str, ...]:
    """A name whatever its order: Rossi Mario is Mario Rossi."""
    return tuple(sorted(fold(card.name or card.company).split()))


def merged(known: Card, new: Card) -> Card:
    """The known card with what the new one adds. Nothing that is known is lost."""
    have = {(number.e164, number.then) for number in known.numbers}
    more = tuple(number for number in new.numbers if (number.e164, number.then) not in have)
    notes = [line for line in new.note.split("\n") if line and line not in known.note.split("\n")]
    if new.email and known.email and new.email.casefold() != known.email.casefold():
        line = f"E-mail: {new.email}"
        notes += [line] if line not in known.note.split("\n") else []
    return replace(
        known,
        company=known.company or new.company,
        email=known.email or new.email,
        note="\n".join(filter(None, [known.note, *notes]))[:MOST_NOTE],
        numbers=(known.numbers + more)[:MOST_NUMBERS],
    )


async def import_contacts(
    book: Contacts, data: bytes, kind: FileKind, country: str, *, preview: bool = False
) -> Imported:
    """Take over a file's contacts; those that are known get what is new of them.

    Cut short, it may be done again: what was taken over is known then. With `preview` nothing is written.
    Raises `UnreadableFile`.
    """
    url = book.database.url.render_as_string(hide_password=False)
    return await book.imports.run(import_file, url, data, kind, country, preview)


def import_file(url: str, data: bytes, kind: FileKind, country: str, preview: bool) -> Imported:
    """The import itself; opens the database, being in another process."""
    return asyncio.run(_import(url, data, kind, country, preview))


async def _import(url: str, data: bytes, kind: FileKind, country: str, preview: bool) -> Imported:
    database = Database(url)
    try:
        # Read whole before anything is written: an unreadable file changes nothing.
        found = list(read_file(data, kind, country))
        async with database.reading() as connection:
            known = await read_contacts(connection)
        book = _Book()
        for contact in known:
            book.put(contact)
        return await _Import(database, book, preview).run(found)
    finally:
        await database.close()


class _Import:
    """One import that runs."""

    def __init__(self, database: Database, book: _Book, preview: bool) -> None:
        self._database = database
        self._preview = preview
        self._planned: list[Planned] = []
        self._book = book
        self._new: dict[str, Contact] = {}
        self._changed: dict[str, Contact] = {}
        self._skipped: list[Remark] = []
        self._remarks: list[Remark] = []
        self._ids: dict[str, set[str]] = {"added": set(), "changed": set(), "unchanged": set()}

    async def run(self, found: Sequence[ReadCard | Remark]) -> Imported:
        for item in found:
            if isinstance(item, Remark):
                self._skipped.append(item)
                continue
            self._take(item)
            if len(self._new) + len(self._changed) >= _BATCH:
                await self._write()
        await self._write()
        shown, more = self._skipped[:MOST_REMARKS], self._remarks[:MOST_REMARKS]
        return Imported(
            **{name: len(ids) for name, ids in self._ids.items()},
            skipped=tuple(shown),
            remarks=tuple(more),
            more=len(self._skipped) - len(shown) + len(self._remarks) - len(more),
            planned=tuple(self._planned),
        )

    def _take(self, item: ReadCard) -> None:
        now = time.time()
        known = self._book.find(item.card)
        if known is None and len(self._book) >= MOST_CONTACTS:
            text = "The address book is full: {most} contacts."
            self._skipped.append(remark(item.line, "book-full", text, most=MOST_CONTACTS))
            return
        self._remarks += item.remarks
        if known is None:
            contact = Contact(ContactId(generate_id("contact")), item.card, now, now)
            self._new[contact.id] = contact
            self._book.put(contact)
            self._ids["added"].add(contact.id)
            self._plan(item.line, "new", item.card, Card())
            return
        card = merged(known.card, item.card)
        self._plan(item.line, "known" if card == known.card else "completed", card, known.card)
        first = not any(known.id in ids for ids in self._ids.values())
        if card == known.card:
            self._ids["unchanged"] |= {known.id} if first else set()
            return
        contact = replace(known, card=card, changed_at=now)
        self._book.put(contact)
        (self._new if known.id in self._new else self._changed)[known.id] = contact
        if known.id not in self._ids["added"]:
            self._ids["unchanged"].discard(known.id)
            self._ids["changed"].add(known.id)

    def _plan(self, line: int, what: Literal["new", "completed", "known"], card: Card, before: Card) -> None:
        if not self._preview or len(self._planned) == MOST_PLANNED:
            return
        had = {number.e164 for number in before.numbers}
        adds = [number.e164 for number in card.numbers if number.e164 not in had]
        adds += [
            text for text, old in ((card.email, before.email), (card.company, before.company)) if text != old
        ]
        self._planned.append(
            Planned(line, what, card.name or card.company, card.company if card.name else "", tuple(adds))
        )

    async def _write(self) -> None:
        if self._preview or not (self._new or self._changed):
            return
        async with self._database.writing() as connection:
            if self._new:
                await insert_contacts(connection, list(self._new.values()))
            for contact in self._changed.values():
                await update_contact(connection, contact)
        self._new.clear()
        self._changed.clear()
        await asyncio.sleep(_REST_SECONDS)


async def export_chunks(book: Contacts, form: ExportFormat) -> AsyncIterator[str]:
    """The whole address book as a file, piece by piece, at the pace of whoever reads."""
    url = book.database.url.render_as_string(hide_password=False)
    after: tuple[str, str] | None = ("", "")
    if form is ExportFormat.CSV:
        yield "\ufeff" + ",".join(headings()) + "\r\n"
    while after is not None:
        text, after = await book.imports.run(export_chunk, url, form, after)
        if text:
            yield text


def export_chunk(url: str, form: ExportFormat, after: tuple[str, str]) -> tuple[str, tuple[str, str] | None]:
    """One piece, and after which contact the next begins."""
    return asyncio.run(_export(url, form, after))


async def _export(url: str, form: ExportFormat, after: tuple[str, str]) -> tuple[str, tuple[str, str] | None]:
    database = Database(url)
    sorting, contact_id = after
    try:
        async with database.reading() as connection:
            place = (contacts.c.sorting > sorting) | (
                (contacts.c.sorting == sorting) & (contacts.c.id > contact_id)
            )
            found = await read_contacts(connection, place, limit=_PAGE)
            last = None
            if len(found) == _PAGE:
                wanted = select(contacts.c.sorting).where(contacts.c.id == found[-1].id)
                last = (str((await connection.execute(wanted)).scalar_one()), str(found[-1].id))
    finally:
        await database.close()
    if form is ExportFormat.CSV:
        return write_csv(found, safe_cell), last
    return write_vcards(found, "4.0" if form is ExportFormat.VCARD4 else "3.0"), last


async def count_contacts(book: Contacts) -> int:
    """How many there are."""
    async with book.database.reading() as connection:
        return int((await connection.execute(select(func.count()).select_from(contacts))).scalar_one())
