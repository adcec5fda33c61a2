"""One's own account: password, language, sessions; what a temporary password allows."""

from __future__ import annotations

import pytest

from switchroom.api.context import COOKIE, CSRF_HEADER
from tests.api.conftest import System
from tests.api.people import browser, password_of
from tests.api.phones import token_of, with_phones
from tests.api.test_sign_in import codes_on
from tests.api.websockets import Page


async def test_a_password_of_ones_own(system: System) -> None:
    old = password_of(system, "201")
    async with browser(system, "201") as page, browser(system, "201", "192.0.2.51") as elsewhere:
        before = page.cookies[COOKIE]
        wrong = await page.put("/api/account/password", json={"current": "x", "new": "correct horse"})
        assert (wrong.status_code, wrong.json()["error_id"], wrong.json()["field"]) == (
            422,
            "wrong-password",
            "current",
        )
        for weak in ("short", "annaweber", "12345678", old):
            refused = await page.put("/api/account/password", json={"current": old, "new": weak})
            assert (refused.status_code, refused.json()["error_id"], refused.json()["field"]) == (
                422,
                "password-weak",
                "new",
            )
        changed = await page.put("/api/account/password", json={"current": old, "new": "correct horse"})
        assert changed.status_code == 200
        assert page.cookies[COOKIE] != before
        assert (await page.delete("/api/account/sessions/none")).json()["error_id"] == "csrf"
        page.headers[CSRF_HEADER] = changed.json()["csrf"]
        assert (await page.delete("/api/account/sessions/none")).status_code == 404
        assert (await elsewhere.get("/api/session")).status_code == 401
        gone = await elsewhere.get("/api/session", headers={"Cookie": f"{COOKIE}={before}"})
        assert gone.status_code == 401
    async with system.stranger() as client:
        assert (await client.post("/api/session", json={"name": "201", "password": old})).status_code == 401
        body = {"name": "201", "password": "correct horse"}
        assert (await client.post("/api/session", json=body)).status_code == 200


async def test_the_current_password_is_not_guessed_through_a_session(system: System) -> None:
    async with browser(system, "201") as page:
        body = {"current": "guess", "new": "correct horse"}
        answers = [(await page.put("/api/account/password", json=body)).status_code for _ in range(7)]
        assert answers == [422] * 5 + [429] * 2
        switched = await page.request("DELETE", "/api/account/totp", json={"password": "guess"})
        assert switched.status_code == 429


async def test_a_temporary_password_opens_the_account_only(system: System) -> None:
    reset = (await system.client.post("/api/users/user-201/login/reset-password")).json()
    assert reset["name"] == "201"
    async with system.stranger() as page:
        answer = await page.post("/api/session", json={"name": "201", "password": reset["password"]})
        view = answer.json()
        assert view["must_change_password"] is True
        page.headers[CSRF_HEADER] = view["csrf"]
        for path in ("/api/call-records", "/api/phone", "/api/users"):
            refused = await page.get(path)
            assert refused.json()["error_id"] in ("password-change-needed", "not-found"), path
        assert (await page.get("/api/account/sessions")).status_code == 200
        assert (await page.patch("/api/account", json={"language": "it"})).status_code == 200
        body = {"current": reset["password"], "new": "correct horse"}
        changed = await page.put("/api/account/password", json=body)
        assert changed.json()["must_change_password"] is False
        assert (await page.get("/api/call-records")).status_code == 200


async def test_the_language_is_the_logins_else_the_users_else_the_systems(system: System) -> None:
    await system.client.patch("/api/users/user-201", json={"language": "fr"})
    await system.client.patch("/api/settings", json={"language": "it"})
    await system.client.post("/api/configuration/apply", json={"base_revision": 1})
    async with browser(system, "201") as page:
        assert (await page.get("/api/session")).json()["language"] == "fr"
        assert (await page.patch("/api/account", json={"language": "en"})).json()["language"] == "en"
        assert (await page.get("/api/session")).json()["language"] == "en"
        assert (await page.patch("/api/account", json={})).json()["language"] == "en"
        assert (await page.patch("/api/account", json={"language": None})).json()["language"] == "fr"
        assert (await page.patch("/api/account", json={"language": "tlh"})).status_code == 422
    async with browser(system, "202") as page:
        assert (await page.get("/api/session")).json()["language"] == "it"


async def test_where_one_is_signed_in(system: System) -> None:
    async with browser(system, "201") as page, browser(system, "201", "192.0.2.51") as other:
        listed = (await page.get("/api/account/sessions")).json()
        assert [(item["source"], item["current"]) for item in listed] != []
        assert {item["source"]: item["current"] for item in listed} == {
            "192.0.2.50": True,
            "192.0.2.51": False,
        }
        assert not any(key in item for item in listed for key in ("hash", "token"))
        elsewhere = next(item["id"] for item in listed if not item["current"])
        async with browser(system, "202") as stranger:
            assert (await stranger.delete(f"/api/account/sessions/{elsewhere}")).status_code == 404
        assert (await other.get("/api/session")).status_code == 200
        assert (await page.delete(f"/api/account/sessions/{elsewhere}")).status_code == 204
        assert (await other.get("/api/session")).status_code == 401


async def test_signing_out_everywhere(system: System) -> None:
    async with (
        browser(system, "201") as page,
        browser(system, "201") as other,
        browser(system, "202") as stranger,
    ):
        assert (await page.delete("/api/account/sessions")).status_code == 204
        for client in (page, other):
            assert (await client.get("/api/session")).status_code == 401
        assert (await stranger.get("/api/session")).status_code == 200


async def test_codes_are_switched_off_with_the_password_or_by_an_administrator(system: System) -> None:
    async with browser(system, "201") as page:
        await codes_on(system, page)
        taken = await page.post("/api/account/totp")
        assert taken.status_code == 409
        refused = await page.request("DELETE", "/api/account/totp", json={"password": "x"})
        assert (refused.status_code, refused.json()["field"]) == (422, "password")
        right = {"password": password_of(system, "201")}
        assert (await page.request("DELETE", "/api/account/totp", json=right)).status_code == 204
        assert (await page.request("DELETE", "/api/account/totp", json=right)).status_code == 404
        await codes_on(system, page)
    assert (await system.client.get("/api/users/user-201")).json()["totp"] is True
    assert (await system.client.delete("/api/users/user-201/login/totp")).status_code == 204
    assert (await system.client.delete("/api/users/user-201/login/totp")).status_code == 404
    assert (await system.client.get("/api/users/user-201")).json()["totp"] is False
    actions = [(entry.who, entry.action) for entry in await system.store.audit.list()]
    assert ("admin", "codes switched off") in actions and ("201", "codes switched off") in actions


@pytest.mark.parametrize("code", ["1", "123456", "\x00", "９９９９９９"])
async def test_a_wrong_code_switches_nothing_on(system: System, code: str) -> None:
    async with browser(system, "201") as page:
        assert (await page.put("/api/account/totp", json={"code": code})).status_code == 422
        await page.post("/api/account/totp")
        answer = await page.put("/api/account/totp", json={"code": code})
        assert (answer.status_code, answer.json()["field"]) == (422, "code")
        assert (await page.get("/api/session")).json()["totp"] is False


async def test_s2_11_a_user_chooses_the_zone_of_his_days_and_his_pages_are_told(system: System) -> None:
    with_phones(system)
    page = Page(system.app, "/api/phone/tabs")
    page.say("hello", tab="a", browser="x", visible=True, token=await token_of(system, "201"))
    await page.hear("presence")
    async with browser(system, "201") as client:
        before = (await client.get("/api/session")).json()
        assert (before["time_zone"], before["user"]["time_zone"]) == ("UTC", None)
        set_there = await client.patch("/api/account", json={"time_zone": "America/New_York"})
        assert set_there.json()["time_zone"] == "America/New_York"
        assert await page.hear("changed") == {"type": "changed", "what": "activities"}
        forwarded = {"do_not_disturb": True}
        assert (await client.put("/api/phone/forwardings", json=forwarded)).status_code == 200
        assert (await client.get("/api/session")).json()["user"]["time_zone"] == "America/New_York"
        for wrong in ("Mars/Olympus", "", "/etc/passwd"):
            refused = await client.patch("/api/account", json={"time_zone": wrong})
            body = refused.json()
            assert (refused.status_code, body["error_id"], body["field"]) == (
                422,
                "time-zone-unknown",
                "time_zone",
            )
        again = await client.patch("/api/account", json={"time_zone": None})
        assert (again.json()["time_zone"], again.json()["user"]["time_zone"]) == ("UTC", None)
    await page.leave()
    nobody = await system.client.patch("/api/account", json={"time_zone": "Europe/Rome"})
    assert (nobody.status_code, nobody.json()["error_id"]) == (409, "no-extension")
