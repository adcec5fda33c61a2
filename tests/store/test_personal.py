"""store/personal.py and store/trunk_secrets.py: at once, audited, still there after a restart; encrypted."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import insert, select

from switchroom.directory import Destination, DestinationKind, TrunkId, UserId
from switchroom.directory.personal import UNSET, Forward, Personal
from switchroom.store import Store
from switchroom.store.tables import personal, trunk_secrets

ANNA, TRUNK = UserId("user-anna"), TrunkId("trunk-1")
OUTSIDE = Destination(DestinationKind.NUMBER, "+32470123456")
SET = Personal(always=OUTSIDE, busy=(Forward(OUTSIDE, 15),), do_not_disturb=True)


async def test_personal_settings_act_at_once_are_audited_and_stay(
    store: Store, url: str, tmp_path: Path
) -> None:
    assert store.personal.of(ANNA) == UNSET
    await store.personal.set(ANNA, SET, "201")
    await store.personal.set(ANNA, SET, "201")
    assert store.personal.of(ANNA) == SET
    noted = await store.audit.list()
    assert [(entry.who, entry.action, entry.subject) for entry in noted] == [
        ("201", "personal settings saved", "users/user-anna")
    ]
    assert "+32470123456" in noted[0].detail
    assert "no_answer" not in noted[0].detail
    again = await Store.open(url, tmp_path / "key")
    try:
        assert again.personal.of(ANNA) == SET
    finally:
        await again.close()


async def test_settings_that_can_not_be_read_count_as_never_set(
    store: Store, url: str, tmp_path: Path
) -> None:
    row = {"id": ANNA, "document": '{"teleport": true}', "changed_at": 1.0}
    async with store.database.writing() as connection:
        await connection.execute(insert(personal), row)
    again = await Store.open(url, tmp_path / "key")
    try:
        assert again.personal.of(ANNA) == UNSET
    finally:
        await again.close()


async def test_a_trunks_password_is_encrypted_and_in_no_log(store: Store, url: str, tmp_path: Path) -> None:
    heard: list[str] = []
    store.trunk_secrets.when_changed(heard.append)
    await store.trunk_secrets.set(TRUNK, "geheim", "admin")
    assert (store.trunk_secrets.of(TRUNK), store.trunk_secrets.has(TRUNK), heard) == ("geheim", True, [TRUNK])
    async with store.database.reading() as connection:
        (kept,) = (await connection.execute(select(trunk_secrets.c.secret))).scalars()
    assert b"geheim" not in kept
    assert "geheim" not in repr(store.trunk_secrets)
    (noted,) = await store.audit.list()
    assert (noted.action, noted.subject, noted.detail) == ("trunk password set", "trunks/trunk-1", "")
    again = await Store.open(url, tmp_path / "key")
    try:
        assert again.trunk_secrets.of(TRUNK) == "geheim"
        await again.trunk_secrets.set(TRUNK, None, "admin")
        assert again.trunk_secrets.of(TRUNK) is None
    finally:
        await again.close()
