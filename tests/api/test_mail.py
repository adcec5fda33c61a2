"""Settings of mail by the API, and the list of what leaves."""

from __future__ import annotations

from typing import Any

import pytest

from switchroom.store.mail import MailKind, NewMail
from tests.api.conftest import System

SERVER: dict[str, Any] = {
    "host": "mail.example.com",
    "port": 587,
    "security": "starttls",
    "username": "pbx",
    "password": "very secret",
    "sender": "pbx@Example.com",
    "public_url": "https://phone.example.com/",
}


async def test_the_password_is_kept_encrypted_and_never_told(system: System) -> None:
    answer = await system.client.put("/api/mail", json=SERVER)
    assert answer.status_code == 200, answer.text
    assert answer.json() == (await system.client.get("/api/mail")).json()
    assert answer.json() == {
        "host": "mail.example.com",
        "port": 587,
        "security": "starttls",
        "username": "pbx",
        "has_password": True,
        "sender": "pbx@example.com",
        "public_url": "https://phone.example.com",
        "default_url": "http://localhost:8080",
    }
    async with system.store.database.reading() as connection:
        rows = (await connection.exec_driver_sql("SELECT * FROM mail_server")).all()
    assert "very secret" not in repr(rows)
    assert (await system.store.mail.server()).password == "very secret"
    assert "very secret" not in repr(await system.store.mail.server())


async def test_a_kept_password_goes_to_no_other_server(system: System) -> None:
    await system.client.put("/api/mail", json=SERVER)
    kept = {key: value for key, value in SERVER.items() if key != "password"}
    assert (await system.client.put("/api/mail", json=kept | {"sender": "a@example.com"})).status_code == 200
    assert (await system.store.mail.server()).password == "very secret"
    for changed in ({"host": "evil.example.net"}, {"port": 26}, {"security": "none"}, {"username": "x"}):
        answer = await system.client.put("/api/mail", json=kept | changed)
        assert (answer.status_code, answer.json()["error_id"]) == (422, "password-needed")
    other = await system.client.put("/api/mail", json=kept | {"host": "other.example.net", "password": "new"})
    assert other.status_code == 200 and (await system.store.mail.server()).password == "new"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"host": "mail example"}, "host"),
        ({"host": "mail..example"}, "host"),
        ({"host": "-x"}, "host"),
        ({"port": 0}, "port"),
        ({"sender": ""}, "sender"),
        ({"sender": "nobody"}, "sender"),
        ({"sender": "a@example.com\r\nBcc: b@example.com"}, "sender"),
        ({"public_url": "phone.example.com"}, "public_url"),
        ({"public_url": "https://phone.example.com/path"}, "public_url"),
        ({"public_url": "https://user@phone.example.com"}, "public_url"),
        ({"public_url": "javascript:alert(1)"}, "public_url"),
        ({"security": "ssl"}, "security"),
    ],
)
async def test_bad_settings_are_refused_at_their_field(
    system: System, changed: dict[str, Any], field: str
) -> None:
    answer = await system.client.put("/api/mail", json=SERVER | changed)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert (await system.store.mail.server()).host == ""


async def test_a_test_message_needs_a_server_and_says_what_failed(system: System) -> None:
    missing = await system.client.post("/api/mail/test", json={"to": "anna@example.com"})
    assert (missing.status_code, missing.json()["error_id"]) == (409, "mail-not-set")
    nowhere = {"host": "127.0.0.1", "port": 9, "security": "none", "username": "", "password": None}
    assert (await system.client.put("/api/mail", json=SERVER | nowhere)).status_code == 200
    answer = await system.client.post("/api/mail/test", json={"to": "anna@example.com"})
    assert (answer.status_code, answer.json()["error_id"], answer.json()["field"]) == (
        422, "mail-nothing-there", "port",
    )  # fmt: skip
    bad = await system.client.post("/api/mail/test", json={"to": "a@example.com\nDATA"})
    assert (bad.status_code, bad.json()["field"]) == (422, "to")


async def test_what_became_of_each_message_is_seen_and_a_failed_one_tried_again(system: System) -> None:
    store = system.store.mail
    mails = [NewMail(f"{n}@example.com", f"Mail {n}", MailKind.INVITATION, b"x") for n in range(3)]
    async with system.store.database.writing() as connection:
        await store.add(connection, mails)
    first, second, _ = [mail for mail, _ in await store.due()]
    await store.sent(first.id)
    await store.failed(second.id, "The address is unknown.", None)
    page = (await system.client.get("/api/mail/outbox?limit=2")).json()
    rest = (await system.client.get(f"/api/mail/outbox?limit=2&after={page['next']}")).json()
    assert rest["next"] is None
    states = {one["id"]: one["state"] for one in page["mails"] + rest["mails"]}
    assert sorted(states.values()) == ["failed", "sent", "waiting"]
    failed = (await system.client.get("/api/mail/outbox?state=failed")).json()["mails"]
    assert [(one["id"], one["error"]) for one in failed] == [(second.id, "The address is unknown.")]
    assert (await system.client.post(f"/api/mail/outbox/{second.id}/retry")).json()["state"] == "waiting"
    assert (await system.client.post(f"/api/mail/outbox/{first.id}/retry")).status_code == 404
    assert (await system.client.get("/api/mail/outbox?after=nonsense")).status_code == 422
