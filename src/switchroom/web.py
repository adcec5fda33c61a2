"""The node's web side: the API and SIP over WebSocket, on HTTP and HTTPS. Imported last: it takes longest."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import uvicorn
from starlette.websockets import WebSocket

from switchroom import __version__, setup
from switchroom.api import HealthCheck, RunningSystem, Site, create_app
from switchroom.api.guest_ports import GuestSite
from switchroom.api.phone_ports import PhoneSite
from switchroom.api.ports import LiveProblem, LiveRegistration
from switchroom.api.public_side import PublicSide
from switchroom.api.running_calling import RunningCalling
from switchroom.api.running_phones import RunningPhones
from switchroom.calls.runner import Runner
from switchroom.certificates import CertificateFiles
from switchroom.connectors.desk import ActivityDesk
from switchroom.connectors.systems import Systems
from switchroom.happenings import Happenings
from switchroom.machine import ThisMachine
from switchroom.metrics import CONTENT_TYPE, Figures
from switchroom.options import Options
from switchroom.outbox import Cancellations, Post, VoicemailMail
from switchroom.outbox.webhooks import WebhookPost
from switchroom.outside_world import OutsideWorld
from switchroom.registrar.bindings import Binding
from switchroom.sip.flow import Address
from switchroom.sounds.convert import SoundMaker
from switchroom.store import Store
from switchroom.transports.driver import SipDriver
from switchroom.wiring import ProblemList, Registrations


class CheckLike(Protocol):
    """One part of the system, whether it works, and what to do if not."""

    @property
    def name(self) -> str: ...
    @property
    def works(self) -> bool: ...
    @property
    def advice(self) -> str: ...


@dataclass(frozen=True, slots=True)
class WebParts:
    """What of the node the web side shows and acts on."""

    store: Store
    runner: Runner
    driver: SipDriver
    figures: Figures
    problems: ProblemList
    happenings: Happenings
    desk: ActivityDesk
    registrations: Registrations
    kept_out: Callable[[], Container[str]]
    """Addresses that are refused now."""
    allow: Callable[[str], bool]
    configuration_applied: Callable[[], None]
    checks: Callable[[], Sequence[CheckLike]]
    outside: OutsideWorld
    certificate: CertificateFiles
    tls: ssl.SSLContext
    """Of every listener with TLS; a renewed certificate is loaded into it."""


class WebServer:
    """Listens on the ports of the options until `stop`."""

    def __init__(self, options: Options, parts: WebParts) -> None:
        self._options = options
        self._parts = parts
        self._running: list[tuple[uvicorn.Server, asyncio.Task[None]]] = []
        self._post: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[None] | None = None
        self._courier: asyncio.Task[None] | None = None
        self._systems: Systems | None = None

    def start(self, sockets: Mapping[int, list[socket.socket]]) -> None:
        """Serve on bound sockets, by port: HTTP, HTTPS, the console's own, as far as there are ports."""
        parts, options = self._parts, self._options
        systems = self._systems = Systems(parts.store, self._public_url)
        systems.connectors()  # what it needs is loaded now
        live = RunningSystem(
            parts.runner,
            registrations=self._registrations,
            drop_device=parts.registrations.drop_device,
            configuration_applied=self._applied,
            problems=self._problems,
            allow=parts.allow,
            health=self._health,
            configured=lambda wanted: wanted in parts.store.configuration.applied.conferences,
        )
        webhooks = WebhookPost(parts.store.webhooks, self._parts.problems.tell)
        self._telling = asyncio.create_task(webhooks.run(), name="webhooks")
        app = create_app(
            parts.store,
            live,
            version=__version__,
            metrics=lambda: (parts.figures.text(), CONTENT_TYPE),
            sip_websocket=self._sip_websocket,
            site=Site(
                ThisMachine(options),
                options.allowed_origins,
                openid=options.openid,
                acme_folder=options.acme_folder,
                phone=self._phone_site(),
                calling=RunningCalling(parts.runner),
                trunks=parts.outside,
                sounds=SoundMaker(),
                happenings=parts.happenings,
                webhooks=webhooks,
                desk=parts.desk,
                guests=GuestSite(_GuestCalls(parts.runner, parts.problems), self._public_url()),
                systems=systems,
            ),
        )
        cancellations, voicemail = Cancellations(parts.store, time.time), VoicemailMail(parts.store)

        async def write() -> None:
            await voicemail.look()
            await cancellations.look()

        post = Post(
            parts.store.mail,
            self._parts.problems.tell,
            write=write,
            sweep=parts.store.appointments.sweep,
        )
        self._post = asyncio.create_task(post.run(), name="mail")
        self._courier = asyncio.create_task(systems.courier.run(), name="connectors")
        public = PublicSide(app) if options.console_port else app
        self._serve(public, sockets[options.http_port])
        if options.https_port:
            self._serve(public, sockets[options.https_port], tls=True)
        if options.console_port:
            self._serve(app, sockets[options.console_port], tls=bool(options.https_port))

    def _phone_site(self) -> PhoneSite:
        """What phones in browsers are told, and what the API sees of phones."""
        registrar, options = self._parts.registrations.registrar, self._options

        def reachable() -> set[str]:
            return {binding.user_id for binding in registrar.reachable()}

        return PhoneSite(
            phones=RunningPhones(self._parts.runner, reachable),
            domain=setup.phone_address(options),
            stun_urls=options.stun_urls,
            turn_urls=options.turn_urls,
            turn_secret=options.turn_secret,
        )

    def _applied(self) -> None:
        """Another configuration is in force: calls follow it, and mail may have to tell of it."""
        self._parts.configuration_applied()
        self._parts.store.mail.wake()

    def _public_url(self) -> str:
        """Where guests are sent by default: a browser gives its microphone to https only."""
        options, address = self._options, setup.phone_address(self._options)
        host = f"[{address}]" if ":" in address else address
        if options.https_port:
            return f"https://{host}" if options.https_port == 443 else f"https://{host}:{options.https_port}"
        return f"http://{host}:{options.http_port}"

    async def stop(self) -> None:
        """Finish the requests that run, two seconds at most, and close."""
        for task in (self._post, self._telling):
            if task is not None:
                task.cancel()
        if self._courier is not None:
            self._courier.cancel()
        if self._systems is not None:
            await self._systems.close()
        for server, _ in self._running:
            server.should_exit = True
        await asyncio.gather(*(task for _, task in self._running), return_exceptions=True)

    def _serve(self, app: Any, sockets: list[socket.socket], *, tls: bool = False) -> None:
        files = self._parts.certificate
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            ws="websockets-sansio",
            ws_max_size=65536,
            timeout_graceful_shutdown=2,
            ssl_certfile=files.chain if tls else None,
            ssl_keyfile=files.key if tls else None,
        )
        if tls:
            config.load()
            config.ssl = self._parts.tls
        server = _Uvicorn(config)
        self._running.append((server, asyncio.create_task(server.serve(sockets))))

    async def _sip_websocket(self, websocket: WebSocket) -> None:
        """SIP over WebSocket (RFC 7118), on the same port as the API."""
        if "sip" not in websocket.scope["subprotocols"]:
            await websocket.close()
            return
        await websocket.accept(subprotocol="sip")
        server, client = websocket.scope["server"], websocket.scope["client"]
        secure = websocket.scope["scheme"] == "wss"
        await self._parts.driver.serve_websocket(websocket, Address(*server), Address(*client[:2]), secure)

    def _health(self) -> list[HealthCheck]:
        return [HealthCheck(check.name, check.works, check.advice) for check in self._parts.checks()]

    def _problems(self) -> list[LiveProblem]:
        kept_out = self._parts.kept_out()
        return [
            LiveProblem(
                kind=seen.problem.kind,
                subject=seen.problem.subject,
                text=seen.problem.text,
                time=seen.time,
                count=seen.count,
                can_allow=seen.problem.subject in kept_out,
                allow=seen.problem.allow,
                code=seen.problem.code,
                values=dict(seen.problem.values),
            )
            for seen in self._parts.problems.newest()
        ]

    def _registrations(self) -> list[LiveRegistration]:
        return [registration_view(binding) for binding in self._parts.registrations.registrar.reachable()]


def registration_view(binding: Binding) -> LiveRegistration:
    """A binding as the API shows it."""
    return LiveRegistration(
        id=binding.id,
        user_id=binding.user_id,
        username=binding.contact.user or "",
        device_id=binding.device_id,
        contact=str(binding.contact),
        transport=binding.flow.transport.value,
        remote=str(binding.flow.remote),
        user_agent=binding.user_agent,
        expires_at=binding.expires_at,
    )


@dataclass(frozen=True, slots=True)
class _GuestCalls:
    """`api.guest_ports.GuestCalls`."""

    runner: Runner
    problems: ProblemList

    def has_guest(self, visit: str) -> bool:
        return self.runner.has_guest(visit)

    def end_guest(self, visit: str) -> bool:
        return self.runner.end_guest(visit)

    def report(self, kind: str, subject: str, code: str, values: Mapping[str, str]) -> None:
        self.problems.tell(kind, subject, code, values)


class _Uvicorn(uvicorn.Server):
    """uvicorn in our loop: signals are ours."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
