"""Who looks at a conference that runs, and what he may do in it (S1-06, F-11).

A moderator is who has the right, the conference's administrator, or whoever was made one of this meeting.
Who is inside does what concerns himself. For all others there is no such conference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials

from switchroom.api.context import Context, Here, Id, bearer
from switchroom.api.errors import ApiError
from switchroom.api.ports import LiveParticipant, LiveRoom
from switchroom.api.public_side import usable
from switchroom.api.rights import Requirement
from switchroom.calls.outcomes import MERGED
from switchroom.calls.room_events import (
    AdmitOrdered,
    EjectOrdered,
    EndOrdered,
    HandedOver,
    HandRaised,
    LegId,
    LockOrdered,
    MuteAllOrdered,
    MuteOrdered,
    NoiseOrdered,
    RecordOrdered,
    RefuseOrdered,
    RollCallOrdered,
    RoomAct,
    UnmuteRequested,
    VolumeOrdered,
)
from switchroom.directory import ConferenceId, Recording
from switchroom.store import GuestVisit, NotFound, Right, Session

OWN_ACTS = ("mute", "unmute", "raise-hand", "lower-hand", "volume")
"""What everybody inside may do to himself; of the volumes how loud he hears."""
ACTS_ON_PEOPLE = (
    "mute", "request-unmute", "lower-hand", "admit", "refuse", "remove", "hand-over", "volume", "noise",
)  # fmt: skip
ACTS_ON_ROOMS = ("mute-all", "lock", "unlock", "admit-all", "end", "record", "noise", "roll-call")


@dataclass(frozen=True, slots=True)
class Values:
    """What an act comes with."""

    hears_db: float | None = None
    says_db: float | None = None
    on: bool | None = None
    each: bool | None = None
    firm: bool = False
    administrator: bool = True


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks. `name` is shown to the others; `user_id` or `visit` is who he is inside."""

    name: str
    everywhere: bool = False
    """He may moderate every conference."""
    user_id: str | None = None
    visit: str | None = None
    visits: str | None = None
    """The one conference that a guest's visit is of."""

    @property
    def key(self) -> tuple[str | None, str | None, str]:
        """Who he is, for what one person may do at most."""
        return self.visit, self.user_id, "" if self.visit or self.user_id else self.name

    def owns(self, participant: LiveParticipant) -> bool:
        """Whether a participant is he himself, by whichever device."""
        if self.visit is not None:
            return participant.guest == self.visit
        return self.user_id is not None and participant.user_id == self.user_id


def viewer_of(here: Context, session: Session) -> Viewer:
    """Somebody who is signed in."""
    everywhere = Right.LIVE_CONFERENCES in usable(session.rights)
    users = here.store.configuration.applied.users
    user = users.get(session.user_id) if session.user_id is not None else None
    return Viewer(user.name if user else session.login.name, everywhere, user.id if user else None)


def guest_viewer(visit: GuestVisit) -> Viewer:
    """A guest."""
    return Viewer(visit.name, visit=visit.id, visits=visit.conference_id)


@dataclass(frozen=True, slots=True)
class Seat:
    """A viewer before a conference. `own`: his participants there; `room` None: nobody is in it."""

    viewer: Viewer
    conference_id: str
    room: LiveRoom | None
    own: tuple[LiveParticipant, ...]
    moderator: bool
    recording: Recording
    waits: bool
    """He is in the lobby, or waits for the administrator: he sees himself only."""

    @property
    def you(self) -> LiveParticipant | None:
        """His participant: the one inside before one that waits, then the latest."""
        return max(self.own, key=lambda one: (not one.waiting, one.joined_at), default=None)

    @property
    def may(self) -> list[str]:
        """The names of what he may do. A merged talk is no conference: people can be removed from it."""
        if self.conference_id.startswith(MERGED):
            return ["remove"] if self.moderator else []
        acts: dict[str, None] = {}
        inside = any(not one.waiting for one in self.own)
        if self.moderator:
            acts.update(dict.fromkeys((*ACTS_ON_PEOPLE, *ACTS_ON_ROOMS)))
            if self.recording is Recording.OFF:
                del acts["record"]
            if not inside:
                del acts["roll-call"]
        if inside:
            acts.update(dict.fromkeys(OWN_ACTS))
        return list(acts)


def seat_of(here: Context, viewer: Viewer, conference_id: str) -> Seat | None:
    """A viewer before a conference; None where there is nothing for him to see."""
    return seat_before(here, viewer, conference_id, here.live.room(conference_id))


def seat_before(here: Context, viewer: Viewer, conference_id: str, room: LiveRoom | None) -> Seat | None:
    """The same, where it is known who is in the conference."""
    if viewer.visits is not None and viewer.visits != conference_id:
        return None
    configured = here.store.configuration.applied.conferences.get(ConferenceId(conference_id))
    if room is None and configured is None:
        return None
    own = tuple(one for one in room.participants if viewer.owns(one)) if room is not None else ()
    chairs = (
        configured is not None and viewer.user_id is not None and configured.administrator == viewer.user_id
    )
    moderator = viewer.everywhere or chairs or any(one.administrator for one in own)
    if not (moderator or own):
        return None
    recording = configured.recording if configured is not None else Recording.OFF
    waits = not moderator and all(one.waiting for one in own)
    return Seat(viewer, conference_id, room, own, moderator, recording, waits)


class RoomRequirement(Requirement):
    """A dependency: a viewer before the conference of the path. Raises 401, 403, and 404 to strangers."""

    def __init__(self) -> None:
        super().__init__((Right.PHONE, Right.LIVE_CONFERENCES))

    async def __call__(  # type: ignore[override]
        self,
        conference_id: Id,
        request: Request,
        here: Here,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
    ) -> Seat:
        visit = here.store.guests.guest_of(credentials.credentials) if credentials is not None else None
        if visit is not None:
            viewer = guest_viewer(visit)
        else:
            viewer = viewer_of(here, await super().__call__(request, here, credentials))
        seat = seat_of(here, viewer, conference_id)
        if seat is None:
            raise NotFound("conference of this id with somebody in it")
        if here.acts_in_rooms.take(viewer.key, here.clock()):
            text = "Too much at once. Wait a moment."
            raise ApiError(429, "too-many-tries", text, headers={"Retry-After": "1"})
        return seat


Seated = Annotated[Seat, Depends(RoomRequirement())]


def act_on_participant(seat: Seat, participant_id: str, act: str, values: Values) -> RoomAct:
    """What is ordered, if it may be. Raises 403, 404, 409, 422."""
    people = seat.room.participants if seat.room is not None else ()
    found = next((one for one in people if one.id == participant_id), None)
    own = found is not None and seat.viewer.owns(found)
    if found is None or (seat.waits and not own):
        raise NotFound("participant of this id in this conference")
    if not ((own and act in OWN_ACTS) or seat.moderator):
        raise ApiError(403, "not-allowed", "Only who runs the conference can do this.")
    leg, by = LegId(found.id), "" if own else seat.viewer.name
    match act:
        case "mute":
            return MuteOrdered(leg, True, by, values.firm and not own)
        case "unmute":
            return _unmute(found, leg, own)
        case "request-unmute":
            return UnmuteRequested(leg, seat.viewer.name)
        case "raise-hand":
            if not own:
                raise ApiError(409, "hand-of-another", "Everybody raises the own hand only.")
            return HandRaised(leg, True)
        case "lower-hand":
            return HandRaised(leg, False, by)
        case "admit" | "refuse":
            return _from_lobby(seat, found, act)
        case "remove":
            return EjectOrdered(leg, by)
        case "hand-over":
            return HandedOver(leg, values.administrator, by)
        case "volume":
            return _volume(seat, leg, values)
        case _:
            return NoiseOrdered(leg, _on(values))


def _unmute(found: LiveParticipant, leg: LegId, own: bool) -> RoomAct:
    if not own:
        text = "Nobody opens another's microphone. Ask for it instead."
        raise ApiError(409, "microphone-of-another", text)
    if found.muted_firmly:
        text = "You were muted by who runs the conference. Raise your hand to speak."
        raise ApiError(409, "muted-firmly", text)
    return MuteOrdered(leg, False)


def _from_lobby(seat: Seat, found: LiveParticipant, act: str) -> RoomAct:
    if not found.in_lobby:
        raise ApiError(409, "not-in-lobby", "This person is no longer in the lobby.")
    if act == "refuse":
        return RefuseOrdered(LegId(found.id), seat.viewer.name)
    room = seat.room
    assert room is not None
    taken = sum(not one.in_lobby for one in room.participants)
    if room.max_participants is not None and taken >= room.max_participants and not found.administrator:
        raise ApiError(409, "room-full", "The conference is full: somebody has to leave first.")
    return AdmitOrdered(LegId(found.id), seat.viewer.name)


def _volume(seat: Seat, leg: LegId, values: Values) -> RoomAct:
    if values.hears_db is None and values.says_db is None:
        raise ApiError(422, "value-missing", "Say how loud: hears_db, says_db.", "hears_db")
    if values.says_db is not None and not seat.moderator:
        raise ApiError(403, "not-allowed", "Only who runs the conference can do this.")
    return VolumeOrdered(leg, values.hears_db, values.says_db)


def _on(values: Values) -> bool:
    if values.on is None:
        raise ApiError(422, "value-missing", "Say whether on or off.", "on")
    return values.on


def act_on_room(seat: Seat, act: str, values: Values) -> RoomAct:
    """What is ordered, if it may be. Raises 403, 404, 409, 422."""
    if not seat.moderator:
        raise ApiError(403, "not-allowed", "Only who runs the conference can do this.")
    if seat.room is None:
        raise NotFound("conference of this id with somebody in it")
    you, by = seat.you, seat.viewer.name
    inside = LegId(you.id) if you is not None and not you.waiting else None
    match act:
        case "mute-all":
            return MuteAllOrdered(by, inside, values.firm)
        case "lock" | "unlock":
            return LockOrdered(act == "lock", by)
        case "admit-all":
            return AdmitOrdered(None, by)
        case "end":
            return EndOrdered(by)
        case "record":
            return _record(seat, values)
        case "noise":
            return NoiseOrdered(None, _on(values))
        case _:
            if inside is None:
                text = "Who hears it has to be in the conference: call it first."
                raise ApiError(409, "not-inside", text)
            return RollCallOrdered(inside)


def _record(seat: Seat, values: Values) -> RoomAct:
    on = _on(values)
    if on and seat.recording is Recording.OFF:
        text = "This conference is not recorded: see its settings."
        raise ApiError(409, "recording-off", text)
    if not on and seat.recording is Recording.ALWAYS:
        text = "This conference is always recorded: see its settings."
        raise ApiError(409, "recording-always", text)
    return RecordOrdered(on, seat.viewer.name, values.each)
