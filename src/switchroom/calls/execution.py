"""What each command means: one method a kind. Synchronous; the runner owns the state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from switchroom.calls import commands as cmd
from switchroom.calls import events as ev
from switchroom.calls import naming
from switchroom.calls.box_execution import BoxExecution
from switchroom.calls.callers import WITHHELD, WITHHELD_WORDS
from switchroom.calls.change import replace
from switchroom.calls.dialect import ANONYMOUS
from switchroom.calls.reach import rung_now
from switchroom.calls.records import Cause
from switchroom.calls.routing import language_of, party_of
from switchroom.calls.takeover import ENDED
from switchroom.calls.values import Name, Number, Party, Prompt, SoundFile, TimerName, Via, Words
from switchroom.directory.model import UserId
from switchroom.media.types import (
    CloseLeg,
    OfLeg,
    OfRoom,
    OpenLeg,
    OpenRoom,
    Play,
    PlayEnded,
    PlayId,
    Record,
    RecordEnded,
    RoomId,
    StopPlay,
    Watch,
)
from switchroom.sip.bodies import SIPFRAG, sipfrag
from switchroom.sip.events import OutgoingInvite, SessionId, SubscriptionId
from switchroom.sip.flow import BindingRef
from switchroom.sip.headers import NameAddr
from switchroom.sip.uri import SipUri, escape_user, parse_uri

if TYPE_CHECKING:
    from switchroom.calls.engine import Engine, Running, RunningRoom


class Execution:
    """Carries out the commands of calls (`run`) and rooms (`run_room`)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._signalling = engine.ports.signalling
        self._for_calls: dict[type, Callable[[Any, Running], None]] = {
            cmd.InviteLeg: self._invite,
            cmd.Say: lambda command, _: self._say(command),
            cmd.PlayMusic: lambda command, _: self._music(command),
            cmd.StartTimer: self._start_timer,
            cmd.StopTimer: self._stop_timer,
            cmd.OpenRecord: lambda command, _: engine.ports.records.open(command.record),
            cmd.FinishRecord: lambda command, _: engine.finish_record(command.record),
            cmd.KeepDialog: lambda command, running: engine.keep_dialog(command.leg, running.id),
            cmd.Keep: lambda command, _: engine.keep(command.fact),
            cmd.TellRoom: self._tell_room,
            cmd.JoinTalk: lambda command, _: engine.talks.join(command.room, command.strand),
            cmd.LeaveTalk: lambda command, _: engine.talks.leave(command.call),
            cmd.CheckCode: self._check_code,
            cmd.CheckId: self._check_id,
            cmd.RecordName: lambda command, _: self._record_name(command),
            cmd.Absorb: self._absorb,
            cmd.CallBack: lambda command, _: engine.calls_back(command),
            cmd.FindPlan: lambda command, running: engine.finds_plan(running.id, command),
            cmd.ComeBack: lambda command, _: engine.comes_back(command.facts, command.leg),
            cmd.FindTargets: self._find_targets,
            cmd.Occupy: lambda command, running: engine.occupy(running, command.users),
            cmd.SetPersonal: self._set_personal,
            cmd.ReportProblem: lambda command, _: engine.ports.problems.report(command.problem),
            OpenLeg: self._open_leg,
            CloseLeg: self._close_leg,
            StopPlay: lambda command, _: self._stop_play(command),
        }
        self.boxes = BoxExecution(engine)
        self._for_calls |= self.boxes.acts
        self._unspoken: dict[PlayId, cmd.Say] = {}
        """What is said as soon as a name in it can be."""
        self._signals: dict[type, Callable[[Any], None]] = {
            cmd.SendProvisional: lambda c: self._signalling.provisional(
                SessionId(c.leg), c.status, sdp=c.sdp
            ),
            cmd.AcceptLeg: lambda c: self._signalling.accept(SessionId(c.leg), c.sdp),
            cmd.RejectLeg: self._reject,
            cmd.HangUpLeg: lambda c: self._signalling.hang_up(SessionId(c.leg), reasons=c.reasons),
            cmd.Identify: self._identify,
            cmd.TellReferrer: self._tell_referrer,
            cmd.AnswerOffer: lambda c: self._signalling.answer(SessionId(c.leg), c.sdp),
            cmd.RefuseOffer: lambda c: self._signalling.refuse_offer(SessionId(c.leg), c.status),
        }

    def run(self, command: cmd.Command, running: Running) -> None:
        """Carry out a call's command."""
        kind = type(command)
        signal = self._signals.get(kind)
        if signal is not None:
            signal(command)
            return
        act = self._for_calls.get(kind)
        if act is not None:
            act(command, running)
        else:
            self._engine.media(command, running.id)  # type: ignore[arg-type]  # what is left is the worker's

    def run_room(self, command: cmd.Command, room: RunningRoom) -> None:
        """Carry out a room's command."""
        match command:
            case cmd.TellCall(call, event):
                self._engine.deliver(call, event)
            case cmd.Keep(fact):
                self._engine.keep(fact)
            case cmd.Say():
                self._say(command)
            case cmd.PlayMusic():
                self._music(command)
            case StopPlay():
                self._stop_play(command)
            case cmd.CheckCode(leg=leg) if leg is not None:
                self._engine.deliver_room(room.id, ev.KeyedCodeChecked(leg, self._verdict(command)))
            case OpenRoom():
                self._engine.media(command, None)
                if room.id in self._engine.watched:
                    self._engine.media(Watch(room=room.id, levels=True), None)
            case Record(record=record, target=target, path=path, one_side=one_side):
                path = self._engine.ports.minutes.file(path)
                self._engine.media(Record(record=record, target=target, path=path, one_side=one_side), None)
            case cmd.StartTimer(timer, seconds):
                self._stop_room_timer(timer, room)
                room.timers[timer] = self._engine.clock.after(seconds, partial(self._fire, timer, room))
            case cmd.StopTimer(timer):
                self._stop_room_timer(timer, room)
            case _:
                self._engine.media(command, None)  # type: ignore[arg-type]  # what is left is the worker's

    def _stop_room_timer(self, timer: TimerName, room: RunningRoom) -> None:
        found = room.timers.pop(timer, None)
        if found is not None:
            found.cancel()

    def _fire(self, timer: TimerName, room: RunningRoom) -> None:
        room.timers.pop(timer, None)
        self._engine.deliver_room(room.id, ev.TimerFired(timer))

    def _invite(self, command: cmd.InviteLeg, running: Running) -> None:
        self._engine.own(command.leg, running)
        target = command.target
        if target.trunk is not None:
            self._invite_outside(command, target.trunk)
            return
        if target.browser:
            self._engine.browsers.bind(command.leg, target.ref)
        by = self._engine.ports.directory.current().users.get(command.referrer or UserId(""))
        referred = () if by is None else (("Referred-By", str(self._name(party_of(by)))),)
        self._signalling.invite(
            SessionId(command.leg),
            OutgoingInvite(
                uri=target.uri,
                from_=self._name(command.caller, command.callee.language),
                to=self._name(replace(command.callee, name="")),
                sdp=command.sdp,
                headers=referred,
                destination=BindingRef(target.ref),
                route=tuple(NameAddr.parse(path) for path in target.path),
                max_forwards=command.max_forwards,
            ),
        )

    def _identify(self, command: cmd.Identify) -> None:
        leg = self._engine.leg(command.leg)
        shown = str(self._name(command.party, leg.party.language if leg is not None else None))
        self._signalling.identify(SessionId(command.leg), (("P-Asserted-Identity", shown),))

    def _tell_referrer(self, command: cmd.TellReferrer) -> None:
        over = command.status >= 200
        state, reason = ("terminated", "noresource") if over else ("active", None)
        self._signalling.notify(
            SubscriptionId(command.refer), sipfrag(command.status), SIPFRAG, state=state, reason=reason
        )

    def _name(self, party: Party, language: str | None = None) -> NameAddr:
        """A party as a phone shows it, a withheld number in the language of who reads it."""
        if party.extension == WITHHELD and party.user_id is None:
            words = language or self._engine.ports.directory.current().settings.language
            return NameAddr(party.name or WITHHELD_WORDS.get(words, "Withheld number"), parse_uri(ANONYMOUS))
        return NameAddr(party.name, SipUri("sip", escape_user(party.extension), None, self._engine.domain))

    def _invite_outside(self, command: cmd.InviteLeg, via: Via) -> None:
        """Call a number by a trunk. While another one could be tried, a silent one is not waited for long."""
        target, lines = command.target, self._engine.lines
        invite = OutgoingInvite(
            uri=target.uri,
            from_=NameAddr(via.from_name, parse_uri(via.from_uri)),
            to=NameAddr("", parse_uri(via.to_uri)),
            sdp=command.sdp,
            headers=via.headers,
            route=tuple(NameAddr.parse(path) for path in target.path),
            max_forwards=command.max_forwards,
            credentials=lines.credentials(via.trunk),
            contact_user=via.contact_user,
            patience=lines.patience(target, via),
        )
        self._signalling.invite(SessionId(command.leg), invite)
        lines.began(command.leg, via, command.caller, self._engine.clock.now(), invite)

    def _reject(self, command: cmd.RejectLeg) -> None:
        self._engine.lines.ended(command.leg, self._engine.clock.now())
        headers: list[tuple[str, str]] = []
        if command.warning is not None:
            headers.append(("Warning", command.warning))
        if command.retry_after is not None:
            headers.append(("Retry-After", str(command.retry_after)))
        self._signalling.reject(
            SessionId(command.leg), command.status, reason=command.reason, headers=tuple(headers)
        )

    def _open_leg(self, command: OpenLeg, running: Running) -> None:
        self._engine.own(command.leg, running)
        if command.webrtc:
            self._engine.browsers.add(command.leg)
        self._engine.media(command, running.id)

    def _absorb(self, command: cmd.Absorb, running: Running) -> None:
        if self._engine.absorb(running, command.old, command.leg):
            return
        self._signalling.reject(SessionId(command.leg.id), ENDED)
        self._close_leg(CloseLeg(leg=command.leg.id), running)

    def _close_leg(self, command: CloseLeg, running: Running) -> None:
        self._engine.lines.ended(command.leg, self._engine.clock.now())
        self._engine.disown(command.leg)
        self._engine.media(command, running.id)

    def _say(self, command: cmd.Say) -> None:
        """Play what is said. A name that was never said has to be spoken first, which takes a moment."""
        for number, word in enumerate(command.prompts):
            if isinstance(word, Name):
                self._unspoken[command.play] = command
                speak = self._engine.ports.names.speak
                for other in command.prompts[number + 1 :]:
                    if isinstance(other, Name):  # so that they are all there when their turn comes
                        speak(other.text, command.language, lambda file: None)
                speak(word.text, command.language, partial(self._spoken, command, number))
                return
        files = [file for word in command.prompts for file in self._files(word, command.language)]
        if not files:
            self._played(command.target, PlayEnded(play=command.play, reason="finished"))
            return
        play = Play(
            play=command.play,
            target=command.target,
            files=files,
            interrupt_on_dtmf=command.interruptible,
        )
        self._engine.media(play, None)

    def _spoken(self, command: cmd.Say, number: int, file: str) -> None:
        """A name is there, or can not be said; unless what it stands in was stopped meanwhile."""
        if self._unspoken.get(command.play) is not command:
            return
        del self._unspoken[command.play]
        name = command.prompts[number]
        then = (name.then,) if isinstance(name, Name) and name.then is not None else ()
        said: tuple[Words, ...] = (SoundFile(file), *then) if file else ()
        words = (*command.prompts[:number], *said, *command.prompts[number + 1 :])
        self._engine.act(partial(self._say, replace(command, prompts=words)))

    def _files(self, word: Words, language: str) -> Sequence[str]:
        match word:
            case Prompt():
                return self._engine.ports.prompts.files(word.value, language)
            case Number():
                return self._engine.ports.prompts.files(word.key, language)
            case SoundFile(path):
                return (path,)
            case Name():
                return ()

    def _stop_play(self, command: StopPlay) -> None:
        self._unspoken.pop(command.play, None)
        self._engine.media(command, None)

    def _record_name(self, command: cmd.RecordName) -> None:
        path = self._engine.ports.names.file(command.leg)
        record = naming.record_id(command.leg)
        if path:
            target = OfLeg(leg=command.leg)
            self._engine.media(Record(record=record, target=target, path=path, one_side=True), None)
            return
        call = self._engine.owner(command.leg)
        if call is not None:
            nowhere = RecordEnded(record=record, path="", duration=0, error="no place for names")
            self._engine.deliver(call, nowhere)

    def _played(self, target: OfLeg | OfRoom, event: PlayEnded) -> None:
        """What has no sound is over at once."""
        if isinstance(target, OfRoom):
            self._engine.deliver_room(target.room, event)
            return
        call = self._engine.owner(target.leg)
        if call is not None:
            self._engine.deliver(call, event)

    def _music(self, command: cmd.PlayMusic) -> None:
        music = self._engine.ports.prompts.music(command.own)
        if music:
            play = Play(
                play=command.play, target=command.target, files=[music], repeat=True, queue=command.after
            )
            self._engine.media(play, None)

    def _start_timer(self, command: cmd.StartTimer, running: Running) -> None:
        self._stop_timer(cmd.StopTimer(command.timer), running)
        fire = ev.TimerFired(command.timer)

        def act() -> None:
            running.timers.pop(command.timer, None)
            self._engine.deliver(running.id, fire)

        running.timers[command.timer] = self._engine.clock.after(command.seconds, act)

    def _stop_timer(self, command: cmd.StopTimer, running: Running) -> None:
        timer = running.timers.pop(command.timer, None)
        if timer is not None:
            timer.cancel()

    def _tell_room(self, command: cmd.TellRoom, running: Running) -> None:
        event = command.event
        if not isinstance(event, ev.ParticipantEntered):
            self._engine.step_room(RoomId(str(command.conference)), event)
            return
        applied = self._engine.ports.directory.current().conferences.get(command.conference)
        if applied is None:
            self._engine.deliver(running.id, ev.RoomRefused(event.leg, Cause.CONFERENCE_ENDED))
        else:
            self._engine.enter_room(command.conference, replace(event, conference=applied))

    def _find_targets(self, command: cmd.FindTargets, running: Running) -> None:
        reach = self._engine.reach
        found = rung_now(command.rings, reach, command.caller) if reach is not None else ()
        self._engine.deliver(running.id, ev.TargetsFound(found))

    def _set_personal(self, command: cmd.SetPersonal, running: Running) -> None:
        def told(kept: bool) -> None:
            self._engine.deliver(running.id, ev.PersonalSet(kept))

        self._engine.ports.personal.keep(command.user, command.settings, told)

    def _check_id(self, command: cmd.CheckId, running: Running) -> None:
        snapshot, now = self._engine.ports.directory.current(), self._engine.clock.now()
        caller = command.caller
        found, verdict, problem = self._engine.codes.identify(
            snapshot.by_dial_in_id, caller, command.digits, now
        )
        if verdict is ev.Verdict.WRONG:
            self._engine.ports.tries.wrong_code(None, caller)
        if problem is not None:
            self._engine.ports.problems.report(problem)
        language = language_of(snapshot, caller, found, snapshot.conference_server)
        expected = found is not None and self._engine.expected(found.id, caller)
        self._engine.deliver(running.id, ev.IdChecked(verdict, found, language, expected))

    def _check_code(self, command: cmd.CheckCode, running: Running) -> None:
        self._engine.deliver(running.id, ev.CodeChecked(self._verdict(command)))

    def _verdict(self, command: cmd.CheckCode) -> ev.Verdict:
        """What a code is worth; a wrong one is counted, and told where it has to be."""
        applied = self._engine.ports.directory.current().conferences.get(command.conference)
        verdict, problem = ev.Verdict.REFUSED, None
        if applied is not None:
            verdict, problem = self._engine.codes.check(
                applied, command.caller, command.code, self._engine.clock.now()
            )
        if verdict is ev.Verdict.WRONG:
            self._engine.ports.tries.wrong_code(command.conference, command.caller)
        if problem is not None:
            self._engine.ports.problems.report(problem)
        return verdict
