"""The documentation, and SIP's WebSocket."""

from __future__ import annotations

from html.parser import HTMLParser

import httpx
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from switchroom.api import NothingLive, create_app
from tests.api.conftest import System


class Links(HTMLParser):
    """Every address a page loads or leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src", "action")]


async def test_the_documentation_is_served_from_here(system: System) -> None:
    async with system.stranger("127.0.0.1") as client:
        client.base_url = httpx.URL("http://localhost:8080")
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
