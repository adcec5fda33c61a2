"""The configuration as one frozen snapshot: users, extensions, conferences; validated and compared."""

from switchroom.directory.diff import MASK, Change, ChangeKind, diff, diff_entry
from switchroom.directory.document import DocumentError, from_document, from_json, to_document, to_json
from switchroom.directory.model import (
    LANGUAGES,
    Conference,
    ConferenceId,
    ConferenceServer,
    DeviceId,
    NameAnnouncement,
    Recording,
    RevisionNumber,
    Settings,
    Snapshot,
    User,
    UserId,
)
from switchroom.directory.validate import Problem, validate, validate_entry

__all__ = [
    "LANGUAGES",
    "MASK",
    "Change",
    "ChangeKind",
    "Conference",
    "ConferenceId",
    "ConferenceServer",
    "DeviceId",
    "DocumentError",
    "NameAnnouncement",
    "Problem",
    "Recording",
    "RevisionNumber",
    "Settings",
    "Snapshot",
    "User",
    "UserId",
    "diff",
    "diff_entry",
    "from_document",
    "from_json",
    "to_document",
    "to_json",
    "validate",
    "validate_entry",
]
