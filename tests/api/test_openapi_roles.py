"""Generated requests by people with few rights and a cookie: nothing fails, nothing opens, all described."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable

from switchroom.api.context import COOKIE, CSRF_HEADER
from tests.api.test_openapi import ENDING, served
from tests.api.test_rights import table

__all__ = ["served"]
EXAMPLES = 3
"""Of each operation that may be used; of another one is enough to be refused."""
UNDESCRIBED = {400, 405, 406, 408, 413, 415}
"""What the server may answer before a route sees the request."""


def signed_in(url: str, token: str, extension: str) -> dict[str, str]:
    """The headers of a page where this person has signed in."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, timeout=120) as client:
        answer = client.post(f"/api/users/user-{extension}/login/reset-password", headers=headers)
        body = answer.json()
        view = client.post("/api/session", json=body).json()
        client.headers[CSRF_HEADER] = view["csrf"]
        own = {"current": body["password"], "new": "correct horse"}
        changed = client.put("/api/account/password", json=own)
        assert changed.status_code == 200, changed.text
        return {
            "Cookie": f"{COOKIE}={client.cookies[COOKIE]}",
            CSRF_HEADER: changed.json()["csrf"],
            "Origin": url,
        }


@pytest.mark.parametrize(("extension", "letter"), [("206", "C"), ("203", "U")])
def test_generated_requests_of_each_role_stay_inside_its_rights(
    served: tuple[str, str], extension: str, letter: str
) -> None:
    url, token = served
    headers = signed_in(url, token, extension)
    schema = schemathesis.openapi.from_url(f"{url}/api/openapi.json")
    # The description names a path's parts without their converters.
    expected = {(method, path.replace(":path}", "}")): who for (method, path), who in table().items()}
    operations: list[Any] = [found.ok() for found in schema.get_all_operations()]  # type: ignore[union-attr]
    statuses: dict[int, int] = {}
    problems: list[str] = []
    for operation in operations:
        key = (operation.method.upper(), operation.path)
        if key in ENDING or expected[key] == "public":
            continue
        allowed = expected[key] in ("account", "inside") or letter in expected[key]
        ask(operation, headers, allowed, statuses, problems)
    assert problems == []
    assert statuses.get(403, 0) > 50
    assert sum(count for status, count in statuses.items() if status < 300) > 10


def ask(
    operation: Any,
    headers: dict[str, str],
    allowed: bool,
    statuses: dict[int, int],
    problems: list[str],
) -> None:
    """A few generated requests of one operation; what is wrong with the answers."""

    @settings(
        max_examples=EXAMPLES if allowed else 1,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(schemathesis.GenerationMode.POSITIVE))
    def attempt(case: Any) -> None:
        for name in [name for name in case.headers if name.lower() == "authorization"]:
            del case.headers[name]  # it would count instead of the cookie
        answer = case.call(headers=headers, timeout=120)
        status = answer.status_code
        statuses[status] = statuses.get(status, 0) + 1
        where = f"{case.as_curl_command()} -> {status} {answer.text[:200]}"
        if status >= 500 or (status < 400 and not allowed):
            problems.append(where)
        described = operation.definition.raw["responses"]
        if str(status) not in described and status not in UNDESCRIBED:
            problems.append(f"not described: {where}")
        elif not operation.is_valid_response(answer):
            problems.append(f"not as described: {where}")

    # An operation without parameters can not be asked in many ways.
    with suppress(Unsatisfiable):
        attempt()
