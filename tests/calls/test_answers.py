"""The best-response table."""

from __future__ import annotations

import pytest

from switchroom.calls.answers import best, cause, ends_ringing
from switchroom.calls.records import Cause


@pytest.mark.parametrize(
    ("statuses", "final"),
    [
        ([486], 486),
        ([486, 486], 486),
        ([486, 408], 486),
        ([600], 486),
        ([486, 480], 486),
        ([486, 404], 480),
        ([408], 480),
        ([503, 408], 480),
        ([480], 480),
        ([404], 480),
        ([403, 488], 480),
        ([488], 488),
        ([488, 606, 408], 488),
        ([603], 603),
        ([408, 603], 603),
        ([486, 603], 603),
        ([600, 603], 603),
        ([], 480),
    ],
)
def test_best(statuses: list[int], final: int) -> None:
    assert best(statuses) == final
    assert best(reversed(statuses)) == final


def test_who_speaks_for_the_person() -> None:
    assert [status for status in (408, 480, 486, 488, 600, 603, 604, 606) if ends_ringing(status)] == [
        600,
        603,
        604,
    ]


def test_causes() -> None:
    assert [cause(status) for status in (486, 603, 480, 488)] == [
        Cause.BUSY,
        Cause.DECLINED,
        Cause.UNREACHABLE,
        Cause.INCOMPATIBLE_MEDIA,
    ]
