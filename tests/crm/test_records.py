"""crm/records.py: titles and texts of any kind, and the stages that are delivered (S2-12)."""

from __future__ import annotations

import pytest

from switchroom.crm.records import DELIVERED, MOST_STAGES, App, clean_text, clean_title, title_problem


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("  Roof \n of\tthe  barn ", "Roof of the barn"),
        ("👩‍💻 Zoë", "👩‍💻 Zoë"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\x00b", "a b"),
        ("<b>x</b>", "<b>x</b>"),
        ("é" * 300, "é" * 200),
    ],
)
def test_s2_12_a_title_is_one_line_of_what_can_be_seen(text: str, title: str) -> None:
    assert title_problem(text) is None
    assert clean_title(text) == title


@pytest.mark.parametrize("text", ["", "  ", "\u200b\u200d", "\n\t", "\u202e"])
def test_s2_12_a_title_that_can_not_be_seen_is_refused(text: str) -> None:
    problem = title_problem(text)
    assert problem is not None
    assert (problem.path, problem.error_id) == ("title", "title-missing")


def test_a_text_keeps_its_lines() -> None:
    assert clean_text(" One \r\ntwo\x07\rthree ") == "One\ntwo\nthree"


def test_s2_12_every_board_begins_open_and_can_be_closed() -> None:
    for app in App:
        keys = [key for key, _ in DELIVERED[app]]
        closing = [over for _, over in DELIVERED[app]]
        assert len(set(keys)) == len(keys) < MOST_STAGES
        assert (closing[0], closing[-1]) == (False, True)
