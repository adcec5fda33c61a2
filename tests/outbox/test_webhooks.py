"""Webhooks are told: signed, again with growing pauses, one receiver never at another's expense."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from switchroom.outbox.post import pause
from switchroom.outbox.webhook_rules import Answer, BadUrl, NoAnswer, checked_url, signature
from switchroom.outbox.webhook_sender import MOST_READ, Sender
from switchroom.outbox.webhooks import AT_ONCE, PAUSES, WebhookPost
from switchroom.store import Store
from switchroom.store.webhooks import EVENTS, Delivery, Webhook

URL = "https://example.com/hooks"


@dataclass
class Receivers:
    """What the receivers would say, by address: a status, why there is none, or nothing for ever."""

    says: dict[str, int | str | None] = field(default_factory=dict)
    told: list[tuple[float, str, str]] = field(default_factory=list)
    """When, to whom, which event."""
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: int = 0
    now: float = 1_000_000.0

    def clock(self) -> float:
        return self.now

    async def __call__(self, url: str, secret: bytes, event_id: str, body: str) -> Answer:
        self.told.append((self.now, url, event_id))
        self.heard.set()
        self.at_once += 1
        says = self.says.get(url, 204)
        await asyncio.Event().wait() if says is None else await asyncio.sleep(0)
        self.at_once -= 1
        if isinstance(says, int):
            return Answer(says, "well")
        raise NoAnswer(str(says))


@dataclass
class House:
    """A store, receivers, and what tells them."""

    store: Store
    receivers: Receivers
    post: WebhookPost
    problems: list[tuple[object, ...]]

    async def hook(self, url: str = URL) -> Webhook:
        return await self.store.webhooks.add(f"To {url}", url, EVENTS, True)

    def tell(self, hook: Webhook, count: int = 1) -> None:
        for _ in range(count):
            self.store.webhooks.put("call.ended", {"call_id": "c1"}, [hook])

    async def round(self) -> float:
        """One round, and all that it began."""
        wait = await self.post.round()
        await asyncio.gather(*self.post._telling.values())
        return wait

    async def until_quiet(self, seconds: float) -> None:
        """Rounds as the running post would have them, on the receivers' clock."""
        end = self.receivers.now + seconds
        while self.receivers.now < end:
            begun = len(self.receivers.told)
            wait = await self.round()
            self.receivers.now += wait if len(self.receivers.told) == begun else 0.0

    async def log(self, hook: Webhook) -> list[Delivery]:
        found, _ = await self.store.webhooks.page(hook.id, 100)
        return list(found)


@pytest.fixture
async def house(database: str, tmp_path: Path) -> AsyncIterator[House]:
    receivers = Receivers()
    store = await Store.open(database, tmp_path / "key", clock=receivers.clock)
    problems: list[tuple[object, ...]] = []
    post = WebhookPost(
        store.webhooks, lambda *problem: problems.append(problem), send=receivers, clock=receivers.clock
    )
    yield House(store, receivers, post, problems)
    for task in post._telling.values():
        task.cancel()
    await store.close()


async def test_an_event_is_told_once_and_logged(house: House) -> None:
    hook = await house.hook()
    house.tell(hook)
    for _ in range(3):
        await house.round()
    assert len(house.receivers.told) == 1
    (done,) = await house.log(hook)
    assert (done.status, done.answer, done.attempts, done.problem) == (204, "well", 1, "")
    assert done.next_at is None and done.delivered_at is not None


@pytest.mark.parametrize("says", [500, 404, 301, "Nothing listens at this address."])
async def test_what_is_not_taken_is_told_again_with_growing_pauses_for_a_day(
    house: House, says: int | str
) -> None:
    hook = await house.hook()
    house.receivers.says[URL] = says
    house.tell(hook)
    await house.until_quiet(2 * 86400.0)
    times = [at for at, _, _ in house.receivers.told]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert pauses[: len(PAUSES)] == [pause(number, PAUSES) for number in range(1, len(PAUSES) + 1)]
    assert all(earlier <= later for earlier, later in pairwise(pauses))
    assert 86400.0 <= times[-1] - times[0] < 86400.0 + 3600.0
    assert len({event for _, _, event in house.receivers.told}) == 1, "always by the same id"
    (log,) = await house.log(hook)
    assert log.next_at is None and log.delivered_at is None and log.problem
    assert house.problems[0][:2] == ("webhook-failed", hook.name)


async def test_who_comes_back_is_told_everything_that_waited(house: House) -> None:
    hook = await house.hook()
    house.receivers.says[URL] = "Nothing listens at this address."
    house.tell(hook, 20)
    await house.until_quiet(300.0)
    assert house.receivers.told, "it was tried"
    before = len(house.receivers.told)
    assert before < 20, "who is away is not asked for each event"
    house.receivers.says[URL] = 200
    await house.until_quiet(900.0)
    assert all(one.delivered_at is not None for one in await house.log(hook))


async def test_one_event_that_is_refused_keeps_back_no_other(house: House) -> None:
    hook = await house.hook()
    house.receivers.says[URL] = 500
    house.tell(hook)
    await house.round()
    house.receivers.says[URL] = 200
    house.tell(hook)
    await house.round()
    assert sorted(one.status or 0 for one in await house.log(hook)) == [200, 500]


async def test_a_slow_receiver_holds_nobody_back_and_is_not_flooded(house: House) -> None:
    slow, quick = await house.hook("https://slow.example.com/"), await house.hook()
    house.receivers.says[slow.url] = None
    house.tell(slow, 3 * AT_ONCE)
    house.tell(quick)
    await house.post.round()
    for _ in range(50):
        await asyncio.sleep(0)
    await house.post._telling[quick.id] if quick.id in house.post._telling else None
    house.tell(quick)
    await house.post.round()
    await house.post._telling[quick.id]
    assert [url for _, url, _ in house.receivers.told].count(quick.url) == 2
    assert house.receivers.at_once == AT_ONCE


async def test_410_switches_a_webhook_off(house: House) -> None:
    hook = await house.hook()
    house.receivers.says[URL] = 410
    house.tell(hook)
    await house.until_quiet(600.0)
    assert len(house.receivers.told) == 1
    assert not house.store.webhooks.get(hook.id).enabled
    (log,) = await house.log(hook)
    assert (log.status, log.next_at) == (410, None)
    assert ("webhook-gone", hook.name) in [problem[:2] for problem in house.problems]


async def test_send_again_is_told_at_once_by_the_same_id(house: House) -> None:
    hook = await house.hook()
    house.receivers.says[URL] = "Nothing listens at this address."
    house.tell(hook)
    await house.round()
    house.receivers.says[URL] = 200
    (failed,) = await house.log(hook)
    await house.store.webhooks.again(failed.id)
    await house.round()
    (done,) = await house.log(hook)
    assert done.delivered_at is not None
    assert {event for _, _, event in house.receivers.told} == {done.event_id}


async def test_a_test_is_told_once_and_logged(house: House) -> None:
    hook = await house.hook()
    house.receivers.says[URL] = 500
    tried = await house.post.test(hook)
    assert (tried.event, tried.status, tried.next_at) == ("test", 500, None)
    await house.until_quiet(600.0)
    assert len(house.receivers.told) == 1 and await house.log(hook) == [tried]
    assert json.loads(tried.body)["type"] == "test"


async def test_the_running_post_tells_at_once(house: House) -> None:
    hook = await house.hook()
    running = asyncio.create_task(house.post.run())
    await asyncio.sleep(0)
    house.tell(hook)
    async with asyncio.timeout(10):
        await house.receivers.heard.wait()
    running.cancel()


# --- the rules, and the wire --------------------------------------------------------------------------------


def test_the_signature_is_that_of_standard_webhooks() -> None:
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    found = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}')
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "example.com/hooks",
        "javascript:alert(1)",
        "https://",
        "https://user:secret@example.com/",
        "http://169.254.169.254/latest",
        "http://[fe80::1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
        "http://100.100.100.200/",
        "https://exa mple.com/",
        "https://exämple.com/",
        "https://example.com:99999/",
        "http://[::1",
    ],
)
def test_some_addresses_are_told_nothing(url: str) -> None:
    with pytest.raises(BadUrl):
        checked_url(url)


@pytest.mark.parametrize(
    "url", ["https://example.com/h?x=1", "http://192.168.1.9:8000/", "http://localhost:1/", "http://[::1]:8/"]
)
def test_private_addresses_may_be_told(url: str) -> None:
    assert checked_url(f" {url}#part ") == url


def wire(answer: httpx.Response, seen: list[httpx.Request], *found: str) -> Sender:
    """A sender whose requests go nowhere, to a name with these addresses."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        return found

    def take(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer

    return Sender(lambda: 1614265330.9, resolve=resolve, transport=httpx.MockTransport(take))


async def test_the_request_goes_to_the_address_that_was_looked_up_with_the_names_certificate() -> None:
    seen: list[httpx.Request] = []
    sender = wire(httpx.Response(200, stream=httpx.ByteStream(b"thanks")), seen, "203.0.113.5")
    assert await sender.send("https://example.com/h?x=1", b"k" * 32, "evt-1", '{"a":1}') == Answer(
        200, "thanks"
    )
    (request,) = seen
    assert str(request.url) == "https://203.0.113.5/h?x=1"
    assert (request.headers["host"], request.extensions["sni_hostname"]) == ("example.com", "example.com")
    assert (request.headers["webhook-id"], request.headers["webhook-timestamp"]) == ("evt-1", "1614265330")
    assert request.headers["webhook-signature"] == signature(b"k" * 32, "evt-1", 1614265330, '{"a":1}')
    assert (request.method, request.content) == ("POST", b'{"a":1}')


async def test_a_name_that_leads_into_the_machines_own_network_is_told_nothing() -> None:
    seen: list[httpx.Request] = []
    with pytest.raises(NoAnswer, match="own network"):
        await wire(
            httpx.Response(200, stream=httpx.ByteStream(b"")), seen, "169.254.169.254", "fe80::1%eth0"
        ).send(URL, b"", "e", "{}")
    assert seen == []
    await wire(
        httpx.Response(200, stream=httpx.ByteStream(b"")), seen, "169.254.169.254", "203.0.113.5"
    ).send(URL, b"", "e", "{}")
    assert [request.url.host for request in seen] == ["203.0.113.5"]


async def test_redirects_are_not_followed_and_long_answers_not_read() -> None:
    seen: list[httpx.Request] = []
    moved = httpx.Response(
        302, headers={"Location": "http://169.254.169.254/"}, stream=httpx.ByteStream(b"x" * 10 * MOST_READ)
    )
    answer = await wire(moved, seen, "203.0.113.5").send(URL, b"", "e", "{}")
    assert (answer.status, len(answer.text), len(seen)) == (302, MOST_READ, 1)


async def test_who_does_not_answer_in_time_is_left() -> None:
    async def hang(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return ()

    with pytest.raises(NoAnswer, match="within"):
        await Sender(lambda: 0.0, resolve=hang, patience=0.01).send(URL, b"", "e", "{}")


def test_a_webhook_shows_no_secret() -> None:
    hook = Webhook("webhook-1", "CRM", URL, frozenset(), True, b"very secret", 1.0, 1.0)
    assert "very secret" not in repr(replace(hook, name="Other"))
