"""What call control knows of mailboxes, what it wants done with them, and the port to where they are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NewType, Protocol

from switchroom.calls.values import CallId, Party
from switchroom.directory.ids import MailboxId
from switchroom.directory.outside import Mailbox
from switchroom.media.types import LegId, RecordId

MessageId = NewType("MessageId", str)


class Greeting(StrEnum):
    """What a greeting of a mailbox is for."""

    UNAVAILABLE = "unavailable"
    BUSY = "busy"
    NAME = "name"
    """The owner's name, said in the standard greeting."""


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message that begins to be recorded."""

    id: MessageId
    mailbox: MailboxId
    call: CallId
    caller: Party
    began: float


@dataclass(frozen=True, slots=True)
class Message:
    """A message that can be heard. `file`: its sound; times are seconds since the epoch."""

    id: MessageId
    caller: Party
    began: float
    seconds: float
    heard: bool
    file: str


@dataclass(frozen=True, slots=True)
class Box:
    """A mailbox as it is now."""

    mailbox: Mailbox
    messages: tuple[Message, ...] = ()
    """The oldest first; without archived ones."""
    greetings: Mapping[Greeting, str] = field(default_factory=lambda: MappingProxyType({}))
    """The files of those that were made."""
    full: bool = False
    has_pin: bool = False
    asks_pin: bool = True
    """Its owner's own phone, too."""
    extension: str = ""
    """Its own, or its owner's."""
    zone: str = "UTC"
    """IANA name of the time zone that times are said in."""

    def of_age(self, heard: bool) -> tuple[Message, ...]:
        """The messages that were heard, or the new ones."""
        return tuple(one for one in self.messages if one.heard is heard)


# --- commands: what a call wants done ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LookAtBox:
    """Have `BoxSeen`: of a mailbox, or (`extension`) of what was keyed."""

    mailbox: MailboxId | None
    extension: str = ""


@dataclass(frozen=True, slots=True)
class RecordMessage:
    """Record what a leg says now as a message; it is there from this moment on, whatever happens."""

    leg: LegId
    record: RecordId
    message: NewMessage
    silence: float
    """Seconds without a word after which it is complete."""


@dataclass(frozen=True, slots=True)
class EndMessage:
    """A message is complete, or (`keep` False) was taken back. Its length is what the worker says."""

    message: MessageId
    keep: bool = True


@dataclass(frozen=True, slots=True)
class TouchMessage:
    """A message was heard, and maybe is archived, or deleted."""

    message: MessageId
    delete: bool = False
    archive: bool = False

    @property
    def gone(self) -> bool:
        """It is no longer among the messages that are heard here."""
        return self.delete or self.archive


@dataclass(frozen=True, slots=True)
class RecordGreeting:
    """Record what a leg says now as a greeting of a mailbox; `KeepGreeting` makes it one."""

    leg: LegId
    record: RecordId
    mailbox: MailboxId


@dataclass(frozen=True, slots=True)
class KeepGreeting:
    """Greet with that file from now on; have `GreetingKept`. None: which is none is forgotten."""

    mailbox: MailboxId
    kind: Greeting | None
    file: str


@dataclass(frozen=True, slots=True)
class CheckPin:
    """Look at a typed PIN, and count it if it is wrong; have `PinChecked`. None: a mailbox there is not."""

    mailbox: MailboxId | None
    caller: Party
    pin: str
    owner: bool
    """It is the caller's own mailbox: others who guess do not keep him out."""


@dataclass(frozen=True, slots=True)
class SetPin:
    """Take another PIN; have `PinTaken`."""

    mailbox: MailboxId
    pin: str
    by: str


BoxCommand = (
    LookAtBox | RecordMessage | EndMessage | TouchMessage | RecordGreeting | KeepGreeting | CheckPin | SetPin
)  # fmt: skip


# --- events: what comes of it -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BoxSeen:
    """The answer to `LookAtBox`; None: there is no such mailbox."""

    box: Box | None


@dataclass(frozen=True, slots=True)
class PinChecked:
    """The answer to `CheckPin`. `refused`: too many were wrong, none is looked at for a while."""

    right: bool
    refused: bool = False


@dataclass(frozen=True, slots=True)
class PinTaken:
    """The answer to `SetPin`; False: it can be guessed."""

    taken: bool


@dataclass(frozen=True, slots=True)
class GreetingKept:
    """The answer to `KeepGreeting`."""

    kept: bool


BoxEvent = BoxSeen | PinChecked | PinTaken | GreetingKept


# --- the port ---------------------------------------------------------------------------------------------


class Boxes(Protocol):
    """Where mailboxes are kept. Nothing waits; `told` is called at once or soon, on the loop."""

    def look(self, mailbox: Mailbox) -> Box:
        """A mailbox as it is now, without extension and zone."""

    def counts(self, mailbox: MailboxId) -> tuple[int, int]:
        """How many new and heard messages there are."""

    def begin(self, message: NewMessage) -> str:
        """A message begins: the file to record it to; empty when that is not possible."""

    def finish(self, message: MessageId, seconds: float | None) -> None:
        """A message is complete; too short a one is forgotten. None: as long as its file is."""

    def drop(self, message: MessageId) -> None:
        """A message was taken back."""

    def heard(self, message: MessageId, *, archived: bool = False) -> None:
        """A message was heard, and maybe archived."""

    def greeting_file(self) -> str:
        """The file to record a greeting to; empty when that is not possible."""

    def keep_greeting(
        self, mailbox: MailboxId, kind: Greeting | None, file: str, told: Callable[[bool], None]
    ) -> None:
        """Greet with a file from now on, or forget it."""

    def check_pin(self, mailbox: MailboxId | None, pin: str, told: Callable[[bool], None]) -> None:
        """Whether a PIN is right; takes as long for a mailbox there is not."""

    def set_pin(
        self, mailbox: MailboxId, pin: str, known: str, by: str, told: Callable[[bool], None]
    ) -> None:
        """Another PIN; False when it can be guessed: as `known`, the extension, is."""


class NoBoxes:
    """Implements `Boxes` and keeps nothing: where nobody has one."""

    def look(self, mailbox: Mailbox) -> Box:
        """Full: it takes no message."""
        return Box(mailbox, full=True)

    def counts(self, mailbox: MailboxId) -> tuple[int, int]:
        """None."""
        return 0, 0

    def begin(self, message: NewMessage) -> str:
        """Nowhere."""
        return ""

    def finish(self, message: MessageId, seconds: float | None) -> None:
        """There is none."""

    def drop(self, message: MessageId) -> None:
        """There is none."""

    def heard(self, message: MessageId, *, archived: bool = False) -> None:
        """There is none."""

    def greeting_file(self) -> str:
        """Nowhere."""
        return ""

    def keep_greeting(
        self, mailbox: MailboxId, kind: Greeting | None, file: str, told: Callable[[bool], None]
    ) -> None:
        """It is not."""
        told(False)

    def check_pin(self, mailbox: MailboxId | None, pin: str, told: Callable[[bool], None]) -> None:
        """None is right."""
        told(False)

    def set_pin(
        self, mailbox: MailboxId, pin: str, known: str, by: str, told: Callable[[bool], None]
    ) -> None:
        """None is taken."""
        told(False)
