"""A whole call control between fakes: a scripted office for scenario tests. Time is simulated."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from switchroom.calls.admission import Admission
from switchroom.calls.events import CallEvent
from switchroom.calls.minutes import ConferenceFact, RecordingRecord
from switchroom.calls.ports import Credential, Ports, Registered, RegistrarReply
from switchroom.calls.records import CallRecord
from switchroom.calls.runner import Runner, RunnerConfig
from switchroom.calls.values import CallId, GuestPass, Party, Place, Problem
from switchroom.directory.model import Conference, ConferenceId, DeviceId, Settings, Snapshot, User, UserId
from switchroom.directory.personal import UNSET, Personal
from switchroom.media.types import DtmfReceived, HelloResult, LegId
from switchroom.sip import events as sip
from switchroom.sip.digest import Algorithm, Nonces, ha1, respond
from switchroom.sip.flow import Address, BindingRef, Flow, Transport
from switchroom.sip.headers import Challenge, Reason
from switchroom.sip.message import Headers, Request, Response
from tests.harness.fake_boxes import FakeBoxes
from tests.harness.fake_clock import FakeClock
from tests.harness.fake_media import FakeMedia
from tests.harness.fake_signalling import FakeSignalling

REALM = "switchroom"
HOST = "pbx.example.org"
WORKER = HelloResult(
    version=1, epoch="e", pid=1, webrtc_port=40000, fingerprint="sha-256 " + ":".join(["5A"] * 32)
)
CODECS = {"PCMU": "0", "PCMA": "8", "G722": "9", "opus": "96"}


def description(
    *codecs: str, direction: str = "sendrecv", port: int = 4000, address: str = "192.0.2.9"
) -> bytes:
    """A phone's session description with these codecs, G.711 by default."""
    names = codecs or ("PCMU", "PCMA")
    payloads = " ".join(CODECS[name] for name in names)
    family = "IP6" if ":" in address else "IP4"
    opus = "a=rtpmap:96 opus/48000/2\r\n" if "opus" in names else ""
    return (
        f"v=0\r\no=- 1 1 IN {family} {address}\r\ns=-\r\nc=IN {family} {address}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP {payloads} 101\r\n{opus}"
        f"a=rtpmap:101 telephone-event/8000\r\na={direction}\r\n"
    ).encode()


def flow_of(address: str, transport: Transport = Transport.UDP, connection: int = 0) -> Flow:
    """The flow of a phone at that address."""
    return Flow(transport, Address("192.0.2.1", 5060), Address(address, 5060), connection)


@dataclass
class FakeDirectory:
    """Implements `calls.ports.Directory`; secrets are the extension reversed."""

    snapshot: Snapshot
    sha256: set[str] = field(default_factory=set)
    guests: dict[str, GuestPass] = field(default_factory=dict)
    """By SIP user name."""

    def current(self) -> Snapshot:
        return self.snapshot

    def credential(self, username: str) -> Credential | None:
        ha1s = {a: ha1(username, REALM, username[::-1], a) for a in (Algorithm.MD5, Algorithm.SHA256)}
        if username in self.guests:
            return Credential(UserId(""), None, username, ha1s, guest=self.guests[username])
        found = self.snapshot.by_extension.get(username)
        if not isinstance(found, User):
            return None
        algorithm = Algorithm.SHA256 if username in self.sha256 else Algorithm.MD5
        return Credential(found.id, DeviceId(f"device-{username}"), username, ha1s, algorithm)


@dataclass
class FakeRegistrations:
    """Implements `calls.ports.Registrations`."""

    bindings: dict[str, list[Registered]] = field(default_factory=dict)

    def lookup(self, user_id: UserId) -> Sequence[Registered]:
        return self.bindings.get(user_id, [])


@dataclass
class FakeRegistrar:
    """Implements `calls.ports.Registrar`; answers when `gate` is open."""

    requests: list[tuple[Request, Credential]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def register(self, request: Request, flow: Flow, credential: Credential) -> RegistrarReply:
        self.requests.append((request, credential))
        await self.gate.wait()
        return RegistrarReply(200, headers=(("Contact", "<sip:x@192.0.2.9>;expires=60"),))


@dataclass
class FakeRecords:
    """Implements `calls.ports.Records`."""

    opened: list[CallRecord] = field(default_factory=list)
    answers: list[CallRecord] = field(default_factory=list)
    finished: list[CallRecord] = field(default_factory=list)
    dialogs: dict[str, sip.DialogRecord] = field(default_factory=dict)

    def open(self, record: CallRecord) -> None:
        self.opened.append(record)

    def when_open(self, call: CallId, act: Callable[[], None]) -> None:
        act()

    def answered(self, record: CallRecord) -> None:
        self.answers.append(record)

    def finish(self, record: CallRecord) -> None:
        self.finished.append(record)

    def save_dialog(self, call: CallId, dialog: sip.DialogRecord) -> None:
        self.dialogs[dialog.session] = dialog

    def forget_dialog(self, session: str) -> None:
        self.dialogs.pop(session, None)


@dataclass
class FakeMinutes:
    """Implements `calls.minutes.Minutes`."""

    kept: list[ConferenceFact] = field(default_factory=list)

    def keep(self, fact: ConferenceFact) -> None:
        self.kept.append(fact)

    def recorded(self, fact: RecordingRecord) -> None:
        self.kept.append(fact)

    def file(self, path: str) -> str:
        return f"/recordings/{path}"


@dataclass
class FakeNames:
    """Implements `calls.ports.Names`: the file's name is language and text; `slow` are told by `told`."""

    able: bool = True
    slow: bool = False
    waiting: list[tuple[str, Callable[[str], None]]] = field(default_factory=list)

    def file(self, leg: str) -> str:
        return f"/names/{leg}.wav"

    def speak(self, text: str, language: str, spoken: Callable[[str], None]) -> None:
        made = f"{language}/{text}" if self.able else ""
        if self.slow:
            self.waiting.append((made, spoken))
        else:
            spoken(made)

    def tell(self) -> None:
        """Those that were waited for are there."""
        waiting, self.waiting = self.waiting, []
        for made, spoken in waiting:
            spoken(made)


@dataclass
class FakeTries:
    """Implements `calls.ports.Tries`."""

    wrong: list[tuple[ConferenceId | None, str]] = field(default_factory=list)

    def wrong_code(self, conference: ConferenceId | None, caller: Party) -> None:
        self.wrong.append((conference, caller.extension))


@dataclass
class FakePersonal:
    """Implements `calls.ports.PersonalSettings`; what is kept is told at once."""

    known: dict[str, Personal] = field(default_factory=dict)
    able: bool = True

    def of(self, user_id: UserId) -> Personal:
        return self.known.get(user_id, UNSET)

    def keep(self, user_id: UserId, settings: Personal, told: Callable[[bool], None]) -> None:
        if self.able:
            self.known[user_id] = settings
        told(self.able)


class FakePrompts:
    """Implements `calls.ports.Prompts`: the file's name is language and key."""

    def files(self, key: str, language: str) -> Sequence[str]:
        return [f"{language}/{key}"]

    def music(self, own: str | None) -> str:
        return own or "music"


class FakeAddresses:
    """Implements `calls.ports.Addresses`."""

    def media(self, remote_ip: str) -> Place:
        return Place("2001:db8::1", "::") if ":" in remote_ip else Place("192.0.2.1", "0.0.0.0")

    def candidates(self, remote_ip: str) -> tuple[str, ...]:
        return ("2001:db8::1", "192.0.2.1") if ":" in remote_ip else ("192.0.2.1", "2001:db8::1")


@dataclass
class FakeProblems:
    """Implements `calls.ports.Problems`."""

    found: list[Problem] = field(default_factory=list)

    def report(self, problem: Problem) -> None:
        self.found.append(problem)


def snapshot(users: Sequence[User] = (), conferences: Sequence[Conference] = ()) -> Snapshot:
    """The demonstration's configuration with these users and conferences replaced or added."""
    people = {UserId(n): User(UserId(n), n, f"User {n}") for n in ("201", "202", "203", "204")}
    rooms = {
        ConferenceId("c1"): Conference(ConferenceId("c1"), "Open", "8001"),
        ConferenceId("c2"): Conference(ConferenceId("c2"), "Board", "8002", access_code="4321"),
        ConferenceId("c3"): Conference(
            ConferenceId("c3"),
            "Waits",
            "8003",
            administrator=UserId("201"),
            wait_for_administrator=True,
        ),
    }
    people.update({user.id: user for user in users})
    rooms.update({room.id: room for room in conferences})
    return Snapshot(settings=Settings(country="BE"), users=people, conferences=rooms)


class Office:
    """Runner and fakes. Phones are named by extension; every extension registers one device unless told
    otherwise."""

    def __init__(self, configuration: Snapshot | None = None, **config: int) -> None:
        self.signalling = FakeSignalling()
        self.media = FakeMedia()
        self.directory = FakeDirectory(configuration or snapshot())
        self.registrations = FakeRegistrations()
        self.registrar = FakeRegistrar()
        self.records = FakeRecords()
        self.problems = FakeProblems()
        self.names = FakeNames()
        self.tries = FakeTries()
        self.personal = FakePersonal()
        self.minutes = FakeMinutes()
        self.boxes = FakeBoxes()
        self.clock = FakeClock()
        self.nonces = Nonces(b"k" * 32)
        self._sessions = itertools.count(1)
        self._random = random.Random(7)
        self.admission = Admission(self.directory, REALM, self.nonces, lambda host: host == HOST)
        ports = Ports(
            self.signalling,
            self.media,
            self.directory,
            self.registrations,
            self.registrar,
            self.records,
            FakePrompts(),
            FakeAddresses(),
            self.problems,
            self.minutes,
            self.names,
            self.tries,
            self.personal,
            boxes=self.boxes,
        )
        self.runner = Runner(
            ports, self.admission, RunnerConfig(HOST, **config), self.clock, self._random.randbytes
        )
        self.media.on_event = self.runner.on_media_event
        self.runner.worker_ready(WORKER)
        for user in self.directory.snapshot.users:
            self.register(user, "a")

    def register(self, extension: str, *devices: str, secure: bool = False, browser: str = "") -> None:
        """Give a user these devices and no others; `browser` are the letters of those that are browsers."""
        self.registrations.bindings[extension] = [
            Registered(
                BindingRef(f"{extension}{name}"),
                f"sip:{extension}@192.0.2.9:6{number:03}",
                "192.0.2.9",
                secure=secure,
                device_id=DeviceId(f"device-{extension}" if name == "a" else f"device-{extension}{name}"),
                browser=name in browser,
                connection=int(extension) if name in browser else 0,
            )
            for number, name in enumerate(devices)
        ]

    async def settle(self) -> None:
        """Let the loop work until nothing is left to do."""
        for _ in range(12):
            await asyncio.sleep(0)

    async def wait(self, seconds: float) -> None:
        """Let simulated time pass, timer by timer."""
        end = self.clock.now() + seconds
        await self.settle()
        while (due := self.clock.next_due()) is not None and due <= end:
            self.clock.advance_to(due)
            await self.settle()
        self.clock.advance_to(end)

    def request(
        self, method: str, extension: str, target: str, *, host: str = HOST, body: bytes = b"", nc: int = 1
    ) -> Request:
        """A request with right credentials."""
        request = self.anonymous(method, extension, target, host=host, body=body)
        offered = Challenge.parse(
            f'Digest realm="{REALM}", nonce="{self.nonces.issue(self.clock.now())}", qop="auth"'
        )
        credentials = respond(
            offered,
            username=extension,
            secret=extension[::-1],
            method=method,
            uri=request.uri,
            cnonce="c",
            nc=nc,
        )
        request.headers.add("Authorization", str(credentials))
        return request

    def anonymous(
        self, method: str, extension: str, target: str, *, host: str = HOST, body: bytes = b""
    ) -> Request:
        """A request without credentials."""
        headers = Headers(
            [
                ("Via", "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1"),
                ("From", f"<sip:{extension}@{HOST}>;tag=f"),
                ("To", f"<sip:{target}@{host}>"),
                ("Call-ID", "id"),
                ("CSeq", f"1 {method}"),
                ("Max-Forwards", "70"),
            ]
        )
        return Request(method, f"sip:{target}@{host}", headers, body)

    async def dial(
        self,
        extension: str,
        target: str,
        sdp: bytes | None = b"",
        *,
        address: str = "192.0.2.9",
        browser: bool = False,
        headers: Sequence[tuple[str, str]] = (),
    ) -> str:
        """A phone calls; the session is returned. No `sdp` given is G.711, None is a late offer.

        A `browser` calls by the connection that its registration has.
        """
        session = f"s{next(self._sessions)}-{extension}"
        offer = description() if sdp == b"" else sdp
        request = self.request("INVITE", extension, target)
        for name, value in headers:
            request.headers.add(name, value)
        flow = flow_of(address, Transport.WS, int(extension)) if browser else flow_of(address)
        self.runner.on_sip_event(sip.IncomingInvite(sip.SessionId(session), request, flow, offer))
        await self.settle()
        return session

    def rung(self, number: int = -1) -> str:
        """The session of an INVITE that we sent."""
        return self.signalling.invites()[number].session

    async def tell(self, event: sip.Event | CallEvent) -> None:
        """Something happens in SIP."""
        self.runner.on_sip_event(event)  # type: ignore[arg-type]
        await self.settle()

    async def ring(self, session: str, status: int = 180, sdp: bytes | None = None) -> None:
        await self.tell(sip.InviteProgress(sip.SessionId(session), status, sdp, Response(status)))

    async def pick_up(self, session: str, sdp: bytes | None = b"") -> None:
        answer = description("PCMU") if sdp == b"" else sdp
        await self.tell(sip.InviteAccepted(sip.SessionId(session), answer, Response(200)))

    async def refuse(self, session: str, status: int) -> None:
        await self.tell(sip.InviteRejected(sip.SessionId(session), status, "", None, None))

    async def acknowledge(self, session: str, sdp: bytes | None = None) -> None:
        await self.tell(sip.SessionConfirmed(sip.SessionId(session), sdp))

    async def cancel(self, session: str) -> None:
        await self.tell(sip.SessionCancelled(sip.SessionId(session), ()))

    async def bye(self, session: str, cause: sip.EndCause = sip.EndCause.REMOTE_BYE) -> None:
        await self.tell(sip.SessionEnded(sip.SessionId(session), cause))

    async def reinvite(self, session: str, sdp: bytes | None) -> None:
        await self.tell(sip.OfferReceived(sip.SessionId(session), sdp))

    async def key(self, session: str, digits: str) -> None:
        """The phone sends digits; each interrupts an interruptible prompt, as the worker does it."""
        for digit in digits:
            leg = self.media.legs.get(session)
            if leg is not None and leg.playing and leg.playing[0].interrupt_on_dtmf:
                self.media.finish(leg.playing[0].play, "interrupted")
            self.runner.on_media_event(DtmfReceived(leg=LegId(session), digit=digit))
            await self.settle()

    async def talk(self, caller: str = "201", callee: str = "202") -> tuple[str, str]:
        """An answered two-party call: both sessions."""
        first = await self.dial(caller, callee)
        second = self.rung()
        await self.ring(second)
        await self.pick_up(second)
        await self.acknowledge(first)
        return first, second

    async def join(self, extension: str, room: str = "8001", sdp: bytes | None = b"") -> str:
        """A phone calls a conference and its dialog is confirmed."""
        session = await self.dial(extension, room, sdp)
        await self.acknowledge(session)
        return session

    @property
    def ended(self) -> CallRecord:
        """The last record finished."""
        return self.records.finished[-1]

    def configure(self, *conferences: Conference) -> None:
        """Apply a changed conference."""
        rooms = {**self.directory.snapshot.conferences, **{room.id: room for room in conferences}}
        self.directory.snapshot = replace(self.directory.snapshot, conferences=rooms)

    def reasons(self, session: str) -> list[Reason]:
        """The reasons we gave when we hung up a session."""
        return [reason for one in self.signalling.of(session) for reason in one.reasons]
