"""Session descriptions: parse and print."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchroom.media import sdp
from tests.media import offers


@pytest.mark.parametrize("data", offers.ALL_REAL)
def test_real_descriptions_survive_parsing_and_printing(data: bytes) -> None:
    parsed = sdp.parse(data)
    assert sdp.parse(parsed.to_bytes()) == parsed
    assert sorted(parsed.to_bytes().split(b"\r\n")) == sorted(data.split(b"\r\n"))


def test_unknown_lines_are_kept() -> None:
    data = offers.BARESIP + b"y=0123456789\r\nk=clear:abc\r\na=strange thing\r\n"
    printed = sdp.parse(data).to_bytes()
    for line in (b"y=0123456789\r\n", b"k=clear:abc\r\n", b"a=strange thing\r\n", b"b=AS:125\r\n"):
        assert line in printed


def test_bare_line_feeds_and_missing_lines_are_tolerated() -> None:
    parsed = sdp.parse(b"v=0\no=- 1 2 IN IP4 192.0.2.1\nc=IN IP4 192.0.2.1\nm=audio 4000/2 rtp/avp 0\n\n")
    assert (parsed.name, parsed.timing) == ("-", "0 0")
    assert (parsed.media[0].port, parsed.media[0].port_count, parsed.media[0].protocol) == (
        4000,
        2,
        "rtp/avp",
    )


def test_bytes_that_are_not_utf8_survive() -> None:
    data = offers.BARESIP.replace(b"s=-", b"s=caf\xe9")
    assert b"s=caf\xe9\r\n" in sdp.parse(data).to_bytes()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"v=1\r\no=- 1 1 IN IP4 192.0.2.1\r\n",
        b"o=- 1 1 IN IP4 192.0.2.1\r\nv=0\r\n",
        b"v=0\r\ns=-\r\n",
        b"v=0\r\no=- 1 1 IN IP4\r\n",
        b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nc=IN IP9 1\r\n",
        b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio x RTP/AVP 0\r\n",
        b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio 65536 RTP/AVP 0\r\n",
        b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP\r\n",
        b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nno equals sign\r\n",
        b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=\0\r\n",
        b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n" + b"m=audio 1 RTP/AVP 0\r\n" * 33,
        b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n" + b"a=x\r\n" * 2000,
        b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio 1 RTP/AVP" + b" 0" * 129,
        b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=" + b"x" * 65536,
    ],
)
def test_what_can_not_be_understood_is_an_error(data: bytes) -> None:
    with pytest.raises(sdp.SdpError):
        sdp.parse(data)


def test_encodings_prefer_the_rtpmap_over_the_static_table() -> None:
    media = sdp.Media(
        "audio", 1, "RTP/AVP", ("0", "8", "97", "200"), (sdp.Attribute("rtpmap", "8 opus/48000/2"),)
    )
    assert media.encodings() == {"0": sdp.RtpMap("PCMU", 8000), "8": sdp.RtpMap("opus", 48000, 2)}


_text = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=1, max_size=20)


@given(
    st.lists(st.tuples(st.sampled_from("abceikprtuyz"), _text), max_size=12),
    st.lists(st.lists(st.tuples(st.sampled_from("abikx"), _text), max_size=6), max_size=3),
)
def test_print_then_parse_is_the_identity(
    head: list[tuple[str, str]], blocks: list[list[tuple[str, str]]]
) -> None:
    rows = [
        "v=0",
        "o=- 1 1 IN IP4 192.0.2.1",
        *(f"{k}={v}" for k, v in head if k != "c"),
        "c=IN IP4 192.0.2.1",
    ]
    for block in blocks:
        rows += ["m=audio 4000 RTP/AVP 0", *(f"{k}={v}" for k, v in block)]
    try:
        parsed = sdp.parse(offers.lines(*rows))
    except sdp.SdpError:
        return
    assert sdp.parse(parsed.to_bytes()) == parsed


@given(st.binary(max_size=300))
def test_no_input_raises_anything_else(data: bytes) -> None:
    for candidate in (data, b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n" + data):
        try:
            sdp.parse(candidate)
        except sdp.SdpError:
            continue
