"""What call control needs of the rest of the system, and what it offers: protocols and plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from switchroom.calls.boxes import Boxes, NoBoxes
from switchroom.calls.live import LiveCall, LiveLeg, LiveParticipant, LiveRoom, Status
from switchroom.calls.merge import Talk
from switchroom.calls.minutes import InvitationId, InvitationRecord, Minutes, NoMinutes
from switchroom.calls.outcomes import (
    Click,
    ClickRefusal,
    Inviter,
    InviteRefusal,
    MergeRefusal,
    TransferRefusal,
)
from switchroom.calls.records import CallRecord, LegQuality
from switchroom.calls.room_events import RoomAct
from switchroom.calls.talks import Merging
from switchroom.calls.values import CallId, GuestPass, Party, Place, Problem
from switchroom.directory.model import ConferenceId, DeviceId, Snapshot, UserId
from switchroom.directory.personal import UNSET, Personal
from switchroom.media.types import Command, LegId, Result, RoomId
from switchroom.sip.digest import Algorithm
from switchroom.sip.events import (
    DialogNames,
    DialogRecord,
    FoundDialog,
    OutgoingInvite,
    SessionId,
    SubscriptionId,
    TransactionId,
)
from switchroom.sip.flow import BindingRef, Flow
from switchroom.sip.headers import Reason
from switchroom.sip.message import Request

__all__ = [
    "Addresses",
    "Boxes",
    "CallingOut",
    "Clock",
    "Credential",
    "Directory",
    "InvitationId",
    "InvitationRecord",
    "LiveCall",
    "LiveLeg",
    "LiveParticipant",
    "LiveRoom",
    "LiveView",
    "Media",
    "Minutes",
    "Names",
    "NoBoxes",
    "NoNames",
    "NoPersonalSettings",
    "NoTries",
    "PersonalSettings",
    "Ports",
    "Problems",
    "Prompts",
    "Records",
    "Registered",
    "Registrar",
    "RegistrarReply",
    "Registrations",
    "Signalling",
    "Status",
    "Timer",
    "Tries",
]


class Timer(Protocol):
    """What `Clock.after` gives."""

    def cancel(self) -> object:
        """Forget it."""


class Clock(Protocol):
    """Time and timers: the loop's in service, simulated ones in tests."""

    def now(self) -> float:
        """Seconds since the epoch; never goes back while the process lives."""

    def after(self, seconds: float, act: Callable[[], None]) -> Timer:
        """Call `act` after so many seconds."""


class Signalling(Protocol):
    """The verbs of the SIP endpoint (sip/endpoint.py), without its clock."""

    def invite(self, session: SessionId, invite: OutgoingInvite) -> None:
        """Send an INVITE."""

    def provisional(self, session: SessionId, status: int, *, sdp: bytes | None = None) -> None:
        """Send a 18x."""

    def accept(self, session: SessionId, sdp: bytes) -> None:
        """Send a 200."""

    def reject(
        self,
        session: SessionId,
        status: int,
        *,
        reason: str | None = None,
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Send a final refusal."""

    def hang_up(self, session: SessionId, *, reasons: Sequence[Reason] = ()) -> None:
        """End a session: BYE, CANCEL or a refusal, as its state wants. Repeating it does nothing."""

    def offer(self, session: SessionId, sdp: bytes, *, headers: Sequence[tuple[str, str]] = ()) -> None:
        """Offer a new description, as soon as none is open."""

    def identify(self, session: SessionId, headers: Sequence[tuple[str, str]]) -> None:
        """Tell a peer who is connected now, without a new description."""

    def answer(self, session: SessionId, sdp: bytes) -> None:
        """Answer a re-INVITE or UPDATE."""

    def refuse_offer(self, session: SessionId, status: int) -> None:
        """Refuse a re-INVITE or UPDATE."""

    def respond(
        self,
        transaction: TransactionId,
        status: int,
        *,
        reason: str | None = None,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        content_type: str | None = None,
    ) -> None:
        """Answer a request that is no INVITE."""

    def bind(self, session: SessionId, destination: BindingRef) -> None:
        """Say by which registration the peer of an incoming session is found from now on."""

    def accept_subscription(
        self, transaction: TransactionId, expires: int, *, destination: BindingRef | None = None
    ) -> SubscriptionId | None:
        """Take a SUBSCRIBE for at most so many seconds; `notify` has to follow at once. None: it is over."""

    def accept_refer(self, subscription: SubscriptionId) -> bool:
        """Take a REFER (202, and NOTIFY of 100); False when it is over."""

    def refuse_refer(self, subscription: SubscriptionId, status: int) -> None:
        """Refuse a REFER."""

    def notify(
        self,
        subscription: SubscriptionId,
        body: bytes,
        content_type: str,
        *,
        state: str = "active",
        reason: str | None = None,
    ) -> None:
        """Tell a subscriber; the state "terminated" ends the subscription."""

    def find_dialog(self, names: DialogNames) -> FoundDialog | None:
        """The dialog of these names, one that ended a while ago too."""

    def dialog_names(self, session: SessionId) -> DialogNames | None:
        """The names of a session's dialog; None when it has none (yet)."""

    def export(self, session: SessionId) -> DialogRecord | None:
        """A session's durable record; None when it is not confirmed or gone."""


class Media(Protocol):
    """The client of the media worker (media/client.py)."""

    def ask(self, commands: tuple[Command, ...], answered: Callable[[list[Result] | None], None]) -> None:
        """Queue commands, which take effect together; `answered` gets their results, later, or None when
        lost."""

    def send(self, *commands: Command) -> None:
        """Queue commands that nobody waits for."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A device's digest credential. `algorithm` is what the device is challenged with."""

    user_id: UserId
    """Empty: a guest's."""
    device_id: DeviceId | None
    username: str
    ha1s: Mapping[Algorithm, str] = field(repr=False)
    algorithm: Algorithm = Algorithm.MD5
    guest: GuestPass | None = None


class Directory(Protocol):
    """The applied configuration, and the credentials, which are in no revision."""

    def current(self) -> Snapshot:
        """The snapshot as applied now."""

    def credential(self, username: str) -> Credential | None:
        """The credential of a digest user name."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A device of a user that can be reached."""

    ref: BindingRef
    uri: str
    """Its Contact."""
    remote_ip: str
    """Where it registered from: chooses the media address we advertise."""
    path: tuple[str, ...] = ()
    secure: bool = False
    """Registered over TLS or WSS: it is offered SRTP."""
    device_id: DeviceId | None = None
    browser: bool = False
    """Registered over a WebSocket: it is offered ICE and DTLS."""
    connection: int = 0
    """Number of the connection it registered by (`Flow.connection`); 0 over UDP."""


class Registrations(Protocol):
    """The registrar's bindings."""

    def lookup(self, user_id: UserId) -> Sequence[Registered]:
        """The devices of a user that are registered now."""


@dataclass(frozen=True, slots=True)
class RegistrarReply:
    """The response to a REGISTER."""

    status: int
    reason: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


class Registrar(Protocol):
    """What takes an authenticated REGISTER."""

    async def register(self, request: Request, flow: Flow, credential: Credential) -> RegistrarReply:
        """Change the bindings; returns when the change is durable."""


class Records(Protocol):
    """Where call records and dialogs are kept. Writing is queued: none of these waits."""

    def open(self, record: CallRecord) -> None:
        """A call began."""

    def when_open(self, call: CallId, act: Callable[[], None]) -> None:
        """Run `act` when the call's record will outlive a crash: now, or within milliseconds."""

    def answered(self, record: CallRecord) -> None:
        """A call was answered just now: told once, written when it ends."""

    def finish(self, record: CallRecord) -> None:
        """A call is over; its record is complete."""

    def save_dialog(self, call: CallId, dialog: DialogRecord) -> None:
        """A dialog reached a stable point."""

    def forget_dialog(self, session: str) -> None:
        """A saved dialog is over."""


class Prompts(Protocol):
    """The sounds (sounds/)."""

    def files(self, key: str, language: str) -> Sequence[str]:
        """WAV files that say a prompt; empty when there is none."""

    def music(self, own: str | None) -> str:
        """The hold music: a conference's own, else the system's; empty when there is none."""


class Names(Protocol):
    """People's names as sounds."""

    @property
    def able(self) -> bool:
        """Whether names can be spoken."""

    def file(self, leg: str) -> str:
        """Where a caller's own name is recorded; empty: nowhere."""

    def speak(self, text: str, language: str, spoken: Callable[[str], None]) -> None:
        """Have a name spoken: at once where it was before, else soon. `spoken` gets the file, or nothing."""


class NoNames:
    """Implements `Names` where there is no place for them."""

    able = False

    def file(self, leg: str) -> str:
        """Nowhere."""
        return ""

    def speak(self, text: str, language: str, spoken: Callable[[str], None]) -> None:
        """It can not be."""
        spoken("")


class Tries(Protocol):
    """Who is told of wrong access codes, and of wrong conference IDs (`conference` is None)."""

    def wrong_code(self, conference: ConferenceId | None, caller: Party) -> None:
        """One was typed. Returns at once."""


class NoTries:
    """Implements `Tries`: nobody is."""

    def wrong_code(self, conference: ConferenceId | None, caller: Party) -> None:
        """Forget it."""


class PersonalSettings(Protocol):
    """What users set themselves."""

    def of(self, user_id: UserId) -> Personal:
        """A user's settings now."""

    def keep(self, user_id: UserId, settings: Personal, told: Callable[[bool], None]) -> None:
        """Have a user's settings kept, in his name; `told` gets whether they are, later."""


class NoPersonalSettings:
    """Implements `PersonalSettings` where nobody can set anything."""

    def of(self, user_id: UserId) -> Personal:
        """Nothing is set."""
        return UNSET

    def keep(self, user_id: UserId, settings: Personal, told: Callable[[bool], None]) -> None:
        """They can not be kept."""
        told(False)


class Addresses(Protocol):
    """Which of our addresses a peer is told."""

    def media(self, remote_ip: str) -> Place:
        """Where media for that peer is advertised and bound."""

    def candidates(self, remote_ip: str) -> tuple[str, ...]:
        """Our addresses that a browser there may try, first the one that `media` advertises."""


class Problems(Protocol):
    """The list of problems under Live, the log and the counters."""

    def report(self, problem: Problem) -> None:
        """Something an administrator should see."""


@dataclass(frozen=True, slots=True)
class Ports:
    """All that call control acts through."""

    signalling: Signalling
    media: Media
    directory: Directory
    registrations: Registrations
    registrar: Registrar
    records: Records
    prompts: Prompts
    addresses: Addresses
    problems: Problems
    minutes: Minutes = field(default_factory=NoMinutes)
    names: Names = field(default_factory=NoNames)
    tries: Tries = field(default_factory=NoTries)
    personal: PersonalSettings = field(default_factory=NoPersonalSettings)
    boxes: Boxes = field(default_factory=NoBoxes)


class Movable(Protocol):
    """What `api` uses of call control to transfer calls (`moving.py`)."""

    def transfer(self, user: UserId, name: str, number: str) -> TransferRefusal | None:
        """Lead a person's call to a number; None: it is on its way."""

    def complete(self, user: UserId, first: str, second: str) -> TransferRefusal | None:
        """Join the other ends of two calls of a person; None: it is done."""


class Clickable(Protocol):
    """What `api` uses of call control to connect people with numbers (`clicking.py`)."""

    def call(self, user: UserId, number: str, device: str | None = None) -> Click | ClickRefusal:
        """Ring somebody's own phones, and call the number when he answers."""

    def get(self, user: UserId, wanted: str) -> Click | None:
        """How it goes with a call that somebody asked for."""

    def cancel(self, user: UserId, wanted: str) -> bool:
        """Hang up; False when there is none of this id that goes on."""


class CallingOut(Protocol):
    """What `api` uses of the runner to call people into conferences, and to merge and transfer calls."""

    @property
    def moving(self) -> Movable:
        """Transfers."""

    @property
    def clicking(self) -> Clickable:
        """Calls that were asked for."""

    def invite(self, wanted: ConferenceId, number: str, by: Inviter) -> InvitationRecord | InviteRefusal:
        """Call somebody into a conference, where nobody has to be."""

    def invitations(self, conference: ConferenceId) -> list[InvitationRecord]:
        """The invitations of a conference: open ones, and what has become of the others."""

    def cancel_invitation(self, conference: ConferenceId, invitation: InvitationId) -> bool:
        """Stop calling somebody; False when there is no open invitation of that id."""

    def merge(self, user: UserId, names: Sequence[str]) -> Merging | MergeRefusal:
        """Make one talk of a person's calls: ids of calls, Call-IDs of his dialogs, or the room of a talk."""

    def talk(self, user: UserId, room: str) -> Talk | None:
        """A merged talk of a person."""

    def split(self, user: UserId, room: str) -> bool:
        """Part a merged talk into its calls; False when the person has none of that id."""

    def end_talk(self, user: UserId, room: str) -> bool:
        """Hang up on everybody in a merged talk; False when the person has none of that id."""


class LiveView(Protocol):
    """What `api` and `status` use of the runner."""

    def calls(self) -> list[LiveCall]:
        """The running calls."""

    def rooms(self) -> list[LiveRoom]:
        """The rooms with somebody in them."""

    def status(self) -> Status:
        """Figures."""

    def hang_up(self, call: CallId) -> bool:
        """End a call; False when there is none of that id."""

    def eject(self, room: RoomId, leg: LegId) -> bool:
        """Remove a participant; False when it is not there."""

    def room(self, conference: ConferenceId) -> LiveRoom | None:
        """The room of a conference, with somebody in it."""

    def room_act(self, conference: ConferenceId, act: RoomAct) -> bool:
        """Do something to a room; False when nobody is in it, or not the one who is meant."""

    def levels(self, conference: ConferenceId) -> Mapping[LegId, int]:
        """How loud each participant speaks now, dBov; empty unless levels are watched."""

    def watch_levels(self, conference: ConferenceId, on: bool) -> None:
        """Have the worker measure levels, and how good each line is."""

    async def quality(self, call: CallId) -> list[LegQuality]:
        """What the legs of a running call are like so far; empty when there is none of that id."""
