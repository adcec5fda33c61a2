"""The devices that are rung together for one call: their legs, their INVITEs, and how ringing stops. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from switchroom.calls.call import Facts
from switchroom.calls.change import replace
from switchroom.calls.commands import Command, Commands, HangUpLeg, InviteLeg, ReportProblem
from switchroom.calls.leg import Leg, NotAcceptable, bound, completed, offering, open_command
from switchroom.calls.values import Party, Problem, Target
from switchroom.media.offer_answer import SrtpPolicy
from switchroom.media.types import CloseLeg, CodecName, LegId
from switchroom.sip.headers import Reason

ELSEWHERE = (Reason("SIP", 200, "Call completed elsewhere"),)
DECLINED_ELSEWHERE = (Reason("SIP", 603, "Declined"),)
NO_ANSWER = (Reason("SIP", 480, "No answer"),)
GAVE_UP = (Reason("SIP", 487, "The caller hung up"),)
MAX_BRANCHES = 16
"""Devices rung for one call."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One device being rung."""

    leg: Leg
    target: Target


Branches = tuple[Branch, ...]


def branches_for(facts: Facts, targets: Iterable[Target]) -> Branches:
    """One branch for each device of `facts.callee`, `MAX_BRANCHES` at most; their ports are to be opened."""
    assert facts.callee is not None
    chosen = tuple(targets)[:MAX_BRANCHES]
    return tuple(_branch(facts, facts.callee, number, target) for number, target in enumerate(chosen, 1))


def _branch(facts: Facts, callee: Party, number: int, target: Target) -> Branch:
    leg_id = facts.branch_id(number)
    party = replace(callee, device_id=target.device_id)
    srtp: SrtpPolicy = "offer" if target.srtp and not target.browser else "no"
    leg = Leg(leg_id, party, target.place, facts.secret(leg_id), srtp, target.browser)
    return Branch(leg, target)


def find(branches: Branches, leg: LegId) -> Branch | None:
    """The branch of a leg."""
    return next((branch for branch in branches if branch.leg.id == leg), None)


def changed(branches: Branches, leg: Leg) -> Branches:
    """The branches with a leg of theirs as it is now."""
    return tuple(replace(branch, leg=leg) if branch.leg.id == leg.id else branch for branch in branches)


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
    assert facts.callee is not None
    leg = branch.leg
    return InviteLeg(leg.id, branch.target, shown, facts.callee, leg.sdp, facts.max_forwards - 1)


def agreed(leg: Leg, sdp: bytes | None) -> Leg:
    """The leg of a device that answered. Raises NotAcceptable."""
    if sdp is not None and (leg.offer is not None or leg.media is None):
        leg = completed(leg, sdp)
    if leg.media is None:
        raise NotAcceptable("An answer without a description")
    return replace(leg, offer=None)


def stopped(branches: Branches, reasons: tuple[Reason, ...]) -> list[Command]:
    """Stop these devices and close their legs."""
    commands: list[Command] = []
    for branch in branches:
        commands += [HangUpLeg(branch.leg.id, reasons), CloseLeg(leg=branch.leg.id)]
    return commands


def offered_plain(facts: Facts, branches: Branches, refused: Branch) -> tuple[Branches, Commands]:
    """A phone on TLS that does not do SRTP is to be rung again without it; the administrator is told."""
    target = replace(refused.target, srtp=False)
    leg_id = LegId(f"{refused.leg.id}-plain")
    leg = Leg(leg_id, refused.leg.party, target.place, facts.secret(leg_id))
    who = refused.leg.party.extension
    text = f"A phone of {who} is connected by TLS but refuses encrypted media (SRTP): switch it on there."
    following = tuple(Branch(leg, target) if branch is refused else branch for branch in branches)
    return following, (ReportProblem(Problem("srtp-refused", who, text)), open_command(leg))


def plain_placed(
    branches: Branches, leg_id: LegId, port: int, rtcp_port: int, codecs: tuple[CodecName, ...] = ()
) -> tuple[Branches, Branch | None]:
    """The port of a leg that is offered again is known: the branch to ring, if there is one."""
    branch = find(branches, leg_id)
    if branch is None or branch.leg.port:
        return branches, None
    branch = replace(branch, leg=offering(bound(branch.leg, port, rtcp_port), codecs))
    return changed(branches, branch.leg), branch
