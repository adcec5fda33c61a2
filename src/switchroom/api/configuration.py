"""The configuration as a whole: look at the draft, apply it, discard it, roll back; the system's settings."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Query

from switchroom.api.context import Context, Here
from switchroom.api.errors import problem_views, responses
from switchroom.api.rights import Needs, Right, Session
from switchroom.api.schemas import (
    AppliedView,
    ApplyInput,
    ConfigurationView,
    DifferenceView,
    DraftView,
    RevisionView,
    SavedSettings,
    SettingsPatch,
    SettingsView,
)
from switchroom.api.users import pending_view
from switchroom.api.versions import Present, Seen, change_views
from switchroom.directory import Settings
from switchroom.directory.document import fields_from_document
from switchroom.store import Draft, Review, Revision
from switchroom.store.configuration import entry_version

router = APIRouter(prefix="/api", tags=["configuration"])

Editor = Annotated[Session, Needs(Right.SETTINGS)]
Applier = Annotated[Session, Needs(Right.APPLY)]
Historian = Annotated[Session, Needs(Right.APPLY, Right.AUDIT)]
_CHANGING = (Right.USERS, Right.CONFERENCES, Right.TRUNKS, Right.NUMBERS, Right.SETTINGS, Right.APPLY)
WhoLooks = Annotated[Session, Needs(*_CHANGING)]
Restorer = Annotated[Session, Needs(*_CHANGING, every=True)]
"""Rolling back changes everything there is."""
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


def _settings(draft: Draft) -> SettingsView:
    settings = draft.snapshot.settings
    pending = ("settings", "settings") in draft.pending
    return SettingsView(**asdict(settings), pending=pending, version=entry_version(settings))


def _present(here: Context) -> Present:
    """Who talks now."""
    return Present(here.live.rooms(), here.live.calls(), here.live.registrations())


@router.get("/configuration", responses=responses())
async def get_configuration(here: Here, who: WhoLooks) -> ConfigurationView:
    """What is applied, the draft, its difference in words and its problems: what "Apply changes" shows."""
    return _view(here, await here.store.configuration.review())


@router.post("/configuration/apply", responses=responses(409))
async def apply(body: ApplyInput, here: Here, who: Applier) -> AppliedView:
    """Apply the draft as one new revision. Running calls keep what they began with.

    409 `configuration-stale`: somebody applied meanwhile, look again. 422: the problems, each with its field.
    """
    draft = await here.store.configuration.draft()
    await here.store.logins.check_administrators(draft.snapshot.users)
    made = await here.store.configuration.apply(body.base_revision, who.login.name, body.comment)
    return await _applied(here, made)


@router.post("/configuration/discard", responses=responses())
async def discard(here: Here, who: Applier) -> ConfigurationView:
    """Forget what was saved and not applied."""
    await here.store.configuration.discard(who.login.name)
    return _view(here, await here.store.configuration.review())


@router.get("/configuration/revisions", responses=responses())
async def list_revisions(
    here: Here,
    who: Historian,
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
            changes=change_views(revision.changes),
        )
        for revision in found
    ]


@router.get("/configuration/revisions/{number}/difference", responses=responses(404))
async def difference(number: Number, here: Here, who: Historian) -> DifferenceView:
    """What rolling back to this revision would change, before anybody does."""
    checked = await here.store.configuration.difference(number)
    return DifferenceView(
        revision=number,
        applied_revision=here.store.configuration.applied.revision,
        changes=change_views(checked.changes, _present(here)),
        problems=problem_views(checked.problems),
    )


@router.post("/configuration/revisions/{number}/roll-back", responses=responses(404))
async def roll_back(number: Number, here: Here, who: Restorer) -> AppliedView:
    """Apply an earlier revision again, as a new one. What is in the draft stays there."""
    configuration = here.store.configuration
    await here.store.logins.check_administrators((await configuration.snapshot(number)).users)
    return await _applied(here, await configuration.roll_back(number, who.login.name))


@router.get("/settings", responses=responses())
async def get_settings(here: Here, who: WhoLooks) -> SettingsView:
    """The system's settings, as the draft has them."""
    return _settings(await here.store.configuration.draft())


@router.patch("/settings", responses=responses(409))
async def change_settings(body: SettingsPatch, here: Here, who: Editor, seen: Seen) -> SavedSettings:
    """Change settings in the draft: the fields that are named."""
    values = fields_from_document(Settings, body.model_dump(mode="json", exclude_unset=True), "body")
    draft = await here.store.configuration.edit("settings", "settings", values, who.login.name, expected=seen)
    return SavedSettings(settings=_settings(draft), pending=pending_view(draft))


async def _applied(here: Context, made: Revision | None) -> AppliedView:
    if made is None:
        return AppliedView(revision=here.store.configuration.applied.revision, changes=[])
    here.live.configuration_applied()
    await here.store.logins.sessions.refresh(at_once=True)
    return AppliedView(revision=made.number, changes=change_views(made.changes))


def _view(here: Context, review: Review) -> ConfigurationView:
    draft = review.draft
    return ConfigurationView(
        base_revision=draft.base,
        applied_revision=draft.base,
        draft=DraftView(
            base_revision=draft.base, version=draft.version, author=draft.author, time=draft.time
        ),
        changes=change_views(review.changes, _present(here)),
        problems=problem_views(review.problems),
    )
