"""What the commands about mailboxes mean, and the messages that are being recorded. Synchronous."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from switchroom.calls import boxes as box
from switchroom.calls.budget import Budget
from switchroom.calls.change import replace
from switchroom.calls.problem_words import worded
from switchroom.calls.values import CallId, Party, Problem
from switchroom.directory.ids import MailboxId
from switchroom.directory.model import Snapshot, User
from switchroom.directory.outside import Mailbox
from switchroom.media.types import OfLeg, Record, RecordEnded, RecordId

if TYPE_CHECKING:
    from switchroom.calls.engine import Engine, Running


class Guesses:
    """Budgets of wrong PINs: 9 a caller (three calls), 10 a mailbox, then one every two or ten minutes.

    Callers from outside, who may call themselves as they like, have a budget in common besides. Who keys
    the PIN of his own mailbox from his own phone is not kept out by what others guess.
    """

    def __init__(self) -> None:
        self._callers = Budget(size=9, refill=120.0)
        self._boxes = Budget(size=10, refill=600.0)
        self._outside = Budget(size=30, refill=60.0)

    def allow(self, mailbox: MailboxId | None, caller: Party, owner: bool, now: float) -> bool:
        """Whether a PIN is looked at."""
        return self._callers.allows(_who(caller), now) and (
            owner
            or (
                (mailbox is None or self._boxes.allows(mailbox, now))
                and (caller.user_id is not None or self._outside.allows("outside", now))
            )
        )

    def fail(self, mailbox: MailboxId | None, caller: Party, owner: bool, now: float) -> Problem | None:
        """Count a wrong PIN; what the administrator should be told."""
        caller_done = self._callers.fail(_who(caller), now)
        box_done = not owner and mailbox is not None and self._boxes.fail(mailbox, now)
        if caller.user_id is None:
            self._outside.fail("outside", now)
        if box_done:
            return worded("wrong-pins", str(mailbox), "wrong-pins-of", {"mailbox": mailbox})
        if caller_done:
            return worded("wrong-pins", caller.extension, values={"who": caller.extension})
        return None


def _who(caller: Party) -> tuple[str, str]:
    return ("pin", caller.user_id or caller.guest or caller.extension)


@dataclass(slots=True)
class _Open:
    """A message that is being recorded, or not yet decided on."""

    message: box.MessageId
    seconds: float | None = None
    """Known when the file is complete."""
    keep: bool | None = None


class BoxExecution:
    """Carries out `BoxCommand`s. `acts`: by the kind of command."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._guesses = Guesses()
        self._open: dict[RecordId, _Open] = {}
        self.wrong = 0
        """Wrong PINs so far."""
        self.acts: dict[type, Callable[[Any, Running], None]] = {
            box.LookAtBox: self._look,
            box.RecordMessage: self._record_message,
            box.EndMessage: lambda command, _: self._end_message(command),
            box.TouchMessage: lambda command, _: self._touch(command),
            box.RecordGreeting: self._record_greeting,
            box.KeepGreeting: self._keep_greeting,
            box.CheckPin: self._check_pin,
            box.SetPin: self._set_pin,
        }

    def _tell(self, call: CallId, event: box.BoxEvent) -> None:
        if call in self._engine:
            self._engine.deliver(call, event)

    def _look(self, command: box.LookAtBox, running: Running) -> None:
        snapshot = self._engine.ports.directory.current()
        if command.mailbox is not None:
            found = snapshot.mailbox(command.mailbox)
        else:
            found = _by_extension(snapshot, command.extension)
        seen = None
        if found is not None:
            seen = replace(
                self._engine.ports.boxes.look(found),
                extension=_extension(snapshot, found),
                zone=snapshot.settings.time_zone,
            )
        self._tell(running.id, box.BoxSeen(seen))

    # --- messages -----------------------------------------------------------------------------------------

    def _record_message(self, command: box.RecordMessage, running: Running) -> None:
        file = self._engine.ports.boxes.begin(command.message)
        if not file:
            nowhere = RecordEnded(record=command.record, path="", duration=0, reason="disk", error="no place")
            self._engine.deliver(running.id, nowhere)
            return
        self._open[command.record] = _Open(command.message.id)
        target = OfLeg(leg=command.leg)
        silence = int(command.silence * 1000)
        record = Record(record=command.record, target=target, path=file, one_side=True, silence=silence)
        self._engine.media(record, None)

    def _end_message(self, command: box.EndMessage) -> None:
        for record, found in list(self._open.items()):
            if found.message == command.message:
                found.keep = command.keep
                self._settle(record, found)

    def recorded(self, event: RecordEnded) -> None:
        """A file is complete; of a message its length is known now."""
        found = self._open.get(event.record)
        if found is None:
            return
        found.seconds = event.duration / 1000
        if event.reason == "disk":
            told = worded("recording-failed", "voicemail", "message-failed", {"error": event.error or ""})
            self._engine.ports.problems.report(told)
        if self._engine.owner(event.record.rpartition("/")[0]) is None and found.keep is None:
            found.keep = True  # its call broke off
        self._settle(event.record, found)

    def _settle(self, record: RecordId, found: _Open) -> None:
        if found.keep is None or found.seconds is None:
            return
        del self._open[record]
        if found.keep:
            self._engine.ports.boxes.finish(found.message, found.seconds)
        else:
            self._engine.ports.boxes.drop(found.message)

    def lost(self) -> None:
        """The worker died: what it had written of messages is theirs."""
        lost, self._open = self._open, {}
        for found in lost.values():
            self._engine.ports.boxes.finish(found.message, found.seconds)

    def _touch(self, command: box.TouchMessage) -> None:
        if command.delete:
            self._engine.ports.boxes.drop(command.message)
        else:
            self._engine.ports.boxes.heard(command.message, archived=command.archive)

    # --- greetings ----------------------------------------------------------------------------------------

    def _record_greeting(self, command: box.RecordGreeting, running: Running) -> None:
        file = self._engine.ports.boxes.greeting_file()
        if file:
            target = OfLeg(leg=command.leg)
            self._engine.media(Record(record=command.record, target=target, path=file, one_side=True), None)
            return
        nowhere = RecordEnded(record=command.record, path="", duration=0, reason="disk", error="no place")
        self._engine.deliver(running.id, nowhere)

    def _keep_greeting(self, command: box.KeepGreeting, running: Running) -> None:
        def told(kept: bool) -> None:
            if command.kind is not None:
                self._tell(running.id, box.GreetingKept(kept))

        if command.file:
            self._engine.ports.boxes.keep_greeting(command.mailbox, command.kind, command.file, told)

    # --- PINs ---------------------------------------------------------------------------------------------

    def _check_pin(self, command: box.CheckPin, running: Running) -> None:
        mailbox, caller, owner = command.mailbox, command.caller, command.owner
        if not self._guesses.allow(mailbox, caller, owner, self._engine.clock.now()):
            self._tell(running.id, box.PinChecked(right=False, refused=True))
            return

        def told(right: bool) -> None:
            if not right:
                self.wrong += 1
                found = self._guesses.fail(mailbox, caller, owner, self._engine.clock.now())
                if found is not None:
                    self._engine.ports.problems.report(found)
            self._tell(running.id, box.PinChecked(right))

        self._engine.ports.boxes.check_pin(mailbox, command.pin, told)

    def _set_pin(self, command: box.SetPin, running: Running) -> None:
        snapshot = self._engine.ports.directory.current()
        found = snapshot.mailbox(command.mailbox)
        if found is None:
            self._tell(running.id, box.PinTaken(False))
            return

        def told(taken: bool) -> None:
            self._tell(running.id, box.PinTaken(taken))

        known = _extension(snapshot, found)
        self._engine.ports.boxes.set_pin(found.id, command.pin, known, command.by, told)


def _extension(snapshot: Snapshot, mailbox: Mailbox) -> str:
    """By which a mailbox is known: its own, or its owner's."""
    owner = snapshot.users.get(mailbox.user) if mailbox.user is not None else None
    return mailbox.extension or (owner.extension if owner is not None else "")


def _by_extension(snapshot: Snapshot, extension: str) -> Mailbox | None:
    """The mailbox that is meant by an extension: a user's, or one of its own."""
    match snapshot.by_extension.get(extension):
        case User(id=user):
            return snapshot.mailbox(user)
        case Mailbox(id=mailbox):
            return snapshot.mailbox(mailbox)
        case _:
            return None
