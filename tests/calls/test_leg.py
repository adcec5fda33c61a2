"""Offer and answer as a leg lives through them, digits in INFO, and what a record says of a leg."""

from __future__ import annotations

import pytest

from switchroom.calls import leg as legs
from switchroom.calls.info import digit_of
from switchroom.calls.leg import Leg
from switchroom.calls.records import quality_of
from switchroom.calls.values import Party, Place
from switchroom.media.types import LegId, LegStats
from tests.harness.office import description

FRESH = Leg(LegId("l"), Party("201"), Place("192.0.2.1", "0.0.0.0", "192.0.2.9"), b"s" * 32)


def test_an_answer_made_before_the_port_is_known_gets_it_written_in() -> None:
    early = legs.answered(FRESH, description())
    opened = legs.bound(early, 31000, 31001)
    late = legs.answered(legs.bound(FRESH, 31000, 31001), description())
    assert opened.sdp == late.sdp and b"m=audio 31000 RTP/AVP 0 101" in opened.sdp
    assert b"a=rtcp:" not in opened.sdp
    assert legs.open_command(early).media == opened.media


def test_a_port_pair_apart_is_told() -> None:
    opened = legs.bound(legs.answered(FRESH, description()), 31000, 31005)
    assert b"m=audio 31000 RTP/AVP 0 101\r\na=rtcp:31005\r\n" in opened.sdp


def test_a_refused_video_line_stays_refused() -> None:
    offer = description() + b"m=video 5000 RTP/AVP 99\r\na=rtpmap:99 VP8/90000\r\n"
    opened = legs.bound(legs.answered(FRESH, offer), 31000, 31001)
    assert opened.sdp.count(b"m=audio 31000") == 1 and b"m=video 0 " in opened.sdp


def test_the_same_leg_makes_the_same_keys_again_and_another_leg_others() -> None:
    offer = (
        description()
        .replace(b"RTP/AVP", b"RTP/SAVP")
        .replace(
            b"a=sendrecv",
            b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz",
        )
    )
    first, again = legs.answered(FRESH, offer), legs.answered(FRESH, offer)
    assert first.sdp == again.sdp and first.media is not None and first.media.srtp_send is not None
    other = legs.answered(Leg(LegId("m"), Party("202"), FRESH.place, b"t" * 32), offer)
    assert other.media is not None and other.media.srtp_send != first.media.srtp_send


def test_secrets_are_not_shown() -> None:
    assert "sss" not in repr(FRESH)


def test_an_answer_without_an_offer_is_not_acceptable() -> None:
    with pytest.raises(legs.NotAcceptable):
        legs.completed(FRESH, description())


@pytest.mark.parametrize(
    ("kind", "body", "digit"),
    [
        ("application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n", "5"),
        ("application/dtmf-relay", b"Signal= *\nDuration= 100", "*"),
        ("Application/DTMF-Relay; charset=x", b"signal=11\r\n", "#"),
        ("application/dtmf-relay", b"Duration=100\r\nSignal=a\r\n", "A"),
        ("application/dtmf", b"7", "7"),
        ("application/dtmf", b" # \r\n", "#"),
        ("application/dtmf", b"10", "*"),
        ("application/dtmf", b"77", None),
        ("application/dtmf", b"", None),
        ("application/dtmf", b"\xff\xfe", None),
        ("application/dtmf-relay", b"Signal=16", None),
        ("application/media_control+xml", b"<x/>", None),
    ],
)
def test_digits_in_info(kind: str, body: bytes, digit: str | None) -> None:
    assert digit_of(kind, body) == digit


def test_quality() -> None:
    stats = LegStats(
        leg=LegId("l"),
        codec="opus",
        packets_received=90,
        packets_lost=10,
        packets_late=5,
        jitter=3.5,
        mos=3.9,
    )
    quality = quality_of(Party("201"), stats)
    assert (quality.loss, quality.jitter, quality.mos, quality.codec) == (0.15, 3.5, 3.9, "opus")
    assert quality_of(Party("201"), LegStats(leg=LegId("l"))).loss == 0.0
