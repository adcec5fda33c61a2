"""What the routes of all kinds of entries share: found, shown, added, changed and removed in the draft."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import BaseModel

from switchroom.api.context import Context
from switchroom.api.rights import Session
from switchroom.api.schemas import PendingView
from switchroom.api.users import pending_view
from switchroom.directory.document import (
    PART_OF,
    Entry,
    entry_from_document,
    entry_to_document,
    fields_from_document,
)
from switchroom.directory.draft import part_of
from switchroom.store import Draft, NotFound, generate_id
from switchroom.store.configuration import entry_version

_T = TypeVar("_T")


def given(kind: type, body: BaseModel) -> dict[str, Any]:
    """The fields that a request named, as the configuration has them."""
    return fields_from_document(kind, body.model_dump(mode="json", exclude_unset=True), "body")


def fields_of(entry: Entry, draft: Draft) -> dict[str, Any]:
    """An entry as the API shows it."""
    pending = part_of(entry) in draft.pending
    return {**entry_to_document(entry), "pending": pending, "version": entry_version(entry)}


def find(kind: type[_T], draft: Draft, entry_id: str) -> _T:
    """An entry of the draft. Raises `NotFound`."""
    part = PART_OF[kind]
    found: _T | None = getattr(draft.snapshot, part).get(entry_id)
    if found is None:
        raise NotFound(part.removesuffix("s").replace("_", " "))
    return found


def listed(entries: Iterable[_T], *names: str) -> list[_T]:
    """Entries in the order of these fields."""
    return sorted(entries, key=lambda entry: tuple(str(getattr(entry, name) or "") for name in names))


async def add(here: Context, who: Session, kind: type[_T], body: BaseModel, **more: Any) -> tuple[_T, Draft]:
    """Add an entry to the draft. Raises `InvalidConfiguration`."""
    part = PART_OF[kind]
    entry_id = generate_id(part.removesuffix("es" if part == "mailboxes" else "s").replace("_", "-"))
    document = {**body.model_dump(mode="json"), **more, "id": entry_id}
    entry: Any = entry_from_document(kind, document, "body")
    draft = await here.store.configuration.save(entry, who.login.name, given=body.model_fields_set)
    return find(kind, draft, entry_id), draft


async def change(
    here: Context, who: Session, kind: type[_T], entry_id: str, body: BaseModel, seen: str | None, **more: Any
) -> tuple[_T, Draft]:
    """Change the named fields of an entry in the draft. Raises `NotFound`, `ChangedMeanwhile`."""
    values = {**given(kind, body), **more}
    draft = await here.store.configuration.edit(
        PART_OF[kind], entry_id, values, who.login.name, expected=seen
    )
    return find(kind, draft, entry_id), draft


async def remove(here: Context, who: Session, kind: type, entry_id: str, seen: str | None) -> PendingView:
    """Remove an entry from the draft. Raises `NotFound`, `ChangedMeanwhile`, `InUse`."""
    draft = await here.store.configuration.remove(PART_OF[kind], entry_id, who.login.name, expected=seen)
    return pending_view(draft)
