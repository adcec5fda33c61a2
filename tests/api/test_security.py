"""Who gets in, how often, with how much; what browsers are told."""

from __future__ import annotations

import asyncio

import pytest

from switchroom.api.limits import BODY_BYTES, TokenBuckets, is_loopback, network
from tests.api.conftest import System

OPEN = {
    ("get", "/api/health"),
    ("get", "/metrics"),
    ("post", "/api/login"),
    ("get", "/api/welcome"),
    ("post", "/api/session"),
    ("post", "/api/session/site"),
    ("get", "/api/session/openid/{provider_id}"),
    ("get", "/api/session/openid/{provider_id}/callback"),
    ("get", "/api/provisioning/{key}"),
    ("get", "/provision/{token}"),
    ("get", "/provision/{token}/{name}"),
    ("get", "/api/join/{token}"),
    ("post", "/api/join/{token}"),
}


async def test_every_route_but_a_few_needs_a_token(system: System) -> None:
    checked = 0
    async with system.stranger() as client:
        for template, methods in system.app.openapi()["paths"].items():
            path = template.replace("{number}", "1").replace("{", "").replace("}", "")
            for method in methods:
                if (method, template) in OPEN:
                    continue
                for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic YTpi"}):
                    answer = await client.request(method, path, headers=headers)
                    assert answer.status_code == 401, (method, path)
                    wanted = "visit-over" if template == "/api/visit" else "not-signed-in"
                    assert answer.json()["error_id"] == wanted
                    assert answer.headers["www-authenticate"] == "Bearer"
                    checked += 1
    assert checked > 60


async def test_sign_in_and_out(system: System) -> None:
    demonstration = system.demonstration
    async with system.stranger() as client:
        body = {"name": demonstration.login, "password": demonstration.password}
        answer = await client.post("/api/login", json=body)
        assert answer.status_code == 200
        headers = {"Authorization": f"Bearer {answer.json()['token']}"}
        assert (await client.get("/api/users", headers=headers)).status_code == 200
        assert (await client.post("/api/logout", headers=headers)).status_code == 204
        assert (await client.get("/api/users", headers=headers)).status_code == 401


async def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(system: System) -> None:
    async with system.stranger() as client:
        unknown = await client.post("/api/login", json={"name": "nobody", "password": "x"})
        wrong = await client.post("/api/login", json={"name": "admin", "password": "x"})
    assert unknown.status_code == wrong.status_code == 401
    assert unknown.json() == wrong.json()
    async with system.stranger("192.0.2.1") as client:
        odd = await client.post("/api/login", json={"name": "a\x00b", "password": "\x00"})
        assert odd.json() == wrong.json()
        lone = b'{"name": "\\ud800", "password": "\\ud800"}'
        assert (await client.post("/api/login", content=lone)).status_code == 422


async def test_guessing_is_slowed_and_the_owner_elsewhere_is_not(system: System) -> None:
    guess = {"name": "admin", "password": "guess"}
    async with system.stranger("198.51.100.1") as attacker:
        answers = [(await attacker.post("/api/login", json=guess)).status_code for _ in range(7)]
        assert answers == [401] * 5 + [429] * 2
        refused = await attacker.post("/api/login", json=guess)
        assert 0 < int(refused.headers["retry-after"]) <= 12
    right = {"name": "admin", "password": system.demonstration.password}
    async with system.stranger("198.51.100.2") as owner:
        assert (await owner.post("/api/login", json=right)).status_code == 200


async def test_guessing_many_names_is_slowed_too(system: System) -> None:
    async with system.stranger("198.51.100.3") as attacker:
        tries = [attacker.post("/api/login", json={"name": f"n{n}", "password": "x"}) for n in range(25)]
        answers = [answer.status_code for answer in await asyncio.gather(*tries)]
    assert answers.count(429) == 5


def test_token_buckets() -> None:
    buckets = TokenBuckets(2, 10.0)
    assert [buckets.take("a", 0.0), buckets.take("a", 0.0), buckets.take("b", 0.0)] == [0.0, 0.0, 0.0]
    assert buckets.take("a", 0.0) == 10.0
    assert buckets.take("a", 5.0) == 5.0
    assert buckets.take("a", 10.0) == 0.0
    buckets.take("a", 10.0)
    buckets.give_back("a", 5)
    assert [buckets.take("a", 10.0) for _ in range(3)] == [0.0, 0.0, 10.0]
    buckets.give_back("none")
    for number in range(30_000):
        buckets.take(number, 20.0)
    assert len(buckets._buckets) <= 20_000


def test_one_client_is_an_address_or_an_ipv6_network() -> None:
    assert network("2001:db8:1:2:3::4") == network("2001:db8:1:2:ffff::1") != network("2001:db8:1:3::1")
    assert network("::ffff:192.0.2.1") == network("192.0.2.1") == "192.0.2.1"
    assert network(None) == network("x") == "unknown"
    assert [is_loopback(host) for host in ("127.0.0.9", "::1", "::ffff:127.0.0.1")] == [True] * 3
    assert [is_loopback(host) for host in ("192.0.2.1", "", None, "localhost.example")] == [False] * 4


async def test_bodies_are_limited(system: System) -> None:
    async def endless() -> object:
        for _ in range(100):
            yield b"x" * 10_000

    declared = await system.client.post("/api/login", content=b"x" * (BODY_BYTES + 1))
    streamed = await system.client.post("/api/login", content=endless())  # type: ignore[arg-type]
    for answer in (declared, streamed):
        assert answer.status_code == 413
        assert answer.json()["error_id"] == "too-large"


@pytest.mark.parametrize("path", ["/", "/api/users", "/api/docs", "/api/none"])
async def test_browsers_are_told_to_be_careful(system: System, path: str) -> None:
    headers = (await system.client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"]
    if path.startswith("/api/") and path != "/api/docs":
        assert headers["cache-control"] == "no-store"


async def test_metrics_are_for_this_machine_only(system: System) -> None:
    here = await system.client.get("http://127.0.0.1/metrics")
    assert here.status_code == 200
    assert "python_info" in here.text
    forwarded = await system.client.get("http://127.0.0.1/metrics", headers={"X-Forwarded-For": "192.0.2.1"})
    async with system.stranger() as client:
        away = await client.get("http://127.0.0.1/metrics")
    assert forwarded.status_code == away.status_code == 403
    assert away.json()["error_id"] == "loopback-only"


async def test_metrics_are_not_given_to_a_page_that_rebinds_a_name(system: System) -> None:
    for host in ("evil.example", "192.0.2.9", "127.0.0.1.evil.example"):
        assert (await system.client.get(f"http://{host}/metrics")).status_code == 403
    for host in ("localhost", "[::1]"):
        assert (await system.client.get(f"http://{host}/metrics")).status_code == 200


async def test_unknown_paths_and_methods_answer_like_everything_else(system: System) -> None:
    missing = await system.client.get("/api/none")
    assert (missing.status_code, missing.json()["error_id"]) == (404, "not-found")
    wrong = await system.client.put("/api/users")
    assert (wrong.status_code, wrong.json()["error_id"]) == (405, "method-not-allowed")
    assert "allow" in wrong.headers
