"""The stages of the boards: everybody sees them, administrators change them. Everything acts at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Response

from switchroom.api.context import Here, Id
from switchroom.api.crm_desk import Who, answer, stage_view
from switchroom.api.crm_schemas import MOST_STAGE_NAME, StageInput, StagePatch, StageView
from switchroom.api.errors import ApiError, responses
from switchroom.api.phone_tabs import Pages
from switchroom.api.rights import Needs, Right, Session
from switchroom.crm.contacts import clean_line
from switchroom.crm.records import App, Stage

router = APIRouter(prefix="/api/records/stages", tags=["records"])

Editor = Annotated[Session, Needs(Right.SYSTEM)]


@router.get("", response_model=list[StageView], responses=responses())
async def list_stages(here: Here, who: Who, app: Annotated[App | None, Query()] = None) -> Response:
    """The stages of one board, or of all, in order."""
    return answer([stage_view(stage) for stage in await here.store.customer_records.stages(app)])


@router.post("", response_model=StageView, status_code=201, responses=responses(409))
async def add_stage(body: StageInput, here: Here, pages: Pages, who: Editor) -> Response:
    """A new stage at the end of a board. 409 `too-many-stages`: it has 20 already."""
    stage = await here.store.stages.add(body.app, _name(body.name), body.closing)
    await here.store.audit.note(who.login.name, "stage added", _shown(stage), stage.id)
    pages.changed("records")
    return answer(stage_view(stage), 201)


@router.patch("/{stage_id}", response_model=StageView, responses=responses(404))
async def change_stage(stage_id: Id, body: StagePatch, here: Here, pages: Pages, who: Editor) -> Response:
    """Name a stage, move it on its board, or let it close records."""
    named = body.model_fields_set

    def change(now: Stage) -> Stage:
        return replace(
            now,
            name=_name(body.name, by_key=bool(now.key)) if "name" in named else now.name,
            position=body.position if "position" in named else now.position,
            closing=body.closing if "closing" in named else now.closing,
        )

    stage = await here.store.stages.change(stage_id, change)
    await here.store.audit.note(who.login.name, "stage changed", _shown(stage), stage.id)
    pages.changed("records")
    return answer(stage_view(stage))


@router.delete("/{stage_id}", status_code=204, responses=responses(404, 409))
async def remove_stage(stage_id: Id, here: Here, pages: Pages, who: Editor) -> Response:
    """Take a stage off its board. 409 `stage-in-use`: there are records in it; `last-stage`: the only one."""
    stage = await here.store.stages.remove(stage_id)
    await here.store.audit.note(who.login.name, "stage removed", _shown(stage), stage.id)
    pages.changed("records")
    return Response(status_code=204)


def _name(text: str, *, by_key: bool = False) -> str:
    """One line. Raises 422 for an empty one, unless the stage has a name by its key."""
    name = clean_line(text, MOST_STAGE_NAME)
    if not name and not by_key:
        raise ApiError(422, "name-missing", "Give the stage a name.", "name")
    return name


def _shown(stage: Stage) -> str:
    return f"{stage.app}: {stage.name or stage.key}"
