"""What the phone in the browser needs of the running system: presence, and the calls a page may take over."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Presence(StrEnum):
    """What a colleague is doing."""

    AVAILABLE = "available"
    RINGING = "ringing"
    IN_CALL = "in_call"
    OFFLINE = "offline"
    """No phone of his is registered."""


@dataclass(frozen=True, slots=True)
class LiveDialog:
    """A call of a browser as the server sees it: what an INVITE with Replaces names (RFC 3891)."""

    call_id: str
    local_tag: str
    """The server's tag: Replaces' to-tag."""
    remote_tag: str
    """The page's tag: Replaces' from-tag."""
    device_id: str
    call: str
    """The call's id."""
    state: str
    on_hold: bool
    number: str
    """The other party's extension or number."""
    name: str
    started_at: float
    """Seconds since the epoch: of the answer, or of the beginning when nobody answered yet."""


@dataclass(frozen=True, slots=True)
class LivePlace:
    """A call of a browser that the server holds, and the conference it is in."""

    dialog: str
    """The Call-ID, by which the page knows its call."""
    call: str
    """The call's id."""
    conference_id: str | None = None
    participant: str | None = None
    """Its id in the conference."""
    dial: str | None = None
    """What leads into the conference; None: nothing that can be dialled."""
    then: str = ""
    """Keys to press once answered."""


class Phones(Protocol):
    """The running system as phones see it. Nothing here waits."""

    def presence(self) -> Mapping[str, Presence]:
        """Everybody who is not offline, by user id."""

    def dialogs(self, devices: Collection[str]) -> Sequence[LiveDialog]:
        """The calls of these devices."""

    def places(self, users: Collection[str]) -> Mapping[str, Sequence[LivePlace]]:
        """The calls that browsers of these users have, by user; who has none is missing."""


class NoPhones:
    """A system without phones: for the command line and for tests."""

    def presence(self) -> Mapping[str, Presence]:
        """Nobody is there."""
        return {}

    def dialogs(self, devices: Collection[str]) -> Sequence[LiveDialog]:
        """None."""
        return ()

    def places(self, users: Collection[str]) -> Mapping[str, Sequence[LivePlace]]:
        """None."""
        return {}


@dataclass(frozen=True, slots=True)
class PhoneSite:
    """What phones in browsers are told of the system's place in the network."""

    phones: Phones = field(default_factory=NoPhones)
    domain: str = "localhost"
    """Host of SIP addresses; one of ours."""
    stun_urls: tuple[str, ...] = ()
    turn_urls: tuple[str, ...] = ()
    turn_secret: str = field(default="", repr=False)
    """coturn's static-auth-secret."""
