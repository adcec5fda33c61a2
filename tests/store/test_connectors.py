"""Connectors in the store: settings, keys and the queue of acts, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from switchroom.crm.connector import (
    Act,
    CallNote,
    CancelActivity,
    ChangeActivity,
    ForgetCall,
    LogCall,
    MarkDone,
    ScheduleCall,
)
from switchroom.directory import UserId
from switchroom.store import NotFound, Store
from switchroom.store.connector_acts import KEPT_SECONDS
from switchroom.store.connectors import ConnectorKey, ConnectorSettings
from tests.store.conftest import Clock

ANNA, BEN = UserId("anna"), UserId("ben")
ODOO = ConnectorSettings("odoo", "odoo", "Odoo", "https://odoo.example.com", "prod", "-----BEGIN")
CALL = CallNote("call-1", "in", "+3222903490", "Zoë \ud800", 1.5, None, "missed", "note")
ACTS: list[Act] = [
    MarkDone("1", "fine", "reached"),
    ChangeActivity("1", date(2026, 3, 26), None, "x", "", BEN),
    CancelActivity("1"),
    ScheduleCall("crm", "2", date(2026, 3, 26), "x", "y", "10:00", None),
    LogCall("crm", "2", CALL),
    ForgetCall("crm", "2", "call-1"),
]


async def test_settings_and_keys_outlive_a_restart_and_are_encrypted(
    store: Store, url: str, tmp_path: Path
) -> None:
    saved = await store.connectors.put(ODOO, "admin")
    await store.connectors.set_key(ConnectorKey("odoo", ANNA, "anna", "7", "top secret"), "anna")
    await store.connectors.set_secret("odoo", "shared secret")
    again = await Store.open(url, tmp_path / "key")
    try:
        assert again.connectors.all() == (saved,)
        key = again.connectors.key("odoo", ANNA)
        assert key is not None and (key.key, key.login, key.remote_id) == ("top secret", "anna", "7")
        assert again.connectors.secret("odoo") == "shared secret"
        assert again.connectors.key("odoo", BEN) is None and "top secret" not in repr(key)
    finally:
        await again.close()
    async with store.database.reading() as connection:
        for table in ("connectors", "connector_keys", "audit"):
            rows = (await connection.exec_driver_sql(f"SELECT * FROM {table}")).all()
            assert "top secret" not in repr(rows) and "shared secret" not in repr(rows)


async def test_at_another_address_keys_are_forgotten_and_elsewise_not(store: Store) -> None:
    await store.connectors.put(ODOO, "admin")
    await store.connectors.set_key(ConnectorKey("odoo", ANNA, "anna", "7", "top secret"), "anna")
    await store.connectors.put(replace(ODOO, name="Our Odoo", enabled=False), "admin")
    assert store.connectors.key("odoo", ANNA) is not None
    await store.connectors.put(replace(ODOO, url="https://evil.example.net"), "admin")
    assert store.connectors.key("odoo", ANNA) is None and store.connectors.keys("odoo") == []


async def test_what_is_removed_takes_its_keys_and_acts_along(store: Store) -> None:
    await store.connectors.put(ODOO, "admin")
    await store.connectors.set_key(ConnectorKey("odoo", ANNA, "anna", "7", "top secret"), "anna")
    await store.connectors.acts.add("odoo", ANNA, ACTS[0], "a")
    await store.connectors.remove("odoo", "admin")
    assert store.connectors.all() == () and store.connectors.key("odoo", ANNA) is None
    assert await store.connectors.acts.open("odoo", ANNA) == []
    for raising in (
        store.connectors.remove("odoo", "admin"),
        store.connectors.set_key(ConnectorKey("odoo", ANNA, "a", "7", "x"), "anna"),
        store.connectors.remove_key("odoo", ANNA, "anna"),
        store.connectors.acts.add("odoo", ANNA, ACTS[0], "a"),
    ):
        with pytest.raises(NotFound):
            await raising


async def test_every_act_is_kept_as_it_was_and_in_order(store: Store, clock: Clock) -> None:
    await store.connectors.put(ODOO, "admin")
    for number, act in enumerate(ACTS):
        await store.connectors.acts.add("odoo", ANNA, act, str(number))
        await store.connectors.acts.add("odoo", BEN, act, str(number))
        again = await store.connectors.acts.add("odoo", ANNA, act, str(number))
        assert again.attempts == 0
    found = [stored.act for stored in await store.connectors.acts.waiting("odoo", ANNA)]
    assert found[:4] == ACTS[:4] and found[5] == ACTS[5]
    assert isinstance(found[4], LogCall) and found[4].call.name == "Zoë \ufffd"
    heads = await store.connectors.acts.heads()
    assert sorted((head.user_id, head.act) == (head.user_id, ACTS[0]) for head in heads) == [True, True]


async def test_acts_are_ended_retried_dropped_and_forgotten(store: Store, clock: Clock) -> None:
    acts = store.connectors.acts
    await store.connectors.put(ODOO, "admin")
    first, second = [await acts.add("odoo", ANNA, act, str(n)) for n, act in enumerate(ACTS[:2])]
    await acts.begin(first.id, clock.now)
    await acts.failed(first.id, "It said no.", None, False)
    assert [act.id for act in await acts.waiting("odoo", ANNA)] == [second.id]
    assert [act.problem for act in await acts.open("odoo", ANNA)] == ["It said no.", ""]
    with pytest.raises(NotFound):
        await acts.retry(first.id, "odoo", BEN)
    with pytest.raises(NotFound):
        await acts.drop(first.id, "odoo", BEN)
    await acts.retry(first.id, "odoo", ANNA)
    assert (await acts.head("odoo", ANNA)) is not None
    await acts.done(first.id)
    with pytest.raises(NotFound):
        await acts.drop(first.id, "odoo", ANNA)
    await acts.drop(second.id, "odoo", ANNA)
    assert await acts.open("odoo", ANNA) == [] and await acts.get(first.id) is not None
    clock.now += KEPT_SECONDS + 1
    await acts.sweep()
    assert await acts.get(first.id) is None
