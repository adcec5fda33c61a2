"""Failure budgets, access codes, and load shedding."""

from __future__ import annotations

from switchroom.calls.budget import Budget
from switchroom.calls.codes import Codes
from switchroom.calls.events import Verdict
from switchroom.calls.overload import Shedder
from switchroom.calls.values import Party
from switchroom.directory.model import Conference, ConferenceId, UserId

ROOM = Conference(ConferenceId("c"), "Board", "8002", "4321", administrator_code="777777")
ANNE, BOB = Party("201", user_id=UserId("201")), Party("202", user_id=UserId("202"))


def test_a_budget_is_spent_and_comes_back() -> None:
    budget = Budget(size=3, refill=10)
    assert [budget.fail("a", 0.0) for _ in range(4)] == [False, False, True, False]
    assert not budget.allows("a", 9.0)
    assert budget.allows("b", 9.0)
    assert budget.allows("a", 10.1)
    assert budget.fail("a", 10.1)
    assert not budget.allows("a", 10.2)
    assert budget.allows("a", 1000.0) and len(budget) == 0


def test_a_budget_can_be_forgiven() -> None:
    budget = Budget(size=1, refill=10)
    budget.fail("a", 0.0)
    budget.forgive("a")
    assert budget.allows("a", 0.0)


def test_a_budget_never_grows_past_its_bound() -> None:
    budget = Budget(size=1, refill=1e9, keys=100)
    for key in range(10_000):
        budget.fail(key, 0.0)
    assert len(budget) == 100
    assert not budget.allows(9_999, 0.0) and budget.allows(0, 0.0)


def test_codes() -> None:
    codes = Codes()
    assert codes.check(ROOM, ANNE, "4321", 0)[0] is Verdict.PARTICIPANT
    assert codes.check(ROOM, ANNE, "777777", 0)[0] is Verdict.ADMINISTRATOR
    for wrong in ("", "432", "43210", "0000", "4321é"):
        assert codes.check(ROOM, BOB, wrong, 0)[0] is Verdict.WRONG


def test_a_room_without_codes_takes_none() -> None:
    open_room = Conference(ConferenceId("c"), "Open", "8001")
    assert Codes().check(open_room, ANNE, "", 0)[0] is Verdict.WRONG


def test_g_03_a_room_refuses_codes_when_many_callers_are_wrong() -> None:
    codes = Codes()
    told = []
    for number in range(30):
        verdict, problem = codes.check(ROOM, Party(str(number)), "0000", 0)
        assert verdict is Verdict.WRONG
        told.append(problem)
    assert told[-1] is not None and "Board" in told[-1].text and told[:-1] == [None] * 29
    assert codes.check(ROOM, ANNE, "4321", 0) == (Verdict.REFUSED, None)
    assert codes.check(ROOM, ANNE, "4321", 31)[0] is Verdict.PARTICIPANT


def test_load_is_shed_while_the_loop_is_late_and_taken_again_afterwards() -> None:
    shedder = Shedder()
    assert all(shedder.takes(100.0) for _ in range(1000))
    for _ in range(8):
        shedder.lag(0.2)
    share = shedder.share
    assert 0.5 < share < 0.9
    assert abs(sum(shedder.takes(100.0) for _ in range(1000)) - 1000 * share) < 2
    for _ in range(100):
        shedder.lag(10.0)
    assert 49 <= sum(shedder.takes(100.0) for _ in range(1000)) <= 51
    for _ in range(100):
        shedder.lag(0.0)
    assert all(shedder.takes(100.0) for _ in range(100))


def test_a_slow_machine_is_never_deaf() -> None:
    """However late the loop, 30 calls a second are taken, and one late moment changes nothing."""
    shedder = Shedder()
    shedder.lag(0.3)
    assert all(shedder.takes(5.0) for _ in range(1000))
    for _ in range(100):
        shedder.lag(10.0)
    taken = sum(shedder.takes(10.0 + second / 20) for second in range(200))
    assert taken == 200, "20 a second"
