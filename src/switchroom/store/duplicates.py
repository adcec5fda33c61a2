"""Contacts that may be one and the same: found in a process of its own, merged when somebody says so."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from sqlalchemy import delete, update

from switchroom.crm.contacts import MOST_NOTE, MOST_NUMBERS, Card, Contact, ContactId, fold
from switchroom.store.contact_exchange import merged
from switchroom.store.contacts import Contacts, read_contacts, update_contact
from switchroom.store.crm_tables import activities, records
from switchroom.store.database import Database
from switchroom.store.errors import NotFound
from switchroom.store.tables import contacts

MOST_GROUPS: Final = 100
MOST_IN_GROUP: Final = 10
MOST_COMPARED: Final = 60
"""Who share one number: more are a company, and no duplicates."""


class Why(StrEnum):
    """Why contacts may be the same."""

    EMAIL = "email"
    NUMBER = "number"
    """The same number, and a word of the name."""
    NAME = "name"
    """The same name, and no two companies."""


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Contacts that may be one person, the oldest first."""

    why: Why
    contacts: tuple[Contact, ...]


class TooManyNumbers(ValueError):
    """One contact would have more numbers than fit."""


async def find_duplicates(book: Contacts) -> tuple[list[Duplicates], int]:
    """At most `MOST_GROUPS` groups by name, and how many there are in all."""
    url = book.database.url.render_as_string(hide_password=False)
    return await book.imports.run(search_duplicates, url)


def search_duplicates(url: str) -> tuple[list[Duplicates], int]:
    """The search itself; opens the database, being in another process."""
    return asyncio.run(_search(url))


async def _search(url: str) -> tuple[list[Duplicates], int]:
    database = Database(url)
    try:
        async with database.reading() as connection:
            found = await read_contacts(connection)
    finally:
        await database.close()
    groups = group(found)
    return groups[:MOST_GROUPS], len(groups)


def group(book: Iterable[Contact]) -> list[Duplicates]:
    """Those that may be the same; each contact stands in one group at most, for the strongest reason."""
    marks: dict[Why, dict[object, list[Contact]]] = {why: defaultdict(list) for why in Why}
    for contact in book:
        card = contact.card
        if card.email:
            marks[Why.EMAIL][card.email.casefold()].append(contact)
        for e164 in {number.e164 for number in card.numbers}:
            marks[Why.NUMBER][e164].append(contact)
        words = _words(card)
        if len(words) > 1:
            marks[Why.NAME][frozenset(words)].append(contact)
    taken: set[ContactId] = set()
    groups: list[Duplicates] = []
    for why in Why:
        for candidates in marks[why].values():
            free = [contact for contact in candidates if contact.id not in taken]
            free = free[:MOST_COMPARED]
            same = [contact for contact in free if any(_alike(why, contact, one) for one in free)]
            if len(same) > 1:
                taken |= {contact.id for contact in same}
                oldest = sorted(same, key=lambda contact: (contact.created_at, contact.id))
                groups.append(Duplicates(why, tuple(oldest[:MOST_IN_GROUP])))
    return sorted(groups, key=lambda found: fold(_title(found.contacts[0].card)))


def _alike(why: Why, one: Contact, other: Contact) -> bool:
    """Whether a shared mark means the same person: colleagues share the number of their company."""
    if one is other:
        return False
    match why:
        case Why.EMAIL:
            return True
        case Why.NUMBER:
            return bool(_words(one.card) & _words(other.card)) or not (one.card.name and other.card.name)
        case Why.NAME:
            companies = {fold(card.company) for card in (one.card, other.card)} - {""}
            return len(companies) < 2


def _words(card: Card) -> set[str]:
    """The words of a name that say something."""
    return {word for word in fold(_title(card)).split() if len(word) > 1}


def _title(card: Card) -> str:
    return card.name or card.company


def joined(cards: Sequence[Card]) -> Card:
    """One card of several: the first one's name, company and address; what else they say stands in the note.

    Raises `TooManyNumbers`.
    """
    first, *others = cards
    for other in others:
        known = len({(n.e164, n.then) for n in (*first.numbers, *other.numbers)})
        if known > MOST_NUMBERS:
            raise TooManyNumbers(f"A contact has at most {MOST_NUMBERS} numbers; these have {known}.")
        lines = [
            f"{label}: {theirs}"
            for label, ours, theirs in (
                ("Name", first.name, other.name),
                ("Company", first.company, other.company),
            )
            if ours and theirs and set(fold(ours).split()) != set(fold(theirs).split())
        ]
        whole = merged(first, replace(other, note="\n".join(filter(None, [other.note, *lines]))))
        first = replace(whole, name=first.name or other.name, note=whole.note[:MOST_NOTE])
    return first


async def merge_contacts(book: Contacts, keep: str, others: Sequence[str], now: float) -> Contact:
    """Make one contact of several; it has the records and activities of the others from now on.

    Raises `NotFound`, `TooManyNumbers`.
    """
    wanted = list(dict.fromkeys([keep, *others]))
    async with book.database.writing() as connection:
        found = {
            contact.id: contact for contact in await read_contacts(connection, contacts.c.id.in_(wanted))
        }
        if len(found) < len(wanted):
            raise NotFound("contact: one of them was removed meanwhile")
        rest = wanted[1:]
        kept = found[ContactId(keep)]
        card = joined([found[ContactId(one)].card for one in wanted])
        whole = replace(kept, card=card, changed_at=now)
        await update_contact(connection, whole)
        for table in (records, activities):
            await connection.execute(
                update(table).where(table.c.contact_id.in_(rest)).values(contact_id=keep)
            )
        await connection.execute(delete(contacts).where(contacts.c.id.in_(rest)))
    return whole


__all__ = ["Duplicates", "TooManyNumbers", "Why", "find_duplicates", "group", "joined", "merge_contacts"]
