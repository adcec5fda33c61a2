"""The devices that are rung together for one call: their legs, their INVITEs, and how ringing stops. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from switchroom.calls import answers
from switchroom.calls.call import Facts
from switchroom.calls.change import replace
from switchroom.calls.commands import Command, Commands, HangUpLeg, InviteLeg, ReportProblem
from switchroom.calls.leg import Leg, NotAcceptable, bound, completed, offering, open_command
from switchroom.calls.problem_words import worded
from switchroom.calls.values import Party, Ring, Target
from switchroom.media.offer_answer import SrtpPolicy
from switchroom.media.types import CloseLeg, CodecName, LegId
from switchroom.sip.headers import Reason

ELSEWHERE = (Reason("SIP", 200, "Call completed elsewhere"),)
DECLINED_ELSEWHERE = (Reason("SIP", 603, "Declined"),)
NO_ANSWER = (Reason("SIP", 480, "No answer"),)
GAVE_UP = (Reason("SIP", 487, "The caller hung up"),)
MAX_BRANCHES = 16
"""Of one person."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One device being rung."""

    leg: Leg
    target: Target
    confirm: bool = False
    """Who answers has to press 1."""
    rings: bool = False
    """It said so."""
    asked: bool = False
    """It answered, and the key is awaited."""


Branches = tuple[Branch, ...]


def branches_for(facts: Facts, rings: Iterable[Ring], rung: int = 0) -> Branches:
    """One branch for each target, `MAX_BRANCHES` at most of one ring; their ports are to be opened.

    `rung`: how many branches the call had before.
    """
    chosen = [(ring, target) for ring in rings for target in ring.targets[:MAX_BRANCHES]]
    return tuple(
        _branch(facts, facts.branch_id(number), ring.party, target, ring.confirm)
        for number, (ring, target) in enumerate(chosen, rung + 1)
    )


def _branch(facts: Facts, leg_id: LegId, called: Party, target: Target, confirm: bool) -> Branch:
    party = replace(called, device_id=target.device_id)
    srtp: SrtpPolicy = "offer" if target.srtp and not target.browser else "no"
    codecs = target.trunk.codecs if target.trunk is not None else ()
    leg = Leg(leg_id, party, target.place, facts.secret(leg_id), srtp, target.browser, codecs)
    return Branch(leg, target, confirm)


def find(branches: Branches, leg: LegId) -> Branch | None:
    """The branch of a leg."""
    return next((branch for branch in branches if branch.leg.id == leg), None)


def changed(branches: Branches, leg: Leg) -> Branches:
    """The branches with a leg of theirs as it is now."""
    return tuple(replace(branch, leg=leg) if branch.leg.id == leg.id else branch for branch in branches)


def swapped(branches: Branches, changed: Branch) -> Branches:
    """The branches with one of them as it is now."""
    return tuple(changed if branch.leg.id == changed.leg.id else branch for branch in branches)


def without(branches: Branches, leg: LegId) -> Branches:
    """The branches that are left."""
    return tuple(branch for branch in branches if branch.leg.id != leg)


def placed(branches: Branches, leg: LegId, port: int, rtcp_port: int) -> Branches:
    """The branches once the ports of a leg are known."""
    branch = find(branches, leg)
    return branches if branch is None else changed(branches, bound(branch.leg, port, rtcp_port))


def offered(branches: Branches, codecs: tuple[CodecName, ...] = ()) -> Branches:
    """The branches with an offer each: `codecs` first."""
    return tuple(replace(branch, leg=offering(branch.leg, codecs)) for branch in branches)


def invite(facts: Facts, branch: Branch, shown: Party) -> InviteLeg:
    """Ring a device; `shown` is who it says is calling."""
    leg, moved = branch.leg, facts.moved
    by = moved.by if moved is not None and not moved.back else None
    return InviteLeg(leg.id, branch.target, shown, leg.party, leg.sdp, facts.max_forwards - 1, by)


def agreed(leg: Leg, sdp: bytes | None) -> Leg:
    """The leg of a device that answered. Raises NotAcceptable."""
    if sdp is not None and (leg.offer is not None or leg.media is None):
        leg = completed(leg, sdp)
    if leg.media is None:
        raise NotAcceptable("An answer without a description")
    return replace(leg, offer=None)


def stopped(branches: Iterable[Branch], reasons: tuple[Reason, ...]) -> list[Command]:
    """Stop these devices and close their legs."""
    commands: list[Command] = []
    for branch in branches:
        commands += [HangUpLeg(branch.leg.id, reasons), CloseLeg(leg=branch.leg.id)]
    return commands


def plain_wanted(branch: Branch, status: int) -> bool:
    """Whether a phone may have refused because it was offered SRTP. A trunk with SRTP never goes without."""
    return status in answers.INCOMPATIBLE and branch.target.srtp and branch.target.trunk is None


def offered_plain(facts: Facts, branches: Branches, refused: Branch) -> tuple[Branches, Commands]:
    """A phone on TLS that does not do SRTP is to be rung again without it; the administrator is told."""
    target = replace(refused.target, srtp=False)
    leg_id = LegId(f"{refused.leg.id}-plain")
    leg = Leg(leg_id, refused.leg.party, target.place, facts.secret(leg_id))
    who = refused.leg.party.extension
    again = replace(refused, leg=leg, target=target)
    following = tuple(again if branch is refused else branch for branch in branches)
    return following, (ReportProblem(worded("srtp-refused", who, values={"who": who})), open_command(leg))


def next_trunk(branch: Branch, status: int) -> bool:
    """Whether another trunk is to be tried: there is one, and the answer says that this one can not reach
    anybody, and not what the called person says.

    Once the person rings, a timeout is his; once something was heard of the other side, everything is.
    """
    if branch.target.otherwise is None or branch.leg.media is not None:
        return False
    if branch.target.trunk is not None and branch.target.trunk.for_help:
        return True  # for help, any way is tried
    return 500 <= status < 600 or (status in _NOT_THIS_TRUNK and not branch.rings)


_NOT_THIS_TRUNK = frozenset({401, 407, 408})
"""Our credentials are refused there, or nobody answers at all."""


def instead(facts: Facts, branches: Branches, failed: Branch) -> tuple[Branches, Commands]:
    """The next trunk takes the place of one that failed."""
    target = failed.target.otherwise
    assert target is not None
    again = _branch(facts, LegId(f"{failed.leg.id}-next"), failed.leg.party, target, failed.confirm)
    return tuple(again if one is failed else one for one in branches), (open_command(again.leg),)


def plain_placed(
    branches: Branches, leg_id: LegId, port: int, rtcp_port: int, codecs: tuple[CodecName, ...] = ()
) -> tuple[Branches, Branch | None]:
    """The port of a leg that is offered again is known: the branch to ring, if there is one."""
    branch = find(branches, leg_id)
    if branch is None or branch.leg.port:
        return branches, None
    branch = replace(branch, leg=offering(bound(branch.leg, port, rtcp_port), codecs))
    return changed(branches, branch.leg), branch
