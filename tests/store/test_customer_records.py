"""store/records_board.py and store/stages.py: boards, moving, the chatter, counts. Also on PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest
from sqlalchemy import update

from switchroom.crm.records import App, Author, EntryKind, Record
from switchroom.directory import UserId
from switchroom.store import InvalidConfiguration, NotFound, Store, load_demonstration
from switchroom.store.crm_tables import records
from switchroom.store.errors import InUse
from switchroom.store.records_board import NEAREST, RecordFilter, RecordSort
from tests.store.conftest import Clock
from tests.store.test_contacts import card

ANNA = Author(UserId("user-201"), "Anna Weber")


async def titles(store: Store, **wanted: object) -> list[str]:
    found, _ = await store.customer_records.page(RecordFilter(**wanted), 100)  # type: ignore[arg-type]
    return [record.title for record in found]


async def add(store: Store, title: str, app: App = App.CRM, **fields: str) -> Record:
    return await store.customer_records.add(app, title, ANNA, **fields)


async def test_s2_12_three_applications_each_with_the_stages_it_is_delivered_with(store: Store) -> None:
    boards = await asyncio.gather(*(store.customer_records.stages(app) for app in [*App, *App]))
    assert [[stage.key for stage in board] for board in boards[:3]] == [
        ["new", "qualified", "proposition", "won", "lost"],
        ["todo", "in_progress", "done"],
        ["new", "in_progress", "waiting", "solved"],
    ]
    assert boards[3:] == boards[:3]
    assert [stage.key for stage in boards[0] if stage.closing] == ["won", "lost"]
    assert await store.customer_records.stages() == [stage for board in boards[:3] for stage in board]


async def test_s2_12_numbers_count_in_each_application_also_when_many_add_at_once(store: Store) -> None:
    await asyncio.gather(*(add(store, f"Deal {n}", app) for n in range(6) for app in App))
    for app in App:
        found, _ = await store.customer_records.page(RecordFilter(app=app), 100)
        assert sorted(record.number for record in found) == [1, 2, 3, 4, 5, 6]


async def test_a_stage_is_named_moved_and_removed_when_it_is_empty(store: Store) -> None:
    new, qualified, *_ = await store.customer_records.stages(App.CRM)
    record = await add(store, "Deal")
    with pytest.raises(InUse, match="records in this stage"):
        await store.stages.remove(new.id)
    await store.stages.remove(qualified.id)
    ours = await store.stages.add(App.CRM, "Waiting for parts")
    assert (ours.key, ours.closing) == ("", False)
    await store.stages.change(ours.id, lambda stage: replace(stage, position=1, closing=True))
    board = await store.customer_records.stages(App.CRM)
    assert [stage.name or stage.key for stage in board] == [
        "new",
        "Waiting for parts",
        "proposition",
        "won",
        "lost",
    ]
    assert [stage.position for stage in board] == [0, 1, 2, 3, 4]
    assert board[1].closing
    moved = await store.customer_records.move(record.id, ours.id, None, ANNA)
    assert await titles(store, open=True) == []
    assert await titles(store, open=False) == [moved.title]
    with pytest.raises(NotFound):
        await store.stages.remove("none")
    for stage in await store.customer_records.stages(App.PROJECT):
        if stage.key != "done":
            await store.stages.remove(stage.id)
    (last,) = await store.customer_records.stages(App.PROJECT)
    with pytest.raises(InUse, match="one stage at least"):
        await store.stages.remove(last.id)
    for number in range(19):
        await store.stages.add(App.PROJECT, f"Step {number}")
    with pytest.raises(InUse, match="at most 20"):
        await store.stages.add(App.PROJECT, "One more")


async def order(store: Store, stage: str) -> list[str]:
    return await titles(store, stage=stage)


async def test_s2_12_a_card_is_dropped_above_another_at_the_end_and_into_another_stage(store: Store) -> None:
    new, qualified, *_ = await store.customer_records.stages(App.CRM)
    a, b, c = [await add(store, title) for title in "ABC"]
    assert await order(store, new.id) == ["C", "B", "A"]
    move = store.customer_records.move
    await move(a.id, new.id, c.id, ANNA)
    assert await order(store, new.id) == ["A", "C", "B"]
    await move(a.id, new.id, b.id, ANNA)
    assert await order(store, new.id) == ["C", "A", "B"]
    await move(c.id, new.id, None, ANNA)
    await move(b.id, new.id, b.id, ANNA)  # above itself: it is nowhere else, so the end
    assert await order(store, new.id) == ["A", "C", "B"]
    await move(b.id, qualified.id, a.id, ANNA)  # meanwhile A is not in that stage: the end of it
    await move(a.id, qualified.id, b.id, ANNA)
    assert await order(store, new.id) == ["C"]
    assert await order(store, qualified.id) == ["A", "B"]
    with pytest.raises(InvalidConfiguration):
        await move(a.id, (await store.customer_records.stages(App.PROJECT))[0].id, None, ANNA)
    with pytest.raises(NotFound):
        await move("none", new.id, None, ANNA)
    board = await store.customer_records.board(RecordFilter(app=App.CRM))
    assert [record.title for record in board.records] == ["C", "A", "B"]
    assert [board.counts[stage.id] for stage in board.stages] == [1, 2, 0, 0, 0]


async def test_s2_12_there_is_always_room_between_two_cards(store: Store) -> None:
    """Positions halve until they are too near; then all of the stage are numbered anew."""
    new = (await store.customer_records.stages(App.CRM))[0]
    top, *cards = [await add(store, str(n)) for n in range(4)]
    for turn in range(50):
        await store.customer_records.move(cards[turn % 3].id, new.id, top.id, ANNA)
    found, _ = await store.customer_records.page(RecordFilter(stage=new.id), 10)
    assert [record.title for record in found] == ["3", "1", "2", "0"]
    gaps = [below.position - above.position for above, below in pairwise(found)]
    assert min(gaps) > NEAREST / 2
    async with store.database.writing() as connection:
        await connection.execute(update(records).values(position=7.0))
    await store.customer_records.move(cards[0].id, new.id, top.id, ANNA)
    after = await order(store, new.id)
    assert after.index("1") == after.index("0") - 1


async def test_each_change_stands_in_the_chatter_with_who_did_it_and_names_of_then(store: Store) -> None:
    await load_demonstration(store)
    zoe = await store.contacts.add(card("Zoë Mariani", "+32475123457"))
    _, qualified, *_ = await store.customer_records.stages(App.CRM)
    record = await add(store, "Deal")
    change = store.customer_records.change
    await change(record.id, lambda now: replace(now, title="Big deal", description="x"), ANNA)
    await change(record.id, lambda now: replace(now, owner=UserId("user-202"), contact=zoe.id), ANNA)
    changed = await change(record.id, lambda now: replace(now, stage=qualified.id), Author(None, "admin"))
    assert await change(record.id, lambda now: now, ANNA) == changed
    entries, _ = await store.customer_records.entries(record.id)
    told = [(entry.author_name, entry.author, *entry.data.values()) for entry in entries]
    assert sorted(told, key=str) == [
        ("Anna Weber", "user-201", "contact", "", "Zoë Mariani"),
        ("Anna Weber", "user-201", "created", "", ""),
        ("Anna Weber", "user-201", "owner", "", "Bruno Conti"),
        ("admin", None, "stage", "new", "qualified"),
    ]
    assert {entry.kind for entry in entries} == {EntryKind.CHANGE}
    for wrong in ({"contact": "none"}, {"stage": "none"}):
        with pytest.raises(InvalidConfiguration):
            await change(record.id, lambda now, wrong=wrong: replace(now, **wrong), ANNA)  # type: ignore[misc]
    assert await store.customer_records.get(record.id) == changed
    await store.contacts.remove(zoe.id)
    assert (await store.customer_records.get(record.id)).contact is None


async def test_versions_differ_though_the_clock_stands(store: Store, clock: Clock) -> None:
    record = await add(store, "Deal")
    clock.now -= 3600
    first = await store.customer_records.change(record.id, lambda now: replace(now, title="A"), ANNA)
    second = await store.customer_records.change(record.id, lambda now: replace(now, title="B"), ANNA)
    versions = {f"{one.changed_at:.6f}" for one in (record, first, second)}
    assert len(versions) == 3


async def test_the_chatter_comes_in_pages_and_a_call_stands_in_it_once(store: Store, clock: Clock) -> None:
    record = await add(store, "Deal")
    for number in range(5):
        clock.now += 1
        await store.customer_records.say(record.id, f"Message {number}", ANNA)
    put, once = store.customer_records.put_entry, f"call/call-1/{record.id}"
    first = await put(record.id, EntryKind.CALL, ANNA, "", {"seconds": 5}, once=once, at=clock.now + 1)
    clock.now += 60
    again = await put(record.id, EntryKind.CALL, ANNA, "Wants an offer", {"seconds": 7}, once=once)
    assert (again.id, again.at, again.text) == (first.id, first.at, "Wants an offer")
    seen, after = [], None
    while True:
        page, after = await store.customer_records.entries(record.id, 2, after)
        seen += page
        if after is None:
            break
    assert [entry.text for entry in seen] == [
        "Wants an offer",
        *(f"Message {number}" for number in (4, 3, 2, 1, 0)),
        "",
    ]
    assert seen[0].data == {"seconds": 7}
    assert [await store.customer_records.remove_entry(once) for _ in range(2)] == [True, False]
    with pytest.raises(ValueError, match="no page"):
        await store.customer_records.entries(record.id, 2, "nonsense")
    await store.customer_records.remove(record.id)
    for act in (store.customer_records.entries(record.id), store.customer_records.say(record.id, "x", ANNA)):
        with pytest.raises(NotFound):
            await act


async def test_records_are_found_by_title_contact_number_owner_and_in_pages(
    store: Store, clock: Clock
) -> None:
    zoe = await store.contacts.add(card("Zoë Mariani", "+32475123457", company="Société Générale"))
    for number in range(7):
        clock.now += 1
        await add(store, f"Café {number}")
    clock.now += 1
    deal = await add(store, "Roof", contact=zoe.id, owner="user-202")
    clock.now += 1
    await add(store, "Task", App.PROJECT, contact=zoe.id)
    assert await titles(store, text="cafe 3") == ["Café 3"]
    assert await titles(store, app=App.CRM, text="generale zoe") == ["Roof"]
    assert await titles(store, contact=zoe.id) == ["Task", "Roof"]
    assert await titles(store, text=f"#{deal.number}") == ["Roof"]
    assert await titles(store, owner="user-202") == ["Roof"]
    assert await titles(store, text="% _") == await titles(store)
    assert await store.customer_records.some([deal.id, "none"]) == {deal.id: deal}
    for wanted in (RecordFilter(app=App.CRM), RecordFilter(stage=deal.stage)):
        seen, after = [], None
        while True:
            page, after = await store.customer_records.page(wanted, 3, after)
            seen += page
            if after is None:
                break
        assert [record.title for record in seen] == ["Roof", *(f"Café {n}" for n in (6, 5, 4, 3, 2, 1, 0))]
        with pytest.raises(ValueError, match="no page"):
            await store.customer_records.page(wanted, 3, "bm9uc2Vuc2U")


async def test_a_list_is_sorted_by_any_column_page_by_page(store: Store, clock: Clock) -> None:
    stages = await store.customer_records.stages(App.CRM)
    zoe, abel = [await store.contacts.add(card(name)) for name in ("Zoë", "Abel")]
    for title, stage, contact in (
        ("Émile", stages[1], zoe.id),
        ("delta", stages[0], abel.id),
        ("Zulu", stages[0], abel.id),
    ):
        clock.now += 1
        await add(store, title, stage=stage.id, contact=contact)
    await add(store, "Alone")

    async def by(sort: RecordSort, descending: bool = False) -> str:
        told: list[str] = []
        after = None
        while True:
            found, after = await store.customer_records.sorted_page(
                RecordFilter(app=App.CRM), sort, descending, 1, after
            )
            told += [record.title for record in found]
            if after is None:
                return " ".join(told)

    assert await by(RecordSort.TITLE) == "Alone delta Émile Zulu"
    assert await by(RecordSort.TITLE, descending=True) == "Zulu Émile delta Alone"
    assert await by(RecordSort.NUMBER, descending=True) == "Alone Zulu delta Émile"
    assert (await by(RecordSort.CONTACT)).split()[0::3] == ["Alone", "Émile"]
    assert (await by(RecordSort.STAGE)).split()[3] == "Émile"
    assert (await by(RecordSort.CHANGED)).startswith("Émile delta")
    with pytest.raises(ValueError, match="page"):
        await store.customer_records.sorted_page(RecordFilter(), RecordSort.TITLE, False, 1, "nonsense")
