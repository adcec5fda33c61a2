"""Builds the web application: routes, guards, errors, and the place where SIP over WebSocket comes in."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from switchroom.api import (
    account,
    activities,
    appointments,
    audit,
    call_merging,
    call_notes,
    call_permits,
    call_records,
    call_transfers,
    chatter,
    click_to_call,
    conference_server,
    conferences,
    configuration,
    connectors,
    contacts,
    customer_records,
    devices,
    extensions,
    forwardings,
    groups,
    guest_links,
    hold_music,
    join,
    live,
    live_socket,
    logins,
    mail,
    mailboxes,
    meetings,
    numbers,
    openid,
    pages,
    phone,
    phone_activities,
    phone_people,
    phone_tabs,
    provisioning,
    recent,
    recordings,
    ring_groups,
    room_invitations,
    room_socket,
    rooms,
    sign_in,
    sites,
    stages,
    system,
    trunks,
    users,
    voicemails,
    webhooks,
)
from switchroom.api.calling_ports import Calling, NobodyToCall
from switchroom.api.context import Context
from switchroom.api.description import to_openapi_3_0
from switchroom.api.errors import add_handlers
from switchroom.api.guest_ports import GuestSite
from switchroom.api.limits import Guard
from switchroom.api.live_hub import LiveHub
from switchroom.api.openid_client import OpenIdClient
from switchroom.api.phone_desk import PhoneDesk
from switchroom.api.phone_ports import PhoneSite
from switchroom.api.ports import Live, Machine, NoMachine
from switchroom.api.room_hub import RoomHub
from switchroom.api.sound_ports import NoSoundMaker, SoundMaker
from switchroom.api.trunk_ports import NoTrunksAtWork, TrunksAtWork
from switchroom.api.web_app import BUILT, WebFiles, add_web_app
from switchroom.connectors.desk import ActivityDesk
from switchroom.connectors.own import open_desk
from switchroom.connectors.systems import Systems
from switchroom.happenings import Happenings
from switchroom.openid_settings import Provider
from switchroom.outbox.webhooks import WebhookPost
from switchroom.store import Store

_MODULES = (
    sign_in,
    sites,
    openid,
    account,
    users,
    logins,
    devices,
    conferences,
    conference_server,
    extensions,
    forwardings,
    groups,
    guest_links,
    join,
    appointments,
    mail,
    mailboxes,
    configuration,
    live,
    live_socket,
    room_invitations,
    rooms,
    room_socket,
    call_records,
    audit,
    system,
    trunks,
    webhooks,
    call_permits,
    voicemails,
    hold_music,
    provisioning,
    phone,
    phone_people,
    phone_tabs,
    recent,
    phone_activities,
    call_notes,
    call_merging,
    call_transfers,
    click_to_call,
    meetings,
    numbers,
    recordings,
    ring_groups,
    contacts,
    stages,
    customer_records,
    chatter,
    activities,
    connectors,
    pages,
)
_ROUTES = [route for module in _MODULES for route in module.router.routes]
"""Of the code, so the same for every application of this process. Not by `include_router`, which would
make each of them a second time."""
_described: dict[str, Any] = {}
"""The API's description, as much of the code."""
_describing = threading.Lock()
SipWebSocket = Callable[[WebSocket], Awaitable[None]]
_DESCRIPTION = """The API of Switchroom, a self-hosted business phone system.

Sign in with `POST /api/login`, then send `Authorization: Bearer <token>`. Edits of users, conferences and
settings go to a draft; `POST /api/configuration/apply` puts it into production as one revision. Secrets and
revocations act at once. A refusal is `{error_id, field, message, problems}`.
"""


@dataclass(frozen=True, slots=True)
class Site:
    """What the web side is told about its place: the machine, who else may ask, where files lie."""

    machine: Machine = field(default_factory=NoMachine)
    allowed_origins: tuple[str, ...] = ()
    """Origins of other sites whose pages may use the API with a bearer token (no cookies)."""
    web_folder: Path = BUILT
    acme_folder: Path | None = None
    openid: tuple[Provider, ...] = ()
    """Providers that people may sign in with."""
    phone: PhoneSite = field(default_factory=PhoneSite)
    calling: Calling = field(default_factory=NobodyToCall)
    guests: GuestSite = field(default_factory=GuestSite)
    trunks: TrunksAtWork = field(default_factory=NoTrunksAtWork)
    sounds: SoundMaker = field(default_factory=NoSoundMaker)
    happenings: Happenings = field(default_factory=Happenings)
    webhooks: WebhookPost | None = None
    """Who tells webhooks; None: nobody does, but for tests."""
    desk: ActivityDesk | None = None
    """Where calls meet records; None: one of its own."""
    systems: Systems | None = None
    """Other systems of customer records; None: made of the store's settings."""


def prometheus() -> tuple[bytes, str]:
    """The process's metrics and their content type."""
    return generate_latest(), CONTENT_TYPE_LATEST


def create_app(
    store: Store | None,
    live_system: Live,
    *,
    version: str,
    metrics: Callable[[], tuple[bytes, str]] = prometheus,
    sip_websocket: SipWebSocket | None = None,
    site: Site | None = None,
) -> FastAPI:
    """The application, with the web app in front of it.

    `sip_websocket` gets every WebSocket of `/sip` before it is accepted (RFC 7118: subprotocol `sip`).
    Without a store the app can only describe itself.
    """
    app = FastAPI(
        title="Switchroom",
        version="1",
        description=_DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    site = site or Site()
    if store is not None:
        app.state.context = Context(
            store,
            live_system,
            version,
            metrics,
            machine=site.machine,
            allowed_origins=site.allowed_origins,
            openid=tuple(OpenIdClient(provider) for provider in site.openid),
            happenings=site.happenings,
        )
        app.state.live_hub = LiveHub(live_system, store)
        app.state.room_hub = RoomHub(app.state.context)
        app.state.phone_desk = PhoneDesk(site.phone)
        app.state.invitation_desk = room_invitations.InvitationDesk(site.calling)
        app.state.merging = site.calling
        app.state.trunks = site.trunks
        app.state.transferring = site.calling
        app.state.clicking = site.calling
        app.state.sound_maker = site.sounds
        post = site.webhooks or WebhookPost(store.webhooks, lambda *problem: None)
        app.state.webhook_desk = webhooks.WebhookDesk(post)
        app.state.join_desk = join.JoinDesk(site.guests)
        app.state.tab_hub = phone_tabs.TabHub(site.phone.phones, lambda: store.configuration.applied)
        voicemails.tell_pages(store, app.state.tab_hub)
        app.state.activity_desk = site.desk or open_desk(store, site.happenings)
        app.state.activity_desk.tell = app.state.tab_hub.changed
        app.state.connector_desk = connectors.ConnectorDesk(site.systems or Systems(store))
        app.state.activity_desk.others = app.state.connector_desk.systems
        app.state.connector_desk.systems.courier.when_written(app.state.activity_desk.written)
    app.router.routes.extend(_ROUTES)
    add_web_app(app, WebFiles(site.web_folder), site.acme_folder)
    if sip_websocket is not None:
        app.router.routes.append(WebSocketRoute("/sip", sip_websocket, name="sip"))
    add_handlers(app)
    app.add_middleware(Guard)
    if store is not None:
        app.add_middleware(sites.SiteCors, allows=app.state.context.allows_origin)
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        with _describing:
            if not _described:
                _described.update(to_openapi_3_0(describe()))
            return _described

    app.openapi = openapi  # type: ignore[method-assign]
    # Now, since the loop has no tenths of a second to spare once calls run: what the first request imports.
    with suppress(ImportError):
        import_module("anyio._backends._asyncio")
    return app
