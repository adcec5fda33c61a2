"""Dialogs with browsers: connections that come and go, and dialogs that are named from outside (RFC 3891)."""

from __future__ import annotations

from switchroom.sip.core import MAX_ENDED
from switchroom.sip.events import DialogNames, DialogPhase, OfferReceived, SessionId
from switchroom.sip.flow import Address, BindingRef, Flow, Hop, Transport
from tests.sip.phones import ALICE, OFFER_2, establish, invite, only, pair, ring
from tests.sip.raw import HERE, THERE, RawPhone

OLD = Flow(Transport.WS, HERE, THERE, 1)
NEW = Flow(Transport.WS, HERE, Address(THERE.host, 6000), 2)
BINDING = BindingRef("b")


def bound_phone() -> tuple[RawPhone, dict[BindingRef, Flow | Hop], SessionId]:
    """A browser in a call, by its binding."""
    places: dict[BindingRef, Flow | Hop] = {BINDING: OLD}
    phone = RawPhone(OLD, flow_of=places.get)
    session = phone.established().session
    phone.endpoint.bind(session, BINDING)
    return phone, places, session


def way_of_the_next_request(phone: RawPhone, session: SessionId) -> Flow | Hop | None:
    """Where an offer of ours goes."""
    phone.endpoint.offer(session, OFFER_2, phone.now)
    sent = phone.endpoint.poll_transmit()
    return sent.to if sent is not None else None


def test_issue_3_a_re_invite_by_a_new_connection_is_answered_there() -> None:
    phone, places, session = bound_phone()
    del places[BINDING]  # the page lost its connection and has not registered again
    phone.send(phone.request("INVITE", body="new offer"), NEW)
    assert only(phone.of_kind(OfferReceived)).sdp == b"new offer"
    phone.endpoint.answer(session, b"new answer", phone.now)
    answer = phone.endpoint.poll_transmit()
    assert answer is not None and answer.to == NEW


def test_issue_3_later_requests_follow_the_browser_to_its_new_connection() -> None:
    phone, places, session = bound_phone()
    del places[BINDING]
    phone.send(phone.request("INFO"), NEW)
    phone.responses()
    assert way_of_the_next_request(phone, session) == NEW


def test_the_binding_is_believed_where_it_has_a_connection() -> None:
    phone, places, session = bound_phone()
    newest = Flow(Transport.WS, HERE, Address(THERE.host, 7000), 3)
    phone.send(phone.request("INFO"), NEW)
    phone.responses()
    places[BINDING] = newest
    assert way_of_the_next_request(phone, session) == newest


def test_a_dialog_is_found_by_its_names_while_it_rings_while_it_lasts_and_when_it_ended() -> None:
    network, alice, bob = pair()
    session = ring(network, alice, bob)
    names = alice.endpoint.dialog_names(ALICE)
    assert names is not None
    turned = DialogNames(names.call_id, names.remote_tag, names.local_tag)
    assert bob.endpoint.dialog_names(session) == turned
    phases = [alice.endpoint.find_dialog(names), bob.endpoint.find_dialog(turned)]
    assert [found and found.phase for found in phases] == [DialogPhase.RINGING, DialogPhase.CALLING]
    bob.endpoint.accept(session, b"answer", network.now)
    network.run()
    found = bob.endpoint.find_dialog(turned)
    assert found is not None and (found.session, found.phase) == (session, DialogPhase.CONFIRMED)
    alice.endpoint.hang_up(ALICE, network.now)
    network.run()
    for node, known in ((alice, names), (bob, turned)):
        ended = node.endpoint.find_dialog(known)
        assert ended is not None and ended.phase is DialogPhase.ENDED
        assert node.endpoint.dialog_names(ended.session) is None


def test_unknown_names_and_a_dialog_that_never_was_confirmed_are_not_found() -> None:
    network, alice, bob = pair()
    session = ring(network, alice, bob)
    names = bob.endpoint.dialog_names(session)
    assert names is not None
    assert bob.endpoint.find_dialog(DialogNames(names.call_id, names.local_tag, "other")) is None
    bob.endpoint.reject(session, 486, network.now)
    network.run()
    assert bob.endpoint.find_dialog(names) is None
    assert alice.endpoint.dialog_names(ALICE) is None


def test_no_dialog_has_names_before_the_other_side_answers() -> None:
    network, alice, bob = pair()
    alice.endpoint.invite(ALICE, invite(bob), network.now)
    assert alice.endpoint.dialog_names(ALICE) is None


def test_the_memory_of_ended_dialogs_is_bounded() -> None:
    network, alice, bob = pair()
    session = establish(network, alice, bob)
    names = bob.endpoint.dialog_names(session)
    core = bob.endpoint._core
    alice.endpoint.hang_up(ALICE, network.now)
    network.run()
    assert names is not None and bob.endpoint.find_dialog(names) is not None
    for number in range(MAX_ENDED):
        core.remember_end((str(number), "", ""), session)
    assert bob.endpoint.find_dialog(names) is None and len(core.ended) == MAX_ENDED
