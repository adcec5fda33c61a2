"""Whether a request comes from a trunk, and from which. Pure.

A trunk is known by the token in our Contact, which nobody else has, or by the addresses it sends from: most
providers would not know how to prove themselves. What is no trunk's by these goes the way of all phones,
where it is asked for a digest; who answers that by the account of a trunk is the trunk.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from switchroom.calls.admission import Refused
from switchroom.calls.callers import Caller, caller_of, number_called
from switchroom.calls.ports import Credential
from switchroom.calls.problem_words import worded
from switchroom.calls.values import Problem
from switchroom.directory.ids import TrunkId
from switchroom.directory.model import Snapshot
from switchroom.directory.outside import IncomingNumber, Trunk
from switchroom.sip.digest import ClientCredentials
from switchroom.sip.errors import RemoteProtocolError
from switchroom.sip.flow import Flow
from switchroom.sip.headers import Credentials
from switchroom.sip.message import Request
from switchroom.sip.parties import diversions, history, number_of
from switchroom.sip.uri import SipUri

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

Prove = Callable[[Request, Flow, ClientCredentials], Refused | None]

MOST_DIVERSIONS = 5
"""How often a call may have been sent on before it gets here."""


@dataclass(frozen=True, slots=True)
class FromTrunk:
    """A call that came in by a trunk, to a number of ours."""

    trunk: Trunk
    number: IncomingNumber
    caller: Caller


class TrunkDoor:
    """Knows the trunks' senders.

    `token(trunk)` is the user part of our Contact there; `known` finds the credential of a SIP user name,
    `account` a trunk's; `prove` says what is answered to a request that does not prove such an account.
    """

    def __init__(
        self,
        token: Callable[[TrunkId], str],
        known: Callable[[str], Credential | None],
        account: Callable[[TrunkId], ClientCredentials | None] = lambda trunk: None,
        prove: Prove = lambda request, flow, account: Refused(403),
    ) -> None:
        self._token = token
        self._known = known
        self._account = account
        self._prove = prove
        self._senders: dict[TrunkId, tuple[Network, ...]] = {}

    def sends_from(self, trunk: TrunkId, networks: Collection[Network]) -> None:
        """The addresses that a trunk's names lead to now, and the networks it was given."""
        self._senders[trunk] = tuple(networks)

    def keep(self, trunks: Collection[TrunkId]) -> None:
        """Forget all other trunks."""
        self._senders = {trunk: found for trunk, found in self._senders.items() if trunk in trunks}

    def is_sender(self, host: str, trunk: TrunkId) -> bool:
        """Whether a trunk sends from an address."""
        address = _plain(host)
        return any(address in network for network in self._senders.get(trunk, ()))

    def admit(self, request: Request, flow: Flow, snapshot: Snapshot) -> FromTrunk | Refused | None:
        """Decide about an INVITE outside any dialog; None: it is no trunk's.

        Raises RemoteProtocolError for one that can not be read.
        """
        enabled = [trunk for trunk in snapshot.trunks.values() if trunk.enabled]
        if not enabled:
            return None
        target = request.target
        user = target.username if isinstance(target, SipUri) else ""
        by_token = [trunk for trunk in enabled if self._token(trunk.id) == user]
        candidates = by_token or [trunk for trunk in enabled if self.is_sender(flow.remote.host, trunk.id)]
        by_digest = () if candidates else self._claiming(request, enabled)
        if by_digest:
            account = self._account(by_digest[0].id)
            assert account is not None
            refused = self._prove(request, flow, account)
            if refused is not None:
                return refused
            candidates = [*by_digest]
        if not candidates:
            return None
        if self._came_through_us(request, enabled):
            return Refused(482, "Loop Detected", problem=_looped(candidates[0], request))
        country = snapshot.settings.country
        for trunk in sorted(candidates, key=lambda trunk: (trunk.order, trunk.id)):
            number = number_called(request, snapshot, trunk.id, self._token(trunk.id))
            if number is not None:
                return FromTrunk(trunk, number, caller_of(request, country))
        if not (by_token or by_digest) and self._is_phone(request):
            return None
        return Refused(404, problem=_unknown(candidates[0], request))

    def _claiming(self, request: Request, enabled: Sequence[Trunk]) -> tuple[Trunk, ...]:
        """The trunks whose account a request names in its credentials; no device has such a name."""
        username = _username(request)
        if not username or self._known(username) is not None:
            return ()
        accounts = [(trunk, self._account(trunk.id)) for trunk in enabled]
        return tuple(trunk for trunk, account in accounts if account and account.username == username)[:1]

    def _is_phone(self, request: Request) -> bool:
        """A phone beside the provider, at the same address, that calls something else than our numbers."""
        return "Authorization" in request.headers or self._known(number_of(request.from_)) is not None

    def _came_through_us(self, request: Request, trunks: Collection[Trunk]) -> bool:
        """Whether it is a call of ours that was sent back, with our own Contact, or one that was sent on
        again and again."""
        contacts = request.contacts
        uri = contacts[0].uri if isinstance(contacts, tuple) and contacts else None
        if isinstance(uri, SipUri) and any(self._token(trunk.id) == uri.username for trunk in trunks):
            return True
        times = sum(one.counter for one in diversions(request))
        return max(times, len(history(request)) - 1) > MOST_DIVERSIONS


def _username(request: Request) -> str:
    for text in request.headers.get_all("Authorization"):
        with suppress(RemoteProtocolError):
            given = Credentials.parse(text)
            if given.is_digest:
                return given.param("username") or ""
    return ""


@lru_cache(maxsize=4096)
def _plain(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address; one of IPv4 also where it is written as one of IPv6."""
    address = ipaddress.ip_address(host)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _looped(trunk: Trunk, request: Request) -> Problem:
    called = number_of(request.to)[:40]
    return worded("call-loop", trunk.name, values={"number": called, "name": trunk.name})


def _unknown(trunk: Trunk, request: Request) -> Problem:
    target = request.target
    called = target.username if isinstance(target, SipUri) else ""
    numbers = " / ".join(dict.fromkeys(text[:40] for text in (called, number_of(request.to)) if text))
    return worded("number-not-ours", trunk.name, values={"name": trunk.name, "numbers": numbers})
