"""Which browsers are there: what their media and their WebSockets tell, taken together. Pure.

A page is gone when it said goodbye on DTLS, or when its WebSocket is closed and nothing comes from it. Media
that stops while the WebSocket is open is given the time that any phone has.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from switchroom.calls.events import LegAway, LegBack
from switchroom.calls.leg import LOST_AFTER
from switchroom.media.types import LegId

GONE_SECONDS = 10.0
"""How long a call is held for a page that is gone, so that another one can take it over."""
SILENT_SECONDS = 30.0 - LOST_AFTER
"""How long for one that is connected and can not be heard."""


class _Told(Enum):
    """What the owner of a leg believes."""

    HERE = "here"
    SILENT = "silent"
    GONE = "gone"


@dataclass(slots=True)
class _Seen:
    ref: str | None = None
    heard: bool = False
    """Media came at least once."""
    connected: bool = True
    told: _Told = _Told.HERE


class Browsers:
    """The browsers' legs. `ref` is the registration by which a leg's signalling goes."""

    def __init__(self) -> None:
        self._legs: dict[LegId, _Seen] = {}
        self._by_ref: dict[str, set[LegId]] = {}
        self._closed: set[str] = set()

    def __contains__(self, leg: LegId) -> bool:
        return leg in self._legs

    def __len__(self) -> int:
        return len(self._legs)

    def add(self, leg: LegId) -> None:
        """A leg of a browser is opened."""
        self._legs.setdefault(leg, _Seen())

    def bind(self, leg: LegId, ref: str) -> None:
        """Say by which registration a leg is reached; ignored for what is no browser's."""
        seen = self._legs.get(leg)
        if seen is not None:
            seen.ref = ref
            self._by_ref.setdefault(ref, set()).add(leg)

    def forget(self, leg: LegId) -> None:
        """A leg is closed."""
        seen = self._legs.pop(leg, None)
        if seen is None or seen.ref is None:
            return
        legs = self._by_ref[seen.ref]
        legs.discard(leg)
        if not legs:
            del self._by_ref[seen.ref]
            self._closed.discard(seen.ref)

    def media_found(self, leg: LegId) -> LegBack | None:
        """Media comes, or comes again."""
        seen = self._legs.get(leg)
        if seen is None:
            return None
        seen.heard, seen.told = True, _Told.HERE
        return LegBack(leg)

    def media_lost(self, leg: LegId) -> LegAway | None:
        """Nothing came for `LOST_AFTER` seconds."""
        seen = self._legs[leg]
        return self._away(leg, seen, _Told.SILENT if seen.connected else _Told.GONE)

    def media_closed(self, leg: LegId) -> LegAway | None:
        """The page said goodbye."""
        seen = self._legs.get(leg)
        return None if seen is None else self._away(leg, seen, _Told.GONE)

    def flow_closed(self, refs: Iterable[str]) -> list[LegAway]:
        """The WebSockets of these registrations are closed: who is not heard either is gone."""
        found: list[LegAway] = []
        for ref in refs:
            for leg in self._by_ref.get(ref, ()):
                self._closed.add(ref)
                seen = self._legs[leg]
                seen.connected = False
                if not seen.heard or seen.told is _Told.SILENT:
                    away = self._away(leg, seen, _Told.GONE)
                    found += [away] if away is not None else []
        return found

    def returned(self, leg: LegId) -> None:
        """A page made a new offer: its call goes on, and time counts anew should it not be heard."""
        seen = self._legs.get(leg)
        if seen is not None:
            seen.told = _Told.HERE

    def _away(self, leg: LegId, seen: _Seen, told: _Told) -> LegAway | None:
        """Tell what is worse than what was told, so that no time given is given twice."""
        if seen.told is told or seen.told is _Told.GONE:
            return None
        seen.told = told
        return LegAway(leg, GONE_SECONDS if told is _Told.GONE else SILENT_SECONDS)

    def _back(self, leg: LegId, seen: _Seen) -> LegBack | None:
        if seen.told is _Told.HERE:
            return None
        seen.told = _Told.HERE
        return LegBack(leg)

    @property
    def missing(self) -> bool:
        """Whether a registration is looked out for."""
        return bool(self._closed)

    def registered(self, refs: Iterable[str]) -> list[LegBack]:
        """These registrations have a connection again. Whose media was lost still has to be heard."""
        found: list[LegBack] = []
        for ref in self._closed.intersection(refs):
            self._closed.discard(ref)
            for leg in self._by_ref.get(ref, ()):
                seen = self._legs[leg]
                seen.connected = True
                back = None if seen.heard else self._back(leg, seen)
                found += [back] if back is not None else []
        return found
