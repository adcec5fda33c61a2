"""The API's description: kept in the repository, true, and the API answers nonsense with 4xx."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable

from switchroom.api import create_app
from switchroom.api.snapshot import openapi_text
from switchroom.store import Store
from tests.api.conftest import DATABASE, FakeLive, Furnished

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = 3
"""Requests of an operation that keep to the description, and as many that do not."""
ENDING = {
    ("POST", "/api/logout"),
    ("DELETE", "/api/session"),
    ("DELETE", "/api/account/sessions"),
    ("DELETE", "/api/account/sessions/{session_id}"),
    ("PUT", "/api/account/password"),
}


def test_the_description_in_the_repository_is_the_present_one() -> None:
    kept = (ROOT / "docs" / "openapi.json").read_text()
    assert kept == openapi_text(), "run: python -m switchroom.api.snapshot > docs/openapi.json"


@pytest.fixture
def served(furnished: Furnished, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The address and a token of an API in a thread of its own."""
    ready: dict[str, str] = {}
    stop = threading.Event()

    async def serve() -> None:
        furnished.copy(tmp_path)
        store = await Store.open(str(tmp_path / DATABASE), tmp_path / "key")
        token = await store.logins.issue_token("admin", "tests", 3600)
        app = create_app(store, FakeLive(), version="0")
        config = uvicorn.Config(app, "127.0.0.1", 0, log_level="error", lifespan="off")
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        ready.update(url=f"http://127.0.0.1:{port}", token=token)
        await asyncio.to_thread(stop.wait)
        server.should_exit = True
        await running
        await store.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    while not ready and thread.is_alive():
        time.sleep(0.02)
    yield ready["url"], ready["token"]
    stop.set()
    thread.join(timeout=120)


def test_no_request_makes_the_api_fail(served: tuple[str, str]) -> None:
    url, token = served
    schema = schemathesis.openapi.from_url(f"{url}/api/openapi.json")
    operations: list[Any] = [found.ok() for found in schema.get_all_operations()]  # type: ignore[union-attr]
    assert len(operations) > 30
    statuses: dict[int, int] = {}
    failures: list[str] = []
    # What ends the session comes last: the token is needed until then.
    operations.sort(key=lambda operation: (operation.method.upper(), operation.path) in ENDING)
    for operation in operations:
        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
            try_operation(operation, mode, token, statuses, failures)
    assert failures == []
    assert sum(count for status, count in statuses.items() if status < 300) > 50
    assert sum(count for status, count in statuses.items() if 400 <= status < 500) > 200


def try_operation(
    operation: Any,
    mode: schemathesis.GenerationMode,
    token: str,
    statuses: dict[int, int],
    failures: list[str],
) -> None:
    """A few generated requests of one operation: none may be answered with 5xx."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(mode))
    def attempt(case: Any) -> None:
        answer = case.call(headers={"Authorization": f"Bearer {token}"}, timeout=120)
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        if answer.status_code >= 500:
            failures.append(f"{case.as_curl_command()} -> {answer.status_code} {answer.text[:200]}")

    # An operation without parameters can not be asked wrongly.
    with suppress(Unsatisfiable):
        attempt()
