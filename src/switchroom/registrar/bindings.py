"""A binding, one contact of one device, as a frozen value; and as the document that is kept on the disk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, NewType

from switchroom.directory.model import DeviceId, UserId
from switchroom.sip.flow import Address, Flow, Transport
from switchroom.sip.headers import NameAddr
from switchroom.sip.uri import SipUri, parse_uri

BindingId = NewType("BindingId", str)
"""Stays the same while a device refreshes its contact, also by another connection; dialogs store it."""

SCHEMA: Final = 1
NO_CONNECTION: Final = -1
"""Connection number of a binding read back: no connection of this run has it."""


@dataclass(frozen=True, slots=True)
class Binding:
    """Where one device of one user is reachable."""

    id: BindingId
    user_id: UserId
    device_id: DeviceId
    contact: SipUri
    """The Request-URI of requests to the device."""
    call_id: str
    cseq: int
    registered_at: float
    """Unix time of the last refresh, s."""
    expires_at: float
    """Unix time, s."""
    flow: Flow
    """How the last REGISTER came: over UDP the source address, else the one connection."""
    instance: str | None = None
    """+sip.instance, without quotes and brackets (RFC 5626 §4.1)."""
    reg_id: int | None = None
    path: tuple[str, ...] = ()
    """Path values, to be the route set of requests to the device (RFC 3327)."""
    q: float = 1.0
    user_agent: str = ""
    display_name: str = ""
    reachable: bool = True
    """False while the connection it came by is closed; the device has to come back by itself."""

    @property
    def behind_nat(self) -> bool:
        """True when the contact names another host than the one that the REGISTER came from."""
        return not self.path and self.contact.host.lower() != self.flow.remote.host.lower()

    @property
    def route(self) -> tuple[NameAddr, ...]:
        """The Path as addresses, first hop first."""
        return tuple(NameAddr.parse(value) for value in self.path)

    def contact_value(self, now: float) -> str:
        """The Contact of a 200 to REGISTER, with the seconds that remain."""
        text = f"<{self.contact}>;expires={max(0, round(self.expires_at - now))}"
        if self.q != 1.0:
            text += f";q={self.q:.3f}".rstrip("0").rstrip(".")
        if self.instance is not None:
            text += f';+sip.instance="<{self.instance}>"'
        if self.reg_id is not None:
            text += f";reg-id={self.reg_id}"
        return text


def to_document(binding: Binding) -> str:
    """Write a binding as JSON for the store."""
    flow = binding.flow
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "id": binding.id,
        "user": binding.user_id,
        "device": binding.device_id,
        "contact": str(binding.contact),
        "call_id": binding.call_id,
        "cseq": binding.cseq,
        "registered_at": binding.registered_at,
        "expires_at": binding.expires_at,
        "transport": flow.transport.value,
        "local": [flow.local.host, flow.local.port],
        "remote": [flow.remote.host, flow.remote.port],
        "instance": binding.instance,
        "reg_id": binding.reg_id,
        "path": list(binding.path),
        "q": binding.q,
        "user_agent": binding.user_agent,
        "display_name": binding.display_name,
    }
    return json.dumps(document, separators=(",", ":"))


def from_document(text: str) -> Binding:
    """Read what `to_document` wrote. A connection of an earlier run is gone: only UDP bindings are reachable.

    Raises ValueError for a document of another schema, or a broken one.
    """
    try:
        document = json.loads(text)
        if document["schema"] != SCHEMA:
            raise ValueError(f"binding of schema {document['schema']}")
        contact = parse_uri(document["contact"])
        if not isinstance(contact, SipUri):
            raise ValueError("binding with a contact that is no SIP URI")
        transport = Transport(document["transport"])
        connection = 0 if transport is Transport.UDP else NO_CONNECTION
        flow = Flow(transport, Address(*document["local"]), Address(*document["remote"]), connection)
        return Binding(
            id=BindingId(document["id"]),
            user_id=UserId(document["user"]),
            device_id=DeviceId(document["device"]),
            contact=contact,
            call_id=document["call_id"],
            cseq=int(document["cseq"]),
            registered_at=float(document["registered_at"]),
            expires_at=float(document["expires_at"]),
            flow=flow,
            instance=document["instance"],
            reg_id=document["reg_id"],
            path=tuple(document["path"]),
            q=float(document["q"]),
            user_agent=document["user_agent"],
            display_name=document["display_name"],
            reachable=transport is Transport.UDP,
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"broken binding: {error!r}") from error
