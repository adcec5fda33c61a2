"""The plain values that calls, rooms and their ports speak of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from switchroom.directory.model import ConferenceId, DeviceId, UserId
from switchroom.media.offer_answer import WebRtcHost
from switchroom.media.types import LegId

CallId = NewType("CallId", str)
"""One call: what one caller began, with all legs that came of it."""

JourneyId = NewType("JourneyId", str)
"""What ties the calls together that one caller went through (transfer, forwarding)."""

TimerName = NewType("TimerName", str)
"""A timer of one call or room; starting it again moves it."""


class Prompt(StrEnum):
    """What can be said to a caller: the keys of the sounds catalogue that call control uses."""

    ENTER_CODE = "enter-access-code"
    WRONG_CODE = "wrong-access-code"
    TOO_MANY_TRIES = "too-many-tries"
    CODES_REFUSED = "codes-refused"
    NOTHING_ENTERED = "nothing-entered"
    ENTER_CONFERENCE_ID = "enter-conference-id"
    UNKNOWN_CONFERENCE_ID = "unknown-conference-id"
    TOO_MANY_IDS = "too-many-conference-ids"
    IDS_REFUSED = "conference-ids-refused"
    NO_ID_ENTERED = "no-conference-id"
    WAIT_FOR_ADMINISTRATOR = "waiting-for-administrator"
    ALONE = "only-person"
    ROOM_FULL = "conference-full"
    CONFERENCE_ENDED = "conference-ended"
    REMOVED = "removed-from-conference"
    NUMBER_UNKNOWN = "number-unknown"
    NOT_AVAILABLE = "person-unavailable"
    EMERGENCY_IMPOSSIBLE = "emergency-impossible"
    OUTSIDE_IMPOSSIBLE = "outside-calls-impossible"
    TIME_LIMIT = "time-limit"
    GOODBYE = "goodbye"
    INVITED = "invited"
    PRESS_ONE = "press-one-to-join"
    NO_KEY = "no-key-pressed"
    ECHO_TEST = "echo-test"
    RECORDED = "conference-recorded"
    RECORDING_STOPPED = "recording-stopped"
    MUTED = "you-are-muted"
    UNMUTED = "you-are-heard"
    MUTED_BY_MODERATOR = "muted-by-moderator"
    MUTED_FIRMLY = "muted-until-asked"
    ASKED_TO_SPEAK = "asked-to-speak"
    ALL_MUTED = "everybody-muted"
    LOCKED = "conference-locked"
    UNLOCKED = "conference-unlocked"
    HAND_UP = "hand-raised"
    HAND_DOWN = "hand-lowered"
    LOUDER = "louder"
    QUIETER = "quieter"
    VOLUME_LIMIT = "volume-limit"
    LAST_REMOVED = "last-removed"
    NOBODY_TO_REMOVE = "nobody-to-remove"
    ADMINISTRATORS_ONLY = "administrators-only"
    KEYS = "keys"
    KEYS_OF_ADMINISTRATOR = "keys-of-administrator"
    KEYS_FOR_CODE = "keys-for-code"
    KEY_UNKNOWN = "key-unknown"
    LOBBY = "wait-in-lobby"
    NOT_ADMITTED = "not-admitted"
    ROOM_LOCKED = "locked-at-the-door"
    BLOCKED = "removed-for-now"
    NOW_ADMINISTRATOR = "now-administrator"
    ENDS_SOON = "conference-ends-soon"
    TIME_OVER = "conference-time-over"
    ALONE_TOO_LONG = "alone-too-long"
    ALONE_ENDED = "alone-ended"
    SAY_NAME = "say-your-name"
    HAS_JOINED = "has-joined"
    HAS_LEFT = "has-left"
    PEOPLE_BEFORE = "people-before"
    PEOPLE_AFTER = "people-after"
    TONE_JOIN = "tone-join"
    TONE_LEAVE = "tone-leave"


@dataclass(frozen=True, slots=True)
class Number:
    """A small number, to be said; past twenty it is "more than twenty"."""

    value: int

    @property
    def key(self) -> str:
        """Its key in the sounds catalogue."""
        if 0 <= self.value <= 9:
            return f"digit-{self.value}"
        return f"number-{self.value}" if 10 <= self.value <= 20 else "number-many"


@dataclass(frozen=True, slots=True)
class Name:
    """Somebody's name, to be said by speech synthesis, and what comes after it; where there is no synthesis
    neither is said."""

    text: str
    then: Prompt | None = None


@dataclass(frozen=True, slots=True)
class SoundFile:
    """A sound that was recorded just now, by its path."""

    path: str


Words = Prompt | Number | Name | SoundFile
"""What can be said: of several, one after the other."""


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a call, as it is shown to the other end and in the record."""

    extension: str
    name: str = ""
    user_id: UserId | None = None
    device_id: DeviceId | None = None
    language: str | None = None
    guest: str | None = None
    """Of somebody who came by a link: the id of the visit."""


@dataclass(frozen=True, slots=True)
class GuestPass:
    """What somebody has who came by a link: the way to one conference, and nothing else."""

    conference_id: ConferenceId
    link_id: str
    pass_id: str
    """The id of the visit: `Party.guest`."""
    name: str
    skip_code: bool = False
    """He is not asked for the code: the link stands for it, or he typed it on the page."""
    lobby: bool = False
    """He waits until he is let in, whatever the conference says."""
    administrator: bool = False
    """He typed the administrator's code on the page."""
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where our end of a leg's media is: the address written in SDP, the address bound, the peer's signalling
    address."""

    advertised: str
    bind: str
    signalling_ip: str | None = None
    webrtc: WebRtcHost | None = None
    """Where a browser's media comes to; None where there is none, or no browser is meant."""


@dataclass(frozen=True, slots=True)
class Target:
    """A device that can be rung: one binding of a user, and where our media for it will be.

    `ref` names the binding; the flow is looked up at every send, never kept (hard-parts, signalling 3).
    """

    ref: str
    uri: str
    place: Place
    path: tuple[str, ...] = ()
    srtp: bool = False
    """The phone registered over TLS or WSS: offer it SRTP."""
    device_id: DeviceId | None = None
    browser: bool = False
    """Registered over a WebSocket: it is offered ICE and DTLS."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something an administrator should see: listed under Live, logged, and counted by `kind`."""

    kind: str
    """Stable name: wrong-secrets, wrong-codes, unknown-host, media-lost, call-failed ..."""
    subject: str
    """What it is about: an address, an extension, a conference."""
    text: str
    """One sentence for a person."""


@dataclass(frozen=True, slots=True)
class Strand:
    """One call of a merged talk (`merge.py`): the leg of who merged it, and the other one's."""

    call: CallId
    near: LegId
    far: LegId
    party: Party
    """Of the far leg."""
    since: float
    """When it was answered."""
    near_silent: bool = False
    """Its phone holds us, or is away."""
    far_silent: bool = False
