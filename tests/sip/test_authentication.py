"""Challenges to our own requests: answered once, for the right realm, and at one place only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchroom.sip.authentication import MAX_KNOWN, Authenticator, KnownNonces
from switchroom.sip.compose import Draft
from switchroom.sip.digest import (
    Algorithm,
    ClientCredentials,
    Nonces,
    Verdict,
    challenge,
    ha1,
    judge,
    verify,
)
from switchroom.sip.events import (
    AnswerReceived,
    Event,
    IncomingInvite,
    IncomingRequest,
    InviteAccepted,
    InviteRejected,
    OfferRefused,
    RequestAnswered,
    RequestId,
    SessionEnded,
)
from switchroom.sip.flow import Address, Flow, Transport
from switchroom.sip.headers import Credentials, NameAddr
from switchroom.sip.message import Request, Response
from tests.harness.network import Link, Network, Node
from tests.sip.phones import ALICE, ANSWER, invite, only
from tests.sip.raw import HERE, THERE, RawPhone
from tests.sip.test_outgoing import Callee, callee_request, methods

SECRET = "s3cret"
ME = ClientCredentials("anna", SECRET, ("provider",))
HEADERS = {401: ("WWW-Authenticate", "Authorization"), 407: ("Proxy-Authenticate", "Proxy-Authorization")}
EVIL = Address("203.0.113.66", 5060)


def asks(nonce: str, *, realm: str = "provider", status: int = 401, **more: Any) -> str:
    """The header line of a challenge."""
    return f"{HEADERS[status][0]}: {challenge(realm, nonce, **more)}"


def answer_in(request: Request, status: int = 401) -> Credentials | None:
    """The answer to a challenge that a request carries."""
    value = request.headers.get(HEADERS[status][1])
    return None if value is None else Credentials.parse(value)


def is_right(request: Request, status: int = 401, realm: str = "provider") -> bool:
    """Whether a request proves the secret."""
    found = answer_in(request, status)
    if found is None or found.param("uri") != request.uri:
        return False
    algorithm = Algorithm.named(found.param("algorithm"))
    assert algorithm is not None
    return verify(found, request.method, request.body, ha1("anna", realm, SECRET, algorithm))


class Provider(Callee):
    """A provider that challenges what it likes."""

    def challenge(self, request: Request, nonce: str, *, status: int = 401, **more: Any) -> None:
        self.reply(request, status, extra=asks(nonce, status=status, **more))

    def take(self) -> Request:
        """The only request since the last look that is no ACK."""
        return only([request for request in self.requests() if request.method != "ACK"])

    def answered(self, credentials: ClientCredentials = ME) -> Request:
        """A call that was challenged and answered; the INVITE that was taken."""
        self.challenge(self.called(credentials=credentials), "n1")
        request = self.take()
        self.reply(request, 200, body="answer")
        assert methods(self.requests()) == ["ACK"]
        return request


@pytest.mark.parametrize("status", [401, 407])
@pytest.mark.parametrize("algorithm", [Algorithm.MD5, Algorithm.SHA256])
def test_a_challenged_invite_is_sent_again_as_a_new_request(status: int, algorithm: Algorithm) -> None:
    """RFC 3261 §22.2 and §8.1.3.5: the same Call-ID and From, a new branch and CSeq."""
    phone = Provider()
    first = phone.called(credentials=ME)
    assert answer_in(first, status) is None
    phone.challenge(first, "n1", status=status, algorithm=algorithm)
    ack, second = phone.requests()
    assert (ack.method, ack.top_via.branch) == ("ACK", first.top_via.branch)
    assert is_right(second, status)
    assert second.cseq.number == first.cseq.number + 1 and second.top_via.branch != first.top_via.branch
    assert (second.call_id, second.from_, second.body) == (first.call_id, first.from_, first.body)
    assert second.to.tag is None
    # The challenge comes again since its ACK was lost: the ACK is that of the first INVITE.
    phone.challenge(first, "n1", status=status, algorithm=algorithm)
    ack = only(phone.requests())
    assert (ack.top_via.branch, ack.cseq.number) == (first.top_via.branch, first.cseq.number)
    phone.reply(second, 200, body="answer")
    assert not phone.of_kind(InviteRejected)
    assert only(phone.of_kind(InviteAccepted)).sdp == b"answer"


def test_the_ack_to_a_2xx_repeats_the_answer_of_its_invite_and_cancel_has_none() -> None:
    """RFC 3261 §22.1."""
    phone = Provider()
    phone.challenge(phone.called(credentials=ME), "n1")
    request = phone.take()
    phone.reply(request, 180)
    phone.endpoint.hang_up(ALICE, phone.now)
    cancel = only(phone.requests())
    assert cancel.method == "CANCEL" and answer_in(cancel) is None
    assert cancel.cseq.number == request.cseq.number
    phone.reply(cancel, 200)
    phone.reply(request, 200, body="answer")  # It crossed the CANCEL.
    ack, bye = phone.requests()
    assert answer_in(ack) == answer_in(request) and is_right(bye)
    phone.pass_time(70)
    assert phone.endpoint.transactions == phone.endpoint.sessions == 0


def test_a_nonce_is_used_ahead_and_its_uses_are_counted() -> None:
    """RFC 7616 §3.3: no second round for the requests that follow, in the session and after it."""
    phone = Provider()
    request = phone.answered()
    phone.endpoint.info(ALICE, "application/dtmf", b"1", phone.now)
    info = phone.take()
    phone.reply(info, 200)
    phone.endpoint.hang_up(ALICE, phone.now)
    bye = phone.take()
    phone.reply(bye, 200)
    again = phone.called(credentials=ME)
    counts = [(answer_in(one) or Credentials("", ())).param("nc") for one in (request, info, bye, again)]
    assert counts == ["00000001", "00000002", "00000003", "00000004"]
    assert all(is_right(one) for one in (info, bye, again))


def test_a_re_invite_and_a_bye_that_are_challenged_anew_are_answered() -> None:
    phone = Provider()
    phone.answered()
    phone.endpoint.offer(ALICE, b"second offer", phone.now)
    request = phone.take()
    phone.challenge(request, "n2", status=407)
    again = phone.take()
    assert is_right(again, 407) and again.cseq.number == request.cseq.number + 1
    assert again.to.tag == "bob" and again.body == b"second offer"
    phone.reply(again, 200, body="second answer")
    ack = only(phone.requests())
    assert ack.method == "ACK" and ack.cseq.number == again.cseq.number
    assert only(phone.of_kind(AnswerReceived)).sdp == b"second answer"
    phone.endpoint.hang_up(ALICE, phone.now)
    bye = phone.take()
    phone.challenge(bye, "n3", stale=True)
    again = phone.take()
    assert again.method == "BYE" and is_right(again) and again.cseq.number == bye.cseq.number + 1
    phone.reply(again, 200)
    phone.pass_time(70)
    assert phone.endpoint.transactions == 0 and not phone.endpoint._core.dialogs


def test_a_prack_and_an_update_that_are_challenged_are_answered() -> None:
    phone = Provider()
    request = phone.called(credentials=ME)
    early = "Require: 100rel\nRSeq: 1\nAllow: UPDATE, INVITE"
    phone.reply(request, 183, body="early", extra=early)
    prack = phone.take()
    phone.challenge(prack, "n1")
    again = phone.take()
    assert again.method == "PRACK" and is_right(again)
    assert again.headers.get("RAck") == prack.headers.get("RAck")
    phone.reply(again, 200)
    phone.endpoint.offer(ALICE, b"new offer", phone.now)
    update = phone.take()
    assert update.method == "UPDATE" and is_right(update)
    phone.challenge(update, "n2", stale=True)
    again = phone.take()
    assert is_right(again) and (answer_in(again) or Credentials("", ())).param("nonce") == "n2"
    phone.reply(again, 200, body="new answer")
    assert only(phone.of_kind(AnswerReceived)).sdp == b"new answer"


def test_a_wrong_secret_is_tried_once_and_the_owner_told() -> None:
    phone = Provider()
    phone.challenge(phone.called(credentials=ME), "n1")
    phone.challenge(phone.take(), "n2")
    assert methods(phone.requests()) == ["ACK"]
    rejected = only(phone.of_kind(InviteRejected))
    assert rejected.status == 401 and rejected.response is not None
    assert len(phone.endpoint._core.nonces.at((ME, THERE.host, False))) == 0
    assert answer_in(phone.called(credentials=ME)) is None  # The next call begins afresh.


def test_a_stale_nonce_is_replaced_once_more_but_not_for_ever() -> None:
    phone = Provider()
    phone.challenge(phone.called(credentials=ME), "n1")
    phone.challenge(phone.take(), "n2", stale=True)
    second = phone.take()
    assert is_right(second)
    phone.challenge(second, "n3", stale=True)
    assert only(phone.of_kind(InviteRejected)).status == 401


def test_a_nonce_used_ahead_that_is_worth_nothing_any_more_costs_one_round() -> None:
    """A server of single-use nonces need not say stale."""
    phone = Provider()
    phone.answered()
    phone.endpoint.hang_up(ALICE, phone.now)
    bye = phone.take()
    assert is_right(bye)
    phone.challenge(bye, "n2")
    again = phone.take()
    assert is_right(again)
    phone.reply(again, 200)


def test_a_refused_offer_ends_with_the_status() -> None:
    phone = Provider()
    phone.answered()
    phone.endpoint.offer(ALICE, b"second offer", phone.now)
    phone.challenge(phone.take(), "n2")
    phone.challenge(phone.take(), "n3")
    assert only(phone.of_kind(OfferRefused)).status == 401
    assert not phone.of_kind(SessionEnded)


def test_a_call_taken_back_is_not_made_again_by_its_challenge() -> None:
    phone = Provider()
    request = phone.called(credentials=ME)
    phone.endpoint.hang_up(ALICE, phone.now)
    phone.challenge(request, "n1")
    assert methods(phone.requests()) == ["ACK"]
    assert only(phone.of_kind(InviteRejected)).status == 487


def test_early_dialogs_of_the_challenged_invite_are_over() -> None:
    phone = Provider()
    request = phone.called(credentials=ME)
    phone.reply(request, 183, body="early", extra="Require: 100rel\nRSeq: 7")
    phone.reply(phone.take(), 200)
    phone.challenge(request, "n1")
    again = phone.take()
    phone.reply(again, 183, body="early", extra="Require: 100rel\nRSeq: 1")
    prack = phone.take()
    assert prack.headers.get("RAck") == f"1 {again.cseq.number} INVITE"
    assert prack.cseq.number > again.cseq.number


# Digest leaks (FreeSWITCH CVE-2021-41158 and its kin)


@pytest.mark.parametrize("realm", ["elsewhere", "Provider", ""])
def test_a_challenge_for_another_realm_is_not_answered(realm: str) -> None:
    phone = Provider()
    phone.challenge(phone.called(credentials=ME), "n1", realm=realm)
    assert methods(phone.requests()) == ["ACK"]
    assert only(phone.of_kind(InviteRejected)).status == 401


def test_without_realms_the_first_that_asks_is_the_only_one() -> None:
    anyone = ClientCredentials("anna", SECRET)
    phone = Provider()
    phone.answered(anyone)
    phone.endpoint.offer(ALICE, b"second offer", phone.now)
    phone.challenge(phone.take(), "n2", realm="of the callee")
    assert methods(phone.requests()) == ["ACK"]
    assert only(phone.of_kind(OfferRefused)).status == 401


def test_no_credentials_no_answer() -> None:
    phone = Provider()
    phone.challenge(phone.called(), "n1")
    assert methods(phone.requests()) == ["ACK"]
    assert only(phone.of_kind(InviteRejected)).status == 401


@pytest.mark.parametrize("led_by", ["Contact", "Record-Route"])
def test_a_peer_that_leads_us_to_a_second_host_gets_no_digest_there(led_by: str) -> None:
    phone = Provider()
    phone.challenge(phone.called(credentials=ME), "n1")
    request = phone.take()
    phone.reply(request, 200, body="answer", extra=f"{led_by}: <sip:evil@{EVIL};lr>")
    ack = only(phone.requests())
    assert ack.method == "ACK" and answer_in(ack) is None
    phone.endpoint.hang_up(ALICE, phone.now)
    bye = phone.take()
    assert bye.method == "BYE" and answer_in(bye) is None
    phone.challenge(bye, "evil nonce")
    assert phone.requests() == []


def test_each_host_of_a_provider_may_ask() -> None:
    """RFC 3263 §4: the BYE may go to another of the hosts that the provider's name stands for."""
    network = Network()
    alice, bob, carol = (network.node(name) for name in ("alice", "bob", "carol"))
    network.names["provider"] = (alice.hop_to(bob), alice.hop_to(carol))
    Registrar(bob)
    contact = b"Contact: <sip:bob@provider>"
    network.mangle = lambda data: data.replace(f"Contact: <sip:bob@{bob.address}>".encode(), contact)
    alice.endpoint.invite(ALICE, invite(bob, uri="sip:bob@provider", credentials=ME), network.now)
    network.run(1)
    assert only(alice.of_kind(InviteAccepted))
    network.names["provider"] = (alice.hop_to(carol),)
    gone = b"SIP/2.0 481 Call/Transaction Does Not Exist\r\n"
    asks_us = f"SIP/2.0 401 Unauthorized\r\n{asks('of carol')}\r\n".encode()
    network.mangle = lambda data: data.replace(gone, asks_us)
    alice.endpoint.hang_up(ALICE, network.now)
    network.run(1)
    byes = [one for one in network.log if one.first_line.startswith("BYE")]
    assert [one.receiver for one in byes] == ["carol", "carol"]
    assert [b"\r\nAuthorization: Digest" in one.data for one in byes] == [False, True]


def test_a_call_that_comes_in_answers_no_challenge() -> None:
    phone = RawPhone()
    incoming = phone.established()
    phone.endpoint.hang_up(incoming.session, phone.now)
    bye = only(phone.requests())
    response = bye.response(401)
    response.headers.add("WWW-Authenticate", str(challenge("provider", "n")))
    phone.send(response.to_bytes())
    assert phone.requests() == []


def test_the_secret_is_in_no_text_of_ours() -> None:
    assert SECRET not in repr(ME) and SECRET not in repr(invite_with(ME))


def invite_with(credentials: ClientCredentials) -> object:
    network = Network()
    return invite(network.node("bob"), credentials=credentials, contact_user="token")


# Requests outside sessions


def send(phone: Provider, method: str = "MESSAGE", **more: Any) -> Request:
    me = NameAddr.parse("<sip:anna@example.org>")
    phone.endpoint.send_request(
        RequestId("r"), method, f"sip:{THERE}", from_=me, to=me, now=phone.now, credentials=ME, **more
    )
    return phone.take()


def test_a_request_outside_a_session_is_answered_and_has_the_contact_asked_for() -> None:
    phone = Provider()
    request = send(phone, contact_user="tok en")
    assert request.headers.get("Contact") == f"<sip:tok%20en@{HERE}>"
    phone.challenge(request, "n1", status=407)
    again = phone.take()
    assert is_right(again, 407) and again.cseq.number == request.cseq.number + 1
    phone.reply(again, 200)
    assert only(phone.of_kind(RequestAnswered)).status == 200
    assert is_right(send(phone), 407)


def test_several_realms_are_answered_together() -> None:
    """RFC 3261 §22.3: a proxy and the server behind it both ask."""
    phone = Provider()
    both = ClientCredentials("anna", SECRET, ("provider", "proxy"))
    request = phone.called(credentials=both)
    phone.challenge(request, "n1", status=407, realm="proxy")
    request = phone.take()
    phone.challenge(request, "n2")
    request = phone.take()
    assert is_right(request, 407, "proxy") and is_right(request)


def test_the_strongest_algorithm_is_taken_and_a_strange_one_left() -> None:
    """RFC 8760 §2.4."""
    phone = Provider()
    lines = [asks("n1"), asks("n2", algorithm=Algorithm.SHA256), asks("n3").replace("MD5", "ROT13")]
    phone.reply(phone.called(credentials=ME), 401, extra="\n".join(lines))
    again = phone.take()
    found = answer_in(again)
    assert is_right(again) and found is not None and found.param("algorithm") == "SHA-256"


def test_the_contact_of_a_call_is_the_one_asked_for_in_every_message() -> None:
    phone = Provider()
    request = phone.called(contact_user="trunk-7f3a")
    contact = f"<sip:trunk-7f3a@{HERE}>"
    assert request.headers.get("Contact") == contact
    phone.reply(request, 200, body="answer")
    phone.requests()
    phone.send(callee_request(request, "UPDATE", body="again"))
    phone.endpoint.answer(ALICE, b"ours", phone.now)
    assert phone.take_response(200).headers.get("Contact") == contact
    record = phone.endpoint.export(ALICE, phone.now)
    assert record is not None and record.contact_user == "trunk-7f3a"


# What is kept


def test_what_is_known_is_bounded() -> None:
    known = KnownNonces()
    for number in range(3 * MAX_KNOWN):
        known.at((ME, str(number), False))
    assert len(known) == MAX_KNOWN


header_values = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=300
) | st.builds(lambda *parts: "Digest " + ", ".join(parts), *[st.sampled_from((
    'realm="provider"', 'realm=""', 'nonce="x"', "nonce=x", "algorithm=MD5", "algorithm=SHA-256-sess",
    'qop="auth,auth-int"', "qop=", "stale=TRUE", 'opaque="\\""', "domain", 'nonce="' + 4000 * "n" + '"',
))] * 5)  # fmt: skip


@given(st.lists(header_values, max_size=5), st.lists(header_values, max_size=5))
def test_whatever_a_challenge_says_nothing_is_raised_and_the_realm_is_ours(
    www: list[str], proxy: list[str]
) -> None:
    response = Response(401)
    for name, values in (("WWW-Authenticate", www), ("Proxy-Authenticate", proxy)):
        for value in values:
            response.headers.add(name, value)
    signer = Authenticator(ME, KnownNonces(), FixedIds())
    draft = Draft("MESSAGE", "sip:a@b", "<sip:a@b>", "<sip:a@b>", "call", 1, opens=True)
    signer.trust("h")
    assert signer.sign(draft, "h") == ""
    if signer.accept(response, draft, "h", {}):
        lines = signer.sign(draft, "h").splitlines()
        assert lines and all('realm="provider"' in line and len(line) < 2000 for line in lines)
        assert signer.sign(draft.companion("ACK", "<sip:a@b>"), "h") == ""


class FixedIds:
    def getrandbits(self, k: int, /) -> int:
        return 5

    def uniform(self, a: float, b: float, /) -> float:
        return a


# Over a network that loses and doubles


class Registrar:
    """A node that lets nobody in without the right answer, its nonces live for a few seconds."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.nonces = Nonces(b"0123456789abcdef", lifetime=4.0)
        self.ha1s = {Algorithm.MD5: ha1("anna", "provider", SECRET)}
        node.react = self.react

    def verdict(self, request: Request) -> Verdict:
        found = answer_in(request, 407)
        if found is None:
            return Verdict.WRONG
        return judge(found, request.method, request.uri, "provider", self.ha1s, self.nonces, self.node.now)

    def react(self, event: Event) -> None:
        if not isinstance(event, (IncomingInvite, IncomingRequest)):
            return
        endpoint, now = self.node.endpoint, self.node.now
        verdict = self.verdict(event.request)
        asked = challenge("provider", self.nonces.issue(now), stale=verdict is Verdict.STALE)
        headers = (("Proxy-Authenticate", str(asked)),)
        match event, verdict:
            case IncomingInvite(session=session), Verdict.RIGHT:
                endpoint.accept(session, ANSWER, now)
            case IncomingInvite(session=session), _:
                endpoint.reject(session, 407, now, headers=headers)
            case IncomingRequest(transaction=transaction), Verdict.RIGHT:
                endpoint.respond(transaction, 200, now)
            case IncomingRequest(transaction=transaction), _:
                endpoint.respond(transaction, 407, now, headers=headers)


def numbers() -> Iterator[int]:
    return iter(range(10))


@pytest.mark.parametrize("seed", range(8))
def test_challenged_calls_and_requests_succeed_over_a_lossy_network(seed: int) -> None:
    network = Network(seed, Link(0.15, 0.15, (0.002, 0.3)))
    alice, bob = network.node("alice"), network.node("bob")
    Registrar(bob)
    me = NameAddr.parse("<sip:anna@example.org>")
    for number in numbers():
        alice.endpoint.send_request(
            RequestId(str(number)), "MESSAGE", f"sip:bob@{bob.address}", from_=me, to=me, body=b"hello",
            credentials=ME, now=network.now,
        )  # fmt: skip
        network.run(1)
    alice.endpoint.invite(ALICE, invite(bob, credentials=ME), network.now)
    network.run(40)
    assert only(alice.of_kind(InviteAccepted)).sdp == ANSWER
    alice.endpoint.hang_up(ALICE, network.now)
    network.run_until_quiet(300)
    assert [event.status for event in alice.of_kind(RequestAnswered)].count(200) >= 9
    assert only(bob.of_kind(SessionEnded))
    for node in (alice, bob):
        assert node.endpoint.transactions == node.endpoint.sessions == 0
        assert len(node.endpoint._core.timers) == 0


def test_over_a_connection_the_answer_goes_by_the_same_one() -> None:
    flow = Flow(Transport.TCP, HERE, THERE, 3)
    phone = Provider(flow)
    phone.challenge(phone.called(credentials=ME, destination=flow), "n1")
    assert is_right(phone.take())
