"""`Phones` over call control's live view and the registrar."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from switchroom.api.phone_ports import LiveDialog, LivePlace, Presence

if TYPE_CHECKING:  # only their shapes are needed here
    from switchroom.calls.ports import LiveCall, LiveView

_OVER = frozenset({"refusing", "ending"})


class RunningPhones:
    """Implements `Phones`. `reachable` gives the users with a registered phone."""

    def __init__(self, engine: LiveView, reachable: Callable[[], Collection[str]]) -> None:
        self._engine = engine
        self._reachable = reachable

    def presence(self) -> Mapping[str, Presence]:
        """Everybody who is not offline: a talk counts for more than another call that rings."""
        found = dict.fromkeys(self._reachable(), Presence.AVAILABLE)
        for call in self._engine.calls():
            if call.state in _OVER:
                continue
            for user_id, state in _states(call):
                if found.get(user_id) is not Presence.IN_CALL:
                    found[user_id] = state
        return found

    def dialogs(self, devices: Collection[str]) -> Sequence[LiveDialog]:
        """The calls of these devices that another page may take over."""
        if not devices:
            return ()
        return [
            dialog
            for call in self._engine.calls()
            if call.state not in _OVER
            for dialog in _dialogs(call, devices)
        ]

    def places(self, users: Collection[str]) -> Mapping[str, Sequence[LivePlace]]:
        """The calls of these users in browsers, until they are hung up on, and the conference of each."""
        legs = [
            (user_id, call, leg)
            for call in self._engine.calls()
            for leg in call.legs
            if leg.dialog is not None and (user_id := leg.party.user_id) is not None and user_id in users
        ]
        if not legs:
            return {}
        rooms = {one.leg: room.conference_id for room in self._engine.rooms() for one in room.participants}
        found: dict[str, list[LivePlace]] = {}
        for user_id, call, leg in legs:
            assert leg.dialog is not None
            conference = rooms.get(leg.leg) or (str(call.room) if call.room is not None else None)
            inside = leg.leg if leg.leg in rooms else None
            found.setdefault(user_id, []).append(LivePlace(leg.dialog.call_id, call.id, conference, inside))
        return found


def _states(call: LiveCall) -> list[tuple[str, Presence]]:
    """What a call makes of those in it: whoever is rung rings, whoever calls or talks is in a call."""
    parties = [(leg.party, Presence.RINGING if leg.rung else Presence.IN_CALL) for leg in call.legs]
    return [(party.user_id, state) for party, state in parties if party.user_id is not None]


def _dialogs(call: LiveCall, devices: Collection[str]) -> list[LiveDialog]:
    found = []
    for index, leg in enumerate(call.legs):
        names = leg.dialog
        if names is None or leg.device_id is None or leg.device_id not in devices:
            continue
        invited = call.conference_id is not None and call.callee is not None
        other = call.callee if index == 0 and not invited else call.caller
        found.append(
            LiveDialog(
                call_id=names.call_id,
                local_tag=names.local_tag,
                remote_tag=names.remote_tag,
                device_id=leg.device_id,
                call=call.id,
                state=call.state,
                on_hold=leg.on_hold,
                number=other.extension if other is not None else call.dialled,
                name=other.name if other is not None else "",
                started_at=call.answered_at or call.started_at,
            )
        )
    return found
