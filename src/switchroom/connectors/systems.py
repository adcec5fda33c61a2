"""The other systems as they are set up now, and the courier that writes into them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from importlib import import_module
from urllib.parse import quote

from switchroom.connectors.courier import Courier
from switchroom.connectors.odoo import OdooConnector
from switchroom.connectors.odoo_wire import Account, OdooWire
from switchroom.connectors.outward import Outward
from switchroom.crm.connector import Act, Connector
from switchroom.directory import UserId
from switchroom.store import Store
from switchroom.store.connectors import ConnectorSettings
from switchroom.store.errors import NotFound


class Systems:
    """`connectors.others.Others` over the store's settings. `site_url`: where browsers reach this system;
    `outward`: asks others, trusting these certificates too."""

    def __init__(
        self,
        store: Store,
        site_url: Callable[[], str] = lambda: "",
        outward: Callable[[str], Outward] = lambda ca: Outward(ca=ca),
    ) -> None:
        self._store = store
        self._site_url = site_url
        self._outward = outward
        self._made: dict[str, tuple[ConnectorSettings, OdooConnector]] = {}
        self._replaced: list[OdooConnector] = []
        self.courier = Courier(store.connectors.acts, self.of)

    def connectors(self) -> Sequence[Connector]:
        """Those that are switched on now."""
        found = [self.of(settings.id) for settings in self._store.connectors.all()]
        return [connector for connector in found if connector is not None]

    def of(self, connector_id: str) -> OdooConnector | None:
        """The connector of an id; None: there is none, or it is switched off."""
        try:
            settings = self._store.connectors.get(connector_id)
        except NotFound:
            self._made.pop(connector_id, None)
            return None
        if not settings.enabled:
            return None
        made = self._made.get(connector_id)
        if made is None or made[0] != settings:
            self._replaced += [made[1]] if made is not None else []
            made = self._made[connector_id] = (settings, self.make(settings))
            self.courier.settings_changed(connector_id)
        return made[1]

    async def prepare(self) -> None:
        """Load what takes a while to load, not in the middle of calls; close what other settings replaced."""
        await asyncio.to_thread(import_module, "httpx")
        while self._replaced:
            await self._replaced.pop().wire.close()

    async def close(self) -> None:
        """Close the connections."""
        for connector in [*self._replaced, *(made for _, made in self._made.values())]:
            await connector.wire.close()

    def make(self, settings: ConnectorSettings) -> OdooConnector:
        """A connector of these settings. Raises ValueError: its certificates are none."""
        wire = OdooWire(self._outward(settings.ca), settings.url, settings.database)
        people = _People(self._store, settings.id, self._site_url)
        return OdooConnector(settings.id, settings.name, settings.url, wire, people)

    async def act(self, source: str, who: UserId, act: Act, key: str) -> bool:
        """Do it, in this person's name: True. False: it is kept, and will be done once, later.

        Raises `ConnectorFault` for what will never work.
        """
        return await self.courier.give(source, who, act, key)

    async def kept(self, source: str, who: UserId) -> Sequence[Act]:
        """What of this person is kept for it, in order."""
        return [stored.act for stored in await self._store.connectors.acts.waiting(source, who)]


class _People:
    """`connectors.odoo.People` over the store."""

    def __init__(self, store: Store, connector_id: str, site_url: Callable[[], str]) -> None:
        self._store = store
        self._connector_id = connector_id
        self._site_url = site_url

    def account(self, who: UserId) -> Account | None:
        key = self._store.connectors.key(self._connector_id, who)
        return None if key is None else Account(key.login, int(key.remote_id), key.key)

    def time_zone(self, who: UserId) -> str:
        return self._store.time_zone_of(who)

    def language(self) -> str:
        return str(self._store.configuration.applied.settings.language)

    def country(self) -> str:
        return str(self._store.configuration.applied.settings.country)

    def recording_url(self, recording_id: str) -> str:
        site = self._site_url()
        return f"{site}/recordings?recording={quote(recording_id, safe='')}" if site else ""
