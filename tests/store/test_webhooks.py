"""store/webhooks.py, webhook_events.py: what is told to whom, kept until it was, and for how long after."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from switchroom.calls.records import CallKind, CallRecord, Cause
from switchroom.calls.values import CallId, JourneyId, Party
from switchroom.happenings import (
    ActivityDone,
    CallEnded,
    CallFacts,
    Happenings,
    RecordingReady,
    VoicemailLeft,
)
from switchroom.store import CallLog, NotFound, Store, webhooks
from switchroom.store.webhook_events import Event, events_of
from switchroom.store.webhooks import EVENTS, Delivery, Webhook, shown_secret
from tests.store.conftest import Clock

URL = "https://example.com/hooks"
CALL = CallRecord(
    CallId("c1"),
    JourneyId("j1"),
    CallKind.CALL,
    1000.0,
    Party("+14155550123", "Ann"),
    "201",
    callee=Party("201"),
)


async def told(store: Store, hook: Webhook) -> list[Delivery]:
    """What was told to it, the oldest first."""
    found, _ = await store.webhooks.page(hook.id, 1000)
    return list(reversed(found))


def ended(
    cause: str, direction: str = "in", answered_at: float | None = None, kind: str = "call"
) -> CallEnded:
    call = CallFacts("c", "j", kind, direction, 1.0, "+1", "", None, "201", "201", "Bo", "user-201")
    return CallEnded(replace(call, answered_at=answered_at, ended_at=9.0, cause=cause))


@pytest.mark.parametrize(
    ("happening", "names", "result"),
    [
        (ended("caller_hung_up", answered_at=4.0), ["call.ended"], "answered"),
        (ended("no_answer"), ["call.ended", "call.missed"], "missed"),
        (ended("cancelled", "internal"), ["call.ended", "call.missed"], "missed"),
        (ended("no_answer", "out"), ["call.ended"], "missed"),
        (ended("not_allowed", kind="refused"), ["call.ended"], "refused"),
        (ended("media_failed"), ["call.ended"], "failed"),
    ],
)
def test_what_a_call_that_ended_is_told_as(happening: CallEnded, names: list[str], result: str) -> None:
    found = list(events_of(happening))
    assert [event.value for event, _ in found] == names
    data = found[0][1]
    assert (data["result"], data["seconds"]) == (result, 5.0 if result == "answered" else 0.0)
    assert data["callee"] == {"number": "201", "name": "Bo", "user_id": "user-201"}


async def test_a_call_is_told_from_its_beginning_to_its_end_with_its_record(store: Store) -> None:
    happenings = Happenings()
    store.webhooks.listen(happenings)
    assert not happenings.heard, "nobody listens while nobody wants to know"
    hook = await store.webhooks.add("CRM", URL, EVENTS, True)
    other = await store.webhooks.add("Other", URL, [Event.CALL_ENDED], True)
    off = await store.webhooks.add("Off", URL, EVENTS, False)
    log = CallLog(store, happenings=happenings)
    log.open(CALL)
    log.answered(replace(CALL, answered_at=1004.0))
    log.finish(replace(CALL, answered_at=1004.0, ended_at=1010.0, end_cause=Cause.CALLER_HUNG_UP))
    found = await told(store, hook)
    assert sorted(one.event for one in found) == ["call.answered", "call.ended", "call.started"]
    (only,) = await told(store, other)
    assert await told(store, off) == []
    same = next(one for one in found if one.event == "call.ended")
    assert only.event_id == same.event_id and only.body == same.body and only.id != same.id
    body = json.loads(only.body)
    assert (body["id"], body["type"], body["data"]["call_id"]) == (only.event_id, "call.ended", "c1")
    assert (body["data"]["caller"]["number"], body["data"]["seconds"]) == ("+14155550123", 6.0)
    assert store.webhooks.waiting(hook.id) == 3
    for one in (hook, other):
        await store.webhooks.change(one.id, lambda now: replace(now, enabled=False))
    assert not happenings.heard


async def test_every_happening_is_told(store: Store) -> None:
    happenings = Happenings()
    store.webhooks.listen(happenings)
    hook = await store.webhooks.add("CRM", URL, EVENTS, True)
    happenings.tell(RecordingReady("r1", "conference-8001", "m1", 61.0))
    happenings.tell(VoicemailLeft("v1", "mailbox-1", "+33612345678", "", 7.5, 1000.0))
    happenings.tell(
        ActivityDone("own", "a1", "call", "Ring", "user-201", "Well", "reached", 1000.0, "crm", "r9")
    )
    bodies = [json.loads(one.body) for one in await told(store, hook)]
    found = {body["type"]: body["data"] for body in bodies}
    assert found["recording.ready"]["seconds"] == 61.0
    assert (found["voicemail.left"]["number"], found["voicemail.left"]["message_id"]) == (
        "+33612345678",
        "v1",
    )
    assert (found["activity.done"]["outcome"], found["activity.done"]["record_id"]) == ("reached", "r9")


async def test_secrets_are_encrypted_and_told_to_nobody(store: Store) -> None:
    hook = await store.webhooks.add("CRM", URL, EVENTS, True)
    assert shown_secret(hook).startswith("whsec_") and len(hook.secret) == 32
    async with store.database.reading() as connection:
        row = (await connection.exec_driver_sql("SELECT * FROM webhooks")).one()
    assert hook.secret not in bytes(row.secret) and "secret" not in repr(hook)
    assert (await store.webhooks.renew(hook.id)).secret != hook.secret


async def test_what_was_told_outlives_the_process(store: Store, clock: Clock) -> None:
    hook = await store.webhooks.add("CRM", URL, EVENTS, True)
    store.webhooks.put("call.ended", {"call_id": "c1"}, [hook])
    await store.settled()
    after = webhooks.Webhooks(store.database, store.webhooks._vault, store.queue, clock)
    await after.load()
    assert after.get(hook.id) == hook and after.waiting(hook.id) == 1
    (due,) = await after.due(hook.id, 10)
    assert await after.next_at() == {hook.id: due.next_at}
    after.note(due, replace(due, attempts=1, next_at=None, delivered_at=clock.now, status=204))
    await after.settled()
    assert await after.due(hook.id, 10) == [] and after.waiting(hook.id) == 0
    await after.again(due.id)
    await after.settled()
    (again,) = await after.due(hook.id, 10)
    assert (again.id, again.body, again.attempts) == (due.id, due.body, 1)
    assert after.hurried == {hook.id}


async def test_a_removed_webhook_takes_its_deliveries_along(store: Store) -> None:
    hook = await store.webhooks.add("CRM", URL, EVENTS, True)
    store.webhooks.put("call.ended", {}, [hook])
    await store.settled()
    (due,) = await store.webhooks.due(hook.id, 10)
    await store.webhooks.remove(hook.id)
    store.webhooks.note(due, replace(due, next_at=None))
    await store.settled()
    for wanted in (store.webhooks.remove(hook.id), store.webhooks.delivery(due.id)):
        with pytest.raises(NotFound):
            await wanted


async def test_the_log_is_kept_for_30_days_and_ten_thousand_deliveries(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "KEPT_ROWS", 3)
    hook = await store.webhooks.add("CRM", URL, EVENTS, True)

    async def tell(*, over: bool) -> None:
        clock.now += 1
        store.webhooks.put("call.ended", {}, [hook])
        await store.settled()
        (due,) = await store.webhooks.due(hook.id, 1) if over else (None,)
        if due is not None:
            store.webhooks.note(due, replace(due, next_at=None, attempts=1))
            await store.settled()

    for _ in range(5):
        await tell(over=True)
    await tell(over=False)
    await store.webhooks.sweep()
    assert [one.next_at is None for one in await told(store, hook)] == [True, True, True, False]
    clock.now += 86400.0 + 1
    await store.webhooks.sweep()
    late = (await told(store, hook))[-1]
    assert late.next_at is None and "within a day" in late.problem and store.webhooks.waiting(hook.id) == 0
    clock.now += webhooks.KEPT_SECONDS
    await store.webhooks.sweep()
    assert await told(store, hook) == []


async def test_a_webhook_that_nobody_takes_from_does_not_fill_the_disk(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "MOST_WAITING", 2)
    hook = await store.webhooks.add("CRM", URL, EVENTS, True)
    for _ in range(4):
        store.webhooks.put("call.ended", {}, [hook])
    assert len(await told(store, hook)) == 2
