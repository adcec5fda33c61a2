"""Records of customers in three applications, one model: opportunities, tasks and tickets (S2-12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NewType

from switchroom.crm.contacts import ContactId, clean_line, clean_note
from switchroom.directory import Problem, UserId

RecordId = NewType("RecordId", str)
StageId = NewType("StageId", str)
EntryId = NewType("EntryId", str)

MOST_TITLE = 200
MOST_STAGES = 20


class App(StrEnum):
    """The applications that records are in."""

    CRM = "crm"
    """Opportunities."""
    PROJECT = "project"
    """Tasks."""
    HELPDESK = "helpdesk"
    """Tickets."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A column of an application's board."""

    id: StageId
    app: App
    key: str
    """Of one that was delivered, for its name in every language: new, qualified, ...; empty: our own."""
    name: str
    """What somebody named it; empty: by `key`."""
    position: int
    closing: bool = False
    """Records in it are over: not offered when their contact calls."""


DELIVERED: Mapping[App, tuple[tuple[str, bool], ...]] = {
    App.CRM: (
        ("new", False),
        ("qualified", False),
        ("proposition", False),
        ("won", True),
        ("lost", True),
    ),
    App.PROJECT: (("todo", False), ("in_progress", False), ("done", True)),
    App.HELPDESK: (("new", False), ("in_progress", False), ("waiting", False), ("solved", True)),
}
"""The stages a new system begins with, and which of them close."""


@dataclass(frozen=True, slots=True)
class Record:
    """An opportunity, a task or a ticket. Times are seconds since the epoch."""

    id: RecordId
    app: App
    number: int
    """Counts from 1 in its application."""
    title: str
    stage: StageId
    position: float
    """Order within the stage, smallest on top."""
    contact: ContactId | None
    owner: UserId | None
    description: str
    created_at: float
    changed_at: float


@dataclass(frozen=True, slots=True)
class Author:
    """Who does something to records."""

    user: UserId | None
    """None: the system, or somebody without an extension."""
    name: str


class EntryKind(StrEnum):
    """What an entry of a record's chatter is."""

    MESSAGE = "message"
    CALL = "call"
    ACTIVITY = "activity"
    """An activity was done, with what came of it."""
    CHANGE = "change"
    """Stage, owner or contact changed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a record's chatter."""

    id: EntryId
    record: RecordId
    at: float
    kind: EntryKind
    author: UserId | None
    """None: the system, or somebody without an extension."""
    author_name: str
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)
    """Of a call: call_id, direction, number, name, seconds, ended, outcome, recording_id; of an activity:
    activity_id, type, summary, outcome; of a change: field (created, stage, owner, contact), before, after:
    names of then, of a delivered stage its key."""


def title_problem(title: str) -> Problem | None:
    """What is wrong with a record's title."""
    if not clean_line(title, MOST_TITLE):
        return Problem("title", "title-missing", "Give it a title.")
    return None


def clean_title(title: str) -> str:
    """One line of printable text."""
    return clean_line(title, MOST_TITLE)


def clean_text(text: str) -> str:
    """Printable text with its line breaks: descriptions, messages, notes."""
    return clean_note(text)
