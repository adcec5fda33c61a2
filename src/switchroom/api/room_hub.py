"""Looks at the conferences that somebody watches five times a second, and hands over what changed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import msgspec

from switchroom.api.context import Context
from switchroom.api.ports import LiveParticipant, LiveRoom
from switchroom.api.room_access import Seat, Viewer, seat_before

log = logging.getLogger(__name__)
SECONDS = 0.2
_QUALITY_TURNS = 25
"""Between two looks at how good the lines are."""
_SELDOM = 10
MOST_READERS = 1000
MOST_OF_ONE = 20
"""Connections of one person, to all conferences."""


class TooManyReaders(Exception):
    """No more connections than `MOST_READERS`, and of one person than `MOST_OF_ONE`."""


class RoomReader:
    """One connection: what it has not been sent yet, the newest state only."""

    def __init__(self, viewer: Viewer, conference_id: str) -> None:
        self.viewer = viewer
        self.conference_id = conference_id
        self.changed = asyncio.Event()
        self.over = ""
        """Why there is no more to see."""
        self._sent = b""
        self._room: bytes | None = None
        self._levels: bytes | None = None
        self._loud = False
        self._hears = False

    def look(self, here: Context, room: LiveRoom | None) -> None:
        """See how things are."""
        seat = seat_before(here, self.viewer, self.conference_id, room)
        self._hears = seat is not None and not seat.waits
        visit = self.viewer.visit
        if seat is None or (visit is not None and here.store.guests.visit(visit) is None):
            self.over = "left" if seat is None else "visit-over"
            self.changed.set()
            return
        state = message(seat)
        if state != self._sent:
            self._sent = self._room = state
            self.changed.set()

    def hear(self, levels: Mapping[str, int]) -> None:
        """How loud people are now: silence is told once."""
        loud = any(levels.values())
        if self._hears and (loud or self._loud):
            self._loud = loud
            self._levels = msgspec.json.encode({"type": "levels", "levels": levels})
            self.changed.set()

    async def next(self) -> list[bytes]:
        """Messages to send, when there are any."""
        await self.changed.wait()
        self.changed.clear()
        found = [one for one in (self._room, self._levels) if one is not None]
        self._room = self._levels = None
        return found


class RoomHub:
    """All who watch conferences. Nothing is done while nobody does."""

    def __init__(self, here: Context, seconds: float = SECONDS) -> None:
        self._here = here
        self._seconds = seconds
        self._readers: dict[str, set[RoomReader]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        return sum(len(readers) for readers in self._readers.values())

    def _all(self) -> Iterator[RoomReader]:
        return (reader for readers in self._readers.values() for reader in readers)

    @contextmanager
    def reading(self, viewer: Viewer, conference_id: str) -> Iterator[RoomReader]:
        """A new reader, who gets everything at once. Raises TooManyReaders."""
        own = sum(reader.viewer.key == viewer.key for reader in self._all())
        if len(self) >= MOST_READERS or own >= MOST_OF_ONE:
            raise TooManyReaders
        reader = RoomReader(viewer, conference_id)
        self._readers.setdefault(conference_id, set()).add(reader)
        reader.look(self._here, self._here.live.room(conference_id))
        if conference_id not in self._tasks:
            self._tasks[conference_id] = asyncio.create_task(self._watch(conference_id), name="room")
        try:
            yield reader
        finally:
            self._readers[conference_id].discard(reader)

    async def _watch(self, conference_id: str) -> None:
        live, turn = self._here.live, 0
        known: LiveRoom | None = None
        try:
            while readers := list(self._readers[conference_id]):
                try:
                    if turn % _QUALITY_TURNS == 0:
                        live.watch_levels(conference_id, True)
                    before, known = known, live.room(conference_id)
                    # What does not change is looked at now and then all the same: rights do, visits end.
                    if known != before or turn % _SELDOM == 0:
                        for reader in readers:
                            reader.look(self._here, known)
                    levels = live.levels(conference_id)
                    for reader in readers:
                        reader.hear(levels)
                except Exception:
                    log.exception("a conference can not be shown")
                turn += 1
                await asyncio.sleep(self._seconds)
        finally:
            live.watch_levels(conference_id, False)
            del self._readers[conference_id], self._tasks[conference_id]


def message(seat: Seat) -> bytes:
    """How a conference is for one viewer."""
    you = seat.you
    return msgspec.json.encode(
        {
            "type": "room",
            "room": shown(seat, seat.room) if seat.room is not None else None,
            "you": you.id if you is not None else None,
            "may": seat.may,
        }
    )


def shown(seat: Seat, room: LiveRoom) -> LiveRoom:
    """A conference as far as a viewer sees it: guests see names and no numbers; who waits sees himself only;
    the lobby and invitations are for those who run it and for colleagues inside, what happened for those who
    run it."""
    if seat.moderator and seat.viewer.visit is None:
        return room
    people: list[LiveParticipant] = []
    for one in room.participants:
        own = seat.viewer.owns(one)
        if own or not (seat.waits or (one.in_lobby and not seat.moderator)):
            people.append(one if own else _less(one, guest=seat.viewer.visit is not None))
    hides = seat.viewer.visit is not None or seat.waits
    less: dict[str, Any] = {"happened": ()}
    if hides:
        less["invitations"] = ()
    if seat.viewer.visit is not None:
        less["extension"] = None
    return replace(room, participants=people, **less)


def _less(one: LiveParticipant, *, guest: bool) -> LiveParticipant:
    """Somebody as the others see him."""
    one = replace(one, mos=None, guest=None)
    return replace(one, extension="", user_id=None) if guest else one
