"""The configuration as a whole: look at the draft, apply it, discard it, roll back; the system's settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Annotated

from fastapi import APIRouter, Path, Query

from switchroom.api.context import Context, Here, Who
from switchroom.api.errors import problem_views, responses
from switchroom.api.schemas import (
    AppliedView,
    ApplyInput,
    ChangeView,
    ConfigurationView,
    DraftView,
    RevisionView,
    SavedSettings,
    SettingsPatch,
    SettingsView,
)
from switchroom.api.users import pending_view
from switchroom.directory import Change
from switchroom.store import Draft, Review, Revision

router = APIRouter(prefix="/api", tags=["configuration"])
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


def _changes(changes: Sequence[Change]) -> list[ChangeView]:
    return [ChangeView(path=c.path, kind=c.kind.value, message=c.message) for c in changes]


def _settings(draft: Draft) -> SettingsView:
    pending = ("settings", "settings") in draft.pending
    return SettingsView(**asdict(draft.snapshot.settings), pending=pending)


@router.get("/configuration", responses=responses())
async def get_configuration(here: Here, who: Who) -> ConfigurationView:
    """What is applied, the draft, its difference in words and its problems: what "Apply changes" shows."""
    return _view(await here.store.configuration.review())


@router.post("/configuration/apply", responses=responses(409))
async def apply(body: ApplyInput, here: Here, who: Who) -> AppliedView:
    """Apply the draft as one new revision. Running calls keep what they began with.

    409 `configuration-stale`: somebody applied meanwhile, look again. 422: the problems, each with its field.
    """
    made = await here.store.configuration.apply(body.base_revision, who.login.name, body.comment)
    return _applied(here, made)


@router.post("/configuration/discard", responses=responses())
async def discard(here: Here, who: Who) -> ConfigurationView:
    """Forget what was saved and not applied."""
    await here.store.configuration.discard(who.login.name)
    return _view(await here.store.configuration.review())


@router.get("/configuration/revisions", responses=responses())
async def list_revisions(
    here: Here,
    who: Who,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> list[RevisionView]:
    """Who applied what and when, newest first."""
    found = await here.store.configuration.revisions(limit, before)
    return [
        RevisionView(
            number=revision.number,
            author=revision.author,
            time=revision.time,
            comment=revision.comment,
            changes=_changes(revision.changes),
        )
        for revision in found
    ]


@router.post("/configuration/revisions/{number}/roll-back", responses=responses(404))
async def roll_back(number: Number, here: Here, who: Who) -> AppliedView:
    """Apply an earlier revision again, as a new one. What is in the draft stays there."""
    return _applied(here, await here.store.configuration.roll_back(number, who.login.name))


@router.get("/settings", responses=responses())
async def get_settings(here: Here, who: Who) -> SettingsView:
    """The system's settings, as the draft has them."""
    return _settings(await here.store.configuration.draft())


@router.patch("/settings", responses=responses())
async def change_settings(body: SettingsPatch, here: Here, who: Who) -> SavedSettings:
    """Change settings in the draft: the fields that are named."""
    draft = await here.store.configuration.draft()
    settings = replace(draft.snapshot.settings, **body.model_dump(exclude_unset=True))
    draft = await here.store.configuration.save(settings, who.login.name)
    return SavedSettings(settings=_settings(draft), pending=pending_view(draft))


def _applied(here: Context, made: Revision | None) -> AppliedView:
    if made is None:
        return AppliedView(revision=here.store.configuration.applied.revision, changes=[])
    here.live.configuration_applied()
    return AppliedView(revision=made.number, changes=_changes(made.changes))


def _view(review: Review) -> ConfigurationView:
    draft = review.draft
    return ConfigurationView(
        base_revision=draft.base,
        applied_revision=draft.base,
        draft=DraftView(
            base_revision=draft.base, version=draft.version, author=draft.author, time=draft.time
        ),
        changes=_changes(review.changes),
        problems=problem_views(review.problems),
    )
