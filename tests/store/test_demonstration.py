"""store/demonstration.py: the data that the system is tried with."""

from __future__ import annotations

import time
from datetime import timedelta

from switchroom.crm.activities import day_at
from switchroom.crm.records import App
from switchroom.directory import UserId, validate
from switchroom.directory.number_plan import classify
from switchroom.directory.typed import read_typed
from switchroom.store import Store, load_demonstration, read_search
from switchroom.store.activities import ActivityFilter
from switchroom.store.demonstration import demonstration_snapshot
from switchroom.store.demonstration_customers import load_customers
from switchroom.store.records_board import RecordFilter


def test_s2_04_its_users_may_call_1_32_and_44() -> None:
    snapshot = demonstration_snapshot()
    assert validate(snapshot) == []
    for number in ("+12125551234", "+16135551234", "+3222903490", "+442079460000"):
        country = classify(number, "IT").country
        assert all(country in snapshot.rights_of(user).countries for user in snapshot.users.values()), number


async def test_s2_11_its_people_have_customers_to_call_today_yesterday_and_tomorrow(store: Store) -> None:
    await load_demonstration(store, time_zone="Europe/Brussels")
    await load_customers(store, time.time())
    contacts, _ = await store.contacts.page(read_search(""), 100)
    assert len(contacts) == 12
    rights = store.configuration.applied
    for contact in contacts:
        (number,) = contact.card.numbers
        assert read_typed(number.e164, "US").dial == number.e164
        country = classify(number.e164, "IT").country
        assert all(country in rights.rights_of(user).countries for user in rights.users.values()), number
    for app in App:
        board = await store.customer_records.board(RecordFilter(app=app))
        assert sum(board.counts.values()) == len(board.records) == 4
        assert all(record.contact and record.owner for record in board.records)
    today = day_at(time.time(), "Europe/Brussels")
    anna = UserId("user-201")
    calls = [one.summary for one in await store.activities.due_calls(anna, today)]
    assert calls == ["Ask how many desks", "Try again with the headset", "Offer: any questions?"]
    assert await store.activities.overdue_calls(anna, today) == 1
    later = await store.activities.list(ActivityFilter(since=today + timedelta(1)))
    assert {store.configuration.name_of(one.assigned_to) for one in later} == {
        "Anna Weber",
        "Bruno Conti",
        "Claire Petit",
    }
