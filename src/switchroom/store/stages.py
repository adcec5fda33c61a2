"""The stages of records: a board's columns. A new system has those that are delivered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from switchroom.crm.records import DELIVERED, MOST_STAGES, App, Stage, StageId
from switchroom.store.commit import storable
from switchroom.store.crm_tables import records, stages
from switchroom.store.database import Database
from switchroom.store.errors import InUse, NotFound
from switchroom.store.secrets import generate_id


class Stages:
    """Changes of boards: by administrators, at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, app: App, name: str, closing: bool = False) -> Stage:
        """A new stage at the end of a board. Raises `InUse` when it has as many as it may have."""
        async with self._database.writing() as connection:
            board = await stages_of(connection, app)
            if len(board) >= MOST_STAGES:
                raise InUse(f"A board has at most {MOST_STAGES} stages.", (), "too-many-stages")
            stage = Stage(StageId(generate_id("stage")), app, "", name, board[-1].position + 1, closing)
            await connection.execute(insert(stages), _row(stage))
        return stage

    async def change(self, stage_id: str, change: Callable[[Stage], Stage]) -> Stage:
        """A stage's next state, made of its present one; `position` is its place on the board, from 0.

        Raises `NotFound`."""
        async with self._database.writing() as connection:
            before = await _read_stage(connection, stage_id)
            after = change(before)
            board = [one for one in await stages_of(connection, before.app) if one.id != stage_id]
            place = max(0, min(after.position, len(board)))
            board.insert(place, replace(after, id=before.id, app=before.app, key=before.key))
            for index, one in enumerate(board):
                row = _row(replace(one, position=index))
                await connection.execute(update(stages).where(stages.c.id == one.id).values(**row))
        return replace(board[place], position=place)

    async def remove(self, stage_id: str) -> Stage:
        """Take an empty stage off its board. Raises `NotFound`, and `InUse` for the last one or one with
        records."""
        async with self._database.writing() as connection:
            stage = await _read_stage(connection, stage_id)
            board = await stages_of(connection, stage.app)
            if len(board) == 1:
                raise InUse("A board has one stage at least.", (), "last-stage")
            held = select(exists().where(records.c.stage_id == stage_id))
            if (await connection.execute(held)).scalar():
                text = "There are records in this stage: move them into another one first."
                raise InUse(text, (), "stage-in-use")
            await connection.execute(delete(stages).where(stages.c.id == stage_id))
        return stage


async def stages_of(connection: AsyncConnection, app: App) -> list[Stage]:
    """The stages of a board in a writing transaction: made when there are none yet, and nobody else writes
    on this board before it ends."""
    found = await read_stages(connection, app, lock=True)
    if found:
        return found
    rows = [
        _row(Stage(StageId(f"stage-{app}-{key}"), app, key, "", place, closing))
        for place, (key, closing) in enumerate(DELIVERED[app])
    ]
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    # Another one may have been faster: the same ids.
    await connection.execute(dialect.insert(stages).on_conflict_do_nothing(), rows)
    return await read_stages(connection, app, lock=True)


async def read_stages(connection: AsyncConnection, app: App, *, lock: bool = False) -> list[Stage]:
    """The stages that there are, in order."""
    wanted = select(stages).where(stages.c.app == app.value).order_by(stages.c.position, stages.c.id)
    rows = await connection.execute(wanted.with_for_update() if lock else wanted)
    return [_stage(row) for row in rows.all()]


async def _read_stage(connection: AsyncConnection, stage_id: str) -> Stage:
    row = (await connection.execute(select(stages).where(stages.c.id == stage_id))).first()
    if row is None:
        raise NotFound("stage")
    return _stage(row)


def _stage(row: Any) -> Stage:
    return Stage(row.id, App(row.app), row.key, row.name, row.position, row.closing)


def _row(stage: Stage) -> dict[str, Any]:
    row = {
        "id": stage.id,
        "app": stage.app.value,
        "key": stage.key,
        "name": stage.name,
        "position": stage.position,
        "closing": stage.closing,
    }
    return storable(stages, row)
