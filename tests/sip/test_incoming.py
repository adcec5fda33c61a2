"""The called side: late offers, reliable provisional responses, what must wait for a PRACK."""

from __future__ import annotations

from switchroom.sip.events import (
    AnswerReceived,
    IncomingInvite,
    InviteAccepted,
    InviteProgress,
    InviteRejected,
    OfferReceived,
    SessionCancelled,
    SessionConfirmed,
    SessionEnded,
)
from tests.harness.network import statuses
from tests.sip.phones import ALICE, ANSWER, OFFER_2, invite, only, pair
from tests.sip.raw import RawPhone
from tests.sip.test_session import ring_reliably


def test_a_late_offer_is_ours_to_make_and_the_ack_answers_it() -> None:
    phone = RawPhone()
    incoming = phone.invite(body="")
    assert incoming.sdp is None
    phone.endpoint.accept(incoming.session, b"our offer", phone.now)
    response = phone.take_response(200)
    assert response.body == b"our offer"
    phone.send(phone.ack(response, body="their answer"))
    assert only(phone.of_kind(SessionConfirmed)) == SessionConfirmed(incoming.session, b"their answer")


def test_a_late_offer_that_the_ack_does_not_answer_is_told() -> None:
    phone = RawPhone()
    incoming = phone.invite(body="")
    phone.endpoint.accept(incoming.session, b"our offer", phone.now)
    phone.send(phone.ack(phone.take_response(200)))
    assert only(phone.of_kind(SessionConfirmed)).sdp is None


def test_a_re_invite_without_description_gets_an_offer() -> None:
    phone = RawPhone()
    incoming = phone.established()
    phone.send(phone.request("INVITE", body=""))
    assert only(phone.of_kind(OfferReceived)).sdp is None
    phone.endpoint.answer(incoming.session, b"our offer", phone.now)
    response = phone.take_response(200)
    assert response.body == b"our offer"
    # While it is open nothing else can be offered.
    phone.send(phone.request("UPDATE", body="theirs", cseq=phone.cseq + 1))
    assert phone.take_response().status == 491
    phone.cseq -= 1
    phone.send(phone.ack(response, body="their answer"))
    assert only(phone.of_kind(AnswerReceived)).sdp == b"their answer"


def test_100rel_only_when_the_caller_requires_it() -> None:
    network, alice, bob = pair()
    session = ring_reliably(network, alice, bob)
    assert only(alice.of_kind(InviteProgress)).sdp == ANSWER
    assert [line.split()[0] for line in network.lines(alice)] == ["INVITE", "PRACK"]
    network.run(3)
    assert statuses(network.lines(bob)) == [183, 200]  # PRACKed, so never sent again
    bob.endpoint.accept(session, ANSWER, network.now)
    network.run()
    assert only(alice.of_kind(InviteAccepted)).sdp is None  # the answer was in the 183


def test_a_reliable_response_is_repeated_and_the_answer_waits_for_its_prack() -> None:
    network, alice, bob = pair()
    lossy = True
    network.drop = lambda sent: lossy and sent.first_line.startswith("PRACK")
    session = ring_reliably(network, alice, bob)
    bob.endpoint.accept(session, ANSWER, network.now)
    network.run(2)
    assert statuses(network.lines(bob)) == [183, 183, 183]  # 0, 0.5, 1.5 s
    assert len(alice.of_kind(InviteProgress)) == 1
    lossy = False
    network.run(5)
    assert only(alice.of_kind(InviteAccepted)) and only(bob.of_kind(SessionConfirmed))


def test_without_any_prack_the_invite_is_refused_after_64_t1() -> None:
    network, alice, bob = pair()
    network.drop = lambda sent: sent.first_line.startswith("PRACK")
    ring_reliably(network, alice, bob)
    network.run(34)
    assert only(alice.of_kind(InviteRejected)).status == 504
    assert len(bob.of_kind(SessionCancelled)) == 1
    network.run(40)
    assert network.quiet


def test_several_reliable_responses_go_one_after_the_other() -> None:
    network, alice, bob = pair()
    alice.endpoint.invite(ALICE, invite(bob, headers=(("Require", "100rel"),)), network.now)
    network.run()
    session = only(bob.of_kind(IncomingInvite)).session
    for status in (180, 181, 183):
        bob.endpoint.provisional(session, status, network.now)
    network.run(1)
    assert [event.status for event in alice.of_kind(InviteProgress)] == [180, 181, 183]
    assert [line.split()[0] for line in network.lines(alice)] == ["INVITE", "PRACK", "PRACK", "PRACK"]


def test_an_offer_in_prack_is_answered_before_the_call() -> None:
    phone = RawPhone()
    incoming = phone.invite(body="offer", extra="Require: 100rel\r\n")
    phone.endpoint.provisional(incoming.session, 183, phone.now, sdp=b"answer")
    rseq = phone.take_response(183).headers.get("RSeq")
    phone.endpoint.accept(incoming.session, b"answer", phone.now)
    phone.send(phone.request("PRACK", body="second offer", extra=f"RAck: {rseq} 1 INVITE\r\n"))
    assert only(phone.of_kind(OfferReceived)).sdp == b"second offer"
    assert phone.responses() == []  # the 200 waits for the PRACK's answer
    phone.endpoint.answer(incoming.session, b"second answer", phone.now)
    prack, accepted = phone.responses()
    assert (prack.cseq.method, prack.body) == ("PRACK", b"second answer")
    assert (accepted.cseq.method, accepted.status, accepted.body) == ("INVITE", 200, b"")


def test_a_late_offer_in_a_reliable_response_is_answered_by_prack() -> None:
    phone = RawPhone()
    incoming = phone.invite(body="", extra="Require: 100rel\r\n")
    phone.endpoint.provisional(incoming.session, 183, phone.now, sdp=b"our offer")
    rseq = phone.take_response(183).headers.get("RSeq")
    phone.send(phone.request("PRACK", body="their answer", extra=f"RAck: {rseq} 1 INVITE\r\n"))
    assert only(phone.of_kind(AnswerReceived)).sdp == b"their answer"
    assert phone.take_response(200).cseq.method == "PRACK"
    phone.endpoint.accept(incoming.session, b"our offer", phone.now)
    assert phone.take_response(200).body == b""


def test_a_prack_for_nothing_is_481() -> None:
    phone = RawPhone()
    incoming = phone.invite(body="offer", extra="Require: 100rel\r\n")
    phone.endpoint.provisional(incoming.session, 180, phone.now)
    rseq = int(phone.take_response(180).headers.get("RSeq") or "0")
    phone.send(phone.request("PRACK", extra=f"RAck: {rseq + 7} 1 INVITE\r\n"))
    assert phone.take_response().status == 481
    phone.send(phone.request("PRACK", extra="RAck: nonsense\r\n"))
    assert phone.take_response().status == 400
    phone.send(phone.request("PRACK", extra=f"RAck: {rseq} 1 INVITE\r\n"))
    assert phone.take_response().status == 200


def test_a_second_invite_while_the_first_is_open_is_500_with_retry_after() -> None:
    phone = RawPhone()
    incoming = phone.invite(body="offer")
    phone.endpoint.provisional(incoming.session, 180, phone.now)
    phone.take_response(180)
    phone.send(phone.request("INVITE", body="another"))
    refused = phone.take_response(500)
    assert 0 <= int(refused.headers.get("Retry-After") or "-1") <= 10


def test_an_update_over_an_unanswered_offer_is_500_with_retry_after() -> None:
    phone = RawPhone()
    incoming = phone.invite(body="offer")
    phone.endpoint.provisional(incoming.session, 180, phone.now)
    phone.take_response(180)
    phone.send(phone.request("UPDATE", body="another"))
    assert phone.take_response(500).headers.get("Retry-After") is not None
    phone.send(phone.request("UPDATE", body=""))
    assert phone.take_response().status == 200


def test_bye_before_the_answer_ends_the_invite() -> None:
    phone = RawPhone()
    incoming = phone.invite(body="offer")
    phone.endpoint.provisional(incoming.session, 180, phone.now)
    phone.take_response(180)
    phone.send(phone.request("BYE", extra='Reason: SIP;cause=480;text="gone"\r\n'))
    assert sorted(response.status for response in phone.responses()) == [200, 487]
    cancelled = only(phone.of_kind(SessionCancelled))
    assert cancelled.session == incoming.session and cancelled.reasons[0].cause == 480


def test_hanging_up_an_unanswered_call_declines_it() -> None:
    phone = RawPhone()
    incoming = phone.invite(body="offer")
    phone.endpoint.hang_up(incoming.session, phone.now)
    assert phone.take_response().status == 603
    phone.endpoint.hang_up(incoming.session, phone.now)
    assert phone.responses() == [] and not phone.of_kind(SessionEnded)


def test_a_re_invite_tells_that_the_lost_ack_was_sent() -> None:
    phone = RawPhone()
    incoming = phone.invite(body="offer")
    phone.endpoint.accept(incoming.session, b"answer", phone.now)
    phone.take_response(200)
    phone.send(phone.request("INVITE", body=OFFER_2.decode()))
    assert only(phone.of_kind(SessionConfirmed)).session == incoming.session
    assert only(phone.of_kind(OfferReceived)).sdp == OFFER_2
