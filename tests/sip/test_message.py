"""Messages: reading, printing, limits, and that nothing printed can carry a line break of its own."""

from __future__ import annotations

import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchroom.sip.errors import LocalProtocolError, RemoteProtocolError
from switchroom.sip.header_lines import MAX_LINE
from switchroom.sip.headers import STAR, NameAddr
from switchroom.sip.message import (
    MAX_LINES,
    MAX_MESSAGE,
    Headers,
    Request,
    Response,
    parse_message,
    validate,
)
from switchroom.sip.uri import SipUri

INVITE = (
    b"INVITE sip:202@pbx.example SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport\r\n"
    b"V: SIP/2.0/TCP 192.0.2.2;branch=z9hG4bK0\r\n"
    b"Record-Route: <sip:edge;lr>\r\n"
    b'f: "A" <sip:201@pbx.example>;tag=a\r\n'
    b"t: <sip:202@pbx.example>\r\n"
    b"i: 1@192.0.2.1\r\n"
    b"CSeq: 1 INVITE\r\n"
    b"m: <sip:201@192.0.2.1>\r\n"
    b"k: timer, 100rel\r\n"
    b"X-Odd : \xff\xfe\r\n"
    b"c: application/sdp;charset=x\r\n"
    b"l: 3\r\n"
    b"\r\n"
    b"v=0"
)


def request(data: bytes = INVITE) -> Request:
    message = parse_message(data)
    assert isinstance(message, Request)
    return message


def refusal(data: bytes) -> RemoteProtocolError:
    with pytest.raises(RemoteProtocolError) as caught:
        validate(request(data))
    return caught.value


def test_compact_names_are_long_names() -> None:
    message = request()
    assert message.headers.get("Via") == "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport"
    assert [via.transport for via in message.vias] == ["UDP", "TCP"]
    assert message.top_via == message.vias[0]
    assert message.from_ == NameAddr("A", SipUri("sip", "201", None, "pbx.example"), (("tag", "a"),))
    assert message.call_id == "1@192.0.2.1"
    assert message.supported == ("timer", "100rel")
    assert message.content_type == "application/sdp"
    assert message.require == ()
    assert message.expires is None


def test_an_unchanged_message_is_printed_to_the_byte() -> None:
    message = request()
    validate(message)
    assert message.to_bytes() == INVITE


def test_a_byte_that_is_no_utf8_survives() -> None:
    message = request()
    assert (message.headers.get("x-odd") or "").encode("utf-8", "surrogateescape") == b"\xff\xfe"


def test_what_follows_the_body_is_ignored() -> None:
    assert request(INVITE + b"INVITE sip:x SIP/2.0\r\n").body == b"v=0"


def test_without_content_length_the_body_goes_to_the_end() -> None:
    assert request(INVITE.replace(b"l: 3\r\n", b"")).body == b"v=0"


def test_line_breaks_before_a_message_are_skipped() -> None:
    assert request(b"\r\n\r\n" + INVITE).method == "INVITE"


def test_a_folded_line_is_one_line() -> None:
    message = request(INVITE.replace(b"k: timer, 100rel", b"k:\r\n timer,\r\n\t  100rel"))
    assert message.supported == ("timer", "100rel")
    assert b"k: timer, 100rel\r\n" in message.to_bytes()


def test_parsed_values_follow_changes() -> None:
    message = request()
    assert len(message.vias) == 2
    message.headers.insert_first("Via", "SIP/2.0/WS x.invalid;branch=z9hG4bK2")
    assert [via.transport for via in message.vias] == ["WS", "UDP", "TCP"]
    message.headers.set_first("Via", "SIP/2.0/TLS y;branch=z9hG4bK3")
    assert message.top_via.transport == "TLS"
    message.headers.remove("via")
    assert len(message.vias) == 0
    assert message.cseq.number == 1
    message.headers.set("CSeq", "2 INVITE")
    assert message.cseq.number == 2
    message.headers.set("k", "path")
    assert message.headers.count("Supported") == 1
    assert message.supported == ("path",)


def test_set_leaves_one_line_where_the_first_stood() -> None:
    headers = Headers([("A", "1"), ("B", "2"), ("a", "3")])
    headers.set("A", "4")
    assert list(headers.items()) == [("A", "4"), ("B", "2")]
    assert headers.get_all("a") == ["4"]
    headers.set("C", "5")
    assert (len(headers), "c" in headers, "d" in headers) == (3, True, False)


def test_a_copy_is_independent() -> None:
    message = request()
    copy = message.headers.copy()
    copy.set("CSeq", "9 INVITE")
    copy.add("X", "y")
    assert message.to_bytes() == INVITE
    assert (copy.get("cseq"), copy.get("x"), message.headers.get("x")) == ("9 INVITE", "y", None)


def test_a_response_copies_what_it_must() -> None:
    answer = request().response(180, to_tag="b", record_route=True)
    assert answer.to_bytes() == (
        b"SIP/2.0 180 Ringing\r\n"
        b"v: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport\r\n"
        b"V: SIP/2.0/TCP 192.0.2.2;branch=z9hG4bK0\r\n"
        b"Record-Route: <sip:edge;lr>\r\n"
        b'f: "A" <sip:201@pbx.example>;tag=a\r\n'
        b"t: <sip:202@pbx.example>;tag=b\r\n"
        b"i: 1@192.0.2.1\r\n"
        b"CSeq: 1 INVITE\r\n"
        b"Content-Length: 0\r\n\r\n"
    )
    assert answer.to.tag == "b"
    assert len(answer.vias) == 2


def test_a_tag_in_to_is_kept() -> None:
    message = request(INVITE.replace(b"t: <sip:202@pbx.example>", b"t: <sip:202@pbx.example>;tag=x"))
    assert message.response(200, to_tag="b").to.tag == "x"


@pytest.mark.parametrize("content", [b"", b"123456789"])
def test_content_length_is_set_when_printing(content: bytes) -> None:
    message = request()
    message.body = content
    printed = message.to_bytes()
    assert printed.count(b"Content-Length") == 1
    assert b"l: 3" not in printed
    assert request(printed).body == content


@pytest.mark.parametrize("value", ["a\r\nb", "a\rb", "a\nb", "\r\n"])
def test_a_line_break_can_not_be_printed(value: str) -> None:
    headers = Headers([("A", "1")])
    for act in (headers.add, headers.set, headers.set_first, headers.insert_first):
        with pytest.raises(LocalProtocolError):
            act("A", value)
        with pytest.raises(LocalProtocolError):
            act(value, "1")
    for message in (
        Request(value, "sip:a@b"),
        Request("INVITE", value),
        Response(200, value),
    ):
        with pytest.raises(LocalProtocolError):
            message.to_bytes()
    with pytest.raises(LocalProtocolError):
        request().response(200, to_tag=value)


def test_text_without_utf8_form_is_not_printed() -> None:
    with pytest.raises(LocalProtocolError):
        Response(200, "\ud800").to_bytes()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"CSeq: 1 INVITE\r\n", b""),
        (b"CSeq: 1 INVITE\r\n", b"CSeq: 1 BYE\r\n"),
        (b"CSeq: 1 INVITE\r\n", b"CSeq: 1 invite\r\n"),
        (b"CSeq: 1 INVITE\r\n", b"CSeq: 1 INVITE\r\nCSeq: 1 INVITE\r\n"),
        (b"i: 1@192.0.2.1\r\n", b""),
        (b"i: 1@192.0.2.1\r\n", b"i:\r\n"),
        (b"i: 1@192.0.2.1\r\n", b"i: a b\r\n"),
        (b"t: <sip:202@pbx.example>", b"t: <sip:202@"),
        (b"m: <sip:201@192.0.2.1>", b"m: *"),
        (b"m: <sip:201@192.0.2.1>", b"m: <sip:201@192.0.2.1>, *"),
        (b"l: 3", b"l: 4"),
        (b"l: 3", b"l: -1"),
        (b"l: 3", b"l: 3 3"),
        (b"l: 3", b"l: \xc2\xb3"),
        (b"l: 3", b"l: 3\r\nContent-Length: 2"),
        (b"l: 3", b"l: " + b"9" * 5000),
        (b"l: 3", b"Max-Forwards: 256"),
        (b"l: 3", b"Max-Forwards: 1\r\nMax-Forwards: 1"),
        (b"X-Odd :", b"X Odd:"),
        (b"X-Odd :", b"X-Odd"),
        (b"X-Odd : ", b": "),
        (b"X-Odd :", b"CSeq"),
        (b"X-Odd : ", b"X-Odd : \r"),
        (b"X-Odd : ", b"X-Odd : \n"),
        (b"\r\n\r\nv=0", b"\r\n"),
        (b"SIP/2.0\r\n", b"SIP/2.0\r\n folded: 1\r\n"),
        (b"sip:202@pbx.example SIP", b"sip:202@pbx.example?a=b SIP"),
        (b"sip:202@pbx.example SIP", b"sip:202@pbx. example SIP"),
        (b"INVITE sip:202@pbx.example SIP", b"INVITE  sip:202@pbx.example SIP"),
    ],
)
def test_a_bad_request_is_refused_with_an_answer(old: bytes, new: bytes) -> None:
    assert INVITE.count(old) == 1
    error = refusal(INVITE.replace(old, new))
    assert error.status == 400
    assert error.message is not None
    assert error.message.response(400).to_bytes().startswith(b"SIP/2.0 400 Bad Request\r\nv: SIP/2.0/UDP")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"\x00" * 100,
        b"hello there world\r\n\r\n",
        b"INVITE\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"INV(ITE sip:a SIP/2.0\r\n\r\n",
        b"SIP/2.0 20 OK\r\n\r\n",
        b"SIP/2.0 2000 OK\r\n\r\n",
        b"SIP/2.0 700 OK\r\n\r\n",
        b"SIP/2.0 200\r\n\r\n",
        b"SIP/3.0 200 OK\r\n\r\n",
        b"SIP/2.0 \xc2\xb200 OK\r\n\r\n",
        b"SIP/2.0 200 OK\r\nX\r\n\r\n",
        INVITE.replace(b"v: ", b"x: ").replace(b"V: ", b"x: ").replace(b"l: 3", b"l: x"),
    ],
)
def test_what_can_not_be_answered_is_refused_without_message(data: bytes) -> None:
    error = refusal(data)
    assert error.message is None


def test_another_version_is_refused_with_505() -> None:
    error = refusal(INVITE.replace(b"SIP/2.0\r\n", b"SIP/7.0\r\n", 1))
    assert (error.status, error.message is not None) == (505, True)


def test_star_is_a_contact_of_register_only() -> None:
    data = INVITE.replace(b"INVITE", b"REGISTER").replace(b"m: <sip:201@192.0.2.1>", b"m: *")
    message = request(data)
    validate(message)
    assert message.contacts is STAR


def test_limits() -> None:
    def with_lines(lines: bytes) -> bytes:
        return INVITE.replace(b"l: 3\r\n", lines + b"l: 3\r\n")

    assert refusal(with_lines(b"A: 1\r\n" * MAX_LINES)).status == 400
    assert refusal(with_lines(b"A: " + b"x" * MAX_LINE + b"\r\n")).status == 400
    assert refusal(with_lines(b"A: 1\r\n" + b" x\r\n" * MAX_LINE)).status == 400
    assert refusal(with_lines(b"v: SIP/2.0/UDP x\r\n" * 70)).status == 513
    assert refusal(with_lines(b"m: <sip:a@b>\r\n" * 65)).status == 400
    assert refusal(with_lines(b"m: " + b"<sip:a@b>," * 65 + b"<sip:a@b>\r\n")).status == 400
    assert refusal(INVITE + b" " * MAX_MESSAGE).status == 513
    assert refusal(INVITE.replace(b"202", b"2" * MAX_LINE)).status == 414
    validate(request(with_lines(b"A: 1\r\n" * 200)))


def test_hostile_messages_take_no_longer() -> None:
    fillers = [
        b"A: 1\r\n",
        b"A:\r\n 1\r\n",
        b"\x01\r\n",
        b":\r\n",
        b"A: " + b" " * 8000 + b"\r\n",
        b"\xff: 1\r\n",
        b"v: " + b"," * 8000 + b"\r\n",
        b'f: "\\' + b'"\\' * 4000 + b"\r\n",
        b"\r",
        b"\n",
        b" ",
        b"\r\n ",
    ]
    started = time.thread_time()
    for filler in fillers:
        data = INVITE.replace(b"v: ", filler * (60000 // len(filler)) + b"v: ", 1)
        try:
            validate(request(data))
        except RemoteProtocolError:
            continue
    assert (time.thread_time() - started) / len(fillers) < 0.1


_tokens = st.text(string.ascii_letters + string.digits + "-.!%*_+`'~", min_size=1, max_size=10)
_values = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=30).map(
    lambda t: t.strip(" \t")
)
_fields = st.lists(
    st.tuples(_tokens.filter(lambda name: name.lower() not in ("l", "content-length")), _values), max_size=8
)
_bodies = st.binary(max_size=60)


@given(_tokens, _fields, _bodies)
def test_a_request_reads_back(method: str, fields: list[tuple[str, str]], body: bytes) -> None:
    message = Request(method, "sip:a@b;x=y", Headers(fields), body)
    again = request(message.to_bytes())
    assert (again.method, again.uri, again.body) == (method, "sip:a@b;x=y", body)
    assert list(again.headers.items()) == [*fields, ("Content-Length", str(len(body)))]
    assert again.to_bytes() == message.to_bytes()


@given(st.integers(100, 699), _values, _fields, _bodies)
def test_a_response_reads_back(status: int, reason: str, fields: list[tuple[str, str]], body: bytes) -> None:
    printed = Response(status, reason, Headers(fields), body).to_bytes()
    again = parse_message(printed)
    assert isinstance(again, Response)
    assert (again.status, again.reason, again.body) == (status, reason, body)
    assert again.to_bytes() == printed


@given(st.integers(0, len(INVITE)), st.integers(0, len(INVITE)), st.binary(max_size=20))
def test_any_damage_is_refused_or_read(start: int, end: int, middle: bytes) -> None:
    data = INVITE[:start] + middle + INVITE[end:]
    try:
        message = parse_message(data)
        if isinstance(message, Request):
            validate(message)
    except RemoteProtocolError as error:
        if error.message is not None:
            error.message.response(error.status, to_tag="t").to_bytes()
        return
    assert parse_message(message.to_bytes()).to_bytes() == message.to_bytes()
