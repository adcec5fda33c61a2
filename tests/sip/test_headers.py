"""Header values: what ordinary phones send, what is refused, and printing that reads back equal."""

from __future__ import annotations

import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchroom.sip.errors import LocalProtocolError, RemoteProtocolError
from switchroom.sip.grammar import quote, split_values, unquote
from switchroom.sip.headers import (
    Challenge,
    Credentials,
    CSeq,
    NameAddr,
    RAck,
    Reason,
    Replaces,
    SessionExpires,
    Via,
    parse_tokens,
)
from switchroom.sip.uri import OtherUri, SipUri, parse_uri
from tests.sip.test_uri import sip_uris


def test_two_contacts_in_one_line_are_two() -> None:
    line = (
        '"Mr. Watson" <sip:watson@worcester.bell-telephone.com>;q=0.7; expires=3600, '
        '"Mr. Watson" <mailto:watson@bell-telephone.com> ;q=0.1'
    )
    first, second = NameAddr.parse_many([line])
    assert (first.display_name, first.q, first.expires) == ("Mr. Watson", 0.7, 3600)
    assert (second.uri, second.q, second.expires) == (
        OtherUri("mailto", "watson@bell-telephone.com"),
        0.1,
        None,
    )


def test_an_instance_id_keeps_its_quotes() -> None:
    text = '<sip:201@192.0.2.1:5060>;reg-id=1;+sip.instance="<urn:uuid:0-1;2,3>"'
    address = NameAddr.parse(text)
    assert address.param("+sip.instance") == "<urn:uuid:0-1;2,3>"
    assert str(address) == text
    assert NameAddr.parse_many([f"{text}, {text}"]) == (address, address)


@pytest.mark.parametrize(
    ("text", "display", "uri"),
    [
        ("sip:a@b;tag=1", "", "sip:a@b"),
        ("<sip:a@b;tag=1>", "", "sip:a@b;tag=1"),
        ('"a \\"<,;>\\\\ b" <sip:a@b>', 'a "<,;>\\ b', "sip:a@b"),
        ("Two Words<sip:a@b>", "Two Words", "sip:a@b"),
        ("Müller 李 <sip:a@b>", "Müller 李", "sip:a@b"),
        ('"" <sip:a@b>', "", "sip:a@b"),
        ("<sip:c@h?Replaces=1%40x>", "", "sip:c@h?Replaces=1%40x"),
        ("<sip:[::1]:5060>", "", "sip:[::1]:5060"),
        ("tel:+49301234;x=y", "", "tel:+49301234"),
    ],
)
def test_an_address_is_taken_apart(text: str, display: str, uri: str) -> None:
    address = NameAddr.parse(text)
    assert (address.display_name, address.uri) == (display, parse_uri(uri))
    assert NameAddr.parse(str(address)) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<>",
        "<sip:a@b",
        "sip:a@b>",
        '"a <sip:a@b>',
        "a, b <sip:a@b>",
        "sip:a@b,sip:c@d",
        "sip:a@b?x=y",
        "<sip:a@b> rubbish",
        "<sip:a@b>;",
        "<sip:a@b>;;x",
        "<sip:a@b>;=x",
        '<sip:a@b>;x="',
        "< sip:a@b >",
        "a b",
        '"a" "b" <sip:a@b>',
        "<sip:a@b>;x=1 2",
        "<sip:a@b>;x=",
    ],
)
def test_a_malformed_address_is_refused(text: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        NameAddr.parse(text)
    assert caught.value.status == 400


def test_a_display_name_with_a_line_break_is_not_printed() -> None:
    with pytest.raises(LocalProtocolError):
        str(NameAddr("a\r\nVia: x", SipUri("sip", "a", None, "b")))


def test_an_expires_beyond_all_bounds_is_the_longest() -> None:
    assert NameAddr.parse(f"<sip:a@b>;expires={'9' * 5000}").expires == 2**32 - 1
    assert NameAddr.parse("<sip:a@b>;expires=-1").expires is None
    assert NameAddr.parse(f"<sip:a@b>;expires={'0' * 50}60").expires == 60


def test_a_tag_is_set_once() -> None:
    address = NameAddr.parse("<sip:a@b>;TAG=1;x=y").with_tag("2")
    assert str(address) == "<sip:a@b>;x=y;tag=2"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SIP/2.0/UDP h", Via("UDP", "h")),
        (
            "sip / 2.0 / tls  [2001:db8::9] : 5061 ; branch = z",
            Via("TLS", "2001:db8::9", 5061, (("branch", "z"),)),
        ),
        (
            "SIP/2.0/WSS df7jal23ls0d.invalid;rport",
            Via("WSS", "df7jal23ls0d.invalid", None, (("rport", None),)),
        ),
    ],
)
def test_a_via_is_taken_apart(text: str, expected: Via) -> None:
    assert Via.parse(text) == expected
    assert Via.parse(str(expected)) == expected


def test_received_may_be_a_bare_ipv6_address() -> None:
    via = Via.parse("SIP/2.0/UDP h;received=2001:db8::1;rport=5062")
    assert (via.received, via.rport, via.wants_rport) == ("2001:db8::1", 5062, True)
    assert Via.parse("SIP/2.0/UDP h;received=[2001:db8::1]").received == "2001:db8::1"


def test_the_source_is_written_into_a_via() -> None:
    via = Via.parse("SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bK1;received=9.9.9.9")
    assert str(via.with_source("192.0.2.7", 999)) == (
        "SIP/2.0/UDP 10.0.0.1:5060;rport=999;branch=z9hG4bK1;received=192.0.2.7"
    )
    plain = Via.parse("SIP/2.0/UDP 10.0.0.1;branch=z")
    assert plain.with_source("10.0.0.1", 5060) == plain


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SIP/2.0/UDP",
        "SIP/3.0/UDP h",
        "UDP h",
        "SIP/2.0/UDP h:0x",
        "SIP/2.0/UDP h;;",
        "SIP/2.0/UDPh",
        "SIP/2.0/UDP h, SIP/2.0/UDP i",
        "SIP/2.0/UDP h:99999",
    ],
)
def test_a_malformed_via_is_refused(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        Via.parse(text)


def test_more_vias_than_hops_are_refused() -> None:
    line = ", ".join(["SIP/2.0/UDP h"] * 40)
    with pytest.raises(RemoteProtocolError) as caught:
        Via.parse_many([line, line])
    assert caught.value.status == 513


@pytest.mark.parametrize(
    "text", ["", "1", "INVITE", "1 INV ITE", "-1 INVITE", "2147483648 INVITE", "1 (", "² INVITE"]
)
def test_a_malformed_cseq_is_refused(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        CSeq.parse(text)


def test_numbers_and_lists_read_back() -> None:
    for value in (
        CSeq(2**31 - 1, "INVITE"),
        RAck(1, 2, "INVITE"),
        SessionExpires(90, "uas"),
        SessionExpires(1800),
        Reason("SIP", 200, "Call completed elsewhere"),
        Reason("Q.850", 16),
        Replaces("a@b", "t", "f", True),
    ):
        assert type(value).parse(str(value)) == value
    assert parse_tokens(["100rel, timer", "", " path ,"]) == ("100rel", "timer", "path")
    with pytest.raises(RemoteProtocolError):
        parse_tokens(["a b"])


def test_reasons_that_can_not_be_read_are_left_out() -> None:
    lines = ['SIP ;cause=200 ;text="Call completed elsewhere", Q.850;cause=16', "\x00", "SIP;cause=x"]
    assert Reason.parse_many(lines) == (
        Reason("SIP", 200, "Call completed elsewhere"),
        Reason("Q.850", 16),
    )


def test_digest_headers_read_back() -> None:
    text = 'Digest realm="a, \\"b\\"", nonce="x=y", algorithm=MD5, qop="auth,auth-int", stale=FALSE'
    challenge = Challenge.parse(text)
    assert challenge.param("realm") == 'a, "b"'
    assert challenge.param("qop") == "auth,auth-int"
    assert Challenge.parse(str(challenge)) == challenge
    credentials = Credentials.parse(
        'digest username="201",realm=r,uri="sip:a@b", qop=auth,nc=00000001,cnonce="c"'
    )
    assert (credentials.is_digest, credentials.param("nc")) == (True, "00000001")
    assert Credentials.parse(str(credentials)) == credentials


@given(st.text('Digest realm="\\,= a', max_size=60))
def test_any_text_is_credentials_or_refused(text: str) -> None:
    try:
        credentials = Credentials.parse("Digest " + text)
    except RemoteProtocolError:
        return
    assert Credentials.parse(str(credentials)) == credentials


@pytest.mark.parametrize(
    "text", ["", "Digest x", 'Digest a="', "Digest a=1 b=2", "Digest a=1, a=2", "Digest =1"]
)
def test_malformed_credentials_are_refused(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        Credentials.parse(text)


def test_an_unknown_scheme_is_only_named() -> None:
    assert not Credentials.parse("NoOneKnowsThisScheme opaque-data=here").is_digest
    assert Credentials.parse("Negotiate a87421000492aa874209af8bc028==").scheme == "Negotiate"


_names = st.text(string.ascii_letters + string.digits + "-.!%*_+`'~", min_size=1, max_size=8)
_values = st.one_of(
    st.none(), _names, st.text(st.characters(codec="utf-8", exclude_characters="\r\n")).map(quote)
)
_params = st.lists(st.tuples(_names, _values), max_size=3).map(tuple)
_displays = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=20)
name_addrs = st.builds(NameAddr, _displays, sip_uris, _params)


@given(name_addrs)
def test_an_address_reads_back(address: NameAddr) -> None:
    assert NameAddr.parse(str(address)) == address


@given(st.lists(name_addrs, min_size=1, max_size=5))
def test_a_list_of_addresses_reads_back(addresses: list[NameAddr]) -> None:
    assert NameAddr.parse_many([", ".join(map(str, addresses))]) == tuple(addresses)
    assert NameAddr.parse_many([str(address) for address in addresses]) == tuple(addresses)


@given(_names.map(str.upper), sip_uris, _params)
def test_a_via_reads_back(transport: str, uri: SipUri, params: tuple[tuple[str, str | None], ...]) -> None:
    via = Via(transport, uri.host, uri.port, params)
    assert Via.parse(str(via)) == via


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n")))
def test_a_quoted_string_reads_back(text: str) -> None:
    assert unquote(quote(text)) == text


@given(st.text('"\\<>,;=ab ', max_size=60))
def test_any_text_is_an_address_list_or_refused(text: str) -> None:
    try:
        addresses = NameAddr.parse_many([text.replace("ab", "sip:a@b")])
    except RemoteProtocolError:
        return
    assert NameAddr.parse_many([", ".join(map(str, addresses))]) == addresses


@pytest.mark.parametrize(
    "text",
    [
        '"' * 8000,
        "<" * 8000,
        ";" * 8000,
        " " * 8000,
        "a=" * 4000,
        '"\\' * 4000,
        ";a " * 2600,
        ";a= " * 2000,
        "," * 8000,
        "SIP/2.0/UDP " + " " * 8000,
        '"' + "a" * 8000,
        ";a" + " " * 8000 + "\x01",
        "sip:" + ";" * 8000,
        "sip:" + "a@" * 4000,
    ],
)
def test_no_input_takes_long(text: str) -> None:
    started = time.thread_time()
    for read in (
        NameAddr.parse,
        Via.parse,
        split_values,
        Credentials.parse,
        CSeq.parse,
        Reason.parse,
        parse_uri,
    ):
        for value in (text, "<sip:a@b>" + text, "Digest " + text, "sip:a@b" + text):
            try:
                read(value)
            except RemoteProtocolError:
                continue
    assert time.thread_time() - started < 1.0
