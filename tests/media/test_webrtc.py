"""Browsers in SDP: recorded offers of JsSIP and SIP.js, our answers and offers, what the worker is told."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from switchroom.media import sdp
from switchroom.media.offer_answer import (
    Answer,
    LocalMedia,
    NotAcceptable,
    WebRtcHost,
    answer,
    check,
    complete,
    offer,
)
from switchroom.media.types import WebRtc
from tests.media import offers

RECORDED = Path(__file__).parent / "recorded"
JSSIP = (RECORDED / "jssip-3.13-chromium.sdp").read_bytes()
SIPJS = (RECORDED / "sipjs-0.21-chromium.sdp").read_bytes()
OURS = "sha-256 " + ":".join(["5A"] * 32)
HOST = WebRtcHost(40000, OURS, ("192.0.2.1", "2001:db8::1"))
LOCAL = LocalMedia(address="192.0.2.1", rtp_port=9, rtcp_port=10, session_id=7, webrtc=HOST)
BROWSER = replace(LOCAL, browser=True)
UFRAG, PASSWORD = "a=ice-ufrag:aa1n", "a=ice-pwd:TuAkQQSvsTW08R8E1ZNRGl6Q"
both = pytest.mark.parametrize("recorded", [JSSIP, SIPJS], ids=["jssip", "sipjs"])


class Keys:
    """Bytes that never come twice."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def __call__(self, size: int) -> bytes:
        return bytes([next(self._numbers)]) * size


def line(data: bytes) -> sdp.Media:
    return next(media for media in sdp.parse(data).media if media.kind == "audio" and media.port)


def webrtc(made: Answer) -> WebRtc:
    assert made.media.webrtc is not None
    return made.media.webrtc


def changed(offered: bytes, *pairs: tuple[str, str]) -> bytes:
    """An offer with lines replaced; each must be there."""
    text = offered.decode()
    for old, new in pairs:
        assert f"{old}\r\n" in text, old
        text = text.replace(f"{old}\r\n", f"{new}\r\n" if new else "")
    return text.encode()


def restarted(offered: bytes) -> bytes:
    return changed(offered, (UFRAG, "a=ice-ufrag:NEWu"), (PASSWORD, "a=ice-pwd:" + "N" * 24))


@both
def test_f_08_a_browser_s_offer_is_answered_by_an_ice_lite_dtls_server(recorded: bytes) -> None:
    made = answer(recorded, LOCAL, keys=Keys())
    session, ours = sdp.parse(made.sdp), line(made.sdp)
    assert [str(a) for a in session.attributes] == ["a=ice-lite\r\n", "a=group:BUNDLE 0\r\n"]
    assert (ours.protocol, ours.port, ours.attribute("mid")) == ("UDP/TLS/RTP/SAVPF", 40000, "0")
    assert ours.attribute("setup") == "passive"
    assert ours.attribute("fingerprint") == OURS
    assert ours.attribute("rtcp-mux") == "" and ours.attribute("end-of-candidates") == ""
    assert ours.attribute("extmap") == "1 urn:ietf:params:rtp-hdrext:ssrc-audio-level"
    assert ours.formats == ("111", "110")
    assert ours.format_parameters("111") == {"minptime": "10", "useinbandfec": "1", "usedtx": "1"}
    candidates = [value.split() for value in ours.attributes_named("candidate")]
    assert [(c[2], c[4], c[5], c[6:]) for c in candidates] == [
        ("udp", "192.0.2.1", "40000", ["typ", "host"]),
        ("tcp", "192.0.2.1", "40000", ["typ", "host", "tcptype", "passive"]),
        ("udp", "2001:db8::1", "40000", ["typ", "host"]),
        ("tcp", "2001:db8::1", "40000", ["typ", "host", "tcptype", "passive"]),
    ]
    priorities = {c[2] + c[4]: int(c[3]) for c in candidates}
    assert sorted(priorities, key=lambda key: -priorities[key]) == [
        "udp192.0.2.1", "udp2001:db8::1", "tcp192.0.2.1", "tcp2001:db8::1",
    ]  # fmt: skip
    assert all(0 < priority < 2**31 for priority in priorities.values())


@both
def test_the_worker_is_told_both_sides_credentials_and_the_browser_s_fingerprint(recorded: bytes) -> None:
    made = answer(recorded, LOCAL, keys=Keys())
    told, theirs, ours = webrtc(made), line(recorded), line(made.sdp)
    assert (told.remote_ufrag, told.remote_password) == (
        theirs.attribute("ice-ufrag"),
        theirs.attribute("ice-pwd"),
    )
    assert (told.local_ufrag, told.local_password) == (ours.attribute("ice-ufrag"), ours.attribute("ice-pwd"))
    assert re.fullmatch(r"[A-Za-z0-9+/]{8}", told.local_ufrag)
    assert re.fullmatch(r"[A-Za-z0-9+/]{24}", told.local_password)
    assert told.fingerprint == theirs.attribute("fingerprint")
    assert (told.role, told.audio_level) == ("passive", 1)
    assert made.media.codec.name == "opus" and made.media.codec.fec and not made.held
    events = made.media.telephone_event
    assert events is not None and (events.send_payload_type, events.clock_rate) == (110, 48000)
    assert made.media.direction == "sendrecv"


@both
def test_a_check_says_that_it_is_a_browser_and_makes_no_answer(recorded: bytes) -> None:
    assert check(recorded, LOCAL) is True
    assert check(offers.BARESIP, LOCAL) is False


def test_the_callee_s_codec_is_taken_where_the_browser_has_it() -> None:
    made = answer(JSSIP, LOCAL, keys=Keys(), prefer="PCMA")
    events = made.media.telephone_event
    assert made.media.codec.name == "PCMA" and events is not None and events.clock_rate == 8000
    assert line(made.sdp).formats == ("8", "126", "13")


def test_tcp_variants_and_a_fingerprint_without_udp_tls_are_browsers_too() -> None:
    for profile in ("UDP/TLS/RTP/SAVP", "TCP/TLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVPF", "RTP/SAVPF"):
        offered = JSSIP.replace(b"UDP/TLS/RTP/SAVPF", profile.encode())
        made = answer(offered, LOCAL, keys=Keys())
        assert line(made.sdp).protocol == profile and webrtc(made).role == "passive"


def test_an_address_that_says_nothing_is_no_hold() -> None:
    offered = changed(JSSIP, ("c=IN IP4 192.0.2.50", "c=IN IP4 0.0.0.0")).replace(
        b"m=audio 52951", b"m=audio 9"
    )
    made = answer(offered, LOCAL, keys=Keys())
    assert (made.media.direction, made.held) == ("sendrecv", False)
    six = changed(JSSIP, ("c=IN IP4 192.0.2.50", "c=IN IP6 fd00::2"))
    assert answer(six, LOCAL, keys=Keys()).media.remote == "[fd00::2]:52951"
    named = changed(JSSIP, ("c=IN IP4 192.0.2.50", "c=IN IP4 3f.local"))
    assert answer(named, LOCAL, keys=Keys()).media.remote == "0.0.0.0:52951"


def test_hold_and_resume_keep_credentials_roles_and_the_certificate() -> None:
    first = answer(JSSIP, LOCAL, keys=(keys := Keys()))
    held = answer(
        changed(JSSIP, ("a=sendrecv", "a=sendonly")),
        BROWSER,
        keys=keys,
        previous=first.sdp,
        agreed=first.media,
    )
    assert held.held and held.media.direction == "recvonly"
    assert webrtc(held) == webrtc(first)
    assert line(held.sdp).attribute("setup") == "passive"


def test_issue_3_an_ice_restart_gets_new_credentials_of_ours_and_keeps_dtls() -> None:
    first = answer(JSSIP, LOCAL, keys=(keys := Keys()))
    again = answer(restarted(JSSIP), BROWSER, keys=keys, previous=first.sdp, agreed=first.media)
    before, after = webrtc(first), webrtc(again)
    assert (after.remote_ufrag, after.remote_password) == ("NEWu", "N" * 24)
    assert after.local_ufrag != before.local_ufrag and after.local_password != before.local_password
    assert (after.fingerprint, after.role) == (before.fingerprint, before.role)
    old, new = sdp.parse(first.sdp), sdp.parse(again.sdp)
    assert int(new.origin.version) == int(old.origin.version) + 1


def test_the_roles_in_dtls_stay_when_we_began_as_its_client() -> None:
    first = answer(changed(JSSIP, ("a=setup:actpass", "a=setup:passive")), LOCAL, keys=(keys := Keys()))
    assert webrtc(first).role == "active" and line(first.sdp).attribute("setup") == "active"
    again = answer(restarted(JSSIP), BROWSER, keys=keys, previous=first.sdp, agreed=first.media)
    assert webrtc(again).role == "active"
    other = changed(restarted(JSSIP), ("a=fingerprint:" + webrtc(first).fingerprint, "a=fingerprint:" + OURS))
    fresh = answer(other, BROWSER, keys=keys, previous=first.sdp, agreed=first.media)
    assert (webrtc(fresh).role, webrtc(fresh).fingerprint) == ("passive", OURS)


def test_an_active_browser_and_one_without_setup_get_a_passive_server() -> None:
    for setup in ("a=setup:active", "a=setup:ACTIVE", ""):
        made = answer(changed(JSSIP, ("a=setup:actpass", setup)), LOCAL, keys=Keys())
        assert webrtc(made).role == "passive"


def test_attributes_may_stand_above_the_media_line() -> None:
    text = JSSIP.decode()
    moved = [row for row in text.split("\r\n") if row.startswith(("a=ice-", "a=fingerprint", "a=setup"))]
    head, media = text.split("m=audio", 1)
    for row in moved:
        media = media.replace(row + "\r\n", "")
    made = answer((head + "\r\n".join(moved) + "\r\nm=audio" + media).encode(), LOCAL, keys=Keys())
    assert webrtc(made).remote_ufrag == "aa1n"


def test_of_several_fingerprints_the_sha_256_one_counts() -> None:
    text = JSSIP.decode()
    found = re.search(r"a=fingerprint:sha-256 (.*)\r\n", text)
    assert found is not None
    both_hashes = f"a=fingerprint:sha-1 {'AA:' * 19}AA\r\na=fingerprint:SHA-256 {found[1].lower()}\r\n"
    made = answer(text.replace(found[0], both_hashes).encode(), LOCAL, keys=Keys())
    assert webrtc(made).fingerprint == f"sha-256 {found[1]}"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("a=rtcp-mux", ""), "rtcp-mux"),
        (("a=ice-ufrag:aa1n", ""), "ice-ufrag"),
        (("a=ice-pwd:TuAkQQSvsTW08R8E1ZNRGl6Q", "a=ice-pwd:short"), "malformed"),
        (("a=setup:actpass", "a=setup:holdconn"), "setup:holdconn"),
        (("t=0 0", "t=0 0\r\na=ice-lite"), "lite"),
    ],
)
def test_what_can_not_be_taken_is_refused_with_a_clear_text(change: tuple[str, str], says: str) -> None:
    offered = changed(JSSIP, change)
    for refuse in (lambda: check(offered, LOCAL), lambda: answer(offered, LOCAL, keys=Keys())):
        with pytest.raises(NotAcceptable, match=says) as refused:
            refuse()
        assert refused.value.status == 488


def test_no_sha_256_fingerprint_is_refused() -> None:
    for value in ("sha-1 " + ":".join(["AA"] * 20), "sha-512 " + ":".join(["AA"] * 64), "sha-256 AA"):
        offered = re.sub(rb"a=fingerprint:[^\r]*", f"a=fingerprint:{value}".encode(), JSSIP)
        with pytest.raises(NotAcceptable, match="sha-256"):
            check(offered, LOCAL)


def test_payload_types_that_look_like_rtcp_are_not_used() -> None:
    moved = JSSIP.replace(b"SAVPF 111 63 9", b"SAVPF 72 63 9").replace(b":111 ", b":72 ")
    assert answer(moved, LOCAL, keys=Keys()).media.codec.name == "G722"
    only = re.sub(rb"SAVPF [0-9 ]+\r", b"SAVPF 72\r", moved)
    with pytest.raises(NotAcceptable, match="64 to 95"):
        check(only, LOCAL)


def test_without_a_browser_port_dtls_is_refused_and_says_so() -> None:
    with pytest.raises(NotAcceptable, match="switched off"):
        check(JSSIP, replace(LOCAL, webrtc=None))


def test_a_leg_does_not_change_its_kind() -> None:
    with pytest.raises(NotAcceptable, match="can not change"):
        answer(offers.BARESIP, BROWSER, keys=Keys())
    with pytest.raises(NotAcceptable, match="can not change"):
        answer(JSSIP, replace(LOCAL, browser=False), keys=Keys())


def test_further_lines_are_refused_and_keep_their_mid() -> None:
    video = b"m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=rtpmap:96 VP8/90000\r\n"
    data = b"m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\n"
    offered = JSSIP.replace(b"a=group:BUNDLE 0", b"a=group:BUNDLE 0 1 2") + video + data
    made = sdp.parse(answer(offered, LOCAL, keys=Keys()).sdp)
    assert [(m.kind, m.port, m.attribute("mid")) for m in made.media] == [
        ("audio", 40000, "0"),
        ("video", 0, "1"),
        ("application", 0, "2"),
    ]
    assert [a.value for a in made.attributes if a.name == "group"] == ["BUNDLE 0"]


def test_without_bundle_and_mid_there_is_none_in_the_answer() -> None:
    offered = changed(JSSIP, ("a=group:BUNDLE 0", ""), ("a=mid:0", ""))
    made = sdp.parse(answer(offered, LOCAL, keys=Keys()).sdp)
    assert made.media[0].attribute("mid") is None
    assert [a.name for a in made.attributes] == ["ice-lite"]


@pytest.mark.parametrize(
    ("extmap", "number"),
    [("14", 14), ("15", None), ("3/sendrecv", 3), ("3/recvonly", None), ("x", None)],
)
def test_the_audio_level_extension_is_echoed_with_its_id(extmap: str, number: int | None) -> None:
    uri = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
    made = answer(
        changed(JSSIP, (f"a=extmap:1 {uri}", f"a=extmap:{extmap} {uri} vad=on")), LOCAL, keys=Keys()
    )
    assert webrtc(made).audio_level == number
    assert line(made.sdp).attribute("extmap") == (None if number is None else f"{number} {uri}")


# --- our offers ---


def test_our_offer_to_a_browser_has_opus_first_and_lets_it_choose_its_role() -> None:
    made = offer(BROWSER, keys=Keys(), codecs=("PCMU", "PCMA", "opus", "G722"))
    session, ours = sdp.parse(made.sdp), line(made.sdp)
    assert [str(a) for a in session.attributes] == ["a=ice-lite\r\n", "a=group:BUNDLE 0\r\n"]
    assert (ours.protocol, ours.port, ours.attribute("setup")) == ("UDP/TLS/RTP/SAVPF", 40000, "actpass")
    assert [e.name for e in ours.encodings().values()][:4] == ["opus", "PCMU", "PCMA", "G722"]
    assert ours.format_parameters("96")["usedtx"] == "1"
    assert ours.attribute("extmap") == "1 urn:ietf:params:rtp-hdrext:ssrc-audio-level"
    assert ours.attribute("crypto") is None
    assert not any(64 <= int(payload) <= 95 for payload in ours.formats)


def answered_by_chromium(setup: str) -> bytes:
    """Chromium's answer to our offer: all codecs of the offer, in its order."""
    return changed(
        JSSIP.replace(b"SAVPF 111 63 9 0 8 13 110 126", b"SAVPF 96 9 0 8 100 101")
        .replace(b":111 opus", b":96 opus")
        .replace(b"fmtp:111", b"fmtp:96")
        .replace(b":110 telephone", b":100 telephone")
        .replace(b":126 telephone", b":101 telephone"),
        ("a=setup:actpass", setup),
    )


@pytest.mark.parametrize(("setup", "role"), [("active", "passive"), ("passive", "active")])
def test_the_browser_s_answer_settles_the_roles(setup: str, role: str) -> None:
    made = offer(BROWSER, keys=Keys())
    agreed = complete(made, answered_by_chromium(f"a=setup:{setup}"))
    assert agreed.webrtc is not None
    assert (agreed.webrtc.role, agreed.webrtc.remote_ufrag, agreed.webrtc.audio_level) == (role, "aa1n", 1)
    assert agreed.webrtc.local_ufrag == line(made.sdp).attribute("ice-ufrag")
    assert (agreed.codec.name, agreed.codec.send_payload_type) == ("opus", 96)
    assert agreed.telephone_event is not None and agreed.telephone_event.receive_payload_type == 100


def test_an_answer_that_leaves_the_roles_open_or_drops_dtls_is_not_taken() -> None:
    made = offer(BROWSER, keys=Keys())
    with pytest.raises(NotAcceptable):
        complete(made, answered_by_chromium("a=setup:actpass"))
    with pytest.raises(NotAcceptable, match="kind of media"):
        complete(made, offers.BARESIP)


def test_a_second_offer_of_ours_keeps_credentials_and_mid() -> None:
    first = answer(
        JSSIP.replace(b"mid:0", b"mid:audio").replace(b"BUNDLE 0", b"BUNDLE audio"), LOCAL, keys=Keys()
    )
    again = line(offer(BROWSER, keys=Keys(), previous=first.sdp).sdp)
    assert again.attribute("ice-ufrag") == webrtc(first).local_ufrag
    assert (again.attribute("mid"), again.attribute("setup")) == ("audio", "actpass")
    assert again.attribute("extmap") == "1 urn:ietf:params:rtp-hdrext:ssrc-audio-level"


def test_plain_phones_are_offered_what_they_were() -> None:
    made = line(offer(replace(LOCAL, rtp_port=30000), keys=Keys()).sdp)
    assert made.protocol == "RTP/AVP" and made.attribute("ice-ufrag") is None
    assert made.format_parameters("96") == {"useinbandfec": "1"} and made.attribute("extmap") is None


def test_a_plain_phone_s_audio_level_is_agreed_too() -> None:
    extmap = b"a=extmap:5 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
    made = answer(offers.BARESIP + extmap, LOCAL, keys=Keys())
    assert made.media.audio_level == 5 and made.media.webrtc is None
    assert extmap.decode().strip()[2:] in str(line(made.sdp))
