"""The configuration's revisions and its one working draft (the third idea of the design)."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import msgspec
from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from switchroom.directory import (
    Change,
    Problem,
    RevisionNumber,
    Snapshot,
    UserId,
    diff_entry,
    from_json,
    to_json,
    validate_entry,
)
from switchroom.directory.document import COLLECTIONS, Entry, canonical, entry_to_document
from switchroom.directory.draft import (
    Checked,
    Chosen,
    DraftEntry,
    check,
    compare,
    entry_of,
    overlay,
    part_of,
    selected,
    settled,
    with_entry,
    without_entry,
)
from switchroom.directory.references import SERVER, Blocker, blocked
from switchroom.store.commit import storable
from switchroom.store.database import Database
from switchroom.store.errors import (
    ChangedMeanwhile,
    Conflict,
    InUse,
    InvalidConfiguration,
    NotFound,
    StaleBase,
)
from switchroom.store.offload import Offload
from switchroom.store.tables import audit, draft, draft_entries, revisions

_ROLLED_BACK = "configuration rolled back"
_DISCARDED = "draft discarded"
_ROOMS_LEFT = "The conference server still has rooms: delete them, or take their conference IDs away, first."
_IN_USE = "It is still used by {users}: lead them elsewhere, or take it out there, first."
_MOST_NAMED = 5
_SMALL = 20_000
"""Characters of documents that are checked on the spot: under 2 ms."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be applied: the base's number, the draft's version, its whole and what it changes."""

    base: RevisionNumber
    version: int
    snapshot: Snapshot
    pending: frozenset[tuple[str, str]]
    """(part, id) of the entries that differ from the applied ones."""
    author: str = ""
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class Revision:
    """An applied configuration, without its document."""

    number: RevisionNumber
    author: str
    time: float
    comment: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """The draft with what is wrong in it and what it would change."""

    draft: Draft
    problems: tuple[Problem, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class _State:
    number: int
    version: int
    author: str
    time: float


def entry_version(entry: Entry) -> str:
    """Which state of an entry this is: equal entries have equal versions. For `If-Match`."""
    return base64.urlsafe_b64encode(blake2b(msgspec.json.encode(entry), digest_size=12).digest()).decode()


class Configuration:
    """Revisions are immutable, the draft is edited entry by entry; `apply` makes the one from the other."""

    def __init__(self, database: Database, offload: Offload, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._offload = offload
        self._clock = clock
        self._applied = Snapshot()
        self._draft: Draft | None = None
        self._review: Review | None = None

    @property
    def applied(self) -> Snapshot:
        """The snapshot in force, as last loaded: `refresh()` looks for a newer one."""
        return self._applied

    def name_of(self, user_id: UserId | None) -> str:
        """A user's name in the snapshot in force; empty for nobody, and for who is not in it any more."""
        user = self._applied.users.get(user_id) if user_id is not None else None
        return user.name if user is not None else ""

    async def refresh(self) -> bool:
        """Load the newest revision if another process applied one; True when it did."""
        async with self._database.reading() as connection:
            number = (await connection.execute(select(func.max(revisions.c.number)))).scalar() or 0
            if number == self._applied.revision:
                return False
            text = await self._document(connection, number)
        self._applied = await asyncio.to_thread(from_json, text, RevisionNumber(number))
        return True

    async def snapshot(self, number: int) -> Snapshot:
        """The snapshot of any revision. Raises `NotFound`."""
        async with self._database.reading() as connection:
            text = await self._document(connection, number)
        return await asyncio.to_thread(from_json, text, RevisionNumber(number))

    async def draft(self) -> Draft:
        """The draft as it stands."""
        async with self._database.reading() as connection:
            return await self._current(connection)

    async def review(self) -> Review:
        """The draft, its problems and its difference to what is applied."""
        async with self._database.reading() as connection:
            current = await self._current(connection)
            known = self._review
            if known is not None and known.draft is current:
                return known
            base, entries = await self._texts(connection, current.base)
        checked = await self._check(base, entries)
        self._review = Review(current, checked.problems, checked.changes)
        return self._review

    async def save(
        self, entry: Entry, author: str, *more: Entry, given: Container[str] = (), new: bool = False
    ) -> Draft:
        """Put entries into the draft, all or none. `given`: the fields that the editor has named.

        Raises `InvalidConfiguration` with the problems of an entry; with `new` `Conflict` when `entry` is
        there already.
        """
        async with self._database.writing() as connection:
            changed = await self._current(connection, lock=True)
            part, entry_id = part_of(entry)
            if new and entry_of(changed.snapshot, part, entry_id) is not None:
                raise Conflict("extension", f"There is a {_kind(part)} already.")
            for one in (entry, *more):
                changed = await self._put(connection, changed, one, author, given)
        self._draft = changed
        return changed

    async def edit(
        self, part: str, entry_id: str, values: Mapping[str, Any], author: str, *, expected: str | None = None
    ) -> Draft:
        """Change the named fields of an entry of the draft; two who edit different fields both get theirs.

        `expected` is the version the editor saw. Raises `NotFound`, `InvalidConfiguration`, and
        `ChangedMeanwhile` when the entry is another by now.
        """
        async with self._database.writing() as connection:
            current = await self._current(connection, lock=True)
            entry = await self._expect(connection, current, part, entry_id, expected)
            changed = await self._put(connection, current, replace(entry, **values), author, values)
        self._draft = changed
        return changed

    async def remove(self, part: str, entry_id: str, author: str, *, expected: str | None = None) -> Draft:
        """Take an entry out of the draft. Raises `NotFound`, `ChangedMeanwhile`, `InUse`."""
        async with self._database.writing() as connection:
            current = await self._current(connection, lock=True)
            if part not in COLLECTIONS and part != "conference_server":
                raise NotFound(_kind(part))
            await self._expect(connection, current, part, entry_id, expected)
            if needed := blockers(current.snapshot, part, entry_id):
                raise _in_use(part, needed)
            changed = await self._take_out(connection, current, part, entry_id, author)
            if part == "users" and entry_id in changed.snapshot.mailboxes:  # his own box goes with him
                changed = await self._take_out(connection, changed, "mailboxes", entry_id, author)
        self._draft = changed
        return changed

    async def _take_out(
        self, connection: AsyncConnection, current: Draft, part: str, entry_id: str, author: str
    ) -> Draft:
        """Take an entry out of the draft and write down who did."""
        entry = entry_of(current.snapshot, part, entry_id)
        snapshot = without_entry(current.snapshot, part, entry_id)
        pending = entry_of(self._applied, part, entry_id) is not None
        await self._store_entry(connection, DraftEntry(part, entry_id, None), keep=pending)
        words = "; ".join(c.message for c in diff_entry(entry, None, current.snapshot, snapshot))
        await self._note(connection, author, f"{_kind(part)} removed", f"{part}/{entry_id}", words)
        return await self._touch(connection, current, snapshot, (part, entry_id), pending, author)

    async def _put(
        self, connection: AsyncConnection, current: Draft, entry: Entry, author: str, given: Container[str]
    ) -> Draft:
        """Lay an entry into the draft and write down who did."""
        part, entry_id = part_of(entry)
        former = entry_of(current.snapshot, part, entry_id)
        entry = settled(former, entry, given, current.snapshot)
        snapshot = with_entry(current.snapshot, entry)
        if problems := validate_entry(entry, snapshot):
            raise InvalidConfiguration(tuple(problems))
        if former == entry:
            return current
        same = entry_of(self._applied, part, entry_id) == entry
        text = None if same else canonical(entry_to_document(entry))
        await self._store_entry(connection, DraftEntry(part, entry_id, text), keep=not same)
        words = "; ".join(c.message for c in diff_entry(former, entry, current.snapshot, snapshot))
        await self._note(connection, author, f"{_kind(part)} saved", f"{part}/{entry_id}", words)
        return await self._touch(connection, current, snapshot, (part, entry_id), not same, author)

    async def _expect(
        self, connection: AsyncConnection, current: Draft, part: str, entry_id: str, expected: str | None
    ) -> Entry:
        """The draft's entry, if it is the one the editor saw."""
        entry = entry_of(current.snapshot, part, entry_id)
        if entry is not None and expected in (None, entry_version(entry)):
            return entry
        who = None if expected is None else await self._last_change(connection, part, entry_id)
        if who is None:
            raise NotFound(_kind(part))
        raise ChangedMeanwhile(entry, (part, entry_id) in current.pending, *who)

    async def _last_change(
        self, connection: AsyncConnection, part: str, entry_id: str
    ) -> tuple[str, float] | None:
        """Who changed an entry last, and when; None when nobody is known to have."""
        everything = audit.c.action.in_((_DISCARDED, _ROLLED_BACK))
        edits = (f"{_kind(part)} saved", f"{_kind(part)} removed")
        wanted = (
            select(audit.c.who, audit.c.time)
            .where(or_(and_(audit.c.subject == f"{part}/{entry_id}", audit.c.action.in_(edits)), everything))
            .order_by(audit.c.id.desc())
            .limit(1)
        )
        row = (await connection.execute(wanted)).first()
        return None if row is None else (row.who, row.time)

    async def discard(self, author: str) -> Draft:
        """Forget the draft's changes."""
        async with self._database.writing() as connection:
            current = await self._current(connection, lock=True)
            await connection.execute(delete(draft_entries))
            await self._bump(connection, current.version + 1, author)
            await self._note(connection, author, _DISCARDED, "configuration", "")
        return await self.draft()

    async def apply(self, base_revision: int, author: str, comment: str = "") -> Revision | None:
        """Make the draft the configuration in force; the new revision, or None when nothing differs.

        Raises `StaleBase` when the draft's base is another than the caller saw, `InvalidConfiguration` with
        all problems. The checks run outside the transaction, which starts over if somebody edited meanwhile.
        """
        while True:
            async with self._database.reading() as connection:
                current = await self._current(connection)
                if current.base != base_revision:
                    raise StaleBase(current.base)
                base, entries = await self._texts(connection, current.base)
            checked = await self._check(base, entries)
            if checked.problems:
                raise InvalidConfiguration(checked.problems)
            if not checked.changes:
                return None
            async with self._database.writing() as connection:
                latest = await self._state(connection, lock=True)
                if latest.number != base_revision:
                    raise StaleBase(latest.number)
                if latest.version != current.version:
                    continue
                await connection.execute(delete(draft_entries))
                await self._bump(connection, latest.version + 1, author)
                made = await self._publish(connection, latest.number + 1, checked, author, comment)
            await self.refresh()
            return made

    async def apply_one(
        self, part: str, entry_id: str, author: str, fields: frozenset[str] | None = None
    ) -> Revision | None:
        """Apply one entry of the draft, or only some of its fields; whatever else is pending stays so."""
        return await self.apply_some([Chosen(part, entry_id, fields)], author)

    async def apply_some(self, chosen: Sequence[Chosen], author: str) -> Revision | None:
        """Apply these entries of the draft alone (S3-06, G-11); None when they are in force already.

        Raises `InvalidConfiguration` when what is in force and they do not go together: something else that
        is pending may be needed first.
        """
        while True:
            async with self._database.reading() as connection:
                current = await self._current(connection)
                base = await self._document(connection, current.base)
            applied = self._applied
            if applied.revision != current.base:
                continue
            entries = selected(applied, current.snapshot, chosen)
            checked = await self._check(base, entries)
            if checked.problems:
                raise InvalidConfiguration(checked.problems)
            if not checked.changes:
                return None
            async with self._database.writing() as connection:
                latest = await self._state(connection, lock=True)
                if (latest.number, latest.version) != (current.base, current.version):
                    continue
                after = overlay(applied, entries)
                for part, entry_id, _ in entries:
                    if entry_of(after, part, entry_id) == entry_of(current.snapshot, part, entry_id):
                        await self._store_entry(connection, DraftEntry(part, entry_id, None), keep=False)
                await self._bump(connection, latest.version + 1, author)
                made = await self._publish(connection, latest.number + 1, checked, author, "")
            await self.refresh()
            return made

    async def roll_back(self, number: int, author: str, comment: str = "") -> Revision | None:
        """Apply an earlier revision again, as a new one; None when it is what is in force. The draft stays.

        Raises `NotFound`, and `InvalidConfiguration` when the rules of today refuse it.
        """
        while True:
            present, checked = await self._compared(number)
            if checked.problems:
                raise InvalidConfiguration(checked.problems)
            if not checked.changes:
                return None
            async with self._database.writing() as connection:
                latest = await self._state(connection, lock=True)
                if latest.number != present:
                    continue
                await self._bump(connection, latest.version + 1, author)
                comment = comment or f"Rolled back to {number}"
                made = await self._publish(
                    connection, latest.number + 1, checked, author, comment, _ROLLED_BACK
                )
            await self.refresh()
            return made

    async def difference(self, number: int) -> Checked:
        """What rolling back to a revision would change, and what keeps it from that. Raises `NotFound`."""
        return (await self._compared(number))[1]

    async def _compared(self, number: int) -> tuple[int, Checked]:
        """The number in force, and what differs in an earlier revision."""
        async with self._database.reading() as connection:
            state = await self._state(connection)
            wanted = await self._document(connection, number)
            present = await self._document(connection, state.number)
        if len(wanted) + len(present) <= _SMALL:
            return state.number, compare(present, wanted)
        return state.number, await self._offload.run(compare, present, wanted)

    async def revisions(self, limit: int = 50, before: int | None = None) -> list[Revision]:
        """The applied revisions, newest first."""
        columns = [column for column in revisions.c if column.name != "document"]
        wanted = select(*columns).order_by(revisions.c.number.desc()).limit(limit)
        if before is not None:
            wanted = wanted.where(revisions.c.number < before)
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).all()
        return [
            Revision(
                RevisionNumber(row.number),
                row.author,
                row.time,
                row.comment,
                msgspec.json.decode(row.changes, type=tuple[Change, ...]),
            )
            for row in rows
        ]

    async def initialise(self, snapshot: Snapshot, author: str, comment: str) -> bool:
        """Publish a first revision; False when there is one already. Raises `InvalidConfiguration`."""
        checked = compare(to_json(Snapshot()), to_json(snapshot))
        if checked.problems:
            raise InvalidConfiguration(checked.problems)
        async with self._database.writing() as connection:
            if (await self._state(connection, lock=True)).number:
                return False
            await self._publish(connection, 1, checked, author, comment)
        await self.refresh()
        return True

    async def _publish(
        self,
        connection: AsyncConnection,
        number: int,
        checked: Checked,
        author: str,
        comment: str,
        action: str = "configuration applied",
    ) -> Revision:
        now = self._clock()
        row = {
            "number": number,
            "document": checked.document,
            "author": author,
            "time": now,
            "comment": comment,
            "changes": msgspec.json.encode(checked.changes).decode(),
        }
        await connection.execute(insert(revisions), storable(revisions, row))
        detail = "; ".join(change.message for change in checked.changes[:50])
        await self._note(connection, author, action, f"revision {number}", detail)
        return Revision(RevisionNumber(number), author, now, comment, checked.changes)

    async def _check(self, base: str, entries: Sequence[DraftEntry]) -> Checked:
        if len(base) + sum(len(entry.document or "") for entry in entries) <= _SMALL:
            return check(base, entries)
        return await self._offload.run(check, base, entries)

    async def _state(self, connection: AsyncConnection, lock: bool = False) -> _State:
        wanted = select(draft)
        row = (await connection.execute(wanted.with_for_update() if lock else wanted)).first()
        number = (await connection.execute(select(func.max(revisions.c.number)))).scalar() or 0
        if row is None:
            return _State(number, 0, "", 0.0)
        return _State(number, row.version, row.author, row.time)

    async def _current(self, connection: AsyncConnection, lock: bool = False) -> Draft:
        state = await self._state(connection, lock)
        known = self._draft
        if known is not None and known.base == state.number and known.version == state.version:
            return known
        if self._applied.revision != state.number:
            text = await self._document(connection, state.number)
            self._applied = await asyncio.to_thread(from_json, text, RevisionNumber(state.number))
        entries = await self._entries(connection)
        snapshot = await asyncio.to_thread(overlay, self._applied, entries)
        pending = frozenset(
            (part, entry_id)
            for part, entry_id, _ in entries
            if entry_of(snapshot, part, entry_id) != entry_of(self._applied, part, entry_id)
        )
        number = RevisionNumber(state.number)
        self._draft = Draft(number, state.version, snapshot, pending, state.author, state.time)
        return self._draft

    async def _touch(
        self,
        connection: AsyncConnection,
        current: Draft,
        snapshot: Snapshot,
        key: tuple[str, str],
        pending: bool,
        author: str,
    ) -> Draft:
        await self._bump(connection, current.version + 1, author)
        marks = current.pending | {key} if pending else current.pending - {key}
        return Draft(current.base, current.version + 1, snapshot, marks, author, self._clock())

    async def _bump(self, connection: AsyncConnection, version: int, author: str) -> None:
        row = storable(draft, {"version": version, "author": author, "time": self._clock()})
        await connection.execute(update(draft).where(draft.c.id == 1).values(**row))

    async def _store_entry(self, connection: AsyncConnection, entry: DraftEntry, keep: bool) -> None:
        where = (draft_entries.c.part == entry.part) & (draft_entries.c.entry_id == entry.entry_id)
        await connection.execute(delete(draft_entries).where(where))
        if keep:
            await connection.execute(insert(draft_entries), storable(draft_entries, entry._asdict()))

    async def _entries(self, connection: AsyncConnection) -> list[DraftEntry]:
        wanted = select(draft_entries).order_by(draft_entries.c.part, draft_entries.c.entry_id)
        return [DraftEntry(row.part, row.entry_id, row.document) for row in await connection.execute(wanted)]

    async def _texts(self, connection: AsyncConnection, number: int) -> tuple[str, list[DraftEntry]]:
        return await self._document(connection, number), await self._entries(connection)

    async def _document(self, connection: AsyncConnection, number: int) -> str:
        if number == 0:
            return to_json(Snapshot())
        wanted = select(revisions.c.document).where(revisions.c.number == number)
        text = (await connection.execute(wanted)).scalar()
        if text is None:
            raise NotFound(f"revision {number}")
        return str(text)

    async def _note(
        self, connection: AsyncConnection, who: str, action: str, subject: str, detail: str
    ) -> None:
        row = {"time": self._clock(), "who": who, "action": action, "subject": subject, "detail": detail}
        await connection.execute(insert(audit), storable(audit, row))


def blockers(draft: Snapshot, part: str, entry_id: str = SERVER[1]) -> tuple[Blocker, ...]:
    """What has to go, or to lead elsewhere, before an entry may be removed, in that order (S3-11)."""
    return blocked(draft).get((part, entry_id), ())


def _in_use(part: str, needed: Sequence[Blocker]) -> InUse:
    if part == SERVER[0] and needed[0].part == "conferences":
        return InUse(_ROOMS_LEFT, needed, "server-in-use")
    named = [
        "the settings" if one.part == "settings" else f"{_kind(one.part)} {one.name}"
        for one in needed[:_MOST_NAMED]
    ]
    more = len(needed) - len(named)
    users = ", ".join(named) + (f" and {more} more" if more else "")
    return InUse(_IN_USE.format(users=users), needed, "server-in-use" if part == SERVER[0] else "in-use")


_KINDS = {"numbers": "incoming number", "groups": "user group", "mailboxes": "mailbox"}


def _kind(part: str) -> str:
    """What one entry of a part is called."""
    return _KINDS.get(part) or part.removesuffix("s").replace("_", " ")
