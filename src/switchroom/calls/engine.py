"""Calls and rooms as they run: whose leg is whose, turns, and what happens when one fails. Synchronous, no
clock.

Everything happens in turns, so a call has one writer. A turn ends when no event is left, or there were many.
"""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from switchroom.calls import conference, machine
from switchroom.calls import events as ev
from switchroom.calls.browsers import Browsers
from switchroom.calls.call import Closing, Facts
from switchroom.calls.change import replace
from switchroom.calls.codes import Codes
from switchroom.calls.commands import CallBack, Commands, FindPlan, TellCall
from switchroom.calls.execution import Execution
from switchroom.calls.invitations import Invitations
from switchroom.calls.leg import Leg
from switchroom.calls.lines import Lines
from switchroom.calls.live import CallState, LiveCall, LiveRoom, facts_of, legs_of, view_call, view_room
from switchroom.calls.live_talks import view_talk
from switchroom.calls.merge import Talk
from switchroom.calls.minutes import (
    Attendance,
    ConferenceFact,
    InvitationRecord,
    MeetingRecord,
    RecordingRecord,
)
from switchroom.calls.outcomes import InviteRefusal
from switchroom.calls.ports import Clock, Ports, Timer
from switchroom.calls.problem_words import worded
from switchroom.calls.reach import Reach
from switchroom.calls.recording import DISK, OpenFiles
from switchroom.calls.records import CallRecord, Cause
from switchroom.calls.room.record import broken
from switchroom.calls.room.state import mark
from switchroom.calls.room_events import EjectOrdered, InvitationChanged, RoomAct
from switchroom.calls.talks import Talks
from switchroom.calls.values import CallId, Party, TimerName, Words
from switchroom.directory.model import ConferenceId, UserId
from switchroom.media.types import CloseLeg, CloseRoom, Command, LegId, RecordEnded, RoomId, Watch
from switchroom.sip.events import DialogNames, SessionId

log = logging.getLogger(__name__)

_DIALOG_SECONDS = 1.0
_SLICE = 64
"""Events taken in one turn; when a room of hundreds ends, others get their word in between."""
SendMedia = Callable[[Command, CallId | None], None]


@dataclass(slots=True)
class Running:
    """A call that runs."""

    id: CallId
    state: CallState | None
    legs: set[LegId] = field(default_factory=set)
    timers: dict[TimerName, Timer] = field(default_factory=dict)
    users: tuple[UserId, ...] = ()
    answered: bool = False
    """It was told that somebody answered."""


@dataclass(slots=True)
class RunningRoom:
    """A room with somebody in it."""

    id: RoomId
    state: conference.State
    timers: dict[TimerName, Timer] = field(default_factory=dict)


class Engine:
    """All running calls and rooms.

    `media` takes the worker's commands, and the call their results concern; `turned` is called at the end of
    each turn, `emptied` when the last call is over. `randbytes` is where names and seeds of calls come from.
    """

    def __init__(
        self,
        ports: Ports,
        clock: Clock,
        media: SendMedia,
        turned: Callable[[], None],
        domain: str,
        emptied: Callable[[], None],
        randbytes: Callable[[int], bytes],
    ) -> None:
        self.ports = ports
        self.clock = clock
        self.media = media
        self.domain = domain
        self.reach: Reach | None = None
        """What finds those whom a call looks for."""
        self._emptied = emptied
        self._turned = turned
        self._randbytes = randbytes
        self.begun = 0
        """Calls so far. One that goes on with another device is the same call."""
        self.codes = Codes()
        self.lines = Lines(ports.directory.current, ports.addresses.media, ports.problems.report)
        self.lines.hang_up = self._make_room
        self.browsers = Browsers()
        self.invitations = Invitations()
        self._tapes = OpenFiles()
        self.talks = Talks(self._step, lambda command: self.media(command, None))
        self.talking: set[LegId] = set()
        self.watched: set[RoomId] = set()
        """Rooms whose levels are measured."""
        self.levels: dict[RoomId, dict[LegId, int]] = {}
        self.quality: dict[LegId, float] = {}
        """Opinion scores of legs in watched rooms."""
        self._absent: dict[ConferenceId, list[Attendance]] = {}
        """Who was cut off by a restart, until the rooms are there that they come back to."""
        self._calls: dict[CallId, Running] = {}
        self._legs: dict[LegId, CallId] = {}
        self._rooms: dict[RoomId, RunningRoom] = {}
        self._by_user: dict[UserId, set[CallId]] = {}
        self._inbox: deque[tuple[CallId, ev.CallEvent]] = deque()
        self._in_turn = False
        self._resuming = False
        """Events are left for a turn to come, and none is taken before it."""
        self.changed: set[UserId] | None = None
        """Whose calls took a step, for who watches them and empties it; None: nobody does."""
        self._dirty: dict[LegId, CallId] = {}
        self._saved: set[LegId] = set()
        self._save_timer: Timer | None = None
        self.comes_back: Callable[[Facts, Leg], None] = lambda facts, leg: None
        """Takes up a caller who was transferred and whom nobody took (`moving.py`)."""
        self.calls_back: Callable[[CallBack], None] = lambda wanted: None
        """Calls who left a message, on the account of whoever hears it (`moving.py`)."""
        self.finds_plan: Callable[[CallId, FindPlan], None] = lambda call, wanted: None
        """Finds where a number leads that somebody asked to be connected with (`clicking.py`)."""
        self.finished: Callable[[CallRecord], None] = lambda record: None
        """Is told how each call ended."""
        self._execution = Execution(self)

    # --- views ------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._calls)

    def __contains__(self, call: CallId) -> bool:
        return call in self._calls

    @property
    def legs(self) -> int:
        """Number of legs."""
        return len(self._legs)

    @property
    def room_sizes(self) -> list[int]:
        """Number of people in each room."""
        return [len(room.state.members) for room in self._rooms.values() if room.state.members]

    def calls(self) -> list[LiveCall]:
        """The running calls."""
        states = (running.state for running in self._calls.values())
        running = (state for state in states if state is not None and not isinstance(state, Closing))
        return [view_call(state, self._names) for state in running]

    def _names(self, leg: LegId) -> DialogNames | None:
        return self.ports.signalling.dialog_names(SessionId(leg))

    def legs_of(self, call: CallId) -> tuple[Leg, ...]:
        """The legs of a running call."""
        running = self._calls.get(call)
        return legs_of(running.state) if running is not None and running.state is not None else ()

    def leg(self, wanted: str) -> Leg | None:
        """A leg of a running call."""
        call = self.owner(wanted)
        return next((leg for leg in self.legs_of(call) if leg.id == wanted), None) if call else None

    def rooms(self) -> list[LiveRoom]:
        """The rooms with somebody in them."""
        found = [self._view(room) for room in self._rooms.values() if room.state.members]
        return found + [self._view_talk(talk) for talk in self.talks.rooms.values()]

    def room(self, wanted: ConferenceId) -> LiveRoom | None:
        """The room of a conference, with somebody in it."""
        room = RoomId(str(wanted))
        found, talk = self._rooms.get(room), self.talks.rooms.get(room)
        if talk is not None:
            return self._view_talk(talk)
        return self._view(found) if found is not None and found.state.members else None

    def _view(self, room: RunningRoom) -> LiveRoom:
        return view_room(room.state, self.talking, self.quality)

    def _view_talk(self, talk: Talk) -> LiveRoom:
        return view_talk(talk, self.talking, self.quality, self.leg)

    def states_of(self, user: UserId) -> list[CallState]:
        """The calls that a person is in, the oldest first."""
        found = (self._calls[call].state for call in sorted(self._by_user.get(user, ())))
        return [state for state in found if state is not None]

    def named(self, user: UserId) -> dict[str, CallState]:
        """The calls that a person is in, by their ids and by the Call-IDs of his own dialogs."""
        found: dict[str, CallState] = {}
        for state in self.states_of(user):
            found[state.facts.id] = state
            for leg in legs_of(state):
                names = self._names(leg.id) if leg.party.user_id == user else None
                if names is not None:
                    found[names.call_id] = state
        return found

    def state_of(self, call: CallId) -> CallState | None:
        """A running call."""
        running = self._calls.get(call)
        return running.state if running is not None else None

    def states(self) -> Iterator[CallState]:
        """All running calls."""
        return (running.state for running in self._calls.values() if running.state is not None)

    def busy(self, user: UserId) -> bool:
        """Whether the user is in a call, calls, or is being rung."""
        return bool(self._by_user.get(user))

    def calls_of(self, user: UserId) -> tuple[CallId, ...]:
        """The running calls of a user, or of a guest."""
        return tuple(self._by_user.get(user, ()))

    def owner(self, leg: str) -> CallId | None:
        """The call that a leg belongs to."""
        return self._legs.get(LegId(leg))

    # --- turns ------------------------------------------------------------------------------------------

    def new_call(self) -> CallId:
        """A name for a call that begins now; they sort by time."""
        return CallId(f"{int(self.clock.now() * 1000):011x}{self._randbytes(6).hex()}")

    def seed(self) -> bytes:
        """What the keys of a call are made of."""
        return self._randbytes(32)

    def begin(
        self,
        call: CallId,
        leg: LegId | None,
        users: tuple[UserId, ...],
        state: CallState | None,
        commands: Commands,
        *,
        taken_over: bool = False,
    ) -> None:
        """Take up a call with its first state and commands. `users` are in a call from now on.

        `leg` is the caller's; None where we call. `taken_over`: it goes on with another device.
        """
        self.begun += not taken_over
        running = Running(call, state, users=users)
        self._calls[call] = running
        if leg is not None:
            self.own(leg, running)
        for user in users:
            self._by_user.setdefault(user, set()).add(call)
        self._turn(lambda: self._executed(running, state, commands))

    def deliver(self, call: CallId, event: ev.CallEvent) -> None:
        """Hand an event to a call: now, or later in the turn that is running."""
        self._inbox.append((call, event))
        self._turn(None)

    def _make_room(self, leg: str) -> None:
        """End the call of a leg: somebody else needs its line."""
        call = self.owner(leg)
        if call is not None:
            self.deliver(call, ev.HangUpOrdered(Cause.HUNG_UP_BY_OPERATOR))

    def tell_leg(self, event: ev.LegAway | ev.LegBack | None) -> None:
        """Hand on what was found out about the device of a leg."""
        call = self.owner(event.leg) if event is not None else None
        if call is not None and event is not None:
            self.deliver(call, event)

    def end_calls_of(self, user: UserId, cause: Cause) -> bool:
        """Hang up on a user, or a guest; False when he is in no call."""
        found = self.calls_of(user)
        for call in found:
            self.deliver(call, ev.HangUpOrdered(cause))
        return bool(found)

    def deliver_all(self, event: ev.CallEvent) -> None:
        """Hand an event to every call, some at a time."""
        self._inbox.extend((call, event) for call in self._calls)
        self._turn(None)

    def act(self, work: Callable[[], None]) -> None:
        """Do something in a turn."""
        self._turn(work)

    def deliver_room(self, room: RoomId, event: ev.RoomEvent) -> None:
        """Hand an event to a room."""
        self._turn(lambda: self.step_room(room, event))

    def _turn(self, first: Callable[[], None] | None) -> None:
        if self._in_turn:
            if first is not None:
                first()
            return
        self._in_turn = True
        try:
            if first is not None:
                first()
            for _ in range(_SLICE):
                if not self._inbox or self._resuming:
                    break
                self._step(*self._inbox.popleft())
            self._turned()
            if self._inbox and not self._resuming:
                self._resuming = True
                self.clock.after(0.0, self._resume)
        finally:
            self._in_turn = False

    def _resume(self) -> None:
        self._resuming = False
        self._turn(None)

    def _step(self, call: CallId, event: ev.CallEvent) -> None:
        running = self._calls.get(call)
        if running is None or running.state is None:
            return
        try:
            state, commands = machine.handle(running.state, event, self.clock.now())
        except Exception:
            log.exception("a call failed on %s call=%s", type(event).__name__, call)
            self._fail(running)
            return
        self._executed(running, state, commands)

    def _executed(self, running: Running, state: CallState | None, commands: Commands) -> None:
        if self.changed is not None:
            self.changed.update(running.users)
        former, running.state = running.state, state
        try:
            for command in commands:
                self._execution.run(command, running)
        except Exception:
            log.exception("a command failed call=%s", running.id)
            running.state = state or former
            self._fail(running)
            return
        if state is None:
            self._forget(running)
            return
        if not running.answered and state.facts.answered_at is not None:
            running.answered = True
            self.ports.records.answered(state.facts.record())
        if isinstance(state, Closing):
            self._leave_users(running)

    def _fail(self, running: Running) -> None:
        """End a call that a mistake of ours broke: 500 or BYE, and a record. The others go on."""
        state, running.state = running.state, None
        if state is not None:
            facts = facts_of(state)
            problem = worded("call-failed", facts.caller.extension)
            for leg in {leg.id for leg in legs_of(state)} | running.legs:
                with contextlib.suppress(Exception):
                    if leg == facts.leg and facts.answered_at is None:
                        self.ports.signalling.reject(SessionId(leg), 500)
                    else:
                        self.ports.signalling.hang_up(SessionId(leg))
                self.leave_rooms(leg)
                self.media(CloseLeg(leg=leg), None)
            with contextlib.suppress(Exception):
                self.ports.problems.report(problem)
                ended = replace(facts.record(), ended_at=self.clock.now(), end_cause=Cause.INTERNAL_ERROR)
                self.finish_record(ended)
        self._forget(running)

    def _forget(self, running: Running) -> None:
        _cancel(running.timers)
        self._leave_users(running)
        self.talks.leave(running.id)
        for leg in list(running.legs):
            self.disown(leg)
        self._calls.pop(running.id, None)
        if not self._calls:
            self._emptied()

    def occupy(self, running: Running, users: tuple[UserId, ...]) -> None:
        """These are busy by the call from now on, and no others."""
        self._leave_users(running)
        running.users = users
        if self.changed is not None:
            self.changed.update(users)
        for user in users:
            self._by_user.setdefault(user, set()).add(running.id)

    def _leave_users(self, running: Running) -> None:
        """The call no longer makes anybody busy."""
        if self.changed is not None:
            self.changed.update(running.users)
        for user in running.users:
            calls = self._by_user.get(user)
            if calls is not None:
                calls.discard(running.id)
                if not calls:
                    del self._by_user[user]
        running.users = ()

    def absorb(self, running: Running, old: LegId, leg: Leg) -> bool:
        """Move a leg into the call that has `old`, in its place; False when that is no longer possible.

        It happens at once, within the turn: from here on the leg's events go to that call (hard-parts,
        signalling 9).
        """
        owner = self.owner(old)
        call = self._calls.get(owner) if owner is not None else None
        if call is None or call.state is None or not machine.replaceable(call.state, old):
            return False
        running.legs.discard(leg.id)
        self.own(leg.id, call)
        self._step(call.id, ev.LegReplaced(old, leg))
        return True

    def join(
        self,
        facts: Facts,
        state: CallState | None,
        commands: Commands,
        legs: tuple[Leg, ...],
        said: tuple[Words, ...] = (),
    ) -> None:
        """Take up a call that goes on with `legs` of others, within this turn: those others are over.

        From here on the legs' events go to it. `said`: what is told to who is left over.
        """
        call = facts.id
        self.begun += 1
        users = tuple(dict.fromkeys(leg.party.user_id for leg in legs if leg.party.user_id is not None))

        def work() -> None:
            running = Running(call, state, users=users)
            self._calls[call] = running
            for user in users:
                self._by_user.setdefault(user, set()).add(call)
            former = [(self._legs.get(leg.id), leg.id) for leg in legs]
            for owner, leg in former:
                if owner is not None and owner in self._calls:
                    self._calls[owner].legs.discard(leg)
                self.own(leg, running)
            for owner, leg in former:
                if owner is not None:
                    self._step(owner, ev.LegTaken(leg, facts.journey, said))
            self._executed(running, state, commands)

        self._turn(work)

    # --- rooms ------------------------------------------------------------------------------------------

    def step_room(self, room: RoomId, event: ev.RoomEvent) -> None:
        """One step of a room, at once: what it wants done comes before the rest of the call's commands."""
        found = self._rooms.get(room)
        if found is None:
            return
        try:
            state, commands = conference.handle(found.state, event, self.clock.now())
            if state is None:
                _cancel(found.timers)
                del self._rooms[room]
                self.levels.pop(room, None)
            else:
                found.state = state
            for command in commands:
                self._execution.run_room(command, found)
            self._tell_invited(found, event, over=state is None, commands=commands)
        except Exception:
            log.exception("a room failed on %s room=%s", type(event).__name__, room)
            self._rooms.pop(room, None)
            _cancel(found.timers)
            for member in found.state.members.values():
                self._inbox.append((member.call, ev.HangUpOrdered(Cause.INTERNAL_ERROR)))
            self.media(CloseRoom(room=room), None)
            for fact in broken(found.state, self.clock.now()):
                self.keep(fact)

    def enter_room(self, wanted: ConferenceId, event: ev.ParticipantEntered) -> None:
        """Bring a leg to the room of a conference, opened when it is the first."""
        room = RoomId(str(wanted))
        if room in self._rooms:
            self.step_room(room, event)
            return
        absent = conference.returning(self._absent.pop(wanted, ()), self.clock.now())
        self._rooms[room] = RunningRoom(room, conference.empty(event.conference, absent))
        self.step_room(room, event)
        for invitation in self.invitations.of(wanted, self.clock.now()):
            self.step_room(room, InvitationChanged(invitation))

    def _tell_invited(
        self, room: RunningRoom, event: ev.RoomEvent, *, over: bool, commands: Commands
    ) -> None:
        """Invitations end with their meeting, and when the invited comes in by a call of his own."""
        wanted = room.state.conference.id
        if over:
            ended = any(
                isinstance(command, TellCall)
                and isinstance(command.event, ev.RoomLeft)
                and command.event.cause is Cause.CONFERENCE_ENDED
                for command in commands
            )
            for void in self.invitations.over(wanted, ended=ended):
                self._end_invitation(void, Cause.CONFERENCE_ENDED)
        elif isinstance(event, ev.ParticipantEntered) and event.leg in room.state.members:
            user = event.party.user_id
            for invitation in self.invitations.open(wanted, user) if user is not None else ():
                if invitation.call != event.call:
                    self._end_invitation(invitation, Cause.ANSWERED_ELSEWHERE)

    def _end_invitation(self, invitation: InvitationRecord, cause: Cause) -> None:
        if invitation.call is not None:
            self._inbox.append((invitation.call, ev.HangUpOrdered(cause)))

    def members_of(self, conference: ConferenceId) -> tuple[Party, ...]:
        """Who is in the room of a conference, or waits for it."""
        found = self._rooms.get(RoomId(str(conference)))
        return () if found is None else tuple(member.party for member in found.state.members.values())

    def closed_to(self, conference: ConferenceId, party: Party) -> InviteRefusal | None:
        """Why somebody may not be invited by who does not run the conference."""
        found = self._rooms.get(RoomId(str(conference)))
        if found is None:
            return None
        block = found.state.blocked.get(mark(party))
        if block is not None and block.until > self.clock.now():
            return InviteRefusal.REMOVED
        return InviteRefusal.ROOM_LOCKED if found.state.locked else None

    def keep(self, fact: ConferenceFact) -> None:
        """Write a record of a conference; an invitation's with the meeting that it belongs to."""
        match fact:
            case MeetingRecord():
                self.invitations.meeting(fact)
            case InvitationRecord():
                fact = self.invitations.changed(fact)
            case RecordingRecord():
                self._tapes.keep(fact)
        self.ports.minutes.keep(fact)

    def recorded(self, event: RecordEnded) -> None:
        """The worker has ended a file: a call's, or a room's."""
        self._execution.boxes.recorded(event)
        owner = event.record.rpartition("/")[0]
        call = self.owner(owner) if owner else None
        if call is not None:
            self.deliver(call, event)
        else:
            self.recording_ended(event)

    def recording_ended(self, event: RecordEnded) -> None:
        """The worker has ended a recording's file: its length is known, and why it ended."""
        found = self._tapes.ended(event, self.clock.now())
        if found is None:
            return
        before, fact = found
        self.ports.minutes.recorded(fact)
        if event.reason == DISK:
            told = worded("recording-failed", fact.conference_id, values={"error": event.error or ""})
            self.ports.problems.report(told)
        if before.ended_at is None:
            self.deliver_room(RoomId(str(fact.conference_id)), event)

    def leave_rooms(self, leg: LegId) -> None:
        """Take a leg out of whatever room it is in."""
        for room in [key for key, value in self._rooms.items() if leg in value.state.members]:
            self.step_room(room, ev.ParticipantLeft(leg, Cause.INTERNAL_ERROR))

    def lose_rooms(self) -> None:
        """The worker that mixed the rooms is gone: who was in them may come back."""
        for room in list(self._rooms):
            self.step_room(room, ev.WorkerLost())
        self.talking.clear()
        self.levels.clear()
        self.talks.lose()
        self._execution.boxes.lost()
        for fact in self._tapes.lost(self.clock.now()):
            self.ports.minutes.recorded(fact)

    def watch(self, wanted: ConferenceId, on: bool) -> None:
        """Have the levels of a room measured, now and whenever it is opened."""
        room = RoomId(str(wanted))
        if (room in self.watched) == on:
            return
        (self.watched.add if on else self.watched.discard)(room)
        if not on:
            self.levels.pop(room, None)
        found = self._rooms.get(room)
        inside = found is not None and any(member.inside for member in found.state.members.values())
        if inside or room in self.talks.rooms:
            self._turn(lambda: self.media(Watch(room=room, levels=on), None))

    def restore(self, attendances: Iterable[Attendance]) -> None:
        """Take those whom a restart cut off: they come back as they were."""
        for one in attendances:
            self._absent.setdefault(one.conference_id, []).append(one)

    def expected(self, wanted: ConferenceId, party: Party) -> bool:
        """Whether somebody needs no code: he was there a moment ago, or is being called in."""
        now = self.clock.now()
        if party.user_id is not None and self.invitations.open(wanted, party.user_id):
            return True
        found = self._rooms.get(RoomId(str(wanted)))
        if found is not None:
            return conference.expected(found.state, party, now)
        known = conference.returning(self._absent.get(wanted, ()), now)
        return conference.identity(party) in known

    def room_act(self, wanted: ConferenceId, act: RoomAct) -> bool:
        """Do something to a room; False when nobody is in it, or not the one who is meant.

        Of a merged talk people can be removed, which ends their call, and nothing else can be done.
        """
        room = RoomId(str(wanted))
        removed = self.talks.calls_of(room, act.leg) if isinstance(act, EjectOrdered) else ()
        for call in removed:
            self.deliver(call, ev.HangUpOrdered(Cause.HUNG_UP_BY_OPERATOR))
        if removed:
            return True
        found = self._rooms.get(room)
        leg = getattr(act, "leg", None)
        if found is None or not found.state.members or (leg is not None and leg not in found.state.members):
            return False
        self.deliver_room(room, act)
        return True

    # --- what the execution of commands uses ------------------------------------------------------------

    def own(self, leg: LegId, running: Running) -> None:
        """Events of the leg go to this call from now on."""
        self._legs[leg] = running.id
        running.legs.add(leg)

    def disown(self, leg: LegId) -> None:
        """The leg is closed: its events are nobody's."""
        call = self._legs.pop(leg, None)
        if call is not None and call in self._calls:
            self._calls[call].legs.discard(leg)
        self.talking.discard(leg)
        self.quality.pop(leg, None)
        self.browsers.forget(leg)
        self._dirty.pop(leg, None)
        if leg in self._saved:
            self._saved.discard(leg)
            self.ports.records.forget_dialog(leg)

    def finish_record(self, record: CallRecord) -> None:
        """Write how a call ended."""
        log.info(
            "call ended call=%s leg=%s from=%s to=%s cause=%s status=%s",
            record.id,
            record.quality[0].leg if record.quality else "-",
            record.caller.extension,
            record.dialled,
            record.end_cause.value if record.end_cause else "",
            record.sip_status,
        )
        self.ports.records.finish(record)
        self.finished(record)

    def keep_dialog(self, leg: LegId, call: CallId) -> None:
        """Save a dialog, soon: a call that is over by then costs nothing."""
        if self._save_timer is None:
            self._save_timer = self.clock.after(_DIALOG_SECONDS, self._save_dialogs)
        self._dirty[leg] = call

    def _save_dialogs(self) -> None:
        self._save_timer = None
        dirty, self._dirty = self._dirty, {}
        for leg, call in dirty.items():
            try:
                dialog = self.ports.signalling.export(SessionId(leg))
                if dialog is not None:
                    self._saved.add(leg)
                    self.ports.records.save_dialog(call, dialog)
            except Exception:
                log.exception("a dialog could not be saved call=%s leg=%s", call, leg)


def _cancel(timers: dict[TimerName, Timer]) -> None:
    for timer in timers.values():
        timer.cancel()
    timers.clear()
