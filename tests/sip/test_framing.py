"""Streams: the same messages come out however the bytes are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchroom.sip.framing import Keepalive, StreamFramer
from switchroom.sip.message import MAX_MESSAGE

ONE = b"MESSAGE sip:a SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 12\r\n\r\nhello\r\n\r\nabc"
TWO = b"MESSAGE sip:a SIP/2.0\r\nl :\r\n\t 0\r\nX: y\r\n\r\n"
THREE = b"SIP/2.0 200 OK\r\nCONTENT-length:0000002 \r\n\r\n\x00\xff"


def test_whole() -> None:
    framer = StreamFramer()
    assert framer.feed(ONE + TWO + THREE) == [ONE, TWO, THREE]
    assert framer.pending == 0


def test_byte_by_byte() -> None:
    framer = StreamFramer()
    data = ONE + TWO + THREE
    assert [item for i in range(len(data)) for item in framer.feed(data[i : i + 1])] == [ONE, TWO, THREE]


def test_the_rest_waits_for_more() -> None:
    framer = StreamFramer()
    assert framer.feed(ONE + TWO[:10]) == [ONE]
    assert framer.pending == 10
    assert framer.feed(TWO[10:]) == [TWO]


_parts = st.lists(st.sampled_from([ONE, TWO, THREE, b"\r\n\r\n"]), max_size=6)


@given(_parts, st.data())
def test_however_it_is_cut(parts: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    framer = StreamFramer()
    found = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += framer.feed(stream[start:end])
    assert found == [Keepalive.PING if part == b"\r\n\r\n" else part for part in parts]
    assert framer.error is None


def test_a_pong_is_told_from_a_ping() -> None:
    framer = StreamFramer()
    assert framer.feed(b"\r\n") == []
    assert framer.feed(TWO) == [Keepalive.PONG, TWO]
    assert framer.feed(b"\r\n\r\n") == [Keepalive.PING]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"MESSAGE sip:a SIP/2.0\r\nX: y\r\n\r\n", 400),
        (ONE.replace(b"12", b"-1"), 400),
        (ONE.replace(b"12", b"+1"), 400),
        (ONE.replace(b"12", b"1 2"), 400),
        (ONE.replace(b"12", b"\xb2"), 400),
        (ONE.replace(b"12", b"99999999999"), 400),
        (ONE.replace(b"12", b"65536"), 513),
        (ONE.replace(b"Content-Length: 12", b"Content-Length: 12\r\nl: 11"), 400),
        (b"a" * (MAX_MESSAGE + 1), 513),
        (b"\nMESSAGE", 400),
        (b"\rX", 400),
    ],
)
def test_after_an_error_nothing_comes_any_more(data: bytes, status: int) -> None:
    framer = StreamFramer()
    assert framer.feed(TWO + data) == [TWO]
    assert framer.error is not None
    assert framer.error.status == status
    assert framer.feed(TWO) == []
    assert framer.pending == 0


def test_no_more_than_one_message_is_kept() -> None:
    framer = StreamFramer()
    for _ in range(1000):
        framer.feed(b"X: " + b"y" * 997)
        assert framer.pending <= MAX_MESSAGE + 1000
    assert framer.error is not None


def test_a_length_inside_another_value_is_none() -> None:
    framer = StreamFramer()
    message = b"MESSAGE sip:a SIP/2.0\r\nX: l: 5\r\nXl: 6\r\nl: 0\r\n\r\n"
    assert framer.feed(message) == [message]
