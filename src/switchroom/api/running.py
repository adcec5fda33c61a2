"""The running system as the API sees it: call control's live view, the registrar's, and what node adds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from switchroom.api.ports import (
    HealthCheck,
    LiveCall,
    LiveParticipant,
    LiveParty,
    LiveProblem,
    LiveRegistration,
    LiveRoom,
)

if TYPE_CHECKING:  # only their shapes are needed here
    from switchroom.calls.ports import LiveCall as EngineCall
    from switchroom.calls.ports import LiveRoom as EngineRoom
    from switchroom.calls.ports import LiveView


class RunningSystem:
    """Implements `Live` over call control's `LiveView` and a few functions of the composition root."""

    def __init__(
        self,
        engine: LiveView,
        *,
        registrations: Callable[[], Sequence[LiveRegistration]],
        drop_device: Callable[[str], None],
        configuration_applied: Callable[[], None],
        problems: Callable[[], Sequence[LiveProblem]],
        allow: Callable[[str], bool],
        health: Callable[[], Sequence[HealthCheck]],
    ) -> None:
        self._engine = engine
        self._registrations = registrations
        self._drop_device = drop_device
        self._configuration_applied = configuration_applied
        self._problems = problems
        self._allow = allow
        self._health = health

    def registrations(self) -> Sequence[LiveRegistration]:
        """All registered contacts."""
        return self._registrations()

    def calls(self) -> Sequence[LiveCall]:
        """All calls."""
        return [_call(call) for call in self._engine.calls()]

    def rooms(self) -> Sequence[LiveRoom]:
        """All conferences with somebody in them."""
        return [_room(room) for room in self._engine.rooms()]

    def hang_up(self, call_id: str) -> bool:
        """End a call; False when there is none of this id."""
        found = next((call.id for call in self._engine.calls() if call.id == call_id), None)
        return found is not None and self._engine.hang_up(found)

    def remove_participant(self, conference_id: str, participant_id: str) -> bool:
        """Take somebody out of a conference; False when he is not in it."""
        for room in self._engine.rooms():
            for member in room.participants:
                if room.conference_id == conference_id and member.leg == participant_id:
                    return self._engine.eject(room.id, member.leg)
        return False

    def drop_device(self, device_id: str) -> None:
        """A device's secret was changed or revoked: its registrations end."""
        self._drop_device(device_id)

    def configuration_applied(self) -> None:
        """The store holds a newer revision: calls from now on follow it."""
        self._configuration_applied()

    def problems(self) -> Sequence[LiveProblem]:
        """What was refused or went wrong lately."""
        return self._problems()

    def allow(self, address: str) -> bool:
        """Let an address in again."""
        return self._allow(address)

    def health(self) -> Sequence[HealthCheck]:
        """What works and what does not."""
        return self._health()


def _call(call: EngineCall) -> LiveCall:
    callee = call.callee
    return LiveCall(
        id=call.id,
        state=call.state,
        started_at=call.started_at,
        answered_at=call.answered_at,
        caller=LiveParty(call.caller.extension, call.caller.name, call.caller.user_id),
        dialled=call.dialled,
        callee=LiveParty(callee.extension, callee.name, callee.user_id) if callee else None,
        conference_id=call.conference_id,
        codec=call.legs[0].codec if call.legs else "",
    )


def _room(room: EngineRoom) -> LiveRoom:
    return LiveRoom(
        conference_id=room.conference_id,
        name=room.name,
        extension=room.extension,
        waiting_for_administrator=room.state == "waiting",
        participants=[
            LiveParticipant(
                id=member.leg,
                extension=member.party.extension,
                name=member.party.name,
                joined_at=member.joined_at,
                administrator=member.administrator,
                waiting=member.waiting,
                on_hold=member.on_hold,
                talking=member.talking,
            )
            for member in room.participants
        ],
    )
