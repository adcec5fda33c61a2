"""Calls of one person that are one talk: an ad-hoc room of its own kind (D1-06, D1-07, C3-04; ADR 0021).

It is no conference: no door, no code, no tones, no administrator. Each call stays a call (`bridge.py`) with
its record and its end; here is only who hears whom. Whoever merged has a leg in every call: one of them, the
first that is not silent, is in the room for him, the others are connected to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from switchroom.calls.change import replace
from switchroom.calls.commands import Commands
from switchroom.calls.values import CallId, JourneyId, Party, Strand
from switchroom.media.types import CloseRoom, Connect, LegId, OpenRoom, RoomId, ToNothing, ToRoom

Connection = ToRoom | ToNothing
NOTHING: Mapping[LegId, Connection] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Talk:
    """A merged talk. `owner` merged it; `connected` is what the worker was told of each leg."""

    room: RoomId
    owner: Party
    journey: JourneyId
    since: float
    strands: tuple[Strand, ...] = ()
    connected: Mapping[LegId, Connection] = field(default_factory=lambda: NOTHING)

    @property
    def calls(self) -> tuple[CallId, ...]:
        """Its calls, in the order in which they came in."""
        return tuple(strand.call for strand in self.strands)

    @property
    def heard(self) -> Strand | None:
        """The strand whose leg carries the owner's voice; None while he holds them all."""
        return next((strand for strand in self.strands if not strand.near_silent), None)

    @property
    def name(self) -> str:
        """Whose talk it is: the names of all."""
        parties = (self.owner, *(strand.party for strand in self.strands))
        return ", ".join(party.name or party.extension for party in parties)


def opened(room: RoomId, owner: Party, journey: JourneyId, now: float) -> tuple[Talk, Commands]:
    """A talk without calls."""
    return Talk(room, owner, journey, now), (OpenRoom(room=room),)


def joined(talk: Talk, strand: Strand) -> tuple[Talk, Commands]:
    """A call comes in, or is now as `strand` says."""
    if strand.call in talk.calls:
        strands = tuple(strand if one.call == strand.call else one for one in talk.strands)
    else:
        strands = (*talk.strands, strand)
    return settle(replace(talk, strands=strands))


def left(talk: Talk, call: CallId) -> tuple[Talk, Commands]:
    """A call is over, or goes its own way again; its legs are somebody else's now."""
    return settle(replace(talk, strands=tuple(one for one in talk.strands if one.call != call)))


def closed(talk: Talk) -> Commands:
    """Nothing is left to be one."""
    return (CloseRoom(room=talk.room),)


def settle(talk: Talk) -> tuple[Talk, Commands]:
    """Connect every leg as it should be: who holds us is muted, so that its music is not heard."""
    heard = talk.heard
    wanted: dict[LegId, Connection] = {}
    for strand in talk.strands:
        wanted[strand.far] = ToRoom(room=talk.room, muted=strand.far_silent)
        speaks = heard is not None and heard.call == strand.call
        wanted[strand.near] = ToRoom(room=talk.room) if speaks else ToNothing()
    commands = tuple(Connect(leg=leg, to=to) for leg, to in wanted.items() if talk.connected.get(leg) != to)
    return replace(talk, connected=MappingProxyType(wanted)), commands
