"""The running system as the API sees it: call control's live view, the registrar's, and what node adds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, cast

from switchroom.api.ports import (
    HealthCheck,
    LiveCall,
    LiveHappening,
    LiveInvitation,
    LiveParticipant,
    LiveParty,
    LiveProblem,
    LiveRecording,
    LiveRegistration,
    LiveRoom,
)
from switchroom.calls.room_events import EndOrdered, RoomAct
from switchroom.directory import ConferenceId

if TYPE_CHECKING:  # only their shapes are needed here
    from switchroom.calls.ports import LiveCall as EngineCall
    from switchroom.calls.ports import LiveParticipant as EngineParticipant
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
        configured: Callable[[str], bool] = lambda conference_id: True,
    ) -> None:
        self._engine = engine
        self._registrations = registrations
        self._drop_device = drop_device
        self._configuration_applied = configuration_applied
        self._problems = problems
        self._allow = allow
        self._health = health
        self._configured = configured
        self._ending: set[str] = set()
        """Conferences that end when they are no longer configured."""

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

    def room(self, conference_id: str) -> LiveRoom | None:
        """One conference with somebody in it."""
        found = self._engine.room(ConferenceId(conference_id))
        if found is None:
            return None
        happened = [LiveHappening(one.at, one.what, one.name, one.by) for one in found.happened]
        return replace(_room(found), happened=happened)

    def act_in_room(self, conference_id: str, act: RoomAct) -> bool:
        """Do something to a conference; False when nobody is in it, or not the one who is meant."""
        return self._engine.room_act(ConferenceId(conference_id), act)

    def levels(self, conference_id: str) -> Mapping[str, int]:
        """How loud each participant speaks now, 0 to 100."""
        return {
            leg: loudness(level) for leg, level in self._engine.levels(ConferenceId(conference_id)).items()
        }

    def watch_levels(self, conference_id: str, on: bool) -> None:
        """Have levels measured, or no longer."""
        self._engine.watch_levels(ConferenceId(conference_id), on)

    def end_when_removed(self, conference_id: str, end: bool) -> None:
        """What becomes of those inside when a conference is no longer in the applied configuration."""
        (self._ending.add if end else self._ending.discard)(conference_id)

    def drop_device(self, device_id: str) -> None:
        """A device's secret was changed or revoked: its registrations end."""
        self._drop_device(device_id)

    def configuration_applied(self) -> None:
        """The store holds a newer revision: calls from now on follow it."""
        self._configuration_applied()
        waiting, self._ending = self._ending, set()
        for conference_id in waiting:
            if not self._configured(conference_id):
                self.act_in_room(conference_id, EndOrdered(""))

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
    recording = room.recording
    return LiveRoom(
        conference_id=room.conference_id,
        name=room.name,
        extension=room.extension,
        waiting_for_administrator=room.state == "waiting",
        participants=[_participant(member) for member in room.participants],
        state=cast(Literal["waiting", "open", "ending"], room.state),
        locked=room.locked,
        lobby=room.lobby,
        recording=LiveRecording(recording.since, recording.each) if recording is not None else None,
        meeting_id=room.meeting_id,
        started_at=room.started_at,
        invitations=[
            LiveInvitation(one.id, one.number, one.name, one.state, one.reason, one.at)
            for one in room.invitations
        ],
        noise_suppression=room.noise_suppression,
        max_participants=room.max_participants,
    )


def _participant(member: EngineParticipant) -> LiveParticipant:
    return LiveParticipant(
        id=member.leg,
        extension=member.party.extension,
        name=member.party.name,
        joined_at=member.joined_at,
        administrator=member.administrator,
        waiting=member.waiting,
        on_hold=member.on_hold,
        talking=member.talking,
        user_id=member.party.user_id,
        device=cast(Literal["browser", "phone", "guest"], member.device),
        entrance=member.entrance,
        in_lobby=member.in_lobby,
        away=member.away,
        muted_by=member.muted_by,
        muted_firmly=member.muted_firmly,
        unmute_requested_by=member.unmute_requested_by,
        hand_raised_at=member.hand_raised_at,
        hears_db=member.hears_db,
        says_db=member.says_db,
        noise_suppression=member.noise_suppression,
        mos=member.mos,
        guest=member.party.guest,
    )


def loudness(level: int) -> int:
    """A level of the worker's (dBov) as 0 to 100: -60 and below is silence, -10 is as loud as it gets."""
    return max(0, min(100, (level + 60) * 2))
