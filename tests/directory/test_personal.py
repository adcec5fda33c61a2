"""directory/personal.py: the rules of forwardings (B3-04 to B3-07), seen from what is applied."""

from __future__ import annotations

from typing import Any

import pytest

from switchroom.directory import Destination, DestinationKind
from switchroom.directory.document import entry_from_document, entry_to_document
from switchroom.directory.personal import Forward, Personal, personal_problems
from tests.directory.outside import ANNA, BRUNO, outside

OUTSIDE = Destination(DestinationKind.NUMBER, "+32470123456")
TO_BRUNO = Destination(DestinationKind.EXTENSION, BRUNO.id)
TO_ANNA = Destination(DestinationKind.EXTENSION, ANNA.id)


def test_b3_04_lists_of_users_and_numbers_each_with_its_time() -> None:
    personal = Personal(
        always=Destination(DestinationKind.RING_GROUP, "r"),
        follow_me=(Forward(OUTSIDE, 30),),
        follow_me_on=True,
        no_answer=(Forward(TO_BRUNO, 10), Forward(OUTSIDE)),
        no_answer_voicemail=True,
        busy=(Forward(Destination(DestinationKind.VOICEMAIL, "m")),),
        busy_voicemail=True,
    )
    assert personal_problems(personal, ANNA.id, outside()) == []
    assert entry_from_document(Personal, entry_to_document(personal), "a") == personal


@pytest.mark.parametrize(
    ("given", "path", "error_id"),
    [
        ({"always": TO_ANNA}, "always", "destination-loop"),
        ({"always": Destination(DestinationKind.NOT_CONFIGURED)}, "always", "destination-missing"),
        ({"always": Destination(DestinationKind.NUMBER, "0470")}, "always", "number-not-e164"),
        ({"always": Destination(DestinationKind.EXTENSION)}, "always", "destination-missing"),
        ({"always": Destination(DestinationKind.CONFERENCE, "gone")}, "always", "reference-unknown"),
        ({"follow_me_on": True}, "follow_me", "destinations-missing"),
        ({"busy": (Forward(TO_ANNA),)}, "busy/0/destination", "destination-loop"),
        ({"no_answer": (Forward(TO_BRUNO, 4),)}, "no_answer/0/seconds", "out-of-range"),
        ({"no_answer": (Forward(TO_BRUNO),) * 11}, "no_answer", "too-many"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone", "time-zone-unknown"),
        ({"time_zone": "../../etc/passwd"}, "time_zone", "time-zone-unknown"),
    ],
)
def test_what_a_user_may_not_set(given: dict[str, Any], path: str, error_id: str) -> None:
    found = personal_problems(Personal(**given), ANNA.id, outside())
    assert (path, error_id) in {(problem.path, problem.error_id) for problem in found}


def test_b3_05_voicemail_as_a_last_resort_needs_a_mailbox() -> None:
    wanted = Personal(no_answer_voicemail=True, busy_voicemail=True)
    found = personal_problems(wanted, BRUNO.id, outside())
    assert [(problem.path, problem.error_id) for problem in found] == [
        ("no_answer_voicemail", "voicemail-missing"),
        ("busy_voicemail", "voicemail-missing"),
    ]


def test_s2_18_a_circle_of_people_who_forward_to_each_other_is_refused_when_it_is_set() -> None:
    to_anna, to_bruno = Personal(always=TO_ANNA), Personal(always=TO_BRUNO)
    settings = {BRUNO.id: to_anna}
    others = lambda user: settings.get(user, Personal())  # noqa: E731 (as the store gives them)
    found = personal_problems(to_bruno, ANNA.id, outside(), others)
    assert [(problem.path, problem.error_id) for problem in found] == [("always", "destination-loop")]
    settings[BRUNO.id] = Personal(always=OUTSIDE)
    assert personal_problems(to_bruno, ANNA.id, outside(), others) == []
