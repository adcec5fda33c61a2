"""Trying a trunk out, step by step, and saying in words what does not work (the "Test" button)."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Callable
from typing import Final, TypeVar

from switchroom.calls import dialect
from switchroom.calls.lines import Lines
from switchroom.calls.permission import Denied, Presented, permit, presented_number
from switchroom.calls.trunk_words import Said, answer, failure, say
from switchroom.calls.values import Party
from switchroom.directory import number_plan
from switchroom.directory.ids import TrunkId
from switchroom.directory.model import Snapshot
from switchroom.directory.outside import Trunk, TrunkKind
from switchroom.media import offer_answer
from switchroom.media.offer_answer import LocalMedia
from switchroom.sip.errors import LocalProtocolError
from switchroom.sip.events import (
    Event,
    InviteAccepted,
    InviteProgress,
    InviteRejected,
    OutgoingInvite,
    RegistrationChanged,
    RegistrationState,
    RequestAnswered,
    SessionEnded,
    SessionId,
)
from switchroom.sip.headers import NameAddr
from switchroom.sip.uri import parse_uri
from switchroom.trunks.keeper import Answers, Kept, TrunkKeeper
from switchroom.trunks.state import TestStep

ANSWER_SECONDS: Final = 6.0
"""How long an answer to OPTIONS and REGISTER is waited for."""
RING_SECONDS: Final = 25.0
_PREFIX = "trunk-test-"
_DISCARD = 9
"""Port in our description: nobody listens, the call ends as soon as it is answered (RFC 863)."""

T = TypeVar("T", RegistrationChanged, RequestAnswered)

_EXPLAINED = frozenset({400, 403, 404, 408, 480, 484, 488, 503})
"""Refusals of a call that have words of their own (`call-...`)."""
_WORKS = frozenset({480, 486, 600, 603})
"""Answers of the called side: the call got there."""


class Trials:
    """Tries trunks out, one at a time each. `take` gets the events of the calls made here."""

    def __init__(self, keeper: TrunkKeeper, lines: Lines, current: Callable[[], Snapshot]) -> None:
        self._keeper = keeper
        self._lines = lines
        self._current = current
        self._numbers = itertools.count(1)
        self._calls: dict[str, asyncio.Queue[Event]] = {}
        self._busy: set[TrunkId] = set()

    def take(self, event: Event) -> bool:
        """Take an event of the endpoint; False when it is not about a trial's call."""
        session = getattr(event, "session", "")
        if not str(session).startswith(_PREFIX):
            return False
        queue = self._calls.get(session)
        if queue is not None:
            queue.put_nowait(event)
        elif isinstance(event, InviteAccepted):
            self._keeper.signalling.hang_up(event.session)
        return True

    async def run(self, trunk_id: TrunkId, number: str | None, now: float) -> list[TestStep] | None:
        """Try a trunk of the applied configuration; None: there is none of this id."""
        kept = self._keeper.kept(trunk_id)
        if kept is None:
            return None
        if trunk_id in self._busy:
            return [_step("settings", False, say("test-running"))]
        self._busy.add(trunk_id)
        try:
            return await self._steps(kept, number, now)
        finally:
            self._busy.discard(trunk_id)

    async def _steps(self, kept: Kept, number: str | None, now: float) -> list[TestStep]:
        trunk = kept.trunk
        steps = [self._settings(trunk)]
        if not steps[-1].ok:
            return steps
        steps.append(await self._name(kept))
        if not steps[-1].ok:
            return steps
        steps.append(await self._reach(kept))
        if trunk.kind is TrunkKind.REGISTRATION:
            steps.append(await self._register(kept))
        if number and all(step.ok for step in steps):
            steps.append(await self._call(trunk, number, now))
        return steps

    def _settings(self, trunk: Trunk) -> TestStep:
        if not trunk.enabled:
            return _step("settings", False, say("switched-off"))
        if trunk.kind is TrunkKind.REGISTRATION and trunk.username is None:
            return _step("settings", False, say("no-username"))
        if trunk.kind is TrunkKind.REGISTRATION and self._lines.credentials(trunk.id) is None:
            return _step("settings", False, say("no-password"))
        return _step("settings", True, say("settings-complete"))

    async def _name(self, kept: Kept) -> TestStep:
        trunk = kept.trunk
        found = await self._keeper.look_up(trunk)
        where = trunk.outbound_proxy or trunk.host
        if not found:
            return _step("name", False, say("leads-nowhere", where=where))
        kept.addresses = found
        return _step("name", True, say("leads-to", where=where, addresses=", ".join(found[:4])))

    async def _reach(self, kept: Kept) -> TestStep:
        self._keeper.ask(kept)
        found = await self._next(kept, RequestAnswered)
        if found is None:
            return _step("reach", False, failure(kept.trunk.name, 408), 408)
        if found.response is None or found.status == 503:
            return _step("reach", False, self._keeper.why(kept, found), found.status)
        return _step("reach", True, say("answers", status=found.status), found.status)

    async def _register(self, kept: Kept) -> TestStep:
        self._keeper.register(kept)
        found = await self._next(kept, RegistrationChanged)
        if found is None:
            return _step("register", False, failure(kept.trunk.name, 408), 408)
        if found.state is RegistrationState.REGISTERED:
            return _step("register", True, say("registered", seconds=round(found.valid_for)), found.status)
        return _step("register", False, self._keeper.why(kept, found), found.status)

    async def _next(self, kept: Kept, kind: type[T]) -> T | None:
        """The next answer of that kind: several may come at once."""
        answers: Answers = asyncio.Queue()
        kept.waiting.append(answers)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                while True:
                    found = await answers.get()
                    if isinstance(found, kind):
                        return found
        except TimeoutError:
            return None
        finally:
            kept.waiting.remove(answers)

    # --- the call ---------------------------------------------------------------------------------------

    async def _call(self, trunk: Trunk, typed: str, now: float) -> TestStep:
        snapshot = self._current()
        match number_plan.read(typed, snapshot.settings.country):
            case number_plan.DialledNumber(e164):
                pass
            case number_plan.DialledEmergency():
                return _step("call", False, say("emergency-not-called"))
            case _:
                return _step("call", False, say("no-number"))
        allowed = permit(snapshot, None, e164, now, self._lines.spending)
        if isinstance(allowed, Denied):
            said = Said(f"denied-{allowed.reason.value}", {"number": e164}, allowed.problem.text)
            return _step("call", False, said)
        shown = presented_number(snapshot, None, e164)
        presented = Presented(shown.e164 if shown is not None else None)
        token = self._lines.provision.token(trunk.id)
        via = dialect.via(trunk, e164, presented, snapshot.settings.country, token)
        session = SessionId(f"{_PREFIX}{next(self._numbers)}")
        place = self._lines.place(trunk)
        target = dialect.target(trunk, via, place, snapshot.settings.country)
        offer = offer_answer.offer(
            LocalMedia(
                place.advertised,
                _DISCARD,
                _DISCARD + 1,
                codecs=via.codecs,
                srtp="offer" if trunk.srtp else "no",
            ),
            keys=secrets.token_bytes,
        )
        invite = OutgoingInvite(
            uri=target.uri,
            from_=NameAddr(via.from_name, parse_uri(via.from_uri)),
            to=NameAddr("", parse_uri(via.to_uri)),
            sdp=offer.sdp,
            headers=via.headers,
            route=tuple(NameAddr.parse(path) for path in target.path),
            credentials=self._lines.credentials(trunk.id),
            contact_user=via.contact_user,
        )
        written = dialect.written(e164, trunk.number_format, snapshot.settings.country)
        self._calls[session] = asyncio.Queue()
        try:
            self._keeper.signalling.invite(session, invite)
            self._lines.began(session, via, Party("", "Test"), now)
            return await self._followed(session, written)
        except LocalProtocolError as error:
            return _step("call", False, say("call-not-sent", error=error))
        finally:
            self._keeper.signalling.hang_up(session)
            self._lines.ended(session, now)
            self._calls.pop(session, None)

    async def _followed(self, session: SessionId, written: str) -> TestStep:
        """What becomes of the call; it is hung up as soon as somebody answers."""
        rang = 0
        try:
            async with asyncio.timeout(RING_SECONDS):
                while True:
                    match await self._calls[session].get():
                        case InviteProgress(status=status):
                            rang = rang or status
                        case InviteAccepted() | SessionEnded():
                            return _step("call", True, say("call-answered", number=written), 200)
                        case InviteRejected(status=status, reason=reason):
                            return _refused(written, status, reason)
                        case _:
                            pass
        except TimeoutError:
            if rang:
                return _step("call", True, say("call-rang", number=written), rang)
            return _step("call", False, say("call-408", number=written, answer=""), 408)


def _refused(written: str, status: int, reason: str) -> TestStep:
    told = answer(status, reason)
    if status in (486, 600, 603):
        return _step("call", True, say("call-busy", number=written, answer=told), status)
    code = f"call-{status}" if status in _EXPLAINED else "call-refused"
    return _step("call", status in _WORKS, say(code, number=written, answer=told), status)


def _step(step: str, ok: bool, said: Said, status: int = 0) -> TestStep:
    return TestStep(step, ok, said.text, status, said.code, said.values)
