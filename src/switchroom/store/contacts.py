"""The address book's tables: one entry each, lists, searches, and whose number it is."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from switchroom.crm.contacts import Card, Contact, ContactId, ContactNumber, fold, searched_text, sorting_text
from switchroom.store.commit import storable
from switchroom.store.database import Database
from switchroom.store.errors import NotFound
from switchroom.store.offload import Offload
from switchroom.store.paging import page, position
from switchroom.store.secrets import generate_id
from switchroom.store.tables import contact_numbers, contacts

MOST_TERMS = 8
_CHUNK = 400
"""Values in one IN (...)."""
_DIGITS = re.compile(r"\+?[0-9*#\s().\-/]{2,40}")


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched: all terms, or any of these runs of digits in a number."""

    terms: tuple[str, ...] = ()
    digits: tuple[str, ...] = ()


def read_search(text: str, e164: str | None = None) -> Search:
    """What a person looks for: words, or a number in any form (`e164`: what it means, if that is known)."""
    text = text[:200]
    digits = re.sub(r"[^0-9]", "", re.sub(r"\(\s*0\s*\)", "", text))
    if not (_DIGITS.fullmatch(text.strip()) and digits):
        return Search(terms=tuple(dict.fromkeys(fold(text).split()))[:MOST_TERMS])
    forms = {digits, digits.removeprefix("00"), digits.lstrip("0"), (e164 or "").removeprefix("+")}
    useful = {form for form in forms if len(form) >= min(2, len(digits))}
    return Search(digits=tuple(sorted(useful)) or (digits,))


class Contacts:
    """The address book. Everything acts at once and is in no revision."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self.imports = Offload()
        """Imports have a process of their own: nobody who applies a configuration waits for one."""
        self._clock = clock

    async def add(self, card: Card) -> Contact:
        """A new contact."""
        now = self._clock()
        contact = Contact(ContactId(generate_id("contact")), card, now, now)
        async with self.database.writing() as connection:
            await insert_contacts(connection, [contact])
        return contact

    async def get(self, contact_id: str) -> Contact:
        """One contact. Raises `NotFound`."""
        async with self.database.reading() as connection:
            found = await read_contacts(connection, contacts.c.id == contact_id)
        if not found:
            raise NotFound("contact")
        return found[0]

    async def some(self, ids: Collection[str]) -> dict[ContactId, Contact]:
        """Those of these contacts that there are."""
        found: dict[ContactId, Contact] = {}
        wanted = sorted(ids)
        async with self.database.reading() as connection:
            for start in range(0, len(wanted), _CHUNK):
                chunk = contacts.c.id.in_(wanted[start : start + _CHUNK])
                found |= {contact.id: contact for contact in await read_contacts(connection, chunk)}
        return found

    async def change(self, contact_id: str, change: Callable[[Card], Card]) -> Contact:
        """A contact's next card, made of its present one. Raises `NotFound`, and what `change` raises."""
        async with self.database.writing() as connection:
            found = await read_contacts(connection, contacts.c.id == contact_id)
            if not found:
                raise NotFound("contact")
            before = found[0]
            changed = Contact(before.id, change(before.card), before.created_at, self._clock())
            await update_contact(connection, changed)
        return changed

    async def remove(self, contact_id: str) -> Contact:
        """Take a contact out of the book. Raises `NotFound`."""
        async with self.database.writing() as connection:
            found = await read_contacts(connection, contacts.c.id == contact_id)
            if not found:
                raise NotFound("contact")
            await connection.execute(delete(contacts).where(contacts.c.id == contact_id))
        return found[0]

    async def page(
        self, search: Search, limit: int = 50, after: str | None = None
    ) -> tuple[list[Contact], str | None]:
        """Contacts by name, and where the next page begins. Raises ValueError for an unknown `after`."""
        conditions = _conditions(search)
        if after is not None:
            sorting, contact_id = position(after, tuple[str, str])
            same = and_(contacts.c.sorting == sorting, contacts.c.id > contact_id)
            conditions.append(or_(contacts.c.sorting > sorting, same))
        async with self.database.reading() as connection:
            # Sorted after reading where something is searched: the index would read the rows one by one.
            rank = case((contacts.c.id.is_not(None), 0), else_=1) if search.terms or search.digits else None
            found = await read_contacts(connection, *conditions, limit=limit + 1, rank=rank)
        return page(found, limit, lambda contact: (sorting_text(contact.card), contact.id))

    async def search(self, search: Search, limit: int) -> list[Contact]:
        """The contacts that fit best: names that begin so, then words that do, then anything."""
        rank: ColumnElement[int] | None = None
        if search.terms:
            first = search.terms[0]
            rank = case(
                (contacts.c.sorting.like(f"{first}%"), 0),
                (contacts.c.searched.like(f"% {first}%"), 1),
                else_=2,
            )
        elif search.digits:
            begins = or_(*(contacts.c.searched.like(f"% {digits}%") for digits in search.digits))
            rank = case((begins, 0), else_=1)
        async with self.database.reading() as connection:
            return await read_contacts(connection, *_conditions(search), limit=limit, rank=rank)

    async def by_numbers(self, numbers: Collection[str]) -> dict[str, Contact]:
        """Whose these E.164 numbers are; of several, the one changed last."""
        wanted = sorted({number for number in numbers if number.startswith("+")})
        found: dict[str, Contact] = {}
        async with self.database.reading() as connection:
            for start in range(0, len(wanted), _CHUNK):
                chunk = wanted[start : start + _CHUNK]
                holders = select(contact_numbers.c.contact_id).where(contact_numbers.c.e164.in_(chunk))
                owners = await read_contacts(connection, contacts.c.id.in_(holders))
                for contact in sorted(owners, key=lambda owner: owner.changed_at):
                    found |= {number.e164: contact for number in contact.card.numbers}
        return {number: contact for number, contact in found.items() if number in set(wanted)}

    async def names(self, known: object = None) -> tuple[dict[str, str], object] | None:
        """The name of each number, and a mark of this state of the book; None: `known` is its mark still.

        Of several contacts with one number it is the one changed last.
        """
        state = select(func.count(), func.max(contacts.c.changed_at))
        async with self.database.reading() as connection:
            mark = tuple((await connection.execute(state)).one())
            if mark == known:
                return None
            wanted = (
                select(contact_numbers.c.e164, contacts.c.name, contacts.c.company)
                .join(contacts, contacts.c.id == contact_numbers.c.contact_id)
                .order_by(contacts.c.changed_at)
            )
            rows = (await connection.execute(wanted)).all()
        return {e164: name or company for e164, name, company in rows}, mark

    def close(self) -> None:
        """End the process of the imports."""
        self.imports.close()


async def read_contacts(
    connection: AsyncConnection,
    *conditions: ColumnElement[bool],
    limit: int | None = None,
    rank: ColumnElement[int] | None = None,
) -> list[Contact]:
    """Contacts with their numbers, by name (after `rank`)."""
    wanted = select(contacts).where(*conditions)
    order: tuple[Any, ...] = (contacts.c.sorting, contacts.c.id)
    rows = (
        await connection.execute(wanted.order_by(*(order if rank is None else (rank, *order))).limit(limit))
    ).all()
    numbers = await _numbers_of(connection, [row.id for row in rows])
    return [
        Contact(
            ContactId(row.id),
            Card(row.name, row.company, row.email, row.note, tuple(numbers.get(row.id, ()))),
            row.created_at,
            row.changed_at,
        )
        for row in rows
    ]


async def insert_contacts(connection: AsyncConnection, new: Sequence[Contact]) -> None:
    """Write new contacts."""
    await connection.execute(insert(contacts), [_row(contact) for contact in new])
    numbers = [row for contact in new for row in _number_rows(contact)]
    if numbers:
        await connection.execute(insert(contact_numbers), numbers)


async def update_contact(connection: AsyncConnection, contact: Contact) -> None:
    """Write a changed contact."""
    await connection.execute(update(contacts).where(contacts.c.id == contact.id).values(**_row(contact)))
    await connection.execute(delete(contact_numbers).where(contact_numbers.c.contact_id == contact.id))
    numbers = _number_rows(contact)
    if numbers:
        await connection.execute(insert(contact_numbers), numbers)


async def _numbers_of(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, list[ContactNumber]]:
    found: dict[str, list[ContactNumber]] = {}
    wanted = list(ids)
    columns = contact_numbers.c
    for start in range(0, len(wanted), _CHUNK):
        chunk = select(contact_numbers).where(columns.contact_id.in_(wanted[start : start + _CHUNK]))
        for row in await connection.execute(chunk.order_by(columns.contact_id, columns.position)):
            found.setdefault(row.contact_id, []).append(ContactNumber(row.label, row.e164, row.keys))
    return found


def _conditions(search: Search) -> list[ColumnElement[bool]]:
    """Folded terms hold letters and digits only: nothing in them is a pattern."""
    conditions: list[ColumnElement[bool]] = []
    for term in search.terms:
        forms = {term, term.lstrip("0") or term} if term.isdigit() else {term}
        conditions.append(or_(*(contacts.c.searched.like(f"%{form}%") for form in sorted(forms))))
    if search.digits:
        conditions.append(or_(*(contacts.c.searched.like(f"%{digits}%") for digits in search.digits)))
    return conditions


def _row(contact: Contact) -> dict[str, Any]:
    card = contact.card
    row = {
        "id": contact.id,
        "name": card.name,
        "company": card.company,
        "email": card.email,
        "note": card.note,
        "sorting": sorting_text(card),
        "searched": searched_text(card),
        "created_at": contact.created_at,
        "changed_at": contact.changed_at,
    }
    return storable(contacts, row)


def _number_rows(contact: Contact) -> list[dict[str, Any]]:
    rows = (
        {
            "contact_id": contact.id,
            "position": position,
            "label": number.label,
            "e164": number.e164,
            "keys": number.then,
        }
        for position, number in enumerate(contact.card.numbers)
    )
    return [storable(contact_numbers, row) for row in rows]
