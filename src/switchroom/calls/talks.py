"""The merged talks there are: calls join them and leave them; whether they can. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from switchroom.calls import bridge, echo, merge, ringing, visit
from switchroom.calls.commands import Commands
from switchroom.calls.events import CallEvent, CallMerged, CallParted
from switchroom.calls.live import CallState
from switchroom.calls.merge import Talk
from switchroom.calls.outcomes import MERGED, MOST_CALLS, MergeRefusal
from switchroom.calls.values import CallId, JourneyId, Party, Strand
from switchroom.directory.model import UserId
from switchroom.media.types import Command, LegId, RoomId


@dataclass(frozen=True, slots=True)
class Merging:
    """What is to be done: `calls` join the talk `room`, which is there already if it is in use."""

    room: RoomId
    owner: Party
    calls: tuple[CallId, ...]
    journey: JourneyId
    """Of all of them from now on: that of the first."""


class Talks:
    """The talks, by room. To be used within a turn.

    `step` gives an event to a call at once, `media` a command to the worker.
    """

    def __init__(self, step: Callable[[CallId, CallEvent], None], media: Callable[[Command], None]) -> None:
        self.rooms: dict[RoomId, Talk] = {}
        self._count = 0
        self._step = step
        self._media = media

    def __len__(self) -> int:
        return len(self.rooms)

    # --- what happens -----------------------------------------------------------------------------------

    def merge(self, wanted: Merging, now: float) -> None:
        """Bring calls into a talk, which begins with them unless it is there."""
        if wanted.room not in self.rooms:
            self._is(*merge.opened(wanted.room, wanted.owner, wanted.journey, now))
        assert wanted.owner.user_id is not None
        for call in wanted.calls:
            self._step(call, CallMerged(wanted.room, wanted.owner.user_id, wanted.journey))

    def split(self, room: RoomId) -> None:
        """Part a talk into its calls."""
        talk = self.rooms.pop(room, None)
        if talk is not None:
            for call in talk.calls:
                self._step(call, CallParted())
            self._do(merge.closed(talk))

    def join(self, room: RoomId, strand: Strand) -> None:
        """A call is part of a talk, as the strand says now."""
        talk = self.rooms.get(room)
        if talk is not None:
            self._is(*merge.joined(talk, strand))

    def leave(self, call: CallId) -> None:
        """A call is over; the last one left is a call of two again."""
        room = self.of_call(call)
        if room is None:
            return
        talk, commands = merge.left(self.rooms[room], call)
        self._is(talk, commands)
        if len(talk.strands) < 2:
            self.split(room)

    def lose(self) -> None:
        """The worker that mixed them is gone; so are their calls."""
        self.rooms.clear()

    def _is(self, talk: Talk, commands: Commands) -> None:
        self.rooms[talk.room] = talk
        self._do(commands)

    def _do(self, commands: Commands) -> None:
        for command in commands:
            self._media(command)  # type: ignore[arg-type]  # a talk commands the worker only

    # --- what can be done -------------------------------------------------------------------------------

    def of_call(self, call: CallId) -> RoomId | None:
        """The talk that a call is part of."""
        return next((room for room, talk in self.rooms.items() if call in talk.calls), None)

    def owned(self, room: str, user: UserId) -> Talk | None:
        """A talk of a person."""
        talk = self.rooms.get(RoomId(room))
        return talk if talk is not None and talk.owner.user_id == user else None

    def calls_of(self, room: RoomId, leg: LegId) -> tuple[CallId, ...]:
        """Which calls end when a leg is removed from a talk: that of the leg; all for its owner's."""
        talk = self.rooms.get(room)
        if talk is None:
            return ()
        if any(strand.near == leg for strand in talk.strands):
            return talk.calls
        return tuple(strand.call for strand in talk.strands if strand.far == leg)

    def plan(self, user: UserId, wanted: Sequence[tuple[str, CallState | None]]) -> Merging | MergeRefusal:
        """Whether a person's calls can be merged.

        Each of `wanted` is a call with its state, None if it is not there, or the room of a talk of his that
        the others are to join.
        """
        rooms: set[RoomId] = set()
        calls: dict[CallId, bridge.Talking] = {}
        for name, state in wanted:
            talk = self.owned(name, user)
            if talk is not None:
                rooms.add(talk.room)
                continue
            found = _own(state, user)
            if isinstance(found, MergeRefusal):
                return found
            merged = found.merged
            if merged is not None and self.owned(merged.room, user) is None:
                return MergeRefusal.MERGED_ALREADY
            if merged is not None:
                rooms.add(merged.room)
            else:
                calls[found.facts.id] = found
        return self._plan(user, rooms, calls)

    def _plan(
        self, user: UserId, rooms: set[RoomId], calls: dict[CallId, bridge.Talking]
    ) -> Merging | MergeRefusal:
        if len(rooms) > 1:
            return MergeRefusal.MERGED_ALREADY
        room = next(iter(rooms), None)
        talk = self.rooms[room] if room is not None else None
        if not calls or (talk is None and len(calls) < 2):
            return MergeRefusal.SAME_CALL
        if len(calls) + (len(talk.strands) if talk is not None else 0) > MOST_CALLS:
            return MergeRefusal.TOO_MANY
        first = next(iter(calls.values()))
        if talk is not None:
            return Merging(talk.room, talk.owner, tuple(calls), talk.journey)
        own = first.caller if first.caller.party.user_id == user else first.callee
        self._count += 1
        room = RoomId(f"{MERGED}{first.facts.id}-{self._count}")
        return Merging(room, own.party, tuple(calls), first.facts.journey)


def _own(state: CallState | None, user: UserId) -> bridge.Talking | MergeRefusal:
    """A talk of two of which one is this person."""
    match state:
        case bridge.Talking(caller=caller, callee=callee):
            own = [leg for leg in (caller, callee) if leg.party.user_id == user]
            if not own:
                return MergeRefusal.NO_CALL
            return state if len(own) == 1 else MergeRefusal.WITH_ONESELF
        case ringing.Preparing() | ringing.Ringing() | bridge.Confirming():
            parties = (state.facts.caller, state.facts.callee)
            own_call = any(party is not None and party.user_id == user for party in parties)
            return MergeRefusal.NOT_ANSWERED if own_call else MergeRefusal.NO_CALL
        case (
            echo.Answering()
            | echo.Echoing()
            | visit.Answering()
            | visit.AtDesk()
            | visit.Entering()
            | visit.Waiting()
            | visit.Inside()
        ) if state.facts.visitor.user_id == user:
            return MergeRefusal.NOT_A_TALK
        case _:
            return MergeRefusal.NO_CALL
