"""The plain values that calls, rooms and their ports speak of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

from switchroom.directory.ids import MailboxId, TrunkId
from switchroom.directory.model import Conference, ConferenceId, ConferenceServer, DeviceId, UserId
from switchroom.media.offer_answer import WebRtcHost
from switchroom.media.types import CodecName, LegId

if TYPE_CHECKING:
    from switchroom.calls.records import Cause

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
    TAKE_CALL = "press-one-to-take-call"
    FORWARDED_TO = "calls-forwarded-to"
    FORWARD_OFF = "calls-not-forwarded"
    NOTHING_RINGS = "nothing-to-pick-up"
    NOTHING_TO_PARK = "nothing-to-park"
    ORBITS_TAKEN = "orbits-taken"
    PARKED_AT = "call-parked-at"
    FORWARD_LOOP = "forwarding-in-circles"
    DO_NOT_DISTURB = "do-not-disturb-on"
    DO_NOT_DISTURB_OFF = "do-not-disturb-off"
    NOT_SAVED = "setting-not-saved"
    EMERGENCY_IMPOSSIBLE = "emergency-impossible"
    OUTSIDE_IMPOSSIBLE = "outside-calls-impossible"
    NOT_ALLOWED = "number-not-allowed"
    COUNTRY_ASKED = "country-not-called-before"
    LIMIT_REACHED = "call-limit-reached"
    LINES_BUSY = "all-circuits-busy"
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
    IS_UNAVAILABLE = "is-unavailable"
    IS_ON_THE_PHONE = "is-on-the-phone"
    EXTENSION = "part-extension"
    LEAVE_A_MESSAGE = "leave-a-message"
    VOICEMAIL_FULL = "voicemail-full"
    REVIEW_MESSAGE = "review-message"
    MESSAGE_SENT = "message-sent"
    MESSAGE_TOO_SHORT = "message-too-short"
    MESSAGE_NOT_RECORDED = "message-not-recorded"
    ENTER_MAILBOX = "enter-mailbox"
    ENTER_PIN = "enter-pin"
    WRONG_PIN = "wrong-pin"
    PINS_REFUSED = "pins-refused"
    MAILBOX_WELCOME = "mailbox-welcome"
    NO_NEW_MESSAGE = "no-new-message"
    ONE_NEW_MESSAGE = "one-new-message"
    NEW_MESSAGES = "new-messages"
    ONE_OLD_MESSAGE = "one-old-message"
    OLD_MESSAGES = "old-messages"
    MAILBOX_MENU = "mailbox-menu"
    MESSAGE_FROM = "message-from"
    NUMBER_WITHHELD = "number-withheld"
    MESSAGE_MENU = "message-menu"
    MESSAGE_DELETED = "message-deleted"
    MESSAGE_KEPT = "message-kept"
    MESSAGE_ARCHIVED = "message-archived"
    NO_MORE_MESSAGES = "no-more-messages"
    SETTINGS_MENU = "mailbox-settings"
    NEW_PIN = "new-pin"
    NEW_PIN_AGAIN = "new-pin-again"
    PIN_DIFFERS = "pin-differs"
    PIN_WEAK = "pin-weak"
    PIN_SET = "pin-set"
    SAY_GREETING = "say-your-greeting"
    REVIEW_GREETING = "review-greeting"
    GREETING_KEPT = "greeting-kept"


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
class Via:
    """How an INVITE to a number outside is written for the provider (`dialect.py`).

    The request URI is that of the target, and so is where it is sent.
    """

    trunk: TrunkId
    number: str
    """E.164: what is called."""
    from_uri: str
    to_uri: str
    from_name: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    """Who calls, and for whom the call was."""
    contact_user: str | None = None
    """What the provider's requests to us carry, so that they are known as this trunk's."""
    codecs: tuple[CodecName, ...] = ()
    """What it is offered, in this order; empty: what everybody is."""
    account: UserId | None = None
    """Whose budgets it spends from; None: nobody's."""
    shown: str | None = None
    """The number of ours that is shown, E.164; None: none."""

    @property
    def for_help(self) -> bool:
        """Whether it is an emergency number: these have no plus."""
        return not self.number.startswith("+")


@dataclass(frozen=True, slots=True)
class Target:
    """What can be rung: one binding of a user, or a number by a trunk, and where our media for it will be.

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
    trunk: Via | None = None
    """It is reached by a trunk; None: a device of ours."""
    otherwise: Target | None = None
    """What is rung in its place when the trunk can not reach anybody."""


class Forwarded(StrEnum):
    """Why a call was sent on; the names are those of Diversion (RFC 5806 §4)."""

    ALWAYS = "unconditional"
    NO_ANSWER = "no-answer"
    BUSY = "user-busy"
    TRANSFERRED = "deflection"


@dataclass(frozen=True, slots=True)
class Outside:
    """A number that is called outside: E.164, or an emergency number as dialled."""

    number: str
    account: UserId | None
    """Whose rights and limits count: who dialled it, or who forwarded to it. None: the administrator."""
    hidden: bool = False
    """For this call, the number shown is withheld."""
    why: Forwarded = Forwarded.TRANSFERRED
    """Where it is another's call than the account's: why it leads there."""


@dataclass(frozen=True, slots=True)
class Ring:
    """Somebody who is rung, at all his targets at once: the user of `party`, or a number outside.

    Routing leaves the targets empty; they are found when the call begins (`reach.py`).
    """

    party: Party
    targets: tuple[Target, ...] = ()
    confirm: bool = False
    """Who answers presses 1, or does not have the call (D2-06)."""
    outside: Outside | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """Who is rung together, for so many seconds."""

    rings: tuple[Ring, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Refuse:
    """Refuse, and say why."""

    status: int
    cause: Cause
    prompts: tuple[Prompt, ...] = ()


@dataclass(frozen=True, slots=True)
class EnterConference:
    """Let the caller into a conference, or ask for its code."""

    conference: Conference


@dataclass(frozen=True, slots=True)
class EnterServer:
    """The conference server: ask for the conference ID, then for the code where there is one."""

    server: ConferenceServer


@dataclass(frozen=True, slots=True)
class ToMailbox:
    """Let the caller leave a message. A user's own box has the user's id. `busy`: its owner is in a call."""

    mailbox: MailboxId
    busy: bool = False


Last = ToMailbox | Refuse | EnterConference | EnterServer
"""What ends a hunt that found nobody."""


@dataclass(frozen=True, slots=True)
class Hunt:
    """How a call looks for somebody: the steps are tried in turn, until one answers (ADR 0050).

    When all devices of all steps were busy it goes on with `when_busy`, else with `when_unanswered`: with
    another hunt, or its end. None: the caller gets the answer that tells most of what the devices said.
    """

    steps: tuple[Step, ...]
    when_busy: Hunt | Last | None = None
    when_unanswered: Hunt | Last | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something an administrator should see: listed under Live, logged, and counted by `kind`."""

    kind: str
    """Stable name: wrong-secrets, wrong-codes, unknown-host, media-lost, call-failed ..."""
    subject: str
    """What it is about: an address, an extension, a conference."""
    text: str
    """One sentence for a person."""
    allow: str = ""
    """What a button beside it would allow (`country/FR`, `usage/users/...`); empty: there is none."""
    code: str = ""
    """The sentence (`problem_words.py`), for other languages."""
    values: tuple[tuple[str, str], ...] = ()
    """What stands in it."""


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
