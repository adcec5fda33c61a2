"""Trying a trunk out, step by step, and saying in words what does not work (the "Test" button)."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Callable
from typing import Final, TypeVar

from switchroom.calls import dialect
from switchroom.calls.lines import Lines, failure
from switchroom.calls.permission import Denied, Presented, permit, presented_number
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
from switchroom.trunks.keeper import Kept, TrunkKeeper
from switchroom.trunks.state import TestStep

ANSWER_SECONDS: Final = 6.0
"""How long an answer to OPTIONS and REGISTER is waited for."""
RING_SECONDS: Final = 25.0
_PREFIX = "trunk-test-"
_DISCARD = 9
"""Port in our description: nobody listens, the call ends as soon as it is answered (RFC 863)."""

T = TypeVar("T", RegistrationChanged, RequestAnswered)

_CALL_FAILURES = {
    400: "the provider does not understand our message",
    403: "the provider does not let this account call there, or show this number",
    404: "the provider does not know the number: perhaps it wants it written in another format",
    408: "the provider does not answer",
    480: "the number can not be reached now; the trunk itself works",
    484: "the provider wants more digits: perhaps it wants numbers written in another format",
    488: "the provider takes none of the codecs: allow others",
    503: "the provider is out of service, or has no free line",
}
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
            return [TestStep("settings", False, "Another test of this trunk is running.")]
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
        steps.append(await self._name(trunk))
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
            return TestStep("settings", False, "The trunk is switched off.")
        if trunk.kind is TrunkKind.REGISTRATION and trunk.username is None:
            return TestStep("settings", False, "The user name is missing.")
        if trunk.kind is TrunkKind.REGISTRATION and self._lines.credentials(trunk.id) is None:
            return TestStep("settings", False, "The password is missing.")
        return TestStep("settings", True, "Everything that is needed is set.")

    async def _name(self, trunk: Trunk) -> TestStep:
        found = await self._keeper.look_up(trunk)
        where = trunk.outbound_proxy or trunk.host
        if not found:
            text = f"{where} leads nowhere: is the name right, and does this machine reach a name server?"
            return TestStep("name", False, text)
        return TestStep("name", True, f"{where} leads to {', '.join(found[:4])}.")

    async def _reach(self, kept: Kept) -> TestStep:
        self._keeper.ask(kept)
        answer = await self._next(kept, RequestAnswered)
        if answer is None or answer.response is None:
            text = failure(kept.trunk, 408 if answer is None else answer.status)
            return TestStep("reach", False, text, 408 if answer is None else answer.status)
        if answer.status == 503:
            return TestStep("reach", False, failure(kept.trunk, 503, answer.response.reason), 503)
        return TestStep("reach", True, f"It answers ({answer.status}).", answer.status)

    async def _register(self, kept: Kept) -> TestStep:
        self._keeper.register(kept)
        answer = await self._next(kept, RegistrationChanged)
        if answer is None:
            return TestStep("register", False, failure(kept.trunk, 408), 408)
        if answer.state is RegistrationState.REGISTERED:
            text = f"It has registered us for {answer.valid_for:.0f} s."
            return TestStep("register", True, text, answer.status)
        return TestStep("register", False, failure(kept.trunk, answer.status, answer.reason), answer.status)

    async def _next(self, kept: Kept, kind: type[T]) -> T | None:
        """The next answer of that kind."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                while True:
                    waiting = asyncio.get_running_loop().create_future()
                    kept.waiting.append(waiting)
                    found = await waiting
                    if isinstance(found, kind):
                        return found
        except TimeoutError:
            return None

    # --- the call ---------------------------------------------------------------------------------------

    async def _call(self, trunk: Trunk, typed: str, now: float) -> TestStep:
        snapshot = self._current()
        match number_plan.read(typed, snapshot.settings.country):
            case number_plan.DialledNumber(e164):
                pass
            case number_plan.DialledEmergency():
                return TestStep("call", False, "An emergency number is not called for a test.")
            case _:
                text = "That is no telephone number: type + and the country code before it."
                return TestStep("call", False, text)
        allowed = permit(snapshot, None, e164, now, self._lines.spending)
        if isinstance(allowed, Denied):
            return TestStep("call", False, allowed.problem.text)
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
            return TestStep("call", False, f"The call could not be sent: {error}.")
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
                            return TestStep("call", True, f"{written} has answered: the trunk works.", 200)
                        case InviteRejected(status=status, reason=reason):
                            return _refused(written, status, reason)
                        case _:
                            pass
        except TimeoutError:
            if rang:
                return TestStep("call", True, f"{written} rang, and nobody answered: the trunk works.", rang)
            return TestStep("call", False, f"{written}: {_CALL_FAILURES[408]}.", 408)


def _refused(written: str, status: int, reason: str) -> TestStep:
    code = f" ({status}{' ' + reason if reason else ''})"
    if status in (486, 600, 603):
        return TestStep("call", True, f"{written} is busy or declined{code}: the trunk works.", status)
    text = _CALL_FAILURES.get(status, "the provider refuses the call")
    return TestStep("call", status in _WORKS, f"{written}: {text}{code}.", status)
