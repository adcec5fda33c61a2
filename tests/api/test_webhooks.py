"""Webhooks by the API: the list, the secret that is shown once, the log, a test, and one more try."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from switchroom.api.webhooks import WebhookDesk
from switchroom.outbox.webhook_rules import Answer
from switchroom.outbox.webhooks import WebhookPost
from tests.api.conftest import System

HOOK: dict[str, Any] = {
    "name": "CRM",
    "url": "https://example.com/hooks",
    "events": ["call.ended", "call.missed"],
}


class Receiver:
    """What a receiver would say, and what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.status = 500

    async def __call__(self, url: str, secret: bytes, event_id: str, body: str) -> Answer:
        self.told.append(event_id)
        return Answer(self.status, "not now")


@pytest.fixture
async def receiver(system: System) -> AsyncIterator[Receiver]:
    found = Receiver()
    post = WebhookPost(system.store.webhooks, lambda *problem: None, send=found)
    system.app.state.webhook_desk = WebhookDesk(post)
    yield found


async def test_a_webhook_is_added_changed_and_removed(system: System) -> None:
    made = await system.client.post("/api/webhooks", json=HOOK)
    assert made.status_code == 201, made.text
    hook = made.json()
    assert hook.pop("secret").startswith("whsec_")
    assert (await system.client.get("/api/webhooks")).json() == [hook]
    assert (hook["enabled"], hook["waiting"], hook["last"]) == (True, 0, None)
    place = f"/api/webhooks/{hook['id']}"
    off = await system.client.patch(place, json={"enabled": False}, headers={"If-Match": hook["version"]})
    assert off.status_code == 200 and off.json() == hook | {
        "enabled": False,
        "changed_at": off.json()["changed_at"],
        "version": off.json()["version"],
    }
    late = await system.client.patch(place, json={"enabled": True}, headers={"If-Match": hook["version"]})
    assert (late.status_code, late.json()["error_id"]) == (409, "changed-meanwhile")
    renewed = await system.client.post(f"{place}/secret")
    assert renewed.status_code == 200 and renewed.json()["secret"] != made.json()["secret"]
    assert (await system.client.delete(place)).status_code == 204
    assert (await system.client.delete(place)).status_code == 404
    noted = [entry.action for entry in await system.store.audit.list() if entry.action.startswith("webhook")]
    assert noted == ["webhook removed", "webhook secret renewed", "webhook changed", "webhook added"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"url": "ftp://example.com"}, "url"),
        ({"url": "http://169.254.169.254/"}, "url"),
        ({"events": []}, "events"),
        ({"events": ["call.sung"]}, "events"),
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"secret": "mine"}, "secret"),
    ],
)
async def test_what_can_not_be_a_webhook(system: System, changed: dict[str, Any], field: str) -> None:
    answer = await system.client.post("/api/webhooks", json=HOOK | changed)
    assert answer.status_code == 422
    assert answer.json()["field"].startswith(field)


async def test_there_are_not_too_many(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("switchroom.api.webhooks.MOST_WEBHOOKS", 1)
    assert (await system.client.post("/api/webhooks", json=HOOK)).status_code == 201
    answer = await system.client.post("/api/webhooks", json=HOOK)
    assert (answer.status_code, answer.json()["error_id"]) == (409, "too-many")


async def test_the_log_tells_what_was_told_and_an_event_is_sent_again(
    system: System, receiver: Receiver
) -> None:
    hook = (await system.client.post("/api/webhooks", json=HOOK)).json()
    place = f"/api/webhooks/{hook['id']}"
    tried = (await system.client.post(f"{place}/test")).json()
    assert (tried["event"], tried["state"], tried["status"], tried["answer"]) == (
        "test",
        "failed",
        500,
        "not now",
    )
    assert "500" in tried["problem"] and receiver.told == [tried["event_id"]]
    log = (await system.client.get(f"{place}/deliveries")).json()
    assert log == {"deliveries": [tried], "next": None}
    (seen,) = (await system.client.get("/api/webhooks")).json()
    assert (seen["last"]["state"], seen["last"]["status"]) == ("failed", 500)
    again = await system.client.post(f"/api/webhooks/deliveries/{tried['id']}/send")
    assert again.status_code == 200, again.text
    assert (again.json()["state"], again.json()["event_id"]) == ("waiting", tried["event_id"])
    assert (await system.client.get("/api/webhooks")).json()[0]["waiting"] == 1
    await system.client.patch(place, json={"enabled": False})
    refused = await system.client.post(f"/api/webhooks/deliveries/{tried['id']}/send")
    assert (refused.status_code, refused.json()["error_id"]) == (409, "webhook-off")
    gone = await system.client.post("/api/webhooks/deliveries/evt-1.webhook-1/send")
    assert gone.status_code == 404
    assert (await system.client.get(f"{place}/deliveries?after=nonsense")).status_code == 422


async def test_tests_are_not_a_hammer(system: System, receiver: Receiver) -> None:
    hook = (await system.client.post("/api/webhooks", json=HOOK)).json()
    answers = [(await system.client.post(f"/api/webhooks/{hook['id']}/test")).status_code for _ in range(20)]
    assert answers[0] == 200 and answers[-1] == 429 and len(receiver.told) < 20
