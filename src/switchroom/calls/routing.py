"""Where a call goes: pure functions of the applied configuration, what people set, what was dialled and when.

`route` takes what somebody of ours dialled, `arrive` an incoming number, `lead` a destination of the
configuration or of a forwarding. The rings of their hunts have no targets yet: `reach.py` finds those.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from switchroom.calls.change import replace
from switchroom.calls.hours import within
from switchroom.calls.records import Cause
from switchroom.calls.values import EnterConference as EnterConference
from switchroom.calls.values import EnterServer as EnterServer
from switchroom.calls.values import (
    Forwarded,
    Hunt,
    Last,
    Outside,
    Party,
    Prompt,
    Ring,
    Step,
    ToMailbox,
    Words,
)
from switchroom.calls.values import Refuse as Refuse
from switchroom.directory import number_plan
from switchroom.directory.ids import ConferenceId, MailboxId, RingGroupId, UserId
from switchroom.directory.model import Conference, ConferenceServer, Snapshot, User
from switchroom.directory.number_plan import Code, Feature
from switchroom.directory.outside import Destination, DestinationKind, IncomingNumber, Mailbox, RingGroup
from switchroom.directory.personal import UNSET, Forward, Personal, personal_problems
from switchroom.sip.uri import OtherUri, SipUri, Uri

MOST_FORWARDED = 5
"""How often a call is forwarded before it is refused."""


@dataclass(frozen=True, slots=True)
class HuntPlan:
    """Look for somebody. `callee` is who was called, whoever answers."""

    callee: Party
    hunt: Hunt


@dataclass(frozen=True, slots=True)
class EchoTest:
    """Let the caller hear itself."""


@dataclass(frozen=True, slots=True)
class Change:
    """Change the caller's own settings, and say what they are now (D2-07)."""

    user: UserId
    settings: Personal
    said: Prompt
    digits: str = ""
    """Read back."""


@dataclass(frozen=True, slots=True)
class OpenMailbox:
    """Let the caller open his mailbox; None: he is asked for another one's extension."""

    mailbox: MailboxId | None


@dataclass(frozen=True, slots=True)
class Park:
    """Have a call wait in an orbit."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Answer, say something, and hang up."""

    words: tuple[Words, ...]


Plan = HuntPlan | EchoTest | Change | OpenMailbox | Park | Tell | Last


@dataclass(frozen=True, slots=True)
class Known:
    """What routing goes by."""

    snapshot: Snapshot
    personal: Callable[[UserId], Personal] = lambda user: UNSET
    busy: Callable[[UserId], bool] = lambda user: False
    """Whether a user is in a call, calls, or is being rung."""
    now: float = 0.0


_BUSY = Refuse(486, Cause.BUSY)
_UNANSWERED = Refuse(480, Cause.NO_ANSWER)
_UNKNOWN = Refuse(404, Cause.UNKNOWN_NUMBER, (Prompt.NUMBER_UNKNOWN,))
LOOP = Refuse(482, Cause.UNREACHABLE, (Prompt.NOT_AVAILABLE,))
"""Forwardings lead in a circle, or too far."""
_HANG_UP = Refuse(603, Cause.DECLINED)
_IN_CIRCLES = Refuse(480, Cause.NOT_ALLOWED, (Prompt.FORWARD_LOOP,))
_NOTHING_RINGS = Refuse(480, Cause.UNREACHABLE, (Prompt.NOTHING_RINGS,))
_NO_BOX = Refuse(480, Cause.UNREACHABLE, (Prompt.NOT_AVAILABLE,))


def dialled(uri: Uri) -> str:
    """What was dialled, by the request URI: the user part without parameters (RFC 3261 §19.1.6), or the tel
    number."""
    if isinstance(uri, SipUri):
        return uri.username.split(";", 1)[0]
    if isinstance(uri, OtherUri) and uri.scheme == "tel":
        return uri.rest.split(";", 1)[0]
    return ""


# --- the three doors ---------------------------------------------------------------------------------------


def route(known: Known, number: str, caller: UserId | None = None) -> Plan:
    """Decide where `number` leads. `caller`: the user who dialled it, on whose account it goes outside."""
    found = known.snapshot.by_extension.get(number)
    if found is None:
        code = number_plan.code_of(number)
        return _outside(known, number, caller) if code is None else _feature(known, code, caller)
    if number_plan.is_emergency(number, known.snapshot.settings.country):
        return _call_out(number, caller)
    match found:
        case Conference():
            return EnterConference(found)
        case ConferenceServer():
            return EnterServer(found)
        case User():
            return _user(known, found, frozenset())
        case RingGroup():
            return _group(known, found, frozenset())
        case Mailbox():
            return _mailbox(known, found.id)


def arrive(known: Known, number: IncomingNumber) -> Plan:
    """Where a caller of an incoming number is led now (S1-12): by its destination, or, outside its hours, by
    the other one."""
    return lead(known, _now_at(known, number))


def _now_at(known: Known, number: IncomingNumber) -> Destination:
    zone = known.snapshot.settings.time_zone
    if not number.schedule or within(number.schedule, known.now, zone):
        return number.destination
    return number.otherwise or Destination(DestinationKind.HANG_UP)


def _inside(known: Known, destination: Destination) -> Destination:
    """A number of ours is where it leads now: the call does not go out to come in again, maybe in circles."""
    if destination.kind is DestinationKind.NUMBER:
        own = known.snapshot.by_number.get(destination.target)
        if own is not None and own.destination.kind is not DestinationKind.NOT_CONFIGURED:
            return _now_at(known, own)
    return destination


def lead(
    known: Known,
    destination: Destination,
    account: UserId | None = None,
    *,
    confirm: bool = False,
    been: frozenset[str] = frozenset(),
    why: Forwarded = Forwarded.ALWAYS,
) -> Plan:
    """Where a destination leads.

    `account`: who set it, on whose rights a number outside is called, and `why`; `confirm`: who answers
    outside presses 1; `been`: whose forwardings the call has followed.
    """
    destination = _inside(known, destination)
    snapshot, target = known.snapshot, destination.target
    match destination.kind:
        case DestinationKind.EXTENSION:
            user = snapshot.users.get(UserId(target))
            return _UNKNOWN if user is None else _user(known, user, been)
        case DestinationKind.RING_GROUP:
            group = snapshot.ring_groups.get(RingGroupId(target))
            return _UNKNOWN if group is None else _group(known, group, been)
        case DestinationKind.CONFERENCE:
            room = snapshot.conferences.get(ConferenceId(target))
            return _UNKNOWN if room is None else EnterConference(room)
        case DestinationKind.CONFERENCE_SERVER:
            server = snapshot.conference_server
            return _UNKNOWN if server is None else EnterServer(server)
        case DestinationKind.VOICEMAIL:
            return _mailbox(known, target)
        case DestinationKind.NUMBER:
            return _call_out(target, account, confirm=confirm, why=why)
        case DestinationKind.HANG_UP:
            return _HANG_UP
        case DestinationKind.NOT_CONFIGURED:
            return _UNKNOWN


# --- people ------------------------------------------------------------------------------------------------


def party_of(user: User) -> Party:
    """A user as who is called."""
    return Party(user.extension, user.name, user.id, None, user.language)


def _user(known: Known, user: User, been: frozenset[str]) -> Plan:
    """A user's phones, and what he set for when they do not answer (B3-04 to B3-07)."""
    own = known.personal(user.id)
    if own.always is not None:
        if user.id in been or len(been) >= MOST_FORWARDED:
            return LOOP
        return _always(known, user, own, own.always, been | {user.id})
    busy = _tried(known, user, own, own.busy, own.busy_voicemail, _BUSY)
    if own.do_not_disturb or _occupied(known, user):
        return HuntPlan(party_of(user), busy) if isinstance(busy, Hunt) else busy or _BUSY
    unanswered = _tried(known, user, own, own.no_answer, own.no_answer_voicemail, _UNANSWERED)
    # Where there is nothing else to try, the caller is told what the phones said.
    if own.follow_me_on and own.follow_me:
        end = None if isinstance(unanswered, Hunt | Refuse) else unanswered
        found = _list(known, user, own, own.follow_me, end, Forwarded.ALWAYS)
        return HuntPlan(party_of(user), found if isinstance(found, Hunt) else Hunt((), found, found))
    after_busy, after_all = (None if isinstance(end, Refuse) else end for end in (busy, unanswered))
    seconds = user.ring_seconds or known.snapshot.settings.ring_seconds
    step = Step((Ring(party_of(user)),), float(seconds))
    return HuntPlan(party_of(user), Hunt((step,), after_busy, after_all))


def _always(known: Known, user: User, own: Personal, to: Destination, been: frozenset[str]) -> Plan:
    """Past his phones. A call that nobody takes outside goes to his mailbox, where he wants that."""
    to = _inside(known, to)
    plan = lead(known, to, user.id, confirm=own.confirm_outside, been=been)
    if not isinstance(plan, HuntPlan) or to.kind is not DestinationKind.NUMBER or not user.voicemail:
        return plan
    box = ToMailbox(MailboxId(user.id))
    busy, unanswered = (box if wanted else None for wanted in (own.busy_voicemail, own.no_answer_voicemail))
    return replace(plan, hunt=Hunt(plan.hunt.steps, busy, unanswered))


def _occupied(known: Known, user: User) -> bool:
    return not user.call_waiting and known.busy(user.id)


def _tried(
    known: Known, user: User, own: Personal, forwards: tuple[Forward, ...], voicemail: bool, last: Refuse
) -> Hunt | Last | None:
    """One list of forwardings, and the mailbox as a last resort. With Follow Me there is no list (B3-07)."""
    busy = last is _BUSY and not own.do_not_disturb
    why = Forwarded.BUSY if last is _BUSY else Forwarded.NO_ANSWER
    end: Last = ToMailbox(MailboxId(user.id), busy) if voicemail and user.voicemail else last
    if own.follow_me_on:
        return end
    return _list(known, user, own, forwards, end, why)


def _list(
    known: Known, user: User, own: Personal, forwards: tuple[Forward, ...], end: Last | None, why: Forwarded
) -> Hunt | Last | None:
    """The steps of a list: who stands in it is rung as he is, whatever he forwards himself. It ends where it
    leads to what always answers, a mailbox or a conference."""
    steps: list[Step] = []
    for forward in forwards:
        to = _inside(known, forward.destination)
        if to.kind in _RUNG:
            rings = _rings(known, user, own, to, why)
            if rings:
                steps.append(Step(rings, float(forward.seconds)))
            continue
        plan = lead(known, to)
        if isinstance(plan, Last):
            end = plan
            break
    return Hunt(tuple(steps), end, end) if steps else end


_RUNG = frozenset({DestinationKind.EXTENSION, DestinationKind.RING_GROUP, DestinationKind.NUMBER})


def _rings(
    known: Known, user: User, own: Personal, destination: Destination, why: Forwarded
) -> tuple[Ring, ...]:
    match destination.kind:
        case DestinationKind.EXTENSION:
            other = known.snapshot.users.get(UserId(destination.target))
            return () if other is None else _free(known, (other,))
        case DestinationKind.RING_GROUP:
            group = known.snapshot.ring_groups.get(RingGroupId(destination.target))
            return () if group is None else _free(known, _members(known, group))
        case DestinationKind.NUMBER:
            number = destination.target
            return (Ring(Party(number), (), own.confirm_outside, Outside(number, user.id, why=why)),)
        case _:
            return ()


def _free(known: Known, users: tuple[User, ...]) -> tuple[Ring, ...]:
    """Those who may be rung now."""
    return tuple(Ring(party_of(user)) for user in users if takes_calls(known, user))


def takes_calls(known: Known, user: User) -> bool:
    """Whether a user may be rung now by a list or a group."""
    return not known.personal(user.id).do_not_disturb and not _occupied(known, user)


# --- groups, mailboxes -------------------------------------------------------------------------------------


def _members(known: Known, group: RingGroup) -> tuple[User, ...]:
    users = known.snapshot.users
    return tuple(users[member] for member in group.members if member in users)


def _group(known: Known, group: RingGroup, been: frozenset[str]) -> Plan:
    """A ring group, together or in turn (D2-04). Members' own forwardings do not count: the group has its
    own."""
    if group.id in been or len(been) >= MOST_FORWARDED:
        return LOOP
    rings = _free(known, _members(known, group))
    together = () if not rings else (rings,)
    seconds = float(group.ring_seconds)
    turns = tuple((ring,) for ring in rings) if group.in_turn else together
    after: Hunt | Last | None = None
    if group.otherwise is not None:
        plan = lead(known, group.otherwise, been=been | {group.id})
        if isinstance(plan, HuntPlan):
            after = plan.hunt
        elif isinstance(plan, Last):
            after = plan
    party = Party(group.extension, group.name)
    return HuntPlan(party, Hunt(tuple(Step(turn, seconds) for turn in turns), after, after))


def _mailbox(known: Known, box_id: str) -> Plan:
    return ToMailbox(MailboxId(box_id)) if known.snapshot.has_mailbox(box_id) else _NO_BOX


# --- numbers and codes -------------------------------------------------------------------------------------


def _outside(known: Known, number: str, caller: UserId | None, *, hidden: bool = False) -> Plan:
    snapshot = known.snapshot
    match number_plan.read(number, snapshot.settings.country):
        case number_plan.DialledEmergency():
            return _call_out(number, caller)
        case number_plan.DialledNumber(e164):
            to = Destination(DestinationKind.NUMBER, e164)
            if _inside(known, to) is not to:
                return lead(known, to)
            own_wish = caller is not None and known.personal(caller).hide_number
            return _call_out(e164, caller, hidden=hidden or own_wish)
        case _:
            return _UNKNOWN


def _call_out(
    number: str,
    account: UserId | None,
    *,
    confirm: bool = False,
    hidden: bool = False,
    why: Forwarded = Forwarded.TRANSFERRED,
) -> HuntPlan:
    party = Party(number)
    ring = Ring(party, (), confirm, Outside(number, account, hidden, why))
    return HuntPlan(party, Hunt((Step((ring,), OUTSIDE_SECONDS),)))


OUTSIDE_SECONDS = 180.0
"""How long a dialled number rings: as long as its network lets it (RFC 3261 §16.6, timer C)."""


def _feature(known: Known, code: Code, caller: UserId | None) -> Plan:
    """A feature code; those that are for users only are unknown to anybody else."""
    snapshot = known.snapshot
    if code.feature is Feature.ECHO_TEST:
        return EchoTest()
    if code.feature is Feature.VOICEMAIL_OF:
        found = snapshot.by_extension.get(code.rest)
        return _mailbox(known, found.id) if isinstance(found, User | Mailbox) else _UNKNOWN
    if caller is None:
        return _UNKNOWN
    own = known.personal(caller)
    match code.feature:
        case Feature.HIDE_NUMBER:
            inside = code.rest in snapshot.by_extension
            return (
                route(known, code.rest, caller) if inside else _outside(known, code.rest, caller, hidden=True)
            )
        case Feature.FORWARD:
            return _forward(known, own, code.rest, caller)
        case Feature.VOICEMAIL:
            box = snapshot.mailbox(caller)
            return OpenMailbox(None if box is None else box.id)
        case Feature.FORWARD_OFF:
            return Change(caller, replace(own, always=None), Prompt.FORWARD_OFF)
        case Feature.DO_NOT_DISTURB:
            return Change(caller, replace(own, do_not_disturb=True), Prompt.DO_NOT_DISTURB)
        case Feature.DO_NOT_DISTURB_OFF:
            return Change(caller, replace(own, do_not_disturb=False), Prompt.DO_NOT_DISTURB_OFF)
        case Feature.PARK:
            return Park()
        case Feature.PICK_UP:
            # One that rings was taken before it came here (`moving.py`).
            return _NOTHING_RINGS


def _forward(known: Known, own: Personal, number: str, caller: UserId) -> Plan:
    """Have all calls to the caller go to a number: what is set is what would be rung."""
    to = _destination(known, number)
    if to is None:
        return _UNKNOWN
    changed = replace(own, always=to)
    if any(one.path == "always" for one in personal_problems(changed, caller, known.snapshot)):
        return _IN_CIRCLES if to == Destination(DestinationKind.EXTENSION, caller) else _UNKNOWN
    others = known.personal
    then = replace(known, personal=lambda user: changed if user == caller else others(user))
    if lead(then, Destination(DestinationKind.EXTENSION, caller)) is LOOP:
        return _IN_CIRCLES
    digits = to.target if to.kind is DestinationKind.NUMBER else number
    return Change(caller, changed, Prompt.FORWARDED_TO, "".join(filter(str.isdigit, digits)))


def sent_on(known: Known, user: User, number: str, why: Forwarded) -> tuple[Ring, ...] | Last:
    """Where a phone of a user's sends his calls on to: whom it names is rung as by a list of his, on his
    rights. Nobody: it leads nowhere, or back to himself."""
    own = known.personal(user.id)
    code = number_plan.code_of(number)
    if code is not None and code.feature is Feature.VOICEMAIL_OF:
        plan = _feature(known, code, user.id)
        return plan if isinstance(plan, ToMailbox) else ()
    to = _destination(known, number)
    if to is None or to == Destination(DestinationKind.EXTENSION, user.id):
        return ()
    to = _inside(known, to)
    if to.kind in _RUNG:
        return _rings(known, user, own, to, why)
    plan = lead(known, to)
    return plan if isinstance(plan, Last) and not isinstance(plan, Refuse) else ()


def _destination(known: Known, number: str) -> Destination | None:
    """What a number is, as a destination; None: nothing that calls can be forwarded to."""
    match known.snapshot.by_extension.get(number):
        case User(id=target):
            return Destination(DestinationKind.EXTENSION, target)
        case RingGroup(id=target):
            return Destination(DestinationKind.RING_GROUP, target)
        case Conference(id=target):
            return Destination(DestinationKind.CONFERENCE, target)
        case ConferenceServer():
            return Destination(DestinationKind.CONFERENCE_SERVER)
        case Mailbox(id=target):
            return Destination(DestinationKind.VOICEMAIL, target)
    match number_plan.read(number, known.snapshot.settings.country):
        case number_plan.DialledNumber(e164):
            return Destination(DestinationKind.NUMBER, e164)
        case _:
            return None


def language_of(snapshot: Snapshot, caller: Party, *places: Conference | ConferenceServer | None) -> str:
    """The language a caller is spoken to in: the conference's, else the conference server's where he called
    that, else his own, else the system's (G-09)."""
    spoken = (place.language for place in places if place is not None and place.language)
    return next(spoken, None) or caller.language or snapshot.settings.language
