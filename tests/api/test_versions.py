"""What a change means for calls, rooms and phones of now, in words."""

from __future__ import annotations

import pytest

from switchroom.api.ports import LiveCall, LiveParticipant, LiveParty, LiveRegistration, LiveRoom
from switchroom.api.versions import Present, change_views
from switchroom.directory import Change, ChangeKind

ANNA = LiveParty("201", "Anna", "a")


def present(inside: int, phones: int = 0, calls: int = 0) -> Present:
    people = [LiveParticipant(str(number), "201", "Anna", 0.0) for number in range(inside)]
    return Present(
        [LiveRoom("c", "Board", "8002", False, people)],
        [LiveCall(str(number), "talking", 0.0, None, ANNA, "202") for number in range(calls)],
        [LiveRegistration(str(n), "a", "201", None, "", "UDP", "", "", 0.0) for n in range(phones)],
    )


CODE = Change("conferences/c/access_code", ChangeKind.CHANGED, "", "conferences", "c", "access_code")
GONE = Change("conferences/c", ChangeKind.REMOVED, "", "conferences", "c")
USER_GONE = Change("users/a", ChangeKind.REMOVED, "", "users", "a")
EXTENSION = Change("users/a/extension", ChangeKind.CHANGED, "", "users", "a", "extension")
LONGEST = Change(
    "settings/max_call_seconds", ChangeKind.CHANGED, "", "settings", "settings", "max_call_seconds"
)


@pytest.mark.parametrize(
    ("change", "now", "words"),
    [
        (CODE, present(3), "3 people inside are not affected"),
        (CODE, present(1), "1 person inside is not affected"),
        (CODE, present(0), None),
        (GONE, present(1), "1 person inside stays until they leave"),
        (GONE, present(2), "2 people inside stay until they leave"),
        (USER_GONE, present(0, 2), "2 phones are signed off; a running call goes on"),
        (USER_GONE, present(3), None),
        (EXTENSION, present(0, 1), "1 phone stays registered with the user name it has"),
        (LONGEST, present(0, 0, 1), "1 running call is not affected"),
        (LONGEST, present(0, 0, 7), "7 running calls are not affected"),
        (LONGEST, present(5), None),
        (Change("conferences/x", ChangeKind.ADDED, "", "conferences", "x"), present(3), None),
        (Change("conferences/c/name", ChangeKind.CHANGED, "of an old revision"), present(3), None),
    ],
)
def test_s1_08_consequences(change: Change, now: Present, words: str | None) -> None:
    (view,) = change_views([change], now)
    assert view.consequence == words
    assert (view.consequence_id is None) == (words is None)
    assert change_views([change])[0].consequence is None
