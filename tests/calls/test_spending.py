"""What was spent on calls outside, by the hour."""

from __future__ import annotations

import pytest

from switchroom.calls.spending import HOUR, Spending, of_trunk, of_user
from switchroom.directory.ids import TrunkId
from switchroom.directory.model import UserId

USER, TRUNK = UserId("u"), TrunkId("t")
START = 500_000 * HOUR


def spent() -> Spending:
    return Spending()


def test_a_call_counts_from_its_first_ring_for_user_and_trunk() -> None:
    ledger = spent()
    ledger.begin("leg", USER, TRUNK, START)
    for subject in (of_user(USER), of_trunk(TRUNK)):
        assert ledger.calls(subject, 1, START) == 1
        assert ledger.concurrent(subject) == 1
        assert ledger.minutes(subject, 1, START + 60) == 0
    ledger.end("leg", START + 60)
    assert ledger.concurrent(of_user(USER)) == 0
    assert ledger.minutes(of_user(USER), 1, START + 60) == 0, "it was never answered"


def test_a_call_that_is_let_out_counts_until_it_rings_or_for_two_seconds() -> None:
    ledger = spent()
    ledger.reserve(USER, TRUNK, START)
    ledger.reserve(USER, TRUNK, START)
    assert ledger.concurrent(of_user(USER)) == ledger.calls(of_trunk(TRUNK), 1, START) == 2
    ledger.begin("leg", USER, TRUNK, START + 1)
    ledger.begin("another", None, TrunkId("second"), START + 1)
    assert ledger.concurrent(of_user(USER)) == ledger.calls(of_trunk(TRUNK), 1, START + 1) == 2
    ledger.count(START + 2.5)
    assert ledger.concurrent(of_user(USER)) == ledger.calls(of_trunk(TRUNK), 1, START + 3) == 1


def test_running_seconds_count() -> None:
    ledger = spent()
    ledger.begin("leg", USER, TRUNK, START)
    ledger.answered("leg", START + 10)
    ledger.answered("leg", START + 20)
    ledger.count(START + 130)
    assert ledger.minutes(of_user(USER), 1, START + 130) == pytest.approx(2)
    ledger.end("leg", START + 190)
    ledger.end("leg", START + 999)
    assert ledger.minutes(of_trunk(TRUNK), 24, START + 999) == pytest.approx(3)


def test_seconds_go_to_the_hours_they_lie_in() -> None:
    ledger = spent()
    ledger.begin("leg", None, TRUNK, START + HOUR - 60)
    ledger.answered("leg", START + HOUR - 60)
    ledger.end("leg", START + 2 * HOUR + 60)
    found = {row.hour - 500_000: row.seconds for row in ledger.take_dirty()}
    assert found == {0: 60, 1: HOUR, 2: 60}
    assert ledger.calls(of_user(USER), 24, START + 2 * HOUR) == 0


def test_an_hour_goes_by_bit_by_bit() -> None:
    ledger = spent()
    for leg in "abcd":
        ledger.begin(leg, USER, TRUNK, START + HOUR - 1)
    subject = of_user(USER)
    assert ledger.calls(subject, 1, START + HOUR) == 4
    assert ledger.calls(subject, 1, START + 1.5 * HOUR) == pytest.approx(2)
    assert ledger.calls(subject, 1, START + 2 * HOUR) == 0
    assert ledger.calls(subject, 24, START + 23.9 * HOUR) == 4
    assert ledger.calls(subject, 24, START + 25 * HOUR) == 0


def test_what_was_spent_survives_a_restart() -> None:
    ledger = spent()
    ledger.begin("leg", USER, TRUNK, START)
    ledger.answered("leg", START)
    ledger.count(START + 120)
    rows = ledger.take_dirty()
    assert ledger.take_dirty() == []
    later = spent()
    later.restore(rows, ["FR"])
    assert later.calls(of_user(USER), 1, START + 130) == 1
    assert later.minutes(of_trunk(TRUNK), 1, START + 130) == pytest.approx(2)
    assert later.knows_country("FR") and not later.knows_country("DE")
    later.begin("next", USER, TRUNK, START + 130)
    assert later.calls(of_user(USER), 1, START + 130) == 2


def test_an_account_can_be_emptied() -> None:
    ledger = spent()
    ledger.begin("leg", USER, TRUNK, START)
    ledger.take_dirty()
    assert ledger.forgive(of_user(USER))
    assert ledger.calls(of_user(USER), 24, START) == 0
    assert ledger.calls(of_trunk(TRUNK), 24, START) == 1
    assert [(row.subject, row.calls) for row in ledger.take_dirty()] == [(of_user(USER), 0)]
    assert not ledger.forgive("users/nobody")


def test_a_call_from_outside_takes_a_line_and_spends_nothing() -> None:
    ledger = spent()
    ledger.occupy("leg", TRUNK)
    ledger.answered("leg", START)
    ledger.count(START + 600)
    assert ledger.concurrent(of_trunk(TRUNK)) == 1
    assert ledger.calls(of_trunk(TRUNK), 1, START) == ledger.minutes(of_trunk(TRUNK), 1, START + 600) == 0
    ledger.end("leg", START + 600)
    assert ledger.concurrent(of_trunk(TRUNK)) == 0


def test_old_hours_are_forgotten() -> None:
    ledger = spent()
    ledger.begin("leg", USER, TRUNK, START)
    ledger.end("leg", START)
    ledger.forget_old(START + 20 * HOUR)
    assert ledger.calls(of_user(USER), 24, START + 20 * HOUR) == 1
    ledger.forget_old(START + 30 * HOUR)
    assert not ledger.forgive(of_user(USER))


def test_a_failed_trunk_is_down_for_a_while() -> None:
    ledger = spent()
    ledger.failed(TRUNK, START + 30)
    assert ledger.is_down(TRUNK, START) and not ledger.is_down(TRUNK, START + 31)
    ledger.works(TRUNK)
    assert not ledger.is_down(TRUNK, START)
