"""The lines to the outside: which calls go out and how, what each costs its account, which trunk works.

One object for the whole system. What it decides is in `permission.py`, how a call is written in `dialect.py`,
what was spent in `spending.py`; the time is an argument of each verb, as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from switchroom.calls import dialect, problem_words
from switchroom.calls.callers import WITHHELD
from switchroom.calls.change import replace
from switchroom.calls.permission import Denial, Denied, Permit, is_full, permit
from switchroom.calls.problem_words import worded
from switchroom.calls.reach import no_lines
from switchroom.calls.records import Cause
from switchroom.calls.spending import Spending, of_trunk
from switchroom.calls.trunk_admission import FromTrunk
from switchroom.calls.trunk_words import answer, failure, say
from switchroom.calls.values import Outside, Party, Place, Problem, Refuse, Target, Via
from switchroom.directory import number_plan
from switchroom.directory.ids import TrunkId
from switchroom.directory.model import Snapshot
from switchroom.directory.outside import Trunk
from switchroom.sip.digest import ClientCredentials
from switchroom.sip.errors import RemoteProtocolError
from switchroom.sip.events import Event, InviteAccepted, InviteProgress, InviteRejected, OutgoingInvite
from switchroom.sip.message import Response
from switchroom.sip.parties import number_of

PATIENCE = 5.0
"""Seconds after which a trunk that says nothing at all is given up for the next one."""
PATIENCE_FOR_HELP = 2.0
"""The same for a call for help: time for an answer to two or three datagrams, of which one may be lost."""
DOWN_SECONDS = 60.0
"""How long a trunk that failed is tried last."""
LONGEST_REST = 600.0
"""How long a trunk is left alone at most, whatever it asks for (Retry-After)."""
MOST_TRIED = 4
"""Trunks that are tried for one call, unless it is for help."""
MOST_REDIRECTED = 3
"""3xx that are followed for one call."""
_ANSWERS_OF_PEOPLE = frozenset({404, 410, 480, 484, 486, 487, 488, 600, 603, 604, 606})
"""What a trunk that works passes on."""
_NOT_FOUND = frozenset({Denial.NO_TRUNK, Denial.TRUNK_COUNTRY})


class Provision(Protocol):
    """What the lines need of the rest of the system (`switchroom.trunks`)."""

    def secret(self, trunk: TrunkId) -> str | None:
        """A trunk's password."""

    def token(self, trunk: TrunkId) -> str:
        """The user part of our Contact at a trunk."""

    def address(self, trunk: Trunk) -> str:
        """An address that a trunk's host leads to; one of the Internet where none is known."""

    def denied(self, caller: Party, denied: Denied) -> None:
        """A call was refused: it is audited and counted. Returns at once."""

    def emergency(self, caller: Party, number: str, shown: str | None) -> None:
        """Somebody calls for help: who has to know is told. Returns at once."""

    def name(self, e164: str) -> str:
        """Whose number it is, by the contacts; empty: nobody's."""


class NoProvision:
    """Implements `Provision` where there are no trunks."""

    def secret(self, trunk: TrunkId) -> str | None:
        """There is none."""
        return None

    def token(self, trunk: TrunkId) -> str:
        """There is none."""
        return ""

    def address(self, trunk: Trunk) -> str:
        """Somewhere else (RFC 5737)."""
        return "198.51.100.1"

    def denied(self, caller: Party, denied: Denied) -> None:
        """Forget it."""

    def emergency(self, caller: Party, number: str, shown: str | None) -> None:
        """Nobody is told."""

    def name(self, e164: str) -> str:
        """Nobody is known."""
        return ""


@dataclass(slots=True)
class _Leg:
    via: Via
    invite: OutgoingInvite | None = None
    """As it was sent."""
    redirected: int = 0
    asked: bool = False
    """It had any answer at all."""


class Lines:
    """See above. `media` tells where our media for a peer is."""

    def __init__(
        self,
        current: Callable[[], Snapshot],
        media: Callable[[str], Place],
        report: Callable[[Problem], None],
        *,
        provision: Provision | None = None,
        spending: Spending | None = None,
    ) -> None:
        self._current = current
        self._media = media
        self._report = report
        self.provision: Provision = provision or NoProvision()
        self.spending = spending or Spending()
        self.hang_up: Callable[[str], None] = lambda leg: None
        """Ends the call of a leg (the engine)."""
        self._came_in: dict[str, TrunkId] = {}
        self.denials: dict[str, float] = {}
        """How many calls were refused, by reason."""
        self._legs: dict[str, _Leg] = {}

    # --- calling out ------------------------------------------------------------------------------------

    def call(self, wanted: Outside, caller: Party, now: float) -> tuple[Target, ...] | Refuse:
        """The trunks by which a number is called, each with the next one as its `otherwise`; or why not.

        The call is `caller`'s; where the account is another's, that one has sent it on.
        """
        found = self._permitted(wanted, caller, now)
        if isinstance(found, Refuse):
            return found
        if found.emergency:
            self._make_room(found.ways[0].trunk)
        self.spending.reserve(wanted.account, found.ways[0].trunk.id, now)
        return (self._targets(self._current(), found, wanted, caller),)

    def try_out(self, wanted: Outside, caller: Party, now: float) -> tuple[Target, ...] | Refuse:
        """The same, for a call that is not made now: nothing is reserved for it."""
        found = self._permitted(wanted, caller, now)
        if isinstance(found, Refuse):
            return found
        return (self._targets(self._current(), found, wanted, caller),)

    def _permitted(self, wanted: Outside, caller: Party, now: float) -> Permit | Refuse:
        snapshot = self._current()
        if not snapshot.trunks and wanted.number.startswith("+"):
            return no_lines(snapshot, wanted)
        user = snapshot.users.get(wanted.account) if wanted.account is not None else None
        if wanted.account is not None and user is None:
            return Refuse(403, Cause.NOT_ALLOWED)
        self.spending.count(now)
        found = permit(snapshot, user, wanted.number, now, self.spending, hidden=wanted.hidden)
        return self._denied(found, caller) if isinstance(found, Denied) else found

    def _targets(self, snapshot: Snapshot, found: Permit, wanted: Outside, caller: Party) -> Target:
        original = None
        if caller.user_id is None and wanted.account is not None:
            shown = caller.extension if caller.extension.startswith("+") else None
            original = dialect.Original(shown, why=wanted.why)
        country = snapshot.settings.country
        target: Target | None = None
        ways = found.ways if found.emergency else found.ways[:MOST_TRIED]
        for way in reversed(ways):
            via = dialect.via(
                way.trunk,
                wanted.number,
                way.presented,
                country,
                self.provision.token(way.trunk.id),
                original=original,
                account=wanted.account,
            )
            target = dialect.target(way.trunk, via, self.place(way.trunk), country, target)
        assert target is not None
        return target

    def _make_room(self, trunk: Trunk) -> None:
        """Somebody calls for help, and all lines are taken: the youngest call that is not for help ends."""
        if not self.full(trunk):
            return
        taken = [leg for leg, one in self._legs.items() if one.via.trunk == trunk.id and not one.via.for_help]
        taken = taken or [leg for leg, came in self._came_in.items() if came == trunk.id]
        if taken:
            self._report(worded("room-for-emergency", trunk.name, values={"name": trunk.name}))
            self.hang_up(taken[-1])

    def _squeeze_in(self, trunk_id: TrunkId) -> None:
        """A call for help came to a trunk whose lines are all taken, since another one had failed."""
        trunk = self._current().trunks.get(trunk_id)
        most = trunk.capacity if trunk is not None else None
        if trunk is not None and most is not None and self.spending.concurrent(of_trunk(trunk_id)) > most:
            self._make_room(trunk)

    def place(self, trunk: Trunk) -> Place:
        """Where our media for a trunk is."""
        address = self.provision.address(trunk)
        return replace(self._media(address), signalling_ip=address)

    def _denied(self, denied: Denied, caller: Party) -> Refuse:
        reason = denied.reason
        self.denials[reason.value] = self.denials.get(reason.value, 0) + 1
        self._report(denied.problem)
        self.provision.denied(caller, denied)
        if reason in _NOT_FOUND:
            return Refuse(404, Cause.UNKNOWN_NUMBER, (denied.prompt,))
        if reason is Denial.TRUNKS_FULL:
            return Refuse(480, Cause.UNREACHABLE, (denied.prompt,))
        return Refuse(403, Cause.NOT_ALLOWED, (denied.prompt,))

    @staticmethod
    def patience(target: Target, via: Via) -> float | None:
        """Seconds until a trunk that says nothing at all is given up; None: there is no other one to try."""
        if target.otherwise is None:
            return None
        return PATIENCE_FOR_HELP if via.for_help else PATIENCE

    def credentials(self, trunk_id: TrunkId) -> ClientCredentials | None:
        """What answers the challenges of a trunk, of nobody else."""
        trunk = self._current().trunks.get(trunk_id)
        secret = self.provision.secret(trunk_id)
        username = (trunk.auth_username or trunk.username) if trunk is not None else None
        return ClientCredentials(username, secret) if username is not None and secret is not None else None

    # --- what becomes of a leg --------------------------------------------------------------------------

    def began(
        self, leg: str, via: Via, caller: Party, now: float, invite: OutgoingInvite | None = None
    ) -> None:
        """An INVITE goes out."""
        self.spending.begin(leg, via.account, via.trunk, now)
        self._legs[leg] = _Leg(via, invite)
        if via.for_help:
            self._squeeze_in(via.trunk)
            who = f"{caller.name} ({caller.extension})" if caller.name else caller.extension
            values = {"user": who, "number": via.number, "shown": via.shown or ""}
            self._report(worded("emergency-call", caller.extension, values=values))
            self.provision.emergency(caller, via.number, via.shown)

    def came_in(self, leg: str, trunk: TrunkId) -> None:
        """A call came by a trunk: it takes a line of it."""
        self._came_in[leg] = trunk
        self.spending.occupy(leg, trunk)

    def party(self, came: FromTrunk) -> Party:
        """Who calls, as he is shown: the name of the contacts, else the one the provider sent."""
        number = came.caller.number
        name = (self.provision.name(number) if number is not None else "") or came.caller.name
        return Party(number or WITHHELD, name, language=came.number.language)

    def full(self, trunk: Trunk) -> bool:
        """Whether all lines of a trunk are taken."""
        return is_full(trunk, self.spending)

    def progressed(self, leg: str) -> None:
        """A trunk took the call: it works."""
        found = self._legs.get(leg)
        if found is not None and not found.asked:
            found.asked = True
            self.spending.works(found.via.trunk)

    def follow(self, event: InviteRejected, now: float) -> OutgoingInvite | None:
        """The INVITE that follows a 3xx, where the trunk allows it; None: the call has failed.

        Only the number of the Contact counts: it is called by the same trunk, and only if the account may.
        """
        found = self._legs.get(event.session)
        if found is None or found.invite is None or event.response is None:
            return None
        snapshot = self._current()
        trunk = snapshot.trunks.get(found.via.trunk)
        if trunk is None or not trunk.redirects or event.status // 100 != 3:
            return None
        country = snapshot.settings.country
        number = moved_to(event.response, country)
        account = found.via.account
        user = snapshot.users.get(account) if account is not None else None
        if number is None or found.redirected >= MOST_REDIRECTED or (account is not None and user is None):
            return None
        permitted = permit(snapshot, user, number, now, self.spending, calling=True)
        if isinstance(permitted, Denied):
            self._denied(permitted, Party(user.extension, user.name, user.id) if user else Party(""))
            return None
        via = replace(found.via, number=number)
        uri = dialect.target(trunk, via, self.place(trunk), country).uri
        found.via, found.redirected = via, found.redirected + 1
        found.invite = replace(found.invite, uri=uri)
        return found.invite

    def hear(self, event: Event, now: float) -> None:
        """Take an event of the endpoint, about any leg."""
        match event:
            case InviteProgress(session=leg):
                self.progressed(leg)
            case InviteAccepted(session=leg):
                self.answered(leg, now)
            case InviteRejected(session=leg, status=status, reason=reason, retry_after=wait):
                self.rejected(leg, status, reason, now, wait)
            case _:
                pass

    def answered(self, leg: str, now: float) -> None:
        """Somebody answered: the time counts."""
        if leg in self._legs:
            self.progressed(leg)
            self.spending.answered(leg, now)

    def rejected(self, leg: str, status: int, reason: str, now: float, wait: int | None = None) -> None:
        """The provider refused the call, or did not answer. `wait`: seconds of Retry-After."""
        found = self._legs.get(leg)
        if found is None or found.asked:
            return
        if status in _ANSWERS_OF_PEOPLE:
            self.spending.works(found.via.trunk)
        elif status >= 500 or status in (401, 403, 407, 408):
            self.spending.failed(found.via.trunk, now + DOWN_SECONDS)
            trunk = self._current().trunks.get(found.via.trunk)
            if trunk is None:
                return
            said = failure(trunk.name, status, reason)
            if status == 503 and wait:
                rest = min(float(wait), LONGEST_REST)
                self.spending.rest(trunk.id, now + rest)
                said = say("resting", name=trunk.name, seconds=int(rest), answer=answer(status, reason))
            self._report(problem_words.of_trunk("trunk-failed", trunk.name, said))

    def ended(self, leg: str, now: float) -> None:
        """A leg is over."""
        self._legs.pop(leg, None)
        self._came_in.pop(leg, None)
        self.spending.end(leg, now)


def moved_to(response: Response, country: str) -> str | None:
    """The number that a 3xx leads to, E.164; None: none that can be read."""
    try:
        contacts = response.contacts
    except RemoteProtocolError:
        return None
    if not isinstance(contacts, tuple) or not contacts:
        return None
    return number_plan.incoming_number(number_of(contacts[0]), country)
