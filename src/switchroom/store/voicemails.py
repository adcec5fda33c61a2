"""Voicemail: messages, greetings and PINs of mailboxes. Rows in the database, sound in a folder.

All rows are in memory, so that calls never wait; changes are written behind. A message's row is there before
its first second is: whatever kills us, it is closed at the next start by what is in its file.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Table, delete, insert, select

from switchroom.store import sound_files
from switchroom.store.commit import storable
from switchroom.store.database import Database
from switchroom.store.paging import page, position
from switchroom.store.secrets import Passwords, generate_id
from switchroom.store.tables import audit, voicemail_greetings, voicemail_keys, voicemails
from switchroom.store.write_behind import WriteBehind

log = logging.getLogger(__name__)

SHORTEST: Final = 1.0
"""Seconds: what is shorter is no message."""
MOST_MESSAGES: Final = 200
"""In one mailbox, archived ones too; then it takes no more."""
PIN_DIGITS: Final = (4, 8)
"""Fewest and most."""


class GreetingKind(StrEnum):
    """What a greeting is for."""

    UNAVAILABLE = "unavailable"
    BUSY = "busy"
    NAME = "name"
    """The owner's name, put into the standard greeting."""


class MailStage(StrEnum):
    """How far the mail about a message is."""

    DUE = "due"
    QUEUED = "queued"
    """It waits in the outbox; what is done after it, is not done yet."""
    DONE = "done"


class WeakPin(ValueError):
    """The PIN can be guessed; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Voicemail:
    """A message. Times are seconds since the epoch."""

    id: str
    mailbox: str
    call: str
    caller_number: str
    caller_name: str
    caller_user: str | None
    path: str
    """Inside the folder; never shown."""
    began: float
    seconds: float | None = None
    """None: it is being recorded."""
    heard_at: float | None = None
    archived_at: float | None = None
    mail: MailStage = MailStage.DUE


@dataclass(frozen=True, slots=True)
class Greeting:
    """What callers of a mailbox hear. `text`: what was spoken; empty when it was recorded."""

    mailbox: str
    kind: GreetingKind
    path: str
    seconds: float
    text: str
    changed_at: float

    @property
    def id(self) -> str:
        """Its key."""
        return f"{self.mailbox}/{self.kind.value}"


@dataclass(frozen=True, slots=True)
class Key:
    """How a mailbox is opened by phone."""

    pin_hash: str | None = field(default=None, repr=False)
    ask_pin: bool = True
    """From its owner's own phone, too."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Messages in a mailbox, those being recorded and archived ones left out."""

    new: int = 0
    old: int = 0


def check_pin(pin: str, *known: str | None) -> None:
    """Refuse a PIN that is guessed at once; `known` is what everybody knows (the extension).

    Raises WeakPin.
    """
    low, high = PIN_DIGITS
    if not (pin.isascii() and pin.isdecimal() and low <= len(pin) <= high):
        raise WeakPin(f"A PIN has {low} to {high} digits.")
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    if steps in ({0}, {1}, {9}):
        raise WeakPin("Equal digits, or digits in a row, are guessed first.")
    if any(other and (pin == other or pin in (other + other, other.zfill(len(pin)))) for other in known):
        raise WeakPin("The extension is guessed first.")


class Voicemails:
    """What mailboxes hold. Used on the running loop; nothing but `set_pin` and `pin_is` waits."""

    def __init__(
        self,
        database: Database,
        queue: WriteBehind,
        folder: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._queue = queue
        self._passwords = Passwords()
        self._clock = clock
        self.folder = folder
        self._messages: dict[str, Voicemail] = {}
        self._of_box: dict[str, dict[str, Voicemail]] = {}
        self._greetings: dict[str, Greeting] = {}
        self._keys: dict[str, Key] = {}
        self._heard: list[Callable[[str], None]] = []
        self._left: list[Callable[[Voicemail], None]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def prepare(self) -> None:
        """Make the folder, readable by us alone. Raises OSError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def file(self, path: str) -> Path:
        """Where a sound lies. Raises ValueError for a path that leads out of the folder."""
        if not path or Path(path).name != path or path.startswith("."):
            raise ValueError(f"{path!r} is no file of the folder of voicemail")
        return (self.folder / path).absolute()

    async def load(self) -> None:
        """Read everything: at start."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(voicemails))).all()
            greetings = (await connection.execute(select(voicemail_greetings))).all()
            keys = (await connection.execute(select(voicemail_keys))).all()
        for row in rows:
            self._remember(Voicemail(**{**row._mapping, "mail": MailStage(row.mail)}))
        for row in greetings:
            kind = GreetingKind(row.kind)
            found = Greeting(row.mailbox, kind, row.path, row.seconds, row.text, row.changed_at)
            self._greetings[found.id] = found
        self._keys = {row.id: Key(row.pin_hash, row.ask_pin) for row in keys}

    def when_changed(self, hear: Callable[[str], None]) -> None:
        """Have `hear` called with the mailbox's id whenever its messages change."""
        self._heard.append(hear)

    def when_left(self, hear: Callable[[Voicemail], None]) -> None:
        """Have `hear` called with each message that was left: complete, and not taken back."""
        self._left.append(hear)

    # --- messages -----------------------------------------------------------------------------------------

    def get(self, message_id: str) -> Voicemail | None:
        """One message."""
        return self._messages.get(message_id)

    def of(self, mailbox: str) -> list[Voicemail]:
        """The messages of a mailbox that can be heard, the newest first; archived ones too."""
        found = [one for one in self._of_box.get(mailbox, {}).values() if one.seconds is not None]
        return sorted(found, key=_place, reverse=True)

    def page(
        self, mailbox: str, *, archived: bool = False, limit: int = 50, after: str | None = None
    ) -> tuple[list[Voicemail], str | None]:
        """Messages, the newest first, and where the next page begins (None at the end).

        Raises ValueError for an `after` that no page gave.
        """
        found = [one for one in self.of(mailbox) if (one.archived_at is not None) is archived]
        if after is not None:
            last = position(after, tuple[float, str])
            found = [one for one in found if _place(one) < last]
        return page(found[: limit + 1], limit, _place)

    def counts(self, mailbox: str) -> Counts:
        """How many there are."""
        shown = [
            one
            for one in self._of_box.get(mailbox, {}).values()
            if one.seconds is not None and one.archived_at is None
        ]
        new = sum(one.heard_at is None for one in shown)
        return Counts(new, len(shown) - new)

    def full(self, mailbox: str) -> bool:
        """Whether it takes no more messages."""
        return len(self._of_box.get(mailbox, ())) >= MOST_MESSAGES

    def with_mail(self, *stages: MailStage) -> list[Voicemail]:
        """Complete messages whose mail is so far, the oldest first."""
        found = [one for one in self._messages.values() if one.seconds is not None and one.mail in stages]
        return sorted(found, key=_place)

    def begin(self, message: Voicemail) -> None:
        """A message is being recorded from now on. Raises `StoreUnavailable` when too much waits already."""
        self._write(message, new=True)

    def finish(self, message_id: str, seconds: float) -> Voicemail | None:
        """A message is complete. What is too short is none: it is deleted, as one that is not known is."""
        found = self._messages.get(message_id)
        if found is None or seconds < SHORTEST:
            self.forget(message_id)
            return None
        written = self._write(replace(found, seconds=seconds))
        for hear in self._left if found.seconds is None else ():
            hear(written)
        return written

    def mark(
        self, message_id: str, *, heard: bool | None = None, archived: bool | None = None
    ) -> Voicemail | None:
        """A message was heard or is new again, is archived or no longer; None: there is none."""
        found = self._messages.get(message_id)
        if found is None or found.seconds is None:
            return None
        now = self._clock()
        marked = replace(
            found,
            heard_at=_moment(found.heard_at, heard, now),
            archived_at=_moment(found.archived_at, archived, now),
        )
        return found if marked == found else self._write(marked)

    def mailed(self, message_id: str, stage: MailStage) -> None:
        """How far the mail about a message is now."""
        found = self._messages.get(message_id)
        if found is not None and found.mail is not stage:
            self._write(replace(found, mail=stage), quietly=True)

    def forget(self, message_id: str) -> None:
        """Delete a message, soon; it is no longer listed when this returns."""
        found = self._unlist(message_id)
        if found is not None:
            task = asyncio.get_running_loop().create_task(self._erase(found))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def delete(self, message_id: str) -> bool:
        """Delete a message: its file, then its row; False when there is none."""
        found = self._unlist(message_id)
        if found is None:
            return False
        await self._erase(found)
        await self._queue.settled()
        return True

    def _unlist(self, message_id: str) -> Voicemail | None:
        found = self._messages.pop(message_id, None)
        if found is not None:
            self._of_box[found.mailbox].pop(message_id, None)
            self._tell(found.mailbox)
        return found

    async def _erase(self, message: Voicemail) -> None:
        try:
            await asyncio.to_thread(self._remove, message.path)
        except (OSError, ValueError) as error:
            log.error("the sound of a message could not be deleted: %s", type(error).__name__)
            self._remember(message)  # it is still there, and is said to be
            self._tell(message.mailbox)
            return
        self._queue.delete(voicemails, message.id)

    def _remove(self, path: str) -> None:
        file = self.file(path)
        sound_files.peaks_file(file).unlink(missing_ok=True)
        file.unlink(missing_ok=True)

    async def close_interrupted(self, before: float) -> int:
        """At start: close what was being recorded then. How many they were.

        Nobody may write to them any more (the former worker has ended).
        """
        open_then = [one for one in self._messages.values() if one.seconds is None and one.began < before]
        for message in open_then:
            await self.measure(message.id)
        return len(open_then)

    async def measure(self, message_id: str) -> None:
        """Close a message whose writer is gone, by what is in its file."""
        found = self._messages.get(message_id)
        if found is not None and found.seconds is None:
            self.finish(message_id, await asyncio.to_thread(self._mended, found.path))

    def _mended(self, path: str) -> float:
        try:
            return sound_files.mend(self.file(path))
        except (OSError, ValueError) as error:
            log.warning("a message that was cut off can not be used: %s", type(error).__name__)
            return 0.0

    async def delete_before(self, moment: float) -> int:
        """Retention: delete messages that were heard and are older. How many they were."""
        old = [one.id for one in self._messages.values() if one.heard_at is not None and one.began < moment]
        for message_id in old:
            await self.delete(message_id)
        return len(old)

    # --- greetings ----------------------------------------------------------------------------------------

    def greeting(self, mailbox: str, kind: GreetingKind) -> Greeting | None:
        """What callers hear; None: the standard one."""
        return self._greetings.get(f"{mailbox}/{kind.value}")

    def new_file(self, what: str) -> str:
        """A path that was never used."""
        return f"{generate_id(what)}.wav"

    async def set_greeting(self, mailbox: str, kind: GreetingKind, path: str, text: str = "") -> Greeting:
        """Greet with a file of the folder from now on; the former one is deleted. Durable when this returns.

        Raises ValueError, OSError: it is no sound.
        """
        sound = await asyncio.to_thread(sound_files.look, self.file(path))
        former = self.greeting(mailbox, kind)
        found = Greeting(mailbox, kind, path, round(sound.seconds, 2), text, self._clock())
        self._greetings[found.id] = found
        row = {name: getattr(found, name) for name in found.__dataclass_fields__}
        self._queue.put(voicemail_greetings, {"id": found.id, **row, "kind": kind.value})
        await self._queue.settled()
        if former is not None and former.path != path:
            await asyncio.to_thread(self._remove, former.path)
        return found

    async def remove_greeting(self, mailbox: str, kind: GreetingKind) -> bool:
        """Back to the standard one; False when it was that already."""
        found = self._greetings.pop(f"{mailbox}/{kind.value}", None)
        if found is None:
            return False
        self._queue.delete(voicemail_greetings, found.id)
        await self._queue.settled()
        await asyncio.to_thread(self._remove, found.path)
        return True

    async def remove_file(self, path: str) -> None:
        """Delete a sound that became no greeting."""
        await asyncio.to_thread(self._remove, path)

    # --- PINs ---------------------------------------------------------------------------------------------

    def key(self, mailbox: str) -> Key:
        """How the mailbox is opened."""
        return self._keys.get(mailbox, Key())

    async def pin_is(self, mailbox: str, pin: str) -> bool:
        """Whether the PIN is right; takes as long for a mailbox without one."""
        return await self._passwords.verify(self.key(mailbox).pin_hash, pin)

    async def set_pin(self, mailbox: str, pin: str | None, author: str, *known: str | None) -> None:
        """Another PIN, or none: durable, audited and in force when this returns. Raises WeakPin."""
        if pin is not None:
            check_pin(pin, *known)
        hashed = None if pin is None else await self._passwords.hash(pin)
        act = "voicemail PIN removed" if pin is None else "voicemail PIN set"
        await self._set_key(mailbox, replace(self.key(mailbox), pin_hash=hashed), author, act)

    async def set_ask_pin(self, mailbox: str, ask: bool, author: str) -> None:
        """Whether the owner's own phone is asked for the PIN, too."""
        act = "voicemail PIN asked" if ask else "voicemail PIN not asked"
        await self._set_key(mailbox, replace(self.key(mailbox), ask_pin=ask), author, act)

    async def _set_key(self, mailbox: str, key: Key, author: str, act: str) -> None:
        now = self._clock()
        row = {"id": mailbox, "pin_hash": key.pin_hash, "ask_pin": key.ask_pin, "changed_at": now}
        note = {"time": now, "who": author, "action": act, "subject": f"mailboxes/{mailbox}", "detail": ""}
        async with self._database.writing() as connection:
            await connection.execute(delete(voicemail_keys).where(voicemail_keys.c.id == mailbox))
            await connection.execute(insert(voicemail_keys), storable(voicemail_keys, row))
            await connection.execute(insert(audit), storable(audit, note))
        self._keys[mailbox] = key

    # --- within -------------------------------------------------------------------------------------------

    def _write(self, message: Voicemail, *, new: bool = False, quietly: bool = False) -> Voicemail:
        self._queue.put(voicemails, _row(voicemails, message), new=new)
        self._remember(message)
        if message.seconds is not None and not quietly:
            self._tell(message.mailbox)
        return message

    def _remember(self, message: Voicemail) -> None:
        self._messages[message.id] = message
        self._of_box.setdefault(message.mailbox, {})[message.id] = message

    def _tell(self, mailbox: str) -> None:
        for hear in self._heard:
            try:
                hear(mailbox)
            except Exception:
                log.exception("a change of mailbox %s could not be told", mailbox)

    async def close(self) -> None:
        """Finish what was begun. For before the queue is closed."""
        await self._erased()
        self._passwords.close()

    async def settled(self) -> None:
        """Return when every change is durable and every deleted file is gone."""
        await self._erased()
        await self._queue.settled()

    async def _erased(self) -> None:
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)


def _place(message: Voicemail) -> tuple[float, str]:
    return message.began, message.id


def _row(table: Table, message: Voicemail) -> Mapping[str, Any]:
    return {column.name: getattr(message, column.name) for column in table.columns} | {
        "mail": message.mail.value
    }


def _moment(former: float | None, wanted: bool | None, now: float) -> float | None:
    """When something became so: unchanged where it already is, or nobody said."""
    if wanted is None or wanted is (former is not None):
        return former
    return now if wanted else None
