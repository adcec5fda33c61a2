"""The plugs between the parts: each class implements a port of `calls` or `api` on top of another package."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from switchroom.calls import ports
from switchroom.calls.problem_words import worded
from switchroom.calls.values import GuestPass, Party, Place, Problem
from switchroom.directory.addresses import LocalAddresses, plain_ip
from switchroom.directory.model import ConferenceId, DeviceId, Snapshot, UserId
from switchroom.directory.personal import Personal
from switchroom.registrar.bindings import Binding, to_document
from switchroom.registrar.registrar import Refused, Registrar
from switchroom.registrar.requests import read_registration
from switchroom.sip.digest import Algorithm
from switchroom.sip.errors import RemoteProtocolError
from switchroom.sip.flow import Address, BindingRef, Flow, Hop, Transport
from switchroom.sip.message import Request
from switchroom.store import Store, StoredBinding, StoreError, StoreUnavailable

log = logging.getLogger(__name__)

MAX_PROBLEMS = 200
ELSEWHERE = ("198.51.100.1", "2001:db8::1")
"""Addresses that are never near: the way to them is the way to the Internet (RFC 5737, RFC 3849)."""


class StoreDirectory:
    """`calls.ports.Directory`: the applied snapshot and the credentials, both in memory."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def current(self) -> Snapshot:
        return self._store.configuration.applied

    def credential(self, username: str) -> ports.Credential | None:
        found = self._store.devices.credential(username) or self._store.browsers.credential(username)
        if found is None:
            return self._guest(username)
        ha1s = {Algorithm.MD5: found.hashes.md5, Algorithm.SHA256: found.hashes.sha256}
        return ports.Credential(found.user_id, found.device_id, found.username, ha1s)

    def _guest(self, username: str) -> ports.Credential | None:
        found = self._store.guests.credential(username)
        if found is None:
            return None
        visit = found.visit
        guest = GuestPass(
            conference_id=visit.conference_id,
            link_id=visit.link_id,
            pass_id=visit.id,
            name=visit.name,
            skip_code=visit.skip_code,
            lobby=visit.lobby,
            administrator=visit.administrator,
            language=visit.language,
        )
        ha1s = {Algorithm.MD5: found.hashes.md5, Algorithm.SHA256: found.hashes.sha256}
        return ports.Credential(UserId(""), None, username, ha1s, guest=guest)


class Registrations:
    """`calls.ports.Registrar` and `Registrations`: the pure registrar, kept behind in the store."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self.registrar = Registrar(lambda: secrets.token_hex(8))
        self._store = store
        self._now = now

    async def restore(self) -> int:
        """Take the bindings of an earlier run; returns how many."""
        rows = await self._store.bindings.load(self._now())
        return self.registrar.restore((row.document for row in rows), self._now())

    async def register(
        self, request: Request, flow: Flow, credential: ports.Credential
    ) -> ports.RegistrarReply:
        assert credential.device_id is not None
        try:
            wanted = read_registration(request, credential.user_id, credential.device_id, flow)
        except RemoteProtocolError as error:
            return ports.RegistrarReply(error.status, error.reason)
        outcome = self.registrar.register(wanted, self._now())
        if isinstance(outcome, Refused):
            return ports.RegistrarReply(outcome.status, outcome.reason, outcome.headers)
        if outcome.changed:
            self.write()
            try:
                await self._store.settled()
            except StoreUnavailable:
                log.error("a registration could not be kept")
                return ports.RegistrarReply(500, "Registration not kept", (("Retry-After", "10"),))
        contacts = tuple(("Contact", contact) for contact in outcome.contacts)
        return ports.RegistrarReply(200, None, (*contacts, *outcome.headers))

    def lookup(self, user_id: UserId) -> Sequence[ports.Registered]:
        return [
            ports.Registered(
                ref=BindingRef(binding.id),
                uri=str(binding.contact),
                remote_ip=binding.flow.remote.host,
                path=binding.path,
                secure=binding.flow.transport.secure,
                device_id=binding.device_id,
                browser=binding.flow.transport in (Transport.WS, Transport.WSS),
                connection=binding.flow.connection,
            )
            for binding in self.registrar.lookup(user_id, self._now())
        ]

    def resolve(self, ref: BindingRef) -> Flow | Hop | None:
        """`EndpointConfig.flow_of`."""
        return self.registrar.resolve(ref)

    def drop_device(self, device_id: str) -> None:
        """A secret was changed or revoked: what was registered with it is gone."""
        self.registrar.remove_device(DeviceId(device_id))
        self.write()

    def keep_users(self, users: Container[UserId]) -> None:
        """Another configuration is in force: bindings of users that are not in it go."""
        for user_id in {binding.user_id for binding in self.registrar.all()}:
            if user_id not in users:
                self.registrar.remove_user(user_id)
        self.write()

    def nat_flows(self) -> list[Flow]:
        """UDP flows that have to be kept open by a datagram now and then."""
        return self.registrar.nat_flows(self._now())

    def flow_closed(self, flow: Flow) -> list[BindingRef]:
        """A connection is gone: what was registered by it, which can not be rung until it comes back."""
        return [BindingRef(binding.id) for binding in self.registrar.flow_closed(flow)]

    def expire(self) -> None:
        """Forget what ran out; once a second."""
        self.registrar.expire(self._now())
        self.write()

    def write(self) -> None:
        """Queue what changed for the store."""
        for binding_id, binding in self.registrar.take_dirty():
            if binding is None:
                self._store.bindings.delete(binding_id)
            else:
                self._store.bindings.put(_stored(binding))


def _stored(binding: Binding) -> StoredBinding:
    return StoredBinding(binding.id, binding.user_id, binding.expires_at, to_document(binding))


class MachineAddresses:
    """Which of our addresses a peer is told: for `calls.ports.Addresses` and for Via and Contact."""

    def __init__(
        self, addresses: LocalAddresses, bind: Sequence[str], sip_ports: Callable[[Transport], int]
    ) -> None:
        self._addresses = addresses
        self._bind = bind
        self._sip_ports = sip_ports
        self._candidates = lru_cache(4096)(self._choose)

    def media(self, remote_ip: str) -> Place:
        return Place(
            advertised=self._addresses.for_remote(remote_ip),
            bind=self._bound(remote_ip),
            signalling_ip=remote_ip,
        )

    def candidates(self, remote_ip: str) -> tuple[str, ...]:
        """Our addresses for a browser: the one `media` tells, then that of the other family, if we have one.

        A browser on this machine has no loopback address to send from: it is told those of the interfaces.
        """
        return self._candidates(remote_ip)

    def _choose(self, remote_ip: str) -> tuple[str, ...]:
        found = [self._addresses.for_remote(remote_ip)]
        near = plain_ip(remote_ip)
        for elsewhere in ELSEWHERE:
            own = self._addresses.own_for(elsewhere)
            if own is not None and near.is_loopback:
                found.append(own)
            elif own is not None and plain_ip(elsewhere).version != near.version:
                found.append(self._addresses.for_remote(elsewhere))
        return tuple(dict.fromkeys(found))

    def _bound(self, remote_ip: str) -> str:
        """The address media is bound to: the configured one that serves the remote, else every one."""
        own, v6 = self._addresses.own_for(remote_ip), ":" in remote_ip
        if own is not None and own in self._bind:
            return own
        same = [address for address in self._bind if (":" in address) is v6]
        return same[0] if same else "::" if v6 else "0.0.0.0"

    def signalling(self, transport: Transport, remote_ip: str) -> Address:
        """`EndpointConfig.address_for`."""
        return Address(self._addresses.for_remote(remote_ip), self._sip_ports(transport))


@dataclass(frozen=True, slots=True)
class SeenProblem:
    """A problem and when it was last seen."""

    problem: Problem
    time: float
    count: int


class ProblemList:
    """`calls.ports.Problems`: the last problems, each once, counted by kind, and in the log."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._seen: dict[tuple[str, str], SeenProblem] = {}
        self.counts: dict[str, float] = {}

    def report(self, problem: Problem) -> None:
        key = (problem.kind, problem.subject)
        before = self._seen.pop(key, None)
        self._seen[key] = SeenProblem(problem, self._now(), 1 + (before.count if before else 0))
        self.counts[problem.kind] = self.counts.get(problem.kind, 0) + 1
        while len(self._seen) > MAX_PROBLEMS:
            del self._seen[next(iter(self._seen))]
        if before is None:
            log.warning("problem kind=%s subject=%s: %s", problem.kind, problem.subject, problem.text)

    def tell(self, kind: str, subject: str, code: str, values: Mapping[str, str]) -> None:
        """The same, for those who know no `Problem`: `problem_words.worded`."""
        self.report(worded(kind, subject, code, values))

    def newest(self) -> list[SeenProblem]:
        """All that is remembered, the newest first."""
        return list(reversed(self._seen.values()))


class KeptSettings:
    """`calls.ports.PersonalSettings`: those of the store, kept in the name of whose they are."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tasks: set[asyncio.Task[None]] = set()

    def of(self, user_id: UserId) -> Personal:
        return self._store.personal.of(user_id)

    def keep(self, user_id: UserId, settings: Personal, told: Callable[[bool], None]) -> None:
        task = asyncio.get_running_loop().create_task(self._keep(user_id, settings, told))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep(self, user_id: UserId, settings: Personal, told: Callable[[bool], None]) -> None:
        user = self._store.configuration.applied.users.get(user_id)
        try:
            await self._store.personal.set(user_id, settings, user.extension if user is not None else user_id)
        except (StoreError, OSError):
            log.exception("the settings of a user could not be kept")
            told(False)
        else:
            told(True)


class AuditedTries:
    """`calls.ports.Tries`: every wrong access code stands in the audit; how many there can be is budgeted."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tasks: set[asyncio.Task[None]] = set()

    def wrong_code(self, conference: ConferenceId | None, caller: Party) -> None:
        task = asyncio.get_running_loop().create_task(self._note(conference, caller))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _note(self, conference: ConferenceId | None, caller: Party) -> None:
        action, subject = "wrong code", f"conferences/{conference}"
        if conference is None:
            action, subject = "wrong conference id", "conference_server/server"
        who = caller.extension or ("guest" if caller.guest is not None else "unknown")
        try:
            await self._store.audit.note(who, action, subject, caller.name)
        except (StoreError, OSError):
            log.exception("a wrong code could not be noted")
