"""Connected identity: who is at the other end now, told by UPDATE without description."""

from __future__ import annotations

import pytest

from switchroom.sip.errors import LocalProtocolError
from switchroom.sip.events import (
    AnswerReceived,
    OfferReceived,
    OfferRefused,
    SessionEnded,
    SessionId,
)
from switchroom.sip.headers import NameAddr
from switchroom.sip.message import Request, parse_message
from switchroom.sip.parties import asserted, header_fields
from tests.harness.network import Link, Network, Node
from tests.sip.phones import ALICE, ANSWER, ANSWER_2, OFFER, OFFER_2, establish, only, pair, ring
from tests.sip.raw import RawPhone
from tests.sip.test_outgoing import Callee
from tests.sip.test_session import answering, ring_reliably


def named(number: str) -> tuple[tuple[str, str], ...]:
    return header_fields("P-Asserted-Identity", [NameAddr.parse(f'"Bea" <sip:{number}@example.org>')])


def told(network: Network, node: Node) -> list[tuple[str, str, bytes]]:
    """Method, number and body of all requests of `node` that name somebody, in order."""
    found = []
    for one in network.log:
        if one.sender == node.name and b"P-Asserted-Identity" in one.data:
            request = parse_message(one.data)
            assert isinstance(request, Request)
            name = asserted(request)[0]
            assert name.display_name == "Bea"
            found.append((request.method, str(name.uri), request.body))
    return found


def test_an_update_without_description_says_who_is_connected() -> None:
    network, alice, bob = pair()
    establish(network, alice, bob)
    alice.endpoint.identify(ALICE, named("203"), network.now)
    network.run(1)
    assert told(network, alice) == [("UPDATE", "sip:203@example.org", b"")]
    assert network.lines(bob)[-1] == "SIP/2.0 200 OK"
    assert not bob.of_kind(OfferReceived) and not alice.of_kind(AnswerReceived)


def test_a_new_offer_carries_who_is_connected() -> None:
    network, alice, bob = pair()
    session = establish(network, alice, bob)
    answering(bob, session, ANSWER_2)
    alice.endpoint.offer(ALICE, OFFER_2, network.now, headers=named("203"))
    network.run(1)
    assert told(network, alice) == [("INVITE", "sip:203@example.org", OFFER_2)]
    assert only(alice.of_kind(AnswerReceived)).sdp == ANSWER_2
    # And none of it sticks to the next one.
    alice.endpoint.offer(ALICE, OFFER, network.now)
    network.run(1)
    assert len(told(network, alice)) == 1


def test_what_waits_goes_out_together_and_only_the_newest_of_it() -> None:
    network, alice, bob = pair()
    session = establish(network, alice, bob)
    answering(bob, session, ANSWER_2)
    alice.endpoint.offer(ALICE, OFFER_2, network.now)
    for number in ("203", "204"):
        alice.endpoint.identify(ALICE, named(number), network.now)
    alice.endpoint.offer(ALICE, OFFER, network.now)
    network.run(1)
    assert told(network, alice) == [("INVITE", "sip:204@example.org", OFFER)]
    assert len(alice.of_kind(AnswerReceived)) == 2


def test_it_waits_for_the_answer_of_the_call() -> None:
    network, alice, bob = pair()
    session = ring(network, alice, bob)
    alice.endpoint.identify(ALICE, named("203"), network.now)
    network.run(1)
    assert told(network, alice) == []
    bob.endpoint.accept(session, ANSWER, network.now)
    network.run(1)
    assert told(network, alice) == [("UPDATE", "sip:203@example.org", b"")]


def test_it_goes_out_while_the_call_rings_once_something_is_agreed() -> None:
    network, alice, bob = pair()
    session = ring_reliably(network, alice, bob)
    bob.endpoint.identify(session, named("202"), network.now)
    network.run(1)
    assert told(network, bob) == [("UPDATE", "sip:202@example.org", b"")]


def test_one_who_does_not_know_update_gets_a_re_invite_that_changes_nothing() -> None:
    network, alice, bob = pair(allowed=("INVITE", "ACK", "BYE", "CANCEL"))
    session = establish(network, alice, bob)
    alice.endpoint.identify(ALICE, named("203"), network.now)
    network.run(1)
    assert told(network, alice) == [("INVITE", "sip:203@example.org", OFFER)]
    assert not bob.of_kind(OfferReceived) and not alice.of_kind(AnswerReceived)
    assert bob.endpoint.export(session, network.now) is not None


class Picky(Callee):
    """A phone that refuses what it said it takes."""

    def identified(self) -> Request:
        request = self.called()
        self.reply(request, 200, body="answer", extra="Allow: INVITE, UPDATE")
        self.requests()
        self.endpoint.identify(ALICE, named("203"), self.now)
        update = only(self.requests())
        assert (update.method, update.body) == ("UPDATE", b"")
        return update


@pytest.mark.parametrize("status", [405, 501])
def test_one_who_refuses_update_after_all_gets_the_re_invite(status: int) -> None:
    phone = Picky()
    phone.reply(phone.identified(), status)
    phone.pass_time(0.1)
    again = only(phone.requests())
    assert (again.method, again.body) == ("INVITE", b"offer") and asserted(again)


@pytest.mark.parametrize("status", [403, 488, 603])
def test_one_who_refuses_to_hear_it_is_left_alone(status: int) -> None:
    phone = Picky()
    phone.reply(phone.identified(), status)
    phone.pass_time(20)
    assert phone.requests() == []
    assert not phone.of_kind(OfferRefused) and not phone.of_kind(SessionEnded)


def test_glare_is_retried() -> None:
    phone = Picky()
    phone.reply(phone.identified(), 491)
    phone.pass_time(4.1)
    again = phone.requests()[0]
    assert again.method == "UPDATE" and str(asserted(again)[0].uri) == "sip:203@example.org"


def test_an_offer_that_waited_meanwhile_follows() -> None:
    phone = Picky()
    update = phone.identified()
    phone.endpoint.offer(ALICE, b"new", phone.now)
    assert phone.requests() == []
    phone.reply(update, 200)
    invite = only(phone.requests())
    assert (invite.method, invite.body) == ("INVITE", b"new") and not asserted(invite)


def test_a_session_that_is_over_or_a_line_break() -> None:
    phone = RawPhone()
    phone.endpoint.identify(SessionId("nobody"), named("203"), phone.now)
    assert phone.requests() == []
    incoming = phone.established(extra="Allow: UPDATE\r\n")
    with pytest.raises(LocalProtocolError):
        phone.endpoint.identify(incoming.session, (("P-Asserted-Identity", "a\r\nEvil: 1"),), phone.now)


@pytest.mark.parametrize("seed", range(8))
def test_the_newest_arrives_over_a_lossy_network_while_both_sides_offer(seed: int) -> None:
    network, alice, bob = pair(seed)
    session = establish(network, alice, bob)
    network.link = Link(0.2, 0.2, (0.002, 0.3))
    answering(bob, session, ANSWER_2)
    answering(alice, ALICE, ANSWER)
    for number in range(201, 207):
        alice.endpoint.identify(ALICE, named(str(number)), network.now)
        if number % 2:
            bob.endpoint.offer(session, f"offer {number}".encode(), network.now)
        else:
            alice.endpoint.offer(ALICE, f"offer {number}".encode(), network.now)
        network.run(0.4)
    network.run(120)
    assert told(network, alice)[-1][1] == "sip:206@example.org"
    assert not alice.of_kind(SessionEnded) and not alice.of_kind(OfferRefused)
    alice.endpoint.hang_up(ALICE, network.now)
    network.run_until_quiet(300)
    assert alice.endpoint.transactions == bob.endpoint.transactions == 0
