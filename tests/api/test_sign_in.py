"""Signing in by cookie: what the browser is given, what a forged request lacks, what slows guessing."""

from __future__ import annotations

import re

import httpx
import pytest

from switchroom.api.context import COOKIE, CSRF_HEADER, own_origin
from switchroom.directory import UserId
from switchroom.store import totp
from tests.api.conftest import System
from tests.api.people import ORIGIN, browser, password_of


async def test_welcome_tells_strangers_how_to_sign_in_and_no_more(system: System) -> None:
    async with system.stranger() as client:
        answer = await client.get("/api/welcome")
        assert answer.json() == {
            "name": "Switchroom",
            "language": "en",
            "version": "0.0",
            "sign_in": {"password": True, "openid": []},
            "secure": False,
        }
        for place in (
            "http://localhost:8080",
            "https://switchroom.test",
            "http://127.0.0.1",
            "http://[::1]:8080",
        ):
            assert (await client.get(f"{place}/api/welcome")).json()["secure"] is True


async def test_a_session_by_cookie(system: System) -> None:
    async with browser(system, "201") as page:
        view = (await page.get("/api/session")).json()
        assert (view["name"], view["role"], view["rights"]) == (
            "201",
            "user",
            ["contacts", "phone", "records"],
        )
        anna = {"id": "user-201", "extension": "201", "name": "Anna Weber", "language": None}
        assert view["user"] == anna | {"time_zone": None}
        assert (view["language"], view["totp"], view["must_change_password"]) == ("en", False, False)
        assert view["setup_needed"] is False
        assert view["csrf"] == page.headers[CSRF_HEADER]
        cookie = page.cookies[COOKIE]
        assert cookie not in str(view)
        assert (await page.delete("/api/session")).status_code == 204
        assert COOKIE not in page.cookies
        refused = await page.get("/api/session", headers={"Cookie": f"{COOKIE}={cookie}"})
        assert (refused.status_code, refused.json()["error_id"]) == (401, "not-signed-in")


@pytest.mark.parametrize(("scheme", "secure"), [("http", False), ("https", True)])
async def test_the_cookie_is_kept_from_scripts_other_sites_and_plain_http(
    system: System, scheme: str, secure: bool
) -> None:
    async with system.stranger() as client:
        body = {"name": "201", "password": password_of(system, "201")}
        answer = await client.post(f"{scheme}://switchroom.test/api/session", json=body)
    parts = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/"} <= parts
    assert ("secure" in parts) is secure
    assert any(re.fullmatch(r"max-age=\d+", part) for part in parts)


async def test_what_changes_anything_needs_the_csrf_token_of_this_session(system: System) -> None:
    async with browser(system, "admin") as page, browser(system, "admin") as other:
        body = {"extension": "301", "name": "Otto"}
        for headers in ({CSRF_HEADER: ""}, {CSRF_HEADER: "x"}, {CSRF_HEADER: other.headers[CSRF_HEADER]}):
            refused = await page.post("/api/users", json=body, headers=headers)
            assert (refused.status_code, refused.json()["error_id"]) == (403, "csrf")
        for origin in (
            "https://evil.example",
            "null",
            "http://switchroom.test.evil.example",
            "http://switchroom.test:81",
        ):
            refused = await page.post("/api/users", json=body, headers={"Origin": origin})
            assert (refused.status_code, refused.json()["error_id"]) == (403, "foreign-origin")
        assert (await page.post("/api/users", json=body)).status_code == 201
        del page.headers["Origin"]
        assert (await page.delete("/api/users/user-205")).status_code == 200
        assert (await page.get("/api/users", headers={CSRF_HEADER: ""})).status_code == 200


async def test_another_site_can_sign_nobody_in(system: System) -> None:
    async with system.stranger() as client:
        body = {"name": "201", "password": password_of(system, "201")}
        refused = await client.post("/api/session", json=body, headers={"Origin": "https://evil.example"})
        assert (refused.status_code, refused.json()["error_id"]) == (403, "foreign-origin")
        assert COOKIE not in client.cookies


async def test_a_cookie_is_no_token_and_a_token_no_cookie(system: System) -> None:
    async with browser(system, "admin") as page, system.stranger() as client:
        value = page.cookies[COOKIE]
        assert (
            await client.get("/api/users", headers={"Authorization": f"Bearer {value}"})
        ).status_code == 401
        token = system.client.headers["authorization"].removeprefix("Bearer ")
        assert (await client.get("/api/users", headers={"Cookie": f"{COOKIE}={token}"})).status_code == 401
        # A header that is wrong is not saved by the cookie beside it.
        assert (await page.get("/api/users", headers={"Authorization": "Bearer x"})).status_code == 401


async def test_signing_in_again_gives_another_session_and_ends_the_one_before(system: System) -> None:
    async with browser(system, "201") as page:
        before = page.cookies[COOKIE]
        body = {"name": "202", "password": password_of(system, "202")}
        answer = await page.post("/api/session", json=body)
        assert answer.json()["name"] == "202"
        assert page.cookies[COOKIE] != before
        assert (await page.get("/api/session", headers={"Cookie": f"{COOKIE}={before}"})).status_code == 401


@pytest.mark.parametrize(
    "cookie",
    ["", "x", "sw_" + "a" * 43, "a" * 8000, "sw_\xff", "'; DROP TABLE sessions", "\x7f"],
)
async def test_a_hostile_cookie_is_nobody(system: System, cookie: str) -> None:
    async with system.stranger() as client:
        headers = [(b"cookie", f"{COOKIE}={cookie}".encode("latin-1"))]
        answer = await client.get("/api/session", headers=headers)
        assert (answer.status_code, answer.json()["error_id"]) == (401, "not-signed-in")


async def codes_on(system: System, page: httpx.AsyncClient) -> tuple[bytes, list[str]]:
    """Switch codes on; the secret and the recovery codes."""
    import base64

    begun = (await page.post("/api/account/totp")).json()
    secret = base64.b32decode(begun["secret"] + "=" * (-len(begun["secret"]) % 8))
    assert begun["uri"].startswith("otpauth://totp/Switchroom:201?secret=")
    now = system.app.state.context.clock()
    answer = await page.put("/api/account/totp", json={"code": totp.hotp(secret, int(now // 30) - 1)})
    assert answer.status_code == 200, answer.text
    return secret, answer.json()["recovery_codes"]


async def test_the_second_factor(system: System) -> None:
    async with browser(system, "201") as page:
        secret, recovery = await codes_on(system, page)
        assert (await page.get("/api/session")).json()["totp"] is True
    body = {"name": "201", "password": password_of(system, "201")}
    async with system.stranger("192.0.2.60") as client:
        needed = await client.post("/api/session", json=body)
        assert (needed.status_code, needed.json()["error_id"], needed.json()["field"]) == (
            401,
            "code-needed",
            "code",
        )
        wrong = await client.post("/api/session", json=body | {"code": "abc"})
        assert (wrong.status_code, wrong.json()["error_id"]) == (401, "wrong-code")
        code = totp.hotp(secret, int(system.app.state.context.clock() // 30))
        assert (await client.post("/api/session", json=body | {"code": code})).status_code == 200
        again = await client.post("/api/session", json=body | {"code": code})
        assert again.json()["error_id"] == "wrong-code"
        token = await client.post("/api/login", json=body)
        assert token.json()["error_id"] == "code-needed"
        assert (await client.post("/api/login", json=body | {"code": recovery[0]})).status_code == 200
        assert (await client.post("/api/login", json=body | {"code": recovery[0]})).status_code == 401
    unknown = {"name": "201", "password": "wrong", "code": recovery[1]}
    async with system.stranger("192.0.2.61") as client:
        assert (await client.post("/api/session", json=unknown)).json()["error_id"] == "wrong-login"


async def test_codes_are_guessed_five_times_wherever_from(system: System) -> None:
    async with browser(system, "201") as page:
        await codes_on(system, page)
    body = {"name": "201", "password": password_of(system, "201"), "code": "000000"}
    answers = []
    for number in range(8):
        async with system.stranger(f"198.51.100.{number}") as attacker:
            answers.append((await attacker.post("/api/session", json=body)).status_code)
    assert answers == [401] * 5 + [429] * 3


async def test_guessing_passwords_is_slowed_for_cookies_too(system: System) -> None:
    async with system.stranger("198.51.100.7") as attacker:
        guess = {"name": "Admin", "password": "guess"}
        first = [(await attacker.post("/api/session", json=guess)).status_code for _ in range(3)]
        second = [
            (await attacker.post("/api/login", json=guess | {"name": "ADMIN"})).status_code for _ in range(4)
        ]
    assert first + second == [401] * 5 + [429] * 2


async def test_an_office_behind_one_address_signs_in_all_at_once(system: System) -> None:
    async with system.stranger("198.51.100.8") as office:
        for _ in range(8):
            for name in ("201", "202", "203", "204"):
                body = {"name": name, "password": password_of(system, name)}
                assert (await office.post("/api/session", json=body)).status_code == 200


async def test_a_user_who_is_not_applied_is_told_so_with_the_right_password_only(system: System) -> None:
    await system.client.delete("/api/users/user-202")
    await system.client.post("/api/configuration/apply", json={"base_revision": 1})
    async with system.stranger() as client:
        right = await client.post(
            "/api/session", json={"name": "202", "password": password_of(system, "202")}
        )
        wrong = await client.post("/api/session", json={"name": "202", "password": "wrong"})
    assert (right.status_code, right.json()["error_id"]) == (403, "user-not-applied")
    assert (wrong.status_code, wrong.json()["error_id"]) == (401, "wrong-login")


async def test_deleting_a_user_signs_him_out_when_it_is_applied(system: System) -> None:
    async with browser(system, "203") as page:
        await system.client.delete("/api/users/user-203")
        assert (await page.get("/api/session")).status_code == 200
        await system.client.post("/api/configuration/apply", json={"base_revision": 1})
        assert (await page.get("/api/session")).status_code == 401
    assert UserId("user-203") not in system.store.configuration.applied.users


@pytest.mark.parametrize(
    ("origin", "host", "own"),
    [
        ("https://pbx.example", "pbx.example", True),
        ("https://pbx.example:443", "pbx.example", True),
        ("https://PBX.example", "pbx.EXAMPLE:443", True),
        ("http://[::1]:8080", "[::1]:8080", True),
        ("http://pbx.example:8080", "pbx.example", False),
        ("https://pbx.example.evil", "pbx.example", False),
        ("https://evil#pbx.example", "pbx.example", False),
        ("null", "", False),
        ("", "", False),
        ("file://", "", False),
        ("http://", "", False),
        ("chrome-extension://pbx.example", "pbx.example", False),
    ],
)
def test_which_origins_are_ours(origin: str, host: str, own: bool) -> None:
    assert own_origin(origin, host) is own


async def test_every_sign_in_and_refusal_is_in_the_audit(system: System) -> None:
    async with browser(system, "201"), system.stranger() as client:
        await client.post(
            "/api/session", json={"name": "<b>x</b>", "password": "secret-guess"}, headers={"Origin": ORIGIN}
        )
    entries = await system.store.audit.list()
    assert [(entry.who, entry.action) for entry in entries[:2]] == [
        ("<b>x</b>", "sign-in refused"),
        ("201", "signed in"),
    ]
    assert not any("secret-guess" in repr(entry) for entry in entries)
