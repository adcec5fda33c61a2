"""What is kept: configuration revisions, devices, logins, registrations, dialogs and call records."""

from .configuration import Draft, Review, Revision
from .demonstration import Demonstration, DemonstrationPhone, load_demonstration
from .devices import Device, NewSecret, StoredCredential
from .errors import Conflict, InvalidConfiguration, NotFound, StaleBase, StoreError, StoreUnavailable
from .logins import Login, Session
from .records import INTERRUPTED, CallRow, RecordFilter
from .rows import StoredBinding, StoredDialog, decode, encode
from .schema import SchemaError
from .secrets import DigestHashes, KeyFileError, generate_id, generate_secret
from .store import Installation, Store

__all__ = [
    "INTERRUPTED",
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
    "Login",
    "NewSecret",
    "NotFound",
    "RecordFilter",
    "Review",
    "Revision",
    "SchemaError",
    "Session",
    "StaleBase",
    "Store",
    "StoreError",
    "StoreUnavailable",
    "StoredBinding",
    "StoredCredential",
    "StoredDialog",
    "decode",
    "encode",
    "generate_id",
    "generate_secret",
    "load_demonstration",
]
