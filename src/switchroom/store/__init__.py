"""What is kept: configuration revisions, devices, logins, registrations, dialogs and call records."""

from switchroom.store.browsers import BrowserCredential, BrowserDevice, Browsers, Revoked
from switchroom.store.call_log import CallLog
from switchroom.store.configuration import Draft, Review, Revision
from switchroom.store.contact_exchange import ExportFormat, Imported, export_chunks, import_contacts
from switchroom.store.contacts import Contacts, Search, read_search
from switchroom.store.demonstration import Demonstration, DemonstrationPhone, load_demonstration
from switchroom.store.devices import Device, NewSecret, StoredCredential
from switchroom.store.errors import (
    Conflict,
    InvalidConfiguration,
    LastAdministrator,
    NotFound,
    StaleBase,
    StoreError,
    StoreUnavailable,
)
from switchroom.store.export import csv_chunks
from switchroom.store.guests import GuestLink, GuestVisit, LinkOver, NewLink
from switchroom.store.minutes import MeetingFilter, MeetingRow
from switchroom.store.recent import recent_calls
from switchroom.store.recordings import RecordingFilter, RecordingRow
from switchroom.store.records import INTERRUPTED, CallRow, RecordFilter
from switchroom.store.rights import Right, Role
from switchroom.store.rows import StoredBinding, StoredDialog, decode, encode
from switchroom.store.schema import SchemaError
from switchroom.store.secrets import DigestHashes, KeyFileError, generate_id, generate_secret
from switchroom.store.sessions import Kind, Login, Session
from switchroom.store.store import Installation, Store

__all__ = [
    "INTERRUPTED",
    "BrowserCredential",
    "BrowserDevice",
    "Browsers",
    "CallLog",
    "CallRow",
    "Conflict",
    "Contacts",
    "Demonstration",
    "DemonstrationPhone",
    "Device",
    "DigestHashes",
    "Draft",
    "ExportFormat",
    "GuestLink",
    "GuestVisit",
    "Imported",
    "Installation",
    "InvalidConfiguration",
    "KeyFileError",
    "Kind",
    "LastAdministrator",
    "LinkOver",
    "Login",
    "MeetingFilter",
    "MeetingRow",
    "NewLink",
    "NewSecret",
    "NotFound",
    "RecordFilter",
    "RecordingFilter",
    "RecordingRow",
    "Review",
    "Revision",
    "Revoked",
    "Right",
    "Role",
    "SchemaError",
    "Search",
    "Session",
    "StaleBase",
    "Store",
    "StoreError",
    "StoreUnavailable",
    "StoredBinding",
    "StoredCredential",
    "StoredDialog",
    "csv_chunks",
    "decode",
    "encode",
    "export_chunks",
    "generate_id",
    "generate_secret",
    "import_contacts",
    "load_demonstration",
    "read_search",
    "recent_calls",
]
