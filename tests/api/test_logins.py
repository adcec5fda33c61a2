"""Who may sign in, as what: nobody gives more than he has, the last administrator stays, all is audited."""

from __future__ import annotations

import pytest

from switchroom.store import CallRow, Right, Role
from tests.api.conftest import System
from tests.api.people import bearer, browser, login_as


async def test_a_user_gets_a_login_with_a_temporary_password(system: System) -> None:
    made = (await system.client.post("/api/users", json={"extension": "301", "name": "Otto"})).json()["user"]
    assert (made["login"], made["role"]) == (None, None)
    path = f"/api/users/{made['id']}/login"
    body = {"name": "otto@example.com", "role": "user", "extra_rights": ["call_log", "phone"]}
    given = await system.client.put(path, json=body)
    assert given.status_code == 200
    password = given.json()["password"]
    shown = (await system.client.get(f"/api/users/{made['id']}")).json()
    assert (shown["login"], shown["role"], shown["extra_rights"]) == (
        "otto@example.com",
        "user",
        ["call_log"],
    )
    async with system.stranger() as client:
        early = await client.post("/api/session", json={"name": "otto@example.com", "password": password})
        assert early.json()["error_id"] == "user-not-applied"
        await system.client.post("/api/configuration/apply", json={"base_revision": 1})
        now = await client.post("/api/session", json={"name": "OTTO@example.com", "password": password})
        assert now.json()["must_change_password"] is True
    again = await system.client.put(path, json={"name": "otto", "role": "conference_manager"})
    assert again.json() == {"name": "otto", "password": None}
    assert (await system.client.delete(path)).status_code == 204
    assert (await system.client.delete(path)).status_code == 404
    assert (await system.client.post(f"{path}/reset-password")).status_code == 404
    noted = [(entry.action, entry.subject, entry.detail) for entry in await system.store.audit.list()]
    assert ("login added", "otto@example.com (Otto)", "user, call_log") in noted
    assert ("login changed", "otto (Otto)", "conference_manager") in noted
    assert ("login removed", "otto", "") in noted
    assert password not in repr(noted)


async def test_other_rights_act_at_once_and_end_the_sessions(system: System) -> None:
    async with browser(system, "206") as page:
        assert (await page.get("/api/conferences")).status_code == 200
        await system.client.put("/api/users/user-206/login", json={"name": "206", "role": "user"})
        assert (await page.get("/api/session")).status_code == 401
    async with browser(system, "206", "192.0.2.70") as page:
        assert (await page.get("/api/conferences")).status_code == 403


async def test_an_administrator_takes_a_user_of_his_own_and_stays_signed_in(system: System) -> None:
    async with browser(system, "admin") as page:
        assert (await page.get("/api/session")).json()["user"] is None
        taken = await page.put("/api/users/user-204/login", json={"name": "admin", "role": "administrator"})
        assert taken.status_code == 409
        assert (await page.delete("/api/users/user-204/login")).status_code == 204
        asked = await page.put("/api/users/user-204/login", json={"name": "admin", "role": "administrator"})
        assert (asked.status_code, asked.json()["error_id"]) == (409, "login-exists")
        wanted = {"name": "admin", "role": "administrator", "join": True}
        linked = await page.put("/api/users/user-204/login", json=wanted)
        assert linked.json() == {"name": "admin", "password": None}
        assert (await page.get("/api/session")).json()["user"]["extension"] == "204"
        # Now the last administrator is a user: neither goes.
        for answer in (
            await page.put("/api/users/user-204/login", json={"name": "admin", "role": "user"}),
            await page.delete("/api/users/user-204/login"),
            await page.delete("/api/users/user-204"),
        ):
            assert (answer.status_code, answer.json()["error_id"]) == (409, "last-administrator")


async def test_a_draft_without_the_last_administrator_is_not_applied(system: System) -> None:
    await system.client.delete("/api/users/user-204")
    await system.client.delete("/api/users/user-204/login")
    admin = await system.store.logins.find("admin")
    assert admin is not None
    await system.store.logins.change(
        admin, name="admin", role=Role.ADMINISTRATOR, extra_rights=(), user_id="user-204", living={"user-204"}
    )
    headers = {"Authorization": f"Bearer {await system.store.logins.issue_token('admin', 'tests', 600)}"}
    refused = await system.client.post("/api/configuration/apply", json={"base_revision": 1}, headers=headers)
    assert (refused.status_code, refused.json()["error_id"]) == (409, "last-administrator")


async def test_nobody_gives_or_takes_more_than_he_has(system: System) -> None:
    mine = await bearer(system, Role.USER, [Right.USERS])
    await system.client.put("/api/users/user-205/login", json={"name": "205", "role": "administrator"})
    user = (await system.client.post("/api/users", json={"extension": "301", "name": "Otto"})).json()["user"][
        "id"
    ]
    async with system.stranger() as client:
        for method, path, body in (
            ("PUT", f"/api/users/{user}/login", {"name": "x", "role": "administrator"}),
            ("PUT", f"/api/users/{user}/login", {"name": "x", "role": "conference_manager"}),
            ("PUT", f"/api/users/{user}/login", {"name": "x", "role": "user", "extra_rights": ["audit"]}),
            ("PUT", f"/api/users/{user}/login", {"name": "admin", "role": "user"}),
            ("PUT", "/api/users/user-205/login", {"name": "205", "role": "user"}),
            ("DELETE", "/api/users/user-205/login", None),
            ("POST", "/api/users/user-205/login/reset-password", None),
            ("DELETE", "/api/users/user-205/login/totp", None),
            # By an e-mail address a provider would let another person in as him.
            ("PATCH", "/api/users/user-205", {"email": "mallory@example.com"}),
            ("DELETE", "/api/users/user-205", None),
        ):
            answer = await client.request(method, path, json=body, headers=mine)
            assert (answer.status_code, answer.json()["error_id"]) == (403, "not-allowed"), (method, path)
        allowed = {"name": "otto", "role": "user", "extra_rights": ["users"]}
        assert (await client.put(f"/api/users/{user}/login", json=allowed, headers=mine)).status_code == 200
        renamed = await client.patch("/api/users/user-205", json={"name": "Eva"}, headers=mine)
        assert renamed.status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "", "role": "user"}, "name"),
        ({"name": "  ", "role": "user"}, "name"),
        ({"name": "a\nb", "role": "user"}, "name"),
        ({"name": "a" * 129, "role": "user"}, "name"),
        ({"name": "a", "role": "emperor"}, "role"),
        ({"name": "a", "role": "user", "extra_rights": ["everything"]}, "extra_rights"),
        ({"name": "a", "role": "user", "extra_rights": ["audit"] * 50}, "extra_rights"),
        ({"name": "a", "role": "user", "password": "x"}, "password"),
    ],
)
async def test_bad_logins_are_refused(system: System, body: object, field: str) -> None:
    answer = await system.client.put("/api/users/user-201/login", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "=cmd|'/C calc'!A0", "'; DROP TABLE logins; --", "Ünïcode ☎"]
)
async def test_hostile_names_are_kept_as_text(system: System, name: str) -> None:
    given = await system.client.put("/api/users/user-201/login", json={"name": name, "role": "user"})
    assert given.json()["name"] == name
    listed = await system.client.get("/api/logins")
    assert name in [login["name"] for login in listed.json()]
    assert listed.headers["content-type"] == "application/json"
    assert listed.headers["x-content-type-options"] == "nosniff"


async def test_who_may_sign_in_is_listed(system: System) -> None:
    await system.client.delete("/api/users/user-202")
    await system.client.post("/api/configuration/apply", json={"base_revision": 1})
    listed = {login["name"]: login for login in (await system.client.get("/api/logins")).json()}
    assert len(listed) == 7
    assert (listed["admin"]["role"], listed["admin"]["active"]) == ("administrator", True)
    assert (listed["202"]["active"], listed["201"]["active"]) == (False, True)
    assert not any("hash" in key or "secret" in key for key in listed["admin"])


async def test_a_user_reads_his_own_calls_and_nobody_elses(system: System) -> None:
    for number, (caller, callee) in enumerate((("201", "202"), ("203", "201"), ("202", "203"))):
        system.store.records.open(
            CallRow(
                f"call-{number}",
                f"j-{number}",
                "call",
                "internal",
                1000.0 + number,
                dialled=callee,
                caller_extension=caller,
                caller_user=f"user-{caller}",
                callee_extension=callee,
                callee_user=f"user-{callee}",
            )
        )
    await system.store.settled()
    async with browser(system, "201") as page:
        for query in ({}, {"user": "user-201"}, {"extension": "201"}):
            page_of = (await page.get("/api/call-records", params=query)).json()
            assert [record["id"] for record in page_of["records"]] == ["call-1", "call-0"]
        refused = await page.get("/api/call-records", params={"user": "user-202"})
        assert (refused.status_code, refused.json()["error_id"]) == (403, "not-allowed")
        assert (await page.get("/api/call-records/call-1")).status_code == 200
        assert (await page.get("/api/call-records/call-2")).status_code == 404
        assert "call-2" not in (await page.get("/api/call-records.csv")).text
        for path in ("/api/devices", "/api/users/user-202/devices", "/api/calls", "/api/registrations"):
            assert (await page.get(path)).status_code == 403
        assert (await page.post("/api/users/user-202/reset-secret")).status_code == 403
    async with system.stranger() as client:
        headers = await bearer(system, Role.USER, [Right.CALL_LOG])
        everybody = (await client.get("/api/call-records", headers=headers)).json()["records"]
        assert len(everybody) == 3
        nobody = await client.get("/api/call-records", headers=await bearer(system, Role.USER))
        assert nobody.status_code == 403


async def test_the_demonstration_is_what_its_roles_say(system: System) -> None:
    assert (await login_as(system, Role.USER)).rights == {Right.PHONE, Right.CONTACTS, Right.RECORDS}
    assert [phone.role for phone in system.demonstration.phones] == [Role.USER] * 5 + [
        Role.CONFERENCE_MANAGER
    ]
