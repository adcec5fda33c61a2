"""Who may give out links to a conference and invite to it: `conferences`, or its administrator (S1-06)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from switchroom.api.context import Context, Here, Id
from switchroom.api.errors import ApiError
from switchroom.api.public_side import usable
from switchroom.api.rights import Needs
from switchroom.directory import Conference, ConferenceId
from switchroom.store import NotFound, Right, Session


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who asks, and the conference that is his to open: as it is applied."""

    session: Session
    conference: Conference

    @property
    def name(self) -> str:
        """Of the login."""
        return self.session.login.name

    @property
    def subject(self) -> str:
        """For the audit."""
        return f"conferences/{self.conference.id}"


async def keeper(
    conference_id: Id, here: Here, session: Annotated[Session, Needs(Right.CONFERENCES, Right.PHONE)]
) -> Keeper:
    """Who asks. Raises 404 for a conference that is not there or not his, 409 for one not applied yet."""
    room = here.store.configuration.applied.conferences.get(ConferenceId(conference_id))
    if Right.CONFERENCES in usable(session.rights):
        if room is None:
            await _refuse_pending(here, conference_id)
            raise NotFound("conference")
        return Keeper(session, room)
    if room is None or session.user_id is None or room.administrator != session.user_id:
        raise NotFound("conference")
    return Keeper(session, room)


async def _refuse_pending(here: Context, conference_id: str) -> None:
    draft = await here.store.configuration.draft()
    if ConferenceId(conference_id) in draft.snapshot.conferences:
        text = "This conference is not applied yet: apply the changes first."
        raise ApiError(409, "not-applied", text)


RoomKeeper = Annotated[Keeper, Depends(keeper)]
