"""The web app's files: cached well, compressed, found by every page's address; nobody else's paths."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import httpx
import pytest

from switchroom.api import NothingLive, Site, create_app
from switchroom.api.web_app import read_challenge
from tests.api.conftest import System, built_web_app


@pytest.mark.parametrize("path", ["/", "/conferences", "/users/user-201", "/index.html"])
async def test_every_page_is_the_web_app(system: System, path: str) -> None:
    async with system.stranger() as client:
        page = await client.get(path)
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "<title>Switchroom" in page.text
        assert page.headers["cache-control"] == "no-cache"
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self';" in policy
        assert "unsafe-eval" not in policy
        known = {"If-None-Match": page.headers["etag"]}
        again = await client.get(path, headers=known)
        assert (again.status_code, again.content) == (304, b"")
        assert (await client.head(path)).content == b""


async def test_the_phone_has_a_page_of_its_own(system: System) -> None:
    for path in ("/phone", "/phone/"):
        assert "<title>Phone" in (await system.client.get(path)).text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api", 404),
        ("/api/none", 404),
        ("/api/none/", 404),
        ("/sip", 404),
        ("/metrics/none", 404),
        ("/.well-known/none", 404),
        ("/assets/old-A1.js", 404),
    ],
)
async def test_other_paths_are_not_pages(system: System, path: str, status: int) -> None:
    answer = await system.client.get(path)
    assert (answer.status_code, answer.json()["error_id"]) == (status, "not-found")


async def test_no_file_outside_is_found(system: System, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hidden")
    for path in ("/../secret", "/%2e%2e/secret", "/..%2fsecret", "/assets/../../secret", "//secret"):
        assert "hidden" not in (await system.client.get(path)).text


async def test_assets_are_kept_for_ever_and_sent_compressed(system: System) -> None:
    path = "/assets/index-B1c2.js"
    plain = await system.client.get(path, headers={"Accept-Encoding": "identity"})
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["content-type"].startswith("text/javascript")
    assert "content-encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["vary"]
    async with system.client.stream("GET", path, headers={"Accept-Encoding": "gzip, br"}) as answer:
        assert answer.headers["content-encoding"] == "br"
        assert b"".join([part async for part in answer.aiter_raw()]) == b"brotli"
    style = "/assets/style-Zz.css"
    async with system.client.stream("GET", style, headers={"Accept-Encoding": "br;q=0, gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert gzip.decompress(raw).startswith(b"body")
    assert len(raw) < 300
    none = {"Accept-Encoding": "gzip;q=0"}
    assert "content-encoding" not in (await system.client.get(style, headers=none)).headers


async def test_the_page_of_guests_is_kept_by_nobody_on_the_way(system: System) -> None:
    async with system.stranger() as guest:
        answer = await guest.get(f"/join/{'x' * 43}")
    assert "<title>Join" in answer.text
    told = answer.headers
    assert (told["cache-control"], told["referrer-policy"]) == ("no-store", "no-referrer")
    assert told["x-robots-tag"] == "noindex" and "set-cookie" not in told
    policy = told["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy


async def test_the_custom_element_may_be_loaded_by_other_sites(system: System) -> None:
    for path in ("/switchroom-phone.js", "/assets/index-B1c2.js"):
        headers = (await system.client.get(path, headers={"Accept-Encoding": "identity"})).headers
        assert headers["access-control-allow-origin"] == "*"
        assert headers["cross-origin-resource-policy"] == "cross-origin"
    page = (await system.client.get("/")).headers
    assert "access-control-allow-origin" not in page
    assert page["cross-origin-resource-policy"] == "same-origin"


async def test_a_new_build_is_served_at_once_and_a_missing_one_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "webapp"
    app = create_app(None, NothingLive(), version="0", site=Site(web_folder=folder))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://switchroom.test") as client:
        missing = await client.get("/users")
        assert missing.status_code == 503
        assert "make build" in missing.text
        built_web_app(folder)
        assert (await client.get("/users")).status_code == 200
        (folder / "index.html").write_text("<title>New</title>")
        os.utime(folder / "index.html", ns=(5, 5))
        assert "New" in (await client.get("/users")).text


async def test_other_sites_may_ask_with_a_token_only_if_they_are_allowed(system: System) -> None:
    for origin, allowed in (("https://crm.example.com", True), ("https://evil.example", False)):
        headers = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        headers["Access-Control-Request-Headers"] = "authorization"
        async with system.stranger() as client:
            preflight = await client.options("/api/users", headers=headers)
        answer = await system.client.get("/api/users", headers={"Origin": origin})
        for found in (preflight, answer):
            assert (found.headers.get("access-control-allow-origin") == origin) is allowed
            assert "access-control-allow-credentials" not in found.headers


async def test_acme_challenges_come_from_their_folder(system: System, tmp_path: Path) -> None:
    place = tmp_path / ".well-known" / "acme-challenge"
    place.mkdir(parents=True)
    (place / "token_1-A").write_text("token_1-A.thumbprint")
    async with system.stranger() as client:
        found = await client.get("/.well-known/acme-challenge/token_1-A")
        assert (found.status_code, found.text) == (200, "token_1-A.thumbprint")
        for token in ("none", "..%2f..%2fkey", "a.b", "%00"):
            answer = await client.get(f"/.well-known/acme-challenge/{token}")
            assert answer.status_code in (404, 422)
    assert read_challenge(tmp_path / "nowhere", "token_1-A") is None
