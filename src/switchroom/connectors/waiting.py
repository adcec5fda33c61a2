"""What is still to be written into another system, seen in the list of calls that was read from it before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from switchroom.crm.connector import Act, CancelActivity, ChangeActivity, DueCall, MarkDone


def without_waiting(calls: Sequence[DueCall], acts: Iterable[Act]) -> list[DueCall]:
    """The calls as they will be once what waits is written: done and cancelled ones are gone, changed ones
    changed, and those of another day or for somebody else are gone too."""
    left = {call.id: call for call in calls}
    for act in acts:
        match act:
            case MarkDone(activity=activity) | CancelActivity(activity=activity):
                left.pop(activity, None)
            case ChangeActivity(activity=activity) if activity in left:
                call = left[activity]
                if act.assigned_to is not None or act.due not in (None, call.due):
                    del left[activity]
                    continue
                left[activity] = replace(
                    call,
                    time=call.time if act.time is None else act.time,
                    summary=call.summary if act.summary is None else act.summary,
                    note=call.note if act.note is None else act.note,
                )
    return list(left.values())
