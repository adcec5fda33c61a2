"""What the endpoint does before anybody is asked: matching, refusing, limiting, and finding the way back."""

from __future__ import annotations

import random

import pytest

from switchroom.sip.errors import LocalProtocolError
from switchroom.sip.events import (
    IncomingInvite,
    IncomingRequest,
    MessageDropped,
    RequestAnswered,
    RequestId,
    SessionConfirmed,
)
from switchroom.sip.flow import Address, Flow, Hop, Transport
from switchroom.sip.headers import NameAddr
from switchroom.sip.locate import Question, locate
from switchroom.sip.message import parse_message
from switchroom.sip.options import MAX_SOURCES, Buckets
from switchroom.sip.uri import parse_uri
from tests.sip.phones import ANSWER, only
from tests.sip.raw import HERE, THERE, UDP, RawPhone


def test_a_retransmitted_request_is_answered_from_memory() -> None:
    phone = RawPhone()
    message = phone.request("MESSAGE", body="hi")
    phone.send(message)
    phone.send(message)
    incoming = only(phone.of_kind(IncomingRequest))
    assert phone.responses() == []
    phone.endpoint.respond(incoming.transaction, 202, phone.now)
    first = phone.take_response(202)
    phone.send(message)
    assert phone.take_response(202) == first
    phone.pass_time(33)
    assert phone.endpoint.transactions == 0


def test_a_refusal_of_an_invite_is_repeated_until_its_ack() -> None:
    phone = RawPhone()
    incoming = phone.invite(body="offer")
    phone.endpoint.reject(incoming.session, 486, phone.now)
    phone.take_response(486)
    phone.pass_time(1.6)
    assert [response.status for response in phone.responses()] == [486, 486]
    phone.send(phone.request("ACK", cseq=1, branch="z9hG4bK-1"))
    phone.pass_time(10)
    assert phone.responses() == [] and phone.endpoint.transactions == 0


def test_the_same_request_by_two_ways_is_482() -> None:
    """RFC 3261 §8.2.2.2."""
    phone = RawPhone()
    phone.send(phone.request("INVITE", body="offer"))
    phone.send(phone.request("INVITE", body="offer", cseq=1, branch="z9hG4bK-another"))
    assert phone.take_response().status == 482
    assert len(phone.of_kind(IncomingInvite)) == 1


def test_an_rfc_2543_phone_is_matched_without_a_branch() -> None:
    phone = RawPhone()
    via = f"SIP/2.0/UDP {THERE}"
    message = phone.request("INVITE", body="offer", via=via)
    phone.send(message)
    phone.send(message)
    incoming = only(phone.of_kind(IncomingInvite))
    phone.responses()
    phone.endpoint.reject(incoming.session, 486, phone.now)
    tag = phone.take_response(486).to.tag
    phone.send(phone.request("ACK", cseq=1, via=via, to=f"<sip:202@example.org>;tag={tag}"))
    phone.pass_time(6)
    assert phone.responses() == [] and phone.endpoint.transactions == 0


def test_a_challenge_keeps_nothing() -> None:
    """RFC 3261 §8.2.7: strangers are challenged statelessly."""
    phone = RawPhone()
    phone.send(phone.request("REGISTER"))
    incoming = only(phone.of_kind(IncomingRequest))
    challenge = (("WWW-Authenticate", 'Digest realm="x", nonce="y"'),)
    phone.endpoint.respond(incoming.transaction, 401, phone.now, headers=challenge)
    assert phone.take_response(401).headers.get("WWW-Authenticate") == 'Digest realm="x", nonce="y"'
    call = phone.invite(body="offer")
    phone.endpoint.reject(call.session, 407, phone.now)
    phone.take_response(407)
    assert phone.endpoint.transactions == phone.endpoint.sessions == 0
    assert phone.endpoint.next_timeout() is None
    phone.send(phone.request("ACK", cseq=2, branch="z9hG4bK-2"))
    assert phone.sent == []
    # The retransmission is a new request to us; with credentials it goes on under a new CSeq.
    phone.send(phone.request("INVITE", body="offer"))
    assert len(phone.of_kind(IncomingInvite)) == 2


@pytest.mark.parametrize(
    ("via", "expected", "received"),
    [
        (f"SIP/2.0/UDP {THERE};branch=z9hG4bKa;rport", THERE, THERE.host),
        ("SIP/2.0/UDP 10.0.0.5:5099;branch=z9hG4bKa;rport", THERE, THERE.host),
        ("SIP/2.0/UDP 10.0.0.5:5099;branch=z9hG4bKa", Address(THERE.host, 5099), THERE.host),
        ("SIP/2.0/UDP phone.local;branch=z9hG4bKa", Address(THERE.host, 5060), THERE.host),
        ("SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa;maddr=203.0.113.9", Address(THERE.host, 5060), None),
    ],
)
def test_responses_go_back_as_rfc_3581_says(via: str, expected: Address, received: str | None) -> None:
    phone = RawPhone()
    phone.endpoint.receive(phone.request("OPTIONS", via=via).encode(), phone.flow, phone.now)
    transmit = phone.endpoint.poll_transmit()
    assert transmit is not None and transmit.to == Flow(Transport.UDP, HERE, expected)
    top = parse_message(transmit.data).top_via
    assert top.received == received
    assert top.rport == (THERE.port if "rport" in via else None)


def test_a_reply_on_a_connection_stays_on_it() -> None:
    flow = Flow(Transport.WS, HERE, THERE, 7)
    phone = RawPhone(flow)
    via = "SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bKa"
    phone.endpoint.receive(phone.request("OPTIONS", via=via).encode(), flow, phone.now)
    transmit = phone.endpoint.poll_transmit()
    assert transmit is not None and transmit.to is flow
    assert parse_message(transmit.data).top_via.received == THERE.host


def test_all_values_of_several_vias_come_back_in_order() -> None:
    phone = RawPhone()
    via = f"SIP/2.0/UDP {THERE};branch=z9hG4bKa;rport, SIP/2.0/TCP a.example.org;branch=b"
    message = phone.request("OPTIONS", via=via).replace("Max-For", "v: SIP/2.0/UDP c.example.org\r\nMax-For")
    phone.send(message)
    response = phone.take_response(200)
    assert [value.host for value in response.vias] == [THERE.host, "a.example.org", "c.example.org"]
    assert response.vias[0].rport == THERE.port


@pytest.mark.parametrize(
    ("method", "extra", "uri", "status", "header"),
    [
        ("MESSAGE", "Require: 100rel, gruu, foo\r\n", "sip:a@b", 420, ("Unsupported", "gruu, foo")),
        ("WHATEVER", "", "sip:a@b", 501, None),
        ("MESSAGE", "", "http:a@b", 416, None),
        ("INVITE", "Max-Forwards: 0\r\n", "sip:a@b", 400, None),
        ("BYE", "", "sip:a@b", 481, None),
        ("PRACK", "RAck: 1 1 INVITE\r\n", "sip:a@b", 481, None),
        ("UPDATE", "", "sip:a@b", 481, None),
        ("CANCEL", "", "sip:a@b", 481, None),
        ("INVITE", "Supported: timer\r\nSession-Expires: x\r\n", "sip:a@b", 400, None),
        ("INVITE", "Contact: <tel:+39012345>\r\n", "sip:a@b", 400, None),
    ],
)
def test_refused_at_the_door(
    method: str, extra: str, uri: str, status: int, header: tuple[str, str] | None
) -> None:
    phone = RawPhone()
    phone.send(phone.request(method, extra=extra, uri=uri))
    response = phone.take_response()
    assert response.status == status and response.to.tag
    if header is not None:
        assert response.headers.get(header[0]) == header[1]
    phone.pass_time(40)
    assert not [event for event in phone.events if not isinstance(event, MessageDropped)]
    assert phone.endpoint.sessions == phone.endpoint.transactions == 0


def test_an_invite_that_may_not_go_further_is_483() -> None:
    phone = RawPhone()
    phone.send(phone.request("INVITE", body="offer").replace("Max-Forwards: 70", "Max-Forwards: 0"))
    assert phone.take_response().status == 483


def test_methods_that_are_switched_off_are_405_with_allow() -> None:
    phone = RawPhone(allowed=("INVITE", "ACK", "BYE", "CANCEL"))
    phone.send(phone.request("PUBLISH"))
    response = phone.take_response(405)
    assert response.headers.get("Allow") == "INVITE, ACK, BYE, CANCEL"


@pytest.mark.parametrize(
    ("extra", "body", "status"),
    [
        ("Content-Type: text/plain\r\n", "hello", 415),
        ("Content-Type: application/sdp\r\nContent-Encoding: gzip\r\n", "x", 415),
        ("Accept: text/plain\r\n", "", 406),
        ("Accept: application/*;q=0.3\r\n", "", None),
        ("Content-Type: text/plain\r\nContent-Disposition: session; handling=optional\r\n", "hello", None),
    ],
)
def test_what_an_invite_may_carry(extra: str, body: str, status: int | None) -> None:
    phone = RawPhone()
    message = phone.request("INVITE", extra=extra).replace(
        "Content-Length: 0", f"Content-Length: {len(body)}"
    )
    phone.send(message + body)
    assert [response.status for response in phone.responses()] == ([] if status is None else [status])


def test_a_description_inside_a_multipart_body_is_found() -> None:
    phone = RawPhone()
    body = (
        "--edge\r\nContent-Type: text/plain\r\n\r\nhello\r\n--edge\r\n"
        "Content-Type: application/sdp\r\n\r\nv=0\r\n\r\n--edge--\r\n"
    )
    extra = 'Content-Type: multipart/mixed;boundary="edge"\r\n'
    message = phone.request("INVITE", extra=extra).replace(
        "Content-Length: 0", f"Content-Length: {len(body)}"
    )
    phone.send(message + body)
    assert only(phone.of_kind(IncomingInvite)).sdp == b"v=0\r\n\r\n"


def test_options_is_answered_statelessly_and_says_what_we_can() -> None:
    phone = RawPhone(is_local=lambda host: host == "pbx.example.org")
    message = phone.request("OPTIONS", uri="sip:pbx.example.org")
    phone.send(message)
    phone.send(message)
    first, second = phone.responses()
    assert first == second and first.to.tag
    assert "INVITE" in first.allow and "timer" in first.supported
    assert phone.endpoint.transactions == 0
    phone.send(phone.request("OPTIONS", uri="sip:victim.example.net"))
    assert phone.responses() == []
    phone.send(phone.request("OPTIONS", uri="sip:198.51.100.1"))
    assert phone.take_response().status == 200


def test_options_are_limited_per_source_in_bounded_memory() -> None:
    phone = RawPhone(options_rate=20.0, options_burst=100.0)
    for _ in range(300):
        phone.send(phone.request("OPTIONS"))
    assert len(phone.responses()) == 100
    other = Flow(Transport.UDP, HERE, Address("192.0.2.200", 5060))
    phone.send(phone.request("OPTIONS"), other)
    assert len(phone.responses()) == 1
    phone.pass_time(1)
    for _ in range(50):
        phone.send(phone.request("OPTIONS"))
    assert len(phone.responses()) == 20
    buckets = Buckets(1, 1)
    for number in range(3 * MAX_SOURCES):
        assert buckets.take(f"source {number}", 0.0)
    assert len(buckets) == MAX_SOURCES


@pytest.mark.parametrize("flag", ["draining", "overloaded"])
def test_new_calls_get_503_when_draining_or_overloaded(flag: str) -> None:
    phone = RawPhone()
    phone.established()
    setattr(phone.endpoint, flag, True)
    phone.call_id, tag = "other", phone.remote_tag
    phone.remote_tag = ""
    phone.send(phone.request("INVITE", body="offer"))
    assert int(phone.take_response(503).headers.get("Retry-After") or "") > 0
    phone.send(phone.request("REGISTER"))
    assert len(phone.of_kind(IncomingRequest)) == 1
    phone.call_id, phone.remote_tag = "raw-call", tag
    phone.send(phone.request("BYE"))
    assert phone.take_response().status == 200


def test_the_transaction_table_is_bounded() -> None:
    phone = RawPhone(max_transactions=10)
    for number in range(40):
        phone.call_id = f"call {number}".replace(" ", "-")
        phone.send(phone.request("MESSAGE"))
    assert len(phone.of_kind(IncomingRequest)) == 10 and phone.endpoint.transactions == 10
    refused = phone.responses()
    assert [response.status for response in refused] == [503] * 30
    assert all("Retry-After" in response.headers for response in refused)


def test_a_response_whose_connection_is_gone_goes_to_the_new_one() -> None:
    old = Flow(Transport.WS, HERE, THERE, 1)
    new = Flow(Transport.WS, HERE, Address(THERE.host, 6000), 2)
    places: dict[str, Flow | Hop] = {"phone": old}
    phone = RawPhone(old, flow_of=places.get)
    incoming = phone.invite(body="offer")
    from switchroom.sip.flow import BindingRef

    phone.endpoint.bind(incoming.session, BindingRef("phone"))
    places["phone"] = new
    phone.endpoint.accept(incoming.session, ANSWER, phone.now)
    first = phone.endpoint.poll_transmit()
    assert first is not None and first.to is old
    phone.endpoint.transmit_failed(first.key, phone.now)
    second = phone.endpoint.poll_transmit()
    assert second is not None and second.to is new and second.data == first.data
    phone.endpoint.transmit_failed(second.key, phone.now)
    assert phone.endpoint.poll_transmit() is None  # once only
    phone.flow = new
    phone.send(phone.ack(parse_message(second.data)))  # type: ignore[arg-type]
    assert only(phone.of_kind(SessionConfirmed)).session == incoming.session
    phone.endpoint.hang_up(incoming.session, phone.now)
    bye = phone.endpoint.poll_transmit()
    assert bye is not None and bye.to is new


def test_requests_outside_sessions() -> None:
    phone = RawPhone()
    me = NameAddr.parse("<sip:system@example.org>")
    phone.endpoint.send_request(
        RequestId("n"),
        "NOTIFY",
        "sip:201@192.0.2.9:5062",
        destination=UDP,
        from_=me,
        to=NameAddr.parse("<sip:201@example.org>"),
        headers=(("Event", "message-summary"),),
        body=b"Messages-Waiting: yes\r\n",
        content_type="application/simple-message-summary",
        now=phone.now,
    )
    request = only(phone.requests())
    assert request.headers.get("Event") == "message-summary" and request.from_.tag
    phone.send(request.response(200).to_bytes())
    assert only(phone.of_kind(RequestAnswered)).status == 200
    with pytest.raises(LocalProtocolError):
        phone.endpoint.send_request(RequestId("x"), "INVITE", "sip:a@b", from_=me, to=me, now=phone.now)
    with pytest.raises(LocalProtocolError):
        phone.endpoint.send_request(
            RequestId("x"), "MESSAGE", "sip:a@192.0.2.1", from_=me, to=me, headers=(("X", "a\r\nb"),), now=1.0
        )


def test_a_request_the_owner_never_answers_is_forgotten_after_64_t1() -> None:
    """RFC 4320: after that nobody waits, and a 408 would only do harm."""
    phone = RawPhone()
    phone.send(phone.request("MESSAGE"))
    incoming = only(phone.of_kind(IncomingRequest))
    phone.pass_time(33)
    assert phone.endpoint.transactions == 0 and phone.responses() == []
    phone.endpoint.respond(incoming.transaction, 200, phone.now)
    assert phone.responses() == []


def test_unanswered_requests_are_408_and_unreachable_ones_503() -> None:
    phone = RawPhone()
    me = NameAddr.parse("<sip:system@example.org>")
    for name, uri in (("lost", "sip:a@192.0.2.9"), ("nowhere", "sip:a@b.invalid")):
        phone.endpoint.send_request(RequestId(name), "MESSAGE", uri, from_=me, to=me, now=phone.now)
    phone.pass_time(33)
    answered = {event.request: event.status for event in phone.of_kind(RequestAnswered)}
    assert answered == {"lost": 408, "nowhere": 503}


def test_tags_and_branches_are_not_repeated() -> None:
    phone = RawPhone()
    tags = set()
    for number in range(50):
        phone.call_id = f"call-{number}"
        phone.remote_tag = ""
        phone.events.clear()
        call = phone.invite(body="offer")
        phone.endpoint.reject(call.session, 404, phone.now)
        tags.add(phone.take_response().to.tag)
    assert len(tags) == 50 and all(len(tag or "") >= 16 for tag in tags)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("sip:a@192.0.2.1", (Hop(Transport.UDP, Address("192.0.2.1", 5060)),)),
        ("sip:a@[2001:db8::1]:5070;transport=tcp", (Hop(Transport.TCP, Address("2001:db8::1", 5070)),)),
        ("sips:a@192.0.2.1", (Hop(Transport.TLS, Address("192.0.2.1", 5061)),)),
        ("sips:a@192.0.2.1;transport=ws", (Hop(Transport.WSS, Address("192.0.2.1", 5061)),)),
        ("sip:a@example.org", Question("example.org", None, None, False)),
        ("sip:a@example.org:5080;transport=tls", Question("example.org", 5080, Transport.TLS, False)),
        ("sip:a@x.invalid;transport=ws", ()),
        ("sip:a@192.0.2.1;transport=sctp", ()),
        ("tel:+39012345", ()),
    ],
)
def test_where_a_uri_leads(uri: str, expected: object) -> None:
    assert locate(parse_uri(uri)) == expected


def test_mutated_messages_never_raise_and_leave_nothing_behind() -> None:
    chance = random.Random(4)
    phone = RawPhone()
    templates = [
        phone.request("INVITE", body="offer", extra="Supported: timer\r\nRequire: 100rel\r\n"),
        phone.request("REGISTER"),
        phone.request("OPTIONS"),
        phone.request("CANCEL", branch="z9hG4bK-1", cseq=1),
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKx\r\n"
        "From: <sip:a@b>;tag=1\r\nTo: <sip:b@c>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n",
    ]
    for number in range(10_000):
        data = bytearray(templates[number % len(templates)].encode())
        for _ in range(chance.randrange(1, 6)):
            where = chance.randrange(len(data))
            match chance.randrange(4):
                case 0:
                    data[where] = chance.randrange(256)
                case 1:
                    del data[where : where + chance.randrange(1, 20)]
                case 2:
                    data[where:where] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 9)))
                case _:
                    data[where:where] = data[: chance.randrange(60)]
        phone.endpoint.receive(bytes(data), phone.flow, phone.now)
        phone.drain()
        for event in phone.events:
            if isinstance(event, IncomingInvite):
                phone.endpoint.reject(event.session, 404, phone.now)
            elif isinstance(event, IncomingRequest):
                phone.endpoint.respond(event.transaction, 404, phone.now)
        phone.drain()
        phone.events.clear()
        phone.sent.clear()
        if number % 100 == 0:
            phone.pass_time(1)
    phone.pass_time(100)
    assert phone.endpoint.transactions == phone.endpoint.sessions == 0
    assert phone.endpoint.next_timeout() is None
    assert not phone.endpoint._core.dialogs and not phone.endpoint._core.merged
