"""What was spent on calls outside is kept; countries are allowed durably."""

from __future__ import annotations

from switchroom.store import Store
from switchroom.store.usage import UsedHour


async def test_what_was_spent_is_kept_and_forgotten(store: Store) -> None:
    store.usage.put([UsedHour("users/a", 10, 1, 5.0), UsedHour("trunks/t", 11, 1, 5.0)])
    store.usage.put([UsedHour("users/a", 10, 2, 65.5)])
    await store.settled()
    assert sorted(await store.usage.hours(10), key=lambda one: one.hour) == [
        UsedHour("users/a", 10, 2, 65.5),
        UsedHour("trunks/t", 11, 1, 5.0),
    ]
    assert [one.hour for one in await store.usage.hours(11)] == [11]
    await store.usage.forget_before(11)
    assert [one.hour for one in await store.usage.hours(0)] == [11]


async def test_a_country_is_allowed_once_and_audited(store: Store) -> None:
    await store.usage.allow_country("FR", "admin")
    await store.usage.allow_country("FR", "admin")
    assert await store.usage.countries() == ["FR"]
    newest = (await store.audit.list())[0]
    assert (newest.who, newest.action, newest.subject) == ("admin", "country allowed", "countries/FR")
