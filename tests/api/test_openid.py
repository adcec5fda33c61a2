"""Signing in by an OpenID provider: a small one of our own, honest and dishonest."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from switchroom.api.context import COOKIE
from switchroom.api.openid_client import OpenIdClient, challenge
from switchroom.openid_settings import Provider
from tests.api.conftest import System

ISSUER = "http://localhost:9000/realm"
BASE = "http://switchroom.test/api/session/openid/company"


@dataclass
class FakeProvider:
    """Gives a code to whoever asks and an ID token for it; `claims` and the rest make it lie."""

    claims: dict[str, Any] = field(
        default_factory=lambda: {"email": "anna@example.com", "email_verified": True}
    )
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    key_id: str = "one"
    signing: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    discovered: dict[str, Any] = field(default_factory=dict)
    down: bool = False
    answers: int = 0
    used: bool = False

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/realm/.well-known/openid-configuration", self._configuration),
                Route("/realm/keys", self._keys),
                Route("/realm/token", self._token, methods=["POST"]),
            ]
        )

    async def _configuration(self, _request: Request) -> Response:
        self.answers += 1
        if self.down:
            return Response("down", 503)
        document = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize?tenant=1",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
        }
        return JSONResponse(document | self.discovered)

    async def _keys(self, _request: Request) -> Response:
        self.answers += 1
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
        return JSONResponse(
            {"keys": [{"kty": "oct", "k": "AAAA", "kid": "shared"}, public | {"kid": self.key_id}]}
        )

    async def _token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        basic = base64.b64encode(b"switchroom:s3cret").decode()
        right = (
            request.headers.get("authorization") == f"Basic {basic}"
            and form["code"] == "the-code"
            and challenge(form["code_verifier"]) == self.asked["code_challenge"]
            and form["redirect_uri"] == self.asked["redirect_uri"] == f"{BASE}/callback"
        )
        if not right or self.used:
            return JSONResponse({"error": "invalid_grant"}, 400)
        self.used = True
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": self.id_token()})

    def id_token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": "switchroom",
            "sub": "subject-1",
            "iat": now,
            "exp": now + 60,
            "nonce": self.asked.get("nonce"),
        }
        given = {name: value for name, value in (claims | self.claims).items() if value is not None}
        options: dict[str, Any] = {
            "key": self.key,
            "algorithm": "ES256",
            "headers": {"kid": self.key_id},
        } | self.signing
        return jwt.encode(given, **options)


@dataclass
class Meeting:
    """The system, the provider, and a browser between them."""

    system: System
    provider: FakeProvider
    browser: httpx.AsyncClient

    async def leave(self) -> dict[str, str]:
        """Click on the provider's button: what the provider is asked."""
        answer = await self.browser.get(BASE)
        assert answer.status_code == 303, answer.text
        where = urlsplit(answer.headers["location"])
        assert f"{where.scheme}://{where.netloc}{where.path}" == f"{ISSUER}/authorize"
        self.provider.asked = {name: values[0] for name, values in parse_qs(where.query).items()}
        self.provider.used = False
        return self.provider.asked

    async def come_back(self, **query: str) -> httpx.Response:
        asked = self.provider.asked
        return await self.browser.get(
            f"{BASE}/callback", params={"code": "the-code", "state": asked["state"]} | query
        )

    async def sign_in(self) -> httpx.Response:
        await self.leave()
        return await self.come_back()

    def configure(self, **options: Any) -> None:
        given = {"id": "company", "name": "Company <b>", "issuer": ISSUER, "client_id": "switchroom",
                 "client_secret": "s3cret"} | options  # fmt: skip
        client = OpenIdClient(Provider(**given), transport=httpx.ASGITransport(self.provider.app()))
        self.system.app.state.context = replace(self.system.app.state.context, openid=(client,))


@pytest.fixture
async def meeting(system: System) -> AsyncIterator[Meeting]:
    await system.client.patch("/api/users/user-201", json={"email": "Anna@Example.com"})
    await system.client.post("/api/configuration/apply", json={"base_revision": 1})
    async with system.stranger("192.0.2.80") as browser:
        made = Meeting(system, FakeProvider(), browser)
        made.configure()
        yield made


def refused(answer: httpx.Response, status: int, words: str) -> None:
    """A readable page, and nobody is signed in."""
    assert answer.status_code == status, answer.text
    assert words in answer.text
    assert "Company &lt;b&gt;" in answer.text or "{provider}" not in answer.text
    assert "<b>" not in answer.text
    assert COOKIE not in answer.headers.get("set-cookie", "")


async def test_the_provider_is_offered(meeting: Meeting) -> None:
    welcome = (await meeting.browser.get("/api/welcome")).json()
    assert welcome["sign_in"]["openid"] == [{"id": "company", "name": "Company <b>"}]
    assert (await meeting.browser.get("/api/session/openid/other")).status_code == 404
    assert "s3cret" not in repr(meeting.system.app.state.context.openid[0].provider)


async def test_there_with_pkce_and_back_with_a_session(meeting: Meeting) -> None:
    asked = await meeting.leave()
    assert (asked["response_type"], asked["code_challenge_method"], asked["tenant"]) == ("code", "S256", "1")
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert "openid" in asked["scope"].split()
    answer = await meeting.come_back()
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    view = (await meeting.browser.get("/api/session")).json()
    assert (view["name"], view["role"], view["user"]["extension"]) == ("201", "user", "201")
    actions = [(entry.who, entry.action, entry.subject) for entry in await meeting.system.store.audit.list()]
    assert ("201", "login bound", "Company <b>") in actions
    # From now on the subject counts, whatever his address is.
    meeting.provider.claims = {"email": "new@example.com", "email_verified": False}
    assert (await meeting.sign_in()).status_code == 303
    assert (await meeting.browser.get("/api/session")).json()["name"] == "201"


async def test_the_state_cookie_is_short_lived_and_unreadable(meeting: Meeting) -> None:
    answer = await meeting.browser.get(BASE.replace("http:", "https:"))
    header = answer.headers["set-cookie"].lower()
    for part in ("httponly", "samesite=lax", "secure", "max-age=600", "path=/api/session/openid"):
        assert part in header
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    assert not any(asked[name][0] in answer.headers["set-cookie"] for name in ("state", "nonce"))


async def test_a_state_that_is_not_this_browsers_signs_nobody_in(meeting: Meeting) -> None:
    await meeting.leave()
    refused(await meeting.come_back(state="x"), 400, "left open for too long")
    await meeting.leave()
    async with meeting.system.stranger() as other:
        query = {"code": "the-code", "state": meeting.provider.asked["state"]}
        refused(await other.get(f"{BASE}/callback", params=query), 400, "left open")
        for cookie in ("x", "gAAAAA", "\xff", "a" * 5000):
            headers = [(b"cookie", f"switchroom_openid={cookie}".encode("latin-1"))]
            refused(await other.get(f"{BASE}/callback", params=query, headers=headers), 400, "left open")
    assert not meeting.provider.used


async def test_a_code_is_good_once(meeting: Meeting) -> None:
    await meeting.leave()
    kept = dict(meeting.browser.cookies)
    assert (await meeting.come_back()).status_code == 303
    meeting.browser.cookies.clear()
    meeting.browser.cookies.update(kept)
    refused(await meeting.come_back(), 401, "did not let you in")


async def test_who_cancels_is_told_so(meeting: Meeting) -> None:
    await meeting.leave()
    state = meeting.provider.asked["state"]
    query = {"error": "access_denied<script>", "state": state}
    refused(await meeting.browser.get(f"{BASE}/callback", params=query), 401, "or you cancelled")


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": ["switchroom", "another"]},
        {"aud": ["switchroom", "another"], "azp": "another"},
        {"iss": "https://evil.example"},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 300},
        {"exp": 1},
        {"exp": None},
        {"iat": 9_999_999_999},
    ],
)
async def test_claims_that_prove_nothing(meeting: Meeting, claims: dict[str, Any]) -> None:
    meeting.provider.claims |= claims
    refused(await meeting.sign_in(), 502, "can not be trusted")


@pytest.mark.parametrize(
    "how",
    ["none", "shared", "public key as a secret", "another key", "unknown key id", "no token", "garbage"],
)
async def test_signatures_that_prove_nothing(
    meeting: Meeting, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = meeting.provider
    public = provider.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    match how:
        case "none":
            provider.signing = {"key": None, "algorithm": "none"}
        case "shared":
            provider.signing = {"key": b"\0\0\0" * 11, "algorithm": "HS256", "headers": {"kid": "shared"}}
        case "public key as a secret":
            secret = base64.b64encode(public).decode()
            provider.signing = {"key": secret, "algorithm": "HS256"}
        case "another key":
            provider.signing = {"key": ec.generate_private_key(ec.SECP256R1())}
        case "unknown key id":
            provider.signing = {"headers": {"kid": "two"}}
        case "no token":
            monkeypatch.setattr(provider, "id_token", lambda: None)
        case _:
            monkeypatch.setattr(provider, "id_token", lambda: "a.b.c")
    refused(await meeting.sign_in(), 502, "can not be trusted")


async def test_a_new_key_is_fetched_but_not_for_every_lie(meeting: Meeting) -> None:
    clock = [1000.0]
    client = meeting.system.app.state.context.openid[0]
    client._clock = lambda: clock[0]
    assert (await meeting.sign_in()).status_code == 303
    meeting.provider.key, meeting.provider.key_id = ec.generate_private_key(ec.SECP256R1()), "two"
    before = meeting.provider.answers
    refused(await meeting.sign_in(), 502, "can not be trusted")
    assert meeting.provider.answers == before
    clock[0] += 31
    assert (await meeting.sign_in()).status_code == 303
    assert meeting.provider.answers == before + 1


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email": None},
        {"email": "stranger@example.com"},
        {"email": ["anna@example.com"]},
        {"email": "' OR 1=1 --@"},
    ],
)
async def test_an_address_that_is_not_proven_or_nobodys_is_nobody(
    meeting: Meeting, claims: dict[str, Any]
) -> None:
    meeting.provider.claims |= claims
    refused(await meeting.sign_in(), 403, "nobody gave you a login here")


async def test_an_address_of_two_is_nobody(meeting: Meeting) -> None:
    await meeting.system.client.patch("/api/users/user-202", json={"email": "anna@example.com"})
    await meeting.system.client.post("/api/configuration/apply", json={"base_revision": 2})
    refused(await meeting.sign_in(), 403, "nobody gave you a login here")


async def test_another_subject_with_the_same_address_does_not_take_a_bound_login(meeting: Meeting) -> None:
    assert (await meeting.sign_in()).status_code == 303
    meeting.provider.claims |= {"sub": "subject-2"}
    refused(await meeting.sign_in(), 403, "nobody gave you a login here")


async def test_a_login_is_made_only_where_that_was_switched_on(meeting: Meeting) -> None:
    await meeting.system.client.delete("/api/users/user-201/login")
    refused(await meeting.sign_in(), 403, "nobody gave you a login here")
    meeting.configure(create_logins=True)
    assert (await meeting.sign_in()).status_code == 303
    view = (await meeting.browser.get("/api/session")).json()
    assert (view["name"], view["role"], view["user"]["id"]) == ("anna@example.com", "user", "user-201")
    async with meeting.system.stranger() as client:
        body = {"name": "anna@example.com", "password": " "}
        assert (await client.post("/api/session", json=body)).status_code == 401


async def test_a_provider_whose_addresses_are_trusted(meeting: Meeting) -> None:
    meeting.provider.claims = {"email": "anna@example.com"}
    meeting.configure(trust_email=True)
    assert (await meeting.sign_in()).status_code == 303
    meeting.provider.claims |= {"sub": "subject-2", "email_verified": False}
    refused(await meeting.sign_in(), 403, "nobody gave you a login here")


async def test_a_user_who_is_not_applied_stays_out(meeting: Meeting) -> None:
    assert (await meeting.sign_in()).status_code == 303
    await meeting.system.client.delete("/api/users/user-201")
    await meeting.system.client.delete("/api/conferences/conference-8003")
    await meeting.system.client.post("/api/configuration/apply", json={"base_revision": 2})
    assert (await meeting.browser.get("/api/session")).status_code == 401
    refused(await meeting.sign_in(), 403, "not in the applied configuration")


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr-FR,fr;q=0.9", "injoignable"), ("it", "non è raggiungibile"), ("tlh", "can not be reached")],
)
async def test_g_09_a_provider_that_is_down_is_said_so(meeting: Meeting, language: str, words: str) -> None:
    meeting.provider.down = True
    answer = await meeting.browser.get(BASE, headers={"Accept-Language": language})
    refused(answer, 502, words)


@pytest.mark.parametrize(
    "discovered",
    [
        {"issuer": "http://localhost:9000/other"},
        {"issuer": None},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"padding": "x" * 300_000},
    ],
)
async def test_a_configuration_that_is_not_believed(meeting: Meeting, discovered: dict[str, Any]) -> None:
    meeting.provider.discovered = discovered
    refused(await meeting.browser.get(BASE), 502, "can not be trusted")


async def test_coming_back_is_limited(meeting: Meeting) -> None:
    answers = [(await meeting.browser.get(f"{BASE}/callback?code=x&state=y")).status_code for _ in range(25)]
    assert answers[:5] == [400] * 5
    assert answers[-3:] == [429] * 3
