"""Who may come in (hard-parts, signalling 1; peers, security)."""

from __future__ import annotations

import ipaddress

import pytest

from switchroom.calls.admission import Admission, Admitted, Refused
from switchroom.sip.digest import Algorithm, Nonces, respond
from switchroom.sip.headers import Challenge
from switchroom.sip.message import Headers, Request
from tests.harness.office import HOST, REALM, FakeDirectory, flow_of, snapshot

NOW = 1_700_000_000.0
HOME, ELSEWHERE = flow_of("192.0.2.9"), flow_of("198.51.100.1")


class Door:
    """An admission and a phone before it."""

    def __init__(self, **options: tuple[ipaddress.IPv4Network, ...]) -> None:
        self.directory = FakeDirectory(snapshot())
        self.nonces = Nonces(b"k" * 32)
        self.admission = Admission(self.directory, REALM, self.nonces, lambda host: host == HOST, **options)
        self.now = NOW
        self.nc = 0

    def request(self, sender: str = "201", method: str = "INVITE", uri: str = f"sip:202@{HOST}") -> Request:
        headers = Headers([("From", f"<sip:{sender}@{HOST}>;tag=f"), ("To", f"<{uri}>")])
        return Request(method, uri, headers)

    def challenge(self, request: Request) -> Challenge:
        refused = self.admission.admit(request, HOME, self.now)
        assert isinstance(refused, Refused) and refused.status == 401, refused
        return Challenge.parse(dict(refused.headers)["WWW-Authenticate"])

    def with_secret(
        self, request: Request, username: str, secret: str, offered: Challenge | None = None, nc: int = 1
    ) -> Request:
        answer = respond(
            offered or self.challenge(self.request()),
            username=username,
            secret=secret,
            method=request.method,
            uri=request.uri,
            cnonce="c",
            nc=nc,
        )
        request.headers.set("Authorization", str(answer))
        return request

    def guess(self, username: str, secret: str = "wrong", source: str = "198.51.100.1") -> Refused:
        request = self.with_secret(self.request(username), username, secret)
        answer = self.admission.admit(request, flow_of(source), self.now)
        assert isinstance(answer, Refused)
        return answer


def test_the_right_secret_is_admitted_as_its_user_and_device() -> None:
    door = Door()
    admitted = door.admission.admit(door.with_secret(door.request(), "201", "102"), HOME, NOW)
    assert isinstance(admitted, Admitted)
    assert (admitted.user.extension, admitted.credential.device_id) == ("201", "device-201")


def test_the_challenge_is_md5_alone_unless_the_device_has_sha256() -> None:
    door = Door()
    offered = door.challenge(door.request())
    assert (offered.param("algorithm"), offered.param("qop"), offered.param("realm")) == (
        "MD5",
        "auth",
        REALM,
    )
    door.directory.sha256.add("203")
    assert door.challenge(door.request("203")).param("algorithm") == Algorithm.SHA256.value


@pytest.mark.parametrize("method", ["REGISTER", "SUBSCRIBE", "MESSAGE", "REFER", "PUBLISH", "INVITE"])
def test_every_method_is_challenged(method: str) -> None:
    door = Door()
    door.challenge(door.request(method=method))


def test_an_unknown_user_and_a_wrong_secret_get_the_same_answer() -> None:
    door = Door()
    unknown, wrong = door.guess("299"), door.guess("201")
    assert unknown.status == wrong.status == 401

    def shape(refused: Refused) -> list[str]:
        challenge = Challenge.parse(dict(refused.headers)["WWW-Authenticate"])
        return [f"{name}={value}" for name, value in challenge.params if name != "nonce"]

    assert shape(unknown) == shape(wrong)
    assert "stale=true" not in shape(wrong)


def test_a_replayed_nonce_count_gets_stale() -> None:
    door = Door()
    offered = door.challenge(door.request())
    first = door.with_secret(door.request(), "201", "102", offered)
    assert isinstance(door.admission.admit(first, HOME, NOW), Admitted)
    again = door.admission.admit(door.with_secret(door.request(), "201", "102", offered), HOME, NOW)
    assert isinstance(again, Refused) and "stale=true" in dict(again.headers)["WWW-Authenticate"]
    second = door.with_secret(door.request(), "201", "102", offered, nc=2)
    assert isinstance(door.admission.admit(second, HOME, NOW), Admitted)


def test_an_old_nonce_gets_stale_and_costs_no_budget() -> None:
    door = Door()
    offered = door.challenge(door.request())
    for _ in range(30):
        late = door.with_secret(door.request(), "201", "102", offered)
        answer = door.admission.admit(late, HOME, NOW + 3600)
        assert isinstance(answer, Refused) and "stale=true" in dict(answer.headers)["WWW-Authenticate"]


def test_somebody_elses_from_is_403() -> None:
    door = Door()
    answer = door.admission.admit(door.with_secret(door.request("202"), "201", "102"), HOME, NOW)
    assert isinstance(answer, Refused) and answer.status == 403


def test_an_unknown_host_is_404_before_any_challenge() -> None:
    door = Door()
    answer = door.admission.admit(door.request(uri="sip:100@203.0.113.5"), HOME, NOW)
    assert isinstance(answer, Refused) and answer.status == 404
    assert answer.problem is not None and answer.problem.kind == "unknown-host"


def test_a_malformed_from_is_400_not_an_exception() -> None:
    door = Door()
    answer = door.admission.admit(Request("INVITE", f"sip:1@{HOST}", Headers([("From", "<sip:")])), HOME, NOW)
    assert isinstance(answer, Refused) and answer.status == 400


def test_malformed_credentials_are_as_good_as_none() -> None:
    door = Door()
    request = door.request()
    request.headers.set("Authorization", "Digest ,,,=")
    answer = door.admission.admit(request, HOME, NOW)
    assert isinstance(answer, Refused) and answer.status == 401


def test_guessing_locks_the_account_for_that_source_only_and_for_a_while() -> None:
    door = Door()
    answers = [door.guess("201") for _ in range(9)]
    assert [answer.status for answer in answers] == [401] * 8 + [403]
    assert [answer.problem.kind for answer in answers if answer.problem] == ["wrong-secrets"]
    assert door.guess("201", secret="102").status == 403, "not even the right secret is looked at"
    owner = door.with_secret(door.request(), "201", "102")
    assert isinstance(door.admission.admit(owner, HOME, NOW), Admitted)
    door.now += 61
    right = door.with_secret(door.request(), "201", "102")
    assert isinstance(door.admission.admit(right, ELSEWHERE, door.now), Admitted)


def test_guessing_over_many_accounts_locks_the_source() -> None:
    door = Door()
    statuses = [door.guess(str(300 + number)).status for number in range(22)]
    assert statuses == [401] * 20 + [403] * 2


def test_an_administrator_can_let_a_source_in_again() -> None:
    door = Door()
    for _ in range(9):
        door.guess("201")
    source = ELSEWHERE.remote.host
    assert door.admission.refused_sources(door.now) == {source}
    assert door.admission.allow(source, door.now)
    assert door.admission.refused_sources(door.now) == set()
    assert not door.admission.allow(source, door.now)
    right = door.with_secret(door.request(), "201", "102")
    assert isinstance(door.admission.admit(right, ELSEWHERE, door.now), Admitted)


def test_a_trusted_network_is_believed_but_not_for_register() -> None:
    door = Door(trusted=(ipaddress.IPv4Network("192.0.2.0/24"),))
    admitted = door.admission.admit(door.request("202"), HOME, NOW)
    assert isinstance(admitted, Admitted) and admitted.user.extension == "202"
    unknown = door.admission.admit(door.request("999"), HOME, NOW)
    assert isinstance(unknown, Refused) and unknown.status == 403
    for flow, method in ((ELSEWHERE, "INVITE"), (HOME, "REGISTER")):
        answer = door.admission.admit(door.request("202", method), flow, NOW)
        assert isinstance(answer, Refused) and answer.status == 401


def test_a_user_no_longer_applied_is_403() -> None:
    door = Door()
    request = door.with_secret(door.request(), "201", "102")
    credential = door.directory.credential("201")
    door.directory.snapshot = type(door.directory.snapshot)()
    door.directory.credential = lambda username: credential  # type: ignore[method-assign]
    answer = door.admission.admit(request, HOME, NOW)
    assert isinstance(answer, Refused) and answer.status == 403
