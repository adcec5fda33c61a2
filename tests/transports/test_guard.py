"""The door, without sockets."""

from __future__ import annotations

import pytest

from switchroom.transports.guard import MAX_REMEMBERED, Guard, Limits, Seats, is_scanner
from tests.transports.rig import options

GOOD = options()


def test_a_message_is_let_in() -> None:
    assert Guard(Limits()).refusal(GOOD, "192.0.2.1", 0.0) is None


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"\x00\x00\x00\x00", b"jaK"])
def test_keep_alives_go_no_further(data: bytes) -> None:
    assert Guard(Limits()).refusal(data, "192.0.2.1", 0.0) == "keep-alive"


def test_what_is_not_text_goes_no_further() -> None:
    stun = b"\x00\x01\x00\x00\x21\x12\xa4\x42" + b"x" * 40
    assert Guard(Limits()).refusal(stun, "192.0.2.1", 0.0) == "not SIP"
    assert Guard(Limits()).refusal(b"\xff" * 40, "192.0.2.1", 0.0) == "not SIP"


def test_a_source_that_sends_too_much_is_slowed_down_alone() -> None:
    guard = Guard(Limits(rate=10, burst=20))
    answers = [guard.refusal(GOOD, "192.0.2.1", 0.0) for _ in range(30)]
    assert answers == [None] * 20 + ["too many messages"] * 10
    assert guard.refusal(GOOD, "192.0.2.2", 0.0) is None
    assert [guard.refusal(GOOD, "192.0.2.1", 1.0) for _ in range(11)].count(None) == 10


def test_trust_takes_the_brakes_off_for_a_while() -> None:
    guard = Guard(Limits(rate=0.001, burst=1, trust=100))
    guard.trust("192.0.2.1", 0.0)
    assert {guard.refusal(GOOD, "192.0.2.1", 99.0) for _ in range(50)} == {None}
    assert {guard.refusal(GOOD, "192.0.2.1", 101.0) for _ in range(50)} == {None, "too many messages"}
    assert {guard.refusal(GOOD, "127.0.0.1", 0.0) for _ in range(50)} == {None}


@pytest.mark.parametrize(
    "agent", ["friendly-scanner", "sipvicious/0.3", "VaxSIPUserAgent/3.5", "SIPCLI/v1.8"]
)
def test_a_scanner_is_banned(agent: str) -> None:
    guard = Guard(Limits(ban=600))
    assert guard.refusal(options(agent=agent), "192.0.2.1", 0.0) == "scanner"
    assert guard.refusal(GOOD, "192.0.2.1", 1.0) == "banned"
    assert guard.banned(100.0) == {"192.0.2.1": 500.0}
    assert guard.refusal(GOOD, "192.0.2.2", 1.0) is None
    assert guard.refusal(GOOD, "192.0.2.1", 601.0) is None
    assert guard.banned(602.0) == {}


def test_a_ban_is_lifted_by_hand_and_by_trust() -> None:
    guard = Guard(Limits())
    guard.refusal(options(agent="sipcli"), "192.0.2.1", 1.0)
    guard.allow("192.0.2.1")
    assert guard.refusal(GOOD, "192.0.2.1", 2.0) is None
    guard.refusal(options(agent="sipcli"), "192.0.2.1", 3.0)
    guard.trust("192.0.2.1", 4.0)
    assert guard.refusal(GOOD, "192.0.2.1", 5.0) is None


@pytest.mark.parametrize("agent", ["Linphone/5.1", "baresip v1.0.0", "sipsak 0.9", "My sipcli phone", ""])
def test_a_phone_is_no_scanner(agent: str) -> None:
    assert not is_scanner(options(agent=agent))


def test_memory_is_bounded() -> None:
    guard = Guard(Limits())
    for i in range(MAX_REMEMBERED + 500):
        guard.refusal(options(agent="sipcli"), f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}", 0.0)
    assert len(guard.banned(1.0)) == MAX_REMEMBERED


def test_seats_are_counted_and_given_back_once() -> None:
    seats = Seats(Limits(connections=3, connections_per_host=2))
    first, second = seats.take("a"), seats.take("a")
    assert first is not None
    assert second is not None
    assert seats.take("a") is None
    third = seats.take("b")
    assert third is not None
    assert seats.take("c") is None
    first.release()
    first.release()
    assert seats.total == 2
    assert seats.take("a") is not None
    assert seats.take("a") is None
