"""URIs: what is read, what is refused, what is equal (RFC 3261 §19.1)."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchroom.sip.errors import LocalProtocolError, RemoteProtocolError
from switchroom.sip.uri import OtherUri, SipUri, escape_user, parse_uri, unescape, uri_equal


def sip(text: str) -> SipUri:
    uri = parse_uri(text)
    assert isinstance(uri, SipUri)
    return uri


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sip:bob@pbx1", SipUri("sip", "bob", None, "pbx1")),
        ("SIP:bob@my_host", SipUri("sip", "bob", None, "my_host")),
        ("sips:example.com:5061", SipUri("sips", None, None, "example.com", 5061)),
        ("sip:[2001:db8::1]:5060;lr", SipUri("sip", None, None, "2001:db8::1", 5060, (("lr", None),))),
        ("sip:a?b@h", SipUri("sip", "a?b", None, "h")),
        ("sip:user;par=x@h", SipUri("sip", "user;par=x", None, "h")),
        ("sip:*72#@h", SipUri("sip", "*72#", None, "h")),
        ("sip:a:b@h;x=y", SipUri("sip", "a", "b", "h", None, (("x", "y"),))),
        (
            "sip:c@h?Replaces=1%40x%3Bto-tag%3Da&Subject=",
            SipUri("sip", "c", None, "h", None, (), (("Replaces", "1%40x%3Bto-tag%3Da"), ("Subject", ""))),
        ),
        ("tel:+4930123", OtherUri("tel", "+4930123")),
        ("urn:service:sos", OtherUri("urn", "service:sos")),
        ("MAILTO:a@b", OtherUri("mailto", "a@b")),
    ],
)
def test_a_uri_is_taken_apart(text: str, expected: SipUri | OtherUri) -> None:
    assert parse_uri(text) == expected
    assert parse_uri(str(expected)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sip:",
        "sip:@",
        "sip:a@",
        "sip:a@b@c",
        "sip:a b@c",
        "<sip:a@b>",
        "sip:a@b\r\nX: y",
        "sip:a@b:",
        "1:x",
        "sip:a@b:0",
        "sip:a@b:65536",
        "sip:a@b:123456",
        "sip:a@b;",
        "sip:a@b;=x",
        "sip:a@b?",
        "sip:a@b?x",
        "sip:a@[::1",
        "sip:a@b;x y",
        'sip:"a"@b',
        "tel:",
        "tel:1 2",
        "sip:a@b\x00",
        "sip:a@hé",
    ],
)
def test_what_is_no_uri_is_refused(text: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        parse_uri(text)
    assert caught.value.status == 400


def test_an_escaped_semicolon_in_the_user_stays_escaped() -> None:
    uri = sip("sip:a%3Bb@h")
    assert uri.username == "a;b"
    assert str(uri) == "sip:a%3Bb@h"
    assert not uri_equal(uri, sip("sip:a;b@h"))


@pytest.mark.parametrize(
    ("a", "b"),
    [  # RFC 3261 §19.1.4
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
    ],
)
def test_equal_uris(a: str, b: str) -> None:
    assert uri_equal(parse_uri(a), parse_uri(b))
    assert uri_equal(parse_uri(b), parse_uri(a))


@pytest.mark.parametrize(
    ("a", "b"),
    [  # RFC 3261 §19.1.4
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:a@b", "sips:a@b"),
        ("sip:a@b;user=phone", "sip:a@b"),
        ("sip:a@b;x=1", "sip:a@b;x=2"),
        ("sip:a:secret@b", "sip:a@b"),
        ("tel:1", "sip:1@b"),
    ],
)
def test_different_uris(a: str, b: str) -> None:
    assert not uri_equal(parse_uri(a), parse_uri(b))
    assert not uri_equal(parse_uri(b), parse_uri(a))


@pytest.mark.parametrize(
    "uri",
    [
        SipUri("sip", "a\r\nX: y", None, "h"),
        SipUri("sip", "a", None, "h", None, (("x", "1 2"),)),
        SipUri("sip", "a", None, "h", None, (), (("x", "<"),)),
        OtherUri("tel", "1\n"),
    ],
)
def test_no_uri_is_printed_with_a_break_or_a_bracket(uri: SipUri | OtherUri) -> None:
    with pytest.raises(LocalProtocolError):
        str(uri)


@given(st.text(st.characters(codec="utf-8")))
def test_any_user_name_survives_escaping(text: str) -> None:
    uri = SipUri("sip", escape_user(text), None, "h")
    if text:
        assert sip(str(uri)).username == text


@given(st.binary(max_size=40))
def test_escapes_of_any_bytes_are_resolved(raw: bytes) -> None:
    text = "".join(f"%{byte:02x}" for byte in raw)
    assert unescape(text).encode("utf-8", "surrogateescape") == raw


_plain = st.text(string.ascii_letters + string.digits + "-_.!~*'()&=+$,;?/", min_size=1, max_size=12)
_word = st.text(string.ascii_letters + string.digits + "-_.", min_size=1, max_size=12)
_hosts = st.one_of(
    _word, st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str).filter(lambda text: "%" not in text)
)
sip_uris = st.builds(
    SipUri,
    st.sampled_from(["sip", "sips"]),
    st.one_of(st.none(), _plain),
    st.none(),
    _hosts,
    st.one_of(st.none(), st.integers(1, 65535)),
    st.lists(st.tuples(_word, st.one_of(st.none(), _word)), max_size=3).map(tuple),
    st.lists(st.tuples(_word, _word), max_size=2).map(tuple),
)


@given(sip_uris)
def test_printing_and_reading_gives_the_same(uri: SipUri) -> None:
    assert parse_uri(str(uri)) == uri
    assert uri_equal(parse_uri(str(uri)), uri)


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        uri = parse_uri(text)
    except RemoteProtocolError:
        return
    assert parse_uri(str(uri)) == uri


@given(st.text("sip:@;?=&[]%a1.<> ", max_size=60))
def test_any_text_of_the_right_letters_is_read_or_refused(text: str) -> None:
    try:
        uri = parse_uri("sip:" + text)
    except RemoteProtocolError:
        return
    assert str(uri) == "sip:" + text
