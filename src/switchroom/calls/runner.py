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

from switchroom.calls import events as ev
from switchroom.calls import guests, voicemail
from switchroom.calls.admission import Admission
from switchroom.calls.arrivals import Arrivals
from switchroom.calls.clicking import Clicking
from switchroom.calls.engine import Engine
from switchroom.calls.inviting import Inviting
from switchroom.calls.lamps import Lamps
from switchroom.calls.lines import Lines
from switchroom.calls.live import LiveCall, LiveRoom, Status
from switchroom.calls.merge import Talk
from switchroom.calls.message_waiting import MessageWaiting
from switchroom.calls.minutes import Attendance, InvitationId, InvitationRecord
from switchroom.calls.moving import Moving
from switchroom.calls.outcomes import Inviter, InviteRefusal, MergeRefusal
from switchroom.calls.overload import Shedder
from switchroom.calls.ports import Clock, Ports, Timer
from switchroom.calls.problem_words import worded
from switchroom.calls.records import Cause, LegQuality, quality_of
from switchroom.calls.ringing import Ringing
from switchroom.calls.room_events import RoomAct
from switchroom.calls.talks import Merging
from switchroom.calls.trunk_admission import TrunkDoor
from switchroom.calls.values import CallId
from switchroom.calls.whereabouts import Whereabouts
from switchroom.directory.model import ConferenceId, UserId
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
from switchroom.sip.flow import BindingRef

log = logging.getLogger(__name__)

_BATCH = 2000
"""Commands asked at once at most: a line of the protocol is bounded."""
_LAG_SECONDS = 0.05
_CLOSING_GRACE = 5.0


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
        self._emptied = asyncio.Event()
        self._engine = Engine(
            ports, self._clock, self._send, self._turned, config.domain, self._emptied.set, randbytes
        )
        self._where = Whereabouts(self._engine)
        self._engine.reach = self._where
        self.lamps = Lamps(self._engine, lambda user: bool(ports.registrations.lookup(user)), config.domain)
        self.message_waiting = MessageWaiting(self._engine, config.domain)
        self.moving = Moving(self._engine, self._where, self._where.known, admission.is_local)
        self._arrivals = Arrivals(
            self._engine,
            self._where,
            self.moving,
            (self.lamps, self.message_waiting),
            admission,
            door,
            closed_for=self._closed_for,
            spawn=self._spawn,
        )
        self._inviting = Inviting(self._engine, self._where, self._closed_for)
        self.clicking = Clicking(self._engine, self._where, self._closed_for)
        self._batch: list[tuple[Command, CallId | None]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._lag_timer: asyncio.TimerHandle | None = None
        self._draining = False
        self._media_ready = False

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
                self._arrivals.invite(event)
            case sip.IncomingRequest():
                self._arrivals.request(event)
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
                if call is not None and isinstance(event, sip.InviteRejected):
                    self._engine.deliver(call, self.moving.redirected(event))
                elif call is not None and isinstance(event, sip.InviteProgress):
                    self._engine.deliver(call, event)
                elif call is not None:
                    self._deliver_recorded(call, event)
                elif isinstance(event, sip.InviteAccepted):
                    self._ports.signalling.hang_up(event.session)
                else:
                    log.debug("%s of an unknown leg ignored leg=%s", type(event).__name__, event.session)

    def _deliver_recorded(self, call: CallId, event: ev.CallEvent) -> None:
        """Hand on what may lead to an answer, or follows one: no answered call shall lack a record."""
        self._ports.records.when_open(call, partial(self._engine.deliver, call, event))

    def on_media_event(self, event: WorkerEvent) -> None:
        """Take an event of the media worker. Never raises."""
        match event:
            case MediaLost(leg=leg) if leg in self._engine.browsers:
                self._engine.tell_leg(self._engine.browsers.media_lost(leg))
            case MediaFound(leg=leg):
                self._engine.tell_leg(self._engine.browsers.media_found(leg))
            case MediaClosed(leg=leg):
                self._engine.tell_leg(self._engine.browsers.media_closed(leg))
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

    def flow_closed(self, refs: Sequence[BindingRef]) -> None:
        """The connections of these registrations are closed. Calls go on while there is media."""
        for event in self._engine.browsers.flow_closed(refs):
            self._engine.tell_leg(event)

    def worker_ready(self, hello: HelloResult) -> None:
        """The media worker is there: calls are taken."""
        self._where.worker = hello
        self._media_ready = True

    def worker_lost(self) -> None:
        """The media worker is gone: every call ends."""
        self._media_ready = False
        lost, self._batch = self._batch, []
        self._engine.lose_rooms()
        if len(self._engine):
            values = {"calls": len(self._engine)}
            self._ports.problems.report(worded("media-worker-lost", "media", values=values))
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
            started=self._engine.begun,
            refused_busy=self._arrivals.shed,
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

    def leaves_message(self, call: str) -> bool:
        """Whether a running call is taken by a mailbox."""
        return isinstance(self._engine.state_of(CallId(call)), voicemail.State)

    def named(self, user: UserId) -> dict[str, CallId]:
        """A person's calls by their ids, and by the Call-IDs of his dialogs."""
        return {name: state.facts.id for name, state in self._engine.named(user).items()}

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
        return self._engine.end_calls_of(guests.owner_of(visit), Cause.REMOVED)

    def has_guest(self, visit: str) -> bool:
        """Whether the guest of a visit is in a call."""
        return self._engine.busy(guests.owner_of(visit))

    def invite(self, wanted: ConferenceId, number: str, by: Inviter) -> InvitationRecord | InviteRefusal:
        """Call somebody into a conference, where nobody has to be. That `by` may do so was asked before."""
        return self._inviting.invite(wanted, number, by)

    def invitations(self, conference: ConferenceId) -> list[InvitationRecord]:
        """The invitations of a conference: open ones, and what has become of the others."""
        return self._engine.invitations.of(conference, self._clock.now())

    def cancel_invitation(self, conference: ConferenceId, invitation: InvitationId) -> bool:
        """Stop calling somebody; False when there is no open invitation of that id."""
        return self._inviting.cancel(conference, invitation)

    def configuration_applied(self) -> None:
        """Another configuration is in force: nobody is called any more into what is not in it."""
        self.lamps.configuration_applied()
        self.message_waiting.configuration_applied()
        self._inviting.configuration_applied()

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
                async with asyncio.timeout(seconds):
                    await self._emptied.wait()

    # --- calls that begin -------------------------------------------------------------------------------

    def _closed_for(self) -> int:
        """For how many seconds no call is taken or made; 0: calls are."""
        closed = (
            self._draining
            or not self._media_ready
            or len(self._engine) >= self.config.max_calls
            or not self.shedder.takes(self._clock.now())
        )
        return self.config.retry_after if closed else 0

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
                bound = ev.PortBound(leg, port, rtcp_port)
                if isinstance(self._engine.state_of(owner), Ringing):
                    self._engine.deliver(owner, bound)
                else:
                    self._deliver_recorded(owner, bound)
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
