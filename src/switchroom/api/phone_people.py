"""Whom one can call: colleagues with their presence, and the address book (S2-02, S2-03)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from switchroom.api.context import Here, listing
from switchroom.api.errors import responses
from switchroom.api.phone_activities import Activities
from switchroom.api.phone_desk import Desk, Me, PeopleIndex, contact_name
from switchroom.api.phone_ports import Presence
from switchroom.api.phone_schemas import PersonElsewhereView, PersonView
from switchroom.crm import Contact, ContactNumber
from switchroom.crm.connector import Connector, ConnectorFault, FoundContact
from switchroom.directory import Snapshot, User, UserId
from switchroom.directory.typed import TypedKind, plain_text, read_typed, shown
from switchroom.store import Search, read_search

router = APIRouter(prefix="/api/phone", tags=["phone"])

PATIENCE = 4.0
"""Seconds that another system's search may take."""


@router.get("/people", response_model=list[PersonView], responses=responses(403, 409))
async def find_people(
    here: Here,
    desk: Desk,
    me: Me,
    q: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Colleagues first, then contacts, those that fit best first. Accents and capitals do not count.

    `q` is words of names, companies and addresses, or an extension, or a number in any form.
    """
    snapshot = here.store.configuration.applied
    search = search_of(q, snapshot)
    users = find_users(desk.people, snapshot, search)[:limit]
    rest = limit - len(users)
    contacts = await here.store.contacts.search(search, rest) if rest else []
    presence = desk.site.phones.presence()
    return listing(
        [
            *(_user(user, presence) for user in users),
            *(_contact(contact) for contact in contacts),
        ]
    )


@router.get("/people/elsewhere", response_model=list[PersonElsewhereView], responses=responses(403, 409))
async def find_elsewhere(
    me: Me,
    activities: Activities,
    q: Annotated[str, Query(min_length=2, max_length=200)],
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
) -> Response:
    """Contacts that connected systems find, as far as you may see them there.

    `limit` is of each system. One that does not answer within 4 s, or not as it should, is left out.
    """
    others = activities.others.connectors()
    found = await asyncio.gather(*(_asked(each, me.user.id, q, limit) for each in others))
    return listing(person for people in found for person in people)


async def _asked(connector: Connector, who: UserId, text: str, limit: int) -> list[dict[str, Any]]:
    try:
        async with asyncio.timeout(PATIENCE):
            found = await connector.search(who, text, limit)
    except (ConnectorFault, TimeoutError):
        return []
    return [_elsewhere(contact, connector.name) for contact in found[:limit]]


def _elsewhere(contact: FoundContact, system: str) -> dict[str, Any]:
    fields = ("source", "id", "name", "company", "email", "url")
    return {
        "kind": "contact",
        **{name: getattr(contact, name) for name in fields},
        "source_name": system,
        "extension": None,
        "numbers": _numbers(contact.numbers),
        "presence": None,
    }


def search_of(text: str, snapshot: Snapshot) -> Search:
    """What is searched for a text; for a number, its E.164 form too."""
    plain = plain_text(text)
    typed = read_typed(plain, snapshot.settings.country)
    return read_search(plain, typed.dial if typed.kind is TypedKind.NUMBER else None)


def find_users(index: PeopleIndex, snapshot: Snapshot, search: Search) -> list[User]:
    """The users that fit: extension or name beginning so, then words that do, then anything."""
    ranked: list[tuple[int, User]] = []
    for name, words, user in index.users(snapshot):
        if search.digits:
            if any(digits in user.extension for digits in search.digits):
                ranked.append((0 if user.extension.startswith(search.digits) else 2, user))
        elif all(term in words or user.extension.startswith(term) for term in search.terms):
            first = search.terms[0] if search.terms else ""
            ranked.append((0 if name.startswith(first) else 1 if f" {first}" in words else 2, user))
    ranked.sort(key=lambda found: found[0])
    return [user for _, user in ranked]


def _user(user: User, presence: Mapping[str, Presence]) -> dict[str, Any]:
    return {
        "kind": "user",
        "id": user.id,
        "name": user.name,
        "company": "",
        "email": user.email or "",
        "extension": user.extension,
        "numbers": [],
        "presence": presence.get(user.id, Presence.OFFLINE),
    }


def _contact(contact: Contact) -> dict[str, Any]:
    return {
        "kind": "contact",
        "id": contact.id,
        "name": contact_name(contact),
        "company": contact.card.company,
        "email": contact.card.email,
        "extension": None,
        "numbers": number_views(contact),
        "presence": None,
    }


def number_views(contact: Contact) -> list[dict[str, str]]:
    """A contact's numbers as they are shown."""
    return _numbers(contact.card.numbers)


def _numbers(numbers: Iterable[ContactNumber]) -> list[dict[str, str]]:
    return [
        {"label": number.label, "e164": number.e164, "shown": shown(number.e164), "then": number.then}
        for number in numbers
    ]
