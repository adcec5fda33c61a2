"""RFC 4028: who refreshes, how often, and what happens when nobody does."""

from __future__ import annotations

import pytest

from switchroom.sip.events import EndCause, IncomingInvite, OfferReceived, SessionEnded
from switchroom.sip.flow import BindingRef, Transport
from switchroom.sip.message import parse_message
from switchroom.sip.session_timer import Agreement, TooBrief, agree, agreed, response_lines
from tests.harness.network import Network
from tests.sip.phones import ALICE, ANSWER, OFFER_2, establish, invite, only, pair
from tests.sip.raw import RawPhone


def settled(phone: RawPhone, extra: str) -> Agreement | TooBrief | None:
    request = parse_message(phone.request("INVITE", extra=extra).encode())
    return agree(request, 1800, 90)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ("", None),
        ("Session-Expires: 600\r\n", None),
        ("Supported: timer\r\n", Agreement(1800, True)),
        ("Supported: timer\r\nMin-SE: 2000\r\n", Agreement(2000, True)),
        ("Supported: timer\r\nSession-Expires: 600\r\n", Agreement(600, False)),
        ("Supported: 100rel, timer\r\nSession-Expires: 600;refresher=uac\r\n", Agreement(600, False)),
        ("Supported: timer\r\nSession-Expires: 600;refresher=uas\r\n", Agreement(600, True)),
        ("Supported: timer\r\nSession-Expires: 7200\r\n", Agreement(1800, False)),
        ("Supported: timer\r\nSession-Expires: 7200\r\nMin-SE: 3600\r\n", Agreement(3600, False)),
        ("k: timer\r\nx: 89\r\n", TooBrief(90)),
    ],
)
def test_what_the_called_side_settles_on(extra: str, expected: object) -> None:
    assert settled(RawPhone(), extra) == expected


def test_what_the_answer_says() -> None:
    assert response_lines(None) == ""
    assert response_lines(Agreement(600, True)) == "Session-Expires: 600;refresher=uas\r\n"
    assert "Require: timer" in response_lines(Agreement(600, False))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("600;refresher=uac", Agreement(600, True)),
        ("600;refresher=uas", Agreement(600, False)),
        ("600", Agreement(600, True)),
        ("5;refresher=uas", Agreement(90, False)),
        ("soon", None),
    ],
)
def test_what_the_caller_reads(value: str, expected: Agreement | None) -> None:
    response = f"SIP/2.0 200 OK\r\nSession-Expires: {value}\r\nContent-Length: 0\r\n\r\n"
    assert agreed(parse_message(response.encode())) == expected  # type: ignore[arg-type]


def test_too_short_an_interval_is_422_before_anybody_is_asked() -> None:
    phone = RawPhone()
    phone.send(phone.request("INVITE", body="offer", extra="Supported: timer\r\nSession-Expires: 30\r\n"))
    refused = phone.take_response(422)
    assert refused.headers.get("Min-SE") == "90"
    assert not phone.events
    assert phone.endpoint.sessions == 0


def refreshes(network: Network) -> list[tuple[str, str]]:
    return [
        (one.sender, one.method)
        for one in network.log
        if one.first_line.startswith(("UPDATE", "INVITE")) and one.at > 1001
    ]


def test_a_call_between_two_of_us_is_refreshed_by_update_and_lives_on() -> None:
    network, alice, bob = pair(session_expires=120)
    establish(network, alice, bob)
    network.run(600)
    assert not alice.of_kind(SessionEnded) and not bob.of_kind(SessionEnded)
    assert refreshes(network) == [("alice", "UPDATE")] * 10
    assert not bob.of_kind(OfferReceived)
    alice.endpoint.hang_up(ALICE, network.now)
    network.run(40)
    assert network.quiet


def test_without_update_the_refresh_is_a_re_invite_with_the_same_description() -> None:
    network, alice, bob = pair(session_expires=120, allowed=("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS"))
    establish(network, alice, bob)
    network.run(130)
    assert refreshes(network) == [("alice", "INVITE")] * 2
    assert not bob.of_kind(OfferReceived) and not alice.of_kind(SessionEnded)
    bodies = [one.data.split(b"\r\n\r\n", 1)[1] for one in network.log if one.first_line.startswith("INVITE")]
    assert len(set(bodies)) == 1


def test_a_side_that_is_gone_ends_the_session_with_a_bye_before_it_expires() -> None:
    network, alice, bob = pair(session_expires=120)
    establish(network, alice, bob)
    start = network.now
    alice.reachable = False  # the refresher dies
    network.drop = lambda sent: sent.sender == "alice"
    network.run(100)
    assert only(bob.of_kind(SessionEnded)).cause is EndCause.SESSION_EXPIRED
    bye = next(one for one in network.log if one.sender == "bob" and one.first_line.startswith("BYE"))
    assert bye.at - start == pytest.approx(120 - 32, abs=1)


def test_the_refresher_notices_that_the_other_side_is_gone() -> None:
    network, alice, bob = pair(session_expires=120)
    establish(network, alice, bob)
    bob.reachable = False
    network.run(150)
    assert only(alice.of_kind(SessionEnded)).cause in (EndCause.SESSION_EXPIRED, EndCause.DIALOG_GONE)
    network.run(40)
    assert alice.endpoint.next_timeout() is None


def test_issue_3_a_refresh_lost_on_an_old_connection_does_not_end_the_call_of_a_page_that_came_back() -> None:
    network = Network()
    alice = network.node("alice", Transport.WSS, session_expires=120)
    bob = network.node("bob", Transport.WSS)
    ref = BindingRef("bob's page")
    alice.bindings[ref] = network.flow(alice, bob, Transport.WSS)
    alice.endpoint.invite(ALICE, invite(bob, destination=ref), network.now)
    network.run()
    called = only(bob.of_kind(IncomingInvite)).session
    bob.endpoint.accept(called, ANSWER, network.now)
    network.run(59)
    network.drop = lambda sent: sent.method == "UPDATE"
    network.run(20)  # the refresh, at 60 s, is sent into a connection that nobody has closed
    network.drop = lambda _: False
    bob.endpoint.offer(called, OFFER_2, network.now)
    network.run(1)
    alice.endpoint.answer(ALICE, ANSWER, network.now)
    network.run(200)
    assert not alice.of_kind(SessionEnded)
    assert not bob.of_kind(SessionEnded)


def test_the_called_side_refreshes_when_it_was_asked_to() -> None:
    phone = RawPhone()
    extra = "Supported: timer\r\nAllow: INVITE, UPDATE\r\nSession-Expires: 200;refresher=uas\r\n"
    phone.established(extra)
    phone.pass_time(99)
    assert phone.requests() == []
    phone.pass_time(2)
    update = phone.requests()[0]
    assert update.method == "UPDATE" and update.body == b""
    assert update.headers.get("Session-Expires") == "200;refresher=uac"


def test_422_to_a_refresh_lengthens_the_interval() -> None:
    phone = RawPhone()
    phone.established("Supported: timer\r\nAllow: UPDATE\r\nSession-Expires: 200;refresher=uas\r\n")
    phone.pass_time(101)
    update = phone.requests()[0]
    response = update.response(422)
    response.headers.add("Min-SE", "400")
    phone.send(response.to_bytes())
    phone.pass_time(0)
    again = phone.requests()[0]
    assert (again.headers.get("Session-Expires"), again.headers.get("Min-SE")) == ("400;refresher=uac", "400")


def test_a_phone_that_says_405_to_update_is_refreshed_by_re_invite() -> None:
    phone = RawPhone()
    phone.established("Supported: timer\r\nAllow: UPDATE\r\nSession-Expires: 200;refresher=uas\r\n")
    phone.pass_time(101)
    phone.send(phone.requests()[0].response(405).to_bytes())
    phone.pass_time(0)
    again = phone.requests()[0]
    assert (again.method, again.body) == ("INVITE", b"answer")
