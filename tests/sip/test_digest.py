"""Digest: the vectors of RFC 7616, nonces that age, replay and forgery."""

from __future__ import annotations

import pytest

from switchroom.sip.digest import (
    Algorithm,
    Nonces,
    NonceState,
    Verdict,
    challenge,
    choose,
    ha1,
    judge,
    respond,
    verify,
)
from switchroom.sip.errors import LocalProtocolError
from switchroom.sip.headers import Challenge, Credentials

KEY = b"0123456789abcdef"
URI = "sip:202@pbx.example"


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [  # RFC 7616 §3.9.1
        (Algorithm.MD5, "8ca523f5e9506fed4657c9700eebdbec"),
        (Algorithm.SHA256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_vectors_of_rfc_7616(algorithm: Algorithm, response: str) -> None:
    offered = Challenge(
        "Digest",
        (
            ("realm", "http-auth@example.org"),
            ("qop", "auth, auth-int"),
            ("algorithm", algorithm.value),
            ("nonce", "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"),
            ("opaque", "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"),
        ),
    )
    credentials = respond(
        offered,
        username="Mufasa",
        secret="Circle of Life",
        method="GET",
        uri="/dir/index.html",
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    assert credentials.param("response") == response
    stored = ha1("Mufasa", "http-auth@example.org", "Circle of Life", algorithm)
    assert verify(Credentials.parse(str(credentials)), "GET", b"", stored)
    assert not verify(credentials, "PUT", b"", stored)
    assert not verify(credentials, "GET", b"", ha1("Mufasa", "x", "Circle of Life", algorithm))


def test_the_vector_of_rfc_2617() -> None:
    stored = ha1("Mufasa", "testrealm@host.com", "Circle Of Life")
    assert stored == "939e7578ed9e3c518a452acee763bce9"
    text = (
        'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
        'uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b", '
        'response="6629FAE49393A05397450978507C4EF1", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    assert verify(Credentials.parse(text), "GET", b"", stored)


def test_auth_int_covers_the_body() -> None:
    offered = Challenge("Digest", (("realm", "r"), ("nonce", "n"), ("qop", "auth-int")))
    credentials = respond(
        offered, username="u", secret="s", method="INVITE", uri=URI, body=b"v=0", cnonce="c"
    )
    assert verify(credentials, "INVITE", b"v=0", ha1("u", "r", "s"))
    assert not verify(credentials, "INVITE", b"v=1", ha1("u", "r", "s"))


def test_a_client_without_qop_is_understood() -> None:
    offered = Challenge("Digest", (("realm", "r"), ("nonce", "n")))
    credentials = respond(offered, username="u", secret="s", method="INVITE", uri=URI, cnonce="c")
    assert credentials.param("qop") is None
    assert verify(credentials, "INVITE", b"", ha1("u", "r", "s"))


def test_the_strongest_known_challenge_is_chosen() -> None:
    offers = [challenge("r", "n", algorithm) for algorithm in Algorithm]
    assert choose(offers) == offers[-1]
    assert choose(offers[:2]) == offers[1]
    assert choose([Challenge("Basic", (("realm", "r"),)), offers[0]]) == offers[0]
    assert choose([Challenge("Digest", (("nonce", "n"), ("algorithm", "MD4")))]) is None
    assert choose([Challenge("Digest", (("nonce", "n"), ("qop", "auth-conf")))]) is None
    assert choose([]) is None


def test_nonces_differ_and_are_fresh_once_per_count() -> None:
    nonces = Nonces(KEY)
    first, second = nonces.issue(1000.0), nonces.issue(1000.0)
    assert first != second
    assert nonces.check(first, "00000001", 1001.0) is NonceState.FRESH
    assert nonces.check(first, "00000001", 1001.0) is NonceState.REPLAYED
    assert nonces.check(first, "00000003", 1001.0) is NonceState.FRESH
    assert nonces.check(first, "00000002", 1001.0) is NonceState.FRESH
    assert nonces.check(first, "00000002", 1001.0) is NonceState.REPLAYED
    assert nonces.check(second, "00000001", 1001.0) is NonceState.FRESH
    assert nonces.check(first, "ffffffff", 1001.0) is NonceState.FRESH
    assert nonces.check(first, "00000004", 1001.0) is NonceState.REPLAYED


def test_a_nonce_ages() -> None:
    nonces = Nonces(KEY, lifetime=300.0)
    nonce = nonces.issue(1000.0)
    assert nonces.check(nonce, "00000001", 1300.0) is NonceState.FRESH
    assert nonces.check(nonce, "00000002", 1300.5) is NonceState.STALE
    assert nonces.check(nonce, "00000002", 900.0) is NonceState.STALE


@pytest.mark.parametrize(
    "nc", ["", "0", "00000000", "1", "0000000g", "000000001", "００００００01", "+0000001", "0x000000"]
)
def test_a_malformed_count_is_no_count(nc: str) -> None:
    nonces = Nonces(KEY)
    assert nonces.check(nonces.issue(0.0), nc, 0.0) is NonceState.FORGED


def test_forged_nonces_are_told() -> None:
    nonces = Nonces(KEY)
    good = nonces.issue(1000.0)
    other = Nonces(KEY[::-1]).issue(1000.0)
    changed = [good[:i] + ("A" if good[i] != "A" else "B") + good[i + 1 :] for i in range(len(good))]
    for forged in ["", "x", other, good + "A", good[:-1], "\u00e9" * 36, "=" * 36, *changed]:
        assert nonces.check(forged, "00000001", 1000.0) is NonceState.FORGED
    assert nonces.check(good, "00000001", 1000.0) is NonceState.FRESH
    assert Nonces(KEY).check(good, "00000001", 1000.0) is NonceState.FRESH  # stateless: the key is enough


def test_the_memory_is_bounded_and_nothing_can_be_replayed_by_filling_it() -> None:
    nonces = Nonces(KEY, memory=100)
    victim = nonces.issue(1000.0)
    assert nonces.check(victim, "00000001", 1000.0) is NonceState.FRESH
    for i in range(1000):
        filler = nonces.issue(1000.1 + i / 1000)
        assert nonces.check(filler, "00000001", 1002.0) is NonceState.FRESH
    assert nonces.remembered <= 100
    assert nonces.check(victim, "00000001", 1003.0) is NonceState.STALE
    assert nonces.check(nonces.issue(1003.0), "00000001", 1003.0) is NonceState.FRESH


def test_old_nonces_leave_the_memory() -> None:
    nonces = Nonces(KEY, lifetime=10.0)
    for i in range(50):
        nonces.check(nonces.issue(float(i)), "00000001", float(i))
    assert nonces.remembered <= 12


def test_a_short_key_is_our_mistake() -> None:
    with pytest.raises(LocalProtocolError):
        Nonces(b"short")


class Door:
    """A server that asks for credentials, and a phone that has some."""

    def __init__(self, algorithm: Algorithm = Algorithm.MD5) -> None:
        self.nonces = Nonces(KEY)
        self.offered = challenge("pbx", self.nonces.issue(0.0), algorithm)
        self.ha1s = {Algorithm.MD5: ha1("201", "pbx", "secret")}

    def credentials(self, secret: str = "secret", nc: int = 1, uri: str = URI) -> Credentials:
        return respond(
            self.offered, username="201", secret=secret, method="INVITE", uri=uri, cnonce="c", nc=nc
        )

    def judge(self, credentials: Credentials, now: float = 1.0, known: bool = True) -> Verdict:
        ha1s = self.ha1s if known else None
        return judge(credentials, "INVITE", URI, "pbx", ha1s, self.nonces, now)


def test_the_right_secret_opens() -> None:
    door = Door()
    assert door.judge(door.credentials()) is Verdict.RIGHT
    assert door.judge(door.credentials(nc=2, uri=URI + ";transport=tcp")) is Verdict.RIGHT


def test_an_unknown_user_and_a_wrong_secret_get_the_same_answer() -> None:
    door = Door()
    assert door.judge(door.credentials("wrong")) is Verdict.WRONG
    assert door.judge(door.credentials(), known=False) is Verdict.WRONG
    assert door.judge(door.credentials("nobody"), known=False) is Verdict.WRONG


def test_a_replay_is_stale_and_so_is_an_old_nonce() -> None:
    door = Door()
    used = door.credentials()
    assert door.judge(used) is Verdict.RIGHT
    assert door.judge(used) is Verdict.STALE
    assert door.judge(door.credentials(nc=2), now=1000.0) is Verdict.STALE


def test_a_wrong_secret_does_not_use_up_a_count() -> None:
    door = Door()
    assert door.judge(door.credentials("wrong")) is Verdict.WRONG
    assert door.judge(door.credentials()) is Verdict.RIGHT


def test_credentials_for_another_target_realm_or_algorithm_are_wrong() -> None:
    door = Door()
    assert door.judge(door.credentials(uri="sip:0900@pbx.example")) is Verdict.WRONG
    assert door.judge(door.credentials(uri="rubbish")) is Verdict.WRONG
    other = Door(Algorithm.SHA256)
    assert other.judge(other.credentials()) is Verdict.WRONG
    assert judge(door.credentials(), "INVITE", URI, "else", door.ha1s, door.nonces, 1.0) is Verdict.WRONG
    assert door.judge(Credentials("Basic", ())) is Verdict.WRONG
    assert (
        door.judge(Credentials("Digest", (("response", "\u00e9\udcff"), ("nonce", "n"), ("uri", URI))))
        is Verdict.WRONG
    )
