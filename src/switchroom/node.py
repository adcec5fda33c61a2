"""The composition root: builds every part, plugs them together, starts and stops them in order."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import ipaddress
import itertools
import logging
import os
import random
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import uvloop

from switchroom import __version__, log, setup, upkeep
from switchroom.calls.admission import Admission
from switchroom.calls.arrivals import flow_ref
from switchroom.calls.ports import Ports
from switchroom.calls.runner import LoopClock, Runner, RunnerConfig
from switchroom.certificates import Renewal, server_context
from switchroom.connectors.own import open_desk
from switchroom.directory.addresses import LocalAddresses
from switchroom.happenings import Happenings
from switchroom.media.supervisor import Supervisor, WorkerNotStarted
from switchroom.media.types import Describe, Description, Result
from switchroom.metrics import Figures
from switchroom.options import Options, StartError, port_taken
from switchroom.outside_world import OutsideWorld
from switchroom.running import remove_server_file, write_server_file
from switchroom.sip.config import EndpointConfig
from switchroom.sip.digest import Nonces
from switchroom.sip.endpoint import Endpoint
from switchroom.sip.events import Event, MessageDropped
from switchroom.sip.flow import Transport
from switchroom.sounds.names import SpokenNames
from switchroom.sounds.prompts import Prompts, load_manifest
from switchroom.store import CallLog, Store, StoreError
from switchroom.store.boxes import VoicemailBoxes
from switchroom.store.minutes_log import MinutesLog
from switchroom.transports.descriptors import WANTED, raise_descriptor_limit
from switchroom.transports.dns import Resolver
from switchroom.transports.driver import Listener, SipDriver
from switchroom.transports.signalling import DriverSignalling
from switchroom.transports.tls import client_context
from switchroom.wiring import (
    AuditedTries,
    KeptSettings,
    MachineAddresses,
    ProblemList,
    Registrations,
    StoreDirectory,
)

logger = logging.getLogger("switchroom")

HOUSEKEEPING_SECONDS = 1.0
GARBAGE_THRESHOLD = 20_000
"""Objects made and kept before the youngest are looked at; a look at them takes well under 5 ms."""
SWITCH_SECONDS = 0.001
DESCRIBE_SECONDS = 5
NAMES_SECONDS = 3600
"""Between two looks at which names said at a conference's door are old."""
CERTIFICATE_SECONDS = 10
"""Between two looks at the certificate's files."""
AUTHORITY_SECONDS = 6 * 3600
"""Between two looks at whether the local authority's certificate nears its end."""
KEEP_ALIVE_SECONDS = 25
"""Between two datagrams to a phone behind an address translator; the shortest usual memory of one is 30 s."""


def run(options: Options) -> int:
    """Run a node until SIGTERM or SIGINT; the exit status of the process."""
    log.configure(options.log_level, options.log_format)
    try:
        uvloop.run(_serve(options))
    except (StartError, setup.SetupError, StoreError) as error:
        print(f"switchroom: {error}", file=sys.stderr)
        return 1
    return 0


async def _serve(options: Options) -> None:
    node = Node(options)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    loop.add_signal_handler(signal.SIGHUP, node.renew_certificate)
    stop = asyncio.create_task(stopping.wait())
    try:
        await node.start()
        opening = asyncio.create_task(node.open_web())
        await asyncio.wait({opening, stop}, return_when=asyncio.FIRST_COMPLETED)
        if opening.done():
            await opening
            print(node.banner(), flush=True)
            await stop
        logger.info("stopping: running calls have %d s", options.drain_seconds)
        # A second signal does not wait for them.
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, node.hurry)
        await node.drain()
    finally:
        await node.stop()


def interface_for(remote: str) -> str | None:
    """This machine's own address on the way to `remote`, by the routing table; None when there is no way."""
    family = socket.AF_INET6 if ":" in remote else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((remote, 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


class Node:
    """One machine's phone system. `start`, then `drain`, then `stop`."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.figures = Figures()
        self.problems = ProblemList()
        self.happenings = Happenings()
        self._stack = contextlib.AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []
        self._hurry = asyncio.Event()
        self._missed_ticks = 0

    async def start(self) -> None:
        """Open the store, start the worker, serve phones. Raises StartError, SetupError, StoreError."""
        options = self.options
        if not (options.data / "secret.key").exists():
            raise StartError(
                f"There is no system in {options.data}: `switchroom init --data {options.data}` makes one."
            )
        _, limit = raise_descriptor_limit()
        if limit < WANTED:
            logger.warning(
                "only %d files may be open: about %d legs (see switchroom doctor)", limit, limit // 3
            )
        self.certificate = setup.certificate_files(options)
        self.tls = server_context(self.certificate)
        self.renewal = Renewal(self.certificate, self.tls)
        self.store = await Store.open(options.database_url, options.key_file, recordings=options.recordings)
        self._stack.push_async_callback(self.store.close)
        self.clock = clock = LoopClock()
        upkeep.tell_messages(self.store, self.happenings)
        self.desk = open_desk(self.store, self.happenings)
        self._stack.push_async_callback(self.desk.close)
        self.store.webhooks.listen(self.happenings)
        await upkeep.close_calls(self.store, self.happenings, clock.now())
        self.alive = upkeep.SignOfLife(options.data / "alive")
        began = clock.now()
        self.returning = await upkeep.close_minutes(self.store, self.alive.last(began), began)
        self.alive.touch()
        self.registrations = Registrations(self.store, clock.now)
        restored = await self.registrations.restore()
        self._build(clock)
        self._prepare_recordings()
        await self._start_worker()
        self._sockets = web_sockets(options)
        await self._listen()
        await self.outside.start()
        self._stack.callback(self.outside.stop)
        self.runner.start(self.returning)
        self._stack.callback(self.runner.stop)
        self._spawn(self._housekeeping())
        self._spawn(self._renew_sounds())
        self._spawn(self._forget_old())
        self._spawn(upkeep.close_recordings(self.store, self.happenings, began))
        self._spawn(upkeep.note_calls(self.store, self.desk.note_again, began))
        self._spawn(upkeep.forget_recordings(self.store))
        self._spawn(upkeep.close_voicemails(self.store, began))
        self._spawn(self._renew_authority())
        self._spawn(self.figures.watch_loop())
        logger.info(
            "phones are served: revision %d, %d registrations kept",
            self.store.configuration.applied.revision,
            restored,
        )

    def _build(self, clock: LoopClock) -> None:
        """Make signalling and call control, and plug them together."""
        options, store = self.options, self.store
        advertised = (options.advertised_address,) if options.advertised_address else ()
        addresses = LocalAddresses(options.bind, advertised, options.local_networks, interface_for)
        self.addresses = MachineAddresses(addresses, options.bind, self._sip_port)
        self.endpoint = Endpoint(
            EndpointConfig(
                user_agent=f"Switchroom/{__version__}",
                address_for=self.addresses.signalling,
                flow_of=self.registrations.resolve,
                is_local=self._is_local(addresses),
            ),
            random.SystemRandom(),
        )
        resolver = Resolver(options.name_servers)
        self.driver = SipDriver(
            self.endpoint,
            self._on_sip_event,
            resolver,
            on_flow_closed=lambda flow: self.runner.flow_closed(
                [*self.registrations.flow_closed(flow), flow_ref(flow)]
            ),
            tls=client_context(),
        )
        self.supervisor = Supervisor(
            options.data / "media.sock",
            options.rtp_ports,
            on_event=lambda event: self.runner.on_media_event(event),
            on_lost=lambda: self.runner.worker_lost(),
            on_started=lambda hello: self.runner.worker_ready(hello),
            webrtc_port=options.webrtc_port,
        )
        self.prompts = Prompts(options.sounds, load_manifest(options.sounds))
        self.prompts.chosen = lambda own: store.hold_music.played(
            own, store.configuration.applied.settings.hold_music
        )
        directory = StoreDirectory(store)
        self.admission = Admission(
            directory,
            store.installation.realm,
            Nonces(store.installation.nonce_key),
            self._is_local(addresses),
            [ipaddress.ip_network(network) for network in options.trusted_networks],
        )
        self.outside = OutsideWorld(store, directory, self.admission, self.problems.report, clock.now)
        self.names = SpokenNames(options.data / "names")
        self.names.prepare()
        signalling = DriverSignalling(self.driver)
        self.runner = Runner(
            Ports(
                signalling=signalling,
                media=self.supervisor.client,
                directory=directory,
                registrations=self.registrations,
                registrar=self.registrations,
                records=CallLog(store, happenings=self.happenings),
                prompts=self.prompts,
                addresses=self.addresses,
                problems=self.problems,
                minutes=MinutesLog(store, self.happenings),
                names=self.names,
                tries=AuditedTries(store),
                personal=KeptSettings(store),
                boxes=VoicemailBoxes(store.voicemails, self.problems.tell),
            ),
            self.admission,
            RunnerConfig(domain=setup.phone_address(options)),
            clock,
            door=self.outside.door,
        )
        self.desk.known.named = self.runner.named
        self.desk.known.leaves_message = self.runner.leaves_message
        self.outside.attach(self.runner, signalling, resolver, self.driver.trust, self.driver.fault)
        store.voicemails.when_changed(self.runner.message_waiting.changed)
        self._watch_figures()

    def _is_local(self, addresses: LocalAddresses) -> Callable[[str], bool]:
        """Whether a host in a Request-URI is ours: our addresses and the names in `hosts`."""
        names = {"localhost", socket.gethostname().lower(), *self.options.hosts}

        def is_local(host: str) -> bool:
            return host.lower() in names or addresses.is_ours(host.strip("[]"))

        return is_local

    def _sip_port(self, transport: Transport) -> int:
        match transport:
            case Transport.UDP | Transport.TCP:
                return self.options.sip_port
            case Transport.TLS:
                return self.options.tls_port
            case Transport.WS:
                return self.options.http_port
            case Transport.WSS:
                return self.options.https_port

    def _prepare_recordings(self) -> None:
        """The folders of recordings and voicemail. Without them calls go on, and nothing can be recorded."""
        try:
            self.store.recordings.prepare()
            self.store.voicemails.prepare()
        except OSError as error:
            why = {"error": error.strerror or str(error)}
            self.problems.tell("recordings-folder", str(self.options.recordings), "", why)

    async def _start_worker(self) -> None:
        try:
            await self.supervisor.start()
        except WorkerNotStarted as error:
            raise StartError(f"The media worker did not start: {error}") from error
        self._stack.push_async_callback(self.supervisor.stop)

    async def _listen(self) -> None:
        self._stack.push_async_callback(self.driver.close)
        options = self.options
        for host in options.bind:
            listeners = [
                Listener(Transport.UDP, host, options.sip_port),
                Listener(Transport.TCP, host, options.sip_port),
            ]
            if options.tls_port:
                listeners.append(Listener(Transport.TLS, host, options.tls_port, self.tls))
            for listener in listeners:
                try:
                    await self.driver.listen(listener)
                except OSError as error:
                    what = listener.transport.value
                    raise StartError(port_taken(options, what, listener.port, error)) from error

    async def open_web(self) -> None:
        """Serve the API, and SIP over WebSocket. Its imports take longest, so phones are served before."""
        web = await asyncio.to_thread(importlib.import_module, "switchroom.web")
        parts = web.WebParts(
            store=self.store,
            runner=self.runner,
            driver=self.driver,
            figures=self.figures,
            problems=self.problems,
            happenings=self.happenings,
            desk=self.desk,
            registrations=self.registrations,
            kept_out=self.kept_out,
            allow=self.allow,
            configuration_applied=self._configuration_applied,
            checks=self.checks,
            outside=self.outside,
            certificate=self.certificate,
            tls=self.tls,
        )
        server = web.WebServer(self.options, parts)
        self._stack.push_async_callback(server.stop)
        server.start(self._sockets)
        write_server_file(self.options, self._api_url())
        self._stack.callback(remove_server_file, self.options.data)
        _settle_memory()
        logger.info("web: API and WebSocket are served")

    def _api_url(self) -> str:
        """Where programs of this machine reach the whole API."""
        options = self.options
        own = bool(options.console_port)
        host = (options.console if own else options.bind)[0]
        place = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
        if not own:
            return f"http://{place}:{options.http_port}"
        return f"{'https' if options.https_port else 'http'}://{place}:{options.console_port}"

    def renew_certificate(self) -> None:
        """Load the certificate's files if they were replaced (SIGHUP, or seen by housekeeping)."""
        try:
            if self.renewal.renew():
                logger.info("the certificate was renewed: new connections get the new one")
        except (OSError, ValueError) as error:
            logger.warning("the new certificate can not be used, the old one stays: %s", error)

    async def _renew_authority(self) -> None:
        """The local authority's certificate is made anew when it nears its end or an address was added."""
        while self.options.certificate is None:
            await asyncio.sleep(AUTHORITY_SECONDS)
            try:
                await asyncio.to_thread(setup.certificate_files, self.options)
            except (OSError, ValueError):
                logger.exception("the certificate can not be renewed")

    def _configuration_applied(self) -> None:
        self.registrations.keep_users(self.store.configuration.applied.users)
        self.outside.applied()
        self.runner.configuration_applied()

    def _described(self, results: Sequence[Result] | None) -> None:
        """What the worker said of itself: silence it could not help is a figure and a problem."""
        for found in results or ():
            if isinstance(found, Description):
                missed = found.missed_ticks - self._missed_ticks
                if missed > 0:
                    self.problems.tell("media-late", "media", "", {"missing": str(missed * 20)})
                self._missed_ticks = found.missed_ticks

    def _on_sip_event(self, event: Event) -> None:
        if isinstance(event, MessageDropped):
            source = event.flow.remote.host
            self.problems.tell("dropped", source, "", {"source": source, "reason": event.reason})
        if not self.outside.take(event):
            self.runner.on_sip_event(event)

    def kept_out(self) -> set[str]:
        """Addresses that are refused now: banned scanners, and those with too many wrong secrets."""
        banned = self.driver.guard.banned(time.monotonic())
        return {*banned, *self.admission.refused_sources(self.clock.now())}

    def allow(self, address: str) -> bool:
        """Let an address in again; False when it is not kept out."""
        known = address in self.kept_out()
        self.driver.guard.allow(address)
        self.admission.allow(address, self.clock.now())
        return known

    def checks(self) -> list[Check]:
        """What works and what does not, for the API and the console."""
        worker = self.supervisor.client.connected
        sounds = (self.options.sounds / "manifest.json").exists()
        return [
            Check("media worker", worker, "" if worker else "not running; it is started again by itself"),
            Check("prompts", sounds, "" if sounds else "not built: run `switchroom init`"),
        ]

    def _watch_figures(self) -> None:
        figures = self.figures
        status = self.runner.status
        figures.gauge("calls", "Calls now", lambda: {"": status().calls})
        figures.gauge("legs", "Legs now", lambda: {"": status().legs})
        figures.gauge("rooms", "Rooms in use", lambda: {"": status().rooms})
        figures.gauge("participants", "People in rooms", lambda: {"": status().participants})
        figures.counter("calls_started", "Calls since the start", lambda: {"": status().started})
        figures.counter("calls_refused_busy", "Calls refused for load", lambda: {"": status().refused_busy})
        figures.counter(
            "wrong_access_codes", "Wrong access codes of conferences", lambda: {"": self.runner.wrong_codes}
        )
        registrar = self.registrations.registrar
        figures.gauge("registrations", "Registered contacts", lambda: {"": len(registrar.reachable())})
        figures.gauge("sip_transactions", "SIP transactions alive", lambda: {"": self.endpoint.transactions})
        figures.gauge("sip_sessions", "SIP sessions alive", lambda: {"": self.endpoint.sessions})
        figures.counter(
            "media_restarts", "Restarts of the media worker", lambda: {"": self.supervisor.restarts}
        )
        figures.gauge("rows_waiting", "Rows not yet written", lambda: {"": self.store.queue.pending})
        figures.gauge("media_missed_ticks", "20 ms ticks the worker missed", lambda: {"": self._missed_ticks})
        figures.counter("problems", "Problems by kind", lambda: self.problems.counts, label="kind")
        lines = self.runner.lines
        figures.counter(
            "calls_outside_refused", "Calls outside refused, by reason", lambda: lines.denials, label="reason"
        )
        figures.gauge("trunks_working", "Trunks that work", lambda: {"": self.outside.keeper.working})

    async def _renew_sounds(self) -> None:
        """Make prompts that are missing or older than the catalogue, in a process of their own."""
        country = self.store.configuration.applied.settings.country
        command = [sys.executable, "-m", "switchroom.sounds.build", str(self.options.sounds), country]
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: os.nice(10),
        )
        try:
            if await process.wait():
                logger.warning("the prompts could not be renewed; those that are there are used")
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)  # and the processes of its pool
        self.prompts.renew(load_manifest(self.options.sounds))

    async def _forget_old(self) -> None:
        """Once an hour: call records and audit entries past their time go."""
        while self.options.keep_days:
            before = time.time() - self.options.keep_days * 86400
            try:
                gone = await self.store.records.delete_before(before)
                await self.store.audit.delete_before(before)
                await self.store.minutes.delete_before(before)
                await self.store.call_notes.delete_before(before)
                if gone:
                    logger.info("%d call records older than %d days deleted", gone, self.options.keep_days)
            except StoreError as error:
                logger.error("old records could not be deleted: %s", error)
            await asyncio.sleep(3600)

    async def _housekeeping(self) -> None:
        for second in itertools.count(1):
            await asyncio.sleep(HOUSEKEEPING_SECONDS)
            try:
                self.registrations.expire()
                self.outside.tick()
                if self.runner.status().rooms:
                    self.alive.touch()
                if second % NAMES_SECONDS == 0:
                    self.names.prepare()
                if second % DESCRIBE_SECONDS == 0:
                    self.supervisor.client.ask((Describe(),), self._described)
                if second % CERTIFICATE_SECONDS == 0:
                    self.renew_certificate()
                if second % KEEP_ALIVE_SECONDS == 0:
                    for flow in self.registrations.nat_flows():
                        self.driver.keep_open(flow)
                if await self.store.refresh():
                    self._configuration_applied()
                for device_id in self.store.browsers.take_gone():
                    self.registrations.drop_device(device_id)
            except Exception:
                logger.exception("housekeeping failed")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(work))

    def hurry(self) -> None:
        """Stop without waiting for calls."""
        self._hurry.set()

    async def drain(self) -> None:
        """Refuse new calls with 503, give running ones time, then end them with BYE."""
        draining = asyncio.create_task(self.runner.drain(self.options.drain_seconds))
        hurried = asyncio.create_task(self._hurry.wait())
        await asyncio.wait({draining, hurried}, return_when=asyncio.FIRST_COMPLETED)
        hurried.cancel()
        if not draining.done():
            draining.cancel()
            await self.runner.drain(0)

    async def stop(self) -> None:
        """Stop everything that was started, the last first."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stack.aclose()

    def banner(self) -> str:
        """What a person is told when the system is ready."""
        options = self.options
        address = setup.phone_address(options)
        host = f"[{address}]" if ":" in address else address
        authority = options.data / "tls" / "authority.pem"
        reset = f"{setup.command()} user reset-secret 201 --data {options.data}"
        lines = [
            "",
            f"Switchroom {__version__} is ready.",
            f"  Web:     http://{host}:{options.http_port}/   (API: /api/docs)",
        ]
        if options.https_port:
            lines.append(f"           https://{host}:{options.https_port}/   (trust {authority} for it)")
            lines.append("           A browser gives its microphone to https, or to http://localhost, only.")
        if options.console_port:
            lines.append(f"  Console: {self._api_url()}/   (nothing but the phone is served on the others)")
        lines += [
            f"  Phones:  server {address}, port {options.sip_port} UDP or TCP, {options.tls_port} TLS;",
            "           user name = extension (201 to 206 in the demonstration), password = its secret.",
            f"  A secret is shown once; a new one: {reset}",
            "  Stop with Ctrl+C: running calls are given time to end.",
            "",
        ]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Check:
    """One part of the system, whether it works, and what to do if not."""

    name: str
    works: bool
    advice: str


def web_sockets(options: Options) -> dict[int, list[socket.socket]]:
    """Sockets bound to the ports of HTTP, HTTPS and the console, by port. Raises StartError."""
    found: dict[int, list[socket.socket]] = {}
    wanted = (
        ("HTTP", options.http_port, options.bind),
        ("HTTPS", options.https_port, options.bind),
        ("console", options.console_port, options.console),
    )
    for what, port, hosts in wanted:
        for host in hosts if port else ():
            bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if bound.family == socket.AF_INET6:
                bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                bound.bind((host, port))
            except OSError as error:
                bound.close()
                raise StartError(port_taken(options, what, port, error)) from error
            found.setdefault(port, []).append(bound)
    return found


def _settle_memory() -> None:
    """Take what the start made out of garbage collection, and collect seldom: calls leave no cycles.

    Threads (snapshots, password hashes) give the interpreter back sooner than by default.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD, 50, 50)
