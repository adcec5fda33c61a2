"""The registrar: pure state, fed with REGISTERs that are authenticated already (RFC 3261 §10.3).

`now` is Unix time, because what is kept here outlives the process. A device sees all contacts of its user in
the 200, but changes only its own: Contact: * of one phone does not sign off the others (each device has its
own credential). A request is carried out wholly or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from switchroom.directory.model import DeviceId, UserId
from switchroom.registrar.bindings import Binding, BindingId, from_document
from switchroom.registrar.requests import Registration, WantedContact
from switchroom.sip.flow import Flow, Hop, Transport
from switchroom.sip.uri import SipUri, uri_equal

FLOW_TIMER: Final = 120
"""Seconds between keep-alives we ask of clients on connections (RFC 5626 §4.4)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds a registration may last, and how many contacts a device may have (the oldest is dropped)."""

    min_expires: int = 60
    max_expires: int = 7200
    default_expires: int = 3600
    bindings_per_device: int = 4


@dataclass(frozen=True, slots=True)
class Registered:
    """Answer 200 with these Contact values and header fields, once `changed` is kept."""

    contacts: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    changed: bool
    """False for a mere query: nothing has to be written."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Answer so."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()


class Registrar:
    """All bindings of all users. `ids` gives a new identifier at each call."""

    def __init__(self, ids: Callable[[], str], limits: Limits | None = None) -> None:
        self._ids = ids
        self._limits = limits or Limits()
        self._by_user: dict[UserId, dict[BindingId, Binding]] = {}
        self._by_id: dict[BindingId, Binding] = {}
        self._by_connection: dict[int, set[BindingId]] = {}
        self._dirty: dict[BindingId, Binding | None] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def register(self, wanted: Registration, now: float) -> Registered | Refused:
        """Carry out a REGISTER."""
        refusal = self._refusal(wanted)
        if refusal is not None:
            return refusal
        own = [b for b in self.bindings(wanted.user_id, now) if b.device_id == wanted.device_id]
        if wanted.remove_all:
            if any(_out_of_order(binding, wanted) for binding in own):
                return Refused(500, "CSeq out of order")
            for binding in own:
                self._remove(binding)
            return self._answer(wanted, now, changed=bool(own))
        plan = self._plan(wanted, own, now)
        if isinstance(plan, Refused):
            return plan
        removed, kept = plan
        for binding in removed:
            self._remove(binding)
        for binding in kept:
            self._keep(binding)
        self._drop_surplus(wanted, {binding.id for binding in kept})
        return self._answer(wanted, now, changed=bool(removed or kept))

    def _refusal(self, wanted: Registration) -> Refused | None:
        if wanted.path and "path" not in wanted.supported:
            paths = tuple(("Path", value) for value in wanted.path)
            return Refused(420, "Bad Extension", (("Unsupported", "path"), *paths))
        lowest = self._limits.min_expires
        for contact in wanted.contacts:
            if contact.expires is not None and 0 < contact.expires < lowest:
                return Refused(423, "Interval Too Brief", (("Min-Expires", str(lowest)),))
            if (
                _outbound(contact, wanted)
                and wanted.hops > 1
                and not any(";ob" in p for p in wanted.path[-1:])
            ):
                return Refused(439, "First Hop Lacks Outbound Support")
        return None

    def _plan(
        self, wanted: Registration, own: list[Binding], now: float
    ) -> tuple[list[Binding], list[Binding]] | Refused:
        """What to remove and what to keep or renew."""
        removed: dict[BindingId, Binding] = {}
        kept: dict[BindingId, Binding] = {}
        contacts = _distinct(wanted.contacts)
        matches = [_match(contact, own) for contact in contacts]
        named = {found.id for found in matches if found is not None}
        if len(contacts) == 1 and matches[0] is None:
            matches[0] = next((other for other in own if _replaces(contacts[0], other)), None)
        for contact, found in zip(contacts, matches, strict=True):
            if found is not None and _out_of_order(found, wanted):
                return Refused(500, "CSeq out of order")
            seconds = self._limits.default_expires if contact.expires is None else contact.expires
            if seconds == 0:
                if found is not None:
                    removed[found.id] = found
                continue
            seconds = min(seconds, self._limits.max_expires)
            binding_id = found.id if found is not None else BindingId(self._ids())
            kept[binding_id] = _bind(binding_id, contact, wanted, now, seconds)
            for other in own:
                if other is not found and other.id not in named and _replaces(contact, other):
                    removed[other.id] = other
        return list(removed.values()), list(kept.values())

    def _drop_surplus(self, wanted: Registration, fresh: set[BindingId]) -> None:
        """Over the limit, contacts of closed connections go first, then the oldest; those just named stay."""
        own = [b for b in self._by_user.get(wanted.user_id, {}).values() if b.device_id == wanted.device_id]
        surplus = len(own) - self._limits.bindings_per_device
        own.sort(key=lambda b: (b.id in fresh, b.reachable, b.registered_at))
        for binding in own[: max(0, surplus)]:
            self._remove(binding)

    def _answer(self, wanted: Registration, now: float, *, changed: bool) -> Registered:
        headers = [("Path", value) for value in wanted.path]
        if any(_outbound(contact, wanted) and contact.expires != 0 for contact in wanted.contacts):
            headers += [("Require", "outbound"), ("Flow-Timer", str(FLOW_TIMER))]
        contacts = tuple(b.contact_value(now) for b in self.bindings(wanted.user_id, now))
        return Registered(contacts, tuple(headers), changed)

    def bindings(self, user_id: UserId, now: float) -> list[Binding]:
        """Every binding of a user that has not expired, reachable or not."""
        return [b for b in self._by_user.get(user_id, {}).values() if b.expires_at > now]

    def lookup(self, user_id: UserId, now: float) -> list[Binding]:
        """The bindings a call can ring, highest q first, then the most recent."""
        found = [b for b in self.bindings(user_id, now) if b.reachable]
        return sorted(found, key=lambda b: (-b.q, -b.registered_at))

    def all(self) -> list[Binding]:
        """Every binding there is, for lists."""
        return list(self._by_id.values())

    def reachable(self) -> list[Binding]:
        """Every binding that can be rung: not those whose connection is closed."""
        return [binding for binding in self._by_id.values() if binding.reachable]

    def get(self, binding_id: str) -> Binding | None:
        """The binding of that id."""
        return self._by_id.get(BindingId(binding_id))

    def find(self, user_id: UserId, flow: Flow, contact: SipUri | None = None) -> Binding | None:
        """The binding that a request of a user's device, come by `flow`, belongs to.

        The one with the same contact on the same flow is best, then any on that flow, then the same contact.
        """
        own = list(self._by_user.get(user_id, {}).values())
        on_flow = [b for b in own if _same_flow(b.flow, flow)]
        same = [b for b in own if contact is not None and uri_equal(b.contact, contact)]
        return next(iter([b for b in on_flow if b in same] + on_flow + same), None)

    def resolve(self, binding_id: str) -> Flow | Hop | None:
        """Where to send a request for a binding; None when it is gone or its connection is closed.

        UDP goes to where the REGISTER came from, whatever the contact says; TCP, TLS and WebSocket use the
        device's own connection and never open another (hard-parts, signalling 3).
        """
        binding = self._by_id.get(BindingId(binding_id))
        return binding.flow if binding is not None and binding.reachable else None

    def flow_closed(self, flow: Flow) -> list[Binding]:
        """A connection is gone: its bindings stay until they expire, but can not be rung."""
        gone = [self._by_id[known] for known in self._by_connection.pop(flow.connection, ())]
        for binding in gone:
            self._put(replace(binding, reachable=False))
        return gone

    def nat_flows(self, now: float) -> list[Flow]:
        """UDP flows to devices behind an address translator, to be kept open by a datagram now and then."""
        return [
            b.flow
            for b in self._by_id.values()
            if b.flow.transport is Transport.UDP and b.behind_nat and b.expires_at > now
        ]

    def expire(self, now: float) -> list[Binding]:
        """Remove what has expired; call it about once a second."""
        gone = [b for b in self._by_id.values() if b.expires_at <= now]
        for binding in gone:
            self._remove(binding)
        return gone

    def remove_device(self, device_id: DeviceId) -> list[Binding]:
        """A credential was revoked: its device's bindings go at once."""
        gone = [b for b in self._by_id.values() if b.device_id == device_id]
        for binding in gone:
            self._remove(binding)
        return gone

    def remove_user(self, user_id: UserId) -> list[Binding]:
        """A user was removed."""
        gone = list(self._by_user.get(user_id, {}).values())
        for binding in gone:
            self._remove(binding)
        return gone

    def take_dirty(self) -> list[tuple[BindingId, Binding | None]]:
        """What has to be written since the last call: the binding, or None where it was removed."""
        dirty, self._dirty = self._dirty, {}
        return list(dirty.items())

    def restore(self, documents: Iterable[str], now: float) -> int:
        """Take the bindings of an earlier run; returns how many. Expired and unreadable ones are left out."""
        restored = 0
        for text in documents:
            try:
                binding = from_document(text)
            except ValueError:
                continue
            if binding.expires_at > now:
                self._put(binding)
                restored += 1
        return restored

    def _keep(self, binding: Binding) -> None:
        self._put(binding)
        self._dirty[binding.id] = binding

    def _put(self, binding: Binding) -> None:
        self._unlink(self._by_id.get(binding.id))
        if binding.reachable and binding.flow.connection:
            self._by_connection.setdefault(binding.flow.connection, set()).add(binding.id)
        self._by_id[binding.id] = binding
        self._by_user.setdefault(binding.user_id, {})[binding.id] = binding

    def _remove(self, binding: Binding) -> None:
        if self._by_id.pop(binding.id, None) is None:
            return
        self._unlink(binding)
        self._dirty[binding.id] = None
        own = self._by_user[binding.user_id]
        del own[binding.id]
        if not own:
            del self._by_user[binding.user_id]

    def _unlink(self, binding: Binding | None) -> None:
        linked = self._by_connection.get(binding.flow.connection) if binding is not None else None
        if binding is not None and linked is not None:
            linked.discard(binding.id)
            if not linked:
                del self._by_connection[binding.flow.connection]


def _distinct(contacts: tuple[WantedContact, ...]) -> list[WantedContact]:
    """Of contacts that mean the same the last one counts."""
    found: list[WantedContact] = []
    for contact in contacts:
        found = [one for one in found if not _same_contact(one, contact)]
        found.append(contact)
    return found


def _same_contact(one: WantedContact, other: WantedContact) -> bool:
    if one.reg_id is not None and one.instance is not None:
        return (one.instance, one.reg_id) == (other.instance, other.reg_id)
    return other.reg_id is None and uri_equal(one.uri, other.uri)


def _bind(
    binding_id: BindingId, contact: WantedContact, wanted: Registration, now: float, seconds: int
) -> Binding:
    return Binding(
        id=binding_id,
        user_id=wanted.user_id,
        device_id=wanted.device_id,
        contact=contact.uri,
        call_id=wanted.call_id,
        cseq=wanted.cseq,
        registered_at=now,
        expires_at=now + seconds,
        flow=wanted.flow,
        instance=contact.instance,
        reg_id=contact.reg_id if contact.instance is not None else None,
        path=wanted.path,
        q=contact.q,
        user_agent=wanted.user_agent,
        display_name=contact.display_name,
    )


def _outbound(contact: WantedContact, wanted: Registration) -> bool:
    """Tell whether a contact is registered by the rules of RFC 5626."""
    return "outbound" in wanted.supported and contact.instance is not None and contact.reg_id is not None


def _match(contact: WantedContact, own: list[Binding]) -> Binding | None:
    """The binding a contact renews: instance and reg-id (RFC 5626 §6), or an equal URI (RFC 3261 §10.3)."""
    if contact.instance is not None and contact.reg_id is not None:
        for binding in own:
            if (binding.instance, binding.reg_id) == (contact.instance, contact.reg_id):
                return binding
        return None
    return next((b for b in own if b.reg_id is None and uri_equal(b.contact, contact.uri)), None)


def _replaces(contact: WantedContact, other: Binding) -> bool:
    """Tell whether a contact makes another binding of the device a leftover.

    A device that names its instance but no reg-id has one contact: what it registered from another port, or
    before it was restarted, is gone.
    """
    return (
        contact.instance is not None
        and contact.instance == other.instance
        and contact.reg_id is None
        and other.reg_id is None
    )


def _out_of_order(binding: Binding, wanted: Registration) -> bool:
    return binding.call_id == wanted.call_id and wanted.cseq <= binding.cseq


def _same_flow(one: Flow, other: Flow) -> bool:
    """Tell whether two flows are the same connection, or for UDP lead to the same address."""
    if one.connection or other.connection:
        return one.connection == other.connection
    return one.transport is other.transport and one.remote == other.remote
