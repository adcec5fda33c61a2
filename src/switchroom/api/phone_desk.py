"""What the routes of the browser's phone share: who asks, the system as phones see it, who is who."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import HTTPConnection

from switchroom.api.context import Context, Here
from switchroom.api.errors import ApiError
from switchroom.api.limits import TokenBuckets
from switchroom.api.phone_ports import PhoneSite
from switchroom.api.rights import Needs
from switchroom.crm import Contact, fold
from switchroom.directory import ConferenceServer, Snapshot, User
from switchroom.directory.number_plan import Feature, code_of
from switchroom.store import Right, Session

TURN_SECONDS = 6 * 3600
"""Longer than a call may last."""
_FEATURE_NAMES = {
    Feature.ECHO_TEST: "Echo test",
    Feature.FORWARD: "Forward all calls",
    Feature.FORWARD_OFF: "Forward no calls",
    Feature.HIDE_NUMBER: "Call without showing the number",
    Feature.DO_NOT_DISTURB: "Do not disturb",
    Feature.DO_NOT_DISTURB_OFF: "Do not disturb: off",
    Feature.VOICEMAIL: "Voicemail",
    Feature.VOICEMAIL_OF: "Voicemail of",
    Feature.PICK_UP: "Pick up a call",
    Feature.PARK: "Park a call",
}
ORBIT_NAME = "Parked call"
SERVER_NAME = "Conference server"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who has an extension and uses his phone."""

    session: Session
    user: User


class PeopleIndex:
    """The users of one configuration, folded for searching; made again for another one."""

    def __init__(self) -> None:
        self._snapshot: Snapshot | None = None
        self._users: list[tuple[str, str, User]] = []

    def users(self, snapshot: Snapshot) -> list[tuple[str, str, User]]:
        """Folded name, folded words led by spaces, user; by name."""
        if self._snapshot is not snapshot:
            rows = [
                (fold(u.name), f" {fold(f'{u.name} {u.email or str()}')}", u) for u in snapshot.users.values()
            ]
            rows.sort(key=lambda row: (row[0], row[2].extension))
            self._users, self._snapshot = rows, snapshot
        return self._users


@dataclass(frozen=True, slots=True)
class PhoneDesk:
    """Kept by the app."""

    site: PhoneSite
    people: PeopleIndex = field(default_factory=PeopleIndex)
    credentials: TokenBuckets = field(default_factory=lambda: TokenBuckets(30, 2.0))
    """How often one session may ask for credentials."""


def desk(request: HTTPConnection) -> PhoneDesk:
    """The app's desk."""
    found = request.app.state.phone_desk
    assert isinstance(found, PhoneDesk)
    return found


Desk = Annotated[PhoneDesk, Depends(desk)]


def user_of(session: Session, here: Context) -> User:
    """The applied user of a session. Raises 409 for a login without an extension."""
    snapshot = here.store.configuration.applied
    user = snapshot.users.get(session.user_id) if session.user_id is not None else None
    if user is None:
        text = "Your login has no extension, so there is no phone. An administrator can give it one."
        raise ApiError(409, "no-extension", text)
    return user


async def caller(here: Here, session: Annotated[Session, Needs(Right.PHONE)]) -> Caller:
    """Who asks. Raises 401, 403 and 409."""
    return Caller(session, user_of(session, here))


Me = Annotated[Caller, Depends(caller)]


def language_of(me: Caller, here: Context) -> str:
    """The language of a person's screens."""
    login = me.session.login
    return login.language or me.user.language or here.store.configuration.applied.settings.language


def ice_servers(site: PhoneSite, user_id: str, now: float) -> list[dict[str, Any]]:
    """STUN and TURN servers as RTCPeerConnection takes them.

    TURN credentials are short-lived and name the user: coturn's use-auth-secret (HMAC-SHA1 of
    "expiry:user").
    """
    found: list[dict[str, Any]] = []
    if site.stun_urls:
        found.append({"urls": list(site.stun_urls)})
    if site.turn_urls and site.turn_secret:
        username = f"{int(now) + TURN_SECONDS}:{user_id}"
        mac = hmac.digest(site.turn_secret.encode(), username.encode(), hashlib.sha1)
        credential = base64.b64encode(mac).decode()
        found.append({"urls": list(site.turn_urls), "username": username, "credential": credential})
    return found


def feature_name(number: str) -> str | None:
    """What a feature code does, with what follows it: `Voicemail of 203`."""
    code = code_of(number)
    return None if code is None else " ".join([_FEATURE_NAMES[code.feature], *code.rest.split()])


def is_internal(snapshot: Snapshot, number: str) -> bool:
    """Whether a number leads to somebody or something of this system."""
    return number in snapshot.by_extension or number in snapshot.orbits


def internal_name(snapshot: Snapshot, number: str) -> str | None:
    """Whose extension it is: a person's or a conference's name."""
    if number in snapshot.orbits:
        return ORBIT_NAME
    found = snapshot.by_extension.get(number)
    if isinstance(found, ConferenceServer):
        return SERVER_NAME
    return None if found is None else found.name or None


async def names_of(here: Context, numbers: Collection[str]) -> Mapping[str, str]:
    """Names for extensions and E.164 numbers, from the configuration and the address book."""
    snapshot = here.store.configuration.applied
    found = {number: name for number in numbers if (name := internal_name(snapshot, number)) is not None}
    outside = [number for number in numbers if number.startswith("+")]
    contacts = await here.store.contacts.by_numbers(outside) if outside else {}
    return found | {number: contact_name(contact) for number, contact in contacts.items()}


def contact_name(contact: Contact) -> str:
    """What a contact is called on a small screen."""
    return contact.card.name or contact.card.company
