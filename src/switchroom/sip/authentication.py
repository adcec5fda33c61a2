"""Answering challenges to our own requests (RFC 3261 §22, RFC 7616): only where they belong, and once.

A digest is worth something to whoever gets it: it can be guessed at leisure. So credentials are used only at
the hosts that the owner's own request went to, never where a Contact or a Route of the peer leads, and only
for the realms they are for.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from switchroom.sip.compose import Draft
from switchroom.sip.config import Ids
from switchroom.sip.digest import ClientCredentials, choose, respond
from switchroom.sip.errors import RemoteProtocolError
from switchroom.sip.headers import Challenge
from switchroom.sip.message import Response

MAX_KNOWN = 512
"""Places whose nonces are remembered."""
MAX_REALMS = 4
"""Realms answered at one place."""
MAX_CHALLENGES = 16
"""Challenges of one response that are looked at."""
MAX_LENGTH = 1024
"""Characters of a challenge that is looked at: its nonce has to fit into every request."""
MAX_HOSTS = 32
MAX_ACKED = 8

_HEADERS = {"WWW-Authenticate": "Authorization", "Proxy-Authenticate": "Proxy-Authorization"}


@dataclass(slots=True)
class Nonce:
    """A challenge that was answered, the header its answers go into, and how often its nonce was used."""

    challenge: Challenge
    header: str
    used: int = 0


Realms = dict[str, Nonce]
Place = tuple[ClientCredentials, str, bool]
"""The credentials, the host they are used at, and whether it is asked as a registrar: proxy and registrar of
a provider may have realms of their own."""


class KnownNonces:
    """The nonces in use by place. They serve the next request ahead of its challenge (RFC 7616 §3.3)."""

    __slots__ = ("_places",)

    def __init__(self) -> None:
        self._places: OrderedDict[Place, Realms] = OrderedDict()

    def __len__(self) -> int:
        return len(self._places)

    def at(self, place: Place) -> Realms:
        """The nonces of a place by realm; the longest unused place makes way when there are too many."""
        found = self._places.get(place)
        if found is None:
            found = self._places[place] = {}
            if len(self._places) > MAX_KNOWN:
                self._places.popitem(last=False)
        else:
            self._places.move_to_end(place)
        return found


class Authenticator:
    """The credentials of one session or of one request outside sessions. Implements `compose.Signer`."""

    __slots__ = ("_hosts", "_ids", "_invites", "_known", "credentials")

    def __init__(self, credentials: ClientCredentials, known: KnownNonces, ids: Ids) -> None:
        self.credentials = credentials
        self._known = known
        self._ids = ids
        self._hosts: set[str] = set()
        self._invites: dict[int, str] = {}

    def trust(self, host: str) -> None:
        """The owner's own request may go to `host`: one of those its destination, or its URI, leads to."""
        if len(self._hosts) < MAX_HOSTS:
            self._hosts.add(host)

    def sign(self, draft: Draft, host: str) -> str:
        """The authorization lines for `draft` when it goes to `host`; nothing without a nonce of that place.

        An ACK repeats what its INVITE said (RFC 3261 §22.1); CANCEL has no signer.
        """
        if host not in self._hosts:
            return ""
        if draft.method == "ACK":
            return self._invites.get(draft.cseq, "")
        lines = ""
        for nonce in self._realms(draft, host).values():
            nonce.used += 1
            answer = respond(
                nonce.challenge,
                username=self.credentials.username,
                secret=self.credentials.secret,
                method=draft.method,
                uri=draft.uri,
                body=draft.body,
                cnonce=f"{self._ids.getrandbits(64):016x}",
                nc=nonce.used,
            )
            lines += f"{nonce.header}: {answer}\r\n"
        if draft.method == "INVITE":
            self._invites[draft.cseq] = lines
            if len(self._invites) > MAX_ACKED:
                del self._invites[next(iter(self._invites))]
        return lines

    def accept(self, response: Response, draft: Draft, host: str, answered: dict[str, int]) -> bool:
        """Take the challenges of a 401 or 407 from `host`; whether `draft` is to be sent again.

        `answered` counts by realm the answers that this request got after a challenge of its own: one, and
        one more when it was stale only. An answer used ahead does not count.
        """
        if host not in self._hosts:
            return False
        known = self._realms(draft, host)
        taken = False
        for realm, nonce in _by_realm(response).items():
            times = answered.get(realm, 0)
            stale = (nonce.challenge.param("stale") or "").lower() == "true"
            allowed = self._is_ours(realm, known)
            if not allowed or times >= (2 if stale else 1):
                continue
            answered[realm] = times + 1
            known[realm] = nonce
            taken = True
        if not taken:
            known.clear()  # A wrong secret, or a realm that is not ours: the next request begins afresh.
        return taken

    def _is_ours(self, realm: str, known: Realms) -> bool:
        """Without realms to go by, the first one that asks is the only one."""
        realms = self.credentials.realms
        if realms is not None:
            return realm in realms and (realm in known or len(known) < MAX_REALMS)
        return not known or realm in known

    def _realms(self, draft: Draft, host: str) -> Realms:
        return self._known.at((self.credentials, host, draft.method == "REGISTER"))


def _by_realm(response: Response) -> Realms:
    """The challenge to answer for each realm, the strongest of those it makes (RFC 8760 §2.4)."""
    offered: dict[str, tuple[str, list[Challenge]]] = {}
    for name, header in _HEADERS.items():
        for line in response.headers.get_all(name)[:MAX_CHALLENGES]:
            if len(line) > MAX_LENGTH:
                continue
            try:
                challenge = Challenge.parse(line)
            except RemoteProtocolError:
                continue
            realm = challenge.param("realm")
            if realm is not None:
                offered.setdefault(realm, (header, []))[1].append(challenge)
    best = {realm: (header, choose(challenges)) for realm, (header, challenges) in offered.items()}
    return {realm: Nonce(one, header) for realm, (header, one) in best.items() if one is not None}
