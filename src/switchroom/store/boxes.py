"""Call control's `Boxes` port on top of `voicemails.py`: nothing waits, what takes time is told later.

Not in the package's door: whoever imports this loads call control.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from switchroom.calls.boxes import Box, Greeting, Message, MessageId, NewMessage
from switchroom.calls.values import Party
from switchroom.directory.ids import MailboxId, UserId
from switchroom.directory.outside import Mailbox
from switchroom.store.errors import StoreUnavailable
from switchroom.store.voicemails import GreetingKind, Voicemail, Voicemails, WeakPin

log = logging.getLogger(__name__)


class VoicemailBoxes:
    """Implements `calls.boxes.Boxes`. `report`: what an administrator should see (kind, subject, code and
    values of the words)."""

    def __init__(
        self, voicemails: Voicemails, report: Callable[[str, str, str, Mapping[str, str]], None]
    ) -> None:
        self._voicemails = voicemails
        self._report = report
        self._tasks: set[asyncio.Task[None]] = set()

    def look(self, mailbox: Mailbox) -> Box:
        """A mailbox as it is now."""
        kept, box = self._voicemails, mailbox.id
        greetings = {kind: kept.greeting(box, GreetingKind(kind.value)) for kind in Greeting}
        key = kept.key(box)
        return Box(
            mailbox,
            tuple(self._message(one) for one in reversed(kept.of(box)) if one.archived_at is None),
            MappingProxyType(
                {kind: str(kept.file(found.path)) for kind, found in greetings.items() if found is not None}
            ),
            full=kept.full(box),
            has_pin=key.pin_hash is not None,
            asks_pin=key.ask_pin,
        )

    def _message(self, row: Voicemail) -> Message:
        user = UserId(row.caller_user) if row.caller_user else None
        return Message(
            id=MessageId(row.id),
            caller=Party(row.caller_number, row.caller_name, user),
            began=row.began,
            seconds=row.seconds or 0.0,
            heard=row.heard_at is not None,
            file=str(self._voicemails.file(row.path)),
        )

    def counts(self, mailbox: MailboxId) -> tuple[int, int]:
        """How many new and heard messages there are."""
        found = self._voicemails.counts(mailbox)
        return found.new, found.old

    def begin(self, message: NewMessage) -> str:
        """A message begins: the file to record it to; empty when that is not possible."""
        caller = message.caller
        row = Voicemail(
            id=message.id,
            mailbox=message.mailbox,
            call=message.call,
            caller_number=caller.extension,
            caller_name=caller.name,
            caller_user=caller.user_id,
            path=f"{message.id}.wav",
            began=message.began,
        )
        try:
            self._voicemails.prepare()
            self._voicemails.begin(row)
            return str(self._voicemails.file(row.path))
        except (OSError, StoreUnavailable, ValueError) as error:
            self._report("voicemail-folder", "voicemail", "", {"error": str(error)})
            return ""

    def finish(self, message: MessageId, seconds: float | None) -> None:
        """A message is complete. None: as long as its file is."""
        if seconds is None:
            self._spawn(self._voicemails.measure(message))
        else:
            self._voicemails.finish(message, seconds)

    def drop(self, message: MessageId) -> None:
        """A message was taken back, or deleted."""
        self._voicemails.forget(message)

    def heard(self, message: MessageId, *, archived: bool = False) -> None:
        """A message was heard, and maybe archived."""
        self._voicemails.mark(message, heard=True, archived=archived or None)

    def greeting_file(self) -> str:
        """The file to record a greeting to; empty when that is not possible."""
        try:
            self._voicemails.prepare()
            return str(self._voicemails.file(self._voicemails.new_file("greeting")))
        except (OSError, ValueError) as error:
            self._report("voicemail-folder", "voicemail", "greeting-folder", {"error": str(error)})
            return ""

    def keep_greeting(
        self, mailbox: MailboxId, kind: Greeting | None, file: str, told: Callable[[bool], None]
    ) -> None:
        """Greet with a file from now on, or forget it."""
        self._spawn(self._keep_greeting(mailbox, kind, Path(file).name, told))

    async def _keep_greeting(
        self, mailbox: MailboxId, kind: Greeting | None, path: str, told: Callable[[bool], None]
    ) -> None:
        kept = False
        try:
            if kind is None:
                await self._voicemails.remove_file(path)
            else:
                await self._voicemails.set_greeting(mailbox, GreetingKind(kind.value), path)
                kept = True
        except (OSError, ValueError, StoreUnavailable) as error:
            log.warning("a greeting could not be kept: %s", error)
        told(kept)

    def check_pin(self, mailbox: MailboxId | None, pin: str, told: Callable[[bool], None]) -> None:
        """Whether a PIN is right; takes as long for a mailbox there is not."""

        async def check() -> None:
            right = False
            try:
                right = await self._voicemails.pin_is(mailbox or "", pin)
            finally:
                told(right)

        self._spawn(check())

    def set_pin(
        self, mailbox: MailboxId, pin: str, known: str, by: str, told: Callable[[bool], None]
    ) -> None:
        """Another PIN; False when it can be guessed: as `known`, the extension, is."""

        async def take() -> None:
            taken = False
            try:
                await self._voicemails.set_pin(mailbox, pin, by, known)
                taken = True
            except WeakPin:
                pass
            finally:
                told(taken)

        self._spawn(take())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            log.exception("a mailbox could not be changed")
