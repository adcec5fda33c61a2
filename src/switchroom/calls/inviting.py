"""People are called into conferences: whether they may be, and their calls (S1-10, S1-11)."""

from __future__ import annotations

from collections.abc import Callable

from switchroom.calls import invite
from switchroom.calls.change import replace
from switchroom.calls.engine import Engine
from switchroom.calls.events import HangUpOrdered
from switchroom.calls.invitations import MOST_RINGING, Wanted, invitation, inviting, plan, refusal_of, shown
from switchroom.calls.minutes import InvitationId, InvitationRecord
from switchroom.calls.outcomes import Inviter, InviteRefusal
from switchroom.calls.records import Cause
from switchroom.calls.values import Refuse, Target
from switchroom.calls.whereabouts import Whereabouts
from switchroom.directory.model import ConferenceId


class Inviting:
    """Calls people into conferences.

    `closed_for` says for how many seconds no call is made, 0: calls are made.
    """

    def __init__(self, engine: Engine, where: Whereabouts, closed_for: Callable[[], int]) -> None:
        self._engine = engine
        self._ports, self._clock = engine.ports, engine.clock
        self._where = where
        self._closed_for = closed_for

    def invite(self, wanted: ConferenceId, number: str, by: Inviter) -> InvitationRecord | InviteRefusal:
        """Call somebody into a conference, where nobody has to be. That `by` may do so was asked before."""
        engine, snapshot, now = self._engine, self._ports.directory.current(), self._clock.now()
        found = plan(self._where.known(now), wanted, number, by.user)
        if isinstance(found, InviteRefusal):
            return found
        if (refused := self._uninvitable(found, by)) is not None:
            return refused
        targets: tuple[Target, ...] | Refuse = ()
        if found.outside is not None:
            targets = self._where.outside(found.outside, inviting(snapshot, found, by))
            name = engine.lines.provision.name(found.outside.number)
            found = replace(found, callee=replace(found.callee, name=name))
        elif found.callee.user_id is not None and not found.busy:
            targets = self._where.devices(found.callee.user_id)
        if isinstance(targets, Refuse):
            return refusal_of(targets)
        call, user = engine.new_call(), found.callee.user_id
        facts = invitation(snapshot, found, by, number, call, engine.seed(), now)
        assert facts.invitation is not None
        engine.invitations.add(facts.invitation, user, within=bool(engine.members_of(wanted)))
        caller = shown(snapshot, found, by)
        state, commands = invite.start(
            facts, found.conference, caller, targets, found.ring_seconds, now, busy=found.busy
        )
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
        return InviteRefusal.BUSY if self._closed_for() else None

    def cancel(self, conference: ConferenceId, invitation: InvitationId) -> bool:
        """Stop calling somebody; False when there is no open invitation of that id."""
        for found in self._engine.invitations.open(conference):
            if found.id == invitation and found.call is not None:
                self._engine.deliver(found.call, HangUpOrdered(Cause.CANCELLED))
                return True
        return False

    def configuration_applied(self) -> None:
        """Nobody is called any more into a conference that is not there."""
        applied = self._ports.directory.current().conferences
        for conference in self._engine.invitations.conferences():
            if conference not in applied:
                for found in self._engine.invitations.open(conference):
                    if found.call is not None:
                        self._engine.deliver(found.call, HangUpOrdered(Cause.CONFERENCE_ENDED))
