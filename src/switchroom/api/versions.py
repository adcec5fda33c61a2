"""Two who edit the same entry: the version each saw, and what a change would mean for those who talk now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header

from switchroom.api.errors import ApiError
from switchroom.api.ports import LiveCall, LiveRegistration, LiveRoom
from switchroom.api.schemas import ChangeView
from switchroom.directory import Change, ChangeKind

_VERSION_LENGTH = 128


def if_match(
    version: Annotated[
        str | None,
        Header(alias="If-Match", max_length=_VERSION_LENGTH, description="The `version` that was edited."),
    ] = None,
) -> str | None:
    """The version an editor saw (RFC 9110 §13.1.1, quoted or not); None: whatever it is."""
    if version is None or version.strip() in ("", "*"):
        return None
    return version.strip().removeprefix("W/").strip('"')


Seen = Annotated[str | None, Depends(if_match)]


class Overtaken(Exception):
    """Somebody else changed what an editor had before him: raised inside of a change."""


def version_of(changed_at: float) -> str:
    """The `version` of an entry that acts at once."""
    return f"{changed_at:.6f}"


def refuse_changed(changed_at: float, seen: str | None) -> None:
    """Raises `Overtaken` unless this is the version that the editor saw."""
    if seen is not None and seen != version_of(changed_at):
        raise Overtaken


def changed_meanwhile(now: Mapping[str, Any]) -> ApiError:
    """409, with the entry as it is now."""
    text = "Somebody changed it meanwhile. Look at it again; nothing was saved."
    refusal = ApiError(409, "changed-meanwhile", text)
    refusal.body.current, refusal.body.changed_at = dict(now), now["changed_at"]
    return refusal


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a change means for calls, rooms or phones of now: a stable name, how many, a sentence."""

    id: str
    count: int
    message: str


@dataclass(frozen=True, slots=True)
class Present:
    """Who talks now, as far as a change may concern them."""

    rooms: Sequence[LiveRoom] = ()
    calls: Sequence[LiveCall] = ()
    registrations: Sequence[LiveRegistration] = ()

    def consequence(self, change: Change) -> Consequence | None:
        """Of one change; None when nobody is concerned."""
        match change.part:
            case "conferences" if change.kind is not ChangeKind.ADDED:
                return self._of_room(change)
            case "users" if change.kind is ChangeKind.REMOVED or change.field == "extension":
                return self._of_user(change)
            case "settings" if change.field == "max_call_seconds" and self.calls:
                count = len(self.calls)
                are = "running call is" if count == 1 else "running calls are"
                return Consequence("calls-go-on", count, f"{count} {are} not affected")
        return None

    def _of_room(self, change: Change) -> Consequence | None:
        inside = sum(len(room.participants) for room in self.rooms if room.conference_id == change.id)
        if not inside:
            return None
        if change.kind is ChangeKind.REMOVED:
            stay = "person inside stays" if inside == 1 else "people inside stay"
            return Consequence("room-empties", inside, f"{inside} {stay} until they leave")
        are = "person inside is" if inside == 1 else "people inside are"
        return Consequence("people-stay", inside, f"{inside} {are} not affected")

    def _of_user(self, change: Change) -> Consequence | None:
        phones = sum(item.user_id == change.id for item in self.registrations)
        if not phones:
            return None
        if change.kind is ChangeKind.REMOVED:
            text = "1 phone is signed off" if phones == 1 else f"{phones} phones are signed off"
            return Consequence("phones-signed-off", phones, f"{text}; a running call goes on")
        text = "1 phone stays registered with the user name it has"
        if phones != 1:
            text = f"{phones} phones stay registered with the user names they have"
        return Consequence("phones-stay", phones, text)


def change_views(changes: Sequence[Change], present: Present | None = None) -> list[ChangeView]:
    """Changes as the API shows them, with their consequences where it is known who talks."""
    views = []
    for change in changes:
        view = ChangeView(
            path=change.path,
            kind=change.kind.value,
            message=change.message,
            part=change.part,
            id=change.id,
            field=change.field,
            name=change.name,
            extension=change.extension,
            old=change.old,
            new=change.new,
        )
        found = present.consequence(change) if present is not None else None
        if found is not None:
            view.consequence = found.message
            view.consequence_id, view.consequence_count = found.id, found.count
        views.append(view)
    return views
