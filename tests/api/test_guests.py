"""Guests by the API: links, coming in by one, and what nobody is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from switchroom.api.guest_ports import GuestSite
from switchroom.api.join import JoinDesk, guest_name
from switchroom.api.public_side import PublicSide
from switchroom.directory import ConferenceId
from switchroom.store import Kind, Right, Role
from tests.api.conftest import System
from tests.api.people import bearer

BOARD = "conference-8002"


@dataclass
class Calls:
    """The calls of guests, as a test wants them."""

    talking: set[str] = field(default_factory=set)
    ended: list[str] = field(default_factory=list)
    reported: list[tuple[str, str]] = field(default_factory=list)

    def has_guest(self, visit: str) -> bool:
        return visit in self.talking

    def end_guest(self, visit: str) -> bool:
        self.ended.append(visit)
        return visit in self.talking

    def report(self, kind: str, subject: str, code: str, values: Mapping[str, str]) -> None:
        self.reported.append((kind, subject))


@pytest.fixture
def calls(system: System) -> Calls:
    found = Calls()
    system.app.state.join_desk = JoinDesk(GuestSite(found, "https://pbx.example.com"))
    return found


async def link(system: System, conference: str = BOARD, **wanted: Any) -> dict[str, Any]:
    answer = await system.client.post(f"/api/conferences/{conference}/links", json=wanted)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def token_of(made: dict[str, Any]) -> str:
    base, _, token = made["url"].rpartition("/join/")
    assert base == "https://pbx.example.com"
    return str(token)


async def change(system: System, **values: Any) -> None:
    """Change the Board and apply."""
    store = system.store.configuration
    await store.edit("conferences", BOARD, values, "test")
    await store.apply(store.applied.revision, "test")


async def come(client: httpx.AsyncClient, token: str, **body: Any) -> httpx.Response:
    return await client.post(f"/api/join/{token}", json={"name": "Zoë", **body})


async def test_a_link_is_shown_once_and_only_its_hash_is_kept(system: System, calls: Calls) -> None:
    made = await link(system, label="Notary")
    token = token_of(made)
    assert len(token) >= 22 and made["state"] == "valid" and made["made_by"] == "admin"
    listed = (await system.client.get(f"/api/conferences/{BOARD}/links")).json()
    assert [one["label"] for one in listed] == ["Notary"] and "url" not in listed[0]
    async with system.store.database.reading() as connection:
        rows = (await connection.exec_driver_sql("SELECT * FROM guest_links")).all()
    assert token not in repr(rows)


async def test_a_guest_is_told_what_he_needs_and_nothing_else(system: System, calls: Calls) -> None:
    token = token_of(await link(system))
    async with system.stranger() as guest:
        answer = await guest.get(f"/api/join/{token}")
    assert (
        answer.headers["cache-control"] == "no-store" and answer.headers["referrer-policy"] == "no-referrer"
    )
    room = system.store.configuration.applied.conferences[ConferenceId(BOARD)]
    assert answer.json() == {
        "conference": room.name,
        "system": system.store.configuration.applied.settings.name,
        "language": room.language or system.store.configuration.applied.settings.language,
        "phone": {
            "extension": room.extension, "conference_server": None, "conference_id": None, "numbers": [],
        },
        "needs_code": bool(room.access_code),
        "lobby": False,
        "name": "",
    }  # fmt: skip


async def test_a_visit_begins_with_what_calls_one_conference(system: System, calls: Calls) -> None:
    token = token_of(await link(system))
    async with system.stranger() as guest:
        visit = (await come(guest, token)).json()
        known = system.store.guests.guest_of(visit["token"])
        assert known is not None and known.name == "Zoë" and known.conference_id == BOARD
        assert visit["dial"] == BOARD and visit["sip"]["path"] == "/sip"
        credential = system.store.guests.credential(visit["sip"]["username"])
        assert credential is not None and credential.visit == known
        assert visit["sip"]["password"] == system.store.guests.password(known)
        assert 60 < visit["expires_at"] - known.created_at <= 600
        # The bearer is none of a login's, and the SIP password opens nothing here.
        for worthless in (visit["token"], visit["sip"]["password"]):
            header = {"Authorization": f"Bearer {worthless}"}
            for path in ("/api/session", "/api/rooms", "/api/conferences", "/api/phone"):
                assert (await guest.get(path, headers=header)).status_code == 401
        assert not guest.cookies


async def test_whatever_is_wrong_with_a_link_the_answer_is_the_same(system: System, calls: Calls) -> None:
    now = time.time()
    revoked, used, expired = (
        await link(system),
        await link(system, single_use=True),
        await link(system, expires_at=now + 60),
    )
    path = f"/api/conferences/{BOARD}/links"
    assert (await system.client.delete(f"{path}/{revoked['id']}")).json()["state"] == "revoked"
    async with system.store.database.writing() as connection:
        await connection.exec_driver_sql(
            f"UPDATE guest_links SET expires_at = 1.0 WHERE id = '{expired['id']}'"
        )
    gone = await link(system, "conference-8001")
    await system.store.configuration.remove("conferences", "conference-8001", "test")
    await system.store.configuration.apply(system.store.configuration.applied.revision, "test")
    answers = set()
    async with system.stranger() as guest:
        assert (await come(guest, token_of(used))).status_code == 201
        tokens = [token_of(one) for one in (revoked, used, expired, gone)]
        for token in [*tokens, "x" * 43, "short", "%2e%2e", "ä" * 30]:
            for answer in (await guest.get(f"/api/join/{token}"), await come(guest, token)):
                answers.add((answer.status_code, answer.text))
    assert len(answers) == 1 and next(iter(answers))[0] == 404
    states = {one["id"]: one["state"] for one in (await system.client.get(path)).json()}
    assert [states[one["id"]] for one in (revoked, used, expired)] == ["revoked", "used", "expired"]


async def test_s1_15_a_link_stands_for_the_code_only_where_the_room_allows_it(
    system: System, calls: Calls
) -> None:
    await change(system, access_code="4711", administrator_code="998877")
    token = token_of(await link(system))
    store = system.store.guests
    async with system.stranger() as guest:
        assert (await guest.get(f"/api/join/{token}")).json()["needs_code"] is True
        asked = (await come(guest, token)).json()
        assert asked["asks_code"] is True
        wrong = await come(guest, token, code="4712")
        assert (wrong.status_code, wrong.json()["error_id"], wrong.json()["field"]) == (
            422,
            "wrong-code",
            "code",
        )
        typed = (await come(guest, token, code="4711#")).json()
        leading = (await come(guest, token, code="998877")).json()
        assert (typed["asks_code"], leading["asks_code"]) == (False, False)
        visits = [store.guest_of(one["token"]) for one in (asked, typed, leading)]
        assert [(one.skip_code, one.administrator) for one in visits if one] == [
            (False, False), (True, False), (True, True),
        ]  # fmt: skip
        await change(system, links_skip_code=True)
        assert (await guest.get(f"/api/join/{token}")).json()["needs_code"] is False
        free = (await come(guest, token)).json()
        assert free["asks_code"] is False
    assert ("wrong-codes", "192.0.2.99") in calls.reported
    assert "wrong code" in {entry.action for entry in await system.store.audit.list()}


async def test_g_03_wrong_codes_on_the_page_have_a_budget(system: System, calls: Calls) -> None:
    await change(system, access_code="4711")
    tokens = [token_of(await link(system)) for _ in range(2)]
    async with system.stranger() as guest:
        answers = [(await come(guest, tokens[0], code="1")).status_code for _ in range(11)]
        assert answers == [422] * 10 + [429]
        # Neither another link, nor the right code, helps from there; others are not locked out.
        assert (await come(guest, tokens[1], code="4711")).status_code == 429
    async with system.stranger("198.51.100.7") as other:
        assert (await come(other, tokens[1], code="4711")).status_code == 201


async def test_guessing_links_is_stopped_and_the_answer_does_not_tell_good_ones(
    system: System, calls: Calls
) -> None:
    token = token_of(await link(system))
    async with system.stranger() as guest:
        answers = [(await guest.get(f"/api/join/{'x' * 40}{n:03}")).status_code for n in range(21)]
        assert answers == [404] * 20 + [429]
        assert (await guest.get(f"/api/join/{token}")).status_code == 429
    async with system.stranger("198.51.100.7") as other:
        assert [(await other.get(f"/api/join/{token}")).status_code for _ in range(30)] == [200] * 30


async def test_two_at_once_by_a_single_use_link(system: System, calls: Calls) -> None:
    token = token_of(await link(system, single_use=True))
    async with system.stranger() as one, system.stranger() as two:
        answers = await asyncio.gather(come(one, token), come(two, token))
    assert sorted(answer.status_code for answer in answers) == [201, 404]


async def test_revoking_ends_no_call_unless_asked(system: System, calls: Calls) -> None:
    made = await link(system)
    async with system.stranger() as guest:
        visit = (await come(guest, token_of(made))).json()
        header = {"Authorization": f"Bearer {visit['token']}"}
        path = f"/api/conferences/{BOARD}/links/{made['id']}"
        calls.talking = {visit["visit_id"]}
        assert (await system.client.delete(path)).status_code == 200
        assert calls.ended == []
        # While he talks his visit goes on; once he left, the link is worth nothing.
        assert (await guest.put("/api/visit", headers=header)).status_code == 200
        assert (await come(guest, token_of(made))).status_code == 404
        calls.talking = set()
        assert (await guest.put("/api/visit", headers=header)).status_code == 401
        assert (await system.client.delete(f"{path}?end=true")).status_code == 200
    assert calls.ended == [visit["visit_id"]]
    assert system.store.guests.guest_of(visit["token"]) is None


async def test_a_guest_who_leaves_takes_nothing_with_him(system: System, calls: Calls) -> None:
    token = token_of(await link(system))
    async with system.stranger() as guest:
        visit = (await come(guest, token)).json()
        header = {"Authorization": f"Bearer {visit['token']}"}
        assert (await guest.delete("/api/visit", headers=header)).status_code == 204
        assert (await guest.put("/api/visit", headers=header)).json()["error_id"] == "visit-over"
        assert (await guest.delete("/api/visit")).status_code == 401
    assert calls.ended == [visit["visit_id"]]
    assert system.store.guests.credential(visit["sip"]["username"]) is None


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("  Anna \t Rossi ", "Anna Rossi"),
        ("An\x00na\r\nVia: x", "Anna Via: x"),
        ("\u202egnikcah", "gnikcah"),
        ("Ze\u0301\u0301\u0301\u0301\u0301", "Zé\u0301\u0301"),
        ("<b>Bob</b>", "<b>Bob</b>"),
        ("x" * 100, "x" * 60),
        ("\u200b\u2060", ""),
        ("王小明", "王小明"),
    ],
)
def test_a_guests_name_is_one_line_of_text(typed: str, shown: str) -> None:
    assert guest_name(typed) == shown


async def test_a_guest_without_a_name_is_asked_for_one(system: System, calls: Calls) -> None:
    token = token_of(await link(system))
    async with system.stranger() as guest:
        answer = await come(guest, token, name="\u200b \t")
        assert (answer.status_code, answer.json()["field"]) == (422, "name")


async def session_of(system: System, user_id: str) -> dict[str, str]:
    """The header of a user's session."""
    login = await system.store.logins.of_user(user_id)
    assert login is not None
    token, _ = await system.store.logins.sessions.issue(login, Kind.SESSION)
    return {"Authorization": f"Bearer {token}"}


async def test_only_who_runs_a_conference_gives_out_links(system: System, calls: Calls) -> None:
    await change(system, administrator="user-203")
    path = f"/api/conferences/{BOARD}/links"
    async with system.stranger() as client:
        his, nobody = await session_of(system, "user-203"), await session_of(system, "user-204")
        assert (await client.post(path, headers=his, json={})).status_code == 201
        assert (await client.get("/api/conferences/conference-8001/links", headers=his)).status_code == 404
        assert (await client.get(path, headers=nobody)).status_code == 404
        manager = await bearer(system, Role.USER, [Right.CONFERENCES])
        assert (await client.get(path, headers=manager)).status_code == 200


async def test_a_link_needs_a_conference_that_is_applied(system: System, calls: Calls) -> None:
    made = await system.client.post("/api/conferences", json={"name": "New", "extension": "8055"})
    path = f"/api/conferences/{made.json()['conference']['id']}/links"
    assert (await system.client.post(path, json={})).json()["error_id"] == "not-applied"
    late = await system.client.post(f"/api/conferences/{BOARD}/links", json={"expires_at": 1.0})
    assert (late.status_code, late.json()["field"]) == (422, "expires_at")


async def test_on_the_public_side_links_are_for_a_conferences_own_administrator(
    system: System, calls: Calls
) -> None:
    await change(system, administrator="user-203")
    path = f"/api/conferences/{BOARD}/links"
    transport = httpx.ASGITransport(PublicSide(system.app), client=("192.0.2.5", 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://switchroom.test") as client:
        his, manager = await session_of(system, "user-203"), await bearer(system, Role.CONFERENCE_MANAGER)
        assert (await client.post(path, headers=his, json={})).status_code == 201
        assert (await client.get(path, headers=manager)).status_code == 404
        assert (await client.get(path)).status_code == 401
        token = token_of(await link(system))
        assert (await come(client, token)).status_code == 201
    async with system.stranger() as inside:
        assert (await inside.get(path, headers=manager)).status_code == 200
