"""The store: one object that opens the database and holds its parts."""

from __future__ import annotations

import asyncio
import base64
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from switchroom.directory import UserId
from switchroom.directory.validate import is_time_zone
from switchroom.store.activities import Activities
from switchroom.store.appointments import Appointments
from switchroom.store.audit import Audit
from switchroom.store.browsers import Browsers
from switchroom.store.call_notes import CallNotes
from switchroom.store.commit import committer
from switchroom.store.configuration import Configuration
from switchroom.store.connectors import Connectors
from switchroom.store.contacts import Contacts
from switchroom.store.database import Database
from switchroom.store.devices import Devices
from switchroom.store.errors import StoreUnavailable
from switchroom.store.guests import Guests
from switchroom.store.hold_music import HoldMusic
from switchroom.store.logins import Logins
from switchroom.store.mail import MailStore
from switchroom.store.minutes import Minutes
from switchroom.store.offload import Offload
from switchroom.store.personal import PersonalSettings
from switchroom.store.provisioning_links import ProvisioningLinks
from switchroom.store.recordings import Recordings
from switchroom.store.records import CallRecords
from switchroom.store.records_board import Records
from switchroom.store.rows import Bindings, Dialogs
from switchroom.store.schema import upgrade
from switchroom.store.secrets import Vault
from switchroom.store.sessions import Sessions
from switchroom.store.sites import Sites
from switchroom.store.stages import Stages
from switchroom.store.tables import draft, installation
from switchroom.store.trunk_secrets import TrunkSecrets
from switchroom.store.usage import UsageBook
from switchroom.store.voicemails import Voicemails
from switchroom.store.webhooks import Webhooks
from switchroom.store.write_behind import WINDOW, WriteBehind

log = logging.getLogger(__name__)
DEFAULT_REALM = "switchroom"


@dataclass(frozen=True, slots=True)
class Installation:
    """What was fixed when the system was installed."""

    realm: str
    nonce_key: bytes
    """Signs the nonces of digest challenges, so that those of before a restart are still good."""
    installed_at: float

    def __repr__(self) -> str:
        return f"Installation(realm={self.realm!r})"


@dataclass(frozen=True, slots=True)
class Store:
    """All that is kept. Made by `Store.open`."""

    database: Database
    installation: Installation
    configuration: Configuration
    devices: Devices
    browsers: Browsers
    guests: Guests
    mail: MailStore
    appointments: Appointments
    contacts: Contacts
    customer_records: Records
    stages: Stages
    activities: Activities
    logins: Logins
    records: CallRecords
    call_notes: CallNotes
    bindings: Bindings
    dialogs: Dialogs
    audit: Audit
    minutes: Minutes
    recordings: Recordings
    personal: PersonalSettings
    connectors: Connectors
    trunk_secrets: TrunkSecrets
    usage: UsageBook
    voicemails: Voicemails
    hold_music: HoldMusic
    provisioning_links: ProvisioningLinks
    sites: Sites
    webhooks: Webhooks
    queue: WriteBehind
    offload: Offload

    @classmethod
    async def open(
        cls,
        url: str,
        key_path: Path,
        *,
        realm: str = DEFAULT_REALM,
        window: float = WINDOW,
        recordings: Path | None = None,
        voicemail: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> Store:
        """Open (create, migrate) the database at `url`; a bare path is SQLite.

        `key_path` is the file of the key the credentials are encrypted with: made with the database, never
        replaced. `realm` counts when the database is created. `recordings` is the folder of recorded
        conferences, `voicemail` that of messages and greetings; beside the key when None. Raises
        `StoreUnavailable`, `SchemaError`, `KeyFileError`.
        """
        try:
            database = Database(url)
        except OSError as error:
            raise StoreUnavailable(f"The database can not be opened: {error}") from error
        try:
            installed, vault = await _prepare(database, key_path, realm, clock)
        except BaseException as error:
            await database.close()
            if isinstance(error, SQLAlchemyError | OSError):
                raise StoreUnavailable(f"The database can not be opened: {_cause(error)}") from error
            raise
        offload = Offload()
        queue = WriteBehind(committer(database), window)
        configuration = Configuration(database, offload, clock)
        sessions = Sessions(database, lambda: configuration.applied.users, clock)
        guests = Guests(database, installed.nonce_key, installed.realm, clock)
        mail = MailStore(database, vault, clock)
        store = cls(
            database=database,
            installation=installed,
            configuration=configuration,
            devices=Devices(database, vault, installed.realm, clock),
            browsers=Browsers(database, installed.nonce_key, installed.realm, clock),
            guests=guests,
            mail=mail,
            appointments=Appointments(database, guests, mail, clock),
            contacts=Contacts(database, clock),
            customer_records=Records(database, configuration.name_of, clock),
            stages=Stages(database),
            activities=Activities(database, clock),
            logins=Logins(database, vault, sessions, clock),
            records=CallRecords(database, queue),
            call_notes=CallNotes(database),
            bindings=Bindings(database, queue),
            dialogs=Dialogs(database, queue),
            audit=Audit(database, clock),
            minutes=Minutes(database, queue),
            recordings=Recordings(database, queue, offload, recordings or key_path.parent / "recordings"),
            personal=PersonalSettings(database, clock),
            connectors=Connectors(database, vault, clock),
            trunk_secrets=TrunkSecrets(database, vault, clock),
            usage=UsageBook(database, queue, clock),
            voicemails=Voicemails(database, queue, voicemail or key_path.parent / "voicemail", clock),
            provisioning_links=ProvisioningLinks(database, clock),
            sites=Sites(database, vault, clock),
            hold_music=HoldMusic(key_path.parent / "music"),
            webhooks=Webhooks(database, vault, queue, clock),
            queue=queue,
            offload=offload,
        )
        await store.personal.load()
        await store.connectors.load()
        await store.trunk_secrets.load()
        await store.voicemails.load()
        await store.sites.load()
        await store.webhooks.load()
        await store.refresh()
        return store

    async def refresh(self) -> bool:
        """Take over what another process applied or reset; True when anything was. For every second."""
        revision = await self.configuration.refresh()
        credentials = await self.devices.refresh()
        await self.logins.sessions.refresh()
        await self.browsers.refresh()
        await self.guests.refresh()
        return revision or credentials

    def time_zone_of(self, user_id: UserId | None) -> str:
        """Where somebody's days begin and end (IANA name): as he set it, else where the system's do."""
        chosen = self.personal.of(user_id).time_zone if user_id is not None else None
        if chosen is not None and is_time_zone(chosen):
            return chosen
        return self.configuration.applied.settings.time_zone

    async def settled(self) -> None:
        """Return when what was put before is durable (bindings, dialogs). Raises `StoreUnavailable`."""
        await self.queue.settled()

    async def answers(self) -> bool:
        """Whether the database answers now, within 2 s."""
        try:
            async with asyncio.timeout(2.0), self.database.reading() as connection:
                await connection.execute(select(draft.c.id))
        except (SQLAlchemyError, OSError, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        """Write what waits and close."""
        await self.voicemails.close()
        await self.queue.close()
        self.logins.close()
        self.offload.close()
        self.contacts.close()
        await self.database.close()


async def _prepare(
    database: Database, key_path: Path, realm: str, clock: Callable[[], float]
) -> tuple[Installation, Vault]:
    async with database.writing() as connection:
        before = await connection.run_sync(upgrade)
        facts = await _facts(connection)
        if not facts:
            vault = Vault.open(key_path)
            sealed = base64.b64encode(vault.encrypt(secrets.token_bytes(32))).decode()
            facts = {
                "realm": realm,
                "nonce_key": sealed,
                "installed_at": repr(clock()),
                "credentials_version": "0",
            }
            await connection.execute(insert(installation), [{"key": k, "value": v} for k, v in facts.items()])
            row = {"id": 1, "version": 0, "author": "", "time": clock()}
            await connection.execute(insert(draft), row)
    vault = Vault.open(key_path, create=False)
    nonce_key = vault.decrypt(base64.b64decode(facts["nonce_key"]))
    if before is None:
        log.info("database created at %s", database.url.render_as_string(hide_password=True))
    return Installation(facts["realm"], nonce_key, float(facts["installed_at"])), vault


async def _facts(connection: AsyncConnection) -> dict[str, str]:
    return {row.key: row.value for row in await connection.execute(select(installation))}


def _cause(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).split("\n", 1)[0][:300]
