"""The page at `/`, the documentation, and SIP's WebSocket."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from switchroom.api import NothingLive, create_app
from switchroom.api.pages import preferred
from tests.api.conftest import System


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"),
        ("fr-CH, fr;q=0.9, en;q=0.8", "fr"),
        ("de, it;q=0.4, en;q=0.3", "it"),
        ("de", "en"),
        ("fr;q=x, it;q=0.1", "it"),
        ("it;q=0", "en"),
        (",;q=,;;fr", "en"),
    ],
)
def test_the_language_is_the_browsers(accept: str, language: str) -> None:
    assert preferred(accept) == language


class Links(HTMLParser):
    """Every address a page loads or leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src", "action")]


@pytest.mark.parametrize("language", ["en", "fr", "it"])
async def test_g_09_the_page_speaks_three_languages_and_loads_nothing_from_elsewhere(
    system: System, language: str
) -> None:
    async with system.stranger() as client:
        answer = await client.get("/", headers={"Accept-Language": language})
        assert answer.headers["content-language"] == language
        assert f'<html lang="{language}">' in answer.text
        assert "$" not in answer.text
        links = Links()
        links.feed(answer.text)
        assert links.found
        for link in links.found:
            assert link.startswith("/"), link
            assert (await client.get(link)).status_code == 200
    assert not re.search(r"url\(|@import|https?://", answer.text)
    assert "switchroom.test" in answer.text


async def test_names_and_hosts_are_no_html(system: System) -> None:
    settings = replace(system.store.configuration.applied.settings, name="<script>alert(1)</script>")
    await system.store.configuration.save(settings, "admin")
    await system.store.configuration.apply(1, "admin")
    async with system.stranger() as client:
        answer = await client.get("/", headers={"Host": "\"><script>alert('2')</script>"})
    assert "<script" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text


async def test_the_documentation_is_served_from_here(system: System) -> None:
    async with system.stranger() as client:
        page = await client.get("/api/docs")
        assert "<script>" not in page.text
        links = Links()
        links.feed(page.text)
        assert len(links.found) == 4
        for link in links.found:
            answer = await client.get(link)
            assert answer.status_code == 200
            assert answer.headers["content-type"].split("/")[0] in ("text", "image")
            assert "http" not in link
        assert (await client.get("/api/docs/swagger-ui.js")).status_code == 404
        assert (await client.get("/api/docs/..%2f__init__.py")).status_code == 404


def test_sip_over_websocket_has_its_place() -> None:
    async def echo(websocket: WebSocket) -> None:
        await websocket.accept(subprotocol="sip")
        await websocket.send_text(await websocket.receive_text())
        await websocket.close()

    app = create_app(None, NothingLive(), version="0", sip_websocket=echo)
    with TestClient(app) as client, client.websocket_connect("/sip", subprotocols=["sip"]) as websocket:
        assert websocket.accepted_subprotocol == "sip"
        websocket.send_text("REGISTER")
        assert websocket.receive_text() == "REGISTER"
