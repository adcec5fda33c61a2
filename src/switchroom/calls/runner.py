"""Runs calls on the loop: takes what SIP and the media worker tell, and carries the worker's commands out.

The only file here that knows of asyncio, a clock and chance. The worker's commands of all turns of one loop
iteration travel in one batch, written in the order in which they were given.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from switchroom.calls import dialect, guests, intake, invite
from switchroom.calls import events as ev
from switchroom.calls.admission import Admission, Admitted, AdmittedGuest, Refused, unserved
from switchroom.calls.change import replace
from switchroom.calls.engine import Engine
from switchroom.calls.invitations import MOST_RINGING, Wanted, invitation, inviting, plan, refusal_of, shown
from switchroom.calls.lamps import Lamps
from switchroom.calls.leg import Leg
from switchroom.calls.lines import Lines
from switchroom.calls.live import LiveCall, LiveRoom, Status
from switchroom.calls.merge import Talk
from switchroom.calls.message_waiting import MessageWaiting
from switchroom.calls.minutes import Attendance, InvitationId, InvitationRecord
from switchroom.calls.moving import Moving
from switchroom.calls.outcomes import Inviter, InviteRefusal, MergeRefusal
from switchroom.calls.overload import Shedder
from switchroom.calls.pickup import may_pick_up
from switchroom.calls.ports import Clock, Ports, Registered, Timer
from switchroom.calls.records import Cause, LegQuality, quality_of
from switchroom.calls.room_events import RoomAct
from switchroom.calls.routing import Known, arrive, dialled, takes_calls
from switchroom.calls.talks import Merging
from switchroom.calls.trunk_admission import FromTrunk, TrunkDoor
from switchroom.calls.values import CallId, Outside, Party, Place, Problem, Refuse, Target
from switchroom.directory.model import ConferenceId, User, UserId
from switchroom.media import offer_answer
from switchroom.media.offer_answer import WebRtcHost
from switchroom.media.types import (
    CloseLeg,
    Command,
    DtmfReceived,
    GetStats,
    HelloResult,
    LegFailed,
    LegId,
    LegOpened,
    LegStats,
    LevelsMeasured,
    MediaClosed,
    MediaFound,
    MediaLost,
    OpenLeg,
    PlayEnded,
    RecordEnded,
    Result,
    RoomId,
    TalkingChanged,
    WorkerEvent,
)
from switchroom.sip import events as sip
from switchroom.sip.errors import RemoteProtocolError
from switchroom.sip.flow import BindingRef, Flow, Transport
from switchroom.sip.headers import Replaces
from switchroom.sip.message import Request

log = logging.getLogger(__name__)

_BATCH = 2000
"""Commands asked at once at most: a line of the protocol is bounded."""
_LAG_SECONDS = 0.05
_CLOSING_GRACE = 5.0
_WEBSOCKETS = (Transport.WS, Transport.WSS)


def flow_ref(flow: Flow) -> BindingRef:
    """What stands for the registration of a guest, who has none: the connection he calls by."""
    return BindingRef(f"flow-{flow.connection}")


class LoopClock:
    """The running loop's clock, as seconds since the epoch."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._offset = time.time() - self._loop.time()

    def now(self) -> float:
        """Seconds since the epoch: the wall clock at the start, the monotonic clock since."""
        return self._loop.time() + self._offset

    def after(self, seconds: float, act: Callable[[], None]) -> Timer:
        """Call `act` after so many seconds."""
        return self._loop.call_later(seconds, act)


@dataclass(frozen=True, slots=True)
class RunnerConfig:
    """Settings. `domain` is the host that stands in From and To towards phones."""

    domain: str
    max_calls: int = 4000
    retry_after: int = 5
    """Seconds, in a 503."""


class Runner:
    """Call control. Implements `ports.LiveView`.

    Wire `on_sip_event` to the SIP driver; `on_media_event`, `worker_ready` and `worker_lost` to the media
    client. Create it on the running loop and call `start()`.
    """

    def __init__(
        self,
        ports: Ports,
        admission: Admission,
        config: RunnerConfig,
        clock: Clock | None = None,
        randbytes: Callable[[int], bytes] = secrets.token_bytes,
        door: TrunkDoor | None = None,
    ) -> None:
        self.config = config
        self.shedder = Shedder()
        self._ports = ports
        self._clock: Clock = clock or LoopClock()
        self._admission = admission
        self._door = door
        self._randbytes = randbytes
        self._emptied = asyncio.Event()
        self._engine = Engine(ports, self._clock, self._send, self._turned, config.domain, self._emptied.set)
        self._engine.reach = self
        self.lamps = Lamps(self._engine, lambda user: bool(ports.registrations.lookup(user)), config.domain)
        self.message_waiting = MessageWaiting(self._engine, config.domain)
        self.moving = Moving(self._engine, self, self._known, self._new_call, randbytes, admission.is_local)
        self._batch: list[tuple[Command, CallId | None]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._lag_timer: asyncio.TimerHandle | None = None
        self._draining = False
        self._media_ready = False
        self._worker: HelloResult | None = None
        self._started = 0
        self._shed = 0

    # --- what the rest of the system tells --------------------------------------------------------------

    def start(self, cut_off: Iterable[Attendance] = ()) -> None:
        """Begin to watch the loop's delay. `cut_off`: who was in a conference when the system ended, a short
        while ago; within 60 s they come back as they were."""
        self._engine.restore(cut_off)
        loop = asyncio.get_running_loop()

        def measure(due: float) -> None:
            self.shedder.lag(loop.time() - due)
            due = loop.time() + _LAG_SECONDS
            self._lag_timer = loop.call_at(due, measure, due)

        measure(loop.time())

    @property
    def lines(self) -> Lines:
        """The lines to the outside."""
        return self._engine.lines

    def stop(self) -> None:
        """Stop watching the loop's delay."""
        if self._lag_timer is not None:
            self._lag_timer.cancel()

    def on_sip_event(self, event: sip.Event) -> None:
        """Take an event of the SIP endpoint. Never raises."""
        match event:
            case sip.IncomingInvite():
                self._arrive(event)
            case sip.IncomingRequest():
                self._request(event)
            case sip.DialogRequest(transaction=transaction, request=request):
                self._ports.signalling.respond(transaction, 603 if request.method == "REFER" else 405)
            case sip.ReferReceived():
                self.moving.refer(event)
            case sip.Unsubscribed(subscription=subscription):
                self.lamps.unsubscribed(subscription)
                self.message_waiting.unsubscribed(subscription)
            case (
                sip.RequestAnswered() | sip.RegistrationChanged() | sip.LookupNeeded() | sip.MessageDropped()
            ):
                pass
            case sip.InviteRejected() if (again := self.lines.follow(event, self._clock.now())) is not None:
                self._ports.signalling.invite(event.session, again)
            case _:
                self._engine.lines.hear(event, self._clock.now())
                if type(event) is sip.OfferReceived:
                    self._engine.browsers.returned(LegId(event.session))
                call = self._engine.owner(event.session)
                if call is not None:
                    self._engine.deliver(call, event)
                elif isinstance(event, sip.InviteAccepted):
                    self._ports.signalling.hang_up(event.session)
                else:
                    log.debug("%s of an unknown leg ignored leg=%s", type(event).__name__, event.session)

    def on_media_event(self, event: WorkerEvent) -> None:
        """Take an event of the media worker. Never raises."""
        match event:
            case MediaLost(leg=leg) if leg in self._engine.browsers:
                self._tell_leg(self._engine.browsers.media_lost(leg))
            case MediaFound(leg=leg):
                self._tell_leg(self._engine.browsers.media_found(leg))
            case MediaClosed(leg=leg):
                self._tell_leg(self._engine.browsers.media_closed(leg))
            case DtmfReceived(leg=leg) | MediaLost(leg=leg) | LegFailed(leg=leg):
                call = self._engine.owner(leg)
                if call is not None:
                    self._engine.deliver(call, event)
                else:
                    log.debug("%s of an unknown leg ignored leg=%s", type(event).__name__, leg)
            case PlayEnded(play=play):
                owner = play.rpartition("/")[0]
                call = self._engine.owner(owner)
                if call is not None:
                    self._engine.deliver(call, event)
                else:
                    self._engine.deliver_room(RoomId(owner), event)
            case TalkingChanged(leg=leg, room=room, talking=talking):
                (self._engine.talking.add if talking else self._engine.talking.discard)(leg)
                self._engine.deliver_room(room, event)
            case LevelsMeasured(room=room, levels=levels):
                self._engine.levels[room] = levels
            case RecordEnded():
                self._engine.recorded(event)
            case _:
                pass

    def _tell_leg(self, event: ev.LegAway | ev.LegBack | None) -> None:
        call = self._engine.owner(event.leg) if event is not None else None
        if call is not None and event is not None:
            self._engine.deliver(call, event)

    def flow_closed(self, refs: Sequence[BindingRef]) -> None:
        """The connections of these registrations are closed. Calls go on while there is media."""
        for event in self._engine.browsers.flow_closed(refs):
            self._tell_leg(event)

    def worker_ready(self, hello: HelloResult) -> None:
        """The media worker is there: calls are taken."""
        self._worker = hello
        self._media_ready = True

    def worker_lost(self) -> None:
        """The media worker is gone: every call ends."""
        self._media_ready = False
        lost, self._batch = self._batch, []
        self._engine.lose_rooms()
        if len(self._engine):
            text = f"The media worker stopped; {len(self._engine)} calls were cut."
            self._ports.problems.report(Problem("media-worker-lost", "media", text))
        self._engine.deliver_all(ev.WorkerLost())
        for command, owner in lost:
            self._answer(command, owner, None)

    # --- what the console asks --------------------------------------------------------------------------

    def calls(self) -> list[LiveCall]:
        """The running calls."""
        return self._engine.calls()

    def rooms(self) -> list[LiveRoom]:
        """The rooms with somebody in them."""
        return self._engine.rooms()

    def status(self) -> Status:
        """Figures."""
        sizes = self._engine.room_sizes
        return Status(
            calls=len(self._engine),
            legs=self._engine.legs,
            rooms=len(sizes),
            participants=sum(sizes),
            draining=self._draining,
            media_ready=self._media_ready,
            started=self._started + self.moving.begun,
            refused_busy=self._shed,
        )

    @property
    def wrong_codes(self) -> int:
        """Wrong access codes so far."""
        return self._engine.codes.wrong

    def hang_up(self, call: CallId) -> bool:
        """End a call; False when there is none of that id."""
        if call not in self._engine:
            return False
        self._engine.deliver(call, ev.HangUpOrdered(Cause.HUNG_UP_BY_OPERATOR))
        return True

    def merge(self, user: UserId, names: Sequence[str]) -> Merging | MergeRefusal:
        """Make one talk of a person's calls: ids of calls, Call-IDs of his dialogs, or the room of a talk."""
        engine = self._engine
        by_name = engine.named(user)
        found = engine.talks.plan(user, [(name, by_name.get(name)) for name in names])
        if isinstance(found, Merging):
            engine.act(lambda: engine.talks.merge(found, self._clock.now()))
        return found

    def talk(self, user: UserId, room: str) -> Talk | None:
        """A merged talk of a person."""
        return self._engine.talks.owned(room, user)

    def split(self, user: UserId, room: str) -> bool:
        """Part a merged talk into its calls; False when the person has none of that id."""
        talk = self.talk(user, room)
        if talk is not None:
            self._engine.act(lambda: self._engine.talks.split(talk.room))
        return talk is not None

    def end_talk(self, user: UserId, room: str) -> bool:
        """Hang up on everybody in a merged talk; False when the person has none of that id."""
        talk = self.talk(user, room)
        for call in talk.calls if talk is not None else ():
            state = next((one for one in self._engine.states_of(user) if one.facts.id == call), None)
            own = state is not None and state.facts.caller.user_id == user
            cause = Cause.CALLER_HUNG_UP if own else Cause.CALLEE_HUNG_UP
            self._engine.deliver(call, ev.HangUpOrdered(cause))
        return talk is not None

    def eject(self, room: RoomId, leg: LegId) -> bool:
        """Remove a participant; False when it is not there. Of a merged talk it ends his call."""
        return self._engine.room_act(ConferenceId(room), ev.EjectOrdered(leg))

    def room(self, conference: ConferenceId) -> LiveRoom | None:
        """The room of a conference, with somebody in it."""
        return self._engine.room(conference)

    def room_act(self, conference: ConferenceId, act: RoomAct) -> bool:
        """Do something to a room; False when nobody is in it, or not the one who is meant."""
        return self._engine.room_act(conference, act)

    def levels(self, conference: ConferenceId) -> Mapping[LegId, int]:
        """How loud each participant speaks now, dBov; empty unless levels are watched."""
        return self._engine.levels.get(RoomId(str(conference)), {})

    def watch_levels(self, conference: ConferenceId, on: bool) -> None:
        """Have the worker measure levels, and how good each line is; say so again every some seconds."""
        self._engine.watch(conference, on)
        if on:
            self._measure(conference)

    def _measure(self, conference: ConferenceId) -> None:
        """Ask for the quality of the lines of a room."""
        room = self._engine.room(conference)
        if room is None or not self._media_ready:
            return

        def told(results: list[Result] | None) -> None:
            for found in results or ():
                if isinstance(found, LegStats) and found.mos and self._engine.owner(found.leg):
                    self._engine.quality[found.leg] = round(found.mos, 1)

        self._ports.media.ask(tuple(GetStats(leg=one.leg) for one in room.participants), told)

    def end_guest(self, visit: str) -> bool:
        """A guest's visit was ended: his call, too; False when he is in none."""
        return self._end_calls(guests.owner_of(visit), Cause.REMOVED)

    def has_guest(self, visit: str) -> bool:
        """Whether the guest of a visit is in a call."""
        return self._engine.busy(guests.owner_of(visit))

    def invite(self, wanted: ConferenceId, number: str, by: Inviter) -> InvitationRecord | InviteRefusal:
        """Call somebody into a conference, where nobody has to be. That `by` may do so was asked before."""
        engine, snapshot, now = self._engine, self._ports.directory.current(), self._clock.now()
        found = plan(self._known(now), wanted, number, by.user)
        if isinstance(found, InviteRefusal):
            return found
        if (refused := self._uninvitable(found, by)) is not None:
            return refused
        targets: tuple[Target, ...] | Refuse = ()
        if found.outside is not None:
            targets = self.outside(found.outside, inviting(snapshot, found, by))
            name = engine.lines.provision.name(found.outside.number)
            found = replace(found, callee=replace(found.callee, name=name))
        elif found.callee.user_id is not None and not found.busy:
            targets = self.devices(found.callee.user_id)
        if isinstance(targets, Refuse):
            return refusal_of(targets)
        call, user = self._new_call(now), found.callee.user_id
        facts = invitation(snapshot, found, by, number, call, self._randbytes(32), now)
        assert facts.invitation is not None
        engine.invitations.add(facts.invitation, user, within=bool(engine.members_of(wanted)))
        caller = shown(snapshot, found, by)
        state, commands = invite.start(
            facts, found.conference, caller, targets, found.ring_seconds, now, busy=found.busy
        )
        self._started += 1
        engine.begin(call, None, () if user is None else (user,), state, commands)
        return engine.invitations.get(wanted, facts.invitation.id) or facts.invitation

    def _uninvitable(self, wanted: Wanted, by: Inviter) -> InviteRefusal | None:
        conference, callee, engine = wanted.conference, wanted.callee, self._engine
        user = callee.user_id
        members = engine.members_of(conference.id)
        limit = conference.max_participants
        same = user or callee.extension  # somebody outside is known by the number
        if any((party.user_id or party.extension) == same for party in members):
            return InviteRefusal.ALREADY_INSIDE
        if any(user or one.number == same for one in engine.invitations.open(conference.id, user)):
            return InviteRefusal.ALREADY_INVITED
        if len(engine.invitations.open(conference.id)) >= MOST_RINGING:
            return InviteRefusal.TOO_MANY
        if limit is not None and len(members) >= limit and (user is None or user != conference.administrator):
            return InviteRefusal.ROOM_FULL
        closed = None if by.moderator else engine.closed_to(conference.id, callee)
        if closed is not None:
            return closed
        return InviteRefusal.BUSY if self._overloaded() else None

    def invitations(self, conference: ConferenceId) -> list[InvitationRecord]:
        """The invitations of a conference: open ones, and what has become of the others."""
        return self._engine.invitations.of(conference, self._clock.now())

    def cancel_invitation(self, conference: ConferenceId, invitation: InvitationId) -> bool:
        """Stop calling somebody; False when there is no open invitation of that id."""
        for found in self._engine.invitations.open(conference):
            if found.id == invitation and found.call is not None:
                self._engine.deliver(found.call, ev.HangUpOrdered(Cause.CANCELLED))
                return True
        return False

    def configuration_applied(self) -> None:
        """Another configuration is in force: nobody is called any more into what is not in it."""
        self.lamps.configuration_applied()
        self.message_waiting.configuration_applied()
        applied = self._ports.directory.current().conferences
        for conference in self._engine.invitations.conferences():
            if conference not in applied:
                for found in self._engine.invitations.open(conference):
                    if found.call is not None:
                        self._engine.deliver(found.call, ev.HangUpOrdered(Cause.CONFERENCE_ENDED))

    async def quality(self, call: CallId) -> list[LegQuality]:
        """What the legs of a running call are like so far."""
        parties = {leg.id: leg.party for leg in self._engine.legs_of(call) if leg.port}
        if not (parties and self._media_ready):
            return []
        told: asyncio.Future[list[Result] | None] = asyncio.get_running_loop().create_future()
        commands = tuple([GetStats(leg=leg) for leg in parties])
        self._ports.media.ask(commands, lambda results: None if told.done() else told.set_result(results))
        results = await told or []
        return [quality_of(parties[found.leg], found) for found in results if isinstance(found, LegStats)]

    async def drain(self, grace: float) -> None:
        """Refuse new calls, give the running ones `grace` seconds, hang up, and wait for their records."""
        self._draining = True
        await self._empty(grace)
        self._engine.deliver_all(ev.HangUpOrdered(Cause.SHUTDOWN))
        await self._empty(_CLOSING_GRACE)

    async def _empty(self, seconds: float) -> None:
        """Wait until no call runs, at most so long."""
        if len(self._engine) and seconds > 0:
            self._emptied.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._emptied.wait(), seconds)

    # --- requests from outside --------------------------------------------------------------------------

    def _arrive(self, event: sip.IncomingInvite) -> None:
        reject = self._ports.signalling.reject
        try:
            if self._overloaded():
                self._shed += 1
                reject(event.session, 503, headers=(("Retry-After", str(self.config.retry_after)),))
                return
            now = self._clock.now()
            admitted = self._trunk(event) or self._admission.admit(event.request, event.flow, now)
            if isinstance(admitted, Refused):
                self._report(admitted)
                reject(event.session, admitted.status, reason=admitted.reason, headers=admitted.headers)
                return
            self._begin(event, admitted, now)
        except RemoteProtocolError as error:
            reject(event.session, error.status, reason=error.reason)
        except Exception:
            log.exception("an INVITE could not be taken leg=%s", event.session)
            reject(event.session, 500)

    def _trunk(self, event: sip.IncomingInvite) -> FromTrunk | Refused | None:
        """Whether a call comes by a trunk, and may."""
        if self._door is None:
            return None
        came = self._door.admit(event.request, event.flow, self._ports.directory.current())
        if isinstance(came, FromTrunk) and self._engine.lines.full(came.trunk):
            text = f"{came.trunk.name} has as many calls as it may have at once: one more was refused."
            return Refused(486, problem=Problem("trunk-full", came.trunk.name, text))
        return came

    def _overloaded(self) -> bool:
        return (
            self._draining
            or not self._media_ready
            or len(self._engine) >= self.config.max_calls
            or not self.shedder.takes(self._clock.now())
        )

    def _begin(
        self, event: sip.IncomingInvite, admitted: Admitted | AdmittedGuest | FromTrunk, now: float
    ) -> None:
        request = event.request
        hops = request.max_forwards
        if hops <= 0:
            raise RemoteProtocolError(483, "Too Many Hops")
        leg = LegId(event.session)
        place = self._place(event.flow, event.sdp)
        arrival = intake.Arrival(
            call=self._new_call(now),
            leg=leg,
            number=dialled(request.target),
            offer=event.sdp,
            place=place,
            seed=self._randbytes(32),
            max_forwards=hops,
            browser=event.sdp is None and place.webrtc is not None,
            expected=self._engine.expected,
            synthesis=self._ports.names.able,
        )
        snapshot = self._ports.directory.current()
        if isinstance(admitted, FromTrunk):
            self._begin_outside(arrival, admitted, now)
            return
        if isinstance(admitted, AdmittedGuest):
            self._begin_guest(event.flow, arrival, admitted, now)
            return
        users: dict[UserId, None] = {}
        if "Replaces" in request.headers:
            old: Leg | None = self._replaced(request, admitted.user)
        else:
            old = self.moving.taken(admitted.user.id, arrival.number)
        if old is not None:
            state, commands = intake.take_over(arrival, admitted, snapshot, old, now)
        else:
            told = self.moving.park_other(admitted.user.id, arrival.number)
            state, commands = intake.begin(arrival, admitted, self._known(now), self, told)
            self._started += 1
            users[admitted.user.id] = None
        ref = self._bind(event, admitted)
        self._engine.begin(arrival.call, leg, tuple(users), state, commands)
        if ref is not None:
            self._engine.browsers.bind(leg, ref)

    def _begin_guest(self, flow: Flow, arrival: intake.Arrival, admitted: AdmittedGuest, now: float) -> None:
        """A guest has one call: one that comes while another runs is the page that came back."""
        owner = guests.owner_of(admitted.guest.pass_id)
        self._end_calls(owner, Cause.SIGNALLING_LOST)
        state, commands = guests.begin(arrival, admitted, self._ports.directory.current(), now)
        self._started += 1
        self._engine.begin(arrival.call, arrival.leg, (owner,), state, commands)
        if flow.connection:
            self._engine.browsers.bind(arrival.leg, flow_ref(flow))

    def _begin_outside(self, arrival: intake.Arrival, came: FromTrunk, now: float) -> None:
        """A call by a trunk, to a number of ours (S1-12, S1-13, S3-01)."""
        lines, known = self._engine.lines, self._known(now)
        codecs = dialect.codecs_of(came.trunk)
        arrival = replace(arrival, number=came.number.e164, codecs=codecs, incoming=True)
        lines.came_in(arrival.leg, came.trunk.id)
        plan = arrive(known, came.number)
        state, commands = intake.carry_out(arrival, lines.party(came), plan, known, self)
        self._started += 1
        self._engine.begin(arrival.call, arrival.leg, (), state, commands)

    def _end_calls(self, owner: UserId, cause: Cause) -> bool:
        found = self._engine.calls_of(owner)
        for call in found:
            self._engine.deliver(call, ev.HangUpOrdered(cause))
        return bool(found)

    def _new_call(self, now: float) -> CallId:
        return CallId(f"{int(now * 1000):011x}{self._randbytes(6).hex()}")

    def _replaced(self, request: Request, user: User) -> Leg:
        """The leg that an INVITE with Replaces means, a leg of the same user (RFC 3891 §3).

        Raises RemoteProtocolError: 481 unknown, 603 over, 486 confirmed but only an early one was meant, 403
        another user's.
        """
        texts = request.headers.get_all("Replaces")
        if len(texts) != 1:
            raise RemoteProtocolError(400, "One Replaces at a time")
        wanted = Replaces.parse(texts[0])
        names = sip.DialogNames(wanted.call_id, wanted.to_tag, wanted.from_tag)
        found = self._ports.signalling.find_dialog(names)
        if found is None or found.phase is sip.DialogPhase.CALLING:
            raise RemoteProtocolError(481, "No Such Dialog")
        leg = self._engine.leg(found.session)
        if leg is None or found.phase is sip.DialogPhase.ENDED:
            raise RemoteProtocolError(603, "The call is over")
        early = found.phase is not sip.DialogPhase.CONFIRMED
        rung = leg.party.user_id if early else None
        snapshot = self._ports.directory.current()
        if leg.party.user_id != user.id and not (rung and may_pick_up(snapshot, user.id, rung)):
            raise RemoteProtocolError(403, "Not your call")
        if wanted.early_only and found.phase is sip.DialogPhase.CONFIRMED:
            raise RemoteProtocolError(486, "Answered already")
        return leg

    def _bind(self, event: sip.IncomingInvite, admitted: Admitted) -> BindingRef | None:
        """Later requests to the caller go by its registration, where it has one: connections come and go."""
        ref = self._registered(event.request, event.flow, admitted)
        if ref is not None:
            self._ports.signalling.bind(event.session, ref)
        return ref

    def _registered(self, request: Request, flow: Flow, admitted: Admitted) -> BindingRef | None:
        """The registration of the phone that a request comes from."""
        device = admitted.credential.device_id
        own = [r for r in self._ports.registrations.lookup(admitted.user.id) if r.device_id == device]
        if not own or device is None:
            return None
        contacts = request.contacts
        uri = str(contacts[0].uri) if isinstance(contacts, tuple) and contacts else ""
        connection = flow.connection
        same = [r for r in own if connection and r.connection == connection]
        same += [r for r in own if r.uri == uri]
        found = next(iter(same), own[0] if len(own) == 1 else None)
        return found.ref if found is not None else None

    def _place(self, flow: Flow, sdp: bytes | None) -> Place:
        """Where our media for the caller is: by its signalling address, unless its media is of the other
        family; a browser finds its way by ICE."""
        remote_ip = flow.remote.host
        if b"fingerprint:" in sdp if sdp is not None else flow.transport in _WEBSOCKETS:
            return self._browser_place(remote_ip)
        hint = remote_ip
        if sdp is not None and (b" IP6 " in sdp) != (":" in remote_ip):
            with contextlib.suppress(offer_answer.NotAcceptable):
                hint = offer_answer.remote_address(sdp) or remote_ip
        return replace(self._ports.addresses.media(hint), signalling_ip=remote_ip)

    def _browser_place(self, remote_ip: str) -> Place:
        place, worker = self._ports.addresses.media(remote_ip), self._worker
        if worker is None or not worker.webrtc_port:
            return replace(place, signalling_ip=remote_ip)
        addresses = self._ports.addresses.candidates(remote_ip)
        host = WebRtcHost(worker.webrtc_port, worker.fingerprint, addresses)
        return replace(place, signalling_ip=remote_ip, webrtc=host)

    def _known(self, now: float) -> Known:
        """What calls are routed by now."""
        return Known(self._ports.directory.current(), self._ports.personal.of, self._engine.busy, now)

    def devices(self, user: UserId) -> tuple[Target, ...]:
        """Where a user can be rung (`reach.Reach`)."""
        return tuple([self._target(found) for found in self._ports.registrations.lookup(user)])

    def takes_calls(self, user: UserId) -> bool:
        """Whether a list or a group may ring him (`reach.Reach`)."""
        known = self._known(self._clock.now())
        found = known.snapshot.users.get(user)
        return found is not None and takes_calls(known, found)

    def outside(self, wanted: Outside, caller: Party) -> tuple[Target, ...] | Refuse:
        """By which trunks a number is called (`reach.Reach`)."""
        return self._engine.lines.call(wanted, caller, self._clock.now())

    def _target(self, found: Registered) -> Target:
        remote_ip = found.remote_ip
        if found.browser:
            place = self._browser_place(remote_ip)
        else:
            place = replace(self._ports.addresses.media(remote_ip), signalling_ip=remote_ip)
        return Target(
            ref=found.ref,
            uri=found.uri,
            place=place,
            path=found.path,
            srtp=found.secure,
            device_id=found.device_id,
            browser=place.webrtc is not None,
        )

    def _request(self, event: sip.IncomingRequest) -> None:
        try:
            admitted = self._admission.admit(event.request, event.flow, self._clock.now())
            if isinstance(admitted, Admitted) and event.request.method == "REGISTER":
                self._spawn(self._register(event, admitted))
                return
            if isinstance(admitted, Admitted) and event.request.method == "SUBSCRIBE":
                ref = self._registered(event.request, event.flow, admitted)
                watched = (self.lamps, self.message_waiting)
                if any(one.subscribe(event, admitted.user, ref) for one in watched):
                    return
            refused = admitted if isinstance(admitted, Refused) else unserved(event.request.method)
            self._report(refused)
            self._ports.signalling.respond(
                event.transaction, refused.status, reason=refused.reason, headers=refused.headers
            )
        except RemoteProtocolError as error:
            self._ports.signalling.respond(event.transaction, error.status, reason=error.reason)
        except Exception:
            log.exception("a %s could not be answered", event.request.method)
            self._ports.signalling.respond(event.transaction, 500)

    async def _register(self, event: sip.IncomingRequest, admitted: Admitted) -> None:
        respond = self._ports.signalling.respond
        try:
            reply = await self._ports.registrar.register(event.request, event.flow, admitted.credential)
        except RemoteProtocolError as error:
            respond(event.transaction, error.status, reason=error.reason)
        except Exception:
            log.exception("a REGISTER failed")
            respond(event.transaction, 500)
        else:
            respond(event.transaction, reply.status, reason=reply.reason, headers=reply.headers)
            self.lamps.registered(admitted.user.id)
            if self._engine.browsers.missing:
                known = self._ports.registrations.lookup(admitted.user.id)
                for back in self._engine.browsers.registered([found.ref for found in known]):
                    self._tell_leg(back)

    def _report(self, refused: Refused) -> None:
        if refused.problem is not None:
            self._ports.problems.report(refused.problem)

    # --- the media worker -------------------------------------------------------------------------------

    def _send(self, command: Command, owner: CallId | None) -> None:
        """Put a command into this turn's batch. `owner` gets what comes of it."""
        if self._media_ready:
            self._batch.append((command, owner))
        else:
            self._answer(command, owner, None)

    def _turned(self) -> None:
        """A turn is over: its commands go to the worker, to take effect together."""
        self.lamps.turned()
        while self._batch:
            part, self._batch = self._batch[:_BATCH], self._batch[_BATCH:]
            commands = tuple([command for command, _ in part])
            if any(isinstance(command, OpenLeg | CloseLeg) for command in commands):
                self._ports.media.ask(commands, partial(self._answered, part))
            else:
                self._ports.media.send(*commands)

    def _answered(
        self, part: Sequence[tuple[Command, CallId | None]], results: Sequence[Result] | None
    ) -> None:
        for number, (command, owner) in enumerate(part):
            self._answer(command, owner, results[number] if results is not None else None)

    def _answer(self, command: Command, owner: CallId | None, result: Result | None) -> None:
        """Tell the owner of a leg what became of opening or closing it."""
        if owner is None:
            return
        match command, result:
            case OpenLeg(leg=leg), LegOpened(port=port, rtcp_port=rtcp_port):
                self._engine.deliver(owner, ev.PortBound(leg, port, rtcp_port))
            case OpenLeg(leg=leg), _:
                log.error("a leg could not be opened: %s call=%s leg=%s", result, owner, leg)
                self._engine.deliver(owner, ev.PortRefused(leg, str(result)))
            case CloseLeg(leg=leg), LegStats():
                self._engine.deliver(owner, ev.LegClosed(leg, result))
            case CloseLeg(leg=leg), _:
                self._engine.deliver(owner, ev.LegClosed(leg, None))
            case _:
                pass

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
