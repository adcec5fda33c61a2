"""Offer and answer: what phones offer, what we say to it, and what the worker is told."""

from __future__ import annotations

import base64
import re
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchroom.media import sdp
from switchroom.media.offer_answer import (
    ALL_CODECS,
    LocalMedia,
    NotAcceptable,
    Offer,
    answer,
    check,
    codecs_of,
    complete,
    holds,
    offer,
    remote_address,
)
from switchroom.media.types import CodecName, Direction
from tests.media import offers

LOCAL = LocalMedia(address="192.0.2.1", rtp_port=30000, rtcp_port=30001, session_id=7)


def keys(size: int) -> bytes:
    return bytes(range(size))


def counting_keys() -> tuple[list[int], object]:
    asked: list[int] = []
    number = count(1)

    def source(size: int) -> bytes:
        asked.append(size)
        return bytes([next(number)]) * size

    return asked, source


def audio(data: bytes) -> sdp.Media:
    return next(media for media in sdp.parse(data).media if media.kind == "audio" and media.port)


def names(media: sdp.Media) -> list[str]:
    return [f"{e.name}/{e.clock_rate}" for e in media.encodings().values()]


def plain(*extra: str, formats: str = "0 8 101", port: int = 4000, address: str = "192.0.2.9") -> bytes:
    return offers.lines(
        "v=0",
        f"o=- 1 1 IN IP4 {address}",
        "s=-",
        f"c=IN IP4 {address}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {formats}",
        "a=rtpmap:101 telephone-event/8000",
        *extra,
    )


def test_baresip_is_answered_with_one_codec_and_events() -> None:
    got = answer(offers.BARESIP, LOCAL, keys=keys)
    assert names(audio(got.sdp)) == ["opus/48000", "telephone-event/8000"]
    assert got.media.codec.name == "opus"
    assert got.media.codec.fec
    assert got.media.codec.send_payload_type == got.media.codec.receive_payload_type == 96
    assert got.media.telephone_event is not None
    assert got.media.telephone_event.send_payload_type == 101
    assert (got.media.remote, got.media.remote_rtcp) == ("192.0.2.10:14282", "192.0.2.10:14283")
    assert got.media.direction == "sendrecv"
    assert not got.held


def test_linphone_has_events_at_the_clock_of_the_codec_and_video_refused() -> None:
    opus = answer(offers.LINPHONE, LOCAL, keys=keys)
    assert opus.media.telephone_event is not None
    assert (opus.media.telephone_event.clock_rate, opus.media.telephone_event.send_payload_type) == (
        48000,
        101,
    )
    g711 = answer(offers.LINPHONE, LOCAL, keys=keys, prefer="PCMA")
    assert g711.media.codec.name == "PCMA"
    assert g711.media.telephone_event is not None
    assert (g711.media.telephone_event.clock_rate, g711.media.telephone_event.send_payload_type) == (
        8000,
        100,
    )
    described = sdp.parse(g711.sdp)
    assert [(m.kind, m.port, m.protocol) for m in described.media] == [
        ("audio", 30000, "RTP/AVPF"),
        ("video", 0, "RTP/AVPF"),
    ]


def test_plain_profile_with_crypto_is_answered_encrypted() -> None:
    got = answer(offers.YEALINK_SRTP_OPTIONAL, LOCAL, keys=keys)
    assert audio(got.sdp).protocol == "RTP/AVP"
    assert got.media.srtp_receive is not None
    assert got.media.srtp_receive.key == "NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj"
    assert got.media.srtp_send is not None
    assert base64.b64decode(got.media.srtp_send.key) == keys(30)
    assert audio(got.sdp).attributes_named("crypto") == [
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{got.media.srtp_send.key}"
    ]


def test_of_two_audio_lines_the_encrypted_one_is_taken_with_its_tag() -> None:
    got = answer(offers.POLYCOM_TWO_LINES, LOCAL, keys=keys)
    first, second = sdp.parse(got.sdp).media
    assert (first.port, first.protocol, second.port) == (30000, "RTP/SAVP", 0)
    assert (first.attribute("crypto") or "").startswith("7 AES_CM_128_HMAC_SHA1_32 inline:")


def test_mki_and_lifetime_are_tolerated() -> None:
    key = base64.b64encode(bytes(46)).decode()
    data = plain(f"a=crypto:9 AES_256_CM_HMAC_SHA1_80 inline:{key}|2^48|305419896:4 WSH=128")
    got = answer(data, LOCAL, keys=keys)
    assert got.media.srtp_receive is not None
    assert (got.media.srtp_receive.mki, got.media.srtp_receive.mki_length) == (305419896, 4)
    assert got.media.srtp_send is not None
    assert len(base64.b64decode(got.media.srtp_send.key)) == 46
    assert got.media.srtp_send.mki is None


@pytest.mark.parametrize("parameters", ["UNENCRYPTED_SRTP", "UNAUTHENTICATED_SRTP", "KDR=5"])
def test_crypto_lines_that_weaken_are_not_taken(parameters: str) -> None:
    key = base64.b64encode(bytes(30)).decode()
    got = answer(plain(f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key} {parameters}"), LOCAL, keys=keys)
    assert got.media.srtp_receive is None
    assert audio(got.sdp).attribute("crypto") is None


def test_dtls_is_refused_with_488_and_a_reason() -> None:
    with pytest.raises(NotAcceptable) as refused:
        answer(offers.CHROME, LOCAL, keys=keys)
    assert (refused.value.status, refused.value.code) == (488, 302)
    assert "DTLS" in refused.value.warning


def test_static_payloads_need_no_rtpmap_and_cn_is_answered() -> None:
    got = answer(offers.STATIC_ONLY, LocalMedia("2001:db8::1", 30000, 30005), keys=keys)
    described = sdp.parse(got.sdp)
    assert [(m.kind, m.port) for m in described.media] == [("image", 0), ("audio", 30000)]
    assert names(described.media[1]) == ["PCMA/8000", "CN/8000"]
    assert described.connection == sdp.Connection("IP6", "2001:db8::1")
    assert described.media[1].attribute("rtcp") == "30005"
    assert got.media.remote == "[2001:db8::7]:40000"
    assert got.media.comfort_noise == 13
    assert got.media.telephone_event is None


@pytest.mark.parametrize(
    ("theirs", "ours", "held"),
    [
        ("sendrecv", "sendrecv", False),
        ("sendonly", "recvonly", True),
        ("inactive", "inactive", True),
        ("recvonly", "sendonly", False),
    ],
)
def test_direction_is_mirrored(theirs: str, ours: Direction, held: bool) -> None:
    got = answer(plain(f"a={theirs}"), LOCAL, keys=keys)
    assert (got.media.direction, got.held) == (ours, held)
    assert audio(got.sdp).direction == ours
    assert holds(got.media) == held


def test_direction_on_session_level_counts() -> None:
    data = plain().replace(b"t=0 0\r\n", b"t=0 0\r\na=sendonly\r\n")
    assert answer(data, LOCAL, keys=keys).media.direction == "recvonly"


def test_address_zero_is_hold() -> None:
    got = answer(plain(address="0.0.0.0"), LOCAL, keys=keys)
    assert got.held
    assert got.media.direction == "recvonly"
    assert got.media.remote == "0.0.0.0:4000"


def test_our_own_hold_limits_the_answer() -> None:
    assert answer(plain(), LOCAL, keys=keys, direction="sendonly").media.direction == "sendonly"
    assert answer(plain("a=sendonly"), LOCAL, keys=keys, direction="sendonly").media.direction == "inactive"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("useinbandfec=1; usedtx=1; cbr=1", (0, True, True, True)),
        ("maxaveragebitrate=24000", (24000, False, False, False)),
        ("maxplaybackrate=16000;maxaveragebitrate=64000", (24000, False, False, False)),
        ("maxplaybackrate=48000;maxaveragebitrate=64000", (64000, False, False, False)),
        ("maxaveragebitrate=1;useinbandfec=0", (6000, False, False, False)),
        ("maxaveragebitrate=many;;=;usedtx", (0, False, False, False)),
    ],
)
def test_opus_parameters(parameters: str, expected: tuple[int, bool, bool, bool]) -> None:
    data = plain("a=rtpmap:107 OPUS/48000/2", f"a=fmtp:107 {parameters}", formats="107 0")
    codec = answer(data, LOCAL, keys=keys).media.codec
    assert (codec.bitrate, codec.fec, codec.dtx, codec.cbr) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [((), 20), (("a=ptime:30",), 30), (("a=ptime:60", "a=maxptime:40"), 40), (("a=ptime:25",), 20),
     (("a=ptime:5",), 10), (("a=ptime:soon",), 20), (("a=maxptime:10",), 10), (("a=ptime:1000",), 60)],
)  # fmt: skip
def test_packet_time(rows: tuple[str, ...], expected: int) -> None:
    assert answer(plain(*rows), LOCAL, keys=keys).media.codec.ptime == expected


def test_rtcp_multiplexing_and_rtcp_attribute() -> None:
    muxed = answer(plain("a=rtcp-mux"), LOCAL, keys=keys)
    assert muxed.media.rtcp_mux
    assert muxed.media.remote_rtcp is None
    assert audio(muxed.sdp).attribute("rtcp-mux") == ""
    apart = answer(plain("a=rtcp:53020 IN IP4 192.0.2.77"), LOCAL, keys=keys)
    assert apart.media.remote_rtcp == "192.0.2.77:53020"
    assert audio(apart.sdp).attribute("rtcp-mux") is None


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 400, 399),
        (b"v=0\r\ngarbage", 400, 399),
        (plain(formats="18 97"), 488, 305),
        (plain(port=0), 488, 304),
        (plain(address="224.0.0.5"), 488, 330),
        (plain().replace(b"c=IN IP4 192.0.2.9", b"c=IN IP4 phone.example.com"), 488, 301),
        (plain().replace(b"c=IN IP4 192.0.2.9\r\n", b""), 488, 301),
        (plain().replace(b"c=IN IP4 192.0.2.9", b"c=IN IP6 2001:db8::9"), 488, 301),
        (plain().replace(b"RTP/AVP", b"RTP/SAVP"), 488, 302),
        (plain().replace(b"RTP/AVP", b"TCP/RTP/AVP"), 488, 302),
        (plain().replace(b"m=audio", b"m=video"), 488, 304),
    ],
)
def test_what_can_not_be_used_is_refused(data: bytes, status: int, code: int) -> None:
    with pytest.raises(NotAcceptable) as refused:
        answer(data, LOCAL, keys=keys)
    assert (refused.value.status, refused.value.code) == (status, code)
    assert refused.value.warning
    with pytest.raises(NotAcceptable) as checked:
        check(data, LOCAL)
    assert (checked.value.status, checked.value.code) == (status, code)


def test_required_encryption_refuses_plain_audio() -> None:
    strict = LocalMedia("192.0.2.1", 30000, 30001, srtp="require")
    with pytest.raises(NotAcceptable):
        answer(plain(), strict, keys=keys)
    assert answer(offers.YEALINK_SRTP_OPTIONAL, strict, keys=keys).media.srtp_send is not None


def test_a_new_answer_in_the_dialog_keeps_key_and_counts_versions() -> None:
    first = answer(offers.YEALINK_SRTP_OPTIONAL, LOCAL, keys=keys)
    same = answer(offers.YEALINK_SRTP_OPTIONAL, LOCAL, keys=lambda size: b"x" * size, previous=first.sdp)
    assert same.sdp == first.sdp
    held = answer(
        offers.YEALINK_SRTP_OPTIONAL.replace(b"a=sendrecv", b"a=sendonly"),
        LOCAL,
        keys=lambda size: b"x" * size,
        previous=first.sdp,
    )
    assert held.media.srtp_send == first.media.srtp_send
    assert sdp.parse(held.sdp).origin.session_id == "7"
    assert int(sdp.parse(held.sdp).origin.version) == int(sdp.parse(first.sdp).origin.version) + 1


def test_offer_lists_codecs_in_order_and_events_at_each_clock() -> None:
    made = offer(LOCAL, keys=keys, codecs=["PCMA", "opus"])
    assert names(audio(made.sdp)) == [
        "PCMA/8000",
        "opus/48000",
        "telephone-event/8000",
        "telephone-event/48000",
    ]
    assert len(offer(LOCAL, keys=keys).sdp) < 700


def test_offer_of_all_codecs_completes_with_a_phones_answer() -> None:
    made = offer(LOCAL, keys=keys)
    got = complete(
        made, plain("a=rtpmap:120 opus/48000/2", "a=fmtp:120 usedtx=1", "a=ptime:40", formats="120 101")
    )
    assert got.codec.name == "opus"
    assert (got.codec.send_payload_type, got.codec.receive_payload_type) == (120, 96)
    assert (got.codec.dtx, got.codec.ptime) == (True, 40)
    assert got.telephone_event is not None
    assert (got.telephone_event.send_payload_type, got.telephone_event.receive_payload_type) == (101, 101)


def test_answer_with_several_codecs_means_the_first() -> None:
    assert complete(offer(LOCAL, keys=keys), plain(formats="8 0 101")).codec.name == "PCMA"


@pytest.mark.parametrize(
    "data", [plain(port=0), plain(formats="9"), plain().replace(b"RTP/AVP", b"RTP/SAVP")]
)
def test_answers_that_break_the_offer_are_not_accepted(data: bytes) -> None:
    with pytest.raises(NotAcceptable):
        complete(offer(LOCAL, keys=keys, codecs=["PCMU", "PCMA"]), data)


def test_encrypted_offer_needs_an_encrypted_answer() -> None:
    local = LocalMedia("192.0.2.1", 30000, 30001, srtp="offer")
    asked, source = counting_keys()
    made = offer(local, keys=source)  # type: ignore[arg-type]
    assert asked == [30, 30]
    assert audio(made.sdp).protocol == "RTP/SAVP"
    assert [line.split()[1] for line in audio(made.sdp).attributes_named("crypto")] == [
        "AES_CM_128_HMAC_SHA1_80",
        "AES_CM_128_HMAC_SHA1_32",
    ]
    key = base64.b64encode(bytes(30)).decode()
    good = plain(f"a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:{key}").replace(b"RTP/AVP", b"RTP/SAVP")
    got = complete(made, good)
    assert got.srtp_send is not None
    assert base64.b64decode(got.srtp_send.key) == b"\2" * 30
    assert got.srtp_receive is not None
    assert got.srtp_receive.key == key
    with pytest.raises(NotAcceptable):
        complete(made, plain())
    optional = offer(LocalMedia("192.0.2.1", 30000, 30001, srtp="optional"), keys=keys)
    assert complete(optional, plain()).srtp_send is None


def test_offer_inside_the_dialog_keeps_lines_payloads_and_keys() -> None:
    theirs = offers.YEALINK_SRTP_OPTIONAL + offers.lines("m=video 5000 RTP/AVP 99")
    theirs = theirs.replace(b"101", b"97")
    first = answer(theirs, LOCAL, keys=keys)
    again = offer(LOCAL, keys=lambda size: b"y" * size, previous=first.sdp, direction="sendonly")
    session = sdp.parse(again.sdp)
    assert [(m.kind, m.port) for m in session.media] == [("audio", 30000), ("video", 0)]
    assert audio(again.sdp).attributes_named("crypto") == audio(first.sdp).attributes_named("crypto")
    assert audio(again.sdp).encodings()["97"] == sdp.RtpMap("telephone-event", 8000)
    assert len(set(audio(again.sdp).formats)) == len(audio(again.sdp).formats)
    assert session.origin.session_id == "7"
    assert session.origin.version == "2"


def test_hold_and_resume_of_our_own() -> None:
    first = answer(plain(), LOCAL, keys=keys)
    hold = offer(LOCAL, keys=keys, direction="sendonly", codecs=["PCMU"], previous=first.sdp)
    assert complete(hold, plain("a=recvonly")).direction == "sendonly"
    assert complete(hold, plain("a=inactive")).direction == "inactive"
    resume = offer(LOCAL, keys=keys, codecs=["PCMU"], previous=hold.sdp)
    assert complete(resume, plain()).direction == "sendrecv"
    assert sdp.parse(resume.sdp).origin.version == "3"


def test_addresses_and_codecs_of_an_offer_can_be_asked() -> None:
    assert remote_address(offers.STATIC_ONLY) == "2001:db8::7"
    assert remote_address(offers.BARESIP) == "192.0.2.10"
    assert codecs_of(offers.LINPHONE) == ("opus", "PCMU", "PCMA")
    assert codecs_of(plain(port=0)) == ()


@given(
    prefer=st.sampled_from([None, *ALL_CODECS]),
    allowed=st.lists(st.sampled_from(ALL_CODECS), unique=True, min_size=1),
    data=st.sampled_from(offers.ALL_REAL),
)
def test_every_answer_names_one_codec(
    prefer: CodecName | None, allowed: list[CodecName], data: bytes
) -> None:
    """Hard parts, signalling 6: one codec, events, CN; as many lines as offered."""
    local = LocalMedia("192.0.2.1", 30000, 30001, codecs=tuple(allowed))
    try:
        got = answer(data, local, keys=keys, prefer=prefer)
    except NotAcceptable:
        assert not set(codecs_of(data)) & set(allowed) or data in (offers.CHROME, offers.STATIC_ONLY)
        return
    described = sdp.parse(got.sdp)
    assert len(described.media) == len(sdp.parse(data).media)
    assert len([m for m in described.media if m.port]) == 1
    codecs = [e.name for e in audio(got.sdp).encodings().values() if e.name not in ("telephone-event", "CN")]
    assert codecs == [got.media.codec.name]
    if prefer in codecs_of(data) and prefer in allowed:
        assert codecs == [prefer]


@given(ours=st.lists(st.sampled_from(ALL_CODECS), unique=True, min_size=1), secure=st.booleans())
def test_two_of_us_agree(ours: list[CodecName], secure: bool) -> None:
    caller = LocalMedia("192.0.2.1", 30000, 30001, srtp="offer" if secure else "no")
    callee = LocalMedia("192.0.2.2", 32000, 32001)
    made: Offer = offer(caller, keys=keys, codecs=ours)
    theirs = answer(made.sdp, callee, keys=lambda size: bytes(size))
    mine = complete(made, theirs.sdp)
    assert mine.codec.name == theirs.media.codec.name == ours[0]
    assert mine.codec.send_payload_type == theirs.media.codec.receive_payload_type
    assert (mine.srtp_send, mine.srtp_receive) == (theirs.media.srtp_receive, theirs.media.srtp_send)
    assert (mine.srtp_send is not None) == secure
    assert mine.telephone_event == theirs.media.telephone_event


@given(st.sampled_from(offers.ALL_REAL), st.integers(0, 2**32), st.binary(max_size=6))
def test_mutated_offers_are_answered_or_refused(data: bytes, place: int, junk: bytes) -> None:
    at = place % len(data)
    for mutated in (data[:at] + junk + data[at:], data[:at] + junk + data[at + len(junk) :], data[:at]):
        try:
            got = answer(mutated, LOCAL, keys=keys)
        except NotAcceptable:
            with pytest.raises(NotAcceptable):
                check(mutated, LOCAL)
            continue
        check(mutated, LOCAL)
        assert re.fullmatch(r"(\[[0-9a-f:.]+\]|[0-9.]+):\d+", got.media.remote)
        sdp.parse(got.sdp)


def test_keys_do_not_show_in_what_is_logged() -> None:
    got = answer(offers.YEALINK_SRTP_OPTIONAL, LOCAL, keys=keys)
    assert got.media.srtp_receive is not None
    assert got.media.srtp_receive.key not in repr(got.media)
    assert "AES_CM_128_HMAC_SHA1_80" in repr(got.media)
