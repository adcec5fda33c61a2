"""What a system of customer records can do for the phone: one Protocol, and one file a system behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from switchroom.crm.contacts import ContactNumber
from switchroom.directory import UserId

OWN = "own"
"""The source that is built in."""


@dataclass(frozen=True, slots=True)
class FoundContact:
    """Somebody in a system's address book."""

    source: str
    """Which system: `own`, or the id of a connector."""
    id: str
    name: str
    company: str = ""
    email: str = ""
    numbers: tuple[ContactNumber, ...] = ()
    url: str = ""
    """Where a browser shows it."""


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """A record that a call may be about."""

    source: str
    app: str
    """crm, project, helpdesk, or contacts."""
    id: str
    title: str
    stage: str = ""
    url: str = ""
    """Where a browser shows it: a path of ours, or an address of the other system."""


@dataclass(frozen=True, slots=True)
class DueCall:
    """A call that is due today."""

    source: str
    id: str
    due: date
    time: str
    summary: str
    note: str
    contact: FoundContact | None
    record: FoundRecord | None


@dataclass(frozen=True, slots=True)
class Match:
    """Who has a number, and what is open with them."""

    contact: FoundContact | None = None
    records: Sequence[FoundRecord] = ()


@dataclass(frozen=True, slots=True)
class CallNote:
    """A finished call, for a record's chatter."""

    call_id: str
    direction: str
    """in or out."""
    number: str
    name: str
    started_at: float
    seconds: float | None
    """Of talking; None: it was not answered."""
    ended: str
    """answered, missed, refused or failed."""
    note: str = ""
    outcome: str = ""
    recording_id: str | None = None


@dataclass(frozen=True, slots=True)
class MarkDone:
    """An activity was done."""

    activity: str
    feedback: str
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class ChangeActivity:
    """An activity gets another day, other words or somebody else; None: stays."""

    activity: str
    due: date | None = None
    time: str | None = None
    summary: str | None = None
    note: str | None = None
    assigned_to: UserId | None = None


@dataclass(frozen=True, slots=True)
class CancelActivity:
    """An activity will not be done."""

    activity: str


@dataclass(frozen=True, slots=True)
class ScheduleCall:
    """A call is planned on a record; `app` is contacts for one that is with somebody only."""

    app: str
    record: str
    due: date
    summary: str
    note: str = ""
    time: str = ""
    assigned_to: UserId | None = None
    """None: to who asks."""


@dataclass(frozen=True, slots=True)
class LogCall:
    """A finished call stands in a record's chatter, once: what stood there of this call is changed."""

    app: str
    record: str
    call: CallNote


@dataclass(frozen=True, slots=True)
class ForgetCall:
    """What stands of a call in a record's chatter goes: it belongs to another record, or to none."""

    app: str
    record: str
    call_id: str


Act = MarkDone | ChangeActivity | CancelActivity | ScheduleCall | LogCall | ForgetCall


class FaultKind(StrEnum):
    """Why a system did not do what was asked."""

    UNREACHABLE = "unreachable"
    """Nobody answered, or too late, or it was overloaded: worth trying again."""
    KEY_MISSING = "key-missing"
    """This person gave no key."""
    KEY_REFUSED = "key-refused"
    NOT_ALLOWED = "not-allowed"
    """The system's own rights."""
    GONE = "gone"
    """The record or activity does not exist (any more)."""
    REFUSED = "refused"
    """Anything else it said no to."""


class ConnectorFault(Exception):
    """A system did not do what was asked; the text says why, to people."""

    def __init__(self, kind: FaultKind, text: str, *, uncertain: bool = False) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.uncertain = uncertain
        """The answer was lost: it may have been done."""

    @property
    def passing(self) -> bool:
        """Whether the same may work later."""
        return self.kind is FaultKind.UNREACHABLE


class Connector(Protocol):
    """One system of customer records. Every method raises `ConnectorFault`, within 10 s."""

    @property
    def id(self) -> str:
        """`own`, or the connector's id."""

    @property
    def name(self) -> str:
        """What people call it."""

    async def due_calls(self, who: UserId, today: date) -> Sequence[DueCall]:
        """The calls of this person that are due on this very day, in order (S2-11)."""

    async def overdue(self, who: UserId, today: date) -> int:
        """How many of his calls were due before."""

    async def match(self, who: UserId, e164: str) -> Match:
        """Who has a number, and the open records with them, as far as `who` may see them."""

    async def search(self, who: UserId, text: str, limit: int) -> Sequence[FoundContact]:
        """Contacts that fit a text: words, or a number in any form."""

    async def act(self, who: UserId, act: Act, key: str) -> None:
        """Do it, in this person's name. `key` tells a repeated act: it is done once."""
