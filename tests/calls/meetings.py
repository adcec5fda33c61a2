"""Conferences for scenario tests: offices whose conference 8001 is as wanted, short questions about it."""

from __future__ import annotations

from typing import Any

from switchroom.calls.live import LiveParticipant, LiveRoom
from switchroom.calls.minutes import Attendance, MeetingRecord
from switchroom.calls.room_events import RoomAct
from switchroom.directory.model import Conference, ConferenceId, UserId
from switchroom.media.types import LegId
from tests.harness.office import Office, snapshot

ROOM = ConferenceId("c1")
CHAIR = UserId("201")


def meeting_office(**changes: Any) -> Office:
    """An office whose conference 8001 has 201 as its administrator, and is changed."""
    configured = Conference(ROOM, "Open", "8001", **{"administrator": CHAIR, **changes})
    return Office(snapshot(conferences=[configured]))


async def met(office: Office, *extensions: str) -> list[str]:
    """Phones call the conference one after the other, far enough apart for each to be heard of."""
    sessions = []
    for extension in extensions:
        sessions.append(await office.join(extension))
        await office.wait(1)
    return sessions


async def order(office: Office, act: RoomAct) -> bool:
    """Something is done in the conference; whether there was anybody it could be done to."""
    done = office.runner.room_act(ROOM, act)
    await office.settle()
    return done


def seen(office: Office) -> LiveRoom:
    """The conference as it is shown."""
    found = office.runner.room(ROOM)
    assert found is not None
    return found


def person(office: Office, session: str) -> LiveParticipant:
    """Somebody in it."""
    return next(one for one in seen(office).participants if one.leg == session)


def told(office: Office, session: str) -> list[str]:
    """What one leg alone is being told."""
    playing = office.media.legs[session].playing
    return playing[0].files if playing else []


def inside(office: Office) -> set[str]:
    """The legs that are mixed."""
    return office.media.members(ROOM)


def audible(office: Office) -> set[str]:
    """The legs that the others can hear."""
    return {leg for leg in inside(office) if not office.media.legs[leg].muted}


def attendances(office: Office) -> dict[str, Attendance]:
    """The last word of the minutes on each who was there."""
    return {fact.id: fact for fact in office.minutes.kept if isinstance(fact, Attendance)}


def meetings(office: Office) -> dict[str, MeetingRecord]:
    """The last word of the minutes on each meeting."""
    return {fact.id: fact for fact in office.minutes.kept if isinstance(fact, MeetingRecord)}


def leg(session: str) -> LegId:
    """The leg of a session."""
    return LegId(session)
