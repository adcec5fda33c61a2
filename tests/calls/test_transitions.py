"""Every state of every machine with every event: total, repeatable, and nothing is ever left behind."""

from __future__ import annotations

from typing import get_args

import pytest

from switchroom.calls import commands as cmd
from switchroom.calls import conference, invite, machine, visit
from switchroom.calls import events as ev
from switchroom.calls.call import Closing
from switchroom.calls.live import CallState, legs_of, view_call, view_room
from switchroom.calls.minutes import InvitationRecord, InvitationState
from switchroom.calls.records import Cause
from switchroom.calls.room_events import InvitationChanged
from switchroom.media import types as m
from switchroom.sip import events as sip
from tests.calls.samples import CALLS, EVENTS, NEW, NOW, ROOM_EVENTS, ROOMS, new

OVER = (sip.SessionEnded, sip.SessionCancelled, sip.InviteRejected, ev.Redirected)
pairs = pytest.mark.parametrize("name", CALLS)


def closed(commands: cmd.Commands) -> set[str]:
    """The legs that commands close."""
    return {command.leg for command in commands if isinstance(command, m.CloseLeg)}


def finished(commands: cmd.Commands) -> list[cmd.FinishRecord]:
    """The records that commands finish."""
    return [command for command in commands if isinstance(command, cmd.FinishRecord)]


def ended(commands: cmd.Commands) -> set[str]:
    """The legs whose SIP session commands end."""
    return {command.leg for command in commands if isinstance(command, cmd.HangUpLeg | cmd.RejectLeg)}


def test_the_samples_have_every_kind_of_state_and_event() -> None:
    assert {type(state) for state in CALLS.values()} == set(get_args(CallState))
    assert {type(event) for event in EVENTS} == set(get_args(ev.CallEvent))
    assert {type(state) for state in ROOMS.values()} == set(get_args(conference.State))
    assert {type(event) for event in ROOM_EVENTS} == set(get_args(ev.RoomEvent))


@pairs
def test_every_event_is_taken_and_the_same_comes_of_it_each_time(name: str) -> None:
    for event in EVENTS:
        first = machine.handle(CALLS[name], event, NOW)
        assert machine.handle(CALLS[name], event, NOW) == first
        if first[0] is not None and not isinstance(first[0], Closing):
            assert view_call(first[0], lambda leg: None).id == "call"


@pairs
def test_no_leg_is_ever_left_open(name: str) -> None:
    """What a call had before, it has after, or it was closed, or another call takes it up."""
    state = CALLS[name]
    before = {leg.id for leg in legs_of(state)}
    for event in EVENTS:
        if not deliverable(state, event):
            continue
        following, commands = machine.handle(state, event, NOW)
        after = {leg.id for leg in legs_of(following)} if following is not None else set()
        given = {command.leg.id for command in commands if isinstance(command, cmd.Absorb | cmd.ComeBack)}
        if isinstance(event, ev.LegTaken) and isinstance(following, Closing):
            given.add(event.leg)
        taken = {event.leg.id} if isinstance(event, ev.LegReplaced) else set()
        assert before - after == (closed(commands) | given) & before, event
        assert after - before == {c.leg for c in commands if isinstance(c, m.OpenLeg)} | taken


def deliverable(state: CallState, event: ev.CallEvent) -> bool:
    """A leg is only replaced where the engine has asked whether it can be."""
    return not isinstance(event, ev.LegReplaced) or machine.replaceable(state, event.old)


@pairs
def test_who_takes_a_leg_s_place_is_answered_and_the_old_leg_is_hung_up(name: str) -> None:
    state = CALLS[name]
    for event in EVENTS:
        if isinstance(event, ev.LegReplaced) and deliverable(state, event):
            following, commands = machine.handle(state, event, NOW)
            assert following is not None and NEW in {leg.id for leg in legs_of(following)}
            assert [c.sdp for c in commands if isinstance(c, cmd.AcceptLeg) and c.leg == NEW] == [new.sdp]
            assert event.old in closed(commands) & ended(commands)
            connected = [
                c
                for c in commands
                if isinstance(
                    c, m.Connect | cmd.TellRoom | cmd.JoinTalk | cmd.Say | cmd.PlayMusic | cmd.FindPlan
                )
                and NEW in str(c)
            ]
            assert connected or name in ("at desk checking", "server checking", "ringing without offer")


@pairs
def test_a_call_ends_with_exactly_one_record(name: str) -> None:
    for event in EVENTS:
        following, commands = machine.handle(CALLS[name], event, NOW)
        records = finished(commands)
        over = following is None and name != "taking over"
        assert len(records) == (1 if over else 0), event
        for command in records:
            assert command.record.end_cause is not None and command.record.ended_at == NOW
        if isinstance(following, Closing):
            assert following.record.end_cause is not None
            assert {leg for leg, _ in following.parties} or name == "closing"


@pairs
def test_no_session_is_left_when_a_call_closes(name: str) -> None:
    """Each leg of a call that closes is hung up, unless its own session told that it is over."""
    if name == "closing":
        return
    state = CALLS[name]
    legs = {leg.id for leg in legs_of(state)}
    unasked = {"preparing": {"caller"}, "led on, preparing": {"caller"}, "inviting": set[str]()}
    invited = unasked.get(name, legs)
    for event in EVENTS:
        session = getattr(event, "session", None)
        if session is not None and session not in legs:
            continue  # the runner delivers nothing of a leg that the call does not have
        following, commands = machine.handle(state, event, NOW)
        if isinstance(following, Closing):
            over = {session} if isinstance(event, OVER) else set()
            if isinstance(event, ev.LegTaken):
                over.add(event.leg)
            if isinstance(event, sip.SessionCancelled):
                over.add("caller")
            assert invited <= ended(commands) | over, event


@pairs
def test_an_order_to_hang_up_always_ends_a_call(name: str) -> None:
    following, _ = machine.handle(CALLS[name], ev.HangUpOrdered(Cause.SHUTDOWN), NOW)
    assert following is None or isinstance(following, Closing)
    following, _ = machine.handle(CALLS[name], ev.WorkerLost(), NOW)
    assert following is None or isinstance(following, Closing)


@pairs
def test_the_answer_is_sent_at_most_once(name: str) -> None:
    accepted = {
        "talking",
        "held",
        "away",
        "echoing",
        "confirming",
        "at desk asking",
        "inside",
        "waiting",
        "leaving",
        "closing",
    }
    for event in EVENTS:
        _, commands = machine.handle(CALLS[name], event, NOW)
        count = sum(isinstance(command, cmd.AcceptLeg) and command.leg != NEW for command in commands)
        assert count <= (0 if name in accepted else 1)


@pytest.mark.parametrize("name", ROOMS)
def test_every_room_takes_every_event(name: str) -> None:
    state = ROOMS[name]
    for event in ROOM_EVENTS:
        following, commands = conference.handle(state, event, NOW)
        assert conference.handle(state, event, NOW) == (following, commands)
        if following is not None:
            view = view_room(following, set())
            assert len(view.participants) == len(following.members)


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_of_the_worker_is_open_exactly_while_the_conference_is(name: str) -> None:
    state = ROOMS[name]
    was_open = any(member.inside for member in state.members.values())
    for event in ROOM_EVENTS:
        following, commands = conference.handle(state, event, NOW)
        opens = sum(isinstance(command, m.OpenRoom) for command in commands)
        closes = sum(isinstance(command, m.CloseRoom) for command in commands)
        is_open = following is not None and any(member.inside for member in following.members.values())
        # With the worker its room is gone, too.
        still_open = was_open and not isinstance(event, ev.WorkerLost)
        assert opens - closes == is_open - still_open, event


@pytest.mark.parametrize("name", ROOMS)
def test_whoever_is_taken_out_unasked_is_told(name: str) -> None:
    state = ROOMS[name]
    for event in ROOM_EVENTS:
        following, commands = conference.handle(state, event, NOW)
        remaining = set(following.members) if following is not None else set()
        replaced = {event.old} if isinstance(event, ev.ParticipantReplaced) else set()
        gone = set(state.members) - remaining - replaced
        told = {
            command.event.leg
            for command in commands
            if isinstance(command, cmd.TellCall) and isinstance(command.event, ev.RoomLeft)
        }
        asked = {event.leg} if isinstance(event, ev.ParticipantLeft) else set()
        if isinstance(event, ev.WorkerLost):
            continue  # every call is told by the engine
        assert gone == told | (asked & gone), event


@pytest.mark.parametrize("name", ["inviting", "invited one", "invited two", "welcoming", "entering invited"])
def test_an_invitation_gets_further_and_is_over_once(name: str) -> None:
    """Every outcome of a call that was an invitation is kept, told to the room, and final."""
    before = CALLS[name].facts.invitation
    assert before is not None
    for event in EVENTS:
        following, commands = machine.handle(CALLS[name], event, NOW)
        kept = [command.fact for command in commands if isinstance(command, cmd.Keep)]
        told = [command.event for command in commands if isinstance(command, cmd.TellRoom)]
        assert [InvitationChanged(fact) for fact in kept] == [  # type: ignore[arg-type]
            one for one in told if isinstance(one, InvitationChanged)
        ]
        now = following.facts.invitation if following is not None else (kept or [before])[-1]
        assert isinstance(now, InvitationRecord)
        assert kept == ([now] if now != before else []), event
        over = following is None or isinstance(following, Closing | visit.Leaving)
        assert over <= (now.state in invite.FINAL), event
        assert (now.ended_at is not None) == (now.state in invite.FINAL)
        assert bool(now.reason) == (now.state in invite.FINAL - {InvitationState.JOINED})
