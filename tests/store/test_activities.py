"""store/activities.py: whose calls of today these are, and what becomes of them. Also on PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from switchroom.crm.activities import Activity, ActivityState, ActivityType
from switchroom.crm.records import App, Author, EntryKind
from switchroom.directory import UserId
from switchroom.store import InvalidConfiguration, NotFound, Store
from switchroom.store.activities import ActivityFilter, ActivityOver
from tests.store.test_contacts import card
from tests.store.test_customer_records import ANNA, add

TODAY = date(2026, 3, 26)
TOMORROW, YESTERDAY = TODAY + timedelta(1), TODAY - timedelta(1)
ANNA_ID, BRUNO_ID = UserId("user-201"), UserId("user-202")


async def plan(store: Store, summary: str, due: date = TODAY, **fields: Any) -> Activity:
    given = {"type": ActivityType.CALL, "assigned_to": ANNA_ID, "created_by": BRUNO_ID, **fields}
    return await store.activities.add(due=due, summary=summary, **given)


async def test_s2_11_next_activities_are_calls_of_this_very_day_that_are_mine_in_order(store: Store) -> None:
    records = [await add(store, f"In {app}", app) for app in App]
    for record, time in zip(records, ("", "14:00", "09:30"), strict=True):
        await plan(store, f"{record.app} {time}", record=record.id, time=time)
    others: tuple[dict[str, Any], ...] = (
        {"due": TOMORROW},
        {"due": YESTERDAY},
        {"assigned_to": BRUNO_ID},
        {"type": ActivityType.TODO},
        {"type": ActivityType.EMAIL},
        {"type": ActivityType.MEETING},
    )
    for other in others:
        await plan(store, "not this one", **other)
    done, cancelled = await plan(store, "done"), await plan(store, "cancelled")
    await store.activities.finish(done.id, ANNA)
    await store.activities.cancel(cancelled.id)
    found = await store.activities.due_calls(ANNA_ID, TODAY)
    assert [one.summary for one in found] == ["helpdesk 09:30", "project 14:00", "crm "]
    assert await store.activities.overdue_calls(ANNA_ID, TODAY) == 1
    assert await store.activities.overdue_calls(BRUNO_ID, TODAY) == 0


async def test_s2_10_one_click_queues_a_call_for_today_and_me_once_and_takes_it_out(store: Store) -> None:
    record = await add(store, "Deal")
    queue = store.activities.queue_call
    answers = await asyncio.gather(*(queue(record.id, ANNA_ID, TODAY) for _ in range(4)))
    assert len({one.id for one, _ in answers}) == 1
    assert sorted(new for _, new in answers) == [False, False, False, True]
    bruno, _ = await queue(record.id, BRUNO_ID, TODAY)
    late = await plan(store, "late", YESTERDAY, record=record.id)
    then = await plan(store, "tomorrow", TOMORROW, record=record.id)
    taken = await store.activities.unqueue_calls(record.id, ANNA_ID, TODAY)
    assert {one.id for one in taken} == {late.id, answers[0][0].id}
    assert {one.state for one in taken} == {ActivityState.CANCELLED}
    assert (await store.activities.next_calls([record.id, "none"], ANNA_ID)) == {record.id: then}
    assert await store.activities.next_calls([record.id], BRUNO_ID) == {record.id: bruno}
    for colleague in (UserId("user-203"), None):
        assert await store.activities.next_calls([record.id], colleague) == {record.id: bruno}
    assert [one.id for one in await store.activities.unqueue_calls(record.id, ANNA_ID, TODAY)] == [then.id]
    assert await store.activities.unqueue_calls(record.id, ANNA_ID, TODAY) == []
    for act in (queue("none", ANNA_ID, TODAY), store.activities.unqueue_calls("none", ANNA_ID, TODAY)):
        with pytest.raises(NotFound):
            await act


async def test_s2_13_what_is_planned_is_moved_given_to_another_and_done_in_the_chatter(store: Store) -> None:
    zoe = await store.contacts.add(card("Zoë", "+32475123457"))
    record = await add(store, "Deal", contact=zoe.id)
    call = await plan(store, "Ask for the plans", record=record.id)
    change = store.activities.change
    before, after = await change(call.id, lambda now: replace(now, due=TOMORROW, assigned_to=BRUNO_ID))
    assert (before, after.assigned_to, after.due) == (call, BRUNO_ID, TOMORROW)
    assert after.changed_at > before.changed_at
    assert (await change(call.id, lambda now: now))[1] == await store.activities.get(call.id) == after
    done = await store.activities.finish(call.id, Author(BRUNO_ID, "Bruno"), "They come by post", "reached")
    assert (done.state, done.feedback, done.outcome) == (ActivityState.DONE, "They come by post", "reached")
    entries, _ = await store.customer_records.entries(record.id)
    (entry,) = [one for one in entries if one.kind is EntryKind.ACTIVITY]
    assert (entry.author, entry.author_name, entry.text) == (BRUNO_ID, "Bruno", "They come by post")
    assert entry.data == {
        "activity_id": call.id,
        "type": "call",
        "summary": "Ask for the plans",
        "outcome": "reached",
    }
    for act in (
        store.activities.finish(call.id, ANNA),
        store.activities.cancel(call.id),
        change(call.id, lambda now: replace(now, due=TODAY)),
    ):
        with pytest.raises(ActivityOver, match="done already"):
            await act
    for nowhere in (store.activities.get("none"), store.activities.cancel("none")):
        with pytest.raises(NotFound):
            await nowhere
    wrongs: tuple[dict[str, Any], ...] = ({"record": "none"}, {"contact": "none"})
    for wrong in wrongs:
        with pytest.raises(InvalidConfiguration):
            await plan(store, "nothing", **wrong)


async def test_activities_are_listed_by_day_person_type_state_record_and_contact(store: Store) -> None:
    zoe = await store.contacts.add(card("Zoë", "+32475123457"))
    record = await add(store, "Deal", contact=zoe.id)
    await plan(store, "on the record", TODAY, record=record.id, time="10:00")
    await plan(store, "with Zoë", YESTERDAY, contact=zoe.id)
    await plan(store, "anything", TOMORROW, type=ActivityType.TODO, assigned_to=BRUNO_ID)
    gone = await plan(store, "cancelled", TODAY, time="09:00")
    await store.activities.cancel(gone.id)

    async def listed(**wanted: object) -> list[str]:
        found = await store.activities.list(ActivityFilter(**wanted))  # type: ignore[arg-type]
        return [one.summary for one in found]

    assert await listed() == ["with Zoë", "cancelled", "on the record", "anything"]
    assert await listed(since=TODAY, until=TODAY) == ["cancelled", "on the record"]
    assert await listed(contact=zoe.id) == ["with Zoë", "on the record"]
    assert await listed(record=record.id) == ["on the record"]
    assert await listed(assigned_to=BRUNO_ID) == await listed(type=ActivityType.TODO) == ["anything"]
    assert await listed(states=(ActivityState.CANCELLED,)) == ["cancelled"]
    await store.contacts.remove(zoe.id)
    assert await listed(since=YESTERDAY, until=YESTERDAY) == ["with Zoë"]
    await store.customer_records.remove(record.id)
    assert "on the record" not in await listed()
