"""Who may do what: the rights, and the roles that bundle them (B6)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Right(StrEnum):
    """One thing that a login may be allowed to do."""

    USERS = "users"
    """People, their devices and their logins."""
    CONFERENCES = "conferences"
    LIVE = "live"
    """All calls, rooms and registrations of now."""
    LIVE_CONFERENCES = "live_conferences"
    """Rooms and who is in them."""
    CALL_LOG = "call_log"
    """Everybody's call records; one's own need only `phone`."""
    AUDIT = "audit"
    SETTINGS = "settings"
    TRUNKS = "trunks"
    """Lines to providers and their passwords."""
    NUMBERS = "numbers"
    """Incoming numbers and where they lead."""
    APPLY = "apply"
    """Put what is saved into production."""
    SYSTEM = "system"
    """The machine: addresses, health, who is kept out."""
    RECORDINGS = "recordings"
    """List, hear and delete what was recorded; a conference's own administrator hears his without it."""
    CONTACTS = "contacts"
    RECORDS = "records"
    """Records of customers, and what everybody has planned."""
    PHONE = "phone"
    """A phone of one's own and what belongs to it."""


class Role(StrEnum):
    """A bundle of rights."""

    ADMINISTRATOR = "administrator"
    CONFERENCE_MANAGER = "conference_manager"
    USER = "user"


_OF_USERS = frozenset({Right.CONTACTS, Right.RECORDS, Right.PHONE})
RIGHTS_OF: dict[Role, frozenset[Right]] = {
    Role.ADMINISTRATOR: frozenset(Right),
    Role.CONFERENCE_MANAGER: _OF_USERS | {Right.CONFERENCES, Right.LIVE_CONFERENCES, Right.APPLY},
    Role.USER: _OF_USERS,
}


def rights_of(role: Role, extra: Iterable[Right] = ()) -> frozenset[Right]:
    """All rights of a role with what is granted besides."""
    return RIGHTS_OF[role] | frozenset(extra)
