"""What is written into other systems: once, in order, however often they fail. The connector is scripted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from switchroom.connectors import courier as module
from switchroom.connectors.courier import KEY_PAUSE, PAUSES, UNCERTAIN_PAUSE, Courier
from switchroom.crm.connector import Act, CancelActivity, Connector, ConnectorFault, FaultKind, MarkDone
from switchroom.directory import UserId
from switchroom.store import Store
from switchroom.store.connectors import ConnectorKey, ConnectorSettings

ANNA, BEN = UserId("anna"), UserId("ben")
DOWN = ConnectorFault(FaultKind.UNREACHABLE, "It is down.")
LOST = ConnectorFault(FaultKind.UNREACHABLE, "It hung up.", uncertain=True)
GONE = ConnectorFault(FaultKind.GONE, "It is gone.")
NO = ConnectorFault(FaultKind.REFUSED, "It said no.")
KEY = ConnectorFault(FaultKind.KEY_REFUSED, "The key is old.")


@dataclass
class Scripted:
    """Fails as told, in order; then does what it is asked."""

    faults: list[ConnectorFault] = field(default_factory=list)
    written: list[tuple[UserId, Act]] = field(default_factory=list)
    wait: Callable[[], Awaitable[None]] | None = None
    tries: int = 0

    async def act(self, who: UserId, act: Act, key: str) -> None:
        self.tries += 1
        if self.wait is not None:
            await self.wait()
        if self.faults:
            raise self.faults.pop(0)
        self.written.append((who, act))


@dataclass
class Desk:
    """A store with one connector, its courier, and a clock."""

    store: Store
    other: Scripted
    courier: Courier
    now: list[float]
    told: list[UserId]
    on: list[bool]
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def later(self, seconds: float) -> None:
        """A round of what goes on behind, that much later."""
        self.now[0] += seconds
        await self.courier.round()

    async def kept(self, who: UserId = ANNA) -> list[str]:
        return [
            getattr(act.act, "activity", "") for act in await self.store.connectors.acts.waiting("odoo", who)
        ]

    async def give(self, activity: str, who: UserId = ANNA, key: str = "") -> bool:
        return await self.courier.give("odoo", who, MarkDone(activity, "x"), key or activity)

    @property
    def done(self) -> list[str]:
        return [act.activity for _, act in self.other.written if isinstance(act, MarkDone | CancelActivity)]


@pytest.fixture
async def desk(database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    now = [1_000_000.0]
    store = await Store.open(database, tmp_path / "key", clock=lambda: now[0])
    await store.connectors.put(ConnectorSettings("odoo", "odoo", "Odoo", "https://odoo.example.com"), "admin")
    other, on = Scripted(), [True]

    def connector(connector_id: str) -> Connector | None:
        return other if connector_id == "odoo" and on[0] else None  # type: ignore[return-value]

    courier, told = Courier(store.connectors.acts, connector, lambda: now[0]), list[UserId]()
    found = Desk(store, other, courier, now, told, on)
    courier.when_written(told.append)
    courier.when_written(lambda _: found.heard.set())
    yield found
    await store.close()


async def test_an_act_is_written_at_once_and_its_key_only_once(desk: Desk) -> None:
    assert await desk.give("1") is True
    assert await desk.give("1") is True
    assert desk.done == ["1"] and await desk.kept() == []
    assert await desk.give("1", key="another") is True
    assert await desk.give("1", who=BEN) is True
    assert desk.done == ["1", "1", "1"]


async def test_what_is_to_be_written_while_it_is_down_is_kept_and_written_later_in_order(desk: Desk) -> None:
    desk.other.faults = [DOWN, DOWN]
    assert await desk.give("1") is False
    assert [await desk.give(name) for name in ("2", "3")] == [False, False]
    assert desk.other.tries == 1, "what does not answer is left alone for a while"
    assert await desk.give("4", who=BEN) is False
    await desk.later(PAUSES[0] + 0.1)
    assert desk.done == [] or desk.done == ["4"]
    desk.told.clear()
    for pause in PAUSES[1:3]:
        await desk.later(pause + 0.1)
    assert [name for name in desk.done if name != "4"] == ["1", "2", "3"] and "4" in desk.done
    assert await desk.kept() == [] and await desk.kept(BEN) == []
    assert ANNA in desk.told, "the pages hear of it"


async def test_it_is_tried_with_growing_pauses_and_never_forgotten(desk: Desk) -> None:
    desk.other.faults = [DOWN] * 9
    await desk.give("1")
    pauses: list[float] = []
    for _ in range(8):
        waiting = await desk.store.connectors.acts.waiting("odoo", ANNA)
        assert waiting[0].next_at is not None and waiting[0].problem == "It is down."
        pauses.append(waiting[0].next_at - desk.now[0])
        await desk.later(pauses[-1] + 0.1)
    assert pauses == pytest.approx([*PAUSES, PAUSES[-1], PAUSES[-1]], abs=0.01)
    await desk.later(PAUSES[-1] + 0.1)
    assert desk.done == ["1"]


async def test_an_answer_that_was_lost_is_asked_for_only_when_the_first_try_must_be_over(desk: Desk) -> None:
    desk.other.faults = [LOST, GONE]
    assert await desk.give("1") is False
    await desk.later(PAUSES[0] + 1)
    assert desk.other.tries == 1
    await desk.courier.give("odoo", ANNA, MarkDone("1", "x"), "1")
    assert desk.other.tries == 1, "the same again is the same"
    await desk.later(UNCERTAIN_PAUSE)
    assert desk.other.tries == 2 and await desk.kept() == []
    assert await desk.store.connectors.acts.open("odoo", ANNA) == [], "gone: the first try was it"


async def test_what_somebody_else_ended_meanwhile_is_told_and_not_taken_for_ours(desk: Desk) -> None:
    desk.other.faults = [DOWN, GONE]
    assert await desk.give("1") is False
    await desk.later(PAUSES[0] + 1)
    (left,) = await desk.store.connectors.acts.open("odoo", ANNA)
    assert left.next_at is None and left.problem == "It is gone." and left.act == MarkDone("1", "x")
    await desk.store.connectors.acts.retry(left.id, "odoo", ANNA)
    await desk.later(0)
    assert desk.done == ["1"]


async def test_a_refusal_is_told_to_who_waits_and_nothing_is_kept(desk: Desk) -> None:
    for fault in (NO, KEY, GONE):
        desk.other.faults = [fault]
        with pytest.raises(ConnectorFault) as caught:
            await desk.give("1")
        assert caught.value is fault
    assert await desk.store.connectors.acts.open("odoo", ANNA) == []
    assert await desk.give("1") is True


async def test_a_refusal_later_does_not_hold_up_the_rest(desk: Desk) -> None:
    desk.other.faults = [DOWN, NO]
    assert [await desk.give(name) for name in ("1", "2")] == [False, False]
    await desk.later(PAUSES[0] + 1)
    assert desk.done == ["2"]
    assert [act.problem for act in await desk.store.connectors.acts.open("odoo", ANNA)] == ["It said no."]


async def test_a_key_that_ran_out_holds_ones_own_acts_until_there_is_another(desk: Desk) -> None:
    desk.other.faults = [DOWN, KEY]
    await desk.give("1")
    await desk.later(PAUSES[0] + 1)
    waiting = (await desk.store.connectors.acts.waiting("odoo", ANNA))[0]
    assert waiting.next_at == desk.now[0] + KEY_PAUSE and waiting.problem == "The key is old."
    assert await desk.give("2", who=BEN) is True
    await desk.store.connectors.set_key(ConnectorKey("odoo", ANNA, "anna", "7", "new key"), "anna")
    await desk.later(0.1)
    assert desk.done == ["2", "1"]


async def test_a_slow_system_holds_nobody_up_and_its_refusal_is_kept_then(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    answer = asyncio.Event()

    async def wait() -> None:
        await answer.wait()

    desk.other.wait, desk.other.faults = wait, [NO]
    assert await desk.give("1") is False
    answer.set()
    async with asyncio.timeout(5):
        await desk.heard.wait()
    (left,) = await desk.store.connectors.acts.open("odoo", ANNA)
    assert left.next_at is None and left.problem == "It said no."


async def test_what_was_kept_survives_a_restart_and_an_attempt_cut_short_may_have_been_one(
    desk: Desk, tmp_path: Path
) -> None:
    async def killed() -> None:
        raise asyncio.CancelledError

    desk.other.wait = killed
    await desk.give("1")
    desk.other.wait, desk.other.faults = None, [GONE]
    (kept,) = await desk.store.connectors.acts.waiting("odoo", ANNA)
    assert kept.uncertain and kept.attempts == 1
    again = Courier(desk.store.connectors.acts, lambda _: desk.other, lambda: desk.now[0])  # type: ignore[arg-type,return-value]
    await again.round()
    assert desk.other.faults == [GONE], "the first try may still be under way"
    desk.now[0] += UNCERTAIN_PAUSE + 1
    await again.round()
    assert await desk.store.connectors.acts.open("odoo", ANNA) == []


async def test_a_system_that_is_switched_off_gets_its_acts_when_it_is_on_again(desk: Desk) -> None:
    desk.on[0] = False
    assert await desk.give("1") is False
    await desk.later(PAUSES[-1])
    assert desk.other.tries == 0
    desk.on[0] = True
    desk.courier.settings_changed("odoo")
    await desk.later(PAUSES[-1])
    assert desk.done == ["1"]


async def test_a_system_that_is_not_connected_takes_nothing(desk: Desk) -> None:
    with pytest.raises(ConnectorFault) as caught:
        await desk.courier.give("elsewhere", ANNA, MarkDone("1", ""), "1")
    assert caught.value.kind is FaultKind.GONE


async def test_it_runs_by_itself(desk: Desk) -> None:
    desk.other.faults = [DOWN]
    assert await desk.give("1") is False
    running = asyncio.create_task(desk.courier.run())
    desk.now[0] += PAUSES[0] + 1
    desk.courier.settings_changed("odoo")
    await desk.store.connectors.acts.hasten("odoo")
    async with asyncio.timeout(5):
        await desk.heard.wait()
    assert desk.done == ["1"]
    running.cancel()
