"""What comes from outside a call: INVITEs, REGISTERs, subscriptions. Each is admitted, or refused."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from switchroom.calls import dialect, guests, intake
from switchroom.calls.admission import Admission, Admitted, AdmittedGuest, Refused, unserved
from switchroom.calls.change import replace
from switchroom.calls.engine import Engine
from switchroom.calls.lamps import Lamps
from switchroom.calls.leg import Leg
from switchroom.calls.message_waiting import MessageWaiting
from switchroom.calls.moving import Moving
from switchroom.calls.pickup import may_pick_up
from switchroom.calls.problem_words import worded
from switchroom.calls.records import Cause
from switchroom.calls.routing import arrive, dialled
from switchroom.calls.trunk_admission import FromTrunk, TrunkDoor
from switchroom.calls.whereabouts import Whereabouts
from switchroom.directory.model import User, UserId
from switchroom.directory.number_plan import is_emergency
from switchroom.media.types import LegId
from switchroom.sip import events as sip
from switchroom.sip.errors import RemoteProtocolError
from switchroom.sip.flow import BindingRef, Flow
from switchroom.sip.headers import Replaces
from switchroom.sip.message import Request

log = logging.getLogger(__name__)

LONGEST_EMERGENCY = 8
"""Digits: what is longer is not looked up, since anybody may dial anything."""


def flow_ref(flow: Flow) -> BindingRef:
    """What stands for the registration of a guest, who has none: the connection he calls by."""
    return BindingRef(f"flow-{flow.connection}")


class Arrivals:
    """Takes what comes in.

    `door` knows the trunks' calls, `admission` everybody else's. `closed_for` says for how many seconds no
    call is taken, 0: calls are taken. `spawn` runs what waits for the database.
    """

    def __init__(
        self,
        engine: Engine,
        where: Whereabouts,
        moving: Moving,
        watched: tuple[Lamps, MessageWaiting],
        admission: Admission,
        door: TrunkDoor | None,
        *,
        closed_for: Callable[[], int],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._engine = engine
        self._ports, self._clock = engine.ports, engine.clock
        self._where = where
        self._moving = moving
        self._watched = watched
        self._admission = admission
        self._door = door
        self._closed_for = closed_for
        self._spawn = spawn
        self.shed = 0
        """Calls that were refused because there were too many."""

    def _for_help(self, event: sip.IncomingInvite) -> bool:
        """Whether an emergency number was dialled: such a call is taken however much there is to do."""
        number = dialled(event.request.target)
        country = self._ports.directory.current().settings.country
        return len(number) <= LONGEST_EMERGENCY and is_emergency(number, country)

    def invite(self, event: sip.IncomingInvite) -> None:
        """Take an INVITE. Never raises."""
        reject = self._ports.signalling.reject
        try:
            if (seconds := self._closed_for()) and not self._for_help(event):
                self.shed += 1
                reject(event.session, 503, headers=(("Retry-After", str(seconds)),))
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
            name = came.trunk.name
            return Refused(486, problem=worded("trunk-full", name, values={"name": name}))
        return came

    def _begin(
        self, event: sip.IncomingInvite, admitted: Admitted | AdmittedGuest | FromTrunk, now: float
    ) -> None:
        request = event.request
        hops = request.max_forwards
        if hops <= 0:
            raise RemoteProtocolError(483, "Too Many Hops")
        leg = LegId(event.session)
        place = self._where.place(event.flow, event.sdp)
        arrival = intake.Arrival(
            call=self._engine.new_call(),
            leg=leg,
            number=dialled(request.target),
            offer=event.sdp,
            place=place,
            seed=self._engine.seed(),
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
            old = self._moving.taken(admitted.user.id, arrival.number)
        if old is not None:
            state, commands = intake.take_over(arrival, admitted, snapshot, old, now)
        else:
            told = self._moving.park_other(admitted.user.id, arrival.number)
            state, commands = intake.begin(arrival, admitted, self._where.known(now), self._where, told)
            users[admitted.user.id] = None
        ref = self._bind(event, admitted)
        taken_over = old is not None
        self._engine.begin(arrival.call, leg, tuple(users), state, commands, taken_over=taken_over)
        if ref is not None:
            self._engine.browsers.bind(leg, ref)

    def _begin_guest(self, flow: Flow, arrival: intake.Arrival, admitted: AdmittedGuest, now: float) -> None:
        """A guest has one call: one that comes while another runs is the page that came back."""
        owner = guests.owner_of(admitted.guest.pass_id)
        self._engine.end_calls_of(owner, Cause.SIGNALLING_LOST)
        state, commands = guests.begin(arrival, admitted, self._ports.directory.current(), now)
        self._engine.begin(arrival.call, arrival.leg, (owner,), state, commands)
        if flow.connection:
            self._engine.browsers.bind(arrival.leg, flow_ref(flow))

    def _begin_outside(self, arrival: intake.Arrival, came: FromTrunk, now: float) -> None:
        """A call by a trunk, to a number of ours (S1-12, S1-13, S3-01)."""
        lines, known = self._engine.lines, self._where.known(now)
        codecs = dialect.codecs_of(came.trunk)
        arrival = replace(arrival, number=came.number.e164, codecs=codecs, incoming=True)
        lines.came_in(arrival.leg, came.trunk.id)
        plan = arrive(known, came.number)
        state, commands = intake.carry_out(arrival, lines.party(came), plan, known, self._where)
        self._engine.begin(arrival.call, arrival.leg, (), state, commands)

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

    def request(self, event: sip.IncomingRequest) -> None:
        """Answer a request outside dialogs. Never raises."""
        try:
            admitted = self._admission.admit(event.request, event.flow, self._clock.now())
            if isinstance(admitted, Admitted) and event.request.method == "REGISTER":
                self._spawn(self._register(event, admitted))
                return
            if isinstance(admitted, Admitted) and event.request.method == "SUBSCRIBE":
                ref = self._registered(event.request, event.flow, admitted)
                if any(one.subscribe(event, admitted.user, ref) for one in self._watched):
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
            self._watched[0].registered(admitted.user.id)
            if self._engine.browsers.missing:
                known = self._ports.registrations.lookup(admitted.user.id)
                for back in self._engine.browsers.registered([found.ref for found in known]):
                    self._engine.tell_leg(back)

    def _report(self, refused: Refused) -> None:
        if refused.problem is not None:
            self._ports.problems.report(refused.problem)
