"""What a user sets himself and what acts at once: forwardings, Follow Me, do not disturb. In no revision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from switchroom.directory.ids import UserId
from switchroom.directory.model import Snapshot
from switchroom.directory.outside import Destination, DestinationKind
from switchroom.directory.problem import Problem, problem, within
from switchroom.directory.validate import is_time_zone
from switchroom.directory.validate_outside import forward_problems

FORWARD_SECONDS = range(5, 121)
MOST_FORWARDS = 10


@dataclass(frozen=True, slots=True)
class Forward:
    """A destination that is tried for so many seconds."""

    destination: Destination
    seconds: int = 20


@dataclass(frozen=True, slots=True)
class Personal:
    """A user's own settings (B3-04 to B3-07). The lists are tried in order."""

    always: Destination | None = None
    """Where every call goes, past his phones."""
    follow_me: tuple[Forward, ...] = ()
    follow_me_on: bool = False
    """Only `follow_me` rings: not his own phones, and no forwardings (B3-07)."""
    no_answer: tuple[Forward, ...] = ()
    no_answer_voicemail: bool = False
    """His mailbox as a last resort (B3-05)."""
    busy: tuple[Forward, ...] = ()
    busy_voicemail: bool = False
    confirm_outside: bool = True
    """Who answers outside presses 1, or the call goes on (D2-06)."""
    do_not_disturb: bool = False
    hide_number: bool = False
    """Calls outside do not show his number."""
    time_zone: str | None = None
    """Where his days begin and end; None: where the system's do."""


UNSET = Personal()
"""Of who never set anything."""


def personal_problems(
    personal: Personal,
    user_id: UserId,
    snapshot: Snapshot,
    others: Callable[[UserId], Personal] = lambda user: UNSET,
) -> list[Problem]:
    """What is wrong with a user's settings, seen from the applied configuration and from what `others` set;
    paths are field names."""
    return list(_problems(personal, user_id, snapshot, others))


def _problems(
    personal: Personal, user_id: UserId, snapshot: Snapshot, others: Callable[[UserId], Personal]
) -> Iterator[Problem]:
    if personal.always is not None:
        yield from forward_problems("always", personal.always, snapshot)
        if _comes_back(personal.always, user_id, others):
            yield _own("always")
    if personal.follow_me_on and not personal.follow_me:
        yield problem("follow_me", "destinations-missing", "Add a destination: nothing else rings.")
    for field in ("follow_me", "no_answer", "busy"):
        forwards: tuple[Forward, ...] = getattr(personal, field)
        if len(forwards) > MOST_FORWARDS:
            yield problem(field, "too-many", "At most {most} may stand here.", most=MOST_FORWARDS)
        for index, forward in enumerate(forwards):
            path = f"{field}/{index}"
            yield from forward_problems(f"{path}/destination", forward.destination, snapshot)
            yield from within(f"{path}/seconds", forward.seconds, FORWARD_SECONDS, "The time", "seconds")
            if _is_self(forward.destination, user_id):
                yield _own(f"{path}/destination")
    if personal.time_zone is not None and not is_time_zone(personal.time_zone):
        text = "A time zone is a name of the IANA list, such as Europe/Paris or America/New_York."
        yield problem("time_zone", "time-zone-unknown", text)
    for field in ("no_answer_voicemail", "busy_voicemail"):
        if getattr(personal, field) and snapshot.mailbox(user_id) is None:
            yield problem(
                field, "voicemail-missing", "There is no mailbox: an administrator can switch it on."
            )


def _comes_back(always: Destination, user_id: UserId, others: Callable[[UserId], Personal]) -> bool:
    """Whether a call that is forwarded from person to person meets one of them again."""
    been, to = {user_id}, always
    while to.kind is DestinationKind.EXTENSION:
        person = UserId(to.target)
        if person in been:
            return True
        been.add(person)
        further = others(person).always
        if further is None:
            return False
        to = further
    return False


def _is_self(destination: Destination, user_id: UserId) -> bool:
    return destination == Destination(DestinationKind.EXTENSION, user_id)


def _own(path: str) -> Problem:
    return problem(path, "destination-loop", "The call would come back to where it was forwarded from.")
