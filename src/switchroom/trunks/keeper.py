"""Keeps the trunks going: one registration and one health check each, started anew when the trunk changes.

Everything here is told by the loop: `apply` after a configuration, `take` for an event of the endpoint, and
`tick` once a second. Only looking up names and testing wait for anything.
"""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Protocol

from switchroom.calls import dialect, problem_words
from switchroom.calls.change import replace
from switchroom.calls.lines import Lines
from switchroom.calls.spending import of_trunk
from switchroom.calls.trunk_admission import Network, TrunkDoor
from switchroom.calls.trunk_words import NOTHING, Said, failure, say
from switchroom.calls.values import Problem
from switchroom.directory.ids import TrunkId
from switchroom.directory.model import Snapshot
from switchroom.directory.outside import Trunk, TrunkKind, TrunkTransport
from switchroom.sip.digest import ClientCredentials
from switchroom.sip.errors import LocalProtocolError
from switchroom.sip.events import (
    Event,
    OutgoingInvite,
    OutgoingRegistration,
    RegistrationChanged,
    RegistrationId,
    RegistrationState,
    RequestAnswered,
    RequestId,
    SessionId,
)
from switchroom.sip.flow import Destination, Hop, Transport
from switchroom.sip.headers import NameAddr
from switchroom.sip.uri import SipUri
from switchroom.trunks.state import TrunkState

log = logging.getLogger(__name__)

RESOLVE_SECONDS = 60.0
"""Between two looks at where a trunk's names lead."""
_PREFIX = "trunk-"
_ELSEWHERE = "198.51.100.1"
"""Somewhere in the Internet (RFC 5737)."""
_TRANSPORTS = {
    TrunkTransport.UDP: Transport.UDP,
    TrunkTransport.TCP: Transport.TCP,
    TrunkTransport.TLS: Transport.TLS,
}

Resolve = Callable[[str, int | None, Transport | None, bool], Awaitable[tuple[Hop, ...]]]


class Signalling(Protocol):
    """The verbs of the endpoint that trunks need."""

    def register(self, registration: RegistrationId, wanted: OutgoingRegistration) -> None:
        """Register and keep it so."""

    def unregister(self, registration: RegistrationId) -> None:
        """Remove a registration."""

    def send_request(
        self,
        request: RequestId,
        method: str,
        uri: str,
        *,
        from_: NameAddr,
        to: NameAddr,
        destination: Destination | None = None,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        content_type: str = "text/plain",
        credentials: ClientCredentials | None = None,
        contact_user: str | None = None,
    ) -> None:
        """Send a request outside any session."""

    def invite(self, session: SessionId, invite: OutgoingInvite) -> None:
        """Call somebody."""

    def hang_up(self, session: SessionId) -> None:
        """End a call."""


Answers = asyncio.Queue[RegistrationChanged | RequestAnswered]


@dataclass(slots=True)
class Kept:
    """A trunk at work."""

    trunk: Trunk
    state: TrunkState
    addresses: tuple[str, ...] = ()
    next_check: float = 0.0
    next_look: float = 0.0
    asked: RequestId | None = None
    registration: RegistrationId | None = None
    unregistered: Said = NOTHING
    """Why it is not registered."""
    unreachable: Said = NOTHING
    """Why it can not be reached."""
    waiting: list[Answers] = field(default_factory=list)
    """Of tests: who wants the next answers."""


class TrunkKeeper:
    """See above. Make it on the running loop. `trust` takes the brakes off an address that sends much.

    `fault` says why no connection could be made to an address, as a code of `trunk_words`, or nothing.
    """

    def __init__(
        self,
        current: Callable[[], Snapshot],
        lines: Lines,
        door: TrunkDoor,
        signalling: Signalling,
        resolve: Resolve,
        report: Callable[[Problem], None],
        clock: Callable[[], float],
        trust: Callable[[str], None] = lambda address: None,
        fault: Callable[[str], str] = lambda address: "",
    ) -> None:
        self._current = current
        self._lines = lines
        self._door = door
        self.signalling = signalling
        self._resolve = resolve
        self._report = report
        self._clock = clock
        self._trust = trust
        self._fault = fault
        self._kept: dict[TrunkId, Kept] = {}
        self._leaving: dict[RegistrationId, TrunkId] = {}
        """Registrations that end, and what registers anew then."""
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()

    # --- what the system tells --------------------------------------------------------------------------

    def apply(self) -> None:
        """Another configuration is in force: trunks that changed begin anew, the others notice nothing."""
        wanted = self._current().trunks
        for trunk_id, kept in list(self._kept.items()):
            if trunk_id not in wanted:
                self._stop(kept)
                del self._kept[trunk_id]
        self._door.keep(wanted.keys())
        for trunk in wanted.values():
            found = self._kept.get(trunk.id)
            if found is None or found.trunk != trunk:
                self._begin(trunk, found)

    def secret_changed(self, trunk_id: TrunkId) -> None:
        """A trunk's password was set: it registers with it at once."""
        kept = self._kept.get(trunk_id)
        if kept is not None:
            self._begin(kept.trunk, kept)

    def address(self, trunk_id: TrunkId) -> str | None:
        """The first address that a trunk's host leads to."""
        kept = self._kept.get(trunk_id)
        return kept.addresses[0] if kept is not None and kept.addresses else None

    def tick(self) -> None:
        """Once a second: ask who is to be asked, look up what is to be looked up."""
        now = self._clock()
        for kept in self._kept.values():
            if not kept.trunk.enabled:
                continue
            # A question nobody answers ends after 32 s (RFC 3261, timer F): until then it is not asked again.
            if kept.trunk.check_seconds and now >= kept.next_check and kept.asked is None:
                kept.next_check = now + kept.trunk.check_seconds
                self.ask(kept)
            if now >= kept.next_look:
                kept.next_look = now + RESOLVE_SECONDS
                self._spawn(self._look_up(kept))

    def take(self, event: Event) -> bool:
        """Take an event of the endpoint; False when it is none of ours. Never raises."""
        match event:
            case RegistrationChanged(registration=name) if name.startswith(_PREFIX):
                for kept in self._kept.values():
                    if kept.registration == name:
                        self._registered(kept, event)
                if event.state is RegistrationState.ENDED and name in self._leaving:
                    follower = self._kept.get(self._leaving.pop(name))
                    if follower is not None and follower.registration is None:
                        self.register(follower)
                return True
            case RequestAnswered(request=request) if request.startswith(_PREFIX):
                for kept in self._kept.values():
                    if kept.asked == request:
                        kept.asked = None
                        self._answered(kept, event)
                return True
            case _:
                return False

    def stop(self) -> None:
        """The system stops: the providers are told."""
        for kept in self._kept.values():
            self._stop(kept)
        for task in self._tasks:
            task.cancel()

    # --- what the console asks --------------------------------------------------------------------------

    def states(self) -> list[TrunkState]:
        """All trunks of the applied configuration, in the order in which they are tried."""
        found = sorted(self._kept.values(), key=lambda kept: (kept.trunk.order, kept.trunk.name))
        return [self._state(kept) for kept in found]

    def _state(self, kept: Kept) -> TrunkState:
        spending, trunk = self._lines.spending, kept.trunk
        state: TrunkState = replace(kept.state, calls=spending.concurrent(of_trunk(trunk.id)))
        rest = spending.rests(trunk.id, self._clock())
        if rest and not state.failure:
            state = replace(state, **_failed(say("resting", name=trunk.name, seconds=ceil(rest), answer="")))
        return state

    @property
    def working(self) -> int:
        """How many trunks are switched on and have nothing wrong with them."""
        return sum(kept.trunk.enabled and not kept.state.failure for kept in self._kept.values())

    def kept(self, trunk_id: TrunkId) -> Kept | None:
        """A trunk at work."""
        return self._kept.get(trunk_id)

    # --- beginning and ending ---------------------------------------------------------------------------

    def _begin(self, trunk: Trunk, former: Kept | None) -> None:
        now = self._clock()
        state = TrunkState(trunk.id, trunk.name, trunk.enabled, since=now)
        same = former is not None and _way(former.trunk) == _way(trunk)
        kept = Kept(trunk, state, former.addresses if former is not None and same else ())
        self._kept[trunk.id] = kept
        self._place(kept)
        self._lines.spending.works(trunk.id)
        if former is not None and former.registration is not None:
            if _registers(trunk) and _account(trunk) == _account(former.trunk):
                kept.registration = former.registration
            else:
                # At the same registrar the old contact goes before the new one comes: it may be the same.
                self._leaving[former.registration] = trunk.id
                self._stop(former)
                if trunk.host == former.trunk.host:
                    return
        if _registers(trunk):
            self.register(kept)

    def _stop(self, kept: Kept) -> None:
        if kept.registration is not None:
            self.signalling.unregister(kept.registration)

    def register(self, kept: Kept) -> None:
        """Register with the settings and the password of now."""
        trunk = kept.trunk
        if not _registers(trunk):
            return
        if kept.registration is None:
            kept.registration = RegistrationId(f"{_PREFIX}{trunk.id}-{next(self._numbers)}")
        wanted = OutgoingRegistration(
            registrar=str(dialect.server(trunk)),
            aor=_self(trunk),
            contact_user=self._lines.provision.token(trunk.id),
            credentials=self._lines.credentials(trunk.id),
            expires=trunk.expires,
            route=tuple(NameAddr.parse(route) for route in dialect.route(trunk)),
        )
        try:
            self.signalling.register(kept.registration, wanted)
        except LocalProtocolError as error:
            self._fail(kept, say("not-registrable", name=trunk.name, error=error), registering=True)

    def ask(self, kept: Kept) -> None:
        """Send OPTIONS: any answer of the provider's says that it is there."""
        trunk = kept.trunk
        to = dialect.server(trunk)
        if trunk.outbound_proxy is not None:
            host, port = dialect.host_and_port(trunk.outbound_proxy)
            to = SipUri("sip", None, None, host, port, to.params)
        kept.asked = RequestId(f"{_PREFIX}{trunk.id}-{next(self._numbers)}")
        try:
            self.signalling.send_request(
                kept.asked,
                "OPTIONS",
                str(to),
                from_=_self(trunk),
                to=NameAddr("", to),
                headers=(("Accept", "application/sdp"),),
                credentials=self._lines.credentials(trunk.id),
                contact_user=self._lines.provision.token(trunk.id),
            )
        except LocalProtocolError as error:
            kept.asked = None
            self._fail(kept, say("not-askable", name=trunk.name, error=error), registering=False)

    # --- answers ----------------------------------------------------------------------------------------

    def _registered(self, kept: Kept, event: RegistrationChanged) -> None:
        now = self._clock()
        match event.state:
            case RegistrationState.REGISTERED:
                kept.unregistered = NOTHING
                self._set(kept, registered=True, registered_until=now + event.valid_for)
                self._lines.spending.works(kept.trunk.id)
            case RegistrationState.FAILED:
                # While the registrar still has us, calls come in.
                still = event.valid_for > 0
                self._set(kept, registered=still, registered_until=now + event.valid_for if still else None)
                self._fail(kept, self.why(kept, event), registering=True)
            case RegistrationState.ENDED:
                self._set(kept, registered=None, registered_until=None)
            case RegistrationState.REGISTERING:
                return
        self._tell(kept, event)

    def _answered(self, kept: Kept, event: RequestAnswered) -> None:
        out_of_service = event.response is None or event.status == 503
        kept.state = replace(kept.state, checked_at=self._clock())
        if out_of_service:
            self._set(kept, reachable=False)
            self._fail(kept, self.why(kept, event), registering=False)
        else:
            kept.unreachable = NOTHING
            self._set(kept, reachable=True)
            if not kept.unregistered.code:
                self._lines.spending.works(kept.trunk.id)
        self._tell(kept, event)

    def _set(self, kept: Kept, **found: bool | float | None) -> None:
        before = kept.state
        said = kept.unregistered if kept.unregistered.code else kept.unreachable
        state: TrunkState = replace(before, **_failed(said), **found)  # type: ignore[arg-type]
        if (state.registered, state.reachable) != (before.registered, before.reachable):
            state = replace(state, since=self._clock())
        kept.state = state

    def why(self, kept: Kept, event: RegistrationChanged | RequestAnswered) -> Said:
        """Why it did not do what was asked: what it answers, or why there is no connection."""
        trunk, response = kept.trunk, event.response
        if response is None and trunk.transport is not TrunkTransport.UDP:
            found = next((code for address in kept.addresses if (code := self._fault(address))), "")
            if found:
                return say(found, name=trunk.name)
        reason = (
            event.reason if isinstance(event, RegistrationChanged) else response.reason if response else ""
        )
        return failure(trunk.name, event.status, reason)

    def _fail(self, kept: Kept, said: Said, *, registering: bool) -> None:
        """It is tried last until it works again, and the administrator is told."""
        trunk = kept.trunk
        if registering:
            kept.unregistered = said
        else:
            kept.unreachable = said
        self._set(kept)
        self._lines.spending.failed(trunk.id, self._clock() + 2 * max(trunk.check_seconds, trunk.expires))
        kind = "trunk-not-registered" if registering else "trunk-unreachable"
        self._report(problem_words.of_trunk(kind, trunk.name, said))

    def _tell(self, kept: Kept, event: RegistrationChanged | RequestAnswered) -> None:
        for one in kept.waiting:
            one.put_nowait(event)

    # --- names ------------------------------------------------------------------------------------------

    async def look_up(self, trunk: Trunk) -> tuple[str, ...]:
        """The addresses that a trunk's host, or its outbound proxy, leads to; best first."""
        host, port = trunk.host, trunk.port
        if trunk.outbound_proxy is not None:
            host, port = dialect.host_and_port(trunk.outbound_proxy)
        return await self._addresses(host, port, _TRANSPORTS[trunk.transport])

    async def _addresses(self, host: str, port: int | None, transport: Transport | None) -> tuple[str, ...]:
        if _network(host) is not None:
            return (host,)
        hops = await self._resolve(host, port, transport, transport is Transport.TLS)
        return tuple(dict.fromkeys(hop.remote.host for hop in hops))

    async def _look_up(self, kept: Kept) -> None:
        """Where its names lead now. A name that leads nowhere for a moment leads where it led before."""
        trunk = kept.trunk
        found = await self.look_up(trunk)
        if found:
            kept.addresses = found
        senders = [*kept.addresses, *await self._addresses(trunk.host, trunk.port, None)]
        for text in trunk.addresses:
            if _network(text) is None:
                senders += await self._addresses(text, None, None)
        if self._kept.get(trunk.id) is kept:
            self._place(kept, senders)
            for address in senders:
                self._trust(address)

    def _place(self, kept: Kept, senders: Sequence[str] = ()) -> None:
        texts = [kept.trunk.host, *kept.trunk.addresses, *(senders or kept.addresses)]
        networks = [network for text in dict.fromkeys(texts) if (network := _network(text)) is not None]
        self._door.sends_from(kept.trunk.id, networks if kept.trunk.enabled else ())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a trunk's names could not be looked up", exc_info=error)


def _failed(said: Said) -> dict[str, Any]:
    return {"failure": said.text, "failure_code": said.code, "failure_values": said.values}


def _registers(trunk: Trunk) -> bool:
    return trunk.enabled and trunk.kind is TrunkKind.REGISTRATION


def _account(trunk: Trunk) -> tuple[object, ...]:
    """What a registration is for: with another one, the former has to be removed."""
    return (*_way(trunk), trunk.username, trunk.from_domain)


def _way(trunk: Trunk) -> tuple[object, ...]:
    return trunk.host, trunk.port, trunk.transport, trunk.outbound_proxy


def _self(trunk: Trunk) -> NameAddr:
    return NameAddr("", dialect.address(trunk, None))


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return None
