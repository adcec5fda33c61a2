"""Digest authentication (RFC 3261 §22, RFC 7616, RFC 8760), both sides, without clock or random of its own.

The server side keeps no state per challenge: a nonce carries its time of issue under a signature. What it
keeps are the nonce counts of successful requests, in a bounded memory: a nonce whose entry had to make way is
stale from then on, so nothing can be replayed by filling the memory.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from switchroom.sip.errors import LocalProtocolError, RemoteProtocolError
from switchroom.sip.headers import Challenge, Credentials
from switchroom.sip.uri import SipUri, parse_uri, uri_equal


class Algorithm(Enum):
    """A digest algorithm, weakest first; the value is the token on the wire."""

    __hash__ = object.__hash__  # Enum hashes its name, in Python

    MD5 = "MD5"
    SHA256 = "SHA-256"
    SHA512_256 = "SHA-512-256"

    @classmethod
    def named(cls, token: str | None) -> Algorithm | None:
        """The algorithm of an `algorithm` parameter: MD5 when there is none, None when it is unknown."""
        return cls.MD5 if token is None else _BY_NAME.get(token.upper())


_BY_NAME = {algorithm.value: algorithm for algorithm in Algorithm}
_HASHES: dict[Algorithm, Callable[[bytes], hashlib._Hash]] = {
    Algorithm.MD5: lambda data: hashlib.md5(data, usedforsecurity=False),
    Algorithm.SHA256: hashlib.sha256,
    Algorithm.SHA512_256: lambda data: hashlib.new("sha512_256", data),
}


def _hash(algorithm: Algorithm, text: str) -> str:
    return _HASHES[algorithm](text.encode("utf-8", "surrogateescape")).hexdigest()


def ha1(username: str, realm: str, secret: str, algorithm: Algorithm = Algorithm.MD5) -> str:
    """What a server stores instead of the secret: the hash of user name, realm and secret, in hex."""
    return _hash(algorithm, f"{username}:{realm}:{secret}")


def _response(
    algorithm: Algorithm,
    ha1_hex: str,
    method: str,
    uri: str,
    body: bytes,
    nonce: str,
    qop: str | None,
    nc: str,
    cnonce: str,
) -> str:
    """The response value of RFC 7616 §3.4.1, and of RFC 2069 when `qop` is None."""
    if qop == "auth-int":
        a2 = _hash(algorithm, f"{method}:{uri}:{_HASHES[algorithm](body).hexdigest()}")
    else:
        a2 = _hash(algorithm, f"{method}:{uri}")
    middle = nonce if qop is None else f"{nonce}:{nc}:{cnonce}:{qop}"
    return _hash(algorithm, f"{ha1_hex}:{middle}:{a2}")


def challenge(
    realm: str, nonce: str, algorithm: Algorithm = Algorithm.MD5, *, stale: bool = False, opaque: str = ""
) -> Challenge:
    """The value of WWW-Authenticate with qop=auth; `stale`: the secret was right, the nonce was not."""
    params = [("realm", realm), ("nonce", nonce), ("algorithm", algorithm.value), ("qop", "auth")]
    if stale:
        params.append(("stale", "true"))
    if opaque:
        params.append(("opaque", opaque))
    return Challenge("Digest", tuple(params))


def verify(credentials: Credentials, method: str, body: bytes, ha1_hex: str) -> bool:
    """Whether the response was made with the secret of `ha1_hex`; takes the same time whatever differs.

    The URI is the one in the credentials: compare it with the Request-URI yourself (`judge` does).
    """
    algorithm = Algorithm.named(credentials.param("algorithm"))
    response, nonce, uri = (credentials.param(name) for name in ("response", "nonce", "uri"))
    if algorithm is None or response is None or nonce is None or uri is None:
        return False
    qop = credentials.param("qop")
    nc, cnonce = credentials.param("nc"), credentials.param("cnonce")
    if qop is not None and (qop not in ("auth", "auth-int") or nc is None or cnonce is None):
        return False
    wanted = _response(algorithm, ha1_hex, method, uri, body, nonce, qop, nc or "", cnonce or "")
    return hmac.compare_digest(wanted.encode(), response.lower().encode("utf-8", "surrogateescape"))


class NonceState(Enum):
    """What `Nonces.check` found."""

    FRESH = "fresh"
    STALE = "stale"
    REPLAYED = "replayed"
    FORGED = "forged"


_WINDOW = 64
_nc = re.compile(r"[0-9A-Fa-f]{8}")


class Nonces:
    """Issues signed nonces and sees to it that each nonce count of each is used once.

    `key` is at least 16 secret bytes, kept over restarts if phones shall not be asked again; `lifetime` is in
    seconds; `memory` is the number of nonces in use whose counts are remembered. Times are any clock that
    does not go back while the key lives.
    """

    def __init__(self, key: bytes, lifetime: float = 300.0, memory: int = 20_000) -> None:
        if len(key) < 16:
            raise LocalProtocolError("the nonce key is too short")
        self._key = hashlib.sha256(key).digest()
        self._lifetime = lifetime
        self._memory = memory
        self._issued = 0
        self._used: OrderedDict[str, tuple[float, int, int]] = OrderedDict()
        self._floor = -1.0

    def issue(self, now: float) -> str:
        """A new nonce, 36 characters; every one differs."""
        self._issued = (self._issued + 1) & 0xFFFFFFFF
        head = int(now * 1000).to_bytes(8, "big", signed=True) + self._issued.to_bytes(4, "big")
        return base64.urlsafe_b64encode(head + self._sign(head)).decode("ascii").rstrip("=")

    def check(self, nonce: str, nc: str, now: float) -> NonceState:
        """Judge a nonce and its count, and remember the count as used when it is fresh.

        Call it only after the response was verified, or strangers could use up a phone's counts.
        """
        issued = self._issue_time(nonce)
        count = _count(nc)
        if issued is None or count is None:
            return NonceState.FORGED
        if not -5.0 <= now - issued <= self._lifetime:
            return NonceState.STALE
        seen = self._used.get(nonce)
        if seen is None:
            if issued <= self._floor:
                return NonceState.STALE
            self._used[nonce] = (issued, count, 1)
            self._shrink(now)
            return NonceState.FRESH
        _, highest, window = seen
        if count > highest:
            window = ((window << (count - highest)) | 1) if count - highest < _WINDOW else 1
            self._used[nonce] = (issued, count, window & ((1 << _WINDOW) - 1))
            return NonceState.FRESH
        behind = highest - count
        if behind >= _WINDOW or window >> behind & 1:
            return NonceState.REPLAYED
        self._used[nonce] = (issued, highest, window | 1 << behind)
        return NonceState.FRESH

    @property
    def remembered(self) -> int:
        """How many nonces have their counts in memory."""
        return len(self._used)

    def _shrink(self, now: float) -> None:
        """Forget what is too old to matter, and the oldest when there are too many."""
        used = self._used
        while used:
            issued = next(iter(used.values()))[0]
            if len(used) > self._memory:
                self._floor = max(self._floor, issued)
            elif now - issued <= self._lifetime:
                return
            used.popitem(last=False)

    def _sign(self, head: bytes) -> bytes:
        # Keyed BLAKE2 is a MAC by itself. OpenSSL's HMAC costs more, and lets other threads in on the way.
        return hashlib.blake2s(head, key=self._key, digest_size=15, person=b"nonce").digest()

    def _issue_time(self, nonce: str) -> float | None:
        if len(nonce) != 36:
            return None
        try:
            raw = base64.b64decode(nonce.encode("ascii"), altchars=b"-_", validate=True)
        except (UnicodeEncodeError, binascii.Error):
            return None
        if not hmac.compare_digest(self._sign(raw[:12]), raw[12:]):
            return None
        return int.from_bytes(raw[:8], "big", signed=True) / 1000


def _count(nc: str) -> int | None:
    """A nonce count: 8 hex digits, 1 or more."""
    return (int(nc, 16) or None) if _nc.fullmatch(nc) else None


class Verdict(Enum):
    """What to do with a request that carries credentials."""

    RIGHT = "right"
    STALE = "stale"  # the secret is right: challenge again with stale=true
    WRONG = "wrong"  # challenge again, exactly as if there were no such user


_NOBODY = {algorithm: ha1("", "", "nobody", algorithm) for algorithm in Algorithm}


def judge(
    credentials: Credentials,
    method: str,
    request_uri: str,
    realm: str,
    ha1s: Mapping[Algorithm, str] | None,
    nonces: Nonces,
    now: float,
) -> Verdict:
    """Judge the credentials of a request. `ha1s` are the stored hashes of the user, None for an unknown user.

    An algorithm that is not in `ha1s` was not offered to this device and is refused. An unknown user takes as
    long as a wrong secret and gets the same answer.
    """
    algorithm = Algorithm.named(credentials.param("algorithm"))
    known = algorithm is not None and ha1s is not None and algorithm in ha1s
    stored = (ha1s or {}).get(algorithm or Algorithm.MD5) or _NOBODY[algorithm or Algorithm.MD5]
    matches = verify(credentials, method, b"", stored)
    if not (known and matches) or credentials.param("qop") != "auth" or credentials.param("realm") != realm:
        return Verdict.WRONG
    if not _same_target(credentials.param("uri") or "", request_uri):
        return Verdict.WRONG
    state = nonces.check(credentials.param("nonce") or "", credentials.param("nc") or "", now)
    return Verdict.RIGHT if state is NonceState.FRESH else Verdict.STALE


def _same_target(named: str, request_uri: str) -> bool:
    """Whether the digest URI is the Request-URI; parameters may differ, as proxies on the way add some."""
    if named == request_uri:
        return True
    try:
        a, b = parse_uri(named), parse_uri(request_uri)
    except RemoteProtocolError:
        return False
    if isinstance(a, SipUri) and isinstance(b, SipUri):
        a = SipUri(a.scheme, a.user, a.password, a.host, a.port)
        b = SipUri(b.scheme, b.user, b.password, b.host, b.port)
    return uri_equal(a, b)


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """Who we are to a provider. `realms` are those the secret is for; None: the first that asks for it."""

    username: str
    secret: str = field(repr=False)
    realms: tuple[str, ...] | None = None


def choose(challenges: Iterable[Challenge]) -> Challenge | None:
    """The challenge a client answers: the strongest whose algorithm and qop are known (RFC 8760 §2.4)."""
    best: Challenge | None = None
    rank = -1
    order = list(Algorithm)
    for offered in challenges:
        algorithm = Algorithm.named(offered.param("algorithm"))
        if not offered.is_digest or algorithm is None or offered.param("nonce") is None:
            continue
        qop = offered.param("qop")
        if qop is not None and _pick_qop(qop) is None:
            continue
        if order.index(algorithm) > rank:
            best, rank = offered, order.index(algorithm)
    return best


def respond(
    offered: Challenge,
    *,
    username: str,
    secret: str,
    method: str,
    uri: str,
    body: bytes = b"",
    cnonce: str,
    nc: int = 1,
) -> Credentials:
    """The client's answer to a challenge taken by `choose`.

    `cnonce` is random text, `nc` counts the uses of the nonce from 1.
    Raises LocalProtocolError for a challenge that `choose` would not take.
    """
    algorithm = Algorithm.named(offered.param("algorithm"))
    nonce = offered.param("nonce")
    if algorithm is None or nonce is None:
        raise LocalProtocolError("challenge that can not be answered")
    realm = offered.param("realm") or ""
    offered_qop = offered.param("qop")
    qop = None if offered_qop is None else _pick_qop(offered_qop)
    if offered_qop is not None and qop is None:
        raise LocalProtocolError("challenge that can not be answered")
    count = f"{nc:08x}"
    secret_hash = ha1(username, realm, secret, algorithm)
    params = [
        ("username", username),
        ("realm", realm),
        ("nonce", nonce),
        ("uri", uri),
        ("response", _response(algorithm, secret_hash, method, uri, body, nonce, qop, count, cnonce)),
    ]
    if offered.param("algorithm") is not None:
        params.append(("algorithm", algorithm.value))
    if qop is not None:
        params += [("cnonce", cnonce), ("qop", qop), ("nc", count)]
    opaque = offered.param("opaque")
    if opaque is not None:
        params.append(("opaque", opaque))
    return Credentials("Digest", tuple(params))


def _pick_qop(offered: str) -> str | None:
    """auth when offered, else auth-int, else None."""
    names = [name.strip(" \t").lower() for name in offered.split(",")]
    return next((name for name in ("auth", "auth-int") if name in names), None)
