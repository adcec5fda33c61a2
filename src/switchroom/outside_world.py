"""Plugs the outside world in: trunks, their passwords, what is spent, who is told. Part of the node."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from switchroom.calls import dialect
from switchroom.calls.admission import Admission
from switchroom.calls.lines import Lines
from switchroom.calls.permission import Denied
from switchroom.calls.runner import Runner
from switchroom.calls.spending import HOUR, KEPT_HOURS, HourUsed
from switchroom.calls.trunk_admission import TrunkDoor
from switchroom.calls.values import Party, Problem
from switchroom.directory import TrunkId
from switchroom.directory.outside import Trunk
from switchroom.outbox.emergency import emergency_mail
from switchroom.sip.digest import ClientCredentials
from switchroom.sip.events import Event
from switchroom.store import Store, StoreError
from switchroom.store.usage import UsedHour
from switchroom.transports.dns import Resolver
from switchroom.transports.signalling import DriverSignalling
from switchroom.trunks import TestStep, Trials, TrunkKeeper, TrunkState
from switchroom.wiring import ELSEWHERE, StoreDirectory

log = logging.getLogger(__name__)

COUNT_SECONDS = 10
"""Between two looks at what running calls have spent: what a crash may forget of them."""
NAMES_SECONDS = 10
"""Between two looks at whether the contacts changed."""


class OutsideWorld:
    """Implements `calls.lines.Provision`. Make it with the runner's door, then `attach` the runner."""

    def __init__(
        self,
        store: Store,
        directory: StoreDirectory,
        admission: Admission,
        report: Callable[[Problem], None],
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._directory = directory
        self._report = report
        self._clock = clock
        nonce_key = store.installation.nonce_key
        self._key = hmac.digest(nonce_key, b"trunk contacts", hashlib.sha256)
        self._tokens: dict[TrunkId, str] = {}
        self._names: dict[str, str] = {}
        self._names_mark: object = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._seconds = 0
        self.door = TrunkDoor(
            self.token,
            directory.credential,
            self.credentials,
            lambda request, flow, account: admission.prove(request, flow, account, clock()),
        )

    def attach(
        self,
        runner: Runner,
        signalling: DriverSignalling,
        resolver: Resolver,
        trust: Callable[[str], None] = lambda address: None,
        fault: Callable[[str], str] = lambda address: "",
    ) -> None:
        """Give the runner's lines what they need, and keep the trunks."""
        self.lines: Lines = runner.lines
        self.lines.provision = self
        self.keeper = TrunkKeeper(
            self._directory.current,
            self.lines,
            self.door,
            signalling,
            resolver.resolve,
            self._report,
            self._clock,
            trust,
            fault,
        )
        self.trials = Trials(self.keeper, self.lines, self._directory.current)
        self._store.trunk_secrets.when_changed(self.keeper.secret_changed)

    async def start(self) -> None:
        """Take back what was spent before, and register with the providers."""
        now = self._clock()
        since = int(now // HOUR) - KEPT_HOURS
        hours = await self._store.usage.hours(since)
        rows = [HourUsed(one.subject, one.hour, one.calls, one.seconds) for one in hours]
        self.lines.spending.restore(rows, await self._store.usage.countries())
        await self._learn_names()
        self.keeper.apply()

    def applied(self) -> None:
        """Another configuration is in force."""
        self.keeper.apply()

    def take(self, event: Event) -> bool:
        """Take an event of the endpoint; False when it is not about a trunk."""
        return self.trials.take(event) or self.keeper.take(event)

    def tick(self) -> None:
        """Once a second."""
        self._seconds += 1
        self.keeper.tick()
        if self._seconds % COUNT_SECONDS == 0:
            self.lines.spending.count(self._clock())
        self.write()
        if self._seconds % NAMES_SECONDS == 0:
            self._spawn(self._learn_names())
        if self._seconds % int(HOUR) == 0:
            self.lines.spending.forget_old(self._clock())
            self._spawn(self._store.usage.forget_before(int(self._clock() // HOUR) - 2 * KEPT_HOURS))

    def write(self) -> None:
        """Queue what was spent since the last time."""
        rows = self.lines.spending.take_dirty()
        if rows:
            self._store.usage.put(UsedHour(one.subject, one.hour, one.calls, one.seconds) for one in rows)

    def stop(self) -> None:
        """The system stops: providers are told, what was spent is written."""
        self.keeper.stop()
        self.lines.spending.count(self._clock())
        self.write()

    # --- what the lines need ----------------------------------------------------------------------------

    def secret(self, trunk: TrunkId) -> str | None:
        """A trunk's password."""
        return self._store.trunk_secrets.of(trunk)

    def credentials(self, trunk: TrunkId) -> ClientCredentials | None:
        """A trunk's account: we prove ourselves by it, and so may a provider that calls."""
        return self.lines.credentials(trunk)

    def token(self, trunk: TrunkId) -> str:
        """The user part of our Contact at a trunk."""
        found = self._tokens.get(trunk)
        if found is None:
            found = self._tokens[trunk] = dialect.contact_token(self._key, trunk)
        return found

    def address(self, trunk: Trunk) -> str:
        """An address that a trunk's host leads to."""
        return self.keeper.address(trunk.id) or ELSEWHERE[0]

    def name(self, e164: str) -> str:
        """Whose number it is, by the contacts."""
        return self._names.get(e164, "")

    def denied(self, caller: Party, denied: Denied) -> None:
        """A call was refused: it stands in the audit."""
        who = caller.extension or "unknown"
        self._spawn(
            self._store.audit.note(who, "call outside refused", denied.reason.value, denied.problem.text)
        )

    def emergency(self, caller: Party, number: str, shown: str | None) -> None:
        """Somebody calls for help: it stands in the audit, and who is to know gets a mail."""
        self._spawn(self._tell_of_emergency(caller, number, shown, self._clock()))

    async def _tell_of_emergency(self, caller: Party, number: str, shown: str | None, now: float) -> None:
        who = f"{caller.name} ({caller.extension})" if caller.name else caller.extension
        await self._store.audit.note(
            caller.extension, "emergency call", number, f"{who}, {shown}" if shown else who
        )
        settings = self._directory.current().settings
        server = await self._store.mail.server()
        if not settings.emergency_notice or not server.ready:
            return
        await self._store.mail.post(
            [
                emergency_mail(
                    server, settings.name, to, settings.language, who, number, shown, now, settings.time_zone
                )
                for to in settings.emergency_notice
            ]
        )

    async def _learn_names(self) -> None:
        found = await self._store.contacts.names(self._names_mark)
        if found is not None:
            self._names, self._names_mark = found

    # --- what the console asks (`api.trunk_ports.TrunksAtWork`) -----------------------------------------

    def states(self) -> list[TrunkState]:
        """How each trunk is doing."""
        return self.keeper.states()

    async def test(self, trunk_id: str, number: str | None) -> list[TestStep] | None:
        """Try a trunk out; None: it is not in the applied configuration."""
        return await self.trials.run(TrunkId(trunk_id), number, self._clock())

    async def allow(self, key: str, who: str) -> bool:
        """What the button beside a problem does at once; False for what it can not (`rights/...`)."""
        kind, _, rest = key.partition("/")
        if kind == "country" and rest:
            await self._store.usage.allow_country(rest, who)
            self.lines.spending.allow_country(rest)
            return True
        if kind == "usage" and rest:
            if not self.lines.spending.forgive(rest):
                return False
            self.write()
            await self._store.audit.note(who, "usage forgiven", rest)
            return True
        return False

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, StoreError | OSError):
            log.error("something about a call outside could not be kept: %s", error)
        elif error is not None:
            log.error("something about a call outside went wrong", exc_info=error)
