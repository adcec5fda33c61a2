"""An OpenID provider as we see it: discovery, the code for an ID token, and what that token proves.

OpenID Connect Core 1.0 §3.1 (authorization code flow) and Discovery 1.0, with PKCE (RFC 7636).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from switchroom.api.limits import is_loopback
from switchroom.openid_settings import Provider

if TYPE_CHECKING:
    import httpx

_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with a public key only: never `none`, never one with the client's secret."""
_LEEWAY = 60
_REMEMBERED = 3600.0
_KEYS_AT_MOST_EVERY = 30.0
_TIMEOUT = 8.0
_MOST_BYTES = 256 * 1024


class OpenIdError(Exception):
    """Signing in by a provider failed: a stable `error_id`, and what the log shall say."""

    def __init__(self, error_id: str, detail: str) -> None:
        super().__init__(detail)
        self.error_id = error_id


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider vouches for."""

    issuer: str
    subject: str
    email: str | None
    """Only when it is proven to be his."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What discovery told."""

    issuer: str
    authorization: str
    token: str
    keys: str
    secret_in_body: bool
    time: float


class OpenIdClient:
    """Speaks to one provider. Raises `OpenIdError`."""

    def __init__(
        self,
        provider: Provider,
        clock: Callable[[], float] = time.time,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.provider = provider
        self._clock = clock
        self._transport = transport
        self._known: _Known | None = None
        self._keys: dict[str | None, Any] = {}
        self._keys_time = -_REMEMBERED
        for name in ("httpx", "jwt"):  # slow: not in the middle of calls, and not where nobody needs them
            import_module(name)

    async def address(self, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Where a browser is sent to sign in."""
        known = await self._discover()
        parameters = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": redirect_uri,
            "scope": self.provider.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        }
        joint = "&" if urlsplit(known.authorization).query else "?"
        return f"{known.authorization}{joint}{urlencode(parameters)}"

    async def identity(self, code: str, redirect_uri: str, nonce: str, verifier: str) -> Identity:
        """Whom the code stands for."""
        known = await self._discover()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "client_id": self.provider.client_id,
        }
        import httpx

        basic = None
        if self.provider.client_secret and known.secret_in_body:
            form["client_secret"] = self.provider.client_secret
        elif self.provider.client_secret:
            basic = httpx.BasicAuth(self.provider.client_id, self.provider.client_secret)
        answer = await self._json("POST", known.token, data=form, auth=basic)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise OpenIdError("openid-invalid", "the token endpoint gave no id_token")
        return self._believed(await self._claims(known, token), nonce)

    def _believed(self, claims: dict[str, Any], nonce: str) -> Identity:
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise OpenIdError("openid-invalid", "the ID token has another nonce")
        audience = claims["aud"]
        several = isinstance(audience, list) and len(audience) > 1
        if claims.get("azp", None if several else self.provider.client_id) != self.provider.client_id:
            raise OpenIdError("openid-invalid", "the ID token is for another client")
        subject = claims["sub"]
        if not isinstance(subject, str) or not 1 <= len(subject) <= 255:
            raise OpenIdError("openid-invalid", "the ID token names nobody")
        email, verified = claims.get("email"), claims.get("email_verified", self.provider.trust_email)
        proven = isinstance(email, str) and "@" in email and verified in (True, "true")
        return Identity(claims["iss"], subject, str(email) if proven else None)

    async def _claims(self, known: _Known, token: str) -> dict[str, Any]:
        import jwt

        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in _ALGORITHMS:
                raise OpenIdError("openid-invalid", f"an ID token signed by {header.get('alg')!r}")
            claims: dict[str, Any] = jwt.decode(
                token,
                await self._key(known, header.get("kid")),
                algorithms=[header["alg"]],
                audience=self.provider.client_id,
                issuer=known.issuer,
                leeway=_LEEWAY,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise OpenIdError("openid-invalid", f"the ID token is not believed: {error}") from error
        return claims

    async def _key(self, known: _Known, key_id: str | None) -> Any:
        """A key of the provider's; its list is fetched again for an unknown one, and each hour."""
        age = self._clock() - self._keys_time
        if age > _REMEMBERED or (self._chosen(key_id) is None and age > _KEYS_AT_MOST_EVERY):
            import jwt

            document = await self._json("GET", known.keys)
            found = jwt.PyJWKSet.from_dict(document).keys
            usable = [key for key in found if key.key_type in ("RSA", "EC", "OKP")]
            self._keys = {key.key_id: key.key for key in usable if key.public_key_use in (None, "sig")}
            self._keys_time = self._clock()
        key = self._chosen(key_id)
        if key is None:
            raise OpenIdError("openid-invalid", "the ID token is signed by a key that is not the provider's")
        return key

    def _chosen(self, key_id: str | None) -> Any:
        if key_id is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(key_id)

    async def _discover(self) -> _Known:
        if self._known is not None and self._clock() - self._known.time < _REMEMBERED:
            return self._known
        issuer = self.provider.issuer.rstrip("/")
        found = await self._json("GET", f"{issuer}/.well-known/openid-configuration")
        names = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
        values = [found.get(name) for name in names]
        if not all(isinstance(value, str) for value in values) or str(values[0]).rstrip("/") != issuer:
            raise OpenIdError("openid-invalid", "its configuration is not the one of this issuer")
        for value in values[1:]:
            _check_address(str(value))
        methods = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        self._known = _Known(
            issuer=str(values[0]),
            authorization=str(values[1]),
            token=str(values[2]),
            keys=str(values[3]),
            secret_in_body="client_secret_basic" not in methods,
            time=self._clock(),
        )
        return self._known

    async def _json(self, method: str, url: str, **request: Any) -> dict[str, Any]:
        """A JSON object from the provider: no redirects followed, limited in time and size."""
        import httpx

        _check_address(url)
        try:
            async with (
                httpx.AsyncClient(timeout=_TIMEOUT, transport=self._transport) as client,
                client.stream(method, url, headers={"Accept": "application/json"}, **request) as response,
            ):
                content = b""
                async for part in response.aiter_bytes():
                    content += part
                    if len(content) > _MOST_BYTES:
                        raise OpenIdError("openid-invalid", f"{url} answers with too much")
        except httpx.HTTPError as error:
            raise OpenIdError("openid-unreachable", f"{url}: {type(error).__name__} {error}") from error
        if response.status_code != 200:
            refused = 400 <= response.status_code < 500 and method == "POST"
            error_id = "openid-refused" if refused else "openid-unreachable"
            raise OpenIdError(error_id, f"{url} answers {response.status_code} {content[:200]!r}")
        try:
            found = httpx.Response(200, content=content).json()
        except ValueError as error:
            raise OpenIdError("openid-invalid", f"{url} answers with no JSON") from error
        if not isinstance(found, dict):
            raise OpenIdError("openid-invalid", f"{url} answers with no JSON object")
        return found


def challenge(verifier: str) -> str:
    """The S256 code challenge of a verifier (RFC 7636 §4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _check_address(url: str) -> None:
    parts = urlsplit(url)
    host = (parts.hostname or "").strip("[]")
    if parts.scheme != "https" and not (
        parts.scheme == "http" and (host == "localhost" or is_loopback(host))
    ):
        raise OpenIdError("openid-invalid", f"{url} is not an https address")
