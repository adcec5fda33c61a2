"""Records of customers: boards of opportunities, tasks and tickets, and the chatter of each (S2-12)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from switchroom.crm.contacts import ContactId, fold
from switchroom.crm.records import (
    App,
    Author,
    Entry,
    EntryId,
    EntryKind,
    Record,
    RecordId,
    Stage,
    StageId,
)
from switchroom.directory import Problem, UserId
from switchroom.store.commit import storable
from switchroom.store.contacts import MOST_TERMS
from switchroom.store.crm_tables import record_entries, records, stages
from switchroom.store.database import Database
from switchroom.store.errors import InvalidConfiguration, NotFound
from switchroom.store.paging import earlier, newest_first, page, position
from switchroom.store.secrets import generate_id
from switchroom.store.stages import read_stages, stages_of
from switchroom.store.tables import contacts

NEAREST = 1e-6
"""Two records whose positions are nearer make room for a third: all of the stage are numbered anew."""
OF_A_STAGE = 100
"""So many records of each stage are on a board."""
_CHUNK = 400
"""Values in one IN (...)."""


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records: all conditions hold."""

    app: App | None = None
    text: str = ""
    """Words of the title, of the contact's name and company; or the record's number."""
    stage: str | None = None
    """Sorted as on the board then; else the newest first."""
    owner: str | None = None
    contact: str | None = None
    open: bool | None = None
    """In a stage that does not close (or that does)."""


class RecordSort(StrEnum):
    """What a list of records can be sorted by."""

    NUMBER = "number"
    TITLE = "title"
    CONTACT = "contact"
    """By its place in the address book; records without one first."""
    STAGE = "stage"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Board:
    """An application's stages with their first records."""

    stages: tuple[Stage, ...]
    records: tuple[Record, ...]
    """By stage and position."""
    counts: Mapping[StageId, int]
    """All of each stage."""


class Records:
    """The records of all applications. Everything acts at once and is in no revision.

    `name_of`: a user's name, for the entries that say who was owner.
    """

    def __init__(
        self,
        database: Database,
        name_of: Callable[[UserId | None], str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._name_of = name_of
        self._clock = clock

    # --- records ------------------------------------------------------------------------------------------

    async def add(
        self,
        app: App,
        title: str,
        by: Author,
        *,
        stage: str | None = None,
        contact: str | None = None,
        owner: str | None = None,
        description: str = "",
    ) -> Record:
        """A new record, on top of its stage (the first one when None). Raises `InvalidConfiguration`."""
        now = self._clock()
        async with self._database.writing() as connection:
            board = await stages_of(connection, app)
            target = board[0] if stage is None else _stage_of(board, stage)
            await require_contact(connection, contact)
            last = await connection.execute(select(func.max(records.c.number)).where(records.c.app == app))
            record = Record(
                id=RecordId(generate_id("record")),
                app=app,
                number=(last.scalar() or 0) + 1,
                title=title,
                stage=target.id,
                position=await _top(connection, target.id),
                contact=ContactId(contact) if contact is not None else None,
                owner=UserId(owner) if owner is not None else None,
                description=description,
                created_at=now,
                changed_at=now,
            )
            await connection.execute(insert(records), _row(record))
            await self._note_change(connection, record.id, by, "created", "", "")
        return record

    async def get(self, record_id: str) -> Record:
        """One record. Raises `NotFound`."""
        async with self._database.reading() as connection:
            return await read_record(connection, record_id)

    async def some(self, ids: Collection[str]) -> dict[RecordId, Record]:
        """Those of these records that there are."""
        async with self._database.reading() as connection:
            found = []
            wanted = sorted(ids)
            for start in range(0, len(wanted), _CHUNK):
                found += await _read(connection, records.c.id.in_(wanted[start : start + _CHUNK]))
        return {record.id: record for record in found}

    async def change(self, record_id: str, change: Callable[[Record], Record], by: Author) -> Record:
        """A record's next state, made of its present one; in another stage it is on top. What `change`
        raises is raised; besides, `NotFound` and `InvalidConfiguration`."""
        async with self._database.writing() as connection:
            before = await read_record(connection, record_id, lock=True)
            after = change(before)
            if after.stage != before.stage:
                await stages_of(connection, before.app)  # one drag after the other
                after = replace(after, position=await _top(connection, after.stage))
            return await self._write(connection, before, after, by)

    async def move(self, record_id: str, stage: str, before: str | None, by: Author) -> Record:
        """Put a record into a stage above another one; at the end when `before` is None or elsewhere now.

        Raises `NotFound` and `InvalidConfiguration`."""
        async with self._database.writing() as connection:
            record = await read_record(connection, record_id, lock=True)
            await stages_of(connection, record.app)  # one drag after the other
            place = await _place(connection, record_id, stage, before)
            return await self._write(
                connection, record, replace(record, stage=StageId(stage), position=place), by
            )

    async def remove(self, record_id: str) -> Record:
        """Delete a record with its chatter and its activities. Raises `NotFound`."""
        async with self._database.writing() as connection:
            record = await read_record(connection, record_id, lock=True)
            await connection.execute(delete(records).where(records.c.id == record_id))
        return record

    async def page(
        self, wanted: RecordFilter, limit: int = 50, after: str | None = None
    ) -> tuple[list[Record], str | None]:
        """Records, and where the next page begins. Raises ValueError for an unknown `after`."""
        conditions = _conditions(wanted)
        order: tuple[Any, ...]
        if wanted.stage is None:
            conditions += earlier(records.c.created_at, records.c.id, after)
            order = newest_first(records.c.created_at, records.c.id)
        else:
            order = (records.c.position, records.c.id)
            if after is not None:
                place, name = position(after, tuple[float, str])
                same = and_(records.c.position == place, records.c.id > name)
                conditions.append(or_(records.c.position > place, same))
        async with self._database.reading() as connection:
            found = await _read(connection, *conditions, order=order, limit=limit + 1)
        if wanted.stage is None:
            return page(found, limit, lambda record: (record.created_at, record.id))
        return page(found, limit, lambda record: (record.position, record.id))

    async def sorted_page(
        self,
        wanted: RecordFilter,
        by: RecordSort,
        descending: bool,
        limit: int = 50,
        after: str | None = None,
    ) -> tuple[list[Record], str | None]:
        """Records in an order of choice, and where the next page begins. Raises ValueError as `page` does."""
        value, name = _sorted_by(by), records.c.id
        conditions = _conditions(wanted)
        if after is not None:
            last, last_name = position(after, tuple[float | str, str])
            beyond = value < last if descending else value > last
            conditions.append(
                or_(beyond, and_(value == last, name < last_name if descending else name > last_name))
            )
        order = (value.desc(), name.desc()) if descending else (value, name)
        asked = select(value, name).where(*conditions).order_by(*order).limit(limit + 1)
        async with self._database.reading() as connection:
            rows = (await connection.execute(asked)).all()
        shown, following = page(rows, limit, tuple)
        found = await self.some([row.id for row in shown])
        return [found[row.id] for row in shown if row.id in found], following

    async def board(self, wanted: RecordFilter) -> Board:
        """A board, as much of it as is asked for. `wanted.app` says which."""
        if wanted.app is None:
            raise TypeError("a board is of one application")
        columns = await self.stages(wanted.app)
        conditions = _conditions(wanted)
        counted = select(records.c.stage_id, func.count()).where(*conditions).group_by(records.c.stage_id)
        found: list[Record] = []
        async with self._database.reading() as connection:
            counts = {StageId(stage): number for stage, number in (await connection.execute(counted)).all()}
            for stage in columns:
                if counts.get(stage.id):
                    order = (records.c.position, records.c.id)
                    of_stage = records.c.stage_id == stage.id
                    found += await _read(connection, *conditions, of_stage, order=order, limit=OF_A_STAGE)
        return Board(tuple(columns), tuple(found), {stage.id: counts.get(stage.id, 0) for stage in columns})

    # --- stages -------------------------------------------------------------------------------------------

    async def stages(self, app: App | None = None) -> list[Stage]:
        """The stages of an application (of all when None), in order. A new system's are made now."""
        asked = tuple(App) if app is None else (app,)
        async with self._database.reading() as connection:
            found = [stage for one in asked for stage in await read_stages(connection, one)]
        if {stage.app for stage in found} == set(asked):
            return found
        async with self._database.writing() as connection:
            return [stage for one in asked for stage in await stages_of(connection, one)]

    # --- the chatter --------------------------------------------------------------------------------------

    async def entries(
        self, record_id: str, limit: int = 50, after: str | None = None
    ) -> tuple[list[Entry], str | None]:
        """A record's chatter, newest first, and where the next page begins. Raises `NotFound`, ValueError."""
        columns = record_entries.c
        wanted = (
            select(record_entries)
            .where(columns.record_id == record_id, *earlier(columns.at, columns.id, after))
            .order_by(*newest_first(columns.at, columns.id))
            .limit(limit + 1)
        )
        async with self._database.reading() as connection:
            await read_record(connection, record_id)
            found = [_entry(row) for row in (await connection.execute(wanted)).all()]
        return page(found, limit, lambda entry: (entry.at, entry.id))

    async def say(self, record_id: str, text: str, by: Author) -> Entry:
        """Somebody writes into a record's chatter. Raises `NotFound`."""
        return await self.put_entry(record_id, EntryKind.MESSAGE, by, text)

    async def put_entry(
        self,
        record_id: str,
        kind: EntryKind,
        by: Author,
        text: str,
        data: Mapping[str, Any] | None = None,
        *,
        once: str | None = None,
        at: float | None = None,
    ) -> Entry:
        """An entry of a record's chatter; what stands under the same `once` gets this text and data.

        Raises `NotFound`."""
        async with self._database.writing() as connection:
            await read_record(connection, record_id, lock=True)
            entry = make_entry(record_id, kind, by, text, data or {}, self._clock() if at is None else at)
            if once is None:
                await insert_entry(connection, entry)
                return entry
            known = select(record_entries).where(record_entries.c.once == once)
            row = (await connection.execute(known)).first()
            if row is None:
                await insert_entry(connection, entry, once)
                return entry
            entry = replace(_entry(row), text=entry.text, data=entry.data)
            values = {name: _entry_row(entry)[name] for name in ("text", "data")}
            await connection.execute(
                update(record_entries).where(record_entries.c.id == entry.id).values(**values)
            )
            return entry

    async def remove_entry(self, once: str) -> bool:
        """Take back what stands under this name; whether there was such an entry."""
        async with self._database.writing() as connection:
            gone = await connection.execute(delete(record_entries).where(record_entries.c.once == once))
        return gone.rowcount > 0

    # --- writing ------------------------------------------------------------------------------------------

    async def _write(self, connection: AsyncConnection, before: Record, after: Record, by: Author) -> Record:
        """Write what changed, with its entries."""
        if after == before:
            return before
        after = replace(after, changed_at=later(self._clock(), before.changed_at))
        if after.stage != before.stage:
            board = await stages_of(connection, before.app)
            names = {stage.id: stage.name or stage.key for stage in board}
            stage = _stage_of(board, after.stage)
            await self._note_change(
                connection, before.id, by, "stage", names.get(before.stage, ""), names[stage.id]
            )
        if after.owner != before.owner:
            was, now = self._name_of(before.owner), self._name_of(after.owner)
            await self._note_change(connection, before.id, by, "owner", was, now)
        if after.contact != before.contact:
            was, now = [await require_contact(connection, one) for one in (before.contact, after.contact)]
            await self._note_change(connection, before.id, by, "contact", was, now)
        await connection.execute(update(records).where(records.c.id == before.id).values(**_row(after)))
        return after

    async def _note_change(
        self,
        connection: AsyncConnection,
        record_id: RecordId,
        by: Author,
        field: str,
        before: str,
        after: str,
    ) -> None:
        data = {"field": field, "before": before, "after": after}
        entry = make_entry(record_id, EntryKind.CHANGE, by, "", data, self._clock())
        await insert_entry(connection, entry)


def later(now: float, before: float) -> float:
    """Now, and never what it was before: versions differ though a clock stands or goes back."""
    return max(now, before + 1e-5)


def make_entry(
    record_id: str, kind: EntryKind, by: Author, text: str, data: Mapping[str, Any], at: float
) -> Entry:
    """A new entry of a chatter."""
    name = EntryId(generate_id("entry"))
    return Entry(name, RecordId(record_id), at, kind, by.user, by.name, text, data)


async def insert_entry(connection: AsyncConnection, entry: Entry, once: str | None = None) -> None:
    """Write an entry."""
    await connection.execute(insert(record_entries), _entry_row(entry) | {"once": once})


async def read_record(connection: AsyncConnection, record_id: str, *, lock: bool = False) -> Record:
    """One record; `lock`: nobody else changes it before the transaction ends. Raises `NotFound`."""
    found = await _read(connection, records.c.id == record_id, lock=lock)
    if not found:
        raise NotFound("record")
    return found[0]


async def require_contact(connection: AsyncConnection, contact: str | None) -> str:
    """The contact's name; empty for None. Raises `InvalidConfiguration` when there is none of this id."""
    if contact is None:
        return ""
    wanted = select(contacts.c.name, contacts.c.company).where(contacts.c.id == contact)
    row = (await connection.execute(wanted)).first()
    if row is None:
        raise refusal("contact_id", "contact-unknown", "This contact is no longer in the address book.")
    return str(row.name or row.company)


def refusal(field: str, error_id: str, message: str) -> InvalidConfiguration:
    """What was sent names something that is not there."""
    return InvalidConfiguration((Problem(field, error_id, message),))


def _stage_of(board: Collection[Stage], stage: str) -> Stage:
    found = next((one for one in board if one.id == stage), None)
    if found is None:
        raise refusal("stage_id", "stage-unknown", "This stage is not on the board.")
    return found


async def _top(connection: AsyncConnection, stage: str) -> float:
    """The position above all of a stage."""
    first = select(func.min(records.c.position)).where(records.c.stage_id == stage)
    smallest = (await connection.execute(first)).scalar()
    return 0.0 if smallest is None else float(smallest) - 1.0


async def _place(connection: AsyncConnection, record_id: str, stage: str, before: str | None) -> float:
    """The position right above `before`, or at the end of the stage."""
    others = and_(records.c.stage_id == stage, records.c.id != record_id)

    async def one(wanted: Any) -> float | None:
        found = (await connection.execute(wanted)).scalar()
        return None if found is None else float(found)

    here = select(records.c.position).where(others, records.c.id == before)
    for _ in range(2):
        below = await one(here) if before is not None else None
        if below is None:
            last = await one(select(func.max(records.c.position)).where(others))
            return 0.0 if last is None else last + 1.0
        earlier_ones = or_(
            records.c.position < below, and_(records.c.position == below, records.c.id < (before or ""))
        )
        above = await one(select(func.max(records.c.position)).where(others, earlier_ones))
        if above is None:
            return below - 1.0
        if below - above > NEAREST:
            return (above + below) / 2
        await _number_anew(connection, stage)
    raise AssertionError("positions of 1, 2, 3 ... have room between them")


async def _number_anew(connection: AsyncConnection, stage: str) -> None:
    """The positions of a stage become 1, 2, 3 ... in the same order."""
    order = (records.c.position, records.c.id)
    ranked = (
        select(records.c.id, func.row_number().over(order_by=order).label("place"))
        .where(records.c.stage_id == stage)
        .subquery()
    )
    await connection.execute(
        update(records).values(position=ranked.c.place).where(records.c.id == ranked.c.id)
    )


def _sorted_by(by: RecordSort) -> ColumnElement[Any]:
    match by:
        case RecordSort.NUMBER:
            return records.c.number
        case RecordSort.TITLE:
            return records.c.searched
        case RecordSort.CONTACT:
            theirs = select(contacts.c.sorting).where(contacts.c.id == records.c.contact_id)
            return func.coalesce(theirs.scalar_subquery(), "")
        case RecordSort.STAGE:
            place = select(stages.c.position).where(stages.c.id == records.c.stage_id)
            return place.scalar_subquery()
        case RecordSort.CHANGED:
            return records.c.changed_at


def _conditions(wanted: RecordFilter) -> list[ColumnElement[bool]]:
    """Folded terms hold letters and digits only: nothing in them is a pattern."""
    columns = records.c
    conditions: list[ColumnElement[bool]] = []
    for column, value in (
        (columns.app, wanted.app),
        (columns.stage_id, wanted.stage),
        (columns.owner, wanted.owner),
        (columns.contact_id, wanted.contact),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.open is not None:
        closing = select(stages.c.id).where(stages.c.closing)
        conditions.append(columns.stage_id.not_in(closing) if wanted.open else columns.stage_id.in_(closing))
    terms = fold(wanted.text[:200]).split()[:MOST_TERMS]
    for term in terms:
        found = [
            columns.searched.like(f"%{term}%"),
            exists().where(contacts.c.id == columns.contact_id, contacts.c.searched.like(f"%{term}%")),
        ]
        if len(terms) == 1 and term.isascii() and term.isdigit() and len(term) < 9:
            found.append(columns.number == int(term))
        conditions.append(or_(*found))
    return conditions


async def _read(
    connection: AsyncConnection,
    *conditions: ColumnElement[bool],
    order: tuple[Any, ...] = (),
    limit: int | None = None,
    lock: bool = False,
) -> list[Record]:
    wanted = select(records).where(*conditions).order_by(*order).limit(limit)
    rows = (await connection.execute(wanted.with_for_update() if lock else wanted)).all()
    return [
        Record(
            id=row.id,
            app=App(row.app),
            number=row.number,
            title=row.title,
            stage=row.stage_id,
            position=row.position,
            contact=row.contact_id,
            owner=row.owner,
            description=row.description,
            created_at=row.created_at,
            changed_at=row.changed_at,
        )
        for row in rows
    ]


def _row(record: Record) -> dict[str, Any]:
    row = {
        "id": record.id,
        "app": record.app.value,
        "number": record.number,
        "title": record.title,
        "searched": f" {fold(record.title)}",
        "stage_id": record.stage,
        "position": record.position,
        "contact_id": record.contact,
        "owner": record.owner,
        "description": record.description,
        "created_at": record.created_at,
        "changed_at": record.changed_at,
    }
    return storable(records, row)


def _entry(row: Any) -> Entry:
    kind = EntryKind(row.kind)
    data = json.loads(row.data)
    return Entry(row.id, row.record_id, row.at, kind, row.author, row.author_name, row.text, data)


def _entry_row(entry: Entry) -> dict[str, Any]:
    row = {
        "id": entry.id,
        "record_id": entry.record,
        "at": entry.at,
        "kind": entry.kind.value,
        "author": entry.author,
        "author_name": entry.author_name,
        "text": entry.text,
        "data": json.dumps(entry.data, ensure_ascii=False),
    }
    return storable(record_entries, row)
