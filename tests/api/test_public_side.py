"""With a console listener of its own, the public one serves no more than phones and guests need."""

from __future__ import annotations

import httpx
import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from switchroom.api import NothingLive, create_app
from switchroom.api.public_side import PublicSide, is_public
from tests.api.conftest import System


@pytest.mark.parametrize(
    "path",
    ["/", "/phone", "/assets/x.js", "/switchroom-phone.js", "/sip", "/join/x", "/api/welcome", "/api/session",
     "/api/session/openid/x/callback", "/api/account/totp", "/api/login", "/api/phone", "/api/phone/tabs",
     "/api/join/x", "/api/visit", "/api/rooms/x/watch", "/api/rooms/x/participants/y/mute",
     "/api/conferences/x/links", "/api/conferences/x/links/y", "/api/conferences/x/appointments/y",
     "/api/contacts", "/.well-known/acme-challenge/x", "/apiary"],
)  # fmt: skip
def test_what_the_public_side_serves(path: str) -> None:
    assert is_public(path)


@pytest.mark.parametrize(
    "path",
    ["/api", "/api/", "/api/users", "/api/sessions", "/api/phones", "/api/live", "/api/configuration",
     "/api/system", "/api/docs", "/api/openapi.json", "/api/health", "/metrics", "/api/audit.csv",
     "/api/loginx", "/api/rooms", "/api/rooms/", "/api/conferences", "/api/conferences/x", "/api/mail",
     "/api/mail/outbox", "/api/conferences/x/links/y/z", "/api/conferences/x/linksy"],
)  # fmt: skip
def test_what_it_does_not_serve(path: str) -> None:
    assert not is_public(path)


async def test_every_other_route_is_not_there_even_for_an_administrator(system: System) -> None:
    transport = httpx.ASGITransport(PublicSide(system.app), client=("127.0.0.1", 5000))
    headers = dict(system.client.headers)
    checked = 0
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
        for template, methods in system.app.openapi()["paths"].items():
            if is_public(template):
                continue
            for method in methods:
                answer = await client.request(method, template.replace("{", "").replace("}", ""))
                assert (answer.status_code, answer.json()["error_id"]) == (404, "not-found")
                checked += 1
        assert (await client.get("/")).status_code == 200
        # The web app shows the pages there are: those of the phone.
        assert (await client.get("/api/session")).json()["rights"] == ["contacts", "phone"]
    assert "apply" in (await system.client.get("/api/session")).json()["rights"]
    assert checked > 30


def test_websockets_are_for_phones() -> None:
    async def echo(websocket: WebSocket) -> None:
        await websocket.accept(subprotocol="sip")
        await websocket.close()

    app = create_app(None, NothingLive(), version="0", sip_websocket=echo)
    with TestClient(PublicSide(app)) as client:
        with client.websocket_connect("/sip", subprotocols=["sip"]) as websocket:
            assert websocket.accepted_subprotocol == "sip"
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("/api/live"):
            pass
