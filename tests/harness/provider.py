"""A telephone provider of the tests' own: registrar, digest, calls both ways with sound, and moods."""

from __future__ import annotations

import ssl
from typing import Any

from switchroom.sip.digest import Algorithm, ha1, verify
from switchroom.sip.flow import Transport
from switchroom.sip.headers import Challenge, Credentials
from switchroom.sip.message import Request
from switchroom.sip.uri import SipUri, parse_uri
from tests.harness.link import Place, listen
from tests.harness.phone import Phone, token

REALM = "provider.example"


class Provider(Phone):
    """A phone that is a provider: it knows one account, asks for its password, calls who is registered."""

    def __init__(
        self,
        server: Place,
        *,
        username: str = "4711",
        secret: str = "line secret",
        certificate: ssl.SSLContext | None = None,
        **options: Any,
    ) -> None:
        """On TCP and TLS it waits for connections, on TLS with a `certificate`."""
        super().__init__("provider", "", server, **options)
        self._certificate = certificate
        self.account, self.password = username, secret
        self.contacts: list[str] = []
        """The Contacts that registered, the newest last."""
        self.removed = 0
        self.wrong = 0
        """How often somebody had a wrong password."""
        self.status: int | None = None
        """Every call is refused with it at once, and with these headers."""
        self.refusal: list[tuple[str, str]] = []
        self.moved: dict[str, str] = {}
        """Numbers that lead to another one (302)."""
        self.invited: list[Request] = []
        """Every INVITE outside a dialog."""
        self.closed = False
        """It is out of service, for who asks."""
        self.silent = False
        """Nothing is answered at all."""
        self.asks = True
        """Calls have to prove the account."""

    async def start(self, port: int = 0) -> None:
        """Be there."""
        if self.transport is Transport.UDP:
            await super().start(port)
        else:
            self._link = await listen(self.transport, self._certificate, self._receive)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.link.local[1]

    @property
    def contact_user(self) -> str:
        """The user part of the Contact that is registered."""
        uri = parse_uri(self.contacts[-1])
        assert isinstance(uri, SipUri)
        return uri.username

    async def _request(self, request: Request) -> None:
        if self.silent:
            return
        if request.method == "OPTIONS" and self.closed:
            self._refuse(request, 503, [])
        elif request.method == "REGISTER":
            self._registered(request)
        elif request.method == "INVITE" and request.call_id not in self.calls:
            self.invited.append(request)
            await self._called(request)
        else:
            await super()._request(request)

    async def _called(self, request: Request) -> None:
        target = request.target
        elsewhere = self.moved.get(target.username) if isinstance(target, SipUri) else None
        if self.status is not None:
            self._refuse(request, self.status, self.refusal)
        elif elsewhere is not None:
            self._refuse(request, 302, [("Contact", f"<sip:{elsewhere}@elsewhere.example>")])
        elif self.asks and not self._proved(request, "Proxy-Authorization"):
            self._ask(request, 407, "Proxy-Authenticate")
        else:
            await super()._request(request)

    def _refuse(self, request: Request, status: int, headers: list[tuple[str, str]]) -> None:
        response = request.response(status, to_tag=token(6))
        for name, value in headers:
            response.headers.add(name, value)
        self.answer(request, response)

    def _registered(self, request: Request) -> None:
        if not self._proved(request, "Authorization"):
            self._ask(request, 401, "WWW-Authenticate")
            return
        contacts = request.contacts
        assert isinstance(contacts, tuple) and len(contacts) == 1
        response = request.response(200, to_tag=token(6))
        expires = request.headers.get("Expires") or "300"
        if expires == "0":
            self.removed += 1
        else:
            self.contacts.append(str(contacts[0].uri))
            response.headers.add("Contact", f"<{contacts[0].uri}>;expires={expires}")
        self.answer(request, response)

    def _proved(self, request: Request, header: str) -> bool:
        text = request.headers.get(header)
        if text is None:
            return False
        given = Credentials.parse(text)
        hashed = ha1(self.account, REALM, self.password, Algorithm.MD5)
        right = given.param("username") == self.account and verify(given, request.method, b"", hashed)
        self.wrong += not right
        return right

    def _ask(self, request: Request, status: int, header: str) -> None:
        response = request.response(status, to_tag=token(6))
        asked = Challenge.parse(f'Digest realm="{REALM}", nonce="{token()}", qop="auth", algorithm=MD5')
        response.headers.add(header, str(asked))
        self.answer(request, response)
