"""store/devices.py: credentials act at once and are in no revision."""

from __future__ import annotations

import hashlib

import pytest

from switchroom.store import Conflict, NotFound, Store
from switchroom.store.secrets import generate_password, generate_secret


async def test_a_device_gets_a_generated_secret_and_digest_hashes(store: Store) -> None:
    made = await store.devices.add("user-1", "201", "Desk", "admin")
    assert len(made.secret) == 28
    assert made.secret not in repr(made)
    credential = store.devices.credential("201")
    assert credential is not None
    text = f"201:switchroom:{made.secret}".encode()
    assert credential.hashes.md5 == hashlib.md5(text).hexdigest()
    assert credential.hashes.sha256 == hashlib.sha256(text).hexdigest()
    assert (credential.user_id, credential.device_id) == ("user-1", made.device.id)
    assert store.devices.credential("202") is None


async def test_reset_and_revoke_act_at_once(store: Store) -> None:
    made = await store.devices.add("user-1", "201", "Desk", "admin")
    before = store.devices.credential("201")
    again = await store.devices.reset(made.device.id, "admin")
    after = store.devices.credential("201")
    assert again.secret != made.secret
    assert before is not None and after is not None and before.hashes != after.hashes
    await store.devices.revoke(made.device.id, "admin")
    assert store.devices.credential("201") is None
    assert (await store.devices.list("user-1"))[0].revoked
    await store.devices.reset(made.device.id, "admin", username="211")
    assert store.devices.credential("211") is not None
    assert store.devices.credential("201") is None
    with pytest.raises(NotFound):
        await store.devices.revoke("device-none", "admin")
    assert [entry.action for entry in await store.audit.list()][:2] == ["secret reset", "device revoked"]


async def test_a_user_name_is_held_by_the_living_only(store: Store) -> None:
    await store.devices.add("gone", "201", "Desk", "admin")
    with pytest.raises(Conflict):
        await store.devices.add("new", "201", "Desk", "admin", living={"gone", "new"})
    await store.devices.add("new", "201", "Desk", "admin", living={"new"})
    credential = store.devices.credential("201")
    assert credential is not None
    assert credential.user_id == "new"


def test_secrets_have_the_strength_promised() -> None:
    made = [generate_secret() for _ in range(200)]
    assert len(set(made)) == 200
    letters = set("".join(made))
    assert letters <= set("abcdefghjkmnpqrstuvwxyz23456789")
    assert 28 * 4.95 > 128
    assert len(generate_password().replace("-", "")) == 20
