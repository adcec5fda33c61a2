"""A telephone provider of the tests' own: registrar, digest, calls both ways with sound, and moods."""

from __future__ import annotations

from typing import Any

from switchroom.sip.digest import Algorithm, ha1, verify
from switchroom.sip.headers import Challenge, Credentials
from switchroom.sip.message import Request
from switchroom.sip.uri import SipUri, parse_uri
from tests.harness.link import Place
from tests.harness.phone import Phone, token

REALM = "provider.example"


class Provider(Phone):
    """A phone that is a provider: it knows one account, asks for its password, calls who is registered."""

    def __init__(
        self, server: Place, *, username: str = "4711", secret: str = "line secret", **options: Any
    ) -> None:
        super().__init__("provider", "", server, **options)
        self.account, self.password = username, secret
        self.contacts: list[str] = []
        """The Contacts that registered, the newest last."""
        self.removed = 0
        self.wrong = 0
        """How often somebody had a wrong password."""
        self.status: int | None = None
        """Every call is refused with it at once."""
        self.silent = False
        """Nothing is answered at all."""
        self.asks = True
        """Calls have to prove the account."""

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
        if request.method == "REGISTER":
            self._registered(request)
        elif request.method == "INVITE" and request.call_id not in self.calls and self.status is not None:
            self.answer(request, request.response(self.status, to_tag=token(6)))
        elif request.method == "INVITE" and request.call_id not in self.calls and self.asks:
            if self._proved(request, "Proxy-Authorization"):
                await super()._request(request)
            else:
                self._ask(request, 407, "Proxy-Authenticate")
        else:
            await super()._request(request)

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
