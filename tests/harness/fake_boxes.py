"""Mailboxes in memory: no files, no hashes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from switchroom.calls.boxes import Box, Greeting, Message, MessageId, NewMessage
from switchroom.directory.ids import MailboxId
from switchroom.directory.outside import Mailbox


@dataclass
class FakeBoxes:
    """Implements `calls.boxes.Boxes`."""

    begun: dict[MessageId, NewMessage] = field(default_factory=dict)
    """What is being recorded."""
    messages: dict[str, list[Message]] = field(default_factory=dict)
    lengths: dict[MessageId, float | None] = field(default_factory=dict)
    """As they were finished."""
    dropped: list[str] = field(default_factory=list)
    archived: list[str] = field(default_factory=list)
    greetings: dict[str, dict[Greeting, str]] = field(default_factory=dict)
    pins: dict[str, str] = field(default_factory=dict)
    unasked: set[str] = field(default_factory=set)
    """Mailboxes that their owner's phone opens without a PIN."""
    full: bool = False
    writable: bool = True

    def look(self, mailbox: Mailbox) -> Box:
        return Box(
            mailbox,
            tuple(self.messages.get(mailbox.id, ())),
            self.greetings.get(mailbox.id, {}),
            self.full,
            mailbox.id in self.pins,
            mailbox.id not in self.unasked,
        )

    def counts(self, mailbox: MailboxId) -> tuple[int, int]:
        kept = self.messages.get(mailbox, [])
        return sum(not one.heard for one in kept), sum(one.heard for one in kept)

    def begin(self, message: NewMessage) -> str:
        if not self.writable:
            return ""
        self.begun[message.id] = message
        return f"/voicemail/{message.id}.wav"

    def finish(self, message: MessageId, seconds: float | None) -> None:
        begun = self.begun.pop(message)
        self.lengths[message] = seconds
        if seconds is None or seconds >= 1.0:
            file = f"/voicemail/{message}.wav"
            kept = Message(message, begun.caller, begun.began, seconds or 0.0, False, file)
            self.messages.setdefault(begun.mailbox, []).append(kept)

    def drop(self, message: MessageId) -> None:
        self.begun.pop(message, None)
        self.dropped.append(message)
        for box, kept in self.messages.items():
            self.messages[box] = [one for one in kept if one.id != message]

    def heard(self, message: MessageId, *, archived: bool = False) -> None:
        for box, kept in self.messages.items():
            if archived:
                self.archived += [one.id for one in kept if one.id == message]
                kept = [one for one in kept if one.id != message]
            self.messages[box] = [replace(one, heard=one.heard or one.id == message) for one in kept]

    def greeting_file(self) -> str:
        return "/voicemail/greeting.wav" if self.writable else ""

    def keep_greeting(
        self, mailbox: MailboxId, kind: Greeting | None, file: str, told: Callable[[bool], None]
    ) -> None:
        if kind is None:
            self.dropped.append(file)
        else:
            self.greetings.setdefault(mailbox, {})[kind] = file
        told(kind is not None)

    def check_pin(self, mailbox: MailboxId | None, pin: str, told: Callable[[bool], None]) -> None:
        told(mailbox is not None and self.pins.get(mailbox) == pin)

    def set_pin(
        self, mailbox: MailboxId, pin: str, known: str, by: str, told: Callable[[bool], None]
    ) -> None:
        taken = 4 <= len(pin) <= 8 and pin not in ("1234", known)
        if taken:
            self.pins[mailbox] = pin
        told(taken)
