"""A scripted conference for tests of the API: who is in it, and who asks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from switchroom.api.ports import LiveInvitation, LiveParticipant, LiveRoom
from tests.api.conftest import System

ROOM = "conference-8002"
ANNA = LiveParticipant("leg-a", "201", "Anna", 3.0, administrator=True, user_id="user-201")
BRUNO = LiveParticipant("leg-b", "202", "Bruno", 4.0, user_id="user-202", mos=4.1)
CARLA = LiveParticipant("leg-c", "203", "Carla", 5.0, user_id="user-203", waiting=True, in_lobby=True)
GUEST = LiveParticipant("leg-g", "", "Guest", 6.0, device="guest", entrance="link", guest="visit-1")
INVITED = LiveInvitation("invitation-1", "204", "Dora", "ringing", "", 7.0)


def open_room(system: System, *people: LiveParticipant, **changes: Any) -> LiveRoom:
    """Let people be in the conference 8002; nobody: it is empty."""
    room = LiveRoom(
        ROOM, "Board", "8002", False, people or (ANNA, BRUNO, CARLA), lobby=True, invitations=(INVITED,)
    )
    room = replace(room, **changes)
    system.live.rooms = lambda: [room]  # type: ignore[method-assign]
    return room
