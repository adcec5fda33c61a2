"""A call as each of our people sees it: who the other one was, and what stands of it on a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from switchroom.crm.connector import CallNote
from switchroom.directory import Snapshot, UserId
from switchroom.directory.number_plan import FEATURES, Feature, code_of
from switchroom.directory.typed import TypedKind, read_typed
from switchroom.happenings import CallFacts
from switchroom.store.records import state_of

CALL = "call"
"""`calls.records.CallKind` of what is no conference, no test and no refusal."""


@dataclass(frozen=True, slots=True)
class Side:
    """One person's side of a call."""

    user: UserId | None
    """None: it was for us, and nobody of us answered."""
    outgoing: bool
    number: str
    """Of the other one: E.164 or an extension; empty: he showed none."""
    name: str


def dialled(text: str, snapshot: Snapshot) -> str:
    """What is dialled for a number in any form: E.164 or an extension; empty: neither."""
    code = code_of(text.strip())
    if code is not None and code.feature is Feature.HIDE_NUMBER:
        text = code.rest
    typed = read_typed(text, snapshot.settings.country, snapshot.by_extension.__contains__, FEATURES)
    kinds = (TypedKind.EXTENSION, TypedKind.NUMBER)
    return typed.dial if typed.kind in kinds and not typed.emergency else ""


def sides(call: CallFacts, snapshot: Snapshot) -> Sequence[Side]:
    """Those of ours who were in a call with somebody; a missed call that was for nobody in particular is one.

    Conferences have minutes of their own.
    """
    if call.kind != CALL:
        return ()
    found = []
    if call.caller_user is not None:
        number = dialled(call.callee_number or "", snapshot) or dialled(call.dialled, snapshot)
        found.append(Side(UserId(call.caller_user), True, number, call.callee_name))
    if call.callee_user is not None or (call.caller_user is None and call.direction == "in"):
        who = UserId(call.callee_user) if call.callee_user is not None else None
        found.append(Side(who, False, dialled(call.caller_number, snapshot), call.caller_name))
    return found


def ended(call: CallFacts) -> str:
    """running, answered, missed, refused or failed."""
    return state_of(call.kind, call.answered_at, call.ended_at, call.cause).value


def call_note(call: CallFacts, side: Side, name: str, note: str, outcome: str) -> CallNote:
    """What stands of it in a record's chatter."""
    talked = call.answered_at is not None and call.ended_at is not None
    return CallNote(
        call_id=call.id,
        direction="out" if side.outgoing else "in",
        number=side.number,
        name=name or side.name,
        started_at=call.started_at,
        seconds=round((call.ended_at or 0.0) - (call.answered_at or 0.0), 3) if talked else None,
        ended=ended(call),
        note=note,
        outcome=outcome,
    )
