"""Users' devices and secrets over HTTP: they act at once and are shown once."""

from __future__ import annotations

from switchroom.store.secrets import digest_hashes
from tests.api.conftest import System


async def test_a_new_user_gets_a_secret_shown_once(system: System) -> None:
    made = await system.client.post("/api/users", json={"extension": "301", "name": "Otto"})
    assert made.status_code == 201
    secret = made.json()["secret"]
    credential = system.store.devices.credential("301")
    assert credential is not None
    assert credential.hashes == digest_hashes("301", secret["realm"], secret["secret"])
    user = made.json()["user"]
    for path in ("/api/users", f"/api/users/{user['id']}", "/api/devices", "/api/configuration"):
        assert secret["secret"] not in (await system.client.get(path)).text
    changed = await system.client.patch(f"/api/users/{user['id']}", json={"name": "Ottilie"})
    assert changed.json()["secret"] is None
    assert changed.json()["user"]["name"] == "Ottilie"
    assert changed.json()["user"]["extension"] == "301"


async def test_reset_secret_acts_at_once(system: System) -> None:
    before = system.store.devices.credential("201")
    answer = await system.client.post("/api/users/user-201/reset-secret")
    assert answer.status_code == 200
    after = system.store.devices.credential("201")
    assert before is not None and after is not None
    assert after.hashes == digest_hashes("201", "switchroom", answer.json()["secret"])
    assert after.hashes != before.hashes
    assert system.live.dropped == [after.device_id]
    assert system.store.configuration.applied.revision == 1
    assert (await system.client.post("/api/users/nobody/reset-secret")).status_code == 404
    other = (await system.client.get("/api/users/user-202/devices")).json()[0]["id"]
    wrong = await system.client.post("/api/users/user-201/reset-secret", json={"device_id": other})
    assert wrong.status_code == 404


async def test_the_first_device_follows_the_extension_at_a_reset(system: System) -> None:
    await system.client.patch("/api/users/user-201", json={"extension": "211"})
    answer = await system.client.post("/api/users/user-201/reset-secret")
    assert answer.json()["username"] == "211"
    assert system.store.devices.credential("201") is None


async def test_devices_are_added_and_revoked_alone(system: System) -> None:
    added = await system.client.post("/api/users/user-201/devices", json={"label": "Mobile"})
    assert added.status_code == 201
    assert added.json()["username"] == "201-2"
    listed = (await system.client.get("/api/users/user-201/devices")).json()
    assert [device["label"] for device in listed] == ["First phone", "Mobile"]
    revoked = await system.client.delete(f"/api/devices/{added.json()['device_id']}")
    assert revoked.json()["revoked"] is True
    assert system.live.dropped == [added.json()["device_id"]]
    assert system.store.devices.credential("201-2") is None
    assert system.store.devices.credential("201") is not None
    assert (await system.client.delete("/api/devices/none")).status_code == 404


async def test_a_reused_extension_takes_the_user_name_of_who_is_gone(system: System) -> None:
    await system.client.delete("/api/users/user-206")
    still = await system.client.post("/api/users", json={"extension": "206", "name": "New"})
    assert still.json()["secret"]["username"] == "206-2"
    await system.client.delete(f"/api/users/{still.json()['user']['id']}")
    await system.client.post("/api/configuration/apply", json={"base_revision": 1})
    made = await system.client.post("/api/users", json={"extension": "206", "name": "Newer"})
    assert made.json()["secret"]["username"] == "206"


async def test_a_new_phone_may_fetch_its_settings_instead(system: System) -> None:
    body = {"extension": "301", "name": "Otto & <Söhne>"}
    secret = (await system.client.post("/api/users", json=body)).json()["secret"]
    assert secret["server"] == {"host": "127.0.0.1", "port": 5060, "transport": "udp"}
    path = secret["provisioning_url"].removeprefix("http://127.0.0.1:8080")
    async with system.stranger() as phone:
        answer = await phone.get(path)
        assert answer.status_code == 200
        assert secret["secret"] in answer.text
        assert "Otto &amp; &lt;Söhne&gt;" in answer.text
        assert (await phone.get(path)).status_code == 404
    reset = (await system.client.post("/api/users/user-201/reset-secret")).json()
    device = (await system.client.post("/api/users/user-201/devices", json={"label": "Desk"})).json()
    assert len({secret["provisioning_url"], reset["provisioning_url"], device["provisioning_url"]}) == 3
