"""Another site shows the phone: which, and whom it signs in by a statement of its server."""

from __future__ import annotations

import itertools
import time

import httpx
import pytest

from switchroom.store import Kind, Right, Role
from switchroom.store.rights import RIGHTS_OF
from switchroom.store.sites import sign_statement
from tests.api.conftest import System
from tests.api.people import bearer

ORIGIN = "https://odoo.example.com"
_nonces = (f"nonce-{number:016}" for number in itertools.count())


async def add_site(system: System, origin: str = ORIGIN) -> tuple[str, str]:
    """A site's id and secret."""
    answer = await system.client.post("/api/sites", json={"origin": origin})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"], answer.json()["secret"]


def state(secret: str, user: str = "201", origin: str = ORIGIN) -> str:
    return sign_statement(secret, origin, user, next(_nonces), time.time())


async def bring(
    client: httpx.AsyncClient, statement: str, origin: str | None = ORIGIN, token: str = ""
) -> httpx.Response:
    """A page hands a statement in."""
    headers = {} if origin is None else {"Origin": origin}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return await client.post("/api/session/site", json={"statement": statement}, headers=headers)


async def test_a_site_signs_a_person_in_for_a_phone_only(system: System) -> None:
    _, secret = await add_site(system)
    assert secret not in (await system.client.get("/api/sites")).text
    async with system.stranger() as client:
        asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
        assert (await client.options("/api/session/site", headers=asked)).status_code == 200
        answer = await bring(client, state(secret))
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert "access-control-allow-credentials" not in answer.headers
        assert "set-cookie" not in answer.headers
        client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        view = (await client.get("/api/session")).json()
        assert view["user"]["extension"] == "201"
        assert set(view["rights"]) == RIGHTS_OF[Role.USER]
        assert (await client.get("/api/phone")).status_code == 200
        # It is a phone, not an account: nothing of the login can be changed by it.
        for method, path in (("GET", "/api/account/sessions"), ("POST", "/api/account/totp")):
            refused = await client.request(method, path)
            assert (refused.status_code, refused.json()["error_id"]) == (403, "not-allowed")
        assert (await client.delete("/api/session")).status_code == 204
        assert (await client.get("/api/session")).status_code == 401


async def test_an_administrator_has_no_more_than_a_phone_there(system: System) -> None:
    _, secret = await add_site(system)
    login = await system.store.logins.of_user("user-203")
    assert login is not None
    await system.store.logins.change(
        login,
        name=login.name,
        role=Role.ADMINISTRATOR,
        extra_rights=[Right.AUDIT],
        user_id=login.user_id,
        living=(),
    )
    async with system.stranger() as client:
        token = (await bring(client, state(secret, "203"))).json()["token"]
        session = await system.store.logins.sessions.find(token)
        assert session is not None
        assert (session.kind, session.label) == (Kind.SITE, ORIGIN)
        assert session.rights == RIGHTS_OF[Role.USER]
        refused = await client.get("/api/users", headers={"Authorization": f"Bearer {token}"})
        assert refused.status_code == 403


async def test_whatever_is_wrong_gets_the_same_refusal_and_a_line_in_the_audit_log(system: System) -> None:
    site, secret = await add_site(system)
    used = state(secret)
    elsewhere = "https://other.example.com"
    async with system.stranger() as client:
        assert (await bring(client, used)).status_code == 200
        wrong = {
            "used before": await bring(client, used),
            "no site of the list": await bring(client, state(secret), None),
            f"made for {elsewhere}": await bring(client, state(secret, origin=elsewhere)),
            "signed with another secret": await bring(client, state("sws_guessed")),
            "no user is '999'": await bring(client, state(secret, "999")),
            "no user is '  '": await bring(client, state(secret, "  ")),
        }
        await system.client.patch(f"/api/sites/{site}", json={"enabled": False})
        wrong["switched off"] = await bring(client, state(secret))
        assert {answer.text for answer in wrong.values()} == {wrong["used before"].text}
        assert {(answer.status_code, answer.json()["error_id"]) for answer in wrong.values()} == {
            (401, "site-refused")
        }
    told = [entry for entry in await system.store.audit.list() if entry.action == "sign-in refused"]
    assert {entry.detail for entry in told} == set(wrong)


async def test_who_tries_often_has_to_wait(system: System) -> None:
    await add_site(system)
    async with system.stranger() as client:
        answers = [(await bring(client, "v1.x.y")).status_code for _ in range(21)]
        assert answers == [401] * 20 + [429]
    _, secret = await add_site(system, "https://busy.example.com")
    async with system.stranger("198.51.100.7") as client:
        # Many people behind one address: what is genuine is not counted.
        for _ in range(30):
            statement = state(secret, origin="https://busy.example.com")
            assert (await bring(client, statement, "https://busy.example.com")).status_code == 200


async def test_a_new_statement_of_the_same_person_keeps_the_session(system: System) -> None:
    _, secret = await add_site(system)
    sessions = system.store.logins.sessions
    async with system.stranger() as client:
        first = (await bring(client, state(secret))).json()
        before = await sessions.find(first["token"])
        again = (await bring(client, state(secret, " 201 "), token=first["token"])).json()
        after = await sessions.find(again["token"])
        assert before is not None
        assert after is not None
        assert (again["token"], after.id) == (first["token"], before.id)
        assert after.expires_at > before.expires_at
        # Somebody else at the same computer is somebody else.
        other = (await bring(client, state(secret, "202"), token=first["token"])).json()
        assert other["token"] != first["token"]
        # A token that is over, or of another kind, is no way to go on.
        await sessions.end(before.id, before.login.id)
        for token in (first["token"], "nonsense"):
            assert (await bring(client, state(secret), token=token)).json()["token"] != token


@pytest.mark.parametrize("act", ["off", "secret", "remove"])
async def test_a_site_that_is_stopped_loses_its_phones(system: System, act: str) -> None:
    site, secret = await add_site(system)
    ended: list[None] = []
    async with system.stranger() as client:
        token = (await bring(client, state(secret))).json()["token"]
        session = await system.store.logins.sessions.find(token)
        assert session is not None
        system.store.logins.sessions.watch(session, lambda: ended.append(None))
        match act:
            case "off":
                await system.client.patch(f"/api/sites/{site}", json={"enabled": False})
            case "secret":
                await system.client.post(f"/api/sites/{site}/secret")
            case _:
                assert (await system.client.delete(f"/api/sites/{site}")).status_code == 204
        assert ended == [None]
        headers = {"Authorization": f"Bearer {token}", "Origin": ORIGIN}
        refused = await client.get("/api/session", headers=headers)
        assert refused.status_code == 401
        assert ("access-control-allow-origin" in refused.headers) is (act == "secret")
        assert (await bring(client, state(secret))).status_code == 401


async def test_sites_are_the_administrators(system: System) -> None:
    for origin in ("crm.example.com", "https://crm.example.com/web", "https://*"):
        refused = await system.client.post("/api/sites", json={"origin": origin})
        assert (refused.status_code, refused.json()["error_id"]) == (422, "bad-url")
    await add_site(system)
    twice = await system.client.post("/api/sites", json={"origin": "HTTPS://odoo.example.com/"})
    assert twice.status_code == 409
    async with system.stranger() as client:
        headers = await bearer(system, Role.CONFERENCE_MANAGER)
        assert (await client.get("/api/sites", headers=headers)).status_code == 403
