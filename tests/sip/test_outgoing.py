"""The calling side: forks, several answers, CANCEL, hops that fail, and the ways to a peer."""

from __future__ import annotations

import pytest

from switchroom.sip.errors import LocalProtocolError
from switchroom.sip.events import (
    EndCause,
    IncomingInvite,
    InviteAccepted,
    InviteProgress,
    InviteRejected,
    LookupNeeded,
    OfferReceived,
    OutgoingInvite,
    SessionEnded,
    SessionId,
)
from switchroom.sip.flow import Address, BindingRef, Flow, Hop, Transport
from switchroom.sip.headers import NameAddr
from switchroom.sip.message import Request, Response
from tests.harness.network import Network
from tests.sip.phones import ALICE, ANSWER, OFFER_2, invite, only, pair, ring
from tests.sip.raw import HERE, THERE, RawPhone


class Callee(RawPhone):
    """A raw phone (or several, behind a forking proxy) that is called."""

    def called(self, **changes: object) -> Request:
        """Let the endpoint call; its INVITE."""
        to = NameAddr.parse("<sip:202@example.org>")
        fields: dict[str, object] = {
            "uri": f"sip:202@{THERE}",
            "from_": NameAddr.parse('"Anna" <sip:201@example.org>'),
            "to": to,
            "sdp": b"offer",
            **changes,
        }
        self.endpoint.invite(ALICE, OutgoingInvite(**fields), self.now)  # type: ignore[arg-type]
        return only(self.requests())

    def reply(
        self, request: Request, status: int, *, tag: str = "bob", body: str = "", extra: str = ""
    ) -> None:
        """Answer a request of the endpoint's."""
        response = request.response(status, to_tag=tag or None)
        if "Contact" not in extra:
            response.headers.add("Contact", f"<sip:{tag}@{THERE}>")
        for line in extra.splitlines():
            name, _, value = line.partition(":")
            response.headers.add(name, value.strip())
        if body:
            response.headers.add("Content-Type", "application/sdp")
            response.body = body.encode()
        self.send(response.to_bytes())


def methods(requests: list[Request]) -> list[str]:
    return [request.method for request in requests]


def test_the_first_2xx_of_several_forks_wins_and_the_others_get_ack_and_bye() -> None:
    phone = Callee()
    request = phone.called()
    for tag in ("one", "two", "three"):
        phone.reply(request, 180, tag=tag)
    assert len(phone.of_kind(InviteProgress)) == 3
    phone.reply(request, 200, tag="two", body="answer two")
    ack = only(phone.requests())
    assert (ack.method, ack.to.tag, ack.uri) == ("ACK", "two", f"sip:two@{THERE}")
    phone.reply(request, 200, tag="three", body="answer three")
    ack, bye = phone.requests()
    assert (ack.method, ack.to.tag, bye.method, bye.to.tag) == ("ACK", "three", "BYE", "three")
    assert ack.cseq.number == request.cseq.number and bye.cseq.number == request.cseq.number + 1
    assert "completed elsewhere" in (bye.headers.get("Reason") or "")
    # Each 2xx that comes again gets its own ACK again, and nothing more.
    phone.reply(request, 200, tag="three", body="answer three")
    phone.reply(request, 200, tag="two", body="answer two")
    assert [(again.method, again.to.tag) for again in phone.requests()] == [("ACK", "three"), ("ACK", "two")]
    assert only(phone.of_kind(InviteAccepted)).sdp == b"answer two"
    phone.endpoint.hang_up(ALICE, phone.now)
    assert only(phone.requests()).to.tag == "two"
    phone.pass_time(70)
    assert phone.endpoint.transactions == phone.endpoint.sessions == 0
    assert phone.endpoint.next_timeout() is None and not phone.endpoint._core.dialogs


def test_each_fork_has_its_own_reliable_responses() -> None:
    phone = Callee()
    request = phone.called()
    for tag, rseq in (("one", 10), ("two", 500)):
        phone.reply(request, 183, tag=tag, body="early", extra=f"Require: 100rel\nRSeq: {rseq}")
        prack = only(phone.requests())
        assert (prack.method, prack.to.tag) == ("PRACK", tag)
        assert prack.headers.get("RAck") == f"{rseq} {request.cseq.number} INVITE"
        phone.reply(prack, 200, tag=tag)
    # The same one again (its PRACK is on the way), and one that overtook another: nothing (RFC 3262 §4).
    phone.reply(request, 183, tag="one", body="early", extra="Require: 100rel\nRSeq: 10")
    phone.reply(request, 180, tag="one", extra="Require: 100rel\nRSeq: 12")
    assert phone.requests() == [] and len(phone.of_kind(InviteProgress)) == 2


def test_an_update_of_the_callee_before_it_answers_is_an_offer() -> None:
    phone = Callee()
    request = phone.called()
    phone.reply(request, 183, body="early", extra="Require: 100rel\nRSeq: 1\nAllow: UPDATE, INVITE")
    phone.reply(only(phone.requests()), 200)
    phone.send(callee_request(request, "UPDATE", body="new offer"))
    assert only(phone.of_kind(OfferReceived)).sdp == b"new offer"
    phone.endpoint.answer(ALICE, b"our answer", phone.now)
    assert phone.take_response(200).body == b"our answer"


def callee_request(
    invite_: Request, method: str, *, tag: str = "bob", body: str = "", cseq: int = 1, extra: str = ""
) -> str:
    """A request of the called phone inside the dialog."""
    kind = "Content-Type: application/sdp\r\n" if body else ""
    return (
        f"{method} sip:switchroom@{HERE} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {THERE};branch=z9hG4bK-c{method}{cseq};rport\r\nMax-Forwards: 70\r\n"
        f"From: {invite_.headers.get('To')};tag={tag}\r\nTo: {invite_.headers.get('From')}\r\n"
        f"Call-ID: {invite_.call_id}\r\nCSeq: {cseq} {method}\r\nContact: <sip:{tag}@{THERE}>\r\n{extra}"
        f"{kind}Content-Length: {len(body)}\r\n\r\n{body}"
    )


def test_requests_of_a_fork_that_does_not_lead_are_put_off() -> None:
    phone = Callee()
    request = phone.called()
    phone.reply(request, 180, tag="one")
    phone.reply(request, 180, tag="two")
    phone.send(callee_request(request, "UPDATE", tag="two", body="offer"))
    assert phone.take_response().status == 488
    phone.send(callee_request(request, "INVITE", tag="one", body="offer"))
    assert phone.take_response().status == 491


def test_hanging_up_ends_every_2xx_that_comes_after_the_cancel() -> None:
    phone = Callee()
    request = phone.called()
    phone.reply(request, 180, tag="one")
    phone.endpoint.hang_up(ALICE, phone.now)
    cancel = only(phone.requests())
    assert cancel.method == "CANCEL" and cancel.top_via.branch == request.top_via.branch
    assert cancel.cseq.number == request.cseq.number and cancel.to.tag is None
    phone.reply(cancel, 200)
    for tag in ("one", "two"):
        phone.reply(request, 200, tag=tag, body="answer")
        assert methods(phone.requests()) == ["ACK", "BYE"]
    assert only(phone.of_kind(InviteRejected)).status == 487
    assert not phone.of_kind(InviteAccepted)


def test_487_after_cancel_is_acknowledged_on_the_branch_of_the_invite() -> None:
    phone = Callee()
    request = phone.called()
    phone.reply(request, 180)
    phone.endpoint.hang_up(ALICE, phone.now)
    phone.reply(only(phone.requests()), 200)
    phone.reply(request, 487)
    ack = only(phone.requests())
    assert ack.method == "ACK" and ack.to.tag == "bob"
    assert ack.top_via.branch == request.top_via.branch and ack.uri == request.uri
    assert only(phone.of_kind(InviteRejected)).status == 487


def test_422_is_tried_again_with_the_interval_asked_for() -> None:
    phone = Callee()
    request = phone.called()
    assert request.headers.get("Session-Expires") == "1800" and "Min-SE" not in request.headers
    phone.reply(request, 422, extra="Min-SE: 3600")
    ack, again = phone.requests()
    assert (ack.method, again.method) == ("ACK", "INVITE")
    assert (again.headers.get("Session-Expires"), again.headers.get("Min-SE")) == ("3600", "3600")
    assert again.call_id == request.call_id and again.cseq.number == request.cseq.number + 1
    assert again.from_.tag == request.from_.tag and again.to.tag is None
    phone.reply(again, 422, extra="Min-SE: 3600")  # no sense in that
    assert only(phone.of_kind(InviteRejected)).status == 422


def test_record_routes_become_the_route_set_in_reverse() -> None:
    phone = Callee()
    request = phone.called()
    routes = (
        "Record-Route: <sip:p2.example.org;lr>, <sip:p1.example.org;lr>\n"
        "Record-Route: <sip:p0.example.org;lr>"
    )
    phone.reply(request, 200, body="answer", extra=routes)
    lookup = only(phone.of_kind(LookupNeeded))
    assert lookup.host == "p0.example.org"
    phone.endpoint.resolved(lookup.lookup, (Hop(Transport.UDP, Address("192.0.2.77", 5060)),), phone.now)
    ack = only(phone.requests())
    assert ack.method == "ACK" and ack.uri == f"sip:bob@{THERE}"
    assert [str(route) for route in ack.routes] == [
        "<sip:p0.example.org;lr>",
        "<sip:p1.example.org;lr>",
        "<sip:p2.example.org;lr>",
    ]


def test_a_strict_router_gets_what_it_expects() -> None:
    """RFC 3261 §12.2.1.1: its URI is the Request-URI, the target comes last."""
    phone = Callee()
    request = phone.called()
    phone.reply(request, 200, body="answer", extra="Record-Route: <sip:192.0.2.50>\nRecord-Route: <sip:p;lr>")
    phone.reply(request, 200, body="answer", extra="Record-Route: <sip:p;lr>\nRecord-Route: <sip:192.0.2.50>")
    sent = phone.endpoint._core.sessions[ALICE].dialog
    sent.route_set = ("<sip:192.0.2.50>", "<sip:p;lr>")
    draft = sent.draft("BYE")
    assert draft.uri == "sip:192.0.2.50"
    assert draft.routes == f"Route: <sip:p;lr>\r\nRoute: <sip:bob@{THERE}>\r\n"
    assert str(sent.next_hop) == "sip:192.0.2.50"


def test_the_path_of_a_registration_is_put_before_every_request() -> None:
    phone = Callee()
    path = (NameAddr.parse("<sip:192.0.2.60;lr>"),)
    request = phone.called(route=path)
    assert [str(route) for route in request.routes] == ["<sip:192.0.2.60;lr>"]
    phone.reply(request, 200, body="answer")
    assert [str(route) for route in only(phone.requests()).routes] == ["<sip:192.0.2.60;lr>"]


def test_hops_are_tried_in_turn_on_503_time_out_and_transport_errors() -> None:
    network = Network()
    alice = network.node("alice")
    bobs = [network.node(f"bob{i}") for i in range(3)]
    tcp = Hop(Transport.TCP, Address("203.0.113.1", 5060))  # refuses connections
    network.names["example.org"] = (tcp, *(alice.hop_to(bob) for bob in bobs))
    bobs[0].endpoint.draining = True  # answers 503
    bobs[1].reachable = False
    alice.endpoint.invite(ALICE, invite(bobs[2], uri="sip:bob@example.org"), network.now)
    network.run(31)
    assert [one.receiver for one in network.log if one.first_line.startswith("INVITE")][:3] == [
        "nowhere",
        "bob0",
        "bob1",
    ]
    assert len(network.log) > 4 and not alice.of_kind(InviteRejected)
    network.run(3)
    session = only(bobs[2].of_kind(IncomingInvite)).session
    bobs[2].endpoint.accept(session, ANSWER, network.now)
    network.run(1)
    assert only(alice.of_kind(InviteAccepted)).sdp == ANSWER
    branches = {
        line
        for one in network.log
        if one.first_line.startswith("INVITE")
        for line in one.data.split(b"\r\n")[1:2]
    }
    assert len(branches) == 4  # each try is a transaction of its own (RFC 3263 §4.3)


@pytest.mark.parametrize("patience", [5.0, 2.0])
def test_a_place_that_says_nothing_at_all_is_given_up_when_patience_is_over(patience: float) -> None:
    network = Network()
    alice, silent, slow = (network.node(name) for name in ("alice", "silent", "slow"))
    network.names["example.org"] = (alice.hop_to(silent), alice.hop_to(slow))
    silent.reachable = False
    alice.endpoint.invite(ALICE, invite(slow, uri="sip:bob@example.org", patience=patience), network.now)
    network.run(patience - 0.5)
    assert not slow.of_kind(IncomingInvite)
    network.run(1)
    session = only(slow.of_kind(IncomingInvite)).session
    network.run(10)  # 100 came, and that is enough
    slow.endpoint.accept(session, ANSWER, network.now)
    network.run(1)
    assert only(alice.of_kind(InviteAccepted)).sdp == ANSWER


def test_nobody_says_anything_at_all() -> None:
    network, alice, bob = pair()
    bob.reachable = False
    alice.endpoint.invite(ALICE, invite(bob, patience=4.0), network.now)
    network.run(5)
    assert only(alice.of_kind(InviteRejected)).status == 408


def test_a_name_that_leads_nowhere_is_503() -> None:
    network, alice, bob = pair()
    alice.endpoint.invite(ALICE, invite(bob, uri="sip:bob@nowhere.example.org"), network.now)
    network.run(1)
    assert only(alice.of_kind(InviteRejected)).status == 503


def test_hanging_up_while_the_name_is_looked_up() -> None:
    phone = Callee()
    phone.endpoint.invite(ALICE, invite_to("sip:202@example.org", b"offer"), phone.now)
    lookup = only(phone.of_kind(LookupNeeded))
    phone.endpoint.hang_up(ALICE, phone.now)
    assert only(phone.of_kind(InviteRejected)).status == 487
    phone.endpoint.resolved(lookup.lookup, (Hop(Transport.UDP, THERE),), phone.now)
    assert phone.requests() == []


def test_a_request_too_big_for_a_datagram_goes_by_tcp_when_it_may() -> None:
    phone = Callee()
    big = b"v" * 1400
    phone.endpoint.invite(ALICE, invite_to(f"sip:202@{THERE}", big), phone.now)
    first = phone.endpoint.poll_transmit()
    assert first is not None and isinstance(first.to, Hop) and first.to.transport is Transport.TCP
    assert b"Via: SIP/2.0/TCP" in first.data
    phone.endpoint.transmit_failed(first.key, phone.now)
    second = phone.endpoint.poll_transmit()
    assert second is not None and second.to.transport is Transport.UDP


def invite_to(uri: str, sdp: bytes) -> OutgoingInvite:
    address = NameAddr.parse("<sip:202@example.org>")
    return OutgoingInvite(uri, address, address, sdp)


def test_a_request_over_udp_stays_under_1300_bytes_when_it_can() -> None:
    phone = Callee()
    phone.endpoint.invite(ALICE, invite_to(f"sip:202@{THERE};transport=udp", b"v" * 650), phone.now)
    sent = phone.endpoint.poll_transmit()
    assert sent is not None and len(sent.data) <= 1300 and b"Supported:" in sent.data


def test_a_binding_is_looked_up_at_each_send() -> None:
    network, alice, bob = pair()
    ref = BindingRef("device 1")
    alice.bindings[ref] = Flow(Transport.UDP, alice.address, bob.address)
    alice.endpoint.invite(ALICE, invite(bob, destination=ref, uri="sip:bob@x.invalid"), network.now)
    network.run()
    session = only(bob.of_kind(IncomingInvite)).session
    bob.endpoint.accept(session, ANSWER, network.now)
    network.run()
    # The phone moves to another address and registers from there.
    bob.address = Address("192.0.2.200", 4711)
    alice.bindings[ref] = Flow(Transport.UDP, alice.address, bob.address)
    alice.endpoint.offer(ALICE, OFFER_2, network.now)
    network.run()
    assert only(bob.of_kind(OfferReceived)).sdp == OFFER_2


def test_a_binding_that_is_gone_is_503() -> None:
    network, alice, bob = pair()
    alice.endpoint.invite(ALICE, invite(bob, destination=BindingRef("gone")), network.now)
    network.run()
    assert only(alice.of_kind(InviteRejected)).status == 503
    assert network.quiet


def test_a_connection_that_closes_before_any_answer_fails_the_call_at_once() -> None:
    network = Network()
    alice, bob = network.node("alice", Transport.TCP), network.node("bob", Transport.TCP)
    way = network.flow(alice, bob, Transport.TCP)
    alice.endpoint.invite(ALICE, invite(bob, destination=way), network.now)
    network.drain()
    network.cut(alice, bob)
    network.run()
    assert only(alice.of_kind(InviteRejected)).status == 503
    network.run_until_quiet(100)


def test_a_phone_that_comes_back_on_a_new_connection_can_still_answer() -> None:
    network = Network()
    alice, bob = network.node("alice", Transport.TCP), network.node("bob", Transport.TCP)
    ref = BindingRef("bob's phone")
    alice.bindings[ref] = network.flow(alice, bob, Transport.TCP)
    alice.endpoint.invite(ALICE, invite(bob, destination=ref), network.now)
    network.run()
    incoming = only(bob.of_kind(IncomingInvite))
    bob.endpoint.provisional(incoming.session, 180, network.now)
    network.run()
    network.cut(alice, bob)
    alice.bindings[ref] = network.flow(alice, bob, Transport.TCP)
    back = BindingRef("alice's server")
    bob.bindings[back] = network.flow(bob, alice, Transport.TCP)
    bob.endpoint.bind(incoming.session, back)
    bob.endpoint.accept(incoming.session, ANSWER, network.now)
    network.run(1)
    assert only(alice.of_kind(InviteAccepted)).sdp == ANSWER
    alice.endpoint.hang_up(ALICE, network.now)
    network.run(1)
    assert only(bob.of_kind(SessionEnded)).cause is EndCause.REMOTE_BYE


def test_a_session_on_a_closed_connection_without_a_binding_ends_when_it_is_used() -> None:
    network = Network()
    alice, bob = network.node("alice", Transport.TCP), network.node("bob", Transport.TCP)
    way = network.flow(alice, bob, Transport.TCP)
    alice.endpoint.invite(ALICE, invite(bob, destination=way), network.now)
    network.run()
    bob.endpoint.accept(only(bob.of_kind(IncomingInvite)).session, ANSWER, network.now)
    network.run()
    network.cut(alice, bob)
    alice.endpoint.offer(ALICE, OFFER_2, network.now)
    network.run(1)
    assert only(alice.of_kind(SessionEnded)).cause is EndCause.TRANSPORT


def test_a_caller_may_not_use_a_name_twice_or_call_nonsense() -> None:
    network, alice, bob = pair()
    ring(network, alice, bob)
    with pytest.raises(LocalProtocolError):
        alice.endpoint.invite(ALICE, invite(bob), network.now)
    with pytest.raises(LocalProtocolError):
        alice.endpoint.invite(SessionId("other"), invite_to("not a uri", b"offer"), network.now)
    with pytest.raises(LocalProtocolError):
        alice.endpoint.invite(SessionId("other"), invite_to("sip:bob@192.0.2.2", b""), network.now)
    with pytest.raises(LocalProtocolError):
        alice.endpoint.accept(ALICE, ANSWER, network.now)


def test_max_forwards_is_the_callers_less_one() -> None:
    phone = Callee()
    assert phone.called(max_forwards=3).max_forwards == 3


def test_a_2xx_without_a_tag_makes_a_session_with_an_old_phone() -> None:
    phone = Callee()
    request = phone.called()
    phone.reply(request, 200, tag="", body="answer", extra=f"Contact: <sip:old@{THERE}>")
    assert only(phone.requests()).method == "ACK"
    assert only(phone.of_kind(InviteAccepted)).sdp == b"answer"


def test_malformed_responses_change_nothing() -> None:
    phone = Callee()
    request = phone.called()
    for tag, broken in enumerate(("RSeq: x\nRequire: 100rel", "Contact: <<<>", "Record-Route: <<")):
        phone.reply(request, 183, tag=f"odd{tag}", extra=broken)
    response = Response(180)
    phone.send(response.to_bytes())
    assert not phone.of_kind(InviteProgress)
    phone.reply(request, 200, tag="good", body="answer")
    assert only(phone.of_kind(InviteAccepted)).sdp == b"answer"
