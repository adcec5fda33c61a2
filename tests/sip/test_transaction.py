"""The four tables: each row is walked, each pair without a row is an error."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest

from switchroom.sip.errors import LocalProtocolError
from switchroom.sip.timers import Timer, Timers
from switchroom.sip.transaction import (
    RESENDING,
    TABLES,
    Action,
    Input,
    Row,
    State,
    Table,
    Timing,
    Transaction,
)

ROWS = [
    pytest.param(table, state, happened, row, id=f"{name}-{state.name}-{happened.name}")
    for name, table in TABLES.items()
    for state, rows in table.items()
    for happened, row in rows.items()
]

MISSING = [
    pytest.param(table, state, happened, id=f"{name}-{state.name}-{happened.name}")
    for name, table in TABLES.items()
    for state in (*table, State.TERMINATED)
    for happened in Input
    if state is State.TERMINATED or happened not in table[state]
]


class Keeper:
    """A host that only counts."""

    def __init__(self) -> None:
        self.timers = Timers()
        self.timing = Timing()
        self.forgotten: list[Transaction] = []

    def forget(self, transaction: Transaction) -> None:
        self.forgotten.append(transaction)


@dataclass
class Done:
    action: Action
    argument: object
    at: float


class Recorded(Transaction):
    """A transaction that writes down what it is told to do."""

    def __init__(self, host: Keeper, table: Table, reliable: bool) -> None:
        super().__init__(host, table, reliable)
        self.done: list[Done] = []

    def perform(self, action: Action, argument: object, now: float) -> None:
        self.done.append(Done(action, argument, now))


def path_to(table: Table, wanted: State) -> list[Input]:
    """The inputs that lead from NEW to `wanted`, shortest first."""
    paths: dict[State, list[Input]] = {State.NEW: []}
    queue = [State.NEW]
    while queue:
        state = queue.pop(0)
        for happened, row in table.get(state, {}).items():
            if row.state not in paths and not happened.name.startswith("TIMER"):
                paths[row.state] = [*paths[state], happened]
                queue.append(row.state)
    return paths[wanted]


def walk(table: Table, state: State) -> tuple[Keeper, Recorded]:
    keeper = Keeper()
    transaction = Recorded(keeper, table, reliable=False)
    for happened in path_to(table, state):
        transaction.feed(happened, 0.0)
    assert transaction.state is state
    transaction.done.clear()
    return keeper, transaction


@pytest.mark.parametrize(("table", "state", "happened", "row"), ROWS)
def test_row(table: Table, state: State, happened: Input, row: Row) -> None:
    keeper, transaction = walk(table, state)
    if happened.name.startswith("TIMER"):
        due = sorted({timing for timing in [keeper.timers.next()] if timing is not None})
        assert due, "a timer row in a state where no timer runs"
        wait = Timing().duration(happened, False)
        assert wait >= due[0]
        transaction._deadlines.pop(happened)  # as when it fires
    message = object()
    transaction.feed(happened, 1.0, message)
    assert transaction.state is row.state
    assert [done.action for done in transaction.done] == list(row.actions)
    assert all(done.argument is message for done in transaction.done)
    assert set(transaction._deadlines) == set(row.timers)
    assert (keeper.forgotten == [transaction]) == (row.state is State.TERMINATED)


@pytest.mark.parametrize(("table", "state", "happened"), MISSING)
def test_a_pair_without_a_row_is_our_bug(table: Table, state: State, happened: Input) -> None:
    transaction = Recorded(Keeper(), table, reliable=False)
    transaction.state = state
    assert not transaction.allows(happened)
    with pytest.raises(LocalProtocolError):
        transaction.feed(happened, 0.0)
    assert transaction.state is state and not transaction.done


@pytest.mark.parametrize("name", TABLES)
def test_every_state_is_reached_and_left(name: str) -> None:
    table = TABLES[name]
    for state, rows in table.items():
        assert path_to(table, state) is not None
        assert any(row.state is not state for row in rows.values())
        # Each timer that a row starts has a row of its own where it can fire.
        for row in rows.values():
            for timer in row.timers:
                assert timer in table[row.state], f"{timer} fires in {row.state} unheard"


@pytest.mark.parametrize("name", TABLES)
def test_every_transaction_that_is_left_alone_ends_or_waits_for_its_user(name: str) -> None:
    table = TABLES[name]
    for state in table:
        keeper, transaction = walk(table, state)
        while (when := keeper.timers.next()) is not None:
            assert when < 100
            keeper.timers.run(when)
        waits = state is State.NEW or (name.startswith("INVITE") and state is State.PROCEEDING)
        assert (transaction.state is State.TERMINATED) == (not waits), state


def resends(name: str, *, until: float, inputs: tuple[Input, ...] = (Input.START,)) -> list[float]:
    keeper = Keeper()
    transaction = Recorded(keeper, TABLES[name], reliable=False)
    for happened in inputs:
        transaction.feed(happened, 0.0)
    while (when := keeper.timers.next()) is not None and when <= until:
        keeper.timers.run(when)
    return [done.at for done in transaction.done if done.action is Action.RESEND]


def test_timer_a_doubles() -> None:
    assert resends("INVITE client", until=100) == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]


def test_timer_e_doubles_up_to_t2() -> None:
    assert resends("non-INVITE client", until=100) == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]


def test_timer_e_is_t2_once_a_provisional_response_came() -> None:
    inputs = (Input.START, Input.PROVISIONAL)
    assert resends("non-INVITE client", until=13, inputs=inputs) == [0.5, 4.5, 8.5, 12.5]


def test_timer_g_doubles_up_to_t2() -> None:
    inputs = (Input.START, Input.SEND_FAILURE)
    assert resends("INVITE server", until=13, inputs=inputs) == [0.5, 1.5, 3.5, 7.5, 11.5]


@pytest.mark.parametrize("name", TABLES)
def test_nothing_is_sent_twice_on_a_reliable_transport(name: str) -> None:
    keeper = Keeper()
    transaction = Recorded(keeper, TABLES[name], reliable=True)
    transaction.feed(Input.START, 0.0)
    assert not set(transaction._deadlines) & set(RESENDING)
    while (when := keeper.timers.next()) is not None:
        keeper.timers.run(when)
    assert Action.RESEND not in [done.action for done in transaction.done]


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("INVITE client", (Input.START, Input.FAILURE)),
        ("non-INVITE client", (Input.START, Input.SUCCESS)),
        ("INVITE server", (Input.START, Input.SEND_FAILURE, Input.ACK)),
        ("non-INVITE server", (Input.START, Input.SEND_SUCCESS)),
    ],
)
def test_a_finished_transaction_is_forgotten_at_once_on_a_reliable_transport(
    name: str, inputs: tuple[Input, ...]
) -> None:
    keeper = Keeper()
    transaction = Recorded(keeper, TABLES[name], reliable=True)
    for happened in inputs:
        transaction.feed(happened, 0.0)
    assert transaction.state is State.TERMINATED
    assert len(keeper.timers) == 0 and keeper.timers.next() is None


def test_timers_that_are_stopped_leave_the_heap() -> None:
    timers = Timers()
    fired: list[float] = []
    for _ in range(10_000):
        timers.stop(timers.start(100.0, fired.append))
    kept = timers.start(5.0, fired.append)
    assert len(timers) == 1 and len(timers._far) < 2_000
    assert timers.next() == 5.0
    timers.run(4.9)
    assert not fired
    timers.run(7.0)
    timers.stop(kept)
    assert fired == [7.0] and timers.next() is None and len(timers) == 0


def test_timers_fire_in_order_whatever_their_horizon() -> None:
    timers = Timers()
    chance = random.Random(3)
    fired: list[float] = []
    running: dict[int, tuple[float, Timer]] = {}
    now = 0.0
    for number in range(5_000):
        when = now + chance.choice((0.0, 0.5, 32.0, 64.0, 900.0)) + chance.random()
        running[number] = (when, timers.start(when, lambda _, when=when: fired.append(when)))  # type: ignore[misc]
        if chance.random() < 0.6:
            timers.stop(running.pop(chance.choice(list(running)))[1])
        if chance.random() < 0.3:
            now += chance.uniform(0, 3)
            due = sorted(when for when, _ in running.values() if when <= now)
            running = {key: value for key, value in running.items() if value[0] > now}
            timers.run(now)
            assert fired == due
            fired.clear()
        assert len(timers) == len(running)
        assert timers.next() == min((when for when, _ in running.values()), default=None)
        assert len(timers._far) <= 2 * sum(timer.is_far for _, timer in running.values()) + 1100
