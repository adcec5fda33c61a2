"""What a REGISTER asks for, read from the message into plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from switchroom.directory.model import DeviceId, UserId
from switchroom.sip.errors import RemoteProtocolError
from switchroom.sip.flow import Flow
from switchroom.sip.headers import STAR, NameAddr
from switchroom.sip.message import Request
from switchroom.sip.uri import SipUri

MAX_CONTACTS: Final = 10
MAX_TEXT: Final = 512
"""Longest contact, instance, path value or Call-ID that is kept, characters."""


@dataclass(frozen=True, slots=True)
class WantedContact:
    """One Contact of a REGISTER."""

    uri: SipUri
    expires: int | None
    """Seconds asked for; 0 removes; None leaves it to the registrar."""
    q: float = 1.0
    instance: str | None = None
    reg_id: int | None = None
    display_name: str = ""


@dataclass(frozen=True, slots=True)
class Registration:
    """A REGISTER of an authenticated device. No contact asks for the list; `remove_all` is Contact: *."""

    user_id: UserId
    device_id: DeviceId
    call_id: str
    cseq: int
    flow: Flow
    contacts: tuple[WantedContact, ...] = ()
    remove_all: bool = False
    path: tuple[str, ...] = ()
    supported: frozenset[str] = frozenset()
    """Option tags in lower case."""
    hops: int = 1
    """Number of Vias: more than one when a proxy stands between."""
    user_agent: str = ""


def read_registration(request: Request, user_id: UserId, device_id: DeviceId, flow: Flow) -> Registration:
    """Read a REGISTER. Raises RemoteProtocolError (400) for contacts that can not be taken."""
    contacts = request.contacts
    default = request.expires
    if contacts is STAR and default != 0:
        raise RemoteProtocolError(400, "Contact * goes with Expires 0 only", request)
    wanted: tuple[WantedContact, ...] = ()
    if isinstance(contacts, tuple):
        if len(contacts) > MAX_CONTACTS:
            raise RemoteProtocolError(400, "Too many contacts", request)
        wanted = tuple(_wanted(contact, default, request) for contact in contacts)
    path = tuple(str(value) for value in NameAddr.parse_many(request.headers.get_all("Path"), MAX_CONTACTS))
    if any(len(text) > MAX_TEXT for text in (request.call_id, *path)):
        raise RemoteProtocolError(400, "Call-ID or Path is too long", request)
    tags = ",".join(request.headers.get_all("Supported")).split(",")
    return Registration(
        user_id=user_id,
        device_id=device_id,
        call_id=request.call_id,
        cseq=request.cseq.number,
        flow=flow,
        contacts=wanted,
        remove_all=contacts is STAR,
        path=path,
        supported=frozenset(tag.strip().lower() for tag in tags),
        hops=len(request.vias),
        user_agent=(request.headers.get("User-Agent") or "")[:120],
    )


def _wanted(contact: NameAddr, default: int | None, request: Request) -> WantedContact:
    uri = contact.uri
    if not isinstance(uri, SipUri):
        raise RemoteProtocolError(400, "A contact must be a SIP URI", request)
    instance = contact.param("+sip.instance")
    if len(str(uri)) > MAX_TEXT or len(instance or "") > MAX_TEXT:
        raise RemoteProtocolError(400, "The contact is too long", request)
    reg_id = contact.param("reg-id") or ""
    asked = contact.expires
    return WantedContact(
        uri=uri.without_headers(),
        expires=asked if asked is not None else default,
        q=_q(contact.param("q")),
        instance=(instance or "").strip('"').strip("<>") or None,
        reg_id=int(reg_id) if reg_id.isascii() and reg_id.isdecimal() and 0 < len(reg_id) < 10 else None,
        display_name=contact.display_name[:120],
    )


def _q(text: str | None) -> float:
    """A q value from 0 to 1; 1 where it is missing or unreadable."""
    try:
        value = float(text) if text else 1.0
    except ValueError:
        return 1.0
    return value if 0.0 <= value <= 1.0 else 1.0
