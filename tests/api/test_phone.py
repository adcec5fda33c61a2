"""api/phone.py, phone_people.py, recent.py: what the browser's phone is told, and only about its own user."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from switchroom.api.phone_desk import feature_name
from switchroom.api.phone_ports import Presence
from switchroom.crm import Card, ContactNumber
from switchroom.directory.number_plan import FEATURES
from switchroom.store import CallRow
from switchroom.store.secrets import digest_hashes
from tests.api.conftest import System
from tests.api.phones import as_user, with_phones


def name_of(system: System, extension: str) -> str:
    users = system.store.configuration.applied.users.values()
    return next(user.name for user in users if user.extension == extension)


async def test_the_phone_s_beginning(system: System) -> None:
    with_phones(system)
    async with as_user(system, "201") as anna:
        view = (await anna.get("/api/phone")).json()
    assert view == {
        "user": {"id": "user-201", "extension": "201", "name": name_of(system, "201")},
        "country": "US",
        "language": "en",
        "echo": "*43",
        "ice_servers": [],
        "sip": {"path": "/sip", "domain": "192.0.2.1"},
    }


async def test_a_login_without_an_extension_has_no_phone(system: System) -> None:
    answer = await system.client.get("/api/phone")
    assert (answer.status_code, answer.json()["error_id"]) == (409, "no-extension")


async def test_turn_credentials_are_short_lived_and_name_the_user(system: System) -> None:
    with_phones(
        system, turn_urls=("turn:turn.example.com:3478",), turn_secret="secret", stun_urls=("stun:s",)
    )
    async with as_user(system, "201") as anna:
        stun, turn = (await anna.get("/api/phone")).json()["ice_servers"]
    assert stun["urls"] == ["stun:s"]
    expiry, _, who = turn["username"].partition(":")
    assert who == "user-201"
    assert 0 < int(expiry) - system.store.logins._clock() <= 6 * 3600
    mac = hmac.digest(b"secret", turn["username"].encode(), hashlib.sha1)
    assert turn["credential"] == base64.b64encode(mac).decode()


async def test_s2_05_a_tab_gets_a_credential_that_the_admission_of_calls_knows(system: System) -> None:
    async with as_user(system, "201") as anna:
        first = (await anna.post("/api/phone/credentials", json={"tab": "tab-1"})).json()
        again = (await anna.post("/api/phone/credentials", json={"tab": "tab-1"})).json()
        other = (await anna.post("/api/phone/credentials", json={"tab": "tab-2"})).json()
    assert (again["username"], again["password"]) == (first["username"], first["password"])
    assert other["username"] != first["username"]
    known = system.store.browsers.credential(first["username"])
    assert known is not None
    assert known.hashes == digest_hashes(first["username"], first["realm"], first["password"])
    assert known.user_id == "user-201"


async def test_signing_out_revokes_the_tab_s_credential(system: System) -> None:
    async with as_user(system, "201") as anna:
        made = (await anna.post("/api/phone/credentials", json={"tab": "tab-1"})).json()
        await anna.post("/api/logout")
        await system.store.refresh()
        assert system.store.browsers.credential(made["username"]) is None
        assert len(system.store.browsers.take_gone()) == 1
        assert (await anna.post("/api/phone/credentials", json={"tab": "tab-1"})).status_code == 401


async def test_surplus_tabs_are_dropped_and_credentials_are_not_handed_out_without_end(
    system: System,
) -> None:
    async with as_user(system, "201") as anna:
        answers = [
            (await anna.post("/api/phone/credentials", json={"tab": f"t{n}"})).status_code for n in range(32)
        ]
    assert answers.count(200) >= 30
    assert 429 in answers
    assert len(system.live.dropped) == answers.count(200) - 12


@pytest.mark.parametrize("tab", ["", "a b", "x" * 65, "a/b", "\x00"])
async def test_odd_tab_names_are_refused(system: System, tab: str) -> None:
    async with as_user(system, "201") as anna:
        assert (await anna.post("/api/phone/credentials", json={"tab": tab})).status_code == 422


@pytest.mark.parametrize(
    ("text", "kind", "dial", "shown", "name", "country"),
    [
        ("202", "extension", "202", "202", "@202", None),
        ("8002", "extension", "8002", "8002", "Board", None),
        ("*43", "feature", "*43", "*43", "Echo test", None),
        ("*73", "feature", "*73", "*73", "Forward no calls", None),
        ("**202", "feature", "**202", "**202", "Voicemail of 202", None),
        ("*8 202", "feature", "*8202", "*8202", "Pick up a call 202", None),
        ("*85", "feature", "*85", "*85", "Park a call", None),
        ("851", "extension", "851", "851", "Parked call", None),
        ("0032 475/12.34.57", "number", "+32475123457", "+32 475 12 34 57", "Zoë", "Belgium"),
        ("(650) 253-0000", "number", "+16502530000", "+1 650-253-0000", None, "United States"),
    ],
)
async def test_g_10_a_typed_number(
    system: System, text: str, kind: str, dial: str, shown: str, name: str | None, country: str | None
) -> None:
    await system.store.contacts.add(Card("Zoë", numbers=(ContactNumber("mobile", "+32475123457"),)))
    async with as_user(system, "201") as anna:
        view = (await anna.post("/api/phone/number", json={"text": text})).json()
    if name == "@202":
        name = name_of(system, "202")
    assert (view["kind"], view["dial"], view["shown"]) == (kind, dial, shown)
    assert (view["name"], view["country"]) == (name, country)


async def test_g_10_what_can_not_be_dialled_is_refused_with_the_rule(system: System) -> None:
    async with as_user(system, "201") as anna:
        view = (await anna.post("/api/phone/number", json={"text": " 253 0000"})).json()
    assert (view["kind"], view["dial"], view["error_id"]) == ("refused", None, "needs-country-code")
    assert "needs + and the country code" in view["message"]


async def test_s2_02_s2_03_people_are_colleagues_with_presence_and_the_address_book(system: System) -> None:
    phones = with_phones(system)
    phones.present = {"user-202": Presence.IN_CALL, "user-201": Presence.AVAILABLE}
    zoe = Card("Zoë Anna", "ACME", "zoe@example.com", "", (ContactNumber("mobile", "+32475123457"),))
    await system.store.contacts.add(zoe)
    async with as_user(system, "201") as anna:
        everybody = (await anna.get("/api/phone/people")).json()
        assert [person["extension"] for person in everybody[:6]] == sorted(
            (person["extension"] for person in everybody[:6]),
            key=lambda extension: name_of(system, extension).casefold(),
        )
        assert {p["extension"]: p["presence"] for p in everybody if p["kind"] == "user"} == {
            "201": "available",
            "202": "in_call",
            **dict.fromkeys(("203", "204", "205", "206"), "offline"),
        }
        for query in ("ZOE", "acme", "0032475", "475123457", "+32 (0)475 12"):
            (found,) = (await anna.get("/api/phone/people", params={"q": query})).json()
            assert found["name"] == "Zoë Anna", query
        assert found["numbers"] == [
            {"label": "mobile", "e164": "+32475123457", "shown": "+32 475 12 34 57", "then": ""}
        ]
        (by_extension, *_) = (await anna.get("/api/phone/people", params={"q": "203"})).json()
        assert by_extension["extension"] == "203"
        assert (await anna.get("/api/phone/people", params={"q": "%_'\";--"})).status_code == 200
        assert len((await anna.get("/api/phone/people", params={"limit": 2})).json()) == 2


def record(number: int, **fields: object) -> CallRow:
    base = {
        "id": f"call-{number}",
        "journey": "j",
        "kind": "call",
        "direction": "internal",
        "started_at": 1000.0 + number,
        "ended_at": 1100.0 + number,
    }
    return CallRow(**{**base, **fields})  # type: ignore[arg-type]


async def test_recent_calls_are_one_s_own_with_names(system: System) -> None:
    await system.store.contacts.add(Card("Zoë", numbers=(ContactNumber("mobile", "+32475123457"),)))
    anna, bruno, now = "user-201", "user-202", 1050.0
    rows = [
        record(1, caller_user=anna, callee_user=bruno, answered_at=now, callee_display="Old name"),
        record(2, caller_user=bruno, callee_user=anna, caller_extension="202", end_cause="no_answer"),
        record(3, caller_extension="0032475123457", callee_user=anna, end_cause="cancelled"),
        record(4, caller_user=anna, dialled="8002", conference_id="conference-8002", answered_at=now),
        record(5, caller_user=anna, dialled="*43", answered_at=now),
        record(6, caller_user="user-203", callee_user=bruno, dialled="202"),
        record(7, caller_display="<b>Nobody</b>", callee_user=anna, end_cause="declined"),
    ]
    for row in rows:
        system.store.records.put(row)
    await system.store.settled()
    name = name_of(system, "202")
    async with as_user(system, "201") as client:
        page = (await client.get("/api/phone/recent", params={"limit": 4})).json()
        rest = (await client.get("/api/phone/recent", params={"after": page["next"]})).json()
        assert (await client.get("/api/phone/recent", params={"after": "x"})).status_code == 422
    seen = [
        (c["id"], c["direction"], c["state"], c["name"], c["shown"], c["dial"], c["seconds"])
        for c in page["calls"] + rest["calls"]
    ]
    assert seen == [
        ("call-7", "in", "refused", "<b>Nobody</b>", "", None, 0.0),
        ("call-5", "out", "answered", "Echo test", "*43", "*43", 55.0),
        ("call-4", "out", "answered", "Board", "8002", "8002", 54.0),
        ("call-3", "in", "missed", "Zoë", "+32 475 12 34 57", "+32475123457", 0.0),
        ("call-2", "in", "missed", name, "202", "202", 0.0),
        ("call-1", "out", "answered", name, "202", "202", 51.0),
    ]
    assert rest["next"] is None


async def test_a_browser_is_listed_as_one_and_can_be_revoked(system: System) -> None:
    async with as_user(system, "201") as user:
        made = (await user.post("/api/phone/credentials", json={"tab": "tab-1"})).json()
        assert (await user.get("/api/users/user-201/devices")).status_code == 403
        listed = (await system.client.get("/api/users/user-201/devices")).json()
        assert [device["kind"] for device in listed] == ["phone", "browser"]
        browser = listed[1]
        assert (browser["username"], browser["expires_at"]) == (made["username"], made["expires_at"])
        assert listed[1] in (await system.client.get("/api/devices")).json()
        revoked = await system.client.delete(f"/api/devices/{browser['id']}")
        assert revoked.json()["revoked"] is True
        assert system.live.dropped == [browser["id"]]
        assert system.store.browsers.credential(made["username"]) is None
        again = await user.post("/api/phone/credentials", json={"tab": "tab-1"})
        assert (again.status_code, again.json()["error_id"]) == (403, "device-revoked")


def test_every_feature_code_has_a_name() -> None:
    assert all(feature_name(code) for code in FEATURES) and feature_name("203") is None
