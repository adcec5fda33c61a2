"""What the API needs of the running system: plain views, and the few acts on live calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from switchroom.calls.room_events import RoomAct


@dataclass(frozen=True, slots=True)
class LiveRegistration:
    """A device that can be reached now."""

    id: str
    user_id: str
    username: str
    """Address of record, without the domain."""
    device_id: str | None
    contact: str
    transport: str
    remote: str
    """Where it registered from: address and port."""
    user_agent: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class LiveParty:
    """One end of a call."""

    extension: str
    name: str
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call that is going on."""

    id: str
    state: str
    started_at: float
    answered_at: float | None
    caller: LiveParty
    dialled: str
    callee: LiveParty | None = None
    conference_id: str | None = None
    codec: str = ""


@dataclass(frozen=True, slots=True)
class LiveParticipant:
    """Somebody in a conference."""

    id: str
    extension: str
    name: str
    joined_at: float
    administrator: bool = False
    waiting: bool = False
    """For the administrator, or in the lobby."""
    on_hold: bool = False
    talking: bool = False
    user_id: str | None = None
    device: Literal["browser", "phone", "guest"] = "phone"
    entrance: str = "extension"
    in_lobby: bool = False
    away: bool = False
    """A browser whose page is gone; it has some seconds to come back."""
    muted_by: str | None = None
    """"self", or who did it; None: not muted."""
    muted_firmly: bool = False
    """He can not undo it before he is asked to speak."""
    unmute_requested_by: str | None = None
    hand_raised_at: float | None = None
    hears_db: float = 0.0
    says_db: float = 0.0
    noise_suppression: bool = False
    mos: float | None = None
    """1 to 4.5; None: not known."""
    guest: str | None = None
    """Of somebody who came by a link: the id of the visit."""


@dataclass(frozen=True, slots=True)
class LiveRecording:
    """A recording that is being made."""

    since: float
    each: bool
    """Every participant apart as well."""


@dataclass(frozen=True, slots=True)
class LiveInvitation:
    """Somebody who is being called into a conference, or was."""

    id: str
    number: str
    name: str
    state: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class LiveHappening:
    """Something that was done in a conference: to whom, and by whom where that is somebody else."""

    at: float
    what: str
    name: str
    by: str


@dataclass(frozen=True, slots=True)
class LiveRoom:
    """A conference with somebody in it."""

    conference_id: str
    name: str
    extension: str | None
    waiting_for_administrator: bool
    participants: Sequence[LiveParticipant] = ()
    state: Literal["waiting", "open", "ending"] = "open"
    locked: bool = False
    lobby: bool = False
    recording: LiveRecording | None = None
    meeting_id: str | None = None
    started_at: float | None = None
    invitations: Sequence[LiveInvitation] = ()
    noise_suppression: bool = False
    max_participants: int | None = None
    happened: Sequence[LiveHappening] = ()
    """Of one that is watched by who runs it."""


@dataclass(frozen=True, slots=True)
class LiveProblem:
    """Something that was refused, dropped or went wrong, and that an administrator should see."""

    kind: str
    """Stable name, such as wrong-secrets, dropped, media-lost."""
    subject: str
    """What it is about: an address, an extension, a conference."""
    text: str
    time: float
    """When it was seen last."""
    count: int
    can_allow: bool = False
    """The subject is an address that is kept out, and `allow` lets it in again."""
    allow: str = ""
    """What would allow the call outside that was refused: `country/FR`, `usage/users/...`, `rights/...`."""
    code: str = ""
    """The sentence of `text`, for other languages."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What stands in it; what is empty has a word of its own."""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One part of the system: whether it works, and what to do if not."""

    name: str
    ok: bool
    message: str = ""


class Live(Protocol):
    """The running system. Nothing here waits for the network."""

    def registrations(self) -> Sequence[LiveRegistration]:
        """All registered contacts."""

    def calls(self) -> Sequence[LiveCall]:
        """All calls."""

    def rooms(self) -> Sequence[LiveRoom]:
        """All conferences with somebody in them."""

    def hang_up(self, call_id: str) -> bool:
        """End a call; False when there is none of this id."""

    def remove_participant(self, conference_id: str, participant_id: str) -> bool:
        """Take somebody out of a conference; False when he is not in it."""

    def room(self, conference_id: str) -> LiveRoom | None:
        """One conference with somebody in it."""

    def act_in_room(self, conference_id: str, act: RoomAct) -> bool:
        """Do something to a conference; False when nobody is in it, or not the one who is meant."""

    def levels(self, conference_id: str) -> Mapping[str, int]:
        """How loud each participant speaks now, 0 to 100; while somebody watches the levels."""

    def watch_levels(self, conference_id: str, on: bool) -> None:
        """Have levels (and the quality of each line) measured, or no longer."""

    def end_when_removed(self, conference_id: str, end: bool) -> None:
        """What becomes of those inside when a conference is no longer in the applied configuration."""

    def drop_device(self, device_id: str) -> None:
        """A device's secret was changed or revoked: its registrations end."""

    def configuration_applied(self) -> None:
        """The store holds a newer revision: calls from now on follow it."""

    def problems(self) -> Sequence[LiveProblem]:
        """What was refused or went wrong lately, the newest first."""

    def allow(self, address: str) -> bool:
        """Let an address in again that is kept out; False when it is not."""

    def health(self) -> Sequence[HealthCheck]:
        """What works and what does not."""


class NothingLive:
    """A system without calls: for the command line and for tests."""

    def registrations(self) -> Sequence[LiveRegistration]:
        """None."""
        return ()

    def calls(self) -> Sequence[LiveCall]:
        """None."""
        return ()

    def rooms(self) -> Sequence[LiveRoom]:
        """None."""
        return ()

    def hang_up(self, call_id: str) -> bool:
        """There is none."""
        return False

    def remove_participant(self, conference_id: str, participant_id: str) -> bool:
        """There is none."""
        return False

    def room(self, conference_id: str) -> LiveRoom | None:
        """None."""
        return None

    def act_in_room(self, conference_id: str, act: RoomAct) -> bool:
        """Nobody is in it."""
        return False

    def levels(self, conference_id: str) -> Mapping[str, int]:
        """None."""
        return {}

    def watch_levels(self, conference_id: str, on: bool) -> None:
        """Nothing is measured."""

    def end_when_removed(self, conference_id: str, end: bool) -> None:
        """Nobody is in it."""

    def drop_device(self, device_id: str) -> None:
        """Nothing is registered."""

    def configuration_applied(self) -> None:
        """Nobody to tell."""

    def problems(self) -> Sequence[LiveProblem]:
        """None."""
        return ()

    def allow(self, address: str) -> bool:
        """Nobody is kept out."""
        return False

    def health(self) -> Sequence[HealthCheck]:
        """Nothing to check."""
        return ()


@dataclass(frozen=True, slots=True)
class MachineCheck:
    """One finding of `switchroom doctor`."""

    id: str
    """Stable name."""
    name: str
    severity: Literal["ok", "warning", "problem"]
    message: str
    cure: str = ""
    """What to do; empty when all is well."""
    code: str = ""
    """Stable name of what was found, for translations."""
    values: Mapping[str, str | int] = field(default_factory=dict)
    """What varies in the sentence."""


@dataclass(frozen=True, slots=True)
class MachineCertificate:
    """What HTTPS, WSS and SIP over TLS show."""

    source: Literal["own", "authority"]
    """Brought by the owner, or made by this system's local authority."""
    names: Sequence[str]
    expires_at: float
    fingerprint: str
    """SHA-256, as `AA:BB:...`."""
    authority_fingerprint: str | None = None
    """Of the local authority's certificate: to compare before trusting it."""


@dataclass(frozen=True, slots=True)
class PromptFiles:
    """How many prompts of a language were spoken by a person, and how many by a program."""

    recorded: int
    synthesized: int


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """The machine, its addresses and ports, what is installed, what is wrong."""

    started_at: float
    """Seconds since the epoch."""
    phone_address: str
    """What to type into a phone of the local network."""
    advertised_address: str | None
    own_addresses: Sequence[str]
    hosts: Sequence[str]
    """Names that phones may use."""
    ports: Mapping[str, int | str]
    """By name: sip, tls, http, https, console, webrtc, rtp (a range); 0: not served."""
    certificate: MachineCertificate | None
    prompts: Mapping[str, PromptFiles]
    """By language."""
    database: str
    """Its kind."""
    checks: Sequence[MachineCheck]


@dataclass(frozen=True, slots=True)
class PhoneServer:
    """What a phone is told to register with."""

    web: str
    """Where phones fetch their settings: `http://192.0.2.1:8080`."""
    host: str
    port: int
    transport: Literal["udp", "tls"]
    https: str | None = None
    """The same place by HTTPS, whoever signed its certificate; None: HTTPS is off."""


class Machine(Protocol):
    """The machine that the system runs on."""

    async def facts(self) -> MachineFacts:
        """Look at it: takes some hundredths of a second, none of them on the loop."""

    async def authority(self) -> bytes | None:
        """The local authority's certificate (PEM); None where the owner brought one of his own."""

    def phone_server(self) -> PhoneServer:
        """Where phones register, by the most private way that they trust."""


@dataclass(frozen=True, slots=True)
class NoMachine:
    """For tests, and where nothing runs."""

    found: MachineFacts = field(
        default_factory=lambda: MachineFacts(0.0, "127.0.0.1", None, (), (), {}, None, {}, "SQLite", ())
    )

    async def facts(self) -> MachineFacts:
        """What was given."""
        return self.found

    async def authority(self) -> bytes | None:
        """None."""
        return None

    def phone_server(self) -> PhoneServer:
        """This machine, by the usual ports."""
        return PhoneServer("http://127.0.0.1:8080", "127.0.0.1", 5060, "udp", https="https://127.0.0.1:8443")
