"""What a site's statement must be to be believed: genuine, of its origin, of now, and once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path

import pytest

from switchroom.store import Conflict, NotFound, Store
from switchroom.store.sites import StatementRefused, read_origin, read_statement, sign_statement

ORIGIN = "https://crm.example.com"
NONCE = "0123456789abcdef"


def statement(**changed: object) -> str:
    """A good one, or one with a field otherwise."""
    fields = {"secret": "s", "origin": ORIGIN, "user": "201", "nonce": NONCE, "at": 1000.0} | changed
    return sign_statement(**fields)  # type: ignore[arg-type]


def test_a_statement_names_a_person() -> None:
    assert read_statement(statement(), "s", ORIGIN, 1000.0)[0] == "201"
    for now in (940.0, 1060.0):
        assert read_statement(statement(user="Zoë@example.com"), "s", ORIGIN, now)[0] == "Zoë@example.com"


def test_a_statement_made_without_this_program_is_read() -> None:
    """As docs/widget.md tells: any language can make one."""
    payload = json.dumps({"user": "201", "at": 1000, "nonce": NONCE, "origin": ORIGIN, "more": 1}).encode()
    signed = "v1." + base64.urlsafe_b64encode(payload).decode().rstrip("=")
    mac = hmac.new(b"s", signed.encode(), hashlib.sha256).hexdigest()
    assert read_statement(f"{signed}.{mac}", "s", ORIGIN, 1001.0) == ("201", mac)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("", "no statement"),
        ("v1..", "no statement"),
        ("v2." + statement()[3:], "no statement"),
        (statement() + "\n", "no statement"),
        ("v1." + "a" * 2001 + "." + "0" * 64, "no statement"),
        (statement(secret="other"), "another secret"),
        (statement().rsplit(".", 1)[0] + "." + "0" * 64, "another secret"),
        (statement(origin="https://evil.example"), "made for https://evil.example"),
        (statement(at=939.9), "60 s ago"),
        (statement(at=1060.1), "-60 s ago"),
        (statement(at=float("nan")), "unreadable"),
        (statement(user=""), "unreadable"),
        (statement(user="x" * 255), "unreadable"),
        (statement(nonce="short"), "unreadable"),
    ],
)
def test_a_statement_that_is_not_believed(given: str, reason: str) -> None:
    with pytest.raises(StatementRefused, match=reason):
        read_statement(given, "s", ORIGIN, 1000.0)


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://crm.example.com", "https://crm.example.com"),
        (" HTTPS://CRM.Example.com:443/ ", "https://crm.example.com"),
        ("http://localhost:8069/", "http://localhost:8069"),
        ("http://[::1]:8069", "http://[::1]:8069"),
        ("crm.example.com", None),
        ("https://crm.example.com/web", None),
        ("https://user@crm.example.com", None),
        ("https://*.example.com", None),
        ("null", None),
        ("https://", None),
        ("https://" + "a" * 121, None),
    ],
)
def test_an_origin_as_browsers_send_it(typed: str, origin: str | None) -> None:
    assert read_origin(typed) == origin


async def test_a_site_is_added_used_once_renewed_switched_off_and_removed(
    blank_url: str, tmp_path: Path
) -> None:
    now = [1000.0]
    store = await Store.open(blank_url, tmp_path / "key", clock=lambda: now[0])
    try:
        site, secret = await store.sites.add(ORIGIN, "admin")
        with pytest.raises(Conflict):
            await store.sites.add(ORIGIN, "admin")
        assert store.sites.allows(ORIGIN)
        assert not store.sites.allows("https://evil.example")
        first = statement(secret=secret)
        assert await store.sites.redeem(first, ORIGIN) == "201"
        assert store.sites.list()[0].used_at == 1000.0
        with pytest.raises(StatementRefused, match="used before"):
            await store.sites.redeem(first, ORIGIN)
        with pytest.raises(StatementRefused, match="no site"):
            await store.sites.redeem(first, "https://evil.example")
        now[0] = 1059.0
        assert await store.sites.redeem(statement(secret=secret, nonce=NONCE[::-1]), ORIGIN) == "201"
        with pytest.raises(StatementRefused, match="used before"):
            await store.sites.redeem(first, ORIGIN)
        _, other = await store.sites.renew_secret(site.id, "admin")
        assert other != secret
        with pytest.raises(StatementRefused, match="another secret"):
            await store.sites.redeem(statement(secret=secret, at=now[0]), ORIGIN)
        await store.sites.enable(site.id, False, "admin")
        assert not store.sites.allows(ORIGIN)
        with pytest.raises(StatementRefused, match="switched off"):
            await store.sites.redeem(statement(secret=other, at=now[0]), ORIGIN)
        assert secret not in repr(store.sites) + repr(site)
    finally:
        await store.close()
    # Another start knows the same, and what was used stays used.
    store = await Store.open(blank_url, tmp_path / "key", clock=lambda: now[0])
    try:
        await store.sites.enable(site.id, True, "admin")
        assert await store.sites.redeem(statement(secret=other, at=1000.0), ORIGIN) == "201"
        await store.sites.remove(site.id, "admin")
        assert not store.sites.allows(ORIGIN)
        assert store.sites.list() == []
        with pytest.raises(NotFound):
            await store.sites.remove(site.id, "admin")
        acts = [entry.action for entry in await store.audit.list()]
        assert acts[:3] == ["site removed", "site switched on", "site switched off"]
    finally:
        await store.close()
