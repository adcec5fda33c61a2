"""What is kept: configuration revisions, devices, logins, registrations, dialogs and call records."""

from switchroom.store.call_log import CallLog
from switchroom.store.configuration import Draft, Review, Revision
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
from switchroom.store.records import INTERRUPTED, CallRow, RecordFilter
from switchroom.store.rights import Right, Role
from switchroom.store.rows import StoredBinding, StoredDialog, decode, encode
from switchroom.store.schema import SchemaError
from switchroom.store.secrets import DigestHashes, KeyFileError, generate_id, generate_secret
from switchroom.store.sessions import Kind, Login, Session
from switchroom.store.store import Installation, Store

__all__ = [
    "INTERRUPTED",
    "CallLog",
    "CallRow",
    "Conflict",
    "Demonstration",
    "DemonstrationPhone",
    "Device",
    "DigestHashes",
    "Draft",
    "Installation",
    "InvalidConfiguration",
    "KeyFileError",
    "Kind",
    "LastAdministrator",
    "Login",
    "NewSecret",
    "NotFound",
    "RecordFilter",
    "Review",
    "Revision",
    "Right",
    "Role",
    "SchemaError",
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
    "generate_id",
    "generate_secret",
    "load_demonstration",
]
