"""Inside a session: offers both ways, glare, late offers, INFO and other requests, the durable record."""

from __future__ import annotations

import pytest

from switchroom.sip.events import (
    AnswerReceived,
    DialogRequest,
    EndCause,
    Event,
    IncomingInvite,
    InfoReceived,
    InviteAccepted,
    OfferReceived,
    OfferRefused,
    ReferReceived,
    RequestAnswered,
    RequestId,
    SessionConfirmed,
    SessionEnded,
    SessionId,
)
from tests.harness.network import Network, Node, statuses
from tests.sip.phones import ALICE, ANSWER, ANSWER_2, OFFER, OFFER_2, establish, invite, only, pair, ring


def answering(node: Node, session: SessionId, sdp: bytes) -> None:
    """Let `node` answer every offer with `sdp`."""

    def react(event: Event) -> None:
        if isinstance(event, OfferReceived):
            node.endpoint.answer(session, sdp, node.now)

    node.react = react


def last_request(network: Network, method: str) -> str:
    return next(one.data for one in reversed(network.log) if one.first_line.startswith(method)).decode()


@pytest.mark.parametrize("caller_offers", [True, False])
def test_a_re_invite_is_answered(caller_offers: bool) -> None:
    network, alice, bob = pair()
    session = establish(network, alice, bob)
    one, other = (alice, bob) if caller_offers else (bob, alice)
    names = (ALICE, session) if caller_offers else (session, ALICE)
    answering(other, names[1], ANSWER_2)
    one.endpoint.offer(names[0], OFFER_2, network.now)
    network.run(1)
    assert only(other.of_kind(OfferReceived)).sdp == OFFER_2
    assert only(one.of_kind(AnswerReceived)) == AnswerReceived(names[0], ANSWER_2)
    assert last_request(network, "ACK").count("CSeq: ")
    network.run(40)
    assert alice.endpoint.transactions == bob.endpoint.transactions == 0
    assert not alice.of_kind(SessionEnded) and not bob.of_kind(SessionEnded)


def test_a_refused_offer_leaves_the_session_as_it_was() -> None:
    network, alice, bob = pair()
    session = establish(network, alice, bob)
    bob.endpoint.offer(session, OFFER_2, network.now)
    network.run()
    alice.endpoint.refuse_offer(ALICE, 488, network.now)
    network.run(1)
    assert only(bob.of_kind(OfferRefused)) == OfferRefused(session, 488)
    answering(alice, ALICE, ANSWER_2)
    bob.endpoint.offer(session, OFFER_2, network.now)
    network.run(1)
    assert only(bob.of_kind(AnswerReceived)).sdp == ANSWER_2


def test_the_same_description_again_is_answered_without_asking() -> None:
    network, alice, bob = pair()
    establish(network, alice, bob)
    alice.endpoint.offer(ALICE, OFFER, network.now)
    network.run(1)
    assert not bob.of_kind(OfferReceived)
    assert only(alice.of_kind(AnswerReceived)).sdp == ANSWER


def test_glare_is_retried_after_2_to_4_seconds_and_both_offers_succeed() -> None:
    network, alice, bob = pair(seed=5)
    session = establish(network, alice, bob)
    answering(bob, session, ANSWER_2)
    answering(alice, ALICE, b"v=0\r\ns=alice answers\r\n")
    start = network.now
    alice.endpoint.offer(ALICE, OFFER_2, network.now)
    bob.endpoint.offer(session, b"v=0\r\ns=bob offers\r\n", network.now)
    network.run(1)
    assert statuses(network.lines()).count(491) == 2
    assert not alice.of_kind(OfferRefused) and not bob.of_kind(OfferRefused)
    network.run(12)
    assert only(alice.of_kind(AnswerReceived)).sdp == ANSWER_2
    assert only(bob.of_kind(AnswerReceived)).sdp == b"v=0\r\ns=alice answers\r\n"
    again = [
        one.at - start for one in network.log if one.first_line.startswith("INVITE") and one.at > start + 1
    ]
    assert again and all(wait >= 2.1 for wait in again) and again[0] <= 4.1
    network.run(40)
    assert alice.endpoint.transactions == bob.endpoint.transactions == 0


def test_a_newer_offer_replaces_one_that_waits() -> None:
    network, alice, bob = pair()
    session = establish(network, alice, bob)
    answering(bob, session, ANSWER_2)
    alice.endpoint.offer(ALICE, b"v=0\r\ns=1\r\n", network.now)
    alice.endpoint.offer(ALICE, b"v=0\r\ns=2\r\n", network.now)
    alice.endpoint.offer(ALICE, b"v=0\r\ns=3\r\n", network.now)
    network.run(2)
    assert [event.sdp for event in bob.of_kind(OfferReceived)] == [b"v=0\r\ns=1\r\n", b"v=0\r\ns=3\r\n"]


def test_an_offer_made_while_theirs_is_open_waits() -> None:
    network, alice, bob = pair()
    session = establish(network, alice, bob)
    alice.endpoint.offer(ALICE, OFFER_2, network.now)
    network.run()
    bob.endpoint.offer(session, b"v=0\r\ns=bob\r\n", network.now)
    network.run()
    assert not alice.of_kind(OfferReceived)
    bob.endpoint.answer(session, ANSWER_2, network.now)
    network.run()
    assert only(alice.of_kind(OfferReceived)).sdp == b"v=0\r\ns=bob\r\n"


def test_an_early_offer_goes_by_update_once_something_is_agreed() -> None:
    """RFC 3311 §5.1: here the 183 was reliable, so the first offer is answered before the call is."""
    network, alice, bob = pair()
    session = ring_reliably(network, alice, bob)
    answering(bob, session, ANSWER_2)
    alice.endpoint.offer(ALICE, OFFER_2, network.now)
    network.run(1)
    assert last_request(network, "UPDATE")
    assert only(alice.of_kind(AnswerReceived)).sdp == ANSWER_2
    # And the other way, still before the answer.
    answering(alice, ALICE, b"v=0\r\ns=x\r\n")
    bob.endpoint.offer(session, b"v=0\r\ns=y\r\n", network.now)
    network.run(1)
    assert only(bob.of_kind(AnswerReceived)).sdp == b"v=0\r\ns=x\r\n"
    bob.endpoint.accept(session, b"unused", network.now)
    network.run(1)
    assert only(alice.of_kind(InviteAccepted)).sdp is None
    assert only(bob.of_kind(SessionConfirmed)).session == session


def ring_reliably(network: Network, alice: Node, bob: Node) -> SessionId:
    alice.endpoint.invite(ALICE, invite(bob, headers=(("Require", "100rel"),)), network.now)
    network.run()
    session = only(bob.of_kind(IncomingInvite)).session
    bob.endpoint.provisional(session, 183, network.now, sdp=ANSWER)
    network.run()
    return session


def test_an_offer_in_the_early_phase_waits_when_nothing_is_agreed() -> None:
    network, alice, bob = pair()
    session = ring(network, alice, bob)
    answering(bob, session, ANSWER_2)
    alice.endpoint.offer(ALICE, OFFER_2, network.now)
    network.run(1)
    assert not [line for line in network.lines() if line.startswith("UPDATE")]
    bob.endpoint.accept(session, ANSWER, network.now)
    network.run(1)
    assert only(alice.of_kind(AnswerReceived)).sdp == ANSWER_2


def test_a_re_invite_that_is_never_acknowledged_ends_the_call() -> None:
    network, alice, bob = pair()
    session = establish(network, alice, bob)
    answering(bob, session, ANSWER_2)
    network.drop = lambda sent: sent.first_line.startswith("ACK")
    alice.endpoint.offer(ALICE, OFFER_2, network.now)
    network.run(40)
    assert only(bob.of_kind(SessionEnded)).cause is EndCause.ACK_MISSING


def test_481_to_a_re_invite_ends_the_session_with_a_bye() -> None:
    network, alice, bob = pair()
    session = establish(network, alice, bob)
    network.drop = lambda sent: sent.first_line.startswith("BYE")
    bob.endpoint.hang_up(session, network.now)
    network.run(40)  # Alice never hears of the end.
    network.drop = lambda _: False
    alice.endpoint.offer(ALICE, OFFER_2, network.now)
    network.run(1)
    assert only(alice.of_kind(SessionEnded)).cause is EndCause.DIALOG_GONE
    assert last_request(network, "BYE")
    network.run(40)
    assert network.quiet


def test_bye_answers_an_open_re_invite_with_487() -> None:
    network, alice, bob = pair()
    session = establish(network, alice, bob)
    alice.endpoint.offer(ALICE, OFFER_2, network.now)
    network.run()
    assert bob.of_kind(OfferReceived)
    alice.endpoint.hang_up(ALICE, network.now)
    network.run(1)
    assert 487 in statuses(network.lines(bob))
    assert only(bob.of_kind(SessionEnded)).session == session
    bob.endpoint.answer(session, ANSWER_2, network.now)
    network.run(70)
    assert network.quiet and alice.endpoint.transactions == bob.endpoint.transactions == 0


def test_info_is_answered_and_told() -> None:
    network, alice, bob = pair()
    session = establish(network, alice, bob)
    alice.endpoint.info(ALICE, "application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n", network.now)
    network.run()
    assert only(bob.of_kind(InfoReceived)) == InfoReceived(
        session, "application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n"
    )
    assert statuses(network.lines(bob))[-1] == 200


def test_refer_and_notify_travel_inside_the_session() -> None:
    network, alice, bob = pair()
    session = establish(network, alice, bob)
    alice.endpoint.send_in_session(
        ALICE, RequestId("r1"), "REFER", network.now, headers=(("Refer-To", "<sip:203@example.org>"),)
    )
    network.run()
    request = only(bob.of_kind(ReferReceived))
    assert request.session == session and str(request.refer_to) == "<sip:203@example.org>"
    bob.endpoint.respond(request.transaction, 202, network.now)
    bob.endpoint.send_in_session(
        session,
        RequestId("n1"),
        "NOTIFY",
        network.now,
        headers=(("Event", "refer"), ("Subscription-State", "terminated")),
        body=b"SIP/2.0 200 OK\r\n",
        content_type="message/sipfrag",
    )
    network.run()
    assert only(alice.of_kind(RequestAnswered)).status == 202
    notify = only(alice.of_kind(DialogRequest))
    assert notify.request.body == b"SIP/2.0 200 OK\r\n"
    # Never answered by Alice: her BYE answers it.
    alice.endpoint.hang_up(ALICE, network.now)
    network.run()
    assert only(bob.of_kind(RequestAnswered)).status == 487


def test_a_session_is_restored_from_its_record() -> None:
    network, alice, bob = pair()
    session = establish(network, alice, bob)
    answering(bob, session, ANSWER_2)
    alice.endpoint.offer(ALICE, OFFER_2, network.now)
    network.run(1)
    record = bob.endpoint.export(session, network.now)
    assert record is not None and record.remote_sdp == OFFER_2 and record.local_sdp == ANSWER_2
    reborn = network.node("bob-again")
    reborn.address, bob.address = bob.address, reborn.address
    network.nodes.remove(bob)
    reborn.endpoint.restore(record, network.now)
    alice.endpoint.offer(ALICE, b"v=0\r\ns=third\r\n", network.now)
    network.run()
    assert only(reborn.of_kind(OfferReceived)).sdp == b"v=0\r\ns=third\r\n"
    reborn.endpoint.answer(session, ANSWER_2, network.now)
    network.run(1)
    reborn.endpoint.hang_up(session, network.now)
    network.run(1)
    assert only(alice.of_kind(SessionEnded)).cause is EndCause.REMOTE_BYE
    assert only(reborn.of_kind(SessionEnded)).cause is EndCause.LOCAL_BYE


def test_a_request_with_an_old_cseq_is_refused() -> None:
    network, alice, bob = pair()
    establish(network, alice, bob)
    alice.endpoint.info(ALICE, "application/dtmf", b"1", network.now)
    network.run()
    late = last_request(network, "INFO").replace("branch=z9hG4bK", "branch=z9hG4bKx").encode()
    bob.endpoint.receive(late, network.flow(bob, alice, bob.transport), network.now)
    network.run()
    assert statuses(network.lines(bob))[-1] == 500
    assert len(bob.of_kind(InfoReceived)) == 1
